/* keep.c - what goes to the store with a run's next batch beside its entries, and who is told when
 * it is there. Both stay until a commit has kept them: a refused batch changes nothing. */
#include "engine/run.h"

#include "engine/guard.h"
#include "engine/note.h"

#include <string.h>

/* ---- Who waits for a commit */

struct run_told {
    engine_done_fn *done;
    void *arg;
    bool flushed; /* what it waits for is in the store's hands */
    struct run_told *next;
};

void run_tell(struct run *run, engine_done_fn *done, void *arg)
{
    struct run_told *told = mem_must(sizeof *told);
    struct run_told **end = &run->told;

    *told = (struct run_told){ .done = done, .arg = arg };
    while (*end != NULL)
        end = &(*end)->next;
    *end = told;
    run_stir(run);
}

/* all: also those whose word was not stored: the engine ends. */
void keep_tell(struct run *run, const struct err *e, bool all)
{
    struct run_told *told;

    while ((told = run->told) != NULL && (all || told->flushed)) {
        run->told = told->next;
        if (told->done != NULL)
            told->done(told->arg, e);
        mem_free(told);
    }
}

/* ---- Facts for the next batch */

struct run_facts {
    struct store_fact *list; /* texts owned */
    size_t count, room;
    size_t flushed; /* of them, in the store's hands */
};

void run_fact(struct run *run, const struct store_fact *fact)
{
    struct run_facts *facts = run->facts;
    struct store_fact *copy;

    if (facts == NULL)
        facts = run->facts = mem_must(sizeof *facts);
    if (facts->count == facts->room) {
        facts->room = facts->room * 2 + 4;
        facts->list = mem_must_resize(facts->list, facts->room * sizeof *facts->list);
    }
    copy = &facts->list[facts->count++];
    *copy = *fact;
    copy->key = mem_must_copy(fact->key);
    copy->value = mem_must_copy(fact->value);
    if (copy->value != NULL)
        guard_text((char **)&copy->value);
}

void keep_flush(struct run *run, struct store_batch *batch)
{
    struct run_facts *facts = run->facts;

    for (size_t i = 0; facts != NULL && i < facts->count; i++)
        store_batch_fact(batch, &facts->list[i]);
    if (facts != NULL)
        facts->flushed = facts->count;
    for (struct run_told *told = run->told; told != NULL; told = told->next)
        told->flushed = true;
}

static void keep_remove(struct run *run, size_t from, size_t count)
{
    struct run_facts *facts = run->facts;
    struct store_fact *first = facts->list + from;

    for (size_t i = 0; i < count; i++) {
        if (first[i].kind == FACT_STATE)
            note_over(run->engine, first[i].key);
        mem_free((char *)first[i].key);
        mem_free((char *)first[i].value);
    }
    facts->count -= count;
    memmove(first, first + count, (facts->count - from) * sizeof *first);
    facts->flushed = 0;
    if (facts->count > 0)
        return;
    mem_free(facts->list);
    mem_free(facts);
    run->facts = NULL;
}

/* The first `count` are kept, or nobody needs them any more. */
void keep_drop(struct run *run, size_t count)
{
    keep_remove(run, 0, count);
}

/* What the commit has made known goes to whom it is for. */
void keep_kept(struct run *run)
{
    struct run_facts *facts = run->facts;
    size_t count = facts != NULL ? facts->flushed : 0;

    for (size_t i = 0; i < count; i++) {
        const struct store_fact *fact = &facts->list[i];

        if (fact->kind != FACT_SIGNAL)
            continue;
        if (fact->op == FACT_REMOVE)
            dict_remove(run->engine->taken, fact->key);
        else
            pause_signalled(run->engine, fact->key);
    }
    if (count > 0)
        keep_drop(run, count);
}

/* Goes on to the next batch: what is taken away, but no event, and what people are asked. */
static bool keep_outlives(const struct store_fact *fact)
{
    if (fact->kind == FACT_SIGNAL)
        return false;
    return fact->op == FACT_REMOVE || fact->kind == FACT_TASK;
}

void keep_lost(struct run *run, const struct err *e)
{
    size_t left = run->facts != NULL ? run->facts->flushed : 0;

    for (size_t i = 0; left > 0; left--) {
        const struct store_fact *fact = &run->facts->list[i];

        if (fact->kind == FACT_SIGNAL && fact->op == FACT_REMOVE)
            dict_remove(run->engine->taken, fact->key); /* another one may take it */
        if (keep_outlives(fact))
            i++;
        else
            keep_remove(run, i, 1);
    }
    keep_tell(run, e, false);
}

void keep_free(struct run *run)
{
    if (run->facts != NULL)
        keep_drop(run, run->facts->count);
}
