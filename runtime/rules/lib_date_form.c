/* lib_date_form.c - date.read, date.write: the forms in which business systems keep their moments.
 *
 * Each is read exactly or refused. `oadate` counts days since 1899-12-30 in local time, as
 * spreadsheets and COM do; its fraction is the time of day also before that date. */
#include "rules/lib_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "rules/date_priv.h"

#define MS_DAY     86400000
#define OA_EPOCH   INT64_C(-2209161600000) /* 1899-12-30 */
#define OA_DIGITS  10                      /* of a day: less than a millisecond */
#define FORM_SHOWN 40

enum form { FORM_JSON, FORM_COMPACT, FORM_OADATE, FORM_UNIX };

static enum form form_arg(lua_State *L, const char *who)
{
    static const char *const names[] = { "/Date/", "yyyyMMdd", "oadate", "unix" };
    const char *name = lib_text(L, 2, who, NULL);

    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], name) == 0)
            return (enum form)i;
    lib_fail(L, "%s: '%.20s' is no form; there are /Date/, yyyyMMdd, oadate, unix", who,
             lib_show(L, name, 20));
}

static int64_t form_refuse(lua_State *L, const char *who, const char *wanted)
    __attribute__((noreturn));
static int64_t form_refuse(lua_State *L, const char *who, const char *wanted)
{
    if (lua_type(L, 1) == LUA_TSTRING)
        lib_fail(L, "%s: '%s' is not %s", who, lib_show(L, lua_tostring(L, 1), FORM_SHOWN), wanted);
    lib_bad(L, 1, who, wanted);
}

/* "/Date(1763715783123)/"; an offset behind the number says only where it was written. */
static int64_t read_json(lua_State *L, const char *who)
{
    static const char wanted[] = "a date like /Date(1763715783123)/";
    const char *text = lua_type(L, 1) == LUA_TSTRING ? lua_tostring(L, 1) : "";
    const char *at = text + 6;
    int64_t moment = 0;
    bool negative;

    if (strncmp(text, "/Date(", 6) != 0)
        form_refuse(L, who, wanted);
    negative = *at == '-';
    at += negative;
    if (strspn(at, "0123456789") == 0 || strspn(at, "0123456789") > 15)
        form_refuse(L, who, wanted);
    for (; isdigit((unsigned char)*at); at++)
        moment = moment * 10 + (*at - '0');
    if (*at == '+' || *at == '-') {
        if (strspn(at + 1, "0123456789") != 4)
            form_refuse(L, who, wanted);
        at += 5;
    }
    if (strcmp(at, ")/") != 0 || lua_rawlen(L, 1) != strlen(text))
        form_refuse(L, who, wanted);
    return negative ? -moment : moment;
}

