/* api_series.c - measurements over time as columns: read beside the loop, which brings along what
 * the open minute has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/beside.h"
#include "designer-api/series.h"
#include "designer-api/when.h"
#include "rules/zone.h"

#define SERIES_STEPS   2000u
#define SERIES_COLUMNS 200u /* of by=flow, times the metrics */

/* ---- Metrics */

typedef double metric_fn(const struct series_cell *cell); /* NAN: nothing was measured */

static double part(double value, double of)
{
    return of > 0 ? value / of : (double)NAN;
}

static double percentile(const struct series_cell *cell, double at)
{
    double value = series_cell_percentile(cell, at);

    return value < 0 ? (double)NAN : floor(value * 10 + 0.5) / 10;
}

#define METRIC(name, expression)                       \
    static double name(const struct series_cell *cell) \
    {                                                  \
        return (double)(expression);                   \
    }
METRIC(metric_started, cell->started)
METRIC(metric_succeeded, cell->ended[RUN_SUCCEEDED])
METRIC(metric_failed, cell->ended[RUN_FAILED])
METRIC(metric_cancelled, cell->ended[RUN_CANCELLED])
METRIC(metric_waiting, cell->ended[RUN_WAITING] + cell->ended[RUN_IN_DOUBT])
METRIC(metric_duplicate, cell->duplicates)
METRIC(metric_refused, cell->refused)
METRIC(metric_p50, percentile(cell, 0.5))
METRIC(metric_p95, percentile(cell, 0.95))
METRIC(metric_p99, percentile(cell, 0.99))
METRIC(metric_mean, part((double)cell->sum_ms, (double)cell->count))
METRIC(metric_rate, part((double)cell->ended[RUN_FAILED],
                         (double)(cell->ended[RUN_FAILED] + cell->ended[RUN_SUCCEEDED])))
METRIC(metric_running, cell->running)
METRIC(metric_queued, cell->queued)
METRIC(metric_down, cell->down)
METRIC(metric_held, cell->waiting)
METRIC(metric_parked, cell->parked)

static const struct metric {
    const char *name, *unit;
    metric_fn *value;
    char family;
} metrics[] = {
    { "runs.started", "runs", metric_started, 'f' },
    { "runs.succeeded", "runs", metric_succeeded, 'f' },
    { "runs.failed", "runs", metric_failed, 'f' },
    { "runs.cancelled", "runs", metric_cancelled, 'f' },
    { "runs.waiting", "runs", metric_waiting, 'f' },
    { "events.duplicate", "events", metric_duplicate, 'f' },
    { "events.refused", "events", metric_refused, 'f' },
    { "latency.p50", "ms", metric_p50, 'f' },
    { "latency.p95", "ms", metric_p95, 'f' },
    { "latency.p99", "ms", metric_p99, 'f' },
    { "latency.mean", "ms", metric_mean, 'f' },
    { "failure_rate", "ratio", metric_rate, 'f' },
    { "runs.running", "runs", metric_running, 'f' },
    { "runs.queued", "runs", metric_queued, 'f' },
    { "connection.down", "minutes", metric_down, 'c' },
    { "connection.waiting", "runs", metric_held, 'c' },
    { "connection.parked", "runs", metric_parked, 'c' },
};
#define METRICS (sizeof metrics / sizeof *metrics)

static enum err_code metrics_read(const char *text, const struct metric **list, size_t *count,
                                  struct err *e)
{
    *count = 0;
    while (*text != '\0') {
        size_t size = strcspn(text, ","), i = 0;

        while (i < METRICS &&
               (strlen(metrics[i].name) != size || strncmp(metrics[i].name, text, size) != 0))
            i++;
        if (i == METRICS)
            return err_set(e, ERR_USAGE,
                           "there is no metric \"%.*s\"; there are runs.succeeded, runs.failed, "
                           "latency.p95, ...: the contract has them all",
                           (int)(size < 60 ? size : 60), text);
        if (*count == METRICS)
            return err_set(e, ERR_USAGE, "each metric once");
        list[(*count)++] = &metrics[i];
        text += size + (text[size] == ',');
    }
    return *count > 0 ? ERR_OK : err_set(e, ERR_USAGE, "\"metrics\" names none");
}

/* ---- The steps */

struct grid {
    int64_t from_s, to_s, step_s; /* step_s of days: about so long */
    unsigned days;                /* 0: steps of UTC */
    char step[16];
    int64_t *starts; /* count, and the end behind them */
    size_t count;
};

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

