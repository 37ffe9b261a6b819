/* schema.c - the numbered migrations. A row that was released is never edited: append the next.
 *
 * How a run lies on the disk. One row of `run` holds what it began with (origin, input), what it
 * came to (status, error) and its first journal entries: most runs are born and ended in one batch
 * and are one row, appended at the end of the table, because ids grow. Later entries are rows of
 * `journal`. Texts that many rows share are numbers into flow, scope and origin. Input and entries
 * are packed (pack_priv.h). Columns that vary come last.
 *
 * Runs that succeeded are not in run_unusual: the index is small, and a run that ends well in one
 * batch does not touch it. Nor does it touch run_due (who waits for a moment), run_ordered (who
 * waits and keeps others of its order key waiting) and run_late (who took longer than an hour:
 * prune.c).
 * What people look for is spread over the table, a page for each run. So two indexes have what a
 * list shows of a run (look.c): run_order, for which only who has an order key pays, all but the
 * error; run_unusual all. A third one for that would have each INSERT open it. run_open finds a
 * flow's runs in run_unusual and, without that, counts them, so its entries are narrow.
 * Keys of deduplication stand in a table of their own, so that they outlive the runs. */
#include "store/sqlite/schema_priv.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/fault.h"

static const char *const migrations[SCHEMA_NUMBER] = {
    /* 1 */
    "CREATE TABLE flow (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE scope (id INTEGER PRIMARY KEY, workspace TEXT NOT NULL, environment TEXT NOT "
    "NULL,"
    " flow INTEGER NOT NULL, UNIQUE (workspace, environment, flow)) STRICT;"
    "CREATE TABLE origin (id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, version TEXT NOT NULL,"
    " trigger_node TEXT NOT NULL, UNIQUE (scope, version, trigger_node)) STRICT;"
    "CREATE TABLE run (id INTEGER PRIMARY KEY, flow INTEGER NOT NULL, origin INTEGER NOT NULL,"
    " status INTEGER NOT NULL, received_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL,"
    " sum INTEGER NOT NULL, end_sum INTEGER NOT NULL, dedupe TEXT, order_key TEXT, error TEXT,"
    " input BLOB NOT NULL, entries BLOB) STRICT;"
    "CREATE INDEX run_flow ON run (flow);"
    "CREATE INDEX run_unusual ON run (status) WHERE status <> 1;"
    "CREATE TABLE dedupe (scope INTEGER NOT NULL, key TEXT NOT NULL, run INTEGER NOT NULL,"
    " PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE journal (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " sum INTEGER NOT NULL, entries BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX journal_run ON journal (run, seq);"
    "CREATE TABLE version (digest TEXT NOT NULL UNIQUE, flow TEXT NOT NULL, created_ms INTEGER NOT "
    "NULL,"
    " sum INTEGER NOT NULL, bundle BLOB NOT NULL) STRICT;"
    "CREATE TABLE deployment (workspace TEXT NOT NULL, environment TEXT NOT NULL, flow TEXT NOT "
    "NULL,"
    " version TEXT NOT NULL, since_ms INTEGER NOT NULL, PRIMARY KEY (workspace, environment, flow))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE secret (workspace TEXT NOT NULL, name TEXT NOT NULL, sealed TEXT NOT NULL,"
    " changed_ms INTEGER NOT NULL, PRIMARY KEY (workspace, name)) STRICT, WITHOUT ROWID;",
    /* 2 */
    "ALTER TABLE run ADD COLUMN due_ms INTEGER;"
    "CREATE INDEX run_due ON run (due_ms) WHERE due_ms IS NOT NULL;"
    "CREATE INDEX run_ordered ON run (status) WHERE status = 5 AND order_key IS NOT NULL;"
    "CREATE INDEX run_late ON run (origin, ended_ms) WHERE ended_ms - received_ms > 3600000;"
    "CREATE TABLE fact (kind INTEGER NOT NULL, key TEXT NOT NULL, run INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, sum INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX fact_at ON fact (kind, at_ms) WHERE at_ms <> 0;"
    "CREATE INDEX fact_run ON fact (run) WHERE run <> 0;"
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT,"
    " WITHOUT ROWID;",
    /* 3 */
    "CREATE TABLE audit (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, text TEXT NOT NULL,"
    " mac BLOB NOT NULL) STRICT;"
    "CREATE TABLE payload_use (digest BLOB NOT NULL, run INTEGER NOT NULL,"
    " PRIMARY KEY (digest, run)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX payload_use_run ON payload_use (run);",
    /* 4 */
    "CREATE INDEX run_order ON run (order_key) WHERE order_key IS NOT NULL;",
    /* 5 */
    "CREATE INDEX run_open ON run (flow, status, id, origin, ended_ms) WHERE status > 1;",
    /* 6 */
    "DROP INDEX run_order;"
    "CREATE INDEX run_order ON run (order_key, id, status, origin, received_ms, ended_ms, end_sum,"
    " due_ms, dedupe) WHERE order_key IS NOT NULL;"
    "DROP INDEX run_unusual;"
    "CREATE INDEX run_unusual ON run (status, id, origin, received_ms, ended_ms, end_sum, due_ms,"
    " dedupe, order_key, error) WHERE status <> 1;",
};

