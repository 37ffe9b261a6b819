/* map_target.c - what fills each place of the target, and what cannot be right.
 *
 * First the fields are walked: each makes an entry under its path. Then the schema is walked: its
 * places are put before what it does not know. What an expression gives is known only as far as its
 * words tell (map_reads.c); the output itself is checked when it is there. */
#include "nodes/transform/map_target.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "nodes/transform/map_fit.h"
#include "nodes/transform/map_reads.h"
#include "schema/schema.h"

#define PATH_BYTES 2048u

struct targets {
    const struct flow *flow;
    const struct map_config *map;
    const char *pointer; /* of the config */
    json_t *entries;     /* by path */
    json_t *ways;        /* objects and lists that fields lead through */
    json_t *list;        /* the result */
    json_t *fitted;      /* the entry whose value is looked at */
    bool failed;
};

/* Two texts in one; what is longer than any path or pointer may be is cut. */
static const char *join(char *room, size_t size, const char *first, const char *second)
{
    int length = snprintf(room, size, "%s%s", first, second);

    check(length >= 0);
    return room;
}

/* ---- Entries */

static void issue(struct targets *all, json_t *entry, bool error, const char *at, const char *fmt,
                  ...) PRINTF(5, 6);
static void issue(struct targets *all, json_t *entry, bool error, const char *at, const char *fmt,
                  ...)
{
    json_t *made = json_object(), *issues = json_object_get(entry, "issues");
    char text[LIMIT_RULE_TEXT];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    json_put(made, "severity", json_string(error ? "error" : "warning"), &all->failed);
    json_put(made, "at", json_string(at), &all->failed);
    json_put(made, "text", json_string(text), &all->failed);
    if (json_array_append_new(issues, made) != 0)
        all->failed = true;
}

/* The entry of a path; made with that state if it is not there. */
static json_t *entry_of(struct targets *all, const char *path, const char *state)
{
    json_t *entry = json_object_get(all->entries, path);

    if (entry != NULL)
        return entry;
    entry = json_object();
    json_put(entry, "path", json_string(path), &all->failed);
    json_put(entry, "state", json_string(state), &all->failed);
    json_put(entry, "required", json_false(), &all->failed);
    json_put(entry, "fields", json_array(), &all->failed);
    json_put(entry, "reads", json_array(), &all->failed);
    json_put(entry, "issues", json_array(), &all->failed);
    json_put(all->entries, path, entry, &all->failed);
    return json_object_get(all->entries, path);
}

/* The end of what is around the last name or "[]" of a path. */
static size_t parent_size(const char *path)
{
    size_t size = strlen(path);

    if (size >= 2 && memcmp(path + size - 2, "[]", 2) == 0)
        return size - 2;
    while (size > 0 && !(path[size - 1] == '.' && (size < 2 || path[size - 2] != '\\')))
        size--;
    return size > 0 ? size - 1 : 0;
}

static void ways_add(struct targets *all, const char *path)
{
    char way[PATH_BYTES];

    join(way, sizeof way, path, "");
    for (way[parent_size(way)] = '\0'; way[0] != '\0'; way[parent_size(way)] = '\0')
        json_put(all->ways, way, json_true(), &all->failed);
}

static void told(void *arg, bool error, const char *at, const char *text)
{
    struct targets *all = arg;

    issue(all, all->fitted, error, at, "%s", text);
}

/* A value that is to be at a path, which is the entry's. */
static void fit(struct targets *all, json_t *entry, const char *path, const struct value *value,
                enum plan_convert convert, const char *at)
{
    struct map_fit asked = { all->flow, all->map->schema, told, all };

    all->fitted = entry;
    if (all->map->schema != NULL)
        map_fit(&asked, path, value, convert, at);
}

/* ---- Fields */

static void read_value(struct targets *all, json_t *entry, const struct value *value,
                       const struct map_names *names)
{
    const unsigned *rules;
    size_t count;

    if (value == NULL)
        return;
    rules = value_expressions(value, &count);
    for (size_t i = 0; i < count; i++) {
        const struct flow_expression *expression = all->flow->expressions[rules[i]];

        map_reads(expression->text, expression->size, names, json_object_get(entry, "reads"));
    }
}

static void walk_fields(struct targets *all, const struct map_field *fields, size_t count,
                        const char *prefix, const char *pointer, const struct map_names *names);

/* What the items of a list are from, if that is a plain path. */
static const char *list_source(const struct targets *all, const struct map_field *field,
                               const struct map_names *names, char *room, size_t size)
{
    const struct flow_expression *expression = map_fit_expression(all->flow, field->each);

    if (expression == NULL || field->group != NULL ||
        !map_chain(expression->text, expression->size, names, room, size))
        return NULL;
    return room;
}

