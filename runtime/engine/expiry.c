/* expiry.c - see expiry.h. */
#include "engine/expiry.h"

#include <string.h>

#include "engine/append.h"
#include "engine/guard.h"
#include "engine/run.h"
#include "io/files.h"
#include "io/pool.h"

#define EXPIRY_ROUND_MS     60000
#define EXPIRY_RETRY_MS     3600000 /* of what cannot be removed */
#define EXPIRY_BATCH        32u
#define EXPIRY_TEMPORARY_MS INT64_C(86400000) /* then somebody asks whether its run has ended */

struct expiry_waiter {
    struct expiry_turn **turn;
    expiry_fn *then;
    void *arg;
    struct expiry_waiter *next;
};
struct expiry_turn {
    struct expiries *expiries; /* NULL: the engine is gone */
    char *path;
    struct expiry_waiter *waiters;
};

struct expiries {
    struct dict *turns; /* by path: those that are held */
    int64_t next_at;    /* steady; INT64_MAX: there are no rows */
    size_t out;         /* files that are being removed */
};

/* One file on its way out. */
struct expiry_removal {
    struct engine *engine; /* not the pool's */
    struct files *files;
    struct expiry_turn *turn;
    struct file_ask *ask;
    char *row;
    uint64_t run; /* of a temporary file; 0: it is none */
    bool early;
    struct err e;
    atomic_bool given_up;
};

/* ---- Turns */

/* "FOLDER/NAME" without empty parts and "." */
static char *expiry_path(const char *folder, const char *name)
{
    const char *const parts[] = { folder, name };
    struct buf path;
    size_t size;

    buf_init(&path, 16 * KIB);
    for (size_t i = 0; i < 2; i++)
        for (const char *at = parts[i]; *at != '\0'; at += size + (at[size] == '/')) {
            size = strcspn(at, "/");
            if (size == 0 || (size == 1 && *at == '.'))
                continue;
            buf_add_char(&path, '/');
            buf_add(&path, at, size);
        }
    check(buf_ok(&path));
    return buf_take(&path, &size);
}

void expiry_enter(struct engine *engine, const char *folder, const char *name,
                  struct expiry_turn **turn, expiry_fn *then, void *arg)
{
    char *path = expiry_path(folder, name);
    struct expiry_turn *held = dict_find(engine->expiries->turns, path);
    struct expiry_waiter *waiter, **end;

    if (held == NULL) {
        held = mem_must(sizeof *held);
        *held = (struct expiry_turn){ .expiries = engine->expiries, .path = path };
        dict_put(engine->expiries->turns, path, held);
        *turn = held;
        then(arg);
        return;
    }
    mem_free(path);
    waiter = mem_must(sizeof *waiter);
    *waiter = (struct expiry_waiter){ turn, then, arg, NULL };
    for (end = &held->waiters; *end != NULL; end = &(*end)->next)
        ;
    *end = waiter;
}

static void turn_free(struct expiry_turn *turn)
{
    check(turn->waiters == NULL);
    mem_free(turn->path);
    mem_free(turn);
}

/* (1) */
void expiry_leave(struct expiry_turn *turn)
{
    struct expiry_waiter *next = turn != NULL ? turn->waiters : NULL;

    if (turn == NULL)
        return;
    if (next == NULL) {
        if (turn->expiries != NULL)
            check(dict_remove(turn->expiries->turns, turn->path) == turn);
        turn_free(turn);
        return;
    }
    turn->waiters = next->next;
    *next->turn = turn;
    next->then(next->arg);
    mem_free(next);
}

/* ---- Rows */

struct expiry_row {
    char *text;
};

static bool row_take(void *arg, const struct store_fact *fact)
{
    struct expiry_row *row = arg;

    row->text = mem_must_copy(fact->value);
    return false;
}

static json_t *row_read(const char *text, struct file_stamp *stamp, struct err *e)
{
    json_t *row = json_read(text, strlen(text), &record_limits, e);

    *stamp = (struct file_stamp){ .size = json_get_int(row, "size", -1),
                                  .mtime_ns = json_get_int(row, "mtime", 0),
                                  .inode = (uint64_t)json_get_int(row, "inode", 0) };
    return row;
}

enum err_code expiry_find(struct engine *engine, const struct expiry_turn *turn,
                          struct expiry *found, struct err *e)
{
    struct store_facts_filter filter = { .kind = FACT_FILE, .key = turn->path };
    struct expiry_row row = { NULL };
    json_t *json;

    *found = (struct expiry){ .until_ms = 0 };
    if (strlen(turn->path) > STORE_FACT_KEY) /* it has none */
        return ERR_OK;
    if (store_facts(engine->world.store, &filter, row_take, &row, e) != ERR_OK)
        return e->code;
    if (row.text == NULL)
        return ERR_OK;
    json = row_read(row.text, &found->stamp, e);
    mem_free(row.text);
    if (json == NULL)
        return e->code;
    found->until_ms = json_get_int(json, "until", 0);
    json_decref(json);
    return ERR_OK;
}

