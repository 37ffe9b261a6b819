/* validate.c - checks a value against a JSON Schema and tells all that is wrong with it.
 *
 * (1) Most values are small: they are checked at once, with a budget that the loop does not feel.
 * (2) What needs more is checked again on a thread of the pool, with a large one.  [validate_job]
 * (3) A check that no budget sufficed for fails the step: nothing passes unchecked. */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "flow/node_work.h"
#include "nodes/definition.h"
#include "nodes/schema_setting.h"

#define SHOWN    200u      /* faults that are listed; all are counted */
#define QUICK    50000u    /* steps of a check on the loop: about 3 ms */
#define THOROUGH 20000000u /* on the pool: about a second */

enum validate_invalid { INVALID_ROUTE, INVALID_FAIL };
struct validate_config {
    struct value *value;
    json_t *schema;
    bool formats;
    int on_invalid; /* enum validate_invalid */
    struct schema *compiled;
};
/* One check of a value, and what it found. */
struct validate_job {
    struct schema *schema;
    json_t *value;
    json_t *faults;
    size_t count;
    bool failed; /* memory, while faults were listed */
};

static const char *const invalid_choices[] = { "route", "fail", NULL };
static const struct field validate_fields[] = {
    { .kind = FIELD_JSON,
      .name = "schema",
      .offset = offsetof(struct validate_config, schema),
      .required = true,
      .help = "What the value must look like: a JSON Schema (2020-12), or the name of a file of "
              "the flow, schemas/NAME.json, or of an action whose input it is to be, such as "
              "connector.paytrace.sale. What Weft could not check is refused here.",
      .example = "\"invoice\"" },
    { .kind = FIELD_VALUE,
      .name = "value",
      .offset = offsetof(struct validate_config, value),
      .help = "What is checked; by default the output of the node before.",
      .example = "\"=trigger.body\"" },
    { .kind = FIELD_BOOL,
      .name = "formats",
      .offset = offsetof(struct validate_config, formats),
      .fallback = "true",
      .help = "Whether \"format\" is checked too (dates, mail addresses, ...)." },
    { .kind = FIELD_CHOICE,
      .name = "on_invalid",
      .offset = offsetof(struct validate_config, on_invalid),
      .choices = invalid_choices,
      .fallback = "route",
      .help = "What becomes of a value that does not fit: it leaves by the exit invalid, or the "
              "step fails as invalid with all faults in its details." },
    FIELD_LAST,
};
static const char *const validate_ports[] = { "out", "invalid", NULL };

static void validate_compile(struct flow_build *build, void *config, const char *pointer,
                             const struct node_type *type)
{
    struct validate_config *validate = config;
    char place[PLACE_BYTES];

    (void)type;
    snprintf(place, sizeof place, "%s/schema", pointer);
    if (validate->schema != NULL)
        validate->compiled = schema_setting_new(build, validate->schema, place,
                                                validate->formats ? SCHEMA_FORMATS : 0);
}

static void validate_release(void *config)
{
    struct validate_config *validate = config;

    schema_free(validate->compiled);
    validate->compiled = NULL;
}

/* ---- One check */

static void fault_add(void *arg, const struct schema_fault *fault)
{
    struct validate_job *job = arg;
    json_t *row;

    if (job->count++ >= SHOWN)
        return;
    row = json_pack("{s:s, s:s, s:s, s:s}", "pointer", fault->pointer, "keyword", fault->keyword,
                    "rule", fault->place, "text", fault->text);
    if (row == NULL || json_array_append_new(job->faults, row) != 0)
        job->failed = true;
}

/* ERR_OK: there is a verdict, job->count faults. */
static enum err_code job_check(struct validate_job *job, uint64_t budget, struct err *e)
{
    struct schema_ask ask = { .work = budget, .fault = fault_add, .arg = job };
    enum err_code rc;

    json_decref(job->faults);
    job->faults = json_array();
    job->count = 0;
    job->failed = job->faults == NULL;
    rc = schema_verify(job->schema, job->value, &ask, e);
    if (job->failed)
        return err_set(e, ERR_MEMORY, "no memory to list the faults of the value");
    return rc == ERR_INVALID ? ERR_OK : rc;
}

static void job_fini(struct validate_job *job)
{
    schema_free(job->schema);
    json_decref(job->value);
    json_decref(job->faults);
    *job = (struct validate_job){ .schema = NULL };
}

