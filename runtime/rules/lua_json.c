/* lua_json.c - from JSON into Lua: lazies and what becomes of them.
 *
 *     lazy ---- touched: index, #, pairs, table.*, ... [json_fill] ----> object or array
 *
 * (1) A lazy table is empty but for one hidden entry under a key no rule can name: a number that
 * says which json_t of which batch it stands for. The json_t belongs to the scope or to a lookup of
 * the unit, and is not looked at after the batch: the generation in the number would not match.
 * [json_held] (2) Every C function of the library touches a table before it looks into it.
 * [lib_table] (3) A filled object keeps the hidden entry: it tells the order of its keys. (4) Where
 * nothing in the batch can assign to a table (box->run.pure), reading one member of a lazy gives
 * that member and does not fill the table; what was given and is a table itself is kept in it, so
 * that it is the same table the next time. [json_lazy_index] */
#include "rules/lua_json_priv.h"

#include <lauxlib.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/mem.h"
#include "rules/lib_priv.h"
#include "rules/lua_box_priv.h"

#define JSON_ROOM_MOST 256u /* of a table made ahead of its content */

static char json_hidden; /* its address is the hidden key */

static bool json_is_table(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

/* The json_t behind the hidden entry of the table at index; NULL if it has none. */
static json_t *json_held(lua_State *L, int index)
{
    const struct lua_box *box = box_of(L);
    lua_Integer handle;
    int type = lua_rawgetp(L, index, &json_hidden);
    size_t at;

    handle = type == LUA_TNUMBER ? lua_tointeger(L, -1) : 0;
    lua_pop(L, 1);
    if (type != LUA_TNUMBER)
        return NULL;
    at = (size_t)handle & UINT32_MAX;
    if ((uint64_t)handle >> 32 != box->run.generation || at >= box->run.held_count)
        lib_fail(L, "a value of an earlier evaluation was used");
    return box->run.held[at];
}

static lua_Integer json_hold(lua_State *L, json_t *value)
{
    struct lua_box *box = box_of(L);

    if (box->run.held_count == box->run.held_room) {
        size_t room = box->run.held_room == 0 ? 256 : box->run.held_room * 2;
        json_t **held = mem_try_resize(box->run.held, room * sizeof(*held));

        if (held == NULL)
            box_no_memory(L);
        box->run.held = held;
        box->run.held_room = room;
    }
    check(box->run.held_count < UINT32_MAX);
    box->run.held[box->run.held_count] = value;
    return (lua_Integer)((uint64_t)box->run.generation << 32 | box->run.held_count++);
}

static void json_push_lazy(lua_State *L, json_t *value)
{
    bool array = json_is_array(value);
    size_t count = array ? json_array_size(value) : json_object_size(value);
    bool pure = box_of(L)->run.pure; /* one member that is given away is kept, mostly */
    int room = pure ? 1 : (int)(count < JSON_ROOM_MOST ? count : JSON_ROOM_MOST);

    lua_createtable(L, array && !pure ? room : 0, array && !pure ? 1 : room + 1);
    if (count == 0) {
        kind_set(L, array ? KIND_ARRAY : KIND_OBJECT);
        return;
    }
    lua_pushinteger(L, json_hold(L, value));
    lua_rawsetp(L, -2, &json_hidden);
    kind_set(L, KIND_LAZY);
}

static void json_push_number(lua_State *L, const json_t *value)
{
    const char *digits = json_exact_text(value);
    struct decimal decimal;
    struct err e;

    if (decimal_parse(&decimal, digits, strlen(digits), &e) == ERR_OK)
        lib_decimal_push(L, &decimal);
    else
        lib_wide_push(L, digits);
}

/* What is no object and no array. */
static void json_push_scalar(lua_State *L, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        if (json_is_exact(value))
            json_push_number(L, value);
        else
            lua_pushlstring(L, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        lua_pushinteger(L, json_integer_value(value));
        break;
    case JSON_REAL:
        lua_pushnumber(L, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(L, json_is_true(value));
        break;
    default:
        lib_push_null(L);
    }
}

void lua_json_push(lua_State *L, json_t *value)
{
    if (json_is_table(value))
        json_push_lazy(L, value);
    else
        json_push_scalar(L, value);
}

static void json_fill_array(lua_State *L, int index, json_t *array)
{
    size_t count = json_array_size(array);

    box_charge(L, count / 4);
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_array_get(array, i);

        if (json_is_table(value)) { /* it may have been given already */
            bool given = lua_rawgeti(L, index, (lua_Integer)i + 1) != LUA_TNIL;

            lua_pop(L, 1);
            if (given)
                continue;
        }
        lua_json_push(L, value);
        lua_rawseti(L, index, (lua_Integer)i + 1);
    }
    lua_pushnil(L);
    lua_rawsetp(L, index, &json_hidden);
}

static void json_fill_object(lua_State *L, int index, json_t *object)
{
    box_charge(L, json_object_size(object) / 2);
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        json_t *value = json_object_iter_value(at);

        lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
        if (json_is_table(value)) {
            bool given;

            lua_pushvalue(L, -1);
            given = lua_rawget(L, index) != LUA_TNIL;
            lua_pop(L, given ? 2 : 1);
            if (given)
                continue;
        }
        lua_json_push(L, value);
        lua_rawset(L, index);
    }
}

