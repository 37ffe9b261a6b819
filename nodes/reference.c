/* reference.c - docs/NODES.md, written from the types themselves. */
#include "nodes/reference.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/connector.h"
#include "flow/field.h"
#include "nodes/shape.h"

#define SETTING_NAME 200 /* bytes of "cases[].when" */

/* A cell of a table: a bar would end it. */
static void write_cell(struct buf *out, const char *text)
{
    for (const char *c = text != NULL ? text : ""; *c != '\0'; c++) {
        if (*c == '|')
            buf_add_char(out, '\\');
        buf_add_char(out, *c == '\n' ? ' ' : *c);
    }
}

static void write_json(struct buf *out, const char *text)
{
    struct err e;
    json_t *json = json_read(text, strlen(text), &json_limits_flow, &e);

    check(json != NULL); /* an example of our own; tests/nodes compiles each */
    buf_add_text(out, "```json\n");
    json_write_pretty(out, json);
    buf_add_text(out, "\n```\n\n");
    json_decref(json);
}

/* ---- Settings */

static const char *field_kind_text(enum field_kind kind)
{
    static const char *const texts[] = {
        [FIELD_TEXT] = "text",     [FIELD_INT] = "whole number", [FIELD_BOOL] = "true or false",
        [FIELD_MS] = "duration",   [FIELD_CHOICE] = "choice",    [FIELD_PORT] = "exit",
        [FIELD_PATH] = "path",     [FIELD_SECRET] = "secret",    [FIELD_VALUE] = "value",
        [FIELD_SCRIPT] = "script", [FIELD_JSON] = "JSON",        [FIELD_OBJECT] = "object",
        [FIELD_LIST] = "list",     [FIELD_BODY] = "body",
    };

    check(kind > FIELD_END && (size_t)kind < sizeof texts / sizeof *texts);
    return texts[kind];
}

static void write_choices(struct buf *out, const struct field *row)
{
    for (size_t i = 0; row->choices != NULL && row->choices[i] != NULL; i++)
        buf_addf(out, "%s`%s`", i == 0 ? ": " : ", ", row->choices[i]);
}

/* A row and those within it. prefix: "verify." or "cases[].". */
static void write_rows(struct buf *out, const struct field *rows, const char *prefix)
{
    for (const struct field *row = rows; row != NULL && row->kind != FIELD_END; row++) {
        const char *within = row->kind == FIELD_LIST ? "[]." : ".";
        char name[SETTING_NAME];

        buf_addf(out, "| `%s%s` | %s", prefix, row->name, field_kind_text(row->kind));
        write_choices(out, row);
        buf_add_text(out, " | ");
        if (row->fallback != NULL)
            buf_addf(out, "`%s`", row->fallback);
        buf_addf(out, " | %s | ", row->required && row->fallback == NULL ? "yes" : "");
        write_cell(out, row->help);
        if (row->example != NULL) {
            buf_add_text(out, " Example: `");
            write_cell(out, row->example);
            buf_add_char(out, '`');
        }
        buf_add_text(out, " |\n");
        snprintf(name, sizeof name, "%s%s%s", prefix, row->name, within);
        write_rows(out, row->rows, name);
    }
}

static void write_settings(struct buf *out, const struct node_type *type)
{
    if (type->fields == NULL || type->fields->kind == FIELD_END) {
        buf_add_text(out, "No settings.\n\n");
        return;
    }
    buf_add_text(out,
                 "| setting | type | default | required | what it is |\n|---|---|---|---|---|\n");
    write_rows(out, type->fields, "");
    buf_add_char(out, '\n');
}

/* ---- What an action takes */

static void write_choice_list(struct buf *out, const json_t *choices)
{
    json_t *choice;
    size_t i;

    json_array_foreach((json_t *)choices, i, choice)
    {
        buf_add_text(out, i == 0 ? ": `" : ", `");
        json_write(out, choice);
        buf_add_char(out, '`');
    }
}

static void write_input(struct buf *out, json_t *schema)
{
    const char *name;
    json_t *member;

    buf_add_text(out,
                 "| input | type | default | required | what it is |\n|---|---|---|---|---|\n");
    json_object_foreach(json_object_get(schema, "properties"), name, member)
    {
        const json_t *usual = json_object_get(member, "default");
        int64_t most = json_get_int(member, "maxLength", -1);
        const char *format = json_get_text(member, "format");
        char type[80];

        shape_type_text(member, type, sizeof type);
        buf_addf(out, "| `%s` | %s", name, format != NULL ? format : type);
        if (most >= 0)
            buf_addf(out, ", at most %lld", (long long)most);
        write_choice_list(out, json_object_get(member, "enum"));
        buf_add_text(out, " | ");
        if (usual != NULL) {
            buf_add_char(out, '`');
            json_write(out, usual);
            buf_add_char(out, '`');
        }
        buf_addf(out, " | %s | ", shape_has(schema, name) && usual == NULL ? "yes" : "");
        write_cell(out, json_get_text(member, "description"));
        buf_add_text(out, " |\n");
    }
    buf_add_char(out, '\n');
}

