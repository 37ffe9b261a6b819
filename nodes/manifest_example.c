/* manifest_example.c - reads what an action gives: the schema of its output, and the cases that a
 * simulated call answers with. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/manifest_priv.h"
#include "nodes/shape.h"
#include "schema/schema.h"

static void schema_told(void *arg, const struct schema_fault *fault)
{
    manifest__below(arg, fault->pointer, fault->text);
}

static void read_output_schema(const struct manifest_source *source, json_t *json,
                               const char *pointer, struct action *action)
{
    json_t *output = json_object_get(json, "output_schema");
    char place[PLACE_BYTES];

    if (output == NULL)
        manifest__warn(source, pointer,
                       "\"output_schema\" is missing: forms, the mapper and whoever reads a flow "
                       "cannot know what comes back. Where nobody knows it, "
                       "{\"description\": \"why\"} says so");
    if (!json_is_object(output))
        return;
    manifest__place(place, pointer, "output_schema");
    action->promise.schema =
        schema_new(output, SCHEMA_FORMATS, schema_told, &(struct below){ source, place });
    if (action->promise.schema == NULL)
        return;
    action->data.output = output;
    action->promise.told = mem_must(sizeof *action->promise.told);
    atomic_init(action->promise.told, false);
}

static void example_input(const struct manifest_source *source, const struct action *action,
                          const json_t *input, const char *pointer)
{
    char place[PLACE_BYTES];
    struct err e;

    manifest__place(place, pointer, "input");
    if (action->shape != NULL && input != NULL &&
        shape_match(action->shape, input, false, manifest__below, &(struct below){ source, place },
                    &e) == ERR_LIMIT)
        manifest__fault(source, place, "%s", e.text);
}

static void example_output(const struct manifest_source *source, const struct action *action,
                           const json_t *output, const char *pointer)
{
    char place[PLACE_BYTES];
    struct below below = { source, place };
    struct schema_ask ask = { .name = "output", .fault = schema_told, .arg = &below };
    struct err e;

    manifest__place(place, pointer, "output");
    if (action->promise.schema != NULL && output != NULL &&
        schema_verify(action->promise.schema, output, &ask, &e) == ERR_LIMIT)
        manifest__fault(source, place, "%s", e.text);
}

static void example_error(const struct manifest_source *source, const json_t *json,
                          const char *pointer)
{
    static const struct member rows[] = { { "kind", MEMBER_TEXT, true },
                                          { "text", MEMBER_TEXT, true },
                                          { 0 } };
    const char *kind = json_get_text(json, "kind");
    char place[PLACE_BYTES];
    enum err_code code;

    manifest__place(place, pointer, "error");
    if (manifest__members(source, json, place, rows) && kind != NULL &&
        (!err_find(kind, &code) || code < ERR_TRANSIENT || code > ERR_DUPLICATE))
        manifest__fault(source, place,
                        "the kind is transient, timeout, rate_limited, unavailable, auth, invalid "
                        "or duplicate, not \"%.60s\"",
                        kind);
}

static void read_case(const struct manifest_source *source, const struct action *action,
                      const json_t *json, const char *pointer)
{
    static const struct member rows[] = {
        { "name", MEMBER_TEXT, true },     { "when", MEMBER_OBJECT, false },
        { "input", MEMBER_OBJECT, false }, { "output", MEMBER_ANY, false },
        { "error", MEMBER_OBJECT, false }, { 0 },
    };
    const json_t *when = json_object_get(json, "when"), *error = json_object_get(json, "error");
    const json_t *input = json_object_get(json, "input");
    char place[PLACE_BYTES];

    if (!manifest__members(source, json, pointer, rows))
        return;
    manifest__place(place, pointer, "when");
    manifest__when(source, when, place);
    example_input(source, action, input, pointer);
    example_output(source, action, json_object_get(json, "output"), pointer);
    if ((error != NULL) == (json_object_get(json, "output") != NULL))
        manifest__fault(source, pointer, "an example has an \"output\" or an \"error\"");
    if (error != NULL)
        example_error(source, error, pointer);
    if (when != NULL && input != NULL && !manifest_when(when, (json_t *)input))
        manifest__fault(source, place, "its own input does not fit it");
}

/* The first case that any input gets. */
static json_t *usual_case(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *json = json_array_get(list, i);

        if (json_object_get(json, "when") == NULL && json_object_get(json, "input") != NULL &&
            json_object_get(json, "output") != NULL)
            return json;
    }
    return NULL;
}

