/* rehearse.c - see rehearse.h. */
#include "engine/rehearse.h"

#include <string.h>

#include "engine/answers.h"
#include "engine/budget.h"
#include "engine/connection.h"
#include "engine/engine_priv.h"
#include "engine/operate.h"
#include "engine/seed.h"
#include "flow/node_long.h"
#include "rules/rule_room.h"
#include "store/store_sqlite.h"

#define REHEARSE_REQUEST 1     /* the one caller */
#define REHEARSE_LEAPS   10000 /* of time: a flow that waits for ever comes to an end here */
#define REHEARSE_BODIES  1000u /* requests that are kept */

struct rehearsal {
    struct engine *host;
    struct loop *loop;
    struct world world;
    struct engine *engine;
    struct store *store;
    struct rules *rules; /* its own: what runs long there ends with it */
    struct mailbox *bell;
    struct clock_manual clock;
    struct random_seeded random;
    struct log log;
    struct answers answers;
    json_t *requests; /* {STEP: [...]} */
    uint64_t run;
    enum run_status status;
    bool begun, ended, whole;
    char *slug, *trigger;
    json_t *input;
    unsigned leaps, bodies;
    int64_t until_ms; /* steady, of the host */
    struct err e;     /* code ERR_OK: nothing is wrong yet */
    rehearse_done_fn *done;
    void *arg;
    struct rehearsal *next;
};

/* ---- What its engine asks of the world */

static void rehearse_answer(void *arg, uint64_t request, const struct engine_answer *answer)
{
    struct rehearsal *r = arg;

    check(request == REHEARSE_REQUEST);
    if (answer->refusal != NULL)
        r->e = *answer->refusal;
}

static void rehearse_ended(void *arg, uint64_t run, enum run_status status)
{
    struct rehearsal *r = arg;

    if (run != r->run)
        return;
    r->ended = status != RUN_WAITING; /* one that waits for a time goes on where time is made */
    r->status = status;
}

static void rehearse_fatal(void *arg, const char *why)
{
    struct rehearsal *r = arg;

    err_set(&r->e, ERR_STORE, "the store in memory failed: %s", why);
}

static const char *rehearse_environment(const char *name)
{
    (void)name;
    return "https://test.invalid";
}

static void request_keep(struct rehearsal *r, const char *step, const struct step_ask *ask)
{
    json_t *list = json_object_get(r->requests, step);

    if (strcmp(ask->method, STEP_ASKS_PERSON) == 0 || strcmp(ask->method, STEP_ASKS_EVENT) == 0 ||
        strcmp(ask->method, STEP_ASKS_KEPT) == 0 || r->bodies++ >= REHEARSE_BODIES)
        return; /* what is asked of a person does not leave */
    if (list == NULL) {
        list = json_array();
        json_object_set_new(r->requests, step, list);
    }
    json_array_append_new(list, json_pack("{s:s, s:s?, s:o}", "method", ask->method, "path",
                                          ask->target, "body", asked_body(ask)));
}

static json_t *rehearse_simulated(void *arg, const char *step, const struct step_ask *ask,
                                  struct err *e)
{
    struct rehearsal *r = arg;

    request_keep(r, step, ask);
    return answers_next(&r->answers, step, e);
}

/* ---- Its end */

static void rehearsal_take_off(struct rehearsal *r)
{
    struct rehearsal **at = &r->host->rehearsals;

    while (*at != r) {
        check(*at != NULL);
        at = &(*at)->next;
    }
    *at = r->next;
}

static void rehearsal_free(struct rehearsal *r)
{
    engine_free(r->engine);
    if (r->rules != NULL)
        rules_free(r->rules); /* behind the engine: what runs long is given up */
    if (r->bell != NULL)
        mailbox_close(r->bell);
    if (r->store != NULL)
        store_close(r->store);
    answers_free(&r->answers);
    json_decref(r->requests);
    json_decref(r->input);
    mem_free(r->slug);
    mem_free(r->trigger);
    mem_free(r);
}

static void rehearse_turn(void *arg);

