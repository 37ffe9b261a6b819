/* api_suggest.c - which source fits which target of a mapping: fields are collected from samples
 * and from the target's schema, the matcher (suggest.h) does the rest, and where a workspace has
 * one and a person wants it, a model (suggest_ask.h). */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/ask.h"
#include "designer-api/suggest.h"
#include "designer-api/suggest_ask.h"

#define FIELDS_DEPTH 12u

/* ---- Fields */

struct collected {
    char *path; /* whole: "trigger.body.lines[].sku" */
    size_t own; /* where that begins which says something: behind "trigger.body." */
    enum suggest_type type;
    unsigned length;
    const char *title;
    char **values;
    size_t count;
};
struct fields {
    struct collected *list;
    size_t count, room;
};

static struct collected *field_find(struct fields *fields, const char *path)
{
    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->list[i].path, path) == 0)
            return &fields->list[i];
    return NULL;
}

/* NULL: there are too many. */
static struct collected *field_add(struct fields *fields, const char *path)
{
    struct collected *field;

    if (fields->count == SUGGEST_FIELDS)
        return NULL;
    if (fields->count == fields->room) {
        fields->room = fields->room * 2 + 64;
        fields->list = mem_must_resize(fields->list, fields->room * sizeof *fields->list);
    }
    field = &fields->list[fields->count++];
    *field = (struct collected){ .path = mem_must_copy(path) };
    return field;
}

static void field_value(struct collected *field, const json_t *value)
{
    const char *text = json_is_exact(value) ? json_exact_text(value) : json_text(value);
    char number[32];

    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        text = number;
    }
    if (text == NULL || field->count == SUGGEST_VALUES)
        return;
    field->values = mem_must_resize(field->values, (field->count + 1) * sizeof *field->values);
    field->values[field->count++] = mem_must_copy(text);
}

static void fields_fini(struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        for (size_t j = 0; j < fields->list[i].count; j++)
            mem_free(fields->list[i].values[j]);
        mem_free(fields->list[i].values);
        mem_free(fields->list[i].path);
    }
    mem_free(fields->list);
}

static enum suggest_type value_type(const json_t *value)
{
    const char *text = json_text(value);

    if (text != NULL)
        return strlen(text) >= 10 && text[4] == '-' && text[7] == '-' &&
                       strspn(text, "0123456789") == 4
                   ? SUGGEST_DATE
                   : SUGGEST_TEXT;
    if (json_is_exact(value))
        return SUGGEST_NUMBER;
    return json_is_integer(value)   ? SUGGEST_INTEGER
           : json_is_boolean(value) ? SUGGEST_BOOLEAN
                                    : SUGGEST_ANY;
}

/* What says nothing of a field: how the event came. */
static size_t path_own(const char *path)
{
    static const char *const heads[] = { "trigger.body.", "trigger.", "input." };

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (strncmp(path, heads[i], strlen(heads[i])) == 0)
            return strlen(heads[i]);
    if (strncmp(path, "steps.", 6) == 0 && strchr(path + 6, '.') != NULL)
        return (size_t)(strchr(path + 6, '.') - path) + 1;
    return 0;
}

/* Every leaf of a sample is a field, or a further value of one. */
static void sample_collect(struct fields *fields, const json_t *value, struct buf *path,
                           unsigned depth)
{
    size_t before = path->len, i;
    struct collected *field;
    const char *key;
    json_t *member;

    if (depth > FIELDS_DEPTH || !buf_ok(path))
        return;
    json_object_foreach((json_t *)value, key, member)
    {
        buf_addf(path, "%s%s", before > 0 ? "." : "", key);
        sample_collect(fields, member, path, depth + 1);
        if (!buf_ok(path))
            return;
        path->len = before;
        if (before > 0)
            path->at[before] = '\0';
    }
    json_array_foreach(value, i, member)
    {
        buf_add_text(path, "[]");
        sample_collect(fields, member, path, depth + 1);
        if (!buf_ok(path))
            return;
        path->len = before;
    }
    if (json_is_object(value) || json_is_array(value) || before == 0)
        return;
    field = field_find(fields, buf_text(path));
    if (field == NULL && (field = field_add(fields, buf_text(path))) != NULL) {
        field->own = path_own(field->path);
        field->type = value_type(value);
    }
    if (field != NULL)
        field_value(field, value);
}

