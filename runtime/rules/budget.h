/* budget.h - how often rules have used up a budget since the start: for measurements. From any
 * thread. */
#ifndef RULES_BUDGET_H
#define RULES_BUDGET_H

#include <stdint.h>

enum rule_budget { RULE_BUDGET_TICKS, RULE_BUDGET_TIME, RULE_BUDGET_MEMORY, RULE_BUDGET_TEXT };
#define RULE_BUDGETS 4u
uint64_t rules_spent(enum rule_budget budget);

#endif
