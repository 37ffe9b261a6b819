/* alert_case.c - the life of a case: pending, firing, told, ended. */
#include "designer-api/notice_priv.h"

#include <string.h>

#include "base/clock.h"
#include "designer-api/live.h"
#include "designer-api/when.h"

#define CASE_BY "weft" /* no person */

/* On its way to the disk: the alert and its notices, as one. (1) */
struct alert_change {
    struct alert_case *c; /* NULL: it has gone */
    struct alerts *alerts;
    char workspace[LIMIT_ID];
    json_t *body;
    char ids[NOTICE_MOST][64];
    json_t *notices[NOTICE_MOST];
    size_t count;
    engine_done_fn *done; /* who asked, or NULL */
    void *arg;
};
struct case_change {
    json_t *body;                  /* taken */
    const struct alert_rule *rule; /* NULL: nothing is told */
    const char *tell;              /* what; NULL: nothing */
    const char *by, *what;         /* for the audit; NULL: no person */
    int64_t now_ms;
    engine_done_fn *done;
    void *arg;
};

struct alert_case *alert__case(struct alerts *alerts, const char *workspace, const char *rule,
                               const char *print)
{
    struct alert_case *c;

    for (c = alerts->cases; c != NULL; c = c->next)
        if (strcmp(c->workspace, workspace) == 0 && strcmp(c->rule, rule) == 0 &&
            strcmp(c->print, print) == 0)
            return c;
    if (alerts->case_count >= ALERT_CASES)
        return NULL;
    c = mem_must(sizeof *c);
    c->alerts = alerts;
    snprintf(c->workspace, sizeof c->workspace, "%s", workspace);
    snprintf(c->rule, sizeof c->rule, "%s", rule);
    c->print = mem_must_copy(print);
    c->next = alerts->cases;
    alerts->cases = c;
    alerts->case_count++;
    return c;
}

void alert__case_free(struct alert_case *c)
{
    if (c->change != NULL)
        c->change->c = NULL;
    json_decref(c->body);
    mem_free(c->print);
    mem_free(c);
}

static bool body_is(const json_t *body, const char *state)
{
    return body != NULL && strcmp(json_get_text(body, "state"), state) == 0;
}

/* ---- Changing */

static void change_live(const struct alert_change *change)
{
    struct live *live = change->alerts->rooms.live;

    if (live == NULL)
        return;
    live_tell(live, LIVE_ALERT, change->workspace,
              json_pack("{s:s, s:s, s:s, s:s, s:O}", "alert", json_get_text(change->body, "id"),
                        "rule", json_get_text(change->body, "rule"), "state",
                        json_get_text(change->body, "state"), "severity",
                        json_get_text(change->body, "severity"), "about",
                        json_object_get(change->body, "about")));
}

static void change_told(void *arg, const struct err *e)
{
    struct alert_change *change = arg;
    struct alert_case *c = change->c;
    engine_done_fn *done = change->done;
    void *whose = change->arg;

    if (c != NULL) {
        c->change = NULL;
        if (e->code == ERR_OK) {
            json_decref(c->body);
            c->body = json_incref(change->body);
            c->revision++;
        }
    }
    if (c != NULL && e->code == ERR_OK) {
        for (size_t i = 0; i < change->count; i++)
            notice__kept(change->alerts, change->workspace, change->ids[i], change->notices[i]);
        change_live(change);
    } else if (c != NULL) {
        log_warn(change->alerts->rooms.log, "alert %s is not kept yet: %s", c->alert, e->text);
    }
    for (size_t i = 0; i < change->count; i++)
        json_decref(change->notices[i]);
    json_decref(change->body);
    mem_free(change);
    if (done != NULL)
        done(whose, e);
}

