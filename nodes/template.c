/* template.c - texts and JSON with places. */
#include "nodes/template.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/percent.h"
#include "nodes/odata.h"
#include "nodes/reply.h"

#define FILTERS_MAX 4u
/* those from ODATA_FILTER on make a text of any value, and stand first */
#define FILTER_TABLE(X)             \
    X(TEXT, "text")                 \
    X(ODATA, "odata")               \
    X(URL, "url")                   \
    X(LIKE, "like")                 \
    X(ODATA_FILTER, "odata_filter") \
    X(ODATA_KEY, "odata_key") X(ODATA_NAMES, "odata_names") X(ODATA_CHANGES, "odata_changes")
enum filter {
#define X(code, name) FILTER_##code,
    FILTER_TABLE(X)
#undef X
};

/* One piece of a template: bytes as they are, or a place. */
struct piece {
    const char *text; /* NULL: a place */
    size_t size;
    char path[TEMPLATE_PATH + 1];
    enum filter filters[FILTERS_MAX];
    size_t filter_count;
};

static bool filter_find(const char *name, size_t size, enum filter *filter)
{
    static const char *const names[] = {
#define X(code, name) name,
        FILTER_TABLE(X)
#undef X
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == size && strncmp(names[i], name, size) == 0) {
            *filter = (enum filter)i;
            return true;
        }
    return false;
}

/* What stands between the braces: a path and filters. */
static enum err_code piece_read_place(struct piece *piece, const char *at, size_t size,
                                      struct err *e)
{
    size_t path = 0;

    while (path < size && at[path] != '|')
        path++;
    if (path == 0 || path > TEMPLATE_PATH || at[0] == '.' || at[path - 1] == '.')
        return err_set(e, ERR_SYNTAX, "\"{%.*s}\" names no value", (int)size, at);
    memcpy(piece->path, at, path);
    piece->path[path] = '\0';
    if (strpbrk(piece->path, " {\"'\t\r\n") != NULL || strstr(piece->path, "..") != NULL)
        return err_set(e, ERR_SYNTAX, "\"{%.*s}\" names no value", (int)size, at);
    while (path < size) {
        const char *name = at + path + 1;
        size_t length = 0;

        while (path + 1 + length < size && name[length] != '|')
            length++;
        if (piece->filter_count == FILTERS_MAX ||
            !filter_find(name, length, &piece->filters[piece->filter_count]))
            return err_set(
                e, ERR_SYNTAX,
                "\"{%.*s}\": the filters are text, url, like, odata, odata_filter, odata_key, "
                "odata_names and odata_changes",
                (int)size, at);
        if (piece->filter_count > 0 && piece->filters[piece->filter_count] >= FILTER_ODATA_FILTER)
            return err_set(e, ERR_SYNTAX, "\"{%.*s}\": \"%.*s\" must be the first filter",
                           (int)size, at, (int)length, name);
        piece->filter_count++;
        path += 1 + length;
    }
    return ERR_OK;
}

/* The next piece of a text, which is moved behind it. */
static enum err_code piece_next(const char **text, struct piece *piece, struct err *e)
{
    const char *at = *text;
    size_t size;

    *piece = (struct piece){ .text = at };
    if ((at[0] == '{' && at[1] == '{') || (at[0] == '}' && at[1] == '}')) {
        piece->size = 1;
        *text = at + 2;
        return ERR_OK;
    }
    if (at[0] == '}')
        return err_set(e, ERR_SYNTAX,
                       "a \"}\" without \"{\"; for the character itself write \"}}\"");
    if (at[0] != '{') {
        piece->size = strcspn(at, "{}");
        *text = at + piece->size;
        return ERR_OK;
    }
    size = strcspn(at, "}");
    if (at[size] == '\0')
        return err_set(e, ERR_SYNTAX,
                       "a \"{\" without \"}\"; for the character itself write \"{{\"");
    piece->text = NULL;
    *text = at + size + 1;
    return piece_read_place(piece, at + 1, size - 1, e);
}

