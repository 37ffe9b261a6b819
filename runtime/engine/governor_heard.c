/* governor_heard.c - what the headers of an answer say of how much the system still takes: when one
 * of its budgets is used up, those behind wait before it refuses them. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/governor_priv.h"

#define HEARD_PAUSE_MS 1000               /* where it does not say when there is more */
#define HEARD_MOST_MS  INT64_C(3600000)   /* a header is no reason to wait for longer */
#define HEARD_PARTS    4u                 /* of a time: "1h2m3s4ms" */
#define HEARD_MOMENT   INT64_C(100000000) /* seconds: from here on it is a moment since 1970 */

static const char *heard_header(const struct pair *headers, size_t count, const char *name)
{
    for (size_t i = 0; name != NULL && i < count; i++)
        if (strcasecmp(headers[i].name, name) == 0)
            return headers[i].value;
    return NULL;
}

/* The digits at the text's beginning; -1: there are none, or too many. */
static int64_t heard_number(const char *text, const char **rest)
{
    int64_t number = 0;
    size_t size = strspn(text, "0123456789");

    if (size == 0 || size > 15)
        return -1;
    for (size_t i = 0; i < size; i++)
        number = number * 10 + (text[i] - '0');
    *rest = text + size;
    return number;
}

/* "7", less than one of "0.42", or used of all: "33/40". -1: not said. */
static int64_t heard_remaining(const char *text)
{
    const char *rest;
    int64_t number = heard_number(text, &rest), all;

    if (number < 0)
        return -1;
    rest += strspn(rest, " ");
    if (*rest != '/')
        return number;
    all = heard_number(rest + 1 + strspn(rest + 1, " "), &rest);
    return all < 0 ? -1 : all > number ? all - number : 0;
}

/* What a number is of, passed over: seconds, where it stands alone at the end. 0: nothing known. */
static int64_t heard_unit_ms(const char **text)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };

    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t size = strlen(units[i].name);

        if (strncmp(*text, units[i].name, size) == 0) {
            *text += size;
            return units[i].ms;
        }
    }
    return **text == '\0' ? 1000 : 0;
}

/* "90", "2.5", "6m0s", "12ms", in milliseconds; -1: it is none of these. */
static int64_t heard_time_ms(const char *text)
{
    int64_t sum = 0;

    for (unsigned part = 0; part == 0 || *text != '\0'; part++) {
        int64_t whole = heard_number(text, &text), thousandths = 0, scale = 100, unit;

        if (whole < 0 || part == HEARD_PARTS)
            return -1;
        if (*text == '.')
            for (text++; *text >= '0' && *text <= '9'; text++, scale /= 10)
                thousandths += (*text - '0') * scale;
        unit = heard_unit_ms(&text);
        if (unit == 0)
            return -1;
        if (unit > 1000 && whole > HEARD_MOST_MS)
            whole = HEARD_MOST_MS;
        sum += whole * unit + thousandths * unit / 1000;
    }
    return sum;
}

static int64_t heard_pause(const struct governor *governor, const char *reset)
{
    int64_t pause = reset != NULL ? heard_time_ms(reset) : -1;

    if (pause < 0)
        return governor->interval_us > 0 ? (governor->interval_us + 999) / 1000 : HEARD_PAUSE_MS;
    if (pause / 1000 >= HEARD_MOMENT * 1000)
        pause = pause / 1000 - governor->engine->wall;
    else if (pause / 1000 >= HEARD_MOMENT)
        pause -= governor->engine->wall;
    return pause < 0 ? 0 : pause < HEARD_MOST_MS ? pause : HEARD_MOST_MS;
}

void governor_heard(struct governor *governor, const struct connector_limits *limits,
                    const struct pair *headers, size_t count)
{
    int64_t until = governor->until;

    CHECK_OBJ(governor, GOVERNOR_MAGIC);
    for (size_t i = 0; i < limits->budget_count; i++) {
        const struct connector_budget *budget = &limits->budgets[i];
        const char *remaining = heard_header(headers, count, budget->remaining);
        int64_t more;

        if (remaining == NULL || heard_remaining(remaining) != 0)
            continue;
        more = governor->engine->steady +
               heard_pause(governor, heard_header(headers, count, budget->reset));
        if (more > until)
            until = more;
    }
    if (until <= governor->until)
        return;
    governor->until = until;
    governor__keep(governor);
}
