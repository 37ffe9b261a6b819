/* say.c - what is wrong with a value, for people.
 *
 * Messages quote what they are about where that helps, but never what may be a card number or a
 * secret: a long run of digits, or a value whose schema is "writeOnly". */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "schema/check.h"

#define SHOWN        60u /* bytes of a value in a message */
#define SHOWN_DIGITS 11u /* more of them in one value may be the number of a card */

static void place_write(struct buf *out, const struct place *place)
{
    if (place == NULL)
        return;
    place_write(out, place->outer);
    if (place->key != NULL)
        json_pointer_add(out, place->key);
    else
        buf_addf(out, "/%zu", place->index);
}

/* The first fault ends a check that only wants the verdict. */
static void fault_tell(struct check *c, const struct schema_fault *fault)
{
    if (c->faults++ == 0)
        err_set(c->e, ERR_INVALID, "%s", fault->text);
    if (c->ask->fault != NULL)
        c->ask->fault(c->ask->arg, fault);
    else
        c->mode = CHECK_QUIET;
}

static void say_all(struct check *c, const struct schema_node *node, const struct schema_word *word,
                    const char *member, bool at_member, const char *said)
{
    const char *keyword = word != NULL ? word->row->name : "";
    struct buf pointer, schema_place, text;
    struct schema_fault fault;
    size_t size;

    buf_init(&pointer, MIB);
    buf_init(&schema_place, MIB);
    buf_init(&text, MIB);
    place_write(&pointer, c->place);
    size = pointer.len;
    if (member != NULL)
        json_pointer_add(&pointer, member);
    buf_addf(&schema_place, "%s%s%s", node->place, *keyword != '\0' ? "/" : "", keyword);
    buf_addf(&text, "\"%.300s\" %s",
             pointer.len > 0        ? buf_text(&pointer) + 1
             : c->ask->name != NULL ? c->ask->name
                                    : "value",
             said);
    if (member != NULL && !at_member && buf_ok(&pointer))
        pointer.at[pointer.len = size] = '\0';
    fault = (struct schema_fault){ buf_text(&pointer), keyword, buf_text(&schema_place),
                                   buf_text(&text) };
    fault_tell(c, &fault);
    buf_fini(&pointer);
    buf_fini(&schema_place);
    buf_fini(&text);
}

static bool said_by(struct check *c, unsigned weight)
{
    if (c->mode == CHECK_WEIGH)
        c->weight += weight;
    return c->mode == CHECK_TELL && c->ended == ERR_OK;
}

bool say(struct check *c, const struct schema_node *node, const struct schema_word *word,
         unsigned weight, const char *fmt, ...)
{
    char text[600];
    va_list args;

    if (!said_by(c, weight))
        return false;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say_all(c, node, word, NULL, false, text);
    return false;
}

bool say_member(struct check *c, const struct schema_node *node, const struct schema_word *word,
                const char *member, bool at_member, const char *fmt, ...)
{
    char text[600];
    va_list args;

    check(member != NULL);
    if (!said_by(c, 10))
        return false;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    say_all(c, node, word, member, at_member, text);
    return false;
}

static size_t digits_in(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text >= '0' && *text <= '9';
    return count;
}

/* Cut between characters, not within one. */
static void cut(char *text, size_t room)
{
    size_t at = strlen(text) < room - 4 ? strlen(text) : room - 4;

    if (text[at] == '\0')
        return;
    while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
        at--;
    memcpy(text + at, "...", 4);
}

const char *say_value(const struct schema_node *node, const json_t *value, char *text, size_t room)
{
    bool secret = json_is_true(json_object_get(node->json, "writeOnly"));
    char *written = NULL;

    check(room > SHOWN);
    if (!json_is_object(value) && !json_is_array(value) && !secret)
        written = json_text_new(value, 64 * KIB, NULL);
    if (written == NULL || digits_in(written) > SHOWN_DIGITS)
        snprintf(text, room, "%s",
                 json_is_text(value)                             ? "another text"
                 : json_is_exact(value) || json_is_number(value) ? "another number"
                                                                 : json_kind(value));
    else
        snprintf(text, room, "%s", written);
    cut(text, room < SHOWN ? room : SHOWN);
    mem_free(written);
    return text;
}

const char *schema_types_text(unsigned types, char *text, size_t room)
{
    static const struct {
        unsigned type;
        const char *name;
    } names[] = {
        { SCHEMA_OBJECT, "object" },
        { SCHEMA_ARRAY, "array" },
        { SCHEMA_STRING, "text" },
        { SCHEMA_NUMBER, "number" },
        { SCHEMA_INTEGER, "whole number" },
        { SCHEMA_BOOLEAN, "boolean" },
        { SCHEMA_NULL, "null" },
    };
    size_t used = 0;

    check(room > 0);
    snprintf(text, room, "%s", types == 0 ? "nothing" : "any");
    if (types == SCHEMA_ANY)
        return text;
    if ((types & SCHEMA_NUMBER) != 0)
        types &= ~(unsigned)SCHEMA_INTEGER;
    for (size_t i = 0; i < sizeof names / sizeof *names && used < room; i++) {
        int size;

        if ((types & names[i].type) == 0)
            continue;
        size = snprintf(text + used, room - used, "%s%s", used > 0 ? " or " : "", names[i].name);
        used += size > 0 ? (size_t)size : 0;
    }
    return text;
}
