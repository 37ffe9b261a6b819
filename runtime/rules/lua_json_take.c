/* lua_json_take.c - from Lua into JSON.
 *
 * (1) Everything built hangs on the caller's root from the moment it is made, so an error that is
 * raised on the way leaks nothing. (2) The keys of an object come in the order of the JSON object
 * that the table was, then, or else, sorted by their bytes: a repetition writes the same. (3)
 * Depth, number of values and bytes are bounded, also of what is taken over by reference. */
#include "rules/lua_json_priv.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "rules/lib_priv.h"
#include "rules/lua_box_priv.h"

struct take_step { /* of the path to the value in hand */
    const char *key;
    size_t size;
    lua_Integer index; /* key NULL */
};

struct take {
    lua_State *L;
    struct lua_box *box;
    json_t **root;
    const char *what;
    size_t values; /* left */
    size_t bytes;  /* left */
    unsigned depth;
    struct take_step path[LIMIT_JSON_DEPTH + 1];
};

static void take_value(struct take *take, json_t *parent);

static int take_fail(struct take *take, const char *text) __attribute__((noreturn));
static int take_fail(struct take *take, const char *text)
{
    char path[160];
    size_t length = 0;

    path[0] = '\0';
    for (unsigned i = 0; i < take->depth && length < sizeof(path) - 1; i++) {
        const struct take_step *step = &take->path[i];
        int added;

        if (step->key != NULL)
            added = snprintf(path + length, sizeof(path) - length, ".%.*s",
                             (int)(step->size < 64 ? step->size : 64), step->key);
        else
            added = snprintf(path + length, sizeof(path) - length, "[%lld]", step->index);
        length += added > 0 ? (size_t)added : 0;
    }
    luaL_where(take->L, 1);
    lua_pushfstring(take->L, "%s%s %s", take->what, path, text);
    lua_concat(take->L, 2);
    lua_error(take->L);
    check_failed("lua_error() returned", __FILE__, __LINE__);
}

/* The value becomes part of the parent, under the last step of the path. Takes the reference. */
static void take_attach(struct take *take, json_t *parent, json_t *value)
{
    const struct take_step *step = take->depth > 0 ? &take->path[take->depth - 1] : NULL;
    int failed = 0;

    if (value == NULL)
        box_no_memory(take->L);
    if (parent == NULL)
        *take->root = value;
    else if (step != NULL && step->key != NULL)
        failed = json_object_setn_new_nocheck(parent, step->key, step->size, value);
    else
        failed = json_array_append_new(parent, value);
    if (failed != 0)
        box_no_memory(take->L);
}

static void take_count(struct take *take, size_t bytes)
{
    if (take->values == 0)
        take_fail(take, "holds too many values");
    take->values--;
    if (bytes > take->bytes)
        take_fail(take, "is larger than the 4 MiB of an output");
    take->bytes -= bytes;
    if (take->values % 64 == 0)
        box_charge(take->L, 512);
}

/* What is taken over by reference counts as if it were copied. */
static void take_measure(struct take *take, json_t *value, unsigned depth)
{
    json_t *child;
    size_t i;
    void *at;

    if (depth > LIMIT_JSON_DEPTH)
        take_fail(take, "is nested too deep, or contains itself");
    take_count(take, json_is_string(value) ? json_string_length(value) + 2 : 2);
    if (json_is_array(value)) {
        json_array_foreach(value, i, child)
        {
            take_measure(take, child, depth + 1);
        }
    } else if (json_is_object(value)) {
        for (at = json_object_iter(value); at != NULL; at = json_object_iter_next(value, at)) {
            take_count(take, json_object_iter_key_len(at));
            take_measure(take, json_object_iter_value(at), depth + 1);
        }
    }
}

static json_t *take_text(struct take *take)
{
    size_t size;
    const char *text = lua_tolstring(take->L, -1, &size);

    take_count(take, size + 2);
    box_charge(take->L, size / 128);
    if (!utf8_valid(text, size))
        take_fail(take, "holds bytes that are no UTF-8 text; use base64.encode()");
    return json_stringn_nocheck(text, size);
}

/* The shortest text that reads back as the same number. */
static json_t *take_float(struct take *take, lua_Number value)
{
    char text[40];
    struct decimal decimal;
    struct err e;
    int length = 0;

    if (!isfinite(value))
        take_fail(take, isnan(value) ? "is not a number (NaN: was zero divided by zero?)"
                                     : "is infinite (was something divided by zero?)");
    if (decimal_from_double(&decimal, value, &e) == ERR_OK) {
        char plain[DECIMAL_TEXT];

        return json_exact_new(plain, decimal_text(&decimal, plain));
    }
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return json_exact_new(text, (size_t)length);
}

