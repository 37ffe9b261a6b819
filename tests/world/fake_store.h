/* fake_store.h - a store in memory whose commits, losses and refusals the test decides. What was
 * committed outlives the engine, so that a test can end one engine as a crash would and start
 * another on the same store. */
#ifndef WORLD_FAKE_STORE_H
#define WORLD_FAKE_STORE_H

#include <jansson.h>

#include "store/store.h"

struct fake_store;
struct fake_store *fake_store_new(void);
struct store *fake_store_store(struct fake_store *fake);
void fake_store_free(struct fake_store *fake);

/* Commits what is queued and tells the engine; returns how many batches there were. */
size_t fake_store_commit(struct fake_store *fake);
/* The first units of the queue alone. */
size_t fake_store_commit_some(struct fake_store *fake, size_t units);
void fake_store_lose(struct fake_store *fake);  /* the crash: what is queued never was */
/* the next commits fail */
void fake_store_refuse(struct fake_store *fake, enum err_code code, unsigned times);
size_t fake_store_queued(const struct fake_store *fake);
size_t fake_store_commits(const struct fake_store *fake); /* groups committed so far */
size_t fake_store_runs(const struct fake_store *fake);
/* The entries of a run's journal as one array; new reference. */
json_t *fake_store_entries(const struct fake_store *fake, uint64_t run);
/* What is committed now; free it with fake_store_free(). It is no store that could be opened. */
struct fake_store *fake_store_backup(const struct fake_store *fake);
/* The store is what it was then, and knows that it was restored. The engine is gone. */
void fake_store_restore(struct fake_store *fake, const struct fake_store *backup);
/* The run has that order key, no longer than its own, as in a store put together from several. */
void fake_store_order(struct fake_store *fake, uint64_t run, const char *key);
bool fake_store_has(const struct fake_store *fake, uint64_t run); /* a removed one, too */
/* Runs that were removed because they were old: kept here for whoever judges. */
size_t fake_store_gone(const struct fake_store *fake);
void fake_store_visit_gone(const struct fake_store *fake, store_run_fn *visit, void *arg);
bool fake_store_status(const struct fake_store *fake, uint64_t run, enum run_status *status);

#endif
