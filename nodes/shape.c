/* shape.c - the part of JSON Schema that says what an action takes: checking values. */
#include "nodes/shape.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/shape_priv.h"

/* What a check carries down: the place, and whom to tell. */
struct match {
    struct buf pointer;
    bool definition;
    shape_problem_fn *problem;
    void *arg;
};

static void match_value(struct match *match, const json_t *schema, const json_t *value);

static void match_tell(struct match *match, const char *fmt, ...) PRINTF(2, 3);
static void match_tell(struct match *match, const char *fmt, ...)
{
    char text[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    match->problem(match->arg, buf_text(&match->pointer), text);
}

/* How a message names what is looked at: "amount", "lines/0/amount". */
static const char *match_name(const struct match *match)
{
    return match->pointer.len > 0 ? buf_text(&match->pointer) + 1 : "input";
}

/* A member that is wrong as such: "lines/0/amount is missing". */
static void match_tell_member(struct match *match, const char *name, const char *wrong)
{
    const char *within = match->pointer.len > 0 ? buf_text(&match->pointer) + 1 : "";

    match_tell(match, "\"%s%s%.80s\" %s", within, *within != '\0' ? "/" : "", name, wrong);
}

/* The pointer grows by a key for the call and shrinks again. */
static void match_member(struct match *match, const json_t *schema, const json_t *value,
                         const char *name)
{
    size_t size = match->pointer.len;

    json_pointer_add(&match->pointer, name);
    match_value(match, schema, value);
    if (buf_ok(&match->pointer)) {
        match->pointer.len = size;
        match->pointer.at[size] = '\0';
    }
}

/* ---- Formats */

static bool digits_at(const char *text, size_t from, size_t count)
{
    return strspn(text + from, "0123456789") >= count;
}

static int number_at(const char *text, size_t from)
{
    return (text[from] - '0') * 10 + (text[from + 1] - '0');
}

static bool format_date(const char *text, size_t size)
{
    static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year, month, day;
    bool leap;

    if (size != 10 || !digits_at(text, 0, 4) || text[4] != '-' || !digits_at(text, 5, 2) ||
        text[7] != '-' || !digits_at(text, 8, 2))
        return false;
    year = number_at(text, 0) * 100 + number_at(text, 2);
    month = number_at(text, 5);
    day = number_at(text, 8);
    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
           (month != 2 || day != 29 || leap);
}

/* RFC 3339: 2026-11-21T09:03:03Z, with a fraction, with an offset. */
static bool format_date_time(const char *text, size_t size)
{
    char date[11];
    size_t at = 19;

    if (size < 20)
        return false;
    memcpy(date, text, 10);
    date[10] = '\0';
    if (!format_date(date, 10) || (text[10] != 'T' && text[10] != 't') || !digits_at(text, 11, 2) ||
        text[13] != ':' || !digits_at(text, 14, 2) || text[16] != ':' || !digits_at(text, 17, 2) ||
        number_at(text, 11) > 23 || number_at(text, 14) > 59 || number_at(text, 17) > 60)
        return false;
    if (text[at] == '.') {
        size_t fraction = strspn(text + at + 1, "0123456789");

        if (fraction == 0)
            return false;
        at += 1 + fraction;
    }
    if (text[at] == 'Z' || text[at] == 'z')
        return at + 1 == size;
    return (text[at] == '+' || text[at] == '-') && size == at + 6 && digits_at(text, at + 1, 2) &&
           text[at + 3] == ':' && digits_at(text, at + 4, 2) && number_at(text, at + 1) <= 23 &&
           number_at(text, at + 4) <= 59;
}

static bool format_uuid(const char *text, size_t size)
{
    if (size != 36)
        return false;
    for (size_t i = 0; i < size; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL)
            return false;
    }
    return true;
}

bool shape__format_known(const char *format)
{
    return strcmp(format, "uuid") == 0 || strcmp(format, "date") == 0 ||
           strcmp(format, "date-time") == 0;
}

static bool format_fits(const char *format, const char *text, size_t size)
{
    if (strlen(text) != size)
        return false;
    if (strcmp(format, "uuid") == 0)
        return format_uuid(text, size);
    if (strcmp(format, "date") == 0)
        return format_date(text, size);
    return format_date_time(text, size);
}

/* ---- Types */

