/* card_scan.c - the first look at a text, made for those in which there is nothing.
 *
 * 32 bytes at a time become bit masks: digits, what may stand between digits, and pairs of letters
 * that names of security codes have. Only where at least twelve digits stand close together, or
 * such letters, the bytes are looked at one by one, and each at most once. What is found here is
 * whatever could count beside the name "card": it is more than what is taken out in the end. */
#include <ctype.h>
#include <string.h>

#include "base/card_priv.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define SCAN_BLOCK 32u
#define SCAN_LEAST 7u  /* "cvv 123" */
#define SCAN_NAME  40u /* bytes of the name of a security code */

struct scan_bits {
    uint32_t digits; /* 0-9 */
    uint32_t joints; /* may stand between two digits */
    uint32_t names;  /* begins something that a name of a security code has in it */
};

#if defined(__SSE2__)
static __m128i scan_is(__m128i bytes, char c)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
}

static uint32_t scan_digits16(const char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8((char)(0x80 - '0')));

    return (uint32_t)_mm_movemask_epi8(_mm_cmplt_epi8(moved, _mm_set1_epi8((char)(0x80 + 10))));
}

static uint32_t scan_joints16(const char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i any = _mm_or_si128(scan_is(bytes, ' '), scan_is(bytes, '-'));

    any = _mm_or_si128(any, _mm_or_si128(scan_is(bytes, '.'), scan_is(bytes, '_')));
    any = _mm_or_si128(any, _mm_or_si128(scan_is(bytes, '+'), scan_is(bytes, '%')));
    any = _mm_or_si128(any, _mm_or_si128(scan_is(bytes, '\\'), scan_is(bytes, 'u')));
    any = _mm_or_si128(any, bytes); /* and every byte with its highest bit */
    return (uint32_t)_mm_movemask_epi8(any);
}

/* "cv", "csc", "uri" (security), "rif" (verification); reads two bytes more. */
static uint32_t scan_names16(const char *at)
{
    const __m128i lower = _mm_set1_epi8(0x20);
    __m128i a = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)at), lower);
    __m128i b = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(at + 1)), lower);
    __m128i c = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(at + 2)), lower);
    __m128i any = _mm_and_si128(scan_is(a, 'c'), scan_is(b, 'v'));

    any = _mm_or_si128(
        any, _mm_and_si128(_mm_and_si128(scan_is(a, 'c'), scan_is(b, 's')), scan_is(c, 'c')));
    any = _mm_or_si128(
        any, _mm_and_si128(_mm_and_si128(scan_is(a, 'u'), scan_is(b, 'r')), scan_is(c, 'i')));
    any = _mm_or_si128(
        any, _mm_and_si128(_mm_and_si128(scan_is(a, 'r'), scan_is(b, 'i')), scan_is(c, 'f')));
    return (uint32_t)_mm_movemask_epi8(any);
}

static uint32_t scan_joints(const char *at)
{
    return scan_joints16(at) | scan_joints16(at + 16) << 16;
}

static uint32_t scan_char16(const char *at, char c)
{
    return (uint32_t)_mm_movemask_epi8(
        scan_is(_mm_loadu_si128((const __m128i *)(const void *)at), c));
}

static uint32_t scan_char(const char *at, char c)
{
    return scan_char16(at, c) | scan_char16(at + 16, c) << 16;
}

static void scan_block(const char *at, struct scan_bits *bits)
{
    bits->digits = scan_digits16(at) | scan_digits16(at + 16) << 16;
    bits->names = scan_names16(at) | scan_names16(at + 16) << 16;
}
#else
static uint32_t scan_joints(const char *at)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < SCAN_BLOCK; i++)
        if (strchr(" -._+%\\u", at[i]) != NULL || (unsigned char)at[i] >= 0x80)
            bits |= (uint32_t)(at[i] != '\0') << i;
    return bits;
}

static uint32_t scan_char(const char *at, char c)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < SCAN_BLOCK; i++)
        bits |= (uint32_t)(at[i] == c) << i;
    return bits;
}

