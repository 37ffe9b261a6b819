/* lib_money.c - money: an exact amount of one currency as a value of Lua.
 *
 * A money is a userdata that holds struct money; it never changes. Two of them are added,
 * subtracted and compared only within one currency; a number multiplies or divides one. Nothing
 * rounds but round(), convert() and what they say. */
#include "rules/lib_priv.h"

#include <string.h>

#include "base/check.h"
#include "rules/lua_json_priv.h"

void lib_money_push(lua_State *L, const struct money *money)
{
    struct money *made = lua_newuserdatauv(L, sizeof(*made), 0);

    *made = *money;
    kind_set(L, KIND_MONEY);
}

const struct money *lib_money_test(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA || kind_of(L, index) != KIND_MONEY)
        return NULL;
    return lua_touserdata(L, index);
}

/* The amount and the code of the currency at those places. */
static void money_make_args(lua_State *L, int amount, int currency, const char *who,
                            struct money *money)
{
    struct decimal value;
    size_t size;
    const char *code;
    struct err e;

    lib_decimal_arg(L, amount, who, &value);
    code = lib_text(L, currency, who, &size);
    if (money_make(money, &value, code, size, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
}

void lib_money_read(lua_State *L, int index, const char *who, struct money *money)
{
    const struct money *given = lib_money_test(L, index);
    int top = lua_gettop(L);
    bool whole = true;

    index = lua_absindex(L, index);
    if (given != NULL) {
        *money = *given;
        return;
    }
    if (lua_type(L, index) != LUA_TTABLE || !lua_json_touch(L, index))
        lib_fail(L, "%s: argument %d is %s, not money", who, index, lib_type_name(L, index));
    lua_pushliteral(L, "amount");
    whole = lua_rawget(L, index) != LUA_TNIL;
    lua_pushliteral(L, "currency");
    whole = lua_rawget(L, index) == LUA_TSTRING && whole;
    if (!whole || (lua_type(L, top + 1) != LUA_TSTRING && lua_type(L, top + 1) != LUA_TNUMBER &&
                   lua_type(L, top + 1) != LUA_TUSERDATA))
        lib_fail(L, "%s: argument %d has no 'amount' and 'currency' as money has", who, index);
    money_make_args(L, top + 1, top + 2, who, money);
    lua_settop(L, top);
}

/* money(amount, currency) or money{amount, currency}; the library itself is the first argument. */
static int money_call(lua_State *L)
{
    struct money money;

    lua_remove(L, 1);
    if (lua_type(L, 1) == LUA_TTABLE || lib_money_test(L, 1) != NULL) {
        if (!lua_isnoneornil(L, 2))
            lib_fail(L, "money: argument 1 has a currency already; convert() changes it");
        lib_money_read(L, 1, "money", &money);
    } else {
        money_make_args(L, 1, 2, "money", &money);
    }
    lib_money_push(L, &money);
    return 1;
}

static int money_result(lua_State *L, const char *who, enum err_code rc, const struct money *money,
                        const struct err *e)
{
    if (rc != ERR_OK)
        lib_fail(L, "%s: %s", who, e->text);
    lib_money_push(L, money);
    return 1;
}

static int money_round_call(lua_State *L)
{
    static const char who[] = "money.round";
    struct money money;
    struct err e;

    lib_money_read(L, 1, who, &money);
    return money_result(L, who, money_round(&money, &money, lib_rounding_arg(L, 2, who), &e),
                        &money, &e);
}

/* An integer, or a decimal when it has more than 64 bits. */
static int money_minor_call(lua_State *L)
{
    static const char who[] = "money.minor";
    struct money money;
    struct decimal units;
    int64_t whole;
    struct err e;

    lib_money_read(L, 1, who, &money);
    if (money_minor(&units, &money, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    if (decimal_to_int(&units, &whole))
        lua_pushinteger(L, whole);
    else
        lib_decimal_push(L, &units);
    return 1;
}

static int money_from_minor_call(lua_State *L)
{
    static const char who[] = "money.from_minor";
    struct decimal units;
    struct money money;
    size_t size;
    const char *code;
    struct err e;

    lib_decimal_arg(L, 1, who, &units);
    code = lib_text(L, 2, who, &size);
    return money_result(L, who, money_from_minor(&money, &units, code, size, &e), &money, &e);
}

static int money_digits_call(lua_State *L)
{
    size_t size;
    const char *code = lib_text(L, 1, "money.digits", &size);
    int digits = money_digits(code, size);

    if (digits < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, digits);
    return 1;
}

static int money_abs(lua_State *L)
{
    struct money money;

    lib_money_read(L, 1, "money.abs", &money);
    money.amount.negative = false;
    lib_money_push(L, &money);
    return 1;
}

static int money_sign(lua_State *L)
{
    struct money money;

    lib_money_read(L, 1, "money.sign", &money);
    lua_pushinteger(L, decimal_is_zero(&money.amount) ? 0 : money.amount.negative ? -1 : 1);
    return 1;
}

static int money_is(lua_State *L)
{
    lua_pushboolean(L, lib_money_test(L, 1) != NULL);
    return 1;
}

/* money.format(m, point = ".", group = ""): "1,234.50", without the currency. */
static int money_format(lua_State *L)
{
    static const char who[] = "money.format";
    size_t point_size, group_size;
    const char *point = lib_text_or(L, 2, who, ".", &point_size);
    const char *group = lib_text_or(L, 3, who, "", &group_size);
    char digits[DECIMAL_TEXT];
    struct lib_build build;
    struct money money;
    const char *at = digits;
    size_t whole;

    lib_money_read(L, 1, who, &money);
    decimal_text(&money.amount, digits);
    lib_build_begin(L, &build, who);
    if (*at == '-')
        lib_build_add(&build, at++, 1);
    whole = strcspn(at, ".");
    for (; whole > 0; at++, whole--) {
        lib_build_add(&build, at, 1);
        if (whole % 3 == 1 && whole > 1)
            lib_build_add(&build, group, group_size);
    }
    if (*at == '.') {
        lib_build_add(&build, point, point_size);
        lib_build_add(&build, at + 1, strlen(at + 1));
    }
    lib_build_end(&build);
    return 1;
}

/* ---- operators ------------------------------------------------------------------------------- */

/* Both sides are money of one currency; errors name both. */
static void money_pair(lua_State *L, const char *what, const struct money **a,
                       const struct money **b)
{
    *a = lib_money_test(L, 1);
    *b = lib_money_test(L, 2);
    if (*a == NULL || *b == NULL)
        lib_fail(L, "money (%s) cannot be %s %s", (*a != NULL ? *a : *b)->currency, what,
                 lib_type_name(L, *a != NULL ? 2 : 1));
    if (strcmp((*a)->currency, (*b)->currency) != 0)
        lib_fail(L, "%s cannot be %s %s; convert one of them first", (*a)->currency, what,
                 (*b)->currency);
}

static int money_op(lua_State *L, enum err_code rc, struct money *money, const struct err *e)
{
    if (rc != ERR_OK)
        lib_fail(L, "%s", e->text);
    lib_money_push(L, money);
    return 1;
}

static int money_op_add(lua_State *L)
{
    const struct money *a, *b;
    struct money sum;
    struct err e;

    money_pair(L, "added to", &a, &b);
    sum = *a;
    return money_op(L, decimal_add(&sum.amount, &a->amount, &b->amount, &e), &sum, &e);
}

static int money_op_sub(lua_State *L)
{
    const struct money *a, *b;
    struct money rest;
    struct err e;

    money_pair(L, "subtracted with", &a, &b);
    rest = *a;
    return money_op(L, decimal_sub(&rest.amount, &a->amount, &b->amount, &e), &rest, &e);
}

int lib_money_mul(lua_State *L)
{
    const struct money *money = lib_money_test(L, 1);
    int at = money != NULL ? 1 : 2;
    struct money product = money != NULL ? *money : *lib_money_test(L, 2);
    struct decimal factor;
    struct err e;

    if (!lib_decimal_read(L, 3 - at, &factor))
        lib_fail(L, "money (%s) cannot be multiplied by %s, only by a number", product.currency,
                 lib_type_name(L, 3 - at));
    return money_op(L, decimal_mul(&product.amount, &product.amount, &factor, &e), &product, &e);
}

/* By a number: money. By money of the same currency: their ratio. */
static int money_op_div(lua_State *L)
{
    const struct money *a = lib_money_test(L, 1), *b = lib_money_test(L, 2);
    struct money result;
    struct decimal by;
    enum err_code rc;
    struct err e;

    if (a == NULL)
        lib_fail(L, "%s cannot be divided by money (%s)", lib_type_name(L, 1), b->currency);
    result = *a;
    if (b != NULL) {
        money_pair(L, "divided by", &a, &b);
        by = b->amount;
    } else if (!lib_decimal_read(L, 2, &by)) {
        lib_fail(L, "money (%s) cannot be divided by %s", a->currency, lib_type_name(L, 2));
    }
    rc = decimal_div(&result.amount, &a->amount, &by, -1, DECIMAL_HALF_EVEN, &e);
    if (b == NULL || rc != ERR_OK)
        return money_op(L, rc, &result, &e);
    lib_decimal_push(L, &result.amount);
    return 1;
}

static int money_op_unm(lua_State *L)
{
    struct money money = *lib_money_test(L, 1);

    money.amount.negative = !money.amount.negative && !decimal_is_zero(&money.amount);
    lib_money_push(L, &money);
    return 1;
}

static int money_order(lua_State *L)
{
    const struct money *a, *b;

    money_pair(L, "compared with", &a, &b);
    return decimal_compare(&a->amount, &b->amount);
}

static int money_op_lt(lua_State *L)
{
    lua_pushboolean(L, money_order(L) < 0);
    return 1;
}

static int money_op_le(lua_State *L)
{
    lua_pushboolean(L, money_order(L) <= 0);
    return 1;
}

/* Of different currencies: not equal, and no error. */
static int money_op_eq(lua_State *L)
{
    const struct money *a = lib_money_test(L, 1), *b = lib_money_test(L, 2);

    lua_pushboolean(L, a != NULL && b != NULL && strcmp(a->currency, b->currency) == 0 &&
                           decimal_compare(&a->amount, &b->amount) == 0);
    return 1;
}

static int money_op_no(lua_State *L)
{
    (void)L;
    lib_fail(L, "money is divided by / and then rounded, or spread by allocate(); it has no "
                "%%, // and ^");
}

/* m.amount, m.currency, and the methods, which are behind the upvalue. */
static int money_index(lua_State *L)
{
    const struct money *money = lib_money_test(L, 1);
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";

    check(money != NULL);
    if (strcmp(name, "amount") == 0)
        lib_decimal_push(L, &money->amount);
    else if (strcmp(name, "currency") == 0)
        lua_pushstring(L, money->currency);
    else
        lua_gettable(L, lua_upvalueindex(1));
    return 1;
}

void lib_money_open(lua_State *L)
{
    static const luaL_Reg members[] = {
        { "round", money_round_call },
        { "minor", money_minor_call },
        { "from_minor", money_from_minor_call },
        { "digits", money_digits_call },
        { "abs", money_abs },
        { "sign", money_sign },
        { "is", money_is },
        { "format", money_format },
        { NULL, NULL },
    };
    static const luaL_Reg events[] = {
        { "__add", money_op_add },
        { "__sub", money_op_sub },
        { "__mul", lib_money_mul },
        { "__div", money_op_div },
        { "__mod", money_op_no },
        { "__idiv", money_op_no },
        { "__pow", money_op_no },
        { "__unm", money_op_unm },
        { "__lt", money_op_lt },
        { "__le", money_op_le },
        { "__eq", money_op_eq },
        { "__concat", lib_number_concat },
        { NULL, NULL },
    };

    lib_add(L, "money", members, money_call);
    kind_push_meta(L, KIND_MONEY);
    luaL_setfuncs(L, events, 0);
    lua_getfield(L, -2, "money");
    lib_push_members(L, -1);
    lib_money_spread_add(L);
    lua_pushcclosure(L, money_index, 1);
    lua_setfield(L, -3, "__index");
    lua_pop(L, 2);
}
