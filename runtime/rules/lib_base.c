/* lib_base.c - what every rule has at hand: type, tostring, tonumber, null, coalesce, equal, log,
 * now. */
#include "rules/lib_priv.h"

#include <ctype.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_same_priv.h"
#include "rules/rule_text_priv.h"

#define NUMBER_SIZE 400u /* of a text given to tonumber() */
#define LOG_LINES   20u  /* of one batch */
#define LOG_BYTES   4096u
#define EQUAL_DEPTH LIMIT_JSON_DEPTH

static int base_type(lua_State *L)
{
    int type = lua_type(L, 1);

    if (type == LUA_TNONE)
        lib_fail(L, "type: an argument is missing");
    if (type == LUA_TLIGHTUSERDATA)
        lua_pushliteral(L, "null");
    else if (type == LUA_TUSERDATA)
        lua_pushstring(L, kind_of(L, 1) == KIND_DECIMAL ? "decimal"
                          : kind_of(L, 1) == KIND_MONEY ? "money"
                                                        : "number");
    else
        lua_pushstring(L, lua_typename(L, type));
    return 1;
}

static int base_tostring(lua_State *L)
{
    if (lua_isnone(L, 1))
        lib_fail(L, "tostring: an argument is missing");
    lib_push_text(L, 1, NULL);
    return 1;
}

/* Digits and letters of that base with an optional sign and blanks around. */
static bool number_in_base(const char *text, size_t size, lua_Integer base, lua_Integer *value)
{
    lua_Unsigned sum = 0;
    bool negative = false;
    bool some = false;

    while (size > 0 && isspace((unsigned char)text[size - 1]))
        size--;
    while (size > 0 && isspace((unsigned char)*text)) {
        text++;
        size--;
    }
    if (size > 0 && *text == '-') {
        negative = true;
        text++;
        size--;
    }
    for (; size > 0; text++, size--) {
        int digit = isdigit((unsigned char)*text)   ? *text - '0'
                    : isalpha((unsigned char)*text) ? tolower((unsigned char)*text) - 'a' + 10
                                                    : 99;

        if (digit >= base)
            return false;
        sum = sum * (lua_Unsigned)base + (lua_Unsigned)digit;
        some = true;
    }
    *value = (lua_Integer)(negative ? 0 - sum : sum);
    return some;
}

static int base_tonumber(lua_State *L)
{
    size_t size;
    const char *text;
    lua_Integer base = lib_integer_or(L, 2, "tonumber", 10);
    lua_Integer value;

    if (base < 2 || base > 36)
        lib_fail(L, "tonumber: the base is 2 to 36");
    if (lua_type(L, 1) == LUA_TNUMBER) {
        lua_settop(L, 1);
        return 1;
    }
    if (lib_decimal_test(L, 1) != NULL)
        lib_fail(L,
                 "tonumber: a decimal is a number already; x:float() gives a float, which is not "
                 "exact");
    if (lib_money_test(L, 1) != NULL)
        lib_fail(L, "tonumber: money is no number; its exact number is x.amount");
    if (lua_type(L, 1) != LUA_TSTRING)
        return 0;
    text = lua_tolstring(L, 1, &size);
    if (size > NUMBER_SIZE)
        lib_fail(L, "tonumber: the text is longer than %u bytes", NUMBER_SIZE);
    if (lua_gettop(L) > 1 && base != 10) {
        if (!number_in_base(text, size, base, &value))
            return 0;
        lua_pushinteger(L, value);
        return 1;
    }
    return lua_stringtonumber(L, text) == size + 1 ? 1 : 0;
}

static int base_isnull(lua_State *L)
{
    lua_pushboolean(L, lua_isnoneornil(L, 1) || lib_is_null(L, 1));
    return 1;
}

static int base_coalesce(lua_State *L)
{
    int count = lua_gettop(L);

    for (int i = 1; i <= count; i++)
        if (!lua_isnil(L, i) && !lib_is_null(L, i)) {
            lua_pushvalue(L, i);
            return 1;
        }
    return 0;
}

static bool equal_values(lua_State *L, int a, int b, unsigned depth);

/* Every member of a is in b. */
static bool equal_within(lua_State *L, int a, int b, unsigned depth, size_t *members)
{
    *members = 0;
    lua_pushnil(L);
    while (lua_next(L, a)) {
        box_charge(L, 8);
        if (lua_type(L, -2) == LUA_TLIGHTUSERDATA) { /* the hidden entry */
            lua_pop(L, 1);
            continue;
        }
        ++*members;
        lua_pushvalue(L, -2);
        lua_rawget(L, b);
        if (!equal_values(L, lua_gettop(L) - 1, lua_gettop(L), depth + 1)) {
            lua_pop(L, 3);
            return false;
        }
        lua_pop(L, 2);
    }
    return true;
}

static bool equal_tables(lua_State *L, int a, int b, unsigned depth)
{
    size_t left, right;

    if (depth > EQUAL_DEPTH)
        lib_fail(L, "equal: the tables are nested too deep, or contain themselves");
    luaL_checkstack(L, 8, "equal");
    if (!lua_json_touch(L, a) || !lua_json_touch(L, b))
        return lua_rawequal(L, a, b);
    return equal_within(L, a, b, depth, &left) && equal_within(L, b, a, depth, &right) &&
           left == right;
}