static void write_action(struct buf *out, const struct node_type *type)
{
    const struct connector_data *data = type->data;

    const json_t *output = json_object_get(data->example, "output");

    write_input(out, data->input);
    if (output == NULL)
        return; /* its help says what it gives */
    buf_add_text(out, "Output, and what a simulated call gives:\n\n```json\n");
    json_write_pretty(out, output);
    buf_add_text(out, "\n```\n\n");
}

/* ---- Types */

static void write_port_rows(struct buf *out, const struct field *rows, const char *prefix,
                            bool *first)
{
    for (const struct field *row = rows; row != NULL && row->kind != FIELD_END; row++) {
        char name[SETTING_NAME];

        if (row->kind == FIELD_PORT) {
            buf_addf(out, "%sthose that `%s%s` names", *first ? "" : ", ", prefix, row->name);
            *first = false;
        }
        snprintf(name, sizeof name, "%s%s%s", prefix, row->name,
                 row->kind == FIELD_LIST ? "[]." : ".");
        write_port_rows(out, row->rows, name, first);
    }
}

static void write_ports(struct buf *out, const struct node_type *type)
{
    static const char *const usual[] = { "out", NULL };
    bool first = true;

    buf_add_text(out, "Exits: ");
    for (const char *const *port = type->ports != NULL ? type->ports : usual; *port != NULL;
         port++) {
        buf_addf(out, "%s`%s`", first ? "" : ", ", *port);
        first = false;
    }
    write_port_rows(out, type->fields, "", &first);
    buf_add_text(out, ".");
    if (type->kind == NODE_CONNECTOR)
        buf_addf(out, " Effect: `%s`.", effect_name(type->effect));
    if (type->needs_connection)
        buf_addf(out, " Needs a connection to `%s`.", type->connector);
    buf_add_text(out, "\n\n");
}

static void write_type(struct buf *out, const struct node_type *type)
{
    buf_addf(out, "### %s\n\n**%s.** %s\n\n", type->name, type->title, type->help);
    write_ports(out, type);
    write_settings(out, type);
    if (type->connector != NULL && ((const struct connector_data *)type->data)->input != NULL)
        write_action(out, type);
    if (type->example != NULL)
        write_json(out, type->example);
}

/* ---- Systems */

static void write_system(struct buf *out, const struct connector_info *info)
{
    buf_addf(out,
             "### Connections to %s\n\nConnector `%s`, version %s. Sign-in: `%s`. Environments: ",
             info->title, info->name, info->version, sign_in_name(info->sign_in.type));
    for (size_t i = 0; i < info->environment_count; i++)
        buf_addf(out, "%s`%s`", i == 0 ? "" : ", ", info->environments[i].name);
    buf_add_text(out, ".\n\n| setting | kind | default | required | what it is |\n"
                      "|---|---|---|---|---|\n");
    for (size_t i = 0; i < info->setting_count; i++) {
        const struct connector_setting *setting = &info->settings[i];

        buf_addf(out, "| `%s` | %s | ", setting->name, setting_kind_name(setting->kind));
        if (setting->fallback != NULL)
            buf_addf(out, "`%s`", setting->fallback);
        buf_addf(out, " | %s | %s. ", setting->required ? "yes" : "", setting->title);
        write_cell(out, setting->help);
        if (setting->example != NULL)
            buf_addf(out, " Example: `%s`", setting->example);
        buf_add_text(out, " |\n");
    }
    buf_add_char(out, '\n');
}

/* Types of one kind in order of name; a system's connection stands before its first action. */
static void write_kind(struct buf *out, const struct registry *registry, enum node_kind kind,
                       const char *title)
{
    const struct connector_info *before = NULL;
    const struct node_type *type;
    size_t cursor = 0;

    buf_addf(out, "## %s\n\n", title);
    while ((type = registry_next(registry, &cursor)) != NULL) {
        const struct connector_info *info = connector_of(type);

        if (type->kind != kind)
            continue;
        if (info != NULL && info != before)
            write_system(out, info);
        before = info;
        write_type(out, type);
    }
}

void node_reference_write(const struct registry *registry, struct buf *out)
{
    check(registry != NULL);
    check(out != NULL);
    buf_add_text(
        out,
        "# Node types\n\nMade from the types themselves by `weft types --markdown`; do not "
        "edit.\n\nA *value* is a literal, an expression (a text that begins with `=`), or JSON "
        "with expressions in it. A *duration* is a number with `ms`, `s`, `m`, `h` or `d`. A "
        "*secret* is the name of a secret in the vault, never the secret. A *body* is a level of "
        "its own, `{\"nodes\": [...], \"edges\": [...]}`: [Loops](FLOWS.md#loops). Every node can "
        "also have `retry`, `timeout`, `on_error` and `join`; with `\"on_error\": \"route\"` it "
        "has the exit "
        "`error`.\n\n");
    write_kind(out, registry, NODE_TRIGGER, "Triggers");
    write_kind(out, registry, NODE_TRANSFORM, "Transforms");
    write_kind(out, registry, NODE_BRANCH, "Branches");
    write_kind(out, registry, NODE_CONNECTOR, "Connectors");
}
