/* table.c - open addressing with linear probing; one algorithm under both tables.
 *
 * (1) At least a quarter of the slots is free, so every search and every walk ends.
 * (2) A removed entry leaves no gap: the entries behind it move up. [slot_remove]
 * (3) A walk goes downwards from a free slot. What a removal moves up therefore comes from slots
 *     that were visited before: nothing is skipped and nothing comes twice. [table_next]
 * (4) A dict is a table under a keyed hash of the text, and a list in the order of insertion:
 *     its walk is the same in every process, although the hash is not. */
#include "base/table.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/mem.h"

#define TABLE_FIRST 16
#define TABLE_MAX   ((size_t)1 << 31) /* the walk's cursor holds two slot numbers */

struct dict_entry {
    struct dict_entry *next;
    struct dict_entry *previous;
    void *value;
    char key[];
};

struct dict {
    struct table table; /* hash of the key to dict_entry */
    struct dict_entry *first;
    struct dict_entry *last;
};

static size_t slot_home(uint64_t key, size_t room)
{
    key ^= key >> 32;
    key *= 0x9E3779B97F4A7C15u;
    return (size_t)(key >> 32) & (room - 1);
}

/* The slot that holds the key, or the free one where it belongs. With a text, values are dict
 * entries and the texts must be equal too: two texts may share a hash. */
static size_t slot_seek(const struct table *t, uint64_t key, const char *text)
{
    size_t at = slot_home(key, t->room);

    while (t->slots[at].value != NULL) {
        if (t->slots[at].key == key) {
            const struct dict_entry *entry = t->slots[at].value;

            if (text == NULL || strcmp(entry->key, text) == 0)
                return at;
        }
        at = (at + 1) & (t->room - 1);
    }
    return at;
}

static void slot_remove(struct table *t, size_t at)
{
    size_t mask = t->room - 1;

    for (size_t next = (at + 1) & mask; t->slots[next].value != NULL; next = (next + 1) & mask) {
        size_t home = slot_home(t->slots[next].key, t->room);

        /* It may move up to the gap unless its home lies behind the gap. */
        if (((next - home) & mask) >= ((next - at) & mask)) {
            t->slots[at] = t->slots[next];
            at = next;
        }
    }
    t->slots[at] = (struct table_slot){ 0 };
    t->count--;
}

/* Keeps invariant (1) for one more entry. */
static void table_reserve(struct table *t)
{
    struct table bigger = { 0 };

    if (t->room > 0 && (t->count + 1) * 4 <= t->room * 3)
        return;
    bigger.room = t->room > 0 ? t->room * 2 : TABLE_FIRST;
    check(bigger.room <= TABLE_MAX);
    bigger.slots = mem_must(bigger.room * sizeof(*bigger.slots));
    bigger.count = t->count;
    for (size_t i = 0; i < t->room; i++) {
        size_t at;

        if (t->slots[i].value == NULL)
            continue;
        for (at = slot_home(t->slots[i].key, bigger.room); bigger.slots[at].value != NULL;)
            at = (at + 1) & (bigger.room - 1);
        bigger.slots[at] = t->slots[i];
    }
    mem_free(t->slots);
    *t = bigger;
}

void table_init(struct table *t)
{
    *t = (struct table){ 0 };
}

void table_fini(struct table *t)
{
    mem_free(t->slots);
    *t = (struct table){ 0 };
}

void *table_find(const struct table *t, uint64_t key)
{
    if (t->count == 0)
        return NULL;
    return t->slots[slot_seek(t, key, NULL)].value;
}

void table_put(struct table *t, uint64_t key, void *value)
{
    size_t at;

    check(value != NULL);
    table_reserve(t);
    at = slot_seek(t, key, NULL);
    if (t->slots[at].value == NULL)
        t->count++;
    t->slots[at] = (struct table_slot){ .key = key, .value = value };
}

void *table_remove(struct table *t, uint64_t key)
{
    void *value;
    size_t at;

    if (t->count == 0)
        return NULL;
    at = slot_seek(t, key, NULL);
    value = t->slots[at].value;
    if (value != NULL)
        slot_remove(t, at);
    return value;
}

/* The cursor: the free slot the walk began at, plus one, in the upper half; the steps made in
 * the lower. */
