/* line.c - the lines of a list: what a path leads to, and keys that compare. */
#include "nodes/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "nodes/moment.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))

const char *const line_key_names[] = {
#define X(code, name) name,
    LINE_KEYS(X)
#undef X
        NULL
};
const char line_key_help[] =
    "How keys are made alike before they are compared. exact: byte for byte. folded: without "
    "blanks around, a single blank within, A-Z as a-z. letters_digits: folded, and of ASCII only "
    "letters and digits (\"INV-001\" is \"inv001\"). digits: digits only, without zeros in front "
    "(\"INV-0042\" is \"42\").";

/* ---- Paths */

/* One name from *at, which is moved behind it; "\." is a dot. */
static char *path_name(const char **at)
{
    char *name = mem_must(strlen(*at) + 1);
    size_t size = 0;

    for (; **at != '\0' && **at != '.'; ++*at) {
        if ((*at)[0] == '\\' && (*at)[1] == '.')
            ++*at;
        name[size++] = **at;
    }
    *at += **at == '.';
    return name;
}

void line_place(char *place, size_t room, const char *fmt, ...)
{
    va_list args;

    check(room > 0);
    place[0] = '\0';
    va_start(args, fmt);
    vsnprintf(place, room, fmt, args);
    va_end(args);
}

void line_path_init(struct line_path *path, const char *text, struct flow_build *build,
                    const char *pointer)
{
    size_t most = 1;

    *path = (struct line_path){ 0 };
    if (text == NULL)
        return;
    if (strchr(text, '[') != NULL) {
        flow_build_fault(build, pointer, "\"%.80s\" leads to many values; name one member", text);
        return;
    }
    for (const char *dot = text; (dot = strchr(dot, '.')) != NULL; dot++)
        most++;
    path->text = mem_must_copy(text);
    path->names = mem_must(most * sizeof *path->names);
    while (*text != '\0') {
        check(path->count < most);
        path->names[path->count++] = path_name(&text);
    }
}

void line_path_fini(struct line_path *path)
{
    for (size_t i = 0; i < path->count; i++)
        mem_free(path->names[i]);
    mem_free(path->names);
    mem_free(path->text);
    *path = (struct line_path){ 0 };
}

json_t *line_at(json_t *line, const struct line_path *path)
{
    json_t *value = line;

    check(path->text != NULL);
    for (size_t i = 0; i < path->count && value != NULL; i++)
        value = json_object_get(value, path->names[i]);
    return json_is_null(value) ? NULL : value;
}

/* ---- Keys */

static bool blank_is(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char folded(unsigned char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static void key_folded(struct buf *out, const char *text, size_t size)
{
    bool blank = false;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if (blank_is(c)) {
            blank = out->len > 0;
            continue;
        }
        if (blank)
            buf_add_char(out, ' ');
        blank = false;
        buf_add_char(out, folded(c));
    }
}

static void key_picked(struct buf *out, const char *text, size_t size, bool letters)
{
    bool zeros = false;

    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        bool digit = c >= '0' && c <= '9';

        if (!letters && out->len == 0 && c == '0')
            zeros = true;
        else if (digit ||
                 (letters && (folded(c) != (char)c || (c >= 'a' && c <= 'z') || c >= 0x80)))
            buf_add_char(out, folded(c));
    }
    if (zeros && out->len == 0)
        buf_add_char(out, '0');
}

enum err_code line_key(const json_t *value, enum line_key how, struct buf *out, struct err *e)
{
    const char *text = json_is_exact(value) ? json_exact_text(value) : json_text(value);
    size_t size =
        json_is_text(value) ? json_string_length(value) : (text != NULL ? strlen(text) : 0);
    char number[24];

    buf_clear(out);
    if (value == NULL || json_is_null(value))
        return ERR_OK;
    if (json_is_integer(value)) {
        size =
            (size_t)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        text = number;
    } else if (json_is_boolean(value)) {
        text = json_is_true(value) ? "true" : "false";
        size = strlen(text);
    }
    if (text == NULL)
        return err_set(e, ERR_INVALID, "a key must be a text or a number, but here is: %s",
                       json_kind(value));
    if (strnlen(text, size) < size)
        return err_set(e, ERR_INVALID, "a key holds a NUL character");
    if (size > LINE_KEY_MAX)
        return err_set(e, ERR_LIMIT, "a key has %zu bytes, at most %u are compared", size,
                       LINE_KEY_MAX);
    if (how == LINE_EXACT)
        buf_add(out, text, size);
    else if (how == LINE_FOLDED)
        key_folded(out, text, size);
    else
        key_picked(out, text, size, how == LINE_ALNUM);
    return buf_check(out, "a key", e);
}

/* ---- Days */

enum err_code line_day(const json_t *value, int32_t *day, struct err *e)
{
    int64_t ms;

    *day = LINE_NO_DAY;
    if (value == NULL || json_is_null(value))
        return ERR_OK;
    if (moment_read(value, &ms, e) != ERR_OK)
        return e->code;
    *day = (int32_t)((ms >= 0 ? ms : ms - (DAY_MS - 1)) / DAY_MS);
    return ERR_OK;
}

void line_day_text(int32_t day, char text[16])
{
    char moment[CLOCK_TEXT];

    check(day != LINE_NO_DAY);
    clock_text(day * DAY_MS, moment);
    memcpy(text, moment, 10);
    text[10] = '\0';
}
