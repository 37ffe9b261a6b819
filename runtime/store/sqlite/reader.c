/* reader.c - rows become what store.h promises, each compared with its sum.
 *
 * A row that is damaged does not hide the others: a walk visits all that are whole and then fails
 * with the first damage. */
#include "store/sqlite/reader_priv.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/ident.h"
#include "base/mem.h"
#include "base/percent.h"
#include "store/sqlite/pack_priv.h"
#include "store/sqlite/payload_priv.h"
#include "store/sqlite/reading_priv.h"
#include "store/sqlite/row_priv.h"

void reader_init(struct reader *reader, struct log *log)
{
    pthread_mutexattr_t attributes;

    memset(reader, 0, sizeof(*reader));
    reader->db = &reader->own;
    reader->log = log;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&reader->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

int reader_open(struct reader *reader, const char *path)
{
    reader->own.path = path;
    reader->payloads = payload_folder(path);
    return db_open(&reader->own, path, SQLITE_OPEN_READONLY);
}

int reader_open_still(struct reader *reader, const char *path)
{
    struct buf uri;
    int rc;

    reader->own.path = path;
    reader->payloads = payload_folder(path);
    buf_init(&uri, 4 * strlen(path) + 64);
    buf_add_text(&uri, "file:");
    percent_write(&uri, path, strlen(path));
    buf_add_text(&uri, "?immutable=1");
    check(buf_ok(&uri));
    rc = db_open(&reader->own, buf_text(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    buf_fini(&uri);
    return rc;
}

int reader_set_up(struct reader *reader)
{
    return db_exec(&reader->own, "PRAGMA query_only = ON; PRAGMA cache_size = -512;"
                                 " PRAGMA wal_autocheckpoint = 0");
}

void reader_fini(struct reader *reader)
{
    db_close(&reader->own, false);
    mem_free(reader->payloads);
    pthread_mutex_destroy(&reader->lock);
}

/* ---- runs */

enum column { /* of SQL_RUN */
              COLUMN_ID,
              COLUMN_STATUS,
              COLUMN_WORKSPACE,
              COLUMN_ENVIRONMENT,
              COLUMN_FLOW_NAME,
              COLUMN_VERSION,
              COLUMN_TRIGGER,
              COLUMN_DEDUPE,
              COLUMN_ORDER_KEY,
              COLUMN_RECEIVED_MS,
              COLUMN_ENDED_MS,
              COLUMN_ERROR,
              COLUMN_FLOW,
              COLUMN_ORIGIN,
              COLUMN_SUM,
              COLUMN_END_SUM,
              COLUMN_INPUT,
              COLUMN_ENTRIES,
              COLUMN_DUE_MS,
};

/* Compares the sums and takes what is stored. */
static bool run_whole(sqlite3_stmt *stmt, struct row_run *row)
{
    int64_t end_sum = row_end_sum(
        sqlite3_column_int64(stmt, COLUMN_ID), sqlite3_column_int64(stmt, COLUMN_STATUS),
        sqlite3_column_int64(stmt, COLUMN_ENDED_MS), reading_text(stmt, COLUMN_ERROR),
        sqlite3_column_int64(stmt, COLUMN_DUE_MS)); /* NULL reads as 0 */

    *row = (struct row_run){
        .id = sqlite3_column_int64(stmt, COLUMN_ID),
        .flow = sqlite3_column_int64(stmt, COLUMN_FLOW),
        .origin = sqlite3_column_int64(stmt, COLUMN_ORIGIN),
        .received_ms = sqlite3_column_int64(stmt, COLUMN_RECEIVED_MS),
        .dedupe = reading_text(stmt, COLUMN_DEDUPE),
        .order_key = reading_text(stmt, COLUMN_ORDER_KEY),
        .input = sqlite3_column_blob(stmt, COLUMN_INPUT),
        .entries = sqlite3_column_blob(stmt, COLUMN_ENTRIES),
    };
    row->input_size = (size_t)sqlite3_column_bytes(stmt, COLUMN_INPUT);
    row->entries_size = (size_t)sqlite3_column_bytes(stmt, COLUMN_ENTRIES);
    return end_sum == sqlite3_column_int64(stmt, COLUMN_END_SUM) &&
           row_run_sum(row) == sqlite3_column_int64(stmt, COLUMN_SUM);
}

static enum err_code run_unpack(const struct reading *reading, const char *before,
                                size_t before_size, const void *packed, size_t packed_size,
                                char **text, size_t *size, struct err *e)
{
    if (payload_marked(packed, packed_size))
        return payload_read(reading->reader->payloads, packed, text, size, e);
    return unpack(before, before_size, packed, packed_size, text, size, e);
}

/* What a text could not be read for. */
static void run_unread(struct reading *reading, int64_t run, const struct err *why)
{
    if (why->code != ERR_MEMORY) {
        log_error(reading->reader->log, "%s", why->text);
        reading_run_damaged(reading, run);
    } else if (reading->code == ERR_OK) {
        reading->code = err_set(reading->e, ERR_MEMORY, "%s", why->text);
    }
}

/* Unpacks the input of a whole row; NULL: the damage is noted, or memory is short. */
static char *run_input(struct reading *reading, const struct row_run *row, size_t *size)
{
    char *input = NULL;
    struct err e;

    if (run_unpack(reading, NULL, 0, row->input, row->input_size, &input, size, &e) == ERR_OK)
        return input;
    run_unread(reading, row->id, &e);
    return NULL;
}

/* head: without its input. False: the visitor has seen enough. */
static bool run_visit(struct reading *reading, bool head, store_run_fn *visit, void *arg)
{
    sqlite3_stmt *stmt = reading->stmt;
    struct store_run run = { .input_size = 0 };
    struct row_run row;
    char *input = NULL;
    bool more;

    if (!run_whole(stmt, &row)) {
        reading_run_damaged(reading, sqlite3_column_int64(stmt, COLUMN_ID));
        return true;
    }
    if (!head && (input = run_input(reading, &row, &run.input_size)) == NULL)
        return reading->code != ERR_MEMORY;
    run.run = (uint64_t)row.id;
    run.status = (enum run_status)sqlite3_column_int(stmt, COLUMN_STATUS);
    run.workspace = reading_text(stmt, COLUMN_WORKSPACE);
    run.environment = reading_text(stmt, COLUMN_ENVIRONMENT);
    run.flow = reading_text(stmt, COLUMN_FLOW_NAME);
    run.version = reading_text(stmt, COLUMN_VERSION);
    run.trigger = reading_text(stmt, COLUMN_TRIGGER);
    run.dedupe = row.dedupe;
    run.order_key = row.order_key;
    run.received_ms = row.received_ms;
    run.ended_ms = sqlite3_column_int64(stmt, COLUMN_ENDED_MS);
    run.input = input;
    run.error = reading_text(stmt, COLUMN_ERROR);
    run.due_ms = sqlite3_column_int64(stmt, COLUMN_DUE_MS);
    more = visit(arg, &run);
    mem_free(input);
    return more;
}

/* The statement whose index fits what is asked. */
static enum sql runs_sql(const struct store_runs_filter *filter, int status, bool up)
{
    if (filter->ordered)
        return SQL_ORDERED_UP;
    if (status >= 0 && status != RUN_SUCCEEDED)
        return up ? SQL_UNUSUAL_UP : SQL_UNUSUAL_DOWN;
    if (filter->unfinished)
        return up ? SQL_UNDONE_UP : SQL_UNDONE_DOWN;
    if (filter->flow != NULL)
        return up ? SQL_FLOW_UP : SQL_FLOW_DOWN;
    return up ? SQL_RUNS_UP : SQL_RUNS_DOWN;
}

enum err_code reader_runs(struct reader *reader, const struct store_runs_filter *filter,
                          store_run_fn *visit, void *arg, struct err *e)
{
    bool ascends = filter->unfinished || filter->active || filter->ordered;
    bool up = filter->after > 0 || (ascends && filter->before == 0);
    int status = filter->active ? RUN_ACTIVE : filter->ordered ? RUN_WAITING : filter->status;
    uint64_t beside = up ? filter->after : filter->before > 0 ? filter->before : INT64_MAX;
    struct reading reading;
    int rc;

    if ((filter->unfinished && run_status_ended(filter->status)) ||
        (filter->status >= 0 && filter->status != status) || (filter->active && filter->ordered))
        return ERR_OK; /* there is none such */
    rc = reading_begin(&reading, reader, runs_sql(filter, status, up), "listing runs", e);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(reading.stmt, 1, (int64_t)(beside & INT64_MAX));
        sqlite3_bind_int64(reading.stmt, 2, filter->limit > 0 ? (int64_t)filter->limit : -1);
        db_bind_text(reading.stmt, 3, filter->flow);
        sqlite3_bind_int(reading.stmt, 4, status);
        while ((rc = sqlite3_step(reading.stmt)) == SQLITE_ROW)
            if (!run_visit(&reading, false, visit, arg))
                break;
    }
    return reading_end(&reading, rc);
}

static enum err_code run_missing(uint64_t run, struct err *e)
{
    char name[IDENT_TEXT];

    ident_text(run, name);
    return err_set(e, ERR_NOT_FOUND, "there is no run %s", name);
}

enum err_code reader_run(struct reader *reader, uint64_t run, bool head, store_run_fn *visit,
                         void *arg, struct err *e)
{
    struct reading reading;
    int rc = reading_begin(&reading, reader, SQL_RUN_FIND, "reading a run", e);

    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(reading.stmt, 1, (int64_t)run);
        rc = sqlite3_step(reading.stmt);
        if (rc == SQLITE_ROW)
            (void)run_visit(&reading, head, visit, arg);
        else if (rc == SQLITE_DONE)
            reading.code = run_missing(run, e);
    }
    return reading_end(&reading, rc);
}

/* ---- the journal */

/* Unpacks entries and shows them. False: enough seen, or damaged. */
static bool journal_visit(struct reading *reading, uint64_t run, uint32_t seq, const char *before,
                          size_t before_size, const void *packed, size_t packed_size,
                          store_journal_fn *visit, void *arg)
{
    char *entries = NULL;
    size_t size;
    struct err e;
    bool more;

    if (run_unpack(reading, before, before_size, packed, packed_size, &entries, &size, &e) !=
        ERR_OK) {
        run_unread(reading, (int64_t)run, &e);
        return false;
    }
    more = visit(arg, seq, entries, size);
    mem_free(entries);
    return more;
}

/* The entries that were kept with the accept, in the run's own row. *more: go on to the others. */
static enum err_code journal_first(struct reader *reader, uint64_t run, store_journal_fn *visit,
                                   void *arg, bool *more, struct err *e)
{
    struct reading reading;
    int rc = reading_begin(&reading, reader, SQL_JOURNAL_FIRST, "reading a run", e);
    struct row_run row;
    char *input = NULL;
    size_t size = 0;
    bool refers;

    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(reading.stmt, 1, (int64_t)run);
        rc = sqlite3_step(reading.stmt);
    }
    if (rc == SQLITE_DONE)
        reading.code = run_missing(run, e);
    if (rc == SQLITE_ROW && !run_whole(reading.stmt, &row))
        reading_run_damaged(&reading, (int64_t)run);
    else if (rc == SQLITE_ROW && row.entries != NULL) {
        refers = pack_refers(row.entries, row.entries_size);
        if (refers)
            input = run_input(&reading, &row, &size);
        if (!refers || input != NULL)
            *more = journal_visit(&reading, run, 0, input, size, row.entries, row.entries_size,
                                  visit, arg);
    }
    mem_free(input);
    return reading_end(&reading, rc);
}

