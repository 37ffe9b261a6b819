/* manifest_action.c - reads an action of a manifest and makes its node type. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/definition.h"
#include "nodes/header.h"
#include "nodes/manifest_files.h"
#include "nodes/request.h"
#include "nodes/shape.h"
#include "nodes/template.h"

static const char *behind(const char *path, const char *root)
{
    size_t size = strlen(root);

    return strncmp(path, root, size) == 0 && path[size] == '.' ? path + size + 1 : NULL;
}

/* filtered: a filter makes a text of it, whatever it is */
static void place_input(const struct places *places, const char *path, bool filtered)
{
    const json_t *schema = shape_find(places->action->data.input, path);
    char type[80];

    if (places->output)
        places->action->keeps_input = true;
    if (places->action->data.input == NULL)
        return; /* its schema has faults of its own */
    if (schema == NULL) {
        manifest__fault(places->source, places->pointer,
                        "\"{input.%s}\" is not in the input's schema", path);
        return;
    }
    if (!places->address)
        return;
    shape_type_text(schema, type, sizeof type);
    if (!filtered && strcmp(type, "text") != 0 && strcmp(type, "whole number") != 0)
        manifest__fault(places->source, places->pointer,
                        "\"{input.%s}\" stands in an address and must be a string or an integer",
                        path);
    if (strchr(path, '.') != NULL || !shape_has(places->action->data.input, path))
        manifest__fault(places->source, places->pointer,
                        "\"{input.%s}\" stands in an address and must be required", path);
}

static void place_setting(const struct places *places, const char *name)
{
    const struct connector_setting *setting = manifest__setting(places->source->manifest, name);

    if (setting == NULL || setting->kind == SETTING_SECRET)
        manifest__fault(places->source, places->pointer,
                        "\"{setting.%s}\" names no setting of kind text or url", name);
}

/* Which of them there is, the cursor says, which is read later. */
static bool place_cursor(struct action *action, const char *path)
{
    bool cursor = strcmp(path, "cursor") == 0, from = strcmp(path, "window.from") == 0;
    bool to = strcmp(path, "window.to") == 0;

    action->names_cursor = action->names_cursor || cursor;
    action->names_from = action->names_from || from;
    action->names_to = action->names_to || to;
    return cursor || from || to;
}

static void place_check(void *arg, const char *path, size_t at, bool filtered)
{
    struct places *places = arg;

    (void)at;
    if (strcmp(path, "key") == 0) {
        places->key_seen = true;
    } else if (strcmp(path, "reference") == 0 && places->action->effect >= EFFECT_KEYED) {
        return;
    } else if (places->polls && !places->address && place_cursor(places->action, path)) {
        return;
    } else if (behind(path, "input") != NULL) {
        place_input(places, behind(path, "input"), filtered);
    } else if (strcmp(path, "input") == 0 && !places->address) {
        places->action->keeps_input = places->action->keeps_input || places->output;
    } else if (behind(path, "setting") != NULL) {
        place_setting(places, behind(path, "setting"));
    } else if (behind(path, "file") != NULL && places->files && !places->address &&
               manifest__file_place(places->action, behind(path, "file"))) {
        return;
    } else if (places->output &&
               (strcmp(path, "reply.body") == 0 || behind(path, "reply.body") != NULL)) {
        return;
    } else if (places->output && !manifest__is_sql(places->source) &&
               (strcmp(path, "reply.status") == 0 || behind(path, "reply.headers") != NULL)) {
        return;
    } else {
        manifest__fault(places->source, places->pointer,
                        "\"{%s}\" names nothing: there are input, setting.NAME, %s%s%s", path,
                        places->polls ? "cursor, window.from and window.to" : "key, reference",
                        places->files && !places->address && places->action->files.count > 0
                            ? ", file.NAME.filename, file.NAME.size and file.NAME.digest"
                            : "",
                        places->output ? ", reply.status, reply.headers.NAME and reply.body" : "");
    }
}

