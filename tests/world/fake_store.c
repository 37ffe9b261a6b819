/* fake_store.c - the appends of the store in memory, and what a test does to them.
 *
 * (1) A unit, that is a batch or those that were appended with it, is kept whole or not at all.
 * (2) An accept whose key is taken keeps nothing of its batch.
 * (3) Keys outlive their runs. */
#include "world/fake_store.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "world/fake_store_priv.h"

bool fake__ended(enum run_status status)
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

/* The place of the first run that is not below this one. */
static size_t fake_place(const struct fake_store *fake, uint64_t run)
{
    size_t low = 0, high = fake->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (fake->rows[middle].batch->run < run)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct fake_row *fake__row(const struct fake_store *fake, uint64_t run)
{
    size_t at = fake_place(fake, run);

    return at < fake->count && fake->rows[at].batch->run == run ? &fake->rows[at] : NULL;
}

static void fake_row_remove(struct fake_store *fake, size_t at)
{
    struct fake_row *row = &fake->rows[at];

    fake_facts_forget(&fake->facts, row->batch->run);
    fake->gone = mem_must_resize(fake->gone, (fake->gone_count + 1) * sizeof *fake->gone);
    fake->gone[fake->gone_count++] = *row;
    fake->count--;
    memmove(row, row + 1, (fake->count - at) * sizeof *row);
}

static void fake_rows_free(struct fake_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        store_batch_free(rows[i].batch);
        json_decref(rows[i].entries);
        json_decref(rows[i].rows);
    }
    mem_free(rows);
}

void fake__empty(struct fake_store *fake)
{
    fake_store_lose(fake);
    fake_rows_free(fake->rows, fake->count);
    fake_rows_free(fake->gone, fake->gone_count);
    fake->rows = fake->gone = NULL;
    fake->count = fake->gone_count = 0;
    fake_facts_free(&fake->facts);
    json_decref(fake->keys);
    json_decref(fake->versions);
    json_decref(fake->deployments);
    json_decref(fake->secrets);
}

/* ---- Appends */

void fake__append(struct store *store, struct store_batch **batches, size_t count)
{
    struct fake_store *fake = (struct fake_store *)store;

    if (fake->queue_last != NULL)
        fake->queue_last->next = batches[0];
    else
        fake->queue = batches[0];
    fake->queue_last = batches[0];
    for (size_t i = 0; i < count; i++) {
        batches[i]->with = i + 1 < count ? batches[i + 1] : NULL;
        batches[i] = NULL;
    }
    fake->queued += count;
}

/* The dedupe key with where it counts; NULL: none. */
static char *fake_key(const struct store_batch *batch, struct buf *buf)
{
    const struct store_accept *a = &batch->accept;
    const char *const parts[] = { a->workspace, a->environment, a->flow, a->dedupe };

    if (!batch->has_accept || a->dedupe == NULL)
        return NULL;
    buf_clear(buf);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        buf_add_text(buf, parts[i]);
        buf_add_char(buf, '\x1f');
    }
    check(buf_ok(buf));
    return (char *)buf_text(buf);
}

static void fake_refuse_unit(struct store_batch *unit, struct store_batch *culprit,
                             enum err_code code, const char *text)
{
    char *why = mem_must_copy(text);

    for (struct store_batch *batch = unit; batch != NULL; batch = batch->with) {
        mem_free(batch->text);
        batch->code = batch == culprit ? code : ERR_STORE;
        batch->text = mem_must_copy(why);
    }
    mem_free(why);
}

static bool fake_screen(const struct fake_store *fake, struct store_batch *unit)
{
    for (struct store_batch *batch = unit; batch != NULL; batch = batch->with) {
        if (batch->epoch != fake->store.epoch)
            fake_refuse_unit(unit, batch, ERR_FATAL, "the store belongs to another process now");
        else if (batch->failed)
            fake_refuse_unit(unit, batch, ERR_STORE, "memory ran out while a batch was made");
        else if (batch->text != NULL)
            fake_refuse_unit(unit, batch, batch->code, batch->text);
        else
            continue;
        return false;
    }
    return true;
}

/* Enters keys and facts; false: one is there and nothing may be kept. */
static bool fake_enter(struct fake_store *fake, struct store_batch *unit)
{
    struct buf buf;

    buf_init(&buf, 64 * KIB);
    for (struct store_batch *batch = unit; batch != NULL; batch = batch->with) {
        const char *key = fake_key(batch, &buf);
        json_t *first = key != NULL ? json_object_get(fake->keys, key) : NULL;

        batch->code = first != NULL ? ERR_DUPLICATE : ERR_OK;
        batch->first_run = (uint64_t)json_integer_value(first);
        if (first != NULL)
            continue;
        if (key != NULL)
            json_object_set_new_nocheck(fake->keys, key, json_integer((json_int_t)batch->run));
        for (struct store_fact_row *row = batch->facts != NULL ? batch->facts->first : NULL;
             row != NULL; row = row->next)
            if (!fake_facts_put(&fake->facts, &row->fact)) {
                struct err e;

                err_set(&e, ERR_CONFLICT, "the %s %s is there already",
                        store_fact_name(row->fact.kind), row->fact.key);
                fake_refuse_unit(unit, batch, ERR_CONFLICT, e.text);
                buf_fini(&buf);
                return false;
            }
    }
    buf_fini(&buf);
    return true;
}

