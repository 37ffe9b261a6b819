/* meta_priv.h - what the store notes about itself: names and texts, in the transaction at hand. */
#ifndef STORE_SQLITE_META_PRIV_H
#define STORE_SQLITE_META_PRIV_H

#include "store/sqlite/db_priv.h"

/* SQLite codes. *value: NULL when there is none; else the caller's (mem_free). */
int meta_find(struct db *db, const char *name, char **value);
int meta_put(struct db *db, const char *name, const char *value);

#endif
