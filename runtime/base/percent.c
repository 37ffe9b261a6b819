/* percent.c - percent-encoding (RFC 3986), strictly. */
#include "base/percent.h"

#include <string.h>

#include "base/check.h"
#include "base/hex.h"

static bool percent_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

void percent_write(struct buf *out, const char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";

    check(text != NULL || size == 0);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (percent_unreserved(text[i])) {
            buf_add_char(out, text[i]);
            continue;
        }
        buf_add_char(out, '%');
        buf_add_char(out, digits[byte >> 4]);
        buf_add_char(out, digits[byte & 15]);
    }
}

bool percent_read(struct buf *out, const char *text, size_t size, bool plus)
{
    check(text != NULL || size == 0);
    for (size_t i = 0; i < size; i++) {
        int high, low;

        if (text[i] != '%') {
            buf_add_char(out, plus && text[i] == '+' ? ' ' : text[i]);
            continue;
        }
        if (size - i < 3)
            return false;
        high = hex_digit(text[i + 1]);
        low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0)
            return false;
        buf_add_char(out, (char)(high * 16 + low));
        i += 2;
    }
    return true;
}
