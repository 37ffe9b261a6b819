/* sql_priv.h - every statement of the SQLite store, by name.
 *
 * Parameters have the same number in all statements of a family. A column list and the code that
 * reads it (reader.c) stand in the same order. */
#ifndef STORE_SQLITE_SQL_PRIV_H
#define STORE_SQLITE_SQL_PRIV_H

#include "store/sqlite/sql_read_priv.h"
#include "store/sqlite/sql_write_priv.h"

#define SQL_TABLE(X) SQL_WRITES(X) SQL_READS(X)

enum sql {
#define X(name, text) SQL_##name,
    SQL_TABLE(X)
#undef X
    SQL_COUNT
};

#endif
