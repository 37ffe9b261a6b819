/* lib_lookup.c - lookup(table, key, ...) and lookup.row, find, has: the editable tables of a flow
 * version.
 *
 *     lookup(TABLE, KEY...)   lookup(TABLE, KEY..., {at = DAY, column = NAME})
 *     lookup(TABLE, {NAME = KEY, ...})   lookup(TABLE, {NAME = KEY, ...}, {at = ..., column = ...})
 */
#include "rules/lib_priv.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "rules/date_priv.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_lookup_priv.h"
#include "rules/rule_priv.h"

#define LOOKUP_TICKS 30
#define MS_DAY       INT64_C(86400000)

/* One call. The keys stand at the stack from `first` on, in the table's order. */
struct look {
    const char *who;
    const struct lookup *lookup;
    int first;
    int64_t day;
    const char *column; /* NULL: not said */
    size_t column_at;
    struct decimal number;
    bool by_name;
};

static const struct lookup *table_arg(lua_State *L, const char *who)
{
    const struct rule_unit *unit = box_of(L)->run.unit;
    const char *name = lib_text(L, 1, who, NULL);
    const struct lookup *lookup;
    char text[LIMIT_RULE_TEXT];
    struct buf names;

    check(unit != NULL);
    lookup = lookups_find(unit->lookups, name);
    if (lookup != NULL)
        return lookup;
    buf_init(&names, 1024);
    lookups_names(unit->lookups, false, &names);
    snprintf(text, sizeof(text), "%s", buf_text(&names));
    buf_fini(&names);
    if (text[0] == '\0')
        lib_fail(L, "%s: there is no table '%.64s'; this flow has none", who,
                 lib_show(L, name, 64));
    lib_fail(L, "%s: there is no table '%.64s'; there are: %s", who, lib_show(L, name, 64), text);
}

/* {method = "ACH", amount = 5} as argument 2: puts the keys on the stack. */
static void keys_by_name(lua_State *L, struct look *look)
{
    unsigned count = lookup_keys(look->lookup);

    lib_table(L, 2, look->who);
    look->by_name = true;
    luaL_checkstack(L, (int)count + 4, NULL);
    for (unsigned i = 0; i < count; i++) {
        const char *name = lookup_key_name(look->lookup, i);

        lua_pushstring(L, name);
        if (lua_rawget(L, 2) == LUA_TNIL)
            lib_fail(L, "%s: table '%.64s': the key '%.64s' is nil", look->who, lua_tostring(L, 1),
                     name);
    }
    look->first = lua_gettop(L) - (int)count + 1;
    lua_pushnil(L);
    while (lua_next(L, 2)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        bool known = name == NULL && lua_type(L, -2) == LUA_TLIGHTUSERDATA;

        for (unsigned i = 0; i < count && !known; i++)
            known = name != NULL && strcmp(name, lookup_key_name(look->lookup, i)) == 0;
        if (!known)
            lib_fail(L, "%s: table '%.64s' has no key named '%.40s'", look->who, lua_tostring(L, 1),
                     name != NULL ? name : lib_type_name(L, -2));
        lua_pop(L, 1);
    }
}

/* The arguments behind the table's name; returns where the options are, 0: there are none. */
static int keys_args(lua_State *L, struct look *look)
{
    int count = (int)lookup_keys(look->lookup), top = lua_gettop(L);
    int options = 0;

    if (top >= 2 && top <= 3 && lua_type(L, 2) == LUA_TTABLE) {
        lua_settop(L, 3);
        keys_by_name(L, look);
        return lua_isnil(L, 3) ? 0 : 3;
    }
    if (top > 2 && lua_type(L, top) == LUA_TTABLE)
        options = top--;
    if (top != count + 1)
        lib_fail(L, "%s: table '%.64s' has a key of %d value%s, %d were given", look->who,
                 lua_tostring(L, 1), count, count == 1 ? "" : "s", top - 1);
    look->first = 2;
    return options;
}

/* Each as a text on the stack; the number of a range too. */
static void keys_read(lua_State *L, struct look *look)
{
    for (unsigned i = 0; i < lookup_keys(look->lookup); i++) {
        int arg = look->first + (int)i;
        bool nothing = lua_isnil(L, arg) || lib_is_null(L, arg) || lua_type(L, arg) == LUA_TTABLE;

        if (look->by_name && nothing)
            lib_fail(L, "%s: the key '%.64s' is %s", look->who, lookup_key_name(look->lookup, i),
                     lib_type_name(L, arg));
        if (lookup_key_is_range(look->lookup, i)) {
            lib_decimal_arg(L, arg, look->who, &look->number);
            lib_push_text(L, arg, NULL);
            lua_replace(L, arg);
        } else if (lua_type(L, arg) != LUA_TBOOLEAN) {
            lib_text(L, arg, look->who, NULL);
        } else {
            lib_push_text(L, arg, NULL);
            lua_replace(L, arg);
        }
    }
}

