/* reconcile_many.c - one line that is the sum of many of the other side: a deposit and its
 * payments.
 *
 * For each *one* line the candidates are the free lines of the other side of the same set, in its
 * currency and within the window of days. When all of them together give its amount, they are the
 * answer (exactly; or within the tolerance, when equal keys put them with this one line alone).
 * Else a part of them is looked for: amounts that are the same are one class, and the search
 * decides how many of each class are taken, from the largest amount down, leaving out what can no
 * longer reach the sum. It ends at the second answer, or after RECONCILE_SEARCH steps; where equal
 * keys put one line alone with its candidates, that it gives up is told as a difference of sums.
 *
 * (1) A part counts only when it is the only one: no second selection of amounts gives the sum,
 *     and of each class it takes all lines or none.                              [search_classes]
 * (2) An exact part goes before one within the tolerance.                        [answer_find]
 * (3) A line that two *one* lines want goes to neither.                          [round_take]
 * (4) Rounds, each looking at what the round before left, until nothing changes; who is then
 *     without an answer of its own is in doubt, with the lines it might be made of. */
#include "nodes/reconcile_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define ROUNDS  20u
#define CLASSES 64u                      /* different amounts among the candidates of a search */
#define SCANS   100000000u               /* one lines times others of a set */
#define WIDEST  ((amount_units)1 << 125) /* what sums of a search stay below */

#define NOBODY    UINT32_MAX
#define CONTESTED (UINT32_MAX - 1)

enum answer_kind { ANSWER_NONE, ANSWER_ONE, ANSWER_SEVERAL, ANSWER_BOUND };
struct class
{
    amount_units amount;
    uint32_t count;
    uint32_t taken;           /* now */
    bool answers;             /* some are in an answer */
    amount_units least, most; /* what this and the classes behind it can add */
};
struct search {
    struct class classes[CLASSES];
    size_t count;
    amount_units target, span;
    unsigned answers;
    uint64_t steps, allowed;
};
/* Lines of the other side are known by their place in `others`. */
struct many {
    struct reconcile *r;
    const struct pick *ones, *others;
    size_t one_count, other_count;
    uint32_t *candidates, *answer; /* places, of the one line in work */
    size_t candidate_count, answer_count;
    uint32_t *owner;         /* for each other: which one line wants it */
    uint32_t *wanted, *kind; /* for each one line: size and kind of its answer */
    uint32_t *parents;       /* ones, then others: what is in doubt together */
    bool changed;
};

static const struct rline *other_at(const struct many *many, uint32_t place)
{
    return reconcile__line(many->r, many->others[place].id);
}

static bool near(amount_units a, amount_units b, amount_units span)
{
    amount_units apart;

    return !__builtin_sub_overflow(a, b, &apart) && apart <= span && apart >= -span;
}

/* ---- The search */

static void search_found(struct search *search)
{
    search->answers++;
    for (size_t i = 0; i < search->count; i++) {
        struct class *class = &search->classes[i];

        if (class->taken == 0)
            continue;
        class->answers = true;
        if (class->taken != class->count)
            search->answers = 2; /* which of the lines that are alike? */
    }
}

/* Recursion is bounded by CLASSES. */
static void search_classes(struct search *search, size_t at, amount_units sum)
{
    struct class *class = &search->classes[at];

    if (++search->steps > search->allowed || search->answers > 1)
        return;
    if (at == search->count) {
        if (near(sum, search->target, search->span))
            search_found(search);
        return;
    }
    if (sum + class->least > search->target + search->span ||
        sum + class->most < search->target - search->span)
        return;
    for (uint32_t n = class->count + 1; n-- > 0 && search->answers < 2;) {
        class->taken = n;
        search_classes(search, at + 1, sum + class->amount * (amount_units)n);
    }
    class->taken = 0;
}

static int class_compare(const void *left, const void *right)
{
    const struct class *a = left, *b = right;
    amount_units x = amount_abs(a->amount), y = amount_abs(b->amount);

    if (x != y)
        return x > y ? -1 : 1;
    return (a->amount < b->amount) - (a->amount > b->amount);
}

