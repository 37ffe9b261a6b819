/* fake_sql.h - a database of one script. Every transaction is kept; its answers come from a list,
 * in order, the last of it for all that follow. */
#ifndef WORLD_FAKE_SQL_H
#define WORLD_FAKE_SQL_H

#include "io/odbc.h"

struct fake_sql_answer {
    enum err_code code;     /* no answer came: why */
    bool sent;              /* and it may have happened */
    enum err_code refusal;  /* the database's No */
    const char *answer;     /* JSON, ' for ", of each statement: {'rows': [...], 'count': 1} */
};

struct fake_sql;
struct fake_sql *fake_sql_new(void);
struct odbc *fake_sql_odbc(struct fake_sql *fake);
void fake_sql_free(struct fake_sql *fake);
void fake_sql_script(struct fake_sql *fake, const struct fake_sql_answer *answers, size_t count);
size_t fake_sql_count(const struct fake_sql *fake); /* of transactions */
/* "USER:PASSWORD@HOST TEXT | name=value name=value" a line for each statement; "reads" or "changes"
 * first. */
const char *fake_sql_asked(const struct fake_sql *fake, size_t index);

#endif
