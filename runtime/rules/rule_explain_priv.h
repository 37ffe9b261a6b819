/* rule_explain_priv.h - turns Lua's errors into sentences for people. For rules/ only.
 *
 *   attempt to index a nil value (field 'amount')
 *   -> trigger.body.amount is nil (trigger.body has: transactionId, orderId, ...) */
#ifndef RULES_RULE_EXPLAIN_PRIV_H
#define RULES_RULE_EXPLAIN_PRIV_H

#include "rules/lua_box_priv.h"

/* The message handler of every batch: fills where and text of the box while the stack still
 * stands. */
int explain__handler(lua_State *L);
/* The compiler's "rule:1: unexpected symbol near 'then'" to its line and a sentence. */
void explain__syntax(const char *raw, bool expression, unsigned *line, char text[LIMIT_RULE_TEXT]);

#endif
