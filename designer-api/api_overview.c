/* api_overview.c - the dashboard's cards in one answer. What the engine knows is brought along from
 * the loop; what the store knows is counted beside it, in slices as long as a look: between them
 * others are answered, so that a dashboard that many have open keeps nobody's list waiting. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/alert.h"
#include "designer-api/api_priv.h"
#include "designer-api/desk.h"
#include "designer-api/series.h"
#include "designer-api/when.h"
#include "engine/dead.h"
#include "engine/operate.h"
#include "engine/sample.h"
#include "rules/zone.h"
#include "store/look.h"

#define OVERVIEW_FLOWS  5u  /* the slowest */
#define OVERVIEW_SLICES 12u /* that each of the counts has */

enum overview_part { OVERVIEW_TASKS, OVERVIEW_DEAD, OVERVIEW_WAITING, OVERVIEW_DONE };

struct overview {
    struct beside_ask *look;
    const char *workspace, *environment;
    struct series_cell today;
    unsigned exceptions[DESK_TYPES], waiting, seen;
    int64_t oldest_ms;
    bool incomplete;
    /* where the count goes on */
    enum overview_part part;
    unsigned slices;
    bool left; /* of this part: */
    char after[STORE_FACT_KEY + 1];
    uint64_t before;
    /* the slowest flows of the last hour */
    char place[1100];
    struct series_cell sum;
    json_t *flows;
};

/* ---- From the loop */

static void overview_places(struct ask *ask, const char *environment, json_t *given)
{
    struct sample_place place;
    json_int_t running = 0, queued = 0;
    size_t cursor = 0;

    while (sample_place(ask_engine(ask), &cursor, &place)) {
        if ((ask->who->workspace[0] != '\0' && strcmp(place.workspace, ask->who->workspace) != 0) ||
            (environment != NULL && strcmp(place.environment, environment) != 0))
            continue;
        running += place.running;
        queued += place.queued;
    }
    json_object_set_new(given, "running", json_integer(running));
    json_object_set_new(given, "queued", json_integer(queued));
}

static void overview_connections(struct ask *ask, const char *environment, json_t *given)
{
    struct sample_connection one;
    struct series_place place;
    json_t *list = json_array(), *json;
    size_t cursor = 0;

    while (sample_connection(ask_engine(ask), &cursor, &one)) {
        if (strcmp(one.state, "open") == 0 || !series_place(one.key, &place) ||
            (ask->who->workspace[0] != '\0' && strcmp(place.workspace, ask->who->workspace) != 0) ||
            (environment != NULL && strcmp(place.environment, environment) != 0))
            continue;
        json = json_pack("{s:s, s:s, s:s, s:b, s:s, s:o, s:i, s:i}", "connection", one.key, "state",
                         one.state, "kind", err_name(one.code), "by_hand", (int)one.by_hand, "text",
                         one.text, "since_at", when_json(one.since_ms), "waiting", (int)one.waiting,
                         "parked", (int)one.parked);
        json_array_append_new(list, json);
    }
    json_object_set_new(given, "connections", list);
}

/* ---- Counts of the store */

static bool overview_today(void *arg, const char *place, int64_t at_s,
                           const struct series_cell *cell)
{
    struct overview *o = arg;

    (void)place;
    (void)at_s;
    series_cell_add(&o->today, cell);
    return true;
}

static void overview_older(struct overview *o, const char *since)
{
    int64_t ms;

    if (since != NULL && when_read(since, &ms) && (o->oldest_ms == 0 || ms < o->oldest_ms))
        o->oldest_ms = ms;
}

static bool overview_task(void *arg, const struct store_fact *fact)
{
    struct overview *o = arg;
    json_t *task = desk_task(fact);
    const char *workspace = json_get_text(task, "workspace"),
               *environment = json_get_text(task, "environment");
    enum desk_type type;

    if (task != NULL && desk_type_find(json_get_text(task, "type"), &type) &&
        (o->workspace == NULL || (workspace != NULL && strcmp(workspace, o->workspace) == 0)) &&
        (o->environment == NULL ||
         (environment != NULL && strcmp(environment, o->environment) == 0))) {
        o->exceptions[type]++;
        overview_older(o, json_get_text(task, "since"));
    }
    json_decref(task);
    snprintf(o->after, sizeof o->after, "%s", fact->key);
    o->left = ++o->seen % 32 == 0 && effort_over(&o->look->effort);
    return !o->left;
}

static enum store_look_word overview_dead(void *arg, const struct store_run *run)
{
    struct overview *o = arg;

