/* lib_text.c - text.*: what mappings do with texts, by characters and not by bytes. */
#include "rules/lib_priv.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "rules/lua_json_priv.h"
#include "rules/text_icu_priv.h"

#define TEXT_WIDTH   100000 /* of pad_left() and pad_right() */
#define CHANGE_TICKS 2      /* for a byte, by what ICU takes */
#define PIECE_TICKS  64
#define PIECE_SIZE   192u /* bytes that are transliterated at once */

/* The text changed by ICU is pushed. */
static void push_changed(lua_State *L, const char *who, enum text_change change, const char *text,
                         size_t size)
{
    char *to = NULL;
    size_t to_size = 0;
    struct err e;

    if (text_change(box_of(L)->texts, change, text, size, LIMIT_RULE_STRING, &to, &to_size, &e) !=
        ERR_OK)
        lib_fail(L, "%s: %s", who, e.text);
    box_of(L)->run.scratch = to; /* so that an error frees it */
    lua_pushlstring(L, to, to_size);
    box_of(L)->run.scratch = NULL;
    mem_free(to);
}

static int text_changed(lua_State *L, const char *who, enum text_change change)
{
    size_t size;
    const char *text = lib_text(L, 1, who, &size);
    bool plain = text_is_ascii(text, size);

    box_charge(L, 10 + size / 32);
    if (plain && change != TEXT_UPPER && change != TEXT_LOWER) {
        lua_settop(L, 1);
        return 1;
    }
    if (!plain)
        box_charge(L, (uint64_t)size * CHANGE_TICKS);
    if (!utf8_valid(text, size))
        lib_fail(L, "%s: the text is not UTF-8", who);
    push_changed(L, who, change, text, size);
    return 1;
}

/* A piece that is transliterated by itself: up to a blank, or what comes before a character. */
static size_t piece_length(const char *text, size_t size)
{
    size_t at;

    if (size <= PIECE_SIZE)
        return size;
    for (at = PIECE_SIZE; at > PIECE_SIZE / 2; at--)
        if (text[at - 1] == ' ' || text[at - 1] == '\n')
            return at;
    for (at = PIECE_SIZE; ((unsigned char)text[at] & 0xC0) == 0x80; at--)
        ;
    return at;
}

/* In pieces: ICU's time grows with the square of a text's length. */
static int text_transliterated(lua_State *L, const char *who, enum text_change change)
{
    size_t size;
    const char *text = lib_text(L, 1, who, &size);
    struct lib_build build;

    box_charge(L, size / 128);
    if (!utf8_valid(text, size))
        lib_fail(L, "%s: the text is not UTF-8", who);
    lib_build_begin(L, &build, who);
    while (size > 0) {
        size_t length = piece_length(text, size);

        if (text_is_ascii(text, length)) {
            box_charge(L, length / 32);
            lib_build_add(&build, text, length);
        } else {
            box_charge(L, length * PIECE_TICKS);
            if (box_of(L)->run.quick && !text_is_known(change, text, length))
                box_spend(L, BOX_TICKS); /* where nobody waits for it */
            push_changed(L, who, change, text, length);
            lib_build_add_value(&build);
        }
        text += length;
        size -= length;
    }
    lib_build_end(&build);
    return 1;
}

static int text_upper(lua_State *L)
{
    return text_changed(L, "text.upper", TEXT_UPPER);
}

static int text_lower(lua_State *L)
{
    return text_changed(L, "text.lower", TEXT_LOWER);
}

static int text_normalise(lua_State *L)
{
    static const char who[] = "text.normalise";
    const char *form = lib_text_or(L, 2, who, "NFC", NULL);

    if (strcmp(form, "NFC") == 0)
        return text_changed(L, who, TEXT_NFC);
    if (strcmp(form, "NFKC") == 0)
        return text_changed(L, who, TEXT_NFKC);
    lib_fail(L, "%s: the form is 'NFC' or 'NFKC', not '%s'", who, lib_show(L, form, 20));
}

static int text_ascii(lua_State *L)
{
    static const char who[] = "text.ascii";
    const char *language = lib_text_or(L, 2, who, "", NULL);

    if (language[0] == '\0')
        return text_transliterated(L, who, TEXT_ASCII);
    if (strcmp(language, "de") == 0)
        return text_transliterated(L, who, TEXT_ASCII_DE);
    lib_fail(L, "%s: the language is 'de' or left out, not '%s'", who, lib_show(L, language, 20));
}

static bool is_blank(UChar32 c)
{
    return c >= 0 && (u_isUWhiteSpace(c) || c == 0xFEFF || c == 0x200B);
}

