/* api_alert_rule.c - alert rules and channels as people keep them. Both are objects of a name: PUT
 * makes one, or changes it with If-Match. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/alert.h"
#include "designer-api/api_priv.h"
#include "designer-api/draft.h"
#include "designer-api/settings.h"

static const struct kept_kind {
    const char *kind, *member;   /* of the object, of its JSON */
    const char *change, *remove; /* for the audit */
} kinds[] = {
    { ALERT_RULE_KIND, "rule", "alert_rule.change", "alert_rule.delete" },
    { CHANNEL_KIND, "channel", "channel.change", "channel.delete" },
};
#define RULES    (&kinds[0])
#define CHANNELS (&kinds[1])

static const char *workspace_of(const struct ask *ask)
{
    return ask->who->workspace[0] != '\0' ? ask->who->workspace : "main";
}

static bool refused_here(struct ask *ask)
{
    struct err e;

    if (ask->api->rooms.alerts != NULL)
        return false;
    err_set(&e, ERR_UNAVAILABLE, "this program has no alerts");
    ask_refuse(ask, &e);
    return true;
}

/* ---- Showing */

struct uses {
    const char *channel;
    json_t *rules;
};

static bool uses_take(void *arg, const struct object *rule)
{
    struct uses *uses = arg;
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(rule->body, "channels"), i, one)
    {
        if (strcmp(json_text(one), uses->channel) == 0)
            json_array_append_new(uses->rules, json_string(rule->id));
    }
    return true;
}

static json_t *channel_uses(struct ask *ask, const char *channel)
{
    struct uses uses = { channel, json_array() };
    struct err e;

    if (object_list(ask_objects(ask), ALERT_RULE_KIND, workspace_of(ask), NULL, NULL, 0, uses_take,
                    &uses, &e) != ERR_OK)
        log_warn(ask->api->options.log, "rules that use channel %s: %s", channel, e.text);
    return uses.rules;
}

static json_t *kept_json(struct ask *ask, const struct kept_kind *kind, const struct object *object)
{
    struct alerts *alerts = ask->api->rooms.alerts;
    bool rule = kind == RULES;
    json_t *json = rule ? alert_rule_whole(object->body) : json_copy(object->body), *state;

    check(json != NULL);
    json_object_set_new(json, kind->member, json_string(object->id));
    json_object_set_new(json, "revision", json_integer((json_int_t)object->revision));
    json_object_set_new(json, "by", json_string(object->by));
    json_object_set_new(json, "at", draft_moment(object->changed_ms));
    if (rule) {
        json_object_set_new(json, "state",
                            json_string(alerts_rule_state(alerts, workspace_of(ask), object->id)));
        return json;
    }
    state = alerts_channel_state(alerts, workspace_of(ask), object->id);
    json_object_update(json, state);
    json_decref(state);
    if (json_object_get(json, "enabled") == NULL)
        json_object_set_new(json, "enabled", json_true());
    if (json_is_false(json_object_get(json, "enabled")))
        json_object_set_new(json, "state", json_string("off"));
    json_object_set_new(json, "used_by", channel_uses(ask, object->id));
    return json;
}

struct kept_list {
    struct ask *ask;
    const struct kept_kind *kind;
    json_t *items;
};

static bool kept_take(void *arg, const struct object *object)
{
    struct kept_list *list = arg;

    json_array_append_new(list->items, kept_json(list->ask, list->kind, object));
    return true;
}

static void kept_list(struct ask *ask, const struct kept_kind *kind)
{
    struct kept_list list = { ask, kind, json_array() };
    struct err e;

    if (refused_here(ask)) {
        json_decref(list.items);
        return;
    }
    if (object_list(ask_objects(ask), kind->kind, workspace_of(ask), NULL, NULL, 0, kept_take,
                    &list, &e) == ERR_OK) {
        draft_page(ask, list.items, kind->member);
        return;
    }
    json_decref(list.items);
    ask_refuse(ask, &e);
}

