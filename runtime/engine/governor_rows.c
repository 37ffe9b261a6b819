/* governor_rows.c - runs that wait for a connection as rows, and their return. See governor.h. */
#include "engine/governor_priv.h"

#include <string.h>

#include "engine/audit.h"
#include "engine/connection.h"
#include "engine/connection_ask.h"
#include "engine/connection_test.h"

#define GOVERNOR_AWAKE 16u  /* runs that wait in memory for a connection that does not work */
#define GOVERNOR_AGAIN 5000 /* ms: after a walk that failed */
#define GOVERNOR_MARK  "\x1f"

/* ---- Leaving memory */

/* Later runs do not overtake those whose rows have not come back yet. */
bool governor__is_behind_rows(const struct governor *governor, uint64_t run)
{
    return governor->held > 0 && run > governor->woken;
}

bool governor_parks(const struct step *step)
{
    const struct governor *governor = step->queue;
    size_t before = 0;

    CHECK_OBJ(governor, GOVERNOR_MAGIC);
    if (governor->state == GOVERNOR_HALTED || governor__is_behind_rows(governor, step->run->id))
        return true;
    if (governor->until - governor->engine->steady <= PARK_MS)
        return false;
    while (before < GOVERNOR_AWAKE && before < governor->waiter_count &&
           governor->waiters[before].tag != step->tag)
        before++;
    return before == GOVERNOR_AWAKE;
}

static void row_key(const struct governor *governor, uint64_t run, char key[STORE_FACT_KEY + 1])
{
    char id[IDENT_TEXT];
    int size;

    ident_text(run, id);
    size = snprintf(key, STORE_FACT_KEY + 1, "%s" GOVERNOR_MARK "%s", governor->key, id);
    check(size > 0 && size <= STORE_FACT_KEY);
}

static void hold_row(struct governor *governor, uint64_t run)
{
    governor->held++;
    governor->refill = true;
    if (governor->woken >= run)
        governor->woken = run - 1;
}

static void hold_frame(const struct run *run, const struct frame *frame, bool row)
{
    for (unsigned i = 0; i < frame->graph->count; i++) {
        const struct run_node *n = &frame->nodes[i];
        char key[STORE_FACT_KEY + 1];
        struct store_fact fact = {
            .op = FACT_PUT, .kind = FACT_HELD, .key = key, .value = "{}", .run = run->id
        };

        if (n->status != NODE_LIVE)
            continue;
        if (n->step->wait == STEP_LOOPS)
            for (struct frame *in = body_frames(n); in != NULL; in = in->next)
                hold_frame(run, in, row);
        if (n->step->wait != STEP_QUEUES)
            continue;
        if (row) {
            hold_row(n->step->queue, run->id);
            continue;
        }
        row_key(n->step->queue, run->id, key);
        run_fact((struct run *)run, &fact);
    }
}

void governor_hold(const struct run *run)
{
    hold_frame(run, run->root, false);
}

void governor_held(const struct run *run)
{
    hold_frame(run, run->root, true);
}

/* ---- Coming back */

struct governor_rows {
    uint64_t runs[GOVERNOR_AWAKE];
    size_t count;
};

static bool governor_row(void *arg, const struct store_fact *fact)
{
    struct governor_rows *rows = arg;
    const char *mark = strstr(fact->key, GOVERNOR_MARK);

    check(rows->count < GOVERNOR_AWAKE);
    if (mark != NULL && ident_parse(mark + 1, &rows->runs[rows->count]))
        rows->count++;
    return rows->count < GOVERNOR_AWAKE;
}

/* One run comes back, or is over: its fact goes. */
static bool governor_call_back(struct governor *governor, uint64_t id)
{
    struct engine *engine = governor->engine;
    struct store_fact gone = { .op = FACT_REMOVE, .kind = FACT_HELD };
    char key[STORE_FACT_KEY + 1];
    struct run *run = table_find(&engine->runs, id);
    bool over = false;

    row_key(governor, id, key);
    gone.key = key;
    if (run == NULL || run->state == RUN_STATE_GONE)
        run = park_wake(engine, id, &over);
    if (run == NULL && !over)
        return false;
    if (over)
        engine_fact(engine, &gone);
    else
        run_fact(run, &gone);
    if (governor->held > 0)
        governor->held--;
    return true;
}

