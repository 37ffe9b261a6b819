#include <cmocka.h>
#include <sqlite3.h>
#include "store/sqlite/db_priv.h"
