/* governor.c - who may use a connection now: places, pace, faults. See governor.h. The runs that
 * wait as rows are in governor_rows.c. */
#include "engine/governor_priv.h"

#include <string.h>

#define GOVERNOR_PLACES     200u /* calls at a time, where neither manifest nor connection say */
#define GOVERNOR_FAULTS     5u   /* in a row, of calls that got no good answer: it is broken */
#define GOVERNOR_PAUSE_MS   1000 /* before the first try; twice as long each time, up to */
#define GOVERNOR_PAUSE_MAX  60000
#define GOVERNOR_LASTING_MS 1000 /* a longer pause is told to a later start of the program */

static const char *const governor_states[] = { "open", "broken", "halted" };

const char *governor__state_name(const struct governor *governor)
{
    return governor_states[governor->state];
}

/* ---- Life */

struct governor *governor_get(struct engine *engine, const char *key)
{
    struct governor *governor = dict_find(engine->governors, key);

    if (governor != NULL)
        return governor;
    governor = mem_must(sizeof *governor);
    governor->magic = GOVERNOR_MAGIC;
    governor->engine = engine;
    governor->key = mem_must_copy(key);
    governor->places = GOVERNOR_PLACES;
    governor->woken = UINT64_MAX;
    dict_put(engine->governors, key, governor);
    return governor;
}

void governors_free(struct engine *engine)
{
    struct governor *governor;
    size_t cursor = 0;

    while (engine->governors != NULL &&
           (governor = dict_next(engine->governors, &cursor, NULL)) != NULL) {
        check(governor->waiter_count == 0);
        governor->magic = 0;
        mem_free(governor->key);
        mem_free(governor->credentials);
        mem_free(governor->waiters);
        mem_free(governor);
    }
    dict_free(engine->governors);
}

/* ---- When */

int64_t governor__opens(const struct governor *governor)
{
    int64_t at = governor->until;

    if (governor->state == GOVERNOR_HALTED || governor->out >= governor->places ||
        (governor->state == GOVERNOR_BROKEN && governor->probing))
        return INT64_MAX;
    if (governor->interval_us > 0) {
        int64_t pace = (governor->next_us - governor->slack_us + 999) / 1000;

        if (pace > at)
            at = pace;
    }
    return at;
}

/* The pace: a call every interval, with so many ahead of time as the slack allows. */
static void governor_pace(struct governor *governor)
{
    int64_t now = governor->engine->steady * 1000;

    if (governor->interval_us > 0)
        governor->next_us =
            (governor->next_us > now ? governor->next_us : now) + governor->interval_us;
}

/* Calls the first of those who wait, or has it called when its time comes. One behind rows would
 * only come to wait again: it is called when they are back. */
void governor__wake(struct governor *governor)
{
    struct engine *engine = governor->engine;
    const struct governor_waiter *first = governor->waiters;
    struct step *step;
    int64_t at;

    if (governor->waiter_count == 0 || governor->state == GOVERNOR_HALTED ||
        governor__is_behind_rows(governor, first->run))
        return;
    at = governor__opens(governor);
    step = step_find(engine, first->tag, STEP_QUEUES);
    if (at == INT64_MAX || step == NULL || step->arrived)
        return;
    if (at <= engine->steady) {
        step_arrived(step);
    } else if (governor->alarm != first->tag || at < governor->alarm_at) {
        governor->alarm = first->tag;
        governor->alarm_at = at;
        due_add(engine, at, first->tag, false);
    }
}

/* ---- Waiting */

static size_t governor_place(const struct governor *governor, uint64_t run)
{
    size_t at = governor->waiter_count;

    while (at > 0 && governor->waiters[at - 1].run > run)
        at--;
    return at;
}

/* (2) */
static void governor_add(struct governor *governor, struct step *step)
{
    struct governor_waiter waiter = { step->run->id, step_wait_for(step, STEP_QUEUES) };
    size_t at = governor_place(governor, waiter.run);

    if (governor->waiter_count == governor->waiter_room) {
        governor->waiter_room = governor->waiter_room * 2 + 16;
        governor->waiters =
            mem_must_resize(governor->waiters, governor->waiter_room * sizeof *governor->waiters);
    }
    memmove(governor->waiters + at + 1, governor->waiters + at,
            (governor->waiter_count - at) * sizeof *governor->waiters);
    governor->waiters[at] = waiter;
    governor->waiter_count++;
    step->queue = governor;
}

