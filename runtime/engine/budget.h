/* budget.h - what the rules of a flow may use up: the flow's settings.budget, else what its
 * workspace sets, else what the program's rules have; never more than the workspace allows.
 *
 * What a workspace sets works from the next evaluation on, also for versions that are live. */
#ifndef ENGINE_BUDGET_H
#define ENGINE_BUDGET_H

#include "flow/flow.h"
#include "rules/budget.h"

struct engine;

/* Of a workspace, as its people have set it: has, and the most that a flow may ask for. */
void engine_rule_allowance(struct engine *engine, const char *workspace,
                           const struct rule_allowance *set);
/* What an evaluation for the flow has there. flow NULL: one that asks for nothing. */
struct rule_allowance engine_allowance(const struct engine *engine, const char *workspace,
                                       const struct flow *flow);
/* The same where `set` holds. */
struct rule_allowance budget_allowance(const struct rule_allowance *set, const struct flow *flow);
/* Whether it asks for no more than it may have, faults if not; line 0: placed by their pointers. */
bool budget_fits(const struct rule_allowance *set, const struct flow *flow, const char *file,
                 unsigned line, struct faults *faults);
bool engine_budget_fits(const struct engine *engine, const char *workspace,
                        const struct flow *flow, const char *file, struct faults *faults);
void budgets_free(struct engine *engine); /* the engine ends */

#endif
