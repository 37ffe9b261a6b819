/* facts_priv.h - facts beside the runs: written in the transaction of their batch, read in the
 * order of their keys. */
#ifndef STORE_SQLITE_FACTS_PRIV_H
#define STORE_SQLITE_FACTS_PRIV_H

#include "store/sqlite/db_priv.h"
#include "store/sqlite/reader_priv.h"

/* An SQLite code; *why is set when a fact to be added is there. */
int facts_put(struct db *db, const struct store_facts *facts, struct err *why);
enum err_code facts_read(struct reader *reader, const struct store_facts_filter *filter,
                         store_fact_fn *visit, void *arg, struct err *e);

#endif