static size_t change_objects(const struct alert_case *c, const struct alert_change *change,
                             const struct case_change *wanted, struct object_change *list)
{
    bool over = body_is(change->body, "resolved");

    list[0] = (struct object_change){ .kind = ALERT_KIND,
                                      .workspace = c->workspace,
                                      .id = c->alert,
                                      .from = c->revision,
                                      .body = change->body,
                                      .by = wanted->by != NULL ? wanted->by : CASE_BY,
                                      .what = wanted->what,
                                      .until_ms = over ? wanted->now_ms + ALERT_KEPT_MS : 0 };
    for (size_t i = 0; i < change->count; i++)
        list[i + 1] = (struct object_change){ .kind = NOTICE_KIND,
                                              .workspace = c->workspace,
                                              .id = change->ids[i],
                                              .from = OBJECT_ANY,
                                              .body = change->notices[i],
                                              .by = CASE_BY };
    return change->count + 1;
}

/* (1) */
static enum err_code case_change(struct alert_case *c, const struct case_change *wanted,
                                 struct err *e)
{
    struct object_change list[NOTICE_MOST + 1];
    struct alert_change *change = mem_must(sizeof *change);
    size_t count;

    check(c->change == NULL);
    change->c = c;
    change->alerts = c->alerts;
    change->body = wanted->body;
    snprintf(change->workspace, sizeof change->workspace, "%s", c->workspace);
    if (wanted->tell != NULL && wanted->rule != NULL) {
        change->count = notice__make(c->alerts, wanted->rule, change->body, wanted->tell,
                                     wanted->now_ms, change->ids, change->notices);
        json_object_set_new(change->body, "notified", json_integer(wanted->now_ms));
        json_object_set_new(change->body, "notices",
                            json_integer(json_get_int(change->body, "notices", 0) + 1));
    }
    count = change_objects(c, change, wanted, list);
    c->change = change;
    if (object_change_all(c->alerts->rooms.objects, list, count, change_told, change, e) !=
        ERR_OK) {
        change_told(change, e);
        return e->code;
    }
    change->done = wanted->done;
    change->arg = wanted->arg;
    return ERR_OK;
}

/* ---- What becomes of it */

static void alert_id(struct alerts *alerts, int64_t now_ms, char id[24])
{
    if (now_ms > alerts->last_ms) {
        alerts->last_ms = now_ms;
        alerts->last_count = 0;
    } else {
        alerts->last_count++;
    }
    snprintf(id, 24, "%012llx%04x",
             (unsigned long long)(UINT64_C(0xffffffffffff) - (uint64_t)alerts->last_ms),
             0xffffu - (alerts->last_count & 0xffffu)); /* the newest is the first of a list */
}

static bool rule_tells(const struct alert_rule *rule, int64_t now_ms)
{
    return json_array_size(json_object_get(rule->body, "channels")) > 0 &&
           !alert__quiet(json_object_get(rule->body, "quiet"), now_ms);
}

static void case_fire(struct alert_case *c, const struct alert_rule *rule,
                      const struct alert_finding *finding, int64_t now_ms)
{
    const char *title = json_get_text(rule->body, "title");
    struct case_change change = { .rule = rule, .now_ms = now_ms };
    struct err e;

    alert_id(c->alerts, now_ms, c->alert);
    c->revision = 0;
    change.body = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:s, s:f, s:f, s:I, s:I, s:i}", "id", c->alert,
        "rule", rule->name, "kind", json_get_text(rule->body, "kind"), "title",
        title != NULL ? title : rule->name, "severity", json_get_text(rule->body, "severity"),
        "state", "firing", "print", c->print, "about", finding->about, "text", finding->text,
        "value", finding->value, "limit", finding->limit, "since", (json_int_t)c->pending_ms,
        "seen", (json_int_t)now_ms, "notices", 0);
    check(change.body != NULL);
    change.tell = rule_tells(rule, now_ms) ? "firing" : NULL;
    if (case_change(c, &change, &e) != ERR_OK)
        c->alert[0] = '\0'; /* at the next look */
}

/* Told for the first time, once more, or after its quiet. */
static const char *case_owes(const struct alert_case *c, const struct alert_rule *rule,
                             int64_t now_ms)
{
    int64_t notified = json_get_int(c->body, "notified", 0),
            until = json_get_int(c->body, "until", 0),
            repeat = json_get_int(rule->body, "repeat_s", 14400) * 1000;

    if (body_is(c->body, "acknowledged") || until > now_ms || !rule_tells(rule, now_ms))
        return NULL;
    if (notified == 0)
        return "firing";
    if (until > notified || (repeat > 0 && now_ms - notified >= repeat))
        return "repeated";
    return NULL;
}