static void grid_step(struct grid *grid, const char *text)
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

static enum err_code grid_make(struct grid *grid, const char *zone_name, struct err *e)
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

/* ---- The work */

struct columns {
    struct beside_ask *look;
    struct grid grid;
    const struct metric *metrics[METRICS];
    size_t metric_count, column_count;
    const char *by;
    char family;
    char place[1100]; /* whose cells these are; "": of all */
    struct series_cell *cells;
    bool full;
};

static enum err_code columns_time(struct columns *c, struct err *e)
{
    const char *from = ask_text(&c->look->ask, "from"), *to = ask_text(&c->look->ask, "to");
    int64_t now = json_get_int(c->look->given, "now", 0) * 1000, from_ms, to_ms = now;

    if (to != NULL && !when_read(to, &to_ms))
        return err_set(e, ERR_USAGE, "\"to\" is a moment like 2026-11-21T18:50:00Z");
    from_ms = to_ms - 86400000;
    if (from != NULL && !when_read(from, &from_ms))
        return err_set(e, ERR_USAGE, "\"from\" is a moment like 2026-11-20T18:50:00Z");
    if (from_ms >= to_ms)
        return err_set(e, ERR_USAGE, "\"from\" is before \"to\"");
    c->grid.from_s = from_ms / 1000;
    c->grid.to_s = (to_ms + 999) / 1000;
    return ERR_OK;
}

static enum err_code columns_ask(struct columns *c, struct err *e)
{
    const struct ask *ask = &c->look->ask;

    c->by = ask_text(ask, "by");
    if (metrics_read(ask_text(ask, "metrics"), c->metrics, &c->metric_count, e) != ERR_OK ||
        columns_time(c, e) != ERR_OK)
        return e->code;
    c->family = c->metrics[0]->family;
    for (size_t i = 1; i < c->metric_count; i++)
        if (c->metrics[i]->family != c->family)
            return err_set(e, ERR_USAGE, "metrics of flows and of connections are two requests");
    if (c->by != NULL && (strcmp(c->by, "connection") == 0) != (c->family == 'c'))
        return err_set(e, ERR_USAGE, "\"by\" is %s for %s",
                       c->family == 'c' ? "connection" : "flow", c->metrics[0]->name);
    if (c->family == 'f' && ask_text(ask, "connection") != NULL)
        return err_set(e, ERR_USAGE, "%s is of flows, not of a connection", c->metrics[0]->name);
    grid_step(&c->grid, ask_text(ask, "step"));
    return grid_make(&c->grid, ask_text(ask, "zone"), e);
}

static json_t *column(const struct columns *c, const struct metric *metric)
{
    json_t *column = json_pack("{s:s, s:s}", "metric", metric->name, "unit", metric->unit);
    json_t *values = json_array();
    struct series_place place;

    check(column != NULL && values != NULL);
    if (c->by != NULL && series_place(c->place, &place)) {
        json_object_set_new(column, "environment", json_string(place.environment));
        if (strcmp(place.flow, "*") != 0) /* that is a connection which flows share */
            json_object_set_new(column, "flow", json_string(place.flow));
        if (c->family == 'c')
            json_object_set_new(column, "connection", json_string(c->place));
    }
    for (size_t i = 0; i < c->grid.count; i++) {
        double value = metric->value(&c->cells[i]);

        if (isnan(value))
            json_array_append_new(values, json_null());
        else if (value == floor(value) && fabs(value) < 1e15)
            json_array_append_new(values, json_integer((json_int_t)value));
        else
            json_array_append_new(values, json_real(value));
    }
    json_object_set_new(column, "values", values);
    return column;
}

static void columns_put(struct columns *c, json_t *list)
{
    for (size_t i = 0; i < c->metric_count; i++)
        json_array_append_new(list, column(c, c->metrics[i]));
    c->column_count += c->metric_count;
    memset(c->cells, 0, c->grid.count * sizeof *c->cells);
}

static size_t grid_find(const struct grid *grid, int64_t at_s)
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

static bool columns_row(void *arg, const char *place, int64_t at_s, const struct series_cell *cell)
{
    struct columns *c = arg;

    (void)place;
    if (c->grid.count > 0 && at_s >= c->grid.starts[0] && at_s < c->grid.starts[c->grid.count])
        series_cell_add(&c->cells[grid_find(&c->grid, at_s)], cell);
    return true;
}