    if (!engine_dead_is(run) || engine_dead_settled(o->look->store, run->run, &o->look->e))
        return LOOK_PASS;
    o->exceptions[DESK_DEAD]++;
    if (o->oldest_ms == 0 || run->ended_ms < o->oldest_ms)
        o->oldest_ms = run->ended_ms;
    return LOOK_PASS;
}

static enum store_look_word overview_waiting(void *arg, const struct store_run *run)
{
    struct overview *o = arg;

    (void)run;
    o->waiting++;
    return LOOK_PASS;
}

static enum err_code overview_runs(struct overview *o, unsigned statuses, store_look_fn *visit,
                                   struct err *e)
{
    const struct store_look look = { .workspace = o->workspace,
                                     .environment = o->environment,
                                     .statuses = statuses,
                                     .before = o->before,
                                     .bare = (statuses & STORE_LOOK_STATUS(RUN_CANCELLED)) == 0,
                                     .effort = &o->look->effort };
    struct store_look_end end;

    if (store_look(o->look->store, &look, visit, o, &end, e) != ERR_OK)
        return e->code;
    o->before = end.before;
    o->left = end.before != 0;
    return ERR_OK;
}

/* ---- The slowest flows */

static void flow_put(struct overview *o)
{
    struct series_place place;

    if (o->place[0] != '\0' && o->sum.count > 0 && series_place(o->place, &place))
        json_array_append_new(o->flows, json_pack("{s:s, s:s, s:I, s:f, s:f, s:f}", "flow",
                                                  place.flow, "environment", place.environment,
                                                  "runs", (json_int_t)o->sum.count, "p50_ms",
                                                  series_cell_percentile(&o->sum, 0.5), "p95_ms",
                                                  series_cell_percentile(&o->sum, 0.95), "p99_ms",
                                                  series_cell_percentile(&o->sum, 0.99)));
    o->place[0] = '\0';
}

static bool flow_add(void *arg, const char *place, int64_t at_s, const struct series_cell *cell)
{
    struct overview *o = arg;

    (void)at_s;
    if (strcmp(o->place, place) != 0) {
        flow_put(o);
        snprintf(o->place, sizeof o->place, "%s", place);
        o->sum = (struct series_cell){ .started = 0 };
    }
    series_cell_add(&o->sum, cell);
    return true;
}

static double flow_speed(const json_t *flow)
{
    return json_real_value(json_object_get(flow, "p95_ms"));
}

static json_t *flows_slowest(json_t *flows)
{
    json_t *list = json_array(), *one;
    size_t i;

    while (json_array_size(flows) > 0 && json_array_size(list) < OVERVIEW_FLOWS) {
        size_t most = 0;

        json_array_foreach(flows, i, one)
        {
            if (flow_speed(one) > flow_speed(json_array_get(flows, most)))
                most = i;
        }
        json_array_append(list, json_array_get(flows, most));
        json_array_remove(flows, most);
    }
    return list;
}

/* ---- The whole */

static enum err_code overview_series(struct overview *o, int64_t today_s, struct err *e)
{
    const json_t *given = o->look->given;
    struct series_ask read = {
        .span = { .family = 'f',
                  .workspace = o->workspace,
                  .environment = o->environment,
                  .from_s = today_s },
        .step_s = SERIES_HOUR,
        .rolled_s = json_get_int(given, "rolled", 0),
    };
    int64_t now_s = json_get_int(given, "now", 0);

    read.span.open = json_object_get(given, "open");
    read.span.to_s = now_s + 1;
    if (series_read(o->look->store, &read, overview_today, o, e) != ERR_OK)
        return e->code;
    read.span.from_s = now_s - SERIES_HOUR;
    read.step_s = SERIES_MINUTE;
    read.span.open = NULL; /* whole minutes: in the order of their places */
    if (series_read(o->look->store, &read, flow_add, o, e) != ERR_OK)
        return e->code;
    flow_put(o);
    return ERR_OK;
}

static enum err_code overview_count(struct overview *o, struct err *e)
{
    const struct store_facts_filter tasks = { .kind = FACT_TASK,
                                              .after = o->after[0] != '\0' ? o->after : NULL };

    o->left = false;
    switch (o->part) {
    case OVERVIEW_TASKS:
        return store_facts(o->look->store, &tasks, overview_task, o, e);
    case OVERVIEW_DEAD:
        return overview_runs(o, engine_dead_statuses(o->look->store), overview_dead, e);
    default:
        return overview_runs(o, STORE_LOOK_STATUS(RUN_WAITING) | STORE_LOOK_STATUS(RUN_IN_DOUBT),
                             overview_waiting, e);
    }
}

