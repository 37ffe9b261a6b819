/* nearest.c - the distance of names. */
#include "flow/nearest.h"

#include <string.h>

#include "base/check.h"

#define NEAREST_SHOWN 8 /* names that a list shows before it says how many more there are */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The restricted form: no piece is edited twice. Three rows of the table are enough. */
unsigned nearest_distance(const char *a, const char *b)
{
    unsigned rows[3][NEAREST_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    size_t a_size = strnlen(a, NEAREST_MAX), b_size = strnlen(b, NEAREST_MAX);

    for (size_t j = 0; j <= b_size; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_size; i++) {
        unsigned *spare = before;

        before = above;
        above = row;
        row = spare;
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_size; j++) {
            char x = lower(a[i - 1]), y = lower(b[j - 1]);

            row[j] = least(above[j - 1] + (x != y), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return row[b_size];
}

void nearest_init(struct nearest *nearest, const char *wanted)
{
    check(wanted != NULL);
    *nearest = (struct nearest){ .wanted = wanted };
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
    unsigned distance = nearest_distance(nearest->wanted, candidate);

    if (nearest->best != NULL && distance >= nearest->distance)
        return;
    nearest->best = candidate;
    nearest->distance = distance;
}

const char *nearest_name(const struct nearest *nearest)
{
    size_t size = strnlen(nearest->wanted, NEAREST_MAX);

    if (nearest->best == NULL || nearest->distance > 1 + size / 4 || nearest->distance >= size)
        return NULL;
    return nearest->best;
}

const char *nearest_of(const char *wanted, const char *const *names)
{
    struct nearest nearest;

    nearest_init(&nearest, wanted);
    for (; *names != NULL; names++)
        nearest_try(&nearest, *names);
    return nearest_name(&nearest);
}

void nearest_list(struct buf *out, const char *wanted, const char *const *names, size_t count)
{
    const char *shown[NEAREST_SHOWN];
    unsigned distance[NEAREST_SHOWN];
    size_t shown_count = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned far = nearest_distance(wanted, names[i]);
        size_t to = shown_count < NEAREST_SHOWN ? shown_count++ : NEAREST_SHOWN;

        if (to == NEAREST_SHOWN && distance[--to] <= far)
            continue;
        for (; to > 0 && distance[to - 1] > far; to--) {
            shown[to] = shown[to - 1];
            distance[to] = distance[to - 1];
        }
        shown[to] = names[i];
        distance[to] = far;
    }
    if (count == 0)
        buf_add_text(out, "nothing");
    for (size_t i = 0; i < shown_count; i++)
        buf_addf(out, "%s\"%s\"", i > 0 ? ", " : "", shown[i]);
    if (count > shown_count)
        buf_addf(out, " and %zu more", count - shown_count);
}
