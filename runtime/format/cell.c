/* cell.c - see cell.h. Numbers and truth values; dates are in cell_date.c. */
#include "format/cell.h"

#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/json.h"
#include "base/limits.h"

#define CELL_SHOWN 40 /* bytes of a text that a message quotes */

const char *const cell_kinds[] = {
#define X(code, name) name,
    CELL_KINDS(X)
#undef X
        NULL
};

static int shown(size_t size)
{
    return (int)(size < CELL_SHOWN ? size : CELL_SHOWN);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void blanks_trim(const char **text, size_t *size)
{
    while (*size > 0 && is_blank((*text)[0])) {
        (*text)++;
        (*size)--;
    }
    while (*size > 0 && is_blank((*text)[*size - 1]))
        (*size)--;
}

/* ---- Numbers */

/* A number on its way from the foreign text to JSON's. */
struct digits {
    char text[LIMIT_JSON_NUMBER + 4];
    size_t size;
};

static bool digits_add(struct digits *digits, char c)
{
    if (digits->size >= LIMIT_JSON_NUMBER)
        return false;
    digits->text[digits->size++] = c;
    return true;
}

/* Takes signs and parentheses off both ends; false: there are too many. */
static bool sign_take(const char **text, size_t *size, bool *negative)
{
    const char *at = *text;
    size_t left = *size;
    bool signs = false;

    if (left >= 2 && at[0] == '(' && at[left - 1] == ')') {
        *negative = signs = true;
        at++;
        left -= 2;
        blanks_trim(&at, &left);
    } else if (left > 0 && (at[left - 1] == '-' || at[left - 1] == '+')) {
        *negative = at[left - 1] == '-';
        signs = true;
        left--;
        blanks_trim(&at, &left);
    }
    if (left > 0 && (at[0] == '-' || at[0] == '+')) {
        if (signs)
            return false;
        *negative = at[0] == '-';
        at++;
        left--;
        blanks_trim(&at, &left);
    }
    *text = at;
    *size = left;
    return true;
}

/* Digits in front of the point, with the mark between thousands: 1 to 3, then 3 each. */
static bool whole_take(const struct cell_form *form, const char **text, const char *end,
                       struct digits *digits)
{
    const char *at = *text;
    size_t run = 0;
    bool grouped = false;

    for (; at < end; at++) {
        if (is_digit(*at)) {
            run++;
            if (digits->size == 1 && digits->text[0] == '0')
                digits->size = 0; /* zeros in front */
            if (!digits_add(digits, *at))
                return false;
        } else if (form->group != '\0' && *at == form->group) {
            if (run == 0 || run > 3 || (grouped && run != 3))
                return false;
            grouped = true;
            run = 0;
        } else {
            break;
        }
    }
    *text = at;
    return !grouped || run == 3;
}

/* The foreign text without its sign as a JSON number without one. */
static bool number_take(const struct cell_form *form, const char *text, size_t size,
                        struct digits *digits)
{
    const char *end = text + size;
    char point = form->decimal != '\0' ? form->decimal : '.';
    bool any;

    if (!whole_take(form, &text, end, digits))
        return false;
    any = digits->size > 0;
    if (!any)
        digits_add(digits, '0');
    if (text < end && *text == point) {
        const char *fraction = ++text;

        if (text < end && is_digit(*text) && !digits_add(digits, '.'))
            return false;
        for (; text < end && is_digit(*text); text++)
            if (!digits_add(digits, *text))
                return false;
        any = any || text > fraction;
    }
    if (any && text < end && (*text == 'e' || *text == 'E')) {
        const char *exponent;

        digits_add(digits, 'e');
        text++;
        if (text < end && (*text == '+' || *text == '-'))
            digits_add(digits, *text++);
        for (exponent = text; text < end && is_digit(*text); text++)
            if (!digits_add(digits, *text))
                return false;
        any = text > exponent;
    }
    return any && text == end;
}

/* The plain number, with its point `scale` digits further left. */
static json_t *number_finish(const struct cell_form *form, const struct digits *digits,
                             bool negative, struct err *e)
{
    char text[DECIMAL_TEXT];
    struct decimal d;
    size_t size;
    json_t *value;

    if (decimal_parse(&d, digits->text, digits->size, e) != ERR_OK) {
        err_set(e, ERR_INVALID, "the number is too large: %u digits are what it can have",
                DECIMAL_DIGITS);
        return NULL;
    }
    if (form->scale > 0) {
        if (d.scale != 0) {
            err_set(e, ERR_INVALID, "a field with %d implied decimals holds digits only",
                    form->scale);
            return NULL;
        }
        d.scale = (int16_t)form->scale;
    }
    if (form->kind == CELL_INTEGER && d.scale != 0) {
        if (decimal_round(&d, &d, 0, DECIMAL_DOWN, e) != ERR_OK)
            return NULL;
    }
    d.negative = negative && !decimal_is_zero(&d);
    size = decimal_text(&d, text);
    value = json_exact_new(text, size);
    if (value == NULL)
        err_set(e, ERR_MEMORY, "no memory for a number");
    return value;
}

/* Of a whole number no digit behind the point may be other than zero. */
static bool number_is_whole(const struct digits *digits)
{
    struct decimal d, whole;
    struct err e;

    return decimal_parse(&d, digits->text, digits->size, &e) == ERR_OK &&
           decimal_round(&whole, &d, 0, DECIMAL_DOWN, &e) == ERR_OK &&
           decimal_compare(&d, &whole) == 0;
}

static json_t *number_read(const struct cell_form *form, const char *text, size_t size,
                           struct err *e)
{
    const char *whole = text;
    size_t whole_size = size;
    struct digits digits = { .size = 0 };
    bool negative = false;

    blanks_trim(&text, &size);
    if (!sign_take(&text, &size, &negative) || !number_take(form, text, size, &digits)) {
        err_set(e, ERR_INVALID, "\"%.*s\" is no number%s", shown(whole_size), whole,
                form->decimal == ',' ? " with a decimal comma" : "");
        return NULL;
    }
    if (form->kind == CELL_INTEGER && !number_is_whole(&digits)) {
        err_set(e, ERR_INVALID, "\"%.*s\" is no whole number", shown(whole_size), whole);
        return NULL;
    }
    return number_finish(form, &digits, negative, e);
}

/* ---- Truth values */

static bool word_is(const char *text, size_t size, const char *word)
{
    return strlen(word) == size && strncasecmp(text, word, size) == 0;
}

static bool word_among(const char *text, size_t size, const char *own, const char *const *usual)
{
    if (own != NULL)
        return strlen(own) == size && memcmp(text, own, size) == 0;
    for (; *usual != NULL; usual++)
        if (word_is(text, size, *usual))
            return true;
    return false;
}

static json_t *boolean_read(const struct cell_form *form, const char *text, size_t size,
                            struct err *e)
{
    static const char *const yes[] = { "true", "yes", "y", "1", NULL };
    static const char *const no[] = { "false", "no", "n", "0", NULL };

    blanks_trim(&text, &size);
    if (word_among(text, size, form->yes, yes))
        return json_true();
    if (word_among(text, size, form->no, no))
        return json_false();
    err_set(e, ERR_INVALID, "\"%.*s\" is neither \"%.20s\" nor \"%.20s\"", shown(size), text,
            form->yes != NULL ? form->yes : "true", form->no != NULL ? form->no : "false");
    return NULL;
}

/* ---- Any */

json_t *cell_read(const struct cell_form *form, const char *text, size_t size, struct err *e)
{
    json_t *value = NULL;
    struct buf iso;

    check(form != NULL);
    e->code = ERR_OK;
    switch (form->kind) {
    case CELL_TEXT:
        value = json_stringn_nocheck(text, size);
        break;
    case CELL_NUMBER:
    case CELL_INTEGER:
        return number_read(form, text, size, e);
    case CELL_BOOLEAN:
        return boolean_read(form, text, size, e);
    case CELL_DATE:
        blanks_trim(&text, &size);
        buf_init(&iso, 64);
        if (cell_date_read(form->pattern, text, size, &iso, e) == ERR_OK)
            value = json_stringn_nocheck(buf_text(&iso), iso.len);
        buf_fini(&iso);
        break;
    }
    if (value == NULL && e->code == ERR_OK)
        err_set(e, ERR_MEMORY, "no memory for a field");
    return value;
}

/* What is written of a number: its digits, made as long as wanted. */
static enum err_code number_digits(const struct cell_form *form, const json_t *value,
                                   struct decimal *d, struct err *e)
{
    const char *text = json_is_exact(value) ? json_exact_text(value) : json_text(value);
    int places = form->scale > 0 ? form->scale : form->places;
    struct decimal rounded;
    enum err_code rc;

    if (json_is_integer(value)) {
        decimal_from_int(d, json_integer_value(value));
    } else if (text == NULL) {
        return err_set(e, ERR_INVALID, "a number is wanted, but here is: %s", json_kind(value));
    } else if (decimal_parse(d, text, strlen(text), e) != ERR_OK) {
        return err_set(e, ERR_INVALID, "\"%.*s\" is no number", shown(strlen(text)), text);
    }
    if (form->kind == CELL_INTEGER)
        places = 0;
    if (places < 0)
        return ERR_OK;
    rc = decimal_round(&rounded, d, places, DECIMAL_DOWN, e);
    if (rc != ERR_OK)
        return rc;
    if (decimal_compare(&rounded, d) != 0)
        return err_set(e, ERR_INVALID,
                       "the number has more than %d digits behind the point; round it before",
                       places);
    *d = rounded;
    return ERR_OK;
}

static enum err_code number_write(const struct cell_form *form, const json_t *value,
                                  struct buf *out, struct err *e)
{
    char text[DECIMAL_TEXT];
    char *point;
    struct decimal d;
    size_t size, whole, at = 0;
    enum err_code rc = number_digits(form, value, &d, e);

    if (rc != ERR_OK)
        return rc;
    if (form->scale > 0)
        d.scale = 0;
    size = decimal_text(&d, text);
    point = memchr(text, '.', size);
    whole = point != NULL ? (size_t)(point - text) : size;
    if (point != NULL && form->decimal != '\0')
        *point = form->decimal;
    if (text[0] == '-')
        buf_add_char(out, text[at++]);
    for (size_t digit = at; at < whole; at++) {
        if (form->group != '\0' && form->scale == 0 && at > digit && (whole - at) % 3 == 0)
            buf_add_char(out, form->group);
        buf_add_char(out, text[at]);
    }
    buf_add(out, text + whole, size - whole);
    return ERR_OK;
}

static enum err_code text_write(const json_t *value, struct buf *out, bool *number, struct err *e)
{
    if (json_is_text(value)) {
        buf_add(out, json_string_value(value), json_string_length(value));
    } else if (json_is_integer(value) || json_is_exact(value)) {
        json_write(out, value);
        *number = true;
    } else if (json_is_boolean(value)) {
        buf_add_text(out, json_is_true(value) ? "true" : "false");
    } else {
        return err_set(e, ERR_INVALID, "a text, number or truth value is wanted, but here is: %s",
                       json_kind(value));
    }
    return ERR_OK;
}

enum err_code cell_write(const struct cell_form *form, const json_t *value, struct buf *out,
                         bool *number, struct err *e)
{
    bool ignored;

    check(form != NULL);
    number = number != NULL ? number : &ignored;
    *number = form->kind == CELL_NUMBER || form->kind == CELL_INTEGER;
    if (*number)
        return number_write(form, value, out, e);
    if (form->kind == CELL_TEXT)
        return text_write(value, out, number, e);
    if (form->kind == CELL_BOOLEAN) {
        if (!json_is_boolean(value))
            return err_set(e, ERR_INVALID, "true or false is wanted, but here is: %s",
                           json_kind(value));
        if (json_is_true(value))
            buf_add_text(out, form->yes != NULL ? form->yes : "true");
        else
            buf_add_text(out, form->no != NULL ? form->no : "false");
        return ERR_OK;
    }
    if (!json_is_text(value))
        return err_set(e, ERR_INVALID, "a date is wanted, but here is: %s", json_kind(value));
    return cell_date_write(form->pattern, json_text(value), json_string_length(value), out, e);
}
