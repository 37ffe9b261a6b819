/* base64.c - RFC 4648, section 4. */
#include "base/base64.h"

#include <string.h>

#include "base/check.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(struct buf *out, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    check(bytes != NULL || size == 0);
    for (size_t i = 0; i < size; i += 3) {
        size_t rest = size - i;
        unsigned long group = (unsigned long)at[i] << 16;

        if (rest > 1)
            group |= (unsigned long)at[i + 1] << 8;
        if (rest > 2)
            group |= at[i + 2];
        buf_add_char(out, base64_digits[group >> 18 & 63]);
        buf_add_char(out, base64_digits[group >> 12 & 63]);
        buf_add_char(out, rest > 1 ? base64_digits[group >> 6 & 63] : '=');
        buf_add_char(out, rest > 2 ? base64_digits[group & 63] : '=');
    }
}

bool base64_read(struct buf *out, const char *text, size_t size)
{
    check(text != NULL || size == 0);
    if (size % 4 != 0)
        return false;
    for (size_t i = 0; i < size; i += 4) {
        bool last = i + 4 == size;
        unsigned pads = 0;
        unsigned long group = 0;

        if (last && text[i + 3] == '=')
            pads = text[i + 2] == '=' ? 2 : 1;
        for (unsigned j = 0; j < 4; j++) {
            char c = j >= 4 - pads ? 'A' : text[i + j];
            const char *digit = c != '\0' ? strchr(base64_digits, c) : NULL;

            if (digit == NULL)
                return false;
            group = group << 6 | (unsigned long)(digit - base64_digits);
        }
        if ((group & ((1ul << 8 * pads) - 1)) != 0)
            return false;
        buf_add_char(out, (char)(group >> 16 & 255));
        if (pads < 2)
            buf_add_char(out, (char)(group >> 8 & 255));
        if (pads < 1)
            buf_add_char(out, (char)(group & 255));
    }
    return true;
}
