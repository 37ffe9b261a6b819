/* money.c - amounts with their currency, and how one is spread without losing a minor unit.
 *
 * (1) The parts of an allocation add up to the whole: shares are rounded toward zero, what is left
 * is fewer units than parts, and each goes to one part. [money_allocate] */
#include "rules/money_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "rules/rule_data_priv.h"

static int code_compare(const void *key, const void *row)
{
    return strcmp(key, ((const struct data_row *)row)->field[0]);
}

int money_digits(const char *currency, size_t size)
{
    const struct data_row *row;
    char code[MONEY_CODE];

    if (size != MONEY_CODE - 1)
        return -1;
    memcpy(code, currency, size);
    code[size] = '\0';
    row = bsearch(code, data_currencies.rows, data_currencies.count, sizeof(*row), code_compare);
    return row != NULL ? row->field[1][0] - '0' : -1;
}

static enum err_code no_currency(const char *currency, size_t size, struct err *e)
{
    return err_set(e, ERR_RULE, "'%.*s' is no currency of ISO 4217, which are written like EUR",
                   (int)(size < 8 ? size : 8), currency);
}

static int digits_of(const struct money *money)
{
    int digits = money_digits(money->currency, MONEY_CODE - 1);

    check(digits >= 0);
    return digits;
}

enum err_code money_make(struct money *money, const struct decimal *amount, const char *currency,
                         size_t size, struct err *e)
{
    int digits = money_digits(currency, size);

    if (digits < 0)
        return no_currency(currency, size, e);
    memset(money->currency, 0, sizeof(money->currency));
    memcpy(money->currency, currency, size);
    money->amount = *amount;
    if (amount->scale >= digits)
        return ERR_OK;
    return decimal_round(&money->amount, amount, digits, DECIMAL_DOWN, e);
}

enum err_code money_round(struct money *out, const struct money *in, enum decimal_rounding rounding,
                          struct err *e)
{
    struct money made = *in;
    enum err_code rc = decimal_round(&made.amount, &in->amount, digits_of(in), rounding, e);

    *out = made;
    return rc;
}

/* 10 to the digits of the minor unit. */
static void unit_size(struct decimal *size, int digits)
{
    static const int powers[] = { 1, 10, 100, 1000, 10000 };

    check(digits >= 0 && digits <= 4);
    decimal_from_int(size, powers[digits]);
}

enum err_code money_minor(struct decimal *units, const struct money *money, struct err *e)
{
    char text[MONEY_TEXT];
    struct decimal size;
    struct money whole;
    enum err_code rc = money_round(&whole, money, DECIMAL_DOWN, e);

    if (rc != ERR_OK)
        return rc;
    if (decimal_compare(&whole.amount, &money->amount) != 0) {
        money_text(money, text);
        return err_set(e, ERR_RULE, "%.60s is not a whole number of minor units; round it first",
                       text);
    }
    unit_size(&size, digits_of(money));
    rc = decimal_mul(units, &whole.amount, &size, e);
    return rc == ERR_OK ? decimal_round(units, units, 0, DECIMAL_DOWN, e) : rc;
}

enum err_code money_from_minor(struct money *money, const struct decimal *units,
                               const char *currency, size_t size, struct err *e)
{
    int digits = money_digits(currency, size);
    struct decimal whole, one, amount;
    enum err_code rc;

    if (digits < 0)
        return no_currency(currency, size, e);
    rc = decimal_round(&whole, units, 0, DECIMAL_DOWN, e);
    if (rc == ERR_OK && decimal_compare(&whole, units) != 0)
        rc = err_set(e, ERR_RULE, "minor units are a whole number");
    if (rc != ERR_OK)
        return rc;
    unit_size(&one, digits);
    rc = decimal_div(&amount, &whole, &one, digits, DECIMAL_DOWN, e);
    return rc == ERR_OK ? money_make(money, &amount, currency, size, e) : rc;
}

