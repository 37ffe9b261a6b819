/* lib_order.c - walking tables in one order: pairs, ipairs, next, keys.
 *
 * Lua's own order of keys changes from run to run; here a repetition must decide the same. So: the
 * keys of a table that was a JSON object come in the order of the JSON; all others after them:
 * numbers by size, texts by their bytes, then false and true. A table or function as a key has no
 * order and is refused. */
#include "rules/lib_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "rules/lua_json_priv.h"

struct order_key {
    int type;
    union {
        struct {
            const char *at;
            size_t size;
        } text;
        lua_Integer integer;
        lua_Number real;
        bool truth;
    } is;
    bool whole; /* of a number: an integer */
};

static void key_read(lua_State *L, int index, struct order_key *key)
{
    key->type = lua_type(L, index);
    key->whole = false;
    if (key->type == LUA_TSTRING) {
        key->is.text.at = lua_tolstring(L, index, &key->is.text.size);
    } else if (key->type == LUA_TNUMBER && lua_isinteger(L, index)) {
        key->whole = true;
        key->is.integer = lua_tointeger(L, index);
    } else if (key->type == LUA_TNUMBER) {
        key->is.real = lua_tonumber(L, index);
    } else if (key->type == LUA_TBOOLEAN) {
        key->is.truth = lua_toboolean(L, index);
    } else {
        lib_fail(L, "a table with %s as a key has no order", lib_type_name(L, index));
    }
}

static int key_rank(const struct order_key *key)
{
    return key->type == LUA_TNUMBER ? 0 : key->type == LUA_TSTRING ? 1 : 2;
}

static int key_compare(const void *left, const void *right)
{
    const struct order_key *a = left, *b = right;
    int order;

    if (key_rank(a) != key_rank(b))
        return key_rank(a) - key_rank(b);
    if (a->type == LUA_TSTRING) {
        size_t size = a->is.text.size < b->is.text.size ? a->is.text.size : b->is.text.size;

        order = memcmp(a->is.text.at, b->is.text.at, size);
        return order != 0
                   ? order
                   : (a->is.text.size > b->is.text.size) - (a->is.text.size < b->is.text.size);
    }
    if (a->type == LUA_TBOOLEAN)
        return (int)a->is.truth - (int)b->is.truth;
    if (a->whole && b->whole)
        return (a->is.integer > b->is.integer) - (a->is.integer < b->is.integer);
    {
        lua_Number x = a->whole ? (lua_Number)a->is.integer : a->is.real;
        lua_Number y = b->whole ? (lua_Number)b->is.integer : b->is.real;

        return (x > y) - (x < y);
    }
}

static void key_push(lua_State *L, const struct order_key *key)
{
    if (key->type == LUA_TSTRING)
        lua_pushlstring(L, key->is.text.at, key->is.text.size);
    else if (key->type == LUA_TBOOLEAN)
        lua_pushboolean(L, key->is.truth);
    else if (key->whole)
        lua_pushinteger(L, key->is.integer);
    else
        lua_pushnumber(L, key->is.real);
}

static bool key_is_hidden(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TLIGHTUSERDATA && lua_touserdata(L, index) != NULL;
}

static bool key_in(const struct order_key *key, const json_t *order)
{
    return order != NULL && key->type == LUA_TSTRING &&
           json_object_getn(order, key->is.text.at, key->is.text.size) != NULL;
}

/* The keys in the order of the JSON are put into the list at -1, from *count on. */
static void keys_of_json(lua_State *L, int index, json_t *order, lua_Integer *count)
{
    for (void *at = json_object_iter(order); at != NULL; at = json_object_iter_next(order, at)) {
        lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
        lua_pushvalue(L, -1);
        if (lua_rawget(L, index) == LUA_TNIL) {
            lua_pop(L, 2); /* the rule removed it */
            continue;
        }
        lua_pop(L, 1);
        lua_rawseti(L, -2, ++*count);
    }
}

static size_t keys_count(lua_State *L, int index)
{
    size_t count = 0;

    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        count++;
    }
    box_charge(L, count);
    return count;
}

lua_Integer lib_order_keys(lua_State *L, int index, bool sorted)
{
    json_t *order;
    struct order_key *keys;
    lua_Integer count = 0;
    size_t all, own = 0;

    luaL_checkstack(L, 8, "too many tables within each other");
    index = lua_absindex(L, index);
    order = !sorted && kind_of(L, index) == KIND_OBJECT ? lua_json_order(L, index) : NULL;
    all = keys_count(L, index);
    lua_createtable(L, (int)all, 0);
    if (order != NULL)
        keys_of_json(L, index, order, &count);
    if (all == (size_t)count + (order != NULL ? 1 : 0)) /* and the hidden entry */
        return count;
    keys = lua_newuserdatauv(L, all * sizeof(*keys), 0); /* so that an error frees it */
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (key_is_hidden(L, -1))
            continue;
        check(own < all);
        key_read(L, -1, &keys[own]);
        if (!key_in(&keys[own], order))
            own++;
    }
    if (own > 1)
        qsort(keys, own, sizeof(*keys), key_compare);
    box_charge(L, own);
    for (size_t i = 0; i < own; i++) {
        key_push(L, &keys[i]);
        lua_rawseti(L, -3, ++count);
    }
    lua_pop(L, 1);
    return count;
}