void manifest__text(struct places *places, const char *text)
{
    struct err e;

    if (template_check(text, place_check, places, &e) != ERR_OK)
        manifest__fault(places->source, places->pointer, "%s", e.text);
}

/* All texts of a JSON template; recursion is bounded by the depth of json_limits_flow. */
void manifest__json(struct places *places, json_t *json, const char *pointer)
{
    char place[PLACE_BYTES];
    const char *name;
    json_t *member;
    size_t i;

    places->pointer = pointer;
    if (json_is_text(json))
        manifest__text(places, json_text(json));
    if (json_is_object(json)) {
        json_object_foreach(json, name, member)
        {
            manifest__place(place, pointer, name);
            manifest__json(places, member, place);
        }
    }
    if (json_is_array(json)) {
        json_array_foreach(json, i, member)
        {
            snprintf(place, sizeof place, "%s/%zu", pointer, i);
            manifest__json(places, member, place);
        }
    }
}

void manifest__below(void *arg, const char *pointer, const char *text)
{
    const struct below *below = arg;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s%s", below->pointer, pointer);
    manifest__fault(below->source, place, "%s", text);
}

/* ---- The parts of an action */

/* Forms and the mapper show what it says of each parameter. */
static void input_told(const struct manifest_source *source, const json_t *input,
                       const char *pointer)
{
    static const char *const types[] = {
        "type", "enum", "const", "$ref", "anyOf", "oneOf", "allOf"
    };
    json_t *properties = json_object_get(input, "properties"), *member;
    char place[PLACE_BYTES], own[PLACE_BYTES];
    const char *name;

    manifest__place(place, pointer, "properties");
    json_object_foreach(properties, name, member)
    {
        bool typed = !json_is_object(member);

        for (size_t i = 0; i < sizeof types / sizeof *types; i++)
            typed = typed || json_object_get(member, types[i]) != NULL;
        manifest__place(own, place, name);
        if (!typed && json_get_text(member, "description") == NULL)
            manifest__warn(source, own,
                           "\"type\" is missing; where it can be anything, \"description\" says "
                           "so");
        else if (json_is_object(member) && json_get_text(member, "description") == NULL &&
                 json_get_text(member, "title") == NULL && json_object_get(member, "$ref") == NULL)
            manifest__warn(source, own, "\"description\" is missing: what the parameter means");
    }
}

void manifest__input(const struct manifest_source *source, json_t *json, const char *pointer,
                     struct action *action)
{
    json_t *input = json_object_get(json, "input");
    char place[PLACE_BYTES];
    const char *type = json_get_text(input, "type");

    snprintf(place, sizeof place, "%s/input", pointer);
    if (!json_is_object(input))
        return;
    if (type == NULL || strcmp(type, "object") != 0)
        manifest__fault(source, place, "the input is of type object");
    action->shape = shape_new(input, manifest__below, &(struct below){ source, place });
    if (action->shape == NULL)
        return;
    action->data.input = input; /* only a sound schema can be matched */
    input_told(source, input, place);
}

void manifest__effect(const struct manifest_source *source, const json_t *json, const char *pointer,
                      struct action *action)
{
    const char *name = json_get_text(json, "effect");
    char place[PLACE_BYTES];
    size_t found = 0;

    if (name == NULL)
        return;
    while (found <= EFFECT_ONCE && strcmp(effect_name((enum effect_class)found), name) != 0)
        found++;
    manifest__place(place, pointer, "effect");
    if (found > EFFECT_ONCE)
        manifest__fault(source, place,
                        "the effect is none, idempotent, keyed or once, not \"%.60s\"", name);
    else
        action->effect = (enum effect_class)found;
}

void manifest__method(const struct manifest_source *source, const char *method, const char *pointer)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
    char place[PLACE_BYTES];

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i], method) == 0)
            return;
    manifest__place(place, pointer, "method");
    manifest__fault(source, place, "the method is GET, POST, PUT, PATCH or DELETE, not \"%.60s\"",
                    method);
}

