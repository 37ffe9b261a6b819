/* reconcile_set.c - the free lines of both sides, put together by equal keys. */
#include "nodes/reconcile_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "nodes/line.h"

#define PERCENT_WHOLE INT64_C(100000000) /* 100 % in 10^-6 of a percent */
#define LOOK_AROUND   1023u              /* sets between two looks at given_up */

/* ---- Limits of a pass */

void reconcile_pass_fini(struct reconcile_pass *pass)
{
    for (size_t i = 0; i < pass->limit_count; i++)
        mem_free(pass->limits[i].currency);
    mem_free(pass->limits);
    mem_free(pass->name);
}

amount_units reconcile_tolerance(const struct reconcile_pass *pass, const char *currency,
                                 amount_units amount)
{
    amount_units absolute = pass->absolute, size = amount_abs(amount), share;

    for (size_t i = 0; i < pass->limit_count; i++)
        if (strcmp(pass->limits[i].currency, currency) == 0)
            absolute = pass->limits[i].absolute;
    check(pass->percent <= PERCENT_WHOLE);
    share =
        size / PERCENT_WHOLE * pass->percent + size % PERCENT_WHOLE * pass->percent / PERCENT_WHOLE;
    return share > absolute ? share : absolute;
}

amount_units reconcile__tolerance(const struct reconcile *r, unsigned currency, amount_units left)
{
    return reconcile_tolerance(r->pass, r->currencies[currency], left);
}

bool reconcile__days_fit(const struct reconcile *r, const struct rline *a, const struct rline *b)
{
    int64_t apart = (int64_t)a->day - b->day;

    if (r->pass->days < 0)
        return true;
    if (a->day == LINE_NO_DAY || b->day == LINE_NO_DAY)
        return false;
    return (apart < 0 ? -apart : apart) <= r->pass->days;
}

bool reconcile__fits(const struct reconcile *r, const struct rline *left, const struct rline *right)
{
    return left->currency == right->currency && reconcile__days_fit(r, left, right) &&
           amount_abs(left->amount - right->amount) <=
               reconcile__tolerance(r, left->currency, left->amount);
}

/* ---- Amounts within reach, in the order of a set */

int reconcile__place(const struct reconcile *r, const struct rline *right, const struct rline *left,
                     amount_units span)
{
    if (right->currency != left->currency)
        return strcmp(r->currencies[right->currency], r->currencies[left->currency]);
    if (right->amount < left->amount - span)
        return -1;
    return right->amount > left->amount + span;
}

