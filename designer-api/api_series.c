/* api_series.c - measurements over time as columns: read beside the loop, which brings along what
 * the open minute has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/series_grid.h"

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

/* ---- The work */

struct columns {
    struct beside_ask *look;
    struct series_grid grid;
    const struct metric *metrics[METRICS];
    size_t metric_count, column_count;
    const char *by;
    char family;
    char place[1100]; /* whose cells these are; "": of all */
    struct series_cell *cells;
    bool full;
};

static enum err_code columns_ask(struct columns *c, struct err *e)
{
    const struct ask *ask = &c->look->ask;

    c->by = ask_text(ask, "by");
    if (metrics_read(ask_text(ask, "metrics"), c->metrics, &c->metric_count, e) != ERR_OK)
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
    return series_grid_read(c->look, &c->grid, e);
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

static bool columns_row(void *arg, const char *place, int64_t at_s, const struct series_cell *cell)
{
    struct columns *c = arg;

    (void)place;
    if (series_grid_has(&c->grid, at_s))
        series_cell_add(&c->cells[series_grid_find(&c->grid, at_s)], cell);
    return true;
}

static enum err_code columns_read(struct columns *c, const char *place, struct err *e)
{
    struct series_span span = { .family = c->family,
                                .place =
                                    place != NULL ? place : ask_text(&c->look->ask, "connection") };

    return series_grid_walk(c->look, &c->grid, &span, columns_row, c, e);
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
    json_t *list = json_array();

    check(list != NULL);
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
        look->value = series_grid_json(look, &c->grid);
        json_object_set(look->value, "series", list);
        json_object_set_new(look->value, "incomplete", json_boolean(c->full));
    }
    json_decref(list);
    mem_free(c->cells);
    series_grid_fini(&c->grid);
    mem_free(c);
}

static void series_get(struct ask *ask)
{
    series_grid_ask(ask, series_work);
}

const struct ask_bind series_binds[] = { { "getSeries", series_get }, { NULL, NULL } };
