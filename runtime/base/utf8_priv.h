/* utf8_priv.h - one well-formed UTF-8 sequence at a time (RFC 3629: no overlong forms, no
 * surrogates, at most U+10FFFF). For base/ only; others use utf8_valid() of json.h. */
#ifndef BASE_UTF8_PRIV_H
#define BASE_UTF8_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool utf8__tail(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The length of the sequence at `at`, of which `left` bytes may be read; 0 if it is not
 * well-formed. */
static inline size_t utf8__length(const unsigned char *at, size_t left)
{
    unsigned char first = at[0];

    if (first < 0x80)
        return 1;
    if (first < 0xC2 || left < 2 || !utf8__tail(at[1]))
        return 0;
    if (first < 0xE0)
        return 2;
    if (left < 3 || !utf8__tail(at[2]))
        return 0;
    if (first < 0xF0) {
        if ((first == 0xE0 && at[1] < 0xA0) || (first == 0xED && at[1] > 0x9F))
            return 0;
        return 3;
    }
    if (first > 0xF4 || left < 4 || !utf8__tail(at[3]))
        return 0;
    if ((first == 0xF0 && at[1] < 0x90) || (first == 0xF4 && at[1] > 0x8F))
        return 0;
    return 4;
}

/* The code point of a sequence whose length utf8__length() gave. */
static inline uint32_t utf8__point(const unsigned char *at, size_t length)
{
    if (length == 1)
        return at[0];
    if (length == 2)
        return (uint32_t)(at[0] & 0x1F) << 6 | (uint32_t)(at[1] & 0x3F);
    if (length == 3)
        return (uint32_t)(at[0] & 0x0F) << 12 | (uint32_t)(at[1] & 0x3F) << 6 |
               (uint32_t)(at[2] & 0x3F);
    return (uint32_t)(at[0] & 0x07) << 18 | (uint32_t)(at[1] & 0x3F) << 12 |
           (uint32_t)(at[2] & 0x3F) << 6 | (uint32_t)(at[3] & 0x3F);
}

/* Writes the code point, which is no surrogate, and returns the number of bytes: at most 4. */
static inline size_t utf8__write(uint32_t point, char *to)
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = (char)(0xC0 | point >> 6);
        to[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        to[0] = (char)(0xE0 | point >> 12);
        to[1] = (char)(0x80 | (point >> 6 & 0x3F));
        to[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | point >> 18);
    to[1] = (char)(0x80 | (point >> 12 & 0x3F));
    to[2] = (char)(0x80 | (point >> 6 & 0x3F));
    to[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

/* The greatest length <= size that does not cut a sequence in two. */
static inline size_t utf8__cut(const char *text, size_t size)
{
    size_t at = size;

    while (at > 0 && size - at < 4 && utf8__tail((unsigned char)text[at - 1]))
        at--;
    if (at == 0)
        return size;
    if (utf8__length((const unsigned char *)text + at - 1, size - at + 1) == 0)
        return at - 1;
    return size;
}

/* The first byte of eight that JSON text and plain ASCII do not pass through: a control
 * character, a quote, a backslash, or part of a longer sequence. 8 if there is none. */
static inline size_t utf8__plain8(const char *at)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t tops = 0x8080808080808080u;
    uint64_t word;
    uint64_t quote;
    uint64_t slash;
    uint64_t odd;

    memcpy(&word, at, sizeof(word));
    quote = word ^ ones * '"';
    slash = word ^ ones * '\\';
    odd = (word | (word - ones * 0x20) | (quote - ones) | (slash - ones)) & tops;
    return odd == 0 ? 8 : (size_t)__builtin_ctzll(odd) / 8;
}

#endif
