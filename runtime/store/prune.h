/* prune.h - which ended runs a batch of the store removes: a part of store.h, which includes it. */
#ifndef STORE_PRUNE_H
#define STORE_PRUNE_H

#include <stdint.h>

/* Ended runs of a flow that nobody needs any more: at most `limit` of them, with their journals and
 * facts. Those that took longer than an hour go first, then the oldest. Their dedupe keys stay for
 * 400 days more, and for longer if events with them go on coming. The newest run of the store
 * stays, too: ids never begin anew. */
struct store_prune {
    char *workspace, *environment, *flow; /* owned by the batch */
    int64_t before_ms;          /* ended before; never later than now */
    /* ... and failed runs without FACT_SETTLED before this, which is earlier; 0: as the others */
    int64_t failed_before_ms;
    unsigned limit;             /* from 1; more than STORE_PRUNE_MOST is taken as that */
};

#define STORE_PRUNE_MOST 1000u /* runs of one batch: about as long as a commit */

#endif
