/* series_grid.c - see series_grid.h. */
#include "designer-api/series_grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/when.h"
#include "rules/zone.h"

static int64_t midnight(struct zone *zone, int64_t at_s, bool next)
{
    struct cron_time local;

    zone_local(zone, at_s * 1000, &local);
    if (next) { /* noon of that day and 24 hours are some time of the next one */
        local.hour = 12;
        local.minute = 0;
        zone_local(zone, zone_moment(zone, local) + 86400000, &local);
    }
    local.hour = local.minute = 0;
    return zone_moment(zone, local) / 1000;
}

static void grid_step(struct series_grid *grid, const char *text)
{
    static const struct {
        const char *name;
        int64_t size_s;
    } usual[] = { { "1m", 60 },    { "5m", 300 },    { "15m", 900 },
                  { "1h", 3600 },  { "3h", 10800 },  { "6h", 21600 },
                  { "1d", 86400 }, { "7d", 604800 }, { "30d", 2592000 } };
    size_t at = 0;
    char *unit;

    while (text == NULL && at + 1 < sizeof usual / sizeof *usual &&
           (grid->to_s - grid->from_s) / usual[at].size_s > 300)
        at++;
    snprintf(grid->step, sizeof grid->step, "%s", text != NULL ? text : usual[at].name);
    grid->step_s = strtoll(grid->step, &unit, 10);
    grid->days = *unit == 'd' ? (unsigned)grid->step_s : 0;
    grid->step_s *= *unit == 'd' ? SERIES_DAY : *unit == 'h' ? SERIES_HOUR : SERIES_MINUTE;
}

static enum err_code grid_make(struct series_grid *grid, const char *zone_name, struct err *e)
{
    struct zone *zone = zone_open(zone_name, e);
    int64_t at;

    if (zone == NULL)
        return e->code;
    if ((grid->to_s - grid->from_s) / grid->step_s > SERIES_STEPS) {
        zone_close(zone);
        return err_set(e, ERR_LIMIT, "that is more than %u values: ask for longer steps",
                       SERIES_STEPS);
    }
    grid->starts = mem_must((SERIES_STEPS + 4) * sizeof *grid->starts);
    at = grid->days > 0 ? midnight(zone, grid->from_s, false)
                        : grid->from_s / grid->step_s * grid->step_s;
    while (at < grid->to_s && grid->count < SERIES_STEPS + 2) {
        grid->starts[grid->count++] = at;
        for (unsigned i = 0; i < grid->days; i++)
            at = midnight(zone, at, true);
        if (grid->days == 0)
            at += grid->step_s;
    }
    grid->starts[grid->count] = at;
    zone_close(zone);
    return ERR_OK;
}

static enum err_code grid_time(const struct beside_ask *look, struct series_grid *grid,
                               struct err *e)
{
    const char *from = ask_text(&look->ask, "from"), *to = ask_text(&look->ask, "to");
    int64_t now = json_get_int(look->given, "now", 0) * 1000, from_ms, to_ms = now;

    if (to != NULL && !when_read(to, &to_ms))
        return err_set(e, ERR_USAGE, "\"to\" is a moment like 2026-11-21T18:50:00Z");
    from_ms = to_ms - 86400000;
    if (from != NULL && !when_read(from, &from_ms))
        return err_set(e, ERR_USAGE, "\"from\" is a moment like 2026-11-20T18:50:00Z");
    if (from_ms >= to_ms)
        return err_set(e, ERR_USAGE, "\"from\" is before \"to\"");
    grid->from_s = from_ms / 1000;
    grid->to_s = (to_ms + 999) / 1000;
    return ERR_OK;
}

enum err_code series_grid_read(const struct beside_ask *look, struct series_grid *grid,
                               struct err *e)
{
    if (grid_time(look, grid, e) != ERR_OK)
        return e->code;
    grid_step(grid, ask_text(&look->ask, "step"));
    return grid_make(grid, ask_text(&look->ask, "zone"), e);
}

void series_grid_fini(struct series_grid *grid)
{
    mem_free(grid->starts);
    grid->starts = NULL;
}

bool series_grid_has(const struct series_grid *grid, int64_t at_s)
{
    return grid->count > 0 && at_s >= grid->starts[0] && at_s < grid->starts[grid->count];
}

size_t series_grid_find(const struct series_grid *grid, int64_t at_s)
{
    size_t low = 0, high = grid->count;

    while (low + 1 < high) {
        size_t middle = (low + high) / 2;

        if (grid->starts[middle] <= at_s)
            low = middle;
        else
            high = middle;
    }
    return low;
}

enum err_code series_grid_walk(const struct beside_ask *look, const struct series_grid *grid,
                               const struct series_span *span, series_row_fn *visit, void *arg,
                               struct err *e)
{
    const struct ask *ask = &look->ask;
    int64_t hours = json_get_int(look->given, "hours", 0);
    struct series_ask read = { .span = *span, .step_s = grid->step_s };
    struct series_span days;

    if (grid->count == 0)
        return e->code = ERR_OK;
    read.span.workspace = beside_workspace(look);
    read.span.environment = ask_text(ask, "environment");
    read.span.flow = ask_text(ask, "flow");
    read.span.from_s = grid->starts[0];
    read.span.to_s = grid->starts[grid->count];
    read.span.open = json_object_get(look->given, "open");
    read.rolled_s = json_get_int(look->given, "rolled", 0);
    if (grid->days > 0 && read.span.from_s < hours) {
        days = read.span;
        days.tier = '3';
        days.to_s = hours;
        if (series_walk(look->store, &days, visit, arg, e) != ERR_OK)
            return e->code;
        read.span.from_s = hours;
    }
    return series_read(look->store, &read, visit, arg, e);
}

json_t *series_grid_json(const struct beside_ask *look, const struct series_grid *grid)
{
    const char *zone = ask_text(&look->ask, "zone");
    json_t *times = json_array(), *json;

    check(times != NULL);
    for (size_t i = 0; i < grid->count; i++)
        json_array_append_new(times, json_integer(grid->starts[i]));
    json = json_pack("{s:o, s:o, s:s, s:s, s:o}", "from_at", when_json(grid->starts[0] * 1000),
                     "to_at", when_json(grid->starts[grid->count] * 1000), "step", grid->step,
                     "zone", zone != NULL ? zone : "UTC", "times", times);
    check(json != NULL);
    return json;
}

void series_grid_ask(struct ask *ask, beside_work_fn *work)
{
    struct series *series = ask->api->rooms.series;
    struct clock *clock = ask_clock(ask);
    int64_t now = clock->wall_ms(clock) / 1000;
    struct err e;
    json_t *given;

    if (series == NULL) {
        err_set(&e, ERR_UNAVAILABLE, "this program keeps no measurements");
        ask_refuse(ask, &e);
        return;
    }
    given = json_pack("{s:I, s:I, s:I, s:o}", "now", (json_int_t)now, "rolled",
                      (json_int_t)series_rolled(series), "hours",
                      (json_int_t)series_hours_from(series), "open", series_open(series));
    check(given != NULL);
    beside_ask(ask, work, NULL, given);
}