static void governor_refill(struct governor *governor)
{
    struct engine *engine = governor->engine;
    struct governor_rows rows = { .count = 0 };
    struct store_facts_filter filter = { .kind = FACT_HELD, .limit = GOVERNOR_AWAKE };
    char prefix[STORE_FACT_KEY + 1], after[STORE_FACT_KEY + 1];
    struct err e;

    row_key(governor, 0, prefix);
    *(strstr(prefix, GOVERNOR_MARK) + 1) = '\0';
    filter.prefix = prefix;
    check(governor->woken != UINT64_MAX);
    if (governor->woken != 0) {
        row_key(governor, governor->woken, after);
        filter.after = after;
    }
    if (store_facts(engine->world.store, &filter, governor_row, &rows, &e) != ERR_OK) {
        log_warn(engine->world.log, "runs that wait for %s cannot be looked for now: %s",
                 governor->key, e.text);
        governor->refill = true;
        governor->refill_at = engine->steady + GOVERNOR_AGAIN;
        return;
    }
    for (size_t i = 0; i < rows.count; i++) {
        if (!governor_call_back(governor, rows.runs[i])) {
            governor->refill = true;
            governor->refill_at = engine->steady + GOVERNOR_AGAIN;
            return;
        }
        governor->woken = rows.runs[i];
    }
    if (rows.count == GOVERNOR_AWAKE) {
        governor->refill = true;
        return;
    }
    governor->held = 0;
    governor->woken = UINT64_MAX;
    governor__wake(governor); /* who waited behind the last of them */
}

/* Whether those who wait in memory are enough: who waits behind rows waits for these. */
static bool governor_is_full(const struct governor *governor)
{
    return governor->waiter_count >= GOVERNOR_AWAKE &&
           !governor__is_behind_rows(governor, governor->waiters[GOVERNOR_AWAKE - 1].run);
}

static void governor_turn(struct governor *governor)
{
    struct engine *engine = governor->engine;

    if (!governor->refill || engine->steady < governor->refill_at)
        return;
    governor->refill = false;
    governor__wake(governor);
    if (governor->held == 0 || governor->state == GOVERNOR_HALTED || engine->draining)
        return;
    if (governor->until - engine->steady > PARK_MS) {
        governor->refill = true;
        governor->refill_at = governor->until - PARK_MS;
    } else if (!governor_is_full(governor)) {
        governor_refill(governor);
    }
}

void governors_turn(struct engine *engine)
{
    struct governor *governor;
    size_t cursor = 0;

    while ((governor = dict_next(engine->governors, &cursor, NULL)) != NULL)
        governor_turn(governor);
}

int64_t governors_due(const struct engine *engine)
{
    struct governor *governor;
    int64_t due = INT64_MAX;
    size_t cursor = 0;

    while ((governor = dict_next(engine->governors, &cursor, NULL)) != NULL)
        if (governor->refill && governor->refill_at < due)
            due = governor->refill_at;
    return due;
}

/* ---- At the start */

static void recover_state(struct governor *governor, const json_t *value)
{
    struct engine *engine = governor->engine;
    const char *state = json_get_text(value, "state"), *text = json_get_text(value, "credentials");
    int64_t until = json_get_int(value, "until", 0), asked = json_get_int(value, "asked", 0);

    governor->kept = true;
    governor->by_hand = json_is_true(json_object_get(value, "by_hand"));
    governor->since_ms = json_get_int(value, "since", engine->wall);
    if (text != NULL && *text != '\0')
        governor->credentials = mem_must_copy(text);
    if (state != NULL && strcmp(state, "halted") == 0)
        governor->state = GOVERNOR_HALTED;
    else if (state != NULL && strcmp(state, "broken") == 0)
        governor->state = GOVERNOR_BROKEN;
    if (governor->state != GOVERNOR_OPEN)
        ladder_error(value, &governor->why);
    if (until > engine->wall)
        governor->until = engine->steady + until - engine->wall;
    if (asked > engine->wall)
        governor->asked = engine->steady + asked - engine->wall;
}

static bool recover_fact(void *arg, const struct store_fact *fact)
{
    struct engine *engine = arg;
    struct err e;
    json_t *value;

    if (fact->kind == FACT_HELD) {
        const char *mark = strstr(fact->key, GOVERNOR_MARK);
        char *key = mark != NULL ? mem_must_copy_n(fact->key, (size_t)(mark - fact->key)) : NULL;
        uint64_t run;

        if (key != NULL && ident_parse(mark + 1, &run))
            hold_row(governor_get(engine, key), run);
        mem_free(key);
        return true;
    }
    value = json_read(fact->value, strlen(fact->value), &record_limits, &e);
    recover_state(governor_get(engine, fact->key), value);
    json_decref(value);
    return true;
}

enum err_code governors_recover(struct engine *engine, struct err *e)
{
    struct store_facts_filter states = { .kind = FACT_GOVERNOR }, rows = { .kind = FACT_HELD };

    if (store_facts(engine->world.store, &states, recover_fact, engine, e) != ERR_OK)
        return e->code;
    return store_facts(engine->world.store, &rows, recover_fact, engine, e);
}

/* ---- For people */

/* An open connection whose calls wait: the system has asked for it, or the pace is used up. */
static bool governor_is_throttled(const struct governor *governor)
{
    int64_t now = governor->engine->steady;

    return governor->state == GOVERNOR_OPEN &&
           (governor->until > now ||
            (governor->waiter_count > 0 && governor->out < governor->places &&
             governor__opens(governor) > now));
}

