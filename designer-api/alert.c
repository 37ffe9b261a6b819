/* alert.c - the room of the rules: when they are looked at, and what they find. */
#include "designer-api/notice_priv.h"

#include <string.h>

/* ---- Rules */

static struct alert_rule *rule_find(const struct alerts *alerts, const char *workspace,
                                    const char *name)
{
    for (struct alert_rule *rule = alerts->rules; rule != NULL; rule = rule->next)
        if (strcmp(rule->workspace, workspace) == 0 && strcmp(rule->name, name) == 0)
            return rule;
    return NULL;
}

static void rule_put(struct alerts *alerts, const char *workspace, const struct object *object)
{
    struct alert_rule *rule = rule_find(alerts, workspace, object->id);

    if (rule == NULL) {
        rule = mem_must(sizeof *rule);
        snprintf(rule->workspace, sizeof rule->workspace, "%s", workspace);
        snprintf(rule->name, sizeof rule->name, "%.64s", object->id);
        rule->next = alerts->rules;
        alerts->rules = rule;
    }
    json_decref(rule->body);
    rule->body = alert_rule_whole(object->body);
    rule->since_ms = object->changed_ms;
}

static void rule_remove(struct alerts *alerts, const char *workspace, const char *name)
{
    for (struct alert_rule **link = &alerts->rules; *link != NULL; link = &(*link)->next) {
        struct alert_rule *rule = *link;

        if (strcmp(rule->workspace, workspace) != 0 || strcmp(rule->name, name) != 0)
            continue;
        *link = rule->next;
        json_decref(rule->body);
        mem_free(rule);
        return;
    }
}

const struct channel_ways *alerts_ways(const struct alerts *alerts)
{
    return alerts->rooms.ways;
}

void alerts_listener(struct alerts *alerts, const struct http_in *listener)
{
    CHECK_OBJ(alerts, ALERTS_MAGIC);
    alerts->listener = listener;
}

void alerts_stir(struct alerts *alerts)
{
    struct clock *clock = alerts->rooms.clock;
    int64_t soon = clock->steady_ms(clock) + ALERT_STIR_MS;

    if (alerts->rules != NULL && soon < alerts->look_ms)
        alerts->look_ms = soon;
}

void alerts_rule_changed(struct alerts *alerts, const char *workspace, const char *name)
{
    struct object object;
    struct err e;

    CHECK_OBJ(alerts, ALERTS_MAGIC);
    if (object_read(alerts->rooms.objects, ALERT_RULE_KIND, workspace, name, &object, &e) ==
        ERR_OK) {
        rule_put(alerts, workspace, &object);
        object_fini(&object);
    } else {
        rule_remove(alerts, workspace, name);
    }
    alerts->look_ms = 0;
}

/* ---- Looking */

struct judged {
    struct alerts *alerts;
    const struct alert_rule *rule;
    int64_t now_ms;
};

static void judged_found(void *arg, const struct alert_finding *finding)
{
    const struct judged *judged = arg;
    struct alert_case *c =
        alert__case(judged->alerts, judged->rule->workspace, judged->rule->name, finding->print);

    if (c == NULL)
        return;
    c->found = true;
    c->loaded = false;
    alert__case_judge(c, judged->rule, finding, judged->now_ms);
}

/* (6) */
static bool case_is_held(const struct alert_case *c, const struct alert_rule *rule, int64_t now_ms)
{
    int64_t window = json_get_int(rule->body, "window_s", 0);

    return c->loaded && window > 0 &&
           now_ms < c->alerts->since_ms + (window + SERIES_MINUTE) * 1000;
}

/* (2) */
static void rule_judge(struct alerts *alerts, const struct alert_rule *rule, int64_t now_ms)
{
    struct judged judged = { alerts, rule, now_ms };
    struct alert_look look = { alerts, rule, judged_found, &judged, now_ms };
    struct alert_case *c;
    struct err e;

    for (c = alerts->cases; c != NULL; c = c->next)
        c->found = false;
    if (alert__judge(&look, &e) != ERR_OK) {
        log_warn(alerts->rooms.log, "the alert rule %s cannot be looked at: %s", rule->name,
                 e.text);
        return;
    }
    for (c = alerts->cases; c != NULL; c = c->next)
        if (!c->found && strcmp(c->workspace, rule->workspace) == 0 &&
            strcmp(c->rule, rule->name) == 0 && !case_is_held(c, rule, now_ms))
            alert__case_judge(c, rule, NULL, now_ms);
}

static bool rule_is_on(const struct alert_rule *rule)
{
    return !json_is_false(json_object_get(rule->body, "enabled"));
}

/* Of rules that are gone or off: they end, nobody is told. What has nothing any more is forgotten.
 */
static void cases_sweep(struct alerts *alerts, int64_t now_ms)
{
    struct alert_case **link = &alerts->cases, *c;

    while ((c = *link) != NULL) {
        const struct alert_rule *rule = rule_find(alerts, c->workspace, c->rule);

        if (rule == NULL || !rule_is_on(rule))
            alert__case_judge(c, NULL, NULL, now_ms);
        if (c->change == NULL && c->body == NULL && c->pending_ms == 0) {
            *link = c->next;
            alerts->case_count--;
            alert__case_free(c);
        } else {
            link = &c->next;
        }
    }
}

