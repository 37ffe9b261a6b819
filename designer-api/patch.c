/* patch.c - see patch.h. */
#include "designer-api/patch.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"

#define PATCH_POINTER 4096u

/* ---- Pointers */

/* The next piece of a pointer, which stands at its '/', decoded; where it ends, NULL: it is none.
 */
static const char *pointer_piece(const char *at, char piece[LIMIT_JSON_KEY + 1])
{
    size_t size = 0;

    if (*at != '/')
        return NULL;
    for (at++; *at != '\0' && *at != '/'; at++) {
        if (size == LIMIT_JSON_KEY)
            return NULL;
        if (*at == '~' && at[1] != '0' && at[1] != '1')
            return NULL;
        piece[size++] = *at != '~' ? *at : at[1] == '0' ? '~' : '/';
        at += *at == '~';
    }
    piece[size] = '\0';
    return at;
}

/* "0", "17", of an item that is there, or of the one behind the last. */
static bool pointer_index(const char *piece, size_t most, size_t *index)
{
    size_t size = strlen(piece);

    *index = 0;
    if (size == 0 || size > 9 || strspn(piece, "0123456789") != size ||
        (piece[0] == '0' && size > 1))
        return false;
    for (size_t i = 0; i < size; i++)
        *index = *index * 10 + (size_t)(piece[i] - '0');
    return *index <= most;
}

static json_t *value_child(const json_t *value, const char *piece)
{
    size_t index;

    if (json_is_object(value))
        return json_object_get(value, piece);
    if (json_is_array(value) && pointer_index(piece, json_array_size(value), &index))
        return json_array_get(value, index);
    return NULL;
}

/* The value that holds the pointer's last piece, and that piece; NULL: there is none. */
static json_t *pointer_holder(const json_t *document, const char *pointer,
                              char piece[LIMIT_JSON_KEY + 1])
{
    const json_t *value = document;
    const char *at = pointer_piece(pointer, piece);

    while (at != NULL && *at != '\0' && value != NULL) {
        value = value_child(value, piece);
        at = pointer_piece(at, piece);
    }
    return at != NULL ? (json_t *)value : NULL;
}

json_t *patch_find(const json_t *document, const char *pointer)
{
    char piece[LIMIT_JSON_KEY + 1];

    if (*pointer == '\0')
        return (json_t *)document;
    return value_child(pointer_holder(document, pointer, piece), piece);
}

/* ---- Steps */

/* Takes the value. */
static bool put_value(json_t **document, const char *pointer, json_t *value, bool add)
{
    char piece[LIMIT_JSON_KEY + 1];
    json_t *holder;
    size_t index;
    bool done = false;

    check(value != NULL);
    if (*pointer == '\0') {
        json_decref(*document);
        *document = value;
        return true;
    }
    holder = pointer_holder(*document, pointer, piece);
    if (json_is_object(holder) && (add || json_object_get(holder, piece) != NULL))
        done = json_object_set(holder, piece, value) == 0;
    else if (json_is_array(holder) && add && strcmp(piece, "-") == 0)
        done = json_array_append(holder, value) == 0;
    else if (json_is_array(holder) && pointer_index(piece, json_array_size(holder), &index))
        done = add ? json_array_insert(holder, index, value) == 0
                   : index < json_array_size(holder) && json_array_set(holder, index, value) == 0;
    json_decref(value);
    return done;
}

static bool remove_value(json_t *document, const char *pointer)
{
    char piece[LIMIT_JSON_KEY + 1];
    json_t *holder = *pointer != '\0' ? pointer_holder(document, pointer, piece) : NULL;
    size_t index;

    if (json_is_object(holder))
        return json_object_del(holder, piece) == 0;
    return json_is_array(holder) && pointer_index(piece, json_array_size(holder), &index) &&
           index < json_array_size(holder) && json_array_remove(holder, index) == 0;
}

/* "move" and "copy": what is at `from` stands at the pointer, too. */
static bool bring_value(json_t **document, const char *from, const char *pointer, bool move)
{
    json_t *value = json_deep_copy(patch_find(*document, from));
    size_t size = strlen(from);

    if (value == NULL)
        return false;
    if (move && ((strncmp(pointer, from, size) == 0 && pointer[size] == '/') ||
                 !remove_value(*document, from))) {
        json_decref(value);
        return false;
    }
    return put_value(document, pointer, value, true);
}

