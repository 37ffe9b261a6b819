/* err.c - the error table's columns, and texts that fit their struct. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/utf8_priv.h"

static const struct err_row {
    const char *name;
    const char *text;
    int status;
    bool retry;
} err_rows[ERR_COUNT] = {
#define X(code, name, status, retry, text) [ERR_##code] = { name, text, status, retry },
    ERR_TABLE(X)
#undef X
};

static const struct err_row *err_row(enum err_code code)
{
    check(code >= 0);
    check(code < ERR_COUNT);
    return &err_rows[code];
}

/* Marks a text that did not fit: the cut is between two characters and can be seen. */
static void err_cut(char *text, size_t room)
{
    static const char mark[] = "...";
    size_t keep = utf8__cut(text, room - sizeof(mark));

    memcpy(text + keep, mark, sizeof(mark));
}

/* A precision ("%.200s") may have cut what was given within a character, and not all that is given
 * is UTF-8; who keeps or shows the text counts on it. */
static void err_clean(char *text)
{
    unsigned char *at = (unsigned char *)text;
    size_t left = strlen(text), size;

    for (; left > 0; at += size, left -= size) {
        size = utf8__length(at, left);
        if (size != 0)
            continue;
        *at = '?';
        size = 1;
    }
}

/* Formats aside first: the arguments may point into e->text. */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    struct err made;
    va_list args;
    int length;

    check(code != ERR_OK);
    if (e == NULL)
        return code;
    va_start(args, fmt);
    length = vsnprintf(made.text, sizeof(made.text), fmt, args);
    va_end(args);
    if (length < 0)
        made.text[0] = '\0';
    else if ((size_t)length >= sizeof(made.text))
        err_cut(made.text, sizeof(made.text));
    err_clean(made.text);
    e->code = code;
    memcpy(e->text, made.text, strlen(made.text) + 1);
    return code;
}

enum err_code err_prefix(struct err *e, const char *fmt, ...)
{
    char prefix[sizeof(e->text)];
    va_list args;
    int length;

    check(e != NULL);
    check(e->code != ERR_OK);
    va_start(args, fmt);
    length = vsnprintf(prefix, sizeof(prefix), fmt, args);
    va_end(args);
    if (length < 0)
        return e->code;
    if ((size_t)length >= sizeof(prefix))
        err_cut(prefix, sizeof(prefix));
    return err_set(e, e->code, "%s: %s", prefix, e->text);
}

const char *err_name(enum err_code code)
{
    return err_row(code)->name;
}

const char *err_about(enum err_code code)
{
    return err_row(code)->text;
}

int err_status(enum err_code code)
{
    return err_row(code)->status;
}

bool err_retry(enum err_code code)
{
    return err_row(code)->retry;
}

bool err_find(const char *name, enum err_code *code)
{
    check(name != NULL);
    for (int i = 0; i < ERR_COUNT; i++) {
        if (strcmp(err_rows[i].name, name) == 0) {
            *code = (enum err_code)i;
            return true;
        }
    }
    return false;
}
