/* script.c - a Lua chunk, or a function of one of the flow's modules, makes the output. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "flow/node.h"
#include "nodes/definition.h"
#include "nodes/statement.h"

struct script_config {
    const struct flow_expression *source;
    const char *module, *function;
    struct value *input;
    const struct flow_expression *script; /* what runs: the source, or MODULE:FUNCTION */
};

static const struct field script_fields[] = {
    { .kind = FIELD_SCRIPT,
      .name = "source",
      .offset = offsetof(struct script_config, source),
      .help = "Lua that returns the output.",
      .example = "\"return { total = decimal(input.net) + decimal(input.tax) }\"" },
    { .kind = FIELD_TEXT,
      .name = "module",
      .offset = offsetof(struct script_config, module),
      .help = "Instead of source: the name of a module, rules/NAME.lua.",
      .example = "\"gl_account\"" },
    { .kind = FIELD_TEXT,
      .name = "function",
      .offset = offsetof(struct script_config, function),
      .help = "The module's function; it is called with the input and returns the output.",
      .example = "\"choose\"" },
    { .kind = FIELD_VALUE,
      .name = "input",
      .offset = offsetof(struct script_config, input),
      .help = "What the script sees as `input`; by default the output of the node before.",
      .example = "\"=trigger.body\"" },
    FIELD_LAST,
};

static void script_compile_function(struct flow_build *build, struct script_config *script,
                                    const char *pointer)
{
    char name[2 * LIMIT_NAME], place[PLACE_BYTES];
    int size = snprintf(name, sizeof name, "%s:%s", script->module, script->function);

    snprintf(place, sizeof place, "%s/module", pointer);
    if (size < 0 || (size_t)size >= sizeof name || strchr(script->module, ':') != NULL)
        flow_build_fault(build, place, "\"%.80s\" cannot be the name of a module", script->module);
    else
        script->script = flow_build_expression(build, false, true, name, (size_t)size, place);
}

static void script_compile(struct flow_build *build, void *config, const char *pointer,
                           const struct node_type *type)
{
    struct script_config *script = config;
    bool named = script->module != NULL || script->function != NULL;

    (void)type;
    script->script = script->source;
    if (script->source != NULL && named)
        flow_build_fault(build, pointer,
                         "give either \"source\", or \"module\" and \"function\", not both");
    else if (script->source == NULL && !named)
        flow_build_fault(build, pointer, "\"source\" is missing, or \"module\" and \"function\"");
    else if (named && (script->module == NULL || script->function == NULL))
        flow_build_fault(build, pointer,
                         "\"module\" and \"function\" belong together: \"%s\" is "
                         "missing",
                         script->module == NULL ? "module" : "function");
    else if (named)
        script_compile_function(build, script, pointer);
}

static void script_returned(struct step *step, const void *config, const struct step_values *values)
{
    json_t *output = json_incref(values->filled[0]); /* nil: the output null */

    (void)config;
    check(values->count == 1);
    step_done(step, "out", &output);
}

static void script_input_known(struct step *step, const void *config,
                               const struct step_values *values)
{
    const struct script_config *script = config;
    json_t *input = values->filled[0] != NULL ? values->filled[0] : json_null();

    check(values->count == 1);
    step_script(step, script->script, input, script_returned);
}

static enum node_next script_start(struct step *step, const void *config)
{
    const struct script_config *script = config;

    check(script->script != NULL);
    if (script->input != NULL)
        return step_eval(step, &script->input, 1, false, script_input_known);
    return step_script(step, script->script, NULL, script_returned);
}

const struct node_type node_transform_script = {
    .name = "transform.script",
    .kind = NODE_TRANSFORM,
    .title = "Script",
    .help = "Runs a rule in Lua. What it returns is the output.",
    .fields = script_fields,
    .config_size = sizeof(struct script_config),
    .example = "{\"source\": \"return { id = trigger.body.transactionId, amount = "
               "decimal(trigger.body.amount):round(2) }\"}",
    .compile = script_compile,
    .start = script_start,
    .summary = statement_summary,
};
