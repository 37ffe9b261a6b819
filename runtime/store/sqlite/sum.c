/* sum.c - multiply and fold, eight bytes at a time; words are little-endian on every machine. */
#include "store/sqlite/sum_priv.h"

#include <endian.h>
#include <string.h>

#include "base/check.h"

#define SUM_SEED UINT64_C(0x9E3779B97F4A7C15)
#define SUM_FACTOR \
    UINT64_C(0xFF51AFD7ED558CCD) /* odd: the step can be undone, so nothing is lost */

static uint64_t sum_step(uint64_t state, uint64_t word)
{
    state = (state ^ word) * SUM_FACTOR;
    return state ^ state >> 32;
}

void sum_init(struct sum *sum)
{
    sum->state = SUM_SEED;
}

void sum_int(struct sum *sum, int64_t value)
{
    sum->state = sum_step(sum->state, (uint64_t)value);
}

void sum_bytes(struct sum *sum, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t state, word;

    check(bytes != NULL || size == 0);
    state = sum_step(sum->state, bytes != NULL ? size : UINT64_MAX);
    for (; size >= sizeof(word); at += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        state = sum_step(state, le64toh(word));
    }
    if (size > 0) {
        word = 0;
        memcpy(&word, at, size);
        state = sum_step(state, le64toh(word));
    }
    sum->state = state;
}

void sum_text(struct sum *sum, const char *text)
{
    sum_bytes(sum, text, text != NULL ? strlen(text) : 0);
}

int64_t sum_take(const struct sum *sum)
{
    uint64_t state = sum_step(sum->state, 0);

    return (int32_t)(uint32_t)(state ^ state >> 29);
}
