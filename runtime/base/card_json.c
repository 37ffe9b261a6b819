/* card_json.c - the walk through a value: names and numbers too.
 *
 * Nothing is changed in place: from the value that had something in it up to the top, arrays and
 * objects are copied, one level each; the rest is shared. A text that is JSON itself is read,
 * walked and written again. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/card_priv.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define WALK_NESTED 3u           /* JSON in a text in JSON in a text */
#define WALK_TEXT   7u           /* "cvv 123" */
#define WALK_CODE   32u          /* bytes of a security code with all its blanks */
#define WALK_CIPHER 4096u        /* bytes of an encrypted one */
#define WALK_LEAST  100000000000 /* a number of twelve digits */
#define WALK_DEPTH  (2 * LIMIT_JSON_DEPTH)

/* The way to a value. */
struct walk_step {
    const struct walk_step *outer;
    const char *key;      /* of a member; NULL: of an array, */
    size_t index;         /* or the whole of a nested text */
    const json_t *object; /* that it is a member of */
};
struct walk {
    struct card_report *report;
    const char *place; /* of the whole */
    unsigned nested, depth;
};

static json_t *walk_value(struct walk *walk, json_t *value, const struct walk_step *at);

/* ---- Places */

static void walk_pointer(const struct walk_step *at, struct buf *out)
{
    char index[24];

    if (at == NULL)
        return;
    walk_pointer(at->outer, out);
    if (at->key != NULL) {
        struct buf masked;
        struct card_report none = { 0 };

        buf_init(&masked, 2 * LIMIT_JSON_KEY);
        json_pointer_add(out, card_mask_text(at->key, strlen(at->key), NULL, &masked, &none)
                                  ? buf_text(&masked)
                                  : at->key);
        buf_fini(&masked);
    } else if (at->index != SIZE_MAX) {
        snprintf(index, sizeof index, "%zu", at->index);
        json_pointer_add(out, index);
    }
}

static void walk_note(struct walk *walk, const struct walk_step *at)
{
    struct buf pointer;

    buf_init(&pointer, 4 * KIB);
    buf_add_text(&pointer, walk->place);
    walk_pointer(at, &pointer);
    card__note(walk->report, buf_ok(&pointer) ? buf_text(&pointer) : NULL);
    buf_fini(&pointer);
}

/* ---- What the names around a value say of it */

/* {"name": "cvv", "value": "123"}: the value is of that name. */
static const char *walk_pair_name(const struct walk_step *at)
{
    static const char *const names[] = { "name", "key", "field", "id", "label", "Name", "Key" };
    static const char *const values[] = { "value", "val", "text", "Value", "content" };
    bool value = false;

    if (strchr("vtVc", at->key[0]) == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        value = value || strcmp(at->key, values[i]) == 0;
    for (size_t i = 0; value && i < sizeof names / sizeof *names; i++) {
        const char *name = json_get_text(at->object, names[i]);

        if (name != NULL)
            return name;
    }
    return NULL;
}

/* The nearest member's name; that of an array is the name of what is in it. */
static const struct walk_step *walk_member(const struct walk_step *at)
{
    while (at != NULL && at->key == NULL)
        at = at->outer;
    return at;
}

static bool walk_is_card(const struct walk_step *at)
{
    const char *key;
    json_t *value;

    if (at == NULL || at->object == NULL)
        return false;
    json_object_foreach((json_t *)at->object, key, value)
    {
        if (key != at->key && card__name_beside(key))
            return true;
    }
    at = walk_member(at->outer);
    return at != NULL && card__name_hint(at->key, strlen(at->key)) == CARD__CARD;
}

/* Beside a security code stands a card, whatever its name. An expiry is no such sign: sessions, and
 * tokens in place of cards, have one too. */
static bool walk_beside_code(const struct walk_step *at)
{
    const char *key;
    json_t *value;

    if (at == NULL || at->object == NULL)
        return false;
    json_object_foreach((json_t *)at->object, key, value)
    {
        enum card__code code = card__name_maybe_code(key, strlen(key))
                                   ? card__name_code(key, strlen(key))
                                   : CARD__NO_CODE;

        if (code == CARD__ANY_CODE || code == CARD__SHORT_CODE)
            return true;
    }
    return false;
}

/* A name that says only that it is a number ({"order": {"number": ...}}, {"card": {"id": ...}})
 * means a number of what is around it. */
static enum card__hint walk_hint(const struct walk_step *at)
{
    const struct walk_step *member = walk_member(at), *outer;
    const char *name = member != NULL ? walk_pair_name(member) : NULL;
    enum card__hint hint, around;

    if (member == NULL)
        return CARD__PLAIN;
    if (name == NULL)
        name = member->key;
    hint = card__name_hint(name, strlen(name));
    outer = walk_member(member->outer);
    if (hint != CARD__CARD && outer != NULL && card__name_counts(name)) {
        around = card__name_hint(outer->key, strlen(outer->key));
        hint = around != CARD__PLAIN ? around : hint;
    }
    return hint == CARD__MADE && walk_beside_code(member) ? CARD__PLAIN : hint;
}

/* ---- Security codes */

static bool walk_short_code(const char *text, size_t size)
{
    size_t digits = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] >= '0' && text[i] <= '9')
            digits++;
        else if (strchr(" -.", text[i]) == NULL || text[i] == '\0')
            return false;
    }
    return digits == 3 || digits == 4;
}

