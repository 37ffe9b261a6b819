/* seen.c - which members or items of a value have been looked at. */
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "schema/check.h"

#define BITS 64u

static size_t words_of(size_t count)
{
    return (count + BITS - 1) / BITS;
}

bool seen_init(struct seen *seen, size_t count)
{
    size_t words = words_of(count);

    seen->count = count;
    seen->bits = words <= SEEN_WORDS ? seen->few : mem_try(words * sizeof *seen->bits);
    if (seen->bits == NULL)
        return false;
    memset(seen->bits, 0, words * sizeof *seen->bits);
    return true;
}

void seen_fini(struct seen *seen)
{
    if (seen->bits != seen->few)
        mem_free(seen->bits);
    seen->bits = NULL;
}

void seen_add(struct seen *seen, size_t at)
{
    if (seen == NULL)
        return;
    check(at < seen->count);
    seen->bits[at / BITS] |= UINT64_C(1) << (at % BITS);
}

void seen_add_first(struct seen *seen, size_t count)
{
    if (seen == NULL)
        return;
    check(count <= seen->count);
    memset(seen->bits, 0xff, count / BITS * sizeof *seen->bits);
    for (size_t at = count / BITS * BITS; at < count; at++)
        seen_add(seen, at);
}

bool seen_has(const struct seen *seen, size_t at)
{
    check(at < seen->count);
    return (seen->bits[at / BITS] >> (at % BITS) & 1) != 0;
}

void seen_merge(struct seen *seen, const struct seen *more)
{
    if (seen == NULL)
        return;
    check(seen->count == more->count);
    for (size_t i = 0; i < words_of(seen->count); i++)
        seen->bits[i] |= more->bits[i];
}