int64_t alerts_turn(struct alerts *alerts)
{
    struct clock *clock = alerts->rooms.clock;
    int64_t steady = clock->steady_ms(clock), wall, next;

    CHECK_OBJ(alerts, ALERTS_MAGIC);
    wall = clock->wall_ms(clock);
    if (steady >= alerts->look_ms) {
        for (const struct alert_rule *rule = alerts->rules; rule != NULL; rule = rule->next)
            if (rule_is_on(rule))
                rule_judge(alerts, rule, wall);
        cases_sweep(alerts, wall);
        alerts->look_ms =
            alerts->rules != NULL || alerts->cases != NULL ? steady + ALERT_LOOK_MS : INT64_MAX;
    }
    next = notice__turn(alerts, wall);
    if (next != INT64_MAX)
        next = steady + (next > wall ? next - wall : 0);
    return next < alerts->look_ms ? next : alerts->look_ms;
}

/* ---- What the API asks */

json_t *alerts_counts(const struct alerts *alerts, const char *workspace)
{
    static const char *const states[] = { "firing", "acknowledged", "snoozed" };
    int counts[3] = { 0, 0, 0 };

    for (const struct alert_case *c = alerts != NULL ? alerts->cases : NULL; c != NULL; c = c->next)
        for (size_t i = 0; i < 3; i++)
            counts[i] += c->body != NULL &&
                         (workspace[0] == '\0' || strcmp(c->workspace, workspace) == 0) &&
                         strcmp(json_get_text(c->body, "state"), states[i]) == 0;
    return json_pack("{s:i, s:i, s:i}", states[0], counts[0], states[1], counts[1], states[2],
                     counts[2]);
}

const char *alerts_rule_state(const struct alerts *alerts, const char *workspace, const char *name)
{
    const struct alert_rule *rule = rule_find(alerts, workspace, name);
    const char *state = "ok";

    if (rule == NULL || !rule_is_on(rule))
        return "off";
    for (const struct alert_case *c = alerts->cases; c != NULL; c = c->next) {
        if (strcmp(c->workspace, workspace) != 0 || strcmp(c->rule, name) != 0)
            continue;
        if (c->body != NULL && strcmp(json_get_text(c->body, "state"), "resolved") != 0)
            return "firing";
        if (c->pending_ms != 0 && c->body == NULL)
            state = "pending";
    }
    return state;
}

json_t *alerts_show(const struct alerts *alerts, const char *workspace, const struct object *object)
{
    const struct alert_case *c = alerts->cases;

    while (c != NULL && (strcmp(c->alert, object->id) != 0 || strcmp(c->workspace, workspace) != 0))
        c = c->next;
    return alert__case_json(c, object->body, object->id, object->revision);
}

/* ---- Life */

struct places {
    char workspace[LIMIT_ID];
    const char *kind;
};

static bool place_take(void *arg, const struct store_fact *fact)
{
    struct places *places = arg;
    const char *begin = fact->key + strlen(places->kind) + 1;

    snprintf(places->workspace, sizeof places->workspace, "%.*s", (int)strcspn(begin, "/"), begin);
    return false;
}

struct rules_load {
    struct alerts *alerts;
    const char *workspace;
};

static bool rule_load(void *arg, const struct object *object)
{
    const struct rules_load *load = arg;

    rule_put(load->alerts, load->workspace, object);
    return true;
}

static enum err_code load_one(struct alerts *alerts, const char *kind, const char *workspace,
                              struct err *e)
{
    struct rules_load load = { alerts, workspace };

    if (strcmp(kind, ALERT_KIND) == 0)
        return alert__cases_load(alerts, workspace, e);
    if (strcmp(kind, NOTICE_KIND) == 0)
        return notice__load(alerts, workspace, e);
    return object_list(alerts->rooms.objects, kind, workspace, NULL, NULL, 0, rule_load, &load, e);
}

/* Of every workspace that has some: from one to the next. */
static enum err_code load_kind(struct alerts *alerts, const char *kind, struct err *e)
{
    char prefix[64], after[LIMIT_ID + 80];
    struct store_facts_filter filter = { .kind = FACT_OBJECT, .prefix = prefix, .limit = 1 };
    struct places places;

    snprintf(prefix, sizeof prefix, "%s/", kind);
    do {
        places = (struct places){ .kind = kind };
        if (store_facts(alerts->rooms.store, &filter, place_take, &places, e) != ERR_OK)
            return e->code;
        if (places.workspace[0] != '\0' && load_one(alerts, kind, places.workspace, e) != ERR_OK)
            return e->code;
        snprintf(after, sizeof after, "%s/%s/~", kind, places.workspace);
        filter.after = after;
    } while (places.workspace[0] != '\0');
    return ERR_OK;
}

struct alerts *alerts_new(const struct alerts_rooms *rooms, struct err *e)
{
    static const char *const kinds[] = { ALERT_RULE_KIND, ALERT_KIND, NOTICE_KIND };
    struct alerts *alerts = mem_must(sizeof *alerts);

    check(rooms->objects != NULL && rooms->series != NULL);
    alerts->magic = ALERTS_MAGIC;
    alerts->rooms = *rooms;
    alerts->states = json_object();
    alerts->since_ms = rooms->clock->wall_ms(rooms->clock);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (load_kind(alerts, kinds[i], e) != ERR_OK) {
            alerts_free(alerts);
            return NULL;
        }
    return alerts;
}

void alerts_free(struct alerts *alerts)
{
    if (alerts == NULL)
        return;
    CHECK_OBJ(alerts, ALERTS_MAGIC);
    alert__begin_leave(alerts);
    while (alerts->rules != NULL)
        rule_remove(alerts, alerts->rules->workspace, alerts->rules->name);
    while (alerts->cases != NULL) {
        struct alert_case *c = alerts->cases;

        alerts->cases = c->next;
        alert__case_free(c);
    }
    while (alerts->notices != NULL) {
        struct notice *notice = alerts->notices;

        alerts->notices = notice->next;
        notice__free(notice);
    }
    json_decref(alerts->states);
    alerts->magic = 0;
    mem_free(alerts);
}
