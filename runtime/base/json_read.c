/* json_read.c - the reader: one pass over the text, by recursion as deep as the limit allows.
 *
 * (1) What it returns holds valid UTF-8 without NUL in every key and text, so that C strings are whole and
 *     0xFF is free to mark an exact number.
 * (2) It reads no byte behind the end: the text needs no NUL.
 * (3) It stops at the first fault. The message says where that is and, if it can, what would be right; it
 *     quotes keys, never values.                                                     [read_fail] */
#include "base/json_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/utf8_priv.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "utf8__plain8() counts from the low end");

struct span {
    const char *at;
    size_t size;
};

struct json_reader {
    const char *text;
    const char *at;
    const char *end;
    const struct json_limits *limits;
    size_t values;
    unsigned depth;
    struct buf scratch;         /* a text with escapes, decoded; until the next text is read */
    struct json_places *places; /* NULL: not wanted */
    struct json__place place;   /* of the value that comes next */
    unsigned line;              /* of the fault */
    unsigned column;
    struct err *e;
};

static json_t *read_value(struct json_reader *r);

/* ---- faults ---------------------------------------------------------------------------------- */

static void read_fail(struct json_reader *r, const char *at, enum err_code code, const char *fmt,
                      ...) __attribute__((format(printf, 4, 5), cold));
static void read_fail(struct json_reader *r, const char *at, enum err_code code, const char *fmt,
                      ...)
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

static void read_starve(struct json_reader *r)
{
    json__where(r->text, (size_t)(r->at - r->text), &r->line, &r->column);
    err_set(r->e, ERR_MEMORY, "out of memory for a document of %zu bytes",
            (size_t)(r->end - r->text));
}

#define KEY_SHOWN 64 /* bytes of a key in a message */

/* A key for a message: one line, cut between characters. */
static const char *key_shown(const struct span *key, char shown[KEY_SHOWN + 4])
{
    size_t size = key->size <= KEY_SHOWN ? key->size : utf8__cut(key->at, KEY_SHOWN);

    for (size_t i = 0; i < size; i++)
        shown[i] = (unsigned char)key->at[i] < 0x20 ? '?' : key->at[i];
    memcpy(shown + size, size < key->size ? "..." : "", size < key->size ? 4 : 1);
    return shown;
}

static bool word_at(const struct json_reader *r, const char *word)
{
    size_t size = strlen(word);

    return (size_t)(r->end - r->at) >= size && memcmp(r->at, word, size) == 0;
}

/* Says what stands where a value should, and what its author may have meant. */
static void read_fail_value(struct json_reader *r)
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
        read_fail(r, r->at, ERR_SYNTAX, "the document ends where a value should be");
        return;
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (word_at(r, wrong[i].text)) {
            read_fail(r, r->at, ERR_SYNTAX, "%s", wrong[i].remedy);
            return;
        }
    }
    c = (unsigned char)*r->at;
    if (c > 0x20 && c < 0x7F)
        read_fail(r, r->at, ERR_SYNTAX,
                  "a value cannot begin with %c; it is an object, an array, a text in double "
                  "quotes, a number, true, false or null",
                  c);
    else
        read_fail(r, r->at, ERR_SYNTAX, "a value cannot begin with the byte 0x%02X", c);
}

/* ---- texts ----------------------------------------------------------------------------------- */

