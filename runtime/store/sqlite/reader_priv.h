/* reader_priv.h - the reads, on a connection of their own that cannot write and never checkpoints.
 *
 * Any thread may read; reads take turns. A visitor may read again, but may not change the store: it
 * would wait for itself. */
#ifndef STORE_SQLITE_READER_PRIV_H
#define STORE_SQLITE_READER_PRIV_H

#include <pthread.h>
#include <stdbool.h>

#include "base/log.h"
#include "store/sqlite/db_priv.h"
#include "store/store.h"

struct reader {
    struct db *db; /* `own`, or the writer's for a store in memory */
    struct db own;
    pthread_mutex_t lock; /* recursive */
    char *payloads;       /* folder of large texts; NULL: of a store in memory */
    struct log *log;
};
void reader_init(struct reader *reader, struct log *log);
int reader_open(struct reader *reader, const char *path); /* looks at nothing yet. SQLite codes */
int reader_open_still(struct reader *reader, const char *path); /* nothing changes, without a log */
int reader_set_up(struct reader *reader);                 /* once it is known to be a store */
void reader_fini(struct reader *reader);                  /* fine for a zeroed `own` */
bool reader_inside(const struct reader *reader); /* is this thread in one of its visitors */

enum err_code reader_runs(struct reader *reader, const struct store_runs_filter *filter,
                          store_run_fn *visit, void *arg, struct err *e);
enum err_code reader_run(struct reader *reader, uint64_t run, bool head, store_run_fn *visit,
                         void *arg, struct err *e);
enum err_code reader_journal(struct reader *reader, uint64_t run, uint32_t from,
                             store_journal_fn *visit, void *arg, struct err *e);
enum err_code reader_version(struct reader *reader, const char *version, char **bundle,
                             size_t *size, struct err *e);
enum err_code reader_deployments(struct reader *reader, store_deploy_fn *visit, void *arg,
                                 struct err *e);
enum err_code reader_secrets(struct reader *reader, store_secret_fn *visit, void *arg,
                             struct err *e);
enum err_code reader_due(struct reader *reader, int64_t until_ms, unsigned limit,
                         store_due_fn *visit, void *arg, int64_t *next_ms, struct err *e);
enum err_code reader_last_run(struct reader *reader, uint64_t *run, struct err *e);

#endif
