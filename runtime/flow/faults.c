/* faults.c - the list of what is wrong, in the order of the files. */
#include "flow/faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define FAULT_TEXT 1000 /* bytes of one message before what is foreign in it is escaped */

void faults_init(struct faults *faults)
{
    check(faults != NULL);
    *faults = (struct faults){ 0 };
}

static void fault_fini(struct fault *fault)
{
    mem_free(fault->file);
    mem_free(fault->pointer);
    mem_free(fault->text);
    mem_free(fault->missing);
}

void faults_fini(struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        fault_fini(&faults->list[i]);
    mem_free(faults->list);
    faults_init(faults);
}

/* Bytes of the UTF-8 character at `at`, with its number; 0 if there is none. */
static size_t char_read(const unsigned char *at, size_t size, unsigned *code)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };

    if (length > size || !utf8_valid((const char *)at, length))
        return 0;
    *code = at[0] & mask[length];
    for (size_t i = 1; i < length; i++)
        *code = *code << 6 | (at[i] & 0x3f);
    return length;
}

/* What would break a line, steer a terminal, or turn the direction of the text around it. */
static bool char_is_unsafe(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
           code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* Foreign text becomes one harmless line of valid UTF-8. */
static void text_add_clean(struct buf *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t left = strlen(text);

    while (left > 0) {
        unsigned code = 0;
        size_t length = char_read(at, left, &code);

        if (length == 0)
            buf_add_text(out, "\xef\xbf\xbd");
        else if (char_is_unsafe(code))
            buf_addf(out, "\\u%04x", code);
        else
            buf_add(out, at, length);
        length = length == 0 ? 1 : length;
        at += length;
        left -= length;
    }
}

static char *text_clean_new(const char *text)
{
    struct buf clean;
    char *taken;

    buf_init(&clean, strlen(text) * 6 + 1); /* the longest escape for the shortest character */
    text_add_clean(&clean, text);
    taken = buf_take(&clean, NULL);
    buf_fini(&clean);
    return taken != NULL ? taken : mem_must_copy("");
}

/* The slot for one more fault; NULL when the list is full of its betters. A warning gives way to an
 * error, so that what keeps a flow from running is always among what is shown. */
static struct fault *fault_slot(struct faults *faults, bool warning)
{
    if (faults->count < LIMIT_FAULTS) {
        if (faults->list == NULL)
            faults->list = mem_must(LIMIT_FAULTS * sizeof *faults->list);
        return &faults->list[faults->count++];
    }
    faults->dropped++;
    if (warning)
        return NULL;
    for (size_t i = faults->count; i > 0; i--)
        if (faults->list[i - 1].warning) {
            fault_fini(&faults->list[i - 1]);
            return &faults->list[i - 1];
        }
    return NULL;
}

static void faults_put(struct faults *faults, const struct fault *where, const char *fmt,
                       va_list args)
{
    struct fault *fault = fault_slot(faults, where->warning);
    char text[FAULT_TEXT];

    check(where->file != NULL);
    check(where->pointer != NULL);
    if (!where->warning)
        faults->errors++;
    if (fault == NULL)
        return;
    vsnprintf(text, sizeof text, fmt, args);
    *fault = *where;
    fault->file = mem_must_copy(where->file);
    fault->pointer = mem_must_copy(where->pointer);
    fault->text = text_clean_new(text);
    fault->missing = where->missing != NULL ? mem_must_copy(where->missing) : NULL;
}

static void PRINTF(3, 4)
    faults_put_text(struct faults *faults, const struct fault *where, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    faults_put(faults, where, fmt, args);
    va_end(args);
}

void faults_add(struct faults *faults, bool warning, const char *file, unsigned line,
                unsigned column, const char *pointer, const char *fmt, ...)
{
    const struct fault where = { .code = FAULT_DEFINITION,
                                 .file = (char *)file,
                                 .line = line,
                                 .column = column,
                                 .pointer = (char *)pointer,
                                 .warning = warning };
    va_list args;

    va_start(args, fmt);
    faults_put(faults, &where, fmt, args);
    va_end(args);
}

void faults_add_missing(struct faults *faults, const char *file, unsigned line, unsigned column,
                        const char *pointer, const char *member, const char *why)
{
    const struct fault where = { .code = FAULT_DEFINITION,
                                 .file = (char *)file,
                                 .line = line,
                                 .column = column,
                                 .pointer = (char *)pointer,
                                 .missing = (char *)member };

    check(member != NULL);
    faults_put_text(faults, &where, "\"%s\" is missing: %s", member, why);
}

void faults_add_outer(struct faults *faults, enum fault_code code, const char *file,
                      const char *pointer, const char *fmt, ...)
{
    const struct fault where = {
        .code = code, .file = (char *)file, .line = 1, .column = 1, .pointer = (char *)pointer
    };
    va_list args;

    va_start(args, fmt);
    faults_put(faults, &where, fmt, args);
    va_end(args);
}

static int fault_compare(const struct fault *a, const struct fault *b)
{
    int order = strcmp(a->file, b->file);

    if (order != 0)
        return order;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->column < b->column ? -1 : a->column > b->column;
}

/* By insertion, because faults of one place keep the order in which they were found. */
void faults_sort(struct faults *faults)
{
    check(faults->count <= LIMIT_FAULTS);
    for (size_t i = 1; i < faults->count; i++) {
        struct fault moved = faults->list[i];
        size_t to = i;

        for (; to > 0 && fault_compare(&faults->list[to - 1], &moved) > 0; to--)
            faults->list[to] = faults->list[to - 1];
        faults->list[to] = moved;
    }
}

static void fault_write(const struct fault *fault, struct buf *out)
{
    text_add_clean(out, fault->file);
    buf_addf(out, ":%u:%u: ", fault->line, fault->column);
    text_add_clean(out, *fault->pointer == '\0' ? "/" : fault->pointer);
    buf_add_text(out, fault->warning ? ": warning: " : ": ");
    buf_add_text(out, fault->text);
}

static void faults_write_dropped(const struct faults *faults, struct buf *out)
{
    text_add_clean(out, faults->list[0].file);
    buf_addf(out, ":1:1: /: %zu more faults are not shown; mend these first", faults->dropped);
}

void faults_write(const struct faults *faults, struct buf *out)
{
    for (size_t i = 0; i < faults->count; i++) {
        fault_write(&faults->list[i], out);
        buf_add_char(out, '\n');
    }
    if (faults->dropped > 0) {
        faults_write_dropped(faults, out);
        buf_add_char(out, '\n');
    }
}

static void faults_log(const struct faults *faults, struct log *log)
{
    struct buf line;

    buf_init(&line, 64 * KIB);
    for (size_t i = 0; i < faults->count; i++) {
        buf_clear(&line);
        fault_write(&faults->list[i], &line);
        if (faults->list[i].warning)
            log_warn(log, "%s", buf_text(&line));
        else
            log_error(log, "%s", buf_text(&line));
    }
    if (faults->dropped > 0) {
        buf_clear(&line);
        faults_write_dropped(faults, &line);
        log_error(log, "%s", buf_text(&line));
    }
    buf_fini(&line);
}

void faults_tell(const struct faults *faults, struct log *log)
{
    struct buf text;

    if (log->json) {
        faults_log(faults, log);
        return;
    }
    buf_init(&text, 4 * MIB);
    faults_write(faults, &text);
    fwrite(buf_text(&text), 1, text.len, stderr);
    buf_fini(&text);
}

json_t *faults_json(const struct faults *faults)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < faults->count; i++) {
        const struct fault *fault = &faults->list[i];
        json_t *object = json_object();
        char *file = text_clean_new(fault->file);
        char *pointer = text_clean_new(fault->pointer);
        bool failed = object == NULL;

        if (!failed) {
            json_put(object, "severity", json_string(fault->warning ? "warning" : "error"),
                     &failed);
            json_put(object, "file", json_string(file), &failed);
            json_put(object, "line", json_integer(fault->line), &failed);
            json_put(object, "column", json_integer(fault->column), &failed);
            json_put(object, "pointer", json_string(pointer), &failed);
            json_put(object, "message", json_string(fault->text), &failed);
            if (fault->missing != NULL)
                json_put(object, "missing", json_string(fault->missing), &failed);
        }
        mem_free(file);
        mem_free(pointer);
        if (failed || json_array_append(list, object) != 0) {
            json_decref(list);
            list = NULL;
        }
        json_decref(object);
    }
    return list;
}
