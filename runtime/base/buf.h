/* buf.h - a growing byte buffer that cannot be made without a ceiling.
 *
 * An append that would pass the ceiling, or for which memory fails, frees the content and makes
 * the buffer *failed*; further appends do nothing. So a series of appends is checked once, at
 * its end, by buf_ok(). A text is always followed by a NUL that does not count. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct buf {
    char *at;       /* NULL while empty */
    size_t len;
    size_t room;
    size_t ceiling;
    bool failed;
    bool starved;   /* failed for want of memory, not by the ceiling */
    bool secret;    /* bytes are wiped before their memory is released, on growth too */
};

void buf_init(struct buf *b, size_t ceiling);
void buf_init_secret(struct buf *b, size_t ceiling); /* for a key, a password, a token */
/* frees; the buffer may be used again as after buf_init() */
void buf_fini(struct buf *b);
void buf_clear(struct buf *b);                /* empties and heals, keeps the memory */
void buf_add(struct buf *b, const void *bytes, size_t size);
void buf_add_text(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
/* `size` bytes more, which the caller writes at once; NULL: the buffer is failed */
char *buf_extend(struct buf *b, size_t size);
void buf_add_int(struct buf *b, long long value);      /* decimal; far faster than buf_addf() */
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
bool buf_ok(const struct buf *b) MUST_USE;
const char *buf_text(const struct buf *b);    /* never NULL; "" when empty or failed */
/* the caller owns it (mem_free; a secret is the caller's to wipe); NULL when failed or empty */
char *buf_take(struct buf *b, size_t *len);
/* ERR_OK, ERR_LIMIT with `what` in the text, or ERR_MEMORY. */
enum err_code buf_check(const struct buf *b, const char *what, struct err *e) MUST_USE;

#endif
