/* webhook.h - the config of trigger.webhook, for the triggers of systems whose events come the same
 * way (connector/action_event.c). */
#ifndef NODES_TRIGGER_WEBHOOK_H
#define NODES_TRIGGER_WEBHOOK_H

#include "nodes/trigger/verify.h"

struct webhook_config {
    const char *path;
    int method;
    int respond;
    int accept;
    const char *compare;
    struct verify *verify;
};
extern const char *const webhook_methods[];  /* end with NULL */
extern const char *const webhook_responds[];
extern const struct node_type node_trigger_webhook;

#endif
