/* manifest.c - reads what a manifest says of a system as a whole; its actions are in
 * manifest_action.c. */
#include "nodes/manifest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/nearest.h"
#include "nodes/manifest_priv.h"
#include "schema/schema.h"
#include "nodes/definition.h"

/* ---- Faults and members */

static void PRINTF(4, 0) fault_add(const struct manifest_source *source, bool warning,
                                   const char *pointer, const char *fmt, va_list args)
{
    char text[600];
    unsigned line, column;

    vsnprintf(text, sizeof text, fmt, args);
    json_places_find(source->places, pointer, &line, &column);
    faults_add(source->faults, warning, source->file, line, column, pointer, "%s", text);
}

void manifest__fault(const struct manifest_source *source, const char *pointer, const char *fmt,
                     ...)
{
    va_list args;

    va_start(args, fmt);
    fault_add(source, false, pointer, fmt, args);
    va_end(args);
}

void manifest__warn(const struct manifest_source *source, const char *pointer, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fault_add(source, true, pointer, fmt, args);
    va_end(args);
}

const char *manifest__place(char *place, const char *pointer, const char *name)
{
    size_t at = strlen(pointer);

    check(at < PLACE_BYTES);
    memmove(place, pointer, at);
    place[at] = '/';
    for (at++; *name != '\0' && at + 3 < PLACE_BYTES; name++) {
        if (*name == '~' || *name == '/') {
            place[at++] = '~';
            place[at++] = *name == '~' ? '0' : '1';
        } else {
            place[at++] = *name;
        }
    }
    place[at < PLACE_BYTES ? at : PLACE_BYTES - 1] = '\0';
    return place;
}

static bool member_fits(enum member_kind kind, const json_t *json)
{
    switch (kind) {
    case MEMBER_ANY:
        return true;
    case MEMBER_TEXT:
        return json_is_text(json) && strlen(json_text(json)) == json_string_length(json);
    case MEMBER_OBJECT:
        return json_is_object(json);
    case MEMBER_LIST:
        return json_is_array(json);
    case MEMBER_BOOL:
        return json_is_boolean(json);
    case MEMBER_INT:
        return json_is_integer(json);
    }
    return false;
}

static void member_unknown(const struct manifest_source *source, const char *name,
                           const char *place, const struct member *rows)
{
    struct nearest nearest;
    const char *meant;

    nearest_init(&nearest, name);
    for (; rows->name != NULL; rows++)
        nearest_try(&nearest, rows->name);
    meant = nearest_name(&nearest);
    if (meant != NULL)
        manifest__fault(source, place, "there is no member \"%.60s\" here; did you mean \"%s\"?",
                        name, meant);
    else
        manifest__fault(source, place, "there is no member \"%.60s\" here", name);
}

static void members_known(const struct manifest_source *source, const json_t *json,
                          const char *pointer, const struct member *rows)
{
    static const char *const kinds[] = { "anything", "a text",        "an object",
                                         "a list",   "true or false", "a whole number" };
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)json, name, value)
    {
        const struct member *row = rows;
        char place[PLACE_BYTES];

        while (row->name != NULL && strcmp(row->name, name) != 0)
            row++;
        manifest__place(place, pointer, name);
        if (row->name == NULL)
            member_unknown(source, name, place, rows);
        else if (!member_fits(row->kind, value))
            manifest__fault(source, place, "\"%s\" must be %s, but here stands: %s", name,
                            kinds[row->kind], json_kind(value));
    }
}

bool manifest__members(const struct manifest_source *source, const json_t *json,
                       const char *pointer, const struct member *rows)
{
    if (!json_is_object(json)) {
        manifest__fault(source, pointer, "an object must stand here, not: %s", json_kind(json));
        return false;
    }
    members_known(source, json, pointer, rows);
    for (const struct member *row = rows; row->name != NULL; row++)
        if (row->required && json_object_get(json, row->name) == NULL)
            manifest__fault(source, pointer, "\"%s\" is missing", row->name);
    return true;
}

bool manifest__name_valid(const char *name)
{
    return name != NULL && name[0] >= 'a' && name[0] <= 'z' && strlen(name) <= LIMIT_ID &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* ---- The whole */

static void read_actions(const struct manifest_source *source, json_t *json)
{
    struct manifest *manifest = source->manifest;
    const char *name;
    json_t *member;

    manifest->actions = mem_must((json_object_size(json) + 1) * sizeof *manifest->actions);
    json_object_foreach(json, name, member)
    {
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "/actions/%s", name);
        manifest__action(source, name, member, place, &manifest->actions[manifest->action_count++]);
    }
    if (json_is_object(json) && json_object_size(json) == 0)
        manifest__fault(source, "/actions", "at least one action must be there");
}

