/* poll.c - a system is asked again and again; what is new in its answer begins runs. */
#include <stddef.h>

#include "base/check.h"
#include "nodes/definition.h"
#include "nodes/received.h"

#define POLL_MS_MIN INT64_C(1000)
#define POLL_MS_MAX (INT64_C(31) * 86400000)

struct poll_config {
    struct value *items, *id, *cursor;
    int64_t every_ms;
    struct node_poll poll; /* what compile() makes of it */
};

static const struct field poll_fields[] = {
    { .kind = FIELD_MS,
      .name = "every",
      .offset = offsetof(struct poll_config, every_ms),
      .required = true,
      .min = POLL_MS_MIN,
      .max = POLL_MS_MAX,
      .help = "The pause from the end of one poll to the next.",
      .example = "\"5m\"" },
    { .kind = FIELD_BODY,
      .name = "body",
      .required = true,
      .help = "How the system is asked: {\"nodes\", \"edges\"} without a trigger and without "
              "effects. Inside, expressions see `trigger.cursor`, null at first." },
    { .kind = FIELD_VALUE,
      .name = "items",
      .offset = offsetof(struct poll_config, items),
      .required = true,
      .inside = true,
      .help = "What was found, seen from the end of the body: a list. Each item begins a run, at "
              "most 1000 of them in one commit.",
      .example = "\"=steps.ask.body.value\"" },
    { .kind = FIELD_VALUE,
      .name = "id",
      .offset = offsetof(struct poll_config, id),
      .inside = true,
      .help = "What makes two items the same, seen with `item`: a text or a number. An item that "
              "was taken before is left out. Without it every item counts as new.",
      .example = "\"=item.invoiceId\"" },
    { .kind = FIELD_VALUE,
      .name = "cursor",
      .offset = offsetof(struct poll_config, cursor),
      .inside = true,
      .help = "Where the next poll goes on, seen from the end of the body. It moves in the same "
              "commit as the last runs of what was found, or not at all.",
      .example = "\"=steps.ask.body.next\"" },
    FIELD_LAST,
};

static void poll_compile(struct flow_build *build, void *config, const char *pointer,
                         const struct node_type *type)
{
    struct poll_config *poll = config;

    (void)type;
    if (poll->id == NULL && poll->cursor == NULL)
        flow_build_fault(build, pointer,
                         "neither \"id\" nor \"cursor\" is there: every poll would begin runs for "
                         "the same items again");
    poll->poll = (struct node_poll){
        .every_ms = poll->every_ms,
        .items = poll->items,
        .id = poll->id,
        .cursor = poll->cursor,
    };
}

static void poll_arm(const void *config, struct node_arm *arm)
{
    const struct poll_config *poll = config;

    check(poll->poll.every_ms > 0);
    check(poll->poll.items != NULL);
    arm->poll = &poll->poll;
    arm->respond_result = true; /* to whoever starts it by hand */
}

const struct node_type node_trigger_poll = {
    .name = "trigger.poll",
    .kind = NODE_TRIGGER,
    .title = "Poll",
    .help = "Asks a system at intervals and starts a run for each new item of its answer. The "
            "output is seen as `trigger`: {body, received_at}, where body is the item.",
    .fields = poll_fields,
    .config_size = sizeof(struct poll_config),
    .has_body = true,
    .example =
        "{\"every\": \"5m\", \"body\": {\"nodes\": [{\"id\": \"ask\", \"type\": "
        "\"connector.http\", \"config\": {\"url\": \"https://api.example.com/invoices\", "
        "\"query\": {\"after\": \"=trigger.cursor\"}}}], \"edges\": []}, \"items\": "
        "\"=steps.ask.body.value\", \"id\": \"=item.id\", \"cursor\": \"=steps.ask.body.next\"}",
    .compile = poll_compile,
    .arm = poll_arm,
    .receive = received_told,
};
