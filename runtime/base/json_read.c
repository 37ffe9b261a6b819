/* json_read.c - the reader: one pass over the text, by recursion as deep as the limit allows.
 *
 * (1) What it returns holds valid UTF-8 without NUL in every key and text, so that C strings are
 *     whole and 0xFF is free to mark an exact number. [json__scan_text]
 * (2) It reads no byte behind the end: the text needs no NUL.
 * (3) It stops at the first fault. The message says where that is and, if it can, what would be
 *     right; it quotes keys, never values. [json__fail] */
#include "base/json_read_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/utf8_priv.h"

#define KEY_SHOWN 64 /* bytes of a key in a message */

/* A key for a message: one line, cut between characters. */
static const char *key_shown(const struct json__span *key, char shown[KEY_SHOWN + 4])
{
    size_t size = key->size <= KEY_SHOWN ? key->size : utf8__cut(key->at, KEY_SHOWN);

    for (size_t i = 0; i < size; i++)
        shown[i] = (unsigned char)key->at[i] < 0x20 ? '?' : key->at[i];
    memcpy(shown + size, size < key->size ? "..." : "", size < key->size ? 4 : 1);
    return shown;
}

static json_t *read_value(struct json__reader *r);

/* ---- containers ------------------------------------------------------------------------------ */