/* One slice, of several parts when they are small. */
static enum err_code overview_slice(struct overview *o, struct err *e)
{
    do {
        if (overview_count(o, e) != ERR_OK)
            return e->code;
        if (o->left && ++o->slices < OVERVIEW_SLICES)
            return ERR_OK;
        o->incomplete = o->incomplete || o->left;
        o->part++;
        o->slices = 0;
        o->before = 0;
    } while (o->part != OVERVIEW_DONE && !effort_over(&o->look->effort));
    return ERR_OK;
}

static json_t *overview_json(struct overview *o, int64_t today_s)
{
    const struct series_cell *t = &o->today;
    json_t *given = o->look->given, *out = json_object(), *list = json_object();
    json_t *connections = json_object_get(given, "connections");

    o->exceptions[DESK_CONNECTION] = (unsigned)json_array_size(connections);
    for (unsigned i = 0; i < DESK_TYPES; i++)
        json_object_set_new(list, desk_type_name((enum desk_type)i),
                            json_integer(o->exceptions[i]));
    json_object_set_new(out, "at", when_json(json_get_int(given, "now", 0) * 1000));
    json_object_set_new(out, "today_at", when_json(today_s * 1000));
    json_object_set(out, "running", json_object_get(given, "running"));
    json_object_set(out, "queued", json_object_get(given, "queued"));
    json_object_set_new(out, "waiting", json_integer(o->waiting));
    json_object_set_new(
        out, "today",
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "started", (json_int_t)t->started,
                  "succeeded", (json_int_t)t->ended[RUN_SUCCEEDED], "failed",
                  (json_int_t)t->ended[RUN_FAILED], "cancelled",
                  (json_int_t)t->ended[RUN_CANCELLED], "waiting",
                  (json_int_t)(t->ended[RUN_WAITING] + t->ended[RUN_IN_DOUBT]), "duplicates",
                  (json_int_t)t->duplicates, "refused", (json_int_t)t->refused));
    json_object_set_new(out, "exceptions", list);
    if (o->oldest_ms != 0)
        json_object_set_new(out, "oldest_exception_at", when_json(o->oldest_ms));
    json_object_set(out, "connections", connections);
    json_object_set(out, "alerts", json_object_get(given, "alerts"));
    json_object_set_new(out, "slowest", flows_slowest(o->flows));
    json_object_set_new(out, "incomplete", json_boolean(o->incomplete));
    return out;
}

static void overview_drop(void *kept)
{
    struct overview *o = kept;

    json_decref(o->flows);
    mem_free(o);
}

static struct overview *overview_new(struct beside_ask *look)
{
    struct overview *o = mem_must(sizeof *o);

    o->look = look;
    o->workspace = beside_workspace(look);
    o->environment = ask_text(&look->ask, "environment");
    o->flows = json_array();
    look->kept = o;
    look->drop = overview_drop;
    return o;
}

static void overview_work(struct beside_ask *look)
{
    int64_t today_s = json_get_int(look->given, "today", 0);
    struct overview *o = look->kept;

    if (o == NULL) {
        o = overview_new(look);
        if (overview_series(o, today_s, &look->e) != ERR_OK)
            return;
    }
    if (overview_slice(o, &look->e) != ERR_OK)
        return;
    if (o->part == OVERVIEW_DONE)
        look->value = overview_json(o, today_s);
    else
        beside_again(look);
}

static void overview_get(struct ask *ask)
{
    const char *environment = ask_text(ask, "environment");
    struct series *series = ask->api->rooms.series;
    struct clock *clock = ask_clock(ask);
    int64_t now = clock->wall_ms(clock);
    struct err e = { .code = ERR_OK };
    struct zone *zone = zone_open(ask_text(ask, "zone"), &e);
    struct cron_time local;
    json_t *given;

    if (zone == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    zone_local(zone, now, &local);
    local.hour = local.minute = 0;
    given = json_pack("{s:I, s:I, s:I}", "now", (json_int_t)(now / 1000), "today",
                      (json_int_t)(zone_moment(zone, local) / 1000), "rolled",
                      (json_int_t)(series != NULL ? series_rolled(series) : 0));
    zone_close(zone);
    check(given != NULL);
    if (series != NULL)
        json_object_set_new(given, "open", series_open(series));
    json_object_set_new(given, "alerts",
                        alerts_counts(ask->api->rooms.alerts, ask->who->workspace));
    overview_places(ask, environment, given);
    overview_connections(ask, environment, given);
    beside_ask(ask, overview_work, NULL, given);
}

const struct ask_bind overview_binds[] = { { "getOverview", overview_get }, { NULL, NULL } };