enum err_code template_check(const char *text, template_place_fn *place, void *arg, struct err *e)
{
    const char *at = text;
    struct piece piece;

    check(text != NULL);
    while (*at != '\0') {
        size_t begin = (size_t)(at - text);
        enum err_code rc = piece_next(&at, &piece, e);

        if (rc != ERR_OK)
            return rc;
        if (piece.text == NULL && place != NULL)
            place(arg, piece.path, begin, piece.filter_count > 0);
    }
    return ERR_OK;
}

/* ---- Filling */

/* For LIKE ... ESCAPE '!': the text means itself; "[" is special at SQL Server only. */
static void like_write(struct buf *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\0' && strchr("!%_[", text[i]) != NULL)
            buf_add_char(out, '!');
        buf_add_char(out, text[i]);
    }
}

static void filter_apply(enum filter filter, bool quoted, struct buf *value)
{
    struct buf result;

    if (filter == FILTER_TEXT || (filter == FILTER_ODATA && !quoted))
        return;
    buf_init(&result, 3 * (size_t)LIMIT_OUTPUT);
    if (filter == FILTER_URL)
        percent_write(&result, buf_text(value), value->len);
    else if (filter == FILTER_LIKE)
        like_write(&result, buf_text(value), value->len);
    else
        odata_text(buf_text(value), value->len, &result);
    buf_fini(value);
    *value = result;
}

/* What the first filter makes of any value. */
static enum err_code filter_make(const struct piece *piece, const json_t *json, struct buf *value,
                                 bool *made, struct err *e)
{
    enum err_code rc = ERR_OK;

    *made = true;
    switch (piece->filter_count > 0 ? piece->filters[0] : FILTER_TEXT) {
    case FILTER_ODATA_FILTER:
        rc = odata_filter(json, value, e);
        break;
    case FILTER_ODATA_KEY:
        rc = odata_key(json, value, e);
        break;
    case FILTER_ODATA_NAMES:
        rc = odata_names(json, value, e);
        break;
    case FILTER_ODATA_CHANGES:
        rc = odata_batch(json, ODATA_ROOT, value, e);
        break;
    case FILTER_TEXT:
    case FILTER_ODATA:
    case FILTER_URL:
    case FILTER_LIKE:
        *made = false;
        break;
    }
    return rc == ERR_OK ? ERR_OK : err_prefix(e, "\"%s\"", piece->path);
}

/* The text of a place's value, filtered. */
static enum err_code piece_fill(const struct piece *piece, const json_t *json, struct buf *value,
                                struct err *e)
{
    const char *text = json_text(json);
    bool made;
    enum err_code rc = filter_make(piece, json, value, &made, e);

    if (rc != ERR_OK)
        return rc;
    if (!made && (json_is_object(json) || json_is_array(json)))
        return err_set(e, ERR_INVALID, "\"%s\" must be a text or a number, but is: %s", piece->path,
                       json_kind(json));
    if (made)
        text = buf_text(value);
    else if (text != NULL)
        buf_add(value, text, json_string_length(json));
    else
        json_write(value, json);
    for (size_t i = made ? 1 : 0; i < piece->filter_count; i++)
        filter_apply(piece->filters[i], text != NULL, value);
    return buf_check(value, piece->path, e);
}

static enum err_code piece_add(const struct piece *piece, const json_t *json, enum template_use use,
                               struct buf *out, struct err *e)
{
    struct buf value;
    enum err_code rc;

