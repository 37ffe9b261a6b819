/* reconcile_score.c - proposals: lines whose keys are not equal, by how alike they are.
 *
 * Candidates are pairs of a set in one currency, within the tolerance and the window of days. The
 * score is the weighted mean of how alike the texts are, how close the amounts and how close the
 * days; what cannot be compared does not count. A pair is proposed when each is the other's best,
 * by `margin` over the next best of either, and the score is `at_least`; then the others are looked
 * at without them. Who then still has a candidate is ambiguous. */
#include "nodes/reconcile_priv.h"

#include <stdlib.h>

#include "base/check.h"
#include "nodes/alike.h"
#include "nodes/line.h"

#define ROUNDS 20u

struct edge { /* places in the set, the right behind the left */
    uint32_t left, right;
    int score;
};
struct best {
    uint32_t place;
    int score, next; /* -1: none */
};
struct scoring {
    struct reconcile *r;
    const struct reconcile_set *set;
    struct edge *edges;
    size_t edge_count;
    struct best *best;
};

static uint32_t id_at(const struct reconcile_set *set, uint32_t place)
{
    return place < set->left_count ? set->left[place].id : set->right[place - set->left_count].id;
}

/* ---- The score of a pair */

static void part_add(int64_t *sum, int64_t *weights, unsigned weight, int score)
{
    *sum += (int64_t)weight * score;
    *weights += weight;
}

/* -1: no column stands on both sides. */
static int texts_score(const struct reconcile *r, uint32_t left, uint32_t right)
{
    int64_t sum = 0, count = 0;

    for (unsigned i = 0; i < r->pass->text_count; i++) {
        struct reconcile_text a = reconcile__key(r, left, r->pass->first_text + i);
        struct reconcile_text b = reconcile__key(r, right, r->pass->first_text + i);

        if (a.size > 0 && b.size > 0)
            part_add(&sum, &count, 1, alike_score(a.at, a.size, b.at, b.size));
    }
    return count == 0 ? -1 : (int)(sum / count);
}

int reconcile_likeness(const struct reconcile_pass *pass, int texts, amount_units span,
                       amount_units apart, int64_t days)
{
    int64_t sum = 0, weights = 0;

    while (span > INT64_MAX / ALIKE_ONE) { /* so that the quotient below fits */
        span /= 10;
        apart /= 10;
    }
    if (texts >= 0)
        part_add(&sum, &weights, pass->text_weight, texts);
    part_add(&sum, &weights, pass->amount_weight,
             span == 0 || apart == 0 ? ALIKE_ONE : (int)((span - apart) * ALIKE_ONE / span));
    if (days >= 0)
        part_add(&sum, &weights, pass->day_weight,
                 (int)(ALIKE_ONE - days * ALIKE_ONE / (pass->days + 1)));
    return weights == 0 ? 0 : (int)(sum / weights);
}

static int pair_score(const struct reconcile *r, uint32_t left, uint32_t right)
{
    const struct rline *a = reconcile__line(r, left), *b = reconcile__line(r, right);

    return reconcile_likeness(
        r->pass, texts_score(r, left, right), reconcile__tolerance(r, a->currency, a->amount),
        amount_abs(a->amount - b->amount), r->pass->days >= 0 ? abs(a->day - b->day) : -1);
}

/* ---- Pairs that may fit */

/* Counts them, and with `edges` keeps those that can matter. */
static bool pairs_each(struct scoring *s, bool score, size_t *count)
{
    const struct reconcile *r = s->r;

    *count = 0;
    for (uint32_t i = 0; i < s->set->left_count; i++) {
        const struct rline *left = reconcile__line(r, s->set->left[i].id);
        amount_units span = reconcile__tolerance(r, left->currency, left->amount);
        size_t j = left->state == RECONCILE_FREE ? reconcile__right_from(r, s->set, left, span)
                                                 : s->set->right_count;

        if (score && r->given_up != NULL && atomic_load(r->given_up))
            return reconcile__fail(s->r, ERR_CANCELLED, "the comparison was given up");
        for (; j < s->set->right_count; j++) {
            const struct rline *right = reconcile__line(r, s->set->right[j].id);
            int points;

            if (reconcile__place(r, right, left, span) > 0)
                break;
            if (right->state != RECONCILE_FREE || !reconcile__fits(r, left, right))
                continue;
            if (++*count > RECONCILE_PAIRS)
                return true;
            if (!score)
                continue;
            points = pair_score(r, s->set->left[i].id, s->set->right[j].id);
            if (points >= r->pass->at_least - r->pass->margin)
                s->edges[s->edge_count++] =
                    (struct edge){ i, (uint32_t)(s->set->left_count + j), points };
        }
    }
    return true;
}