/* Is it a failed run that nobody has settled, and not old enough for one? */
static bool fake_stays(const struct fake_store *fake, const struct store_batch *run,
                       const struct store_prune *prune)
{
    return run->status == RUN_FAILED && prune->failed_before_ms != 0 &&
           run->ended_ms >= prune->failed_before_ms && !fake_facts_settled(&fake->facts, run->run);
}

static void fake_prune(struct fake_store *fake, struct store_batch *batch)
{
    const struct store_prune *prune = batch->prune;
    unsigned most = prune->limit < STORE_PRUNE_MOST ? prune->limit : STORE_PRUNE_MOST;

    batch->pruned = 0;
    for (size_t i = 0; i + 1 < fake->count;) {
        const struct store_batch *run = fake->rows[i].batch;

        if (fake__ended(run->status) && run->ended_ms < prune->before_ms &&
            strcmp(run->accept.workspace, prune->workspace) == 0 &&
            strcmp(run->accept.environment, prune->environment) == 0 &&
            strcmp(run->accept.flow, prune->flow) == 0 && !fake_stays(fake, run, prune)) {
            batch->more = batch->pruned == most;
            if (batch->more)
                return;
            fake_row_remove(fake, i);
            batch->pruned++;
        } else {
            i++;
        }
    }
}

static struct fake_row *fake_row_add(struct fake_store *fake, struct store_batch *batch)
{
    size_t at = fake_place(fake, batch->run);

    check(at == fake->count || fake->rows[at].batch->run != batch->run);
    check(batch->seq == 0);
    fake->rows = mem_must_resize(fake->rows, (fake->count + 1) * sizeof *fake->rows);
    memmove(&fake->rows[at + 1], &fake->rows[at], (fake->count - at) * sizeof *fake->rows);
    fake->rows[at] = (struct fake_row){ batch, json_array(), json_array() };
    fake->count++;
    return &fake->rows[at];
}

static void fake_keep_status(struct fake_row *row, struct store_batch *batch)
{
    struct store_batch *own = row->batch;

    own->status = batch->status;
    own->ended_ms = batch->status == RUN_WAITING ? 0 : batch->ended_ms;
    own->due_ms = batch->status == RUN_WAITING ? batch->due_ms : 0;
    if (own == batch)
        return;
    mem_free(own->error);
    own->error = batch->error;
    batch->error = NULL;
}

static void fake_keep(struct fake_store *fake, struct store_batch *batch)
{
    struct fake_row *row = NULL;
    struct err e;
    json_t *entries;

    if (batch->prune != NULL)
        fake_prune(fake, batch);
    if (batch->has_accept)
        row = fake_row_add(fake, batch);
    else if (batch->entries != NULL || batch->has_status)
        row = fake__row(fake, batch->run);
    else
        return; /* all it had are facts */
    check(row != NULL);
    check(!fake__ended(row->batch->status) || batch->has_accept);
    if (batch->entries != NULL) {
        check(batch->seq == json_array_size(row->rows)); /* without gaps */
        entries = json_read(batch->entries, batch->entries_size, &json_limits_reply, &e);
        check(entries != NULL);
        json_array_extend(row->entries, entries);
        json_decref(entries);
        json_array_append_new(row->rows, json_stringn(batch->entries, batch->entries_size));
    }
    if (batch->has_status)
        fake_keep_status(row, batch);
}

static void fake_keep_unit(struct fake_store *fake, struct store_batch *unit)
{
    for (struct store_batch *batch = unit; batch != NULL; batch = batch->with)
        if (batch->code == ERR_OK)
            fake_keep(fake, batch);
}

/* Only a fact that must not be there can refuse a unit half-way. */
static bool fake_adds(const struct store_batch *unit)
{
    for (const struct store_batch *batch = unit; batch != NULL; batch = batch->with)
        for (const struct store_fact_row *row = batch->facts != NULL ? batch->facts->first : NULL;
             row != NULL; row = row->next)
            if (row->fact.op == FACT_ADD)
                return true;
    return false;
}

