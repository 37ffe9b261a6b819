#include "store/sqlite/db_priv.h"