static int64_t day_of(lua_State *L, const struct look *look, int64_t moment)
{
    int64_t offset = 0, local;
    struct err e;

    if (!date__in_range(moment))
        lib_fail(L, "%s: 'at' is no moment of the years 1 to 9999", look->who);
    if (lookup_zone(look->lookup) != NULL &&
        date__offset(box_of(L)->dates, lookup_zone(look->lookup), moment, &offset, &e) != ERR_OK)
        lib_fail(L, "%s: %s", look->who, e.text);
    local = moment + offset;
    return local / MS_DAY - (local % MS_DAY < 0 ? 1 : 0);
}

/* {at = ..., column = ...} */
static void options_read(lua_State *L, int index, struct look *look)
{
    int64_t moment = box_of(L)->run.scope->now_ms;

    if (index != 0) {
        lib_table(L, index, look->who);
        lua_pushnil(L);
        while (lua_next(L, index)) {
            const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
            int value = lua_gettop(L);

            if (strcmp(name, "at") == 0) {
                moment = lib_moment(L, value, look->who, lookup_zone(look->lookup));
                if (!lookup_is_dated(look->lookup))
                    lib_fail(L,
                             "%s: table '%.64s' holds no days of validity, so nothing is 'at' a "
                             "day",
                             look->who, lua_tostring(L, 1));
            } else if (strcmp(name, "column") == 0) {
                look->column = lib_text(L, value, look->who, NULL);
                if (!lookup_column(look->lookup, look->column, &look->column_at))
                    lib_fail(L, "%s: table '%.64s' has no column '%.64s'", look->who,
                             lua_tostring(L, 1), lib_show(L, look->column, 64));
            } else if (lua_type(L, -2) != LUA_TLIGHTUSERDATA) {
                lib_fail(L, "%s: the options are 'at' and 'column', not '%.20s'", look->who, name);
            }
            lua_pop(L, 1);
        }
    }
    if (lookup_is_dated(look->lookup))
        look->day = day_of(L, look, moment);
}

/* Reads all arguments; then finds the row, NULL: there is none. */
static json_t *look_find(lua_State *L, struct look *look)
{
    struct lookup_ask ask;
    size_t bytes = 0;
    json_t *row;
    int options;

    look->lookup = table_arg(L, look->who);
    options = keys_args(L, look);
    keys_read(L, look);
    options_read(L, options, look);
    for (unsigned i = 0; i < lookup_keys(look->lookup); i++)
        bytes += lua_rawlen(L, look->first + (int)i);
    box_charge(L, LOOKUP_TICKS + bytes / 16);
    lookup_ask_init(&ask); /* nothing below raises */
    ask.number = look->number;
    ask.day = look->day;
    for (unsigned i = 0; i < lookup_keys(look->lookup); i++) {
        size_t size;
        const char *text = lua_tolstring(L, look->first + (int)i, &size);

        if (!lookup_key_is_range(look->lookup, i))
            lookup_ask_text(&ask, look->lookup, text, size);
    }
    row = lookup_find(look->lookup, &ask);
    lookup_ask_fini(&ask);
    return row;
}

/* ---- A key that is not there */

/* "ACH, USD" is pushed. */
static const char *keys_shown(lua_State *L, const struct look *look)
{
    lua_pushvalue(L, look->first);
    for (unsigned i = 1; i < lookup_keys(look->lookup); i++) {
        lua_pushfstring(L, "%s, %s", lua_tostring(L, -1), lua_tostring(L, look->first + (int)i));
        lua_remove(L, -2);
    }
    return lib_show(L, lua_tostring(L, -1), 80);
}

/* What else there is: "; near are ..." or " (it has 5 rows)". */
static void missing_near(const struct look *look, lua_State *L, char *text, size_t room)
{
    struct lookup_ask ask;
    struct buf names;

    lookup_ask_init(&ask);
    buf_init(&names, 1024);
    for (unsigned i = 0; i < lookup_keys(look->lookup); i++) {
        size_t size;
        const char *key = lua_tolstring(L, look->first + (int)i, &size);

        if (!lookup_key_is_range(look->lookup, i))
            lookup_ask_text(&ask, look->lookup, key, size);
    }
    if (lookup_has_key(look->lookup, &ask))
        buf_add_text(&names, ", though it has rows of that key");
    else
        lookup_near(look->lookup, &ask, &names);
    if (names.len == 0)
        snprintf(text, room, " (it has %zu rows)", lookup_count(look->lookup));
    else
        snprintf(text, room, "%s%s", buf_text(&names)[0] == '"' ? "; near are " : "",
                 buf_text(&names));
    buf_fini(&names);
    lookup_ask_fini(&ask);
}

