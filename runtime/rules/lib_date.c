/* lib_date.c - date.*: moments as whole milliseconds since 1970 UTC, or as ISO texts. */
#include "rules/lib_priv.h"

#include <string.h>

#include "base/check.h"
#include "rules/date_priv.h"

#define DATE_TICKS      20 /* of one call; ICU takes more than our own code */
#define DATE_OPEN_TICKS 5000

/* Charges this call, and what ICU opened for the last one. */
static struct dates *dates_of(lua_State *L)
{
    struct dates *dates = box_of(L)->dates;

    box_charge(L, DATE_TICKS + DATE_OPEN_TICKS * (uint64_t)dates_opened(dates));
    return dates;
}

static void date_raise(lua_State *L, const char *who, enum err_code rc, const struct err *e)
{
    if (rc != ERR_OK)
        lib_fail(L, "%s: %s", who, e->text);
}

int64_t lib_moment(lua_State *L, int arg, const char *who, const char *zone)
{
    size_t size;
    const char *text;
    int64_t moment;
    struct err e;

    if (lua_type(L, arg) == LUA_TSTRING) {
        text = lua_tolstring(L, arg, &size);
        date_raise(L, who, date_parse_iso(dates_of(L), text, size, zone, &moment, &e), &e);
        return moment;
    }
    if (lua_type(L, arg) != LUA_TNUMBER && lib_decimal_test(L, arg) == NULL)
        lib_bad(L, arg, who, "a date as ISO text or in milliseconds");
    return lib_integer(L, arg, who);
}

static int date_parse_call(lua_State *L)
{
    static const char who[] = "date.parse";
    size_t size;
    const char *text = lib_text(L, 1, who, &size);
    const char *pattern = lib_text_or(L, 2, who, NULL, NULL);
    const char *zone = lib_text_or(L, 3, who, NULL, NULL);
    int64_t moment;
    struct err e;
    enum err_code rc;

    if (pattern == NULL)
        rc = date_parse_iso(dates_of(L), text, size, zone, &moment, &e);
    else
        rc = date_parse(dates_of(L), text, size, pattern, zone, &moment, &e);
    date_raise(L, who, rc, &e);
    lua_pushinteger(L, moment);
    return 1;
}

static int push_formatted(lua_State *L, const char *who, int64_t moment, const char *pattern,
                          const char *zone)
{
    char text[DATE_TEXT];
    size_t length = 0;
    struct err e;

    date_raise(L, who, date_format(dates_of(L), moment, pattern, zone, text, &length, &e), &e);
    lua_pushlstring(L, text, length);
    return 1;
}

static int date_format_call(lua_State *L)
{
    static const char who[] = "date.format";
    const char *pattern = lib_text(L, 2, who, NULL);
    const char *zone = lib_text_or(L, 3, who, NULL, NULL);

    return push_formatted(L, who, lib_moment(L, 1, who, zone), pattern, zone);
}

static int date_iso_call(lua_State *L)
{
    static const char who[] = "date.iso";
    const char *zone = lib_text_or(L, 2, who, NULL, NULL);

    return push_formatted(L, who, lib_moment(L, 1, who, zone), "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
                          zone);
}

static enum date_unit unit_arg(lua_State *L, int arg, const char *who)
{
    const char *name = lib_text(L, arg, who, NULL);
    enum date_unit unit;

    if (!date_unit_find(name, &unit))
        lib_fail(L,
                 "%s: '%.20s' is no unit; there are milliseconds, seconds, minutes, hours, days, "
                 "weeks, months, years",
                 who, lib_show(L, name, 20));
    return unit;
}

static int date_add_call(lua_State *L)
{
    static const char who[] = "date.add";
    lua_Integer count = lib_integer(L, 2, who);
    enum date_unit unit = unit_arg(L, 3, who);
    const char *zone = lib_text_or(L, 4, who, NULL, NULL);
    int64_t moment = lib_moment(L, 1, who, zone);
    int64_t result = 0;
    struct err e;

    date_raise(L, who, date_add(dates_of(L), moment, count, unit, zone, &result, &e), &e);
    lua_pushinteger(L, result);
    return 1;
}

static int date_diff_call(lua_State *L)
{
    static const char who[] = "date.diff";
    enum date_unit unit = unit_arg(L, 3, who);
    const char *zone = lib_text_or(L, 4, who, NULL, NULL);
    int64_t from = lib_moment(L, 1, who, zone);
    int64_t to = lib_moment(L, 2, who, zone);
    int64_t count = 0;
    struct err e;

    date_raise(L, who, date_diff(dates_of(L), from, to, unit, zone, &count, &e), &e);
    lua_pushinteger(L, count);
    return 1;
}

static int date_parts_call(lua_State *L)
{
    static const char who[] = "date.parts";
    const char *zone = lib_text_or(L, 2, who, NULL, NULL);
    int64_t moment = lib_moment(L, 1, who, zone);
    struct date_parts parts;
    struct err e;

    date_raise(L, who, date_split(dates_of(L), moment, zone, &parts, &e), &e);
    lua_createtable(L, 0, 10);
#define PART(name)                  \
    lua_pushinteger(L, parts.name); \
    lua_setfield(L, -2, #name)
    PART(year);
    PART(month);
    PART(day);
    PART(hour);
    PART(minute);
    PART(second);
    PART(ms);
    PART(weekday);
    PART(yearday);
    PART(offset);
#undef PART
    return 1;
}

void lib_date_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "parse", date_parse_call },
        { "format", date_format_call },
        { "iso", date_iso_call },
        { "add", date_add_call },
        { "diff", date_diff_call },
        { "parts", date_parts_call },
        { NULL, NULL },
    };

    lib_add(L, "date", functions, NULL);
    lua_getfield(L, -1, "date");
    lib_push_members(L, -1);
    lib_date_work_add(L);
    lib_date_form_add(L);
    lua_pop(L, 2);
}
