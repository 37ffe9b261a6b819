/* paper.c - levels and matches of a payload, by its index. */
#include "designer-api/paper.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/paper_priv.h"

#define PAPER_SCALAR  240u /* bytes of a value that is shown whole */
#define PAPER_EXCERPT 60u  /* bytes on either side of a match */

/* ---- Life */

static void paper_sum(struct paper *paper)
{
    struct hash *hash = hash_new(NULL, 0);
    unsigned char digest[HASH_SIZE];

    hash_add(hash, paper->text, paper->size);
    hash_end(hash, digest);
    hash_free(hash);
    hash_text(digest, paper->digest);
}

struct paper *paper_new(char *text, size_t size, bool plain, struct err *e)
{
    struct paper *paper = mem_must(sizeof *paper);

    paper->text = text;
    paper->size = size;
    if (!plain) {
        paper->text = paper_mask(text, size, &paper->size, &paper->masked);
        mem_free(text);
    }
    table_init(&paper->by_start);
    if (paper->text != NULL && paper->size > 0 && paper_index(paper)) {
        paper_sum(paper);
        return paper;
    }
    paper_free(paper);
    err_set(e, ERR_INVALID, "the payload is no JSON document");
    return NULL;
}

void paper_free(struct paper *paper)
{
    if (paper == NULL)
        return;
    table_fini(&paper->by_start);
    mem_free(paper->text);
    mem_free(paper->marks);
    mem_free(paper->steps);
    mem_free(paper);
}

const char *paper_text(const struct paper *paper, size_t *size)
{
    *size = paper->size;
    return paper->text;
}

const char *paper_digest(const struct paper *paper)
{
    return paper->digest;
}

unsigned paper_masked(const struct paper *paper)
{
    return paper->masked;
}

size_t paper_edge(const struct paper *paper, size_t offset)
{
    if (offset >= paper->size)
        return paper->size;
    while (offset > 0 && ((unsigned char)paper->text[offset] & 0xc0) == 0x80)
        offset--;
    return offset;
}

/* ---- Values in the text */

static const char *value_kind(const struct paper *paper, size_t at)
{
    switch (paper->text[at]) {
    case '{':
        return "object";
    case '[':
        return "array";
    case '"':
        return "text";
    case 't':
    case 'f':
        return "boolean";
    case 'n':
        return "null";
    default:
        return "number";
    }
}

static bool value_holds(const struct paper *paper, size_t at)
{
    return paper->text[at] == '{' || paper->text[at] == '[';
}

static size_t value_end(const struct paper *paper, size_t at)
{
    const struct paper_mark *mark = value_holds(paper, at) ? paper_mark_at(paper, at) : NULL;
    size_t end = mark != NULL ? mark->end : paper_pass(paper->text, paper->size, at);

    check(end != SIZE_MAX); /* it was indexed */
    return end;
}

/* A child of a container: where its name stands (of an object) and its value. */
struct child {
    size_t name, name_end; /* of the text between its quotes */
    size_t value;
};
static void child_at(const struct paper *paper, size_t container, size_t at, struct child *child)
{
    *child = (struct child){ .value = at };
    if (paper->text[container] != '{')
        return;
    child->name = at + 1;
    child->value = paper_pass_text(paper->text, paper->size, at + 1);
    check(child->value != SIZE_MAX);
    child->name_end = child->value - 1;
    child->value++; /* the colon */
}

/* Where the n-th child begins; false: there are not so many. */
static bool child_seek(const struct paper *paper, size_t container, size_t n, size_t *at)
{
    const struct paper_mark *mark = paper_mark_at(paper, container);
    size_t i = 0;

    *at = container + 1;
    if (mark != NULL && n >= mark->count)
        return false;
    if (mark != NULL) {
        *at = paper->steps[mark->steps + n / PAPER_MANY];
        i = n - n % PAPER_MANY;
    }
    for (; paper->text[*at] != '}' && paper->text[*at] != ']'; i++) {
        struct child child;

        if (i == n)
            return true;
        child_at(paper, container, *at, &child);
        *at = value_end(paper, child.value);
        *at += paper->text[*at] == ',';
    }
    return false;
}

/* Children of a small container are counted, of a large one it is known. */
static size_t child_count(const struct paper *paper, size_t container)
{
    const struct paper_mark *mark = paper_mark_at(paper, container);
    size_t count = 0, at = container + 1;

    if (mark != NULL)
        return mark->count;
    for (; paper->text[at] != '}' && paper->text[at] != ']'; count++) {
        struct child child;

        child_at(paper, container, at, &child);
        at = value_end(paper, child.value);
        at += paper->text[at] == ',';
    }
    return count;
}

