/* manual.c - a flow begins when a person, a command or an API call says so. */
#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "flow/node.h"

static void manual_arm(const void *config, struct node_arm *arm)
{
    (void)config;
    check(arm != NULL);
    arm->method = NULL;
    arm->path = NULL;
    arm->respond_result = true;
}

/* What is handed over is JSON by whatever way it came; nothing at all is null. */
static enum err_code manual_receive(struct node_event *event, const void *config, json_t **input,
                                    struct err *e)
{
    json_t *body = json_null();
    char received[CLOCK_TEXT];
    bool failed = false;

    (void)config;
    check(input != NULL);
    *input = NULL;
    if (event->body_size > 0) {
        body = json_read(event->body, event->body_size, &json_limits_body, e);
        if (body == NULL)
            return err_prefix(e, "the input is not valid JSON");
    }
    clock_text(event->received_ms, received);
    *input = json_object();
    if (*input == NULL) {
        json_decref(body);
        return err_set(e, ERR_MEMORY, "no memory for the input");
    }
    json_put(*input, "body", body, &failed);
    json_put(*input, "received_at", json_string(received), &failed);
    if (!failed)
        return ERR_OK;
    json_decref(*input);
    *input = NULL;
    return err_set(e, ERR_MEMORY, "no memory for the input");
}

const struct node_type node_trigger_manual = {
    .name = "trigger.manual",
    .kind = NODE_TRIGGER,
    .title = "Start by hand",
    .help =
        "Starts a run from the designer, the API or `weft run`. The output is seen as `trigger`: "
        "{body, received_at}.",
    .example = "{}",
    .arm = manual_arm,
    .receive = manual_receive,
};