static int text_trim(lua_State *L)
{
    size_t size;
    const char *text = lib_text(L, 1, "text.trim", &size);
    int32_t first = 0, last = (int32_t)size, at;
    UChar32 c;

    box_charge(L, size / 64);
    for (at = 0; at < last; first = at) {
        U8_NEXT(text, at, last, c);
        if (!is_blank(c))
            break;
    }
    for (at = last; at > first; last = at) {
        U8_PREV(text, first, at, c);
        if (!is_blank(c))
            break;
    }
    lua_pushlstring(L, text + first, (size_t)(last - first));
    return 1;
}

/* One line of printable text: blanks of any kind become one space, other control characters go. */
static int text_clean(lua_State *L)
{
    static const char who[] = "text.clean";
    size_t size;
    const char *text = lib_text(L, 1, who, &size);
    int32_t at = 0, length = 0;
    bool blank = false;
    luaL_Buffer buffer;
    char *to;

    box_charge(L, size / 8);
    if (!utf8_valid(text, size))
        lib_fail(L, "%s: the text is not UTF-8", who);
    to = luaL_buffinitsize(L, &buffer, size + 1);
    while (at < (int32_t)size) {
        int32_t from = at;
        int8_t kind;
        UChar32 c;

        U8_NEXT(text, at, (int32_t)size, c);
        kind = u_charType(c);
        if (is_blank(c)) {
            blank = true;
            continue;
        }
        if (kind == U_CONTROL_CHAR || kind == U_FORMAT_CHAR)
            continue;
        if (blank && length > 0)
            to[length++] = ' ';
        blank = false;
        memcpy(to + length, text + from, (size_t)(at - from));
        length += at - from;
    }
    luaL_pushresultsize(&buffer, (size_t)length);
    return 1;
}

