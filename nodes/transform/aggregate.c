/* aggregate.c - a list put into groups, with sums and the like of each (nodes/aggregate_job.h). */
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/aggregate_job.h"
#include "nodes/definition.h"

#define AGGREGATE_KEYS   8
#define AGGREGATE_FIELDS 100

struct key_setting {
    const char *from, *to;
    int how;
};
struct field_setting {
    const char *to, *from;
    int what, nothing, rounding;
    int64_t scale;
};
struct having_setting {
    const char *field;
    int test;
    json_t *than;
};
struct order_setting {
    const char *field;
    int order;
};
struct aggregate_config {
    struct value *items;
    struct field_list by, fields, having, sort;
    struct aggregate_setup *setup;
};
enum nothing { NOTHING_FAIL, NOTHING_SKIP };

#define X(code, name) name,
static const char *const dos[] = { AGGREGATE_DOS(X) NULL };
static const char *const tests[] = { AGGREGATE_TESTS(X) NULL };
static const char *const roundings[] = { DECIMAL_ROUNDINGS(X) NULL };
#undef X
static const char *const nothings[] = { "fail", "skip", NULL };
static const char *const orders[] = { "ascending", "descending", NULL };

/* ---- Settings */

static const struct field key_fields[] = {
    { .kind = FIELD_PATH,
      .name = "from",
      .offset = offsetof(struct key_setting, from),
      .required = true,
      .help = "Where the key stands in a line.",
      .example = "\"customer.id\"" },
    { .kind = FIELD_TEXT,
      .name = "to",
      .offset = offsetof(struct key_setting, to),
      .help = "Its name in the group; by default the last name of from. The value is that of the "
              "group's first line.",
      .example = "\"customer\"" },
    { .kind = FIELD_CHOICE,
      .name = "as",
      .offset = offsetof(struct key_setting, how),
      .fallback = "exact",
      .choices = line_key_names,
      .help = line_key_help },
    FIELD_LAST,
};
static const struct field field_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "to",
      .offset = offsetof(struct field_setting, to),
      .required = true,
      .help = "Its name in the group.",
      .example = "\"net\"" },
    { .kind = FIELD_CHOICE,
      .name = "do",
      .offset = offsetof(struct field_setting, what),
      .required = true,
      .choices = dos,
      .help = "sum, average: exact, of numbers or texts that are numbers. running: the sum of this "
              "group and those before it in the result. count: lines where from is there, or all "
              "lines. min, max: of numbers, or of texts by their bytes. first, last, list: in "
              "order of the lines. distinct, count_distinct: each value once, two being the same "
              "when their JSON is." },
    { .kind = FIELD_PATH,
      .name = "from",
      .offset = offsetof(struct field_setting, from),
      .main = true,
      .help = "Where the value stands in a line; count and list take the whole line without it.",
      .example = "\"amount\"" },
    { .kind = FIELD_CHOICE,
      .name = "nothing",
      .offset = offsetof(struct field_setting, nothing),
      .fallback = "fail",
      .choices = nothings,
      .help = "What a line without the value does to sum, running, average, min and max: fail the "
              "step, or be passed over (then the sum of no values is 0, and the others are null). "
              "The other ways of calculating pass over such lines." },
    { .kind = FIELD_INT,
      .name = "scale",
      .offset = offsetof(struct field_setting, scale),
      .fallback = "-1",
      .min = -1,
      .max = DECIMAL_SCALE,
      .help = "Digits behind the point of an average, which must have it; nothing else is rounded.",
      .example = "2" },
    { .kind = FIELD_CHOICE,
      .name = "rounding",
      .offset = offsetof(struct field_setting, rounding),
      .fallback = "half_up",
      .choices = roundings,
      .help = "How an average is rounded." },
    FIELD_LAST,
};
static const struct field having_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "field",
      .offset = offsetof(struct having_setting, field),
      .required = true,
      .help = "A key or field of the group.",
      .example = "\"net\"" },
    { .kind = FIELD_CHOICE,
      .name = "is",
      .offset = offsetof(struct having_setting, test),
      .required = true,
      .choices = tests,
      .help = "How it compares; null fulfils no condition." },
    { .kind = FIELD_JSON,
      .name = "than",
      .offset = offsetof(struct having_setting, than),
      .required = true,
      .help = "With what: a number or a text.",
      .example = "0.00" },
    FIELD_LAST,
};
static const struct field order_fields[] = {
    { .kind = FIELD_TEXT,
      .name = "field",
      .offset = offsetof(struct order_setting, field),
      .required = true,
      .help = "A key or field of the group; null stands last.",
      .example = "\"net\"" },
    { .kind = FIELD_CHOICE,
      .name = "order",
      .offset = offsetof(struct order_setting, order),
      .fallback = "ascending",
      .choices = orders,
      .help = "Numbers by their size, texts by their bytes." },
    FIELD_LAST,
};
static const struct field aggregate_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "items",
      .offset = offsetof(struct aggregate_config, items),
      .required = true,
      .help = "The list, of objects.",
      .example = "\"=trigger.body.lines\"" },
    { .kind = FIELD_LIST,
      .name = "by",
      .offset = offsetof(struct aggregate_config, by),
      .max = AGGREGATE_KEYS,
      .rows = key_fields,
      .size = sizeof(struct key_setting),
      .help = "What makes a group: lines whose keys are all equal. Without it all lines are one "
              "group. Lines with nothing for a key are a group too; there the key is null." },
    { .kind = FIELD_LIST,
      .name = "fields",
      .offset = offsetof(struct aggregate_config, fields),
      .required = true,
      .min = 1,
      .max = AGGREGATE_FIELDS,
      .rows = field_fields,
      .size = sizeof(struct field_setting),
      .help = "What is calculated of each group." },
    { .kind = FIELD_LIST,
      .name = "having",
      .offset = offsetof(struct aggregate_config, having),
      .max = AGGREGATE_KEYS,
      .rows = having_fields,
      .size = sizeof(struct having_setting),
      .help = "Conditions on groups, all of which must hold; what is left out is still counted and "
              "summed in left_out." },
    { .kind = FIELD_LIST,
      .name = "sort",
      .offset = offsetof(struct aggregate_config, sort),
      .max = AGGREGATE_KEYS,
      .rows = order_fields,
      .size = sizeof(struct order_setting),
      .help = "The order of the groups; without it that of their first lines." },
    FIELD_LAST,
};

