/* audit_priv.h - the audit chain, written in the transaction of what it tells. */
#ifndef STORE_SQLITE_AUDIT_PRIV_H
#define STORE_SQLITE_AUDIT_PRIV_H

#include "store/sqlite/db_priv.h"

/* text: a JSON object. An SQLite code. */
int audit_add(struct db *db, const char *text);

#endif
