/* lib.c - arguments of library functions: read, and refused in one form. */
#include "rules/lib_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_text_priv.h"

int lib_fail(lua_State *L, const char *fmt, ...)
{
    char text[LIMIT_RULE_TEXT];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    luaL_where(L, 1);
    lua_pushstring(L, text);
    lua_concat(L, 2);
    lua_error(L);
    check_failed("lua_error() returned", __FILE__, __LINE__);
}

const char *lib_show(lua_State *L, const char *text, size_t most)
{
    char room[96];

    check(most < sizeof(room));
    rule_text_tidy(room, most + 1, text, strlen(text));
    return lua_pushstring(L, room);
}

int lib_bad(lua_State *L, int arg, const char *who, const char *wanted)
{
    lib_fail(L, "%s: argument %d is %s, not %s", who, arg, lib_type_name(L, arg), wanted);
}

bool lib_is_null(lua_State *L, int index)
{
    return lua_islightuserdata(L, index);
}

void lib_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

const char *lib_type_name(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TLIGHTUSERDATA:
        return "null";
    case LUA_TSTRING:
        return "a text";
    case LUA_TNUMBER:
        return "a number";
    case LUA_TBOOLEAN:
        return lua_toboolean(L, index) ? "true" : "false";
    case LUA_TTABLE:
        return "a table";
    case LUA_TFUNCTION:
        return "a function";
    case LUA_TUSERDATA:
        return kind_of(L, index) == KIND_DECIMAL ? "a decimal"
               : kind_of(L, index) == KIND_MONEY ? "money"
                                                 : "a number";
    default:
        return "nil";
    }
}

const char *lib_push_text(lua_State *L, int index, size_t *size)
{
    char text[MONEY_TEXT];
    const struct decimal *decimal;

    switch (lua_type(L, index)) {
    case LUA_TSTRING:
    case LUA_TNUMBER:
        lua_pushvalue(L, index);
        break;
    case LUA_TBOOLEAN:
        lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
        break;
    case LUA_TLIGHTUSERDATA:
        lua_pushliteral(L, "null");
        break;
    case LUA_TUSERDATA:
        decimal = lib_decimal_test(L, index);
        if (decimal != NULL)
            lua_pushlstring(L, text, decimal_text(decimal, text));
        else if (lib_wide_test(L, index) != NULL)
            lua_pushstring(L, lib_wide_test(L, index));
        else if (lib_money_test(L, index) != NULL)
            lua_pushlstring(L, text, money_text(lib_money_test(L, index), text));
        else
            lua_pushliteral(L, "userdata");
        break;
    default:
        lua_pushstring(L, lua_typename(L, lua_type(L, index)));
    }
    return lua_tolstring(L, -1, size);
}

const char *lib_text(lua_State *L, int arg, const char *who, size_t *size)
{
    int type = lua_type(L, arg);

    if (type != LUA_TSTRING) {
        if ((type != LUA_TNUMBER && type != LUA_TUSERDATA) || lib_money_test(L, arg) != NULL)
            lib_bad(L, arg, who, "a text");
        lib_push_text(L, arg, NULL);
        lua_replace(L, arg);
    }
    return lua_tolstring(L, arg, size);
}

const char *lib_text_or(lua_State *L, int arg, const char *who, const char *fallback, size_t *size)
{
    if (!lua_isnoneornil(L, arg))
        return lib_text(L, arg, who, size);
    if (size != NULL)
        *size = fallback != NULL ? strlen(fallback) : 0;
    return fallback;
}

lua_Integer lib_integer(lua_State *L, int arg, const char *who)
{
    const struct decimal *decimal;
    lua_Integer value;
    int64_t whole;
    int exact = 0;

    if (lua_type(L, arg) == LUA_TNUMBER) {
        value = lua_tointegerx(L, arg, &exact);
        if (exact)
            return value;
        lib_bad(L, arg, who, "a whole number");
    }
    decimal = lib_decimal_test(L, arg);
    if (decimal == NULL || !decimal_to_int(decimal, &whole))
        lib_bad(L, arg, who, "a whole number");
    return whole;
}

lua_Integer lib_integer_or(lua_State *L, int arg, const char *who, lua_Integer fallback)
{
    return lua_isnoneornil(L, arg) ? fallback : lib_integer(L, arg, who);
}

