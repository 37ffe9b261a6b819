/* switch.c - goes on by the first exit whose condition is true.
 *
 * What no case takes and no "else" takes is a failure of the step: nothing
 * is dropped in silence. */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/node.h"
#include "nodes/condition.h"
#include "nodes/definition.h"

struct switch_case {
    const char *port;
    struct value *when;
};
struct switch_config {
    struct field_list cases; /* of struct switch_case */
    const char *otherwise;
    struct value **when; /* of the cases, in order: what step_eval() takes */
};

static const struct field case_fields[] = {
    { .kind = FIELD_PORT,
      .name = "port",
      .offset = offsetof(struct switch_case, port),
      .required = true,
      .help = "The exit for this case.",
      .example = "\"paid\"" },
    { .kind = FIELD_VALUE,
      .name = "when",
      .offset = offsetof(struct switch_case, when),
      .required = true,
      .help = "An expression; nil and false are not taken, everything else is.",
      .example = "\"=trigger.body.status == 'Approved'\"" },
    FIELD_LAST,
};
static const struct field switch_fields[] = {
    { .kind = FIELD_LIST,
      .name = "cases",
      .offset = offsetof(struct switch_config, cases),
      .required = true,
      .min = 1,
      .max = 200,
      .rows = case_fields,
      .size = sizeof(struct switch_case),
      .help = "Looked at in order; the first whose condition is true decides." },
    { .kind = FIELD_PORT,
      .name = "else",
      .offset = offsetof(struct switch_config, otherwise),
      .help = "The exit when no case is true. Without it that is a failure of the step." },
    FIELD_LAST,
};
static const char *const switch_ports[] = { NULL };

static void switch_compile(struct flow_build *build, void *config, const char *pointer,
                           const struct node_type *type)
{
    struct switch_config *branch = config;
    const struct switch_case *cases = branch->cases.items;

    (void)type;
    branch->when = mem_must((branch->cases.count + 1) * sizeof *branch->when);
    for (size_t i = 0; i < branch->cases.count; i++) {
        char place[PLACE_BYTES];

        snprintf(place, sizeof place, "%s/cases/%zu/when", pointer, i);
        condition_compile(build, cases[i].when, place);
        branch->when[i] = cases[i].when;
    }
}

static void switch_release(void *config)
{
    struct switch_config *branch = config;

    mem_free(branch->when);
    branch->when = NULL;
}

static void switch_decided(struct step *step, const void *config, const struct step_values *values)
{
    const struct switch_config *branch = config;
    const struct switch_case *cases = branch->cases.items;
    const char *port = branch->otherwise;
    json_t *output, *details = NULL;
    struct err e;

    if (values->chosen != SIZE_MAX) {
        check(values->chosen < branch->cases.count);
        port = cases[values->chosen].port;
    }
    if (port == NULL) {
        err_set(&e, ERR_INVALID, "no case matched and there is no else");
        step_fail(step, &e, &details);
        return;
    }
    output = json_incref(step_input(step));
    step_done(step, port, &output);
}

static enum node_next switch_start(struct step *step, const void *config)
{
    const struct switch_config *branch = config;

    check(branch->cases.count > 0);
    check(branch->when != NULL);
    return step_eval(step, branch->when, branch->cases.count, true, switch_decided);
}

const struct node_type node_branch_switch = {
    .name = "branch.switch",
    .kind = NODE_BRANCH,
    .title = "Switch",
    .help =
        "Goes on by the exit of the first case whose condition is true, or by that of else. The "
        "output is the input, unchanged.",
    .fields = switch_fields,
    .config_size = sizeof(struct switch_config),
    .ports = switch_ports,
    .example =
        "{\"cases\": [{\"port\": \"paid\", \"when\": \"=trigger.body.status == 'Approved'\"}, "
        "{\"port\": \"refund\", \"when\": \"=trigger.body.status == 'Refunded'\"}], \"else\": "
        "\"review\"}",
    .compile = switch_compile,
    .start = switch_start,
    .release = switch_release,
};
