/* json_places.c - remembers where each value of a document stands.
 *
 * The values are kept as the tree they are, each with its key and its offset, and a pointer is
 * walked token by token: whatever the document, the memory is bounded by its size and its number
 * of values. Lines are counted when they are asked for, in a copy of the text. */
#include "base/json_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"

#define PLACES_FIRST 64

struct place {
    uint32_t first; /* child; 0: none, since the document is nobody's child */
    uint32_t last;  /* child */
    uint32_t next;  /* sibling */
    uint32_t at;
    uint32_t key_at; /* UINT32_MAX: an item of an array, or the document */
    uint32_t key;    /* offset in keys */
    uint32_t key_size;
};

struct json_places {
    char *text;
    struct place *list;
    size_t count;
    size_t room;
    struct buf keys;
};

void json__where(const char *text, size_t at, unsigned *line, unsigned *column)
{
    const char *begin = text;
    const char *end = text + at;
    const char *found;

    *line = 1;
    while (begin < end && (found = memchr(begin, '\n', (size_t)(end - begin))) != NULL) {
        begin = found + 1;
        ++*line;
    }
    *column = (unsigned)(end - begin) + 1;
}

struct json_places *json__places_new(const char *text, size_t size)
{
    struct json_places *places;

    check(size < UINT32_MAX);
    places = mem_try(sizeof(*places));
    if (places == NULL)
        return NULL;
    *places = (struct json_places){ .text = mem_try(size + 1) };
    if (places->text == NULL) {
        mem_free(places);
        return NULL;
    }
    if (size > 0)
        memcpy(places->text, text, size);
    places->text[size] = '\0';
    buf_init(&places->keys, size + 1);
    return places;
}

void json_places_free(struct json_places *places)
{
    if (places == NULL)
        return;
    buf_fini(&places->keys);
    mem_free(places->list);
    mem_free(places->text);
    mem_free(places);
}

static bool places_reserve(struct json_places *places)
{
    size_t room = places->room > 0 ? places->room * 2 : PLACES_FIRST;
    struct place *list;

    if (places->count < places->room)
        return true;
    list = mem_try_resize(places->list, room * sizeof(*list));
    if (list == NULL)
        return false;
    places->list = list;
    places->room = room;
    return true;
}

bool json__places_add(struct json_places *places, const struct json__place *place, uint32_t *number)
{
    struct place *made;
    struct place *parent;

    if (!places_reserve(places))
        return false;
    *number = (uint32_t)places->count++;
    made = &places->list[*number];
    *made = (struct place){ .at = (uint32_t)place->at, .key_at = UINT32_MAX };
    if (place->key_at != JSON__NO_KEY) {
        made->key_at = (uint32_t)place->key_at;
        made->key = (uint32_t)places->keys.len;
        made->key_size = (uint32_t)place->key_size;
        buf_add(&places->keys, place->key, place->key_size);
    }
    if (*number > 0) {
        check(place->parent < *number);
        parent = &places->list[place->parent];
        if (parent->first == 0)
            parent->first = *number;
        else
            places->list[parent->last].next = *number;
        parent->last = *number;
    }
    return buf_ok(&places->keys);
}

/* Whether a token of a pointer, with its ~0 and ~1, names this key. */
static bool token_is_key(const char *token, size_t size, const char *key, size_t key_size)
{
    size_t k = 0;

    for (size_t i = 0; i < size; i++, k++) {
        char c = token[i];

        if (c == '~' && i + 1 < size) {
            i++;
            c = token[i] == '1' ? '/' : '~';
        }
        if (k == key_size || key[k] != c)
            return false;
    }
    return k == key_size;
}

/* The number a token stands for in an array, or SIZE_MAX. */
static size_t token_index(const char *token, size_t size)
{
    size_t index = 0;

    if (size == 0 || size > 9 || (token[0] == '0' && size > 1))
        return SIZE_MAX;
    for (size_t i = 0; i < size; i++) {
        if (token[i] < '0' || token[i] > '9')
            return SIZE_MAX;
        index = index * 10 + (size_t)(token[i] - '0');
    }
    return index;
}

static const struct place *place_child(const struct json_places *places, const struct place *parent,
                                       const char *token, size_t size)
{
    size_t index = token_index(token, size);
    size_t i = 0;

    for (uint32_t child = parent->first; child != 0; child = places->list[child].next, i++) {
        const struct place *place = &places->list[child];

        if (place->key_at == UINT32_MAX) {
            if (i == index)
                return place;
        } else if (token_is_key(token, size, buf_text(&places->keys) + place->key,
                                place->key_size)) {
            return place;
        }
    }
    return NULL;
}

/* The value at the pointer, or the nearest enclosing one; *whole says which. */
static const struct place *place_find(const struct json_places *places, const char *pointer,
                                      bool *whole)
{
    const struct place *place = &places->list[0];

    check(places->count > 0);
    while (*pointer == '/') {
        size_t size = strcspn(pointer + 1, "/");
        const struct place *child = place_child(places, place, pointer + 1, size);

        if (child == NULL)
            break;
        place = child;
        pointer += 1 + size;
    }
    *whole = *pointer == '\0';
    return place;
}

void json_places_find(const struct json_places *places, const char *pointer, unsigned *line,
                      unsigned *column)
{
    bool whole;

    json__where(places->text, place_find(places, pointer, &whole)->at, line, column);
}

void json_places_key(const struct json_places *places, const char *pointer, unsigned *line,
                     unsigned *column)
{
    bool whole;
    const struct place *place = place_find(places, pointer, &whole);
    size_t at = whole && place->key_at != UINT32_MAX ? place->key_at : place->at;

    json__where(places->text, at, line, column);
}
