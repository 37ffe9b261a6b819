/* table.h - hash tables: numbers to pointers, and texts to pointers. Values are borrowed, never
 * freed here. A table may be changed while table_next() walks it only by removing the entry just
 * returned. */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_slot {
    uint64_t key;
    void *value; /* NULL: free */
};
struct table {
    struct table_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};
void table_init(struct table *t);
void table_fini(struct table *t);
void *table_find(const struct table *t, uint64_t key);     /* NULL if there is none */
void table_put(struct table *t, uint64_t key, void *value); /* value is not NULL; replaces */
void *table_remove(struct table *t, uint64_t key);
/* start with *cursor = 0; NULL at the end */
void *table_next(const struct table *t, size_t *cursor);

struct dict; /* texts to pointers; keys are copied */
struct dict *dict_new(void);
void dict_free(struct dict *d); /* NULL is fine */
void *dict_find(const struct dict *d, const char *key);
void dict_put(struct dict *d, const char *key, void *value);
void *dict_remove(struct dict *d, const char *key);
void *dict_next(const struct dict *d, size_t *cursor, const char **key);
size_t dict_count(const struct dict *d);

#endif
