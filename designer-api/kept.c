/* kept.c - see kept.h. */
#include "designer-api/kept.h"

#include "base/limits.h"
#include "base/mem.h"

#define KEPT_TRAILS 16u
#define KEPT_BYTES  (32u * MIB) /* of all together */

struct trails {
    struct trail *kept[KEPT_TRAILS]; /* the one asked for last is the first */
    unsigned count;
    struct trail *passing; /* of a run under way, or too large */
};

struct trails *trails_new(void)
{
    return mem_must(sizeof(struct trails));
}

void trails_free(struct trails *trails)
{
    if (trails == NULL)
        return;
    for (unsigned i = 0; i < trails->count; i++)
        trail_free(trails->kept[i]);
    trail_free(trails->passing);
    mem_free(trails);
}

static void trails_first(struct trails *trails, unsigned at)
{
    struct trail *trail = trails->kept[at];

    for (; at > 0; at--)
        trails->kept[at] = trails->kept[at - 1];
    trails->kept[0] = trail;
}

/* Those that were asked for longest ago go, until there is room. */
static void trails_thin(struct trails *trails, size_t bytes)
{
    size_t all = bytes;

    for (unsigned i = 0; i < trails->count; i++)
        all += trail_bytes(trails->kept[i]);
    while (trails->count > 0 && (trails->count == KEPT_TRAILS || all > KEPT_BYTES)) {
        struct trail *last = trails->kept[--trails->count];

        all -= trail_bytes(last);
        trail_free(last);
    }
}

const struct trail *trails_get(struct trails *trails, struct store *store, uint64_t run,
                               struct err *e)
{
    struct trail *trail;

    for (unsigned i = 0; i < trails->count; i++) {
        if (trail_run(trails->kept[i]) == run) {
            trails_first(trails, i);
            return trails->kept[0];
        }
    }
    /* one that may change, or is too large to be kept beside others, is of use as long as nobody
     * asks for another */
    if (trails->passing != NULL && trail_run(trails->passing) == run &&
        trail_current(trails->passing, store))
        return trails->passing;
    trail = trail_read(store, run, e);
    if (trail == NULL)
        return NULL;
    if (!trail_ended(trail) || trail_bytes(trail) > KEPT_BYTES / 2) {
        trail_free(trails->passing);
        trails->passing = trail;
        return trail;
    }
    trails_thin(trails, trail_bytes(trail));
    trails->kept[trails->count++] = trail;
    trails_first(trails, trails->count - 1);
    return trail;
}
