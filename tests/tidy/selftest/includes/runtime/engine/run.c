#include "engine/engine.h"
#include "nodes/manifest.h"
#include <somewhere/odd.h>
/* #include "nodes/manifest.h" */
#include "store/sqlite/db_priv.h"
