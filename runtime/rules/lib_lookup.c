/* lib_lookup.c - lookup(name, key, ...): the editable tables of a flow version. */
#include "rules/lib_priv.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_lookup_priv.h"
#include "rules/rule_priv.h"

#define LOOKUP_KEY_SIZE 2048u
#define LOOKUP_TICKS    30

static const struct lookup *table_arg(lua_State *L)
{
    const struct rule_unit *unit = box_of(L)->run.unit;
    const char *name = lib_text(L, 1, "lookup", NULL);
    const struct lookup *lookup;
    char text[LIMIT_RULE_TEXT];
    struct buf names;

    check(unit != NULL);
    lookup = lookups_find(unit->lookups, name);
    if (lookup != NULL)
        return lookup;
    buf_init(&names, 1024);
    lookups_names(unit->lookups, &names);
    snprintf(text, sizeof(text), "%s", buf_text(&names));
    buf_fini(&names);
    if (text[0] == '\0')
        lib_fail(L, "lookup: there is no table '%.64s'; this flow has none", lib_show(L, name, 64));
    lib_fail(L, "lookup: there is no table '%.64s'; there are: %s", lib_show(L, name, 64), text);
}

/* The key of the arguments behind the table's name, in the caller's room. */
static void key_args(lua_State *L, const struct lookup *lookup, char *key, size_t room)
{
    unsigned count = lookup_keys(lookup);
    struct buf text;

    if (lua_gettop(L) != (int)count + 1)
        lib_fail(L, "lookup: table '%.64s' has a key of %u value%s, %d were given",
                 lua_tostring(L, 1), count, count == 1 ? "" : "s", lua_gettop(L) - 1);
    for (unsigned i = 0; i < count; i++) { /* first, because it may raise */
        int arg = (int)i + 2;

        if (lua_type(L, arg) != LUA_TBOOLEAN) {
            lib_text(L, arg, "lookup", NULL);
        } else {
            lib_push_text(L, arg, NULL);
            lua_replace(L, arg);
        }
    }
    buf_init(&text, room - 1);
    for (unsigned i = 0; i < count; i++) {
        size_t size;
        const char *value = lua_tolstring(L, (int)i + 2, &size);

        lookup_key_add(&text, value, size);
    }
    snprintf(key, room, "%s", buf_text(&text)); /* too long: "", which no table has */
    buf_fini(&text);
}

static int missing(lua_State *L, const struct lookup *lookup, const char *key)
{
    json_t *fallback;
    enum lookup_missing what = lookup_missing(lookup, &fallback);
    char near[LIMIT_RULE_TEXT];
    struct buf names;

    if (what == LOOKUP_NULL) {
        lib_push_null(L);
        return 1;
    }
    if (what == LOOKUP_DEFAULT) {
        lua_json_push(L, fallback);
        return 1;
    }
    box_charge(L, lookup_count(lookup) * 4); /* each key is compared with the wanted one */
    buf_init(&names, 1024);
    lookup_near(lookup, key, &names);
    snprintf(near, sizeof(near), "%s", buf_text(&names));
    buf_fini(&names);
    for (unsigned i = 1; i < lookup_keys(lookup); i++) { /* "a, b" */
        lua_pushfstring(L, "%s, %s", lua_tostring(L, 2), lua_tostring(L, (int)i + 2));
        lua_replace(L, 2);
    }
    if (near[0] != '\0')
        lib_fail(L, "lookup: table '%.64s' has no key \"%.80s\"; near are %s", lua_tostring(L, 1),
                 lib_show(L, lua_tostring(L, 2), 80), near);
    lib_fail(L, "lookup: table '%.64s' has no key \"%.80s\" (it has %zu rows)", lua_tostring(L, 1),
             lib_show(L, lua_tostring(L, 2), 80), lookup_count(lookup));
}

static int lookup_call(lua_State *L)
{
    const struct lookup *lookup = table_arg(L);
    unsigned values = lookup_values(lookup);
    char key[LOOKUP_KEY_SIZE];
    json_t *row;
    size_t column;

    box_charge(L, LOOKUP_TICKS);
    key_args(L, lookup, key, sizeof(key));
    row = lookup_find(lookup, key);
    if (row == NULL)
        return missing(L, lookup, key);
    if (values == 0) {
        lua_json_push(L, row);
        return 1;
    }
    if (values == 1) {
        lookup_value_name(lookup, 0, &column);
        lua_json_push(L, json_array_get(row, column));
        return 1;
    }
    lua_createtable(L, 0, (int)values);
    for (unsigned i = 0; i < values; i++) {
        const char *name = lookup_value_name(lookup, i, &column);

        lua_json_push(L, json_array_get(row, column));
        lua_setfield(L, -2, name);
    }
    return 1;
}

void lib_lookup_open(lua_State *L)
{
    lua_pushcfunction(L, lookup_call);
    lua_setfield(L, -2, "lookup");
}
