/* tally.c - see tally.h. Names and labels are what monitoring relies on: they do not change. */
#include "engine/tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/run.h"
#include "rules/budget.h"

const int64_t tally_bounds_ms[TALLY_BOUNDS] = { 1,   2,   5,    10,   25,    50,
                                                100, 250, 1000, 5000, 60000, 600000 };

/* Failed steps, by the kind of failure. */
struct tally_steps {
    const struct node_type *type;
    uint64_t done, again;
    uint64_t failed[ERR_COUNT];
};

void tally_init(struct tally *tally, int64_t wall)
{
    memset(tally, 0, sizeof *tally);
    tally->since = wall;
    table_init(&tally->steps);
}

void tally_fini(struct tally *tally)
{
    struct tally_steps *steps;
    size_t cursor = 0;

    while ((steps = table_next(&tally->steps, &cursor)) != NULL)
        mem_free(steps);
    table_fini(&tally->steps);
}

void tally_time(struct tally_times *times, int64_t ms)
{
    unsigned at = 0;

    while (at < TALLY_BOUNDS && ms > tally_bounds_ms[at])
        at++;
    times->counts[at]++;
    times->count++;
    times->sum_ms += ms > 0 ? ms : 0;
}

unsigned tally_spread_at(int64_t ms)
{
    uint64_t value = ms > 0 ? (uint64_t)ms : 0;
    unsigned octave, bucket;

    if (value < 16)
        return (unsigned)value;
    octave = 63 - (unsigned)__builtin_clzll(value); /* from 4 */
    bucket = 16 + (octave - 4) * 8 + (unsigned)(value >> (octave - 3) & 7);
    return bucket < TALLY_SPREAD ? bucket : TALLY_SPREAD - 1;
}

int64_t tally_spread_from(unsigned bucket)
{
    unsigned octave = 4 + (bucket - 16) / 8;

    if (bucket < 16)
        return bucket;
    return (INT64_C(8) + (bucket - 16) % 8) << (octave - 3);
}

static struct tally_steps *tally_steps(struct tally *tally, const struct node_type *type)
{
    uint64_t key = (uint64_t)(uintptr_t)type;
    struct tally_steps *steps = table_find(&tally->steps, key);

    if (steps != NULL)
        return steps;
    steps = mem_must(sizeof *steps);
    steps->type = type;
    table_put(&tally->steps, key, steps);
    return steps;
}

void tally_step_done(struct tally *tally, const struct node_type *type)
{
    tally_steps(tally, type)->done++;
}

void tally_step_failed(struct tally *tally, const struct node_type *type, enum err_code code,
                       bool again)
{
    struct tally_steps *steps = tally_steps(tally, type);

    steps->failed[code]++;
    steps->again += again;
}

void tally_refused(struct run *run)
{
    struct tally_flow *flow = &run->deployment->tally;

    if (run->commit.code == ERR_DUPLICATE)
        flow->duplicates++;
    else
        flow->refused++;
}

static void tally_took(struct tally_flow *flow, int64_t ms)
{
    tally_time(&flow->times, ms);
    flow->spread[tally_spread_at(ms)]++;
}

void tally_ended(struct run *run, enum run_status status)
{
    struct tally_flow *flow = &run->deployment->tally;

    check((unsigned)status < TALLY_STATUSES);
    flow->ended[status]++;
    if (status == RUN_WAITING || status == RUN_IN_DOUBT)
        return;
    tally_took(flow, run->engine->wall - run->received_ms);
    money_ended(run, status);
}

void tally_lost(struct deployment *d, int64_t took_ms, const struct money *money)
{
    d->tally.ended[RUN_FAILED]++;
    tally_took(&d->tally, took_ms);
    money_lost(d, money);
}

const struct tally_money *tally_money_find(const struct tally_money list[TALLY_CURRENCIES],
                                           const char *currency)
{
    for (size_t i = 0; i < TALLY_CURRENCIES && list[i].currency[0] != '\0'; i++)
        if (strcmp(list[i].currency, currency) == 0)
            return &list[i];
    return NULL;
}

