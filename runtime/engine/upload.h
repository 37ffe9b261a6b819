/* upload.h - files on their way into the body of a request (flow/node_upload.h). Only engine/
 * includes this.
 *
 *   begin -> pages: read on a thread of the pool, one ahead of the one that goes out -> all given
 *
 * (1) While one page goes out the next one is read; until it is there, the network waits.
 *                                                                   [upload_give, upload_read_done]
 * (2) The last page of a file is given when all of its bytes have the digest that the intent has,
 *     and not before.                                                              [upload_check]
 * (3) Given up, it outlives its call until the pool has returned.
 *                                                               [upload_leave, upload_read_done] */
#ifndef ENGINE_UPLOAD_H
#define ENGINE_UPLOAD_H

#include "engine/engine_priv.h"
#include "flow/node_upload.h"

#define UPLOAD_DIGEST (STEP_UPLOADS * 128u) /* bytes that upload_digest() adds at most */

struct upload;

/* Of ask->uploads; `text` is the body around them, which outlives it. NULL with *e: files cannot be
 * used here. */
struct upload *upload_new(struct step *step, const struct step_ask *ask, const char *text,
                          struct err *e) MUST_USE;
void upload_leave(struct upload *upload); /* NULL is fine */
/* The body from its first byte: a call that refused its signature is sent again. */
const struct http_source *upload_begin(struct upload *upload);
/* The call that takes it; NULL is fine. */
void upload_calls(struct upload *upload, struct http_out *out, uint64_t http);
/* What tells the files, for the digest of all that leaves; NULL is fine. */
void upload_digest(const struct upload *upload, struct buf *all);
const struct err *upload_error(const struct upload *upload); /* why it ended; NULL: no, or none */

#endif
