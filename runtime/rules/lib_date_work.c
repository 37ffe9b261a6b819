/* lib_date_work.c - date.*: business days by a table of holidays, and fiscal periods. */
#include "rules/lib_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "rules/date_priv.h"
#include "rules/date_work_priv.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_lookup_priv.h"
#include "rules/rule_priv.h"

#define MS_DAY    86400000
#define DAY_TICKS 25 /* of one holiday: read, sorted, passed over */

/* The day of that argument in the zone. */
static int64_t day_arg(lua_State *L, int arg, const char *who, const char *zone)
{
    int64_t moment = lib_moment(L, arg, who, zone);
    struct date_parts parts;
    struct err e;

    if (date_split(box_of(L)->dates, moment, zone, &parts, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    return date__days(parts.year, parts.month, parts.day);
}

/* ---- the calendar ---------------------------------------------------------------------------- */

static int weekday_read(lua_State *L, int index, const char *who)
{
    lua_Integer day = lib_integer(L, index, who);

    if (day < 1 || day > 7)
        lib_fail(L, "%s: a weekday is 1 (Monday) to 7 (Sunday), not %lld", who, day);
    return (int)day;
}

/* {6, 7} at the top. */
static void weekend_read(lua_State *L, const char *who, struct work_calendar *calendar)
{
    int list = lua_gettop(L);
    lua_Integer count;

    lib_table(L, list, who);
    memset(calendar->off, 0, sizeof(calendar->off));
    count = (lua_Integer)lua_rawlen(L, list);
    if (count > 6)
        lib_fail(L, "%s: the weekend has at most 6 days", who);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, list, i);
        calendar->off[weekday_read(L, lua_gettop(L), who)] = true;
        lua_pop(L, 1);
    }
}

static int day_compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* Room for that many days, pushed; it stays while the call lasts. */
static int64_t *days_push(lua_State *L, const char *who, size_t count)
{
    if (count > WORK_HOLIDAYS)
        lib_fail(L, "%s: there are more than %u holidays", who, WORK_HOLIDAYS);
    box_charge(L, count * DAY_TICKS);
    return lua_newuserdatauv(L, (count + 1) * sizeof(int64_t), 0);
}

/* The list at index: dates, or objects with a date. */
static void holidays_of_list(lua_State *L, const char *who, int index,
                             struct work_calendar *calendar)
{
    int64_t *days;

    lib_table(L, index, who);
    calendar->count = lua_rawlen(L, index);
    days = days_push(L, who, calendar->count);
    for (size_t i = 0; i < calendar->count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        if (lua_type(L, -1) == LUA_TTABLE && lua_json_touch(L, lua_gettop(L))) {
            lua_pushliteral(L, "date");
            lua_rawget(L, -2);
            lua_remove(L, -2);
        }
        if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER)
            lib_fail(L, "%s: holiday %zu is %s, not a date", who, i + 1, lib_type_name(L, -1));
        days[i] = day_arg(L, lua_gettop(L), who, NULL);
        lua_pop(L, 1);
    }
    calendar->holidays = days;
}

/* A lookup table of the flow: its key, or its column "date". */
static void holidays_of_lookup(lua_State *L, const char *who, const char *name,
                               struct work_calendar *calendar)
{
    const struct lookup *lookup = lookups_find(box_of(L)->run.unit->lookups, name);
    int64_t *days;
    size_t column = 0, i = 0;
    void *at = NULL;
    json_t *rows;

    if (lookup == NULL)
        lib_fail(L, "%s: there is no lookup table '%.64s'", who, name);
    rows = lookup_rows(lookup);
    if (json_is_object(rows))
        at = json_object_iter(rows);
    else if (!lookup_column(lookup, "date", &column))
        lib_fail(L, "%s: lookup table '%.64s' has no column 'date'", who, name);
    calendar->count = lookup_count(lookup);
    days = days_push(L, who, calendar->count);
    for (; i < calendar->count; i++) {
        if (at != NULL) {
            lua_pushstring(L, json_object_iter_key(at));
            at = json_object_iter_next(rows, at);
        } else {
            lua_json_push(L, json_array_get(json_array_get(rows, i), column));
        }
        days[i] = day_arg(L, lua_gettop(L), who, NULL);
        lua_pop(L, 1);
    }
    calendar->holidays = days;
}