/* The code as JSON, borrowed: that of the last one mostly, which all share, as texts do not change.
 * NULL: no memory. */
static json_t *take_currency(struct lua_box *box, const char *code)
{
    if (box->currency == NULL || strcmp(json_string_value(box->currency), code) != 0) {
        json_decref(box->currency);
        box->currency = json_string_nocheck(code);
    }
    return box->currency;
}

/* {"amount": 10.00, "currency": "USD"}; NULL: no memory. */
static json_t *take_money(struct take *take, const struct money *money)
{
    char text[DECIMAL_TEXT];
    json_t *made = json_object();

    take_count(take, 2);
    take_count(take, 32);
    if (made == NULL ||
        json_object_set_new_nocheck(
            made, "amount", json_exact_new(text, decimal_text(&money->amount, text))) != 0 ||
        json_object_set_nocheck(made, "currency", take_currency(take->box, money->currency)) != 0) {
        json_decref(made);
        return NULL;
    }
    return made;
}

static json_t *take_userdata(struct take *take)
{
    const void *value = lua_touserdata(take->L, -1);
    enum kind kind = kind_of(take->L, -1);
    char text[DECIMAL_TEXT];

    take_count(take, 2);
    if (kind == KIND_MONEY)
        return take_money(take, value);
    if (kind == KIND_DECIMAL)
        return json_exact_new(text, decimal_text(value, text));
    check(kind == KIND_WIDE);
    return json_exact_new(value, strlen(value));
}

static int take_key_compare(const void *a, const void *b)
{
    const struct box_key *left = a, *right = b;
    size_t size = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->at, right->at, size);

    return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

static void take_key_add(struct take *take, const char *at, size_t size)
{
    struct lua_box *box = take->box;

    if (box->run.keys_count == box->run.keys_room) {
        size_t room = box->run.keys_room == 0 ? 256 : box->run.keys_room * 2;
        struct box_key *keys = mem_try_resize(box->run.keys, room * sizeof(*keys));

        if (keys == NULL)
            box_no_memory(take->L);
        box->run.keys = keys;
        box->run.keys_room = room;
    }
    box->run.keys[box->run.keys_count++] = (struct box_key){ at, size };
}

static void take_key_check(struct take *take, const char *key, size_t size)
{
    if (size > LIMIT_JSON_KEY)
        take_fail(take, "has a key that is too long");
    if (memchr(key, '\0', size) != NULL || !utf8_valid(key, size))
        take_fail(take, "has a key that is no text");
}

/* What the keys of the table at the top are. Those that are texts are put on the stack of keys, but
 * those that `order` has already. */
struct take_shape {
    size_t texts;
    size_t items; /* keys 1 to the length */
};
static void take_look(struct take *take, struct take_shape *shape, const json_t *order)
{
    lua_State *L = take->L;
    lua_Integer length = (lua_Integer)lua_rawlen(L, -1);

    shape->texts = shape->items = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        int type = lua_type(L, -2);
        size_t size;

        lua_pop(L, 1);
        if (type == LUA_TSTRING) {
            const char *key = lua_tolstring(L, -1, &size);

            take_key_check(take, key, size);
            shape->texts++;
            if (order == NULL || json_object_getn(order, key, size) == NULL)
                take_key_add(take, key, size);
        } else if (type == LUA_TNUMBER && lua_isinteger(L, -1)) {
            lua_Integer at = lua_tointeger(L, -1);

            if (at < 1 || at > length)
                take_fail(take, "is a list with holes; null stands for a missing item");
            shape->items++;
        } else if (type != LUA_TLIGHTUSERDATA || lua_touserdata(L, -1) == NULL) {
            take_fail(take, "has a key that is neither a text nor a position");
        }
    }
    if (shape->items > 0 && shape->texts > 0)
        take_fail(take, "has both names and positions as keys");
    if (shape->items != (size_t)length)
        take_fail(take, "is a list with holes; null stands for a missing item");
}

/* The value at the top, under that key of the object, then off the stack. */
static void take_member(struct take *take, json_t *object, const char *key, size_t size)
{
    struct take_step *step = &take->path[take->depth++];

    step->key = key;
    step->size = size;
    take_count(take, size + 4);
    take_value(take, object);
    take->depth--;
    lua_pop(take->L, 1);
}