/* ---- Compile */

static bool name_known(const struct aggregate_setup *setup, const char *name)
{
    for (size_t i = 0; i < setup->key_count; i++)
        if (strcmp(setup->keys[i].to, name) == 0)
            return true;
    for (size_t i = 0; i < setup->field_count; i++)
        if (strcmp(setup->fields[i].to, name) == 0)
            return true;
    return false;
}

static void name_new(struct flow_build *build, const struct aggregate_setup *setup,
                     const char *name, const char *pointer)
{
    if (name_known(setup, name))
        flow_build_fault(build, pointer, "two members of the group are named \"%.80s\"", name);
}

static void keys_compile(struct flow_build *build, struct aggregate_config *config,
                         const char *pointer)
{
    const struct key_setting *keys = config->by.items;
    struct aggregate_setup *setup = config->setup;
    char place[PLACE_BYTES];

    setup->keys = mem_must((config->by.count + 1) * sizeof *setup->keys);
    for (size_t i = 0; i < config->by.count; i++) {
        struct aggregate_key *key = &setup->keys[setup->key_count];
        const char *to = keys[i].to;

        line_place(place, sizeof place, "%s/by/%zu/from", pointer, i);
        line_path_init(&key->from, keys[i].from, build, place);
        if (to == NULL)
            to = key->from.count > 0 ? key->from.names[key->from.count - 1] : "";
        name_new(build, setup, to, place);
        key->to = mem_must_copy(to);
        key->how = (enum line_key)keys[i].how;
        setup->key_count++;
    }
}

static void field_check(struct flow_build *build, const struct field_setting *field,
                        const char *pointer)
{
    if (field->from == NULL && field->what != AGGREGATE_COUNT && field->what != AGGREGATE_LIST)
        flow_build_missing(build, pointer, "from", "of what \"%s\" is calculated",
                           dos[field->what]);
    if (field->what == AGGREGATE_AVERAGE && field->scale < 0)
        flow_build_fault(build, pointer,
                         "an average needs \"scale\": how many digits it has behind the point");
    if (field->what != AGGREGATE_AVERAGE && field->scale >= 0)
        flow_build_fault(build, pointer, "only an average is rounded: leave out \"scale\"");
}

static void fields_compile(struct flow_build *build, struct aggregate_config *config,
                           const char *pointer)
{
    const struct field_setting *fields = config->fields.items;
    struct aggregate_setup *setup = config->setup;
    char place[PLACE_BYTES];

    setup->fields = mem_must((config->fields.count + 1) * sizeof *setup->fields);
    for (size_t i = 0; i < config->fields.count; i++) {
        struct aggregate_field *field = &setup->fields[setup->field_count];

        line_place(place, sizeof place, "%s/fields/%zu", pointer, i);
        field_check(build, &fields[i], place);
        name_new(build, setup, fields[i].to != NULL ? fields[i].to : "", place);
        line_place(place, sizeof place, "%s/fields/%zu/from", pointer, i);
        line_path_init(&field->from, fields[i].from, build, place);
        field->to = mem_must_copy(fields[i].to != NULL ? fields[i].to : "");
        field->what = (enum aggregate_do)fields[i].what;
        field->skip = fields[i].nothing == NOTHING_SKIP;
        field->scale = (int)fields[i].scale;
        field->rounding = (enum decimal_rounding)fields[i].rounding;
        setup->field_count++;
    }
}