/* What the run has posted by the flow's `money`, by currency: decimals as texts. */
static json_t *rehearsal_money(const struct rehearsal *r)
{
    const struct tally_money *list =
        deployment_find(r->engine, "main", "test", r->slug)->tally.money;
    json_t *posted = json_object();
    char amount[DECIMAL_TEXT];

    for (unsigned i = 0; i < TALLY_CURRENCIES && list[i].currency[0] != '\0'; i++)
        if (list[i].runs[TALLY_POSTED] > 0) {
            decimal_text(&list[i].sums[TALLY_POSTED], amount);
            json_object_set_new(posted, list[i].currency, json_string(amount));
        }
    return posted;
}

static void rehearsal_end(struct rehearsal *r)
{
    json_t *run = NULL;

    loop_off_turn(r->loop, rehearse_turn, r);
    rehearsal_take_off(r);
    if (r->e.code == ERR_OK)
        run = r->whole ? engine_show_whole(r->store, r->run, &r->e)
                       : engine_show(r->store, r->run, &r->e);
    if (run != NULL) {
        json_object_set(run, "requests", r->requests);
        json_object_set_new(run, "money", rehearsal_money(r));
    }
    r->done(r->arg, run, &r->e);
    json_decref(run);
    rehearsal_free(r);
}

void rehearsals_free(struct engine *engine)
{
    while (engine->rehearsals != NULL) {
        struct rehearsal *r = engine->rehearsals;

        err_set(&r->e, ERR_OVERLOAD, "the server is shutting down");
        rehearsal_end(r);
    }
}

/* ---- Its turns */

/* Where nothing is under way, time leaps to what is due next. */
static bool rehearse_leap(struct rehearsal *r)
{
    int64_t due = engine_due(r->engine);

    if (!engine_rests(r->engine) || due == INT64_MAX || r->leaps++ >= REHEARSE_LEAPS)
        return false;
    if (due > r->clock.steady)
        clock_manual_add(&r->clock, due - r->clock.steady);
    return true;
}

static void rehearse_turn(void *arg)
{
    struct rehearsal *r = arg;
    struct clock *clock = r->host->world.clock;
    bool more = engine_turn(r->engine);

    if (!more && r->begun && !r->ended)
        more = rehearse_leap(r);
    if (clock->steady_ms(clock) > r->until_ms)
        err_set(&r->e, ERR_TIMEOUT, "the test has taken longer than %d s", REHEARSE_MS / 1000);
    if (r->ended || r->e.code != ERR_OK || r->leaps > REHEARSE_LEAPS ||
        (!more && r->begun && engine_runs(r->engine) == 0 && engine_idle(r->engine)))
        rehearsal_end(r);
    else if (more)
        loop_again(r->loop);
}

/* ---- Its beginning */

/* The turn comes with the loop's. */
static void rehearse_rang(void *arg)
{
    (void)arg;
}

static void rehearse_ring(void *arg)
{
    mailbox_ring(arg);
}

static void rehearsal_world(struct rehearsal *r)
{
    r->world = r->host->world;
    r->log = *r->host->world.log;
    r->log.level = LOG_ERROR;
    r->world.clock = &r->clock.clock;
    r->world.random = &r->random.random;
    r->world.log = &r->log;
    r->world.store = r->store;
    r->world.rules = r->rules;
    r->world.by_hand = true;
    r->world.hand = NULL;
    r->world.odbc = NULL;
    r->world.folders = NULL;
    r->world.files = NULL;
    r->world.transfer = NULL;
    r->world.environment = rehearse_environment;
    r->world.answer = rehearse_answer;
    r->world.ended = rehearse_ended;
    r->world.step = NULL;
    r->world.moved = NULL; /* nobody watches a rehearsal */
    r->world.connected = NULL;
    r->world.deployed = NULL;
    r->world.watched = NULL;
    r->world.simulated = rehearse_simulated;
    r->world.fatal = rehearse_fatal;
    r->world.arg = r;
}

