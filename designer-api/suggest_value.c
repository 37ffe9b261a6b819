/* suggest_value.c - what sample values say: the same values, the same shapes, dates and choices. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "designer-api/suggest_priv.h"

#define SHAPE_ROOM 24u

static size_t values_of(const struct suggest_field *field)
{
    return field->value_count < SUGGEST_VALUES ? field->value_count : SUGGEST_VALUES;
}

static bool value_earlier(const struct suggest_field *field, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(field->values[i], field->values[at]) == 0)
            return true;
    return false;
}

static bool value_in(const struct suggest_field *field, const char *value)
{
    size_t count = values_of(field);

    for (size_t i = 0; i < count; i++)
        if (strcasecmp(field->values[i], value) == 0)
            return true;
    return false;
}

/* Short values are the same by chance. */
static bool value_tells(const char *value)
{
    return strlen(value) >= 3;
}

/* "PT-1001" is "A-9", "12.50" is "9.9". */
static void shape_of(const char *value, char shape[SHAPE_ROOM])
{
    size_t size = 0;
    char last = '\0';

    for (; *value != '\0' && size < SHAPE_ROOM - 1; value++) {
        unsigned char c = (unsigned char)*value;
        char mark = isdigit(c) ? '9' : isalpha(c) || c >= 0x80 ? 'A' : (char)c;

        if (mark != last || (mark != '9' && mark != 'A'))
            shape[size++] = mark;
        last = mark;
    }
    shape[size] = '\0';
}

/* The share of a's values whose shape one of b's has. */
static double shapes_in(const struct suggest_field *a, const struct suggest_field *b)
{
    size_t count_a = values_of(a), count_b = values_of(b), found = 0;

    for (size_t i = 0; i < count_a; i++) {
        char shape[SHAPE_ROOM], other[SHAPE_ROOM];

        shape_of(a->values[i], shape);
        for (size_t k = 0; k < count_b; k++) {
            shape_of(b->values[k], other);
            if (strcmp(shape, other) == 0) {
                found++;
                break;
            }
        }
    }
    return (double)found / (double)count_a;
}

struct value_say suggest__values(const struct suggest_field *a, const struct suggest_field *b)
{
    struct value_say say = { .shape = -1.0 };
    size_t count = values_of(a), other = values_of(b), distinct = 0, all = 0;

    if (count == 0 || other == 0)
        return say;
    for (size_t i = 0; i < count; i++) {
        if (value_earlier(a, i) || !value_tells(a->values[i]))
            continue;
        distinct++;
        say.common += value_in(b, a->values[i]);
    }
    for (size_t i = 0; i < other; i++)
        all += !value_earlier(b, i) && value_tells(b->values[i]);
    say.of = distinct < all ? distinct : all;
    if (say.common > say.of)
        say.common = say.of;
    say.same = say.of > 0 ? (double)say.common / (double)say.of : 0.0;
    say.shape = (shapes_in(a, b) + shapes_in(b, a)) / 2;
    return say;
}

/* ---- Dates */

/* 9 stands for a digit, A for a letter; else the character itself. */
static bool value_fits(const char *value, const char *form)
{
    for (; *form != '\0'; form++, value++) {
        unsigned char c = (unsigned char)*value;

        if (*form == '9' ? !isdigit(c) : *form == 'A' ? !isalpha(c) : c != (unsigned char)*form)
            return false;
    }
    return *value == '\0';
}

static int value_number(const char *value, size_t at)
{
    return (value[at] - '0') * 10 + value[at + 1] - '0';
}

const char *suggest__date(const struct suggest_field *field)
{
    /* Where day and month look alike, the first of them that fits all values is taken. */
    static const struct {
        const char *form, *pattern;
        size_t month;
    } dates[] = {
        { "9999-99-99", "yyyy-MM-dd", 5 }, { "99/99/9999", "MM/dd/yyyy", 0 },
        { "99/99/9999", "dd/MM/yyyy", 3 }, { "99.99.9999", "dd.MM.yyyy", 3 },
        { "99-99-9999", "MM-dd-yyyy", 0 }, { "99-99-9999", "dd-MM-yyyy", 3 },
        { "9999/99/99", "yyyy/MM/dd", 5 }, { "99999999", "yyyyMMdd", 4 },
        { "99/99/99", "MM/dd/yy", 0 },     { "99-AAA-9999", "dd-MMM-yyyy", 99 },
    };
    size_t count = values_of(field);

    for (size_t i = 0; count > 0 && i < sizeof dates / sizeof *dates; i++) {
        size_t k = 0;

        while (k < count && value_fits(field->values[k], dates[i].form) &&
               (dates[i].month == 99 || (value_number(field->values[k], dates[i].month) >= 1 &&
                                         value_number(field->values[k], dates[i].month) <= 12)))
            k++;
        if (k == count)
            return dates[i].pattern;
    }
    return NULL;
}

bool suggest__is_choice(const struct suggest_field *field)
{
    size_t count = values_of(field), distinct = 0;

    for (size_t i = 0; i < count; i++)
        if (!value_earlier(field, i)) {
            distinct++;
            if (strlen(field->values[i]) > 24)
                return false;
        }
    return distinct >= 2 && distinct <= SUGGEST_CHOICES && distinct < count;
}
