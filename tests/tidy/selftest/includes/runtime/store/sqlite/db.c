#include "store/sqlite/db_priv.h"
#include <sqlite3.h>
