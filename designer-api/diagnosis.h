/* diagnosis.h - the probable cause of a failure, and its remedy, from what the store remembers.
 *
 * {"cause", "text", "remedy", "since"?, "affected", "more"?, "evidence": [{"code", "text",
 *  "params"}], "link": {"kind", "flow"?, "connection"?, "table"?},
 *  "system"?: {"title", "help"?, "remedy"?}}:
 * texts are English, for people; `cause` and `code` are words for programs, which a browser says in
 * its own language; `params` has what a text is made of. `system` is what the manifest of the
 * system says of such an error, which is more exact than `text` and `remedy`. Nothing of a run's
 * payload is in it.
 *
 * It is computed when it is asked for, by one walk over at most DIAGNOSIS_RUNS of the flow's runs;
 * when that was not all, "more" is true and `affected` is at least so many. */
#ifndef DESIGNER_API_DIAGNOSIS_H
#define DESIGNER_API_DIAGNOSIS_H

#include <jansson.h>

#include "store/store.h"

#define DIAGNOSIS_RUNS 500u

/* Of a run that has failed; NULL with *e, or when it did not fail (e->code ERR_OK). */
json_t *diagnosis_of_run(struct store *store, uint64_t run, struct err *e) MUST_USE;
/* Of an exception of the desk, whichever type; NULL with *e, or when a person is only asked. */
json_t *diagnosis_of_exception(struct store *store, const json_t *exception,
                               struct err *e) MUST_USE;

#endif
