/* notice.c - notices on their way: each is an object of the store until the other side has taken
 * it, or for NOTICE_LIFE_MS. On a channel one leaves at a time, in the order of their coming. */
#include "designer-api/notice_priv.h"

#include <string.h>

#include "base/card.h"
#include "base/clock.h"
#include "designer-api/live.h"
#include "designer-api/when.h"

#define NOTICE_LIFE_MS (24 * INT64_C(3600000))
#define NOTICE_AT_ONCE 8u /* deliveries under way, of all channels */
#define NOTICE_BY      "weft"
#define STATE_KIND     "channel_state"

static const int64_t notice_pauses_ms[] = { 10000, 30000, 120000, 300000, 900000, 1800000 };
#define NOTICE_PAUSES (sizeof notice_pauses_ms / sizeof *notice_pauses_ms)

/* ---- What it says */

static void masked(char *text, size_t room)
{
    struct card_report report = { .numbers = 0 };

    (void)card_mask_chars(text, room, &report);
    card_report_fini(&report);
}

/* (4) */
void notice__text(const json_t *alert, const char *what, const char *note, char subject[300],
                  struct buf *text)
{
    const char *id = json_get_text(alert, "id");
    int64_t ended = json_get_int(alert, "ended", 0);
    char moment[CLOCK_TEXT], body[4000];
    struct buf plain;

    snprintf(subject, 300, "[%s] %s%.200s", json_get_text(alert, "severity"),
             strcmp(what, "resolved") == 0   ? "ended: "
             : strcmp(what, "repeated") == 0 ? "still: "
                                             : "",
             json_get_text(alert, "title"));
    buf_init(&plain, sizeof body);
    buf_addf(&plain, "%s\n\n", json_get_text(alert, "text"));
    clock_text(json_get_int(alert, "since", 0), moment);
    buf_addf(&plain, "since %s\n", moment);
    if (ended != 0) {
        clock_text(ended, moment);
        buf_addf(&plain, "ended %s\n", moment);
    }
    if (note != NULL && *note != '\0')
        buf_addf(&plain, "\n%.2000s\n", note);
    buf_addf(&plain, "\nrule %s, alert %s\n", json_get_text(alert, "rule"), id != NULL ? id : "-");
    snprintf(body, sizeof body, "%s", buf_text(&plain));
    buf_fini(&plain);
    masked(subject, 300);
    masked(body, sizeof body);
    buf_add_text(text, body);
}

bool notice__channel(struct alerts *alerts, const char *workspace, const char *name,
                     struct object *channel)
{
    struct err e;

    if (object_read(alerts->rooms.objects, CHANNEL_KIND, workspace, name, channel, &e) != ERR_OK)
        return false;
    if (!json_is_false(json_object_get(channel->body, "enabled")))
        return true;
    object_fini(channel);
    return false;
}

static bool channel_wants(struct alerts *alerts, const char *workspace, const char *name,
                          const char *what)
{
    struct object channel;
    bool wants;

    if (!notice__channel(alerts, workspace, name, &channel))
        return false;
    wants =
        strcmp(what, "resolved") != 0 || !json_is_false(json_object_get(channel.body, "resolved"));
    object_fini(&channel);
    return wants;
}

/* (4) What people have written there may be anything. */
static json_t *notice_shown(const json_t *alert, const char *id)
{
    struct card_report report = { .numbers = 0 };
    json_t *shown = alert__case_json(NULL, alert, id, 0), *clean;

    json_object_del(shown, "revision");
    clean = card_mask_json(shown, "", &report);
    card_report_fini(&report);
    json_decref(shown);
    return clean != NULL ? clean : json_object();
}

