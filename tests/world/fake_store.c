/* fake_store.c - see fake_store.h. */
#include "world/fake_store.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"

struct fake_row {
    struct store_batch *batch; /* the accept and all it says; its status is kept current */
    json_t *entries;           /* of all committed batches */
    json_t *rows;              /* texts of the journal's rows */
};
struct fake_store {
    struct store store;
    struct fake_row *rows;
    size_t count;
    struct store_batch *queue, *queue_last;
    size_t queued, commits;
    enum err_code refuse;
    unsigned refuse_times;
    json_t *versions, *deployments, *secrets;
};

static bool fake_ended(enum run_status status)
{
    switch (status) {
#define X(code, number, name, ended) \
    case RUN_##code:                 \
        return ended;
        RUN_STATUS_TABLE(X)
#undef X
    }
    return false;
}

static struct fake_row *fake_row(const struct fake_store *fake, uint64_t run)
{
    size_t i;

    for (i = 0; i < fake->count; i++)
        if (fake->rows[i].batch->run == run)
            return &fake->rows[i];
    return NULL;
}

static void fake_append(struct store *store, struct store_batch **batch, size_t count)
{
    struct fake_store *fake = (struct fake_store *)store;

    check(count == 1);
    (*batch)->next = NULL;
    if (fake->queue_last != NULL)
        fake->queue_last->next = *batch;
    else
        fake->queue = *batch;
    fake->queue_last = *batch;
    *batch = NULL;
    fake->queued++;
}

static uint64_t fake_duplicate(const struct fake_store *fake, const struct store_batch *batch)
{
    size_t i;

    for (i = 0; batch->has_accept && batch->accept.dedupe != NULL && i < fake->count; i++) {
        const struct store_accept *a = &fake->rows[i].batch->accept;

        if (a->dedupe != NULL && strcmp(a->dedupe, batch->accept.dedupe) == 0 &&
            strcmp(a->flow, batch->accept.flow) == 0)
            return fake->rows[i].batch->run;
    }
    return 0;
}

static void fake_keep(struct fake_store *fake, struct store_batch *batch)
{
    struct fake_row *row = fake_row(fake, batch->run);
    struct err e;
    json_t *entries;

    if (batch->has_accept) {
        check(row == NULL && batch->seq == 0);
        fake->rows = mem_must_resize(fake->rows, (fake->count + 1) * sizeof *fake->rows);
        row = &fake->rows[fake->count++];
        *row = (struct fake_row){ batch, json_array(), json_array() };
    }
    check(row != NULL);
    check(!fake_ended(row->batch->status) || batch->has_accept);
    if (batch->entries != NULL) {
        check(batch->seq == json_array_size(row->rows)); /* without gaps */
        entries = json_read(batch->entries, batch->entries_size, &json_limits_reply, &e);
        check(entries != NULL);
        json_array_extend(row->entries, entries);
        json_decref(entries);
        json_array_append_new(row->rows, json_stringn(batch->entries, batch->entries_size));
    }
    if (batch->has_status) {
        row->batch->status = batch->status;
        row->batch->ended_ms = batch->ended_ms;
        if (batch->error != NULL && !batch->has_accept) {
            mem_free(row->batch->error);
            row->batch->error = batch->error;
            batch->error = NULL;
        }
    }
    if (!batch->has_accept)
        store_batch_free(batch);
}

size_t fake_store_commit(struct fake_store *fake)
{
    struct store_batch *batch = fake->queue, *next;
    size_t count = 0;
    bool refused = fake->refuse_times > 0;

    fake->queue = fake->queue_last = NULL;
    fake->queued = 0;
    if (batch != NULL && refused)
        fake->refuse_times--;
    fake->commits += batch != NULL && !refused;
    for (; batch != NULL; batch = next, count++) {
        struct store_result result = { .code = refused ? fake->refuse : ERR_OK,
                                       .text = "the disk is full" };
        uint64_t run = batch->run;

        next = batch->next;
        batch->next = NULL;
        result.first_run = refused ? 0 : fake_duplicate(fake, batch);
        if (result.first_run != 0)
            result.code = ERR_DUPLICATE;
        if (result.code == ERR_OK)
            fake_keep(fake, batch);
        else
            store_batch_free(batch);
        fake->store.done(fake->store.owner, run, &result);
    }
    return count;
}

