/* reading_priv.h - the frame of every read: take the connection, step a statement, give it back.
 *
 * Each reading_begin() has its reading_end(), whatever it returned. */
#ifndef STORE_SQLITE_READING_PRIV_H
#define STORE_SQLITE_READING_PRIV_H

#include "store/sqlite/reader_priv.h"

struct reading {
    struct reader *reader;
    const struct reader *visited; /* before */
    sqlite3_stmt *stmt;
    bool own; /* the statement: a visitor asks the question that it is being answered */
    const char *doing;
    struct err *e;
    enum err_code code; /* of the first damage */
};
/* An SQLite code. doing: "listing runs", for messages */
int reading_begin(struct reading *reading, struct reader *reader, enum sql sql, const char *doing,
                  struct err *e);
/* rc: how the walk ended; SQLITE_ROW when the visitor had seen enough. */
enum err_code reading_end(struct reading *reading, int rc);
/* Notes a damaged row and logs it. */
void reading_damaged(struct reading *reading, const char *what, const char *name);
void reading_run_damaged(struct reading *reading, int64_t run);
const char *reading_text(sqlite3_stmt *stmt, int column);

#endif
