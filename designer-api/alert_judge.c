/* alert_judge.c - what a rule finds: rates, counts, latencies, control totals, connections,
 * certificates. */
#include "designer-api/alert_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "engine/sample.h"

#define JUDGE_HOURS_S 7200 /* windows from this on are read by hours */

double alert__number(const json_t *body, const char *name, double otherwise)
{
    const json_t *value = json_object_get(body, name);
    const char *digits = json_exact_text(value);

    if (digits != NULL)
        return strtod(digits, NULL);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

void alert__span(double seconds, char text[40])
{
    static const struct {
        double size;
        const char *name;
    } units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
    size_t at = 0;
    double count;

    while (at < 3 && seconds < 2 * units[at].size && seconds != units[at].size)
        at++;
    count = floor(seconds / units[at].size);
    snprintf(text, 40, "%.0f %s%s", count, units[at].name, count == 1 ? "" : "s");
}

bool alert__concerns(const struct alert_rule *rule, const char *text)
{
    const char *flow = json_get_text(rule->body, "flow"),
               *environment = json_get_text(rule->body, "environment"),
               *connection = json_get_text(rule->body, "connection");
    struct series_place place;

    return series_place(text, &place) && strcmp(place.workspace, rule->workspace) == 0 &&
           (flow == NULL || strcmp(flow, place.flow) == 0) &&
           (environment == NULL || strcmp(environment, place.environment) == 0) &&
           (connection == NULL || strcmp(connection, text) == 0);
}

/* (5) */
void alert__found(struct alert_look *look, const char *place, double value, const char *text)
{
    const json_t *body = look->rule->body;
    bool over = json_object_get(body, "above") != NULL;
    double limit = alert__number(body, over ? "above" : "below", 0);
    double clear = alert__number(body, "clear", limit);
    bool fires = over ? value > limit : value < limit;
    bool well = over ? value <= clear : value >= clear;
    struct series_place parts;
    struct alert_finding finding = {
        .print = place, .fires = fires, .value = value, .limit = limit, .text = text
    };

    if ((!fires && well) || !series_place(place, &parts))
        return;
    finding.about = json_object();
    check(finding.about != NULL);
    if (strcmp(parts.environment, "*") != 0) /* that is the listener */
        json_object_set_new(finding.about, "environment", json_string(parts.environment));
    if (strcmp(parts.flow, "*") != 0) /* that is a connection which flows share */
        json_object_set_new(finding.about, "flow", json_string(parts.flow));
    if (strchr(place + strlen(parts.workspace) + strlen(parts.environment) + 2, '/') != NULL)
        json_object_set_new(finding.about, "connection", json_string(place));
    look->found(look->arg, &finding);
    json_decref(finding.about);
}

/* ---- Sums of the window, place by place */

struct sums {
    const struct alert_rule *rule;
    struct dict *cells;
};

static struct series_cell *sums_cell(struct sums *sums, const char *place)
{
    struct series_cell *cell = dict_find(sums->cells, place);

    if (cell == NULL) {
        cell = mem_must(sizeof *cell);
        dict_put(sums->cells, place, cell);
    }
    return cell;
}

static bool sums_add(void *arg, const char *place, int64_t at_s, const struct series_cell *cell)
{
    struct sums *sums = arg;

    (void)at_s;
    if (alert__concerns(sums->rule, place))
        series_cell_add(sums_cell(sums, place), cell);
    return true;
}

/* What is live and had no event has its zeros. */
static void sums_live(struct alert_look *look, struct sums *sums)
{
    struct sample_place place;
    char name[STORE_FACT_KEY];
    size_t cursor = 0;

    while (sample_place(look->alerts->rooms.engine, &cursor, &place)) {
        snprintf(name, sizeof name, "%s/%s/%s", place.workspace, place.environment, place.flow);
        if (place.live && alert__concerns(look->rule, name))
            (void)sums_cell(sums, name);
    }
}

static enum err_code sums_read(struct alert_look *look, struct sums *sums, struct err *e)
{
    const struct alerts_rooms *rooms = &look->alerts->rooms;
    int64_t window = json_get_int(look->rule->body, "window_s", 300), now = look->now_ms / 1000;
    json_t *open = series_open(rooms->series);
    struct series_ask read = { .span = { .family = 'f',
                                         .workspace = look->rule->workspace,
                                         .environment =
                                             json_get_text(look->rule->body, "environment"),
                                         .flow = json_get_text(look->rule->body, "flow"),
                                         .from_s = (now - window) / SERIES_MINUTE * SERIES_MINUTE,
                                         .to_s = now + 1 },
                               .step_s = window >= JUDGE_HOURS_S ? SERIES_HOUR : SERIES_MINUTE,
                               .rolled_s = series_rolled(rooms->series) };

    read.span.open = open;
    e->code = series_read(rooms->store, &read, sums_add, sums, e);
    json_decref(open);
    return e->code;
}

/* ---- Kinds */

typedef void judge_fn(struct alert_look *look, const char *place, const struct series_cell *cell);

static const char *name_of(const char *place, const struct alert_look *look)
{
    return place + strlen(look->rule->workspace) + 1; /* "production/orders" */
}

static void judge_rate(struct alert_look *look, const char *place, const struct series_cell *cell)
{
    uint64_t failed = cell->ended[RUN_FAILED], all = failed + cell->ended[RUN_SUCCEEDED];
    double value = all > 0 ? (double)failed / (double)all : 0;
    char text[ALERT_TEXT], span[40];

    if (all < (uint64_t)json_get_int(look->rule->body, "least", 1))
        return;
    alert__span((double)json_get_int(look->rule->body, "window_s", 300), span);
    snprintf(text, sizeof text,
             "%llu of %llu runs of %.260s failed in %s: %.1f %%, and %.1f %% is the limit",
             (unsigned long long)failed, (unsigned long long)all, name_of(place, look), span,
             value * 100, alert__number(look->rule->body, "above", 0) * 100);
    alert__found(look, place, value, text);
}

static uint64_t count_of(const char *metric, const struct series_cell *cell)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = { { "runs.started", cell->started },
                   { "runs.succeeded", cell->ended[RUN_SUCCEEDED] },
                   { "runs.failed", cell->ended[RUN_FAILED] },
                   { "runs.cancelled", cell->ended[RUN_CANCELLED] },
                   { "runs.waiting", cell->ended[RUN_WAITING] + cell->ended[RUN_IN_DOUBT] },
                   { "events.duplicate", cell->duplicates },
                   { "events.refused", cell->refused } };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (strcmp(counts[i].name, metric) == 0)
            return counts[i].value;
    return 0;
}

