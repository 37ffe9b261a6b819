/* prune_priv.h - removes a few ended runs of a flow, in the transaction at hand. */
#ifndef STORE_SQLITE_PRUNE_PRIV_H
#define STORE_SQLITE_PRUNE_PRIV_H

#include "store/sqlite/db_priv.h"
#include "store/store.h"

/* An SQLite code. *more: asking again would find more, or look further. */
int prune_runs(struct db *db, const struct store_prune *prune, unsigned *pruned, bool *more);

#endif