static bool scan_name(const char *at)
{
    int a = at[0] | 0x20, b = at[1] | 0x20, c = at[2] | 0x20;

    return (a == 'c' && (b == 'v' || (b == 's' && c == 'c'))) ||
           (a == 'u' && b == 'r' && c == 'i') || (a == 'r' && b == 'i' && c == 'f');
}

static void scan_block(const char *at, struct scan_bits *bits)
{
    bits->digits = bits->names = 0;
    for (unsigned i = 0; i < SCAN_BLOCK; i++) {
        bits->digits |= (uint32_t)(at[i] >= '0' && at[i] <= '9') << i;
        bits->names |= (uint32_t)scan_name(at + i) << i;
    }
}
#endif

/* ---- One by one */

struct scan {
    const char *text;
    size_t size;
    size_t done;     /* no number begins before */
    uint32_t digits; /* of the block before */
};

static bool scan_joint(char c)
{
    return (c >= '0' && c <= '9') || c == ' ' || c == '-' || c == '.' || c == '_' || c == '+' ||
           c == '%' || c == '\\' || c == 'u' || (unsigned char)c >= 0x80;
}

/* Where the escape begins whose last digits stand at text[at]: \u00e4, %E4; else at. */
static size_t scan_escape(const char *text, size_t at)
{
    for (size_t back = 1; back <= 5 && back <= at; back++) {
        if ((back <= 2 && text[at - back] == '%') ||
            (text[at - back] == '\\' && text[at - back + 1] == 'u'))
            return at - back;
        if (!isxdigit((unsigned char)text[at - back]) && text[at - back] != 'u')
            break;
    }
    return at;
}

/* Whether a number begins in text[from..to). */
static bool scan_numbers(struct scan *scan, size_t from, size_t to)
{
    const char *text = scan->text;
    size_t size = scan->size, at = from;

    if (to > size)
        to = size;
    while (at > scan->done && scan_joint(text[at - 1]))
        at--;
    at = scan_escape(text, at);
    if (at < scan->done)
        at = scan->done;
    while (at < to) {
        struct card__digits digits;
        struct card__match match;
        unsigned first = 0;
        int kind;
        size_t bytes;

        if (!isdigit((unsigned char)text[at]) && text[at] != '%' && text[at] != '\\') {
            at++;
            continue;
        }
        bytes = card__unit(text + at, size - at, &kind);
        if (kind < 0 || kind >= 10) {
            at += bytes;
            continue;
        }
        card__read(text, size, at, &digits);
        at = digits.past;
        for (unsigned i = 0; i < digits.groups && digits.count >= CARD__SHORTEST; i++) {
            if (card__match(&digits, i, first, CARD__CARD, &match))
                return true;
            first += digits.group[i];
        }
    }
    scan->done = at;
    return false;
}

static bool scan_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool scan_same(const char *text, const char *lower, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((text[i] | 0x20) != lower[i])
            return false;
    return true;
}

/* Of the letters that were seen at text[at], whether they are in a word that matters: "uri" in
 * security, with a c behind it; "rif" in verification. */
static bool scan_code_word(const char *text, size_t size, size_t at)
{
    char first = text[at] | 0x20;

    if (first == 'u')
        return at >= 3 && at + 7 < size && scan_same(text + at - 3, "security", 8) &&
               (scan_same(text + at + 5, "c", 1) || scan_same(text + at + 6, "c", 1));
    if (first == 'r')
        return at >= 2 && at + 10 < size && scan_same(text + at - 2, "verification", 12);
    return true;
}

/* Whether a word may begin at text[from]; the characters of words before it begin at `begin`,
 * perhaps with those of an escape: \n, \u000a, %2B. */
static bool scan_begins(const char *text, size_t begin, size_t from)
{
    size_t escaped = from - begin;

    if (escaped == 0 || !isalpha((unsigned char)text[from - 1]))
        return true;
    if (begin > 0 && text[begin - 1] == '\\')
        return escaped == 1 || escaped == 5;
    return begin > 0 && text[begin - 1] == '%' && escaped == 2;
}