/* ---- Rounds */

static bool edge_open(const struct scoring *s, const struct edge *edge)
{
    return reconcile__line(s->r, id_at(s->set, edge->left))->state == RECONCILE_FREE &&
           reconcile__line(s->r, id_at(s->set, edge->right))->state == RECONCILE_FREE;
}

static void best_take(struct best *best, uint32_t place, int score)
{
    if (score > best->score) {
        best->next = best->score;
        best->score = score;
        best->place = place;
    } else if (score > best->next) {
        best->next = score;
    }
}

static bool clear(const struct reconcile_pass *pass, const struct best *best)
{
    return best->next < 0 || best->score - best->next >= pass->margin;
}

static bool round_propose(struct scoring *s, bool *changed)
{
    size_t count = s->set->left_count + s->set->right_count;

    *changed = false;
    for (size_t i = 0; i < count; i++)
        s->best[i] = (struct best){ .score = -1, .next = -1 };
    for (size_t i = 0; i < s->edge_count; i++)
        if (edge_open(s, &s->edges[i])) {
            best_take(&s->best[s->edges[i].left], s->edges[i].right, s->edges[i].score);
            best_take(&s->best[s->edges[i].right], s->edges[i].left, s->edges[i].score);
        }
    for (uint32_t i = 0; i < s->set->left_count; i++) {
        const struct best *left = &s->best[i], *right = &s->best[left->place];
        struct reconcile_group *group;

        if (left->score < s->r->pass->at_least || right->place != i || !clear(s->r->pass, left) ||
            !clear(s->r->pass, right))
            continue;
        group = reconcile__settle(s->r, RECONCILE_PROPOSED, RECONCILE_SCORE,
                                  (uint32_t[]){ id_at(s->set, i), id_at(s->set, left->place) }, 2);
        if (group == NULL)
            return false;
        group->score = left->score;
        group->runner_up = left->next > right->next ? left->next : right->next;
        *changed = true;
    }
    return true;
}

/* ---- Doubts */

static bool heap_doubt(void *arg, const struct reconcile_heap *heap)
{
    return heap->count < 2 || reconcile__doubt(arg, RECONCILE_AMBIGUOUS, heap->ids, heap->count);
}

static bool doubts_tell(struct scoring *s)
{
    size_t count = s->set->left_count + s->set->right_count;
    uint32_t *parents = reconcile__room(s->r, &s->r->parents, count * sizeof *parents);

    if (parents == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        parents[i] = i;
    for (size_t i = 0; i < s->edge_count; i++)
        if (s->edges[i].score >= s->r->pass->at_least && edge_open(s, &s->edges[i]))
            reconcile__join(parents, s->edges[i].left, s->edges[i].right);
    return reconcile__heaps(s->r, s->set->left, s->set->left_count, s->set->right,
                            s->set->right_count, parents, heap_doubt, s->r);
}

bool reconcile__score(struct reconcile *r, const struct reconcile_set *set)
{
    struct scoring s = { .r = r, .set = set };
    size_t pairs;
    bool changed = true;

    if (!pairs_each(&s, false, &pairs))
        return false;
    if (pairs == 0)
        return true;
    if (pairs > RECONCILE_PAIRS) {
        r->skipped[r->pass_index] += set->left_count + set->right_count;
        return true;
    }
    s.edges = reconcile__room(r, &r->edges, pairs * sizeof *s.edges);
    s.best = reconcile__room(r, &r->best, (set->left_count + set->right_count) * sizeof *s.best);
    if (s.edges == NULL || s.best == NULL || !pairs_each(&s, true, &pairs))
        return false;
    for (unsigned round = 0; round < ROUNDS && changed; round++)
        if (!round_propose(&s, &changed))
            return false;
    return doubts_tell(&s);
}
