/* field.c - from JSON to a config struct, by rows. */
#include "flow/field.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/field_priv.h"
#include "flow/flow_priv.h"

/* One member in work. */
struct member {
    struct flow_build *build;
    const struct field *row;
    json_t *json;
    const char *pointer;
    void *slot; /* where in the config its value goes */
};

static void member_wants(const struct member *member, const char *what)
{
    flow_build_fault(member->build, member->pointer, "\"%s\" must be %s, but here stands: %s",
                     member->row->name, what, json_kind(member->json));
}

/* The text that a row which takes no expression gets; NULL after a fault. "'=..." stands for
 * "=...". */
static const char *member_text(const struct member *member, const char *what)
{
    const char *text = json_text(member->json);
    size_t quotes;

    if (text == NULL) {
        member_wants(member, what);
        return NULL;
    }
    if (strlen(text) != json_string_length(member->json)) {
        flow_build_fault(member->build, member->pointer, "\"%s\" holds a NUL character",
                         member->row->name);
        return NULL;
    }
    if (text[0] == '=') {
        flow_build_fault(member->build, member->pointer,
                         "\"%s\" takes no expression; for a text that begins with \"=\" write "
                         "\"'=...\"",
                         member->row->name);
        return NULL;
    }
    quotes = strspn(text, "'");
    return quotes > 0 && text[quotes] == '=' ? text + 1 : text;
}

static void member_keep(const struct member *member, const char *text)
{
    size_t size = strlen(text);
    char *copy = mem_try(size + 1);

    if (copy == NULL) {
        flow_build_fault(member->build, member->pointer, "out of memory");
        return;
    }
    memcpy(copy, text, size + 1);
    *(const char **)member->slot = copy;
}

static void parse_text(const struct member *member)
{
    const char *text = member_text(member, "a text");

    if (text != NULL)
        member_keep(member, text);
}

/* The zone of a flow's own question: a constant, known when the flow is read. */
static void parse_zone(const struct member *member)
{
    static const char vars[] = "=vars.";
    const char *text = json_text(member->json), *name, *zone;

    if (text == NULL || strncmp(text, vars, strlen(vars)) != 0) {
        parse_text(member);
        return;
    }
    name = text + strlen(vars);
    zone = json_get_text(member->build->flow->vars, name);
    if (zone != NULL)
        member_keep(member, zone);
    else
        flow_build_fault(member->build, member->pointer,
                         "\"%.80s\" names no text of \"vars\": write the time zone that it is "
                         "there, or here one like \"America/New_York\"",
                         text);
}

static void parse_int(const struct member *member)
{
    const struct field *row = member->row;
    int64_t value;

    if (!json_is_integer(member->json)) {
        member_wants(member, "a whole number without quotes");
        return;
    }
    value = json_integer_value(member->json);
    if (row->max > row->min && (value < row->min || value > row->max)) {
        flow_build_fault(member->build, member->pointer,
                         "\"%s\" must be from %lld to %lld, but is %lld", row->name,
                         (long long)row->min, (long long)row->max, (long long)value);
        return;
    }
    *(int64_t *)member->slot = value;
}

static void parse_bool(const struct member *member)
{
    if (!json_is_boolean(member->json))
        member_wants(member, "true or false without quotes");
    else
        *(bool *)member->slot = json_is_true(member->json);
}

static void parse_ms(const struct member *member)
{
    const struct field *row = member->row;
    const char *text = member_text(member, "a duration like \"250ms\", \"5s\", \"10m\"");
    int64_t ms;

    if (text == NULL)
        return;
    ms = flow_duration(text);
    if (ms < 0) {
        flow_build_fault(member->build, member->pointer,
                         "\"%s\" is no duration: write a number and ms, s, m, h or d, like "
                         "\"250ms\", \"1.5s\", \"10m\", \"7d\"",
                         row->name);
        return;
    }
    if (row->max > row->min && (ms < row->min || ms > row->max)) {
        flow_build_fault(member->build, member->pointer,
                         "\"%s\" must be at %s %lldms, but is %lldms", row->name,
                         ms < row->min ? "least" : "most",
                         (long long)(ms < row->min ? row->min : row->max), (long long)ms);
        return;
    }
    *(int64_t *)member->slot = ms;
}

static void parse_choice(const struct member *member)
{
    const char *const *choices = member->row->choices;
    const char *text = member_text(member, "one of its choices as a text");
    size_t count = 0;

    check(choices != NULL);
    if (text == NULL)
        return;
    for (; choices[count] != NULL; count++)
        if (strcmp(choices[count], text) == 0) {
            *(int *)member->slot = (int)count;
            return;
        }
    flow__fault_unknown(&member->build->source, PLACE_VALUE, member->pointer, member->row->name,
                        text, choices, count);
}

