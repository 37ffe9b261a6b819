/* lua_kind.c - the metatables by which values are known. */
#include "rules/lua_kind_priv.h"

#include <lauxlib.h>

#include "base/check.h"
#include "rules/lua_box_priv.h"

static const char *const kind_names[KINDS] = {
    [KIND_LAZY] = "table",      [KIND_OBJECT] = "table", [KIND_ARRAY] = "table",
    [KIND_DECIMAL] = "decimal", [KIND_WIDE] = "number",  [KIND_MONEY] = "money",
};

void kinds_open(lua_State *L)
{
    struct kinds *kinds = &box_of(L)->kinds;

    for (int kind = 0; kind < KINDS; kind++) {
        lua_createtable(L, 0, 16);
        lua_pushstring(L, kind_names[kind]); /* as Lua's messages call it */
        lua_setfield(L, -2, "__name");
        kinds->at[kind] = lua_topointer(L, -1);
        kinds->refs[kind] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
}

void kind_push_meta(lua_State *L, enum kind kind)
{
    check(kind < KINDS);
    lua_rawgeti(L, LUA_REGISTRYINDEX, box_of(L)->kinds.refs[kind]);
}

enum kind kind_of(lua_State *L, int index)
{
    const struct kinds *kinds = &box_of(L)->kinds;
    const void *meta;

    if (!lua_getmetatable(L, index))
        return KIND_PLAIN;
    meta = lua_topointer(L, -1);
    lua_pop(L, 1);
    for (int kind = 0; kind < KINDS; kind++)
        if (kinds->at[kind] == meta)
            return (enum kind)kind;
    return KIND_LIBRARY;
}

void kind_set(lua_State *L, enum kind kind)
{
    kind_push_meta(L, kind);
    lua_setmetatable(L, -2);
}
