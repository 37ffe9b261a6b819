/* amount.c - exact amounts for lists of millions of lines. */
#include "nodes/amount.h"

#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"

#define AMOUNT_WHOLE 19 /* digits before the point: the difference of two amounts fits too */

struct amount_digits {
    amount_units units;
    int whole, behind; /* digits that count */
};

static bool digit_is(char c)
{
    return c >= '0' && c <= '9';
}

/* [-+]digits[.digits]; false: it is written in another way, or has too many digits. */
static bool amount_scan(const char *text, size_t size, struct amount_digits *digits)
{
    const char *at = text, *end = text + size;
    bool negative = at < end && *at == '-';

    *digits = (struct amount_digits){ 0 };
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || !digit_is(*at))
        return false;
    for (; at < end && digit_is(*at); at++) {
        if (digits->units != 0 || *at != '0')
            digits->whole++;
        if (digits->whole > AMOUNT_WHOLE)
            return false;
        digits->units = digits->units * 10 + (*at - '0');
    }
    if (at < end && *at == '.') {
        for (at++; at < end && digit_is(*at); at++) {
            if (digits->behind == AMOUNT_SCALE)
                return false;
            digits->units = digits->units * 10 + (*at - '0');
            digits->behind++;
        }
        if (at[-1] == '.')
            return false;
    }
    for (int i = digits->behind; i < AMOUNT_SCALE; i++)
        digits->units *= 10;
    if (negative)
        digits->units = -digits->units;
    return at == end;
}

enum err_code amount_parse(const char *text, size_t size, amount_units *units, int *scale,
                           struct err *e)
{
    struct amount_digits digits;
    struct decimal d;
    char plain[DECIMAL_TEXT];
    size_t length;

    check(text != NULL);
    if (!amount_scan(text, size, &digits)) {
        if (decimal_parse(&d, text, size, e) != ERR_OK)
            return err_set(e, ERR_INVALID,
                           "\"%.*s\" is not a number such as 1234.50 (no blanks, no thousands "
                           "separators)",
                           (int)(size < 40 ? size : 40), text);
        length = decimal_text(&d, plain);
        if (memchr(plain, '.', length) != NULL) { /* zeros at the end do not count */
            while (plain[length - 1] == '0')
                length--;
            length -= plain[length - 1] == '.';
        }
        if (!amount_scan(plain, length, &digits))
            return err_set(e, ERR_INVALID,
                           "%.60s has too many digits for an amount: at most %d before the point "
                           "and %d behind it",
                           plain, AMOUNT_WHOLE, AMOUNT_SCALE);
    }
    *units = digits.units;
    *scale = digits.behind;
    return ERR_OK;
}

enum err_code amount_read(const json_t *value, amount_units *units, int *scale, struct err *e)
{
    const char *text = json_exact_text(value);

    if (json_is_integer(value)) {
        *scale = 0;
        *units = (amount_units)json_integer_value(value);
        for (int i = 0; i < AMOUNT_SCALE; i++)
            *units *= 10;
        return ERR_OK;
    }
    if (text != NULL)
        return amount_parse(text, strlen(text), units, scale, e);
    text = json_text(value);
    if (text == NULL)
        return err_set(e, ERR_INVALID, "an amount must be a number, but here is: %s",
                       json_kind(value));
    return amount_parse(text, json_string_length(value), units, scale, e);
}

bool amount_add(amount_units *sum, amount_units more)
{
    return !__builtin_add_overflow(*sum, more, sum);
}

amount_units amount_abs(amount_units units)
{
    return units < 0 ? -units : units;
}

size_t amount_text(amount_units units, int scale, char text[AMOUNT_TEXT])
{
    __extension__ unsigned __int128 rest =
        units < 0 ? -(unsigned __int128)units : (unsigned __int128)units;
    char digits[AMOUNT_TEXT];
    size_t size = 0, at = 0;
    int behind = AMOUNT_SCALE;

    check(scale >= 0 && scale <= AMOUNT_SCALE);
    for (; behind > scale && rest % 10 == 0; behind--)
        rest /= 10;
    for (int i = 0; i <= behind || rest != 0; i++) { /* backwards */
        if (i == behind && behind > 0)
            digits[size++] = '.';
        digits[size++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    check(size + 2 <= AMOUNT_TEXT);
    if (units < 0)
        text[at++] = '-';
    while (size > 0)
        text[at++] = digits[--size];
    text[at] = '\0';
    return at;
}

json_t *amount_json(amount_units units, int scale)
{
    char text[AMOUNT_TEXT];
    size_t size = amount_text(units, scale, text);

    return json_exact_new(text, size);
}
