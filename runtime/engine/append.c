/* append.c - see append.h. A unit's batches have one ticket; it is told when all of them were. */
#include "engine/append.h"

#include "engine/engine_priv.h"

struct append {
    engine_done_fn *done;
    void *arg;
    size_t open;  /* batches that nothing was heard of */
    struct err e; /* the first refusal; a unit's other ones only say that there was one */
};

void engine_append(struct engine *engine, struct store_batch **batches, size_t count,
                   engine_done_fn *done, void *arg)
{
    struct append *append = mem_must(sizeof *append);
    uint64_t ticket = ++engine->last_ticket;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(count > 0 && done != NULL);
    *append = (struct append){ .done = done, .arg = arg, .open = count };
    table_put(&engine->appends, ticket, append);
    for (size_t i = 0; i < count; i++) {
        check(batches[i]->run == 0);
        batches[i]->epoch = store_epoch(engine->world.store);
        batches[i]->ticket = ticket;
    }
    engine->commits += count;
    store_append_all(engine->world.store, batches, count);
}

void appends_committed(struct engine *engine, const struct store_result *result)
{
    struct append *append;

    if (result->ticket == 0)
        return;
    append = table_find(&engine->appends, result->ticket);
    check(append != NULL && append->open > 0);
    if (result->code != ERR_OK && (append->e.code == ERR_OK || append->e.code == ERR_STORE))
        err_set(&append->e, result->code, "%s",
                result->text != NULL ? result->text : err_about(result->code));
    if (--append->open > 0)
        return;
    table_remove(&engine->appends, result->ticket);
    append->done(append->arg, &append->e);
    mem_free(append);
}

void appends_free(struct engine *engine)
{
    const struct err over = { .code = ERR_OVERLOAD, .text = "the server is shutting down" };
    struct append *append;
    size_t cursor = 0;

    while ((append = table_next(&engine->appends, &cursor)) != NULL) {
        append->done(append->arg, &over);
        mem_free(append);
    }
    table_fini(&engine->appends);
}
