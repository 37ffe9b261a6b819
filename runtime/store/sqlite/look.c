/* look.c - walks the runs that the indexes offer, and compares the heads of their rows.
 *
 * Of a row only what a list shows is read: its sum over input and entries is compared when they
 * are. What it came to has a sum of its own. Where an index has the head, it is taken from there:
 * entries of one key or flow lie side by side, their rows on a page each. */
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
                   LOOK_ORIGIN,
                   LOOK_DEDUPE,
                   LOOK_ORDER_KEY,
                   LOOK_RECEIVED_MS,
                   LOOK_ENDED_MS,
                   LOOK_ERROR,
                   LOOK_END_SUM,
                   LOOK_DUE_MS,
                   LOOK_INPUT,
};

/* What many runs share, read once for them. */
#define LOOK_ORIGINS 64u
#define LOOK_NAMES   5u
struct look_origin {
    int64_t id;
    char *names[LOOK_NAMES]; /* in the order of SQL_LOOK_ORIGIN; owned */
};

#define LOOK_BYTES MIB /* of inputs that were unpacked, between two looks at the effort */

struct look_walk {
    const struct store_look *look;
    store_look_fn *visit;
    void *arg;
    struct store_look_end *end;
    struct reading reading;
    unsigned taken;
    size_t bytes;                /* since the last look at the effort */
    struct look_origin *origins; /* LOOK_ORIGINS, by their ids */
};

static void look_origin_free(struct look_origin *origin)
{
    for (unsigned i = 0; i < LOOK_NAMES; i++)
        mem_free(origin->names[i]);
    *origin = (struct look_origin){ .id = 0 };
}