static void samples_collect(struct fields *fields, const json_t *samples)
{
    static const char *const parts[] = { "trigger", "steps", "input", "item" };
    struct buf path;
    json_t *sample;
    size_t i;

    buf_init(&path, LIMIT_PATH);
    json_array_foreach(samples, i, sample)
    {
        for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
            const json_t *value = json_object_get(sample, parts[part]);

            if (value == NULL)
                continue;
            buf_clear(&path);
            buf_add_text(&path, parts[part]);
            sample_collect(fields, value, &path, 0);
        }
    }
    buf_fini(&path);
}

/* ---- The target's schema */

static enum suggest_type schema_type_of(const json_t *schema)
{
    static const struct {
        const char *name;
        enum suggest_type type;
    } types[] = { { "string", SUGGEST_TEXT },     { "number", SUGGEST_NUMBER },
                  { "integer", SUGGEST_INTEGER }, { "boolean", SUGGEST_BOOLEAN },
                  { "object", SUGGEST_OBJECT },   { "array", SUGGEST_LIST } };
    json_t *type = json_object_get(schema, "type");
    const char *name = json_is_array(type) ? json_text(json_array_get(type, 0)) : json_text(type),
               *format = json_get_text(schema, "format");

    if (format != NULL && strncmp(format, "date", 4) == 0)
        return SUGGEST_DATE;
    for (size_t i = 0; name != NULL && i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    return SUGGEST_ANY;
}

static void schema_collect(struct fields *fields, const json_t *schema, struct buf *path,
                           unsigned depth)
{
    const json_t *properties = json_object_get(schema, "properties"),
                 *items = json_object_get(schema, "items");
    size_t before = path->len;
    struct collected *field;
    const char *key;
    json_t *member;

    if (depth > FIELDS_DEPTH || !buf_ok(path))
        return;
    json_object_foreach((json_t *)properties, key, member)
    {
        buf_addf(path, "%s%s", before > 0 ? "." : "", key);
        schema_collect(fields, member, path, depth + 1);
        if (!buf_ok(path))
            return;
        path->len = before;
        path->at[before] = '\0';
    }
    if (json_is_object(items)) {
        buf_add_text(path, "[]");
        schema_collect(fields, items, path, depth + 1);
        if (buf_ok(path))
            path->len = before;
        return;
    }
    if (properties != NULL || before == 0 || (field = field_add(fields, buf_text(path))) == NULL)
        return;
    field->type = schema_type_of(schema);
    field->length = (unsigned)json_get_int(schema, "maxLength", 0);
    field->title = json_get_text(schema, "title");
}

/* Values that targets had in samples. */
static void targets_collect(struct fields *targets, const json_t *samples)
{
    struct fields seen = { .count = 0 };
    struct buf path;
    json_t *sample;
    size_t i;

    buf_init(&path, LIMIT_PATH);
    json_array_foreach(samples, i, sample)
    {
        buf_clear(&path);
        sample_collect(&seen, sample, &path, 0);
    }
    buf_fini(&path);
    for (i = 0; i < seen.count; i++) {
        struct collected *target = field_find(targets, seen.list[i].path);

        if (target == NULL || target->values != NULL)
            continue;
        target->values = seen.list[i].values;
        target->count = seen.list[i].count;
        seen.list[i].values = NULL;
        seen.list[i].count = 0;
    }
    fields_fini(&seen);
}

/* ---- The answer */

/* whole: their paths as a mapping writes them. */
static struct suggest_field *fields_given(const struct fields *fields, bool whole)
{
    struct suggest_field *given = mem_must((fields->count + 1) * sizeof *given);