size_t notice__make(struct alerts *alerts, const struct alert_rule *rule, const json_t *alert,
                    const char *what, int64_t now_ms, char ids[][64], json_t *bodies[])
{
    const char *alert_id = json_get_text(alert, "id");
    char subject[300];
    struct buf text;
    size_t count = 0, i;
    json_t *name;

    buf_init(&text, CHANNEL_BODY);
    notice__text(alert, what, json_get_text(rule->body, "note"), subject, &text);
    json_array_foreach(json_object_get(rule->body, "channels"), i, name)
    {
        if (count >= NOTICE_MOST || !channel_wants(alerts, rule->workspace, json_text(name), what))
            continue;
        /* an id that sorts by time, and is the same when the batch is tried again */
        snprintf(ids[count], 64, "%013lld.%.20s.%zu", (long long)now_ms, alert_id, i);
        bodies[count] =
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "channel", json_text(name), "what",
                      what, "alert", alert_id, "subject", subject, "text", buf_text(&text), "at",
                      (json_int_t)now_ms, "shown", notice_shown(alert, alert_id));
        check(bodies[count] != NULL);
        count++;
    }
    buf_fini(&text);
    return count;
}

/* ---- Those that wait */

static struct notice *notice_find(struct alerts *alerts, const char *workspace, const char *id)
{
    for (struct notice *n = alerts->notices; n != NULL; n = n->next)
        if (strcmp(n->id, id) == 0 && strcmp(n->workspace, workspace) == 0)
            return n;
    return NULL;
}

void notice__kept(struct alerts *alerts, const char *workspace, const char *id, json_t *body)
{
    struct notice *notice = mem_must(sizeof *notice), **end = &alerts->notices;

    notice->alerts = alerts;
    notice->body = json_incref(body);
    notice->next_ms = json_get_int(body, "next", 0);
    snprintf(notice->workspace, sizeof notice->workspace, "%s", workspace);
    snprintf(notice->channel, sizeof notice->channel, "%s", json_get_text(body, "channel"));
    snprintf(notice->id, sizeof notice->id, "%s", id);
    while (*end != NULL)
        end = &(*end)->next;
    *end = notice;
}

void notice__free(struct notice *notice)
{
    if (notice->send != NULL)
        channel_cancel(notice->send);
    json_decref(notice->body);
    mem_free(notice);
}

static void notice_unlink(struct notice *notice)
{
    struct notice **link = &notice->alerts->notices;

    while (*link != notice)
        link = &(*link)->next;
    *link = notice->next;
    notice__free(notice);
}

static void state_told(void *arg, const struct err *e)
{
    (void)arg; /* of the last delivery: the next one tells it anew */
    (void)e;
}

/* What is only for people, or to be found again: a store that does not take it is no trouble. */
static void change_quietly(struct alerts *alerts, const struct object_change *change)
{
    struct err e;

    if (object_change(alerts->rooms.objects, change, NULL, state_told, NULL, &e) != ERR_OK)
        log_debug(alerts->rooms.log, "%s %s: %s", change->kind, change->id, e.text);
}

/* How the channel's last delivery went, for people; also over a restart. */
static void state_put(struct alerts *alerts, const char *workspace, const char *channel,
                      const struct err *failure)
{
    struct clock *clock = alerts->rooms.clock;
    char key[2 * LIMIT_ID + 2];
    json_t *state, *old;
    struct object_change change = { .kind = STATE_KIND,
                                    .workspace = workspace,
                                    .id = channel,
                                    .from = OBJECT_ANY,
                                    .by = NOTICE_BY };

    snprintf(key, sizeof key, "%s/%s", workspace, channel);
    old = json_object_get(alerts->states, key);
    state = old != NULL ? json_copy(old) : json_object();
    json_object_set_new(state, failure == NULL ? "delivered" : "failed",
                        json_integer(clock->wall_ms(clock)));
    json_object_del(state, "code");
    json_object_del(state, "detail");
    if (failure != NULL) {
        json_object_set_new(state, "code", json_string(err_name(failure->code)));
        json_object_set_new(state, "detail", json_string(failure->text));
    }
    json_object_set_new(alerts->states, key, state);
    change.body = state;
    change_quietly(alerts, &change);
    if (alerts->rooms.live != NULL)
        live_tell(alerts->rooms.live, LIVE_ALERT, workspace,
                  json_pack("{s:s, s:s}", "channel", channel, "state",
                            failure == NULL ? "ok" : "failing"));
}

