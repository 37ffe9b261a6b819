/* look.c - walks the runs that the indexes offer, and compares the heads of their rows.
 *
 * Of a row only what a list shows is read: its sum over input and entries is compared when they
 * are. What it came to has a sum of its own. */
#include "store/sqlite/look_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/sqlite/pack_priv.h"
#include "store/sqlite/payload_priv.h"
#include "store/sqlite/reading_priv.h"
#include "store/sqlite/row_priv.h"

enum look_column { /* of SQL_LOOK_HEAD */
                   LOOK_ID,
                   LOOK_STATUS,
                   LOOK_WORKSPACE,
                   LOOK_ENVIRONMENT,
                   LOOK_FLOW,
                   LOOK_VERSION,
                   LOOK_TRIGGER,
                   LOOK_DEDUPE,
                   LOOK_ORDER_KEY,
                   LOOK_RECEIVED_MS,
                   LOOK_ENDED_MS,
                   LOOK_ERROR,
                   LOOK_END_SUM,
                   LOOK_DUE_MS,
                   LOOK_INPUT,
};

#define LOOK_BYTES MIB /* of inputs that were unpacked, between two looks at the effort */

struct look_walk {
    const struct store_look *look;
    store_look_fn *visit;
    void *arg;
    struct store_look_end *end;
    struct reading reading;
    unsigned taken;
    size_t bytes; /* since the last look at the effort */
};

static bool look_head(sqlite3_stmt *stmt, struct store_run *run)
{
    *run = (struct store_run){
        .run = (uint64_t)sqlite3_column_int64(stmt, LOOK_ID),
        .status = (enum run_status)sqlite3_column_int(stmt, LOOK_STATUS),
        .workspace = reading_text(stmt, LOOK_WORKSPACE),
        .environment = reading_text(stmt, LOOK_ENVIRONMENT),
        .flow = reading_text(stmt, LOOK_FLOW),
        .version = reading_text(stmt, LOOK_VERSION),
        .trigger = reading_text(stmt, LOOK_TRIGGER),
        .dedupe = reading_text(stmt, LOOK_DEDUPE),
        .order_key = reading_text(stmt, LOOK_ORDER_KEY),
        .received_ms = sqlite3_column_int64(stmt, LOOK_RECEIVED_MS),
        .ended_ms = sqlite3_column_int64(stmt, LOOK_ENDED_MS),
        .error = reading_text(stmt, LOOK_ERROR),
        .due_ms = sqlite3_column_int64(stmt, LOOK_DUE_MS),
    };
    return row_end_sum((int64_t)run->run, run->status, run->ended_ms, run->error, run->due_ms) ==
           sqlite3_column_int64(stmt, LOOK_END_SUM);
}

/* NULL with *e: it is damaged, or memory is short. */
static char *look_input(struct look_walk *walk, size_t *size, struct err *e)
{
    sqlite3_stmt *stmt = walk->reading.stmt;
    const void *packed = sqlite3_column_blob(stmt, LOOK_INPUT);
    size_t packed_size = (size_t)sqlite3_column_bytes(stmt, LOOK_INPUT);
    char *input = NULL;

    e->code = payload_marked(packed, packed_size)
                  ? payload_read(walk->reading.reader->payloads, packed, &input, size, e)
                  : unpack(NULL, 0, packed, packed_size, &input, size, e);
    return input;
}

/* The row stands under the statement. False: that was enough. */
static bool look_row(struct look_walk *walk)
{
    const struct store_look *look = walk->look;
    enum store_look_word word;
    struct store_run run;
    char *input = NULL;
    struct err e;

    walk->end->seen++;
    if (!look_head(walk->reading.stmt, &run)) {
        reading_run_damaged(&walk->reading, (int64_t)run.run);
        return true;
    }
    if (!look_fits(look, &run))
        return true;
    if (look->input) {
        input = look_input(walk, &run.input_size, &e);
        if (input == NULL) {
            reading_run_damaged(&walk->reading, (int64_t)run.run);
            return true;
        }
        run.input = input;
        walk->bytes += run.input_size;
    }
    word = walk->visit(walk->arg, &run);
    mem_free(input);
    if (word == LOOK_STOP) {
        walk->end->before = run.run + 1;
        walk->end->bounded = true;
        return false;
    }
    walk->taken += word == LOOK_TAKE;
    return look->limit == 0 || walk->taken < look->limit;
}

/* One row of that id; *more: go on. */
static int look_at(struct look_walk *walk, int64_t id, bool *more)
{
    sqlite3_stmt *stmt = walk->reading.stmt;
    int rc;

    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    *more = true;
    if (rc == SQLITE_ROW)
        *more = look_row(walk);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc; /* DONE: removed meanwhile */
}

/* One large input takes as long as many rows. */
static bool look_heavy(struct look_walk *walk)
{
    if (walk->bytes < LOOK_BYTES || walk->look->effort == NULL)
        return false;
    walk->bytes = 0;
    return effort_over(walk->look->effort);
}

static int look_walk(struct look_walk *walk, struct look_groups *groups)
{
    int64_t id = groups->to - 1;
    unsigned turns = 0;
    bool more = true;
    int rc = SQLITE_OK;

    while (rc == SQLITE_OK && id > 0) {
        if (look_over(walk->look, turns++) || look_heavy(walk)) {
            walk->end->before = (uint64_t)id + 1;
            walk->end->bounded = true;
            return SQLITE_OK;
        }
        rc = look_groups_seek(groups, id, &id);
        if (rc != SQLITE_OK || id == 0)
            break;
        walk->end->before = (uint64_t)id;
        rc = look_at(walk, id, &more);
        if (!more)
            return rc;
        id--;
    }
    walk->end->before = 0;
    return rc;
}

/* One state of the store for the whole look: else each row would begin anew with an empty cache of
 * pages while others commit. A store in memory has the writer's connection. */
static int look_hold(struct reader *reader, bool *held)
{
    *held = reader->db == &reader->own && sqlite3_get_autocommit(reader->db->handle) != 0;
    return *held ? db_run(reader->db, SQL_HOLD) : SQLITE_OK;
}

static int look_let_go(struct reader *reader)
{
    int rc = db_run(reader->db, SQL_LET_GO);

    if (rc != SQLITE_OK)
        (void)db_run(reader->db, SQL_ROLLBACK); /* never a state of the store that grows old */
    return rc;
}

enum err_code look_read(struct reader *reader, const struct store_look *look, store_look_fn *visit,
                        void *arg, struct store_look_end *end, struct err *e)
{
    struct look_walk walk = { .look = look, .visit = visit, .arg = arg, .end = end };
    struct look_groups *groups = mem_must(sizeof *groups);
    bool none = false, held = false;
    uint64_t from, to;
    int rc = reading_begin(&walk.reading, reader, SQL_LOOK_HEAD, "looking for runs", e), end_rc;

    look_bounds(look, &from, &to);
    groups->db = reader->db;
    groups->from = (int64_t)(from & INT64_MAX);
    groups->to = (int64_t)(to & INT64_MAX);
    if (rc == SQLITE_OK)
        rc = look_hold(reader, &held);
    if (rc == SQLITE_OK)
        rc = look_groups_open(groups, look, &none);
    if (rc == SQLITE_OK && !none)
        rc = look_walk(&walk, groups);
    look_groups_fini(groups);
    mem_free(groups);
    end_rc = held ? look_let_go(reader) : SQLITE_OK;
    return reading_end(&walk.reading, rc != SQLITE_OK ? rc : end_rc);
}
