/* body.h - the iterations of a node's body. Only engine/ includes this.
 *
 * (1) Iterations begin in the order of their items; at most `parallel` are under way. [body_begin]
 * (2) An iteration counts as done when its entry is written, with what was collected; on recovery
 *     it is not begun again.                                          [loop_ended, loop_recover]
 * (3) Iterations that the journal knows wait for their items until the node has asked for its loop
 *     again.                                                                        [body_ready] */
#ifndef ENGINE_BODY_H
#define ENGINE_BODY_H

#include "engine/frame.h"

struct body;

void body_free(struct body *body); /* NULL is fine */
void body_stop(struct body *body); /* nothing new begins; the step ends when all have ended */
/* A node of an iteration may be worked on. */
bool body_ready(const struct frame *frame);
/* Every step of the iteration has ended, or what was asked for at its end has arrived. */
void body_frame_ended(struct frame *frame);
/* The step of the loop has something to do: its delay is over, or all iterations have ended. */
void body_continue(struct step *step);

/* Recovery: the iteration with that index, made if need be; NULL: it is done. */
struct frame *body_recover_frame(struct run_node *n, uint32_t index);
/* at_ms: when it was done */
void body_recover_done(struct run_node *n, uint32_t index, json_t *result, bool failed, bool last,
                       int64_t at_ms);
struct frame *body_frames(const struct run_node *n); /* those under way; NULL: none */
int64_t body_next_ms(const struct run_node *n); /* wall: its delay is over; 0: it has none now */
/* New reference: of what is recorded, the list or the last one. */
json_t *body_result(struct run_node *n, bool last_only);
/* Why no further iteration begins; code ERR_OK: none has failed. */
const struct err *body_failure(const struct run_node *n);

#endif