/* Whether a word around text[at] names a security code: alone, or with the two behind it. */
static bool scan_code(const char *text, size_t size, size_t at)
{
    size_t begin = at, end = at;

    if (!scan_code_word(text, size, at))
        return false;
    while (begin > 0 && at - begin < SCAN_NAME && scan_word(text[begin - 1]))
        begin--;
    for (unsigned words = 0; words < 3; words++) {
        while (end < size && end - at < SCAN_NAME && scan_word(text[end]))
            end++;
        for (size_t from = begin; from <= at; from++)
            if (scan_begins(text, begin, from) &&
                card__name_code(text + from, end - from) != CARD__NO_CODE)
                return true;
        if (end >= size || text[end] != ' ')
            break;
        end++;
    }
    return false;
}

/* The characters of escapes, whose letters are no joints by themselves: %2D, \u002d. before: NULL
 * at the beginning of the text. */
static uint64_t scan_escapes(const char *before, const char *block)
{
    static const char *const none = "                                ";
    const char *first = before != NULL ? before : none;
    uint64_t percents = (uint64_t)scan_char(block, '%') << SCAN_BLOCK | scan_char(first, '%');
    uint64_t slashes = (uint64_t)scan_char(block, '\\') << SCAN_BLOCK | scan_char(first, '\\');
    uint64_t us = (uint64_t)scan_char(block, 'u') << SCAN_BLOCK | scan_char(first, 'u');
    uint64_t wide = slashes & us >> 1;

    return percents | percents << 1 | percents << 2 | wide | wide << 1 | wide << 2 | wide << 3 |
           wide << 4 | wide << 5;
}

/* Where twelve or more begin that stand close together: digits, escapes, and joints near digits on
 * both sides. */
static uint64_t scan_dense(uint64_t digits, uint64_t joints, uint64_t escapes)
{
    uint64_t before = digits << 1 | digits << 2 | digits << 3, run;
    uint64_t behind = digits >> 1 | digits >> 2 | digits >> 3;

    run = digits | escapes | (joints & before & behind);
    run &= run >> 1;
    run &= run >> 2;
    run &= run >> 4;
    return run & run >> 4;
}

/* block: the bytes from text[from] on, with two more behind them. */
static bool scan_block_has(struct scan *scan, size_t from, const char *block)
{
    struct scan_bits bits;
    uint64_t digits, dense;

    scan_block(block, &bits);
    digits = (uint64_t)bits.digits << SCAN_BLOCK | scan->digits;
    scan->digits = bits.digits;
    if (__builtin_popcountll(digits) >= (int)CARD__SHORTEST) {
        bool first = from < SCAN_BLOCK;
        const char *before = first ? NULL : scan->text + from - SCAN_BLOCK;
        uint64_t joints = (uint64_t)scan_joints(block) << SCAN_BLOCK;

        if (!first)
            joints |= scan_joints(before);
        dense = scan_dense(digits, joints, scan_escapes(before, block));
        if (dense != 0) {
            size_t base = first ? 0 : from - SCAN_BLOCK, skip = first ? SCAN_BLOCK : 0;

            if (scan_numbers(scan, base + (size_t)__builtin_ctzll(dense) - skip,
                             base + 64 - (size_t)__builtin_clzll(dense) - skip))
                return true;
        }
    }
    for (uint32_t names = bits.names; names != 0; names &= names - 1)
        if (scan_code(scan->text, scan->size, from + (unsigned)__builtin_ctz(names)))
            return true;
    return false;
}

bool card_suspect(const char *text, size_t size)
{
    struct scan scan = { .text = text, .size = size };
    char rest[2 * SCAN_BLOCK + 2] = { 0 };
    size_t at = 0;

    if (size < SCAN_LEAST)
        return false;
    for (; at + SCAN_BLOCK + 2 <= size; at += SCAN_BLOCK)
        if (scan_block_has(&scan, at, text + at))
            return true;
    memcpy(rest, text + at, size - at);
    return scan_block_has(&scan, at, rest) ||
           (size - at > SCAN_BLOCK && scan_block_has(&scan, at + SCAN_BLOCK, rest + SCAN_BLOCK));
}
