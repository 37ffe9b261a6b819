/* form_data.c - multipart/form-data out. */
#include "nodes/form_data.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/foreign.h"
#include "nodes/form.h"
#include "nodes/header.h"
#include "nodes/media.h"

#define BOUNDARY 48u /* bytes with the NUL */

struct writer {
    struct buf *out;
    const char *boundary;
    struct err *e;
    size_t count;
};

bool form_data_is(const char *type)
{
    return media_is(type, "multipart/form-data");
}

static enum err_code refuse(struct writer *writer, const char *name, const char *what)
{
    return err_set(writer->e, ERR_INVALID, "the part \"%.80s\" of the form %s", name, what);
}

/* As browsers do (WHATWG HTML, 4.10.21.8): what would end the quotes or the line is
 * percent-encoded. */
static void quoted_add(struct buf *out, const char *text)
{
    buf_add_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            buf_add_text(out, "%22");
        else if (*text == '\r')
            buf_add_text(out, "%0D");
        else if (*text == '\n')
            buf_add_text(out, "%0A");
        else
            buf_add_char(out, *text);
    }
    buf_add_char(out, '"');
}

static enum err_code head_add(struct writer *writer, const char *name, const char *file,
                              const char *type)
{
    if (type != NULL && (!header_value_valid(type) || *type == '\0'))
        return refuse(writer, name, "has a \"type\" that cannot be sent");
    if (++writer->count > FORM_FIELDS)
        return err_set(writer->e, ERR_LIMIT, "the form has more than %u parts", FORM_FIELDS);
    buf_addf(writer->out, "--%s\r\nContent-Disposition: form-data; name=", writer->boundary);
    quoted_add(writer->out, name);
    if (file != NULL) {
        buf_add_text(writer->out, "; filename=");
        quoted_add(writer->out, file);
    }
    if (type != NULL)
        buf_addf(writer->out, "\r\nContent-Type: %s", type);
    buf_add_text(writer->out, "\r\n\r\n");
    return ERR_OK;
}

/* {"text" or "base64", "filename", "type"} */
static enum err_code file_add(struct writer *writer, const char *name, json_t *part)
{
    json_t *text = json_object_get(part, "text");
    const char *file = json_get_text(part, "filename"), *type = json_get_text(part, "type"),
               *ignored;
    struct buf bytes;
    bool decoded;
    enum err_code rc;

    if ((text != NULL) == (json_object_get(part, "base64") != NULL))
        return refuse(writer, name, "is an object, and so must have \"text\" or \"base64\"");
    if (type == NULL && file != NULL)
        type = text != NULL ? "text/plain; charset=utf-8" : "application/octet-stream";
    buf_init(&bytes, LIMIT_OUTPUT);
    rc = foreign_bytes(text != NULL ? text : part, &bytes, &ignored, &decoded, writer->e);
    if (rc == ERR_OK)
        rc = head_add(writer, name, file, type);
    else
        err_prefix(writer->e, "the part \"%.80s\" of the form", name);
    if (rc == ERR_OK)
        buf_add(writer->out, buf_text(&bytes), bytes.len);
    buf_add_text(writer->out, "\r\n");
    buf_fini(&bytes);
    return rc;
}

static enum err_code part_add(struct writer *writer, const char *name, json_t *value)
{
    char *digits;
    size_t size = 0;
    enum err_code rc;

    if (json_is_null(value))
        return ERR_OK;
    if (json_is_object(value))
        return file_add(writer, name, value);
    if (json_is_array(value))
        return refuse(writer, name, "is a list within a list");
    rc = head_add(writer, name, NULL, NULL);
    if (rc != ERR_OK)
        return rc;
    if (json_is_text(value)) {
        buf_add(writer->out, json_string_value(value), json_string_length(value));
    } else {
        digits = json_text_new(value, LIMIT_JSON_NUMBER + 1, &size);
        buf_add(writer->out, digits != NULL ? digits : "", size);
        mem_free(digits);
    }
    buf_add_text(writer->out, "\r\n");
    return ERR_OK;
}

static enum err_code parts_add(struct writer *writer, json_t *object)
{
    const char *name;
    json_t *value, *item;
    enum err_code rc = ERR_OK;
    size_t i;

    json_object_foreach(object, name, value)
    {
        if (!json_is_array(value))
            rc = part_add(writer, name, value);
        for (i = 0; rc == ERR_OK && i < json_array_size(value); i++) {
            item = json_array_get(value, i);
            rc = part_add(writer, name, item);
        }
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

static enum err_code files_add(struct writer *writer, struct form_data_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum err_code rc = head_add(writer, files[i].part, files[i].filename, files[i].type);

        if (rc != ERR_OK)
            return rc;
        files[i].at = writer->out->len;
        buf_add_text(writer->out, "\r\n");
    }
    return ERR_OK;
}

/* A hash of the value and of the digests of the files: who wants a part to hold its own boundary
 * would have to find a fixed point of SHA-256. */
static void boundary_make(const json_t *object, const struct form_data_file *files, size_t count,
                          char boundary[BOUNDARY])
{
    struct hash *hash = hash_new(NULL, 0);
    unsigned char digest[HASH_SIZE];
    char text[HASH_TEXT];
    struct buf all;

    check(hash != NULL);
    buf_init(&all, 2 * (size_t)LIMIT_OUTPUT);
    if (object != NULL)
        json_write(&all, object);
    hash_add(hash, buf_text(&all), all.len);
    for (size_t i = 0; i < count; i++)
        hash_add(hash, files[i].digest, strlen(files[i].digest));
    hash_end(hash, digest);
    hash_text(digest, text);
    snprintf(boundary, BOUNDARY, "weft-%.40s", text);
    buf_fini(&all);
    hash_free(hash);
}

enum err_code form_data_write(json_t *object, struct form_data_file *files, size_t count,
                              struct buf *out, char type[FORM_DATA_TYPE], struct err *e)
{
    char boundary[BOUNDARY];
    struct writer writer = { .out = out, .boundary = boundary, .e = e };
    enum err_code rc = ERR_OK;

    if (count > 0 && json_is_null(object))
        object = NULL;
    if (!json_is_object(object) && (count == 0 || object != NULL))
        return err_set(e, ERR_INVALID, "a body of multipart/form-data is an object, but is: %s",
                       json_kind(object));
    boundary_make(object, files, count, boundary);
    snprintf(type, FORM_DATA_TYPE, "multipart/form-data; boundary=%s", boundary);
    if (object != NULL)
        rc = parts_add(&writer, object);
    if (rc == ERR_OK)
        rc = files_add(&writer, files, count);
    if (rc != ERR_OK)
        return rc;
    buf_addf(out, "--%s--\r\n", boundary);
    return buf_check(out, "the form", e);
}
