/* aggregate_priv.h - what one group has of one field. For nodes/ only. */
#ifndef NODES_AGGREGATE_PRIV_H
#define NODES_AGGREGATE_PRIV_H

#include <stdint.h>

#include "base/table.h"
#include "nodes/aggregate_job.h"

struct aggregate_slot {
    struct decimal sum;
    uint64_t count;    /* values that were there */
    json_t *value;     /* the least, the largest, the first, the last */
    json_t *list;
    struct dict *seen; /* texts of the values, for those that are counted once */
};

/* A number, or a text that is one. */
enum err_code aggregate__number(const json_t *value, struct decimal *d, struct err *e) MUST_USE;
/* Two numbers by magnitude, two texts by their bytes; ERR_INVALID for anything else. */
enum err_code aggregate__compare(const json_t *a, const json_t *b, int *order,
                                 struct err *e) MUST_USE;
enum err_code aggregate__add(struct aggregate_slot *slot, const struct aggregate_field *field,
                             json_t *line, struct err *e) MUST_USE;
/* What came of it: a new reference, or NULL with *e. */
json_t *aggregate__value(const struct aggregate_slot *slot, const struct aggregate_field *field,
                         struct err *e) MUST_USE;
void aggregate__slot_fini(struct aggregate_slot *slot);
json_t *aggregate__decimal(const struct decimal *d);

#endif
