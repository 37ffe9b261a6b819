/* group.c - how a list of units becomes one commit. A unit is a batch, or several that were
 * appended together and hang on it by `with`.
 *
 * (1) A unit is kept whole or not at all.                                           [group_commit]
 * (2) A unit that cannot be kept fails alone; the others of its group are kept.     [group_pass]
 * (3) An accept whose key is taken writes nothing of its batch.                     [group_put]
 *     That somebody asked for the key is kept: it stays for longer.              [group_renew]
 * (4) A failed sync or an unknown outcome of a commit is fatal, never tried again.  [group_end]
 *
 * The first pass takes no savepoints: they would cost each unit for what happens to none. When a
 * unit fails, all is rolled back, and the second pass puts a savepoint around each. */
#include "store/sqlite/group_priv.h"

#include "base/check.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/mem.h"
#include "store/sqlite/facts_priv.h"
#include "store/sqlite/prune_priv.h"
#include "store/sqlite/row_priv.h"

/* ---- the begin and the end of a transaction */

static int group_begin(struct group *group)
{
    if (fault_hit("store.begin"))
        return SQLITE_IOERR_LOCK;
    return db_run(group->db, SQL_BEGIN);
}

static int group_end(struct group *group)
{
    (void)fault_hit("store.before_commit.kill");
    if (fault_hit("store.commit"))
        return SQLITE_FULL;
    if (fault_hit("store.fsync"))
        return SQLITE_IOERR_FSYNC;
    return db_run(group->db, SQL_COMMIT);
}

/* What was found or made in this transaction is forgotten, also its numbers of names. False: the
 * transaction cannot be ended, and what is written next would become part of it. */
static bool group_undo(struct group *group)
{
    names_forget(group->names);
    audit_forget(&group->audit);
    if (!sqlite3_get_autocommit(group->db->handle)) /* else SQLite rolled back by itself */
        (void)db_run(group->db, SQL_ROLLBACK);
    return sqlite3_get_autocommit(group->db->handle) != 0;
}

/* ---- one batch */

#define GROUP_RENEW_MS (INT64_C(30) * 24 * 3600000) /* so old at least: not at every time */

/* The key of a run that was removed long ago is asked for again: as old as if it had come now. */
static int group_renew(struct group *group, const struct store_batch *batch, int64_t scope)
{
    int64_t old = (int64_t)ident_at(batch->accept.received_ms - GROUP_RENEW_MS);
    sqlite3_stmt *stmt;
    int rc;

    if ((int64_t)batch->first_run >= old)
        return SQLITE_OK;
    rc = db_prepare(group->db, SQL_DEDUPE_RENEW, &stmt);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, scope);
    db_bind_text(stmt, 2, batch->accept.dedupe);
    sqlite3_bind_int64(stmt, 3, (int64_t)batch->run);
    sqlite3_bind_int64(stmt, 4, old);
    return db_step_done(stmt);
}

static int group_dedupe(struct group *group, struct store_batch *batch, int64_t scope)
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(group->db, SQL_DEDUPE_ADD, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, scope);
    db_bind_text(stmt, 2, batch->accept.dedupe);
    sqlite3_bind_int64(stmt, 3, (int64_t)batch->run);
    rc = db_step_done(stmt);
    if (rc != SQLITE_OK || sqlite3_changes(group->db->handle) == 1)
        return rc;
    rc = db_prepare(group->db, SQL_DEDUPE_FIND, &stmt);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, scope);
    db_bind_text(stmt, 2, batch->accept.dedupe);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        batch->code = ERR_DUPLICATE;
        batch->first_run = (uint64_t)sqlite3_column_int64(stmt, 0);
    }
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW)
        return rc == SQLITE_DONE ? SQLITE_CORRUPT_INDEX : rc;
    return group_renew(group, batch, scope);
}

/* What a batch makes of its run: who waits has not ended, who does not wait is not due. */
struct group_state {
    int64_t status, ended_ms, due_ms;
};

static struct group_state group_state(const struct store_batch *batch)
{
    struct group_state state = { .status = RUN_ACTIVE };

    if (!batch->has_status)
        return state;
    state.status = batch->status;
    if (batch->status == RUN_WAITING)
        state.due_ms = batch->due_ms;
    else
        state.ended_ms = batch->ended_ms;
    return state;
}

