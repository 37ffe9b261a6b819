/* action_window.c - see action_window.h. */
#include "nodes/connector/action_window.h"

#include <stdio.h>

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

enum err_code action__window(const struct manifest_window *spec, const json_t *covered,
                             int64_t now_ms, unsigned halvings, struct action_window *window,
                             struct err *e)
{
    int64_t last = now_ms;

    check(spec->step_ms > 0 && spec->back_ms > 0);
    if (covered != NULL && !json_is_null(covered) && moment_read(covered, &last, e) != ERR_OK)
        return err_prefix(e, "where the poll goes on");
    if (last > now_ms)
        last = now_ms; /* a clock that was set back */
    window->span = now_ms - last < spec->step_ms ? now_ms - last : spec->step_ms;
    window->span >>= halvings;
    window->next = last + window->span;
    window->from = last - spec->back_ms - window_margin(spec);
    window->to = window->next + window_margin(spec);
    return ERR_OK;
}

bool action__window_halves(const struct manifest_window *spec, const struct action_window *window)
{
    int64_t shortest = window_margin(spec) > 0 ? DAY_MS : SHORTEST_MS;

    return window->span / 2 >= shortest;
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