/* What the system's manifest says of a refused credential; without memory it is not told. */
static void row_credential(struct engine *engine, const char *key, json_t *row)
{
    const struct connection *connection = connection_by_key(engine, key);
    const struct connector_info *info = connection != NULL ? connection->info : NULL;

    if (info == NULL || info->credential == NULL)
        return;
    json_object_set_new_nocheck(row, "system", json_string(info->title));
    json_object_set_new_nocheck(row, "credential", json_string(info->credential));
}

json_t *engine_connections(struct engine *engine, struct err *e)
{
    json_t *list = json_array();
    struct governor *governor;
    size_t cursor = 0;
    bool failed = list == NULL;

    connections_known(engine);
    while (!failed && (governor = dict_next(engine->governors, &cursor, NULL)) != NULL) {
        bool throttled = governor_is_throttled(governor);
        int64_t until = throttled ? governor__opens(governor) : governor->until;
        json_t *one =
            json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "connection", governor->key, "state",
                      throttled ? "throttled" : governor__state_name(governor), "places",
                      (int)governor->places, "calls", (int)governor->out, "waiting",
                      (int)governor->waiter_count, "parked", (int)governor->held);

        if (governor->requests > 0) {
            json_put(one, "requests", json_integer(governor->requests), &failed);
            json_put(one, "per_ms", json_integer(governor->per_ms), &failed);
            json_put(one, "burst", json_integer(governor->slack_us / governor->interval_us + 1),
                     &failed);
        }
        if (governor->faults > 0)
            json_put(one, "faults", json_integer(governor->faults), &failed);
        if (governor->asked > engine->steady)
            json_put(one, "asked", json_integer(engine->wall + governor->asked - engine->steady),
                     &failed);
        if (governor->state == GOVERNOR_HALTED && !governor->by_hand)
            row_credential(engine, governor->key, one);
        if (governor->state != GOVERNOR_OPEN) {
            json_put(one, "since", json_integer(governor->since_ms), &failed);
            json_put(one, "by_hand", json_boolean(governor->by_hand), &failed);
            json_put(one, "kind", json_string(err_name(governor->why.code)), &failed);
            json_put(one, "text", json_string(governor->why.text), &failed);
        }
        if (until > engine->steady && until < INT64_MAX)
            json_put(one, "until", json_integer(engine->wall + until - engine->steady), &failed);
        failed = json_array_append_new(list, one) != 0 || failed;
    }
    if (!failed)
        return list;
    json_decref(list);
    err_set(e, ERR_MEMORY, "no memory for the list of connections");
    return NULL;
}

/* Behind what it tells of, so that both are durable when done() says so. */
static void governor_said(const struct governor *governor, const char *what, const char *by,
                          const char *reason, engine_done_fn *done, void *arg)
{
    char workspace[LIMIT_ID + 1];
    struct audit_note note = { .by = by, .what = what, .object = governor->key };
    json_t *detail = json_pack("{s:s*}", "reason", reason);

    check(detail != NULL);
    audit_workspace_of(governor->key, workspace);
    note.workspace = workspace;
    note.detail = reason != NULL ? detail : NULL;
    if (done != NULL)
        engine_audit_then(governor->engine, &note, done, arg);
    else
        engine_audit(governor->engine, workspace, by, what, governor->key, note.detail);
    json_decref(detail);
}

enum err_code engine_connection_resume(struct engine *engine, const char *key, const char *by,
                                       const char *reason, engine_done_fn *done, void *arg,
                                       struct err *e)
{
    struct governor *governor = dict_find(engine->governors, key);

    if (governor == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no connection \"%.200s\"", key);
    if (governor->state == GOVERNOR_OPEN && governor->until <= engine->steady)
        return err_set(e, ERR_CONFLICT, "the connection \"%.200s\" is open", key);
    engine_moment(engine);
    governor__resume(governor);
    governor_said(governor, "resume", by, reason, done, arg);
    return ERR_OK;
}

enum err_code engine_connection_halt(struct engine *engine, const char *key, const char *by,
                                     const char *reason, engine_done_fn *done, void *arg,
                                     struct err *e)
{
    struct governor *governor = dict_find(engine->governors, key);
    struct connection *unused = NULL;
    struct err why;

    if (governor == NULL)
        unused = connection_of_workspace(engine, key, e);
    if (governor == NULL && unused == NULL)
        return e->code;
    if (unused != NULL)
        governor = unused->governor;
    connection_unref(unused);
    if (governor->state == GOVERNOR_HALTED && governor->by_hand)
        return err_set(e, ERR_CONFLICT, "the connection \"%.200s\" is halted already", key);
    engine_moment(engine);
    err_set(&why, ERR_UNAVAILABLE, "halted by %.80s: %.300s", by, reason);
    governor__halt(governor, &why);
    governor_said(governor, "halt", by, reason, done, arg);
    return ERR_OK;
}
