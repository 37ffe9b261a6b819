/* kept.h - indexes of runs' steps that are kept for a while, because who looks at a run of 20,000
 * steps asks again for its next window. Of runs that have ended: those never change; of others the
 * last one only, until the run goes on. */
#ifndef DESIGNER_API_KEPT_H
#define DESIGNER_API_KEPT_H

#include "engine/trail.h"

struct trails;
struct trails *trails_new(void);
void trails_free(struct trails *trails); /* NULL is fine */
/* The index, borrowed until the next call; NULL with *e. */
const struct trail *trails_get(struct trails *trails, struct store *store, uint64_t run,
                               struct err *e) MUST_USE;

#endif
