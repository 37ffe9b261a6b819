/* lua_env_priv.h - what a rule sees: the scope's values and the library, all read-only. For
 * rules/. */
#ifndef RULES_LUA_ENV_PRIV_H
#define RULES_LUA_ENV_PRIV_H

#include "rules/lua_box_priv.h"

/* Values of the scope by name, as a rule writes them. */
#define ENV_SCOPE(X) \
    X(trigger)       \
    X(steps)         \
    X(input)         \
    X(vars)          \
    X(env)           \
    X(run)           \
    X(item)          \
    X(previous)

#define ENV_NAMES 9 /* and index */

void env__caches_new(struct lua_box *box);
void env__caches_free(struct lua_box *box);
/* Makes the environment; runs protected, when a state is made. */
void env__open(lua_State *L);
/* Gives the chunk at the top the environment as its globals. */
void env__give(lua_State *L);
/* Between batches: takes the scope's values and the required modules out again. */
void env__clear(struct lua_box *box);

/* The values of a batch that pauses go into the table of that reference and come back; neither save
 * nor forget allocates. false: no memory. */
void env__save(struct lua_box *box, int save_ref);
bool env__restore(struct lua_box *box, int save_ref) MUST_USE;
void env__forget(struct lua_box *box, int save_ref);

/* Is `name` a value of the scope? Then *value is it, borrowed; NULL: nil. */
bool env__scope_find(const struct rule_scope *scope, const char *name, size_t size, json_t **value);
/* A name of Lua's own that rules do not have. */
bool env__is_absent(const char *name);
/* Adds the names a rule can write at top level. */
struct rule_near;
void env__near(lua_State *L, struct rule_near *near);
/* A value of the scope or of the library, also one of its own for what rules do not write. */
bool env__knows(lua_State *L, const char *name);
/* What is said of a name that nobody knows, with those near to it, and of one that is written. */
void env__unknown_say(const char *name, const struct rule_near *near, char text[LIMIT_RULE_TEXT]);
void env__written_say(const char *name, char text[LIMIT_RULE_TEXT]);
/* require() of the module whose name is the first argument. */
int env__load(lua_State *L);

#endif