void fake_store_lose(struct fake_store *fake)
{
    struct store_batch *batch;

    while ((batch = fake->queue) != NULL) {
        fake->queue = batch->next;
        store_batch_free(batch);
    }
    fake->queue_last = NULL;
    fake->queued = 0;
}

void fake_store_refuse(struct fake_store *fake, enum err_code code, unsigned times)
{
    fake->refuse = code;
    fake->refuse_times = times;
}

size_t fake_store_queued(const struct fake_store *fake)
{
    return fake->queued;
}

size_t fake_store_commits(const struct fake_store *fake)
{
    return fake->commits;
}

size_t fake_store_runs(const struct fake_store *fake)
{
    return fake->count;
}

json_t *fake_store_entries(const struct fake_store *fake, uint64_t run)
{
    const struct fake_row *row = fake_row(fake, run);

    return row != NULL ? json_incref(row->entries) : json_array();
}

bool fake_store_status(const struct fake_store *fake, uint64_t run, enum run_status *status)
{
    const struct fake_row *row = fake_row(fake, run);

    if (row != NULL)
        *status = row->batch->status;
    return row != NULL;
}

/* ---- Reads and changes */

static bool fake_visit(const struct fake_row *row, store_run_fn *visit, void *arg)
{
    const struct store_accept *a = &row->batch->accept;
    struct store_run run = {
        .run = row->batch->run,
        .status = row->batch->status,
        .workspace = a->workspace,
        .environment = a->environment,
        .flow = a->flow,
        .version = a->version,
        .trigger = a->trigger,
        .dedupe = a->dedupe,
        .order_key = a->order_key,
        .received_ms = a->received_ms,
        .ended_ms = row->batch->ended_ms,
        .input = a->input,
        .input_size = a->input_size,
        .error = row->batch->error,
    };

    return visit(arg, &run);
}

static enum err_code fake_runs(struct store *store, const struct store_runs_filter *filter,
                               store_run_fn *visit, void *arg, struct err *e)
{
    struct fake_store *fake = (struct fake_store *)store;
    unsigned given = 0;
    size_t i;

    (void)e;
    check(filter->after != 0); /* what recovery asks; listing is the real store's test */
    for (i = 0; i < fake->count && given < filter->limit; i++) {
        const struct store_batch *batch = fake->rows[i].batch;

        if (batch->run <= filter->after || (filter->unfinished && fake_ended(batch->status)))
            continue;
        given++;
        if (!fake_visit(&fake->rows[i], visit, arg))
            break;
    }
    return ERR_OK;
}

static enum err_code fake_run(struct store *store, uint64_t run, store_run_fn *visit, void *arg,
                              struct err *e)
{
    const struct fake_row *row = fake_row((struct fake_store *)store, run);

