/* store.c - the interface's own part: names of what a run came to, batches, and the
 * way to the ops. */
#include "store/store.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/audit.h"

/* ---- what a run came to */

const char *run_status_name(enum run_status status)
{
    switch (status) {
#define X(code, number, name, ended) \
    case RUN_##code:                 \
        return name;
        RUN_STATUS_TABLE(X)
#undef X
    }
    return "unknown"; /* a number from a store that a check sum missed */
}

bool run_status_ended(int status)
{
    switch (status) {
#define X(code, number, name, ended) \
    case RUN_##code:                 \
        return ended;
        RUN_STATUS_TABLE(X)
#undef X
    default:
        return false;
    }
}

bool run_status_find(const char *name, enum run_status *status)
{
    static const struct {
        const char *name;
        enum run_status status;
    } rows[] = {
#define X(code, number, text, ended) { text, RUN_##code },
        RUN_STATUS_TABLE(X)
#undef X
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].name, name) == 0) {
            *status = rows[i].status;
            return true;
        }
    return false;
}

/* ---- batches */

struct store_batch *store_batch_new(uint64_t run)
{
    struct store_batch *batch = mem_must(sizeof(*batch));

    check(run <= INT64_MAX);
    batch->run = run;
    return batch;
}

/* Puts one text behind those already in the block and lets *text lead there. */
static char *batch_text(char *at, const char **text, size_t size)
{
    if (*text == NULL)
        return at;
    memcpy(at, *text, size);
    at[size] = '\0';
    *text = at;
    return at + size + 1;
}

