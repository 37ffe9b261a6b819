/* group_priv.h - one transaction that keeps many batches: all that were queued when it began. */
#ifndef STORE_SQLITE_GROUP_PRIV_H
#define STORE_SQLITE_GROUP_PRIV_H

#include "store/sqlite/audit_priv.h"
#include "store/sqlite/db_priv.h"
#include "store/sqlite/names_priv.h"
#include "store/sqlite/pack_priv.h"
#include "store/sqlite/payload_priv.h"
#include "store/sqlite/space_priv.h"
#include "store/store.h"

/* What the writer needs to write; it owns all of it. */
struct group {
    struct db *db;
    struct names *names;
    struct packer packer;
    struct audit audit;
    struct payloads *payloads; /* NULL: of a store in memory */
    struct space space;
    const char *full; /* why no new run is taken; NULL: there is room */
    uint64_t epoch;
    struct err why; /* a batch cannot be kept, when SQLite does not know it; else ERR_OK */
};
/* Commits the list of units that begins with `first` and gives each batch its code (and, of a
 * failure, its text). Returns ERR_OK, ERR_STORE (nothing was kept) or ERR_FATAL with *e. */
enum err_code group_commit(struct group *group, struct store_batch *first, struct err *e);
/* One change in a transaction of its own; change() returns an SQLite code. */
enum err_code group_change(struct group *group, int (*change)(struct db *db, void *arg), void *arg,
                           const char *doing, struct err *e);

#endif