static bool walk_has_digit(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] >= '0' && text[i] <= '9')
            return true;
    return false;
}

/* A security code that its sender encrypted is one all the same. */
static bool walk_is_cipher(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) &&
            (text[i] == '\0' || strchr("+/=_-.\r\n", text[i]) == NULL))
            return false;
    return size > WALK_CODE;
}

static bool walk_is_code(const struct walk_step *at, const char *text, size_t size)
{
    const struct walk_step *member = walk_member(at);
    const char *name;
    enum card__code code;

    if (member == NULL)
        return false;
    name = walk_pair_name(member);
    if (name == NULL)
        name = member->key;
    if (!card__name_maybe_code(name, strlen(name)))
        return false;
    code = card__name_code(name, strlen(name));
    if (code == CARD__ANY_CODE)
        return size <= WALK_CODE || walk_is_cipher(text, size);
    if (code == CARD__NEAR_CODE)
        return walk_short_code(text, size) && walk_is_card(member);
    return code == CARD__SHORT_CODE && walk_short_code(text, size);
}

/* ---- Values */

/* New: what takes the value's place. */
static json_t *walk_made(struct walk *walk, json_t *value)
{
    if (value == NULL)
        walk->report->failed = true;
    return value;
}

static json_t *walk_code(struct walk *walk, const struct walk_step *at)
{
    walk->report->codes++;
    walk_note(walk, at);
    return json_null();
}

/* A text that is JSON itself; NULL: it is none, or has nothing in it. */
static json_t *walk_nested(struct walk *walk, const char *text, size_t size,
                           const struct walk_step *at, bool *json)
{
    const struct walk_step inner = { .outer = at, .index = SIZE_MAX };
    json_t *value, *masked, *made = NULL;
    char *written;
    size_t length;

    *json = false;
    if (walk->nested == WALK_NESTED)
        return NULL;
    value = json_read(text, size, &json_limits_reply, NULL);
    if (value == NULL)
        return NULL;
    *json = true;
    walk->nested++;
    masked = walk_value(walk, value, &inner);
    walk->nested--;
    if (masked != NULL) {
        written = json_text_new(masked, 2 * json_limits_reply.bytes, &length);
        made = walk_made(walk, written != NULL ? json_stringn(written, length) : NULL);
        mem_free(written);
    }
    json_decref(masked);
    json_decref(value);
    return made;
}

static json_t *walk_text(struct walk *walk, const char *text, size_t size,
                         const struct walk_step *at)
{
    struct buf out;
    json_t *made = NULL;
    bool json = false;

    if (size <= WALK_CIPHER && walk_has_digit(text, size) && walk_is_code(at, text, size))
        return walk_code(walk, at);
    if (size < WALK_TEXT || !card_suspect(text, size))
        return NULL;
    if (text[strspn(text, " \t\r\n")] == '{' || text[strspn(text, " \t\r\n")] == '[') {
        made = walk_nested(walk, text, size, at, &json);
        if (json)
            return made;
    }
    buf_init(&out, 2 * size + 64);
    if (card__mask(text, size, walk_hint(at), &out, walk->report)) {
        made = walk_made(walk, buf_ok(&out) ? json_stringn(buf_text(&out), out.len) : NULL);
        walk_note(walk, at);
    }
    buf_fini(&out);
    return made;
}

/* digits: of a number. Only a whole one can be a card's: 4111111111111111, also with .0 behind. */
static json_t *walk_number(struct walk *walk, const char *digits, const struct walk_step *at)
{
    size_t size = strlen(digits);
    struct buf out;
    json_t *made = NULL;

    if (walk_is_code(at, digits, size))
        return walk_code(walk, at);
    if (strspn(digits, "0123456789") < CARD__SHORTEST || strpbrk(digits, "eE") != NULL ||
        !card_suspect(digits, size))
        return NULL;
    buf_init(&out, 2 * LIMIT_JSON_NUMBER);
    if (card__mask(digits, size, walk_hint(at), &out, walk->report)) {
        made = walk_made(walk, json_stringn(buf_text(&out), out.len));
        walk_note(walk, at);
    }
    buf_fini(&out);
    return made;
}