    if (use == TEMPLATE_URL_PATH && piece->filter_count == 1 &&
        piece->filters[0] == FILTER_ODATA_KEY)
        return odata_key_url(json, out, e) == ERR_OK ? ERR_OK
                                                     : err_prefix(e, "\"%s\"", piece->path);
    buf_init(&value, 3 * (size_t)LIMIT_OUTPUT);
    rc = piece_fill(piece, json, &value, e);
    if (rc == ERR_OK && use == TEMPLATE_TEXT)
        buf_add(out, buf_text(&value), value.len);
    if (rc == ERR_OK && use == TEMPLATE_URL_PATH) {
        const char *text = buf_text(&value);

        if (value.len == 0 || strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
            rc = err_set(e, ERR_INVALID, "\"%s\" is \"%s\", which cannot be part of an address",
                         piece->path, text);
        else
            percent_write(out, text, value.len);
    }
    buf_fini(&value);
    return rc;
}

enum err_code template_text(const char *text, json_t *scope, enum template_use use, struct buf *out,
                            bool *missing, struct err *e)
{
    struct piece piece;

    check(missing != NULL);
    *missing = false;
    while (*text != '\0') {
        enum err_code rc = piece_next(&text, &piece, e);
        json_t *json;

        if (rc != ERR_OK)
            return rc;
        if (piece.text != NULL) {
            buf_add(out, piece.text, piece.size);
            continue;
        }
        json = reply_find(scope, piece.path);
        if (json == NULL || json_is_null(json)) {
            if (use == TEMPLATE_URL_PATH)
                return err_set(e, ERR_INVALID, "\"%s\" is missing", piece.path);
            *missing = true;
            return ERR_OK;
        }
        rc = piece_add(&piece, json, use, out, e);
        if (rc != ERR_OK)
            return rc;
    }
    return buf_check(out, "a filled template", e);
}

static json_t *template_string(const json_t *template, json_t *scope, struct err *e)
{
    const char *text = json_string_value(template), *rest = text;
    json_t *result = NULL;
    struct piece piece;
    bool missing;
    struct buf out;

    if (*text == '\0')
        return json_incref((json_t *)template);
    if (piece_next(&rest, &piece, e) == ERR_OK && piece.text == NULL && *rest == '\0' &&
        piece.filter_count == 0)
        return json_incref(reply_find(scope, piece.path));
    buf_init(&out, 3 * (size_t)LIMIT_OUTPUT);
    if (e->code == ERR_OK &&
        template_text(text, scope, TEMPLATE_TEXT, &out, &missing, e) == ERR_OK && !missing) {
        result = json_stringn(buf_text(&out), out.len);
        if (result == NULL)
            err_set(e, ERR_MEMORY, "no memory for a filled template");
    }
    buf_fini(&out);
    return result;
}

/* An object of which nothing is left is left out, too: "customer": {} would say something. */
static bool template_emptied(const json_t *template, const json_t *value)
{
    return json_is_object(template) && json_object_size(template) > 0 &&
           json_object_size(value) == 0;
}

static json_t *template_object(json_t *template, json_t *scope, struct err *e)
{
    json_t *object = json_object();
    bool failed = object == NULL;
    const char *name;
    json_t *member;

    json_object_foreach(template, name, member)
    {
        json_t *value = failed ? NULL : template_json(member, scope, e);

        if (e->code != ERR_OK)
            break;
        if (value != NULL && template_emptied(member, value))
            json_decref(value);
        else if (value != NULL)
            json_put(object, name, value, &failed);
    }
    if (failed && e->code == ERR_OK)
        err_set(e, ERR_MEMORY, "no memory for a filled template");
    if (e->code == ERR_OK)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *template_array(json_t *template, json_t *scope, struct err *e)
{
    json_t *array = json_array();
    json_t *item;
    size_t i;

    json_array_foreach(template, i, item)
    {
        json_t *value = template_json(item, scope, e);

        if (e->code != ERR_OK)
            break;
        if (json_array_append_new(array, value != NULL ? value : json_null()) != 0)
            err_set(e, ERR_MEMORY, "no memory for a filled template");
    }
    if (array == NULL && e->code == ERR_OK)
        err_set(e, ERR_MEMORY, "no memory for a filled template");
    if (e->code == ERR_OK)
        return array;
    json_decref(array);
    return NULL;
}

json_t *template_json(json_t *template, json_t *scope, struct err *e)
{
    check(e->code == ERR_OK);
    if (json_is_text(template))
        return template_string(template, scope, e);
    if (json_is_object(template))
        return template_object(template, scope, e);
    if (json_is_array(template))
        return template_array(template, scope, e);
    return json_incref(template);
}