static void parse_port(const struct member *member)
{
    const char *text = member_text(member, "the name of an exit as a text");

    if (text == NULL)
        return;
    flow_build_port(member->build, text, member->pointer);
    member_keep(member, text);
}

static void parse_path(const struct member *member)
{
    const char *text = member_text(member, "a path like \"customer.name\" or \"lines[].amount\"");
    const char *wrong = text != NULL ? field__path_fault(text) : NULL;

    if (text == NULL)
        return;
    if (wrong != NULL)
        flow_build_fault(member->build, member->pointer,
                         "\"%s\" is no path: %s; write for example \"customer.name\" or "
                         "\"lines[].amount\"",
                         member->row->name, wrong);
    else
        member_keep(member, text);
}

/* What stands here may be the secret itself: no message repeats it. */
static void parse_secret(const struct member *member)
{
    const char *text = json_text(member->json);
    const char *wrong = NULL;

    if (text == NULL)
        wrong = "it must be a text";
    else if (text[0] == '=')
        wrong = "it takes no expression";
    else if (strlen(text) != json_string_length(member->json))
        wrong = "it holds a NUL character";
    else
        wrong = field__secret_fault(text);
    if (wrong != NULL)
        flow_build_fault(member->build, member->pointer,
                         "\"%s\" is the name of a secret, never the secret: %s; keep the secret "
                         "in the vault or the environment and write its name here, like "
                         "\"paytrace_webhook\"",
                         member->row->name, wrong);
    else
        member_keep(member, text);
}

static void parse_script(const struct member *member)
{
    const char *text = json_text(member->json);

    if (text == NULL) {
        member_wants(member, "a Lua script as a text");
    } else if (text[0] == '=') {
        flow_build_fault(member->build, member->pointer,
                         "\"%s\" is a script, not an expression: write \"return ...\" instead of "
                         "\"=...\"",
                         member->row->name);
    } else {
        *(const struct flow_expression **)member->slot = flow_build_expression(
            member->build, true, false, text, json_string_length(member->json), member->pointer);
    }
}

static void parse_object(const struct member *member)
{
    const struct field *row = member->row;
    void *object;

    check(row->rows != NULL);
    check(row->size > 0);
    if (!json_is_object(member->json)) {
        member_wants(member, "an object");
        return;
    }
    object = mem_must(row->size);
    *(void **)member->slot = object;
    fields_parse(member->build, row->rows, member->json, member->pointer, object);
}

/* Whether the number of elements is allowed. */
static bool list_size_check(const struct member *member, size_t count)
{
    const struct field *row = member->row;
    int64_t max = row->max > row->min ? row->max : FLOW_LIST_MAX;

    if ((int64_t)count > max)
        flow_build_fault(member->build, member->pointer,
                         "\"%s\" has %zu elements, at most %lld are allowed", row->name, count,
                         (long long)max);
    else if ((int64_t)count < row->min)
        flow_build_fault(member->build, member->pointer,
                         "\"%s\" has %zu elements, at least %lld must be there", row->name, count,
                         (long long)row->min);
    else
        return true;
    return false;
}

static void parse_list(const struct member *member)
{
    const struct field *row = member->row;
    struct field_list *list = member->slot;
    size_t count = json_array_size(member->json);

    check(row->rows != NULL);
    check(row->size > 0);
    if (!json_is_array(member->json)) {
        member_wants(member, "a list");
        return;
    }
    if (!list_size_check(member, count) || count == 0)
        return;
    list->items = mem_try(count * row->size);
    if (list->items == NULL) {
        flow_build_fault(member->build, member->pointer, "out of memory");
        return;
    }
    memset(list->items, 0, count * row->size);
    for (; list->count < count; list->count++) {
        char *at = flow__pointer_at(member->pointer, list->count);

        fields_parse(member->build, row->rows, json_array_get(member->json, list->count), at,
                     (char *)list->items + list->count * row->size);
        mem_free(at);
    }
}

