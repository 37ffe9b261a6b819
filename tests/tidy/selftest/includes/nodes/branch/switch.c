#include "flow/node.h"
#include "flow/registry.h"
#include "engine/engine.h"
#include <jansson.h>
#include <curl/curl.h>
