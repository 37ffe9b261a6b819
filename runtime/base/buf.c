/* buf.c - the growing buffer. Memory at least doubles, so that a series of appends costs what it
 * writes. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

#define BUF_FIRST 64 /* the smallest piece of memory: most texts fit */

void buf_init(struct buf *b, size_t ceiling)
{
    check(ceiling > 0);
    check(ceiling < SIZE_MAX / 4);
    *b = (struct buf){ .ceiling = ceiling };
}

void buf_init_secret(struct buf *b, size_t ceiling)
{
    buf_init(b, ceiling);
    b->secret = true;
}

static void buf_release(const struct buf *b)
{
    if (b->secret && b->at != NULL)
        explicit_bzero(b->at, b->room);
    mem_free(b->at);
}

void buf_fini(struct buf *b)
{
    buf_release(b);
    *b = (struct buf){ .ceiling = b->ceiling, .secret = b->secret };
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    b->starved = false;
    if (b->at != NULL)
        b->at[0] = '\0';
}

static void buf_fail(struct buf *b, bool starved)
{
    buf_fini(b);
    b->failed = true;
    b->starved = starved;
}

/* As mem_try_resize(), which may leave a copy of what it moved. */
static char *buf_move(const struct buf *b, size_t room)
{
    char *at;

    if (!b->secret)
        return mem_try_resize(b->at, room);
    at = mem_try(room);
    if (at == NULL)
        return NULL;
    if (b->at != NULL)
        memcpy(at, b->at, b->len);
    buf_release(b);
    return at;
}

/* Room for `size` more bytes and the NUL, or the buffer fails. */
static bool buf_grow(struct buf *b, size_t size)
{
    size_t need;
    size_t room;
    char *at;

    if (size > b->ceiling - b->len) {
        buf_fail(b, false);
        return false;
    }
    need = b->len + size + 1;
    room = b->room < BUF_FIRST / 2 ? BUF_FIRST : b->room * 2;
    if (room < need)
        room = need;
    if (room > b->ceiling + 1)
        room = b->ceiling + 1;
    at = buf_move(b, room);
    if (at == NULL) {
        buf_fail(b, true);
        return false;
    }
    b->at = at;
    b->room = room;
    return true;
}

/* Whether `size` bytes may be written at b->at + b->len. */
static inline bool buf_ready(struct buf *b, size_t size)
{
    if (b->failed)
        return false;
    if (b->room > b->len && b->room - b->len > size)
        return true;
    return buf_grow(b, size);
}

void buf_add(struct buf *b, const void *bytes, size_t size)
{
    check(b->ceiling > 0);
    if (size == 0 || !buf_ready(b, size))
        return;
    memcpy(b->at + b->len, bytes, size);
    b->len += size;
    b->at[b->len] = '\0';
}

void buf_add_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_add_char(struct buf *b, char c)
{
    check(b->ceiling > 0);
    if (!buf_ready(b, 1))
        return;
    b->at[b->len++] = c;
    b->at[b->len] = '\0';
}

char *buf_extend(struct buf *b, size_t size)
{
    char *at;

    check(b->ceiling > 0);
    if (!buf_ready(b, size))
        return NULL;
    at = b->at + b->len;
    b->len += size;
    b->at[b->len] = '\0';
    return at;
}

void buf_add_int(struct buf *b, long long value)
{
    char digits[24];
    char *at = digits + sizeof(digits);
    unsigned long long rest = value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--at = '-';
    buf_add(b, at, (size_t)(digits + sizeof(digits) - at));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_list again;
    int length;

    check(b->ceiling > 0);
    va_start(args, fmt);
    va_copy(again, args);
    length = vsnprintf(NULL, 0, fmt, args);
    check(length >= 0);
    if (buf_ready(b, (size_t)length)) {
        vsnprintf(b->at + b->len, (size_t)length + 1, fmt, again);
        b->len += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

const char *buf_text(const struct buf *b)
{
    return b->at != NULL ? b->at : "";
}

char *buf_take(struct buf *b, size_t *len)
{
    char *taken = b->len > 0 ? b->at : NULL;

    if (len != NULL)
        *len = b->len;
    if (taken != NULL) {
        b->at = NULL;
        b->len = 0;
        b->room = 0;
    }
    return taken;
}

enum err_code buf_check(const struct buf *b, const char *what, struct err *e)
{
    if (!b->failed)
        return ERR_OK;
    if (b->starved)
        return err_set(e, ERR_MEMORY, "out of memory for %s", what);
    return err_set(e, ERR_LIMIT, "%s is longer than %zu bytes", what, b->ceiling);
}
