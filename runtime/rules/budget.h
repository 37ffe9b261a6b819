/* budget.h - what an evaluation may use up, and how often rules have used it up since the start. */
#ifndef RULES_BUDGET_H
#define RULES_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_budget { RULE_BUDGET_TICKS, RULE_BUDGET_TIME, RULE_BUDGET_MEMORY, RULE_BUDGET_TEXT };
#define RULE_BUDGETS 4u
uint64_t rules_spent(enum rule_budget budget); /* for measurements; from any thread */

struct rule_amounts {
    uint64_t ticks; /* VM instructions */
    int64_t ms;
    size_t memory;  /* bytes */
};
/* What an evaluation has of each, 0: what the rules have; and the most that its flow could ask for,
 * which the error of a budget that is used up tells. */
struct rule_allowance {
    struct rule_amounts has, most;
    bool share; /* no flow asks for it: it is a part of what the rules of flows have */
};
struct rules;
struct rule_allowance rules_allowance(const struct rules *rules); /* of who brings none */

#endif