static void group_bind_due(sqlite3_stmt *stmt, int at, int64_t due_ms)
{
    if (due_ms != 0)
        sqlite3_bind_int64(stmt, at, due_ms);
    else
        sqlite3_bind_null(stmt, at); /* stands in no index */
}

static int group_insert(struct group *group, const struct store_batch *batch,
                        const struct row_run *row)
{
    struct group_state state = group_state(batch);
    sqlite3_stmt *stmt;
    int rc = db_prepare(group->db, SQL_RUN_ADD, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, row->id);
    sqlite3_bind_int64(stmt, 2, row->flow);
    sqlite3_bind_int64(stmt, 3, row->origin);
    sqlite3_bind_int64(stmt, 4, state.status);
    sqlite3_bind_int64(stmt, 5, row->received_ms);
    sqlite3_bind_int64(stmt, 6, state.ended_ms);
    sqlite3_bind_int64(stmt, 7, row_run_sum(row));
    sqlite3_bind_int64(
        stmt, 8, row_end_sum(row->id, state.status, state.ended_ms, batch->error, state.due_ms));
    db_bind_text(stmt, 9, row->dedupe);
    db_bind_text(stmt, 10, row->order_key);
    db_bind_text(stmt, 11, batch->error);
    sqlite3_bind_blob64(stmt, 12, row->input, row->input_size, SQLITE_STATIC);
    if (row->entries != NULL)
        sqlite3_bind_blob64(stmt, 13, row->entries, row->entries_size, SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, 13);
    group_bind_due(stmt, 14, state.due_ms);
    return db_step_done(stmt);
}

/* What is large even so becomes a file; `out` has room for its mark. */
static int group_pack(struct group *group, int64_t run, const char *text, size_t size,
                      unsigned char *out, size_t *packed_size)
{
    *packed_size = pack(&group->packer, text, size, out);
    if (*packed_size <= PAYLOAD_MIN || group->payloads == NULL)
        return SQLITE_OK;
    *packed_size = PAYLOAD_MARK;
    return payload_put(group->payloads, group->db, run, text, size, out);
}

static int group_accept(struct group *group, struct store_batch *batch)
{
    const struct store_accept *accept = &batch->accept;
    struct row_run row = { .id = (int64_t)batch->run,
                           .received_ms = accept->received_ms,
                           .dedupe = accept->dedupe,
                           .order_key = accept->order_key };
    struct origin origin;
    unsigned char *packed;
    int rc = names_origin(group->names, group->db, accept, &origin);

    if (rc == SQLITE_OK && accept->dedupe != NULL)
        rc = group_dedupe(group, batch, origin.scope);
    if (rc != SQLITE_OK || batch->code == ERR_DUPLICATE)
        return rc;
    packed = mem_try(pack_room(accept->input_size) + pack_room(batch->entries_size));
    if (packed == NULL)
        return SQLITE_NOMEM;
    row.flow = origin.flow;
    row.origin = origin.id;
    packer_begin(&group->packer);
    row.input = packed;
    rc = group_pack(group, row.id, accept->input, accept->input_size, packed, &row.input_size);
    if (rc == SQLITE_OK && batch->entries != NULL) {
        row.entries = packed + row.input_size;
        rc = group_pack(group, row.id, batch->entries, batch->entries_size, packed + row.input_size,
                        &row.entries_size);
    }
    if (rc == SQLITE_OK)
        rc = group_insert(group, batch, &row);
    mem_free(packed);
    return rc;
}

static int group_journal(struct group *group, const struct store_batch *batch)
{
    unsigned char *packed = mem_try(pack_room(batch->entries_size));
    sqlite3_stmt *stmt;
    size_t size;
    int rc;

    if (packed == NULL)
        return SQLITE_NOMEM;
    packer_begin(&group->packer);
    rc = group_pack(group, (int64_t)batch->run, batch->entries, batch->entries_size, packed, &size);
    if (rc == SQLITE_OK)
        rc = db_prepare(group->db, SQL_JOURNAL_ADD, &stmt);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(stmt, 1, (int64_t)batch->run);
        sqlite3_bind_int64(stmt, 2, batch->seq);
        sqlite3_bind_int64(stmt, 3, row_journal_sum((int64_t)batch->run, batch->seq, packed, size));
        sqlite3_bind_blob64(stmt, 4, packed, size, SQLITE_STATIC);
        rc = db_step_done(stmt);
    }
    mem_free(packed);
    return rc;
}

