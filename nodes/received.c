/* received.c - what runs begin with that the engine itself starts. */
#include "nodes/received.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"

json_t *received_body(const struct node_event *event, struct err *e)
{
    json_t *body;

    check(event != NULL);
    if (event->body_size == 0)
        return json_null();
    body = json_read(event->body, event->body_size, &json_limits_reply, e);
    if (body == NULL)
        err_prefix(e, "the input is not valid JSON");
    return body;
}

/* Takes the object. */
static enum err_code received_dated(const struct node_event *event, json_t *object, bool failed,
                                    json_t **input, struct err *e)
{
    char received[CLOCK_TEXT];

    clock_text(event->received_ms, received);
    if (object != NULL && !failed)
        json_put(object, "received_at", json_string(received), &failed);
    *input = object;
    if (object != NULL && !failed)
        return ERR_OK;
    json_decref(object);
    *input = NULL;
    return err_set(e, ERR_MEMORY, "no memory for the input");
}

enum err_code received_input(const struct node_event *event, json_t **body, json_t **input,
                             struct err *e)
{
    json_t *object = json_object();
    bool failed = object == NULL;

    check(*body != NULL);
    if (failed)
        json_decref(*body);
    else
        json_put(object, "body", *body, &failed);
    *body = NULL;
    return received_dated(event, object, failed, input, e);
}

enum err_code received_told(struct node_event *event, const void *config, json_t **input,
                            struct err *e)
{
    json_t *body = received_body(event, e);

    (void)config;
    *input = NULL;
    if (body == NULL)
        return e->code;
    if (!json_is_object(body))
        return received_input(event, &body, input, e);
    return received_dated(event, body, false, input, e);
}