void store_batch_accept(struct store_batch *batch, const struct store_accept *accept)
{
    struct store_accept *own = &batch->accept;
    const char **const texts[] = { &own->workspace, &own->environment, &own->flow,
                                   &own->version,   &own->trigger,     &own->dedupe,
                                   &own->order_key };
    const size_t count = sizeof(texts) / sizeof(texts[0]);
    size_t room = accept->input_size + 1;
    char *at;

    check(!batch->has_accept);
    check(accept->input != NULL || accept->input_size == 0);
    batch->has_accept = true;
    *own = *accept;
    if (own->input == NULL)
        own->input = "";
    for (size_t i = 0; i < count; i++) {
        check(*texts[i] != NULL || texts[i] == &own->dedupe || texts[i] == &own->order_key);
        room += *texts[i] != NULL ? strlen(*texts[i]) + 1 : 0;
    }
    at = batch->texts = mem_try(room); /* the input's size comes from outside */
    if (at == NULL) {
        memset(own, 0, sizeof(*own));
        batch->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        at = batch_text(at, texts[i], *texts[i] != NULL ? strlen(*texts[i]) : 0);
    at = batch_text(at, &own->input, own->input_size);
    check(at == (char *)batch->texts + room);
}

void store_batch_free(struct store_batch *batch)
{
    if (batch == NULL)
        return;
    mem_free(batch->texts);
    mem_free(batch->entries);
    mem_free(batch->error);
    mem_free(batch->audit);
    mem_free(batch->text);
    store_facts_free(batch->facts);
    if (batch->prune != NULL) {
        mem_free(batch->prune->workspace);
        mem_free(batch->prune->environment);
        mem_free(batch->prune->flow);
        mem_free(batch->prune);
    }
    mem_free(batch);
}

/* ---- the way to the ops */

void store_on_done(struct store *store, store_done_fn *done, void *owner)
{
    check(done != NULL);
    store->done = done;
    store->owner = owner;
}

uint64_t store_epoch(const struct store *store)
{
    return store->epoch;
}

static void append_check(const struct store *store, const struct store_batch *b)
{
    bool of_run = b->has_accept || b->entries != NULL || b->has_status;

    check(store->done != NULL);
    check(of_run || b->facts != NULL || b->prune != NULL || b->audit != NULL || b->failed ||
          b->text != NULL || b->ticket != 0);
    check(!of_run || (b->run > 0 && b->prune == NULL));
    check(b->next == NULL);
    check(b->with == NULL);
    if (b->has_accept && b->entries != NULL)
        check(b->seq == 0); /* they become part of the run's row */
    if (b->prune != NULL)
        check(b->facts == NULL && b->prune->limit > 0);
}

void store_append(struct store *store, struct store_batch **batch)
{
    append_check(store, *batch);
    store->ops->append(store, batch, 1);
    check(*batch == NULL);
}

void store_append_all(struct store *store, struct store_batch **batches, size_t count)
{
    check(count > 0);
    for (size_t i = 0; i < count; i++)
        append_check(store, batches[i]);
    store->ops->append(store, batches, count);
    for (size_t i = 0; i < count; i++)
        check(batches[i] == NULL);
}

enum err_code store_ready(struct store *store, struct err *e)
{
    return store->ops->ready != NULL ? store->ops->ready(store, e) : ERR_OK;
}

enum err_code store_due(struct store *store, int64_t until_ms, unsigned limit, store_due_fn *visit,
                        void *arg, int64_t *next_ms, struct err *e)
{
    return store->ops->due(store, until_ms, limit, visit, arg, next_ms, e);
}

enum err_code store_facts(struct store *store, const struct store_facts_filter *filter,
                          store_fact_fn *visit, void *arg, struct err *e)
{
    return store->ops->facts(store, filter, visit, arg, e);
}

enum err_code store_put_version(struct store *store, const char *version, const char *flow,
                                const char *bundle, size_t size, int64_t now_ms, struct err *e)
{
    return store->ops->put_version(store, version, flow, bundle, size, now_ms, e);
}

enum err_code store_deploy(struct store *store, const char *workspace, const char *environment,
                           const char *flow, const char *version, int64_t now_ms, struct err *e)
{
    return store->ops->deploy(store, workspace, environment, flow, version, now_ms, e);
}

enum err_code store_put_secret(struct store *store, const char *workspace, const char *name,
                               const char *sealed, int64_t now_ms, struct err *e)
{
    return store->ops->put_secret(store, workspace, name, sealed, now_ms, e);
}

enum err_code store_runs(struct store *store, const struct store_runs_filter *filter,
                         store_run_fn *visit, void *arg, struct err *e)
{
    check(filter->before == 0 || filter->after == 0); /* one direction */
    check(filter->before == 0 || !filter->ordered);
    return store->ops->runs(store, filter, visit, arg, e);
}

enum err_code store_run_find(struct store *store, uint64_t run, store_run_fn *visit, void *arg,
                             struct err *e)
{
    return store->ops->run(store, run, false, visit, arg, e);
}

enum err_code store_run_head(struct store *store, uint64_t run, store_run_fn *visit, void *arg,
                             struct err *e)
{
    return store->ops->run(store, run, true, visit, arg, e);
}

enum err_code store_journal(struct store *store, uint64_t run, store_journal_fn *visit, void *arg,
                            struct err *e)
{
    return store->ops->journal(store, run, 0, visit, arg, e);
}

enum err_code store_journal_from(struct store *store, uint64_t run, uint32_t from,
                                 store_journal_fn *visit, void *arg, struct err *e)
{
    return store->ops->journal(store, run, from, visit, arg, e);
}

enum err_code store_version(struct store *store, const char *version, char **bundle, size_t *size,
                            struct err *e)
{
    return store->ops->version(store, version, bundle, size, e);
}

enum err_code store_deployments(struct store *store, store_deploy_fn *visit, void *arg,
                                struct err *e)
{
    return store->ops->deployments(store, visit, arg, e);
}

enum err_code store_secrets(struct store *store, store_secret_fn *visit, void *arg, struct err *e)
{
    return store->ops->secrets(store, visit, arg, e);
}

enum err_code store_last_run(struct store *store, uint64_t *run, struct err *e)
{
    return store->ops->last_run(store, run, e);
}

void store_close(struct store *store)
{
    if (store != NULL)
        store->ops->close(store);
}

/* ---- the audit chain */

bool store_audits(const struct store *store)
{
    return store->audits;
}

static enum err_code audit_none(struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "this store keeps no audit chain");
}

enum err_code store_audit_key(struct store *store, const unsigned char key[STORE_AUDIT_KEY],
                              struct err *e)
{
    enum err_code code =
        store->ops->audit_key != NULL ? store->ops->audit_key(store, key, e) : audit_none(e);

    store->audits = code == ERR_OK;
    return code;
}

enum err_code store_audit(struct store *store, int64_t after, unsigned limit, store_audit_fn *visit,
                          void *arg, struct err *e)
{
    if (store->ops->audit == NULL)
        return audit_none(e);
    return store->ops->audit(store, after, false, limit, visit, arg, e);
}

enum err_code store_audit_back(struct store *store, int64_t before, unsigned limit,
                               store_audit_fn *visit, void *arg, struct err *e)
{
    if (store->ops->audit == NULL)
        return audit_none(e);
    return store->ops->audit(store, before > 0 ? before : INT64_MAX, true, limit, visit, arg, e);
}

enum err_code store_audit_verify(struct store *store, const unsigned char key[STORE_AUDIT_KEY],
                                 struct store_audit_report *report, struct err *e)
{
    if (store->ops->audit_verify == NULL)
        return audit_none(e);
    return store->ops->audit_verify(store, key, report, e);
}