static bool type_fits(const char *type, const json_t *value)
{
    if (strcmp(type, "string") == 0)
        return json_is_text(value);
    if (strcmp(type, "integer") == 0)
        return json_is_integer(value);
    if (strcmp(type, "number") == 0)
        return json_is_number(value) || json_is_exact(value);
    if (strcmp(type, "boolean") == 0)
        return json_is_boolean(value);
    if (strcmp(type, "object") == 0)
        return json_is_object(value);
    if (strcmp(type, "array") == 0)
        return json_is_array(value);
    return json_is_null(value);
}

static bool types_fit(const json_t *types, const json_t *value)
{
    json_t *type;
    size_t i;

    if (types == NULL)
        return true;
    if (!json_is_array(types))
        return type_fits(json_text(types), value);
    json_array_foreach(types, i, type)
    {
        if (type_fits(json_text(type), value))
            return true;
    }
    return false;
}

void shape_type_text(const json_t *schema, char *text, size_t room)
{
    const json_t *types = json_object_get(schema, "type");
    size_t used = 0, count = json_is_array(types) ? json_array_size(types) : types != NULL;

    check(room > 0);
    snprintf(text, room, "any");
    for (size_t i = 0; i < count && used < room; i++) {
        const char *name = json_text(json_is_array(types) ? json_array_get(types, i) : types);
        const char *people = strcmp(name, "string") == 0    ? "text"
                             : strcmp(name, "integer") == 0 ? "whole number"
                                                            : name;
        int size = snprintf(text + used, room - used, "%s%s", i > 0 ? " or " : "", people);

        used += size > 0 ? (size_t)size : 0;
    }
}

/* ---- Values */

static size_t characters(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static void match_text(struct match *match, const json_t *schema, const json_t *value)
{
    const char *name = match_name(match);
    const char *text = json_text(value);
    const char *format = json_get_text(schema, "format");
    size_t count = characters(text, json_string_length(value));
    int64_t least = json_get_int(schema, "minLength", 0);
    int64_t most = json_get_int(schema, "maxLength", INT64_MAX);

    if ((int64_t)count > most)
        match_tell(match, "\"%s\" has %zu characters, at most %lld are allowed", name, count,
                   (long long)most);
    if ((int64_t)count < least)
        match_tell(match, count == 0 ? "\"%s\" is empty" : "\"%s\" is too short", name);
    if (format != NULL && !format_fits(format, text, json_string_length(value)))
        match_tell(match, "\"%s\" must be %s", name,
                   strcmp(format, "uuid") == 0   ? "an id like 1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10"
                   : strcmp(format, "date") == 0 ? "a date like 2026-11-21"
                                                 : "a moment like 2026-11-21T09:03:03Z");
}

bool shape__decimal(const json_t *number, struct decimal *d)
{
    char *text = json_text_new(number, LIMIT_JSON_NUMBER + 1, NULL);
    struct err e;
    bool good = text != NULL && decimal_parse(d, text, strlen(text), &e) == ERR_OK;

    mem_free(text);
    return good;
}

static void match_bound(struct match *match, const json_t *schema, const char *keyword, int wrong,
                        bool equal_wrong, const struct decimal *value)
{
    static const char *const texts[] = { "must be at least", "", "must be at most" };
    const json_t *bound = json_object_get(schema, keyword);
    char text[DECIMAL_TEXT];
    struct decimal limit;
    int order;

    if (bound == NULL || !shape__decimal(bound, &limit))
        return;
    order = decimal_compare(value, &limit);
    if (order != wrong && !(equal_wrong && order == 0))
        return;
    decimal_text(&limit, text);
    match_tell(match, "\"%s\" %s %s", match_name(match),
               equal_wrong ? "must be greater than" : texts[wrong + 1], text);
}

static void match_number(struct match *match, const json_t *schema, const json_t *value)
{
    struct decimal d;

    if (!shape__decimal(value, &d)) {
        match_tell(match, "\"%s\" has more digits than can be sent exactly", match_name(match));
        return;
    }
    match_bound(match, schema, "minimum", -1, false, &d);
    match_bound(match, schema, "exclusiveMinimum", -1, true, &d);
    match_bound(match, schema, "maximum", 1, false, &d);
}

static void match_object(struct match *match, const json_t *schema, const json_t *value)
{
    json_t *properties = json_object_get(schema, "properties");
    bool open = json_is_true(json_object_get(schema, "additionalProperties"));
    const char *name;
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(schema, "required"), i, item)
    {
        if (json_object_get(value, json_text(item)) == NULL &&
            json_object_get(json_object_get(properties, json_text(item)), "default") == NULL)
            match_tell_member(match, json_text(item), "is missing");
    }
    json_object_foreach((json_t *)value, name, item)
    {
        json_t *member = json_object_get(properties, name);

        if (member != NULL)
            match_member(match, member, item, name);
        else if (!open)
            match_tell_member(match, name, "is not one of its members");
    }
}