static void kept_get(struct ask *ask, const struct kept_kind *kind)
{
    struct object kept;
    struct err e;

    if (refused_here(ask))
        return;
    if (object_read(ask_objects(ask), kind->kind, workspace_of(ask), ask->path[0], &kept, &e) !=
        ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    ask_give_revision(ask, 200, kept_json(ask, kind, &kept), kept.revision);
    object_fini(&kept);
}

/* ---- Changing */

struct kept_change {
    struct ask_later *later;
    const struct kept_kind *kind;
    char workspace[LIMIT_ID], id[LIMIT_ID + 1];
    json_t *shown; /* NULL: it was removed */
    uint64_t revision;
};

static void kept_told(void *arg, const struct err *e)
{
    struct kept_change *change = arg;
    struct alerts *alerts = later_alerts(change->later);

    if (e->code != ERR_OK) {
        json_decref(change->shown);
        later_refuse(change->later, e);
    } else {
        if (alerts != NULL && change->kind == RULES)
            alerts_rule_changed(alerts, change->workspace, change->id);
        else if (alerts != NULL)
            alerts_channel_changed(alerts, change->workspace, change->id);
        if (change->shown != NULL)
            later_give_revision(change->later, 200, change->shown, change->revision);
        else
            later_give(change->later, 204, NULL);
    }
    mem_free(change);
}

static void kept_send(struct ask *ask, const struct kept_kind *kind,
                      const struct object_change *change, json_t *shown)
{
    struct kept_change *told = mem_must(sizeof *told);
    struct err e;

    told->later = ask_later(ask);
    told->kind = kind;
    told->shown = shown;
    snprintf(told->workspace, sizeof told->workspace, "%s", workspace_of(ask));
    snprintf(told->id, sizeof told->id, "%.64s", ask->path[0]);
    if (object_change(ask_objects(ask), change, &told->revision, kept_told, told, &e) != ERR_OK)
        kept_told(told, &e);
}

/* The revision that it is changed from; a new one needs no If-Match. false: refused. */
static bool kept_from(struct ask *ask, const struct kept_kind *kind, uint64_t *from)
{
    struct object kept;
    struct err e;

    *from = 0;
    if (object_read(ask_objects(ask), kind->kind, workspace_of(ask), ask->path[0], &kept, &e) !=
        ERR_OK)
        return true;
    object_fini(&kept);
    if (ask_if_match(ask, from, &e) == ERR_OK)
        return true;
    ask_refuse(ask, &e);
    return false;
}

/* A mail channel that names no sender has the workspace's. */
static void channel_sender(struct ask *ask)
{
    const char *kind = json_get_text(ask->body, "kind"),
               *from = ask->api->rooms.settings != NULL
                           ? settings_text(ask->api->rooms.settings, workspace_of(ask),
                                           SETTING_OF_MAIL_FROM)
                           : "";

    if (kind != NULL && strcmp(kind, "mail") == 0 && *from != '\0' &&
        json_object_get(ask->body, "from") == NULL)
        json_object_set_new(ask->body, "from", json_string(from));
}

static void kept_put(struct ask *ask, const struct kept_kind *kind)
{
    struct object_change change = { .kind = kind->kind,
                                    .workspace = workspace_of(ask),
                                    .id = ask->path[0],
                                    .body = ask->body,
                                    .by = ask->who->name,
                                    .what = kind->change,
                                    .told = true };
    struct object shown = { .body = ask->body };
    struct clock *clock = ask_clock(ask);
    json_t *faults = json_array(), *made;
    struct err e;

    if (kind == CHANNELS)
        channel_sender(ask);
    if (refused_here(ask)) {
        json_decref(faults);
        return;
    }
    if (kind == RULES)
        alert_rule_check(ask, ask->body, faults);
    else
        channel_check(ask, alerts_ways(ask->api->rooms.alerts), ask->body, faults);
    if (json_array_size(faults) > 0) {
        err_set(&e, ERR_INVALID, "%.300s", json_get_text(json_array_get(faults, 0), "message"));
        ask_refuse_faults(ask, &e, faults);
        return;
    }
    json_decref(faults);
    if (!kept_from(ask, kind, &change.from))
        return;
    snprintf(shown.id, sizeof shown.id, "%s", ask->path[0]);
    snprintf(shown.by, sizeof shown.by, "%s", ask->who->name);
    shown.changed_ms = clock->wall_ms(clock);
    shown.revision = change.from + 1;
    made = kept_json(ask, kind, &shown);
    if (kind == RULES && !json_is_false(json_object_get(made, "enabled")))
        json_object_set_new(made, "state", json_string("ok")); /* it is looked at from now on */
    kept_send(ask, kind, &change, made);
}

static void kept_delete(struct ask *ask, const struct kept_kind *kind)
{
    struct object_change change = { .kind = kind->kind,
                                    .workspace = workspace_of(ask),
                                    .id = ask->path[0],
                                    .by = ask->who->name,
                                    .what = kind->remove,
                                    .told = true };
    json_t *uses = kind == CHANNELS ? channel_uses(ask, ask->path[0]) : NULL;
    struct object kept;
    struct err e;

    if (refused_here(ask))
        goto out;
    if (object_read(ask_objects(ask), kind->kind, workspace_of(ask), ask->path[0], &kept, &e) !=
        ERR_OK) {
        ask_refuse(ask, &e);
        goto out;
    }
    object_fini(&kept);
    if (json_array_size(uses) > 0) {
        err_set(&e, ERR_CONFLICT, "the alert rule %.64s names it",
                json_text(json_array_get(uses, 0)));
        ask_refuse_with(ask, &e, json_pack("{s:O}", "used_by", uses));
    } else if (ask_if_match(ask, &change.from, &e) != ERR_OK) {
        ask_refuse(ask, &e);
    } else {
        kept_send(ask, kind, &change, NULL);
    }
out:
    json_decref(uses);
}

/* ---- A test of a channel */

static void try_answer(struct ask_later *later, const struct channel_told *told)
{
    json_t *json = json_pack("{s:b, s:I}", "delivered", told->e.code == ERR_OK, "took_ms",
                             (json_int_t)told->took_ms);

    if (told->status != 0)
        json_object_set_new(json, "status", json_integer(told->status));
    if (told->e.code != ERR_OK) {
        json_object_set_new(json, "code", json_string(err_name(told->e.code)));
        json_object_set_new(json, "detail", json_string(told->e.text));
    }
    later_give(later, 200, json);
}

static void try_told(void *arg, const struct channel_told *told)
{
    try_answer(arg, told);
}

static void channel_test(struct ask *ask)
{
    struct clock *clock = ask_clock(ask);
    char id[40], subject[200], text[500];
    struct channel_notice notice = { .id = id,
                                     .what = "test",
                                     .workspace = workspace_of(ask),
                                     .subject = subject,
                                     .text = text,
                                     .at_ms = clock->wall_ms(clock) };
    struct channel_told told = { .status = 0 };
    struct channel_send *send;
    struct ask_later *later;
    struct object kept;
    struct err e;

    if (refused_here(ask))
        return;
    if (object_read(ask_objects(ask), CHANNEL_KIND, notice.workspace, ask->path[0], &kept, &e) !=
        ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    snprintf(id, sizeof id, "test.%lld", (long long)notice.at_ms);
    snprintf(subject, sizeof subject, "[test] The channel %.64s works", ask->path[0]);
    snprintf(text, sizeof text,
             "%.100s has asked for this notice from the workspace %.64s. Nothing is wrong.\n",
             ask->who->name, notice.workspace);
    later = ask_later(ask);
    if (channel_send(ask_engine(ask), alerts_ways(ask->api->rooms.alerts), kept.body, &notice,
                     try_told, later, &send, &told.e) != ERR_OK)
        try_answer(later, &told);
    object_fini(&kept);
}

/* ---- The operations */

#define KEPT(name, what, kind)        \
    static void name(struct ask *ask) \
    {                                 \
        kept_##what(ask, kind);       \
    }
KEPT(rule_list, list, RULES)
KEPT(rule_get, get, RULES)
KEPT(rule_put, put, RULES)
KEPT(rule_delete, delete, RULES)
KEPT(channel_list, list, CHANNELS)
KEPT(channel_get, get, CHANNELS)
KEPT(channel_put, put, CHANNELS)
KEPT(channel_delete, delete, CHANNELS)

const struct ask_bind alert_rule_binds[] = {
    { "listAlertRules", rule_list },  { "getAlertRule", rule_get },
    { "putAlertRule", rule_put },     { "deleteAlertRule", rule_delete },
    { "listChannels", channel_list }, { "getChannel", channel_get },
    { "putChannel", channel_put },    { "deleteChannel", channel_delete },
    { "testChannel", channel_test },  { NULL, NULL },
};
