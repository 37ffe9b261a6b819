/* governor_heard.c - what the headers of an answer say of how much the system still takes: when it
 * is nothing, those behind wait before it refuses them. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/governor_priv.h"

#define HEARD_PAUSE_MS 1000               /* where it does not say when there is more */
#define HEARD_MOST_MS  INT64_C(3600000)   /* a header is no reason to wait for longer */
#define HEARD_MOMENT   INT64_C(100000000) /* seconds: from here on it is a moment since 1970 */

static const char *heard_header(const struct pair *headers, size_t count, const char *name)
{
    for (size_t i = 0; name != NULL && i < count; i++)
        if (strcasecmp(headers[i].name, name) == 0)
            return headers[i].value;
    return NULL;
}

/* Digits alone, perhaps with a fraction that is not looked at; -1: it is something else. */
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

/* "7", or used of all: "33/40". -1: not said. */
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

static int64_t heard_pause(const struct governor *governor, const char *reset)
{
    const char *rest;
    int64_t seconds = reset != NULL ? heard_number(reset, &rest) : -1, pause;

    if (seconds < 0)
        return governor->interval_us > 0 ? (governor->interval_us + 999) / 1000 : HEARD_PAUSE_MS;
    if (seconds >= HEARD_MOMENT * 1000)
        pause = seconds - governor->engine->wall;
    else if (seconds >= HEARD_MOMENT)
        pause = seconds * 1000 - governor->engine->wall;
    else
        pause = seconds * 1000;
    return pause < 0 ? 0 : pause < HEARD_MOST_MS ? pause : HEARD_MOST_MS;
}

void governor_heard(struct governor *governor, const struct connector_limits *limits,
                    const struct pair *headers, size_t count)
{
    const char *remaining = heard_header(headers, count, limits->remaining);
    int64_t until;

    CHECK_OBJ(governor, GOVERNOR_MAGIC);
    if (remaining == NULL || heard_remaining(remaining) != 0)
        return;
    until = governor->engine->steady +
            heard_pause(governor, heard_header(headers, count, limits->reset));
    if (until <= governor->until)
        return;
    governor->until = until;
    governor__keep(governor);
}
