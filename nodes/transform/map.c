/* map.c - builds an object, field by field.
 *
 * The targets ("customer.name") are compiled to a tree of members, so that building is one walk:
 * each object is made once, however many fields it has. What is nil leaves its field out, and an
 * object of which every field was left out is left out too. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "flow/node.h"
#include "nodes/definition.h"

#define MAP_FIELDS 1000 /* the widest real target, a sales order, has 340 */

struct map_field {
    const char *to;
    struct value *from;
};
struct map_member {
    char *name;   /* NULL: the output itself */
    size_t value; /* index into map_config.values; SIZE_MAX: an object of parts */
    struct map_member *parts;
    size_t count;
};
struct map_config {
    struct field_list fields; /* of struct map_field */
    struct value *base;
    struct map_member root;
    struct value **values; /* base, then the fields' in order */
};

static const struct field field_fields[] = {
    { .kind = FIELD_PATH,
      .name = "to",
      .offset = offsetof(struct map_field, to),
      .required = true,
      .help =
          "The target: a name, or names with dots between them for objects in objects. A dot that "
          "belongs to a name is written \"\\.\".",
      .example = "\"customer.name\"" },
    { .kind = FIELD_VALUE,
      .name = "from",
      .offset = offsetof(struct map_field, from),
      .required = true,
      .help = "A literal or an expression. nil leaves the field out.",
      .example = "\"=decimal(trigger.body.amount):round(2)\"" },
    FIELD_LAST,
};
static const struct field map_fields[] = {
    { .kind = FIELD_LIST,
      .name = "fields",
      .offset = offsetof(struct map_config, fields),
      .required = true,
      .min = 1,
      .max = MAP_FIELDS,
      .rows = field_fields,
      .size = sizeof(struct map_field),
      .help = "What the output consists of." },
    { .kind = FIELD_VALUE,
      .name = "base",
      .offset = offsetof(struct map_config, base),
      .help = "An object to start from; the fields are added to it or replace its own.",
      .example = "\"=steps.entry\"" },
    FIELD_LAST,
};

/* ---- Compile */

/* The next name of a path into `name`; returns where the rest begins, NULL at the end. "\." is a
 * dot. */
static const char *map_path_next(const char *at, char *name, size_t room)
{
    size_t size = 0;

    for (; *at != '\0' && *at != '.'; at++) {
        if (at[0] == '\\' && at[1] == '.')
            at++;
        check(size + 1 < room);
        name[size++] = *at;
    }
    name[size] = '\0';
    return *at == '.' ? at + 1 : NULL;
}

static struct map_member *map_part(struct map_member *member, const char *name)
{
    for (size_t i = 0; i < member->count; i++)
        if (strcmp(member->parts[i].name, name) == 0)
            return &member->parts[i];
    return NULL;
}

/* Room grows by powers of two, so it is full when the count is one. */
static struct map_member *map_part_add(struct map_member *member, const char *name)
{
    struct map_member *part;

    if ((member->count & (member->count - 1)) == 0)
        member->parts = mem_must_resize(
            member->parts, (member->count == 0 ? 1 : 2 * member->count) * sizeof *member->parts);
    part = &member->parts[member->count++];
    *part = (struct map_member){ .name = mem_must_copy(name), .value = SIZE_MAX };
    return part;
}

static void map_place(struct flow_build *build, struct map_config *map, const char *to,
                      size_t value, const char *pointer)
{
    struct map_member *member = &map->root;
    const char *rest = to;
    char name[2048]; /* a FIELD_PATH has at most 1024 bytes */

    if (strchr(to, '[') != NULL) {
        flow_build_fault(
            build, pointer,
            "\"%.80s\": \"[]\" fills the elements of a list, which a map cannot do yet; "
            "build the list in a transform.script",
            to);
        return;
    }
    while (rest != NULL) {
        struct map_member *part;

        rest = map_path_next(rest, name, sizeof name);
        part = map_part(member, name);
        if (part != NULL && (part->value != SIZE_MAX || rest == NULL)) {
            flow_build_fault(build, pointer,
                             part->value != SIZE_MAX && rest == NULL
                                 ? "the target \"%.80s\" is filled by an earlier field already"
                                 : "the target \"%.80s\" and that of an earlier field exclude each "
                                   "other: one is part of the other",
                             to);
            return;
        }
        member = part != NULL ? part : map_part_add(member, name);
    }
    member->value = value;
}