void *table_next(const struct table *t, size_t *cursor)
{
    size_t begin;
    size_t steps;

    if (t->count == 0)
        return NULL;
    if (*cursor == 0) {
        for (begin = 0; t->slots[begin].value != NULL;)
            begin++;
        *cursor = (begin + 1) << 32;
    }
    begin = (*cursor >> 32) - 1;
    check(begin < t->room);
    for (steps = *cursor & UINT32_MAX; steps + 1 < t->room; steps++) {
        void *value = t->slots[(begin - 1 - steps) & (t->room - 1)].value;

        if (value != NULL) {
            *cursor = (begin + 1) << 32 | (steps + 1);
            return value;
        }
    }
    *cursor = (begin + 1) << 32 | steps;
    return NULL;
}

/* ---- dict ------------------------------------------------------------------------------------ */

static uint64_t dict_seed[2];
static pthread_once_t dict_seeded = PTHREAD_ONCE_INIT;

static void dict_seed_fill(void)
{
    struct random *random = random_real();

    random->fill(random, dict_seed, sizeof(dict_seed));
}

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3: keys come from outside, and nobody may choose them so that they collide. */
static uint64_t dict_hash(const char *text, size_t size)
{
    uint64_t v[4] = { dict_seed[0] ^ 0x736f6d6570736575u, dict_seed[1] ^ 0x646f72616e646f6du,
                      dict_seed[0] ^ 0x6c7967656e657261u, dict_seed[1] ^ 0x7465646279746573u };
    uint64_t word;
    size_t at;

    for (at = 0; size - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, text + at, sizeof(word));
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    memcpy(&word, text + at, size - at);
    word |= (uint64_t)size << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct dict *dict_new(void)
{
    pthread_once(&dict_seeded, dict_seed_fill);
    return mem_must(sizeof(struct dict));
}

void dict_free(struct dict *d)
{
    struct dict_entry *next;

    if (d == NULL)
        return;
    for (struct dict_entry *entry = d->first; entry != NULL; entry = next) {
        next = entry->next;
        mem_free(entry);
    }
    table_fini(&d->table);
    mem_free(d);
}

void *dict_find(const struct dict *d, const char *key)
{
    const struct dict_entry *entry;

    check(key != NULL);
    if (d->table.count == 0)
        return NULL;
    entry = d->table.slots[slot_seek(&d->table, dict_hash(key, strlen(key)), key)].value;
    return entry != NULL ? entry->value : NULL;
}

void dict_put(struct dict *d, const char *key, void *value)
{
    size_t size = strlen(key);
    uint64_t hash = dict_hash(key, size);
    struct dict_entry *entry;
    size_t at;

    check(value != NULL);
    table_reserve(&d->table);
    at = slot_seek(&d->table, hash, key);
    entry = d->table.slots[at].value;
    if (entry != NULL) {
        entry->value = value;
        return;
    }
    entry = mem_must(sizeof(*entry) + size + 1);
    memcpy(entry->key, key, size + 1);
    entry->value = value;
    entry->previous = d->last;
    if (d->last != NULL)
        d->last->next = entry;
    else
        d->first = entry;
    d->last = entry;
    d->table.slots[at] = (struct table_slot){ .key = hash, .value = entry };
    d->table.count++;
}

void *dict_remove(struct dict *d, const char *key)
{
    struct dict_entry *entry;
    void *value;
    size_t at;

    check(key != NULL);
    if (d->table.count == 0)
        return NULL;
    at = slot_seek(&d->table, dict_hash(key, strlen(key)), key);
    entry = d->table.slots[at].value;
    if (entry == NULL)
        return NULL;
    slot_remove(&d->table, at);
    *(entry->previous != NULL ? &entry->previous->next : &d->first) = entry->next;
    *(entry->next != NULL ? &entry->next->previous : &d->last) = entry->previous;
    value = entry->value;
    mem_free(entry);
    return value;
}

/* The cursor is the address of the entry that comes next, so that the one just returned may be
 * removed. */
void *dict_next(const struct dict *d, size_t *cursor, const char **key)
{
    const struct dict_entry *entry;

    _Static_assert(sizeof(size_t) >= sizeof(uintptr_t), "a cursor holds an address");
    if (*cursor == SIZE_MAX)
        return NULL;
    entry = *cursor == 0 ? d->first : (const struct dict_entry *)*cursor;
    if (entry == NULL)
        return NULL;
    *cursor = entry->next != NULL ? (uintptr_t)entry->next : SIZE_MAX;
    if (key != NULL)
        *key = entry->key;
    return entry->value;
}

size_t dict_count(const struct dict *d)
{
    return d->table.count;
}