void governor_forget(struct step *step)
{
    struct governor *governor = step->queue;
    size_t at = 0;

    if (governor == NULL)
        return;
    CHECK_OBJ(governor, GOVERNOR_MAGIC);
    step->queue = NULL;
    while (at < governor->waiter_count && governor->waiters[at].tag != step->tag)
        at++;
    check(at < governor->waiter_count);
    governor->waiter_count--;
    memmove(governor->waiters + at, governor->waiters + at + 1,
            (governor->waiter_count - at) * sizeof *governor->waiters);
    if (at == 0)
        governor->refill = true; /* the next one is called in the next turn */
}

/* A poll and a run by hand do not wait for hours: they fail with what is wrong. */
static bool governor_refuses(const struct governor *governor, struct step *step)
{
    const struct engine *engine = governor->engine;
    struct err e = governor->why;

    if ((step->run->poll == 0 && !engine->world.by_hand) ||
        (governor->state == GOVERNOR_OPEN && governor->until <= engine->steady + PARK_MS) ||
        (governor->state == GOVERNOR_BROKEN && governor->until <= engine->steady + PARK_MS))
        return false;
    if (e.code == ERR_OK)
        err_set(&e, ERR_RATE_LIMITED, "the system has asked to wait");
    err_prefix(&e, "the connection is not used now");
    step_fail(step, &e, NULL);
    return true;
}

/* A place is there. */
static void governor_take(struct governor *governor, bool *probes)
{
    governor->out++;
    governor_pace(governor);
    if (governor->state == GOVERNOR_BROKEN)
        governor->probing = *probes = true;
    else
        governor__wake(governor);
}

bool governor_enter(struct governor *governor, struct step *step, bool *probes)
{
    const struct engine *engine = governor->engine;
    uint64_t run = step->run->id;
    bool behind = governor->waiter_count > 0 && governor->waiters[0].run < run;

    CHECK_OBJ(governor, GOVERNOR_MAGIC);
    check(step->queue == NULL);
    *probes = false;
    if (governor_refuses(governor, step))
        return false;
    if (behind || governor__is_behind_rows(governor, run) ||
        governor__opens(governor) > engine->steady) {
        governor_add(governor, step);
        governor__wake(governor);
        return false;
    }
    governor_take(governor, probes);
    return true;
}

bool governor_pass(struct governor *governor, bool *probes, struct err *e)
{
    CHECK_OBJ(governor, GOVERNOR_MAGIC);
    *probes = false;
    if (governor->waiter_count > 0 || governor__is_behind_rows(governor, UINT64_MAX) ||
        governor__opens(governor) > governor->engine->steady) {
        *e = governor->why;
        if (e->code == ERR_OK)
            err_set(e, ERR_RATE_LIMITED, "its places or its pace are used up");
        err_prefix(e, "the connection is not used now");
        return false;
    }
    governor_take(governor, probes);
    return true;
}

void governor_leave(struct governor *governor, bool probes)
{
    CHECK_OBJ(governor, GOVERNOR_MAGIC);
    check(governor->out > 0);
    governor->out--;
    if (probes)
        governor->probing = false;
    governor__wake(governor);
}

/* ---- What is known of the system */

/* Those who wait see anew whether they leave memory. */
static void governor_stir(struct governor *governor)
{
    for (size_t i = 0; i < governor->waiter_count; i++) {
        struct step *step = step_find(governor->engine, governor->waiters[i].tag, STEP_QUEUES);

        if (step != NULL)
            run_stir(step->run);
    }
}

