/* story.h - a journal told step by step, the steps inside of bodies too: what engine_show() gives
 * of a run. Only engine/ includes this.
 *
 * Of a loop with many iterations the first and the last few are told, those that failed, and those
 * under way; the loop itself says how many there were. `only` names the one thing that is wanted:
 * "lines[7321]", "lines[7321]/post"; `whole`: all iterations are told, however many. */
#ifndef ENGINE_STORY_H
#define ENGINE_STORY_H

#include "engine/engine_priv.h"

struct story;
/* run: its row as shown, with its input; bundle: of its version, may be NULL; only: NULL: all. All
 * borrowed for the life of the story. */
struct story *story_new(const json_t *run, const json_t *bundle, int64_t received_ms,
                        const char *only, bool whole);
void story_free(struct story *story); /* NULL is fine */
void story_row(struct story *story, const json_t *entries); /* one row of the journal, in order */
/* Once, at the end. ended: what has no outcome will never have one. New references. */
json_t *story_steps(struct story *story, bool ended);
json_t *story_waits(struct story *story); /* what it waits for: array */
json_t *story_cancel(const struct story *story); /* who cancelled it, why; NULL: nobody */
json_t *story_masked(const struct story *story); /* card data taken out of its input; NULL: none */
json_t *story_output(const struct story *story); /* what it gave to its caller; NULL: nothing */

/* story_entry.c: what one entry says of its step. id: of the node */
struct story_step;
void story_entry(json_t *step, const json_t *entry, int64_t received_ms);
json_t *story_time(int64_t ms); /* null for 0 */

#endif
