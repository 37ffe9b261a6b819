/* call.c - another flow of the same environment, entered by its trigger.call. */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "flow/node_long.h"
#include "nodes/definition.h"
#include "nodes/word.h"

struct call_config {
    const char *flow;
    struct value *input;
    int mode;
};
enum call_mode { CALL_WAIT, CALL_DETACHED };
static const char *const call_modes[] = { "wait", "detached", NULL };

static const struct field call_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "flow",
      .offset = offsetof(struct call_config, flow),
      .required = true,
      .help = "The name of the other flow: its folder's. It must have a trigger.call and be "
              "deployed in the same environment when the step starts.",
      .example = "\"post-payment\"" },
    { .kind = FIELD_VALUE,
      .name = "input",
      .offset = offsetof(struct call_config, input),
      .help = "What the other flow sees as trigger.body. Without it: this node's input.",
      .example = "\"=steps.entry\"" },
    { .kind = FIELD_CHOICE,
      .name = "mode",
      .offset = offsetof(struct call_config, mode),
      .fallback = "wait",
      .choices = call_modes,
      .help = "wait: goes on when the other run has ended; its last output is the output, its "
              "failure the step's. detached: goes on when the other run is accepted; the output is "
              "{\"run\": its id}." },
    FIELD_LAST,
};

static void call_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    const struct call_config *call = config;
    char place[PLACE_BYTES];

    (void)type;
    snprintf(place, sizeof place, "%s/flow", pointer);
    word_flow_compile(build, call->flow, place);
}

static void call_ended(struct step *step, const void *config, const struct step_sub_end *end)
{
    const struct call_config *call = config;
    json_t *output = json_incref(end->output), *details = NULL;
    char run[IDENT_TEXT];
    struct err e;

    if (call->mode == CALL_DETACHED) {
        ident_text(end->run, run);
        json_decref(output);
        output = json_pack("{s:s}", "run", run);
        if (output == NULL) {
            err_set(&e, ERR_MEMORY, "no memory for the output");
            step_fail(step, &e, &details);
            return;
        }
    }
    step_done(step, "out", &output);
}

/* In a trial the called flow may be answered for; what it would be given is told as a request. */
static bool call_simulated(struct step *step, const struct call_config *call, const json_t *input)
{
    struct step_ask ask = { .method = "CALL", .target = call->flow };
    struct buf text;
    bool answered;

    if (!step_simulated(step))
        return false;
    buf_init(&text, (size_t)LIMIT_REPLY);
    json_write(&text, input);
    ask.body = buf_text(&text);
    ask.body_size = text.len;
    answered = step_simulate_answered(step, &ask);
    buf_fini(&text);
    return answered;
}

static enum node_next call_begin(struct step *step, const struct call_config *call, json_t *input)
{
    struct step_sub sub = {
        .flow = call->flow,
        .input = input != NULL ? input : json_null(),
        .detached = call->mode == CALL_DETACHED,
    };

    check(call->flow != NULL);
    if (call_simulated(step, call, sub.input))
        return NODE_ENDED;
    return step_sub(step, &sub, call_ended);
}

static void call_filled(struct step *step, const void *config, const struct step_values *values)
{
    check(values->count == 1);
    call_begin(step, config, values->filled[0]);
}

static enum node_next call_start(struct step *step, const void *config)
{
    const struct call_config *call = config;

    if (call->input != NULL)
        return step_eval(step, &call->input, 1, false, call_filled);
    return call_begin(step, call, step_input(step));
}

const struct node_type node_branch_call = {
    .name = "branch.call",
    .kind = NODE_BRANCH,
    .title = "Call a flow",
    .help = "Runs another flow of the same environment as a run of its own, begun exactly once, "
            "and gives its last output.",
    .fields = call_fields,
    .config_size = sizeof(struct call_config),
    .example = "{\"flow\": \"post-payment\", \"input\": \"=trigger.body.payment\"}",
    .compile = call_compile,
    .start = call_start,
};