/* The span of what is asked; days for what is older than hours are kept. */
static enum err_code columns_read(struct columns *c, const char *place, struct err *e)
{
    const struct ask *ask = &c->look->ask;
    struct series_ask read = { .step_s = c->grid.step_s };
    int64_t hours = json_get_int(c->look->given, "hours", 0);
    struct series_span days;

    read.span =
        (struct series_span){ .family = c->family,
                              .workspace = beside_workspace(c->look),
                              .environment = ask_text(ask, "environment"),
                              .flow = ask_text(ask, "flow"),
                              .place = place != NULL ? place : ask_text(ask, "connection"),
                              .from_s = c->grid.count > 0 ? c->grid.starts[0] : 0,
                              .to_s = c->grid.count > 0 ? c->grid.starts[c->grid.count] : 0 };
    read.rolled_s = json_get_int(c->look->given, "rolled", 0);
    read.span.open = json_object_get(c->look->given, "open");
    if (c->grid.days > 0 && read.span.from_s < hours) {
        days = read.span;
        days.tier = '3';
        days.to_s = hours;
        if (series_walk(c->look->store, &days, columns_row, c, e) != ERR_OK)
            return e->code;
        read.span.from_s = hours;
    }
    return series_read(c->look->store, &read, columns_row, c, e);
}

/* The places that have anything in the time. */
static bool columns_place(void *arg, const char *place, int64_t at_s,
                          const struct series_cell *cell)
{
    json_t *places = arg;

    (void)at_s;
    (void)cell;
    if (json_object_size(places) >= SERIES_COLUMNS)
        return false;
    json_object_set_new(places, place, json_true());
    return true;
}

static enum err_code columns_by(struct columns *c, json_t *list, struct err *e)
{
    const struct ask *ask = &c->look->ask;
    struct series_ask read = {
        .span = { .family = c->family,
                  .workspace = beside_workspace(c->look),
                  .environment = ask_text(ask, "environment"),
                  .flow = ask_text(ask, "flow"),
                  .place = ask_text(ask, "connection"),
                  .from_s = c->grid.starts[0],
                  .to_s = c->grid.starts[c->grid.count] },
        .step_s = c->grid.step_s,
        .rolled_s = json_get_int(c->look->given, "rolled", 0),
    };

    read.span.open = json_object_get(c->look->given, "open");
    json_t *places = json_object(), *value;
    const char *place;

    e->code = series_read(c->look->store, &read, columns_place, places, e);
    c->full = json_object_size(places) >= SERIES_COLUMNS;
    json_object_foreach(places, place, value)
    {
        (void)value;
        if (e->code != ERR_OK)
            break;
        snprintf(c->place, sizeof c->place, "%s", place);
        if (columns_read(c, place, e) == ERR_OK)
            columns_put(c, list);
    }
    json_decref(places);
    return e->code;
}

static void series_work(struct beside_ask *look)
{
    struct columns *c = mem_must(sizeof *c);
    json_t *list = json_array(), *times = json_array();
    const char *zone = ask_text(&look->ask, "zone");

    check(list != NULL && times != NULL);
    c->look = look;
    look->e.code = columns_ask(c, &look->e);
    if (look->e.code == ERR_OK) {
        c->cells = mem_must((c->grid.count + 1) * sizeof *c->cells);
        if (c->by != NULL)
            look->e.code = columns_by(c, list, &look->e);
        else if ((look->e.code = columns_read(c, NULL, &look->e)) == ERR_OK)
            columns_put(c, list);
    }
    if (look->e.code == ERR_OK) {
        for (size_t i = 0; i < c->grid.count; i++)
            json_array_append_new(times, json_integer(c->grid.starts[i]));
        look->value = json_pack(
            "{s:o, s:o, s:s, s:s, s:O, s:O, s:b}", "from_at", when_json(c->grid.starts[0] * 1000),
            "to_at", when_json(c->grid.starts[c->grid.count] * 1000), "step", c->grid.step, "zone",
            zone != NULL ? zone : "UTC", "times", times, "series", list, "incomplete", c->full);
    }
    json_decref(list);
    json_decref(times);
    mem_free(c->cells);
    mem_free(c->grid.starts);
    mem_free(c);
}

static void series_get(struct ask *ask)
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
    beside_ask(ask, series_work, NULL, given);
}

const struct ask_bind series_binds[] = { { "getSeries", series_get }, { NULL, NULL } };
