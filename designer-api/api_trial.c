/* api_trial.c - flows are tried: begun by hand, rehearsed, and what a step would see. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "designer-api/api_priv.h"
#include "designer-api/context.h"
#include "designer-api/cut.h"
#include "designer-api/draft.h"
#include "engine/audit.h"
#include "engine/flows.h"
#include "engine/proof.h"
#include "engine/rehearse.h"

/* ---- By hand */

/* What becomes trigger.body; new reference, NULL with *e. */
static json_t *trial_input(struct ask *ask, const char *flow, const char *member, struct err *e)
{
    const char *name = json_get_text(ask->body, "sample");
    json_t *input = json_object_get(ask->body, member);
    struct object sample;

    if (name == NULL)
        return input != NULL ? json_incref(input) : json_object();
    if (context_sample(ask, flow, name, &sample, e) != ERR_OK)
        return NULL;
    input = json_incref(json_object_get(sample.body, "input"));
    object_fini(&sample);
    return input;
}

struct trial_begin {
    struct ask_later *later;
    struct engine *engine;
    char workspace[LIMIT_ID + 1], who[WHO_NAME];
    bool simulate;
};

/* It is kept, or it never was. */
static void run_begun(void *arg, uint64_t run, const struct err *e)
{
    struct trial_begin *begin = arg;
    char id[IDENT_TEXT];
    json_t *told;

    if (e->code == ERR_OK) {
        ident_text(run, id);
        told = json_pack("{s:s, s:b}", "run", id, "simulated", begin->simulate);
        check(told != NULL);
        later_will(begin->later, 202, told, 0);
        engine_audit_then(begin->engine,
                          &(struct audit_note){ .workspace = begin->workspace,
                                                .by = begin->who,
                                                .what = "run.start",
                                                .object = id,
                                                .detail = told },
                          later_told, begin->later);
    } else {
        later_refuse(begin->later, e);
    }
    mem_free(begin);
}

