/* number.c - JSON numbers by their digits. */
#include "schema/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "schema/schema.h"

#define EXPONENT_MAX INT64_C(1000000000000) /* beyond it all exponents are alike */
#define REAL_TEXT    32
#define CHUNK        38u /* digits that a remainder is carried over at a time */
#define QUICK        18  /* digits that 64 bits hold for sure */

/* Drops zeros at both ends; those at the right go into the exponent. */
static void number_trim(struct number *n)
{
    size_t zeros = 0;

    while (zeros < n->size && n->digits[zeros] == '0')
        zeros++;
    n->size -= zeros;
    memmove(n->digits, n->digits + zeros, n->size);
    while (n->size > 0 && n->digits[n->size - 1] == '0') {
        n->size--;
        n->exponent++;
    }
    if (n->size == 0) {
        n->exponent = 0;
        n->negative = false;
    }
}

static int64_t exponent_read(const char *text)
{
    bool negative = *text == '-';
    int64_t exponent = 0;

    text += *text == '-' || *text == '+';
    for (; *text >= '0' && *text <= '9'; text++)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (*text - '0');
    return negative ? -exponent : exponent;
}

/* The text is a JSON number. */
static void number_parse(struct number *n, const char *text)
{
    bool point = false;

    n->negative = *text == '-';
    for (text += n->negative; *text != '\0' && *text != 'e' && *text != 'E'; text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        check(n->size < sizeof n->digits);
        n->digits[n->size++] = *text;
        n->exponent -= point;
    }
    if (*text != '\0')
        n->exponent += exponent_read(text + 1);
    number_trim(n);
}

/* The shortest text that reads back as the same double. jansson has no infinities. */
static void real_write(double value, char text[REAL_TEXT])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, REAL_TEXT, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

bool number_read(struct number *n, const json_t *value)
{
    const char *text = json_exact_text(value);
    char written[REAL_TEXT];

    n->whole = json_is_integer(value);
    n->negative = false;
    n->value = n->whole ? json_integer_value(value) : 0;
    n->exponent = 0;
    n->size = 0;
    if (n->whole)
        return true;
    if (text != NULL) {
        number_parse(n, text);
        return true;
    }
    if (!json_is_real(value))
        return false;
    real_write(json_real_value(value), written);
    number_parse(n, written);
    return true;
}

/* The same number with its digits written. */
static const struct number *number_write(const struct number *n, struct number *room)
{
    uint64_t rest;
    char *at = room->digits + 20;

    if (!n->whole)
        return n;
    rest = n->value < 0 ? 0 - (uint64_t)n->value : (uint64_t)n->value;
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    room->whole = false;
    room->negative = n->value < 0;
    room->value = 0;
    room->exponent = 0;
    room->size = (size_t)(room->digits + 20 - at);
    memmove(room->digits, at, room->size);
    number_trim(room);
    return room;
}

static int magnitude_compare(const struct number *a, const struct number *b)
{
    int64_t high_a = a->exponent + (int64_t)a->size, high_b = b->exponent + (int64_t)b->size;
    size_t shared = a->size < b->size ? a->size : b->size;
    int order;

    if (a->size == 0 || b->size == 0)
        return (a->size > 0) - (b->size > 0);
    if (high_a != high_b)
        return high_a < high_b ? -1 : 1;
    order = memcmp(a->digits, b->digits, shared);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a->size > shared) - (b->size > shared);
}

int number_compare(const struct number *a, const struct number *b)
{
    struct number room_a, room_b;
    int order;

    if (a->whole && b->whole)
        return (a->value > b->value) - (a->value < b->value);
    a = number_write(a, &room_a);
    b = number_write(b, &room_b);
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    order = magnitude_compare(a, b);
    return a->negative ? -order : order;
}

bool number_is_whole(const struct number *n)
{
    return n->whole || n->exponent >= 0;
}

