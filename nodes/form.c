/* form.c - application/x-www-form-urlencoded in and out. */
#include "nodes/form.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/percent.h"

/* Decodes one half of a pair into *out, which the caller owns. */
static enum err_code form_decode(const char *text, size_t size, const char *what, struct buf *out,
                                 struct err *e)
{
    enum err_code rc;

    buf_init(out, size + 1);
    if (!percent_read(out, text, size, true))
        return err_set(e, ERR_SYNTAX,
                       "%s has a percent sign that is not followed by two hex digits", what);
    rc = buf_check(out, what, e);
    if (rc != ERR_OK)
        return rc;
    if (memchr(buf_text(out), '\0', out->len) != NULL)
        return err_set(e, ERR_SYNTAX, "%s has a NUL character (%%00)", what);
    if (!utf8_valid(buf_text(out), out->len))
        return err_set(e, ERR_SYNTAX, "%s is not valid UTF-8 behind its percent signs", what);
    return ERR_OK;
}

/* The first value of a name stands alone, the second makes an array of both. */
static bool form_put(json_t *object, const char *name, json_t *value)
{
    json_t *old = json_object_get(object, name);
    json_t *list;

    if (value == NULL)
        return false;
    if (old == NULL)
        return json_object_set_new(object, name, value) == 0;
    if (json_is_array(old))
        return json_array_append_new(old, value) == 0;
    list = json_array();
    if (list == NULL || json_array_append(list, old) != 0) {
        json_decref(list);
        json_decref(value);
        return false;
    }
    if (json_array_append_new(list, value) != 0) {
        json_decref(list);
        return false;
    }
    return json_object_set_new(object, name, list) == 0;
}

static enum err_code form_read_pair(const char *text, size_t size, const char *what, json_t *object,
                                    struct err *e)
{
    const char *equals = memchr(text, '=', size);
    size_t name_size = equals != NULL ? (size_t)(equals - text) : size;
    size_t value_size = equals != NULL ? size - name_size - 1 : 0;
    struct buf name, value;
    enum err_code rc;

    buf_init(&value, 1);
    rc = form_decode(text, name_size, what, &name, e);
    if (rc == ERR_OK)
        rc = form_decode(equals != NULL ? equals + 1 : "", value_size, what, &value, e);
    if (rc == ERR_OK &&
        !form_put(object, buf_text(&name), json_stringn(buf_text(&value), value.len)))
        rc = err_set(e, ERR_MEMORY, "no memory for %s", what);
    buf_fini(&name);
    buf_fini(&value);
    return rc;
}

enum err_code form_read(const char *text, size_t size, const char *what, json_t **out,
                        struct err *e)
{
    json_t *object = json_object();
    const char *end = text + size;
    enum err_code rc = ERR_OK;
    size_t count = 0;

    check(text != NULL);
    check(out != NULL);
    *out = NULL;
    if (object == NULL)
        return err_set(e, ERR_MEMORY, "no memory for %s", what);
    while (text < end && rc == ERR_OK) {
        const char *stop = memchr(text, '&', (size_t)(end - text));
        size_t piece = stop != NULL ? (size_t)(stop - text) : (size_t)(end - text);

        if (piece > 0 && ++count > FORM_FIELDS)
            rc = err_set(e, ERR_LIMIT, "%s has more than %u fields", what, FORM_FIELDS);
        else if (piece > 0)
            rc = form_read_pair(text, piece, what, object, e);
        text += piece + (stop != NULL);
    }
    if (rc == ERR_OK)
        *out = object;
    else
        json_decref(object);
    return rc;
}

static enum err_code form_write_one(struct buf *out, const char *name, const json_t *value,
                                    const char *what, struct err *e)
{
    const char *text = json_text(value);
    char *digits = NULL;
    size_t size = 0;

    if (json_is_null(value))
        return ERR_OK;
    if (json_is_object(value) || json_is_array(value))
        return err_set(e, ERR_INVALID, "%s: \"%s\" is an %s; a text or a number belongs there",
                       what, name, json_kind(value));
    if (text != NULL) {
        size = json_string_length(value);
    } else {
        digits = json_text_new(value, LIMIT_JSON_NUMBER + 1, &size);
        if (digits == NULL)
            return err_set(e, ERR_MEMORY, "no memory for %s", what);
        text = digits;
    }
    if (out->len > 0)
        buf_add_char(out, '&');
    percent_write(out, name, strlen(name));
    buf_add_char(out, '=');
    percent_write(out, text, size);
    mem_free(digits);
    return ERR_OK;
}

enum err_code form_write(struct buf *out, json_t *object, const char *what, struct err *e)
{
    const char *name;
    json_t *value, *item;
    size_t i;
    enum err_code rc;

    check(json_is_object(object));
    json_object_foreach(object, name, value)
    {
        if (json_is_array(value)) {
            json_array_foreach(value, i, item)
            {
                rc = form_write_one(out, name, item, what, e);
                if (rc != ERR_OK)
                    return rc;
            }
            continue;
        }
        rc = form_write_one(out, name, value, what, e);
        if (rc != ERR_OK)
            return rc;
    }
    return buf_check(out, what, e);
}
