/* prune.c - how old runs are found without an index that every new run would have to enter.
 *
 * Ids grow with time, so the runs of a flow lie in the index run_flow in the order of their coming.
 * A *mark* for each scope (workspace, environment and flow), kept in the store, says up to which id
 * all were looked at; each call looks at a bounded number of runs behind it. What the mark has
 * passed and is still there ran for longer than an hour, or will have: such runs stand in the index
 * run_late, which few runs enter.
 *
 * (1) The mark passes only runs that were received an hour before `before_ms`; whichever of them
 *     has not ended before that will have taken longer than an hour.             [prune_walk]
 * (2) A run that has not ended, or whose row is damaged, is not removed.         [prune_ripe]
 * (3) The newest run of the store stays: ids go on from it.                      [SQL_PRUNE_*]
 * (4) A failed run that nobody has settled stays longer, when that is asked for. A mark of its own
 *     goes over the failed runs alone, because the first one has passed it.      [prune_failed]
 *
 * Keys of deduplication have no index by age either. A second mark goes round them, four for each
 * run that may be removed, and takes away those that are 400 days older than what may be removed.
 *
 * (5) A key is not removed while its run is there, and for 400 days after it.
 *                                                               [SQL_PRUNE_KEYS, prune_key]
 * (6) One that was asked for again counts from then on.         [group.c, group_renew] */
#include "store/sqlite/prune_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/mem.h"
#include "store/sqlite/meta_priv.h"
#include "store/sqlite/row_priv.h"

#define PRUNE_LATE_MS 3600000                       /* as in the index run_late: never changes */
#define PRUNE_LOOK    8u                            /* runs looked at for each to be removed */
#define PRUNE_KEYS    4u                            /* and keys */
#define PRUNE_KEY_MS  (INT64_C(400) * 24 * 3600000) /* a key outlives its run by so much */

struct prune {
    struct db *db;
    const struct store_prune *ask;
    unsigned most;
    int64_t scope, flow; /* ids */
    int64_t *ids;        /* to be removed, at most `most` in all */
    unsigned found, removed;
    int64_t mark;
    bool moved; /* the mark */
    bool more;
};

/* False with SQLITE_OK when there never was such a run. */
static int prune_scope(struct prune *prune, bool *found)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(prune->db, SQL_PRUNE_SCOPE, &stmt);

    *found = false;
    if (rc != SQLITE_OK)
        return rc;
    db_bind_text(stmt, 1, prune->ask->workspace);
    db_bind_text(stmt, 2, prune->ask->environment);
    db_bind_text(stmt, 3, prune->ask->flow);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        prune->scope = sqlite3_column_int64(stmt, 0);
        prune->flow = sqlite3_column_int64(stmt, 1);
        *found = true;
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* ---- removing */

static int prune_step(struct prune *prune, enum sql sql, int64_t run)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(prune->db, sql, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, run);
    return db_step_done(stmt);
}

/* (5) Of one that ended long after it came the key is as young as its end. */
static int prune_key(struct prune *prune, int64_t run)
{
    int64_t early = (int64_t)ident_at(prune->ask->before_ms - PRUNE_LATE_MS);
    sqlite3_stmt *stmt;
    int rc;

    if (run >= early)
        return SQLITE_OK;
    rc = db_prepare(prune->db, SQL_PRUNE_KEY, &stmt);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, prune->scope);
    sqlite3_bind_int64(stmt, 2, run);
    /* the last of its millisecond: no run has it */
    sqlite3_bind_int64(stmt, 3, (int64_t)ident_at(prune->ask->before_ms) - 1);
    return db_step_done(stmt);
}

static int prune_remove(struct prune *prune)
{
    int rc = SQLITE_OK;

    for (unsigned i = 0; i < prune->found && rc == SQLITE_OK; i++) {
        if (fault_hit("store.write"))
            return SQLITE_IOERR_WRITE;
        rc = prune_key(prune, prune->ids[i]);
        if (rc == SQLITE_OK)
            rc = prune_step(prune, SQL_PRUNE_JOURNAL, prune->ids[i]);
        if (rc == SQLITE_OK)
            rc = prune_step(prune, SQL_PRUNE_FACTS, prune->ids[i]);
        if (rc == SQLITE_OK)
            rc = prune_step(prune, SQL_PRUNE_PAYLOADS, prune->ids[i]);
        if (rc == SQLITE_OK)
            rc = prune_step(prune, SQL_PRUNE_RUN, prune->ids[i]);
    }
    prune->removed += prune->found;
    prune->found = 0;
    return rc;
}

