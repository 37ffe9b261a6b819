/* reconcile_plan.h - how two lists are compared: the passes of a reconciliation, in order. */
#ifndef NODES_RECONCILE_PLAN_H
#define NODES_RECONCILE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nodes/amount.h"

enum reconcile_cardinality { RECONCILE_ONE_TO_ONE, RECONCILE_ONE_TO_MANY, RECONCILE_MANY_TO_ONE };

struct reconcile_limit { /* an absolute tolerance for one currency */
    char *currency;
    amount_units absolute;
};
struct reconcile_pass {
    char *name;
    unsigned first_key, key_count; /* columns of a line's keys; none: all lines are of one set */
    amount_units absolute;
    int64_t percent; /* of the left amount, in 10^-6 of a percent, at most 100 % */
    struct reconcile_limit *limits;
    size_t limit_count;
    int32_t days; /* apart at most; -1: days are not compared */
    enum reconcile_cardinality cardinality;
    bool differs; /* equal keys say that lines belong together */
    bool scored;  /* proposes; the weights are of: */
    unsigned first_text, text_count;
    unsigned text_weight, amount_weight, day_weight;
    int at_least, margin; /* of ALIKE_ONE; margin is 1 or more */
};
void reconcile_pass_fini(struct reconcile_pass *pass); /* one of zeros is fine */
struct reconcile_plan {                                /* scored passes stand behind the others */
    struct reconcile_pass *passes;
    size_t pass_count;
    unsigned columns; /* keys of a line */
};

/* How far an amount may be from this one: the larger of the absolute and the relative limit. */
amount_units reconcile_tolerance(const struct reconcile_pass *pass, const char *currency,
                                 amount_units amount);
/* The score of a pair. texts: how alike, or -1: nothing to compare; span: what apart may be;
 * days: apart, or -1: not compared. */
int reconcile_likeness(const struct reconcile_pass *pass, int texts, amount_units span,
                       amount_units apart, int64_t days);

#endif
