/* alike.c - how alike two texts are. */
#include "nodes/alike.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define BROKEN 0x110000u /* behind the last character */

struct alike_word {
    const uint32_t *at;
    size_t size;
};
struct alike_text {
    uint32_t chars[ALIKE_CHARS]; /* words with a blank between them */
    size_t size;
};

/* The next character; bytes that are no UTF-8 count for themselves. */
static uint32_t char_next(const char **at, const char *end)
{
    unsigned char first = (unsigned char)*(*at)++;
    unsigned more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    uint32_t c = first < 0x80 ? first : first & (0x3Fu >> more);

    bool broken = first >= 0x80 && more == 0;

    for (; more > 0 && *at < end && ((unsigned char)**at & 0xC0) == 0x80; more--)
        c = c << 6 | ((unsigned char)*(*at)++ & 0x3F);
    if (broken || more > 0)
        return BROKEN + first;
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static void text_read(struct alike_text *text, const char *at, size_t size)
{
    const char *end = at + size;
    bool gap = false;

    text->size = 0;
    while (at < end && text->size < ALIKE_CHARS) {
        uint32_t c = char_next(&at, end);
        bool counts = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c >= 0x80;

        if (!counts) {
            gap = text->size > 0;
            continue;
        }
        if (gap && text->size + 1 < ALIKE_CHARS)
            text->chars[text->size++] = ' ';
        gap = false;
        text->chars[text->size++] = c;
    }
}

static int word_compare(const void *left, const void *right)
{
    const struct alike_word *a = left, *b = right;
    size_t size = a->size < b->size ? a->size : b->size;

    for (size_t i = 0; i < size; i++)
        if (a->at[i] != b->at[i])
            return a->at[i] < b->at[i] ? -1 : 1;
    return (a->size > b->size) - (a->size < b->size);
}

/* Returns the number of words. */
static size_t text_sort(const struct alike_text *text, struct alike_text *sorted)
{
    struct alike_word words[ALIKE_CHARS];
    size_t count = 0;

    for (size_t i = 0; i < text->size; i++) {
        size_t from = i;

        while (i < text->size && text->chars[i] != ' ')
            i++;
        if (i > from)
            words[count++] = (struct alike_word){ text->chars + from, i - from };
    }
    if (count > 1)
        qsort(words, count, sizeof *words, word_compare);
    sorted->size = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            sorted->chars[sorted->size++] = ' ';
        memcpy(sorted->chars + sorted->size, words[i].at, words[i].size * sizeof *words[i].at);
        sorted->size += words[i].size;
    }
    return count;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static int text_score(const struct alike_text *a, const struct alike_text *b)
{
    size_t longer;
    unsigned row[ALIKE_CHARS + 1];

    check(a->size <= ALIKE_CHARS && b->size <= ALIKE_CHARS);
    if (a->size == 0 || b->size == 0)
        return 0;
    for (size_t j = 0; j <= b->size; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a->size; i++) {
        unsigned corner = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b->size; j++) {
            unsigned above = row[j];

            row[j] =
                least(least(above, row[j - 1]) + 1, corner + (a->chars[i - 1] != b->chars[j - 1]));
            corner = above;
        }
    }
    longer = a->size > b->size ? a->size : b->size;
    check(longer > 0);
    return (int)((longer - row[b->size]) * ALIKE_ONE / longer);
}

int alike_score(const char *a, size_t a_size, const char *b, size_t b_size)
{
    struct alike_text left, right, left_sorted, right_sorted;
    int score, sorted;

    text_read(&left, a, a_size);
    text_read(&right, b, b_size);
    score = text_score(&left, &right);
    if (score == ALIKE_ONE || text_sort(&left, &left_sorted) + text_sort(&right, &right_sorted) < 3)
        return score;
    sorted = text_score(&left_sorted, &right_sorted);
    return sorted > score ? sorted : score;
}