static void judge_count(struct alert_look *look, const char *place, const struct series_cell *cell)
{
    const json_t *body = look->rule->body;
    const char *metric = json_get_text(body, "metric");
    uint64_t value = count_of(metric, cell);
    bool over = json_object_get(body, "above") != NULL;
    char text[ALERT_TEXT], span[40];

    alert__span((double)json_get_int(body, "window_s", 300), span);
    snprintf(text, sizeof text, "%s of %.260s: %llu in %s, and %s than %.0f is wrong", metric,
             name_of(place, look), (unsigned long long)value, span, over ? "more" : "fewer",
             alert__number(body, over ? "above" : "below", 0));
    alert__found(look, place, (double)value, text);
}

static void judge_latency(struct alert_look *look, const char *place,
                          const struct series_cell *cell)
{
    const json_t *body = look->rule->body;
    int64_t percentile = json_get_int(body, "percentile", 95);
    double value = series_cell_percentile(cell, (double)percentile / 100);
    char text[ALERT_TEXT], span[40];

    if (value < 0 || cell->count < (uint64_t)json_get_int(body, "least", 1))
        return;
    alert__span((double)json_get_int(body, "window_s", 300), span);
    snprintf(
        text, sizeof text,
        "%lld %% of the %llu runs of %.260s took up to %.0f ms in %s, and %.0f ms is the limit",
        (long long)percentile, (unsigned long long)cell->count, name_of(place, look), value, span,
        alert__number(body, "above", 0));
    alert__found(look, place, value, text);
}

static void judge_totals(struct alert_look *look, const char *place, const struct series_cell *cell)
{
    char text[ALERT_TEXT], span[40];

    alert__span((double)json_get_int(look->rule->body, "window_s", 300), span);
    snprintf(text, sizeof text,
             "the control totals of %.260s did not hold in %llu run%s in %s; the runs have failed "
             "and tell which",
             name_of(place, look), (unsigned long long)cell->totals, cell->totals == 1 ? "" : "s",
             span);
    alert__found(look, place, (double)cell->totals, text);
}

