/* map_plan.c - makes the plan of a mapping from its fields.
 *
 * (1) A target is a way through objects, made once however many fields lead through them, to one
 * place. (2) A place is filled by one field, or by several of which all but the last have a
 * condition. (3) "lines[].amount" leads into the element of a list that this field or an earlier
 * one makes; {"to": "lines", "each": ..., "fields": [...]} is the same written as a whole. */
#include "nodes/transform/map_fields.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/plan_convert.h"

static void map_fault(struct flow_build *build, const char *pointer, const char *member,
                      const char *text, const char *to)
{
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s%s%s", pointer, *member != '\0' ? "/" : "", member);
    flow_build_fault(build, place, text, to);
}

/* ---- Values */

static struct plan_node *node_of(const struct value *value)
{
    struct plan_node *node;

    if (value == NULL)
        return NULL;
    node = plan_node_new();
    value_plan(value, node);
    return node;
}

/* A literal is converted now; what cannot be is a fault. */
static void map_convert(struct flow_build *build, struct plan_node *node, enum plan_convert convert,
                        const char *pointer, const char *member)
{
    json_t *converted;
    struct err e;

    if (node == NULL || node->kind != PLAN_LITERAL || convert == PLAN_CONVERT_NONE)
        return;
    converted = plan_convert(node->literal, convert, &e);
    if (converted == NULL) {
        map_fault(build, pointer, member, "%s", e.text);
        return;
    }
    json_decref(node->literal);
    node->literal = converted;
}

/* `from` with its conversion, into a node that is empty but for its key. */
static void map_from(struct flow_build *build, struct plan_node *node,
                     const struct map_field *field, const char *pointer)
{
    node->convert = (enum plan_convert)field->convert;
    if (field->from == NULL) {
        flow_build_missing(build, pointer, "from", "what \"%.80s\" is filled with", field->to);
        return;
    }
    value_plan(field->from, node);
    map_convert(build, node, node->convert, pointer, "from");
    if (node->kind == PLAN_LITERAL)
        node->convert = PLAN_CONVERT_NONE;
}

/* ---- Lists */

static const char *const words[] = {
    "and",   "break", "do",    "else",  "elseif",  "end",   "false",  "for",    "function", "goto",
    "if",    "in",    "local", "nil",   "not",     "or",    "repeat", "return", "then",     "true",
    "until", "while", "item",  "index", "trigger", "steps", "input",  "vars",   "env",      "run",
};

static bool name_fits(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    size_t size = strlen(name);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0)
            return false;
    return size > 0 && size + 6 <= LIMIT_ID && strchr(letters, name[0]) != NULL &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == size;
}

/* What goes through the list; the element is left to the caller. */
static struct plan_each *map_each(struct flow_build *build, const struct map_field *field,
                                  const char *pointer)
{
    struct plan_each *each = plan_each_new();
    const struct map_sort *sorts = field->sort.items;

    value_plan(field->each, &each->list);
    if (each->list.kind == PLAN_LITERAL && !json_is_array(each->list.literal))
        map_fault(build, pointer, "each", "\"each\" must be a list, but here stands: %s",
                  json_kind(each->list.literal));
    if (field->as != NULL && !name_fits(field->as))
        map_fault(build, pointer, "as",
                  "\"%.64s\" cannot name the item: a letter, then letters, digits and \"_\", and "
                  "no word of Lua or of the rules",
                  field->as);
    each->name = mem_must_copy(field->as);
    each->where = node_of(field->where);
    each->group = node_of(field->group);
    if (field->sort.count > 0)
        each->sorts = mem_must(field->sort.count * sizeof *each->sorts);
    for (; each->sort_count < field->sort.count; each->sort_count++) {
        value_plan(sorts[each->sort_count].by, &each->sorts[each->sort_count].by);
        each->sorts[each->sort_count].descending = sorts[each->sort_count].descending;
    }
    return each;
}