lua_Number lib_float(lua_State *L, int arg, const char *who)
{
    const struct decimal *decimal = lib_decimal_test(L, arg);

    if (decimal != NULL)
        return decimal_to_double(decimal);
    if (lua_type(L, arg) != LUA_TNUMBER)
        lib_bad(L, arg, who, "a number");
    return lua_tonumber(L, arg);
}

void lib_table(lua_State *L, int arg, const char *who)
{
    if (lua_type(L, arg) != LUA_TTABLE)
        lib_bad(L, arg, who, "a table");
    if (!lua_json_touch(L, arg))
        lib_fail(L, "%s: argument %d is a table of the library, which is read-only", who, arg);
}

void lib_function(lua_State *L, int arg, const char *who)
{
    if (lua_type(L, arg) != LUA_TFUNCTION)
        lib_bad(L, arg, who, "a function");
}

static int lib_read_only(lua_State *L)
{
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "it";

    lib_fail(L, "the library is read-only: '%.40s' cannot be set", key);
}

/* __index of what is behind a library: (table, name); upvalue: how it is called. A slip is an
 * error. */
static int lib_unknown(lua_State *L)
{
    const char *what = lua_tostring(L, lua_upvalueindex(1));
    struct rule_near near;
    size_t size;
    const char *name;

    if (lua_type(L, 2) != LUA_TSTRING)
        lib_fail(L, "%s has no members by position", what);
    name = lua_tolstring(L, 2, &size);
    rule_near_init(&near, name, size, rule_near_slip(size));
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        const char *member;

        lua_pop(L, 1);
        member = lua_tolstring(L, -1, &size);
        rule_near_add(&near, member, size);
    }
    if (near.count > 0)
        lib_fail(L, "%s has no member '%.64s'; do you mean '%.64s'?", what, name,
                 near.best[0].name);
    lib_fail(L, "%s has no member '%.64s'", what, name);
}

/* The members are at the top. */
static void lib_add_unknown(lua_State *L, const char *name)
{
    lua_createtable(L, 0, 1);
    lua_pushstring(L, strcmp(name, "string") == 0    ? "a text"
                      : strcmp(name, "decimal") == 0 ? "a number"
                                                     : name);
    lua_pushcclosure(L, lib_unknown, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

void lib_add(lua_State *L, const char *name, const luaL_Reg *functions, lua_CFunction call)
{
    lua_createtable(L, 0, 0); /* what rules see */
    lua_createtable(L, 0, 4); /* its metatable */
    lua_createtable(L, 0, 8); /* what is behind it */
    luaL_setfuncs(L, functions, 0);
    lib_add_unknown(L, name);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, lib_read_only);
    lua_setfield(L, -2, "__newindex");
    if (call != NULL) {
        lua_pushcfunction(L, call);
        lua_setfield(L, -2, "__call");
    }
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, name);
}

void lib_push_members(lua_State *L, int index)
{
    int found = luaL_getmetafield(L, index, "__index");

    check(found == LUA_TTABLE);
}

void lib_build_begin(lua_State *L, struct lib_build *build, const char *who)
{
    build->size = 0;
    build->who = who;
    luaL_buffinit(L, &build->buffer);
}

void lib_build_add(struct lib_build *build, const char *text, size_t size)
{
    if (size > LIMIT_RULE_STRING - build->size)
        lib_fail(build->buffer.L, "%s: the text becomes longer than %u bytes", build->who,
                 LIMIT_RULE_STRING);
    box_charge(build->buffer.L, size / 256);
    build->size += size;
    luaL_addlstring(&build->buffer, text, size);
}

void lib_build_add_value(struct lib_build *build)
{
    size_t size = lua_rawlen(build->buffer.L, -1);

    if (size > LIMIT_RULE_STRING - build->size)
        lib_fail(build->buffer.L, "%s: the text becomes longer than %u bytes", build->who,
                 LIMIT_RULE_STRING);
    box_charge(build->buffer.L, size / 256);
    build->size += size;
    luaL_addvalue(&build->buffer);
}

void lib_build_end(struct lib_build *build)
{
    luaL_pushresult(&build->buffer);
}