static bool step_do(json_t **document, const json_t *step, bool *tested)
{
    const char *op = json_get_text(step, "op"), *path = json_get_text(step, "path"),
               *from = json_get_text(step, "from");
    json_t *value = json_object_get(step, "value");
    bool adds, moves;

    *tested = true;
    if (op == NULL || path == NULL)
        return false;
    adds = strcmp(op, "add") == 0;
    moves = strcmp(op, "move") == 0;
    if (strcmp(op, "remove") == 0)
        return remove_value(*document, path);
    if (moves || strcmp(op, "copy") == 0)
        return from != NULL && bring_value(document, from, path, moves);
    if (value == NULL)
        return false;
    if (strcmp(op, "test") == 0) {
        *tested = json_same(patch_find(*document, path), value);
        return *tested;
    }
    if (adds || strcmp(op, "replace") == 0)
        return put_value(document, path, json_deep_copy(value), adds);
    return false;
}

json_t *patch_apply(const json_t *document, const json_t *patch, struct err *e)
{
    json_t *copy = json_deep_copy(document), *step;
    bool tested;
    size_t i;

    check(copy != NULL);
    json_array_foreach(patch, i, step)
    {
        if (step_do(&copy, step, &tested))
            continue;
        err_set(e, tested ? ERR_INVALID : ERR_CONFLICT, "step %zu of the patch, %.20s %.200s: %s",
                i, json_get_text(step, "op") != NULL ? json_get_text(step, "op") : "without \"op\"",
                json_get_text(step, "path") != NULL ? json_get_text(step, "path") : "",
                tested ? "there is no such place, or the step is none" : "another value is there");
        json_decref(copy);
        return NULL;
    }
    return copy;
}

/* ---- Making one */

static void step_add(json_t *patch, const char *op, const char *path, const json_t *value)
{
    json_t *step = json_pack("{s:s, s:s}", "op", op, "path", path);

    check(step != NULL);
    if (value != NULL)
        json_object_set(step, "value", (json_t *)value);
    json_array_append_new(patch, step);
}

static void make(json_t *patch, struct buf *path, const json_t *from, const json_t *to);

/* A value below the path, which is the same again afterwards. */
static void make_below(json_t *patch, struct buf *path, const char *key, const json_t *from,
                       const json_t *to)
{
    size_t before = path->len;

    json_pointer_add(path, key);
    if (!buf_ok(path))
        return;
    if (from == NULL)
        step_add(patch, "add", buf_text(path), to);
    else if (to == NULL)
        step_add(patch, "remove", buf_text(path), NULL);
    else
        make(patch, path, from, to);
    if (buf_ok(path)) {
        path->len = before;
        path->at[before] = '\0';
    }
}

static void make_object(json_t *patch, struct buf *path, const json_t *from, const json_t *to)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)from, key, value)
    {
        make_below(patch, path, key, value, json_object_get(to, key));
    }
    json_object_foreach((json_t *)to, key, value)
    {
        if (json_object_get(from, key) == NULL)
            make_below(patch, path, key, NULL, value);
    }
}

static void make_array(json_t *patch, struct buf *path, const json_t *from, const json_t *to)
{
    size_t before = json_array_size(from), after = json_array_size(to), first = 0, last = 0;
    char key[24];

    while (first < before && first < after &&
           json_same(json_array_get(from, first), json_array_get(to, first)))
        first++;
    while (last < before - first && last < after - first &&
           json_same(json_array_get(from, before - 1 - last), json_array_get(to, after - 1 - last)))
        last++;
    for (size_t i = first; i < before - last && i < after - last; i++) {
        snprintf(key, sizeof key, "%zu", i);
        make_below(patch, path, key, json_array_get(from, i), json_array_get(to, i));
    }
    for (size_t i = before - last; i > after - last && i > first; i--) {
        snprintf(key, sizeof key, "%zu", i - 1);
        make_below(patch, path, key, json_array_get(from, i - 1), NULL);
    }
    for (size_t i = before - last > first ? before - last : first; i < after - last; i++) {
        snprintf(key, sizeof key, "%zu", i);
        make_below(patch, path, key, NULL, json_array_get(to, i));
    }
}

static void make(json_t *patch, struct buf *path, const json_t *from, const json_t *to)
{
    if (json_is_object(from) && json_is_object(to))
        make_object(patch, path, from, to);
    else if (json_is_array(from) && json_is_array(to))
        make_array(patch, path, from, to);
    else if (!json_same(from, to))
        step_add(patch, "replace", buf_text(path), to);
}

json_t *patch_make(const json_t *from, const json_t *to)
{
    json_t *patch = json_array();
    struct buf path;

    buf_init(&path, PATCH_POINTER * LIMIT_JSON_DEPTH);
    make(patch, &path, from, to);
    buf_fini(&path);
    return patch;
}
