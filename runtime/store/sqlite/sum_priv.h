/* sum_priv.h - a 32-bit check sum over the fields of a row.
 *
 * SQLite does not check its pages: a bit that flips on the disk comes back as data. Each row that a
 * run depends on carries a sum over all its fields, which is compared whenever the row is read.
 * Every change within one word of eight bytes changes the 64-bit state for certain; the 32 bits
 * that are kept miss one damage in 2^32. The sums are in stores: the function never changes. */
#ifndef STORE_SQLITE_SUM_PRIV_H
#define STORE_SQLITE_SUM_PRIV_H

#include <stddef.h>
#include <stdint.h>

struct sum {
    uint64_t state;
};
void sum_init(struct sum *sum);
void sum_int(struct sum *sum, int64_t value);
void sum_bytes(struct sum *sum, const void *bytes, size_t size); /* NULL differs from empty */
void sum_text(struct sum *sum, const char *text);                /* NULL differs from "" */
int64_t sum_take(const struct sum *sum); /* a signed 32-bit number: short in a row */

#endif