/* ---- finding */

enum prune_column { /* of SQL_PRUNE_ROW */
                    PRUNE_ID,
                    PRUNE_STATUS,
                    PRUNE_RECEIVED_MS,
                    PRUNE_ENDED_MS,
                    PRUNE_ERROR,
                    PRUNE_DUE_MS,
                    PRUNE_END_SUM,
                    PRUNE_SCOPE,
};

/* Whether somebody has looked after a failed run; an error counts as not. */
static bool prune_settled(const struct prune *prune, int64_t run)
{
    sqlite3_stmt *stmt;
    bool settled;

    if (db_prepare(prune->db, SQL_PRUNE_SETTLED, &stmt) != SQLITE_OK)
        return false;
    sqlite3_bind_int64(stmt, 1, run);
    settled = sqlite3_step(stmt) == SQLITE_ROW;
    sqlite3_reset(stmt);
    return settled;
}

static bool prune_stays(const struct prune *prune, int64_t run, int status, int64_t ended_ms)
{
    return status == RUN_FAILED && prune->ask->failed_before_ms != 0 &&
           ended_ms >= prune->ask->failed_before_ms && !prune_settled(prune, run);
}

static bool prune_ripe(const struct prune *prune, sqlite3_stmt *stmt)
{
    int status = sqlite3_column_int(stmt, PRUNE_STATUS);
    int64_t ended_ms = sqlite3_column_int64(stmt, PRUNE_ENDED_MS);
    int64_t sum = row_end_sum(sqlite3_column_int64(stmt, PRUNE_ID), status, ended_ms,
                              (const char *)sqlite3_column_text(stmt, PRUNE_ERROR),
                              sqlite3_column_int64(stmt, PRUNE_DUE_MS));

    return sqlite3_column_int64(stmt, PRUNE_SCOPE) == prune->scope && run_status_ended(status) &&
           ended_ms < prune->ask->before_ms && sum == sqlite3_column_int64(stmt, PRUNE_END_SUM) &&
           !prune_stays(prune, sqlite3_column_int64(stmt, PRUNE_ID), status, ended_ms);
}

/* False: as many as may be removed are found. */
static bool prune_take(struct prune *prune, sqlite3_stmt *stmt)
{
    if (!prune_ripe(prune, stmt))
        return true;
    if (prune->removed + prune->found == prune->most) {
        prune->more = true;
        return false;
    }
    prune->ids[prune->found++] = sqlite3_column_int64(stmt, PRUNE_ID);
    return true;
}

/* Those that took longer, of each version by the time of their end. */
static int prune_late(struct prune *prune)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(prune->db, SQL_PRUNE_LATE, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, prune->scope);
    sqlite3_bind_int64(stmt, 2, prune->ask->before_ms);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        if (!prune_take(prune, stmt))
            break;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? prune_remove(prune) : rc;
}

/* The others, from the mark on. */
static int prune_walk(struct prune *prune, enum sql sql, int64_t before_ms)
{
    int64_t early_ms = before_ms - PRUNE_LATE_MS;
    unsigned looked = 0, most = prune->most * PRUNE_LOOK;
    bool held = false;
    sqlite3_stmt *stmt;
    int rc = db_prepare(prune->db, sql, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, prune->flow);
    sqlite3_bind_int64(stmt, 2, prune->mark);
    sqlite3_bind_int64(stmt, 3, most);
    for (; (rc = sqlite3_step(stmt)) == SQLITE_ROW; looked++) {
        if (!prune_take(prune, stmt))
            break;
        held = held || sqlite3_column_int64(stmt, PRUNE_RECEIVED_MS) >= early_ms;
        if (held)
            continue;
        prune->mark = sqlite3_column_int64(stmt, PRUNE_ID);
        prune->moved = true;
    }
    sqlite3_reset(stmt);
    prune->more = prune->more || (looked == most && prune->moved);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? prune_remove(prune) : rc;
}

