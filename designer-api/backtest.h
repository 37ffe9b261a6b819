/* backtest.h - what a changed flow would have made of a run that was recorded.
 *
 * The event of the run is told twice in worlds of their own (engine/rehearse.h): by the version
 * that the run had, and by the changed one. Systems, people and events answer both as they answered
 * the run. What differs then comes from the change alone. */
#ifndef DESIGNER_API_BACKTEST_H
#define DESIGNER_API_BACKTEST_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* run: engine_show_whole(). What its steps gave, as a rehearsal takes it (engine/answers.h):
 * {STEP: {"output"} or {"error": {"kind", "text"}}}. A wait that its time has ended has no answer,
 * so that its time ends it again. New reference. */
json_t *backtest_answers(const json_t *run) MUST_USE;

/* Whether the rehearsal by the run's own version went the run's way: the same steps, by the same
 * exits, to the same end. Where not, the run has seen something that its record does not tell. */
bool backtest_alike(const json_t *run, const json_t *before);

/* What two rehearsals of one event differ in: what would leave, how the run ends, then the steps.
 * Up to `limit`: {"same": true | false, "changes": [{"what": "request" | "run" | "step" | "output",
 * "step"?, "pointer", "kind": "added" | "removed" | "changed", "left"?, "right"?}], "more"?: true}.
 * Values are masked (mask.h); where what is masked differs, the text of the mask stands on both
 * sides. New reference. */
json_t *backtest_changes(const json_t *before, const json_t *after, unsigned limit) MUST_USE;

#endif
