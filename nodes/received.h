/* received.h - what runs begin with that the engine itself starts: for a time, an event, another
 * flow. It tells a trigger by receive(), as for a request: a method of its own and JSON. */
#ifndef NODES_RECEIVED_H
#define NODES_RECEIVED_H

#include "flow/node.h"

/* The JSON of the event; null when there is none. A new reference, NULL with *e. */
json_t *received_body(const struct node_event *event, struct err *e);
/* {"body": body, "received_at"}; takes body. */
enum err_code received_input(const struct node_event *event, json_t **body, json_t **input,
                             struct err *e);
/* receive() of a trigger whose output is the engine's own object and "received_at". What is no
 * object (started by hand) becomes {"body", "received_at"}. */
enum err_code received_told(struct node_event *event, const void *config, json_t **input,
                            struct err *e);

#endif
