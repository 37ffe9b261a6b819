/* state.c - small durable values of the environment: cursors, counters, cross references. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/node_long.h"
#include "flow/node_note.h"
#include "nodes/definition.h"
#include "nodes/word.h"

#define STATE_KEEP_MS (INT64_C(3660) * 86400000) /* ten years */

enum state_value { VALUE_KEY, VALUE_VALUE, VALUE_EXPECTED, VALUE_BY, STATE_VALUES };
struct state_config {
    int action, on_conflict;
    const char *space;
    struct value *values[STATE_VALUES];
    int64_t keep_ms;
};
static const char *const actions[] = { "get", "put", "put_if", "add", "delete", NULL };
static const char *const conflicts[] = { "fail", "continue", NULL };

static const struct field state_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "action",
      .offset = offsetof(struct state_config, action),
      .required = true,
      .choices = actions,
      .help = "get: what is there. put: writes it, whatever is there. put_if: writes it when it is "
              "`expected` now. add: to a whole number, which is 0 when it is not there. delete: "
              "forgets it." },
    { .kind = FIELD_TEXT,
      .name = "space",
      .offset = offsetof(struct state_config, space),
      .required = true,
      .help = "Keys of one space are no keys of another; all flows of the environment see it.",
      .example = "\"erp.customers\"" },
    { .kind = FIELD_VALUE,
      .name = "key",
      .offset = offsetof(struct state_config, values[VALUE_KEY]),
      .required = true,
      .help = "A text or a whole number, of 400 bytes at most.",
      .example = "\"=trigger.body.customerId\"" },
    { .kind = FIELD_VALUE,
      .name = "value",
      .offset = offsetof(struct state_config, values[VALUE_VALUE]),
      .main = true,
      .help = "put, put_if: any JSON of 64 KiB at most.",
      .example = "\"=steps.create.body.id\"" },
    { .kind = FIELD_VALUE,
      .name = "expected",
      .offset = offsetof(struct state_config, values[VALUE_EXPECTED]),
      .help = "put_if: what must be there now; nil or null: nothing.",
      .example = "\"=steps.cursor.value\"" },
    { .kind = FIELD_VALUE,
      .name = "by",
      .offset = offsetof(struct state_config, values[VALUE_BY]),
      .help = "add: a whole number; without it 1.",
      .example = "-1" },
    { .kind = FIELD_CHOICE,
      .name = "on_conflict",
      .offset = offsetof(struct state_config, on_conflict),
      .fallback = "fail",
      .choices = conflicts,
      .help = "put_if, when something else is there: fail (conflict), or continue with changed "
              "false and the value that is there." },
    { .kind = FIELD_MS,
      .name = "keep",
      .offset = offsetof(struct state_config, keep_ms),
      .min = 1000,
      .max = STATE_KEEP_MS,
      .help = "put, put_if, add: it is forgotten so long after it was written last; without it "
              "never.",
      .example = "\"90d\"" },
    FIELD_LAST,
};

static void state_compile(struct flow_build *build, void *config, const char *pointer,
                          const struct node_type *type)
{
    const struct state_config *state = config;
    char place[PLACE_BYTES];

    (void)type;
    snprintf(place, sizeof place, "%s/space", pointer);
    word_event_compile(build, state->space, place);
    if ((state->action == NOTE_PUT || state->action == NOTE_PUT_IF) &&
        state->values[VALUE_VALUE] == NULL)
        flow_build_fault(build, pointer, "\"action\": \"%s\" needs a \"value\"",
                         actions[state->action]);
}

static void state_noted(struct step *step, const void *config, const struct step_noted *noted)
{
    const struct state_config *state = config;
    json_t *output, *details = NULL;
    bool failed = false;
    struct err e;

    if (state->action == NOTE_PUT_IF && !noted->changed && state->on_conflict == 0) {
        err_set(&e, ERR_CONFLICT, "something else than \"expected\" is there: %s",
                noted->found ? json_kind(noted->before) : "nothing");
        details = noted->found ? json_pack("{s:O}", "value", noted->before) : NULL;
        step_fail(step, &e, &details);
        return;
    }
    output = json_object();
    check(output != NULL);
    json_put(output, "found", json_boolean(noted->found), &failed);
    json_put(output, "changed", json_boolean(noted->changed), &failed);
    json_put_or_null(output, "value", json_incref(noted->value), &failed);
    if (state->action != NOTE_GET)
        json_put_or_null(output, "before", json_incref(noted->before), &failed);
    json_put(output, "revision", json_integer(noted->revision), &failed);
    check(!failed); /* small things of our own */
    step_done(step, "out", &output);
}

static enum err_code note_read(const struct state_config *state, json_t *const *values,
                               struct step_note *note, char key[WORD_KEY], struct err *e)
{
    const json_t *by = values[VALUE_BY];

    if (word_key(values[VALUE_KEY], key, e) != ERR_OK)
        return err_prefix(e, "\"key\"");
    if (by != NULL && !json_is_integer(by))
        return err_set(e, ERR_INVALID, "\"by\" must be a whole number, but is: %s", json_kind(by));
    *note = (struct step_note){
        .op = (enum note_op)state->action,
        .space = state->space,
        .key = key,
        .value = values[VALUE_VALUE] != NULL ? values[VALUE_VALUE] : json_null(),
        .expected = values[VALUE_EXPECTED],
        .add = by != NULL ? json_integer_value(by) : 1,
        .keep_ms = state->keep_ms,
    };
    return ERR_OK;
}

static void state_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct state_config *state = config;
    struct step_note note;
    struct step_ask said = { .method = actions[state->action] };
    char key[WORD_KEY];
    json_t *details = NULL, *example;
    struct err e;

    check(values->count == STATE_VALUES);
    if (note_read(state, values->filled, &note, key, &e) != ERR_OK) {
        step_fail(step, &e, &details);
        return;
    }
    said.target = key;
    if (note.op == NOTE_GET)
        said.method = STEP_ASKS_KEPT;
    if (step_simulated(step)) {
        if (step_simulate_answered(step, &said))
            return;
        if (!step_rehearsed(step) && note.op != NOTE_GET) {
            example = json_pack("{s:b, s:b, s:O, s:n, s:i}", "found", 0, "changed", 1, "value",
                                note.value, "before", "revision", 1);
            check(example != NULL);
            step_done(step, "out", &example);
            return;
        }
    }
    step_note(step, &note, state_noted);
}

static enum node_next state_start(struct step *step, const void *config)
{
    const struct state_config *state = config;

    return step_eval(step, state->values, STATE_VALUES, false, state_evaluated);
}

const struct node_type node_connector_state = {
    .name = "connector.state",
    .kind = NODE_CONNECTOR,
    .title = "State",
    .help =
        "Keeps small values beyond a run: where an import stands, which ERP number belongs to a "
        "customer of the gateway, counters. What a step writes is durable together with the "
        "step: done once, also after a crash. The output is {found, changed, value, before, "
        "revision}: found tells whether it was there, revision how often it was written.",
    .fields = state_fields,
    .config_size = sizeof(struct state_config),
    .example = "{\"action\": \"put\", \"space\": \"erp.customers\", \"key\": "
               "\"=trigger.body.customerId\", \"value\": \"=trigger.body.id\"}",
    .compile = state_compile,
    .start = state_start,
};