enum err_code schema_check(struct db *db, int64_t *number, struct err *e)
{
    int64_t mark = 0, tables = 0;
    int rc = db_int(db, "PRAGMA application_id", &mark);

    if (rc == SQLITE_OK)
        rc = db_int(db, "PRAGMA user_version", number);
    if (rc == SQLITE_OK)
        rc = db_int(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if ((rc & 255) == SQLITE_NOTADB)
        return err_set(e, ERR_CONFLICT,
                       "%s is not a Weft store; choose another data directory"
                       " with --data",
                       db->path);
    if (rc != SQLITE_OK)
        return db_err(db, rc, "reading the store's number", e);
    if (mark == 0 && *number == 0 && tables == 0)
        return ERR_OK; /* nobody's yet */
    if (mark != SCHEMA_MARK)
        return err_set(e, ERR_CONFLICT,
                       "%s is not a Weft store but another program's SQLite file;"
                       " choose another data directory with --data",
                       db->path);
    if (*number > SCHEMA_NUMBER)
        return err_set(e, ERR_CONFLICT,
                       "%s is store number %" PRId64 ", this program knows up to %d;"
                       " start the newer Weft that wrote it",
                       db->path, *number, SCHEMA_NUMBER);
    return ERR_OK;
}

/* Runs the statements of one migration, one by one. */
static int schema_apply(struct db *db, const char *sql)
{
    int rc = SQLITE_OK;

    while (rc == SQLITE_OK && *sql != '\0') {
        sqlite3_stmt *stmt = NULL;

        (void)fault_hit("store.migrate.kill");
        rc = fault_hit("store.migrate") ? SQLITE_IOERR_WRITE
                                        : sqlite3_prepare_v2(db->handle, sql, -1, &stmt, &sql);
        if (rc == SQLITE_OK)
            rc = sqlite3_step(stmt);
        sqlite3_finalize(stmt);
        check(rc != SQLITE_ROW);
        rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
    }
    return rc;
}

enum err_code schema_migrate(struct db *db, int64_t number, struct err *e)
{
    char marks[96];
    int rc;

    check(number >= 0);
    check(number <= SCHEMA_NUMBER);
    if (number == SCHEMA_NUMBER)
        return ERR_OK;
    snprintf(marks, sizeof(marks), "PRAGMA application_id = %d; PRAGMA user_version = %d",
             SCHEMA_MARK, SCHEMA_NUMBER);
    rc = db_exec(db, "BEGIN EXCLUSIVE");
    for (int64_t i = number; i < SCHEMA_NUMBER && rc == SQLITE_OK; i++)
        rc = schema_apply(db, migrations[i]);
    if (rc == SQLITE_OK)
        rc = db_exec(db, marks);
    if (rc == SQLITE_OK)
        rc = db_exec(db, "COMMIT");
    if (rc == SQLITE_OK)
        return ERR_OK;
    if (!sqlite3_get_autocommit(db->handle))
        (void)db_exec(
            db, "ROLLBACK"); /* when this fails too, the journal undoes it at the next start */
    return db_err(db, rc, "bringing the store up to date", e);
}