static void read_manifest(const struct manifest_source *source)
{
    static const struct member rows[] = {
        { "weft", MEMBER_INT, true },
        { "name", MEMBER_TEXT, true },
        { "title", MEMBER_TEXT, true },
        { "version", MEMBER_TEXT, true },
        { "help", MEMBER_TEXT, true },
        { "credential", MEMBER_TEXT, false },
        { "sources", MEMBER_LIST, false },
        { "transport", MEMBER_TEXT, false },
        { "environments", MEMBER_OBJECT, false },
        { "settings", MEMBER_LIST, false },
        { "sign_in", MEMBER_OBJECT, false },
        { "headers", MEMBER_OBJECT, false },
        { "limits", MEMBER_OBJECT, false },
        { "error", MEMBER_OBJECT, false },
        { "errors", MEMBER_LIST, false },
        { "actions", MEMBER_OBJECT, true },
        { "events", MEMBER_OBJECT, false },
        { 0 },
    };
    struct manifest *manifest = source->manifest;
    json_t *root = manifest->root;

    if (!manifest__members(source, root, "", rows))
        return;
    if (json_get_int(root, "weft", 1) != 1)
        manifest__fault(source, "/weft", "this version of the format is not known; it must be 1");
    manifest->info.name = json_get_text(root, "name");
    manifest->info.title = json_get_text(root, "title");
    manifest->info.version = json_get_text(root, "version");
    manifest->info.credential = json_get_text(root, "credential");
    manifest->help = json_get_text(root, "help");
    if (!manifest__name_valid(manifest->info.name))
        manifest__fault(source, "/name",
                        "a name begins with a small letter; then small letters, digits and \"_\"");
    manifest__transport(source, root);
    manifest__connection(source, root);
    manifest__limits(source, json_object_get(root, "limits"));
    manifest__error(source, json_object_get(root, "error"));
    manifest__rules(source, json_object_get(root, "errors"), "/errors", &manifest->rules);
    read_actions(source, json_object_get(root, "actions"));
    manifest__events(source, json_object_get(root, "events"));
}

/* ---- Life */

bool manifest_name_valid(const char *name)
{
    return manifest__name_valid(name);
}

struct manifest *manifest_read(const char *file, const char *text, size_t size,
                               struct faults *faults)
{
    size_t before = faults->errors;
    struct json_places *places = NULL;
    struct manifest *manifest;
    unsigned line = 1, column = 1;
    struct err e;
    json_t *root = json_read_places(text, size, &json_limits_flow, &places, &line, &column, &e);

    check(file != NULL);
    if (root == NULL) {
        faults_add(faults, false, file, line, column, "", "%s", e.text);
        return NULL;
    }
    manifest = mem_must(sizeof *manifest);
    manifest->root = root;
    read_manifest(&(struct manifest_source){ faults, file, places, manifest });
    json_places_free(places);
    if (faults->errors == before)
        return manifest;
    manifest_free(manifest);
    return NULL;
}

void manifest__action_free(struct action *action)
{
    mem_free(action->name);
    mem_free(action->title);
    mem_free(action->example);
    schema_free(action->shape);
    schema_free(action->promise.schema);
    mem_free(action->promise.told);
    mem_free(action->rules.list);
    mem_free(action->sql.list);
    mem_free(action->files.list);
    mem_free(action->files.rows);
    mem_free(action->echo.list);
    mem_free(action->probe.echo.list);
    mem_free(action->reversal.echo.list);
}

void manifest_free(struct manifest *manifest)
{
    if (manifest == NULL)
        return;
    for (size_t i = 0; i < manifest->action_count; i++)
        manifest__action_free(&manifest->actions[i]);
    manifest__events_free(manifest);
    mem_free(manifest->actions);
    mem_free(manifest->environments);
    mem_free(manifest->settings);
    mem_free(manifest->headers);
    mem_free(manifest->messages);
    mem_free(manifest->rules.list);
    json_decref(manifest->root);
    mem_free(manifest);
}

void manifest_add(const struct manifest *manifest, struct registry *registry)
{
    check(manifest != NULL);
    for (size_t i = 0; i < manifest->action_count; i++)
        registry_add(registry, &manifest->actions[i].type);
    for (size_t i = 0; i < manifest->event_count; i++)
        registry_add(registry, &manifest->events[i].action.type);
}
