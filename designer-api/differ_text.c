/* differ_text.c - what two large texts differ in, without reading them whole: containers are walked
 * in the text, what is the same to the byte is passed over, and what is small is read and compared
 * as values (differ.c).
 *
 * (1) Of a level only where its entries stand is held, ENTRIES_MOST of all levels in hand; a list
 *     of more is compared by position.                                            [index_new]
 * (2) It ends when the effort is over, and says so.                               [text_ended] */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/effort.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/differ_priv.h"
#include "designer-api/paper_priv.h"

#define TEXT_WHOLE   (64u * KIB) /* bytes of both sides that are read and compared as values */
#define ENTRIES_MOST 3000000u
#define EFFORT_EVERY 64u

struct entry {
    const char *name; /* of an object's with its quotes; of a list's what identifies it; NULL */
    const char *value;
    uint32_t name_size, size;
    bool met;
};

/* Whether nothing more is to be told. */
static bool text_ended(struct differ *differ)
{
    if (!differ->over && ++differ->asked % EFFORT_EVERY == 0)
        differ->over = effort_over(differ->effort);
    return differ->over || differ->more;
}

/* ---- Entries of a level */

/* at: where it begins, 1 for the first. False: it was the last. */
static bool entry_next(const struct differ_side *whole, size_t *at, struct entry *entry)
{
    size_t begin = *at + (whole->text[*at] == ','), end;

    if (whole->text[begin] == '}' || whole->text[begin] == ']')
        return false;
    *entry = (struct entry){ .name = NULL };
    if (whole->text[0] == '{') {
        end = paper_pass_text(whole->text, whole->size, begin + 1);
        check(end != SIZE_MAX);
        entry->name = whole->text + begin;
        entry->name_size = (uint32_t)(end - begin);
        begin = end + 1; /* the colon */
    }
    end = paper_pass(whole->text, whole->size, begin);
    check(end != SIZE_MAX); /* it is of our own writing */
    entry->value = whole->text + begin;
    entry->size = (uint32_t)(end - begin);
    *at = end;
    return true;
}

static struct differ_side entry_side(const struct entry *entry)
{
    return (struct differ_side){ entry->value, entry->size };
}

/* An element by the member of that name; false: it has none that can identify it. */
static bool entry_identify(struct entry *element, const struct buf *key)
{
    const struct differ_side whole = entry_side(element);
    struct entry member;
    size_t at = 1;

    if (element->value[0] != '{')
        return false;
    while (entry_next(&whole, &at, &member)) {
        char first = member.value[0];

        if (member.name_size != key->len || memcmp(member.name, key->at, key->len) != 0)
            continue;
        element->name = member.value;
        element->name_size = member.size;
        return member.size <= DIFFER_KEY &&
               (first == '"' || first == '-' || (first >= '0' && first <= '9'));
    }
    return false;
}

static int name_order(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = memcmp(a->name, b->name, a->name_size < b->name_size ? a->name_size : b->name_size);

    return order != 0 ? order : (a->name_size > b->name_size) - (a->name_size < b->name_size);
}

static int place_order(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    return (a->value > b->value) - (a->value < b->value);
}

/* The entries of a level, by their names. */
struct index {
    struct entry *entries;
    size_t count, room;
};

static void index_free(struct differ *differ, struct index *index)
{
    differ->entries -= index->count;
    mem_free(index->entries);
    *index = (struct index){ .entries = NULL };
}

static bool index_put(struct differ *differ, struct index *index, const struct entry *entry)
{
    if (differ->entries >= ENTRIES_MOST)
        return false;
    if (index->count == index->room) {
        size_t room = index->room > 0 ? 2 * index->room : 64;
        struct entry *more = mem_try(room * sizeof *more);

        if (more == NULL)
            return false;
        if (index->count > 0)
            memcpy(more, index->entries, index->count * sizeof *more);
        mem_free(index->entries);
        index->entries = more;
        index->room = room;
    }
    index->entries[index->count++] = *entry;
    differ->entries++;
    return true;
}

