/* lib_money_spread.c - money over several: sum, allocate, and conversion by dated rates.
 *
 * (1) A rate is the price of one unit of `from` in `to`. Of a list the newest counts whose date is
 * not after the wanted day; the opposite direction is not derived. A missing rate is an error, and
 * so are two of one day. [rate_look] */
#include "rules/lib_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "rules/date_priv.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_lookup_priv.h"
#include "rules/rule_priv.h"

#define MS_DAY     86400000
#define RATE_TICKS 8 /* of one row */

/* money.sum(list[, currency]): of none it is 0 of that currency. */
static int money_sum(lua_State *L)
{
    static const char who[] = "money.sum";
    struct money sum, item;
    struct decimal zero;
    lua_Integer count;
    size_t size;
    const char *code = lib_text_or(L, 2, who, NULL, &size);
    struct err e;

    lib_table(L, 1, who);
    count = (lua_Integer)lua_rawlen(L, 1);
    box_charge(L, (uint64_t)count * 4);
    decimal_from_int(&zero, 0);
    if (code != NULL && money_make(&sum, &zero, code, size, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    if (code == NULL && count == 0)
        lib_fail(L, "%s: there are no items, and no currency was given", who);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, i);
        if (lua_type(L, -1) != LUA_TTABLE && lib_money_test(L, -1) == NULL)
            lib_fail(L, "%s: item %lld is %s, not money", who, i, lib_type_name(L, -1));
        lib_money_read(L, -1, who, &item);
        lua_pop(L, 1);
        if (i == 1 && code == NULL) {
            sum = item;
            continue;
        }
        if (strcmp(item.currency, sum.currency) != 0)
            lib_fail(L, "%s: item %lld is %s, the sum is %s; convert it first", who, i,
                     item.currency, sum.currency);
        if (decimal_add(&sum.amount, &sum.amount, &item.amount, &e) != ERR_OK)
            lib_fail(L, "%s: %s", who, e.text);
    }
    lib_money_push(L, &sum);
    return 1;
}

/* The weights of argument 2 into memory of the state: a list of numbers, or a number of parts. */
static struct decimal *weights_arg(lua_State *L, const char *who, size_t *count)
{
    bool list = lua_type(L, 2) == LUA_TTABLE;
    struct decimal *weights;
    lua_Integer parts;

    if (list)
        lib_table(L, 2, who);
    parts = list ? (lua_Integer)lua_rawlen(L, 2) : lib_integer(L, 2, who);
    if (parts < 1 || parts > (lua_Integer)MONEY_PARTS)
        lib_fail(L, "%s: there are 1 to %u parts, not %lld", who, MONEY_PARTS, parts);
    box_charge(L, (uint64_t)parts * 60);
    weights = lua_newuserdatauv(L, (size_t)parts * sizeof(*weights), 0);
    for (lua_Integer i = 1; i <= parts; i++) {
        if (!list) {
            decimal_from_int(&weights[i - 1], 1);
            continue;
        }
        lua_rawgeti(L, 2, i);
        if (lua_type(L, -1) != LUA_TSTRING && !lib_decimal_read(L, -1, &weights[i - 1]))
            lib_fail(L, "%s: weight %lld is %s, not a number", who, i, lib_type_name(L, -1));
        lib_decimal_arg(L, lua_gettop(L), who, &weights[i - 1]);
        lua_pop(L, 1);
    }
    *count = (size_t)parts;
    return weights;
}

