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
#include "base/mem.h"
#include "flow/node.h"
#include "flow/node_work.h"
#include "nodes/schema_setting.h"
#include "nodes/statement.h"
#include "nodes/transform/map_fields.h"
#include "nodes/transform/map_target.h"
#include "schema/schema.h"

#define MAP_FAULTS   200u      /* of the output that are listed; all are counted */
#define MAP_QUICK    50000u    /* steps of a check on the loop: about 3 ms */
#define MAP_THOROUGH 20000000u /* on the pool: about a second */

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
    { .kind = FIELD_JSON,
      .name = "schema",
      .offset = offsetof(struct map_config, target),
      .help = "JSON Schema (2020-12) of the output, or the name of a file of the flow, "
              "schemas/NAME.json, or of an action whose input the output is to be, such as "
              "connector.paytrace.sale. Required members without a field and values that cannot "
              "fit are "
              "told when the flow is checked; an output that does not fit fails the step with "
              "every place.",
      .example = "{\"type\": \"object\", \"required\": [\"amount\"]}" },
    FIELD_LAST,
};

/* ---- Compile */

static void map_compile_schema(struct flow_build *build, struct map_config *map,
                               const char *pointer)
{
    char place[PLACE_BYTES];
    json_t *targets;

    snprintf(place, sizeof place, "%s/schema", pointer);
    map->schema = schema_setting_new(build, map->target, place, SCHEMA_FORMATS);
    if (map->schema == NULL)
        return;
    targets = map_targets(flow_build_flow(build), map, pointer);
    if (targets == NULL)
        flow_build_fault(build, place, "out of memory");
    map_targets_tell(build, targets);
    json_decref(targets);
}

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
    if (map->target != NULL)
        map_compile_schema(build, map, pointer);
}

static void map_release(void *config)
{
    struct map_config *map = config;
    struct map_field *fields = map->fields.items;

    for (size_t i = 0; i < map->fields.count; i++)
        map_fields_drop(&fields[i]);
    schema_free(map->schema);
}

static json_t *map_describe(const struct flow *flow, const struct flow_node *node)
{
    char pointer[PLACE_BYTES];

    snprintf(pointer, sizeof pointer, "%s/config", node->pointer);
    return map_targets(flow, node->config, pointer);
}

/* ---- Run */

/* The output held against its schema, here or off the loop. */
struct map_proof {
    struct schema *schema;
    json_t *output;
    json_t *faults;
    size_t count; /* of them, also those that are not listed */
    bool failed;  /* memory, while they were listed */
    enum err_code rc;
    struct err e;
};

static void map_fault(void *arg, const struct schema_fault *fault)
{
    struct map_proof *proof = arg;
    json_t *row;

    if (proof->count++ >= MAP_FAULTS)
        return;
    row = json_pack("{s:s, s:s, s:s, s:s}", "pointer", fault->pointer, "keyword", fault->keyword,
                    "rule", fault->place, "text", fault->text);
    if (row == NULL || json_array_append_new(proof->faults, row) != 0)
        proof->failed = true;
}

static void map_prove(struct map_proof *proof, uint64_t work)
{
    struct schema_ask ask = {
        .name = "the output", .work = work, .fault = map_fault, .arg = proof
    };

    json_decref(proof->faults);
    proof->faults = json_array();
    proof->count = 0;
    proof->failed = proof->faults == NULL;
    proof->rc = schema_verify(proof->schema, proof->output, &ask, &proof->e);
    if (proof->failed)
        proof->rc = err_set(&proof->e, ERR_MEMORY, "no memory to list what does not fit");
}

/* The step ends with what the proof came to. */
static void map_end(struct step *step, struct map_proof *proof)
{
    json_t *details = NULL;
    bool failed = false;
    struct err e = proof->e;

    if (proof->rc == ERR_OK) {
        step_done(step, "out", &proof->output);
        return;
    }
    if (proof->rc == ERR_INVALID) {
        details = json_object();
        json_put(details, "count", json_integer((json_int_t)proof->count), &failed);
        json_put(details, "faults", json_incref(proof->faults), &failed);
        if (proof->count > 1)
            err_set(&e, ERR_INVALID, "the output does not fit its schema in %zu places: %s",
                    proof->count, proof->e.text);
        else
            err_set(&e, ERR_INVALID, "the output does not fit its schema: %s", proof->e.text);
    }
    step_fail(step, &e, &details);
}

static enum err_code map_work(void *job, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct map_proof *proof = job;

    (void)given_up; /* the budget ends it soon */
    (void)sent;
    (void)e;
    map_prove(proof, MAP_THOROUGH);
    return ERR_OK;
}

static void map_drop(void *job)
{
    struct map_proof *proof = job;

    schema_free(proof->schema);
    json_decref(proof->output);
    json_decref(proof->faults);
    mem_free(proof);
}

static void map_worked(struct step *step, const void *config, void *job)
{
    (void)config;
    map_end(step, job);
}

/* A large output is checked on a thread of the pool. */
static void map_made(struct step *step, const void *config, const struct step_values *values)
{
    const struct map_config *map = config;
    json_t *output = json_incref(values->filled[0]);
    struct map_proof *proof;

    check(values->count == 1);
    if (map->schema == NULL) {
        step_done(step, "out", &output);
        return;
    }
    proof = mem_must(sizeof *proof);
    proof->schema = schema_ref(map->schema);
    proof->output = output;
    map_prove(proof, MAP_QUICK);
    if (proof->rc == ERR_LIMIT) {
        struct step_work work = { .job = proof, .work = map_work, .drop = map_drop };

        (void)step_work(step, &work, map_worked);
        return;
    }
    map_end(step, proof);
    map_drop(proof);
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
    .describe = map_describe,
    .summary = statement_summary,
    .release = map_release,
};