static int group_status(struct group *group, const struct store_batch *batch)
{
    struct group_state state = group_state(batch);
    int64_t run = (int64_t)batch->run;
    sqlite3_stmt *stmt;
    int rc = db_prepare(group->db, SQL_RUN_END, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, run);
    sqlite3_bind_int64(stmt, 2, state.status);
    sqlite3_bind_int64(stmt, 3, state.ended_ms);
    sqlite3_bind_int64(stmt, 4,
                       row_end_sum(run, state.status, state.ended_ms, batch->error, state.due_ms));
    db_bind_text(stmt, 5, batch->error);
    group_bind_due(stmt, 6, state.due_ms);
    rc = db_step_done(stmt);
    if (rc == SQLITE_OK && sqlite3_changes(group->db->handle) != 1)
        return SQLITE_CONSTRAINT_FOREIGNKEY; /* a run that is not there cannot end */
    return rc;
}

static int group_put(struct group *group, struct store_batch *batch)
{
    int rc = SQLITE_OK;

    if (fault_hit("store.write"))
        return SQLITE_IOERR_WRITE;
    if (batch->has_accept)
        rc = group_accept(group, batch); /* with its entries and its end */
    if (batch->code == ERR_DUPLICATE)
        return rc;
    if (rc == SQLITE_OK && !batch->has_accept && batch->entries != NULL)
        rc = group_journal(group, batch);
    if (rc == SQLITE_OK && !batch->has_accept && batch->has_status)
        rc = group_status(group, batch);
    if (rc == SQLITE_OK && batch->facts != NULL)
        rc = facts_put(group->db, batch->facts, &group->why);
    if (rc == SQLITE_OK && batch->prune != NULL)
        rc = prune_runs(group->db, batch->prune, &batch->pruned, &batch->more);
    if (rc == SQLITE_OK && batch->audit != NULL)
        rc = audit_add(&group->audit, group->db, batch->audit_ms, batch->audit, &group->why);
    return rc;
}

/* ---- one unit */

/* *at: the batch that was written last, or that could not be. */
static int group_put_unit(struct group *group, struct store_batch *unit, struct store_batch **at)
{
    int rc = SQLITE_OK;

    for (struct store_batch *batch = unit; batch != NULL && rc == SQLITE_OK; batch = batch->with) {
        *at = batch;
        batch->code = ERR_OK;
        batch->first_run = 0;
        batch->pruned = 0;
        batch->more = false;
        group->why.code = ERR_OK;
        rc = group_put(group, batch);
    }
    return rc;
}

static int group_put_guarded(struct group *group, struct store_batch *unit, struct store_batch **at)
{
    int rc = db_run(group->db, SQL_SAVEPOINT), back;

    if (rc != SQLITE_OK)
        return rc;
    rc = group_put_unit(group, unit, at);
    if (rc == SQLITE_OK)
        return db_run(group->db, SQL_RELEASE);
    if (db_fate(rc) != DB_ALONE)
        return rc;
    names_forget(group->names);
    audit_forget(&group->audit);
    back = db_run(group->db, SQL_BACK);
    if (back == SQLITE_OK)
        back = db_run(group->db, SQL_RELEASE);
    return back == SQLITE_OK ? rc : back;
}

static void group_refuse(struct store_batch *batch, enum err_code code, const char *text)
{
    char *own = mem_must_copy(text); /* may be the batch's */

    mem_free(batch->text);
    batch->code = code;
    batch->text = own;
}

/* One of the unit cannot be kept, so none is. */
static void group_refuse_unit(struct store_batch *unit, struct store_batch *culprit,
                              const struct err *e)
{
    for (struct store_batch *batch = unit; batch != NULL; batch = batch->with)
        group_refuse(batch, batch == culprit ? e->code : ERR_STORE, e->text);
}

/* ---- a list of them */