    for (size_t i = 0; i < fields->count; i++) {
        const struct collected *field = &fields->list[i];

        given[i] = (struct suggest_field){ .path = field->path + (whole ? 0 : field->own),
                                           .type = field->type,
                                           .length = field->length,
                                           .title = field->title,
                                           .values = (const char *const *)field->values,
                                           .value_count = field->count };
    }
    return given;
}

static bool is_mapped(const json_t *mapped, const char *path)
{
    json_t *one;
    size_t i;

    json_array_foreach(mapped, i, one)
    {
        if (strcmp(json_text(one), path) == 0)
            return true;
    }
    return false;
}

static json_t *suggestion_json(const struct suggestion *s, const char *from, const char *to)
{
    bool plain = s->how == SUGGEST_COPY && strchr(from, '[') == NULL;
    char score[16];
    json_t *json = json_pack("{s:s, s:s, s:s, s:[s], s:s, s:b}", "to", to, "from", from, "how",
                             suggest_how_name(s->how), "reasons", s->reason, "detail", s->detail,
                             "chosen", s->chosen);

    check(json != NULL);
    snprintf(score, sizeof score, "%.3f", s->score);
    json_object_set_new(json, "score", json_exact_new(score, strlen(score)));
    if (plain)
        json_object_set_new(json, "expression", json_sprintf("=%s", from));
    return json;
}

/* Those with a score of at least `least`; NULL: what is proposed, and its rivals that are as good.
 */
static json_t *suggestions_json(const struct suggestions *found, const struct fields *sources,
                                const struct fields *targets, const json_t *mapped,
                                const char *least)
{
    json_t *items = json_array();

    for (size_t i = 0; i < found->count; i++) {
        const struct suggestion *s = &found->list[i];
        const char *to = targets->list[s->target].path;
        bool good = least != NULL ? s->score >= strtod(least, NULL)
                                  : s->chosen || s->score >= SUGGEST_LEAST;

        if (good && !is_mapped(mapped, to))
            json_array_append_new(items, suggestion_json(s, sources->list[s->source].path, to));
    }
    return items;
}

/* Rejected before. */
static struct suggest_known *known_given(const json_t *rejected)
{
    struct suggest_known *known = mem_must((json_array_size(rejected) + 1) * sizeof *known);
    json_t *one;
    size_t i;

    json_array_foreach(rejected, i, one)
    {
        const char *from = json_get_text(one, "from"), *to = json_get_text(one, "to");

        from = from != NULL ? from : "";
        known[i] = (struct suggest_known){ from + path_own(from), to != NULL ? to : "", -1 };
    }
    return known;
}

static void suggestions_answer(struct ask *ask, const struct suggestions *found,
                               const struct fields *sources, const struct fields *targets)
{
    const json_t *mapped = json_object_get(ask->body, "mapped"),
                 *least = json_object_get(ask->body, "least");
    const char *digits = json_is_exact(least) ? json_exact_text(least) : NULL;
    struct suggest_field *from = fields_given(sources, true), *to = fields_given(targets, true);
    const struct suggest_sides sides = { .sources = from,
                                         .source_count = sources->count,
                                         .targets = to,
                                         .target_count = targets->count,
                                         .mapped = mapped };

    suggest_answer(ask, suggestions_json(found, sources, targets, mapped, digits), &sides);
    mem_free(from);
    mem_free(to);
}

static void mapping_suggest(struct ask *ask)
{
    const json_t *rejected = json_object_get(ask->body, "rejected");
    struct fields sources = { .count = 0 }, targets = { .count = 0 };
    struct suggest_field *from, *to;
    struct suggest_known *known = known_given(rejected);
    struct suggestions found = { .count = 0 };
    struct buf path;
    struct err e;

    buf_init(&path, LIMIT_PATH);
    schema_collect(&targets, json_object_get(ask->body, "target"), &path, 0);
    buf_fini(&path);
    targets_collect(&targets, json_object_get(ask->body, "targets"));
    samples_collect(&sources, json_object_get(ask->body, "sources"));
    from = fields_given(&sources, false);
    to = fields_given(&targets, false);
    if (suggest_fields(from, sources.count, to, targets.count, known, json_array_size(rejected),
                       &found, &e) == ERR_OK) {
        suggestions_answer(ask, &found, &sources, &targets);
        suggestions_fini(&found);
    } else {
        ask_refuse(ask, &e);
    }
    mem_free(from);
    mem_free(to);
    mem_free(known);
    fields_fini(&sources);
    fields_fini(&targets);
}

const struct ask_bind suggest_binds[] = {
    { "suggestMapping", mapping_suggest },
    { NULL, NULL },
};
