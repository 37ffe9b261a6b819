/* call_body.h - secrets in the body of a call. The body that a node gave has none: they are put in
 * at the moment of sending, into memory that is wiped, and nothing else sees them. */
#ifndef ENGINE_CALL_BODY_H
#define ENGINE_CALL_BODY_H

#include "engine/connection.h"

struct call_body {
    char *text;                  /* NULL: none */
    size_t size;
    struct step_secret *secrets; /* names owned */
    size_t secret_count;
};
void call_body_take(struct call_body *body, const struct step_ask *ask);
void call_body_fini(struct call_body *body);
/* Appends the body with its secrets to `filled`, a secret buffer; no reply to these headers shows
 * one. ERR_AUTH: one is not there;
 * ERR_POLICY: it may not go to the connection's base URL. */
enum err_code call_body_fill(const struct call_body *body, struct connection *connection,
                             struct buf *filled, struct call_headers *headers,
                             struct err *e) MUST_USE;

#endif