static void parse_member(const struct member *member)
{
    switch (member->row->kind) {
    case FIELD_TEXT:
        if (member->row->zone)
            parse_zone(member);
        else
            parse_text(member);
        break;
    case FIELD_INT:
        parse_int(member);
        break;
    case FIELD_BOOL:
        parse_bool(member);
        break;
    case FIELD_MS:
        parse_ms(member);
        break;
    case FIELD_CHOICE:
        parse_choice(member);
        break;
    case FIELD_PORT:
        parse_port(member);
        break;
    case FIELD_PATH:
        parse_path(member);
        break;
    case FIELD_SECRET:
        parse_secret(member);
        break;
    case FIELD_VALUE:
        *(struct value **)member->slot = value_new(member->build, member->json, member->pointer);
        break;
    case FIELD_SCRIPT:
        parse_script(member);
        break;
    case FIELD_JSON:
        *(json_t **)member->slot = json_incref(member->json);
        break;
    case FIELD_OBJECT:
        parse_object(member);
        break;
    case FIELD_LIST:
        parse_list(member);
        break;
    case FIELD_BODY:
        break; /* a level of the flow: flow__read_levels() has read it */
    case FIELD_END:
        check(!"a row of a kind");
    }
}

/* The member itself, or what stands for it when it is absent; a new reference,
 * or NULL for nothing. */
static json_t *member_json(struct flow_build *build, const struct field *row, const json_t *config,
                           const char *pointer)
{
    json_t *json = json_object_get(config, row->name);

    if (json != NULL)
        return json_incref(json);
    if (row->fallback != NULL) {
        json = field__fallback(row);
        if (json == NULL)
            flow_build_fault(build, pointer, "out of memory");
        return json;
    }
    if (row->required)
        flow_build_missing(build, pointer, row->name, "%s",
                           row->help != NULL ? row->help : "it must be there");
    return NULL;
}

static void unknown_check(struct flow_build *build, const struct field *rows, json_t *config,
                          const char *pointer)
{
    size_t count = 0;
    const char **names;
    const char *key;
    json_t *value;

    while (rows[count].kind != FIELD_END)
        count++;
    names = mem_must((count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = rows[i].name;
    json_object_foreach(config, key, value)
    {
        size_t at = 0;
        char *place;

        while (at < count && strcmp(names[at], key) != 0)
            at++;
        if (at < count)
            continue;
        place = flow__pointer(pointer, key);
        flow__fault_unknown(&build->source, PLACE_KEY, place, "member", key, names, count);
        mem_free(place);
    }
    mem_free(names);
}

void fields_parse(struct flow_build *build, const struct field *rows, json_t *config,
                  const char *pointer, void *into)
{
    check(rows == NULL || rows->kind == FIELD_END || into != NULL);
    check(pointer != NULL);
    if (config != NULL && !json_is_object(config)) {
        flow_build_fault(build, pointer, "an object must stand here, not: %s", json_kind(config));
        return;
    }
    for (const struct field *row = rows; row != NULL && row->kind != FIELD_END; row++) {
        const bool inside = build->inside;
        json_t *json = member_json(build, row, config, pointer);
        char *at;

        if (json == NULL)
            continue;
        at = flow__pointer(pointer, row->name);
        build->inside = inside || row->inside;
        parse_member(&(struct member){ build, row, json, at, (char *)into + row->offset });
        build->inside = inside;
        mem_free(at);
        json_decref(json);
    }
    if (config != NULL)
        unknown_check(build, rows != NULL ? rows : (const struct field[]){ FIELD_LAST }, config,
                      pointer);
}

static void list_release(const struct field *row, struct field_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        fields_release(row->rows, (char *)list->items + i * row->size);
    mem_free(list->items);
    *list = (struct field_list){ 0 };
}

static void member_release(const struct field *row, void *slot)
{
    switch (row->kind) {
    case FIELD_TEXT:
    case FIELD_PORT:
    case FIELD_PATH:
    case FIELD_SECRET:
        mem_free(*(char **)slot);
        *(char **)slot = NULL;
        break;
    case FIELD_VALUE:
        value_free(*(struct value **)slot);
        *(struct value **)slot = NULL;
        break;
    case FIELD_JSON:
        json_decref(*(json_t **)slot);
        *(json_t **)slot = NULL;
        break;
    case FIELD_OBJECT:
        if (*(void **)slot != NULL)
            fields_release(row->rows, *(void **)slot);
        mem_free(*(void **)slot);
        *(void **)slot = NULL;
        break;
    case FIELD_LIST:
        list_release(row, slot);
        break;
    default:
        break; /* nothing of its own; a script is the flow's */
    }
}

void fields_release(const struct field *rows, void *from)
{
    check(rows == NULL || rows->kind == FIELD_END || from != NULL);
    for (const struct field *row = rows; row != NULL && row->kind != FIELD_END; row++)
        member_release(row, (char *)from + row->offset);
}