static void read_example(const struct manifest_source *source, const struct action *action,
                         const json_t *example, const char *pointer)
{
    static const struct member rows[] = { { "input", MEMBER_OBJECT, true },
                                          { "output", MEMBER_ANY, true },
                                          { 0 } };
    char place[PLACE_BYTES];

    manifest__place(place, pointer, "example");
    if (!manifest__members(source, example, place, rows))
        return;
    example_input(source, action, json_object_get(example, "input"), place);
    example_output(source, action, json_object_get(example, "output"), place);
}

/* As a person writes it into a flow, where "=" begins an expression and "'=" is the text. Recursion
 * is bounded by the depth of json_limits_flow. */
static json_t *example_written(json_t *json)
{
    json_t *made, *member;
    const char *name, *text = json_text(json);
    size_t i;

    if (text != NULL && (text[0] == '=' || strncmp(text, "'=", 2) == 0))
        return json_sprintf("'%s", text);
    if (!json_is_object(json) && !json_is_array(json))
        return json_incref(json);
    made = json_is_object(json) ? json_object() : json_array();
    json_object_foreach(json, name, member)
    {
        json_object_set_new(made, name, example_written(member));
    }
    json_array_foreach(json, i, member)
    {
        json_array_append_new(made, example_written(member));
    }
    return made;
}

/* How a node names the files. */
static json_t *files_written(const struct manifest_files *files)
{
    json_t *written = json_object();

    for (size_t i = 0; i < files->count; i++)
        json_object_set_new(
            written, files->list[i].name,
            json_pack("{s:s,s:s}", "folder", "/var/spool/weft/out", "file", "='of-' .. run.id"));
    return written;
}

void manifest__examples(const struct manifest_source *source, json_t *json, const char *pointer,
                        struct action *action)
{
    json_t *example = json_object_get(json, "example"), *list = json_object_get(json, "examples");
    char place[PLACE_BYTES];
    json_t *config;

    read_output_schema(source, json, pointer, action);
    if (example != NULL)
        read_example(source, action, example, pointer);
    for (size_t i = 0; i < json_array_size(list); i++) {
        snprintf(place, sizeof place, "%s/examples/%zu", pointer, i);
        read_case(source, action, json_array_get(list, i), place);
    }
    action->data.examples = list;
    action->data.example = example != NULL ? example : usual_case(list);
    if (example == NULL && list == NULL)
        manifest__fault(source, pointer, "\"example\" is missing, or \"examples\"");
    else if (action->data.example == NULL)
        manifest__fault(source, pointer,
                        "none of its \"examples\" has \"input\", \"output\" and no \"when\": the "
                        "usual case");
    config = json_pack("{s:o*}", "input",
                       example_written(json_object_get(action->data.example, "input")));
    if (action->sql.save || action->files.saves)
        json_object_set_new(
            config, "save",
            json_pack("{s:s,s:s}", "folder",
                      action->files.saves ? "/var/spool/weft/in" : "/var/spool/weft/rows", "file",
                      action->files.saves ? "='answer-' .. run.id"
                                          : "='rows-' .. run.id .. '.json'"));
    if (action->files.count > 0)
        json_object_set_new(config, "files", files_written(&action->files));
    action->example = config != NULL ? json_text_new(config, LIMIT_OUTPUT, NULL) : NULL;
    json_decref(config);
}
