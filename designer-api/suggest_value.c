/* suggest_value.c - what sample values say: the same values, the same shapes, dates and choices. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "designer-api/suggest_priv.h"

#define SHAPE_ROOM   24u
#define CHOICES_MOST 12u

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

/* FNV-1a: two samples that are taken for the same by chance are a bad suggestion, no harm. */
static uint64_t text_id(const char *text)
{
    uint64_t id = UINT64_C(0xcbf29ce484222325);

    for (; *text != '\0'; text++)
        id = (id ^ (uint64_t)tolower((unsigned char)*text)) * UINT64_C(0x100000001b3);
    return id;
}

static int side_value_compare(const void *left, const void *right)
{
    const struct side_value *a = left, *b = right;

    return a->id < b->id ? -1 : a->id > b->id;
}

/* Sorted, each once. */
static size_t side_values_sort(struct side_value *values, size_t count)
{
    size_t kept = 0;

    qsort(values, count, sizeof *values, side_value_compare);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && values[kept - 1].id == values[i].id)
            values[kept - 1].times += values[i].times;
        else
            values[kept++] = values[i];
    }
    return kept;
}

/* How many of a's values have an id that b has, too. */
static size_t side_values_in(const struct side_value *a, size_t count, const struct side_value *b,
                             size_t other)
{
    size_t found = 0;

    for (size_t i = 0, k = 0; i < count; i++) {
        while (k < other && b[k].id < a[i].id)
            k++;
        if (k < other && b[k].id == a[i].id)
            found += a[i].times;
    }
    return found;
}

struct value_say suggest__values(const struct side_values *a, const struct side_values *b)
{
    struct value_say say = { .shape = -1.0 };

    if (a->count == 0 || b->count == 0)
        return say;
    say.common = side_values_in(a->same, a->same_count, b->same, b->same_count);
    say.of = a->telling < b->telling ? a->telling : b->telling;
    if (say.common > say.of)
        say.common = say.of;
    say.same = say.of > 0 ? (double)say.common / (double)say.of : 0.0;
    say.shape = ((double)side_values_in(a->shapes, a->shape_count, b->shapes, b->shape_count) /
                     (double)a->count +
                 (double)side_values_in(b->shapes, b->shape_count, a->shapes, a->shape_count) /
                     (double)b->count) /
                2;
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

static const char *field_date(const struct suggest_field *field)
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

/* At most CHOICES_MOST values, of which some come twice. */
static bool field_is_choice(const struct suggest_field *field)
{
    size_t count = values_of(field), distinct = 0;

    for (size_t i = 0; i < count; i++)
        if (!value_earlier(field, i)) {
            distinct++;
            if (distinct > CHOICES_MOST || strlen(field->values[i]) > 24)
                return false;
        }
    return distinct >= 2 && distinct < count;
}

/* What a number may be written with, and a digit in it. */
static bool value_is_number(const char *value)
{
    return value[strspn(value, "+-0123456789.,' $%()")] == '\0' &&
           strpbrk(value, "0123456789") != NULL;
}

void suggest__values_read(const struct suggest_field *field, struct side_values *values)
{
    size_t count = values_of(field), unfit = 0;

    *values = (struct side_values){ .count = count };
    if (count == 0)
        return;
    values->same = mem_must(count * sizeof *values->same);
    values->shapes = mem_must(count * sizeof *values->shapes);
    for (size_t i = 0; i < count; i++) {
        char shape[SHAPE_ROOM];

        shape_of(field->values[i], shape);
        values->shapes[i] = (struct side_value){ text_id(shape), 1 };
        unfit += !value_is_number(field->values[i]);
        if (value_tells(field->values[i]) && !value_earlier(field, i))
            values->same[values->telling++] = (struct side_value){ text_id(field->values[i]), 1 };
    }
    values->shape_count = side_values_sort(values->shapes, count);
    values->same_count = side_values_sort(values->same, values->telling);
    values->unfit = (double)unfit / (double)count;
    values->choice = field_is_choice(field);
    values->date = field_date(field);
}

void suggest__values_free(struct side_values *values)
{
    mem_free(values->same);
    mem_free(values->shapes);
}