/* key: of a list, what identifies its elements, as it is written. False, and nothing is held: an
 * element has none, two have the same, there are too many, or the effort is over. */
static bool index_new(struct differ *differ, const struct differ_side *whole, const struct buf *key,
                      struct index *index)
{
    struct entry entry;
    size_t at = 1;
    bool fits = true;

    *index = (struct index){ .entries = NULL };
    while (fits && entry_next(whole, &at, &entry))
        fits = (key == NULL || entry_identify(&entry, key)) && !text_ended(differ) &&
               index_put(differ, index, &entry);
    if (index->count > 0)
        qsort(index->entries, index->count, sizeof entry, name_order);
    for (size_t i = 1; fits && i < index->count; i++)
        fits = name_order(&index->entries[i - 1], &index->entries[i]) != 0;
    if (!fits)
        index_free(differ, index);
    return fits;
}

/* ---- What is told */

static json_t *side_value(const struct differ_side *side)
{
    struct err e;
    json_t *value = json_read(side->text, side->size, &json_limits_reply, &e);

    return value != NULL ? value : json_null();
}

/* What is too long to be told is told by its kind and size. */
static json_t *side_told(const struct differ_side *side)
{
    struct entry entry;
    size_t at = 1;
    json_int_t count = 0;

    if (side->size <= DIFFER_VALUE)
        return side_value(side);
    if (side->text[0] != '{' && side->text[0] != '[')
        return json_pack("{s:s, s:I}", "kind", side->text[0] == '"' ? "text" : "number", "bytes",
                         (json_int_t)side->size);
    while (entry_next(side, &at, &entry))
        count++;
    return json_pack("{s:s, s:I}", "kind", side->text[0] == '{' ? "object" : "array", "count",
                     count);
}

static void text_tell(struct differ *differ, const char *kind, const struct differ_side *left,
                      const struct differ_side *right)
{
    json_t *before = left != NULL ? side_told(left) : NULL,
           *after = right != NULL ? side_told(right) : NULL;

    differ_tell(differ, kind, before, after);
    json_decref(before);
    json_decref(after);
}

static void text_pair(struct differ *differ, const struct differ_side *left,
                      const struct differ_side *right, unsigned depth);

/* What stands at a place of both, or of one only. name: of an object's member; NULL: the number. */
static void text_place(struct differ *differ, const struct entry *name, size_t number,
                       const struct entry *left, const struct entry *right, unsigned depth)
{
    size_t before = differ->pointer.len;
    struct differ_side one, other;

    if (name != NULL) {
        const struct differ_side quoted = { name->name, name->name_size };
        json_t *text = side_value(&quoted);

        json_pointer_add(&differ->pointer, json_is_text(text) ? json_text(text) : "");
        json_decref(text);
    } else {
        buf_addf(&differ->pointer, "/%zu", number);
    }
    if (left != NULL)
        one = entry_side(left);
    if (right != NULL)
        other = entry_side(right);
    if (left == NULL)
        text_tell(differ, "added", NULL, &other);
    else if (right == NULL)
        text_tell(differ, "removed", &one, NULL);
    else
        text_pair(differ, &one, &other, depth + 1);
    differ_back(differ, before);
}

/* ---- Objects and lists */

/* The left ones in their order, each with its own on the right; then those that only the right has.
 * key: as in index_new(). */
static void text_matched(struct differ *differ, const struct differ_side *left,
                         struct index *rights, const struct buf *key, unsigned depth)
{
    const bool named = key == NULL;
    struct entry entry, *met;
    size_t at = 1;