static inline void skip_space(struct json__reader *r)
{
    while (r->at < r->end && (unsigned char)*r->at <= ' ' &&
           (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
}

static bool read_enter(struct json__reader *r)
{
    if (r->depth == r->limits->depth) {
        json__fail(r, r->at, ERR_LIMIT, "more than %u levels deep", r->limits->depth);
        return false;
    }
    r->depth++;
    r->at++;
    skip_space(r);
    return true;
}

/* After a member or an item: 1 if another follows, 0 at the end, -1 on a fault. */
static int read_next(struct json__reader *r, char closing)
{
    const char *what = closing == '}' ? "object" : "array";

    skip_space(r);
    if (r->at == r->end) {
        json__fail(r, r->at, ERR_SYNTAX, "the document ends inside an %s: %c is missing", what,
                   closing);
        return -1;
    }
    if (*r->at == closing) {
        r->at++;
        r->depth--;
        return 0;
    }
    if (*r->at != ',') {
        json__fail(r, r->at, ERR_SYNTAX, "a comma or %c must follow here, in an %s", closing, what);
        return -1;
    }
    r->at++;
    skip_space(r);
    if (r->at < r->end && *r->at == closing) {
        json__fail(r, r->at, ERR_SYNTAX, "a comma too many before %c", closing);
        return -1;
    }
    return 1;
}

/* Reads `"key" :` and leaves a copy of a key that had escapes in *copy. */
static bool read_key(struct json__reader *r, struct json__span *key, char copy[LIMIT_JSON_KEY])
{
    const char *at = r->at;

    if (at == r->end) {
        json__fail(r, at, ERR_SYNTAX, "the document ends inside an object: } is missing");
        return false;
    }
    if (*at != '"') {
        json__fail(r, at, ERR_SYNTAX, "a key in double quotes must stand here, in an object");
        return false;
    }
    if (!json__scan_text(r, key))
        return false;
    if (key->size > LIMIT_JSON_KEY) {
        json__fail(r, at, ERR_LIMIT, "a key of %zu bytes; at most %u are accepted", key->size,
                   LIMIT_JSON_KEY);
        return false;
    }
    if (key->at == r->scratch.at && key->size > 0) {
        memcpy(copy, key->at, key->size);
        key->at = copy;
    }
    skip_space(r);
    if (r->at == r->end || *r->at != ':') {
        json__fail(r, r->at, ERR_SYNTAX, "a colon must follow the key");
        return false;
    }
    r->at++;
    skip_space(r);
    return true;
}

static bool read_member(struct json__reader *r, json_t *object)
{
    const char *begin = r->at;
    size_t before = json_object_size(object);
    char copy[LIMIT_JSON_KEY];
    char shown[KEY_SHOWN + 4];
    struct json__span key;
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
        json__fail_memory(r);
        return false;
    }
    if (json_object_size(object) == before) {
        json__fail(r, begin, ERR_SYNTAX, "duplicate key \"%s\"", key_shown(&key, shown));
        return false;
    }
    return true;
}

static json_t *read_object(struct json__reader *r)
{
    json_t *object;
    int more = 1;

    if (!read_enter(r))
        return NULL;
    object = json_object();
    if (object == NULL) {
        json__fail_memory(r);
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

static bool read_item(struct json__reader *r, json_t *array)
{
    json_t *value;

    r->place.key_at = JSON__NO_KEY;
    value = read_value(r);
    if (value == NULL)
        return false;
    if (json_array_append_new(array, value) == 0)
        return true;
    json__fail_memory(r);
    return false;
}

static json_t *read_array(struct json__reader *r)
{
    json_t *array;
    int more = 1;

    if (!read_enter(r))
        return NULL;
    array = json_array();
    if (array == NULL) {
        json__fail_memory(r);
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

static json_t *read_string(struct json__reader *r)
{
    struct json__span text;
    json_t *value;

    if (!json__scan_text(r, &text))
        return NULL;
    value = json_stringn_nocheck(text.at, text.size);
    if (value == NULL)
        json__fail_memory(r);
    return value;
}

static json_t *read_number(struct json__reader *r)
{
    struct json__number number;
    const char *fault = json__number_scan(r->at, (size_t)(r->end - r->at), &number);
    json_t *value;

    if (fault != NULL) {
        json__fail(r, r->at + number.length, ERR_SYNTAX, "%s", fault);
        return NULL;
    }
    if (number.length > LIMIT_JSON_NUMBER) {
        json__fail(r, r->at, ERR_LIMIT, "a number of %zu characters; at most %u are accepted",
                   number.length, LIMIT_JSON_NUMBER);
        return NULL;
    }
    value = json__number_new(r->at, &number);
    if (value == NULL)
        json__fail_memory(r);
    r->at += number.length;
    return value;
}

static json_t *read_word(struct json__reader *r, const char *word, json_t *value)
{
    if (!json__word_at(r, word)) {
        json__fail_value(r);
        return NULL;
    }
    r->at += strlen(word);
    return value;
}

static json_t *read_by_first(struct json__reader *r)
{
    if (r->at == r->end) {
        json__fail_value(r);
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
        json__fail_value(r);
        return NULL;
    }
}

static json_t *read_value(struct json__reader *r)
{
    uint32_t parent = r->place.parent;
    uint32_t number;
    json_t *value;

    if (r->values == r->limits->values) {
        json__fail(r, r->at, ERR_LIMIT, "more than %zu values", r->limits->values);
        return NULL;
    }
    r->values++;
    if (r->places == NULL)
        return read_by_first(r);
    r->place.at = (size_t)(r->at - r->text);
    if (!json__places_add(r->places, &r->place, &number)) {
        json__fail_memory(r);
        return NULL;
    }
    r->place.parent = number;
    value = read_by_first(r);
    r->place.parent = parent;
    return value;
}

static bool begins_with(const struct json__reader *r, const char *bytes, size_t size)
{
    return (size_t)(r->end - r->text) >= size && memcmp(r->text, bytes, size) == 0;
}

static json_t *read_document(struct json__reader *r)
{
    json_t *value;

    if ((size_t)(r->end - r->text) > r->limits->bytes) {
        r->line = r->column = 1;
        err_set(r->e, ERR_LIMIT, "the document has %zu bytes; at most %zu are accepted",
                (size_t)(r->end - r->text), r->limits->bytes);
        return NULL;
    }
    if (begins_with(r, "\xEF\xBB\xBF", 3)) {
        json__fail(r, r->at, ERR_SYNTAX,
                   "the document begins with a byte order mark (EF BB BF); send it without");
        return NULL;
    }
    if (begins_with(r, "\xFF\xFE", 2) || begins_with(r, "\xFE\xFF", 2)) {
        json__fail(r, r->at, ERR_SYNTAX, "the document is UTF-16; send it as UTF-8");
        return NULL;
    }
    skip_space(r);
    if (r->at == r->end) {
        json__fail(r, r->at, ERR_SYNTAX, "the document is empty");
        return NULL;
    }
    r->place.key_at = JSON__NO_KEY;
    value = read_value(r);
    if (value == NULL)
        return NULL;
    skip_space(r);
    if (r->at == r->end)
        return value;
    json__fail(r, r->at, ERR_SYNTAX, "the document has ended here, but more follows");
    json_decref(value);
    return NULL;
}

static json_t *read_begin(struct json__reader *r, const char *text, size_t size)
{
    json_t *value;

    check(text != NULL || size == 0);
    r->text = r->at = text != NULL ? text : "";
    r->end = r->text + size;
    r->line = r->column = 1;
    buf_init(&r->scratch, size + 1); /* a text is never longer than the document it is in */
    value = read_document(r);
    buf_fini(&r->scratch);
    return value;
}

json_t *json_read(const char *text, size_t size, const struct json_limits *limits, struct err *e)
{
    struct json__reader reader = { .limits = limits, .e = e };

    return read_begin(&reader, text, size);
}

json_t *json_read_places(const char *text, size_t size, const struct json_limits *limits,
                         struct json_places **places, unsigned *line, unsigned *column,
                         struct err *e)
{
    struct json__reader reader = { .limits = limits, .e = e };
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
