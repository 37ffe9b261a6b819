/* signal.c - an event for the run that waits for it (branch.wait), now or later. */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/node_long.h"
#include "nodes/definition.h"
#include "nodes/word.h"

enum signal_value { SIGNAL_KEY, SIGNAL_BODY, SIGNAL_VALUES };
struct signal_config {
    const char *event;
    struct value *values[SIGNAL_VALUES];
};

static const struct field signal_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "event",
      .offset = offsetof(struct signal_config, event),
      .required = true,
      .help = "The name of the event, as branch.wait has it.",
      .example = "\"payment.confirmed\"" },
    { .kind = FIELD_VALUE,
      .name = "key",
      .offset = offsetof(struct signal_config, values[SIGNAL_KEY]),
      .required = true,
      .help = "Which one of those who wait for the event is meant: a text or a whole number.",
      .example = "\"=trigger.body.orderId\"" },
    { .kind = FIELD_VALUE,
      .name = "body",
      .offset = offsetof(struct signal_config, values[SIGNAL_BODY]),
      .help = "What branch.wait gives as its output. Without it: this node's input.",
      .example = "\"=trigger.body\"" },
    FIELD_LAST,
};

static void signal_compile(struct flow_build *build, void *config, const char *pointer,
                           const struct node_type *type)
{
    const struct signal_config *signal = config;
    char place[PLACE_BYTES];

    (void)type;
    snprintf(place, sizeof place, "%s/event", pointer);
    word_event_compile(build, signal->event, place);
}

static void signal_sent(struct step *step, const void *config, bool delivered)
{
    json_t *output = json_pack("{s:b}", "delivered", delivered), *details = NULL;
    struct err e;

    (void)config;
    if (output != NULL) {
        step_done(step, "out", &output);
        return;
    }
    err_set(&e, ERR_MEMORY, "no memory for the output");
    step_fail(step, &e, &details);
}

static void signal_filled(struct step *step, const void *config, const struct step_values *values)
{
    const struct signal_config *signal = config;
    bool own = signal->values[SIGNAL_BODY] != NULL;
    json_t *body = own ? values->filled[SIGNAL_BODY] : step_input(step), *details = NULL;
    char *key = step_state(step, WORD_KEY);
    struct err e;

    check(values->count == SIGNAL_VALUES);
    if (word_key(values->filled[SIGNAL_KEY], key, &e) != ERR_OK)
        step_fail(step, &e, &details);
    else
        step_signal(step, signal->event, key, body != NULL ? body : json_null(), signal_sent);
}

static enum node_next signal_start(struct step *step, const void *config)
{
    const struct signal_config *signal = config;

    check(signal->event != NULL);
    return step_eval(step, signal->values, SIGNAL_VALUES, false, signal_filled);
}

const struct node_type node_branch_signal = {
    .name = "branch.signal",
    .kind = NODE_BRANCH,
    .title = "Send an event",
    .help = "Wakes the run of this environment that waits for the event with this key. The output "
            "is {\"delivered\": true} when one waited; else the event is kept for the first that "
            "asks for it. It is delivered once.",
    .fields = signal_fields,
    .config_size = sizeof(struct signal_config),
    .example = "{\"event\": \"payment.confirmed\", \"key\": \"=trigger.body.orderId\", \"body\": "
               "\"=trigger.body\"}",
    .compile = signal_compile,
    .start = signal_start,
};
