/* lib_decimal.c - exact decimal numbers as values of Lua.
 *
 * A decimal is a userdata that holds struct decimal; it never changes. With an integer or float on
 * the other side of an operator the result is a decimal; a float counts by its shortest text, so
 * 0.1 is 0.1. */
#include "rules/lib_priv.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_text_priv.h"

#define DECIMAL_POWER 1000 /* the greatest exponent */

void lib_decimal_push(lua_State *L, const struct decimal *value)
{
    struct decimal *made = lua_newuserdatauv(L, sizeof(*made), 0);

    *made = *value;
    kind_set(L, KIND_DECIMAL);
}

const struct decimal *lib_decimal_test(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA || kind_of(L, index) != KIND_DECIMAL)
        return NULL;
    return lua_touserdata(L, index);
}

bool lib_decimal_read(lua_State *L, int index, struct decimal *value)
{
    const struct decimal *decimal;
    struct err e;

    if (lua_type(L, index) == LUA_TNUMBER) {
        if (lua_isinteger(L, index)) {
            decimal_from_int(value, lua_tointeger(L, index));
            return true;
        }
        if (decimal_from_double(value, lua_tonumber(L, index), &e) != ERR_OK)
            lib_fail(L, "%s", e.text);
        return true;
    }
    decimal = lib_decimal_test(L, index);
    if (decimal != NULL)
        *value = *decimal;
    return decimal != NULL;
}

/* A text with blanks around it is read too: fields of fixed width have them. */
static void decimal_read_text(lua_State *L, int arg, const char *who, struct decimal *value)
{
    char shown[48];
    size_t size;
    const char *text = lua_tolstring(L, arg, &size);
    const char *end = text + size;
    struct err e;

    while (text < end && isspace((unsigned char)*text))
        text++;
    while (text < end && isspace((unsigned char)end[-1]))
        end--;
    if (decimal_parse(value, text, (size_t)(end - text), &e) == ERR_OK)
        return;
    rule_text_tidy(shown, sizeof(shown), text, (size_t)(end - text));
    lib_fail(L, "%s: '%s' is not a number: %s", who, shown, e.text);
}

void lib_decimal_arg(lua_State *L, int arg, const char *who, struct decimal *value)
{
    if (lua_type(L, arg) == LUA_TSTRING)
        decimal_read_text(L, arg, who, value);
    else if (lib_decimal_read(L, arg, value))
        return;
    else if (lib_wide_test(L, arg) != NULL)
        lib_fail(L, "%s: %.40s... has too many digits to calculate with", who,
                 lib_wide_test(L, arg));
    else if (lib_money_test(L, arg) != NULL)
        lib_fail(L, "%s: argument %d is money, not a number; its number is x.amount", who, arg);
    else
        lib_bad(L, arg, who, "a number or a text that is one");
}

/* A number of any kind, no text. */
static void decimal_self(lua_State *L, const char *who, struct decimal *value)
{
    if (lib_decimal_read(L, 1, value))
        return;
    if (lib_wide_test(L, 1) != NULL)
        lib_fail(L, "%s: %.40s... has too many digits to calculate with", who, lib_wide_test(L, 1));
    lib_bad(L, 1, who, "a number");
}

static int decimal_result(lua_State *L, enum err_code rc, const struct decimal *value,
                          const struct err *e)
{
    if (rc != ERR_OK)
        lib_fail(L, "%s", e->text);
    lib_decimal_push(L, value);
    return 1;
}

/* decimal(x); the library itself is the first argument. */
static int decimal_make(lua_State *L)
{
    struct decimal value;

    lua_remove(L, 1);
    if (lib_decimal_test(L, 1) != NULL) {
        lua_settop(L, 1);
        return 1;
    }
    lib_decimal_arg(L, 1, "decimal", &value);
    lib_decimal_push(L, &value);
    return 1;
}

enum decimal_rounding lib_rounding_arg(lua_State *L, int arg, const char *who)
{
    const char *name = lib_text_or(L, arg, who, "half_up", NULL);
    enum decimal_rounding rounding;

    if (!decimal_rounding_find(name, &rounding))
        lib_fail(L,
                 "%s: '%.20s' is no rounding; there are half_up, half_even, half_down, up, down, "
                 "ceiling, floor",
                 who, lib_show(L, name, 20));
    return rounding;
}

static int scale_arg(lua_State *L, int arg, const char *who)
{
    lua_Integer scale = lib_integer_or(L, arg, who, 0);

    if (scale < 0 || scale > DECIMAL_SCALE)
        lib_fail(L, "%s: the scale is 0 to %d digits after the point", who, DECIMAL_SCALE);
    return (int)scale;
}

static int decimal_round_method(lua_State *L)
{
    static const char who[] = "decimal.round";
    struct decimal value, rounded;
    struct err e;

    decimal_self(L, who, &value);
    return decimal_result(
        L, decimal_round(&rounded, &value, scale_arg(L, 2, who), lib_rounding_arg(L, 3, who), &e),
        &rounded, &e);
}

