/* reconcile_pair.c - one line with one line: the lines of a set of equal keys, from the closest
 * likeness to the widest that the pass allows.
 *
 * (1) The same amount and day: as many left as right are matched.               [pair_same]
 * (2) The same amount, days within the window: lines that fit are put together, and a heap is
 *     matched when it has as many left as right which fit in order of their days.  [heap_settle]
 * (3) Amounts within the tolerance: a heap is matched when it is one and one.
 * What then still fits more than one way is in doubt. Where lines alike in all that is compared
 * stand on both sides in the same number, they are matched together: who belongs to whom among
 * them is nobody's choice, and makes no difference to any sum. */
#include "nodes/reconcile_priv.h"

#include <string.h>

#include "base/check.h"

static bool free_is(const struct reconcile *r, uint32_t id)
{
    return reconcile__line(r, id)->state == RECONCILE_FREE;
}

/* -1, 0, 1 in the order of a set; with `day`, days count. */
static int alike_compare(const struct reconcile *r, uint32_t a, uint32_t b, bool day)
{
    const struct rline *x = reconcile__line(r, a), *y = reconcile__line(r, b);

    if (x->currency != y->currency)
        return strcmp(r->currencies[x->currency], r->currencies[y->currency]);
    if (x->amount != y->amount)
        return x->amount < y->amount ? -1 : 1;
    if (day && x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return 0;
}

static size_t run_length(const struct reconcile *r, const struct pick *picks, size_t count,
                         bool day)
{
    size_t length = 0;

    while (length < count && alike_compare(r, picks[0].id, picks[length].id, day) == 0)
        length++;
    return length;
}

/* The ids of two runs into a list of the room `chosen`. */
static uint32_t *ids_of(struct reconcile *r, const struct pick *left, size_t left_count,
                        const struct pick *right, size_t right_count)
{
    size_t count = left_count + right_count;
    uint32_t *ids = reconcile__room(r, &r->chosen, (count + 1) * sizeof *ids);

    if (ids == NULL)
        return NULL;
    for (size_t i = 0; i < left_count; i++)
        ids[i] = left[i].id;
    for (size_t i = 0; i < right_count; i++)
        ids[left_count + i] = right[i].id;
    return ids;
}

/* Runs of lines that are alike, on both sides. `last`: what does not go up is in doubt. */
static bool pair_same(struct reconcile *r, const struct reconcile_set *set, bool last)
{
    const struct pick *left = set->left, *right = set->right;
    size_t lefts = set->left_count, rights = set->right_count;
    bool day = r->pass->days >= 0;

    while (lefts > 0 && rights > 0) {
        int order = alike_compare(r, left->id, right->id, day);
        size_t n = order <= 0 ? run_length(r, left, lefts, day) : 0;
        size_t m = order >= 0 ? run_length(r, right, rights, day) : 0;
        uint32_t *ids = n > 0 && m > 0 ? ids_of(r, left, n, right, m) : NULL;
        bool dated = !day || reconcile__days_fit(r, reconcile__line(r, left->id),
                                                 reconcile__line(r, left->id));

        if (n > 0 && m > 0 && ids == NULL)
            return false;
        if (n > 0 && n == m && dated) {
            if (reconcile__settle(r, RECONCILE_MATCHED, n == 1 ? RECONCILE_EQUAL : RECONCILE_ALIKE,
                                  ids, n + m) == NULL)
                return false;
        } else if (n > 0 && m > 0 && dated && last &&
                   !reconcile__doubt(r, RECONCILE_AMBIGUOUS, ids, n + m)) {
            return false;
        }
        left += n;
        lefts -= n;
        right += m;
        rights -= m;
    }
    return true;
}

/* ---- Heaps of lines that fit together */

static uint32_t id_at(const struct reconcile_set *set, uint32_t place)
{
    return place < set->left_count ? set->left[place].id : set->right[place - set->left_count].id;
}

/* ids: n left and n right of one amount, each in order of days. */
static bool days_pair(const struct reconcile *r, const uint32_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!reconcile__days_fit(r, reconcile__line(r, ids[i]), reconcile__line(r, ids[n + i])))
            return false;
    return true;
}

