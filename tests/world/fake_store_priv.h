/* fake_store_priv.h - what fake_store.c writes and fake_read.c reads. */
#ifndef WORLD_FAKE_STORE_PRIV_H
#define WORLD_FAKE_STORE_PRIV_H

#include "world/fake_facts.h"
#include "world/fake_store.h"

struct fake_row {
    struct store_batch *batch; /* the accept and all it says; its status is kept current */
    json_t *entries;           /* of all committed batches */
    json_t *rows;              /* texts of the journal's rows */
};
struct fake_store {
    struct store store;
    struct fake_row *rows; /* ascending ids */
    size_t count;
    struct fake_row *gone; /* removed, in the order of their going */
    size_t gone_count;
    struct store_batch *queue, *queue_last;
    size_t queued, commits;
    enum err_code refuse;
    unsigned refuse_times;
    struct fake_facts facts;
    json_t *keys; /* of deduplication: the run's id */
    json_t *versions, *deployments, *secrets;
};

bool fake__ended(enum run_status status);
struct fake_row *fake__row(const struct fake_store *fake, uint64_t run); /* NULL: there is none */
bool fake__visit(const struct fake_row *row, store_run_fn *visit, void *arg);
void fake__empty(struct fake_store *fake); /* of all that was committed */
extern const struct store_ops fake__ops;
void fake__append(struct store *store, struct store_batch **batches, size_t count);

#endif
