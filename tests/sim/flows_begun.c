/* flows_begun.c - the reference flows that nobody posts to: by the clock (F9), an inbox that is
 * polled (F8), files (F10), one that hears of another's end; and those whose work is done on
 * threads.
 */
#include "sim/flows_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/ident.h"

/* One call that is done once, whatever begins it. */
static void begun_post(const struct sim_flow *flow, struct buf *out, enum effect_class effect,
                       const char *account)
{
    flow_call(flow, out, "post", effect, account, "decimal(trigger.body.amount)", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "post");
    flow_end(out);
}

/* ---- F9: a subscription's tick, in each of the ways to make up for what was missed */

enum sim_misfire sim_misfire(const struct sim_flow *flow)
{
    return (enum sim_misfire)(flow->attempts % 3);
}

static void tick_bundle(const struct sim_flow *flow, struct buf *out)
{
    static const char *const misfires[] = { "skip", "once", "all" };
    const struct flow_ask tick = { .node = "post",
                                   .effect = EFFECT_KEYED,
                                   .account = "ticks",
                                   .amount = "decimal('1')",
                                   .ref = "trigger.slot",
                                   .more = "" };
    char config[120];

    snprintf(config, sizeof config, "{%s,\"misfire\":\"%s\"}",
             flow->result ? "\"cron\":\"0 * * * *\",\"zone\":\"Europe/Vienna\""
                          : "\"every\":\"1h\"",
             misfires[sim_misfire(flow)]);
    flow_begin_by(flow, out, "trigger.schedule", config);
    flow_ask(flow, out, &tick);
    flow_edges(out);
    flow_edge(out, "in", "out", "post");
    flow_end(out);
}

static void tick_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    if (!event->lost)
        outcome_add(outcome, event, "ticks", "post", EFFECT_KEYED, 100);
}

const struct sim_kind sim_tick = { "tick", tick_bundle, body_plain, tick_outcome,
                                   2,      NULL,        ORIGIN_TICK };

/* ---- F8: invoices of an inbox, a page at a time, which is taken in pieces; pages overlap, unless
 * the flow knows its items by nothing but the cursor */

static void poll_bundle(const struct sim_flow *flow, struct buf *out)
{
    char config[512];

    snprintf(config, sizeof config,
             "{\"every\":\"10m\",\"items\":\"=steps.ask.body.value\",%s"
             "\"cursor\":\"=steps.ask.body.next\",\"body\":{\"nodes\":[{\"id\":\"ask\","
             "\"type\":\"connector.http\",\"config\":{\"url\":"
             "\"http://127.0.0.1/erp/get/inbox/all\",\"query\":{\"after\":"
             "\"=trigger.cursor\"}}}],\"edges\":[]}}",
             flow->result ? "" : "\"id\":\"=item.id\",");
    flow_begin_by(flow, out, "trigger.poll", config);
    begun_post(flow, out, EFFECT_ONCE, "invoices");
}

static void poll_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (!event->declined)
        outcome_add(outcome, event, "invoices", "post", EFFECT_ONCE, event->cents);
}

const struct sim_kind sim_poll = { "poll", poll_bundle, body_plain, poll_outcome,
                                   2,      NULL,        ORIGIN_POLL };

/* ---- F10: files */

static void file_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin_by(flow, out, "trigger.file",
                  "{\"folder\":\"/in/box\",\"as\":\"json\",\"settle\":\"2s\",\"every\":\"1m\"}");
    begun_post(flow, out, EFFECT_ONCE, "files");
}

static void file_body(const struct sim_event *event, struct buf *out)
{
    body_plain(event, out);
    if (event->broken)
        buf_add_char(out, ']');
}

static void file_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (!event->declined && !event->broken)
        outcome_add(outcome, event, "files", "post", EFFECT_ONCE, event->cents);
}

const struct sim_kind sim_file = { "file", file_bundle, file_body,  file_outcome,
                                   2,      NULL,        ORIGIN_FILE };

/* ---- Ends: what has succeeded or failed is told to a flow that listens */

/* What is done by the run that is told of the event's. */
static void told_add(const struct sim_event *event, struct sim_outcome *outcome,
                     const char *account)
{
    struct sim_effect *told = &outcome->effects[outcome->count];

    outcome_add(outcome, event, account, "tell", EFFECT_ONCE, 100);
    ident_text(event->run, told->ref);
    told->sub = true;
}

static void ear_bundle(const struct sim_flow *flow, struct buf *out)
{
    const struct flow_ask tell = { .node = "tell",
                                   .effect = EFFECT_ONCE,
                                   .account = "ears",
                                   .amount = "decimal('1')",
                                   .ref = "trigger.run",
                                   .more = "" };

    flow_begin_by(flow, out, "trigger.event", "{\"on\":\"ended\",\"flow\":\"heard\"}");
    flow_ask(flow, out, &tell);
    flow_edges(out);
    flow_edge(out, "in", "out", "tell");
    flow_end(out);
}

static const struct sim_kind ear = { "ear", ear_bundle, NULL, NULL, 1, NULL, ORIGIN_POSTED };

static void heard_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    begun_post(flow, out, EFFECT_IDEMPOTENT, "heards");
}