size_t money_text(const struct money *money, char text[MONEY_TEXT])
{
    char digits[DECIMAL_TEXT];
    int length;

    decimal_text(&money->amount, digits);
    length = snprintf(text, MONEY_TEXT, "%s %s", digits, money->currency);
    check(length > 0 && (size_t)length < MONEY_TEXT);
    return (size_t)length;
}

/* ---- allocation ------------------------------------------------------------------------------ */

struct share {
    struct decimal units; /* minor units, not negative */
    struct decimal rest;  /* of units * weight, below the sum of the weights */
    size_t at;
};

static int share_order(const void *a, const void *b)
{
    const struct share *left = a, *right = b;
    int order = decimal_compare(&right->rest, &left->rest);

    return order != 0 ? order : (left->at > right->at) - (left->at < right->at);
}

static enum err_code weights_sum(const struct decimal *weights, size_t count, struct decimal *sum,
                                 struct err *e)
{
    enum err_code rc = ERR_OK;

    decimal_from_int(sum, 0);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        if (weights[i].negative)
            return err_set(e, ERR_RULE, "weight %zu is negative", i + 1);
        rc = decimal_add(sum, sum, &weights[i], e);
    }
    if (rc == ERR_OK && decimal_is_zero(sum))
        rc = err_set(e, ERR_RULE, "there is no weight above zero");
    return rc;
}

/* Each its share rounded toward zero; *left: the units that nobody has yet. */
static enum err_code shares_cut(const struct decimal *units, const struct decimal *weights,
                                const struct decimal *sum, size_t count, struct share *shares,
                                struct decimal *left, struct err *e)
{
    enum err_code rc = ERR_OK;

    *left = *units;
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        struct share *share = &shares[i];
        struct decimal product, taken;

        share->at = i;
        rc = decimal_mul(&product, units, &weights[i], e);
        if (rc == ERR_OK)
            rc = decimal_div(&share->units, &product, sum, 0, DECIMAL_DOWN, e);
        if (rc == ERR_OK)
            rc = decimal_mul(&taken, &share->units, sum, e);
        if (rc == ERR_OK)
            rc = decimal_sub(&share->rest, &product, &taken, e);
        if (rc == ERR_OK)
            rc = decimal_sub(left, left, &share->units, e);
    }
    return rc;
}

/* The units that are left go to the largest rests; parts come out in their own order. */
static enum err_code shares_fill(const struct money *money, struct share *shares, size_t count,
                                 const struct decimal *left, struct money *parts, struct err *e)
{
    enum err_code rc = ERR_OK;
    struct decimal one;
    int64_t more = 0;
    bool fits = decimal_to_int(left, &more);

    check(fits && more >= 0 && (uint64_t)more < count);
    decimal_from_int(&one, 1);
    qsort(shares, count, sizeof(*shares), share_order);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        struct share *share = &shares[i];

        if ((int64_t)i < more)
            rc = decimal_add(&share->units, &share->units, &one, e);
        if (rc == ERR_OK)
            rc = money_from_minor(&parts[share->at], &share->units, money->currency, MONEY_CODE - 1,
                                  e);
        if (rc == ERR_OK && money->amount.negative && !decimal_is_zero(&share->units))
            parts[share->at].amount.negative = true;
    }
    return rc;
}

enum err_code money_allocate(const struct money *money, const struct decimal *weights, size_t count,
                             struct money *parts, struct err *e)
{
    struct decimal units, sum, left;
    struct share *shares;
    enum err_code rc = money_minor(&units, money, e);

    if (rc == ERR_OK)
        rc = weights_sum(weights, count, &sum, e);
    if (rc != ERR_OK)
        return rc;
    check(count <= MONEY_PARTS);
    units.negative = false;
    shares = mem_try(count * sizeof(*shares));
    if (shares == NULL)
        return err_set(e, ERR_MEMORY, "no memory for %zu parts", count);
    rc = shares_cut(&units, weights, &sum, count, shares, &left, e);
    if (rc == ERR_OK)
        rc = shares_fill(money, shares, count, &left, parts, e);
    mem_free(shares);
    return rc;
}