static json_t *walk_integer(struct walk *walk, json_int_t number, const struct walk_step *at)
{
    char text[24], *digits = text + sizeof text - 1;
    bool code = number >= 0 && number <= 9999, card = number >= WALK_LEAST;

    if (!code && !card)
        return NULL;
    *digits = '\0';
    do {
        *--digits = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    if (card && !card__begins((unsigned)(*digits - '0')))
        return NULL;
    return walk_number(walk, digits, at);
}

/* ---- Arrays and objects */

static json_t *walk_array(struct walk *walk, json_t *array, const struct walk_step *outer)
{
    struct walk_step at = { .outer = outer };
    json_t *made = NULL, *value;

    json_array_foreach(array, at.index, value)
    {
        json_t *other = walk_value(walk, value, &at);

        if (other == NULL)
            continue;
        if (made == NULL)
            made = walk_made(walk, json_copy(array));
        if (made == NULL || json_array_set_new(made, at.index, other) != 0)
            walk->report->failed = true;
    }
    return made;
}

/* A name that is a number itself; false: it is none. */
static bool walk_key(struct walk *walk, const char *key, const struct walk_step *at,
                     struct buf *out)
{
    size_t size = strlen(key);

    if (!card_suspect(key, size) || !card__mask(key, size, CARD__PLAIN, out, walk->report))
        return false;
    walk_note(walk, at);
    return true;
}

/* The same members with another name for one of them, in their order. */
static void walk_rename(struct walk *walk, json_t **object, const char *key, const char *name)
{
    json_t *made = json_object(), *value;
    char other[LIMIT_JSON_KEY + 32];
    const char *one;

    snprintf(other, sizeof other, "%s", name);
    for (unsigned n = 2; json_object_get(*object, other) != NULL; n++)
        snprintf(other, sizeof other, "%.*s #%u", (int)LIMIT_JSON_KEY, name, n);
    json_object_foreach(*object, one, value)
    {
        if (json_object_set_nocheck(made, strcmp(one, key) == 0 ? other : one, value) != 0)
            walk->report->failed = true;
    }
    json_decref(*object);
    *object = made;
}

static json_t *walk_object(struct walk *walk, json_t *object, const struct walk_step *outer)
{
    struct walk_step at = { .outer = outer, .object = object };
    json_t *made = NULL, *value;
    struct buf name;

    json_object_foreach(object, at.key, value)
    {
        json_t *other = walk_value(walk, value, &at);

        if (other != NULL && made == NULL)
            made = walk_made(walk, json_copy(object));
        if (other != NULL && json_object_set_new_nocheck(made, at.key, other) != 0)
            walk->report->failed = true;
        if (strlen(at.key) < CARD__SHORTEST)
            continue;
        buf_init(&name, 2 * LIMIT_JSON_KEY);
        if (walk_key(walk, at.key, &at, &name)) {
            if (made == NULL)
                made = walk_made(walk, json_copy(object));
            if (made != NULL)
                walk_rename(walk, &made, at.key, buf_text(&name));
        }
        buf_fini(&name);
    }
    return made;
}

/* NULL: there is nothing in it. */
static json_t *walk_value(struct walk *walk, json_t *value, const struct walk_step *at)
{
    json_t *made = NULL;

    check(walk->depth < WALK_DEPTH * (WALK_NESTED + 1));
    walk->depth++;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        made = walk_object(walk, value, at);
        break;
    case JSON_ARRAY:
        made = walk_array(walk, value, at);
        break;
    case JSON_STRING:
        made = json_is_exact(value)
                   ? walk_number(walk, json_exact_text(value), at)
                   : walk_text(walk, json_string_value(value), json_string_length(value), at);
        break;
    case JSON_INTEGER:
        made = walk_integer(walk, json_integer_value(value), at);
        break;
    default:
        break;
    }
    walk->depth--;
    return made;
}

json_t *card_mask_json(json_t *value, const char *place, struct card_report *report)
{
    struct walk walk = { .report = report, .place = place };
    json_t *made = value != NULL ? walk_value(&walk, value, NULL) : NULL;

    if (!report->failed)
        return made != NULL ? made : json_incref(value);
    json_decref(made);
    return NULL;
}
