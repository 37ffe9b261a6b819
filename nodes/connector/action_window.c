/* action_window.c - see action_window.h. */
#include "nodes/connector/action_window.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "nodes/moment.h"

#define DAY_MS      (INT64_C(24) * 3600000)
#define SHORTEST_MS INT64_C(60000) /* a shorter window is no way out of an answer that is cut */

/* A day of the system's own time zone, which need not be ours, may begin half a day before ours and
 * end half a day after it. */
static int64_t window_margin(const struct manifest_window *spec)
{
    return spec->form == WINDOW_DATE || spec->form == WINDOW_US_DATE ? DAY_MS : 0;
}

static int64_t window_shortest(const struct manifest_window *spec)
{
    return window_margin(spec) > 0 ? DAY_MS : SHORTEST_MS;
}

static void window_ends(const struct manifest_window *spec, struct action_window *window,
                        int64_t part)
{
    if (part < window_shortest(spec))
        part = window_shortest(spec);
    window->to = window->end - window->from < part ? window->end : window->from + part;
}

/* The part of a window that is walked; the cursor says where it stands. */
static enum err_code window_part(const struct manifest_window *spec, const json_t *cursor,
                                 unsigned halvings, struct action_window *window, struct err *e)
{
    int64_t part = json_integer_value(json_object_get(cursor, "part")) >> halvings;

    if (moment_read(json_object_get(cursor, "at"), &window->from, e) != ERR_OK ||
        moment_read(json_object_get(cursor, "until"), &window->next, e) != ERR_OK)
        return err_prefix(e, "where the poll goes on");
    window->end = window->next + window_margin(spec);
    window->more = json_is_true(json_object_get(cursor, "more"));
    window->covered = window->from;
    window_ends(spec, window, part);
    return ERR_OK;
}

enum err_code action__window(const struct manifest_window *spec, const json_t *covered,
                             int64_t now_ms, unsigned halvings, struct action_window *window,
                             struct err *e)
{
    int64_t last = now_ms, span;

    check(spec->step_ms > 0 && spec->back_ms > 0);
    if (json_is_object(covered))
        return window_part(spec, covered, halvings, window, e);
    if (covered != NULL && !json_is_null(covered) && moment_read(covered, &last, e) != ERR_OK)
        return err_prefix(e, "where the poll goes on");
    if (last > now_ms)
        last = now_ms; /* a clock that was set back */
    window->covered = last;
    span = now_ms - last < spec->step_ms ? now_ms - last : spec->step_ms;
    window->next = last + span;
    window->more = window->next < now_ms;
    window->from = last - spec->back_ms - window_margin(spec);
    window->end = window->next + window_margin(spec);
    window_ends(spec, window, (window->end - window->from) >> halvings);
    return ERR_OK;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7); false: it is none */
static bool window_date(const char *date, int64_t *ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4], iso[40];
    struct err ignored;
    const char *at;
    json_t *text;
    bool read;

    if (strlen(date) != 29 || strcmp(date + 25, " GMT") != 0)
        return false;
    snprintf(month, sizeof month, "%.3s", date + 8);
    at = strstr(months, month);
    if (at == NULL || (at - months) % 3 != 0)
        return false;
    snprintf(iso, sizeof iso, "%.4s-%02u-%.2sT%.8sZ", date + 12, (unsigned)(at - months) / 3 + 1,
             date + 5, date + 17);
    text = json_string(iso);
    read = text != NULL && moment_read(text, ms, &ignored) == ERR_OK;
    json_decref(text);
    return read;
}

void action__window_given(struct action_window *window, const char *date)
{
    int64_t last = window->to < window->next ? window->to : window->next, given;

    if (!window_date(date, &given) || given >= last || given < window->covered ||
        (given == window->covered && window->more))
        return;
    window->next = given;
    window->end = window->to;
    window->more = false;
}

bool action__window_halves(const struct manifest_window *spec, const struct action_window *window)
{
    return window->to - window->from > window_shortest(spec);
}

static json_t *window_moment(const struct manifest_window *spec, int64_t ms)
{
    char text[CLOCK_TEXT], date[16];

    clock_text(ms, text);
    switch (spec->form) {
    case WINDOW_SECONDS:
        return json_integer(ms / 1000);
    case WINDOW_MILLISECONDS:
        return json_integer(ms);
    case WINDOW_DATE:
        return json_stringn(text, 10);
    case WINDOW_US_DATE:
        snprintf(date, sizeof date, "%.2s/%.2s/%.4s", text + 5, text + 8, text);
        return json_string(date);
    case WINDOW_ISO:
        break;
    }
    return json_string(text);
}

json_t *action__window_scope(const struct manifest_window *spec, const struct action_window *window)
{
    return json_pack("{s:o, s:o}", "from", window_moment(spec, window->from), "to",
                     window_moment(spec, window->to));
}

json_t *action__window_cursor(const struct manifest_window *spec,
                              const struct action_window *window, size_t items)
{
    int64_t part = window->to - window->from;
    char at[CLOCK_TEXT], until[CLOCK_TEXT];

    clock_text(window->next, until);
    if (window->to >= window->end)
        return json_string(until);
    clock_text(window->to, at);
    if (items < spec->full / 2 || spec->full == 0)
        part *= 2;
    return json_pack("{s:s, s:s, s:I, s:b}", "at", at, "until", until, "part", (json_int_t)part,
                     "more", window->more);
}
