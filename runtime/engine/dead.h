/* dead.h - dead letters: failed runs that nobody has settled, by what they have in common. One that
 * was cancelled is a dead letter, too, when its end says what is not known of it (unseen.h). */
#ifndef ENGINE_DEAD_H
#define ENGINE_DEAD_H

#include <jansson.h>

#include "base/effort.h"
#include "base/err.h"
#include "store/store.h"

#define DEAD_FINGERPRINT 17
struct dead_filter {
    const char *flow;        /* NULL: any */
    const char *fingerprint; /* NULL: any */
    const char *workspace, *environment; /* NULL: any */
    bool runs;               /* their ids are told, too */
};
/* "9f86d081884c7d65": flow, step, kind and text of the error without what differs from run to
 * run. */
void engine_dead_fingerprint(const struct store_run *run, char text[DEAD_FINGERPRINT]);
/* Whether somebody has settled the run. */
bool engine_dead_settled(struct store *store, uint64_t run, struct err *e);
/* Whether the run is a dead letter, if nobody has settled it. */
bool engine_dead_is(const struct store_run *run);
/* Those that are have one of these: bits STORE_LOOK_STATUS(). More than RUN_FAILED: the look may
 * not be a bare one. */
unsigned engine_dead_statuses(const struct store *store);

/* A count of the newest 10,000 failed runs, in as many slices as it takes. */
struct dead_count;
struct dead_count *dead_count_new(const struct dead_filter *filter); /* texts: borrowed */
void dead_count_free(struct dead_count *count);                      /* NULL is fine */
/* Goes on with it. effort: of this slice; NULL: to the end. */
enum err_code dead_count_slice(struct dead_count *count, struct store *store,
                               const struct effort *effort, struct err *e) MUST_USE;
bool dead_count_done(const struct dead_count *count);
/* {"groups": [{"fingerprint", "flow", "step", "kind", "text", "count", "first_at", "last_at",
 * "example", "runs"?: [ids, the newest first]}], "more"?: true}; the largest group first. more:
 * there are others. New reference. */
json_t *dead_count_json(const struct dead_count *count);
/* The same at once. NULL with *e. */
json_t *engine_dead(struct store *store, const struct dead_filter *filter,
                    struct err *e) MUST_USE;

#endif
