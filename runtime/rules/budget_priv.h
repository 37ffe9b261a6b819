/* budget_priv.h - the budgets of the batch in hand. For rules/ only. */
#ifndef RULES_BUDGET_PRIV_H
#define RULES_BUDGET_PRIV_H

#include "rules/budget.h"
#include "rules/lua_box_priv.h"

/* What is 0 becomes the default. */
void budget__defaults(struct rules_limits *limits);
/* From its scope, or the box's. */
void budget__arm(struct lua_box *box);
void budget__count(enum box_spent spent);
/* If one was used up, the text says which, and how it is raised. */
void budget__explain(struct lua_box *box);

#endif
