/* api_alert.c - alerts: the list, one, and what people say to it. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/alert.h"
#include "designer-api/api_priv.h"

#define ALERT_SCAN 2000u /* objects of one page's walk */

static struct alerts *alerts_of(struct ask *ask)
{
    struct err e;

    if (ask->api->rooms.alerts != NULL)
        return ask->api->rooms.alerts;
    err_set(&e, ERR_UNAVAILABLE, "this program has no alerts");
    ask_refuse(ask, &e);
    return NULL;
}

static const char *workspace_of(const struct ask *ask)
{
    return ask->who->workspace[0] != '\0' ? ask->who->workspace : "main";
}

static void alert_dress(const struct ask *ask, json_t *alert)
{
    bool over = strcmp(json_get_text(alert, "state"), "resolved") == 0;

    json_object_set_new(alert, "can",
                        over || !who_may(ask->who, MAY_ALERTS_WRITE)
                            ? json_array()
                            : json_pack("[s, s, s]", "acknowledge", "snooze", "resolve"));
}

/* ---- The list */

struct alert_list {
    struct ask *ask;
    struct alerts *alerts;
    json_t *items;
    unsigned limit, seen;
    char last[LIMIT_PATH]; /* id of the last one that was looked at */
    bool more;
};

static bool list_fits(const struct ask *ask, const json_t *alert)
{
    const char *state = ask_text(ask, "state"), *own = json_get_text(alert, "state");
    const char *flow = json_get_text(json_object_get(alert, "about"), "flow");
    const char *const wanted[][2] = { { ask_text(ask, "rule"), json_get_text(alert, "rule") },
                                      { ask_text(ask, "flow"), flow },
                                      { ask_text(ask, "severity"),
                                        json_get_text(alert, "severity") } };

    if (state != NULL &&
        (strcmp(state, "open") == 0 ? strcmp(own, "resolved") == 0 : strcmp(state, own) != 0))
        return false;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (wanted[i][0] != NULL &&
            (wanted[i][1] == NULL || strcmp(wanted[i][0], wanted[i][1]) != 0))
            return false;
    return true;
}

static bool list_take(void *arg, const struct object *object)
{
    struct alert_list *list = arg;
    json_t *alert;

    if (json_array_size(list->items) >= list->limit || list->seen >= ALERT_SCAN) {
        list->more = true;
        return false;
    }
    list->seen++;
    snprintf(list->last, sizeof list->last, "%s", object->id);
    alert = alerts_show(list->alerts, workspace_of(list->ask), object);
    alert_dress(list->ask, alert);
    if (list_fits(list->ask, alert))
        json_array_append(list->items, alert);
    json_decref(alert);
    return true;
}

static void alert_list(struct ask *ask)
{
    struct alert_list list = { .ask = ask, .alerts = alerts_of(ask) };
    char after[LIMIT_PATH];
    bool given;
    struct err e;

    if (list.alerts == NULL)
        return;
    list.items = json_array();
    list.limit = (unsigned)ask_number(ask, "limit", 50);
    if (ask_cursor(ask, after, &given, &e) == ERR_OK &&
        object_list(ask_objects(ask), ALERT_KIND, workspace_of(ask), NULL, given ? after : NULL, 0,
                    list_take, &list, &e) == ERR_OK) {
        ask_page_more(ask, list.items, list.more ? list.last : NULL, -1,
                      list.more && json_array_size(list.items) < list.limit);
        return;
    }
    json_decref(list.items);
    ask_refuse(ask, &e);
}

/* ---- One */

static void alert_get(struct ask *ask)
{
    struct alerts *alerts = alerts_of(ask);
    struct object kept;
    json_t *alert, *deliveries;
    struct err e;

    if (alerts == NULL)
        return;
    if (object_read(ask_objects(ask), ALERT_KIND, workspace_of(ask), ask->path[0], &kept, &e) !=
        ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    alert = alerts_show(alerts, workspace_of(ask), &kept);
    alert_dress(ask, alert);
    deliveries = alerts_deliveries(alerts, workspace_of(ask), ask->path[0]);
    if (json_array_size(deliveries) > 0)
        json_object_set(alert, "deliveries", deliveries);
    json_decref(deliveries);
    ask_give_revision(ask, 200, alert, kept.revision);
    object_fini(&kept);
}

static void alert_act(struct ask *ask, enum alert_act act)
{
    struct alerts *alerts = alerts_of(ask);
    const struct alert_said said = { .workspace = workspace_of(ask),
                                     .alert = ask->path[0],
                                     .act = act,
                                     .by = ask->by[0] != '\0' ? ask->by : ask->who->name,
                                     .note = json_get_text(ask->body, "note"),
                                     .minutes = json_get_int(ask->body, "minutes", 60) };
    struct ask_later *later;
    struct object kept;
    json_t *shown;
    uint64_t revision;
    struct err e;

    if (alerts == NULL)
        return;
    if (object_read(ask_objects(ask), ALERT_KIND, said.workspace, said.alert, &kept, &e) !=
        ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    object_fini(&kept);
    later = ask_later(ask);
    if (alerts_act(alerts, &said, &shown, &revision, later_told, later, &e) != ERR_OK) {
        later_refuse(later, &e);
        return;
    }
    alert_dress(ask, shown);
    later_will(later, 200, shown, revision);
}

static void alert_acknowledge(struct ask *ask)
{
    alert_act(ask, ALERT_ACKNOWLEDGE);
}

static void alert_snooze(struct ask *ask)
{
    alert_act(ask, ALERT_SNOOZE);
}

static void alert_resolve(struct ask *ask)
{
    alert_act(ask, ALERT_RESOLVE);
}

const struct ask_bind alert_binds[] = {
    { "listAlerts", alert_list },
    { "getAlert", alert_get },
    { "acknowledgeAlert", alert_acknowledge },
    { "snoozeAlert", alert_snooze },
    { "resolveAlert", alert_resolve },
    { NULL, NULL },
};
