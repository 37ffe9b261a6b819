/* lib_number.c - the numbers that rules write with a point or exponent (rule_same.c).
 *
 * One table holds a decimal for each, made when a rule first comes to it and never changed: what
 * the number costs afterwards is reading a member. */
#include "rules/lib_priv.h"

#include "rules/rule_same_priv.h"

/* __index: (table, digits) */
static int number_make(lua_State *L)
{
    size_t size;
    const char *digits = lib_text(L, 2, "a number", &size);
    struct decimal value;
    struct err e;

    if (decimal_parse(&value, digits, size, &e) != ERR_OK)
        lib_fail(L, "%s", e.text);
    lib_decimal_push(L, &value);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
}

void lib_number_open(lua_State *L)
{
    lua_createtable(L, 0, 16);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, number_make);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, SAME_NUMBER);
}
