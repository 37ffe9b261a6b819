/* call.c - a flow begins when another one calls it (branch.call). */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/definition.h"
#include "nodes/received.h"
#include "nodes/shape.h"
#include "schema/schema.h"

struct call_config {
    json_t *input, *output;
    struct schema *shape; /* of the input; NULL: it takes anything */
};

static const struct field call_fields[] = {
    { .kind = FIELD_JSON,
      .name = "input",
      .offset = offsetof(struct call_config, input),
      .help = "What the flow takes, as JSON Schema: a call with anything else is refused, and "
              "defaults of its members are filled in. Members that it does not name are refused "
              "unless \"additionalProperties\" is true.",
      .example = "{\"type\": \"object\", \"properties\": {\"amount\": {\"type\": \"number\"}}, "
                 "\"required\": [\"amount\"]}" },
    { .kind = FIELD_JSON,
      .name = "output",
      .offset = offsetof(struct call_config, output),
      .help = "What the flow gives, as JSON Schema: for whoever draws the calling flow. It is not "
              "checked when the flow runs.",
      .example = "{\"type\": \"object\", \"properties\": {\"journal\": {\"type\": \"string\"}}}" },
    FIELD_LAST,
};

struct problem_place {
    struct flow_build *build;
    const char *pointer, *name;
};

static void schema_problem(void *arg, const char *pointer, const char *text)
{
    const struct problem_place *at = arg;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/%s%s", at->pointer, at->name, pointer);
    flow_build_fault(at->build, place, "%s", text);
}

static void call_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    struct call_config *call = config;
    struct problem_place place = { build, pointer, "input" };

    (void)type;
    if (call->input != NULL)
        call->shape = shape_new(call->input, schema_problem, &place);
    place.name = "output";
    if (call->output != NULL)
        schema_free(shape_new(call->output, schema_problem, &place));
}

static void call_arm(const void *config, struct node_arm *arm)
{
    (void)config;
    check(arm != NULL);
    arm->callable = true;
    arm->respond_result = true;
}

static void call_release(void *config)
{
    struct call_config *call = config;

    schema_free(call->shape);
    call->shape = NULL;
}

/* The first problem is what the error says. */
static void input_problem(void *arg, const char *pointer, const char *text)
{
    (void)arg;
    (void)pointer;
    (void)text;
}

static enum err_code call_receive(struct node_event *event, const void *config, json_t **input,
                                  struct err *e)
{
    const struct call_config *call = config;
    json_t *body = received_body(event, e), *complete;

    check(input != NULL);
    *input = NULL;
    if (body == NULL)
        return e->code;
    e->code = ERR_OK;
    if (call->shape != NULL &&
        shape_match(call->shape, body, false, input_problem, NULL, e) != ERR_OK)
        err_prefix(e, "the input does not fit what the flow takes");
    if (e->code == ERR_OK && call->input != NULL && json_is_object(body)) {
        complete = shape_complete(call->input, body);
        json_decref(body);
        body = complete;
        if (body == NULL)
            return err_set(e, ERR_MEMORY, "no memory for the input");
    }
    if (e->code == ERR_OK)
        return received_input(event, &body, input, e);
    json_decref(body);
    return e->code;
}

const struct node_type node_trigger_call = {
    .name = "trigger.call",
    .kind = NODE_TRIGGER,
    .title = "Called by a flow",
    .help = "Starts a run when another flow of the environment calls this one with branch.call. "
            "The output is seen as `trigger`: {body, received_at, called_by}; called_by is the "
            "calling {run, step, depth}. The caller gets the output of the step that ended last.",
    .fields = call_fields,
    .config_size = sizeof(struct call_config),
    .example = "{\"input\": {\"type\": \"object\", \"properties\": {\"account\": {\"type\": "
               "\"string\"}, \"amount\": {\"type\": \"number\"}, \"currency\": {\"type\": "
               "\"string\", \"default\": \"USD\"}}, \"required\": [\"account\", \"amount\"]}}",
    .compile = call_compile,
    .release = call_release,
    .arm = call_arm,
    .receive = call_receive,
};