static char *row_text(const struct file_ask *ask, const char *name, uint64_t run, int64_t until_ms,
                      bool temporary)
{
    const struct file_stamp *stamp = &ask->stamp;
    char id[IDENT_TEXT], *text;
    json_t *row;
    size_t size;

    ident_text(run, id);
    row = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "run", id, "folder", ask->folder, "name",
                    name, "size", (json_int_t)stamp->size, "mtime", (json_int_t)stamp->mtime_ns,
                    "inode", (json_int_t)stamp->inode, "until", (json_int_t)until_ms);
    check(row != NULL);
    if (temporary)
        check(json_object_set_new(row, "temporary", json_true()) == 0);
    text = json_text_new(row, 16 * KIB, &size);
    json_decref(row);
    check(text != NULL);
    return text;
}

void expiry_put(struct engine *engine, const struct expiry_turn *turn, const struct file_ask *ask,
                uint64_t run, int64_t until_ms, engine_done_fn *done, void *arg)
{
    struct store_batch *batch = store_batch_new(0);
    struct store_fact fact = { .op = until_ms > 0 ? FACT_PUT : FACT_REMOVE,
                               .kind = FACT_FILE,
                               .key = turn->path,
                               .at_ms = until_ms };
    char *text = NULL;

    if (until_ms > 0)
        fact.value = text = row_text(ask, ask->name, run, until_ms, false);
    store_batch_fact(batch, &fact);
    engine_append(engine, &batch, 1, done, arg);
    mem_free(text);
}

/* One whose batch is on its way is seen by no round: it is told here that it is there. */
void expiry_is_put(struct engine *engine, int64_t until_ms)
{
    int64_t at = engine->steady + (until_ms - engine->wall);

    if (at < engine->expiries->next_at)
        engine->expiries->next_at = at;
}

/* ---- (5) */

/* "DIR/.KEY.tmp": as a name, and whole; NULL: it can have no row. */
static char *temporary_path(const struct file_ask *ask, char **name)
{
    const char *last = strrchr(ask->name, '/');
    char temporary[FILES_TEMPORARY], *path = NULL;
    struct buf text;
    size_t size;

    files_temporary(ask, temporary);
    buf_init(&text, 16 * KIB);
    buf_add(&text, ask->name, last != NULL ? (size_t)(last + 1 - ask->name) : 0);
    buf_add_text(&text, temporary);
    check(buf_ok(&text));
    *name = buf_take(&text, &size);
    path = expiry_path(ask->folder, *name);
    if (strlen(path) <= STORE_FACT_KEY && !guard_has_card(path))
        return path;
    mem_free(*name);
    mem_free(path);
    return *name = NULL;
}

void expiry_keep(struct run *run, const struct file_ask *ask)
{
    int64_t at_ms = run->engine->wall + EXPIRY_TEMPORARY_MS;
    struct store_fact fact = { .op = FACT_PUT, .kind = FACT_FILE, .at_ms = at_ms };
    char *name, *path = temporary_path(ask, &name), *text;

    if (path == NULL)
        return;
    fact.key = path;
    fact.value = text = row_text(ask, name, run->id, at_ms, true);
    run_fact(run, &fact);
    expiry_is_put(run->engine, at_ms);
    mem_free(text);
    mem_free(name);
    mem_free(path);
}

void expiry_forget(struct run *run, const struct file_ask *ask)
{
    struct store_fact fact = { .op = FACT_REMOVE, .kind = FACT_FILE };
    char *name, *path = temporary_path(ask, &name);

    if (path == NULL)
        return;
    fact.key = path;
    run_fact(run, &fact);
    mem_free(name);
    mem_free(path);
}

/* ---- What is over */

static void removal_free(struct expiry_removal *removal)
{
    expiry_leave(removal->turn);
    file_ask_free(removal->ask);
    mem_free(removal->row);
    mem_free(removal);
}

static void removal_work(void *arg)
{
    struct expiry_removal *removal = arg;
    bool sent;

    removal->e.code =
        files_do(removal->files, removal->ask, &removal->given_up, &sent, &removal->e);
}

static void removal_kept(void *arg, const struct err *e)
{
    struct expiry_removal *removal = arg;
    struct engine *engine = removal->engine;

    if (e->code != ERR_OK && e->code != ERR_OVERLOAD)
        log_warn(engine->world.log, "the row of a saved file stays: %s", e->text);
    engine->expiries->out--;
    removal_free(removal);
}

/* (3) */
static void removal_done(void *arg)
{
    struct expiry_removal *removal = arg;
    struct engine *engine = removal->engine;
    struct store_fact fact = { .op = FACT_REMOVE, .kind = FACT_FILE, .key = removal->turn->path };
    struct store_batch *batch;

    if (removal->turn->expiries == NULL) { /* the engine is gone; the row stays */
        removal_free(removal);
        return;
    }
    if (removal->e.code != ERR_OK) {
        if (!removal->early)
            log_warn(engine->world.log,
                     "a saved file is not removed, and it is tried again in an hour: "
                     "%s",
                     removal->e.text);
        fact.op = FACT_PUT;
        fact.value = removal->row;
        fact.at_ms = engine->wall + EXPIRY_RETRY_MS;
    }
    batch = store_batch_new(0);
    store_batch_fact(batch, &fact);
    engine_append(engine, &batch, 1, removal_kept, removal);
}

