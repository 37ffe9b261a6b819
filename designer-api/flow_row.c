/* flow_row.c - see api_flow_priv.h. */
#include "designer-api/api_flow_priv.h"

#include <string.h>

#include "base/clock.h"
#include "base/ident.h"
#include "base/table.h"
#include "designer-api/api_priv.h"
#include "designer-api/draft.h"
#include "designer-api/origin.h"
#include "designer-api/series.h"
#include "designer-api/sheet.h"
#include "engine/flows.h"
#include "store/look.h"

struct flow_rows {
    struct ask *ask;
    const char *environment;
    json_t *places;      /* {FLOW: [where it works]} */
    struct dict *pulses; /* flow to struct pulse */
    json_t *can;
    int64_t now_s;
};

/* ---- What all rows have in common */

static json_t *rows_can(const struct ask *ask)
{
    static const struct {
        enum permission permission;
        const char *act;
    } acts[] = {
        { MAY_FLOWS_WRITE, "write" },   { MAY_RULES_WRITE, "write_rules" },
        { MAY_FLOWS_DEPLOY, "deploy" }, { MAY_DEPLOY_APPROVE, "approve" },
        { MAY_RUNS_ACT, "run" },
    };
    json_t *can = json_array();

    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (who_may(ask->who, acts[i].permission))
            json_array_append_new(can, json_string(acts[i].act));
    return can;
}

static json_t *rows_places(struct ask *ask, const char *flow)
{
    json_t *list = engine_flow_places(ask_engine(ask), ask->who->workspace, flow), *places, *place,
           *own;
    size_t i;

    places = json_object();
    json_array_foreach(list, i, place)
    {
        const char *name = json_get_text(place, "flow");

        own = json_object_get(places, name);
        if (own == NULL) {
            own = json_array();
            json_object_set_new(places, name, own);
        }
        json_array_append(own, place);
    }
    json_decref(list);
    return places;
}

static void rows_pulse(void *arg, const char *place, const struct pulse *pulse)
{
    struct flow_rows *rows = arg;
    struct series_place name;
    struct pulse *own;

    if (!series_place(place, &name) || strcmp(name.workspace, rows->ask->who->workspace) != 0 ||
        (rows->environment != NULL && strcmp(name.environment, rows->environment) != 0))
        return;
    own = dict_find(rows->pulses, name.flow);
    if (own == NULL) {
        own = mem_must(sizeof *own);
        *own = (struct pulse){ .hour_s = 0 };
        pulse_move(own, rows->now_s);
        dict_put(rows->pulses, name.flow, own);
    }
    pulse_merge(own, pulse);
}

struct flow_rows *flow_rows_new(struct ask *ask, const char *flow, const char *environment)
{
    struct flow_rows *rows = mem_must(sizeof *rows);
    struct clock *clock = ask_clock(ask);

    *rows = (struct flow_rows){ .ask = ask,
                                .environment = environment,
                                .places = rows_places(ask, flow),
                                .pulses = dict_new(),
                                .can = rows_can(ask),
                                .now_s = clock->wall_ms(clock) / 1000 };
    if (ask->api->rooms.series != NULL)
        series_pulses(ask->api->rooms.series, rows_pulse, rows);
    return rows;
}

void flow_rows_free(struct flow_rows *rows)
{
    struct pulse *pulse;
    size_t cursor = 0;

    while ((pulse = dict_next(rows->pulses, &cursor, NULL)) != NULL)
        mem_free(pulse);
    dict_free(rows->pulses);
    json_decref(rows->places);
    json_decref(rows->can);
    mem_free(rows);
}

json_t *flow_rows_names(struct flow_rows *rows, struct err *e)
{
    json_t *names = json_object(), *place;
    const char *flow;

    if (sheets_names(rows->ask->api->sheets, rows->ask, names, e) != ERR_OK) {
        json_decref(names);
        return NULL;
    }
    json_object_foreach(rows->places, flow, place)
    {
        json_object_set_new(names, flow, json_true());
    }
    return names;
}

/* ---- How it does */

static json_t *health_hours(const struct pulse *pulse)
{
    json_t *succeeded = json_array(), *failed = json_array();

    for (unsigned i = 0; i < PULSE_HOURS; i++) {
        json_array_append_new(succeeded, json_integer(pulse->hours[i].succeeded));
        json_array_append_new(failed, json_integer(pulse->hours[i].failed));
    }
    return json_pack("{s:o, s:o}", "succeeded", succeeded, "failed", failed);
}