/* {weekend = {6, 7}, holidays = LIST or NAME}; nil: Saturday and Sunday are off. */
static void calendar_arg(lua_State *L, int arg, const char *who, struct work_calendar *calendar)
{
    memset(calendar, 0, sizeof(*calendar));
    calendar->off[6] = calendar->off[7] = true;
    if (lua_isnoneornil(L, arg))
        return;
    lib_table(L, arg, who);
    lua_pushnil(L);
    while (lua_next(L, arg)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";

        if (strcmp(name, "weekend") == 0)
            weekend_read(L, who, calendar);
        else if (strcmp(name, "holidays") != 0 && lua_type(L, -2) != LUA_TLIGHTUSERDATA)
            lib_fail(L, "%s: a calendar has weekend and holidays, no '%.20s'", who, name);
        lua_pop(L, 1);
    }
    lua_pushliteral(L, "holidays");
    lua_rawget(L, arg);
    if (lua_type(L, -1) == LUA_TSTRING)
        holidays_of_lookup(L, who, lua_tostring(L, -1), calendar);
    else if (!lua_isnil(L, -1))
        holidays_of_list(L, who, lua_gettop(L), calendar);
    if (calendar->count > 1)
        qsort((int64_t *)calendar->holidays, calendar->count, sizeof(int64_t), day_compare);
}

/* ---- business days --------------------------------------------------------------------------- */

static int date_is_business(lua_State *L)
{
    static const char who[] = "date.is_business";
    const char *zone = lib_text_or(L, 3, who, NULL, NULL);
    struct work_calendar calendar;
    int64_t day;

    lua_settop(L, 3);
    day = day_arg(L, 1, who, zone);
    calendar_arg(L, 2, who, &calendar);
    lua_pushboolean(L, work_is_business(&calendar, day));
    return 1;
}

