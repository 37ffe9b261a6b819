/* stop.c - ends the run, by the node's word. */
#include <stddef.h>

#include "base/check.h"
#include "base/err.h"
#include "flow/node_long.h"
#include "nodes/word.h"

#define STOP_TEXT (sizeof((struct err *)0)->text - 1) /* a failure's text must hold it */

struct stop_config {
    bool succeed;
    struct value *message;
};

static const struct field stop_fields[] = {
    { .kind = FIELD_BOOL,
      .name = "succeed",
      .offset = offsetof(struct stop_config, succeed),
      .fallback = "false",
      .help = "true: the run ends as succeeded. false: it fails and becomes a dead letter." },
    { .kind = FIELD_VALUE,
      .name = "message",
      .offset = offsetof(struct stop_config, message),
      .help = "Why, for people; at most 399 bytes are kept.",
      .example = "\"='no account for ' .. trigger.body.customer\"" },
    FIELD_LAST,
};
static const char *const stop_ports[] = { NULL };

static void stop_say(struct step *step, const struct stop_config *stop, const json_t *message)
{
    char *text = step_state(step, STOP_TEXT + 1);

    word_show(message, text, STOP_TEXT + 1);
    step_stop(step, stop->succeed, text[0] != '\0' ? text : "the flow says so");
}

static void stop_filled(struct step *step, const void *config, const struct step_values *values)
{
    check(values->count == 1);
    stop_say(step, config, values->filled[0]);
}

static enum node_next stop_start(struct step *step, const void *config)
{
    const struct stop_config *stop = config;

    if (stop->message != NULL)
        return step_eval(step, &stop->message, 1, false, stop_filled);
    stop_say(step, stop, NULL);
    return NODE_ENDED;
}

const struct node_type node_branch_stop = {
    .name = "branch.stop",
    .kind = NODE_BRANCH,
    .title = "Stop",
    .help = "Ends the whole run, also from inside a body: nothing new starts, what is under way is "
            "let end.",
    .fields = stop_fields,
    .config_size = sizeof(struct stop_config),
    .ports = stop_ports,
    .example = "{\"succeed\": false, \"message\": \"='no account for ' .. trigger.body.customer\"}",
    .start = stop_start,
};
