/* charset.h - bytes of other systems as UTF-8, and back.
 *
 * An encoding is named as ICU knows it: "utf-8", "utf-16", "iso-8859-1", "iso-8859-15",
 * "windows-1252", "ibm-850", ... Without a name the bytes are UTF-8, or UTF-16 when they begin with
 * its byte order mark. A byte order mark is no part of the text. Bytes come in pieces of any size.
 *
 * Nothing is replaced in silence: bytes that are no character, and characters that the encoding
 * does not have, are refused, and the error names the line, the column (in characters, from 1) and
 * the bytes. A NUL is refused too: no text of ours can hold one. */
#ifndef FORMAT_CHARSET_H
#define FORMAT_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define CHARSET_NAME 64u /* bytes of a name with its NUL */

struct charset;
/* name: NULL or "": see above. NULL with ERR_INVALID when there is no such encoding. */
struct charset *charset_open(const char *name, struct err *e) MUST_USE;
void charset_close(struct charset *charset); /* NULL is fine */
/* Appends the bytes as UTF-8 to *out, as far as they are whole characters. After an error the
 * decoder is of no more use. */
enum err_code charset_feed(struct charset *charset, const char *bytes, size_t size, struct buf *out,
                           struct err *e) MUST_USE;
/* The bytes are over: what is left of a cut character is an error. */
enum err_code charset_end(struct charset *charset, struct buf *out, struct err *e) MUST_USE;
/* All at once. */
enum err_code charset_decode(const char *name, const char *bytes, size_t size, struct buf *out,
                             struct err *e) MUST_USE;

bool charset_known(const char *name);
bool charset_is_utf8(const char *name); /* NULL and "" too */
/* Appends UTF-8 text in the encoding. mark: a byte order mark first (UTF-8 and UTF-16). ERR_INVALID
 * names the first character that the encoding does not have. */
enum err_code charset_encode(const char *name, const char *text, size_t size, bool mark,
                             struct buf *out, struct err *e) MUST_USE;

#endif