static int decimal_whole(lua_State *L, const char *who, enum decimal_rounding rounding)
{
    struct decimal value, rounded;
    struct err e;

    decimal_self(L, who, &value);
    return decimal_result(L, decimal_round(&rounded, &value, 0, rounding, &e), &rounded, &e);
}

static int decimal_floor(lua_State *L)
{
    return decimal_whole(L, "decimal.floor", DECIMAL_FLOOR);
}

static int decimal_ceil(lua_State *L)
{
    return decimal_whole(L, "decimal.ceil", DECIMAL_CEILING);
}

static int decimal_div_method(lua_State *L)
{
    static const char who[] = "decimal.div";
    struct decimal a, b, quotient;
    struct err e;

    decimal_self(L, who, &a);
    lib_decimal_arg(L, 2, who, &b);
    return decimal_result(
        L, decimal_div(&quotient, &a, &b, scale_arg(L, 3, who), lib_rounding_arg(L, 4, who), &e),
        &quotient, &e);
}

static int decimal_scale(lua_State *L)
{
    struct decimal value;

    decimal_self(L, "decimal.scale", &value);
    lua_pushinteger(L, value.scale);
    return 1;
}

static int decimal_abs(lua_State *L)
{
    struct decimal value;

    decimal_self(L, "decimal.abs", &value);
    value.negative = false;
    lib_decimal_push(L, &value);
    return 1;
}

static int decimal_sign(lua_State *L)
{
    struct decimal value;

    decimal_self(L, "decimal.sign", &value);
    lua_pushinteger(L, decimal_is_zero(&value) ? 0 : value.negative ? -1 : 1);
    return 1;
}

static int decimal_text_method(lua_State *L)
{
    char text[DECIMAL_TEXT];
    struct decimal value;

    if (lib_wide_test(L, 1) != NULL) {
        lua_pushstring(L, lib_wide_test(L, 1));
        return 1;
    }
    decimal_self(L, "decimal.text", &value);
    lua_pushlstring(L, text, decimal_text(&value, text));
    return 1;
}

static int decimal_int(lua_State *L)
{
    struct decimal value;
    int64_t whole;

    decimal_self(L, "decimal.int", &value);
    if (!decimal_to_int(&value, &whole))
        lib_fail(L, "decimal.int: the number has a fraction or too many digits; round it first");
    lua_pushinteger(L, whole);
    return 1;
}

static int decimal_float(lua_State *L)
{
    struct decimal value;

    decimal_self(L, "decimal.float", &value);
    lua_pushnumber(L, decimal_to_double(&value));
    return 1;
}

/* decimal.min(a, b, ...), decimal.max(a, b, ...) */
static int decimal_best(lua_State *L, const char *who, int sign)
{
    struct decimal best, value;
    int count = lua_gettop(L);

    lib_decimal_arg(L, 1, who, &best);
    for (int i = 2; i <= count; i++) {
        lib_decimal_arg(L, i, who, &value);
        if (decimal_compare(&value, &best) * sign > 0)
            best = value;
    }
    lib_decimal_push(L, &best);
    return 1;
}

static int decimal_min(lua_State *L)
{
    return decimal_best(L, "decimal.min", -1);
}

static int decimal_max(lua_State *L)
{
    return decimal_best(L, "decimal.max", 1);
}

/* decimal.sum(list) or decimal.sum(list, 'amount'): of the items, or of that member of each. */
static int decimal_sum(lua_State *L)
{
    static const char who[] = "decimal.sum";
    struct decimal sum, value;
    bool member = !lua_isnoneornil(L, 2);
    lua_Integer count;
    struct err e;

    lib_table(L, 1, who);
    if (member)
        lib_text(L, 2, who, NULL);
    lua_settop(L, 2);
    count = (lua_Integer)lua_rawlen(L, 1);
    box_charge(L, (uint64_t)count * 4);
    decimal_from_int(&sum, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, i);
        if (member) {
            if (lua_type(L, 3) != LUA_TTABLE)
                lib_fail(L, "%s: item %lld is %s, not an object", who, i, lib_type_name(L, 3));
            lua_json_touch(L, 3);
            lua_pushvalue(L, 2);
            lua_rawget(L, 3);
            lua_replace(L, 3);
        }
        if (lua_type(L, 3) != LUA_TSTRING && !lib_decimal_read(L, 3, &value))
            lib_fail(L, "%s: item %lld is %s, not a number", who, i, lib_type_name(L, 3));
        lib_decimal_arg(L, 3, who, &value);
        if (decimal_add(&sum, &sum, &value, &e) != ERR_OK)
            lib_fail(L, "%s: %s", who, e.text);
        lua_settop(L, 2);
    }
    lib_decimal_push(L, &sum);
    return 1;
}

static void operands(lua_State *L, const char *what, struct decimal *a, struct decimal *b)
{
    int odd = lib_decimal_read(L, 1, a) ? 2 : 1;

    if (odd == 2 && lib_decimal_read(L, 2, b))
        return;
    if (lua_type(L, odd) == LUA_TSTRING)
        lib_fail(L, "a decimal cannot be %s a text; decimal(...) makes the text a number", what);
    if (lib_wide_test(L, odd) != NULL)
        lib_fail(L, "a number with so many digits (%.20s...) cannot be calculated with",
                 lib_wide_test(L, odd));
    lib_fail(L, "a decimal cannot be %s %s", what, lib_type_name(L, odd));
}