/* ---- the marks */

static void prune_mark_name(const struct prune *prune, const char *what, char name[64])
{
    snprintf(name, 64, "prune %s %" PRId64, what, prune->scope);
}

static int prune_from_mark(struct prune *prune, const char *what, enum sql sql, int64_t before_ms)
{
    char name[64], number[24], *text;
    int rc;

    prune->moved = false;
    prune_mark_name(prune, what, name);
    rc = meta_find(prune->db, name, &text);
    if (rc != SQLITE_OK)
        return rc;
    prune->mark = text != NULL ? strtoll(text, NULL, 10) : 0;
    mem_free(text);
    rc = prune_walk(prune, sql, before_ms);
    if (rc != SQLITE_OK || !prune->moved)
        return rc;
    snprintf(number, sizeof(number), "%" PRId64, prune->mark);
    return meta_put(prune->db, name, number);
}

static int prune_failed(struct prune *prune)
{
    if (prune->ask->failed_before_ms == 0)
        return SQLITE_OK;
    return prune_from_mark(prune, "failed", SQL_PRUNE_FAILED, prune->ask->failed_before_ms);
}

/* *end: the key up to which this call goes; NULL: to the last one. */
static int prune_keys_end(struct prune *prune, const char *from, char **end)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(prune->db, SQL_PRUNE_KEYS_END, &stmt);

    *end = NULL;
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, prune->scope);
    db_bind_text(stmt, 2, from);
    sqlite3_bind_int64(stmt, 3, prune->most * PRUNE_KEYS);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *end = mem_must_copy((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int prune_keys_between(struct prune *prune, const char *from, const char *end)
{
    struct ident ident;
    sqlite3_stmt *stmt;
    int rc = db_prepare(prune->db, SQL_PRUNE_KEYS, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    ident_init(&ident, 0);
    sqlite3_bind_int64(stmt, 1, prune->scope);
    db_bind_text(stmt, 2, from);
    if (end != NULL)
        db_bind_text(stmt, 3, end);
    else
        sqlite3_bind_zeroblob(stmt, 3, 0); /* above all texts */
    sqlite3_bind_int64(stmt, 4, (int64_t)ident_next(&ident, prune->ask->before_ms - PRUNE_KEY_MS));
    return db_step_done(stmt);
}

static int prune_keys(struct prune *prune)
{
    char name[64], *from, *end = NULL;
    int rc;

    prune_mark_name(prune, "keys", name);
    rc = meta_find(prune->db, name, &from);
    if (rc == SQLITE_OK)
        rc = prune_keys_end(prune, from != NULL ? from : "", &end);
    if (rc == SQLITE_OK)
        rc = prune_keys_between(prune, from != NULL ? from : "", end);
    if (rc == SQLITE_OK && (from != NULL || end != NULL))
        rc = meta_put(prune->db, name, end != NULL ? end : ""); /* "": round again */
    mem_free(from);
    mem_free(end);
    return rc;
}

int prune_runs(struct db *db, const struct store_prune *ask, unsigned *pruned, bool *more)
{
    struct prune prune = { .db = db, .ask = ask };
    bool found = false;
    int rc = prune_scope(&prune, &found);

    check(ask->limit > 0);
    *pruned = 0;
    *more = false;
    if (rc != SQLITE_OK || !found)
        return rc;
    prune.most = ask->limit < STORE_PRUNE_MOST ? ask->limit : STORE_PRUNE_MOST;
    prune.ids = mem_must(prune.most * sizeof(*prune.ids));
    rc = prune_late(&prune);
    if (rc == SQLITE_OK)
        rc = prune_from_mark(&prune, "runs", SQL_PRUNE_WALK, ask->before_ms);
    if (rc == SQLITE_OK)
        rc = prune_failed(&prune);
    if (rc == SQLITE_OK)
        rc = prune_keys(&prune);
    *pruned = prune.removed;
    *more = prune.more;
    mem_free(prune.ids);
    return rc;
}
