/* repeat.c - the body again and again until a condition holds, or a limit is reached. */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "flow/node_long.h"
#include "nodes/condition.h"
#include "nodes/definition.h"

#define REPEAT_DELAY_MS (INT64_C(30) * 86400000)

struct repeat_config {
    struct value *until;
    struct value *collect;
    int64_t delay_ms;
    int64_t limit;
};

static const struct field repeat_fields[] = {
    { .kind = FIELD_BODY,
      .name = "body",
      .required = true,
      .help = "What is repeated: {\"nodes\", \"edges\"} without a trigger. Inside, expressions see "
              "`index` (from 1), `previous` (what the iteration before this one gave; nil in the "
              "first), and the steps of this iteration and of the levels around it." },
    { .kind = FIELD_VALUE,
      .name = "until",
      .offset = offsetof(struct repeat_config, until),
      .required = true,
      .inside = true,
      .help = "An expression, seen from the end of each iteration: nil, null and false go on, "
              "everything else ends the loop by the exit out.",
      .example = "\"=steps.status.body.state == 'SETTLED'\"" },
    { .kind = FIELD_MS,
      .name = "delay",
      .offset = offsetof(struct repeat_config, delay_ms),
      .min = 0,
      .max = REPEAT_DELAY_MS,
      .help = "The pause before each iteration but the first; a long one takes no memory.",
      .example = "\"30s\"" },
    { .kind = FIELD_INT,
      .name = "limit",
      .offset = offsetof(struct repeat_config, limit),
      .fallback = "100",
      .min = 1,
      .max = 100000,
      .help = "Iterations at most; then the loop ends by the exit exhausted." },
    { .kind = FIELD_VALUE,
      .name = "collect",
      .offset = offsetof(struct repeat_config, collect),
      .inside = true,
      .help = "The result of an iteration, seen from its end. Without it: the output of the step "
              "that ended last.",
      .example = "\"=steps.status.body\"" },
    FIELD_LAST,
};
static const char *const repeat_ports[] = { "out", "exhausted", NULL };

static void repeat_compile(struct flow_build *build, void *config, const char *pointer,
                           const struct node_type *type)
{
    const struct repeat_config *repeat = config;
    char place[PLACE_BYTES];

    (void)type;
    snprintf(place, sizeof place, "%s/until", pointer);
    condition_compile(build, repeat->until, place);
}

static void repeat_looped(struct step *step, const void *config, const struct step_looped *looped)
{
    json_t *output = json_incref(looped->result);

    (void)config;
    check(looped->count > 0);
    step_done(step, looped->exhausted ? "exhausted" : "out", &output);
}

static enum node_next repeat_start(struct step *step, const void *config)
{
    const struct repeat_config *repeat = config;
    struct step_loop loop = {
        .parallel = 1,
        .collect = repeat->collect,
        .until = repeat->until,
        .delay_ms = repeat->delay_ms,
        .limit = (uint32_t)repeat->limit,
        .last_only = true,
    };

    check(repeat->limit >= 1);
    check(repeat->until != NULL);
    return step_loop(step, &loop, repeat_looped);
}

const struct node_type node_branch_repeat = {
    .name = "branch.repeat",
    .kind = NODE_BRANCH,
    .title = "Repeat",
    .help = "Does its body until a condition is true. The output is the result of the last "
            "iteration; when the limit ends the loop, the exit is exhausted.",
    .fields = repeat_fields,
    .config_size = sizeof(struct repeat_config),
    .ports = repeat_ports,
    .has_body = true,
    .example =
        "{\"body\": {\"nodes\": [{\"id\": \"status\", \"type\": \"connector.http\", \"config\": "
        "{\"url\": \"https://api.example.com/batches/7\"}}], \"edges\": []}, \"until\": "
        "\"=steps.status.body.state == 'SETTLED'\", \"delay\": \"5m\", \"limit\": 288}",
    .compile = repeat_compile,
    .start = repeat_start,
};