size_t reconcile__right_from(const struct reconcile *r, const struct reconcile_set *set,
                             const struct rline *left, amount_units span)
{
    size_t low = 0, high = set->right_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (reconcile__place(r, reconcile__line(r, set->right[middle].id), left, span) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- Components */

uint32_t reconcile__root(uint32_t *parents, uint32_t at)
{
    while (parents[at] != at) {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    return at;
}

/* The smaller number becomes the root, so that the order of joining does not matter. */
void reconcile__join(uint32_t *parents, uint32_t a, uint32_t b)
{
    a = reconcile__root(parents, a);
    b = reconcile__root(parents, b);
    parents[a > b ? a : b] = a < b ? a : b;
}

struct heap_line {
    uint32_t root, place, id;
};

static int heap_compare(const void *left, const void *right)
{
    const struct heap_line *a = left, *b = right;

    if (a->root != b->root)
        return a->root < b->root ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

bool reconcile__heaps(struct reconcile *r, const struct pick *first, size_t first_count,
                      const struct pick *second, size_t second_count, uint32_t *parents,
                      reconcile_heap_fn *each, void *arg)
{
    size_t count = first_count + second_count, used = 0;
    struct heap_line *lines = reconcile__room(r, &r->order, count * sizeof *lines);
    uint32_t *ids = reconcile__room(r, &r->chosen, 2 * count * sizeof *ids), *places = ids + count;

    if (lines == NULL || ids == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = i < first_count ? first[i].id : second[i - first_count].id;

        if (reconcile__line(r, id)->state == RECONCILE_FREE)
            lines[used++] = (struct heap_line){ reconcile__root(parents, i), i, id };
    }
    if (used > 1)
        qsort(lines, used, sizeof *lines, heap_compare);
    for (size_t from = 0, end; from < used; from = end) {
        struct reconcile_heap heap = { .ids = ids, .places = places };

        for (end = from; end < used && lines[end].root == lines[from].root; end++) {
            ids[end - from] = lines[end].id;
            places[end - from] = lines[end].place;
            heap.first_count += lines[end].place < first_count;
        }
        heap.count = end - from;
        if (!each(arg, &heap))
            return false;
    }
    return true;
}

/* ---- Sets */

/* The keys of a pass are at most a few short texts: FNV-1a, with its bits mixed at the end. */
static bool keys_hash(const struct reconcile *r, uint32_t id, uint64_t *hash)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (unsigned i = 0; i < r->pass->key_count; i++) {
        struct reconcile_text key = reconcile__key(r, id, r->pass->first_key + i);

        if (key.size == 0)
            return false;
        for (size_t j = 0; j < key.size; j++)
            h = (h ^ (unsigned char)key.at[j]) * UINT64_C(0x100000001b3);
        h = (h ^ 0xFF) * UINT64_C(0x100000001b3);
    }
    h ^= h >> 32;
    *hash = h * UINT64_C(0x9e3779b97f4a7c15);
    return true;
}

static int keys_compare(const struct reconcile *r, uint32_t a, uint32_t b)
{
    for (unsigned i = 0; i < r->pass->key_count; i++) {
        struct reconcile_text left = reconcile__key(r, a, r->pass->first_key + i);
        struct reconcile_text right = reconcile__key(r, b, r->pass->first_key + i);
        int order;

        if (left.size != right.size)
            return left.size < right.size ? -1 : 1;
        order = memcmp(left.at, right.at, left.size);
        if (order != 0)
            return order;
    }
    return 0;
}

/* By key, side and content; lines that are alike by their place in the list, which changes no
 * result. */
static int pick_compare(const void *left, const void *right, void *arg)
{
    const struct pick *a = left, *b = right;
    const struct reconcile *r = arg;
    const struct rline *x, *y;
    int order;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    order = keys_compare(r, a->id, b->id);
    if (order != 0)
        return order;
    if ((a->id ^ b->id) & RIGHT_BIT)
        return (a->id & RIGHT_BIT) == 0 ? -1 : 1;
    x = reconcile__line(r, a->id);
    y = reconcile__line(r, b->id);
    if (x->currency != y->currency)
        return strcmp(r->currencies[x->currency], r->currencies[y->currency]);
    if (x->amount != y->amount)
        return x->amount < y->amount ? -1 : 1;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

static size_t picks_fill(const struct reconcile *r, struct pick *picks, uint32_t side)
{
    const struct rside *from = &r->sides[side != 0];
    size_t count = 0;

    for (uint32_t i = 0; i < from->count; i++)
        if (from->lines[i].state == RECONCILE_FREE && keys_hash(r, i | side, &picks[count].hash))
            picks[count++].id = i | side;
    return count;
}

static bool set_at(const struct reconcile *r, const struct pick *picks, size_t count, size_t from,
                   struct reconcile_set *set, size_t *next)
{
    size_t at = from, middle;

    while (at < count && (picks[at].id & RIGHT_BIT) == 0 && picks[at].hash == picks[from].hash &&
           keys_compare(r, picks[from].id, picks[at].id) == 0)
        at++;
    middle = at;
    while (at < count && (picks[at].id & RIGHT_BIT) != 0 && picks[at].hash == picks[from].hash &&
           keys_compare(r, picks[from].id, picks[at].id) == 0)
        at++;
    check(at > from);
    *set = (struct reconcile_set){ picks + from, picks + middle, middle - from, at - middle };
    *next = at;
    return set->left_count > 0 && set->right_count > 0;
}

bool reconcile__sets(struct reconcile *r, reconcile_set_fn *each)
{
    size_t room = r->sides[0].count + r->sides[1].count, count, sets = 0;
    struct pick *picks = reconcile__room(r, &r->picks, (room + 1) * sizeof *picks);
    struct reconcile_set set;

    if (picks == NULL)
        return false;
    count = picks_fill(r, picks, 0);
    if (count == 0)
        return true;
    count += picks_fill(r, picks + count, RIGHT_BIT);
    qsort_r(picks, count, sizeof *picks, pick_compare, r);
    for (size_t at = 0, next; at < count; at = next) {
        if ((sets++ & LOOK_AROUND) == 0 && r->given_up != NULL && atomic_load(r->given_up))
            return reconcile__fail(r, ERR_CANCELLED, "the comparison was given up");
        if (set_at(r, picks, count, at, &set, &next) && !each(r, &set))
            return false;
    }
    return true;
}
