/* rule_same_priv.h - `==` and `~=` of a rule compare numbers of all kinds by magnitude.
 *
 * Lua itself asks nobody when a decimal is compared with an integer: they would never be equal, and
 * whether 100.00 == 100 would depend on how the sender wrote it. So a text is compiled with calls
 * in the place of these operators, wherever a number may stand on both sides. For rules/ only. */
#ifndef RULES_RULE_SAME_PRIV_H
#define RULES_RULE_SAME_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define SAME_CALL   "__same" /* what is called; rules may not use the names */
#define DIFFER_CALL "__differ"

/* Writes the text with the calls into out, line for line. false: there is nothing to replace, or
 * the text is not Lua; then it is to be compiled as it is. */
bool rule_same(const char *text, size_t size, struct buf *out);

#endif
