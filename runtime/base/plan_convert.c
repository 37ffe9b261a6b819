/* plan_convert.c - conversions that a mapping asks for by name.
 *
 * Digits are never lost: a text that is a number keeps all of them, and what has a fraction is no
 * integer. Rounding is a rule's business. */
#include "base/plan_convert.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/limits.h"

#define SHOWN 48 /* bytes of a refused text that a message shows */

static json_t *made(json_t *value, struct err *e)
{
    if (value == NULL)
        err_set(e, ERR_MEMORY, "no memory for a value");
    return value;
}

static json_t *refuse(const json_t *value, const char *wanted, struct err *e)
{
    const char *text = json_text(value);

    if (text != NULL)
        err_set(e, ERR_INVALID, "\"%.*s\" is not %s", SHOWN, text, wanted);
    else
        err_set(e, ERR_INVALID, "%s is not %s", json_kind(value), wanted);
    return NULL;
}

static json_t *to_text(json_t *value, struct err *e)
{
    char digits[32];

    if (json_is_text(value))
        return json_incref(value);
    if (json_is_exact(value))
        return made(json_string(json_exact_text(value)), e);
    if (json_is_integer(value)) {
        snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return made(json_string(digits), e);
    }
    if (json_is_boolean(value))
        return made(json_string(json_is_true(value) ? "true" : "false"), e);
    return refuse(value, "a text, number, true or false", e);
}

static json_t *to_number(json_t *value, struct err *e)
{
    const char *text = json_text(value);
    const char *end;
    json_t *number;

    if (json_is_integer(value) || json_is_exact(value))
        return json_incref(value);
    if (text == NULL)
        return refuse(value, "a number", e);
    end = text + json_string_length(value);
    while (text < end && isspace((unsigned char)*text))
        text++;
    while (text < end && isspace((unsigned char)end[-1]))
        end--;
    if (end - text > 1 && *text == '+' && isdigit((unsigned char)text[1]))
        text++;
    number = end > text && (size_t)(end - text) <= LIMIT_JSON_NUMBER
                 ? json_exact_new(text, (size_t)(end - text))
                 : NULL;
    return number != NULL ? number : refuse(value, "a number", e);
}

static json_t *to_integer(json_t *value, struct err *e)
{
    json_t *number = to_number(value, e), *whole = NULL;
    struct decimal exact, rounded;
    char text[DECIMAL_TEXT];
    const char *digits;

    if (number == NULL || json_is_integer(number))
        return number;
    digits = json_exact_text(number);
    if (digits == NULL || decimal_parse(&exact, digits, strlen(digits), e) != ERR_OK) {
        refuse(value, "a whole number", e);
    } else if (decimal_round(&rounded, &exact, 0, DECIMAL_DOWN, e) != ERR_OK ||
               decimal_compare(&exact, &rounded) != 0) {
        err_set(e, ERR_INVALID, "%.*s has a fraction; round it in the expression, e.g. x:round(0)",
                SHOWN, digits);
    } else {
        whole = made(json_exact_new(text, decimal_text(&rounded, text)), e);
    }
    json_decref(number);
    return whole;
}

static json_t *to_boolean(json_t *value, struct err *e)
{
    const char *text = json_text(value);

    if (json_is_boolean(value))
        return json_incref(value);
    if (text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        return json_boolean(text[0] == 't');
    return refuse(value, "true or false", e);
}

json_t *plan_convert(json_t *value, enum plan_convert convert, struct err *e)
{
    check(value != NULL);
    if (json_is_null(value))
        return json_incref(value);
    switch (convert) {
    case PLAN_CONVERT_TEXT:
        return to_text(value, e);
    case PLAN_CONVERT_NUMBER:
        return to_number(value, e);
    case PLAN_CONVERT_INTEGER:
        return to_integer(value, e);
    case PLAN_CONVERT_BOOLEAN:
        return to_boolean(value, e);
    case PLAN_CONVERT_NONE:
        break;
    }
    return json_incref(value);
}
