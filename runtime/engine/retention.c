/* retention.c - goes round the deployments, one batch under way at a time. */
#include "engine/retention.h"

#include "engine/engine_priv.h"
#include "flow/flow.h"

/* 0: for ever */
static int64_t retention_keep(const struct engine *engine, const struct deployment *d)
{
    int64_t own = d->version->flow->retention_ms;

    return own != 0 ? own : json_get_int(engine->keeps, d->workspace, 0);
}

static void retention_ask(struct engine *engine, const struct deployment *d)
{
    int64_t now = engine->wall, keep = retention_keep(engine, d);
    struct store_batch *batch = store_batch_new(0);
    struct store_prune *prune = batch->prune = mem_must(sizeof *prune);

    batch->epoch = store_epoch(engine->world.store);
    prune->workspace = mem_must_copy(d->workspace);
    prune->environment = mem_must_copy(d->environment);
    prune->flow = mem_must_copy(d->slug);
    prune->before_ms = now - keep;
    /* never 0, which would mean: as the others */
    prune->failed_before_ms = keep < now / RETENTION_FAILED ? now - RETENTION_FAILED * keep : 1;
    prune->limit = RETENTION_BATCH;
    engine->commits++;
    store_append(engine->world.store, &batch);
}

/* The next deployment from the cursor on whose flow forgets; NULL: the round is over. */
static struct deployment *retention_next(struct engine *engine, struct retention *retention)
{
    struct deployment *d;

    do {
        retention->before = retention->cursor;
        d = dict_next(engine->deployments, &retention->cursor, NULL);
    } while (d != NULL && (d->version == NULL || retention_keep(engine, d) == 0));
    return d;
}

void retention_turn(struct engine *engine, struct retention *retention)
{
    struct deployment *d;

    if (retention->asked || engine->steady < retention->next_at)
        return;
    if (engine->steady < engine->jump.removes_at) {
        retention->next_at = engine->jump.removes_at;
        return;
    }
    d = retention_next(engine, retention);
    if (d == NULL) {
        retention->cursor = 0;
        retention->next_at = retention->found ? engine->steady + RETENTION_ROUND_MS : INT64_MAX;
        retention->found = false;
        return;
    }
    retention->asked = retention->found = true;
    retention_ask(engine, d);
}

void retention_begin(struct engine *engine, struct retention *retention)
{
    if (retention->next_at == INT64_MAX)
        retention->next_at = engine->steady;
}

int64_t retention_due(const struct retention *retention)
{
    return retention->asked ? INT64_MAX : retention->next_at;
}

void retention_committed(struct engine *engine, struct retention *retention,
                         const struct store_result *result)
{
    if (!result->prune)
        return;
    check(retention->asked);
    retention->asked = false;
    retention->next_at = engine->steady;
    if (result->pruned > 0)
        retention->next_at += RETENTION_PAUSE_MS;
    if (result->code != ERR_OK) { /* a full disk, perhaps: removing needs room, too */
        log_warn(engine->world.log, "old runs are not removed: %s",
                 result->text != NULL ? result->text : err_about(result->code));
        retention->next_at = engine->steady + RETENTION_ROUND_MS;
        retention->cursor = 0;
    } else if (result->more) {
        retention->cursor = retention->before;
    }
}