/* *names: borrowed until the next origin is asked for; NULL: it is gone. An SQLite code. */
static int look_origin(struct look_walk *walk, int64_t id, char *const **names)
{
    struct look_origin *origin = &walk->origins[(uint64_t)id % LOOK_ORIGINS];
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;

    *names = origin->names;
    if (origin->id == id)
        return SQLITE_OK;
    *names = NULL;
    look_origin_free(origin);
    rc = db_prepare(walk->reading.reader->db, SQL_LOOK_ORIGIN, &stmt);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    for (unsigned i = 0; i < LOOK_NAMES && rc == SQLITE_ROW; i++)
        origin->names[i] = mem_must_copy(reading_text(stmt, (int)i));
    if (rc == SQLITE_ROW) {
        origin->id = id;
        *names = origin->names;
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void look_names(struct store_run *run, char *const *names)
{
    run->workspace = names[0];
    run->environment = names[1];
    run->flow = names[2];
    run->version = names[3];
    run->trigger = names[4];
}

/* names: NULL, when its origin is gone. */
static bool look_head(sqlite3_stmt *stmt, char *const *names, struct store_run *run)
{
    *run = (struct store_run){
        .run = (uint64_t)sqlite3_column_int64(stmt, LOOK_ID),
        .status = (enum run_status)sqlite3_column_int(stmt, LOOK_STATUS),
        .dedupe = reading_text(stmt, LOOK_DEDUPE),
        .order_key = reading_text(stmt, LOOK_ORDER_KEY),
        .received_ms = sqlite3_column_int64(stmt, LOOK_RECEIVED_MS),
        .ended_ms = sqlite3_column_int64(stmt, LOOK_ENDED_MS),
        .error = reading_text(stmt, LOOK_ERROR),
        .due_ms = sqlite3_column_int64(stmt, LOOK_DUE_MS),
    };
    if (names == NULL)
        return false;
    look_names(run, names);
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

/* False: that was enough. */
static bool look_visit(struct look_walk *walk, const struct store_run *run)
{
    enum store_look_word word = walk->visit(walk->arg, run);

    if (word == LOOK_STOP) {
        walk->end->before = run->run + 1;
        walk->end->bounded = true;
        return false;
    }
    walk->taken += word == LOOK_TAKE;
    return walk->look->limit == 0 || walk->taken < walk->look->limit;
}

/* The row stands under the statement. False: that was enough. */
static bool look_row(struct look_walk *walk, char *const *names)
{
    const struct store_look *look = walk->look;
    struct store_run run;
    char *input = NULL;
    struct err e;
    bool more;

    if (!look_head(walk->reading.stmt, names, &run)) {
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
    more = look_visit(walk, &run);
    mem_free(input);
    return more;
}

/* The entry of an index stands under the statement: without an input, of run_order without the
 * error, too. False: the row must be read, because it may be one of those looked for, and has more
 * to show than the entry, or is damaged. */
static bool look_entry(struct look_walk *walk, enum sql head, sqlite3_stmt *stmt,
                       char *const *names, bool *more)
{
    struct store_look look = *walk->look;
    struct store_run run;
    bool whole = look_head(stmt, names, &run);

    if (names == NULL)
        return false;
    if (!whole && head == SQL_LOOK_HEAD_ORDER)
        look.error_kind = look.error_text = NULL; /* it has one that stands in the row */
    if (whole || head == SQL_LOOK_HEAD_ORDER) {
        if (!look_fits(&look, &run))
            return true;
        if (whole && !look.input) {
            *more = look_visit(walk, &run);
            return true;
        }
    }
    return false;
}

/* The same by the index that has it; *done: there was no need of the row. */
static int look_covered(struct look_walk *walk, const struct look_groups *groups, int64_t id,
                        bool *done, bool *more)
{
    enum sql head = look_groups_head(groups, id);
    char *const *names;
    sqlite3_stmt *stmt = NULL;
    bool own = false;
    int rc, names_rc = SQLITE_OK;

    if (head == SQL_LOOK_HEAD)
        return SQLITE_OK;
    rc = db_prepare_again(walk->reading.reader->db, head, &stmt, &own);
    if (rc == SQLITE_OK) {
        look_groups_bind(groups, id, stmt);
        rc = sqlite3_step(stmt);
    }
    if (rc == SQLITE_ROW) {
        names_rc = look_origin(walk, sqlite3_column_int64(stmt, LOOK_ORIGIN), &names);
        *done = names_rc == SQLITE_OK && look_entry(walk, head, stmt, names, more);
    }
    if (own)
        sqlite3_finalize(stmt);
    else if (stmt != NULL)
        sqlite3_reset(stmt);
    return rc != SQLITE_ROW && rc != SQLITE_DONE ? rc : names_rc;
}

/* The run of that id; *more: go on. */
static int look_at(struct look_walk *walk, const struct look_groups *groups, int64_t id, bool *more)
{
    sqlite3_stmt *stmt = walk->reading.stmt;
    char *const *names;
    bool done = false;
    int rc, names_rc = SQLITE_OK;

    *more = true;
    walk->end->seen++;
    rc = look_covered(walk, groups, id, &done, more);
    if (rc != SQLITE_OK || done)
        return rc;
    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        names_rc = look_origin(walk, sqlite3_column_int64(stmt, LOOK_ORIGIN), &names);
        if (names_rc == SQLITE_OK)
            *more = look_row(walk, names);
    }
    sqlite3_reset(stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) /* DONE: removed meanwhile */
        return rc;
    return names_rc;
}

/* The same without the row: the index has what is wanted. */
static int look_bare(struct look_walk *walk, const struct look_groups *groups, int64_t id,
                     bool *more)
{
    struct store_run run = { .run = (uint64_t)id };
    const struct look_entry *entry = look_groups_entry(groups, id, &run.status);
    char *const *names;
    int rc = look_origin(walk, entry->origin, &names);

    *more = true;
    if (rc != SQLITE_OK)
        return rc;
    walk->end->seen++;
    if (names == NULL) {
        reading_run_damaged(&walk->reading, id);
        return SQLITE_OK;
    }
    look_names(&run, names);
    run.ended_ms = entry->ended_ms;
    if (look_fits(walk->look, &run))
        *more = look_visit(walk, &run);
    return SQLITE_OK;
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
        rc = groups->bare ? look_bare(walk, groups, id, &more) : look_at(walk, groups, id, &more);
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

    walk.origins = mem_must(LOOK_ORIGINS * sizeof *walk.origins);
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
    for (unsigned i = 0; i < LOOK_ORIGINS; i++)
        look_origin_free(&walk.origins[i]);
    mem_free(walk.origins);
    end_rc = held ? look_let_go(reader) : SQLITE_OK;
    return reading_end(&walk.reading, rc != SQLITE_OK ? rc : end_rc);
}
