/* meta.c - see meta_priv.h. */
#include "store/sqlite/meta_priv.h"

#include "base/mem.h"

int meta_find(struct db *db, const char *name, char **value)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, SQL_META_FIND, &stmt);

    *value = NULL;
    if (rc != SQLITE_OK)
        return rc;
    db_bind_text(stmt, 1, name);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *value = mem_must_copy((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int meta_put(struct db *db, const char *name, const char *value)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, SQL_META_PUT, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    db_bind_text(stmt, 1, name);
    db_bind_text(stmt, 2, value);
    return db_step_done(stmt);
}
