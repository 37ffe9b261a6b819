/* sql_text.h - an SQL statement as its author writes it: where its values go, and what it does.
 *
 * It is no parser of SQL. It knows what every dialect agrees on: texts in '...', names in "...",
 * `...` and [...], comments, and PostgreSQL's $$...$$, E'...' and casts by "::". */
#ifndef NODES_SQL_TEXT_H
#define NODES_SQL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define SQL_TEXT_PARAMS 500 /* of one statement: drivers take a thousand or two */

struct sql_text {
    char *text;          /* with a "?" for each value */
    char **names;        /* of those: "company", or "1", "2" where the text has "?" */
    size_t count;
    bool named;
    bool reads;          /* it only reads, as far as its words tell */
    char verb[24];       /* "SELECT", "INSERT", "CALL", in capitals */
};
/* ERR_SYNTAX says what is wrong with it and how it would be right. */
enum err_code sql_text_read(struct sql_text *sql, const char *statement, struct err *e) MUST_USE;
void sql_text_fini(struct sql_text *sql);
/* The first words on one line, for people; cut at `room`. */
void sql_text_title(const char *statement, char *title, size_t room);

#endif