    if (row == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no such run");
    fake_visit(row, visit, arg);
    return ERR_OK;
}

static enum err_code fake_journal(struct store *store, uint64_t run, store_journal_fn *visit,
                                  void *arg, struct err *e)
{
    const struct fake_row *row = fake_row((struct fake_store *)store, run);
    json_t *text;
    size_t i;

    (void)e;
    if (row == NULL)
        return ERR_OK;
    json_array_foreach(row->rows, i, text)
    {
        if (!visit(arg, (uint32_t)i, json_string_value(text), json_string_length(text)))
            break;
    }
    return ERR_OK;
}

static enum err_code fake_put_version(struct store *store, const char *version, const char *flow,
                                      const char *bundle, size_t size, int64_t now_ms,
                                      struct err *e)
{
    (void)flow;
    (void)now_ms;
    (void)e;
    json_object_set_new(((struct fake_store *)store)->versions, version,
                        json_stringn_nocheck(bundle, size));
    return ERR_OK;
}

static enum err_code fake_version(struct store *store, const char *version, char **bundle,
                                  size_t *size, struct err *e)
{
    json_t *text = json_object_get(((struct fake_store *)store)->versions, version);

    if (text == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no version %s", version);
    *size = json_string_length(text);
    *bundle = mem_must_copy_n(json_string_value(text), *size);
    return ERR_OK;
}

static enum err_code fake_deploy(struct store *store, const char *workspace,
                                 const char *environment, const char *flow, const char *version,
                                 int64_t now_ms, struct err *e)
{
    char key[400];

    (void)now_ms;
    (void)e;
    snprintf(key, sizeof key, "%s/%s/%s", workspace, environment, flow);
    json_object_set_new(((struct fake_store *)store)->deployments, key,
                        json_pack("[s,s,s,s]", workspace, environment, flow, version));
    return ERR_OK;
}

static enum err_code fake_deployments(struct store *store, store_deploy_fn *visit, void *arg,
                                      struct err *e)
{
    json_t *row;
    const char *key;

    (void)e;
    json_object_foreach(((struct fake_store *)store)->deployments, key, row) visit(
        arg, json_string_value(json_array_get(row, 0)), json_string_value(json_array_get(row, 1)),
        json_string_value(json_array_get(row, 2)), json_string_value(json_array_get(row, 3)));
    return ERR_OK;
}

static enum err_code fake_put_secret(struct store *store, const char *workspace, const char *name,
                                     const char *sealed, int64_t now_ms, struct err *e)
{
    char key[700];

    (void)now_ms;
    (void)e;
    snprintf(key, sizeof key, "%s/%s", workspace, name);
    json_object_set_new(((struct fake_store *)store)->secrets, key,
                        json_pack("[s,s,s]", workspace, name, sealed));
    return ERR_OK;
}

static enum err_code fake_secrets(struct store *store, store_secret_fn *visit, void *arg,
                                  struct err *e)
{
    json_t *row;
    const char *key;

    (void)e;
    json_object_foreach(((struct fake_store *)store)->secrets, key, row)
        visit(arg, json_string_value(json_array_get(row, 0)),
              json_string_value(json_array_get(row, 1)), json_string_value(json_array_get(row, 2)));
    return ERR_OK;
}

static enum err_code fake_last_run(struct store *store, uint64_t *run, struct err *e)
{
    struct fake_store *fake = (struct fake_store *)store;
    size_t i;

    (void)e;
    *run = 0;
    for (i = 0; i < fake->count; i++)
        if (fake->rows[i].batch->run > *run)
            *run = fake->rows[i].batch->run;
    return ERR_OK;
}

static void fake_close(struct store *store)
{
    (void)store; /* it outlives the engine: fake_store_free() */
}

static const struct store_ops fake_ops = {
    .append = fake_append,
    .put_version = fake_put_version,
    .deploy = fake_deploy,
    .put_secret = fake_put_secret,
    .runs = fake_runs,
    .run = fake_run,
    .journal = fake_journal,
    .version = fake_version,
    .deployments = fake_deployments,
    .secrets = fake_secrets,
    .last_run = fake_last_run,
    .close = fake_close,
};

struct fake_store *fake_store_new(void)
{
    struct fake_store *fake = mem_must(sizeof *fake);

    fake->store.ops = &fake_ops;
    fake->store.epoch = 1;
    fake->versions = json_object();
    fake->deployments = json_object();
    fake->secrets = json_object();
    return fake;
}

struct store *fake_store_store(struct fake_store *fake)
{
    return &fake->store;
}

void fake_store_free(struct fake_store *fake)
{
    size_t i;

    fake_store_lose(fake);
    for (i = 0; i < fake->count; i++) {
        store_batch_free(fake->rows[i].batch);
        json_decref(fake->rows[i].entries);
        json_decref(fake->rows[i].rows);
    }
    mem_free(fake->rows);
    json_decref(fake->versions);
    json_decref(fake->deployments);
    json_decref(fake->secrets);
    mem_free(fake);
}
