/* foreach.c - the body once for each item of a list; the results keep the order of the items. */
#include <stddef.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/node_long.h"

struct foreach_config {
    struct value *items;
    struct value *collect;
    int64_t parallel;
    int64_t limit;
    int errors;
};
enum foreach_errors { ERRORS_STOP, ERRORS_COLLECT };
static const char *const foreach_errors[] = { "stop", "collect", NULL };

static const struct field foreach_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "items",
      .offset = offsetof(struct foreach_config, items),
      .required = true,
      .help = "The list. Anything else, nil too, fails the step as invalid; an empty list is fine.",
      .example = "\"=trigger.body.lines\"" },
    { .kind = FIELD_BODY,
      .name = "body",
      .required = true,
      .help = "What is done for each item: {\"nodes\", \"edges\"} without a trigger. Inside, "
              "expressions see `item`, `index` (from 1), and the steps of this iteration and of "
              "the levels around it." },
    { .kind = FIELD_VALUE,
      .name = "collect",
      .offset = offsetof(struct foreach_config, collect),
      .inside = true,
      .main = true,
      .help = "The result of an iteration, seen from its end. Without it: the output of the step "
              "that ended last.",
      .example = "\"=steps.post.id\"" },
    { .kind = FIELD_INT,
      .name = "parallel",
      .offset = offsetof(struct foreach_config, parallel),
      .fallback = "1",
      .min = 1,
      .max = 100,
      .help = "Iterations at once. With 1 each begins when the one before it has ended." },
    { .kind = FIELD_CHOICE,
      .name = "errors",
      .offset = offsetof(struct foreach_config, errors),
      .fallback = "stop",
      .choices = foreach_errors,
      .help = "stop: a failed iteration fails the step; those under way are let end. collect: its "
              "result is {\"error\": {...}} and the loop goes on." },
    { .kind = FIELD_INT,
      .name = "limit",
      .offset = offsetof(struct foreach_config, limit),
      .fallback = "100000",
      .min = 1,
      .max = 1000000,
      .help = "A longer list fails the step before its first iteration." },
    FIELD_LAST,
};

static void foreach_looped(struct step *step, const void *config, const struct step_looped *looped)
{
    json_t *output = json_incref(looped->result);

    (void)config;
    check(!looped->exhausted);
    step_done(step, "out", &output);
}

static void foreach_filled(struct step *step, const void *config, const struct step_values *values)
{
    const struct foreach_config *each = config;
    json_t *items = values->filled[0], *details = NULL;
    struct step_loop loop = {
        .items = items,
        .parallel = (unsigned)each->parallel,
        .collect = each->collect,
        .limit = (uint32_t)each->limit,
        .collect_errors = each->errors == ERRORS_COLLECT,
    };
    struct err e;

    check(values->count == 1);
    if (json_is_array(items)) {
        step_loop(step, &loop, foreach_looped);
        return;
    }
    err_set(&e, ERR_INVALID, "\"items\" must give a list, but gave: %s", json_kind(items));
    step_fail(step, &e, &details);
}

static enum node_next foreach_start(struct step *step, const void *config)
{
    const struct foreach_config *each = config;

    check(each->parallel >= 1);
    return step_eval(step, &each->items, 1, false, foreach_filled);
}

const struct node_type node_branch_foreach = {
    .name = "branch.foreach",
    .kind = NODE_BRANCH,
    .title = "For each",
    .help = "Does its body once for each item of a list. The output is the list of the results, in "
            "the order of the items. Each iteration is durable when it has ended: after a restart "
            "the loop goes on where it was.",
    .fields = foreach_fields,
    .config_size = sizeof(struct foreach_config),
    .has_body = true,
    .example =
        "{\"items\": \"=trigger.body.lines\", \"parallel\": 4, \"body\": {\"nodes\": [{\"id\": "
        "\"line\", \"type\": \"transform.map\", \"config\": {\"fields\": [{\"to\": \"number\", "
        "\"from\": \"=index\"}, {\"to\": \"amount\", \"from\": \"=decimal(item.amount)\"}]}}], "
        "\"edges\": []}, \"collect\": \"=steps.line\"}",
    .start = foreach_start,
};
