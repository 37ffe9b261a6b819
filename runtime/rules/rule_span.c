/* rule_span.c - spans in the order of their lower bounds, as a balanced tree without pointers.
 *
 * The middle of each part of the list is the root of that part; beside it stands which span of the
 * part reaches furthest, so that parts that end before the number are not looked at. */
#include "rules/rule_span_priv.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"

struct spans {
    struct span *list;
    size_t count, room;
    uint32_t *furthest; /* of the part whose middle this is; made by sealing */
};

struct spans *spans_new(void)
{
    return mem_must(sizeof(struct spans));
}

void spans_free(struct spans *spans)
{
    if (spans == NULL)
        return;
    mem_free(spans->list);
    mem_free(spans->furthest);
    mem_free(spans);
}

void spans_add(struct spans *spans, const struct span *span)
{
    check(spans->furthest == NULL);
    if (spans->count == spans->room) {
        spans->room = spans->room == 0 ? 2 : 2 * spans->room;
        spans->list = mem_must_resize(spans->list, spans->room * sizeof *spans->list);
    }
    spans->list[spans->count++] = *span;
}

static int span_compare_from(const struct span *a, const struct span *b)
{
    if (a->open_from || b->open_from)
        return (int)b->open_from - (int)a->open_from;
    return decimal_compare(&a->from, &b->from);
}

static int span_compare(const void *left, const void *right)
{
    const struct span *a = left, *b = right;
    int by_from = span_compare_from(a, b);

    if (by_from != 0)
        return by_from;
    if (a->day_from != b->day_from)
        return a->day_from < b->day_from ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

static bool span_ends_after(const struct span *span, const struct decimal *number)
{
    return span->open_to || decimal_compare(number, &span->to) < 0;
}

static bool span_begins_by(const struct span *span, const struct decimal *number)
{
    return span->open_from || decimal_compare(&span->from, number) <= 0;
}

/* The one of two that reaches further. */
static uint32_t spans_further(const struct spans *spans, uint32_t a, uint32_t b)
{
    if (spans->list[a].open_to)
        return a;
    return span_ends_after(&spans->list[b], &spans->list[a].to) ? b : a;
}

/* Recursion halves its part. */
static uint32_t spans_measure(struct spans *spans, size_t low, size_t high)
{
    size_t middle = low + (high - low) / 2;
    uint32_t best = (uint32_t)middle;

    check(low < high);
    if (low < middle)
        best = spans_further(spans, best, spans_measure(spans, low, middle));
    if (middle + 1 < high)
        best = spans_further(spans, best, spans_measure(spans, middle + 1, high));
    spans->furthest[middle] = best;
    return best;
}

/* In the list's order a begins first, so they overlap where b begins within a. */
static bool span_touches(const struct span *a, const struct span *b)
{
    return b->open_from || span_ends_after(a, &b->from);
}

bool spans_seal(struct spans *spans, size_t *work, spans_overlap_fn *overlap, void *arg)
{
    check(spans->furthest == NULL);
    if (spans->count == 0)
        return true;
    qsort(spans->list, spans->count, sizeof *spans->list, span_compare);
    spans->furthest = mem_must(spans->count * sizeof *spans->furthest);
    spans_measure(spans, 0, spans->count);
    for (size_t i = 0; i < spans->count; i++) {
        const struct span *a = &spans->list[i];

        for (size_t j = i + 1; j < spans->count && span_touches(a, &spans->list[j]); j++) {
            const struct span *b = &spans->list[j];

            if (*work == 0)
                return false;
            --*work;
            if (a->day_from < b->day_to && b->day_from < a->day_to)
                overlap(arg, a->number < b->number ? a->number : b->number,
                        a->number < b->number ? b->number : a->number);
        }
    }
    return true;
}

static const struct span *spans_search(const struct spans *spans, size_t low, size_t high,
                                       const struct decimal *number, int64_t day)
{
    size_t middle = low + (high - low) / 2;
    const struct span *span, *found;

    if (low == high)
        return NULL;
    span = &spans->list[middle];
    if (!span_ends_after(&spans->list[spans->furthest[middle]], number))
        return NULL;
    found = spans_search(spans, low, middle, number, day);
    if (found != NULL || !span_begins_by(span, number))
        return found;
    if (span_ends_after(span, number) && span->day_from <= day && day < span->day_to)
        return span;
    return spans_search(spans, middle + 1, high, number, day);
}

json_t *spans_find(const struct spans *spans, const struct decimal *number, int64_t day)
{
    const struct span *span;

    check(spans->count == 0 || spans->furthest != NULL);
    span = spans_search(spans, 0, spans->count, number, day);
    return span != NULL ? span->row : NULL;
}
