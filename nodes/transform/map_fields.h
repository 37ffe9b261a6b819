/* map_fields.h - the settings of transform.map as they were written, and what is made of them.
 *
 * The settings are the model that people and the browser edit; the plan is made from them and never
 * read back. Private to transform.map. */
#ifndef NODES_TRANSFORM_MAP_FIELDS_H
#define NODES_TRANSFORM_MAP_FIELDS_H

#include "base/plan.h"
#include "flow/field.h"
#include "flow/value.h"
#include "nodes/definition.h"

#define MAP_FIELDS 1000 /* the widest real target, a sales order, has 340 */
#define MAP_DEPTH  12u  /* lists within lists */

struct schema;

struct map_sort {
    struct value *by;
    bool descending;
};
struct map_field {
    const char *to;
    struct value *from;
    struct value *when, *fallback;
    int convert; /* enum plan_convert */
    struct value *each;
    const char *as;
    struct value *where, *group;
    struct field_list sort; /* of struct map_sort */
    json_t *fields;         /* of an element: as it was written */
    struct map_field *inner; /* the same, parsed */
    size_t inner_count;
};
struct map_config {
    struct field_list fields; /* of struct map_field */
    struct value *base;
    json_t *target; /* JSON Schema of the output, or NULL */
    struct schema *schema;
    const struct flow_expression *mapping; /* what runs */
};

extern const struct field map_field_rows[];

/* Parses the fields of elements; faults go to the build. */
void map_fields_read(struct flow_build *build, struct map_field *field, const char *pointer,
                     unsigned depth);
void map_fields_drop(struct map_field *field);

/* The plan of the fields. After faults it is not to be executed. */
struct plan *map_plan_new(struct flow_build *build, const struct map_config *map,
                          const char *pointer) MUST_USE;

#endif