static int64_t read_compact(lua_State *L, const char *who, const char *zone)
{
    size_t size;
    const char *text = lib_text(L, 1, who, &size);
    int64_t moment = 0;
    struct err e;

    if (strcmp(text, "00000000") == 0)
        lib_fail(L, "%s: 00000000 stands for no date; ask for it before", who);
    if (size != 8 || strspn(text, "0123456789") != 8)
        form_refuse(L, who, "a date of eight digits like 20261121");
    if (date_parse(box_of(L)->dates, text, size, "yyyyMMdd", zone, &moment, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    return moment;
}

/* number * factor as a whole number, rounded half up. */
static int64_t scaled(lua_State *L, const char *who, const struct decimal *number, int64_t factor)
{
    struct decimal by, product;
    int64_t whole = 0;
    struct err e;

    decimal_from_int(&by, factor);
    if (decimal_mul(&product, number, &by, &e) != ERR_OK ||
        decimal_round(&product, &product, 0, DECIMAL_HALF_UP, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    if (!decimal_to_int(&product, &whole))
        lib_fail(L, "%s: the moment is outside of the years 1 to 9999", who);
    return whole;
}

static int64_t read_oadate(lua_State *L, const char *who, const char *zone)
{
    struct decimal number, whole, part;
    struct date_parts parts;
    int64_t days, local, moment = 0;
    struct err e;

    lib_decimal_arg(L, 1, who, &number);
    if (decimal_round(&whole, &number, 0, DECIMAL_DOWN, &e) != ERR_OK ||
        decimal_sub(&part, &number, &whole, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    part.negative = false;
    days = scaled(L, who, &whole, 1);
    if (days < -693593 || days > 2958465)
        lib_fail(L, "%s: the moment is outside of the years 1 to 9999", who);
    local = OA_EPOCH + days * MS_DAY + scaled(L, who, &part, MS_DAY);
    date__civil(local, &parts);
    if (date_join(box_of(L)->dates, &parts, zone, false, &moment, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    return moment;
}

static int64_t read_unix(lua_State *L, const char *who)
{
    struct decimal number;

    lib_decimal_arg(L, 1, who, &number);
    return scaled(L, who, &number, 1000);
}

/* date.read(v, form, zone) */
static int date_read(lua_State *L)
{
    static const char who[] = "date.read";
    enum form form = form_arg(L, who);
    const char *zone = lib_text_or(L, 3, who, NULL, NULL);
    int64_t moment;

    box_charge(L, 20);
    moment = form == FORM_JSON      ? read_json(L, who)
             : form == FORM_COMPACT ? read_compact(L, who, zone)
             : form == FORM_OADATE  ? read_oadate(L, who, zone)
                                    : read_unix(L, who);
    if (!date__in_range(moment))
        lib_fail(L, "%s: the moment is outside of the years 1 to 9999", who);
    lua_pushinteger(L, moment);
    return 1;
}

/* part / whole with as many digits after the point as it needs, at most `digits`. */
static void push_fraction(lua_State *L, int64_t part, int64_t whole, int digits)
{
    struct decimal a, b, value, shorter;
    enum err_code rc = ERR_OK;
    struct err e;

    decimal_from_int(&a, part);
    decimal_from_int(&b, whole);
    rc = decimal_div(&value, &a, &b, digits, DECIMAL_HALF_UP, &e);
    for (int scale = 0; scale < digits && rc == ERR_OK; scale++) {
        rc = decimal_round(&shorter, &value, scale, DECIMAL_DOWN, &e);
        if (rc == ERR_OK && decimal_compare(&shorter, &value) == 0) {
            value = shorter;
            break;
        }
    }
    check(rc == ERR_OK);
    lib_decimal_push(L, &value);
}

static void write_oadate(lua_State *L, const char *who, int64_t moment, const char *zone)
{
    struct date_parts parts;
    int64_t days, time;
    struct err e;

    if (date_split(box_of(L)->dates, moment, zone, &parts, &e) != ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    days = date__days(parts.year, parts.month, parts.day) - OA_EPOCH / MS_DAY;
    time = (parts.hour * 3600 + parts.minute * 60 + parts.second) * INT64_C(1000) + parts.ms;
    push_fraction(L, days * MS_DAY + (days < 0 ? -time : time), MS_DAY, OA_DIGITS);
}

/* date.write(moment, form, zone) */
static int date_write(lua_State *L)
{
    static const char who[] = "date.write";
    enum form form = form_arg(L, who);
    const char *zone = lib_text_or(L, 3, who, NULL, NULL);
    int64_t moment = lib_moment(L, 1, who, zone);
    char text[DATE_TEXT];
    size_t length = 0;
    struct err e;

    if (!date__in_range(moment))
        lib_fail(L, "%s: the moment is outside of the years 1 to 9999", who);
    if (form == FORM_JSON) {
        lua_pushfstring(L, "/Date(%I)/", (LUAI_UACINT)moment);
    } else if (form == FORM_COMPACT) {
        if (date_format(box_of(L)->dates, moment, "yyyyMMdd", zone, text, &length, &e) != ERR_OK)
            lib_fail(L, "%s: %s", who, e.text);
        lua_pushlstring(L, text, length);
    } else if (form == FORM_OADATE) {
        write_oadate(L, who, moment, zone);
    } else if (moment % 1000 == 0) {
        lua_pushinteger(L, moment / 1000);
    } else {
        push_fraction(L, moment, 1000, 3);
    }
    return 1;
}

void lib_date_form_add(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "read", date_read },
        { "write", date_write },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
}