static void map_compile(struct flow_build *build, void *config, const char *pointer,
                        const struct node_type *type)
{
    struct map_config *map = config;
    const struct map_field *fields = map->fields.items;
    char place[PLACE_BYTES];

    (void)type;
    map->root.value = SIZE_MAX;
    map->values = mem_must((map->fields.count + 1) * sizeof *map->values);
    map->values[0] = map->base;
    for (size_t i = 0; i < map->fields.count; i++) {
        map->values[i + 1] = fields[i].from;
        snprintf(place, sizeof place, "%s/fields/%zu/to", pointer, i);
        if (fields[i].to != NULL)
            map_place(build, map, fields[i].to, i + 1, place);
    }
    if (map->base != NULL && value_is_literal(map->base) &&
        !json_is_object(value_literal(map->base))) {
        snprintf(place, sizeof place, "%s/base", pointer);
        flow_build_fault(build, place, "\"base\" must be an object, but here stands: %s",
                         json_kind(value_literal(map->base)));
    }
}

static void map_member_fini(struct map_member *member)
{
    for (size_t i = 0; i < member->count; i++)
        map_member_fini(&member->parts[i]);
    mem_free(member->parts);
    mem_free(member->name);
}

static void map_release(void *config)
{
    struct map_config *map = config;

    map_member_fini(&map->root);
    mem_free(map->values);
    map->root = (struct map_member){ 0 };
    map->values = NULL;
}

/* ---- Run */

/* Builds the member over what the base has in its place. A new reference; NULL: nothing to set,
 * or *e says what is wrong. Recursion is bounded by the length of a path. */
static json_t *map_build(const struct map_member *member, json_t *base,
                         const struct step_values *values, struct err *e)
{
    bool failed = false;
    size_t set = 0;
    json_t *object;

    if (member->value != SIZE_MAX)
        return json_incref(values->filled[member->value]);
    if (base != NULL && !json_is_null(base) && !json_is_object(base)) {
        err_set(e, ERR_INVALID, "%s%.80s must be an object to add fields to, but is: %s",
                member->name != NULL ? "of the base, " : "",
                member->name != NULL ? member->name : "the base", json_kind(base));
        return NULL;
    }
    object = json_is_object(base) ? json_copy(base) : json_object();
    failed = object == NULL;
    for (size_t i = 0; i < member->count && !failed && e->code == ERR_OK; i++) {
        const struct map_member *part = &member->parts[i];
        json_t *value = map_build(part, json_object_get(base, part->name), values, e);

        if (value == NULL)
            continue;
        set++;
        json_put(object, part->name, value, &failed);
    }
    if (failed)
        err_set(e, ERR_MEMORY, "no memory for the output");
    if (e->code != ERR_OK || (set == 0 && member->name != NULL)) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static void map_evaluated(struct step *step, const void *config, const struct step_values *values)
{
    const struct map_config *map = config;
    struct err e = { .code = ERR_OK };
    json_t *output, *details = NULL;

    check(values->count == map->fields.count + 1);
    output = map_build(&map->root, values->filled[0], values, &e);
    if (e.code != ERR_OK)
        step_fail(step, &e, &details);
    else
        step_done(step, "out", &output);
}

static enum node_next map_start(struct step *step, const void *config)
{
    const struct map_config *map = config;

    check(map->values != NULL);
    return step_eval(step, map->values, map->fields.count + 1, false, map_evaluated);
}

const struct node_type node_transform_map = {
    .name = "transform.map",
    .kind = NODE_TRANSFORM,
    .title = "Map fields",
    .help = "Builds an object from fields, each with a target and a literal or expression.",
    .fields = map_fields,
    .config_size = sizeof(struct map_config),
    .example =
        "{\"fields\": [{\"to\": \"amount\", \"from\": \"=decimal(trigger.body.amount):round(2)\"}, "
        "{\"to\": \"customer.name\", \"from\": \"=trigger.body.customerName\"}]}",
    .compile = map_compile,
    .start = map_start,
    .release = map_release,
};
