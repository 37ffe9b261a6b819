/* rule_same_priv.h - `==` and `~=` of a rule compare numbers of all kinds by magnitude, and what it
 * writes as 0.97 is that.
 *
 * Lua itself asks nobody when a decimal is compared with an integer: they would never be equal, and
 * whether 100.00 == 100 would depend on how the sender wrote it. So a text is compiled with calls
 * in the place of these operators, wherever a number may stand on both sides.
 *
 * Lua also reads 0.97 as a binary fraction. In the place of a literal with a point or exponent
 * stands a decimal of its digits, made once. It stays Lua's where Lua needs a number of its own: in
 * the head of a numeric `for`, as the whole of an index (t[1.0]), with too many digits, in
 * hexadecimal. For rules/ only. */
#ifndef RULES_RULE_SAME_PRIV_H
#define RULES_RULE_SAME_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define SAME_CALL   "__same" /* what is called; rules may not use the names */
#define DIFFER_CALL "__differ"
#define SAME_NUMBER "__number" /* a table of decimals by their digits */

/* Writes the text with the calls and decimals into out, line for line. false: there is nothing to
 * replace, or the text is not Lua; then it is to be compiled as it is. */
bool rule_same(const char *text, size_t size, struct buf *out);

#endif