enum err_code reader_journal(struct reader *reader, uint64_t run, uint32_t from,
                             store_journal_fn *visit, void *arg, struct err *e)
{
    struct reading reading;
    bool more = true;
    enum err_code code =
        from == 0 ? journal_first(reader, run, visit, arg, &more, e) : (e->code = ERR_OK);
    int rc;

    if (code != ERR_OK || !more)
        return code;
    rc = reading_begin(&reading, reader, SQL_JOURNAL, "reading a run's journal", e);
    if (rc == SQLITE_OK)
        sqlite3_bind_int64(reading.stmt, 1, (int64_t)run);
    if (rc == SQLITE_OK)
        sqlite3_bind_int64(reading.stmt, 2, from);
    while (rc == SQLITE_OK && more) {
        rc = sqlite3_step(reading.stmt);
        if (rc == SQLITE_ROW) {
            int64_t seq = sqlite3_column_int64(reading.stmt, 0);
            const void *packed = sqlite3_column_blob(reading.stmt, 2);
            size_t size = (size_t)sqlite3_column_bytes(reading.stmt, 2);

            rc = SQLITE_OK;
            if (row_journal_sum((int64_t)run, seq, packed, size) ==
                sqlite3_column_int64(reading.stmt, 1)) {
                more =
                    journal_visit(&reading, run, (uint32_t)seq, NULL, 0, packed, size, visit, arg);
            } else {
                reading_run_damaged(&reading, (int64_t)run);
                more = false; /* what comes behind a gap would be misread */
            }
        }
    }
    return reading_end(&reading, rc);
}