static void case_lasts(struct alert_case *c, const struct alert_rule *rule, int64_t now_ms)
{
    const char *tell = case_owes(c, rule, now_ms);
    bool woken = body_is(c->body, "snoozed") && json_get_int(c->body, "until", 0) <= now_ms;
    struct case_change change = { .rule = rule, .tell = tell, .now_ms = now_ms };
    struct err e;

    if (tell == NULL && !woken)
        return;
    change.body = json_deep_copy(c->body);
    json_object_set_new(change.body, "text", json_string(c->text));
    json_object_set_new(change.body, "value", json_real(c->value));
    json_object_set_new(change.body, "seen", json_integer(now_ms));
    if (woken)
        json_object_set_new(change.body, "state", json_string("firing"));
    (void)case_change(c, &change, &e); /* it was logged; the next look tries again */
}

/* It is well again; rule NULL: it was removed, nobody is told. */
static void case_ends(struct alert_case *c, const struct alert_rule *rule, int64_t now_ms)
{
    struct case_change change = { .rule = rule, .now_ms = now_ms };
    struct err e;

    change.body = json_deep_copy(c->body);
    json_object_set_new(change.body, "seen", json_integer(c->seen_ms));
    json_object_del(change.body, "still");
    if (!body_is(c->body, "resolved")) {
        json_object_set_new(change.body, "state", json_string("resolved"));
        json_object_set_new(change.body, "ended", json_integer(now_ms));
        if (rule != NULL && json_get_int(c->body, "notified", 0) != 0 &&
            json_array_size(json_object_get(rule->body, "channels")) > 0)
            change.tell = "resolved";
    }
    (void)case_change(c, &change, &e);
}

void alert__case_judge(struct alert_case *c, const struct alert_rule *rule,
                       const struct alert_finding *finding, int64_t now_ms)
{
    if (finding != NULL) {
        snprintf(c->text, sizeof c->text, "%s", finding->text);
        c->value = finding->value;
        c->seen_ms = now_ms;
    }
    if (c->change != NULL)
        return;
    if (c->body != NULL && body_is(c->body, "resolved") && !json_object_get(c->body, "still")) {
        json_decref(c->body); /* it is over and kept so: what comes now is another one */
        c->body = NULL;
        c->alert[0] = '\0';
        c->pending_ms = 0;
    }
    if (finding == NULL) {
        c->pending_ms = 0;
        if (c->body != NULL)
            case_ends(c, rule, now_ms);
    } else if (c->body != NULL) {
        if (!body_is(c->body, "resolved"))
            case_lasts(c, rule, now_ms);
    } else if (!finding->fires) {
        c->pending_ms = 0;
    } else {
        c->pending_ms = c->pending_ms != 0 ? c->pending_ms : now_ms;
        if (now_ms - c->pending_ms >= json_get_int(rule->body, "for_s", 0) * 1000)
            case_fire(c, rule, finding, now_ms);
    }
}

/* ---- People */

static json_t *said_json(const struct alert_said *said, int64_t now_ms)
{
    return json_pack("{s:s, s:I, s:s*}", "by", said->by, "at", (json_int_t)now_ms, "note",
                     said->note);
}

