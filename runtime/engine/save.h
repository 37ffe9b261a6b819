/* save.h - the body of an answer on its way to a file (flow/node_save.h). Only engine/ includes
 * this.
 *
 *   first bytes -> pieces: filled by the network, written on a thread of the pool -> all has come
 *     -> its turn at the path (expiry.h) -> the last piece -> if it is to go some day: its row,
 *     committed -> it has its name -> save_fn
 *
 * (1) While one piece is written the next one is filled; when that is full, the network waits.
 *                                                                        [save_take, save_written]
 * (2) It becomes a file when the whole answer has come, well framed, and not before.  [save_end]
 * (3) Given up, it outlives its call until the pool has returned.     [save_leave, save_written] */
#ifndef ENGINE_SAVE_H
#define ENGINE_SAVE_H

#include "engine/engine_priv.h"
#include "flow/node_save.h"

struct save;
struct card_report;
typedef void save_fn(struct engine *engine, uint64_t tag);

/* NULL with *e: files cannot be used here. */
struct save *save_new(struct step *step, const struct step_save *ask, struct err *e) MUST_USE;
void save_leave(struct save *save);          /* what is not kept is gone; NULL is fine */
const struct http_sink *save_sink(const struct save *save); /* NULL: of no save */
/* The call that brings it; NULL is fine. */
void save_calls(struct save *save, struct http_out *out, uint64_t http);
/* The call has ended. True: done() tells when the file is kept, or is not. False: there is nothing
 * to keep, save_error() may say why. */
bool save_end(struct save *save, const struct http_reply *reply, save_fn *done, uint64_t tag);
/* The body that is a refusal, and no file; NULL: it is none. */
const struct buf *save_refusal(const struct save *save);
const struct err *save_error(const struct save *save); /* NULL: none */
const struct step_saved *save_result(const struct save *save); /* NULL: it was not kept */
const struct card_report *save_cards(const struct save *save); /* what was taken out */

#endif