/* Is the table a list and nothing else? Then its order is known without looking for it. */
static bool is_list(lua_State *L, int index)
{
    return kind_of(L, index) != KIND_OBJECT && lua_rawlen(L, index) > 0 && lib_items_only(L, index);
}

/* Iterator of a list: (table, position). */
static int order_step_list(lua_State *L)
{
    lua_Integer at;

    if (lua_type(L, 1) != LUA_TTABLE || !lua_isinteger(L, 2) || !lua_json_touch(L, 1))
        lib_fail(L, "ipairs: it was called by hand");
    at = (lua_Integer)((lua_Unsigned)lua_tointeger(L, 2) + 1);
    lua_pushinteger(L, at);
    return lua_rawgeti(L, 1, at) == LUA_TNIL ? 1 : 2;
}

static int order_step_list_pairs(lua_State *L)
{
    int count = order_step_list(L);

    if (count == 2)
        return 2;
    lua_pushnil(L);
    return 1;
}

/* Iterator of other tables; upvalues: the table, its keys, the position. */
static int order_step(lua_State *L)
{
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(3));

    for (;;) {
        lua_settop(L, 0);
        if (lua_rawgeti(L, lua_upvalueindex(2), ++at) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
            break; /* not removed meanwhile */
        box_charge(L, 1);
    }
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(3));
    return 2;
}

static int order_pairs(lua_State *L)
{
    lib_table(L, 1, "pairs");
    lua_settop(L, 1);
    if (is_list(L, 1)) {
        lua_pushcfunction(L, order_step_list_pairs);
        lua_pushvalue(L, 1);
        lua_pushinteger(L, 0);
        return 3;
    }
    lua_pushvalue(L, 1);
    lib_order_keys(L, 1, false);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, order_step, 3);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int order_ipairs(lua_State *L)
{
    lib_table(L, 1, "ipairs");
    lua_settop(L, 1);
    lua_pushcfunction(L, order_step_list);
    lua_insert(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

/* The least key that is greater than `after` (NULL: than all), of those that are not in the JSON.
 */
static bool next_own(lua_State *L, const json_t *order, const struct order_key *after,
                     struct order_key *best)
{
    bool found = false;

    lua_pushnil(L);
    while (lua_next(L, 1)) {
        struct order_key key;

        lua_pop(L, 1);
        box_charge(L, 1);
        if (key_is_hidden(L, -1))
            continue;
        key_read(L, -1, &key);
        if (key_in(&key, order) || (after != NULL && key_compare(&key, after) <= 0))
            continue;
        if (!found || key_compare(&key, best) < 0)
            *best = key;
        found = true;
    }
    return found;
}

/* The first key of the JSON, from `at` on, that the table still has. */
static bool next_of_json(lua_State *L, json_t *order, void *at)
{
    for (; at != NULL; at = json_object_iter_next(order, at)) {
        box_charge(L, 1);
        lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL)
            return true;
        lua_pop(L, 2);
    }
    return false;
}

static int order_next(lua_State *L)
{
    struct order_key after, best;
    json_t *order;
    bool first;

    lib_table(L, 1, "next");
    lua_settop(L, 2);
    first = lua_isnil(L, 2);
    order = kind_of(L, 1) == KIND_OBJECT ? lua_json_order(L, 1) : NULL;
    if (!first)
        key_read(L, 2, &after);
    if (order != NULL && (first || key_in(&after, order))) {
        void *at = first
                       ? json_object_iter(order)
                       : json_object_iter_next(order, json_object_iter_at(order, after.is.text.at));

        if (next_of_json(L, order, at))
            return 2;
        first = true;
    }
    if (!next_own(L, order, first ? NULL : &after, &best)) {
        lua_pushnil(L);
        return 1;
    }
    key_push(L, &best);
    lua_pushvalue(L, -1);
    lua_rawget(L, 1);
    return 2;
}

static int order_keys(lua_State *L)
{
    lib_table(L, 1, "keys");
    lua_settop(L, 1);
    lib_order_keys(L, 1, true);
    kind_set(L, KIND_ARRAY);
    return 1;
}

void lib_order_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "pairs", order_pairs }, { "ipairs", order_ipairs },
        { "next", order_next },   { "keys", order_keys },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
}