static bool read_hex4(const char *at, const char *end, uint32_t *point)
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
static bool read_escape_point(struct json_reader *r)
{
    char text[4];
    uint32_t point;
    uint32_t low;
    size_t size = 6;

    if (!read_hex4(r->at + 2, r->end, &point)) {
        read_fail(r, r->at, ERR_SYNTAX, "four hexadecimal digits must follow \\u");
        return false;
    }
    if (point == 0) {
        read_fail(r, r->at, ERR_SYNTAX, "a NUL character (\\u0000) is not accepted");
        return false;
    }
    if (point >= 0xD800 && point <= 0xDFFF) {
        if (point >= 0xDC00 || r->end - r->at < 12 || r->at[6] != '\\' || r->at[7] != 'u' ||
            !read_hex4(r->at + 8, r->end, &low) || low < 0xDC00 || low > 0xDFFF) {
            read_fail(r, r->at, ERR_SYNTAX, "half a surrogate pair (\\u%04x) is no character",
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
static bool read_escape(struct json_reader *r)
{
    static const char pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t"; /* the letter, what it stands for */

    if (r->end - r->at < 2) {
        read_fail(r, r->end, ERR_SYNTAX, "the document ends inside a text");
        return false;
    }
    if (r->at[1] == 'u')
        return read_escape_point(r);
    for (size_t i = 0; i + 1 < sizeof(pairs); i += 2) {
        if (pairs[i] == r->at[1]) {
            buf_add_char(&r->scratch, pairs[i + 1]);
            r->at += 2;
            return true;
        }
    }
    read_fail(r, r->at, ERR_SYNTAX,
              "there is no such escape in a text; a backslash itself is written \\\\");
    return false;
}

/* Moves on to the quote or the backslash that ends a span of plain characters. */
static bool read_plain(struct json_reader *r)
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
            read_fail(r, at, ERR_SYNTAX, "the document ends inside a text");
            return false;
        }
        c = (unsigned char)*at;
        if (c == '"' || c == '\\')
            return true;
        if (c < 0x20)
            break;
        length = utf8__length((const unsigned char *)at, (size_t)(r->end - at));
        if (length == 0) {
            read_fail(r, at, ERR_SYNTAX, "the byte 0x%02X is not valid UTF-8", c);
            return false;
        }
        at += length;
    }
    if (c == '\n' || c == '\r')
        read_fail(r, at, ERR_SYNTAX, "a text cannot go over the end of a line; write \\n");
    else
        read_fail(r, at, ERR_SYNTAX, "a control character (0x%02X) in a text; write \\u%04x", c, c);
    return false;
}

/* Reads a text whose first quote is at r->at. The span lies in the document or in r->scratch. */
static bool read_text(struct json_reader *r, struct span *text)
{
    const char *begin = ++r->at;

    if (!read_plain(r))
        return false;
    if (*r->at == '"') {
        *text = (struct span){ begin, (size_t)(r->at++ - begin) };
        return true;
    }
    buf_clear(&r->scratch);
    for (;;) {
        buf_add(&r->scratch, begin, (size_t)(r->at - begin));
        if (*r->at == '"')
            break;
        if (!read_escape(r))
            return false;
        begin = r->at;
        if (!read_plain(r))
            return false;
    }
    r->at++;
    if (!buf_ok(&r->scratch)) {
        read_starve(r);
        return false;
    }
    *text = (struct span){ buf_text(&r->scratch), r->scratch.len };
    return true;
}

/* ---- containers ------------------------------------------------------------------------------ */

static inline void skip_space(struct json_reader *r)
{
    while (r->at < r->end && (unsigned char)*r->at <= ' ' &&
           (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
}

static bool read_enter(struct json_reader *r)
{
    if (r->depth == r->limits->depth) {
        read_fail(r, r->at, ERR_LIMIT, "more than %u levels deep", r->limits->depth);
        return false;
    }
    r->depth++;
    r->at++;
    skip_space(r);
    return true;
}

/* After a member or an item: 1 if another follows, 0 at the end, -1 on a fault. */
static int read_next(struct json_reader *r, char closing)
{
    const char *what = closing == '}' ? "object" : "array";

    skip_space(r);
    if (r->at == r->end) {
        read_fail(r, r->at, ERR_SYNTAX, "the document ends inside an %s: %c is missing", what,
                  closing);
        return -1;
    }
    if (*r->at == closing) {
        r->at++;
        r->depth--;
        return 0;
    }
    if (*r->at != ',') {
        read_fail(r, r->at, ERR_SYNTAX, "a comma or %c must follow here, in an %s", closing, what);
        return -1;
    }
    r->at++;
    skip_space(r);
    if (r->at < r->end && *r->at == closing) {
        read_fail(r, r->at, ERR_SYNTAX, "a comma too many before %c", closing);
        return -1;
    }
    return 1;
}

/* Reads `"key" :` and leaves a copy of a key that had escapes in *copy. */
static bool read_key(struct json_reader *r, struct span *key, char copy[LIMIT_JSON_KEY])
{
    const char *at = r->at;

    if (at == r->end) {
        read_fail(r, at, ERR_SYNTAX, "the document ends inside an object: } is missing");
        return false;
    }
    if (*at != '"') {
        read_fail(r, at, ERR_SYNTAX, "a key in double quotes must stand here, in an object");
        return false;
    }
    if (!read_text(r, key))
        return false;
    if (key->size > LIMIT_JSON_KEY) {
        read_fail(r, at, ERR_LIMIT, "a key of %zu bytes; at most %u are accepted", key->size,
                  LIMIT_JSON_KEY);
        return false;
    }
    if (key->at == r->scratch.at && key->size > 0) {
        memcpy(copy, key->at, key->size);
        key->at = copy;
    }
    skip_space(r);
    if (r->at == r->end || *r->at != ':') {
        read_fail(r, r->at, ERR_SYNTAX, "a colon must follow the key");
        return false;
    }
    r->at++;
    skip_space(r);
    return true;
}

static bool read_member(struct json_reader *r, json_t *object)
{
    const char *begin = r->at;
    size_t before = json_object_size(object);
    char copy[LIMIT_JSON_KEY];
    char shown[KEY_SHOWN + 4];
    struct span key;
    json_t *value;

    if (!read_key(r, &key, copy))
        return false;
    r->place.key = key.at;
    r->place.key_size = key.size;
    r->place.key_at = (size_t)(begin - r->text);
    value = read_value(r);
    if (value == NULL)
        return false;
    if (json_object_setn_new_nocheck(object, key.at, key.size, value) != 0) {
        read_starve(r);
        return false;
    }
    if (json_object_size(object) == before) {
        read_fail(r, begin, ERR_SYNTAX, "duplicate key \"%s\"", key_shown(&key, shown));
        return false;
    }
    return true;
}

static json_t *read_object(struct json_reader *r)
{
    json_t *object;
    int more = 1;

    if (!read_enter(r))
        return NULL;
    object = json_object();
    if (object == NULL) {
        read_starve(r);
        return NULL;
    }
    if (r->at < r->end && *r->at == '}')
        more = read_next(r, '}');
    while (more > 0)
        more = read_member(r, object) ? read_next(r, '}') : -1;
    if (more == 0)
        return object;
    json_decref(object);
    return NULL;
}

static bool read_item(struct json_reader *r, json_t *array)
{
    json_t *value;

    r->place.key_at = JSON__NO_KEY;
    value = read_value(r);
    if (value == NULL)
        return false;
    if (json_array_append_new(array, value) == 0)
        return true;
    read_starve(r);
    return false;
}

static json_t *read_array(struct json_reader *r)
{
    json_t *array;
    int more = 1;

    if (!read_enter(r))
        return NULL;
    array = json_array();
    if (array == NULL) {
        read_starve(r);
        return NULL;
    }
    if (r->at < r->end && *r->at == ']')
        more = read_next(r, ']');
    while (more > 0)
        more = read_item(r, array) ? read_next(r, ']') : -1;
    if (more == 0)
        return array;
    json_decref(array);
    return NULL;
}

/* ---- values ---------------------------------------------------------------------------------- */

static json_t *read_string(struct json_reader *r)
{
    struct span text;
    json_t *value;

    if (!read_text(r, &text))
        return NULL;
    value = json_stringn_nocheck(text.at, text.size);
    if (value == NULL)
        read_starve(r);
    return value;
}

static json_t *read_number(struct json_reader *r)
{
    struct json__number number;
    const char *fault = json__number_scan(r->at, (size_t)(r->end - r->at), &number);
    json_t *value;

    if (fault != NULL) {
        read_fail(r, r->at + number.length, ERR_SYNTAX, "%s", fault);
        return NULL;
    }
    if (number.length > LIMIT_JSON_NUMBER) {
        read_fail(r, r->at, ERR_LIMIT, "a number of %zu characters; at most %u are accepted",
                  number.length, LIMIT_JSON_NUMBER);
        return NULL;
    }
    value = json__number_new(r->at, &number);
    if (value == NULL)
        read_starve(r);
    r->at += number.length;
    return value;
}

static json_t *read_word(struct json_reader *r, const char *word, json_t *value)
{
    if (!word_at(r, word)) {
        read_fail_value(r);
        return NULL;
    }
    r->at += strlen(word);
    return value;
}

static json_t *read_by_first(struct json_reader *r)
{
    if (r->at == r->end) {
        read_fail_value(r);
        return NULL;
    }
    switch (*r->at) {
    case '"':
        return read_string(r);
    case '{':
        return read_object(r);
    case '[':
        return read_array(r);
    case 't':
        return read_word(r, "true", json_true());
    case 'f':
        return read_word(r, "false", json_false());
    case 'n':
        return read_word(r, "null", json_null());
    default:
        if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))
            return read_number(r);
        read_fail_value(r);
        return NULL;
    }
}

static json_t *read_value(struct json_reader *r)
{
    uint32_t parent = r->place.parent;
    json_t *value;

    if (r->values == r->limits->values) {
        read_fail(r, r->at, ERR_LIMIT, "more than %zu values", r->limits->values);
        return NULL;
    }
    r->values++;
    if (r->places == NULL)
        return read_by_first(r);
    r->place.at = (size_t)(r->at - r->text);
    if (!json__places_add(r->places, &r->place, &r->place.parent)) {
        read_starve(r);
        return NULL;
    }
    value = read_by_first(r);
    r->place.parent = parent;
    return value;
}

static bool begins_with(const struct json_reader *r, const char *bytes, size_t size)
{
    return (size_t)(r->end - r->text) >= size && memcmp(r->text, bytes, size) == 0;
}

static json_t *read_document(struct json_reader *r)
{
    json_t *value;

    if ((size_t)(r->end - r->text) > r->limits->bytes) {
        r->line = r->column = 1;
        err_set(r->e, ERR_LIMIT, "the document has %zu bytes; at most %zu are accepted",
                (size_t)(r->end - r->text), r->limits->bytes);
        return NULL;
    }
    if (begins_with(r, "\xEF\xBB\xBF", 3)) {
        read_fail(r, r->at, ERR_SYNTAX,
                  "the document begins with a byte order mark (EF BB BF); send it without");
        return NULL;
    }
    if (begins_with(r, "\xFF\xFE", 2) || begins_with(r, "\xFE\xFF", 2)) {
        read_fail(r, r->at, ERR_SYNTAX, "the document is UTF-16; send it as UTF-8");
        return NULL;
    }
    skip_space(r);
    if (r->at == r->end) {
        read_fail(r, r->at, ERR_SYNTAX, "the document is empty");
        return NULL;
    }
    r->place.key_at = JSON__NO_KEY;
    value = read_value(r);
    if (value == NULL)
        return NULL;
    skip_space(r);
    if (r->at == r->end)
        return value;
    read_fail(r, r->at, ERR_SYNTAX, "the document has ended here, but more follows");
    json_decref(value);
    return NULL;
}

static json_t *read_begin(struct json_reader *r, const char *text, size_t size)
{
    json_t *value;

    check(text != NULL || size == 0);
    r->text = r->at = text != NULL ? text : "";
    r->end = r->text + size;
    r->line = r->column = 1;
    buf_init(&r->scratch, r->limits->bytes);
    value = read_document(r);
    buf_fini(&r->scratch);
    return value;
}

json_t *json_read(const char *text, size_t size, const struct json_limits *limits, struct err *e)
{
    struct json_reader reader = { .limits = limits, .e = e };

    return read_begin(&reader, text, size);
}

json_t *json_read_places(const char *text, size_t size, const struct json_limits *limits,
                         struct json_places **places, unsigned *line, unsigned *column,
                         struct err *e)
{
    struct json_reader reader = { .limits = limits, .e = e };
    json_t *value;

    *places = NULL;
    if (size <= limits->bytes) { /* if not, the reader refuses it */
        reader.places = json__places_new(text, size);
        if (reader.places == NULL) {
            *line = *column = 1;
            err_set(e, ERR_MEMORY, "out of memory for a document of %zu bytes", size);
            return NULL;
        }
    }
    value = read_begin(&reader, text, size);
    if (value == NULL) {
        json_places_free(reader.places);
        *line = reader.line;
        *column = reader.column;
        return NULL;
    }
    *places = reader.places;
    return value;
}