static void take_object(struct take *take, json_t *object, json_t *order, size_t from)
{
    lua_State *L = take->L;
    struct lua_box *box = take->box;
    size_t count = box->run.keys_count - from;

    if (order != NULL)
        for (void *at = json_object_iter(order); at != NULL;
             at = json_object_iter_next(order, at)) {
            const char *key = json_object_iter_key(at);
            size_t size = json_object_iter_key_len(at);

            lua_pushlstring(L, key, size);
            if (lua_rawget(L, -2) == LUA_TNIL)
                lua_pop(L, 1);
            else
                take_member(take, object, key, size);
        }
    box_charge(L, count / 4);
    if (count > 1)
        qsort(box->run.keys + from, count, sizeof(*box->run.keys), take_key_compare);
    for (size_t i = from; i < from + count; i++) {
        struct box_key key = box->run.keys[i]; /* the stack of keys may move */

        lua_pushlstring(L, key.at, key.size);
        lua_rawget(L, -2);
        take_member(take, object, key.at, key.size);
    }
}

static void take_array(struct take *take, json_t *array, size_t count)
{
    struct take_step *step = &take->path[take->depth++];

    for (size_t i = 1; i <= count; i++) {
        step->key = NULL;
        step->index = (lua_Integer)i;
        lua_rawgeti(take->L, -1, (lua_Integer)i);
        take_value(take, array);
        lua_pop(take->L, 1);
    }
    take->depth--;
}

/* The table at the top. */
static void take_table(struct take *take, json_t *parent)
{
    lua_State *L = take->L;
    enum kind kind = kind_of(L, -1);
    size_t from = take->box->run.keys_count;
    struct take_shape shape;
    json_t *order;
    json_t *made;

    if (kind == KIND_LIBRARY)
        take_fail(take, "is a part of the library, which has no JSON");
    order = kind == KIND_LAZY || kind == KIND_OBJECT ? lua_json_order(L, -1) : NULL;
    if (kind == KIND_LAZY) {
        take_measure(take, order, take->depth + 1);
        take_attach(take, parent, json_incref(order));
        return;
    }
    if (take->depth >= LIMIT_JSON_DEPTH)
        take_fail(take, "is nested too deep, or contains itself");
    luaL_checkstack(L, 6, "the result is nested too deep");
    take_count(take, 2);
    take_look(take, &shape, order);
    if (kind == KIND_ARRAY && shape.texts > 0)
        take_fail(take, "is an array, but has names as keys");
    if (kind == KIND_OBJECT && shape.items > 0)
        take_fail(take, "is an object, but has positions as keys");
    made = kind == KIND_ARRAY || shape.items > 0 ? json_array() : json_object();
    take_attach(take, parent, made);
    if (json_is_array(made))
        take_array(take, made, shape.items);
    else
        take_object(take, made, order, from);
    take->box->run.keys_count = from;
}

/* The value at the top, which stays there. */
static void take_value(struct take *take, json_t *parent)
{
    lua_State *L = take->L;
    json_t *value = NULL;

    switch (lua_type(L, -1)) {
    case LUA_TTABLE:
        take_table(take, parent);
        return;
    case LUA_TSTRING:
        value = take_text(take);
        break;
    case LUA_TNUMBER:
        take_count(take, 2);
        value = lua_isinteger(L, -1) ? json_integer(lua_tointeger(L, -1))
                                     : take_float(take, lua_tonumber(L, -1));
        break;
    case LUA_TBOOLEAN:
        take_count(take, 2);
        value = json_boolean(lua_toboolean(L, -1));
        break;
    case LUA_TLIGHTUSERDATA:
        take_count(take, 2);
        value = json_null();
        break;
    case LUA_TUSERDATA:
        value = take_userdata(take);
        break;
    default:
        take_fail(take, "is a function, which has no JSON");
    }
    take_attach(take, parent, value);
}

void lua_json_take_within(lua_State *L, int index, const char *what, struct json_room *room,
                          json_t **out)
{
    struct take take;

    check(*out == NULL);
    if (lua_isnil(L, index))
        return;
    take.L = L;
    take.box = box_of(L);
    take.root = out;
    take.what = what;
    take.values = room->values;
    take.bytes = room->bytes;
    take.depth = 0;
    lua_pushvalue(L, index);
    take_value(&take, NULL);
    lua_pop(L, 1);
    room->values = take.values;
    room->bytes = take.bytes;
}

void lua_json_take(lua_State *L, int index, const char *what, json_t **out)
{
    struct json_room room = { .values = box_values(box_of(L)), .bytes = LIMIT_OUTPUT };

    lua_json_take_within(L, index, what, &room, out);
}

json_t *lua_json_peek(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TTABLE || kind_of(L, index) != KIND_LAZY)
        return NULL;
    return lua_json_order(L, index);
}
