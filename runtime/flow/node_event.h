/* node_event.h - what a trigger's receive() is given: a request, a file, an item, borrowed for the
 * call; and how one polls. Seen through node.h. */
#ifndef FLOW_NODE_EVENT_H
#define FLOW_NODE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pair.h"

struct value;
struct node_poll {
    int64_t every_ms;
    struct value *items;        /* seen from the body's end; an array. NULL: start() asks, and its
                                   output is {"items", "cursor", "more"}; more: it asks again at
                                   once, if the cursor moved */
    struct value *id;           /* of an item (`item`): what makes two the same; NULL: none */
    struct value *cursor;       /* the next position, seen from the body's end; NULL: none */
    bool by_time;               /* without a cursor it asks from step_polled_since() on */
};

struct step;
/* Of one by time without a cursor: the moment of its first poll, also of one that failed; borrowed.
 */
json_t *step_polled_since(const struct step *step);

struct node_event {
    const char *method, *path, *query;
    const struct pair *headers;
    size_t header_count;
    const char *body;            /* raw bytes followed by a NUL */
    size_t body_size;
    int64_t received_ms;
    const struct node_event_services *services;
    void *arg;
    /* receive() may answer at once in place of beginning a run: a text, and its type. Taken. */
    char *answer;
    const char *answer_type;
};
struct node_event_services {
    /* HMAC over text with a secret of the vault, compared in constant time; false also when
     * there is no such secret (*e then says so). algorithm: "sha256", or "sha256/base64" when the
     * secret is the key in base64. */
    bool (*hmac_matches)(void *arg, const char *algorithm, const char *encoding, const char *secret,
                         const void *text, size_t size, const char *signature, struct err *e);
    /* Compares with a secret in constant time. */
    bool (*secret_equals)(void *arg, const char *secret, const char *text, struct err *e);
};
const char *node_event_header(const struct node_event *event, const char *name); /* any case */

#endif
