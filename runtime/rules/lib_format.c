/* lib_format.c - string.format: %d %i %u %s %f %e %g %x %X %o %c %%, width and precision up to 99.
 *
 * A decimal in %f is written exactly, rounded half up to the precision; in %d it must be whole. */
#include "rules/lib_priv.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

#define FORMAT_WHO  "string.format"
#define FORMAT_ROOM 512 /* %99.99f of the greatest double has 409 characters */

struct spec {
    char flags[8];
    int width;     /* 0: none */
    int precision; /* -1: none */
    char kind;
};

static int digits_read(const char **at, const char *end)
{
    int value = 0;
    int count = 0;

    while (*at < end && isdigit((unsigned char)**at)) {
        value = value * 10 + (*(*at)++ - '0');
        if (++count > 2)
            return -1;
    }
    return value;
}

/* Reads what follows a '%'. */
static void spec_read(lua_State *L, struct spec *spec, const char **at, const char *end)
{
    size_t flags = 0;

    memset(spec, 0, sizeof(*spec));
    spec->precision = -1;
    while (*at < end && **at != '\0' && strchr("-+ #0", **at) != NULL) {
        if (flags + 1 == sizeof(spec->flags))
            lib_fail(L, FORMAT_WHO ": too many flags");
        spec->flags[flags++] = *(*at)++;
    }
    spec->width = digits_read(at, end);
    if (*at < end && **at == '.') {
        ++*at;
        spec->precision = digits_read(at, end);
        if (spec->precision < 0)
            spec->width = -1;
    }
    if (spec->width < 0)
        lib_fail(L, FORMAT_WHO ": a width or precision has at most two digits");
    spec->kind = *at < end ? *(*at)++ : '\0';
    if (spec->kind == '\0' || strchr("diusfeEgGxXoc", spec->kind) == NULL)
        lib_fail(L,
                 FORMAT_WHO ": '%%%c' is not known; there are %%d %%i %%u %%s %%f %%e %%g %%x "
                            "%%X %%o %%c %%%%",
                 isprint((unsigned char)spec->kind) ? spec->kind : ' ');
}

