/* wait.c - waits for a time, a moment, or an event; durable, and free of memory meanwhile. */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/node_long.h"
#include "nodes/definition.h"
#include "nodes/moment.h"
#include "nodes/word.h"

#define WAIT_MS_MAX (INT64_C(3660) * 86400000) /* ten years */

struct wait_event {
    const char *name;
    struct value *key;
    int64_t timeout_ms; /* 0: for ever */
};
struct wait_config {
    int64_t for_ms; /* 0: not said */
    struct value *until;
    struct wait_event *event;
};

static const struct field wait_event_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "name",
      .offset = offsetof(struct wait_event, name),
      .required = true,
      .help = "The name of the event, as branch.signal has it.",
      .example = "\"payment.confirmed\"" },
    { .kind = FIELD_VALUE,
      .name = "key",
      .offset = offsetof(struct wait_event, key),
      .required = true,
      .help = "Which event of that name: a text or a whole number. At most one step of an "
              "environment waits for an event and key; a second one fails as a conflict.",
      .example = "\"=trigger.body.orderId\"" },
    { .kind = FIELD_MS,
      .name = "timeout",
      .offset = offsetof(struct wait_event, timeout_ms),
      .min = 1,
      .max = WAIT_MS_MAX,
      .help = "After so long without the event the exit is timeout and the output the input. "
              "Without it: waits for ever, and there is no exit timeout.",
      .example = "\"3d\"" },
    FIELD_LAST,
};
static const struct field wait_fields[] = {
    { .kind = FIELD_MS,
      .name = "for",
      .offset = offsetof(struct wait_config, for_ms),
      .min = 1,
      .max = WAIT_MS_MAX,
      .help = "How long, from the first start of the step; a restart does not begin it anew.",
      .example = "\"2h\"" },
    { .kind = FIELD_VALUE,
      .name = "until",
      .offset = offsetof(struct wait_config, until),
      .help = "Until when: an ISO 8601 text (without an offset it is UTC) or milliseconds since "
              "1970, as the date functions give. A moment that has passed does not wait.",
      .example = "\"=date.add(trigger.body.dueDate, -2, 'days')\"" },
    { .kind = FIELD_OBJECT,
      .name = "event",
      .offset = offsetof(struct wait_config, event),
      .rows = wait_event_fields,
      .size = sizeof(struct wait_event),
      .help = "An event that branch.signal sends. One that came before the step is taken too." },
    FIELD_LAST,
};

static void wait_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    const struct wait_config *wait = config;
    int said = (wait->for_ms > 0) + (wait->until != NULL) + (wait->event != NULL);
    char place[PLACE_BYTES];
    int64_t moment;
    struct err e;

    (void)type;
    if (said != 1)
        flow_build_fault(build, pointer,
                         "%s: exactly one of \"for\", \"until\" and \"event\" says what is waited "
                         "for",
                         said == 0 ? "nothing is waited for" : "there is more than one end");
    snprintf(place, sizeof place, "%s/until", pointer);
    if (wait->until != NULL && value_is_literal(wait->until) &&
        moment_read(value_literal(wait->until), &moment, &e) != ERR_OK)
        flow_build_fault(build, place, "%s", e.text);
    if (wait->event == NULL)
        return;
    snprintf(place, sizeof place, "%s/event/name", pointer);
    word_event_compile(build, wait->event->name, place);
    snprintf(place, sizeof place, "%s/event/timeout", pointer);
    if (wait->event->timeout_ms > 0)
        flow_build_port(build, "timeout", place);
}

/* With an event the moment is the timeout. */
static void wait_woken(struct step *step, const void *config, const struct step_woken *woken)
{
    const struct wait_config *wait = config;
    bool late = wait->event != NULL && !woken->event;
    json_t *output = json_incref(woken->event ? woken->body : step_input(step));

    check(wait->event != NULL || !woken->event);
    step_done(step, late ? "timeout" : "out", &output);
}

static void wait_until_filled(struct step *step, const void *config,
                              const struct step_values *values)
{
    struct step_pause pause = { 0 };
    json_t *details = NULL;
    struct err e;

    (void)config;
    check(values->count == 1);
    if (moment_read(values->filled[0], &pause.until_ms, &e) == ERR_OK) {
        step_pause(step, &pause, wait_woken);
        return;
    }
    err_prefix(&e, "\"until\"");
    step_fail(step, &e, &details);
}

/* A test says what comes in place of the event. NULL: nothing does, or *e says how it fails. */
static json_t *wait_tried(struct step *step, const struct wait_config *wait, const char *key,
                          struct err *e)
{
    struct step_ask said = { .method = STEP_ASKS_EVENT, .target = key };
    json_t *body, *given;
    char *text;

    e->code = ERR_OK;
    if (!step_simulated(step))
        return NULL;
    body = json_pack("{s:s, s:s}", "event", wait->event->name, "key", key);
    check(body != NULL);
    said.body = text = json_text_new(body, LIMIT_OUTPUT, &said.body_size);
    check(text != NULL);
    given = step_simulate_given(step, &said, e);
    json_decref(body);
    mem_free(text);
    return given;
}

static void wait_key_filled(struct step *step, const void *config, const struct step_values *values)
{
    const struct wait_config *wait = config;
    int64_t timeout_ms = wait->event->timeout_ms;
    char *key = step_state(step, WORD_KEY);
    json_t *details = NULL, *given = NULL;
    struct step_pause pause = {
        .until_ms = timeout_ms > 0 ? step_began_ms(step) + timeout_ms : INT64_MAX,
        .event = wait->event->name,
        .key = key,
    };
    struct err e = { .code = ERR_OK };

    check(values->count == 1);
    if (word_key(values->filled[0], key, &e) == ERR_OK)
        given = wait_tried(step, wait, key, &e);
    if (e.code != ERR_OK)
        step_fail(step, &e, &details);
    else if (given != NULL)
        step_done(step, "out", &given);
    else
        step_pause(step, &pause, wait_woken);
}

static enum node_next wait_start(struct step *step, const void *config)
{
    const struct wait_config *wait = config;

    if (wait->until != NULL)
        return step_eval(step, &wait->until, 1, false, wait_until_filled);
    if (wait->event != NULL)
        return step_eval(step, &wait->event->key, 1, false, wait_key_filled);
    check(wait->for_ms > 0);
    return step_pause(step, &(struct step_pause){ .until_ms = step_began_ms(step) + wait->for_ms },
                      wait_woken);
}

const struct node_type node_branch_wait = {
    .name = "branch.wait",
    .kind = NODE_BRANCH,
    .title = "Wait",
    .help = "Waits for a time, until a moment, or for an event with a key. The output is the "
            "event's body, or the input. With event.timeout there is the exit timeout too. A "
            "waiting run takes no memory and survives restarts.",
    .fields = wait_fields,
    .config_size = sizeof(struct wait_config),
    .example = "{\"event\": {\"name\": \"payment.confirmed\", \"key\": \"=trigger.body.orderId\", "
               "\"timeout\": \"3d\"}}",
    .compile = wait_compile,
    .start = wait_start,
};