/* Candidates are in order of amount. False: more classes than are searched, or sums too large. */
static bool search_fill(struct search *search, const struct many *many)
{
    amount_units least = 0, most = 0;

    search->count = 0;
    for (size_t i = 0; i < many->candidate_count; i++) {
        amount_units amount = other_at(many, many->candidates[i])->amount;

        if (search->count > 0 && search->classes[search->count - 1].amount == amount) {
            search->classes[search->count - 1].count++;
        } else {
            if (search->count == CLASSES)
                return false;
            search->classes[search->count++] = (struct class){ .amount = amount, .count = 1 };
        }
    }
    qsort(search->classes, search->count, sizeof *search->classes, class_compare);
    for (size_t i = search->count; i-- > 0;) {
        struct class *class = &search->classes[i];
        amount_units all;

        if (__builtin_mul_overflow(class->amount, (amount_units) class->count, &all) ||
            !amount_add(all < 0 ? &least : &most, all) || most > WIDEST || least < -WIDEST)
            return false;
        class->least = least;
        class->most = most;
    }
    return true;
}

static enum answer_kind search_run(struct reconcile *r, struct search *search, amount_units target,
                                   amount_units span)
{
    uint64_t left = RECONCILE_SEARCHES - r->searched;

    search->target = target;
    search->span = span;
    search->answers = 0;
    search->steps = 0;
    search->allowed = left < RECONCILE_SEARCH ? left : RECONCILE_SEARCH;
    for (size_t i = 0; i < search->count; i++)
        search->classes[i].answers = false;
    search_classes(search, 0, 0);
    r->searched += search->steps < left ? search->steps : left;
    if (search->answers > 1)
        return ANSWER_SEVERAL;
    if (search->steps > search->allowed)
        return ANSWER_BOUND;
    return search->answers == 0 ? ANSWER_NONE : ANSWER_ONE;
}

/* The candidates of the classes that are in an answer. */
static void search_answer(const struct search *search, struct many *many)
{
    many->answer_count = 0;
    for (size_t i = 0; i < many->candidate_count; i++) {
        amount_units amount = other_at(many, many->candidates[i])->amount;

        for (size_t j = 0; j < search->count; j++)
            if (search->classes[j].amount == amount && search->classes[j].answers)
                many->answer[many->answer_count++] = many->candidates[i];
    }
}

/* ---- The answer for one line */

static bool candidates_find(struct many *many, const struct rline *one, amount_units *sum)
{
    many->candidate_count = 0;
    *sum = 0;
    for (uint32_t i = 0; i < many->other_count; i++) {
        const struct rline *other = other_at(many, i);

        if (other->state != RECONCILE_FREE || other->currency != one->currency ||
            !reconcile__days_fit(many->r, one, other))
            continue;
        many->candidates[many->candidate_count] = i;
        many->answer[many->candidate_count++] = i;
        if (!amount_add(sum, other->amount))
            return false;
    }
    return true;
}

/* Its lines, or those that it may be made of, are in many->answer. */
static enum answer_kind answer_find(struct many *many, const struct rline *one)
{
    amount_units span = reconcile__tolerance(many->r, one->currency, one->amount), sum;
    bool together = many->one_count == 1 && many->r->pass->key_count > 0;
    bool told = together && many->r->pass->differs; /* as a difference of the sums */
    bool summed = candidates_find(many, one, &sum);
    struct search search;
    enum answer_kind kind;

    many->answer_count = many->candidate_count;
    if (many->candidate_count == 0)
        return ANSWER_NONE;
    if (summed && near(sum, one->amount, together ? span : 0))
        return ANSWER_ONE;
    if (!summed || !search_fill(&search, many))
        return told ? ANSWER_NONE : ANSWER_BOUND;
    kind = search_run(many->r, &search, one->amount, 0);
    if (kind == ANSWER_NONE && span > 0)
        kind = search_run(many->r, &search, one->amount, span);
    if (kind == ANSWER_ONE || kind == ANSWER_SEVERAL)
        search_answer(&search, many);
    return kind == ANSWER_BOUND && told ? ANSWER_NONE : kind;
}

/* ---- Rounds */