/* seen: "{key}" stands in the request. */
static void key_check(const struct manifest_source *source, const char *pointer,
                      const struct action *action, bool seen)
{
    char place[PLACE_BYTES];

    manifest__place(place, pointer, action->key_header != NULL ? "key_header" : "effect");
    if (action->effect == EFFECT_KEYED && action->key_header == NULL && !seen)
        manifest__fault(source, place,
                        "the effect keyed needs \"key_header\", or \"{key}\" in the request");
    if (action->effect != EFFECT_KEYED && (action->key_header != NULL || seen))
        manifest__fault(source, action->key_header != NULL ? place : pointer,
                        "the idempotency key has a meaning with the effect keyed only");
    if (action->key_header != NULL && !header_name_valid(action->key_header))
        manifest__fault(source, place, "\"key_header\" cannot be the name of a header");
}

void manifest__request(const struct manifest_source *source, json_t *json, const char *pointer,
                       struct action *action)
{
    struct places places = {
        .source = source, .action = action, .polls = action->polls, .files = true
    };
    char place[PLACE_BYTES];
    const char *name;
    json_t *member;

    manifest__method(source, action->method, pointer);
    snprintf(place, sizeof place, "%s/path", pointer);
    places.pointer = place;
    places.address = true;
    manifest__text(&places, action->path);
    if (action->path[0] != '/' || strpbrk(action->path, "?# \t") != NULL)
        manifest__fault(source, place, "a path begins with \"/\" and has no query: see \"query\"");
    if (request_has_dots(action->path))
        manifest__fault(source, place, "a path has no part \".\" or \"..\"");
    places.address = false;
    for (size_t i = 0; i < 3; i++) {
        static const char *const parts[] = { "query", "headers", "body" };

        manifest__place(place, pointer, parts[i]);
        manifest__json(&places, json_object_get(json, parts[i]), place);
    }
    json_object_foreach(action->headers, name, member)
    {
        if (!header_name_valid(name) || !json_is_text(member))
            manifest__fault(source, pointer, "the header \"%.60s\" cannot be sent so", name);
    }
    key_check(source, pointer, action, places.key_seen);
}

static void read_answer(const struct manifest_source *source, json_t *json, const char *pointer,
                        struct action *action)
{
    struct places places = { .source = source, .action = action, .output = true };
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s/output", pointer);
    manifest__json(&places, action->output, place);
    snprintf(place, sizeof place, "%s/expect", pointer);
    if (!status_set_read(&action->expect, json_object_get(json, "expect"), "2xx") ||
        action->expect.count == 0)
        manifest__fault(source, place, "\"expect\" is 200, \"2xx\", or a list of such");
    snprintf(place, sizeof place, "%s/errors", pointer);
    manifest__rules(source, json_object_get(json, "errors"), place, &action->rules);
}

/* ---- The node type */

static char *text_new(const char *fmt, const char *a, const char *b)
{
    char text[2 * LIMIT_NAME + 2 * LIMIT_ID];

    snprintf(text, sizeof text, fmt, a, b);
    return mem_must_copy(text);
}

static void make_type(const struct manifest *manifest, const char *name, const json_t *json,
                      struct action *action)
{
    action->name = text_new("connector.%s.%s", manifest->info.name, name);
    action->title = text_new("%s: %s", manifest->info.title, json_get_text(json, "title"));
    action->type = action_type;
    if (action->reversal.path != NULL)
        action->type.fields = action_fields_reversible;
    if (action->pages.type != PAGES_NONE)
        action->type.fields = action_fields_paged;
    if (action->sql.save)
        action->type.fields = action_fields_rows;
    if (action->files.saves)
        action->type.fields = action_fields_saved;
    if (action->files.count > 0) {
        action->files.rows = action_fields_filed(action->type.fields, &action->files);
        action->type.fields = action->files.rows;
    }
    action->type.name = action->name;
    action->type.title = action->title;
    action->type.help = json_get_text(json, "help");
    action->type.effect = action->effect;
    action->type.connector = manifest->info.name;
    action->type.example = action->example;
    action->type.data = action;
}

