/* fake_facts.h - the facts of the store in memory, in the order of kind and key. */
#ifndef WORLD_FAKE_FACTS_H
#define WORLD_FAKE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/fact.h"

struct fake_facts {
    struct store_fact *rows; /* they own their texts */
    size_t count;
};
void fake_facts_free(struct fake_facts *facts); /* empties it */
struct fake_facts fake_facts_copy(const struct fake_facts *facts);
/* False: a fact to be added is there; nothing was done. */
bool fake_facts_put(struct fake_facts *facts, const struct store_fact *fact);
void fake_facts_forget(struct fake_facts *facts, uint64_t run); /* all of that run */
bool fake_facts_settled(const struct fake_facts *facts, uint64_t run);
void fake_facts_walk(const struct fake_facts *facts, const struct store_facts_filter *filter,
                     store_fact_fn *visit, void *arg);

#endif