/* Connections are simulated, and what is secret of them is of no value. */
static json_t *rehearsal_bundle(const struct rehearsal *r, const struct rehearse_ask *ask)
{
    json_t *copy = json_copied_deep(ask->bundle), *part = json_object_get(copy, "connections"),
           *one, *source, *shared;
    const char *name, *secret, *use;
    struct err e;

    check(copy != NULL);
    json_object_foreach(json_object_get(part, "connections"), name, one)
    {
        use = json_get_text(one, "use");
        shared =
            use != NULL ? connection_use(r->host, ask->workspace, "production", use, &e) : NULL;
        if (shared != NULL) {
            json_object_clear(one);
            json_object_update(one, shared);
            json_decref(shared);
        }
        json_object_set_new(one, "simulate", json_true());
        json_object_foreach(json_object_get(one, "secrets"), secret, source)
        {
            json_object_set_new(json_object_get(one, "secrets"), secret,
                                json_pack("{s:s}", "env", "NONE"));
        }
    }
    json_object_foreach(json_object_get(part, "secrets"), secret, source)
    {
        json_object_set_new(json_object_get(part, "secrets"), secret,
                            json_pack("{s:s}", "env", "NONE"));
    }
    return copy;
}

static void rehearsal_start(struct rehearsal *r, struct err *e)
{
    r->begun = true;
    e->code = engine_start(r->engine, "main", "test", r->slug, r->trigger, r->input, true,
                           REHEARSE_REQUEST, &r->run, e);
}

/* What stands there before is durable, or *e says why not. */
static void rehearse_seeded(void *arg, const struct err *e)
{
    struct rehearsal *r = arg;

    if (e->code == ERR_OK)
        rehearsal_start(r, &r->e);
    else
        r->e = *e;
}

static enum err_code rehearsal_begin(struct rehearsal *r, const struct rehearse_ask *ask,
                                     struct faults *faults, struct err *e)
{
    const struct rule_allowance of = engine_allowance(r->host, ask->workspace, NULL);
    const struct rules_limits limits = {
        .memory = of.has.memory, .ticks = of.has.ticks, .ms = of.has.ms, .most = of.most
    };
    json_t *bundle;

    r->store = store_sqlite_open(NULL, ask->loop, clock_real(), &r->log, e);
    if (r->store != NULL)
        r->rules = rules_new(clock_real(), &r->log, &limits, e);
    if (r->rules == NULL)
        return e->code;
    r->bell = mailbox_new(r->loop, rehearse_rang, NULL);
    rules_room(r->rules, rehearse_ring, r->bell);
    rehearsal_world(r);
    r->engine = engine_new(&r->world, e);
    if (r->engine == NULL)
        return e->code;
    r->slug = mem_must_copy(ask->slug);
    r->trigger = ask->trigger != NULL ? mem_must_copy(ask->trigger) : NULL;
    r->input = json_incref(ask->input);
    bundle = rehearsal_bundle(r, ask);
    if (engine_deploy(r->engine, "main", "test", ask->slug, bundle, "flow.json", NULL, 0, faults,
                      e) == ERR_OK) {
        if (ask->state == NULL)
            rehearsal_start(r, e);
        else
            e->code = engine_seed(r->engine, "main", "test", ask->state, rehearse_seeded, r, e);
    }
    json_decref(bundle);
    return e->code;
}

enum err_code engine_rehearse(struct engine *engine, const struct rehearse_ask *ask,
                              struct faults *faults, rehearse_done_fn *done, void *arg,
                              struct err *e)
{
    struct clock *clock = engine->world.clock;
    struct rehearsal *r;
    unsigned count = 0;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    for (r = engine->rehearsals; r != NULL; r = r->next)
        count++;
    if (count >= REHEARSE_MOST)
        return err_set(e, ERR_OVERLOAD, "%u tests of flows are under way: try again in a moment",
                       count);
    r = mem_must(sizeof *r);
    *r = (struct rehearsal){ .host = engine, .loop = ask->loop, .done = done, .arg = arg };
    r->log = *engine->world.log;
    r->requests = json_object();
    r->answers.given = json_copied_deep(ask->answers);
    r->whole = ask->whole;
    r->until_ms = clock->steady_ms(clock) + REHEARSE_MS;
    clock_manual_init(&r->clock, ask->now_ms);
    random_seeded_init(&r->random, 1);
    if (rehearsal_begin(r, ask, faults, e) != ERR_OK) {
        rehearsal_free(r);
        return e->code;
    }
    r->next = engine->rehearsals;
    engine->rehearsals = r;
    loop_on_turn(r->loop, rehearse_turn, r);
    loop_again(r->loop);
    return ERR_OK;
}