static void run_start(struct ask *ask)
{
    const char *flow = ask->path[0], *environment = json_get_text(ask->body, "environment");
    struct trial_begin *begin;
    struct err e;
    json_t *input = trial_input(ask, flow, "body", &e);

    if (input == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    begin = mem_must(sizeof *begin);
    begin->later = ask_later(ask);
    begin->engine = ask_engine(ask);
    begin->simulate = json_is_true(json_object_get(ask->body, "simulate"));
    snprintf(begin->workspace, sizeof begin->workspace, "%s", ask->who->workspace);
    snprintf(begin->who, sizeof begin->who, "%s", ask->who->name);
    if (engine_begin(begin->engine, begin->workspace,
                     environment != NULL ? environment : "production", flow,
                     json_get_text(ask->body, "trigger"), input, begin->simulate, run_begun, begin,
                     &e) != ERR_OK) {
        later_refuse(begin->later, &e);
        mem_free(begin);
    }
    json_decref(input);
}

/* ---- What a step sees */

struct seen {
    struct ask_later *later;
    json_t *context, *bundle;
};

/* What the rehearsal knows; one that could not be made leaves it as it is. */
static void seen_told(void *arg, json_t *run, const struct err *e)
{
    struct seen *seen = arg;

    (void)e;
    if (run != NULL)
        context_fill(seen->context, seen->bundle, run);
    later_give(seen->later, 200, seen->context);
    json_decref(seen->bundle);
    mem_free(seen);
}

/* The flow is run with the sample up to the step; false: it cannot be. Takes both. */
static bool seen_rehearse(struct ask *ask, json_t *context, json_t *bundle)
{
    struct cut_ask asked = { .until = ask->path[1] };
    struct rehearse_ask rehearsed = { .loop = ask->api->rooms.loop,
                                      .workspace = ask->who->workspace,
                                      .slug = ask->path[0] };
    json_t *pins = context_pins(ask, ask->path[0]), *part = draft_version(bundle), *cut,
           *pinned = json_array();
    struct seen *seen = mem_must(sizeof *seen);
    struct clock *clock = ask_clock(ask);
    struct faults faults;
    struct err e;
    bool begun;

    *seen = (struct seen){ .context = context, .bundle = bundle };
    asked.pins = pins;
    cut = cut_flow(part, &asked, pinned, &e);
    rehearsed.bundle = cut;
    rehearsed.now_ms = clock->wall_ms(clock);
    rehearsed.input =
        json_object_get(json_object_get(json_object_get(context, "values"), "trigger"), "body");
    faults_init(&faults);
    begun = cut != NULL &&
            engine_rehearse(ask_engine(ask), &rehearsed, &faults, seen_told, seen, &e) == ERR_OK;
    if (begun)
        seen->later = ask_later(ask);
    else
        mem_free(seen);
    faults_fini(&faults);
    json_decref(cut);
    json_decref(part);
    json_decref(pins);
    json_decref(pinned);
    return begun;
}

static void context_get(struct ask *ask)
{
    const char *flow = ask->path[0];
    const struct context_ask asked = { .step = ask->path[1],
                                       .sample = ask_text(ask, "sample"),
                                       .run = ask_text(ask, "run") };
    struct err e;
    json_t *bundle = draft_current(ask, flow, &e), *context = NULL;

    if (bundle != NULL)
        context = context_new(ask, flow, bundle, &asked, &e);
    if (context != NULL && asked.sample != NULL && seen_rehearse(ask, context, bundle))
        return;
    ask_give_or_refuse(ask, context, &e);
    json_decref(bundle);
}

/* ---- Rehearsals */

struct trial {
    struct ask_later *later;
    struct clock *clock;
    int64_t began_ms;
    json_t *bundle; /* as it was cut */
    json_t *pinned;
};

static void trial_free(struct trial *trial)
{
    json_decref(trial->bundle);
    json_decref(trial->pinned);
    mem_free(trial);
}

static bool list_has_text(const json_t *list, const char *text)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (strcmp(json_text(one), text) == 0)
            return true;
    }
    return false;
}

static json_t *steps_output(const json_t *steps, const char *id)
{
    json_t *step, *found = NULL;
    size_t i;

    json_array_foreach(steps, i, step)
    {
        const char *own = json_get_text(step, "step");

        if (own != NULL && strcmp(own, id) == 0)
            found = json_object_get(step, "output");
    }
    return found;
}

/* What the step of the flow's own level got: of the first edge whose node has given something. */
static json_t *step_input_of(const struct trial *trial, const json_t *run, const char *id)
{
    const json_t *flow = json_object_get(trial->bundle, "flow");
    const char *trigger = json_get_text(run, "trigger");
    json_t *edge, *value = NULL;
    size_t i;

    json_array_foreach(json_object_get(flow, "edges"), i, edge)
    {
        const char *from = json_get_text(edge, "from"), *to = json_get_text(edge, "to");

        if (value != NULL || from == NULL || to == NULL || strcmp(to, id) != 0)
            continue;
        value = trigger != NULL && strcmp(from, trigger) == 0
                    ? json_object_get(run, "input")
                    : steps_output(json_object_get(run, "steps"), from);
    }
    return value;
}

static json_t *trial_steps(const struct trial *trial, const json_t *run)
{
    json_t *steps = json_array(), *step, *requests = json_object_get(run, "requests");
    size_t i;

    json_array_foreach(json_object_get(run, "steps"), i, step)
    {
        const char *id = json_get_text(step, "step");
        json_t *own = json_copy(step), *input = step_input_of(trial, run, id),
               *asked = json_object_get(requests, id);

        if (input != NULL)
            json_object_set(own, "input", input);
        if (asked != NULL)
            json_object_set(own, "requests", asked);
        if (list_has_text(trial->pinned, id))
            json_object_set_new(own, "pinned", json_true());
        json_array_append_new(steps, own);
    }
    return steps;
}