/* The value of a name; 0: there is none. */
static size_t child_named(const struct paper *paper, size_t container, const char *name,
                          size_t size)
{
    struct child child;
    struct buf quoted;
    size_t at = container + 1, found = 0;

    buf_init(&quoted, 16 * LIMIT_JSON_KEY);
    json_write_text(&quoted, name, size);
    while (found == 0 && paper->text[at] != '}') {
        child_at(paper, container, at, &child);
        if (child.name_end - child.name + 2 == quoted.len &&
            memcmp(paper->text + child.name - 1, quoted.at, quoted.len) == 0)
            found = child.value;
        at = value_end(paper, child.value);
        at += paper->text[at] == ',';
    }
    buf_fini(&quoted);
    return found;
}

/* ---- Pointers */

/* One piece of a pointer, without its escapes. */
static size_t pointer_piece(const char *pointer, char *piece, size_t room, size_t *size)
{
    size_t at = 0;

    *size = 0;
    while (pointer[at] != '\0' && pointer[at] != '/') {
        char c = pointer[at++];

        if (c == '~' && (pointer[at] == '0' || pointer[at] == '1'))
            c = pointer[at++] == '0' ? '~' : '/';
        if (*size < room)
            piece[(*size)++] = c;
    }
    return at;
}

static bool pointer_number(const char *piece, size_t size, size_t *number)
{
    *number = 0;
    for (size_t i = 0; i < size; i++) {
        if (piece[i] < '0' || piece[i] > '9' || i > 12)
            return false;
        *number = *number * 10 + (size_t)(piece[i] - '0');
    }
    return size > 0 && (size == 1 || piece[0] != '0');
}

static bool pointer_find(const struct paper *paper, const char *pointer, size_t *at)
{
    char piece[LIMIT_JSON_KEY];
    size_t size, number;

    *at = 0;
    while (*pointer == '/') {
        size_t here = *at;

        pointer++;
        pointer += pointer_piece(pointer, piece, sizeof piece, &size);
        if (paper->text[here] == '{')
            *at = child_named(paper, here, piece, size);
        else if (paper->text[here] != '[' || !pointer_number(piece, size, &number) ||
                 !child_seek(paper, here, number, at))
            return false;
        if (*at == 0)
            return false;
    }
    return *pointer == '\0';
}

static void pointer_add_name(const struct paper *paper, const struct child *child,
                             struct buf *pointer)
{
    struct err e;
    size_t size = child->name_end - child->name + 2;
    json_t *name = json_read(paper->text + child->name - 1, size, &json_limits_reply, &e);

    json_pointer_add(pointer, name != NULL && json_is_text(name) ? json_text(name) : "");
    json_decref(name);
}

/* ---- Levels */

static void put_int(json_t *to, const char *name, size_t value)
{
    json_object_set_new_nocheck(to, name, json_integer((json_int_t)value));
}

/* The beginning of a long text, whole characters and escapes only. */
static json_t *value_preview(const struct paper *paper, size_t at)
{
    size_t end = paper_edge(paper, at + PAPER_SCALAR), back;
    struct buf text;
    struct err e;
    json_t *value;

    for (back = end; back > end - 6; back--) /* an escape may have been cut: \u12|34 */
        if (paper->text[back - 1] == '\\') {
            end = back - 1;
            while (end > at + 1 && paper->text[end - 1] == '\\')
                end--;
            break;
        }
    buf_init(&text, PAPER_SCALAR + 8);
    buf_add(&text, paper->text + at, end - at);
    buf_add_char(&text, '"');
    value = json_read(buf_text(&text), text.len, &json_limits_reply, &e);
    buf_fini(&text);
    return value != NULL ? value : json_string("");
}

static json_t *value_json(const struct paper *paper, size_t at, const char *pointer)
{
    size_t end = value_end(paper, at);
    json_t *out = json_pack("{s:s, s:s}", "pointer", pointer, "kind", value_kind(paper, at)), *one;
    struct err e;

    check(out != NULL);
    put_int(out, "bytes", end - at);
    put_int(out, "offset", at);
    if (value_holds(paper, at)) {
        put_int(out, "count", child_count(paper, at));
    } else if (end - at <= PAPER_SCALAR) {
        one = json_read(paper->text + at, end - at, &json_limits_reply, &e);
        json_object_set_new_nocheck(out, "value", one != NULL ? one : json_null());
    } else {
        json_object_set_new_nocheck(out, "preview", value_preview(paper, at));
    }
    return out;
}

