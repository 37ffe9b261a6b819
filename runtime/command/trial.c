/* trial.c - one run of a flow without a server. */
#include "command/trial.h"

#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "command/command.h"
#include "engine/operate.h"
#include "engine/seed.h"

#define TRIAL_REQUEST 1      /* the one caller */
#define TRIAL_LEAPS   100000 /* of time that stands still: a flow that waits for ever is no test */

static void trial_answer(void *arg, uint64_t request, const struct engine_answer *answer)
{
    struct trial *trial = arg;

    check(request == TRIAL_REQUEST);
    trial->answered = true;
    if (answer->refusal != NULL)
        complain("%s", answer->refusal->text);
    else
        trial->output =
            mem_must_copy_n(answer->body != NULL ? answer->body : "", answer->body_size);
}

static void trial_ended(void *arg, uint64_t run, enum run_status status)
{
    struct trial *trial = arg;

    if (run != trial->run)
        return;
    /* one that waits for a time only goes on where time is made; for a person it stays so */
    trial->ended = !(trial->still && status == RUN_WAITING);
    trial->waited = trial->waited || status == RUN_WAITING;
    trial->status = status;
}

static void trial_fatal(void *arg, const char *why)
{
    (void)arg;
    complain("the store failed for good: %s", why);
    _exit(EXIT_FAULT);
}

/* Somebody is asked: that takes a person, no time. */
static bool trial_asks(const struct trial *trial)
{
    struct err e;
    json_t *tasks = engine_tasks(trial->app.store, NULL, NULL, 1, &e);
    bool asks = json_array_size(tasks) > 0;

    json_decref(tasks);
    return asks;
}

/* Where nothing is under way, time leaps to what is due next. */
static bool trial_leap(struct trial *trial)
{
    int64_t due = engine_due(trial->app.engine);

    if (!engine_rests(trial->app.engine) || due == INT64_MAX || trial->leaps++ == TRIAL_LEAPS)
        return false;
    if (engine_runs(trial->app.engine) == 0 && trial_asks(trial))
        return false;
    if (due > trial->clock.steady)
        clock_manual_add(&trial->clock, due - trial->clock.steady);
    return true;
}

/* No run is in memory. One that waits long is a row of the store by then; where time is made it
 * comes back, when it is not a person that it waits for. */
static bool trial_rests(const struct trial *trial)
{
    if (engine_runs(trial->app.engine) > 0)
        return false;
    return !trial->still || trial->ended || engine_rests(trial->app.engine);
}

static void trial_turn(void *arg)
{
    struct trial *trial = arg;
    bool more = engine_turn(trial->app.engine);

    if (!more && trial->still && trial->begun && !trial->ended)
        more = trial_leap(trial);
    if (more)
        loop_again(trial->app.loop);
    if (!trial->still)
        loop_alarm(trial->app.loop, engine_due(trial->app.engine));
    if (!trial->begun)
        return;
    if (trial->e.code != ERR_OK || trial->ended || (!more && trial_rests(trial)) ||
        trial->leaps > TRIAL_LEAPS)
        loop_stop(trial->app.loop);
}

enum err_code trial_init(struct trial *trial, const char *config, struct err *e)
{
    memset(trial, 0, sizeof *trial);
    if (app_init(&trial->app, config, e) != ERR_OK)
        return e->code;
    trial->app.world.answer = trial_answer;
    trial->app.world.ended = trial_ended;
    trial->app.world.fatal = trial_fatal;
    trial->app.world.by_hand = true;
    trial->app.world.arg = trial;
    return app_compiler(&trial->app, e);
}

/* Nothing of the machine decides a test. Where a URL is wanted this is one, that leads nowhere. */
static const char *trial_environment(const char *name)
{
    (void)name;
    return "https://test.invalid";
}

void trial_still(struct trial *trial, int64_t now_ms)
{
    trial->still = true;
    clock_manual_init(&trial->clock, now_ms);
    random_seeded_init(&trial->random, 1);
    trial->app.world.clock = &trial->clock.clock;
    trial->app.world.random = &trial->random.random;
    trial->app.world.environment = trial_environment;
}

/* What stands there before is durable, or *e says why not. */
static void trial_begin(void *arg, const struct err *e)
{
    struct trial *trial = arg;
    const struct trial_ask *ask = trial->ask;

    trial->begun = true;
    if (e != &trial->e)
        trial->e = *e;
    if (trial->e.code == ERR_OK)
        trial->e.code =
            engine_start(trial->app.engine, "main", TRIAL_ENVIRONMENT, trial->slug, ask->trigger,
                         ask->input, ask->simulate, TRIAL_REQUEST, &trial->run, &trial->e);
}

enum err_code trial_open(struct trial *trial, const char *data, const char *flow, struct err *e)
{
    struct app *app = &trial->app;

    if (app_open(app, data, e) != ERR_OK ||
        app_deploy(app, flow, TRIAL_ENVIRONMENT, &trial->slug, e) != ERR_OK)
        return e->code;
    loop_on_turn(app->loop, trial_turn, trial);
    return ERR_OK;
}

enum err_code trial_run(struct trial *trial, const struct trial_ask *ask, struct err *e)
{
    struct app *app = &trial->app;

    check(trial->slug != NULL);
    mem_free(trial->output);
    trial->output = NULL;
    trial->begun = trial->ended = trial->answered = trial->waited = false;
    trial->leaps = 0;
    trial->ask = ask;
    trial->e.code = ERR_OK;
    engine_turn(app->engine); /* it learns how late it is: time may have been made since */
    if (ask->state == NULL)
        trial_begin(trial, &trial->e);
    else if (engine_seed(app->engine, "main", TRIAL_ENVIRONMENT, ask->state, trial_begin, trial,
                         &trial->e) != ERR_OK)
        trial->begun = true;
    if (trial->e.code == ERR_OK && loop_run(app->loop, e) != ERR_OK)
        return e->code;
    *e = trial->e;
    return e->code;
}

void trial_fini(struct trial *trial)
{
    mem_free(trial->output);
    mem_free(trial->slug);
    app_fini(&trial->app);
}
