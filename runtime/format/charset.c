/* charset.c - see charset.h. UTF-8 is only checked and copied; all else goes through ICU's
 * converters, which are told to stop at what they cannot read. */
#include "format/charset.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"

#define CHARSET_MAGIC 0xC4A25E7Du
#define CHARSET_PIECE 8192u
#define MARK_BYTES    3u

struct charset {
    unsigned magic;
    char name[CHARSET_NAME];
    bool any;              /* no encoding was named */
    bool begun;            /* a byte order mark was looked for */
    unsigned char held[4]; /* bytes that are no whole character yet, or no whole mark */
    size_t held_size;
    UConverter *from, *to; /* NULL: UTF-8 */
    UChar pivot[CHARSET_PIECE / 2];
    UChar *pivot_source, *pivot_target;
    uint64_t line, column; /* of the next character, from 0 */
};

bool charset_is_utf8(const char *name)
{
    return name == NULL || *name == '\0' || strcasecmp(name, "utf-8") == 0 ||
           strcasecmp(name, "utf8") == 0;
}

/* NULL: there is no such encoding. */
static UConverter *converter_open(const char *name)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter;

    if (name == NULL || *name == '\0' || strlen(name) >= CHARSET_NAME || strchr(name, ',') != NULL)
        return NULL; /* ICU would take its default, or options behind the comma */
    converter = ucnv_open(name, &status);
    if (U_FAILURE(status))
        return NULL;
    ucnv_setToUCallBack(converter, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
    ucnv_setFromUCallBack(converter, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
    if (U_SUCCESS(status))
        return converter;
    ucnv_close(converter);
    return NULL;
}

bool charset_known(const char *name)
{
    UConverter *converter;

    if (charset_is_utf8(name))
        return true;
    converter = converter_open(name);
    if (converter == NULL)
        return false;
    ucnv_close(converter);
    return true;
}

static enum err_code name_unknown(const char *name, struct err *e)
{
    return err_set(e, ERR_INVALID,
                   "there is no encoding \"%.40s\"; encodings are named like utf-8, utf-16, "
                   "windows-1252, iso-8859-15",
                   name);
}

/* Sets up the converters; the name is another one than UTF-8. */
static enum err_code charset_convert(struct charset *charset, struct err *e)
{
    charset->from = converter_open(charset->name);
    charset->to = converter_open("UTF-8");
    charset->pivot_source = charset->pivot_target = charset->pivot;
    if (charset->from == NULL || charset->to == NULL)
        return name_unknown(charset->name, e);
    return ERR_OK;
}

struct charset *charset_open(const char *name, struct err *e)
{
    struct charset *charset = mem_try(sizeof *charset);

    if (charset == NULL) {
        err_set(e, ERR_MEMORY, "no memory for the encoding");
        return NULL;
    }
    memset(charset, 0, sizeof *charset);
    charset->magic = CHARSET_MAGIC;
    charset->any = name == NULL || *name == '\0';
    snprintf(charset->name, sizeof charset->name, "%s", charset_is_utf8(name) ? "UTF-8" : name);
    if (charset_is_utf8(name) || charset_convert(charset, e) == ERR_OK)
        return charset;
    charset_close(charset);
    return NULL;
}

void charset_close(struct charset *charset)
{
    if (charset == NULL)
        return;
    check(charset->magic == CHARSET_MAGIC);
    if (charset->from != NULL)
        ucnv_close(charset->from);
    if (charset->to != NULL)
        ucnv_close(charset->to);
    charset->magic = 0;
    mem_free(charset);
}

/* ---- Places */

static void place_pass(struct charset *charset, const char *text, size_t size)
{
    const char *end = text + size, *line = text, *at;

    while ((at = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        charset->line++;
        charset->column = 0;
        line = at + 1;
    }
    for (; line < end; line++)
        charset->column += ((unsigned char)*line & 0xC0) != 0x80;
}

/* Characters on their way through the pivot, in front of the one that is wrong. */
static void place_pass_pivot(struct charset *charset)
{
    for (const UChar *at = charset->pivot_source; at < charset->pivot_target; at++) {
        charset->column += !U16_IS_TRAIL(*at);
        if (*at != '\n')
            continue;
        charset->line++;
        charset->column = 0;
    }
}

static enum err_code place_fail(const struct charset *charset, const unsigned char *bytes,
                                size_t size, bool cut, struct err *e)
{
    char shown[32] = "";
    size_t at = 0;

    for (size_t i = 0; i < size && i < 4; i++)
        at +=
            (size_t)snprintf(shown + at, sizeof shown - at, "%s0x%02X", i > 0 ? " " : "", bytes[i]);
    return err_set(e, ERR_SYNTAX,
                   "line %llu, column %llu: %s %s %s %s; is the text cut, or in another encoding?",
                   (unsigned long long)charset->line + 1, (unsigned long long)charset->column + 1,
                   size > 1 ? "the bytes" : "the byte", shown,
                   cut ? "at the end are no whole character of" : "are no character of",
                   charset->name);
}

/* What was appended to *out since `from` may hold no NUL; counts it. */
static enum err_code text_passed(struct charset *charset, const struct buf *out, size_t from,
                                 struct err *e)
{
    const char *text = buf_text(out) + from;
    const char *nul;

    if (!buf_ok(out))
        return buf_check(out, "the decoded text", e);
    nul = memchr(text, '\0', out->len - from);
    if (nul == NULL) {
        place_pass(charset, text, out->len - from);
        return ERR_OK;
    }
    place_pass(charset, text, (size_t)(nul - text));
    return err_set(e, ERR_SYNTAX,
                   "line %llu, column %llu: a NUL character cannot be part of a text; is it a "
                   "binary file, or UTF-16?",
                   (unsigned long long)charset->line + 1, (unsigned long long)charset->column + 1);
}

/* ---- UTF-8 */

/* How many bytes at the end begin a character without ending it. */
static size_t utf8_open(const unsigned char *bytes, size_t size)
{
    for (size_t back = 1; back <= 3 && back <= size; back++) {
        unsigned char byte = bytes[size - back];

        if ((byte & 0xC0) == 0x80)
            continue;
        return U8_COUNT_TRAIL_BYTES(byte) + 1u > back ? back : 0;
    }
    return 0;
}

static enum err_code utf8_add(struct charset *charset, const unsigned char *bytes, size_t size,
                              struct buf *out, struct err *e)
{
    size_t from = out->len, at = 0;

    if (utf8_valid((const char *)bytes, size)) {
        buf_add(out, bytes, size);
        return text_passed(charset, out, from, e);
    }
    while (at < size) {
        size_t begin = at, next = at;
        UChar32 point;

        U8_NEXT(bytes, next, size, point);
        if (point >= 0) {
            at = next;
            continue;
        }
        place_pass(charset, (const char *)bytes, begin);
        return place_fail(charset, bytes + begin, next - begin, false, e);
    }
    check(!"text that is valid and not valid");
    return ERR_INTERNAL;
}

static enum err_code utf8_feed(struct charset *charset, const unsigned char *bytes, size_t size,
                               struct buf *out, struct err *e)
{
    size_t open;
    enum err_code rc;

    while (charset->held_size > 0 && size > 0) {
        size_t held = charset->held_size;

        check(held < sizeof charset->held);
        charset->held[held++] = *bytes++;
        size--;
        charset->held_size = held;
        open = utf8_open(charset->held, held);
        if (open == held)
            continue; /* one character still, and not whole yet */
        rc = utf8_add(charset, charset->held, held - open, out, e);
        if (rc != ERR_OK)
            return rc;
        memmove(charset->held, charset->held + held - open, open);
        charset->held_size = open;
    }
    if (size == 0)
        return ERR_OK;
    open = utf8_open(bytes, size);
    rc = utf8_add(charset, bytes, size - open, out, e);
    if (rc != ERR_OK)
        return rc;
    memcpy(charset->held, bytes + size - open, open);
    charset->held_size = open;
    return ERR_OK;
}

/* ---- The others */

static enum err_code convert_feed(struct charset *charset, const char *bytes, size_t size,
                                  bool last, struct buf *out, struct err *e)
{
    const char *source = bytes, *end = bytes + size;
    UErrorCode status;

    do {
        char piece[CHARSET_PIECE];
        char *target = piece;
        size_t from = out->len;
        int8_t wrong_size = sizeof charset->held;
        UErrorCode asked = U_ZERO_ERROR;
        enum err_code rc;

        status = U_ZERO_ERROR;
        ucnv_convertEx(charset->to, charset->from, &target, piece + sizeof piece, &source, end,
                       charset->pivot, &charset->pivot_source, &charset->pivot_target,
                       charset->pivot + CHARSET_PIECE / 2, false, last, &status);
        buf_add(out, piece, (size_t)(target - piece));
        rc = text_passed(charset, out, from, e);
        if (rc != ERR_OK)
            return rc;
        if (U_SUCCESS(status) || status == U_BUFFER_OVERFLOW_ERROR)
            continue;
        if (status == U_MEMORY_ALLOCATION_ERROR)
            return err_set(e, ERR_MEMORY, "no memory for the text");
        place_pass_pivot(charset);
        ucnv_getInvalidChars(charset->from, (char *)charset->held, &wrong_size, &asked);
        return place_fail(charset, charset->held, wrong_size > 0 ? (size_t)wrong_size : 0,
                          status == U_TRUNCATED_CHAR_FOUND, e);
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    return ERR_OK;
}

/* ---- The mark at the beginning */

static enum err_code any_feed(struct charset *charset, const char *bytes, size_t size,
                              struct buf *out, struct err *e)
{
    if (charset->from != NULL)
        return convert_feed(charset, bytes, size, false, out, e);
    return utf8_feed(charset, (const unsigned char *)bytes, size, out, e);
}

/* The held bytes are the first three, or all there are. */
static enum err_code mark_read(struct charset *charset, struct buf *out, struct err *e)
{
    unsigned char held[MARK_BYTES];
    size_t size = charset->held_size, skip = 0;

    memcpy(held, charset->held, size);
    charset->held_size = 0;
    charset->begun = true;
    if (charset->from == NULL && size >= 3 && memcmp(held, "\xEF\xBB\xBF", 3) == 0) {
        skip = 3;
    } else if (charset->any && size >= 2 &&
               (memcmp(held, "\xFF\xFE", 2) == 0 || memcmp(held, "\xFE\xFF", 2) == 0)) {
        enum err_code rc;

        snprintf(charset->name, sizeof charset->name, "UTF-16");
        rc = charset_convert(charset, e); /* it reads the mark itself */
        if (rc != ERR_OK)
            return rc;
    }
    return any_feed(charset, (const char *)held + skip, size - skip, out, e);
}

enum err_code charset_feed(struct charset *charset, const char *bytes, size_t size, struct buf *out,
                           struct err *e)
{
    enum err_code rc;

    check(charset->magic == CHARSET_MAGIC);
    check(out != NULL);
    if (!charset->begun) {
        while (charset->held_size < MARK_BYTES && size > 0) {
            charset->held[charset->held_size++] = (unsigned char)*bytes++;
            size--;
        }
        if (charset->held_size < MARK_BYTES)
            return ERR_OK;
        rc = mark_read(charset, out, e);
        if (rc != ERR_OK)
            return rc;
    }
    return size > 0 ? any_feed(charset, bytes, size, out, e) : ERR_OK;
}

enum err_code charset_end(struct charset *charset, struct buf *out, struct err *e)
{
    enum err_code rc = ERR_OK;

    check(charset->magic == CHARSET_MAGIC);
    if (!charset->begun)
        rc = mark_read(charset, out, e);
    if (rc == ERR_OK && charset->from != NULL)
        return convert_feed(charset, "", 0, true, out, e);
    if (rc == ERR_OK && charset->held_size > 0)
        return place_fail(charset, charset->held, charset->held_size, true, e);
    return rc;
}

enum err_code charset_decode(const char *name, const char *bytes, size_t size, struct buf *out,
                             struct err *e)
{
    struct charset *charset = charset_open(name, e);
    enum err_code rc;

    if (charset == NULL)
        return e->code;
    rc = charset_feed(charset, bytes, size, out, e);
    if (rc == ERR_OK)
        rc = charset_end(charset, out, e);
    charset_close(charset);
    return rc;
}

/* ---- Back */

static enum err_code character_missing(UConverter *to, const char *name, struct err *e)
{
    UChar units[8];
    int8_t count = 8;
    UErrorCode status = U_ZERO_ERROR;
    UChar32 point = 0;
    char shown[5] = "";
    int32_t size = 0;

    ucnv_getInvalidUChars(to, units, &count, &status);
    if (U_SUCCESS(status) && count > 0)
        U16_GET(units, 0, 0, count, point);
    if (point >= ' ' && point != 0x7F)
        U8_APPEND_UNSAFE(shown, size, point);
    shown[size] = '\0';
    return err_set(e, ERR_INVALID,
                   "the character \"%s\" (U+%04X) does not exist in %.40s; replace it before, or "
                   "write utf-8",
                   shown, (unsigned)point, name);
}

static enum err_code encode_run(const char *name, UConverter *to, UConverter *from,
                                const char *text, size_t size, struct buf *out, struct err *e)
{
    UChar pivot[CHARSET_PIECE / 2];
    UChar *pivot_source = pivot, *pivot_target = pivot;
    const char *source = text, *end = text + size;
    bool first = true;
    UErrorCode status;

    do {
        char piece[CHARSET_PIECE];
        char *target = piece;

        status = U_ZERO_ERROR;
        ucnv_convertEx(to, from, &target, piece + sizeof piece, &source, end, pivot, &pivot_source,
                       &pivot_target, pivot + CHARSET_PIECE / 2, first, true, &status);
        first = false;
        buf_add(out, piece, (size_t)(target - piece));
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    if (status == U_MEMORY_ALLOCATION_ERROR)
        return err_set(e, ERR_MEMORY, "no memory for the text");
    if (U_FAILURE(status))
        return character_missing(to, name, e);
    return buf_check(out, "the text in its encoding", e);
}

enum err_code charset_encode(const char *name, const char *text, size_t size, bool mark,
                             struct buf *out, struct err *e)
{
    UConverter *to, *from;
    enum err_code rc;

    if (charset_is_utf8(name)) {
        if (mark)
            buf_add(out, "\xEF\xBB\xBF", 3);
        buf_add(out, text, size);
        return buf_check(out, "the text", e);
    }
    if (mark && strcasecmp(name, "utf-16le") == 0)
        buf_add(out, "\xFF\xFE", 2);
    else if (mark && strcasecmp(name, "utf-16be") == 0)
        buf_add(out, "\xFE\xFF", 2);
    to = converter_open(name);
    from = converter_open("UTF-8");
    rc = to != NULL && from != NULL ? encode_run(name, to, from, text, size, out, e)
                                    : name_unknown(name, e);
    if (to != NULL)
        ucnv_close(to);
    if (from != NULL)
        ucnv_close(from);
    return rc;
}
