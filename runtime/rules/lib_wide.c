/* lib_wide.c - numbers with too many digits for a decimal: they pass through a rule as they are,
 * but cannot be calculated with. */
#include "rules/lib_priv.h"

#include <string.h>

void lib_wide_push(lua_State *L, const char *digits)
{
    size_t size = strlen(digits) + 1;

    memcpy(lua_newuserdatauv(L, size, 0), digits, size);
    kind_set(L, KIND_WIDE);
}

const char *lib_wide_test(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA || kind_of(L, index) != KIND_WIDE)
        return NULL;
    return lua_touserdata(L, index);
}

/* Also for numbers with too many digits: their text is exact. */
int lib_number_concat(lua_State *L)
{
    size_t left, right;

    for (int i = 1; i <= 2; i++)
        if (lua_type(L, i) != LUA_TSTRING && lua_type(L, i) != LUA_TNUMBER &&
            lua_type(L, i) != LUA_TUSERDATA)
            lib_fail(L, "a number cannot be joined by .. with %s", lib_type_name(L, i));
    lib_push_text(L, 1, &left);
    lib_push_text(L, 2, &right);
    lua_concat(L, 2);
    return 1;
}

/* What arithmetic on a number with too many digits says. */
static int wide_refuse(lua_State *L)
{
    const char *digits = lib_wide_test(L, 1) != NULL ? lib_wide_test(L, 1) : lib_wide_test(L, 2);

    lib_fail(L, "a number with so many digits (%.20s...) cannot be calculated with",
             digits != NULL ? digits : "");
}

/* The same digits are the same number; others are not compared. */
static int wide_eq(lua_State *L)
{
    const char *left = lib_wide_test(L, 1), *right = lib_wide_test(L, 2);

    lua_pushboolean(L, left != NULL && right != NULL && strcmp(left, right) == 0);
    return 1;
}

void lib_wide_open(lua_State *L)
{
    static const char *const events[] = { "__add", "__sub", "__mul",  "__div", "__mod",
                                          "__pow", "__unm", "__idiv", "__lt",  "__le" };

    kind_push_meta(L, KIND_WIDE);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        lua_pushcfunction(L, wide_refuse);
        lua_setfield(L, -2, events[i]);
    }
    lua_pushcfunction(L, lib_number_concat);
    lua_setfield(L, -2, "__concat");
    lua_pushcfunction(L, wide_eq);
    lua_setfield(L, -2, "__eq");
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