/* The operators differ in their name and in one call. */
#define DECIMAL_OPERATOR(op, what, call)        \
    static int decimal_op_##op(lua_State *L)    \
    {                                           \
        struct decimal a, b, c;                 \
        struct err e;                           \
                                                \
        operands(L, what, &a, &b);              \
        return decimal_result(L, call, &c, &e); \
    }
DECIMAL_OPERATOR(add, "added to", decimal_add(&c, &a, &b, &e))
DECIMAL_OPERATOR(sub, "subtracted with", decimal_sub(&c, &a, &b, &e))
DECIMAL_OPERATOR(div, "divided with", decimal_div(&c, &a, &b, -1, DECIMAL_HALF_EVEN, &e))
DECIMAL_OPERATOR(mod, "divided with", decimal_mod(&c, &a, &b, &e))
DECIMAL_OPERATOR(idiv, "divided with", decimal_div(&c, &a, &b, 0, DECIMAL_FLOOR, &e))

static int decimal_op_mul(lua_State *L)
{
    struct decimal a, b, c;
    struct err e;

    if (lib_money_test(L, 2) != NULL)
        return lib_money_mul(L);
    operands(L, "multiplied by", &a, &b);
    return decimal_result(L, decimal_mul(&c, &a, &b, &e), &c, &e);
}

/* Powers by whole exponents are exact; a root has no end, and is a float as Lua's. */
static int decimal_op_pow(lua_State *L)
{
    struct decimal a, b, result;
    int64_t exponent;
    struct err e;

    operands(L, "raised by", &a, &b);
    if (!decimal_to_int(&b, &exponent) || exponent < 0) {
        lua_pushnumber(L, pow(decimal_to_double(&a), decimal_to_double(&b)));
        return 1;
    }
    if (exponent > DECIMAL_POWER)
        lib_fail(L, "the exponent of a decimal is at most %d", DECIMAL_POWER);
    box_charge(L, (uint64_t)exponent);
    decimal_from_int(&result, 1);
    for (int64_t i = 0; i < exponent; i++)
        if (decimal_mul(&result, &result, &a, &e) != ERR_OK)
            lib_fail(L, "%s", e.text);
    lib_decimal_push(L, &result);
    return 1;
}

static int decimal_op_unm(lua_State *L)
{
    struct decimal value;

    decimal_self(L, "-", &value);
    value.negative = !value.negative && !decimal_is_zero(&value);
    lib_decimal_push(L, &value);
    return 1;
}

static int decimal_order(lua_State *L)
{
    struct decimal a, b;

    operands(L, "compared with", &a, &b);
    return decimal_compare(&a, &b);
}

static int decimal_op_lt(lua_State *L)
{
    lua_pushboolean(L, decimal_order(L) < 0);
    return 1;
}

static int decimal_op_le(lua_State *L)
{
    lua_pushboolean(L, decimal_order(L) <= 0);
    return 1;
}

/* Lua asks only for two userdata. */
static int decimal_op_eq(lua_State *L)
{
    struct decimal a, b;

    lua_pushboolean(L, lib_decimal_read(L, 1, &a) && lib_decimal_read(L, 2, &b) &&
                           decimal_compare(&a, &b) == 0);
    return 1;
}

void lib_decimal_open(lua_State *L)
{
    static const luaL_Reg members[] = {
        { "round", decimal_round_method },
        { "floor", decimal_floor },
        { "ceil", decimal_ceil },
        { "div", decimal_div_method },
        { "scale", decimal_scale },
        { "abs", decimal_abs },
        { "sign", decimal_sign },
        { "text", decimal_text_method },
        { "int", decimal_int },
        { "float", decimal_float },
        { "min", decimal_min },
        { "max", decimal_max },
        { "sum", decimal_sum },
        { NULL, NULL },
    };
    static const luaL_Reg events[] = {
        { "__add", decimal_op_add },
        { "__sub", decimal_op_sub },
        { "__mul", decimal_op_mul },
        { "__div", decimal_op_div },
        { "__mod", decimal_op_mod },
        { "__idiv", decimal_op_idiv },
        { "__pow", decimal_op_pow },
        { "__unm", decimal_op_unm },
        { "__lt", decimal_op_lt },
        { "__le", decimal_op_le },
        { "__eq", decimal_op_eq },
        { "__concat", lib_number_concat },
        { NULL, NULL },
    };

    lib_add(L, "decimal", members, decimal_make);
    kind_push_meta(L, KIND_DECIMAL);
    luaL_setfuncs(L, events, 0);
    lua_getfield(L, -2, "decimal");
    lib_push_members(L, -1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -4, "__index"); /* x:round(2) */
    lib_wide_open(L);
    lua_pop(L, 3);
}
