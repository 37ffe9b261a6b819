/* fake_keep.c - backups of the store in memory, and the runs that were removed from it. */
#include <string.h>

#include "base/fault.h"
#include "base/json.h"
#include "base/mem.h"
#include "world/fake_store_priv.h"

static struct fake_row keep_row(const struct fake_row *row)
{
    const struct store_batch *from = row->batch;
    struct store_batch *batch = store_batch_new(from->run);

    store_batch_accept(batch, &from->accept);
    batch->has_status = from->has_status;
    batch->status = from->status;
    batch->ended_ms = from->ended_ms;
    batch->due_ms = from->due_ms;
    batch->error = mem_must_copy(from->error);
    return (struct fake_row){ batch, json_copy(row->entries), json_copy(row->rows) };
}

static struct fake_row *keep_rows(const struct fake_row *rows, size_t count)
{
    struct fake_row *copy = mem_must((count + 1) * sizeof *copy);

    for (size_t i = 0; i < count; i++)
        copy[i] = keep_row(&rows[i]);
    return copy;
}

/* What is committed, from one store into another one that is empty. */
static void keep_copy(struct fake_store *to, const struct fake_store *from)
{
    bool armed = atomic_exchange(&fault_armed, false); /* a disk has its own memory */

    to->rows = keep_rows(from->rows, from->count);
    to->count = from->count;
    to->gone = keep_rows(from->gone, from->gone_count);
    to->gone_count = from->gone_count;
    to->facts = fake_facts_copy(&from->facts);
    to->keys = json_copy(from->keys);
    to->versions = json_copy(from->versions);
    to->deployments = json_copy(from->deployments);
    to->secrets = json_copy(from->secrets);
    atomic_store(&fault_armed, armed);
}

struct fake_store *fake_store_backup(const struct fake_store *fake)
{
    struct fake_store *backup = mem_must(sizeof *backup);

    keep_copy(backup, fake);
    return backup;
}

void fake_store_restore(struct fake_store *fake, const struct fake_store *backup)
{
    uint64_t before = fake->store.restored;

    fake__empty(fake);
    keep_copy(fake, backup);
    fake->store.restored = before + 1;
    if (fake->count > 0 && fake->rows[fake->count - 1].batch->run > before)
        fake->store.restored = fake->rows[fake->count - 1].batch->run;
}

bool fake_store_has(const struct fake_store *fake, uint64_t run)
{
    if (fake__row(fake, run) != NULL)
        return true;
    for (size_t i = 0; i < fake->gone_count; i++)
        if (fake->gone[i].batch->run == run)
            return true;
    return false;
}

size_t fake_store_gone(const struct fake_store *fake)
{
    return fake->gone_count;
}

void fake_store_visit_gone(const struct fake_store *fake, store_run_fn *visit, void *arg)
{
    for (size_t i = 0; i < fake->gone_count && fake__visit(&fake->gone[i], visit, arg); i++)
        ;
}
