/* action.c - one call to a system that a manifest describes; does the work of every type made from
 * one.
 *
 *   files looked at -> input evaluated -> action_ask.c: checked, request built -> step_call() ->
 * action_answer.c
 *
 * Lists in pages are in action_pages.c, what is done about effects in doubt in action_doubt.c. A
 * simulated step goes as far as the request, so that a trial run finds what a real one would
 * refuse, and then answers with the example. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/connector/action_priv.h"
#include "nodes/definition.h"
#include "nodes/shape.h"

static const struct field action_fields[] = { ACTION_INPUT_ROW, FIELD_LAST };
const struct field action_fields_reversible[] = {
    ACTION_INPUT_ROW,
    { .kind = FIELD_BOOL,
      .name = "reverse",
      .offset = offsetof(struct action_config, reverse),
      .help = "When nobody knows whether it happened and nothing else tells: undo it in the system "
              "and do it again. Without this a person decides." },
    FIELD_LAST,
};
static const char *const pages_choices[] = { "all", "one", NULL };
const struct field action_fields_paged[] = {
    ACTION_INPUT_ROW,
    { .kind = FIELD_CHOICE,
      .name = "pages",
      .offset = offsetof(struct action_config, pages),
      .fallback = "all",
      .choices = pages_choices,
      .help =
          "all: asks until nothing is left, and gives one list. one: gives one page; its `next` "
          "is null, or what `from` of the next call needs." },
    { .kind = FIELD_INT,
      .name = "limit",
      .offset = offsetof(struct action_config, limit),
      .fallback = "10000",
      .min = 1,
      .max = 100000,
      .help = "With all: a longer list fails the step instead of being cut off." },
    { .kind = FIELD_VALUE,
      .name = "from",
      .offset = offsetof(struct action_config, values[ACTION_FROM]),
      .help = "Where to begin: the `next` of an earlier answer; null is the beginning.",
      .example = "\"=previous.next\"" },
    FIELD_LAST,
};

const struct action *action__of(const struct node_type *type)
{
    check(type->data != NULL);
    return (const struct action *)type->data;
}

/* ---- Compile: what a person wrote out can be checked before the first run */

struct action_fault {
    struct flow_build *build;
    const char *pointer;
};

static void action_fault(void *arg, const char *pointer, const char *text)
{
    const struct action_fault *fault = arg;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s%s", fault->pointer, pointer);
    flow_build_fault(fault->build, place, "%s", text);
}

/* Without the "'" in front of a text that begins with "=". Such a text is then looked at as an
 * expression is, and checked when it is sent. Recursion is bounded by json_limits_flow's depth. */
static json_t *action_unquoted(json_t *json)
{
    json_t *made, *member;
    const char *name, *text = json_text(json);
    size_t i;

    if (text != NULL && strncmp(text, "'=", 2) == 0)
        return json_string(text + 1);
    if (!json_is_object(json) && !json_is_array(json))
        return json_incref(json);
    made = json_is_object(json) ? json_object() : json_array();
    json_object_foreach(json, name, member)
    {
        json_object_set_new(made, name, action_unquoted(member));
    }
    json_array_foreach(json, i, member)
    {
        json_array_append_new(made, action_unquoted(member));
    }
    return made;
}

static void action_compile(struct flow_build *build, void *config, const char *pointer,
                           const struct node_type *type)
{
    struct action_config *call = config;
    char place[PLACE_BYTES];
    json_t *written, *meant;
    struct err e;

    call->action = action__of(type);
    if (call->save_rows != NULL)
        action__sql_compile(build, call, pointer);
    if (call->save != NULL)
        action__save_compile(build, call, pointer);
    action__files_compile(build, call, action__of(type), pointer);
    if (call->values[ACTION_INPUT] == NULL)
        return; /* the row is required */
    snprintf(place, sizeof place, "%s/input", pointer);
    written = action_unquoted(definition_at(build, place));
    meant = written != NULL ? action__meant(action__of(type), written) : NULL;
    if (meant != NULL && shape_match(action__of(type)->shape, meant, true, action_fault,
                                     &(struct action_fault){ build, place }, &e) == ERR_LIMIT)
        flow_build_fault(build, place, "%s", e.text);
    json_decref(meant);
    json_decref(written);
}

/* ---- The work */

void action__evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct action *action = action__of(step_type(step));
    const struct action_config *call = config;
    struct manifest_look own = action__look(action);
    struct step_save save;
    struct err e;

    if (action->pages.type != PAGES_NONE) {
        check(values->count == ACTION_VALUES);
        action__page(step, values->filled[ACTION_INPUT], values->filled[ACTION_FROM]);
        return;
    }
    if (action->sql.list != NULL) {
        action__sql(step, config, values);
        return;
    }
    if (call->save != NULL &&
        action__save_ask(call, values->filled[ACTION_FILE], &save, &e) != ERR_OK) {
        step_fail(step, &e, NULL);
        return;
    }
    action__ask(step, values->filled[ACTION_INPUT],
                &(struct action_ask){ .action = action,
                                      .look = &own,
                                      .effect = action->effect,
                                      .keeps_input = action->keeps_input,
                                      .files = call->uploads.count > 0 ? call : NULL,
                                      .save = call->save != NULL ? &save : NULL,
                                      .then = action__replied });
}

struct manifest_look action__look(const struct action *action)
{
    return (struct manifest_look){ .method = action->method,
                                   .path = action->path,
                                   .query = action->query,
                                   .headers = action->headers,
                                   .body = action->body };
}

enum node_next action__eval(struct step *step, const void *config)
{
    const struct action_config *call = config;
    bool paged = action__of(step_type(step))->pages.type != PAGES_NONE;
    bool saves = call->save_rows != NULL || call->save != NULL;

    return step_eval(step, call->values, paged || saves ? ACTION_VALUES : 1, false,
                     action__evaluated);
}

static enum node_next action_start(struct step *step, const void *config)
{
    const struct action_config *call = config;

    check(call->values[ACTION_INPUT] != NULL);
    if (action__of(step_type(step))->pages.type != PAGES_NONE)
        action__page_begin(step);
    return call->uploads.count > 0 ? upload__look(step, &call->uploads) : action__eval(step, call);
}

const struct node_type action_type = {
    .kind = NODE_CONNECTOR,
    .fields = action_fields,
    .config_size = sizeof(struct action_config),
    .needs_connection = true,
    .compile = action_compile,
    .start = action_start,
    .doubt = action__doubt,
    .probe = action__probe,
    .reverse = action__reverse,
};
