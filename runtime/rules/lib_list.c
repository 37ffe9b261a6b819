/* lib_list.c - tables as JSON sees them: array, merge, len. */
#include "rules/lib_priv.h"

#include <string.h>

#include "base/check.h"
#include "rules/lua_json_priv.h"

bool lib_items_only(lua_State *L, int index)
{
    lua_Integer length = (lua_Integer)lua_rawlen(L, index);
    lua_Integer count = 0;

    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1 || lua_tointeger(L, -1) > length) {
            lua_pop(L, 1);
            return false;
        }
        count++;
    }
    box_charge(L, (uint64_t)count / 4);
    return count == length;
}

/* array(table): the table is an array from now on, also when it is empty. */
static int list_array(lua_State *L)
{
    lua_remove(L, 1); /* the library itself, which was called */
    if (lua_isnone(L, 1))
        lua_newtable(L);
    lib_table(L, 1, "array");
    lua_settop(L, 1);
    if (kind_of(L, 1) == KIND_ARRAY)
        return 1;
    if (!lib_items_only(L, 1))
        lib_fail(L, "array: the table has other keys than 1, 2, 3 ...");
    kind_set(L, KIND_ARRAY);
    return 1;
}

static int list_array_is(lua_State *L)
{
    bool is = false;

    if (lua_type(L, 1) == LUA_TTABLE && lua_json_touch(L, 1))
        is = kind_of(L, 1) == KIND_ARRAY ||
             (kind_of(L, 1) == KIND_PLAIN && lua_rawlen(L, 1) > 0 && lib_items_only(L, 1));
    lua_pushboolean(L, is);
    return 1;
}

/* merge(a, b, ...): a new table with the members of all; of one name the last counts. */
static int list_merge(lua_State *L)
{
    int count = lua_gettop(L);

    lua_newtable(L);
    for (int i = 1; i <= count; i++) {
        if (lua_isnil(L, i) || lib_is_null(L, i))
            continue;
        lib_table(L, i, "merge");
        lua_pushnil(L);
        while (lua_next(L, i)) {
            box_charge(L, 1);
            if (lua_type(L, -2) == LUA_TLIGHTUSERDATA) { /* the hidden entry */
                lua_pop(L, 1);
                continue;
            }
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, count + 1);
        }
    }
    return 1;
}

static lua_Integer text_length(const char *text, size_t size)
{
    lua_Integer count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

/* len(x): characters of a text, items of a list, members of an object; 0 for nothing. */
static int list_len(lua_State *L)
{
    lua_Integer length = 0;
    size_t size;
    const char *text;

    if (lua_type(L, 1) == LUA_TSTRING) {
        text = lua_tolstring(L, 1, &size);
        box_charge(L, size / 64);
        length = text_length(text, size);
    } else if (!lua_isnoneornil(L, 1) && !lib_is_null(L, 1)) {
        lib_table(L, 1, "len");
        lua_pushnil(L);
        while (lua_next(L, 1)) {
            lua_pop(L, 1);
            length += lua_type(L, -1) == LUA_TLIGHTUSERDATA ? 0 : 1;
        }
        box_charge(L, (uint64_t)length / 4);
    }
    lua_pushinteger(L, length);
    return 1;
}

void lib_list_open(lua_State *L)
{
    static const luaL_Reg array[] = { { "is", list_array_is }, { NULL, NULL } };
    static const luaL_Reg functions[] = {
        { "merge", list_merge },
        { "len", list_len },
        { NULL, NULL },
    };

    lib_add(L, "array", array, list_array);
    luaL_setfuncs(L, functions, 0);
}
