/* word.c - short texts of settings: names of flows and events, keys, messages for people. */
#include "nodes/word.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";

static bool name_is_valid(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size <= LIMIT_ID && strspn(name, letters) == size && name[0] != '-' &&
           name[0] != '.';
}

void word_flow_compile(struct flow_build *build, const char *name, const char *pointer)
{
    if (name != NULL && !name_is_valid(name))
        flow_build_fault(build, pointer,
                         "\"%.80s\" cannot be the name of a flow: it is its folder's, made of "
                         "letters, digits, \"_\", \"-\" and \".\", at most %u",
                         name, LIMIT_ID);
}

void word_event_compile(struct flow_build *build, const char *name, const char *pointer)
{
    if (name != NULL && !name_is_valid(name))
        flow_build_fault(build, pointer,
                         "\"%.80s\" cannot name an event: letters, digits, \"_\", \"-\" and \".\", "
                         "at most %u, like \"payment.confirmed\"",
                         name, LIMIT_ID);
}

/* The digits of a whole number of any length; NULL if it is none. */
static const char *whole_digits(const json_t *value)
{
    const char *digits = json_exact_text(value);
    const char *at = digits;

    if (digits == NULL)
        return NULL;
    at += *at == '-';
    return at[strspn(at, "0123456789")] == '\0' ? digits : NULL;
}

enum err_code word_key(const json_t *value, char key[WORD_KEY], struct err *e)
{
    const char *text = json_is_text(value) ? json_text(value) : whole_digits(value);
    size_t size;

    check(key != NULL);
    if (json_is_integer(value)) {
        snprintf(key, WORD_KEY, "%lld", (long long)json_integer_value(value));
        return ERR_OK;
    }
    if (text == NULL)
        return err_set(e, ERR_INVALID,
                       "the key must be a text or a whole number, but is: %s; an amount must be "
                       "made a text",
                       json_kind(value));
    size = strlen(text);
    if (size == 0)
        return err_set(e, ERR_INVALID, "the key is empty");
    if (json_is_text(value) && size != json_string_length(value))
        return err_set(e, ERR_INVALID, "the key holds a NUL character");
    if (size >= WORD_KEY)
        return err_set(e, ERR_INVALID, "the key has %zu bytes, at most %d are allowed", size,
                       WORD_KEY - 1);
    memcpy(key, text, size + 1);
    return ERR_OK;
}

void word_show(const json_t *value, char *text, size_t room)
{
    const char *from = json_text(value);
    struct buf json;
    size_t size;

    check(room > 0);
    buf_init(&json, LIMIT_OUTPUT);
    if (value != NULL && from == NULL) {
        json_write(&json, value);
        from = buf_text(&json);
    }
    size = from != NULL ? strlen(from) : 0;
    if (size >= room) {
        size = room - 1;
        while (size > 0 && ((unsigned char)from[size] & 0xc0) == 0x80)
            size--; /* no half of a character */
    }
    if (size > 0)
        memcpy(text, from, size);
    text[size] = '\0';
    buf_fini(&json);
}