bool tally_money_add(struct tally_money list[TALLY_CURRENCIES], const struct tally_money *one)
{
    struct tally_money sum = *one;
    size_t at = 0;
    struct err e;

    while (at < TALLY_CURRENCIES && list[at].currency[0] != '\0' &&
           strcmp(list[at].currency, one->currency) != 0)
        at++;
    if (at == TALLY_CURRENCIES)
        return false;
    for (unsigned i = 0; i < TALLY_MONEY_KINDS; i++) {
        if (decimal_add(&sum.sums[i], &list[at].sums[i], &one->sums[i], &e) != ERR_OK)
            return false;
        sum.runs[i] += list[at].runs[i];
    }
    list[at] = sum;
    return true;
}

void tally_commit(struct tally *tally, bool kept)
{
    if (kept)
        tally->commits++;
    else
        tally->commit_failures++;
}

void tally_commit_took(struct tally *tally, int64_t ms)
{
    tally_time(&tally->commit_times, ms);
}

/* ---- The text */

static void metric_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void metric_one(struct buf *out, const char *name, const char *type, const char *help,
                       int64_t value)
{
    metric_head(out, name, type, help);
    buf_addf(out, "%s %" PRId64 "\n", name, value);
}

/* Of a label's value: '\', '"' and line ends. */
static void metric_text(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"')
            buf_add_char(out, '\\');
        if (*text == '\n')
            buf_add_text(out, "\\n");
        else
            buf_add_char(out, *text);
    }
}

static void metric_flow(struct buf *out, const char *name, const struct deployment *d)
{
    buf_addf(out, "%s{workspace=\"", name);
    metric_text(out, d->workspace);
    buf_add_text(out, "\",environment=\"");
    metric_text(out, d->environment);
    buf_add_text(out, "\",flow=\"");
    metric_text(out, d->slug);
    buf_add_char(out, '"');
}

static void metric_seconds(struct buf *out, int64_t ms)
{
    buf_addf(out, "%" PRId64 ".%03" PRId64, ms / 1000, ms % 1000);
}

/* d: NULL for times of no flow. */
static void metric_times(struct buf *out, const char *name, const struct deployment *d,
                         const struct tally_times *times)
{
    char full[64];
    uint64_t sum = 0;

    snprintf(full, sizeof full, "%s_bucket", name);
    for (unsigned i = 0; i <= TALLY_BOUNDS; i++) {
        sum += times->counts[i];
        if (d != NULL)
            metric_flow(out, full, d);
        else
            buf_addf(out, "%s{", full);
        buf_addf(out, "%sle=\"", d != NULL ? "," : "");
        if (i < TALLY_BOUNDS)
            metric_seconds(out, tally_bounds_ms[i]);
        else
            buf_add_text(out, "+Inf");
        buf_addf(out, "\"} %" PRIu64 "\n", sum);
    }
    snprintf(full, sizeof full, "%s_sum", name);
    if (d != NULL)
        metric_flow(out, full, d);
    else
        buf_add_text(out, full);
    buf_add_text(out, d != NULL ? "} " : " ");
    metric_seconds(out, times->sum_ms);
    snprintf(full, sizeof full, "\n%s_count", name);
    if (d != NULL) {
        buf_add_char(out, '\n');
        metric_flow(out, full + 1, d);
        buf_add_char(out, '}');
    } else {
        buf_add_text(out, full);
    }
    buf_addf(out, " %" PRIu64 "\n", times->count);
}

typedef void metric_flow_fn(struct buf *out, const struct deployment *d);

static void metric_each_flow(const struct engine *engine, struct buf *out, metric_flow_fn *write)
{
    const struct deployment *d;
    size_t cursor = 0;

    while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL)
        write(out, d);
}

static void metric_events(struct buf *out, const struct deployment *d)
{
    static const char *const outcomes[] = { "accepted", "duplicate", "refused" };
    const uint64_t counts[] = { d->tally.events, d->tally.duplicates, d->tally.refused };

    for (unsigned i = 0; i < 3; i++) {
        metric_flow(out, "weft_events_total", d);
        buf_addf(out, ",outcome=\"%s\"} %" PRIu64 "\n", outcomes[i], counts[i]);
    }
}

