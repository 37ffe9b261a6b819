/* group.c - how a list of batches becomes one commit.
 *
 * (1) A batch is kept whole or not at all.                                          [group_commit]
 * (2) A batch that cannot be kept fails alone; the others of its group are kept.    [group_pass]
 * (3) An accept whose key is taken writes nothing of its batch.                     [group_put]
 * (4) A failed sync or an unknown outcome of a commit is fatal, never tried again.  [group_end]
 *
 * The first pass takes no savepoints: they would cost each batch for what happens to none. When a
 * batch fails, all is rolled back, and the second pass puts a savepoint around each. */
#include "store/sqlite/group_priv.h"

#include "base/check.h"
#include "base/fault.h"
#include "base/mem.h"
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
    if (!sqlite3_get_autocommit(group->db->handle)) /* else SQLite rolled back by itself */
        (void)db_run(group->db, SQL_ROLLBACK);
    return sqlite3_get_autocommit(group->db->handle) != 0;
}

/* ---- one batch */

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
    return rc == SQLITE_ROW ? SQLITE_OK : rc == SQLITE_DONE ? SQLITE_CORRUPT_INDEX : rc;
}

static int group_insert(struct group *group, const struct store_batch *batch,
                        const struct row_run *row)
{
    int64_t status = batch->has_status ? batch->status : RUN_ACTIVE;
    int64_t ended_ms = batch->has_status ? batch->ended_ms : 0;
    sqlite3_stmt *stmt;
    int rc = db_prepare(group->db, SQL_RUN_ADD, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, row->id);
    sqlite3_bind_int64(stmt, 2, row->flow);
    sqlite3_bind_int64(stmt, 3, row->origin);
    sqlite3_bind_int64(stmt, 4, status);
    sqlite3_bind_int64(stmt, 5, row->received_ms);
    sqlite3_bind_int64(stmt, 6, ended_ms);
    sqlite3_bind_int64(stmt, 7, row_run_sum(row));
    sqlite3_bind_int64(stmt, 8, row_end_sum(row->id, status, ended_ms, batch->error));
    db_bind_text(stmt, 9, row->dedupe);
    db_bind_text(stmt, 10, row->order_key);
    db_bind_text(stmt, 11, batch->error);
    sqlite3_bind_blob64(stmt, 12, row->input, row->input_size, SQLITE_STATIC);
    if (row->entries != NULL)
        sqlite3_bind_blob64(stmt, 13, row->entries, row->entries_size, SQLITE_STATIC);
    else
        sqlite3_bind_null(stmt, 13);
    return db_step_done(stmt);
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
    row.input_size = pack(&group->packer, accept->input, accept->input_size, packed);
    if (batch->entries != NULL) {
        row.entries = packed + row.input_size;
        row.entries_size =
            pack(&group->packer, batch->entries, batch->entries_size, packed + row.input_size);
    }
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
    size = pack(&group->packer, batch->entries, batch->entries_size, packed);
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
    sqlite3_stmt *stmt;
    int rc = db_prepare(group->db, SQL_RUN_END, &stmt);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, (int64_t)batch->run);
    sqlite3_bind_int64(stmt, 2, batch->status);
    sqlite3_bind_int64(stmt, 3, batch->ended_ms);
    sqlite3_bind_int64(
        stmt, 4, row_end_sum((int64_t)batch->run, batch->status, batch->ended_ms, batch->error));
    db_bind_text(stmt, 5, batch->error);
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
        return group_accept(group, batch); /* with its entries and its end */
    if (batch->entries != NULL)
        rc = group_journal(group, batch);
    if (rc == SQLITE_OK && batch->has_status)
        rc = group_status(group, batch);
    return rc;
}

static int group_put_guarded(struct group *group, struct store_batch *batch)
{
    int rc = db_run(group->db, SQL_SAVEPOINT), back;

    if (rc != SQLITE_OK)
        return rc;
    rc = group_put(group, batch);
    if (rc == SQLITE_OK)
        return db_run(group->db, SQL_RELEASE);
    if (db_fate(rc) != DB_ALONE)
        return rc;
    names_forget(group->names);
    back = db_run(group->db, SQL_BACK);
    if (back == SQLITE_OK)
        back = db_run(group->db, SQL_RELEASE);
    return back == SQLITE_OK ? rc : back;
}

/* ---- a list of them */

static void group_refuse(struct store_batch *batch, const struct err *e)
{
    batch->code = e->code;
    batch->text = mem_must_copy(e->text);
}

/* Refuses what needs no transaction to be refused. */
static void group_screen(const struct group *group, struct store_batch *first)
{
    struct err e;

    for (struct store_batch *batch = first; batch != NULL; batch = batch->next) {
        if (batch->epoch != group->epoch)
            err_set(&e, ERR_FATAL, "%s belongs to another process now", group->db->path);
        else if (batch->failed)
            err_set(&e, ERR_STORE, "memory ran out while a batch was made");
        else
            continue;
        group_refuse(batch, &e);
    }
}

/* Returns SQLITE_OK or what ends the pass; an unguarded pass ends at the first batch that must fail
 * alone. */
static int group_pass(struct group *group, struct store_batch *first, bool guarded)
{
    int rc = group_begin(group);

    for (struct store_batch *batch = first; batch != NULL && rc == SQLITE_OK; batch = batch->next) {
        struct err e;

        if (batch->text != NULL)
            continue; /* refused */
        batch->code = ERR_OK;
        rc = guarded ? group_put_guarded(group, batch) : group_put(group, batch);
        if (rc == SQLITE_OK || !guarded || db_fate(rc) != DB_ALONE)
            continue;
        db_err(group->db, rc, "keeping a run", &e);
        group_refuse(batch, &e);
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
    for (struct store_batch *batch = first; batch != NULL; batch = batch->next) {
        if (batch->text != NULL && fate != DB_FATAL)
            continue;
        mem_free(batch->text);
        group_refuse(batch, e);
    }
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