static enum err_code judge_series(struct alert_look *look, judge_fn *judge, struct err *e)
{
    struct sums sums = { look->rule, dict_new() };
    struct series_cell *cell;
    const char *place;
    size_t cursor = 0;

    sums_live(look, &sums);
    e->code = sums_read(look, &sums, e);
    while ((cell = dict_next(sums.cells, &cursor, &place)) != NULL) {
        if (e->code == ERR_OK)
            judge(look, place, cell);
        mem_free(cell);
    }
    dict_free(sums.cells);
    return e->code;
}

/* In the words of the screens. */
static void connection_says(const struct sample_connection *one, char *text, size_t size)
{
    size_t waiting = one->waiting + one->parked;
    const char *wait = waiting == 1 ? "run waits" : "runs wait";

    if (one->by_hand)
        snprintf(text, size, "the connection %.300s is halted by a person; %zu %s for it", one->key,
                 waiting, wait);
    else if (strcmp(one->state, "halted") == 0)
        snprintf(text, size, "the sign-in of the connection %.300s is refused: %s; %zu %s for it",
                 one->key, err_about(one->code), waiting, wait);
    else
        snprintf(text, size, "the connection %.300s is not reached: %s; %zu %s for it", one->key,
                 err_about(one->code), waiting, wait);
}

static void judge_connections(struct alert_look *look)
{
    struct sample_connection one;
    char text[ALERT_TEXT];
    size_t cursor = 0;

    while (sample_connection(look->alerts->rooms.engine, &cursor, &one)) {
        if (strcmp(one.state, "open") == 0 || !alert__concerns(look->rule, one.key))
            continue;
        connection_says(&one, text, sizeof text);
        alert__found(look, one.key, 1, text);
    }
}

/* ---- Certificates: how many days they are valid yet */

static void certificate_found(struct alert_look *look, const char *place, const char *whose,
                              int64_t until_ms)
{
    double days = (double)(until_ms - look->now_ms) / 86400000;
    char text[ALERT_TEXT], at[CLOCK_TEXT], span[40];

    clock_text(until_ms, at);
    alert__span(days > 0 ? days * 86400 : 0, span);
    snprintf(text, sizeof text, "the certificate of %.300s %s %s (%s); put a new one in its place",
             whose, days > 0 ? "expires in" : "has expired, at", days > 0 ? span : at, at);
    alert__found(look, place, days, text);
}

static void judge_certificate(void *arg, const char *connection, int64_t until_ms)
{
    struct alert_look *look = arg;
    char whose[ALERT_TEXT];

    if (!alert__concerns(look->rule, connection))
        return;
    snprintf(whose, sizeof whose, "the connection %.500s", connection);
    certificate_found(look, connection, whose, until_ms);
}

/* The listener is no workspace's: rules of the workspace main tell of it, unless they name another
 * thing. */
static void judge_certificates(struct alert_look *look)
{
    static const char *const names[] = { "flow", "environment", "connection" };
    const struct http_in *listener = look->alerts->listener;
    bool whole = strcmp(look->rule->workspace, "main") == 0;
    int64_t until_ms = listener != NULL ? http_in_certificate_until(listener) : 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        whole = whole && json_object_get(look->rule->body, names[i]) == NULL;
    if (whole && until_ms != 0)
        certificate_found(look, "main/*/*", "the listener", until_ms);
    sample_certificates(look->alerts->rooms.engine, judge_certificate, look);
}

enum err_code alert__judge(struct alert_look *look, struct err *e)
{
    static const struct {
        const char *kind;
        judge_fn *judge;
    } kinds[] = { { "failure_rate", judge_rate },
                  { "count", judge_count },
                  { "latency", judge_latency },
                  { "totals", judge_totals } };
    const char *kind = json_get_text(look->rule->body, "kind");

    check(kind != NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, kind) == 0)
            return judge_series(look, kinds[i].judge, e);
    if (strcmp(kind, "age") == 0)
        return alert__judge_age(look, e);
    if (strcmp(kind, "missing") == 0)
        return alert__judge_missing(look, e);
    if (strcmp(kind, "certificate") == 0)
        judge_certificates(look);
    else
        judge_connections(look);
    return ERR_OK;
}