/* (4) */
void governor__keep(struct governor *governor)
{
    struct engine *engine = governor->engine;
    struct store_fact fact = { .kind = FACT_GOVERNOR, .key = governor->key };
    bool keeps =
        governor->state != GOVERNOR_OPEN || governor->until > engine->steady + GOVERNOR_LASTING_MS;
    json_t *value = NULL;
    char *text = NULL;

    if (!keeps && !governor->kept)
        return;
    fact.op = keeps ? FACT_PUT : FACT_REMOVE;
    if (keeps) {
        value = json_pack("{s:s, s:b, s:I, s:I, s:I, s:s, s:s, s:s}", "state",
                          governor_states[governor->state], "by_hand", governor->by_hand, "since",
                          (json_int_t)governor->since_ms, "until",
                          (json_int_t)(engine->wall + governor->until - engine->steady), "asked",
                          (json_int_t)(engine->wall + governor->asked - engine->steady), "kind",
                          err_name(governor->why.code), "text", governor->why.text, "credentials",
                          governor->credentials != NULL ? governor->credentials : "");
        check(value != NULL);
        fact.value = text = json_text_new(value, 64 * KIB, NULL);
        check(text != NULL);
        json_decref(value);
    }
    governor->kept = keeps;
    engine_fact(engine, &fact);
    mem_free(text);
}

static void governor_become(struct governor *governor, enum governor_state state,
                            const struct err *why)
{
    struct log *log = governor->engine->world.log;
    bool news = governor->state != state;

    if (news)
        governor->since_ms = governor->engine->wall;
    governor->state = state;
    if (why != NULL)
        governor->why = *why;
    else
        governor->why.code = ERR_OK;
    if (news && state == GOVERNOR_HALTED)
        log_error(log,
                  "connection %s is halted: %s; its runs wait until the credentials are mended or "
                  "`weft connections resume %s`",
                  governor->key, governor->why.text, governor->key);
    else if (news && state == GOVERNOR_BROKEN)
        log_warn(log, "connection %s does not work: %s; one call at a time tries", governor->key,
                 governor->why.text);
    else if (news)
        log_info(log, "connection %s works again", governor->key);
    if (news && governor->engine->world.connected != NULL)
        governor->engine->world.connected(governor->engine->world.arg, governor->key,
                                          governor_states[state]);
}

/* Rows come back now, however long the pause was that is over. */
static void governor_refills(struct governor *governor)
{
    governor->refill = true;
    governor->refill_at = 0;
}

void governor_answered(struct governor *governor)
{
    governor->faults = governor->limits = 0;
    if (governor->state != GOVERNOR_BROKEN)
        return;
    governor->pauses = 0;
    governor->until = governor->asked; /* another call's answer takes nothing back */
    governor_become(governor, GOVERNOR_OPEN, NULL);
    governor__keep(governor);
    governor_refills(governor);
}

static int64_t governor_pause(unsigned before)
{
    int64_t pause = GOVERNOR_PAUSE_MS;

    while (before-- > 0 && pause < GOVERNOR_PAUSE_MAX)
        pause *= 2;
    return pause < GOVERNOR_PAUSE_MAX ? pause : GOVERNOR_PAUSE_MAX;
}

static void governor_wait(struct governor *governor, int64_t ms)
{
    int64_t until = governor->engine->steady + ms;

    if (until > governor->until)
        governor->until = until;
    governor__keep(governor);
    if (ms > PARK_MS)
        governor_stir(governor);
}

void governor_failed(struct governor *governor, const struct err *e, int64_t wait_ms, bool sent)
{
    bool hard = e->code == ERR_UNAVAILABLE || (e->code == ERR_TRANSIENT && !sent);

    CHECK_OBJ(governor, GOVERNOR_MAGIC);
    if (governor->state == GOVERNOR_HALTED)
        return;
    if (e->code == ERR_AUTH) {
        governor_become(governor, GOVERNOR_HALTED, e);
        governor__keep(governor);
        governor_stir(governor);
    } else if (e->code == ERR_RATE_LIMITED) {
        int64_t own;

        if (wait_ms <= 0 && governor->asked > governor->engine->steady)
            return; /* of a call that left before */
        own = governor_pause(governor->limits++);
        wait_ms = wait_ms > 0 ? wait_ms : own;
        if (governor->engine->steady + wait_ms > governor->asked)
            governor->asked = governor->engine->steady + wait_ms;
        governor_wait(governor, wait_ms);
    } else if (hard || e->code == ERR_TRANSIENT || e->code == ERR_TIMEOUT) {
        governor->faults++;
        if (governor->state == GOVERNOR_OPEN && !hard && governor->faults < GOVERNOR_FAULTS)
            return;
        if (governor->state == GOVERNOR_BROKEN && governor->until > governor->engine->steady)
            return; /* of a call that left before */
        governor_become(governor, GOVERNOR_BROKEN, e);
        wait_ms = wait_ms > 0 ? wait_ms : governor_pause(governor->pauses);
        governor->pauses++;
        governor_wait(governor, wait_ms);
    }
}

