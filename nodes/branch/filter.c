/* filter.c - lets through what a condition accepts. */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "flow/node.h"
#include "nodes/condition.h"
#include "nodes/definition.h"

struct filter_config {
    struct value *when;
};

static const struct field filter_fields[] = {
    { .kind = FIELD_VALUE,
      .name = "when",
      .offset = offsetof(struct filter_config, when),
      .required = true,
      .help =
          "An expression: what it accepts leaves by the exit out, all else by rejected. nil and "
          "false reject; everything else accepts.",
      .example = "\"=trigger.body.amount > 0\"" },
    FIELD_LAST,
};
static const char *const filter_ports[] = { "out", "rejected", NULL };

static void filter_compile(struct flow_build *build, void *config, const char *pointer,
                           const struct node_type *type)
{
    const struct filter_config *filter = config;
    char place[PLACE_BYTES];

    (void)type;
    snprintf(place, sizeof place, "%s/when", pointer);
    condition_compile(build, filter->when, place);
}

static void filter_decided(struct step *step, const void *config, const struct step_values *values)
{
    json_t *output = json_incref(step_input(step));

    (void)config;
    check(values->count == 1);
    step_done(step, values->chosen == 0 ? "out" : "rejected", &output);
}

static enum node_next filter_start(struct step *step, const void *config)
{
    const struct filter_config *filter = config;

    check(filter->when != NULL);
    return step_eval(step, &filter->when, 1, true, filter_decided);
}

const struct node_type node_branch_filter = {
    .name = "branch.filter",
    .kind = NODE_BRANCH,
    .title = "Filter",
    .help =
        "Goes on by the exit out when the condition is true, else by rejected. The output is the "
        "input, unchanged.",
    .fields = filter_fields,
    .config_size = sizeof(struct filter_config),
    .ports = filter_ports,
    .example = "{\"when\": \"=trigger.body.status == 'Approved'\"}",
    .compile = filter_compile,
    .start = filter_start,
};
