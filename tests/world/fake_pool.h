/* fake_pool.h - a pool without threads: what it is given is worked on by fake_pool_deliver(), not
 * before; so a test can end the engine in between. */
#ifndef WORLD_FAKE_POOL_H
#define WORLD_FAKE_POOL_H

#include <stdbool.h>

#include "io/pool.h"

struct fake_pool;
struct fake_pool *fake_pool_new(void);
struct pool *fake_pool_pool(struct fake_pool *fake);
void fake_pool_free(struct fake_pool *fake); /* asserts that nothing is left */
size_t fake_pool_open(const struct fake_pool *fake);
/* Works on what is there, and tells it not yet. */
void fake_pool_begin(struct fake_pool *fake);
/* Works on what is there and has not begun, and tells it; returns how many. */
size_t fake_pool_deliver(struct fake_pool *fake);
/* After the engine has gone, the crash: with `worked` what is there has still happened. */
void fake_pool_drop(struct fake_pool *fake, bool worked);

#endif