static void walk_list(struct targets *all, const struct map_field *field, const char *path,
                      const char *pointer, const struct map_names *names)
{
    char source[PATH_BYTES], inner[PATH_BYTES], place[PLACE_BYTES];
    struct map_names own = { .outer = names, .name = field->as };
    json_t *entry = entry_of(all, path, "list");

    own.source = list_source(all, field, names, source, sizeof source);
    fit(all, entry, path, NULL, PLAN_CONVERT_NONE, pointer);
    read_value(all, entry, field->each, names);
    read_value(all, entry, field->where, &own);
    read_value(all, entry, field->group, &own);
    if (field->inner_count > 0) {
        join(inner, sizeof inner, path, "[].");
        walk_fields(all, field->inner, field->inner_count, inner, pointer, &own);
        return;
    }
    join(inner, sizeof inner, path, "[]");
    entry = entry_of(all, inner, "field");
    ways_add(all, inner);
    read_value(all, entry, field->from, &own);
    join(place, sizeof place, pointer, "/from");
    fit(all, entry, inner, field->from, (enum plan_convert)field->convert, place);
}

/* The lists that "lines[].amount" leads through, with what their items are from. */
struct way {
    struct map_names names;
    char source[PATH_BYTES];
};

static void walk_leaf(struct targets *all, const struct map_field *field, const char *path,
                      const char *pointer, const struct map_names *names)
{
    json_t *entry = entry_of(all, path, "field");
    const enum plan_convert convert = (enum plan_convert)field->convert;
    char place[PLACE_BYTES];

    read_value(all, entry, field->from, names);
    read_value(all, entry, field->when, names);
    read_value(all, entry, field->fallback, names);
    join(place, sizeof place, pointer, "/from");
    fit(all, entry, path, field->from, convert, place);
    join(place, sizeof place, pointer, "/default");
    if (field->fallback != NULL)
        fit(all, entry, path, field->fallback, convert, place);
    if (field->when == NULL)
        json_put(entry, "always", json_true(), &all->failed);
}

static void walk_field(struct targets *all, const struct map_field *field, const char *prefix,
                       const char *pointer, const struct map_names *names)
{
    char path[PATH_BYTES], list[PATH_BYTES];
    struct way way = { .names = { .outer = names } };
    const struct map_names *seen = names;
    char *end;
    size_t size;
    json_t *entry;

    join(path, sizeof path, prefix, field->to);
    size = strlen(path);
    if (size >= 2 && memcmp(path + size - 2, "[]", 2) == 0)
        path[size - 2] = '\0';
    join(list, sizeof list, path + strlen(prefix), "");
    end = strstr(list, "[].");
    if (end != NULL) { /* the members of a list that a path made see its items */
        for (char *next; (next = strstr(end + 3, "[].")) != NULL;)
            end = next;
        *end = '\0';
        join(path, sizeof path, prefix, list);
        entry = entry_of(all, path, "list");
        if (field->each != NULL) {
            json_put(entry, "of", json_string(pointer), &all->failed);
            read_value(all, entry, field->each, names);
            if (list_source(all, field, names, way.source, sizeof way.source) != NULL)
                json_put(entry, "items", json_string(way.source), &all->failed);
            if (field->as != NULL)
                json_put(entry, "as", json_string(field->as), &all->failed);
        }
        way.names.source = json_get_text(entry, "items");
        way.names.name = json_get_text(entry, "as");
        seen = &way.names;
        join(path, sizeof path, prefix, field->to);
    }
    ways_add(all, path);
    if (field->each != NULL && end == NULL)
        walk_list(all, field, path, pointer, names);
    else
        walk_leaf(all, field, path, pointer, seen);
    entry = json_object_get(all->entries, path);
    if (json_array_append_new(json_object_get(entry, "fields"), json_string(pointer)) != 0)
        all->failed = true;
    if (field->when == NULL || field->each == NULL)
        return;
    read_value(all, entry, field->when, names);
}

static void walk_fields(struct targets *all, const struct map_field *fields, size_t count,
                        const char *prefix, const char *pointer, const struct map_names *names)
{
    char place[PLACE_BYTES];

    for (size_t i = 0; i < count; i++) {
        snprintf(place, sizeof place, "%s/fields/%zu", pointer, i);
        if (fields[i].to != NULL)
            walk_field(all, &fields[i], prefix, place, names);
    }
}

/* ---- The schema */

/* Is there a field that fills this place with something that is not looked into? */
static bool is_within_field(const struct targets *all, const char *path)
{
    char around[PATH_BYTES];

    join(around, sizeof around, path, "");
    while (around[0] != '\0') {
        json_t *entry;

        around[parent_size(around)] = '\0';
        entry = json_object_get(all->entries, around);
        if (entry != NULL && strcmp(json_get_text(entry, "state"), "field") == 0)
            return true;
        if (entry != NULL && strcmp(json_get_text(entry, "state"), "missing") == 0)
            return true;
    }
    return false;
}