/* money.allocate(m, parts) or money.allocate(m, weights) */
static int money_allocate_call(lua_State *L)
{
    static const char who[] = "money.allocate";
    struct decimal *weights;
    struct money whole;
    struct money *parts;
    size_t count;
    struct err e;

    lua_settop(L, 2);
    lib_money_read(L, 1, who, &whole);
    weights = weights_arg(L, who, &count);
    parts = lua_newuserdatauv(L, count * sizeof(*parts), 0);
    if (money_allocate(&whole, weights, count, parts, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lib_money_push(L, &parts[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    kind_set(L, KIND_ARRAY);
    return 1;
}

/* ---- rates ----------------------------------------------------------------------------------- */

struct rate_search {
    const char *from, *to;
    int64_t day; /* since 1970 */
    bool found;
    int64_t best; /* its day */
    struct decimal rate;
    bool twice;
};

static int rate_fail(lua_State *L, size_t row, const char *what) __attribute__((noreturn));
static int rate_fail(lua_State *L, size_t row, const char *what)
{
    lib_fail(L, "money.convert: row %zu of the rates has no '%s'; a row is from, to, date, rate",
             row, what);
}

/* One row, whose from, to, date, rate are the four values at the top. */
static void rate_look(lua_State *L, struct rate_search *search, size_t row)
{
    static const char *const names[] = { "from", "to", "date", "rate" };
    int top = lua_gettop(L);
    struct decimal rate;
    int64_t day;

    box_charge(L, RATE_TICKS);
    for (int i = 0; i < 2; i++)
        if (lua_type(L, top - 3 + i) != LUA_TSTRING)
            rate_fail(L, row, names[i]);
    if (strcmp(lua_tostring(L, top - 3), search->from) != 0 ||
        strcmp(lua_tostring(L, top - 2), search->to) != 0)
        return;
    for (int i = 2; i < 4; i++)
        if (lua_isnil(L, top - 3 + i) || lib_is_null(L, top - 3 + i))
            rate_fail(L, row, names[i]);
    day = lib_moment(L, top - 1, "money.convert", NULL);
    day = day / MS_DAY - (day % MS_DAY < 0 ? 1 : 0);
    if (day > search->day || (search->found && day < search->best))
        return;
    lib_decimal_arg(L, top, "money.convert", &rate);
    search->twice = search->found && day == search->best;
    search->found = true;
    search->best = day;
    search->rate = rate;
}

/* A list of objects. */
static void rates_of_list(lua_State *L, int index, struct rate_search *search)
{
    static const char *const names[] = { "from", "to", "date", "rate" };
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    int top = lua_gettop(L);

    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, index, i);
        if (lua_type(L, -1) != LUA_TTABLE || !lua_json_touch(L, lua_gettop(L)))
            lib_fail(L, "money.convert: row %lld of the rates is %s, not an object", i,
                     lib_type_name(L, -1));
        for (int field = 0; field < 4; field++) {
            lua_pushstring(L, names[field]);
            lua_rawget(L, top + 1);
        }
        rate_look(L, search, (size_t)i);
        lua_settop(L, top);
    }
}

/* A lookup table of the flow with these columns. */
static void rates_of_lookup(lua_State *L, const char *name, struct rate_search *search)
{
    static const char *const names[] = { "from", "to", "date", "rate" };
    const struct lookup *lookup = lookups_find(box_of(L)->run.unit->lookups, name);
    size_t columns[4];
    int top = lua_gettop(L);

    if (lookup == NULL)
        lib_fail(L, "money.convert: there is no lookup table '%.64s'", name);
    for (int field = 0; field < 4; field++)
        if (!lookup_column(lookup, names[field], &columns[field]))
            lib_fail(L, "money.convert: lookup table '%.64s' has no column '%s'", name,
                     names[field]);
    for (size_t row = 0; row < lookup_count(lookup); row++) {
        for (int field = 0; field < 4; field++)
            lua_json_push(L,
                          json_array_get(json_array_get(lookup_rows(lookup), row), columns[field]));
        rate_look(L, search, row + 1);
        lua_settop(L, top);
    }
}

/* The day of argument 4. */
static int64_t rate_day(lua_State *L)
{
    int64_t moment;

    if (lua_isnoneornil(L, 4))
        lib_fail(L, "money.convert: argument 4 is nil, not the day whose rate counts");
    moment = lib_moment(L, 4, "money.convert", NULL);
    return moment / MS_DAY - (moment % MS_DAY < 0 ? 1 : 0);
}

static void rate_find(lua_State *L, const struct money *money, const char *to, struct decimal *rate)
{
    struct rate_search search = { .from = money->currency, .to = to };
    bool by_name = lua_type(L, 3) == LUA_TSTRING && lua_tostring(L, 3)[0] > '9';
    struct date_parts parts;

    if (lua_type(L, 3) != LUA_TTABLE && !by_name) {
        lib_decimal_arg(L, 3, "money.convert", rate);
        return;
    }
    search.day = rate_day(L);
    if (by_name) {
        rates_of_lookup(L, lua_tostring(L, 3), &search);
    } else {
        lib_table(L, 3, "money.convert");
        rates_of_list(L, 3, &search);
    }
    date__civil((search.found ? search.best : search.day) * MS_DAY, &parts);
    if (!search.found)
        lib_fail(L, "money.convert: there is no rate from %s to %s of %04d-%02d-%02d or before",
                 money->currency, to, parts.year, parts.month, parts.day);
    if (search.twice)
        lib_fail(L, "money.convert: there are two rates from %s to %s of %04d-%02d-%02d",
                 money->currency, to, parts.year, parts.month, parts.day);
    *rate = search.rate;
}

/* money.convert(m, to, rate or rates, day, mode): rounded to the minor unit of `to`. */
static int money_convert(lua_State *L)
{
    static const char who[] = "money.convert";
    struct money money, made;
    struct decimal rate;
    const char *to;
    size_t size;
    struct err e;

    lua_settop(L, 5);
    lib_money_read(L, 1, who, &money);
    to = lib_text(L, 2, who, &size);
    if (money_make(&made, &money.amount, to, size, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    if (strcmp(money.currency, made.currency) == 0) {
        lib_money_push(L, &money);
        return 1;
    }
    rate_find(L, &money, made.currency, &rate);
    if (rate.negative || decimal_is_zero(&rate))
        lib_fail(L, "%s: a rate is above zero", who);
    if (decimal_mul(&made.amount, &money.amount, &rate, &e) != ERR_OK ||
        money_round(&made, &made, lib_rounding_arg(L, 5, who), &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    lib_money_push(L, &made);
    return 1;
}

void lib_money_spread_add(lua_State *L)
{
    static const luaL_Reg members[] = {
        { "sum", money_sum },
        { "allocate", money_allocate_call },
        { "convert", money_convert },
        { NULL, NULL },
    };

    luaL_setfuncs(L, members, 0);
}
