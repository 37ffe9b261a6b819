/* reading.c - see reading_priv.h. */
#include "store/sqlite/reading_priv.h"

#include <string.h>

#include "base/ident.h"

/* The innermost reader whose visitor runs on this thread. */
static _Thread_local const struct reader *reader_visited;

bool reader_inside(const struct reader *reader)
{
    return reader_visited == reader;
}

int reading_begin(struct reading *reading, struct reader *reader, enum sql sql, const char *doing,
                  struct err *e)
{
    memset(reading, 0, sizeof(*reading));
    reading->reader = reader;
    reading->doing = doing;
    reading->e = e;
    pthread_mutex_lock(&reader->lock);
    reading->visited = reader_visited;
    reader_visited = reader;
    return db_prepare_again(reader->db, sql, &reading->stmt, &reading->own);
}

enum err_code reading_end(struct reading *reading, int rc)
{
    struct reader *reader = reading->reader;

    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW && reading->code == ERR_OK) {
        db_err(reader->db, rc, reading->doing, reading->e);
        reading->code = ERR_STORE; /* a read harms nothing: only the writer's errors are fatal */
        if (reading->e != NULL)
            reading->e->code = ERR_STORE;
    }
    sqlite3_reset(reading->stmt);
    if (reading->own)
        sqlite3_finalize(reading->stmt);
    else if (reading->stmt != NULL)
        sqlite3_clear_bindings(reading->stmt);
    reader_visited = reading->visited;
    pthread_mutex_unlock(&reader->lock);
    return reading->code;
}

void reading_damaged(struct reading *reading, const char *what, const char *name)
{
    struct err e;

    err_set(&e, ERR_STORE,
            "%s: %s %s is damaged on the disk; keep the file, and restore the last"
            " backup",
            reading->reader->db->path, what, name);
    log_error(reading->reader->log, "%s", e.text);
    if (reading->code != ERR_OK)
        return;
    reading->code = ERR_STORE;
    err_set(reading->e, ERR_STORE, "%s", e.text);
}

void reading_run_damaged(struct reading *reading, int64_t run)
{
    char name[IDENT_TEXT];

    ident_text((uint64_t)run & INT64_MAX, name);
    reading_damaged(reading, "run", name);
}

const char *reading_text(sqlite3_stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(stmt, column);
}