enum err_code alerts_act(struct alerts *alerts, const struct alert_said *said, json_t **shown,
                         uint64_t *revision, engine_done_fn *done, void *arg, struct err *e)
{
    static const char *const states[] = { "acknowledged", "snoozed", "resolved" };
    static const char *const acts[] = { "alert.acknowledge", "alert.snooze", "alert.resolve" };
    struct clock *clock = alerts->rooms.clock;
    struct case_change change = { .by = said->by,
                                  .what = acts[said->act],
                                  .now_ms = clock->wall_ms(clock) };
    struct alert_case *c = alerts->cases;

    while (c != NULL &&
           (strcmp(c->alert, said->alert) != 0 || c->body == NULL ||
            (said->workspace[0] != '\0' && strcmp(c->workspace, said->workspace) != 0)))
        c = c->next;
    if (c == NULL || body_is(c->body, "resolved"))
        return err_set(e, ERR_CONFLICT, "the alert %.64s has ended", said->alert);
    if (c->change != NULL)
        return err_set(e, ERR_CONFLICT, "the alert is being changed at this moment; try again");
    change.body = json_deep_copy(c->body);
    json_object_set_new(change.body, "state", json_string(states[said->act]));
    json_object_set_new(change.body, states[said->act], said_json(said, change.now_ms));
    if (said->act == ALERT_SNOOZE)
        json_object_set_new(change.body, "until",
                            json_integer(change.now_ms + said->minutes * 60000));
    if (said->act == ALERT_RESOLVE) {
        json_object_set_new(change.body, "ended", json_integer(change.now_ms));
        json_object_set_new(change.body, "still", json_true()); /* until it is not found once */
    }
    change.done = done;
    change.arg = arg;
    *revision = c->revision + 1;
    *shown = alert__case_json(c, change.body, c->alert, *revision);
    if (case_change(c, &change, e) == ERR_OK)
        return ERR_OK;
    json_decref(*shown);
    *shown = NULL;
    return e->code;
}

/* ---- Showing */

static void show_said(json_t *out, const json_t *body, const char *name)
{
    const json_t *said = json_object_get(body, name);
    json_t *shown;

    if (said == NULL)
        return;
    shown = json_pack("{s:s, s:o, s:s*}", "by", json_get_text(said, "by"), "at",
                      when_json(json_get_int(said, "at", 0)), "note", json_get_text(said, "note"));
    json_object_set_new(out, name, shown);
}

static void show_when(json_t *out, const json_t *body, const char *member, const char *name)
{
    int64_t ms = json_get_int(body, member, 0);

    if (ms != 0)
        json_object_set_new(out, name, when_json(ms));
}

json_t *alert__case_json(const struct alert_case *c, const json_t *body, const char *id,
                         uint64_t revision)
{
    static const char *const same[] = { "rule", "kind",  "title", "severity", "state",
                                        "text", "value", "limit", "about",    "notices" };
    bool live = c != NULL && c->text[0] != '\0' && !body_is(body, "resolved");
    json_t *out = json_pack("{s:s}", "alert", id);

    check(out != NULL);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (json_object_get(body, same[i]) != NULL)
            json_object_set(out, same[i], json_object_get(body, same[i]));
    show_when(out, body, "since", "since_at");
    show_when(out, body, "seen", "seen_at");
    show_when(out, body, "notified", "notified_at");
    show_when(out, body, "ended", "resolved_at");
    show_when(out, body, "until", "snoozed_until_at");
    if (live) {
        json_object_set_new(out, "text", json_string(c->text));
        json_object_set_new(out, "value", json_real(c->value));
        json_object_set_new(out, "seen_at", when_json(c->seen_ms));
    }
    show_said(out, body, "acknowledged");
    show_said(out, body, "snoozed");
    show_said(out, body, "resolved");
    json_object_set_new(out, "revision", json_integer((json_int_t)revision));
    return out;
}

/* ---- At the start */

struct load {
    struct alerts *alerts;
    const char *workspace;
};

static bool case_load(void *arg, const struct object *object)
{
    const struct load *load = arg;
    const char *rule = json_get_text(object->body, "rule"),
               *print = json_get_text(object->body, "print");
    struct alert_case *c;

    if (rule == NULL || print == NULL ||
        (body_is(object->body, "resolved") && json_object_get(object->body, "still") == NULL))
        return true;
    c = alert__case(load->alerts, load->workspace, rule, print);
    if (c == NULL || c->body != NULL)
        return true;
    c->body = json_incref(object->body);
    c->revision = object->revision;
    c->pending_ms = json_get_int(object->body, "since", 0);
    c->seen_ms = json_get_int(object->body, "seen", 0);
    snprintf(c->alert, sizeof c->alert, "%.23s", object->id);
    c->loaded = true;
    return true;
}

enum err_code alert__cases_load(struct alerts *alerts, const char *workspace, struct err *e)
{
    struct load load = { alerts, workspace };

    return object_list(alerts->rooms.objects, ALERT_KIND, workspace, NULL, NULL, 0, case_load,
                       &load, e);
}