static lua_Integer count_characters(const char *text, size_t size)
{
    lua_Integer count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static int text_len(lua_State *L)
{
    size_t size;
    const char *text = lib_text(L, 1, "text.len", &size);

    box_charge(L, size / 64);
    lua_pushinteger(L, count_characters(text, size));
    return 1;
}

/* text.cut(s, n): at most the first n characters. */
static int text_cut(lua_State *L)
{
    static const char who[] = "text.cut";
    size_t size, at = 0;
    const char *text = lib_text(L, 1, who, &size);
    lua_Integer most = lib_integer(L, 2, who);

    if (most < 0)
        lib_fail(L, "%s: argument 2 is negative", who);
    box_charge(L, size / 64);
    for (; at < size; at++)
        if (((unsigned char)text[at] & 0xC0) != 0x80 && most-- == 0)
            break;
    lua_pushlstring(L, text, at);
    return 1;
}

static int text_pad(lua_State *L, const char *who, bool left)
{
    size_t size, fill_size;
    const char *text = lib_text(L, 1, who, &size);
    lua_Integer width = lib_integer(L, 2, who);
    const char *fill = lib_text_or(L, 3, who, " ", &fill_size);
    lua_Integer missing;
    luaL_Buffer buffer;
    char *to;

    if (width > TEXT_WIDTH)
        lib_fail(L, "%s: the width is at most %d", who, TEXT_WIDTH);
    if (count_characters(fill, fill_size) != 1)
        lib_fail(L, "%s: argument 3 is not one character", who);
    missing = width > 0 ? width - count_characters(text, size) : 0;
    if (missing <= 0) {
        lua_settop(L, 1);
        return 1;
    }
    box_charge(L, (uint64_t)missing / 16);
    to = luaL_buffinitsize(L, &buffer, size + (size_t)missing * fill_size);
    if (!left)
        memcpy(to, text, size);
    to += left ? 0 : size;
    for (lua_Integer i = 0; i < missing; i++, to += fill_size)
        memcpy(to, fill, fill_size);
    if (left)
        memcpy(to, text, size);
    luaL_pushresultsize(&buffer, size + (size_t)missing * fill_size);
    return 1;
}

static int text_pad_left(lua_State *L)
{
    return text_pad(L, "text.pad_left", true);
}

static int text_pad_right(lua_State *L)
{
    return text_pad(L, "text.pad_right", false);
}

/* text.split(s, separator[, most]): the pieces between the separators, which are plain text. */
static int text_split(lua_State *L)
{
    static const char who[] = "text.split";
    size_t size, by_size;
    const char *text = lib_text(L, 1, who, &size);
    const char *by = lib_text(L, 2, who, &by_size);
    lua_Integer most = lib_integer_or(L, 3, who, LUA_MAXINTEGER);
    lua_Integer count = 0;
    const char *end = text + size;

    if (by_size == 0 || most < 1)
        lib_fail(L, "%s: the separator is empty, or the number of pieces is less than 1", who);
    box_charge(L, size / 32);
    lua_newtable(L);
    for (;;) {
        const char *found =
            count + 1 < most ? memmem(text, (size_t)(end - text), by, by_size) : NULL;

        box_charge(L, 4);
        lua_pushlstring(L, text, (size_t)((found != NULL ? found : end) - text));
        lua_rawseti(L, -2, ++count);
        if (found == NULL)
            break;
        text = found + by_size;
    }
    kind_set(L, KIND_ARRAY);
    return 1;
}

/* text.join(list[, separator]): null items count as empty. */
static int text_join(lua_State *L)
{
    static const char who[] = "text.join";
    size_t between_size;
    const char *between;
    lua_Integer count;
    struct lib_build build;

    lib_table(L, 1, who);
    between = lib_text_or(L, 2, who, "", &between_size);
    count = (lua_Integer)lua_rawlen(L, 1);
    box_charge(L, (uint64_t)count * 2);
    lib_build_begin(L, &build, who);
    for (lua_Integer i = 1; i <= count; i++) {
        int type = lua_rawgeti(L, 1, i);

        if (type == LUA_TTABLE || type == LUA_TFUNCTION)
            lib_fail(L, "%s: item %lld is %s, not a text", who, i, lib_type_name(L, -1));
        if (lib_is_null(L, -1))
            lua_pushliteral(L, "");
        else
            lib_push_text(L, -1, NULL);
        lua_remove(L, -2);
        lib_build_add_value(&build);
        if (i < count)
            lib_build_add(&build, between, between_size);
    }
    lib_build_end(&build);
    return 1;
}

/* text.replace(s, what, by): every occurrence of a plain text. */
static int text_replace(lua_State *L)
{
    static const char who[] = "text.replace";
    size_t size, what_size, by_size;
    const char *text = lib_text(L, 1, who, &size);
    const char *what = lib_text(L, 2, who, &what_size);
    const char *by = lib_text(L, 3, who, &by_size);
    const char *end = text + size;
    struct lib_build build;

    if (what_size == 0)
        lib_fail(L, "%s: argument 2 is empty", who);
    box_charge(L, size / 16);
    lib_build_begin(L, &build, who);
    for (;;) {
        const char *found = memmem(text, (size_t)(end - text), what, what_size);

        box_charge(L, 1 + by_size / 64);
        lib_build_add(&build, text, (size_t)((found != NULL ? found : end) - text));
        if (found == NULL)
            break;
        lib_build_add(&build, by, by_size);
        text = found + what_size;
    }
    lib_build_end(&build);
    return 1;
}

static int text_starts(lua_State *L)
{
    size_t size, part_size;
    const char *text = lib_text(L, 1, "text.starts", &size);
    const char *part = lib_text(L, 2, "text.starts", &part_size);

    lua_pushboolean(L, part_size <= size && memcmp(text, part, part_size) == 0);
    return 1;
}

static int text_ends(lua_State *L)
{
    size_t size, part_size;
    const char *text = lib_text(L, 1, "text.ends", &size);
    const char *part = lib_text(L, 2, "text.ends", &part_size);

    lua_pushboolean(L, part_size <= size && memcmp(text + size - part_size, part, part_size) == 0);
    return 1;
}

static int text_contains(lua_State *L)
{
    size_t size, part_size;
    const char *text = lib_text(L, 1, "text.contains", &size);
    const char *part = lib_text(L, 2, "text.contains", &part_size);

    box_charge(L, size / 32);
    lua_pushboolean(L, memmem(text, size, part, part_size) != NULL);
    return 1;
}

void lib_text_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "trim", text_trim },
        { "upper", text_upper },
        { "lower", text_lower },
        { "clean", text_clean },
        { "normalise", text_normalise },
        { "ascii", text_ascii },
        { "len", text_len },
        { "cut", text_cut },
        { "pad_left", text_pad_left },
        { "pad_right", text_pad_right },
        { "split", text_split },
        { "join", text_join },
        { "replace", text_replace },
        { "starts", text_starts },
        { "ends", text_ends },
        { "contains", text_contains },
        { NULL, NULL },
    };

    lib_add(L, "text", functions, NULL);
    lua_getfield(L, -1, "text");
    lib_push_members(L, -1);
    lib_address_add(L);
    lua_pop(L, 2);
}