static json_t *row_health(const struct flow_rows *rows, const char *flow, const json_t *places)
{
    const struct pulse *own = dict_find(rows->pulses, flow);
    struct pulse pulse = { .hour_s = 0 };
    struct pulse_hour sum = { 0, 0, 0 };
    int64_t unfinished = 0;
    json_t *place, *json;
    size_t i;

    pulse_move(&pulse, rows->now_s);
    if (own != NULL)
        sum = pulse_sum(own);
    json_array_foreach(places, i, place)
    {
        unfinished += json_get_int(place, "running", 0) + json_get_int(place, "waiting", 0);
    }
    json = json_pack("{s:o, s:I, s:I, s:I}", "since",
                     draft_moment((pulse.hour_s - (PULSE_HOURS - 1) * (int64_t)SERIES_HOUR) * 1000),
                     "runs", (json_int_t)sum.runs, "failed", (json_int_t)sum.failed, "unfinished",
                     (json_int_t)unfinished);
    check(json != NULL);
    if (sum.succeeded + sum.failed > 0)
        json_object_set_new(json, "hours", health_hours(own));
    return json;
}

static enum store_look_word row_last(void *arg, const struct store_run *run)
{
    char id[IDENT_TEXT];

    ident_text(run->run, id);
    *(json_t **)arg =
        json_pack("{s:s, s:s, s:o}", "run", id, "status", run_status_name(run->status),
                  "received_at", draft_moment(run->received_ms));
    return LOOK_TAKE;
}

void flow_row_last(struct ask *ask, json_t *row)
{
    const struct store_look look = { .workspace = ask->who->workspace,
                                     .flow = json_get_text(row, "flow"),
                                     .limit = 1 };
    struct store_look_end end;
    json_t *last = NULL;
    struct err e;

    if (store_look(ask_store(ask), &look, row_last, &last, &end, &e) == ERR_OK && last != NULL)
        json_object_set_new(json_object_get(row, "health"), "last_run", last);
}

/* ---- One flow */

/* What is live: in production, else in the first environment. "": nowhere. */
static const json_t *row_live(const struct flow_rows *rows, const char *flow, const json_t *places,
                              char digest[DIGEST_TEXT])
{
    struct engine *engine = ask_engine(rows->ask);
    const char *workspace = rows->ask->who->workspace,
               *where = json_get_text(json_array_get(places, 0), "environment");
    const json_t *bundle = engine_flow_live(engine, workspace, "production", flow, digest);

    if (bundle == NULL && where != NULL)
        bundle = engine_flow_live(engine, workspace, where, flow, digest);
    return bundle;
}

static void row_words(const struct flow_rows *rows, json_t *row, const json_t *sheet,
                      const json_t *places)
{
    char digest[DIGEST_TEXT] = "";
    const char *flow = json_get_text(row, "flow"), *own = json_get_text(sheet, "digest");
    const json_t *live = row_live(rows, flow, places, digest), *words = sheet;
    json_t *draft = json_object_get(sheet, "draft");

    if (draft == NULL && live != NULL)
        words = sheets_live(rows->ask->api->sheets, digest, live);
    json_object_set(row, "name", json_object_get(words, "name"));
    if (json_get_text(row, "name") == NULL)
        json_object_set_new(row, "name", json_string(flow));
    if (json_object_get(words, "description") != NULL)
        json_object_set(row, "description", json_object_get(words, "description"));
    json_object_set(row, "systems", json_object_get(words, "systems"));
    json_object_set(row, "bytes", json_object_get(words, "bytes"));
    if (draft == NULL)
        return;
    draft = json_copy(draft);
    json_object_set_new(draft, "ahead",
                        json_boolean(live != NULL && own != NULL && strcmp(own, digest) != 0));
    json_object_set_new(row, "draft", draft);
}

static void row_places(json_t *row, json_t *places, const json_t *sheet)
{
    const json_t *numbers = json_object_get(sheet, "numbers");
    bool person = json_array_size(places) == 0;
    json_t *place;
    size_t i;

    json_array_foreach(places, i, place)
    {
        json_t *number = json_object_get(numbers, json_get_text(place, "version"));

        person = person || json_get_text(place, "by") != NULL;
        if (number != NULL)
            json_object_set(place, "number", number);
        json_object_del(place, "flow");
        json_object_del(place, "name");
        json_object_del(place, "by");
    }
    json_object_set_new(row, "source", json_string(person ? "draft" : "folder"));
    json_object_set_new(row, "deployments", places != NULL ? json_incref(places) : json_array());
}

json_t *flow_rows_json(struct flow_rows *rows, const char *flow, struct err *e)
{
    json_t *places = json_object_get(rows->places, flow), *row;
    const json_t *sheet = sheets_read(rows->ask->api->sheets, rows->ask, flow, places != NULL, e);

    if (sheet == NULL) {
        if (e->code == ERR_NOT_FOUND)
            err_set(e, ERR_NOT_FOUND, "there is no flow \"%.100s\"", flow);
        return NULL;
    }
    row = json_pack("{s:s}", "flow", flow);
    row_words(rows, row, sheet, places);
    row_places(row, places, sheet);
    json_object_set(row, "versions", json_object_get(sheet, "versions"));
    json_object_set_new(row, "health", row_health(rows, flow, places));
    json_object_set(row, "can", rows->can);
    json_object_update_missing(row, json_object_get(sheet, "note"));
    origin_tell(rows->ask, json_object_get(sheet, "origin"), row);
    return row;
}
