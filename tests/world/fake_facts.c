/* fake_facts.c - see fake_facts.h. */
#include "world/fake_facts.h"

#include <string.h>

#include "base/mem.h"

static void fact_free(struct store_fact *fact)
{
    mem_free((char *)fact->key);
    mem_free((char *)fact->value);
}

static struct store_fact fact_copy(const struct store_fact *fact)
{
    struct store_fact copy = *fact;

    copy.key = mem_must_copy(fact->key);
    copy.value = mem_must_copy(fact->value);
    return copy;
}

void fake_facts_free(struct fake_facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        fact_free(&facts->rows[i]);
    mem_free(facts->rows);
    *facts = (struct fake_facts){ NULL, 0 };
}

struct fake_facts fake_facts_copy(const struct fake_facts *facts)
{
    struct fake_facts copy = { NULL, facts->count };

    if (facts->count > 0)
        copy.rows = mem_must(facts->count * sizeof *copy.rows);
    for (size_t i = 0; i < facts->count; i++)
        copy.rows[i] = fact_copy(&facts->rows[i]);
    return copy;
}

static int fact_compare(const struct store_fact *fact, enum store_fact_kind kind, const char *key)
{
    if (fact->kind != kind)
        return fact->kind < kind ? -1 : 1;
    return strcmp(fact->key, key);
}

/* The place of the first that is not below kind and key. */
static size_t facts_place(const struct fake_facts *facts, enum store_fact_kind kind,
                          const char *key)
{
    size_t low = 0, high = facts->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (fact_compare(&facts->rows[middle], kind, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void facts_remove(struct fake_facts *facts, size_t at)
{
    fact_free(&facts->rows[at]);
    facts->count--;
    memmove(&facts->rows[at], &facts->rows[at + 1], (facts->count - at) * sizeof *facts->rows);
}

bool fake_facts_put(struct fake_facts *facts, const struct store_fact *fact)
{
    size_t at = facts_place(facts, fact->kind, fact->key);
    bool there = at < facts->count && fact_compare(&facts->rows[at], fact->kind, fact->key) == 0;

    if (there && fact->op == FACT_ADD)
        return false;
    if (there)
        facts_remove(facts, at);
    if (fact->op == FACT_REMOVE)
        return true;
    facts->rows = mem_must_resize(facts->rows, (facts->count + 1) * sizeof *facts->rows);
    memmove(&facts->rows[at + 1], &facts->rows[at], (facts->count - at) * sizeof *facts->rows);
    facts->rows[at] = fact_copy(fact);
    facts->rows[at].op = FACT_PUT; /* as it is read */
    facts->count++;
    return true;
}

void fake_facts_forget(struct fake_facts *facts, uint64_t run)
{
    for (size_t i = facts->count; i > 0; i--)
        if (facts->rows[i - 1].run == run && run != 0)
            facts_remove(facts, i - 1);
}

static bool fact_wanted(const struct store_fact *fact, const struct store_facts_filter *filter)
{
    if (filter->key != NULL && strcmp(fact->key, filter->key) != 0)
        return false;
    if (filter->prefix != NULL && strncmp(fact->key, filter->prefix, strlen(filter->prefix)) != 0)
        return false;
    if (filter->after != NULL && strcmp(fact->key, filter->after) <= 0)
        return false;
    if (filter->due_ms > 0 && (fact->at_ms <= 0 || fact->at_ms > filter->due_ms))
        return false;
    return filter->run == 0 || fact->run == filter->run;
}

void fake_facts_walk(const struct fake_facts *facts, const struct store_facts_filter *filter,
                     store_fact_fn *visit, void *arg)
{
    size_t at = facts_place(facts, filter->kind, filter->key != NULL ? filter->key : "");
    unsigned given = 0;

    for (; at < facts->count && facts->rows[at].kind == filter->kind; at++) {
        if (!fact_wanted(&facts->rows[at], filter))
            continue;
        if ((filter->limit > 0 && given++ == filter->limit) || !visit(arg, &facts->rows[at]))
            return;
    }
}

bool fake_facts_settled(const struct fake_facts *facts, uint64_t run)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->rows[i].kind == FACT_SETTLED && facts->rows[i].run == run)
            return true;
    return false;
}