struct heaps {
    struct reconcile *r;
    bool tolerant, last;
};

static bool heap_settle(void *arg, const struct reconcile_heap *heap)
{
    const struct heaps *heaps = arg;
    struct reconcile *r = heaps->r;
    size_t left = heap->first_count, right = heap->count - left;

    if (left == 0 || right == 0)
        return true;
    if (left == right && (left == 1 || (!heaps->tolerant && days_pair(r, heap->ids, left))))
        return reconcile__settle(r, RECONCILE_MATCHED,
                                 left == 1 ? RECONCILE_TOLERATED : RECONCILE_ALIKE, heap->ids,
                                 heap->count) != NULL;
    return !heaps->last || reconcile__doubt(r, RECONCILE_AMBIGUOUS, heap->ids, heap->count);
}

/* How far right amounts may be from the left one; 0 where the amount must be the same. */
static amount_units reach(const struct reconcile *r, const struct rline *left, bool tolerant)
{
    return tolerant ? reconcile__tolerance(r, left->currency, left->amount) : 0;
}

/* Joins the lines that fit. *bound: there are more pairs than are compared, and none was joined.
 * Their number is one of content, so the bound is too. */
static void heaps_join(struct reconcile *r, const struct reconcile_set *set, uint32_t *parents,
                       bool tolerant, bool join, bool *bound)
{
    size_t pairs = 0;

    *bound = false;
    for (size_t i = 0; i < set->left_count; i++) {
        const struct rline *left = reconcile__line(r, set->left[i].id);
        amount_units span = reach(r, left, tolerant);

        if (left->state != RECONCILE_FREE)
            continue;
        for (size_t j = reconcile__right_from(r, set, left, span); j < set->right_count; j++) {
            const struct rline *right = reconcile__line(r, set->right[j].id);

            if (reconcile__place(r, right, left, span) > 0)
                break;
            if (right->state != RECONCILE_FREE)
                continue;
            if (++pairs > RECONCILE_PAIRS) {
                *bound = true;
                return;
            }
            if (join && reconcile__days_fit(r, left, right))
                reconcile__join(parents, (uint32_t)i, (uint32_t)(set->left_count + j));
        }
    }
}

static bool free_any(const struct reconcile *r, const struct pick *picks, size_t count)
{
    while (count > 0 && !free_is(r, picks[count - 1].id))
        count--;
    return count > 0;
}

static bool pair_heaps(struct reconcile *r, const struct reconcile_set *set, bool tolerant,
                       bool last)
{
    size_t count = set->left_count + set->right_count, used = 0;
    struct heaps heaps = { r, tolerant, last };
    uint32_t *parents, *ids;
    bool bound;

    if (!free_any(r, set->left, set->left_count) || !free_any(r, set->right, set->right_count))
        return true;
    parents = reconcile__room(r, &r->parents, count * sizeof *parents);
    if (parents == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        parents[i] = i;
    heaps_join(r, set, parents, tolerant, false, &bound);
    if (!bound) {
        heaps_join(r, set, parents, tolerant, true, &bound);
        return reconcile__heaps(r, set->left, set->left_count, set->right, set->right_count,
                                parents, heap_settle, &heaps);
    }
    ids = reconcile__room(r, &r->chosen, count * sizeof *ids);
    if (ids == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (free_is(r, id_at(set, i)))
            ids[used++] = id_at(set, i);
    return !last || reconcile__doubt(r, RECONCILE_BOUND, ids, used);
}

bool reconcile__pair(struct reconcile *r, const struct reconcile_set *set)
{
    bool tolerant = r->pass->absolute > 0 || r->pass->percent > 0 || r->pass->limit_count > 0;
    bool dated = r->pass->days >= 0;

    check(set->left_count > 0 && set->right_count > 0);
    if (!pair_same(r, set, !dated && !tolerant))
        return false;
    if (dated && !pair_heaps(r, set, false, !tolerant))
        return false;
    return !tolerant || pair_heaps(r, set, true, true);
}