enum err_code reader_last_run(struct reader *reader, uint64_t *run, struct err *e)
{
    struct reading reading;
    int rc = reading_begin(&reading, reader, SQL_RUN_LAST, "reading the last run's id", e);

    *run = 0;
    if (rc == SQLITE_OK)
        rc = sqlite3_step(reading.stmt);
    if (rc == SQLITE_ROW)
        *run = (uint64_t)sqlite3_column_int64(reading.stmt, 0); /* NULL reads as 0 */
    return reading_end(&reading, rc);
}

/* ---- who is due */

/* One row more than is visited is looked at: it says when to ask again. */
enum err_code reader_due(struct reader *reader, int64_t until_ms, unsigned limit,
                         store_due_fn *visit, void *arg, int64_t *next_ms, struct err *e)
{
    struct reading reading;
    int rc = reading_begin(&reading, reader, SQL_DUE, "looking for runs that are due", e);
    unsigned visited = 0;
    bool more = true;

    *next_ms = INT64_MAX;
    while (rc == SQLITE_OK && (rc = sqlite3_step(reading.stmt)) == SQLITE_ROW) {
        int64_t due_ms = sqlite3_column_int64(reading.stmt, 1);

        if (!more || due_ms > until_ms || (limit > 0 && visited == limit)) {
            *next_ms = due_ms;
            break;
        }
        visited++;
        more = visit(arg, (uint64_t)sqlite3_column_int64(reading.stmt, 0), due_ms);
        rc = SQLITE_OK;
    }
    return reading_end(&reading, rc);
}

