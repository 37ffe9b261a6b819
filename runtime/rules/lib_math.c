/* lib_math.c - Lua's math.*, with decimals where the result can be exact. */
#include "rules/lib_priv.h"

#include <math.h>
#include <string.h>

#include "base/check.h"

/* Pushes the double as an integer if it is one that fits. */
static void push_whole(lua_State *L, lua_Number value)
{
    lua_Integer whole;

    if (lua_numbertointeger(value, &whole))
        lua_pushinteger(L, whole);
    else
        lua_pushnumber(L, value);
}

static int math_round_to(lua_State *L, const char *who, enum decimal_rounding rounding)
{
    const struct decimal *decimal = lib_decimal_test(L, 1);
    struct decimal rounded;
    int64_t whole;
    struct err e;

    if (decimal != NULL) {
        if (decimal_round(&rounded, decimal, 0, rounding, &e) != ERR_OK)
            lib_fail(L, "%s: %s", who, e.text);
        if (decimal_to_int(&rounded, &whole))
            lua_pushinteger(L, whole);
        else
            lib_decimal_push(L, &rounded);
    } else if (lua_isinteger(L, 1)) {
        lua_settop(L, 1);
    } else {
        lua_Number value = lib_float(L, 1, who);

        push_whole(L, rounding == DECIMAL_FLOOR ? floor(value) : ceil(value));
    }
    return 1;
}

static int math_floor(lua_State *L)
{
    return math_round_to(L, "math.floor", DECIMAL_FLOOR);
}

static int math_ceil(lua_State *L)
{
    return math_round_to(L, "math.ceil", DECIMAL_CEILING);
}

static int math_abs(lua_State *L)
{
    const struct decimal *decimal = lib_decimal_test(L, 1);
    struct decimal value;

    if (decimal != NULL) {
        value = *decimal;
        value.negative = false;
        lib_decimal_push(L, &value);
    } else if (lua_isinteger(L, 1)) {
        lua_Integer whole = lua_tointeger(L, 1);

        lua_pushinteger(L, whole < 0 ? (lua_Integer)(0 - (lua_Unsigned)whole) : whole);
    } else {
        lua_pushnumber(L, fabs(lib_float(L, 1, "math.abs")));
    }
    return 1;
}

static bool is_number(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TNUMBER || lib_decimal_test(L, index) != NULL;
}

static int math_best(lua_State *L, const char *who, bool greatest)
{
    int count = lua_gettop(L);
    int best = 1;

    for (int i = 1; i <= (count > 0 ? count : 1); i++) {
        if (!is_number(L, i))
            lib_bad(L, i, who, "a number");
        if (greatest ? lua_compare(L, best, i, LUA_OPLT) : lua_compare(L, i, best, LUA_OPLT))
            best = i;
    }
    lua_pushvalue(L, best);
    return 1;
}

static int math_max(lua_State *L)
{
    return math_best(L, "math.max", true);
}

static int math_min(lua_State *L)
{
    return math_best(L, "math.min", false);
}

static int math_sqrt(lua_State *L)
{
    lua_pushnumber(L, sqrt(lib_float(L, 1, "math.sqrt")));
    return 1;
}

static int math_exp(lua_State *L)
{
    lua_pushnumber(L, exp(lib_float(L, 1, "math.exp")));
    return 1;
}

static int math_log(lua_State *L)
{
    lua_Number value = lib_float(L, 1, "math.log");

    if (lua_isnoneornil(L, 2)) {
        lua_pushnumber(L, log(value));
    } else {
        lua_Number base = lib_float(L, 2, "math.log");

        lua_pushnumber(L, base == 10.0  ? log10(value)
                          : base == 2.0 ? log2(value)
                                        : log(value) / log(base));
    }
    return 1;
}

/* The rest with the sign of the dividend; % has that of the divisor. */
static void math_fmod_decimal(lua_State *L)
{
    struct decimal a, b, rest;
    struct err e;

    lib_decimal_arg(L, 1, "math.fmod", &a);
    lib_decimal_arg(L, 2, "math.fmod", &b);
    if (decimal_mod(&rest, &a, &b, &e) != ERR_OK ||
        (!decimal_is_zero(&rest) && rest.negative != a.negative &&
         decimal_sub(&rest, &rest, &b, &e) != ERR_OK))
        lib_fail(L, "math.fmod: %s", e.text);
    lib_decimal_push(L, &rest);
}

static int math_fmod(lua_State *L)
{
    if (lua_isinteger(L, 1) && lua_isinteger(L, 2)) {
        lua_Integer divisor = lua_tointeger(L, 2);

        if (divisor == 0)
            lib_fail(L, "math.fmod: division by zero");
        lua_pushinteger(L, divisor == -1 ? 0 : lua_tointeger(L, 1) % divisor);
    } else if (lib_decimal_test(L, 1) != NULL || lib_decimal_test(L, 2) != NULL) {
        math_fmod_decimal(L);
    } else {
        lua_pushnumber(L, fmod(lib_float(L, 1, "math.fmod"), lib_float(L, 2, "math.fmod")));
    }
    return 1;
}

static int math_tointeger(lua_State *L)
{
    const struct decimal *decimal = lib_decimal_test(L, 1);
    lua_Integer whole = 0;
    int64_t exact;
    int is = 0;

    if (decimal != NULL) {
        is = decimal_to_int(decimal, &exact);
        whole = is ? exact : 0;
    } else if (lua_type(L, 1) == LUA_TNUMBER) {
        whole = lua_tointegerx(L, 1, &is);
    }
    if (is)
        lua_pushinteger(L, whole);
    else
        lua_pushnil(L);
    return 1;
}

static int math_type(lua_State *L)
{
    if (lua_isnone(L, 1))
        lib_fail(L, "math.type: an argument is missing");
    if (lib_decimal_test(L, 1) != NULL)
        lua_pushliteral(L, "decimal");
    else if (lua_type(L, 1) != LUA_TNUMBER)
        lua_pushnil(L);
    else
        lua_pushstring(L, lua_isinteger(L, 1) ? "integer" : "float");
    return 1;
}

void lib_math_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "floor", math_floor }, { "ceil", math_ceil },
        { "abs", math_abs },     { "max", math_max },
        { "min", math_min },     { "sqrt", math_sqrt },
        { "exp", math_exp },     { "log", math_log },
        { "fmod", math_fmod },   { "tointeger", math_tointeger },
        { "type", math_type },   { NULL, NULL },
    };

    lib_add(L, "math", functions, NULL);
    lua_getfield(L, -1, "math");
    lib_push_members(L, -1);
    lua_pushnumber(L, 3.141592653589793238462643383279502884);
    lua_setfield(L, -2, "pi");
    lua_pushnumber(L, (lua_Number)HUGE_VAL);
    lua_setfield(L, -2, "huge");
    lua_pushinteger(L, LUA_MAXINTEGER);
    lua_setfield(L, -2, "maxinteger");
    lua_pushinteger(L, LUA_MININTEGER);
    lua_setfield(L, -2, "mininteger");
    lua_pop(L, 2);
}
