/* look_priv.h - looking for runs by the indexes that there are.
 *
 * What has an index gives ids, from the greatest down: runs of a status (run_unusual), of a flow
 * (run_flow), of both (run_open), with a key (run_order and the keys of deduplication). Only runs
 * that stand in all of them are read and compared with the rest of what is looked for: by the entry
 * of an index that has what a list shows (run_order, run_unusual), else by their rows. */
#ifndef STORE_SQLITE_LOOK_PRIV_H
#define STORE_SQLITE_LOOK_PRIV_H

#include "base/buf.h"
#include "store/look.h"
#include "store/sqlite/reader_priv.h"

enum err_code look_read(struct reader *reader, const struct store_look *look, store_look_fn *visit,
                        void *arg, struct store_look_end *end, struct err *e);

/* look_ids.c: the ids that one index gives, and those that stand in one of several */
#define LOOK_STREAMS 1024u /* of a group: more are not opened, rows are read instead */
#define LOOK_KEYS    20000u /* runs with a key that begins so; more are walked */
#define LOOK_AHEAD     16u
#define LOOK_AHEAD_MIN 2u
struct look_entry {
    int64_t id;
    int64_t origin, ended_ms; /* of run_open; else 0 */
};
struct look_ids {
    enum sql sql;
    int64_t flow, status;
    struct look_entry entries[LOOK_AHEAD]; /* taken ahead, the greatest first */
    unsigned count, at;      /* of them; `at` is the one it stands at */
    unsigned ahead, asked;   /* how many are taken at once; seeks since then */
    bool over;               /* no more behind them */
};
struct look_key {
    int64_t id;
    size_t order; /* 1 + where its order key stands in `orders`; 0: another key was found */
};
struct look_group {
    struct look_ids **streams; /* a heap: the first stands at the greatest id; owned */
    unsigned count, room;
    struct look_key *list; /* instead of streams: the greatest id first; owned */
    size_t list_count, list_at;
    struct buf orders; /* the order keys of the list, each with its NUL */
};
struct look_groups { /* a run is in all of them */
    struct db *db;
    int64_t from, to;
    struct look_group group[3];
    unsigned count;
    bool few;  /* with the key that is looked for: their flows are not asked for */
    bool told; /* and run_order has their statuses: these are not asked for either */
    bool bare; /* look_groups_entry() has all that is wanted */
};
void look_groups_fini(struct look_groups *groups);
/* Opens the groups that the indexes offer for what is looked for; none: nothing fits. An SQLite
 * code. */
int look_groups_open(struct look_groups *groups, const struct store_look *look, bool *none);
/* The greatest id, at most `id`, that stands in all groups; 0: there is none. */
int look_groups_seek(struct look_groups *groups, int64_t id, int64_t *found);
/* Of the id that was found: the statement that gives its head without its row; SQL_LOOK_HEAD: no
 * index has it. And binds what such a statement asks for. */
enum sql look_groups_head(const struct look_groups *groups, int64_t id);
void look_groups_bind(const struct look_groups *groups, int64_t id, sqlite3_stmt *stmt);
/* Of `bare` groups: what the index says of the id that was found, and its status. */
const struct look_entry *look_groups_entry(const struct look_groups *groups, int64_t id,
                                           enum run_status *status);

#endif
