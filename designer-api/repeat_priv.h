/* repeat_priv.h - Idempotency-Key, in front of all handlers. */
#ifndef DESIGNER_API_REPEAT_PRIV_H
#define DESIGNER_API_REPEAT_PRIV_H

#include "designer-api/api_priv.h"

/* Whether the handler is to be called; else it was answered. With a key end->repeat is set: the
 * answer goes there. */
bool repeat__begin(struct ask *ask, struct ask_end *end) MUST_USE;
/* The answer, copied; it leaves when it is kept. */
void repeat__answer(struct repeat *repeat, const struct http_answer *answer);
/* Nobody is answered any more. */
void repeat__leave(struct api *api);

#endif
