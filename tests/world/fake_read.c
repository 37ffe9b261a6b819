/* fake_read.c - the reads and changes of the store in memory. */
#include <string.h>

#include "base/mem.h"
#include "world/fake_store_priv.h"

bool fake__visit(const struct fake_row *row, store_run_fn *visit, void *arg)
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
        .due_ms = row->batch->due_ms,
    };

    return visit(arg, &run);
}

static bool fake_wanted(const struct store_batch *run, const struct store_runs_filter *filter)
{
    if (filter->flow != NULL && strcmp(run->accept.flow, filter->flow) != 0)
        return false;
    if (filter->status >= 0 && (int)run->status != filter->status)
        return false;
    if (filter->unfinished && fake__ended(run->status))
        return false;
    if (filter->active && run->status != RUN_ACTIVE)
        return false;
    if (filter->ordered && (run->status != RUN_WAITING || run->accept.order_key == NULL))
        return false;
    return run->run > filter->after && (filter->before == 0 || run->run < filter->before);
}

static enum err_code fake_runs(struct store *store, const struct store_runs_filter *filter,
                               store_run_fn *visit, void *arg, struct err *e)
{
    struct fake_store *fake = (struct fake_store *)store;
    bool ascends = filter->unfinished || filter->active || filter->ordered;
    bool up = filter->after > 0 || (ascends && filter->before == 0);
    unsigned given = 0;

    (void)e;
    for (size_t i = 0; i < fake->count && (filter->limit == 0 || given < filter->limit); i++) {
        const struct fake_row *row = &fake->rows[up ? i : fake->count - 1 - i];

        if (!fake_wanted(row->batch, filter))
            continue;
        given++;
        if (!fake__visit(row, visit, arg))
            break;
    }
    return ERR_OK;
}

/* The run that is due next behind `last`: by due_ms, then by id. */
static const struct store_batch *fake_next_due(const struct fake_store *fake,
                                               const struct store_batch *last)
{
    const struct store_batch *best = NULL;

    for (size_t i = 0; i < fake->count; i++) {
        const struct store_batch *run = fake->rows[i].batch;

        if (run->status != RUN_WAITING || run->due_ms <= 0)
            continue;
        if (last != NULL &&
            (run->due_ms < last->due_ms || (run->due_ms == last->due_ms && run->run <= last->run)))
            continue;
        if (best == NULL || run->due_ms < best->due_ms)
            best = run;
    }
    return best;
}

static enum err_code fake_due(struct store *store, int64_t until_ms, unsigned limit,
                              store_due_fn *visit, void *arg, int64_t *next_ms, struct err *e)
{
    const struct fake_store *fake = (struct fake_store *)store;
    const struct store_batch *run = NULL;
    unsigned given = 0;
    bool more = true;

    (void)e;
    *next_ms = INT64_MAX;
    while ((run = fake_next_due(fake, run)) != NULL) {
        if (!more || run->due_ms > until_ms || (limit > 0 && given++ == limit)) {
            *next_ms = run->due_ms;
            break;
        }
        more = visit(arg, run->run, run->due_ms);
    }
    return ERR_OK;
}

static enum err_code fake_facts(struct store *store, const struct store_facts_filter *filter,
                                store_fact_fn *visit, void *arg, struct err *e)
{
    (void)e;
    fake_facts_walk(&((struct fake_store *)store)->facts, filter, visit, arg);
    return ERR_OK;
}

static enum err_code fake_run(struct store *store, uint64_t run, bool head, store_run_fn *visit,
                              void *arg, struct err *e)
{
    const struct fake_row *row = fake__row((struct fake_store *)store, run);

    if (row == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no such run");
    (void)head; /* nothing here is unpacked */
    fake__visit(row, visit, arg);
    return ERR_OK;
}

static enum err_code fake_journal(struct store *store, uint64_t run, uint32_t from,
                                  store_journal_fn *visit, void *arg, struct err *e)
{
    const struct fake_row *row = fake__row((struct fake_store *)store, run);
    json_t *text;
    size_t i;

    (void)e;
    if (row == NULL)
        return ERR_OK;
    json_array_foreach(row->rows, i, text)
    {
        if (i >= from &&
            !visit(arg, (uint32_t)i, json_string_value(text), json_string_length(text)))
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
    if (json_object_set_new(((struct fake_store *)store)->versions, version,
                            json_stringn_nocheck(bundle, size)) != 0)
        return err_set(e, ERR_STORE, "no memory for the version");
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
    snprintf(key, sizeof key, "%s/%s/%s", workspace, environment, flow);
    if (json_object_set_new(((struct fake_store *)store)->deployments, key,
                            json_pack("[s,s,s,s]", workspace, environment, flow, version)) != 0)
        return err_set(e, ERR_STORE, "no memory for the deployment");
    return ERR_OK;
}

static enum err_code fake_deployments(struct store *store, store_deploy_fn *visit, void *arg,
                                      struct err *e)
{
    json_t *row;
    const char *key;

    (void)e;
    json_object_foreach(((struct fake_store *)store)->deployments, key, row)
    {
        visit(arg, json_string_value(json_array_get(row, 0)),
              json_string_value(json_array_get(row, 1)), json_string_value(json_array_get(row, 2)),
              json_string_value(json_array_get(row, 3)));
    }
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
    {
        visit(arg, json_string_value(json_array_get(row, 0)),
              json_string_value(json_array_get(row, 1)), json_string_value(json_array_get(row, 2)));
    }
    return ERR_OK;
}

static enum err_code fake_last_run(struct store *store, uint64_t *run, struct err *e)
{
    const struct fake_store *fake = (struct fake_store *)store;

    (void)e;
    *run = fake->count > 0 ? fake->rows[fake->count - 1].batch->run : 0;
    return ERR_OK;
}

static void fake_close(struct store *store)
{
    (void)store; /* it outlives the engine: fake_store_free() */
}

const struct store_ops fake__ops = {
    .append = fake__append,
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
    .due = fake_due,
    .facts = fake_facts,
    .close = fake_close,
};
