/* event.c - a flow begins when a run of another one has ended. */
#include <stddef.h>
#include <stdio.h>

#include "base/check.h"
#include "nodes/definition.h"
#include "nodes/received.h"
#include "nodes/word.h"

struct event_config {
    const char *flow;
    int on;
    struct node_listen listen; /* what compile() makes of it */
};
enum event_on { ON_SUCCEEDED, ON_FAILED, ON_ENDED };
static const char *const event_ons[] = { "succeeded", "failed", "ended", NULL };

static const struct field event_fields[] = {
    { .kind = FIELD_CHOICE,
      .name = "on",
      .offset = offsetof(struct event_config, on),
      .required = true,
      .choices = event_ons,
      .help = "succeeded, failed (the run is a dead letter), or ended: either." },
    { .kind = FIELD_TEXT,
      .name = "flow",
      .offset = offsetof(struct event_config, flow),
      .help = "The name of the flow whose runs count: its folder's. Without it: every flow of the "
              "environment but this one.",
      .example = "\"paytrace-to-dynamics\"" },
    FIELD_LAST,
};

static void event_compile(struct flow_build *build, void *config, const char *pointer,
                          const struct node_type *type)
{
    struct event_config *event = config;
    char place[PLACE_BYTES];

    (void)type;
    snprintf(place, sizeof place, "%s/flow", pointer);
    word_flow_compile(build, event->flow, place);
    event->listen = (struct node_listen){
        .flow = event->flow,
        .succeeded = event->on != ON_FAILED,
        .failed = event->on != ON_SUCCEEDED,
    };
}

static void event_arm(const void *config, struct node_arm *arm)
{
    const struct event_config *event = config;

    check(event->listen.succeeded || event->listen.failed);
    arm->listen = &event->listen;
    arm->respond_result = true; /* to whoever starts it by hand */
}

const struct node_type node_trigger_event = {
    .name = "trigger.event",
    .kind = NODE_TRIGGER,
    .title = "End of a run",
    .help = "Starts a run when a run of another flow has succeeded or failed, once for each. The "
            "output is seen as `trigger`: {run, flow, status, error, output, depth, received_at}: "
            "error of a failed run, output of one that succeeded (too large a one is left out, and "
            "output_omitted is true).",
    .fields = event_fields,
    .config_size = sizeof(struct event_config),
    .example = "{\"flow\": \"paytrace-to-dynamics\", \"on\": \"failed\"}",
    .compile = event_compile,
    .arm = event_arm,
    .receive = received_told,
};
