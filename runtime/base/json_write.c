/* json_write.c - values as text: whole spans at a time, keys in their order, exact numbers as
 * read. */
#include "base/json_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/utf8_priv.h"

struct json_writer {
    struct buf *out;
    bool pretty;
};

static void write_value(const struct json_writer *w, const json_t *value, unsigned depth);

/* ---- texts ----------------------------------------------------------------------------------- */

static void write_escape(struct buf *out, unsigned char c)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: the character, its letter */
    static const char digits[] = "0123456789abcdef";
    char text[6] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };

    for (size_t i = 0; i + 1 < sizeof(shorts); i += 2) {
        if ((unsigned char)shorts[i] == c) {
            text[1] = shorts[i + 1];
            buf_add(out, text, 2);
            return;
        }
    }
    buf_add(out, text, sizeof(text));
}

/* The end of what may be copied as it is: before an escape, invalid UTF-8 or the end. */
static const char *text_span(const char *at, const char *end)
{
    while (at < end) {
        unsigned char c;
        size_t length;

        if (end - at >= 8) {
            length = utf8__plain8(at);
            at += length;
            if (length == 8)
                continue;
        }
        c = (unsigned char)*at;
        if (c < 0x20 || c == '"' || c == '\\')
            break;
        length = utf8__length((const unsigned char *)at, (size_t)(end - at));
        if (length == 0)
            break;
        at += length;
    }
    return at;
}

/* A text without anything to escape: most are. */
static void write_plain(struct buf *out, const char *text, size_t size)
{
    char *at = buf_extend(out, size + 2);

    if (at == NULL)
        return;
    at[0] = '"';
    memcpy(at + 1, text, size);
    at[size + 1] = '"';
}

void json_write_text(struct buf *out, const char *text, size_t size)
{
    const char *begin = text != NULL ? text : "";
    const char *end = begin + size;

    check(text != NULL || size == 0);
    if (text_span(begin, end) == end) {
        write_plain(out, begin, size);
        return;
    }
    buf_add_char(out, '"');
    for (const char *at = begin; at < end; at++) {
        const char *span = text_span(at, end);

        buf_add(out, at, (size_t)(span - at));
        at = span;
        if (at == end)
            break;
        if ((unsigned char)*at < 0x80)
            write_escape(out, (unsigned char)*at);
        else
            buf_add(out, "\xEF\xBF\xBD", 3); /* U+FFFD */
    }
    buf_add_char(out, '"');
}

/* ---- values ---------------------------------------------------------------------------------- */

static void write_line(const struct json_writer *w, unsigned depth)
{
    if (!w->pretty)
        return;
    buf_add_char(w->out, '\n');
    for (unsigned i = 0; i < depth; i++)
        buf_add(w->out, "  ", 2);
}

static void write_object(const struct json_writer *w, json_t *object, unsigned depth)
{
    void *member = json_object_iter(object);

    if (member == NULL) {
        buf_add(w->out, "{}", 2);
        return;
    }
    buf_add_char(w->out, '{');
    while (member != NULL) {
        write_line(w, depth + 1);
        json_write_text(w->out, json_object_iter_key(member), json_object_iter_key_len(member));
        buf_add(w->out, ": ", w->pretty ? 2 : 1);
        write_value(w, json_object_iter_value(member), depth + 1);
        member = json_object_iter_next(object, member);
        if (member != NULL)
            buf_add_char(w->out, ',');
    }
    write_line(w, depth);
    buf_add_char(w->out, '}');
}

static void write_array(const struct json_writer *w, const json_t *array, unsigned depth)
{
    size_t size = json_array_size(array);

    if (size == 0) {
        buf_add(w->out, "[]", 2);
        return;
    }
    buf_add_char(w->out, '[');
    for (size_t i = 0; i < size; i++) {
        if (i > 0)
            buf_add_char(w->out, ',');
        write_line(w, depth + 1);
        write_value(w, json_array_get(array, i), depth + 1);
    }
    write_line(w, depth);
    buf_add_char(w->out, ']');
}

static void write_string(struct buf *out, const json_t *value)
{
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);

    if (text[0] == JSON__EXACT)
        buf_add(out, text + 1, size - 1);
    else
        json_write_text(out, text, size);
}

static void write_value(const struct json_writer *w, const json_t *value, unsigned depth)
{
    char real[JSON__REAL_TEXT];

    check(depth <= JSON__DEPTH); /* a reader's limit is far below; only a fault of ours is deeper */
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(w, (json_t *)value, depth);
        break;
    case JSON_ARRAY:
        write_array(w, value, depth);
        break;
    case JSON_STRING:
        write_string(w->out, value);
        break;
    case JSON_INTEGER:
        buf_add_int(w->out, json_integer_value(value));
        break;
    case JSON_REAL:
        buf_add(w->out, real, json__real_text(json_real_value(value), real));
        break;
    case JSON_TRUE:
        buf_add(w->out, "true", 4);
        break;
    case JSON_FALSE:
        buf_add(w->out, "false", 5);
        break;
    case JSON_NULL:
        buf_add(w->out, "null", 4);
        break;
    }
}

void json_write(struct buf *out, const json_t *value)
{
    struct json_writer writer = { .out = out };

    check(value != NULL);
    write_value(&writer, value, 0);
}

void json_write_pretty(struct buf *out, const json_t *value)
{
    struct json_writer writer = { .out = out, .pretty = true };

    check(value != NULL);
    write_value(&writer, value, 0);
}

char *json_text_new(const json_t *value, size_t ceiling, size_t *len)
{
    struct buf out;

    buf_init(&out, ceiling);
    json_write(&out, value);
    return buf_take(&out, len);
}