static void notice_drop(struct notice *notice)
{
    const struct object_change change = { .kind = NOTICE_KIND,
                                          .workspace = notice->workspace,
                                          .id = notice->id,
                                          .from = OBJECT_ANY,
                                          .by = NOTICE_BY };
    struct clock *clock = notice->alerts->rooms.clock;
    struct err e;

    notice->gone = true;
    if (object_change(notice->alerts->rooms.objects, &change, NULL, state_told, NULL, &e) == ERR_OK)
        notice_unlink(notice);
    else /* the store does not take it now: it is not sent again, only removed later */
        notice->next_ms = clock->wall_ms(clock) + notice_pauses_ms[0];
}

static void notice_later(struct notice *notice, const struct err *why)
{
    struct clock *clock = notice->alerts->rooms.clock;
    int64_t now = clock->wall_ms(clock), attempts = json_get_int(notice->body, "attempts", 0) + 1;
    size_t at = (size_t)(attempts - 1) < NOTICE_PAUSES ? (size_t)(attempts - 1) : NOTICE_PAUSES - 1;
    struct object_change change = { .kind = NOTICE_KIND,
                                    .workspace = notice->workspace,
                                    .id = notice->id,
                                    .from = OBJECT_ANY,
                                    .by = NOTICE_BY };
    json_t *body;

    if (now - json_get_int(notice->body, "at", 0) >= NOTICE_LIFE_MS) {
        log_error(notice->alerts->rooms.log, "a notice of alert %s was not taken by channel %s: %s",
                  json_get_text(notice->body, "alert"), notice->channel, why->text);
        notice_drop(notice);
        return;
    }
    notice->next_ms = now + notice_pauses_ms[at];
    body = json_copy(notice->body); /* the one before may be on its way to the disk */
    json_object_set_new(body, "attempts", json_integer(attempts));
    json_object_set_new(body, "next", json_integer(notice->next_ms));
    json_object_set_new(body, "code", json_string(err_name(why->code)));
    json_object_set_new(body, "detail", json_string(why->text));
    json_decref(notice->body);
    notice->body = body;
    change.body = body;
    change_quietly(notice->alerts, &change);
}

/* (3) */
static void notice_told(void *arg, const struct channel_told *told)
{
    struct notice *notice = arg;
    bool fine = told->e.code == ERR_OK;

    notice->send = NULL;
    state_put(notice->alerts, notice->workspace, notice->channel, fine ? NULL : &told->e);
    if (fine)
        notice_drop(notice);
    else
        notice_later(notice, &told->e);
}

static void notice_send(struct notice *notice)
{
    struct alerts *alerts = notice->alerts;
    const struct channel_notice leaves = { .id = notice->id,
                                           .what = json_get_text(notice->body, "what"),
                                           .workspace = notice->workspace,
                                           .subject = json_get_text(notice->body, "subject"),
                                           .text = json_get_text(notice->body, "text"),
                                           .alert = json_object_get(notice->body, "shown"),
                                           .at_ms = json_get_int(notice->body, "at", 0) };
    struct object channel;
    struct err e;

    if (!notice__channel(alerts, notice->workspace, notice->channel, &channel)) {
        notice_drop(notice); /* it was removed, or switched off */
        return;
    }
    if (channel_send(alerts->rooms.engine, alerts->rooms.ways, channel.body, &leaves, notice_told,
                     notice, &notice->send, &e) != ERR_OK) {
        state_put(alerts, notice->workspace, notice->channel, &e);
        notice_later(notice, &e);
    }
    object_fini(&channel);
}

static bool channel_is_busy(const struct notice *notice)
{
    for (const struct notice *n = notice->alerts->notices; n != NULL; n = n->next)
        if (n->send != NULL && strcmp(n->channel, notice->channel) == 0 &&
            strcmp(n->workspace, notice->workspace) == 0)
            return true;
    return false;
}

int64_t notice__turn(struct alerts *alerts, int64_t now_ms)
{
    int64_t next = INT64_MAX;
    struct notice *notice, *after;
    unsigned out = 0;

    for (notice = alerts->notices; notice != NULL; notice = notice->next)
        out += notice->send != NULL;
    for (notice = alerts->notices; notice != NULL; notice = after) {
        after = notice->next;
        if (notice->send != NULL)
            continue;
        if (notice->next_ms > now_ms) {
            next = notice->next_ms < next ? notice->next_ms : next;
        } else if (notice->gone) {
            notice_drop(notice);
        } else if (out < NOTICE_AT_ONCE && !channel_is_busy(notice)) {
            out++;
            notice_send(notice);
        }
    }
    return next;
}

