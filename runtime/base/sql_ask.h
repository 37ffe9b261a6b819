/* sql_ask.h - what a step asks of a database, and what it answers: one transaction.
 *
 * Statements are fixed texts with a "?" for each value; values are bound, never written into the
 * text. An ask owns all that it holds. It is made and freed on the loop's thread; between, one
 * thread of the pool may fill its results. */
#ifndef BASE_SQL_ASK_H
#define BASE_SQL_ASK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file_ask.h"

/* How a value is given to the database, or read from it. */
#define SQL_AS_TABLE(X)                                                                     \
    X(AUTO,      "auto")      /* by the JSON value; of a column: by its type             */ \
    X(TEXT,      "text")                                                                    \
    X(INTEGER,   "integer")                                                                 \
    X(DECIMAL,   "decimal")   /* every digit is kept, both ways                          */ \
    X(FLOAT,     "float")                                                                   \
    X(BOOLEAN,   "boolean")                                                                 \
    X(DATE,      "date")      /* 2026-11-21                                              */ \
    X(TIME,      "time")      /* 09:03:03                                                */ \
    X(TIMESTAMP, "timestamp") /* 2026-11-21T09:03:03.123, or with a Z                    */ \
    X(BINARY,    "binary")    /* base64                                                  */
enum sql_as {
#define X(code, name) SQL_AS_##code,
    SQL_AS_TABLE(X)
#undef X
    SQL_AS_COUNT
};
const char *sql_as_name(enum sql_as as);
bool sql_as_find(const char *name, enum sql_as *as);

enum sql_result { SQL_RESULT_ROWS, SQL_RESULT_FIRST, SQL_RESULT_VALUE, SQL_RESULT_COUNT,
                  SQL_RESULT_NONE };

#define SQL_AGAIN_MAX 10000u /* calls of one procedure in a transaction */

struct sql_param {
    char *name;        /* "company", or "1" */
    json_t *value;     /* a reference; NULL: null, or nothing goes in */
    enum sql_as as;
    bool in, out;      /* of a procedure: what it gives back stands in the result's "out" */
};

/* Where rows go one by one, in place of the answer, so that none is held: on the thread that reads
 * them. begin() comes before the first, and again when all is read anew: what came is forgotten.
 * An error ends the reading, and is the ask's. */
struct sql_sink {
    enum err_code (*begin)(struct sql_sink *sink, struct err *e);
    enum err_code (*row)(struct sql_sink *sink, json_t *row, struct err *e); /* borrowed */
};

struct sql_statement {
    char *text;
    struct sql_param *params; /* one for each "?" */
    size_t param_count;
    enum sql_result result;
    unsigned max_rows;
    json_t *columns;   /* {"NAME": "decimal"}: to be read as; a reference, may be NULL */
    int64_t expect;    /* so many rows are changed, else nothing is; -1: any number */
    struct sql_sink *sink; /* borrowed; NULL: rows stand in the answer, max_rows of them */
    char *again;       /* of a procedure: while this value comes back as 1, it is called again; its
                          last answer counts. NULL: once */
    json_t *answer;    /* {"rows", "count", "more", "row", "value", "out"}: what there is of it */
};

struct sql_ask {
    struct sql_statement *list;
    size_t count;
    bool reads;        /* rolled back at its end, so that it changes nothing */
    /* A FILE_WRITE without bytes, owned: the rows of the only statement, which reads, become a JSON
     * list in it. NULL: none. `rows`: that came, more than `max_rows` of the statement never do */
    struct file_ask *file;
    int64_t rows;
    struct err refusal;  /* the database's own No: nothing was done. Code ERR_OK: none */
    char state[6];     /* SQLSTATE of it */
    long native;       /* and the database's own number */
};

/* Whether a text is the name of a table, view, column or procedure and nothing else: a letter, "_"
 * or "#", then these, digits, "$" and "@"; up to four of them with dots between. Such a name may
 * become a part of a statement. */
bool sql_name_valid(const char *name);

struct sql_ask *sql_ask_new(size_t count);
void sql_ask_free(struct sql_ask *ask); /* NULL is fine */

#endif