static bool removal_run(void *arg, const struct store_run *run)
{
    struct expiry_removal *removal = arg;

    removal->early = !run_status_ended(run->status);
    return false;
}

/* (5) */
static bool removal_may_go(struct expiry_removal *removal)
{
    struct err *e = &removal->e;
    enum err_code rc;

    if (removal->run == 0)
        return true;
    rc = store_run_head(removal->engine->world.store, removal->run, removal_run, removal, e);
    if (rc == ERR_OK && removal->early)
        err_set(e, ERR_CONFLICT, "its run has not ended");
    return rc == ERR_NOT_FOUND || (rc == ERR_OK && !removal->early);
}

static void removal_begin(void *arg)
{
    struct expiry_removal *removal = arg;

    if (removal_may_go(removal))
        pool_work(removal->engine->world.pool, removal_work, removal_done, removal);
    else
        removal_done(removal);
}

static void removal_take(struct engine *engine, const struct store_fact *fact)
{
    struct expiry_removal *removal;
    struct file_stamp stamp;
    struct err e;
    json_t *row = row_read(fact->value, &stamp, &e);
    bool temporary = json_is_true(json_object_get(row, "temporary"));
    uint64_t run = 0;

    if (json_get_text(row, "folder") == NULL || json_get_text(row, "name") == NULL ||
        (temporary && !ident_parse(json_get_text(row, "run"), &run))) {
        log_error(engine->world.log, "the row of a saved file cannot be read: %.200s", fact->key);
        json_decref(row);
        return;
    }
    removal = mem_must(sizeof *removal);
    *removal = (struct expiry_removal){ .engine = engine,
                                        .files = engine->world.files,
                                        .row = mem_must_copy(fact->value) };
    atomic_init(&removal->given_up, false);
    removal->ask =
        file_ask_new(FILE_DELETE, json_get_text(row, "folder"), json_get_text(row, "name"));
    removal->ask->stamped = true;
    removal->ask->stamp = stamp;
    removal->run = run;
    json_decref(row);
    engine->expiries->out++;
    expiry_enter(engine, removal->ask->folder, removal->ask->name, &removal->turn, removal_begin,
                 removal);
}

/* Of those whose time comes before the next round. */
static bool expiry_look(void *arg, const struct store_fact *fact)
{
    struct engine *engine = arg;
    struct expiries *expiries = engine->expiries;
    int64_t at = engine->steady + (fact->at_ms - engine->wall);

    if (fact->at_ms > engine->wall)
        expiries->next_at = at < expiries->next_at ? at : expiries->next_at;
    else if (expiries->out == EXPIRY_BATCH)
        return false;
    else if (dict_find(expiries->turns, fact->key) == NULL) /* else somebody saves there */
        removal_take(engine, fact);
    return true;
}

void expiries_turn(struct engine *engine)
{
    struct expiries *expiries = engine->expiries;
    struct store_facts_filter due = { .kind = FACT_FILE, .due_ms = engine->wall + EXPIRY_ROUND_MS };
    struct store_facts_filter any = { .kind = FACT_FILE, .limit = 1 };
    struct expiry_row row = { NULL };
    struct err e;

    if (expiries->out > 0 || engine->steady < expiries->next_at)
        return;
    expiries->next_at = INT64_MAX;
    if (engine->world.files == NULL)
        return;
    if (engine->steady < engine->jump.removes_at) {
        expiries->next_at = engine->jump.removes_at;
        return;
    }
    expiries->next_at = engine->steady + EXPIRY_ROUND_MS;
    if (store_facts(engine->world.store, &due, expiry_look, engine, &e) != ERR_OK ||
        store_facts(engine->world.store, &any, row_take, &row, &e) != ERR_OK)
        log_warn(engine->world.log, "saved files are not removed: %s", e.text);
    else if (expiries->out > 0)
        expiries->next_at = engine->steady; /* there may be more: once these are gone */
    else if (row.text == NULL)
        expiries->next_at = INT64_MAX;
    mem_free(row.text);
}

int64_t expiries_due(const struct engine *engine)
{
    return engine->expiries->out > 0 ? INT64_MAX : engine->expiries->next_at;
}

struct expiries *expiries_new(void)
{
    struct expiries *expiries = mem_must(sizeof *expiries);

    expiries->turns = dict_new();
    return expiries;
}

void expiries_free(struct engine *engine)
{
    struct expiries *expiries = engine->expiries;
    struct expiry_turn *turn;
    size_t cursor = 0;

    while ((turn = dict_next(expiries->turns, &cursor, NULL)) != NULL)
        turn->expiries = NULL; /* its holder is with the pool */
    dict_free(expiries->turns);
    mem_free(expiries);
    engine->expiries = NULL;
}