/* "%-10.2" and then the kind as C's printf() needs it. */
static void spec_text(const struct spec *spec, const char *kind, char text[32])
{
    char width[4] = "";
    char precision[5] = "";

    if (spec->width > 0)
        snprintf(width, sizeof(width), "%d", spec->width % 100);
    if (spec->precision >= 0)
        snprintf(precision, sizeof(precision), ".%d", spec->precision % 100);
    snprintf(text, 32, "%%%s%s%s%s", spec->flags, width, precision, kind);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the format is made by spec_text() */

static void add_integer(lua_State *L, struct lib_build *build, const struct spec *spec, int arg)
{
    lua_Integer value = lib_integer(L, arg, FORMAT_WHO);
    char kind[] = { 'l', 'l', spec->kind == 'i' ? 'd' : spec->kind, '\0' };
    char format[32], text[FORMAT_ROOM];
    int length;

    spec_text(spec, kind, format);
    length = snprintf(text, sizeof(text), format, (long long)value);
    check(length >= 0 && length < FORMAT_ROOM);
    lib_build_add(build, text, (size_t)length);
}

/* A decimal as %f, padded by the flags '-' and '0', with the sign of '+' and ' '. */
static void add_decimal(lua_State *L, struct lib_build *build, const struct spec *spec,
                        const struct decimal *value)
{
    char text[FORMAT_ROOM];
    struct decimal rounded;
    struct err e;
    size_t length, at = 0, width = (size_t)spec->width;
    bool left = strchr(spec->flags, '-') != NULL;
    bool zeros = !left && strchr(spec->flags, '0') != NULL;

    if (decimal_round(&rounded, value, spec->precision < 0 ? 6 : spec->precision, DECIMAL_HALF_UP,
                      &e) != ERR_OK)
        lib_fail(L, FORMAT_WHO ": %s", e.text);
    if (!rounded.negative && strpbrk(spec->flags, "+ ") != NULL)
        text[at++] = strchr(spec->flags, '+') != NULL ? '+' : ' ';
    length = at + decimal_text(&rounded, text + at);
    for (at = length; at < width && left; at++)
        text[at] = ' ';
    if (!left && length < width) {
        size_t sign = zeros && !isdigit((unsigned char)text[0]) ? 1 : 0;

        memmove(text + sign + width - length, text + sign, length - sign);
        memset(text + sign, zeros ? '0' : ' ', width - length);
    }
    lib_build_add(build, text, length > width ? length : width);
}

static void add_float(lua_State *L, struct lib_build *build, const struct spec *spec, int arg)
{
    const struct decimal *decimal = lib_decimal_test(L, arg);
    char kind[] = { spec->kind, '\0' };
    char format[32], text[FORMAT_ROOM];
    lua_Number value;
    int length;

    if (decimal != NULL && spec->kind == 'f') {
        add_decimal(L, build, spec, decimal);
        return;
    }
    value = decimal != NULL ? decimal_to_double(decimal) : lib_float(L, arg, FORMAT_WHO);
    spec_text(spec, kind, format);
    length = snprintf(text, sizeof(text), format, value);
    check(length >= 0 && length < FORMAT_ROOM);
    lib_build_add(build, text, (size_t)length);
}

#pragma GCC diagnostic pop

static void add_text(lua_State *L, struct lib_build *build, const struct spec *spec, int arg)
{
    char blanks[100];
    size_t size, pad = 0;
    const char *value = lib_push_text(L, arg, &size);
    bool left = strchr(spec->flags, '-') != NULL;

    if (spec->precision >= 0 && (size_t)spec->precision < size)
        size = (size_t)spec->precision;
    if ((size_t)spec->width > size)
        pad = (size_t)spec->width - size;
    memset(blanks, ' ', pad);
    lua_pushlstring(L, blanks, left ? 0 : pad);
    lua_pushlstring(L, value, size);
    lua_pushlstring(L, blanks, left ? pad : 0);
    lua_concat(L, 3);
    lua_remove(L, -2);
    lib_build_add_value(build);
}

static void add_char(lua_State *L, struct lib_build *build, int arg)
{
    lua_Integer byte = lib_integer(L, arg, FORMAT_WHO);
    char c = (char)byte;

    if (byte < 0 || byte > 255)
        lib_fail(L, FORMAT_WHO ": argument %d is not a byte (0 to 255)", arg);
    lib_build_add(build, &c, 1);
}

static void spec_add(lua_State *L, struct lib_build *build, const struct spec *spec, int arg)
{
    switch (spec->kind) {
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        add_integer(L, build, spec, arg);
        break;
    case 'f':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
        add_float(L, build, spec, arg);
        break;
    case 's':
        add_text(L, build, spec, arg);
        break;
    default:
        check(spec->kind == 'c');
        add_char(L, build, arg);
    }
}

static int string_format(lua_State *L)
{
    size_t size;
    const char *at = lib_text(L, 1, FORMAT_WHO, &size);
    const char *end = at + size;
    struct lib_build build;
    int count = lua_gettop(L);
    int arg = 1;

    box_charge(L, size / 16);
    lib_build_begin(L, &build, FORMAT_WHO);
    while (at < end) {
        const char *percent = memchr(at, '%', (size_t)(end - at));
        struct spec spec;

        lib_build_add(&build, at, (size_t)((percent != NULL ? percent : end) - at));
        if (percent == NULL)
            break;
        at = percent + 1;
        if (at < end && *at == '%') {
            lib_build_add(&build, at++, 1);
            continue;
        }
        spec_read(L, &spec, &at, end);
        if (++arg > count)
            lib_fail(L, FORMAT_WHO ": argument %d is missing", arg);
        spec_add(L, &build, &spec, arg);
        box_charge(L, 4);
    }
    lib_build_end(&build);
    return 1;
}

void lib_format_add(lua_State *L)
{
    lua_pushcfunction(L, string_format);
    lua_setfield(L, -2, "format");
}