static void match_array(struct match *match, const json_t *schema, const json_t *value)
{
    const json_t *items = json_object_get(schema, "items");
    json_t *item;
    size_t i;

    if (items == NULL)
        return;
    json_array_foreach((json_t *)value, i, item)
    {
        char name[24];

        snprintf(name, sizeof name, "%zu", i);
        match_member(match, items, item, name);
    }
}

static void match_enum(struct match *match, const json_t *choices, const json_t *value)
{
    struct buf list;
    json_t *item;
    size_t i;

    buf_init(&list, 4 * KIB);
    json_array_foreach((json_t *)choices, i, item)
    {
        if (json_same(item, value)) {
            buf_fini(&list);
            return;
        }
        if (i > 0)
            buf_add_text(&list, ", ");
        json_write(&list, item);
    }
    match_tell(match, "\"%s\" must be one of %s", match_name(match), buf_text(&list));
    buf_fini(&list);
}

static void match_value(struct match *match, const json_t *schema, const json_t *value)
{
    const char *name = match_name(match);
    const json_t *choices = json_object_get(schema, "enum");
    const char *text = json_text(value);
    char types[80];

    if (match->definition && text != NULL && text[0] == '=')
        return;
    if (!types_fit(json_object_get(schema, "type"), value)) {
        shape_type_text(schema, types, sizeof types);
        match_tell(match, "\"%s\" must be: %s, but is: %s", name, types, json_kind(value));
        return;
    }
    if (choices != NULL)
        match_enum(match, choices, value);
    if (text != NULL)
        match_text(match, schema, value);
    else if (json_is_number(value) || json_is_exact(value))
        match_number(match, schema, value);
    else if (json_is_object(value))
        match_object(match, schema, value);
    else if (json_is_array(value))
        match_array(match, schema, value);
}

void shape_match(const json_t *schema, const json_t *value, bool definition,
                 shape_problem_fn *problem, void *arg)
{
    struct match match = { .definition = definition, .problem = problem, .arg = arg };

    check(problem != NULL);
    buf_init(&match.pointer, LIMIT_JSON_DEPTH * (2 * LIMIT_JSON_KEY + 2));
    match_value(&match, schema, value);
    buf_fini(&match.pointer);
}

json_t *shape_complete(const json_t *schema, json_t *value)
{
    json_t *properties = json_object_get(schema, "properties");
    json_t *complete = json_copy(value);
    bool failed = complete == NULL;
    const char *name;
    json_t *member;

    check(json_is_object(value));
    json_object_foreach(properties, name, member)
    {
        json_t *usual = json_object_get(member, "default");

        if (usual != NULL && json_object_get(value, name) == NULL)
            json_put(complete, name, json_incref(usual), &failed);
    }
    if (!failed)
        return complete;
    json_decref(complete);
    return NULL;
}

json_t *shape_find(const json_t *schema, const char *path)
{
    json_t *at = (json_t *)schema;

    check(path != NULL);
    while (at != NULL && path != NULL) {
        const char *dot = strchr(path, '.');
        size_t size = dot != NULL ? (size_t)(dot - path) : strlen(path);
        char name[256];

        if (size >= sizeof name)
            return NULL;
        memcpy(name, path, size);
        name[size] = '\0';
        at = json_object_get(json_object_get(at, "properties"), name);
        path = dot != NULL ? dot + 1 : NULL;
    }
    return at;
}

bool shape_has(const json_t *schema, const char *name)
{
    json_t *property = json_object_get(json_object_get(schema, "properties"), name);
    json_t *item;
    size_t i;

    if (json_object_get(property, "default") != NULL)
        return true;
    json_array_foreach(json_object_get(schema, "required"), i, item)
    {
        if (json_text(item) != NULL && strcmp(json_text(item), name) == 0)
            return true;
    }
    return false;
}
