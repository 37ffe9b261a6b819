/* lua_json.c - from JSON into Lua: lazies and what becomes of them.
 *
 *     lazy ---- touched: index, #, pairs, table.*, ... [json_fill] ----> object or array
 *
 * (1) A lazy table is empty but for one hidden entry under a key no rule can name: a number that says which
 *     json_t of which batch it stands for. The json_t belongs to the scope or to a lookup of the unit, and
 *     is not looked at after the batch: the generation in the number would not match. [json_held]
 * (2) Every C function of the library touches a table before it looks into it. [lib_table]
 * (3) A filled object keeps the hidden entry: it tells the order of its keys. */
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
    if ((uint64_t)handle >> 32 != box->generation || at >= box->held_count)
        lib_fail(L, "a value of an earlier evaluation was used");
    return box->held[at];
}

static lua_Integer json_hold(lua_State *L, json_t *value)
{
    struct lua_box *box = box_of(L);

    if (box->held_count == box->held_room) {
        size_t room = box->held_room == 0 ? 256 : box->held_room * 2;
        json_t **held = mem_try_resize(box->held, room * sizeof(*held));

        if (held == NULL)
            box_no_memory(L);
        box->held = held;
        box->held_room = room;
    }
    check(box->held_count < UINT32_MAX);
    box->held[box->held_count] = value;
    return (lua_Integer)((uint64_t)box->generation << 32 | box->held_count++);
}

static void json_push_lazy(lua_State *L, json_t *value)
{
    bool array = json_is_array(value);
    size_t count = array ? json_array_size(value) : json_object_size(value);
    int room = (int)(count < JSON_ROOM_MOST ? count : JSON_ROOM_MOST);

    lua_createtable(L, array ? room : 0, array ? 1 : room + 1);
    if (count == 0) {
        box_set_kind(L, array ? BOX_ARRAY : BOX_OBJECT);
        return;
    }
    lua_pushinteger(L, json_hold(L, value));
    lua_rawsetp(L, -2, &json_hidden);
    box_set_kind(L, BOX_LAZY);
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
    if (json_is_object(value) || json_is_array(value))
        json_push_lazy(L, value);
    else
        json_push_scalar(L, value);
}

/* The lazy table at index, an absolute one, gets its content. */
static void json_fill(lua_State *L, int index)
{
    json_t *value = json_held(L, index);
    void *at;

    check(value != NULL);
    luaL_checkstack(L, 8, NULL);
    if (json_is_array(value)) {
        size_t count = json_array_size(value);

        box_charge(L, count / 4);
        for (size_t i = 0; i < count; i++) {
            lua_json_push(L, json_array_get(value, i));
            lua_rawseti(L, index, (lua_Integer)i + 1);
        }
        lua_pushnil(L);
        lua_rawsetp(L, index, &json_hidden);
    } else {
        box_charge(L, json_object_size(value) / 2);
        for (at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at)) {
            lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
            lua_json_push(L, json_object_iter_value(at));
            lua_rawset(L, index);
        }
    }
    lua_pushvalue(L, index);
    box_set_kind(L, json_is_array(value) ? BOX_ARRAY : BOX_OBJECT);
    lua_pop(L, 1);
}

bool lua_json_touch(lua_State *L, int index)
{
    enum box_kind kind = box_kind_of(L, index);

    if (kind == BOX_LAZY)
        json_fill(L, lua_absindex(L, index));
    return kind != BOX_LIBRARY;
}

json_t *lua_json_order(lua_State *L, int index)
{
    return json_held(L, index);
}

static int json_lazy_index(lua_State *L)
{
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

static int json_lazy_len(lua_State *L)
{
    json_fill(L, 1);
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
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

    lua_rawgeti(L, LUA_REGISTRYINDEX, box_of(L)->kind_refs[BOX_LAZY]);
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
        box_set_kind(L, BOX_ARRAY);
    } else if (json_is_object(value)) {
        object = (json_t *)value; /* jansson's iterators know no const */
        lua_createtable(L, 0, (int)json_object_size(value));
        for (at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
            lua_pushlstring(L, json_object_iter_key(at), json_object_iter_key_len(at));
            lua_json_push_copy(L, json_object_iter_value(at));
            lua_rawset(L, -3);
        }
        box_set_kind(L, BOX_OBJECT);
    } else {
        json_push_scalar(L, value);
    }
}