static void metric_ended(struct buf *out, const struct deployment *d)
{
    for (unsigned i = 0; i < TALLY_STATUSES; i++) {
        if (i == RUN_ACTIVE)
            continue;
        metric_flow(out, "weft_runs_ended_total", d);
        buf_addf(out, ",status=\"%s\"} %" PRIu64 "\n", run_status_name((enum run_status)i),
                 d->tally.ended[i]);
    }
}

static void metric_duration(struct buf *out, const struct deployment *d)
{
    metric_times(out, "weft_run_duration_seconds", d, &d->tally.times);
}

static void metric_running(struct buf *out, const struct deployment *d)
{
    metric_flow(out, "weft_runs_running", d);
    buf_addf(out, "} %u\n", d->running);
}

static void metric_queued(struct buf *out, const struct deployment *d)
{
    unsigned queued = 0;

    for (const struct run *run = d->waiting; run != NULL; run = run->place_next)
        queued++;
    metric_flow(out, "weft_runs_queued", d);
    buf_addf(out, "} %u\n", queued);
}

static void metric_lanes(struct buf *out, const struct deployment *d)
{
    metric_flow(out, "weft_lanes", d);
    buf_addf(out, "} %zu\n", dict_count(d->lanes));
}

static void metric_totals(struct buf *out, const struct deployment *d)
{
    metric_flow(out, "weft_totals_broken_total", d);
    buf_addf(out, "} %" PRIu64 "\n", d->tally.totals);
}

static void metrics_flows(const struct engine *engine, struct buf *out)
{
    metric_head(out, "weft_events_total", "counter", "Events by what became of them.");
    metric_each_flow(engine, out, metric_events);
    metric_head(out, "weft_runs_ended_total", "counter",
                "Runs that left memory, by what they came to; waiting and in_doubt go on later.");
    metric_each_flow(engine, out, metric_ended);
    metric_head(out, "weft_run_duration_seconds", "histogram",
                "From the event to the end of its run.");
    metric_each_flow(engine, out, metric_duration);
    metric_head(out, "weft_runs_running", "gauge", "Runs that hold one of their flow's places.");
    metric_each_flow(engine, out, metric_running);
    metric_head(out, "weft_runs_queued", "gauge", "Runs that wait for a place of their flow.");
    metric_each_flow(engine, out, metric_queued);
    metric_head(out, "weft_lanes", "gauge", "Order keys with runs that work or wait.");
    metric_each_flow(engine, out, metric_lanes);
    metric_head(out, "weft_totals_broken_total", "counter",
                "Runs whose control totals did not hold.");
    metric_each_flow(engine, out, metric_totals);
}

static void metrics_rules(struct buf *out)
{
    static const char *const budgets[RULE_BUDGETS] = { "instructions", "time", "memory", "text" };

    metric_head(out, "weft_rule_budgets_total", "counter",
                "Rules that were stopped because a budget was used up.");
    for (unsigned i = 0; i < RULE_BUDGETS; i++)
        buf_addf(out, "weft_rule_budgets_total{budget=\"%s\"} %" PRIu64 "\n", budgets[i],
                 rules_spent((enum rule_budget)i));
}

static void metrics_steps(const struct engine *engine, struct buf *out)
{
    const struct tally_steps *steps;
    size_t cursor = 0;

    metric_head(out, "weft_steps_done_total", "counter",
                "Steps computed to a good end, by node type; those of "
                "repeated deliveries, too.");
    while ((steps = table_next(&engine->tally.steps, &cursor)) != NULL)
        buf_addf(out, "weft_steps_done_total{type=\"%s\"} %" PRIu64 "\n", steps->type->name,
                 steps->done);
    metric_head(out, "weft_steps_failed_total", "counter",
                "Attempts that failed, by node type and kind of failure.");
    for (cursor = 0; (steps = table_next(&engine->tally.steps, &cursor)) != NULL;)
        for (unsigned i = 0; i < ERR_COUNT; i++)
            if (steps->failed[i] > 0)
                buf_addf(out, "weft_steps_failed_total{type=\"%s\",kind=\"%s\"} %" PRIu64 "\n",
                         steps->type->name, err_name((enum err_code)i), steps->failed[i]);
    metric_head(out, "weft_steps_retried_total", "counter",
                "Of these, those that are tried again.");
    for (cursor = 0; (steps = table_next(&engine->tally.steps, &cursor)) != NULL;)
        if (steps->again > 0)
            buf_addf(out, "weft_steps_retried_total{type=\"%s\"} %" PRIu64 "\n", steps->type->name,
                     steps->again);
}