static bool round_find(struct many *many)
{
    for (uint32_t i = 0; i < many->one_count + many->other_count; i++)
        many->parents[i] = i;
    for (uint32_t i = 0; i < many->other_count; i++)
        many->owner[i] = NOBODY;
    for (uint32_t i = 0; i < many->one_count; i++) {
        const struct rline *one = reconcile__line(many->r, many->ones[i].id);

        many->kind[i] = ANSWER_NONE;
        if (one->state != RECONCILE_FREE)
            continue;
        if (many->r->given_up != NULL && atomic_load(many->r->given_up))
            return reconcile__fail(many->r, ERR_CANCELLED, "the comparison was given up");
        many->kind[i] = answer_find(many, one);
        many->wanted[i] = (uint32_t)many->answer_count;
        for (size_t j = 0; j < many->answer_count && many->kind[i] != ANSWER_NONE; j++) {
            uint32_t place = many->answer[j];

            reconcile__join(many->parents, i, (uint32_t)many->one_count + place);
            if (many->kind[i] == ANSWER_ONE)
                many->owner[place] = many->owner[place] == NOBODY ? i : CONTESTED;
        }
    }
    return true;
}

static bool one_settle(struct many *many, uint32_t one, const uint32_t *ids, size_t count)
{
    bool equal = reconcile__line(many->r, ids[0])->amount ==
                 reconcile__line(many->r, many->ones[one].id)->amount;

    many->changed = true;
    return reconcile__settle(many->r, RECONCILE_MATCHED,
                             count > 2 ? RECONCILE_SUM
                             : equal   ? RECONCILE_EQUAL
                                       : RECONCILE_TOLERATED,
                             ids, count) != NULL;
}

/* Settles the one lines that nobody contests. */
static bool round_take(struct many *many)
{
    uint32_t *ids =
        reconcile__room(many->r, &many->r->chosen, (many->other_count + 1) * sizeof *ids);

    if (ids == NULL)
        return false;
    for (uint32_t i = 0; i < many->one_count; i++) {
        size_t count = 0;

        for (uint32_t j = 0; j < many->other_count && many->kind[i] == ANSWER_ONE; j++)
            if (many->owner[j] == i)
                ids[count++] = many->others[j].id;
        if (count == 0 || count != many->wanted[i])
            continue;
        ids[count++] = many->ones[i].id;
        if (!one_settle(many, i, ids, count))
            return false;
    }
    return true;
}

/* ---- Doubts */

static bool heap_doubt(void *arg, const struct reconcile_heap *heap)
{
    const struct many *many = arg;
    bool bound = true;

    if (heap->count < 2)
        return true;
    for (size_t i = 0; i < heap->first_count; i++)
        bound = bound && many->kind[heap->places[i]] == ANSWER_BOUND;
    return reconcile__doubt(many->r, bound ? RECONCILE_BOUND : RECONCILE_AMBIGUOUS, heap->ids,
                            heap->count);
}

static bool doubts_tell(struct many *many)
{
    return reconcile__heaps(many->r, many->ones, many->one_count, many->others, many->other_count,
                            many->parents, heap_doubt, many);
}

static bool too_many(struct many *many)
{
    size_t count = many->one_count + many->other_count;
    uint32_t *ids = reconcile__room(many->r, &many->r->chosen, count * sizeof *ids);

    if (ids == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        ids[i] = i < many->one_count ? many->ones[i].id : many->others[i - many->one_count].id;
    return reconcile__doubt(many->r, RECONCILE_BOUND, ids, count);
}

bool reconcile__many(struct reconcile *r, const struct reconcile_set *set)
{
    bool left = r->pass->cardinality == RECONCILE_ONE_TO_MANY;
    struct many many = {
        .r = r,
        .ones = left ? set->left : set->right,
        .others = left ? set->right : set->left,
        .one_count = left ? set->left_count : set->right_count,
        .other_count = left ? set->right_count : set->left_count,
    };
    size_t words = 3 * many.one_count + 4 * many.other_count;
    uint32_t *at;

    if (many.one_count > 1 && many.other_count > SCANS / many.one_count)
        return too_many(&many);
    at = reconcile__room(r, &r->edges, words * sizeof *at);
    if (at == NULL)
        return false;
    many.candidates = at;
    many.answer = many.candidates + many.other_count;
    many.owner = many.answer + many.other_count;
    many.wanted = many.owner + many.other_count;
    many.kind = many.wanted + many.one_count;
    many.parents = many.kind + many.one_count;
    for (unsigned round = 0; round < ROUNDS; round++) {
        many.changed = false;
        if (!round_find(&many) || !round_take(&many))
            return false;
        if (!many.changed)
            return doubts_tell(&many);
    }
    return round_find(&many) && doubts_tell(&many);
}