size_t number_digits(const struct number *n)
{
    struct number room;

    return number_write(n, &room)->size;
}

uint64_t number_hash(const struct number *n)
{
    struct number room;
    uint64_t hash = UINT64_C(14695981039346656037);

    n = number_write(n, &room);
    for (size_t i = 0; i < n->size; i++)
        hash = (hash ^ (unsigned char)n->digits[i]) * UINT64_C(1099511628211);
    hash ^= (uint64_t)n->exponent * 2 + n->negative;
    return hash * UINT64_C(0x9e3779b97f4a7c15);
}

/* ---- Division */

static uint64_t digits_value(const struct number *n)
{
    uint64_t value = 0;

    check(n->size <= QUICK);
    for (size_t i = 0; i < n->size; i++)
        value = value * 10 + (uint64_t)(n->digits[i] - '0');
    return value;
}

static void decimal_must(enum err_code rc)
{
    check(rc == ERR_OK); /* the numbers fit: 38 digits times 38 digits */
}

/* base^power mod divisor, both below 10^38. */
static void power_rest(struct decimal *rest, int64_t power, const struct decimal *divisor)
{
    struct decimal factor;
    struct err e;

    decimal_from_int(&factor, 10);
    decimal_from_int(rest, 1);
    decimal_must(decimal_mod(rest, rest, divisor, &e));
    decimal_must(decimal_mod(&factor, &factor, divisor, &e));
    for (; power > 0; power >>= 1) {
        if ((power & 1) != 0) {
            decimal_must(decimal_mul(rest, rest, &factor, &e));
            decimal_must(decimal_mod(rest, rest, divisor, &e));
        }
        decimal_must(decimal_mul(&factor, &factor, &factor, &e));
        decimal_must(decimal_mod(&factor, &factor, divisor, &e));
    }
}

/* digits * 10^power mod divisor == 0? */
static bool digits_divide(const struct number *n, int64_t power, const struct decimal *divisor)
{
    struct decimal rest, step, part;
    struct err e;

    decimal_from_int(&rest, 0);
    for (size_t at = 0; at < n->size;) {
        size_t size = n->size - at < CHUNK ? n->size - at : CHUNK, zeros = 0;

        while (zeros + 1 < size && n->digits[at + zeros] == '0')
            zeros++;
        power_rest(&step, (int64_t)size, divisor);
        decimal_must(decimal_parse(&part, n->digits + at + zeros, size - zeros, &e));
        decimal_must(decimal_mul(&rest, &rest, &step, &e));
        decimal_must(decimal_mod(&rest, &rest, divisor, &e));
        decimal_must(decimal_add(&rest, &rest, &part, &e));
        decimal_must(decimal_mod(&rest, &rest, divisor, &e));
        at += size;
    }
    power_rest(&step, power, divisor);
    decimal_must(decimal_mul(&rest, &rest, &step, &e));
    decimal_must(decimal_mod(&rest, &rest, divisor, &e));
    return decimal_is_zero(&rest);
}

bool number_is_multiple(const struct number *n, const struct number *divisor)
{
    struct number room_n, room_d;
    struct decimal d;
    struct err e;
    int64_t power;

    if (n->whole && divisor->whole)
        return n->value % divisor->value == 0;
    n = number_write(n, &room_n);
    divisor = number_write(divisor, &room_d);
    check(divisor->size > 0);
    check(divisor->size <= SCHEMA_DIGITS);
    power = n->exponent - divisor->exponent;
    if (n->size == 0)
        return true;
    if (power < 0) /* the divisor ends with zeros that the number does not have */
        return false;
    if (power + (int64_t)n->size <= QUICK && divisor->size <= QUICK) {
        uint64_t value = digits_value(n);

        for (; power > 0; power--)
            value *= 10;
        return value % digits_value(divisor) == 0;
    }
    decimal_must(decimal_parse(&d, divisor->digits, divisor->size, &e));
    return digits_divide(n, power, &d);
}