/* ---- What the API asks */

json_t *alerts_deliveries(const struct alerts *alerts, const char *workspace, const char *alert)
{
    json_t *list = json_array(), *one;

    for (const struct notice *n = alerts->notices; n != NULL; n = n->next) {
        if (n->gone || strcmp(json_get_text(n->body, "alert"), alert) != 0 ||
            (workspace[0] != '\0' && strcmp(n->workspace, workspace) != 0))
            continue;
        one = json_pack("{s:s, s:s, s:I, s:s*, s:s*}", "channel", n->channel, "what",
                        json_get_text(n->body, "what"), "attempts",
                        (json_int_t)json_get_int(n->body, "attempts", 0), "code",
                        json_get_text(n->body, "code"), "detail", json_get_text(n->body, "detail"));
        if (n->next_ms != 0)
            json_object_set_new(one, "next_at", when_json(n->next_ms));
        json_array_append_new(list, one);
    }
    return list;
}

size_t alerts_waiting(const struct alerts *alerts)
{
    size_t count = 0;

    for (const struct notice *n = alerts != NULL ? alerts->notices : NULL; n != NULL; n = n->next)
        count += !n->gone;
    return count;
}

static const json_t *state_read(const struct alerts *alerts, const char *workspace,
                                const char *channel)
{
    char key[2 * LIMIT_ID + 2];
    struct object kept;
    struct err e;

    snprintf(key, sizeof key, "%s/%s", workspace, channel);
    if (json_object_get(alerts->states, key) == NULL &&
        object_read(alerts->rooms.objects, STATE_KIND, workspace, channel, &kept, &e) == ERR_OK) {
        json_object_set(alerts->states, key, kept.body);
        object_fini(&kept);
    }
    return json_object_get(alerts->states, key);
}

json_t *alerts_channel_state(const struct alerts *alerts, const char *workspace,
                             const char *channel)
{
    const json_t *state = state_read(alerts, workspace, channel);
    const char *code = json_get_text(state, "code");
    int64_t delivered = json_get_int(state, "delivered", 0),
            failed = json_get_int(state, "failed", 0);
    int waiting = 0;
    json_t *out;

    for (const struct notice *n = alerts->notices; n != NULL; n = n->next)
        waiting +=
            !n->gone && strcmp(n->channel, channel) == 0 && strcmp(n->workspace, workspace) == 0;
    out = json_pack("{s:s, s:i, s:s*, s:s*}", "state",
                    code != NULL     ? "failing"
                    : delivered != 0 ? "ok"
                                     : "unused",
                    "waiting", waiting, "code", code, "detail", json_get_text(state, "detail"));
    if (delivered != 0)
        json_object_set_new(out, "delivered_at", when_json(delivered));
    if (failed != 0)
        json_object_set_new(out, "failed_at", when_json(failed));
    return out;
}

/* It is another one now: what waits for it is tried at once. */
void alerts_channel_changed(struct alerts *alerts, const char *workspace, const char *channel)
{
    CHECK_OBJ(alerts, ALERTS_MAGIC);
    for (struct notice *n = alerts->notices; n != NULL; n = n->next)
        if (strcmp(n->channel, channel) == 0 && strcmp(n->workspace, workspace) == 0 && !n->gone)
            n->next_ms = 0;
}

/* ---- At the start */

struct load {
    struct alerts *alerts;
    const char *workspace;
};

static bool notice_load(void *arg, const struct object *object)
{
    const struct load *load = arg;

    if (json_get_text(object->body, "channel") != NULL &&
        json_get_text(object->body, "alert") != NULL &&
        notice_find(load->alerts, load->workspace, object->id) == NULL)
        notice__kept(load->alerts, load->workspace, object->id, object->body);
    return true;
}

enum err_code notice__load(struct alerts *alerts, const char *workspace, struct err *e)
{
    struct load load = { alerts, workspace };

    return object_list(alerts->rooms.objects, NOTICE_KIND, workspace, NULL, NULL, 0, notice_load,
                       &load, e);
}
