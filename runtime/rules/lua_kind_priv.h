/* lua_kind_priv.h - what a table or userdata of a rule is, told by its metatable. For rules/ only.
 *
 * Rules cannot set or see a metatable, so a value is of the kind that we gave it. */
#ifndef RULES_LUA_KIND_PRIV_H
#define RULES_LUA_KIND_PRIV_H

#include <lua.h>

enum kind {
    KIND_LAZY,    /* a JSON object or array that nobody has touched */
    KIND_OBJECT,  /* a table that is an object even when it is empty */
    KIND_ARRAY,   /* a table that is an array even when it is empty */
    KIND_DECIMAL, /* struct decimal */
    KIND_WIDE,    /* a number with too many digits for a decimal: its text */
    KIND_MONEY,   /* struct money */
    KINDS,
    KIND_LIBRARY = KINDS, /* a read-only table of ours */
    KIND_PLAIN,               /* no metatable */
};

struct kinds {
    const void *at[KINDS]; /* the metatables */
    int refs[KINDS];       /* in the registry */
};

/* Makes the metatables; runs protected, when a state is made. */
void kinds_open(lua_State *L);
void kind_push_meta(lua_State *L, enum kind kind); /* pushes the metatable */
enum kind kind_of(lua_State *L, int index);        /* of a table or userdata */
void kind_set(lua_State *L, enum kind kind);       /* of the value at the top */

#endif
