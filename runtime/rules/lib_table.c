/* lib_table.c - Lua's table.*: raw, bounded, and sorted by a method that no comparison can lead
 * astray. */
#include "rules/lib_priv.h"

#include <string.h>

#include "base/check.h"
#include "rules/lua_json_priv.h"

#define TABLE_RANGE 1000000 /* positions in one call */

static void table_range(lua_State *L, const char *who, lua_Integer first, lua_Integer last)
{
    if (last >= first && (lua_Unsigned)last - (lua_Unsigned)first >= TABLE_RANGE)
        lib_fail(L, "%s: more than %d positions", who, TABLE_RANGE);
    if (last >= first)
        box_charge(L, ((lua_Unsigned)last - (lua_Unsigned)first) / 2);
}

static lua_Integer table_length(lua_State *L, int index)
{
    return (lua_Integer)lua_rawlen(L, index);
}

static int table_insert(lua_State *L)
{
    static const char who[] = "table.insert";
    int count = lua_gettop(L);
    lua_Integer end, at;

    lib_table(L, 1, who);
    end = table_length(L, 1) + 1;
    if (count == 2) {
        lua_rawseti(L, 1, end);
        return 0;
    }
    if (count != 3)
        lib_fail(L, "%s: it takes a table, a position or none, and a value", who);
    at = lib_integer(L, 2, who);
    if (at < 1 || at > end)
        lib_fail(L, "%s: position %lld is out of range", who, at);
    table_range(L, who, at, end);
    for (lua_Integer i = end; i > at; i--) {
        lua_rawgeti(L, 1, i - 1);
        lua_rawseti(L, 1, i);
    }
    lua_rawseti(L, 1, at);
    return 0;
}

static int table_remove(lua_State *L)
{
    static const char who[] = "table.remove";
    lua_Integer end, at;

    lib_table(L, 1, who);
    end = table_length(L, 1);
    at = lib_integer_or(L, 2, who, end);
    if (lua_gettop(L) > 1 && at != end && (at < 1 || at > end + 1))
        lib_fail(L, "%s: position %lld is out of range", who, at);
    table_range(L, who, at, end);
    lua_rawgeti(L, 1, at);
    for (; at < end; at++) {
        lua_rawgeti(L, 1, at + 1);
        lua_rawseti(L, 1, at);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, at);
    return 1;
}

static int table_concat(lua_State *L)
{
    static const char who[] = "table.concat";
    size_t between_size;
    const char *between;
    lua_Integer first, last;
    struct lib_build build;

    lib_table(L, 1, who);
    between = lib_text_or(L, 2, who, "", &between_size);
    first = lib_integer_or(L, 3, who, 1);
    last = lib_integer_or(L, 4, who, table_length(L, 1));
    table_range(L, who, first, last);
    lib_build_begin(L, &build, who);
    for (lua_Integer i = first; i <= last; i++) {
        int type = lua_rawgeti(L, 1, i);

        if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TUSERDATA)
            lib_fail(L, "%s: item %lld is %s, not a text", who, i, lib_type_name(L, -1));
        lib_push_text(L, -1, NULL);
        lua_remove(L, -2);
        lib_build_add_value(&build);
        if (i < last)
            lib_build_add(&build, between, between_size);
    }
    lib_build_end(&build);
    return 1;
}

static int table_unpack(lua_State *L)
{
    static const char who[] = "table.unpack";
    lua_Integer first, last;

    lib_table(L, 1, who);
    first = lib_integer_or(L, 2, who, 1);
    last = lib_integer_or(L, 3, who, table_length(L, 1));
    if (first > last)
        return 0;
    table_range(L, who, first, last);
    if (!lua_checkstack(L, (int)(last - first) + 1))
        lib_fail(L, "%s: too many values", who);
    for (lua_Integer i = first; i < last; i++)
        lua_rawgeti(L, 1, i);
    lua_rawgeti(L, 1, last);
    return (int)(last - first) + 1;
}