    for (size_t i = 0; !text_ended(differ) && entry_next(left, &at, &entry); i++) {
        if (key != NULL)
            check(entry_identify(&entry, key));
        met = rights->count > 0
                  ? bsearch(&entry, rights->entries, rights->count, sizeof entry, name_order)
                  : NULL;
        if (met != NULL)
            met->met = true;
        text_place(differ, named ? &entry : NULL, i, &entry, met, depth);
    }
    if (rights->count > 0)
        qsort(rights->entries, rights->count, sizeof entry, place_order);
    for (size_t i = 0; i < rights->count && !text_ended(differ); i++)
        if (!rights->entries[i].met)
            text_place(differ, named ? &rights->entries[i] : NULL, i, NULL, &rights->entries[i],
                       depth);
}

static void text_objects(struct differ *differ, const struct differ_side *left,
                         const struct differ_side *right, unsigned depth)
{
    struct index rights;

    if (index_new(differ, right, NULL, &rights)) {
        text_matched(differ, left, &rights, NULL, depth);
        index_free(differ, &rights);
    } else if (!differ->over) { /* of too many members */
        text_tell(differ, "changed", left, right);
        differ->over = true;
    }
}

/* Whether both lists can be compared by that member; then they are. */
static bool text_by(struct differ *differ, const struct differ_side *left,
                    const struct differ_side *right, const char *member, unsigned depth)
{
    struct index lefts, rights;
    struct buf key;
    bool can;

    buf_init(&key, 16 * LIMIT_JSON_KEY);
    json_write_text(&key, member, strlen(member));
    can = index_new(differ, left, &key, &lefts);
    if (can)
        index_free(differ, &lefts); /* that they have it was asked */
    can = can && index_new(differ, right, &key, &rights);
    if (can) {
        text_matched(differ, left, &rights, &key, depth);
        index_free(differ, &rights);
    }
    buf_fini(&key);
    return can;
}

static void text_positions(struct differ *differ, const struct differ_side *left,
                           const struct differ_side *right, unsigned depth)
{
    struct entry one, other;
    size_t at = 1, beside = 1;
    bool a = true, b = true;

    for (size_t i = 0; !text_ended(differ); i++) {
        a = a && entry_next(left, &at, &one);
        b = b && entry_next(right, &beside, &other);
        if (!a && !b)
            return;
        text_place(differ, NULL, i, a ? &one : NULL, b ? &other : NULL, depth);
    }
}

static void text_lists(struct differ *differ, const struct differ_side *left,
                       const struct differ_side *right, unsigned depth)
{
    const char *given = json_get_text(differ->keys, buf_text(&differ->pointer));

    if (given != NULL && text_by(differ, left, right, given, depth))
        return;
    for (size_t i = 0; differ_usual[i] != NULL && left->size > 2 && right->size > 2; i++)
        if (text_by(differ, left, right, differ_usual[i], depth))
            return;
    text_positions(differ, left, right, depth);
}

static void text_pair(struct differ *differ, const struct differ_side *left,
                      const struct differ_side *right, unsigned depth)
{
    json_t *one, *other;

    check(depth < 2 * LIMIT_JSON_DEPTH);
    if (text_ended(differ) ||
        (left->size == right->size && memcmp(left->text, right->text, left->size) == 0))
        return;
    if (left->size + right->size <= TEXT_WHOLE) {
        one = side_value(left);
        other = side_value(right);
        differ_pair(differ, one, other, depth);
        json_decref(one);
        json_decref(other);
    } else if (left->text[0] == '{' && right->text[0] == '{') {
        text_objects(differ, left, right, depth);
    } else if (left->text[0] == '[' && right->text[0] == '[') {
        text_lists(differ, left, right, depth);
    } else {
        text_tell(differ, "changed", left, right);
    }
}

json_t *differ_texts(const struct differ_side *left, const struct differ_side *right,
                     const json_t *keys, unsigned limit, const struct effort *effort)
{
    struct differ differ;

    differ_begin(&differ, keys, limit);
    differ.effort = effort;
    if (left->text == NULL && right->text != NULL)
        text_tell(&differ, "added", NULL, right);
    else if (left->text != NULL && right->text == NULL)
        text_tell(&differ, "removed", left, NULL);
    else if (left->text != NULL)
        text_pair(&differ, left, right, 0);
    return differ_end(&differ);
}
