/* json_scan.c - the reader's texts, and what it says of a fault.
 *
 * A text is looked at eight bytes at a time until a quote, a backslash or a byte that is not
 * ASCII comes; UTF-8 is checked on the way. A text without escapes is never copied here. */
#include "base/json_read_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/utf8_priv.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "utf8__plain8() counts from the low end");

/* ---- faults ---------------------------------------------------------------------------------- */

void json__fail(struct json__reader *r, const char *at, enum err_code code, const char *fmt, ...)
{
    char text[sizeof(r->e->text)];
    va_list args;

    check(at >= r->text);
    check(at <= r->end);
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    json__where(r->text, (size_t)(at - r->text), &r->line, &r->column);
    err_set(r->e, code, "line %u, column %u: %s", r->line, r->column, text);
}

void json__fail_memory(struct json__reader *r)
{
    json__where(r->text, (size_t)(r->at - r->text), &r->line, &r->column);
    err_set(r->e, ERR_MEMORY, "out of memory for a document of %zu bytes",
            (size_t)(r->end - r->text));
}

bool json__word_at(const struct json__reader *r, const char *word)
{
    size_t size = strlen(word);

    return (size_t)(r->end - r->at) >= size && memcmp(r->at, word, size) == 0;
}

void json__fail_value(struct json__reader *r)
{
    static const struct {
        const char *text;
        const char *remedy;
    } wrong[] = {
        { "'", "texts are in double quotes" },
        { ",", "a value is missing before the comma" },
        { "]", "a value is missing before ]; is there a comma too many?" },
        { "}", "a value is missing before }" },
        { "+", "a number has no plus sign" },
        { ".", "a number begins with a digit: write 0.5, not .5" },
        { "//", "JSON has no comments" },
        { "/*", "JSON has no comments" },
        { "NaN", "JSON has no NaN; use null" },
        { "Infinity", "JSON has no Infinity; use null" },
        { "undefined", "JSON has no undefined; use null" },
        { "None", "write null" },
        { "NULL", "write null" },
        { "True", "write true" },
        { "TRUE", "write true" },
        { "False", "write false" },
        { "FALSE", "write false" },
    };
    unsigned char c;

    if (r->at == r->end) {
        json__fail(r, r->at, ERR_SYNTAX, "the document ends where a value should be");
        return;
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (json__word_at(r, wrong[i].text)) {
            json__fail(r, r->at, ERR_SYNTAX, "%s", wrong[i].remedy);
            return;
        }
    }
    c = (unsigned char)*r->at;
    if (c > 0x20 && c < 0x7F)
        json__fail(r, r->at, ERR_SYNTAX,
                   "a value cannot begin with %c; it is an object, an array, a text in double "
                   "quotes, a number, true, false or null",
                   c);
    else
        json__fail(r, r->at, ERR_SYNTAX, "a value cannot begin with the byte 0x%02X", c);
}

/* ---- texts ----------------------------------------------------------------------------------- */

static bool scan_hex4(const char *at, const char *end, uint32_t *point)
{
    *point = 0;
    if (end - at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)at[i];
        unsigned char letter = c | 0x20;

        if (c >= '0' && c <= '9')
            *point = *point << 4 | (uint32_t)(c - '0');
        else if (letter >= 'a' && letter <= 'f')
            *point = *point << 4 | (uint32_t)(letter - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* Decodes \uXXXX, or two of them, at r->at and appends the character. */
static bool scan_escape_point(struct json__reader *r)
{
    char text[4];
    uint32_t point;
    uint32_t low;
    size_t size = 6;

    if (!scan_hex4(r->at + 2, r->end, &point)) {
        json__fail(r, r->at, ERR_SYNTAX, "four hexadecimal digits must follow \\u");
        return false;
    }
    if (point == 0) {
        json__fail(r, r->at, ERR_SYNTAX, "a NUL character (\\u0000) is not accepted");
        return false;
    }
    if (point >= 0xD800 && point <= 0xDFFF) {
        if (point >= 0xDC00 || r->end - r->at < 12 || r->at[6] != '\\' || r->at[7] != 'u' ||
            !scan_hex4(r->at + 8, r->end, &low) || low < 0xDC00 || low > 0xDFFF) {
            json__fail(r, r->at, ERR_SYNTAX, "half a surrogate pair (\\u%04x) is no character",
                       (unsigned)point);
            return false;
        }
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        size = 12;
    }
    buf_add(&r->scratch, text, utf8__write(point, text));
    r->at += size;
    return true;
}

/* Decodes the escape at r->at, which is a backslash. */
static bool scan_escape(struct json__reader *r)
{
    static const char pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t"; /* the letter, what it stands for */

    if (r->end - r->at < 2) {
        json__fail(r, r->end, ERR_SYNTAX, "the document ends inside a text");
        return false;
    }
    if (r->at[1] == 'u')
        return scan_escape_point(r);
    for (size_t i = 0; i + 1 < sizeof(pairs); i += 2) {
        if (pairs[i] == r->at[1]) {
            buf_add_char(&r->scratch, pairs[i + 1]);
            r->at += 2;
            return true;
        }
    }
    json__fail(r, r->at, ERR_SYNTAX,
               "there is no such escape in a text; a backslash itself is written \\\\");
    return false;
}

/* Moves on to the quote or the backslash that ends a span of plain characters. */
static bool scan_plain(struct json__reader *r)
{
    const char *at = r->at;
    unsigned char c;

    for (;;) {
        size_t length;

        if (r->end - at >= 8) {
            length = utf8__plain8(at);
            at += length;
            if (length == 8)
                continue;
        }
        r->at = at;
        if (at == r->end) {
            json__fail(r, at, ERR_SYNTAX, "the document ends inside a text");
            return false;
        }
        c = (unsigned char)*at;
        if (c == '"' || c == '\\')
            return true;
        if (c < 0x20)
            break;
        length = utf8__length((const unsigned char *)at, (size_t)(r->end - at));
        if (length == 0) {
            json__fail(r, at, ERR_SYNTAX, "the byte 0x%02X is not valid UTF-8", c);
            return false;
        }
        at += length;
    }
    if (c == '\n' || c == '\r')
        json__fail(r, at, ERR_SYNTAX, "a text cannot go over the end of a line; write \\n");
    else
        json__fail(r, at, ERR_SYNTAX, "a control character (0x%02X) in a text; write \\u%04x", c,
                   c);
    return false;
}

bool json__scan_text(struct json__reader *r, struct json__span *text)
{
    const char *begin = ++r->at;

    if (!scan_plain(r))
        return false;
    if (*r->at == '"') {
        *text = (struct json__span){ begin, (size_t)(r->at++ - begin) };
        return true;
    }
    buf_clear(&r->scratch);
    for (;;) {
        buf_add(&r->scratch, begin, (size_t)(r->at - begin));
        if (*r->at == '"')
            break;
        if (!scan_escape(r))
            return false;
        begin = r->at;
        if (!scan_plain(r))
            return false;
    }
    r->at++;
    if (!buf_ok(&r->scratch)) {
        json__fail_memory(r);
        return false;
    }
    *text = (struct json__span){ buf_text(&r->scratch), r->scratch.len };
    return true;
}