static enum err_code metrics_connections(struct engine *engine, struct buf *out, struct err *e)
{
    static const char *const gauges[][3] = {
        { "weft_connection_calls", "calls", "Calls under way." },
        { "weft_connection_waiting", "waiting", "Runs in memory that wait for the connection." },
        { "weft_connection_parked", "parked", "Runs that wait for it as rows." },
    };
    json_t *list = engine_connections(engine, e), *one;
    size_t at;

    if (list == NULL)
        return e->code;
    metric_head(out, "weft_connection_up", "gauge",
                "1: open or throttled, 0: broken or halted; the state is a label.");
    json_array_foreach(list, at, one)
    {
        const char *state = json_get_text(one, "state");

        buf_add_text(out, "weft_connection_up{connection=\"");
        metric_text(out, json_get_text(one, "connection"));
        buf_addf(out, "\",state=\"%s\"} %d\n", state,
                 strcmp(state, "open") == 0 || strcmp(state, "throttled") == 0);
    }
    for (size_t i = 0; i < sizeof gauges / sizeof *gauges; i++) {
        metric_head(out, gauges[i][0], "gauge", gauges[i][2]);
        json_array_foreach(list, at, one)
        {
            buf_addf(out, "%s{connection=\"", gauges[i][0]);
            metric_text(out, json_get_text(one, "connection"));
            buf_addf(out, "\"} %" PRId64 "\n", json_get_int(one, gauges[i][1], 0));
        }
    }
    json_decref(list);
    return ERR_OK;
}

/* Of the process, as the kernel says it; 0: it does not. */
static int64_t metric_resident(void)
{
    char *text, *second;
    int64_t pages = 0;
    size_t size;
    struct err e;

    if (file_read("/proc/self/statm", 4096, &text, &size, &e) != ERR_OK)
        return 0;
    second = strchr(text, ' ');
    for (second += second != NULL; second != NULL && *second >= '0' && *second <= '9'; second++)
        pages = pages * 10 + (*second - '0');
    mem_free(text);
    return pages * (int64_t)sysconf(_SC_PAGESIZE);
}

enum err_code engine_metrics(struct engine *engine, struct buf *out, struct err *e)
{
    const struct tally *tally = &engine->tally;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    engine_moment(engine);
    metric_one(out, "weft_start_time_seconds", "gauge", "When the program started, since 1970.",
               tally->since / 1000);
    metrics_flows(engine, out);
    metrics_steps(engine, out);
    metrics_rules(out);
    metric_one(out, "weft_runs_in_memory", "gauge", "Unfinished runs in memory.",
               (int64_t)engine->runs.count);
    metric_one(out, "weft_timers", "gauge", "Timers that are set.", (int64_t)engine->due_count);
    metric_one(out, "weft_commits_pending", "gauge", "Batches in the hands of the store.",
               (int64_t)engine->commits);
    metric_one(out, "weft_commits_total", "counter",
               "Batches of runs and of changes that the store has kept.", (int64_t)tally->commits);
    metric_one(out, "weft_commit_failures_total", "counter", "Batches that it has refused.",
               (int64_t)tally->commit_failures);
    metric_head(out, "weft_commit_duration_seconds", "histogram",
                "From the leaving of a run's batch to its being durable.");
    metric_times(out, "weft_commit_duration_seconds", NULL, &tally->commit_times);
    if (metrics_connections(engine, out, e) != ERR_OK)
        return e->code;
    metric_one(out, "weft_memory_bytes", "gauge", "Memory in use.", (int64_t)mem_used());
    metric_one(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
               metric_resident());
    return buf_ok(out) ? ERR_OK : err_set(e, ERR_MEMORY, "no memory for the measurements");
}
