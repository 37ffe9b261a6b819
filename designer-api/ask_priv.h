/* ask_priv.h - where an ask's answer goes; for designer-api/'s own machinery. */
#ifndef DESIGNER_API_ASK_PRIV_H
#define DESIGNER_API_ASK_PRIV_H

#include "designer-api/ask.h"

#define ASK_TRACE 33
struct repeat;
struct ask_end {
    struct api *api;
    struct http_in *in;
    uint64_t request;
    char trace[ASK_TRACE];   /* of the caller's traceparent, or made; in problems and the log */
    struct repeat *repeat;   /* Idempotency-Key: the answer is kept under it first; NULL: none */
};
#define ASK_TEXT_MAX (256u * MIB) /* of an answer: one run with all its payloads */

/* The answer leaves; what follows an Idempotency-Key is kept before. */
void ask__send(const struct ask_end *end, const struct http_answer *answer);
/* The value as the text of an answer; body's limit is ASK_TEXT_MAX. ERR_LIMIT. On any thread. */
enum err_code ask__text(const json_t *value, struct buf *body, struct err *e) MUST_USE;
/* A page: see ask_page_more(). items: taken. On any thread. */
json_t *ask__page(const struct ask *ask, json_t *items, const char *next, int64_t total,
                  bool incomplete);
void ask__json(const struct ask_end *end, int status, const json_t *value, uint64_t revision);
/* faults and members: taken, may be NULL; allow: with ERR_METHOD */
void ask__problem(const struct ask_end *end, const struct err *e, json_t *faults, json_t *members,
                  const char *allow);
/* Nobody who waits is answered any more. */
void ask__laters_leave(struct api *api);
void proving__leave(struct api *api);

#endif
