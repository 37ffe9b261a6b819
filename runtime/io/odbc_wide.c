/* odbc_wide.c - UTF-8 and the driver's UTF-16. What is malformed becomes U+FFFD. */
#include "io/odbc_priv.h"

#include <string.h>

#define REPLACEMENT 0xFFFDu

/* One character; *at moves on. */
static unsigned long utf8_next(const unsigned char **at, const unsigned char *end)
{
    const unsigned char *p = *at;
    unsigned more = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC0 ? 1 : 0;
    unsigned long c = more == 0 ? *p : *p & (0x3Fu >> more);

    *at = p + 1;
    if (*p < 0x80)
        return c;
    if (more == 0 || (size_t)(end - p) <= more)
        return REPLACEMENT;
    for (unsigned i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return REPLACEMENT;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    *at = p + more + 1;
    return c > 0x10FFFF ? REPLACEMENT : c;
}

void odbc__widen(struct buf *out, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    static const SQLWCHAR nul = 0;

    while (at < end) {
        unsigned long c = utf8_next(&at, end);
        SQLWCHAR pair[2] = { (SQLWCHAR)c, 0 };

        if (c >= 0x10000) {
            pair[0] = (SQLWCHAR)(0xD800 + ((c - 0x10000) >> 10));
            pair[1] = (SQLWCHAR)(0xDC00 + ((c - 0x10000) & 0x3FF));
        }
        buf_add(out, pair, c >= 0x10000 ? 4 : 2);
    }
    buf_add(out, &nul, sizeof nul);
}

void odbc__narrow(struct buf *out, const SQLWCHAR *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned long c = text[i];

        if (c >= 0xD800 && c <= 0xDBFF && i + 1 < count && text[i + 1] >= 0xDC00 &&
            text[i + 1] <= 0xDFFF)
            c = 0x10000 + ((c - 0xD800) << 10) + (text[++i] - 0xDC00u);
        else if (c >= 0xD800 && c <= 0xDFFF)
            c = REPLACEMENT;
        if (c < 0x80) {
            buf_add_char(out, (char)c);
            continue;
        }
        if (c >= 0x10000)
            buf_add_char(out, (char)(0xF0 | c >> 18));
        if (c >= 0x800)
            buf_add_char(out, (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 0x3F) : 0xE0 | c >> 12));
        buf_add_char(out, (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3F) : 0xC0 | c >> 6));
        buf_add_char(out, (char)(0x80 | (c & 0x3F)));
    }
}