/* The lazy table at index, an absolute one, gets its content. */
static void json_fill(lua_State *L, int index)
{
    json_t *value = json_held(L, index);

    check(value != NULL);
    luaL_checkstack(L, 8, NULL);
    if (json_is_array(value))
        json_fill_array(L, index, value);
    else
        json_fill_object(L, index, value);
    lua_pushvalue(L, index);
    kind_set(L, json_is_array(value) ? KIND_ARRAY : KIND_OBJECT);
    lua_pop(L, 1);
}

bool lua_json_touch(lua_State *L, int index)
{
    enum kind kind = kind_of(L, index);

    if (kind == KIND_LAZY)
        json_fill(L, lua_absindex(L, index));
    return kind != KIND_LIBRARY;
}

json_t *lua_json_order(lua_State *L, int index)
{
    return json_held(L, index);
}

/* The member of the lazy at 1 that the key at 2 names; NULL: it has none. */
static json_t *json_member(lua_State *L, const json_t *table)
{
    size_t size;
    const char *key;

    if (json_is_array(table)) {
        lua_Integer at = lua_isinteger(L, 2) ? lua_tointeger(L, 2) : 0;

        return at > 0 ? json_array_get(table, (size_t)at - 1) : NULL;
    }
    if (lua_type(L, 2) != LUA_TSTRING)
        return NULL;
    key = lua_tolstring(L, 2, &size);
    return json_object_getn(table, key, size);
}

static int json_lazy_index(lua_State *L)
{
    if (box_of(L)->run.pure) {
        json_t *value = json_member(L, json_held(L, 1));

        if (value == NULL)
            return 0;
        lua_json_push(L, value);
        if (json_is_table(value)) {
            lua_pushvalue(L, 2);
            lua_pushvalue(L, -2);
            lua_rawset(L, 1);
        }
        return 1;
    }
    json_fill(L, 1);
    lua_pushvalue(L, 2);
    lua_rawget(L, 1);
    return 1;
}

static int json_lazy_newindex(lua_State *L)
{
    json_fill(L, 1);
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 0;
}

/* As many as the array has; the keys of an object are no positions. */
static int json_lazy_len(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)json_array_size(json_held(L, 1)));
    return 1;
}

void lua_json_open(lua_State *L)
{
    static const luaL_Reg lazy[] = {
        { "__index", json_lazy_index },
        { "__newindex", json_lazy_newindex },
        { "__len", json_lazy_len },
        { NULL, NULL },
    };

    kind_push_meta(L, KIND_LAZY);
    luaL_setfuncs(L, lazy, 0);
    lua_pop(L, 1);
}

void lua_json_push_copy(lua_State *L, const json_t *value)
{
    void *at;
    json_t *object;

    luaL_checkstack(L, 4, "the value is nested too deep");
    box_charge(L, 2);
    if (json_is_array(value)) {
        lua_createtable(L, (int)json_array_size(value), 0);
        for (size_t i = 0; i < json_array_size(value); i++) {
            lua_json_push_copy(L, json_array_get(value, i));
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        kind_set(L, KIND_ARRAY);
    } else if (json_is_object(value)) {
        object = (json_t *)value; /* jansson's iterators know no const */
        lua_createtable(L, 0, (int)json_object_size(value));
        for (at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
            lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
            lua_json_push_copy(L, json_object_iter_value(at));
            lua_rawset(L, -3);
        }
        kind_set(L, KIND_OBJECT);
    } else {
        json_push_scalar(L, value);
    }
}
