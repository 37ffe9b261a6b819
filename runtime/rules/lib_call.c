/* lib_call.c - errors of a rule's own: error, assert, pcall, xpcall, and select.
 *
 * (1) A budget that is used up passes through pcall() and xpcall(): what they catch is an error of
 * the rule. (2) Only so many of them are under way within each other: Lua looks at all calls under
 * way for each that an error passes through, in which it executes no instruction. */
#include "rules/lib_priv.h"

#include "base/check.h"

#define CALL_PCALLS 190 /* as many as Lua's own limit of C functions allows in a main program */

static int call_error(lua_State *L)
{
    lua_Integer level = lib_integer_or(L, 2, "error", 1);

    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING && level > 0 && level < 100) {
        luaL_where(L, (int)level);
        lua_pushvalue(L, 1);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int call_assert(lua_State *L)
{
    if (lua_toboolean(L, 1))
        return lua_gettop(L);
    if (lua_isnone(L, 1))
        lib_fail(L, "assert: an argument is missing");
    if (lua_isnoneornil(L, 2))
        lib_fail(L, "an assertion failed");
    lua_settop(L, 2);
    return lua_error(L);
}

/* The protected call succeeded; of one that paused meanwhile Lua says LUA_YIELD. */
static bool call_is_ok(int status)
{
    return status == LUA_OK || status == LUA_YIELD;
}

static void call_protect(lua_State *L, const char *name)
{
    struct box_batch *run = &box_of(L)->run;

    if (run->pcalls >= CALL_PCALLS)
        lib_fail(L, "%s: more than %d calls of pcall and xpcall within each other", name,
                 CALL_PCALLS);
    run->pcalls++;
}

static void call_protected(lua_State *L, int status)
{
    struct box_batch *run = &box_of(L)->run;

    check(run->pcalls > 0);
    run->pcalls--;
    if (!call_is_ok(status))
        box_drop(box_of(L));
    box_check(L, status);
}

static int call_pcalled(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    call_protected(L, status);
    lua_pushboolean(L, call_is_ok(status));
    lua_insert(L, 1);
    return lua_gettop(L);
}

static int call_pcall(lua_State *L)
{
    if (lua_isnone(L, 1))
        lib_fail(L, "pcall: an argument is missing");
    call_protect(L, "pcall");
    return call_pcalled(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, 0, call_pcalled), 0);
}

/* f, handler, and the results; succeeded: of f. */
static int call_xpcall_told(lua_State *L, int status, lua_KContext succeeded)
{
    (void)status;
    lua_pushboolean(L, succeeded != 0);
    lua_replace(L, 2);
    return lua_gettop(L) - 1;
}

static int call_xpcalled(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    call_protected(L, status);
    if (call_is_ok(status))
        return call_xpcall_told(L, LUA_OK, 1);
    lua_pushvalue(L, 2);
    lua_insert(L, 3);
    lua_callk(L, 1, LUA_MULTRET, 0, call_xpcall_told);
    return call_xpcall_told(L, LUA_OK, 0);
}

/* xpcall(f, handler, ...): the handler is called after the error, so it cannot look at the stack.
 */
static int call_xpcall(lua_State *L)
{
    lib_function(L, 2, "xpcall");
    call_protect(L, "xpcall");
    lua_pushvalue(L, 1);
    lua_insert(L, 3); /* f, handler, f, ... */
    return call_xpcalled(L, lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 0, 0, call_xpcalled), 0);
}

static int call_select(lua_State *L)
{
    int count = lua_gettop(L);
    lua_Integer at;

    if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
        lua_pushinteger(L, count - 1);
        return 1;
    }
    at = lib_integer(L, 1, "select");
    if (at < 0)
        at = count + at;
    if (at < 1)
        lib_fail(L, "select: argument 1 is out of range");
    return at < count ? count - (int)at : 0;
}

void lib_call_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "error", call_error },   { "assert", call_assert }, { "pcall", call_pcall },
        { "xpcall", call_xpcall }, { "select", call_select }, { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
}