static void fake_commit_unit(struct fake_store *fake, struct store_batch *unit)
{
    struct fake_facts facts;
    json_t *keys;
    bool armed;

    if (!fake_screen(fake, unit))
        return;
    if (!fake_adds(unit)) {
        check(fake_enter(fake, unit));
        fake_keep_unit(fake, unit);
        return;
    }
    armed = atomic_exchange(&fault_armed, false); /* the disk has its own memory */
    facts = fake_facts_copy(&fake->facts);
    keys = json_copy(fake->keys);
    atomic_store(&fault_armed, armed);
    if (fake_enter(fake, unit)) {
        fake_keep_unit(fake, unit);
    } else {
        struct fake_facts wrong = fake->facts;

        fake->facts = facts;
        facts = wrong;
        json_decref(fake->keys);
        fake->keys = json_incref(keys);
    }
    fake_facts_free(&facts);
    json_decref(keys);
}

/* Tells what became of a unit; what was kept of it lives on in its row. Returns how many. */
static size_t fake_tell(struct fake_store *fake, struct store_batch *unit)
{
    struct store_batch *batch, *with;
    size_t count = 0;

    for (batch = unit; batch != NULL; batch = with, count++) {
        struct store_result result = { .code = batch->code,
                                       .first_run = batch->first_run,
                                       .pruned = batch->pruned,
                                       .more = batch->more,
                                       .prune = batch->prune != NULL,
                                       .audit = batch->audit != NULL,
                                       .ticket = batch->ticket };
        char *text = batch->text;
        uint64_t run = batch->run;

        with = batch->with;
        batch->next = batch->with = NULL;
        batch->text = NULL;
        result.text = text;
        if (!batch->has_accept || batch->code != ERR_OK)
            store_batch_free(batch);
        fake->store.done(fake->store.owner, run, &result);
        mem_free(text);
    }
    return count;
}

/* Takes the first `units` off the queue; returns the first of them. */
static struct store_batch *fake_take(struct fake_store *fake, size_t units)
{
    struct store_batch *unit = fake->queue, *last = NULL, *batch;

    for (; units > 0 && fake->queue != NULL; units--) {
        last = fake->queue;
        fake->queue = last->next;
        for (batch = last; batch != NULL; batch = batch->with)
            fake->queued--;
    }
    if (last != NULL)
        last->next = NULL;
    if (fake->queue == NULL)
        fake->queue_last = NULL;
    return unit;
}

size_t fake_store_commit_some(struct fake_store *fake, size_t units)
{
    struct store_batch *unit = fake_take(fake, units), *next;
    size_t count = 0;
    bool refused = fake->refuse_times > 0;

    if (unit != NULL && refused)
        fake->refuse_times--;
    fake->commits += unit != NULL && !refused;
    for (; unit != NULL; unit = next) {
        next = unit->next;
        if (!refused)
            fake_commit_unit(fake, unit);
        for (struct store_batch *batch = unit; refused && batch != NULL; batch = batch->with) {
            mem_free(batch->text);
            batch->code = fake->refuse;
            batch->text = mem_must_copy("the disk is full");
        }
        count += fake_tell(fake, unit);
    }
    return count;
}

size_t fake_store_commit(struct fake_store *fake)
{
    return fake_store_commit_some(fake, SIZE_MAX);
}

void fake_store_lose(struct fake_store *fake)
{
    struct store_batch *unit, *batch;

    while ((unit = fake->queue) != NULL) {
        fake->queue = unit->next;
        while ((batch = unit) != NULL) {
            unit = batch->with;
            store_batch_free(batch);
        }
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

void fake_store_order(struct fake_store *fake, uint64_t run, const char *key)
{
    char *own = (char *)(uintptr_t)fake__row(fake, run)->batch->accept.order_key;

    check(strlen(key) <= strlen(own)); /* it lies in a block with other texts */
    memcpy(own, key, strlen(key) + 1);
}

json_t *fake_store_entries(const struct fake_store *fake, uint64_t run)
{
    const struct fake_row *row = fake__row(fake, run);

    for (size_t i = 0; row == NULL && i < fake->gone_count; i++)
        if (fake->gone[i].batch->run == run)
            row = &fake->gone[i];
    return row != NULL ? json_incref(row->entries) : json_array();
}

bool fake_store_status(const struct fake_store *fake, uint64_t run, enum run_status *status)
{
    const struct fake_row *row = fake__row(fake, run);

    if (row != NULL)
        *status = row->batch->status;
    return row != NULL;
}

struct fake_store *fake_store_new(void)
{
    struct fake_store *fake = mem_must(sizeof *fake);

    fake->store.ops = &fake__ops;
    fake->store.epoch = 1;
    fake->keys = json_object();
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
    if (fake == NULL)
        return;
    fake__empty(fake);
    mem_free(fake);
}