static bool equal_values(lua_State *L, int a, int b, unsigned depth)
{
    struct decimal left, right;
    bool nothing = lua_isnoneornil(L, a) || lib_is_null(L, a);

    if (nothing || lua_isnoneornil(L, b) || lib_is_null(L, b))
        return nothing && (lua_isnoneornil(L, b) || lib_is_null(L, b));
    if (lua_type(L, a) == LUA_TTABLE && lua_type(L, b) == LUA_TTABLE)
        return lua_rawequal(L, a, b) || equal_tables(L, a, b, depth);
    if (lua_type(L, a) == lua_type(L, b) && lua_type(L, a) != LUA_TUSERDATA)
        return lua_rawequal(L, a, b);
    if (lib_wide_test(L, a) != NULL && lib_wide_test(L, b) != NULL)
        return strcmp(lib_wide_test(L, a), lib_wide_test(L, b)) == 0;
    if (lib_money_test(L, a) != NULL && lib_money_test(L, b) != NULL)
        return strcmp(lib_money_test(L, a)->currency, lib_money_test(L, b)->currency) == 0 &&
               decimal_compare(&lib_money_test(L, a)->amount, &lib_money_test(L, b)->amount) == 0;
    return lib_decimal_read(L, a, &left) && lib_decimal_read(L, b, &right) &&
           decimal_compare(&left, &right) == 0;
}

static int base_equal(lua_State *L)
{
    lua_settop(L, 2);
    lua_pushboolean(L, equal_values(L, 1, 2, 0));
    return 1;
}

/* Integer or float against decimal: one that is no decimal is none that is equal to it. */
static bool same_number(lua_State *L, int number, int other)
{
    const struct decimal *decimal = lib_decimal_test(L, other);
    struct decimal value;
    struct err e;

    if (decimal == NULL || lua_type(L, number) != LUA_TNUMBER)
        return false;
    if (lua_isinteger(L, number))
        decimal_from_int(&value, lua_tointeger(L, number));
    else if (decimal_from_double(&value, lua_tonumber(L, number), &e) != ERR_OK)
        return false;
    return decimal_compare(&value, decimal) == 0;
}

/* What == is in a rule (rule_same.c): Lua's, but all kinds of numbers compare by magnitude. */
static bool base_is_same(lua_State *L)
{
    lua_settop(L, 2);
    if (lua_type(L, 1) == lua_type(L, 2))
        return lua_compare(L, 1, 2, LUA_OPEQ);
    return same_number(L, 1, 2) || same_number(L, 2, 1);
}

static int base_same(lua_State *L)
{
    lua_pushboolean(L, base_is_same(L));
    return 1;
}

static int base_differ(lua_State *L)
{
    lua_pushboolean(L, !base_is_same(L));
    return 1;
}

static int base_now(lua_State *L)
{
    const struct rule_scope *scope = box_of(L)->run.scope;

    lua_pushinteger(L, scope != NULL ? scope->now_ms : 0);
    return 1;
}

static int base_effect_at(lua_State *L)
{
    const struct rule_scope *scope = box_of(L)->run.scope;
    size_t size;
    const char *id = lib_text(L, 1, "effect_at", &size);
    const json_t *moment = scope != NULL ? json_object_getn(scope->moments, id, size) : NULL;

    if (moment == NULL)
        lua_pushnil(L);
    else
        lua_pushinteger(L, json_integer_value(moment));
    return 1;
}

static void log_line(struct lua_box *box, const char *text)
{
    char name[LIMIT_NAME];
    const char *raw = box->run.source != NULL ? box->run.source->name : "";

    if (box->log == NULL)
        return;
    rule_text_tidy(name, sizeof(name), raw, strlen(raw));
    if (box->run.quick) /* it may begin anew elsewhere, and say it there */
        buf_addf(&box->said, "rule %s: %s\n", name, text);
    else
        log_info(box->log, "rule %s: %s", name, text);
}

/* print() and log(): the arguments as texts, separated by a blank, on one line. */
static int base_log(lua_State *L)
{
    struct lua_box *box = box_of(L);
    char line[LIMIT_RULE_TEXT];
    char raw[LIMIT_RULE_TEXT];
    size_t length = 0;
    int count = lua_gettop(L);

    box_charge(L, 100);
    if (box->run.log_lines > LOG_LINES || box->run.log_bytes > LOG_BYTES)
        return 0;
    for (int i = 1; i <= count && length < sizeof(raw) - 1; i++) {
        size_t size;
        const char *text = lib_push_text(L, i, &size);

        if (i > 1)
            raw[length++] = ' ';
        length += rule_text_tidy(raw + length, sizeof(raw) - length, text, size); /* then cut */
        lua_pop(L, 1);
    }
    length = rule_text_tidy(line, sizeof(line), raw, length);
    box->run.log_lines++;
    box->run.log_bytes += (unsigned)length;
    if (box->run.log_lines > LOG_LINES || box->run.log_bytes > LOG_BYTES)
        log_line(box, "(it says more; not shown)");
    else
        log_line(box, line);
    return 0;
}

void lib_base_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "type", base_type },
        { "tostring", base_tostring },
        { "tonumber", base_tonumber },
        { "isnull", base_isnull },
        { "coalesce", base_coalesce },
        { "equal", base_equal },
        { "now", base_now },
        { "log", base_log },
        { "print", base_log },
        { SAME_CALL, base_same },
        { DIFFER_CALL, base_differ },
        { "effect_at", base_effect_at },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
    lib_push_null(L);
    lua_setfield(L, -2, "null");
}
