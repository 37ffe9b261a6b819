/* map_fields.c - the rows of a mapping's fields; a list's own fields are rows of the same kind. */
#include "nodes/transform/map_fields.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

static const char *const convert_names[] = {
#define X(code, name) name,
    PLAN_CONVERT_TABLE(X)
#undef X
        NULL,
};

static const struct field sort_rows[] = {
    { .kind = FIELD_VALUE,
      .name = "by",
      .offset = offsetof(struct map_sort, by),
      .required = true,
      .help = "An expression of an item: numbers, texts, or true and false; what is nil or null "
              "comes last.",
      .example = "\"=item.date\"" },
    { .kind = FIELD_BOOL,
      .name = "descending",
      .offset = offsetof(struct map_sort, descending),
      .help = "From the greatest to the least." },
    FIELD_LAST,
};

const struct field map_field_rows[] = {
    { .kind = FIELD_PATH,
      .name = "to",
      .offset = offsetof(struct map_field, to),
      .required = true,
      .help =
          "The target: a name, or names with dots between them for objects in objects. A dot that "
          "belongs to a name is written \"\\.\". \"lines[].amount\" is a member of every element "
          "of the list \"lines\".",
      .example = "\"customer.name\"" },
    { .kind = FIELD_VALUE,
      .name = "from",
      .offset = offsetof(struct map_field, from),
      .main = true,
      .help = "A literal or an expression. nil leaves the field out.",
      .example = "\"=decimal(trigger.body.amount):round(2)\"" },
    { .kind = FIELD_VALUE,
      .name = "when",
      .offset = offsetof(struct map_field, when),
      .help = "The field is there only when this is true. Several fields may have one target: the "
              "first whose condition holds is taken, and one without a condition is the last.",
      .example = "\"=trigger.body.amount < 0\"" },
    { .kind = FIELD_VALUE,
      .name = "default",
      .offset = offsetof(struct map_field, fallback),
      .help = "A literal or an expression that stands in for nil and null.",
      .example = "\"USD\"" },
    { .kind = FIELD_CHOICE,
      .name = "convert",
      .offset = offsetof(struct map_field, convert),
      .choices = convert_names,
      .fallback = "none",
      .help = "Makes the value a text, a number, a whole number or true/false; what would lose "
              "something is an error.",
      .example = "\"text\"" },
    { .kind = FIELD_VALUE,
      .name = "each",
      .offset = offsetof(struct map_field, each),
      .help = "Makes the target a list, with an element for each item of this list. Expressions "
              "within see the item as item and its position, from 1, as index.",
      .example = "\"=trigger.body.lines\"" },
    { .kind = FIELD_TEXT,
      .name = "as",
      .offset = offsetof(struct map_field, as),
      .help = "With each: a name of its own for the item, and NAME_index for its position, seen "
              "also from lists within.",
      .example = "\"order\"" },
    { .kind = FIELD_VALUE,
      .name = "where",
      .offset = offsetof(struct map_field, where),
      .help = "With each: only items for which this is true.",
      .example = "\"=item.quantity > 0\"" },
    { .kind = FIELD_LIST,
      .name = "sort",
      .offset = offsetof(struct map_field, sort),
      .rows = sort_rows,
      .size = sizeof(struct map_sort),
      .min = 0,
      .max = PLAN_SORTS,
      .help = "With each: the order of the items; the first key decides, equal items stay as they "
              "were." },
    { .kind = FIELD_VALUE,
      .name = "group",
      .offset = offsetof(struct map_field, group),
      .help = "With each: one element for all items for which this is the same; item is then "
              "{key, items}. Groups come in the order of their first items.",
      .example = "\"=item.account\"" },
    { .kind = FIELD_JSON,
      .name = "fields",
      .offset = offsetof(struct map_field, fields),
      .help = "With each: what an element consists of; a list of fields like this one, with lists "
              "in them as deep as needed. Instead: from, for elements that are no objects.",
      .example = "[{\"to\": \"sku\", \"from\": \"=item.sku\"}]" },
    FIELD_LAST,
};

void map_fields_read(struct flow_build *build, struct map_field *field, const char *pointer,
                     unsigned depth)
{
    char place[PLACE_BYTES];
    size_t count = json_array_size(field->fields);

    if (field->fields == NULL)
        return;
    snprintf(place, sizeof place, "%s/fields", pointer);
    if (!json_is_array(field->fields) || count == 0 || count > MAP_FIELDS) {
        flow_build_fault(build, place, "\"fields\" must be a list of 1 to %d fields", MAP_FIELDS);
        return;
    }
    if (depth == MAP_DEPTH) {
        flow_build_fault(build, place, "lists within lists are at most %u deep", MAP_DEPTH);
        return;
    }
    field->inner = mem_must(count * sizeof *field->inner);
    field->inner_count = count;
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(field->fields, i);

        snprintf(place, sizeof place, "%s/fields/%zu", pointer, i);
        if (!json_is_object(item)) {
            flow_build_fault(build, place, "a field must be an object, but here stands: %s",
                             json_kind(item));
            continue;
        }
        fields_parse(build, map_field_rows, item, place, &field->inner[i]);
        map_fields_read(build, &field->inner[i], place, depth + 1);
    }
}

void map_fields_drop(struct map_field *field)
{
    for (size_t i = 0; i < field->inner_count; i++) {
        map_fields_drop(&field->inner[i]);
        fields_release(map_field_rows, &field->inner[i]);
    }
    mem_free(field->inner);
    field->inner = NULL;
    field->inner_count = 0;
}
