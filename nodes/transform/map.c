/* map.c - builds an object, field by field.
 *
 * The settings are the model; they are compiled to a plan (map_plan.c), which the rules execute.
 * What is nil leaves its field out, and an object that only paths made is left out with all of its
 * fields. With a target schema the fields are held against it when the flow is checked
 * (map_target.c), and the output when it is there. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/node.h"
#include "nodes/transform/map_fields.h"

static const struct field map_fields[] = {
    { .kind = FIELD_LIST,
      .name = "fields",
      .offset = offsetof(struct map_config, fields),
      .required = true,
      .min = 1,
      .max = MAP_FIELDS,
      .rows = map_field_rows,
      .size = sizeof(struct map_field),
      .help = "What the output consists of." },
    { .kind = FIELD_VALUE,
      .name = "base",
      .offset = offsetof(struct map_config, base),
      .help = "An object to start from; the fields are added to it or replace its own.",
      .example = "\"=steps.entry\"" },
    FIELD_LAST,
};

static void map_compile(struct flow_build *build, void *config, const char *pointer,
                        const struct node_type *type)
{
    struct map_config *map = config;
    struct map_field *fields = map->fields.items;
    char place[PLACE_BYTES];

    (void)type;
    for (size_t i = 0; i < map->fields.count; i++) {
        snprintf(place, sizeof place, "%s/fields/%zu", pointer, i);
        map_fields_read(build, &fields[i], place, 1);
    }
    snprintf(place, sizeof place, "%s/fields", pointer);
    map->mapping = flow_build_plan(build, map_plan_new(build, map, pointer), place);
}

static void map_release(void *config)
{
    struct map_config *map = config;
    struct map_field *fields = map->fields.items;

    for (size_t i = 0; i < map->fields.count; i++)
        map_fields_drop(&fields[i]);
}

static void map_made(struct step *step, const void *config, const struct step_values *values)
{
    json_t *output = json_incref(values->filled[0]);

    (void)config;
    check(values->count == 1);
    step_done(step, "out", &output);
}

static enum node_next map_start(struct step *step, const void *config)
{
    const struct map_config *map = config;

    check(map->mapping != NULL);
    return step_script(step, map->mapping, NULL, map_made);
}

const struct node_type node_transform_map = {
    .name = "transform.map",
    .kind = NODE_TRANSFORM,
    .title = "Map fields",
    .help = "Builds an object from fields, each with a target and a literal or expression; lists "
            "are built from lists.",
    .fields = map_fields,
    .config_size = sizeof(struct map_config),
    .example =
        "{\"fields\": [{\"to\": \"amount\", \"from\": \"=decimal(trigger.body.amount):round(2)\"}, "
        "{\"to\": \"customer.name\", \"from\": \"=trigger.body.customerName\"}, "
        "{\"to\": \"lines\", \"each\": \"=trigger.body.items\", \"where\": \"=item.quantity > 0\", "
        "\"fields\": [{\"to\": \"sku\", \"from\": \"=item.sku\"}]}]}",
    .compile = map_compile,
    .start = map_start,
    .release = map_release,
};