/* The pace and places of a connection: its own, else the manifest's. */
static void governor_limit(struct governor *governor, const struct connector_limits *limits)
{
    governor->places = limits->concurrency > 0 ? limits->concurrency : GOVERNOR_PLACES;
    governor->requests = limits->requests;
    governor->per_ms = limits->per_ms;
    governor->interval_us = 0;
    if (limits->requests == 0)
        return;
    governor->interval_us = limits->per_ms * 1000 / limits->requests;
    governor->slack_us = governor->interval_us * (limits->burst > 0 ? limits->burst - 1 : 0);
}

/* What left before the start nobody counted here: the bucket begins empty, so that a start gives
 * nothing beyond the pace. */
void governors_paced(struct engine *engine)
{
    struct governor *governor;
    size_t cursor = 0;

    while ((governor = dict_next(engine->governors, &cursor, NULL)) != NULL)
        if (governor->interval_us > 0)
            governor->next_us = engine->steady * 1000 + governor->slack_us + governor->interval_us;
}

void governor__halt(struct governor *governor, const struct err *why)
{
    governor->by_hand = true;
    governor_become(governor, GOVERNOR_HALTED, why);
    governor__keep(governor);
    governor_stir(governor);
}

void governor__resume(struct governor *governor)
{
    governor->by_hand = false;
    governor->until = governor->asked = 0;
    governor->pauses = governor->faults = governor->limits = 0;
    governor_become(governor, GOVERNOR_OPEN, NULL);
    governor__keep(governor);
    governor_refills(governor);
}

void governor_mended(struct governor *governor, const struct connector_limits *limits,
                     const char *credentials)
{
    bool others = governor->credentials != NULL && strcmp(governor->credentials, credentials) != 0;

    governor_limit(governor, limits);
    if (governor->credentials == NULL || others) {
        mem_free(governor->credentials);
        governor->credentials = mem_must_copy(credentials);
    }
    if (governor->state == GOVERNOR_HALTED && others && !governor->by_hand)
        governor__resume(governor);
}

/* ---- A failed step */

static struct connection *governor_of(const struct run_node *n)
{
    const char *name = node_of(n)->connection;

    return name != NULL ? connection_find(n->frame->run->deployment, name) : NULL;
}

void governor_tell(struct run_node *n)
{
    const struct connection *c = governor_of(n);
    const struct step *step = n->step;

    if (c != NULL && !step_simulated(step))
        governor_failed(c->governor, &step->error, step->wait_ms, !step->unsent);
}

bool governor_takes(struct run_node *n)
{
    struct run *run = n->frame->run;
    struct engine *engine = run->engine;
    struct step *step = n->step;
    const struct connection *c = governor_of(n);
    enum err_code code = step->error.code;

    if (c == NULL || n->frame->failing || run->poll != 0 || engine->world.by_hand)
        return false;
    if (code != ERR_AUTH && code != ERR_RATE_LIMITED &&
        (c->governor->state != GOVERNOR_BROKEN ||
         (code != ERR_UNAVAILABLE && code != ERR_TRANSIENT && code != ERR_TIMEOUT)))
        return false;
    node_progress(n)->retry_ms = engine->wall;
    record_failed(n, &step->error, step->details, -1, engine->wall, step);
    n->attempts--; /* (5) */
    step->ended = step->failed = step->unsure = false;
    step_wait_for(step, STEP_RETRIES);
    step_arrived(step);
    return true;
}
