/* rule_globals_priv.h - the global names in a compiled text that nobody knows. For rules/. */
#ifndef RULES_RULE_GLOBALS_PRIV_H
#define RULES_RULE_GLOBALS_PRIV_H

#include <lua.h>

/* text: one line for people, as an evaluation would say it. */
typedef void globals_told_fn(void *arg, unsigned line, const char *text);

/* Looks at the function at the top of the stack, which stays there, and at those within it. Raises
 * Lua's error of memory alone. A name is told once for each line. */
void globals_look(lua_State *L, globals_told_fn *told, void *arg);

#endif
