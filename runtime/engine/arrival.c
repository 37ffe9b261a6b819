/* arrival.c - see arrival.h. */
#include "engine/arrival.h"

#include <stdio.h>

static bool arrival_no_hmac(void *arg, const char *algorithm, const char *encoding,
                            const char *secret, const void *text, size_t size,
                            const char *signature, struct err *e)
{
    (void)arg, (void)algorithm, (void)encoding, (void)secret;
    (void)text, (void)size, (void)signature;
    err_set(e, ERR_SIGNATURE, "nobody has signed it");
    return false;
}

static bool arrival_no_secret(void *arg, const char *secret, const char *text, struct err *e)
{
    (void)arg, (void)secret, (void)text;
    err_set(e, ERR_SIGNATURE, "nobody has signed it");
    return false;
}

static const struct node_event_services arrival_services = { arrival_no_hmac, arrival_no_secret };

enum err_code arrival_input(const struct engine *engine, const struct flow_node *node,
                            const struct arrival *arrival, json_t **input, struct err *e)
{
    struct node_event event = {
        .method = arrival->method,
        .path = arrival->path,
        .query = "",
        .headers = arrival->headers,
        .header_count = arrival->header_count,
        .body = arrival->body,
        .body_size = arrival->body_size,
        .received_ms = engine->world.clock->wall_ms(engine->world.clock),
        .services = &arrival_services,
    };

    *input = NULL;
    check(node->type->receive != NULL);
    return node->type->receive(&event, node->config, input, e);
}

enum err_code arrival_input_json(const struct engine *engine, const struct flow_node *node,
                                 const char *method, json_t **body, json_t **input, struct err *e)
{
    struct arrival arrival = { .method = method, .path = node->id };
    enum err_code code;
    char *text;

    text = json_text_new(*body, json_limits_reply.bytes, &arrival.body_size);
    json_decref(*body);
    *body = NULL;
    if (text == NULL)
        return err_set(e, ERR_LIMIT, "what arrived is larger than %zu bytes",
                       json_limits_reply.bytes);
    arrival.body = text;
    code = arrival_input(engine, node, &arrival, input, e);
    mem_free(text);
    return code;
}

bool arrival_arm(const struct flow_node *node, struct node_arm *arm)
{
    *arm = (struct node_arm){ .method = NULL };
    if (node->type->kind != NODE_TRIGGER || node->type->arm == NULL || node->disabled)
        return false;
    node->type->arm(node->config, arm);
    return true;
}

bool arrival_room(const struct engine *engine)
{
    return !engine->draining && engine->memory < LIMIT_MEMORY &&
           engine->runs.count < engine->most_runs;
}

int64_t arrival_pause(enum err_code code, unsigned n)
{
    int64_t pause = ARRIVAL_RETRY_MS;

    check(n > 0);
    if (err_retry(code))
        return pause;
    while (--n > 0 && pause < ARRIVAL_RETRY_MAX_MS)
        pause *= 2;
    return pause < ARRIVAL_RETRY_MAX_MS ? pause : ARRIVAL_RETRY_MAX_MS;
}

void arrival_fault(struct faults *faults, const char *file, const struct flow_node *node,
                   const char *setting, const struct err *e)
{
    char pointer[256];

    snprintf(pointer, sizeof pointer, "%.200s/config/%s", node->pointer, setting);
    faults_add(faults, false, file, 1, 1, pointer, "%s", e->text);
}
