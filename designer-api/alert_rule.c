/* alert_rule.c - whether a rule can be looked at: what its kind needs, and names that are known. */
#include "designer-api/alert_priv.h"

#include <string.h>

#include "designer-api/api_deploy_priv.h"
#include "designer-api/draft.h"
#include "engine/sample.h"
#include "rules/zone.h"

/* What belongs to which kinds: m: it must be there, o: it may. */
static const struct member {
    const char *name;
    const char *kinds; /* "KIND=m KIND=o ..." */
} members[] = {
    { "metric", " count=m " },
    { "of", " age=m " },
    { "percentile", " latency=m " },
    { "above", " failure_rate=m count=o age=m latency=m totals=o " },
    { "below", " count=o certificate=m " },
    { "clear", " failure_rate=o count=o age=o latency=o totals=o certificate=o " },
    { "least", " failure_rate=o latency=o " },
    { "window_s", " failure_rate=o count=o latency=o totals=o " },
    { "due", " missing=m " },
    { "flow", " failure_rate=o count=o age=o latency=o totals=o connection=o missing=m "
              "certificate=o " },
    { "connection", " connection=o certificate=o " },
};

static void PRINTF(3, 4) fault(json_t *faults, const char *pointer, const char *fmt, ...)
{
    char text[500];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    json_array_append_new(faults, json_pack("{s:s, s:s}", "pointer", pointer, "message", text));
}

json_t *alert_rule_whole(const json_t *body)
{
    json_t *whole = json_copy((json_t *)body);
    const char *kind = json_get_text(body, "kind");
    static const char windows[] = " failure_rate count latency totals ";

    check(whole != NULL && kind != NULL);
    if (json_object_get(whole, "enabled") == NULL)
        json_object_set_new(whole, "enabled", json_true());
    if (json_object_get(whole, "severity") == NULL)
        json_object_set_new(whole, "severity", json_string("warning"));
    if (json_object_get(whole, "for_s") == NULL)
        json_object_set_new(whole, "for_s", json_integer(0));
    if (json_object_get(whole, "repeat_s") == NULL)
        json_object_set_new(whole, "repeat_s", json_integer(14400));
    if (json_object_get(whole, "window_s") == NULL && strstr(windows, kind) != NULL)
        json_object_set_new(whole, "window_s", json_integer(300));
    if (json_object_get(whole, "channels") == NULL)
        json_object_set_new(whole, "channels", json_array());
    if (json_object_get(whole, "above") == NULL &&
        (strcmp(kind, "totals") == 0 || strcmp(kind, "connection") == 0))
        json_object_set_new(whole, "above", json_integer(0));
    return whole;
}

/* ---- Members */

static void check_members(const json_t *body, const char *kind, json_t *faults)
{
    char pointer[40], wanted[40];

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct member *m = &members[i];
        bool there = json_object_get(body, m->name) != NULL;
        const char *found;

        snprintf(pointer, sizeof pointer, "/%s", m->name);
        snprintf(wanted, sizeof wanted, " %s=", kind);
        found = strstr(m->kinds, wanted);
        if (there && found == NULL)
            fault(faults, pointer, "\"%s\" says nothing in a rule of the kind %s", m->name, kind);
        if (!there && found != NULL && found[strlen(wanted)] == 'm')
            fault(faults, pointer, "a rule of the kind %s needs \"%s\"", kind, m->name);
    }
}

static void check_limits(const json_t *body, const char *kind, json_t *faults)
{
    bool above = json_object_get(body, "above") != NULL,
         below = json_object_get(body, "below") != NULL;
    double clear = alert__number(body, "clear", 0), limit;

    if (strcmp(kind, "count") == 0 && above == below)
        fault(faults, "/above", "a rule of the kind count needs one of \"above\" and \"below\"");
    if (strcmp(kind, "failure_rate") == 0 && alert__number(body, "above", 0) >= 1)
        fault(faults, "/above", "\"above\" is a part of 1: 0.2 are 20 %%");
    if (json_object_get(body, "clear") == NULL || above == below)
        return;
    limit = alert__number(body, above ? "above" : "below", 0);
    if (above ? clear > limit : clear < limit)
        fault(faults, "/clear", "\"clear\" is the better side of \"%s\"",
              above ? "above" : "below");
}

