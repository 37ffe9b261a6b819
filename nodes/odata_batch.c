/* odata_batch.c - the body of an OData $batch: one change set, done all or not at all.
 *
 * JSON is written without line breaks, so a boundary can never stand at the beginning of a line of
 * a row's text; everything else in a part is made here from checked names and literals. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/percent.h"
#include "nodes/odata.h"

#define CHANGE_SET "weft_changes"
#define PLACE_MAX  40u

static const struct kind {
    const char *name, *method, *condition; /* a header line when no etag is given; NULL: none */
    bool has_key, has_row;
} kinds[] = {
    { "create", "POST", NULL, false, true },
    { "update", "PATCH", "If-Match: *", true, true },
    { "upsert", "PATCH", NULL, true, true },
    { "delete", "DELETE", NULL, true, false },
};

static const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static bool set_valid(const char *name)
{
    return name != NULL && *name != '\0' && strlen(name) <= 128 &&
           name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789")] ==
               '\0' &&
           strchr("0123456789", name[0]) == NULL;
}

/* An entity tag as systems give it: W/"1234". */
static bool etag_valid(const char *tag)
{
    size_t size = strlen(tag);
    const char *at = strncmp(tag, "W/", 2) == 0 ? tag + 2 : tag;

    for (const char *c = tag; *c != '\0'; c++)
        if ((unsigned char)*c < 0x21 || (unsigned char)*c > 0x7e)
            return false;
    return strcmp(tag, "*") == 0 ||
           (size > 2 && size < 200 && *at == '"' && strchr(at + 1, '"') == tag + size - 1);
}

static enum err_code change_target(const struct kind *kind, const json_t *change, const char *root,
                                   struct buf *out, struct err *e)
{
    enum err_code rc;

    buf_addf(out, "%s %s%s", kind->method, root, json_get_text(change, "table"));
    if (!kind->has_key)
        return ERR_OK;
    buf_add_char(out, '(');
    rc = odata_key_url(json_object_get(change, "key"), out, e);
    buf_add_char(out, ')');
    return rc;
}

static enum err_code change_condition(const struct kind *kind, const json_t *change,
                                      struct buf *out, struct err *e)
{
    const json_t *tag = json_object_get(change, "etag");
    const char *text = json_text(tag);

    if (tag == NULL || json_is_null(tag)) {
        if (kind->condition != NULL)
            buf_addf(out, "%s\r\n", kind->condition);
        return ERR_OK;
    }
    if (text == NULL || !etag_valid(text) || !kind->has_key)
        return err_set(
            e, ERR_INVALID,
            "\"etag\" is the row's \"@odata.etag\" as it was read, such as W/\"468026\", "
            "of a row that is there");
    buf_addf(out, "If-Match: %s\r\n", text);
    return ERR_OK;
}

static enum err_code change_row(const struct kind *kind, const json_t *change, struct buf *out,
                                struct err *e)
{
    const json_t *row = json_object_get(change, "row");

    if (!kind->has_row) {
        buf_add_text(out, "\r\n");
        return row == NULL ? ERR_OK : err_set(e, ERR_INVALID, "\"%s\" takes no row", kind->name);
    }
    if (!json_is_object(row))
        return err_set(e, ERR_INVALID, "\"row\" must be an object of columns, but is: %s",
                       json_kind(row));
    buf_add_text(out, "Content-Type: application/json; type=entry\r\n\r\n");
    json_write(out, row);
    buf_add_text(out, "\r\n");
    return ERR_OK;
}

static enum err_code change_members(const json_t *change, struct err *e)
{
    static const char *const known[] = { "do", "table", "key", "row", "etag", NULL };
    const char *name;
    json_t *member;

    json_object_foreach((json_t *)change, name, member)
    {
        size_t i = 0;

        while (known[i] != NULL && strcmp(known[i], name) != 0)
            i++;
        if (known[i] == NULL)
            return err_set(e, ERR_INVALID, "a change has no \"%.60s\"", name);
    }
    if (!set_valid(json_get_text(change, "table")))
        return err_set(e, ERR_INVALID, "\"table\" must be the name of a set, such as accounts");
    return ERR_OK;
}

static enum err_code change_add(const json_t *change, const char *root, size_t id, struct buf *out,
                                struct err *e)
{
    const struct kind *kind = kind_find(json_get_text(change, "do"));
    enum err_code rc;

    if (kind == NULL)
        return err_set(e, ERR_INVALID, "\"do\" is create, update, upsert or delete");
    rc = change_members(change, e);
    if (rc != ERR_OK)
        return rc;
    buf_addf(out,
             "--" CHANGE_SET "\r\nContent-Type: application/http\r\n"
             "Content-Transfer-Encoding: binary\r\nContent-ID: %zu\r\n\r\n",
             id);
    rc = change_target(kind, change, root, out, e);
    if (rc != ERR_OK)
        return rc;
    buf_add_text(out, " HTTP/1.1\r\n");
    rc = change_condition(kind, change, out, e);
    return rc == ERR_OK ? change_row(kind, change, out, e) : rc;
}

enum err_code odata_batch(const json_t *changes, const char *root, struct buf *out, struct err *e)
{
    const json_t *change;
    size_t i;

    check(root != NULL && *root == '/');
    if (!json_is_array(changes) || json_array_size(changes) == 0 ||
        json_array_size(changes) > ODATA_CHANGES)
        return err_set(e, ERR_INVALID, "the changes must be a list of 1 to %u", ODATA_CHANGES);
    buf_add_text(out, "--" ODATA_BATCH "\r\nContent-Type: multipart/mixed; boundary=" CHANGE_SET
                      "\r\n\r\n");
    json_array_foreach((json_t *)changes, i, change)
    {
        enum err_code rc = change_add(change, root, i + 1, out, e);

        if (rc != ERR_OK) {
            char place[PLACE_MAX];

            snprintf(place, sizeof place, "change %zu", i + 1);
            return err_prefix(e, "%s", place);
        }
    }
    buf_add_text(out, "--" CHANGE_SET "--\r\n--" ODATA_BATCH "--\r\n");
    return buf_check(out, "the batch", e);
}