static void map_object(struct plan_node *node)
{
    node->kind = PLAN_OBJECT;
    node->keeps = true;
    node->open = true;
}

static void map_fill(struct flow_build *build, struct plan_node *object,
                     const struct map_field *field, const char *pointer);

/* {"to", "each", "fields" or "from"} into a node that is empty but for its key. */
static void map_list(struct flow_build *build, struct plan_node *node,
                     const struct map_field *field, const char *pointer)
{
    char place[PLACE_BYTES];

    node->kind = PLAN_EACH;
    node->each = map_each(build, field, pointer);
    if ((field->from != NULL) == (field->fields != NULL)) {
        map_fault(build, pointer, "",
                  "the list \"%.80s\" needs either \"fields\", what an element consists of, or "
                  "\"from\", what it is",
                  field->to);
    } else if (field->from != NULL) {
        map_from(build, &node->each->element, field, pointer);
    } else {
        map_object(&node->each->element);
        for (size_t i = 0; i < field->inner_count; i++) {
            snprintf(place, sizeof place, "%s/fields/%zu", pointer, i);
            if (field->inner[i].to != NULL)
                map_fill(build, &node->each->element, &field->inner[i], place);
        }
    }
}

/* ---- Targets */

/* One name of a target. */
struct map_name {
    char text[2048]; /* a FIELD_PATH has at most 1024 bytes */
    bool list;       /* "[]" stands behind it */
};

/* Reads the name at `at`; returns where the rest begins, NULL at the end. "\." is a dot. */
static const char *name_next(const char *at, struct map_name *name)
{
    size_t size = 0;

    for (; *at != '\0' && *at != '.'; at++) {
        if (at[0] == '\\' && at[1] == '.')
            at++;
        check(size + 1 < sizeof name->text);
        name->text[size++] = *at;
    }
    name->list = size > 2 && memcmp(name->text + size - 2, "[]", 2) == 0;
    name->text[name->list ? size - 2 : size] = '\0';
    return *at == '.' ? at + 1 : NULL;
}

static struct plan_node *part_find(struct plan_node *object, const char *name)
{
    for (size_t i = 0; i < object->count; i++)
        if (strcmp(object->parts[i].key, name) == 0)
            return &object->parts[i];
    return NULL;
}

/* Whether another "[]" follows: the list at hand is then one that an earlier field made. */
static bool has_list(const char *rest)
{
    return rest != NULL && strstr(rest, "[]") != NULL;
}

/* The element that a name with "[]" leads into; NULL: a fault was told. */
static struct plan_node *way_list(struct flow_build *build, struct plan_node *object,
                                  const struct map_name *name, const char *rest,
                                  const struct map_field *field, const char *pointer)
{
    struct plan_node *part = part_find(object, name->text);

    if (part != NULL && part->kind == PLAN_EACH && part->each->element.open) {
        if (field->each != NULL && !has_list(rest)) {
            map_fault(
                build, pointer, "each",
                "an earlier field has made the list that \"%.80s\" leads into: leave \"each\" "
                "out",
                field->to);
            return NULL;
        }
        return &part->each->element;
    }
    if (part != NULL || field->each == NULL || has_list(rest)) {
        map_fault(build, pointer, "to",
                  part != NULL
                      ? "the target \"%.80s\" leads into what an earlier field fills otherwise"
                      : "no earlier field makes the list that \"%.80s\" leads into: say what it is "
                        "made from with \"each\"",
                  field->to);
        return NULL;
    }
    part = plan_part_add(object, name->text);
    part->kind = PLAN_EACH;
    part->each = map_each(build, field, pointer);
    map_object(&part->each->element);
    return &part->each->element;
}

