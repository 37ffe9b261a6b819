/* lib_string.c - Lua's string.* without patterns and format; each result is bounded. */
#include "rules/lib_priv.h"

#include <ctype.h>
#include <string.h>

#include "base/check.h"

/* A position as string.sub() takes it, to 1 ... size + 1. */
static size_t place_first(lua_Integer at, size_t size)
{
    if (at > 0)
        return (size_t)at;
    if (at == 0)
        return 1;
    return at < -(lua_Integer)size ? 1 : size + (size_t)at + 1;
}

static size_t place_last(lua_Integer at, size_t size)
{
    if (at > (lua_Integer)size)
        return size;
    if (at >= 0)
        return (size_t)at;
    return at < -(lua_Integer)size ? 0 : size + (size_t)at + 1;
}

static int string_len(lua_State *L)
{
    size_t size;

    lib_text(L, 1, "string.len", &size);
    lua_pushinteger(L, (lua_Integer)size);
    return 1;
}

static int string_sub(lua_State *L)
{
    size_t size;
    const char *text = lib_text(L, 1, "string.sub", &size);
    size_t first = place_first(lib_integer(L, 2, "string.sub"), size);
    size_t last = place_last(lib_integer_or(L, 3, "string.sub", -1), size);

    if (first <= last)
        lua_pushlstring(L, text + first - 1, last - first + 1);
    else
        lua_pushliteral(L, "");
    return 1;
}

static int string_change(lua_State *L, const char *who,
                         char (*change)(const char *text, size_t size, size_t i))
{
    size_t size;
    const char *text = lib_text(L, 1, who, &size);
    luaL_Buffer buffer;
    char *to;

    box_charge(L, size / 32);
    to = luaL_buffinitsize(L, &buffer, size);
    for (size_t i = 0; i < size; i++)
        to[i] = change(text, size, i);
    luaL_pushresultsize(&buffer, size);
    return 1;
}

static char change_upper(const char *text, size_t size, size_t i)
{
    (void)size;
    return (char)toupper((unsigned char)text[i]);
}

static char change_lower(const char *text, size_t size, size_t i)
{
    (void)size;
    return (char)tolower((unsigned char)text[i]);
}

static char change_reverse(const char *text, size_t size, size_t i)
{
    return text[size - 1 - i];
}

static int string_upper(lua_State *L)
{
    return string_change(L, "string.upper", change_upper);
}

static int string_lower(lua_State *L)
{
    return string_change(L, "string.lower", change_lower);
}

static int string_reverse(lua_State *L)
{
    return string_change(L, "string.reverse", change_reverse);
}

static int string_rep(lua_State *L)
{
    static const char who[] = "string.rep";
    size_t size, between_size;
    const char *text = lib_text(L, 1, who, &size);
    lua_Integer times = lib_integer(L, 2, who);
    const char *between = lib_text_or(L, 3, who, "", &between_size);
    luaL_Buffer buffer;
    size_t total;
    char *to;

    if (times <= 0 || size + between_size == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if ((uint64_t)times > LIMIT_RULE_STRING / (size + between_size))
        lib_fail(L, "%s: the text becomes longer than %u bytes", who, LIMIT_RULE_STRING);
    total = (size_t)times * size + (size_t)(times - 1) * between_size;
    box_charge(L, total / 64);
    to = luaL_buffinitsize(L, &buffer, total);
    memcpy(to, text, size);
    if (times > 1)
        memcpy(to + size, between, between_size);
    for (size_t done = size + between_size; done < total;) { /* what is there, once more */
        size_t more = done < total - done ? done : total - done;

        memcpy(to + done, to, more);
        done += more;
    }
    luaL_pushresultsize(&buffer, total);
    return 1;
}

static int string_byte(lua_State *L)
{
    static const char who[] = "string.byte";
    size_t size;
    const char *text = lib_text(L, 1, who, &size);
    lua_Integer from = lib_integer_or(L, 2, who, 1);
    size_t first = place_first(from, size);
    size_t last = place_last(lib_integer_or(L, 3, who, (lua_Integer)first), size);

    if (first > last)
        return 0;
    if (last - first >= 1000)
        lib_fail(L, "%s: at most 1000 bytes at once", who);
    luaL_checkstack(L, (int)(last - first + 1), who);
    for (size_t i = first; i <= last; i++)
        lua_pushinteger(L, (unsigned char)text[i - 1]);
    return (int)(last - first + 1);
}

static int string_char(lua_State *L)
{
    int count = lua_gettop(L);
    luaL_Buffer buffer;
    char *to;

    box_charge(L, (uint64_t)count / 8);
    to = luaL_buffinitsize(L, &buffer, (size_t)count);
    for (int i = 1; i <= count; i++) {
        lua_Integer byte = lib_integer(L, i, "string.char");

        if (byte < 0 || byte > 255)
            lib_fail(L, "string.char: argument %d is not a byte (0 to 255)", i);
        to[i - 1] = (char)byte;
    }
    luaL_pushresultsize(&buffer, (size_t)count);
    return 1;
}

void lib_string_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "len", string_len },     { "sub", string_sub },         { "upper", string_upper },
        { "lower", string_lower }, { "reverse", string_reverse }, { "rep", string_rep },
        { "byte", string_byte },   { "char", string_char },       { NULL, NULL },
    };

    lib_add(L, "string", functions, NULL);
    lua_getfield(L, -1, "string");
    lib_push_members(L, -1);
    lib_pattern_add(L);
    lib_format_add(L);
    lua_pop(L, 2);
}