static int missing_fail(lua_State *L, const struct look *look, bool review)
{
    char near[LIMIT_RULE_TEXT], day[40] = "";

    box_charge(L, lookup_count(look->lookup) * 4); /* each key is compared with the wanted one */
    missing_near(look, L, near, sizeof(near));
    if (lookup_is_dated(look->lookup)) {
        struct date_parts parts;

        date__civil(look->day * MS_DAY, &parts);
        snprintf(day, sizeof(day), " on %04d-%02d-%02d", parts.year, parts.month, parts.day);
    }
    return lib_fail(L, "%s: table '%.64s' has no key \"%.80s\"%s%s%s", look->who,
                    lua_tostring(L, 1), keys_shown(L, look), day, near,
                    review ? "; its policy is that a person decides" : "");
}

static int missing(lua_State *L, const struct look *look)
{
    json_t *fallback, *part;
    enum lookup_missing what = lookup_missing(look->lookup, &fallback);

    if (what == LOOKUP_NULL) {
        lib_push_null(L);
        return 1;
    }
    if (what != LOOKUP_DEFAULT)
        return missing_fail(L, look, what == LOOKUP_REVIEW);
    part = look->column != NULL ? json_object_get(fallback, look->column) : NULL;
    lua_json_push(L, part != NULL ? part : fallback);
    return 1;
}

/* ---- What is found */

static int push_found(lua_State *L, const struct look *look, json_t *row)
{
    unsigned values = lookup_values(look->lookup);
    size_t column;

    if (values == 0) {
        lua_json_push(L, row);
        return 1;
    }
    if (look->column != NULL || values == 1) {
        column = look->column_at;
        if (look->column == NULL)
            lookup_value_name(look->lookup, 0, &column);
        lua_json_push(L, json_array_get(row, column));
        return 1;
    }
    lua_createtable(L, 0, (int)values);
    for (unsigned i = 0; i < values; i++) {
        const char *name = lookup_value_name(look->lookup, i, &column);

        lua_json_push(L, json_array_get(row, column));
        lua_setfield(L, -2, name);
    }
    return 1;
}

static int lookup_call(lua_State *L)
{
    struct look look = { .who = "lookup" };
    json_t *row = look_find(L, &look);

    return row != NULL ? push_found(L, &look, row) : missing(L, &look);
}

/* nil for a missing key, whatever the table's policy. */
static int lookup_find_call(lua_State *L)
{
    struct look look = { .who = "lookup.find" };
    json_t *row = look_find(L, &look);

    if (row != NULL)
        return push_found(L, &look, row);
    lua_pushnil(L);
    return 1;
}

static int lookup_has_call(lua_State *L)
{
    struct look look = { .who = "lookup.has" };

    lua_pushboolean(L, look_find(L, &look) != NULL);
    return 1;
}

/* All columns, those of the key too. */
static int lookup_row_call(lua_State *L)
{
    struct look look = { .who = "lookup.row" };
    json_t *row = look_find(L, &look);
    unsigned columns;

    if (row == NULL)
        return missing(L, &look);
    columns = lookup_columns(look.lookup);
    lua_createtable(L, 0, columns > 0 ? (int)columns : 2);
    if (columns == 0) {
        lua_pushvalue(L, look.first);
        lua_setfield(L, -2, "key");
        lua_json_push(L, row);
        lua_setfield(L, -2, "value");
    }
    for (unsigned i = 0; i < columns; i++) {
        lua_json_push(L, json_array_get(row, i));
        lua_setfield(L, -2, lookup_column_name(look.lookup, i));
    }
    return 1;
}

/* In a call through a library table the table itself is argument 1. */
static int lookup_called(lua_State *L)
{
    lua_remove(L, 1);
    return lookup_call(L);
}

void lib_lookup_open(lua_State *L)
{
    static const luaL_Reg functions[] = { { "row", lookup_row_call },
                                          { "find", lookup_find_call },
                                          { "has", lookup_has_call },
                                          { NULL, NULL } };

    lib_add(L, "lookup", functions, lookup_called);
}
