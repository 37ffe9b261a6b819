/* about.c - `weft schema`, `weft types` and `weft version`: what the program is and knows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/version.h"
#include "command/command.h"
#include "nodes/reference.h"

#define ABOUT_MAX (16u * MIB)

static int about_print(json_t *value)
{
    struct buf text;

    buf_init(&text, ABOUT_MAX);
    json_write_pretty(&text, value);
    buf_add_char(&text, '\n');
    fwrite(buf_text(&text), 1, text.len, stdout);
    buf_fini(&text);
    json_decref(value);
    return EXIT_DONE;
}

static int schema_run(const struct command *command, const struct options *options)
{
    struct app app;
    struct err e;
    int exit_code = EXIT_USAGE;

    (void)command;
    (void)options;
    if (app_init(&app, NULL, &e) == ERR_OK && app_compiler(&app, &e) == ERR_OK)
        exit_code = about_print(flow_schema(app.registry));
    else
        complain("%s", e.text);
    app_fini(&app);
    return exit_code;
}

static void types_lines(const struct registry *registry)
{
    const struct node_type *type;
    size_t cursor = 0;

    while ((type = registry_next(registry, &cursor)) != NULL)
        printf("%-44s %s\n", type->name, type->title);
}

static int types_run(const struct command *command, const struct options *options)
{
    const struct node_type *type;
    struct app app;
    struct err e;
    struct buf text;
    json_t *list;
    size_t cursor = 0;
    int exit_code = EXIT_DONE;

    (void)command;
    if (app_init(&app, NULL, &e) != ERR_OK || app_compiler(&app, &e) != ERR_OK) {
        complain("%s", e.text);
        exit_code = EXIT_USAGE;
    } else if (option_given(options, "--markdown")) {
        buf_init(&text, ABOUT_MAX);
        node_reference_write(app.registry, &text);
        fwrite(buf_text(&text), 1, text.len, stdout);
        buf_fini(&text);
    } else if (option_given(options, "--json")) {
        list = json_array();
        while ((type = registry_next(app.registry, &cursor)) != NULL)
            json_array_append_new(list, node_type_json(type));
        exit_code = about_print(list);
    } else {
        types_lines(app.registry);
    }
    app_fini(&app);
    return exit_code;
}

static int version_run(const struct command *command, const struct options *options)
{
    (void)command;
    (void)options;
    printf("weft %s\n", WEFT_VERSION);
    return EXIT_DONE;
}

static const struct option_row schema_options[] = {
    { "--json", NULL, "as JSON (it always is)", false },
    { NULL, NULL, NULL, false },
};
static const struct option_row types_options[] = {
    { "--json", NULL, "with the schemas of their settings", false },
    { "--markdown", NULL, "as the reference docs/NODES.md", false },
    { NULL, NULL, NULL, false },
};
const struct command command_schema = {
    .name = "schema",
    .usage = "[--json]",
    .summary = "prints the JSON Schema of a flow definition",
    .example = "weft schema > flow.schema.json",
    .options = schema_options,
    .run = schema_run,
};
const struct command command_types = {
    .name = "types",
    .usage = "[--json | --markdown]",
    .summary = "lists the node types",
    .example = "weft types --json",
    .options = types_options,
    .run = types_run,
};
const struct command command_version = {
    .name = "version",
    .usage = "",
    .summary = "prints the version",
    .example = "weft version",
    .run = version_run,
};