/* What needs no transaction to be refused. */
static bool group_unfit(const struct group *group, const struct store_batch *batch, struct err *e)
{
    if (batch->epoch != group->epoch)
        err_set(e, ERR_FATAL, "%s belongs to another process now", group->db->path);
    else if (batch->failed)
        err_set(e, ERR_STORE, "memory ran out while a batch was made");
    else if (batch->text != NULL)
        err_set(e, batch->code, "%s", batch->text); /* while it was filled */
    else
        return false;
    return true;
}

/* Is it the beginning of something new, and not of a run's next part? */
static bool unit_begins(const struct store_batch *unit)
{
    bool accepts = false;

    for (const struct store_batch *batch = unit; batch != NULL; batch = batch->with) {
        if (!batch->has_accept && batch->run != 0)
            return false;
        accepts = accepts || batch->has_accept;
    }
    return accepts;
}

static void group_screen(const struct group *group, struct store_batch *first)
{
    struct err e;

    for (struct store_batch *unit = first; unit != NULL; unit = unit->next) {
        if (group->full != NULL && unit->text == NULL && unit_begins(unit)) {
            err_set(&e, ERR_STORE, "%s", group->full);
            group_refuse_unit(unit, unit, &e);
        }
        for (struct store_batch *batch = unit; batch != NULL; batch = batch->with)
            if (group_unfit(group, batch, &e)) {
                group_refuse_unit(unit, batch, &e);
                break;
            }
    }
}

/* Returns SQLITE_OK or what ends the pass; an unguarded pass ends at the first unit that must fail
 * alone. */
static int group_pass(struct group *group, struct store_batch *first, bool guarded)
{
    int rc = group_begin(group);

    for (struct store_batch *unit = first; unit != NULL && rc == SQLITE_OK; unit = unit->next) {
        struct store_batch *at = unit;

        if (unit->text != NULL)
            continue; /* refused */
        rc = guarded ? group_put_guarded(group, unit, &at) : group_put_unit(group, unit, &at);
        if (rc == SQLITE_OK || !guarded || db_fate(rc) != DB_ALONE)
            continue;
        if (group->why.code == ERR_OK)
            db_err(group->db, rc, "keeping a run", &group->why);
        group_refuse_unit(unit, at, &group->why);
        rc = SQLITE_OK;
    }
    return rc;
}

/* Nothing of the group is kept, or nobody knows. */
static enum err_code group_failed(struct group *group, struct store_batch *first, int rc,
                                  enum db_fate fate, struct err *e)
{
    db_err(group->db, rc, "writing", e);
    if (fate != DB_FATAL && !group_undo(group))
        fate = DB_FATAL;
    e->code = fate == DB_FATAL ? ERR_FATAL : ERR_STORE;
    for (struct store_batch *unit = first; unit != NULL; unit = unit->next)
        for (struct store_batch *batch = unit; batch != NULL; batch = batch->with)
            if (batch->text == NULL || fate == DB_FATAL)
                group_refuse(batch, e->code, e->text);
    return e->code;
}

enum err_code group_commit(struct group *group, struct store_batch *first, struct err *e)
{
    int rc;

    check(first != NULL);
    check(sqlite3_get_autocommit(group->db->handle));
    group_screen(group, first);
    rc = group_pass(group, first, false);
    if (db_fate(rc) == DB_ALONE) {
        rc = group_undo(group) ? group_pass(group, first, true) : SQLITE_ABORT;
    }
    if (rc != SQLITE_OK)
        return group_failed(group, first, rc, db_fate(rc), e);
    rc = group_end(group);
    if (rc != SQLITE_OK)
        return group_failed(group, first, rc, db_commit_fate(rc), e);
    return ERR_OK;
}

enum err_code group_change(struct group *group, int (*change)(struct db *db, void *arg), void *arg,
                           const char *doing, struct err *e)
{
    int rc = group_begin(group);
    enum db_fate fate;

    if (rc == SQLITE_OK)
        rc = fault_hit("store.write") ? SQLITE_IOERR_WRITE : change(group->db, arg);
    fate = db_fate(rc);
    if (rc == SQLITE_OK) {
        rc = group_end(group);
        fate = db_commit_fate(rc);
    }
    if (fate == DB_FINE)
        return ERR_OK;
    db_err(group->db, rc, doing, e);
    if (fate == DB_FATAL || !group_undo(group))
        e->code = ERR_FATAL;
    return e->code;
}
