/* lua_json_priv.h - values across the border, both ways. For rules/ only.
 *
 * Into Lua: text, boolean, integer, null (a light userdata) as they are; an exact number as a
 * decimal; an object or array as a *lazy* table that is filled, one level, when it is first
 * touched. A lazy stands for its json_t only while the batch lasts; afterwards touching it is an
 * error.
 *
 * Out of Lua: a lazy nobody touched is its json_t again, by reference. What has no JSON (a
 * function, NaN, a table in itself, a list with holes) is refused with the path at which it
 * stands. */
#ifndef RULES_LUA_JSON_PRIV_H
#define RULES_LUA_JSON_PRIV_H

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>

/* The metatables; runs protected, when a state is made. */
void lua_json_open(lua_State *L);

/* Pushes the value, which lives until the batch ends. */
void lua_json_push(lua_State *L, json_t *value);
/* Pushes a deep copy that does not depend on the value. */
void lua_json_push_copy(lua_State *L, const json_t *value);
/* Fills the table at index if it is lazy. false: it is a table of the library and not to be
 * touched. */
bool lua_json_touch(lua_State *L, int index);
/* The JSON object whose order of keys the touched table at index follows; NULL if it has none. */
json_t *lua_json_order(lua_State *L, int index);
/* Writes the value at index into *out, which is NULL and afterwards holds a new reference, also
 * to what was built before an error is raised. nil gives NULL. what: begins the path in
 * messages. */
void lua_json_take(lua_State *L, int index, const char *what, json_t **out);
/* The same for a part of something larger: takes from the room, and fails when it is used up. */
struct json_room {
    size_t values, bytes;
};
void lua_json_take_within(lua_State *L, int index, const char *what, struct json_room *room,
                          json_t **out);
/* What the untouched table at index stands for, borrowed; NULL: it is anything else. */
json_t *lua_json_peek(lua_State *L, int index);

#endif