static int table_pack(lua_State *L)
{
    int count = lua_gettop(L);

    box_charge(L, (uint64_t)count / 4);
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    for (int i = count; i >= 1; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    return 1;
}

static int table_move(lua_State *L)
{
    static const char who[] = "table.move";
    lua_Integer first, last, to, count;
    int target = lua_isnoneornil(L, 5) ? 1 : 5;

    lib_table(L, 1, who);
    first = lib_integer(L, 2, who);
    last = lib_integer(L, 3, who);
    to = lib_integer(L, 4, who);
    lib_table(L, target, who);
    table_range(L, who, first, last);
    if (last >= first) {
        count = last - first + 1;
        if (to > LUA_MAXINTEGER - count + 1)
            lib_fail(L, "%s: the positions are out of range", who);
        if (to > last || to <= first || target != 1)
            for (lua_Integer i = 0; i < count; i++) {
                lua_rawgeti(L, 1, first + i);
                lua_rawseti(L, target, to + i);
            }
        else
            for (lua_Integer i = count - 1; i >= 0; i--) {
                lua_rawgeti(L, 1, first + i);
                lua_rawseti(L, target, to + i);
            }
    }
    lua_pushvalue(L, target);
    return 1;
}

/* Does the value at -1 belong in front of the one at -2? Both stay. 2: the comparison, or nil. */
static bool sort_before(lua_State *L)
{
    bool before;

    box_charge(L, 2);
    if (lua_isnil(L, 2))
        return lua_compare(L, -1, -2, LUA_OPLT);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -4);
    lua_call(L, 2, 1);
    before = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return before;
}

/* Merges the runs [low, middle) and [middle, high) of the table at `from` into the one at `to`. */
static void sort_merge(lua_State *L, int from, int to, lua_Integer low, lua_Integer middle,
                       lua_Integer high)
{
    lua_Integer left = low;
    lua_Integer right = middle;

    for (lua_Integer at = low; at < high; at++) {
        bool second;

        if (left >= middle || right >= high) {
            lua_rawgeti(L, from, left < middle ? left++ : right++);
            lua_rawseti(L, to, at);
            continue;
        }
        lua_rawgeti(L, from, left);
        lua_rawgeti(L, from, right);
        second = sort_before(L);
        if (second) {
            lua_rawseti(L, to, at);
            lua_pop(L, 1);
            right++;
        } else {
            lua_pop(L, 1);
            lua_rawseti(L, to, at);
            left++;
        }
    }
}

/* Merge sort: n log n comparisons whatever they say, and equal items keep their order. */
static int table_sort(lua_State *L)
{
    static const char who[] = "table.sort";
    lua_Integer count;
    int from = 3, to = 4;

    lib_table(L, 1, who);
    if (!lua_isnoneornil(L, 2))
        lib_function(L, 2, who);
    lua_settop(L, 2);
    count = table_length(L, 1);
    table_range(L, who, 1, count);
    lua_createtable(L, (int)count, 0);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, from, i);
    }
    for (lua_Integer width = 1; width < count; width *= 2) {
        int other = from;

        box_charge(L, (uint64_t)count / 4);
        for (lua_Integer low = 1; low <= count; low += 2 * width) {
            lua_Integer middle = low + width <= count ? low + width : count + 1;
            lua_Integer high = low + 2 * width <= count ? low + 2 * width : count + 1;

            sort_merge(L, from, to, low, middle, high);
        }
        from = to;
        to = other;
    }
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, from, i);
        lua_rawseti(L, 1, i);
    }
    return 0;
}

void lib_table_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "insert", table_insert }, { "remove", table_remove },
        { "concat", table_concat }, { "unpack", table_unpack },
        { "pack", table_pack },     { "move", table_move },
        { "sort", table_sort },     { NULL, NULL },
    };

    lib_add(L, "table", functions, NULL);
}