static bool is_built(const struct targets *all, const char *path)
{
    char around[PATH_BYTES];

    join(around, sizeof around, path, "");
    around[parent_size(around)] = '\0';
    return around[0] == '\0' || json_object_get(all->ways, around) != NULL;
}

static void take_place(void *arg, const char *path, const struct schema_place *place)
{
    struct targets *all = arg;
    json_t *entry = json_object_get(all->entries, path);
    const bool way = json_object_get(all->ways, path) != NULL;
    char wants[120];

    if (entry == NULL && (way || is_within_field(all, path)))
        return;
    if (entry == NULL) {
        const char *state = "unmapped";
        bool missing = place->required && is_built(all, path);

        if (strlen(path) >= 2 && strcmp(path + strlen(path) - 2, "[]") == 0)
            return; /* the list itself is told */
        if (!is_built(all, path))
            return; /* an object that is not made needs no members */
        if (all->map->base != NULL)
            state = "base";
        else if (missing)
            state = "missing";
        entry = entry_of(all, path, state);
        if (missing && all->map->base == NULL)
            issue(all, entry, true, all->pointer,
                  "the target \"%.200s\" is required, and no field fills it", path);
    } else if (place->required && json_get_text(entry, "state")[0] == 'f' &&
               !json_is_true(json_object_get(entry, "always"))) {
        issue(all, entry, false,
              json_string_value(json_array_get(json_object_get(entry, "fields"), 0)),
              "the target \"%.200s\" is required, and every field for it has a condition", path);
    }
    json_put(entry, "required", json_boolean(place->required), &all->failed);
    json_put(entry, "wants", json_string(schema_types_text(place->types, wants, sizeof wants)),
             &all->failed);
    if (place->max_length >= 0)
        json_put(entry, "max_length", json_integer(place->max_length), &all->failed);
    if (place->choices != NULL)
        json_put(entry, "choices", json_incref((json_t *)place->choices), &all->failed);
    if (json_array_append(all->list, entry) != 0)
        all->failed = true;
    json_put(entry, "known", json_true(), &all->failed);
}

/* What the schema does not name stands behind what it does. */
static void take_rest(struct targets *all, json_t *entry, const char *path)
{
    const char *at = json_string_value(json_array_get(json_object_get(entry, "fields"), 0));
    struct schema_place place;

    if (all->map->schema != NULL && !json_is_true(json_object_get(entry, "known")) &&
        !schema_at(all->map->schema, path, &place)) {
        if (place.types == 0)
            issue(all, entry, true, at != NULL ? at : "",
                  "the target schema does not allow \"%.200s\"", path);
        else
            issue(all, entry, false, at != NULL ? at : "",
                  "the target schema does not know \"%.200s\"", path);
    }
    if (!json_is_true(json_object_get(entry, "known")) && json_array_append(all->list, entry) != 0)
        all->failed = true;
    json_object_del(entry, "known");
    json_object_del(entry, "items");
    json_object_del(entry, "as");
    json_object_del(entry, "of");
    json_object_del(entry, "always");
}

json_t *map_targets(const struct flow *flow, const struct map_config *map, const char *pointer)
{
    struct targets all = { .flow = flow,
                           .map = map,
                           .pointer = pointer,
                           .entries = json_object(),
                           .ways = json_object(),
                           .list = json_array() };
    const char *path;
    json_t *entry;

    all.failed = all.entries == NULL || all.ways == NULL || all.list == NULL;
    if (!all.failed)
        walk_fields(&all, map->fields.items, map->fields.count, "", pointer, NULL);
    if (!all.failed && map->schema != NULL)
        schema_walk(map->schema, MAP_TARGET_DEPTH, take_place, &all);
    json_object_foreach(all.entries, path, entry)
    {
        take_rest(&all, entry, path);
    }
    json_decref(all.entries);
    json_decref(all.ways);
    if (!all.failed)
        return all.list;
    json_decref(all.list);
    return NULL;
}

void map_targets_tell(struct flow_build *build, const json_t *targets)
{
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *issues = json_object_get(json_array_get(targets, i), "issues");

        for (size_t j = 0; j < json_array_size(issues); j++) {
            json_t *told = json_array_get(issues, j);
            const char *text = json_get_text(told, "text");

            if (strcmp(json_get_text(told, "severity"), "error") == 0)
                flow_build_fault(build, json_get_text(told, "at"), "%s", text);
            else
                flow_build_warn(build, json_get_text(told, "at"), "%s", text);
        }
    }
}