static void read_http(const struct manifest_source *source, json_t *json, const char *pointer,
                      struct action *action)
{
    static const struct member rows[] = {
        { "title", MEMBER_TEXT, true },
        { "help", MEMBER_TEXT, true },
        { "method", MEMBER_TEXT, true },
        { "path", MEMBER_TEXT, true },
        { "query", MEMBER_OBJECT, false },
        { "headers", MEMBER_OBJECT, false },
        { "body", MEMBER_ANY, false },
        { "files", MEMBER_OBJECT, false },
        { "effect", MEMBER_TEXT, false },
        { "key_header", MEMBER_TEXT, false },
        { "key_valid", MEMBER_TEXT, false },
        { "echo", MEMBER_LIST, false },
        { "probe", MEMBER_OBJECT, false },
        { "reversal", MEMBER_OBJECT, false },
        { "expect", MEMBER_ANY, false },
        { "input", MEMBER_OBJECT, true },
        { "output", MEMBER_ANY, false },
        { "output_schema", MEMBER_OBJECT, false },
        { "pages", MEMBER_OBJECT, false },
        { "batch", MEMBER_OBJECT, false },
        { "errors", MEMBER_LIST, false },
        { "example", MEMBER_OBJECT, false },
        { "examples", MEMBER_LIST, false },
        { "save", MEMBER_BOOL, false },
        { 0 },
    };
    const char *method = json_get_text(json, "method"), *path = json_get_text(json, "path");

    if (!manifest__members(source, json, pointer, rows))
        return;
    action->method =
        method != NULL ? method : "GET"; /* a fault; the rest is checked all the same */
    action->path = path != NULL ? path : "/";
    action->query = json_object_get(json, "query");
    action->headers = json_object_get(json, "headers");
    action->body = json_object_get(json, "body");
    action->key_header = json_get_text(json, "key_header");
    action->effect = request_effect(action->method);
    manifest__effect(source, json, pointer, action);
    manifest__files(source, json, pointer, action);
    manifest__request(source, json, pointer, action);
    manifest__files_fit(source, json, pointer, action);
    manifest__save(source, json, pointer, action);
    read_answer(source, json, pointer, action);
    manifest__doubt(source, json, pointer, action);
    manifest__pages(source, json_object_get(json, "pages"), pointer, action);
    manifest__batch(source, json, pointer, action);
}

static void read_sql(const struct manifest_source *source, json_t *json, const char *pointer,
                     struct action *action)
{
    static const struct member rows[] = {
        { "title", MEMBER_TEXT, true },     { "help", MEMBER_TEXT, true },
        { "sql", MEMBER_LIST, true },       { "save", MEMBER_BOOL, false },
        { "effect", MEMBER_TEXT, false },   { "key_valid", MEMBER_TEXT, false },
        { "probe", MEMBER_OBJECT, false },  { "input", MEMBER_OBJECT, true },
        { "output", MEMBER_ANY, false },    { "output_schema", MEMBER_OBJECT, false },
        { "errors", MEMBER_LIST, false },   { "example", MEMBER_OBJECT, false },
        { "examples", MEMBER_LIST, false }, { 0 },
    };

    if (!manifest__members(source, json, pointer, rows))
        return;
    action->method = "SQL";
    action->path = "/";
    manifest__sql(source, json, pointer, action);
    read_answer(source, json, pointer, action);
}

void manifest__action(const struct manifest_source *source, const char *name, json_t *json,
                      const char *pointer, struct action *action)
{
    check(action->name == NULL);
    if (!manifest__name_valid(name))
        manifest__fault(source, pointer, "\"%.60s\" cannot be the name of an action", name);
    action->manifest = source->manifest;
    action->data.info = &source->manifest->info;
    action->output = json_object_get(json, "output");
    manifest__input(source, json, pointer, action);
    if (manifest__is_sql(source))
        read_sql(source, json, pointer, action);
    else
        read_http(source, json, pointer, action);
    if (!json_is_object(json))
        return;
    manifest__examples(source, json, pointer, action);
    if (manifest__name_valid(source->manifest->info.name) && json_get_text(json, "title") != NULL)
        make_type(source->manifest, name, json, action);
}