/* ---- versions, deployments, secrets */

static enum err_code version_take(struct reading *reading, const char *version, char **bundle,
                                  size_t *size)
{
    sqlite3_stmt *stmt = reading->stmt;
    const char *flow = reading_text(stmt, 0);
    const void *packed = sqlite3_column_blob(stmt, 2);
    size_t packed_size = (size_t)sqlite3_column_bytes(stmt, 2);
    struct err e;

    err_set(&e, ERR_STORE, "wrong sum");
    if (row_version_sum(version, flow, packed, packed_size) == sqlite3_column_int64(stmt, 1) &&
        unpack(NULL, 0, packed, packed_size, bundle, size, &e) == ERR_OK)
        return ERR_OK;
    if (e.code == ERR_MEMORY)
        return err_set(reading->e, ERR_MEMORY, "%s", e.text);
    reading_damaged(reading, "version", version);
    return reading->code;
}

enum err_code reader_version(struct reader *reader, const char *version, char **bundle,
                             size_t *size, struct err *e)
{
    struct reading reading;
    int rc = reading_begin(&reading, reader, SQL_VERSION_FIND, "reading a version", e);

    *bundle = NULL;
    *size = 0;
    if (rc == SQLITE_OK) {
        db_bind_text(reading.stmt, 1, version);
        rc = sqlite3_step(reading.stmt);
        if (rc == SQLITE_ROW)
            reading.code = version_take(&reading, version, bundle, size);
        else if (rc == SQLITE_DONE)
            reading.code = err_set(e, ERR_NOT_FOUND, "there is no version %s", version);
    }
    return reading_end(&reading, rc);
}

enum err_code reader_deployments(struct reader *reader, store_deploy_fn *visit, void *arg,
                                 struct err *e)
{
    struct reading reading;
    int rc = reading_begin(&reading, reader, SQL_DEPLOYMENTS, "listing deployments", e);

    if (rc == SQLITE_OK)
        while ((rc = sqlite3_step(reading.stmt)) == SQLITE_ROW)
            if (!visit(arg, reading_text(reading.stmt, 0), reading_text(reading.stmt, 1),
                       reading_text(reading.stmt, 2), reading_text(reading.stmt, 3)))
                break;
    return reading_end(&reading, rc);
}

enum err_code reader_secrets(struct reader *reader, store_secret_fn *visit, void *arg,
                             struct err *e)
{
    struct reading reading;
    int rc = reading_begin(&reading, reader, SQL_SECRETS, "listing secrets", e);

    if (rc == SQLITE_OK)
        while ((rc = sqlite3_step(reading.stmt)) == SQLITE_ROW)
            if (!visit(arg, reading_text(reading.stmt, 0), reading_text(reading.stmt, 1),
                       reading_text(reading.stmt, 2)))
                break;
    return reading_end(&reading, rc);
}
