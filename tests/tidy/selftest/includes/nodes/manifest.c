#include "nodes/manifest.h"
#include "flow/registry.h"
