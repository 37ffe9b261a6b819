#include "io/loop.h"
#include <uv.h>
#include <sqlite3.h>
#include "base/err.h"
#include "store/store.h"
