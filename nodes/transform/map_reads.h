/* map_reads.h - what the text of an expression tells without running it: which values it reads, and
 * of what kind its result is. Private to transform.map.
 *
 * A light reading, which never executes anything: what it cannot see through it calls anything. */
#ifndef NODES_TRANSFORM_MAP_READS_H
#define NODES_TRANSFORM_MAP_READS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_shape {
    unsigned types; /* enum schema_type, SCHEMA_ANY: unknown */
    int scale;      /* of a number: digits after the point at most; -1: unknown */
    int64_t length; /* of a text in characters; -1: unknown */
};
void map_shape(const char *text, size_t size, struct map_shape *shape);

/* The names that begin a chain besides those of rules: of the lists around. */
struct map_names {
    const struct map_names *outer; /* NULL: none */
    const char *name;              /* NULL: no name of its own */
    const char *source;            /* "trigger.body.lines": of its items; NULL: unknown */
};
/* Adds "trigger.body.amount", "trigger.body.lines[].sku", "lookup NAME", "rules.NAME", each once.
 */
void map_reads(const char *text, size_t size, const struct map_names *names, json_t *into);
/* The chain that the whole text is, resolved likewise; false: it is something else. */
bool map_chain(const char *text, size_t size, const struct map_names *names, char *chain,
               size_t room);

#endif