static void heard_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (!event->declined)
        outcome_add(outcome, event, "heards", "post", EFFECT_IDEMPOTENT, event->cents);
    told_add(event, outcome, "ears");
}

const struct sim_kind sim_heard = { "heard", heard_bundle, body_plain,  heard_outcome,
                                    4,       &ear,         ORIGIN_HEARD };

/* ---- Failures: the flow that on_failure names is started by each of them, once */

static void alarm_bundle(const struct sim_flow *flow, struct buf *out)
{
    const struct flow_ask tell = { .node = "tell",
                                   .effect = EFFECT_ONCE,
                                   .account = "alarms",
                                   .amount = "decimal('1')",
                                   .ref = "trigger.body.run",
                                   .more = "" };

    flow_begin_by(flow, out, "trigger.call", "{}");
    flow_ask(flow, out, &tell);
    flow_edges(out);
    flow_edge(out, "in", "out", "tell");
    flow_end(out);
}

static const struct sim_kind alarm_called = { "alarm", alarm_bundle, NULL,         NULL,
                                              1,       NULL,         ORIGIN_POSTED };

static void alarmed_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin_totals(flow, out, ",\"on_failure\":\"alarm\"");
    begun_post(flow, out, EFFECT_KEYED, "guarded");
}

static void alarmed_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (!event->declined)
        outcome_add(outcome, event, "guarded", "post", EFFECT_KEYED, event->cents);
    told_add(event, outcome, "alarms");
}

const struct sim_kind sim_alarm = { "alarmed", alarmed_bundle, body_plain,   alarmed_outcome,
                                    4,         &alarm_called,  ORIGIN_FAILED };

/* ---- Jobs: what is done is done on a thread of the pool */

static void job_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    buf_addf(
        out,
        ",{\"id\":\"entry\",\"type\":\"transform.map\",\"config\":{\"fields\":[{\"to\":\"ref\","
        "\"from\":\"=trigger.body.id\"},{\"to\":\"amount\",\"from\":"
        "\"=decimal(trigger.body.amount)\"}]}}"
        ",{\"id\":\"post\",\"type\":\"connector.%s\",\"retry\":{\"attempts\":%u,\"initial\":"
        "\"1s\",\"max\":\"2m\",\"jitter\":0.2}}",
        flow->kind->slug, flow->attempts);
    flow_edges(out);
    flow_edge(out, "in", "out", "entry");
    flow_edge(out, "entry", "out", "post");
    flow_end(out);
}

static void job_once_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (!event->declined)
        outcome_add(outcome, event, "jobs", "post", EFFECT_ONCE, event->cents);
}

static void job_keyed_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (!event->declined)
        outcome_add(outcome, event, "keyed", "post", EFFECT_KEYED, event->cents);
}

const struct sim_kind sim_job_once = { "jobonce", job_bundle, body_plain,   job_once_outcome,
                                       2,         NULL,       ORIGIN_POSTED };
const struct sim_kind sim_job_keyed = { "jobkey", job_bundle, body_plain,   job_keyed_outcome,
                                        2,        NULL,       ORIGIN_POSTED };

/* ---- A connection, with places or a pace: it waits for a system that is down or throttles. With
 * each version it leads to another machine, which knows nothing of what the others did. */

/* Behind it nothing is done any more: a call's time and PEER_LATE_MS. */
#define CONN_PROBE                                                                        \
    ",\"probe\":{\"path\":\"='/erp/look/posts/' .. trigger.body.id\",\"settle\":\"15m\"," \
    "\"read_after_write\":true}"

static void conn_bundle(const struct sim_flow *flow, struct buf *out)
{
    static const char *const limits[] = {
        "", ",\"limits\":{\"concurrency\":2}",
        ",\"limits\":{\"requests\":2,\"per\":\"1s\",\"burst\":3}"
    };
    struct flow_ask ask = { .node = "hold",
                            .account = "holds",
                            .amount = "decimal(trigger.body.amount)",
                            .effect = EFFECT_KEYED,
                            .connected = true };

    flow_begin(flow, out);
    flow_ask(flow, out, &ask);
    ask.node = "post";
    ask.account = "posts";
    ask.effect = EFFECT_ONCE;
    ask.config = flow->attempts % 2 == 0 ? CONN_PROBE : NULL;
    flow_ask(flow, out, &ask);
    flow_edges(out);
    flow_edge(out, "in", "out", "hold");
    flow_edge(out, "hold", "out", "post");
    buf_addf(out,
             "]},\"connections\":{\"weft\":1,\"connections\":{\"erp\":{\"connector\":\"http\","
             "\"base_url\":\"http://127.0.0.%u\"%s}}}}",
             1 + flow->place, limits[flow->attempts % 3]);
}

static void conn_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (event->declined)
        return;
    outcome_add(outcome, event, "holds", "hold", EFFECT_KEYED, event->cents);
    outcome_add(outcome, event, "posts", "post", EFFECT_ONCE, event->cents);
}

const struct sim_kind sim_conn = { "conn", conn_bundle, body_plain,   conn_outcome,
                                   3,      NULL,        ORIGIN_POSTED };
