/* names_priv.h - the writer's memory of names that many rows share, and of their numbers in the
 * store.
 *
 * A number may be used only within the transaction in which it was found or made, or after that was
 * committed: whoever rolls back calls names_forget(). */
#ifndef STORE_SQLITE_NAMES_PRIV_H
#define STORE_SQLITE_NAMES_PRIV_H

#include <stdint.h>

#include "store/sqlite/db_priv.h"
#include "store/store.h"

struct names;
struct origin {
    int64_t id;
    int64_t scope; /* workspace, environment and flow */
    int64_t flow;  /* the flow's name alone */
};
struct names *names_new(void);
void names_free(struct names *names); /* NULL is fine */
void names_forget(struct names *names);
/* Finds where an accept comes from, or enters it. Inside a transaction. An SQLite code. */
int names_origin(struct names *names, struct db *db, const struct store_accept *accept,
                 struct origin *origin);

#endif