/* ---- Moments */

static void check_zone(const json_t *at, const char *pointer, json_t *faults)
{
    struct err e;
    const char *name = json_get_text(at, "zone");
    struct zone *zone = name != NULL ? zone_open(name, &e) : NULL;

    if (name != NULL && zone == NULL)
        fault(faults, pointer, "%s", e.text);
    zone_close(zone);
}

static void check_moments(const json_t *body, json_t *faults)
{
    const json_t *due = json_object_get(body, "due");
    json_t *one;
    char pointer[40];
    int year, month, day;
    size_t i;

    check_zone(due, "/due/zone", faults);
    json_array_foreach(json_object_get(due, "except"), i, one)
    {
        snprintf(pointer, sizeof pointer, "/due/except/%zu", i);
        if (!alert__day(json_text(one), &year, &month, &day))
            fault(faults, pointer, "there is no day %s", json_text(one));
    }
    json_array_foreach(json_object_get(body, "quiet"), i, one)
    {
        snprintf(pointer, sizeof pointer, "/quiet/%zu/zone", i);
        check_zone(one, pointer, faults);
        snprintf(pointer, sizeof pointer, "/quiet/%zu/to", i);
        if (strcmp(json_get_text(one, "from"), json_get_text(one, "to")) == 0)
            fault(faults, pointer,
                  "a window that ends when it begins is none; for always: "
                  "\"enabled\": false");
    }
}

/* ---- Names */

static bool connection_is_known(struct ask *ask, const char *name)
{
    struct sample_connection one;
    struct series_place place;
    size_t cursor = 0;

    while (sample_connection(ask_engine(ask), &cursor, &one))
        if (strcmp(one.key, name) == 0 && series_place(one.key, &place) &&
            (ask->who->workspace[0] == '\0' || strcmp(place.workspace, ask->who->workspace) == 0))
            return true;
    return false;
}

static void check_names(struct ask *ask, const json_t *body, json_t *faults)
{
    const char *flow = json_get_text(body, "flow"),
               *environment = json_get_text(body, "environment"),
               *connection = json_get_text(body, "connection");
    struct err e;
    json_t *found;

    if (flow != NULL && draft_known(ask, flow, &e) != ERR_OK)
        fault(faults, "/flow", "%s", e.text);
    if (environment != NULL) {
        found = environment__read(ask, environment, &e);
        if (found == NULL)
            fault(faults, "/environment", "%s", e.text);
        json_decref(found);
    }
    if (connection != NULL && !connection_is_known(ask, connection))
        fault(faults, "/connection",
              "no flow uses a connection \"%.200s\"; connections are named like "
              "main/production/orders/erp, as GET /connections has them",
              connection);
}

static void check_channels(struct ask *ask, const json_t *body, json_t *faults)
{
    struct object channel;
    char pointer[40];
    json_t *one;
    size_t i;
    struct err e;

    json_array_foreach(json_object_get(body, "channels"), i, one)
    {
        snprintf(pointer, sizeof pointer, "/channels/%zu", i);
        if (object_read(ask_objects(ask), CHANNEL_KIND, ask->who->workspace, json_text(one),
                        &channel, &e) == ERR_OK)
            object_fini(&channel);
        else
            fault(faults, pointer, "there is no channel \"%.64s\": PUT /channels/%.64s makes it",
                  json_text(one), json_text(one));
    }
}

void alert_rule_check(struct ask *ask, const json_t *body, json_t *faults)
{
    const char *kind = json_get_text(body, "kind");

    check(kind != NULL && json_is_array(faults));
    check_members(body, kind, faults);
    check_limits(body, kind, faults);
    check_moments(body, faults);
    check_names(ask, body, faults);
    check_channels(ask, body, faults);
}