static void trial_told(void *arg, json_t *run, const struct err *e)
{
    struct trial *trial = arg;
    int64_t took = trial->clock->steady_ms(trial->clock) - trial->began_ms;

    if (run == NULL)
        later_refuse(trial->later, e);
    else
        later_give(trial->later, 200,
                   json_pack("{s:O, s:O*, s:O*, s:O*, s:o, s:I}", "status",
                             json_object_get(run, "status"), "output",
                             json_object_get(run, "output"), "error", json_object_get(run, "error"),
                             "trigger", json_object_get(run, "input"), "steps",
                             trial_steps(trial, run), "ms", (json_int_t)took));
    trial_free(trial);
}

/* The flow as it is tried; NULL with *e. */
static json_t *trial_bundle(struct ask *ask, const char *flow, json_t *pinned, struct err *e)
{
    json_t *bundle = draft_asked(ask, flow, e), *part, *cut = NULL, *pins;
    struct cut_ask asked = { .until = json_get_text(ask->body, "until"),
                             .only = json_get_text(ask->body, "only") };

    if (bundle == NULL)
        return NULL;
    pins = context_pins(ask, flow);
    json_object_update(pins, json_object_get(ask->body, "steps"));
    asked.pins = pins;
    part = draft_version(bundle);
    cut = cut_flow(part, &asked, pinned, e);
    json_decref(part);
    json_decref(pins);
    json_decref(bundle);
    return cut;
}

static bool trial_now(struct ask *ask, int64_t *now, struct err *e)
{
    const char *moment = json_get_text(ask->body, "now");
    struct clock *clock = ask_clock(ask);

    *now = clock->wall_ms(clock);
    if (moment == NULL || proof_moment(moment, now))
        return true;
    err_set(e, ERR_INVALID, "\"now\" is a moment like \"" PROOF_NOW "\"");
    return false;
}

static void trial_refuse(struct ask *ask, struct trial *trial, const struct err *e,
                         struct faults *faults)
{
    if (faults->errors > 0) {
        faults_sort(faults);
        ask_give(ask, 200,
                 json_pack("{s:s, s:[], s:o}", "status", "invalid", "steps", "faults",
                           draft_faults(faults, trial->bundle)));
    } else {
        ask_refuse(ask, e);
    }
    trial_free(trial);
}

static void flow_test(struct ask *ask)
{
    const char *flow = ask->path[0];
    struct rehearse_ask asked = { .loop = ask->api->rooms.loop,
                                  .workspace = ask->who->workspace,
                                  .slug = flow,
                                  .trigger = json_get_text(ask->body, "trigger"),
                                  .answers = json_object_get(ask->body, "answers"),
                                  .state = json_object_get(ask->body, "state") };
    struct trial *trial = mem_must(sizeof *trial);
    struct faults faults;
    struct err e;

    faults_init(&faults);
    trial->pinned = json_array();
    trial->clock = ask_clock(ask);
    trial->began_ms = trial->clock->steady_ms(trial->clock);
    if (trial_now(ask, &asked.now_ms, &e))
        asked.input = trial_input(ask, flow, "input", &e);
    if (asked.input != NULL)
        trial->bundle = trial_bundle(ask, flow, trial->pinned, &e);
    asked.bundle = trial->bundle;
    if (trial->bundle != NULL)
        trial->later = ask_later(ask);
    if (trial->bundle == NULL) {
        trial_refuse(ask, trial, &e, &faults);
    } else if (engine_rehearse(ask_engine(ask), &asked, &faults, trial_told, trial, &e) != ERR_OK) {
        later_drop(trial->later);
        trial_refuse(ask, trial, &e, &faults);
    }
    json_decref(asked.input);
    faults_fini(&faults);
}

const struct ask_bind trial_binds[] = {
    { "startRun", run_start },
    { "getContext", context_get },
    { "testFlow", flow_test },
    { NULL, NULL },
};