/* The moment of argument 1, so many days later at the same time of day. */
static int push_later(lua_State *L, const char *who, int64_t days, const char *zone)
{
    int64_t moment = lib_moment(L, 1, who, zone), result = 0;
    struct err e;

    if (date_add(box_of(L)->dates, moment, days, DATE_DAY, zone, &result, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    lua_pushinteger(L, result);
    return 1;
}

static int date_add_business(lua_State *L)
{
    static const char who[] = "date.add_business";
    const char *zone = lib_text_or(L, 4, who, NULL, NULL);
    lua_Integer count = lib_integer(L, 2, who);
    struct work_calendar calendar;
    int64_t day, result = 0;

    lua_settop(L, 4);
    if (count > WORK_MOST || count < -WORK_MOST)
        lib_fail(L, "%s: at most %d days at once", who, WORK_MOST);
    day = day_arg(L, 1, who, zone);
    calendar_arg(L, 3, who, &calendar);
    box_charge(L, (uint64_t)llabs(count) * 8);
    if (!work_add(&calendar, day, count, &result))
        lib_fail(L, "%s: the moment is outside of the years 1 to 9999", who);
    return push_later(L, who, result - day, zone);
}

static int date_next_business(lua_State *L)
{
    static const char who[] = "date.next_business";
    const char *zone = lib_text_or(L, 3, who, NULL, NULL);
    struct work_calendar calendar;
    int64_t day, result = 0;

    lua_settop(L, 3);
    result = day = day_arg(L, 1, who, zone);
    calendar_arg(L, 2, who, &calendar);
    if (!work_is_business(&calendar, day) && !work_add(&calendar, day, 1, &result))
        lib_fail(L, "%s: the moment is outside of the years 1 to 9999", who);
    return push_later(L, who, result - day, zone);
}

static int date_diff_business(lua_State *L)
{
    static const char who[] = "date.diff_business";
    const char *zone = lib_text_or(L, 4, who, NULL, NULL);
    struct work_calendar calendar;
    int64_t from, to;

    lua_settop(L, 4);
    from = day_arg(L, 1, who, zone);
    to = day_arg(L, 2, who, zone);
    if (llabs(to - from) > 2 * WORK_MOST)
        lib_fail(L, "%s: the days are more than %d apart", who, 2 * WORK_MOST);
    calendar_arg(L, 3, who, &calendar);
    box_charge(L, (uint64_t)llabs(to - from) * 8);
    lua_pushinteger(L, work_diff(&calendar, from, to));
    return 1;
}

/* ---- fiscal periods -------------------------------------------------------------------------- */

static const char fiscal_who[] = "date.fiscal";

static bool word_of(lua_State *L, int index, const char *option, const char *no, const char *yes)
{
    const char *word = lib_text(L, index, fiscal_who, NULL);

    if (strcmp(word, no) != 0 && strcmp(word, yes) != 0)
        lib_fail(L, "%s: %s is '%s' or '%s', not '%.20s'", fiscal_who, option, no, yes,
                 lib_show(L, word, 20));
    return strcmp(word, yes) == 0;
}

static void fiscal_weeks(lua_State *L, int index, struct fiscal *fiscal)
{
    static const char *const patterns[] = { "4-4-5", "4-5-4", "5-4-4" };
    const char *pattern = lib_text(L, index, fiscal_who, NULL);
    bool known = false;

    for (size_t i = 0; i < 3; i++)
        known = known || strcmp(pattern, patterns[i]) == 0;
    if (!known)
        lib_fail(L, "%s: weeks is '4-4-5', '4-5-4' or '5-4-4', not '%.20s'", fiscal_who,
                 lib_show(L, pattern, 20));
    for (int i = 0; i < 3; i++)
        fiscal->weeks[i] = pattern[2 * i] - '0';
}

/* One option, whose value is at the top. */
static void fiscal_option(lua_State *L, const char *name, struct fiscal *fiscal)
{
    int value = lua_gettop(L);
    lua_Integer month;

    if (strcmp(name, "start") == 0) {
        month = lib_integer(L, value, fiscal_who);
        if (month < 1 || month > 12)
            lib_fail(L, "%s: start is a month from 1 to 12, not %lld", fiscal_who, month);
        fiscal->start = (int)month;
    } else if (strcmp(name, "year") == 0) {
        fiscal->by_begin = word_of(L, value, "year", "end", "begin");
    } else if (strcmp(name, "weeks") == 0) {
        fiscal_weeks(L, value, fiscal);
    } else if (strcmp(name, "weekday") == 0) {
        fiscal->weekday = weekday_read(L, value, fiscal_who);
    } else if (strcmp(name, "begins") == 0) {
        fiscal->last = word_of(L, value, "begins", "nearest", "last");
    } else {
        lib_fail(L, "%s: there is no option '%.20s'; there are start, year, weeks, weekday, begins",
                 fiscal_who, name);
    }
}

static void set_day(lua_State *L, const char *name, int64_t day)
{
    struct date_parts parts;

    date__civil(day * MS_DAY, &parts);
    lua_pushfstring(L, "%d%d%d%d-%d%d-%d%d", parts.year / 1000, parts.year / 100 % 10,
                    parts.year / 10 % 10, parts.year % 10, parts.month / 10, parts.month % 10,
                    parts.day / 10, parts.day % 10);
    lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, int value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static int date_fiscal(lua_State *L)
{
    struct fiscal fiscal = { .start = 1, .weekday = 7 };
    const char *zone = lib_text_or(L, 3, fiscal_who, NULL, NULL);
    struct fiscal_place place;
    int64_t day;

    lua_settop(L, 3);
    day = day_arg(L, 1, fiscal_who, zone);
    if (!lua_isnil(L, 2)) {
        lib_table(L, 2, fiscal_who);
        lua_pushnil(L);
        while (lua_next(L, 2)) {
            if (lua_type(L, -2) == LUA_TSTRING)
                fiscal_option(L, lua_tostring(L, -2), &fiscal);
            lua_pop(L, 1);
        }
    }
    if (!fiscal_find(&fiscal, day, &place))
        lib_fail(L, "%s: the moment is outside of the years 2 to 9997", fiscal_who);
    lua_createtable(L, 0, 6);
    set_number(L, "year", place.year);
    set_number(L, "quarter", place.quarter);
    set_number(L, "period", place.period);
    if (place.week > 0)
        set_number(L, "week", place.week);
    set_day(L, "first", place.first);
    set_day(L, "last", place.end - 1);
    return 1;
}

void lib_date_work_add(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "is_business", date_is_business },
        { "next_business", date_next_business },
        { "add_business", date_add_business },
        { "diff_business", date_diff_business },
        { "fiscal", date_fiscal },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
}
