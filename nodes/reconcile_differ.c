/* reconcile_differ.c - what stands in the way where lines belong together and do not agree. */
#include "nodes/reconcile_priv.h"

#include "base/check.h"
#include "nodes/line.h"

struct differ_side {
    amount_units sum;
    uint16_t currency;
    int32_t first_day, last_day;
    uint32_t count;
    bool one_currency, undated, summed;
};

static void side_add(struct differ_side *side, const struct rline *line)
{
    if (side->count++ == 0)
        *side = (struct differ_side){ .currency = line->currency,
                                      .first_day = line->day,
                                      .last_day = line->day,
                                      .count = 1,
                                      .one_currency = true,
                                      .summed = true };
    side->one_currency = side->one_currency && line->currency == side->currency;
    side->undated = side->undated || line->day == LINE_NO_DAY;
    side->summed = side->summed && amount_add(&side->sum, line->amount);
    if (line->day < side->first_day)
        side->first_day = line->day;
    if (line->day > side->last_day)
        side->last_day = line->day;
}

static enum reconcile_reason reason_of(const struct reconcile *r, const struct differ_side *left,
                                       const struct differ_side *right)
{
    amount_units apart;
    int64_t days = r->pass->days;

    if (!left->one_currency || !right->one_currency || left->currency != right->currency)
        return RECONCILE_CURRENCY;
    if (!left->summed || !right->summed || __builtin_sub_overflow(left->sum, right->sum, &apart) ||
        amount_abs(apart) > reconcile__tolerance(r, left->currency, left->sum))
        return RECONCILE_AMOUNT;
    if (days >= 0 &&
        (left->undated || right->undated || (int64_t)left->last_day - right->first_day > days ||
         (int64_t)right->last_day - left->first_day > days))
        return RECONCILE_DATE;
    return RECONCILE_CARDINALITY;
}

/* The lines of a set of equal keys that no pass has matched differ together. */
bool reconcile__differ(struct reconcile *r, const struct reconcile_set *set)
{
    struct differ_side left = { 0 }, right = { 0 };
    size_t count = set->left_count + set->right_count;
    uint32_t *ids = reconcile__room(r, &r->chosen, count * sizeof *ids);

    if (ids == NULL)
        return false;
    for (size_t i = 0; i < set->left_count; i++) {
        ids[i] = set->left[i].id;
        side_add(&left, reconcile__line(r, ids[i]));
    }
    for (size_t i = 0; i < set->right_count; i++) {
        ids[set->left_count + i] = set->right[i].id;
        side_add(&right, reconcile__line(r, set->right[i].id));
    }
    return reconcile__settle(r, RECONCILE_DIFFERING, reason_of(r, &left, &right), ids, count) !=
           NULL;
}

/* What was in doubt and was not told apart by a later pass. A doubt of which one side is gone is
 * none any more. */
bool reconcile__doubts_end(struct reconcile *r)
{
    unsigned pass = r->pass_index;

    for (size_t i = 0; i < r->doubt_count; i++) {
        const struct doubt *doubt = &r->doubts[i];
        const uint32_t *members = r->doubt_members + doubt->first;
        uint32_t *ids = reconcile__room(r, &r->chosen, doubt->count * sizeof *ids);
        size_t count = 0, right = 0;

        if (ids == NULL)
            return false;
        for (uint32_t j = 0; j < doubt->count; j++)
            if (reconcile__line(r, members[j])->state == RECONCILE_FREE) {
                ids[count++] = members[j];
                right += (members[j] & RIGHT_BIT) != 0;
            }
        r->pass_index = doubt->pass;
        if (right > 0 && right < count &&
            reconcile__settle(r, RECONCILE_DIFFERING, doubt->reason, ids, count) == NULL)
            return false;
    }
    r->doubt_count = r->doubt_member_count = 0;
    r->pass_index = pass;
    return true;
}