static json_t *child_json(const struct paper *paper, size_t container, size_t at, size_t number,
                          const char *above, size_t *end)
{
    struct child child;
    struct buf pointer;
    json_t *out, *name;
    struct err e;

    child_at(paper, container, at, &child);
    buf_init(&pointer, 64 * KIB);
    buf_add_text(&pointer, above);
    if (child.name != 0)
        pointer_add_name(paper, &child, &pointer);
    else
        buf_addf(&pointer, "/%zu", number);
    out = value_json(paper, child.value, buf_text(&pointer));
    buf_fini(&pointer);
    name = child.name != 0 ? json_read(paper->text + child.name - 1,
                                       child.name_end - child.name + 2, &json_limits_reply, &e)
                           : NULL;
    if (name != NULL)
        json_object_set_new_nocheck(out, "name", name);
    else
        put_int(out, "index", number);
    *end = value_end(paper, child.value);
    return out;
}

json_t *paper_view(const struct paper *paper, const char *pointer, size_t from, unsigned limit,
                   struct err *e)
{
    size_t at, child, number = from;
    json_t *out, *items;

    if (!pointer_find(paper, pointer, &at)) {
        err_set(e, ERR_NOT_FOUND, "the payload has nothing at \"%.200s\"", pointer);
        return NULL;
    }
    out = value_json(paper, at, pointer);
    if (!value_holds(paper, at))
        return out;
    items = json_array();
    if (child_seek(paper, at, from, &child)) {
        while (paper->text[child] != '}' && paper->text[child] != ']' && number < from + limit) {
            json_array_append_new(items, child_json(paper, at, child, number++, pointer, &child));
            child += paper->text[child] == ',';
        }
        if (paper->text[child] != '}' && paper->text[child] != ']')
            put_int(out, "next_offset", number);
    }
    json_object_set_new_nocheck(out, "items", items);
    return out;
}

/* ---- Matches */

/* The child of a container in which an offset lies; false: in none. */
static bool child_around(const struct paper *paper, size_t container, size_t offset,
                         struct child *child, size_t *number)
{
    const struct paper_mark *mark = paper_mark_at(paper, container);
    size_t low = 0, high = mark != NULL ? (mark->count + PAPER_MANY - 1) / PAPER_MANY : 0, at;

    while (high - low > 1 && mark != NULL) {
        size_t middle = low + (high - low) / 2;

        if (paper->steps[mark->steps + middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    *number = low * PAPER_MANY;
    if (!child_seek(paper, container, *number, &at))
        return false;
    while (paper->text[at] != '}' && paper->text[at] != ']') {
        size_t end;

        child_at(paper, container, at, child);
        end = value_end(paper, child->value);
        if (offset < end)
            return true;
        at = end + (paper->text[end] == ',');
        ++*number;
    }
    return false;
}

static json_t *match_json(const struct paper *paper, size_t offset, size_t size)
{
    size_t at = 0, number, from = offset > PAPER_EXCERPT ? offset - PAPER_EXCERPT : 0;
    size_t to = paper_edge(paper, offset + size + PAPER_EXCERPT);
    struct child child;
    struct buf pointer;
    json_t *out;

    buf_init(&pointer, 64 * KIB);
    while (value_holds(paper, at) && child_around(paper, at, offset, &child, &number)) {
        if (child.name != 0)
            pointer_add_name(paper, &child, &pointer);
        else
            buf_addf(&pointer, "/%zu", number);
        at = child.value;
        if (offset < at) /* in its name */
            break;
    }
    from = paper_edge(paper, from);
    out = json_pack("{s:s}", "pointer", buf_text(&pointer));
    check(out != NULL);
    put_int(out, "offset", offset);
    json_object_set_new_nocheck(out, "excerpt", json_stringn(paper->text + from, to - from));
    buf_fini(&pointer);
    return out;
}

json_t *paper_search(const struct paper *paper, const char *text, size_t from, unsigned limit)
{
    json_t *items = json_array(), *out = json_pack("{s:o}", "items", items);
    const char *at = paper->text + (from < paper->size ? from : paper->size);
    size_t size = strlen(text);

    check(out != NULL && size > 0);
    while ((at = strcasestr(at, text)) != NULL) {
        if (json_array_size(items) == limit) {
            put_int(out, "next_offset", (size_t)(at - paper->text));
            break;
        }
        json_array_append_new(items, match_json(paper, (size_t)(at - paper->text), size));
        at += size;
    }
    return out;
}