static void known_check(struct flow_build *build, const struct aggregate_setup *setup,
                        const char *field, const char *pointer)
{
    if (field != NULL && !name_known(setup, field))
        flow_build_fault(build, pointer, "the groups have no \"%.80s\"", field);
}

static void having_compile(struct flow_build *build, struct aggregate_config *config,
                           const char *pointer)
{
    const struct having_setting *having = config->having.items;
    struct aggregate_setup *setup = config->setup;
    char place[PLACE_BYTES];

    setup->having = mem_must((config->having.count + 1) * sizeof *setup->having);
    for (size_t i = 0; i < config->having.count; i++) {
        const json_t *than = having[i].than;

        line_place(place, sizeof place, "%s/having/%zu/field", pointer, i);
        known_check(build, setup, having[i].field, place);
        line_place(place, sizeof place, "%s/having/%zu/than", pointer, i);
        if (than != NULL && !json_is_text(than) && !json_is_integer(than) && !json_is_exact(than))
            flow_build_fault(build, place, "\"than\" must be a number or a text");
        setup->having[setup->having_count++] = (struct aggregate_having){
            mem_must_copy(having[i].field != NULL ? having[i].field : ""),
            (enum aggregate_test)having[i].test,
            json_incref(having[i].than),
        };
    }
}

static void order_compile(struct flow_build *build, struct aggregate_config *config,
                          const char *pointer)
{
    const struct order_setting *sort = config->sort.items;
    struct aggregate_setup *setup = config->setup;
    char place[PLACE_BYTES];

    setup->order = mem_must((config->sort.count + 1) * sizeof *setup->order);
    for (size_t i = 0; i < config->sort.count; i++) {
        line_place(place, sizeof place, "%s/sort/%zu/field", pointer, i);
        known_check(build, setup, sort[i].field, place);
        for (size_t j = 0; j < setup->field_count && sort[i].field != NULL; j++)
            if (strcmp(setup->fields[j].to, sort[i].field) == 0 &&
                setup->fields[j].what == AGGREGATE_RUNNING)
                flow_build_fault(build, place,
                                 "a running sum follows the order of the groups; it cannot make "
                                 "it");
        setup->order[setup->order_count++] = (struct aggregate_order){
            mem_must_copy(sort[i].field != NULL ? sort[i].field : ""),
            sort[i].order == 1,
        };
    }
}

static void aggregate_compile(struct flow_build *build, void *config, const char *pointer,
                              const struct node_type *type)
{
    struct aggregate_config *aggregate = config;

    (void)type;
    aggregate->setup = aggregate_setup_new();
    keys_compile(build, aggregate, pointer);
    fields_compile(build, aggregate, pointer);
    having_compile(build, aggregate, pointer);
    order_compile(build, aggregate, pointer);
}

static void aggregate_release(void *config)
{
    struct aggregate_config *aggregate = config;

    aggregate_setup_unref(aggregate->setup);
    aggregate->setup = NULL;
}

/* ---- Run */

static void aggregate_filled(struct step *step, const void *config,
                             const struct step_values *values)
{
    const struct aggregate_config *aggregate = config;

    list_job_start(step, &aggregate_job, aggregate->setup, values);
}

static enum node_next aggregate_start(struct step *step, const void *config)
{
    const struct aggregate_config *aggregate = config;

    check(aggregate->setup != NULL);
    return step_eval(step, &aggregate->items, 1, false, aggregate_filled);
}

const struct node_type node_transform_aggregate = {
    .name = "transform.aggregate",
    .kind = NODE_TRANSFORM,
    .title = "Group and sum",
    .help = "Puts the lines of a list into groups and calculates sums, counts and the like of "
            "each, exactly. The output has the groups, and control totals: of all lines, of what "
            "is kept, and of what is left out. Values are members of the lines; where an "
            "expression is needed, a transform.map before it makes the member.",
    .fields = aggregate_fields,
    .config_size = sizeof(struct aggregate_config),
    .example = "{\"items\": \"=trigger.body.lines\", \"by\": [{\"from\": \"account\"}], "
               "\"fields\": [{\"to\": \"net\", \"do\": \"sum\", \"from\": \"amount\"}, {\"to\": "
               "\"lines\", \"do\": \"count\"}], \"sort\": [{\"field\": \"account\"}]}",
    .compile = aggregate_compile,
    .start = aggregate_start,
    .release = aggregate_release,
};