/* ---- The step */

/* {"value", "faults", "count"}; takes nothing. */
static json_t *verdict_new(const struct validate_job *job, bool value)
{
    json_t *verdict = json_object();
    bool failed = verdict == NULL;

    if (value)
        json_put(verdict, "value", json_incref(job->value), &failed);
    json_put(verdict, "count", json_integer((json_int_t)job->count), &failed);
    json_put(verdict, "faults", json_incref(job->faults), &failed);
    if (!failed)
        return verdict;
    json_decref(verdict);
    return NULL;
}

static void validate_end(struct step *step, const struct validate_config *validate,
                         const struct validate_job *job)
{
    json_t *output = NULL, *details = NULL;
    const char *first;
    struct err e;

    if (job->count == 0) {
        output = json_incref(job->value);
        step_done(step, "out", &output);
        return;
    }
    output = verdict_new(job, validate->on_invalid == INVALID_ROUTE);
    first = json_get_text(json_array_get(job->faults, 0), "text");
    if (output == NULL) {
        err_set(&e, ERR_MEMORY, "no memory for the faults of the value");
        step_fail(step, &e, &details);
    } else if (validate->on_invalid == INVALID_ROUTE) {
        step_done(step, "invalid", &output);
    } else {
        err_set(&e, ERR_INVALID, "the value does not fit the schema: %s%s", first,
                job->count > 1 ? " (and more: see the details)" : "");
        step_fail(step, &e, &output);
    }
}

/* Sees nothing but the job: the schema is held, and nobody changes the value. */
static enum err_code validate_job(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    (void)given_up; /* the budget ends it soon enough */
    (void)sent;
    return job_check(arg, THOROUGH, e);
}

static void validate_job_drop(void *arg)
{
    job_fini(arg);
    mem_free(arg);
}

static void validate_job_done(struct step *step, const void *config, void *job)
{
    validate_end(step, config, job);
}

static enum node_next validate_value(struct step *step, const struct validate_config *validate,
                                     json_t *value)
{
    struct validate_job job = { .schema = schema_ref(validate->compiled),
                                .value = value != NULL ? json_incref(value) : json_null() };
    struct step_work work = { .work = validate_job, .drop = validate_job_drop };
    json_t *details = NULL;
    struct err e;
    enum err_code rc = job_check(&job, QUICK, &e);

    if (rc == ERR_LIMIT) {
        struct validate_job *held = mem_must(sizeof *held);

        *held = job;
        work.job = held;
        return step_work(step, &work, validate_job_done);
    }
    if (rc == ERR_OK)
        validate_end(step, validate, &job);
    else
        step_fail(step, &e, &details);
    job_fini(&job);
    return NODE_ENDED;
}

static void validate_filled(struct step *step, const void *config, const struct step_values *values)
{
    check(values->count == 1);
    validate_value(step, config, values->filled[0]);
}

static enum node_next validate_start(struct step *step, const void *config)
{
    const struct validate_config *validate = config;

    check(validate->compiled != NULL);
    if (validate->value != NULL)
        return step_eval(step, &validate->value, 1, false, validate_filled);
    return validate_value(step, validate, step_input(step));
}

const struct node_type node_transform_validate = {
    .name = "transform.validate",
    .kind = NODE_TRANSFORM,
    .title = "Validate",
    .help = "Checks a value against a JSON Schema. What fits goes on unchanged by the exit out. "
            "What does not leaves by the exit invalid, as {value, count, faults}: each fault with "
            "its pointer into the value, the keyword, the rule's pointer into the schema, and a "
            "text for people; 200 are listed, up to 1,000 counted.",
    .fields = validate_fields,
    .config_size = sizeof(struct validate_config),
    .ports = validate_ports,
    .example = "{\"value\": \"=trigger.body\", \"schema\": {\"type\": \"object\", \"properties\": "
               "{\"id\": {\"type\": \"string\", \"minLength\": 1}, \"amount\": {\"type\": "
               "\"number\", \"exclusiveMinimum\": 0, \"multipleOf\": 0.01}, \"paid\": {\"type\": "
               "\"string\", \"format\": \"date\"}}, \"required\": [\"id\", \"amount\"]}}",
    .compile = validate_compile,
    .start = validate_start,
    .release = validate_release,
};