/* The object that a name leads into; NULL: a fault was told. */
static struct plan_node *way_object(struct flow_build *build, struct plan_node *object,
                                    const struct map_name *name, const struct map_field *field,
                                    const char *pointer)
{
    struct plan_node *part = part_find(object, name->text);

    if (part == NULL) {
        part = plan_part_add(object, name->text);
        part->kind = PLAN_OBJECT;
        part->open = true;
    }
    if (part->kind == PLAN_OBJECT && part->open)
        return part;
    map_fault(
        build, pointer, "to",
        "the target \"%.80s\" and that of an earlier field exclude each other: one is part of "
        "the other",
        field->to);
    return NULL;
}

/* The node that the field fills: a new part, or an alternative to what fills it already. */
static struct plan_node *place_new(struct flow_build *build, struct plan_node *object,
                                   const char *name, const struct map_field *field,
                                   const char *pointer)
{
    struct plan_node *part = part_find(object, name);

    if (part == NULL)
        return plan_part_add(object, name);
    if (part->open) {
        map_fault(build, pointer, "to",
                  "the target \"%.80s\" and that of an earlier field exclude each other: one is "
                  "part of the other",
                  field->to);
        return NULL;
    }
    while (part->next != NULL)
        part = part->next;
    if (part->when == NULL) {
        map_fault(build, pointer, "to",
                  "the target \"%.80s\" is filled by an earlier field already, which has no "
                  "\"when\"",
                  field->to);
        return NULL;
    }
    part->next = plan_node_new();
    return part->next;
}

static void map_check(struct flow_build *build, const struct map_field *field, const char *pointer)
{
    if (field->each != NULL)
        return;
    if (field->as != NULL || field->where != NULL || field->group != NULL ||
        field->sort.count > 0 || field->fields != NULL)
        map_fault(build, pointer, "",
                  "\"as\", \"where\", \"sort\", \"group\" and \"fields\" belong to \"each\", which "
                  "\"%.80s\" has not",
                  field->to);
}

static void map_fill(struct flow_build *build, struct plan_node *object,
                     const struct map_field *field, const char *pointer)
{
    struct map_name name;
    struct plan_node *node;
    const char *rest = name_next(field->to, &name);
    bool through = false; /* the list of `each` is on the way */

    map_check(build, field, pointer);
    for (; object != NULL && rest != NULL; rest = name_next(rest, &name)) {
        through = through || (name.list && !has_list(rest));
        object = name.list ? way_list(build, object, &name, rest, field, pointer)
                           : way_object(build, object, &name, field, pointer);
    }
    if (object == NULL)
        return;
    if (name.list && field->each == NULL) {
        map_fault(build, pointer, "to", "the list \"%.80s\" needs \"each\": what it is made from",
                  field->to);
        return;
    }
    node = place_new(build, object, name.text, field, pointer);
    if (node == NULL)
        return;
    if (field->each != NULL && !through)
        map_list(build, node, field, pointer);
    else if (through && field->fields != NULL)
        map_fault(build, pointer, "fields",
                  "\"%.80s\" is one member of the elements: give \"from\"", field->to);
    else
        map_from(build, node, field, pointer);
    node->when = node_of(field->when);
    node->fallback = node_of(field->fallback);
    map_convert(build, node->fallback, (enum plan_convert)field->convert, pointer, "default");
}

struct plan *map_plan_new(struct flow_build *build, const struct map_config *config,
                          const char *pointer)
{
    const struct map_field *fields = config->fields.items;
    struct plan *plan = plan_new();
    char place[PLACE_BYTES];

    plan->base = node_of(config->base);
    if (plan->base != NULL && plan->base->kind == PLAN_LITERAL &&
        !json_is_object(plan->base->literal))
        map_fault(build, pointer, "base", "\"base\" must be an object, but here stands: %s",
                  json_kind(plan->base->literal));
    for (size_t i = 0; i < config->fields.count; i++) {
        snprintf(place, sizeof place, "%s/fields/%zu", pointer, i);
        if (fields[i].to != NULL)
            map_fill(build, &plan->root, &fields[i], place);
    }
    return plan;
}
