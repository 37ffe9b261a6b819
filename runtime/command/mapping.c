/* mapping.c - `weft mapping`: where every place of a mapping's target comes from. */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/command.h"
#include "folders.h"

#define MAPPING_MAX (64u * MIB)

/* "lines[].sku    field    trigger.body.items[].sku", and its issues below. */
static void mapping_line(struct buf *text, const json_t *entry)
{
    const json_t *reads = json_object_get(entry, "reads");
    const json_t *issues = json_object_get(entry, "issues");
    bool required = json_is_true(json_object_get(entry, "required"));

    buf_addf(text, "%-36s %c %-9s", json_get_text(entry, "path"), required ? '*' : ' ',
             json_get_text(entry, "state"));
    for (size_t i = 0; i < json_array_size(reads); i++)
        buf_addf(text, "%s%s", i > 0 ? ", " : " ", json_string_value(json_array_get(reads, i)));
    buf_add_char(text, '\n');
    for (size_t i = 0; i < json_array_size(issues); i++) {
        json_t *issue = json_array_get(issues, i);

        buf_addf(text, "    %s: %s\n", json_get_text(issue, "severity"),
                 json_get_text(issue, "text"));
    }
}

static int mapping_print(const struct flow *flow, const char *id, bool json)
{
    int at = flow_node_find(flow, id);
    const struct flow_node *node = at >= 0 ? &flow->nodes[at] : NULL;
    json_t *targets;
    struct buf text;

    if (node == NULL || node->type->describe == NULL) {
        complain(node == NULL ? "there is no node \"%.80s\" in the flow"
                              : "the node \"%.80s\" is no mapping",
                 id);
        return EXIT_USAGE;
    }
    targets = node->type->describe(flow, node);
    if (targets == NULL) {
        complain("out of memory");
        return EXIT_FAULT;
    }
    buf_init(&text, MAPPING_MAX);
    if (json) {
        json_write_pretty(&text, targets);
        buf_add_char(&text, '\n');
    }
    for (size_t i = 0; !json && i < json_array_size(targets); i++)
        mapping_line(&text, json_array_get(targets, i));
    fwrite(buf_text(&text), 1, text.len, stdout);
    buf_fini(&text);
    json_decref(targets);
    return EXIT_DONE;
}

static int mapping_run(const struct command *command, const struct options *options)
{
    const char *path = option_word(options, 0);
    struct app app;
    struct faults faults;
    struct flow *flow = NULL;
    char *slug = path_slug(path);
    struct buf text;
    struct err e;
    int exit_code = EXIT_USAGE;

    (void)command;
    faults_init(&faults);
    buf_init(&text, MAPPING_MAX);
    if (app_init(&app, NULL, &e) != ERR_OK || app_compiler(&app, &e) != ERR_OK) {
        complain("%s", e.text);
        goto out;
    }
    flow = engine_check(app.rules, app.registry, path, path_is_dir(path), slug, &faults);
    if (flow == NULL) {
        faults_sort(&faults);
        faults_write(&faults, &text);
        fwrite(buf_text(&text), 1, text.len, stderr);
        goto out;
    }
    exit_code = mapping_print(flow, option_word(options, 1), option_given(options, "--json"));
out:
    flow_unref(flow);
    buf_fini(&text);
    faults_fini(&faults);
    mem_free(slug);
    app_fini(&app);
    return exit_code;
}

static const struct option_row mapping_options[] = {
    { "--json", NULL, "as JSON", false },
    { NULL, NULL, NULL, false },
};
const struct command command_mapping = {
    .name = "mapping",
    .usage = "FLOW NODE [--json]",
    .summary = "says where every place of a mapping's target comes from, and what is missing",
    .example = "weft mapping flows/shopify-orders map",
    .options = mapping_options,
    .words_min = 2,
    .words_max = 2,
    .run = mapping_run,
};
