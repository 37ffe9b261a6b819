/* fact.c - what a batch carries of facts. */
#include "store/fact.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "store/store.h"

const char *store_fact_name(enum store_fact_kind kind)
{
    switch (kind) {
#define X(code, number, name) \
    case FACT_##code:         \
        return name;
        STORE_FACT_TABLE(X)
#undef X
    }
    return "unknown"; /* a number from a store that a check sum missed */
}

static struct store_facts *batch_facts(struct store_batch *batch)
{
    if (batch->facts == NULL) {
        batch->facts = mem_must(sizeof(*batch->facts));
        batch->facts->end = &batch->facts->first;
    }
    return batch->facts;
}

static void batch_refuse_key(struct store_batch *batch, const struct store_fact *fact, size_t size)
{
    struct err e;

    if (batch->text != NULL)
        return;
    batch->code = err_set(&e, ERR_LIMIT, "the key of a %s is %zu bytes, at most %d: %.60s...",
                          store_fact_name(fact->kind), size, STORE_FACT_KEY, fact->key);
    batch->text = mem_must_copy(e.text);
}

void store_batch_fact(struct store_batch *batch, const struct store_fact *fact)
{
    struct store_facts *facts = batch_facts(batch);
    size_t key_size = strlen(fact->key);
    size_t value_size = fact->value != NULL ? strlen(fact->value) : 0;
    struct store_fact_row *row;
    char *texts;

    check((fact->value == NULL) == (fact->op == FACT_REMOVE));
    check(fact->run <= INT64_MAX);
    if (key_size > STORE_FACT_KEY) { /* it may come from outside */
        batch_refuse_key(batch, fact, key_size);
        return;
    }
    row = mem_try(sizeof(*row) + key_size + value_size + 2); /* the value's size does, too */
    if (row == NULL) {
        batch->failed = true;
        return;
    }
    texts = (char *)(row + 1);
    memcpy(texts, fact->key, key_size + 1);
    row->fact = *fact;
    row->fact.key = texts;
    if (fact->value != NULL)
        row->fact.value = memcpy(texts + key_size + 1, fact->value, value_size + 1);
    row->next = NULL;
    *facts->end = row;
    facts->end = &row->next;
    facts->bytes += key_size + value_size;
}

void store_facts_free(struct store_facts *facts)
{
    struct store_fact_row *row;

    while (facts != NULL && (row = facts->first) != NULL) {
        facts->first = row->next;
        mem_free(row);
    }
    mem_free(facts);
}
