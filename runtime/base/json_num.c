/* json_num.c - numbers that keep every digit. */
#include "base/json_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"

static inline bool is_digit(const char *at, const char *end)
{
    return at < end && (unsigned char)(*at - '0') <= 9;
}

static const char *number_fault(struct json__number *number, size_t length, const char *what)
{
    number->length = length;
    return what;
}

/* The rest of a number that is not a plain integer: its fraction and its exponent, from `at`. */
static const char *number_scan_rest(const char *begin, const char *at, const char *end,
                                    struct json__number *number)
{
    if (at < end && *at == '.') {
        at++;
        if (!is_digit(at, end))
            return number_fault(number, (size_t)(at - begin),
                                "a digit must follow the point of a number");
        while (is_digit(at, end))
            at++;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        if (!is_digit(at, end))
            return number_fault(number, (size_t)(at - begin),
                                "a digit must follow the exponent of a number");
        while (is_digit(at, end))
            at++;
    }
    number->length = (size_t)(at - begin);
    return NULL;
}

const char *json__number_scan(const char *at, size_t left, struct json__number *number)
{
    const char *begin = at;
    const char *end = at + left;
    const char *digits;
    uint64_t value = 0;
    bool negative;

    number->integer = false;
    negative = at < end && *at == '-';
    digits = negative ? ++at : at;
    if (!is_digit(at, end))
        return number_fault(number, (size_t)(at - begin), "a digit must follow the minus sign");
    /* 19 digits fit 64 bits without a sign; more cannot fit 63. */
    for (; is_digit(at, end); at++)
        value = value * 10 + (uint64_t)(*at - '0');
    if (*digits == '0' && at - digits > 1)
        return number_fault(number, (size_t)(digits - begin),
                            "a number must not begin with a 0 that does not count; leave it out");
    number->length = (size_t)(at - begin);
    if (at < end && (*at == '.' || *at == 'e' || *at == 'E'))
        return number_scan_rest(begin, at, end, number);
    if (at - digits > 19 || value > (uint64_t)INT64_MAX + negative || (negative && value == 0))
        return NULL;
    number->integer = true;
    number->value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return NULL;
}

json_t *json__number_new(const char *digits, const struct json__number *number)
{
    char text[1 + LIMIT_JSON_NUMBER];

    if (number->integer)
        return json_integer(number->value);
    check(number->length > 0);
    check(number->length <= LIMIT_JSON_NUMBER);
    text[0] = JSON__EXACT;
    memcpy(text + 1, digits, number->length);
    return json_stringn_nocheck(text, 1 + number->length);
}

json_t *json_exact_new(const char *digits, size_t size)
{
    struct json__number number;

    if (size > LIMIT_JSON_NUMBER || json__number_scan(digits, size, &number) != NULL)
        return NULL;
    return number.length == size ? json__number_new(digits, &number) : NULL;
}

bool json_is_exact(const json_t *value)
{
    return json_is_string(value) && json_string_value(value)[0] == JSON__EXACT;
}

const char *json_exact_text(const json_t *value)
{
    return json_is_exact(value) ? json_string_value(value) + 1 : NULL;
}

bool json_is_text(const json_t *value)
{
    return json_is_string(value) && json_string_value(value)[0] != JSON__EXACT;
}

const char *json_text(const json_t *value)
{
    return json_is_text(value) ? json_string_value(value) : NULL;
}

size_t json__real_text(double value, char text[JSON__REAL_TEXT])
{
    int length = 0;

    if (!isfinite(value)) {
        memcpy(text, "null", 5);
        return 4;
    }
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(text, JSON__REAL_TEXT, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    check(length > 0);
    check(length < JSON__REAL_TEXT);
    return (size_t)length;
}
