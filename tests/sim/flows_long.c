/* flows_long.c - the reference flows whose runs last: loops, waits, people, events, called flows.
 */
#include "sim/flows_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- F6: a settlement: each line is posted twice over, then the total, which must agree */

static unsigned settle_lines(const struct sim_event *event)
{
    return event->dice % 9;
}

static int64_t settle_cents(const struct sim_event *event, unsigned line)
{
    return event->cents % 1000 + 10 * line + event->dice % 7 + 1;
}

static void settle_body(const struct sim_event *event, struct buf *out)
{
    unsigned i;

    buf_addf(out, "{\"id\":\"%s\",\"customer\":\"%s\",\"note\":%" PRId64 ",\"lines\":[", event->id,
             event->customer, event->cents);
    for (i = 1; i <= settle_lines(event); i++) {
        buf_add_text(out, i > 1 ? ",{\"amount\":" : "{\"amount\":");
        flow_amount(settle_cents(event, i), out);
        buf_add_char(out, '}');
    }
    buf_add_text(out, "]}");
}

static void settle_bundle(const struct sim_flow *flow, struct buf *out)
{
    const struct flow_ask entry = { .node = "entry",
                                    .effect = EFFECT_KEYED,
                                    .account = "lines",
                                    .amount = "steps.line.amount",
                                    .ref = "index .. ':' .. trigger.body.id",
                                    .loops = true };
    const struct flow_ask mail = { .node = "mail",
                                   .effect = EFFECT_ONCE,
                                   .account = "mails",
                                   .amount = "decimal(steps.real.amount)",
                                   .ref = "index .. ':' .. trigger.body.id",
                                   .loops = true };

    flow_begin_totals(flow, out,
                      ",\"totals\":[{\"name\":\"lines\",\"left\":\"=#trigger.body.lines\","
                      "\"right\":\"=#steps.each\"}]");
    buf_addf(
        out,
        ",{\"id\":\"each\",\"type\":\"branch.foreach\",\"config\":{\"items\":"
        "\"=trigger.body.lines\",\"parallel\":%u,\"collect\":\"=steps.line.amount\",\"body\":{"
        "\"nodes\":[{\"id\":\"real\",\"type\":\"branch.filter\",\"config\":{\"when\":"
        "\"=decimal(item.amount) > 0\"}},{\"id\":\"line\",\"type\":\"transform.map\","
        "\"config\":{\"fields\":[{\"to\":\"amount\",\"from\":\"=decimal(steps.real.amount)\"}]}}",
        1 + flow->concurrency);
    flow_ask(flow, out, &entry);
    flow_ask(flow, out, &mail);
    flow_edges(out);
    flow_edge(out, "real", "out", "line");
    flow_edge(out, "line", "out", "entry");
    flow_edge(out, "entry", "out", "mail");
    buf_add_text(out, "]}}}");
    flow_call(flow, out, "total", EFFECT_IDEMPOTENT, "totals", "decimal.sum(steps.each)", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "each");
    flow_edge(out, "each", "out", "total");
    flow_end(out);
}

static void settle_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    unsigned lines = settle_lines(event), i;
    int64_t sum = 0;
    char node[40];

    outcome->fails = event->declined;
    for (i = 1; i <= lines && !event->declined; i++) {
        int64_t cents = settle_cents(event, i);
        struct sim_effect *effect = &outcome->effects[outcome->count];

        snprintf(node, sizeof node, "entry[%u]", i);
        outcome_add(outcome, event, "lines", node, EFFECT_KEYED, cents);
        snprintf(node, sizeof node, "mail[%u]", i);
        outcome_add(outcome, event, "mails", node, EFFECT_ONCE, cents);
        snprintf(effect[0].ref, sizeof effect[0].ref, "%u:%s", i, event->id);
        snprintf(effect[1].ref, sizeof effect[1].ref, "%u:%s", i, event->id);
        sum += cents;
    }
    if (!event->declined)
        outcome_add(outcome, event, "totals", "total", EFFECT_IDEMPOTENT, sum);
}

const struct sim_kind sim_settle = { "f6", settle_bundle, settle_body,  settle_outcome,
                                     20,   NULL,          ORIGIN_POSTED };

/* ---- People: a payment is released or not, above an amount by two of them */

static void review_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    buf_add_text(out, ",{\"id\":\"ask\",\"type\":\"branch.review\",\"config\":{\"title\":\"Pay?\","
                      "\"role\":\"approver\",\"ports\":[{\"port\":\"approve\"},{\"port\":"
                      "\"reject\"}],\"four_eyes_above\":{\"amount\":100,\"value\":"
                      "\"=trigger.body.amount\"}}}");
    flow_call(flow, out, "pay", EFFECT_ONCE, "released", "decimal(trigger.body.amount)", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "ask");
    flow_edge(out, "ask", "approve", "pay");
    flow_end(out);
}

static void review_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    if (event->declined) {
        outcome->open = true;
        return;
    }
    outcome_add(outcome, event, "released", "pay", EFFECT_ONCE, event->cents);
    outcome->effects[0].optional = true;
}

const struct sim_kind sim_review = { "review", review_bundle, body_plain,   review_outcome,
                                     4,        NULL,          ORIGIN_POSTED };

/* ---- Time: a pause, short or long, between two effects */

static void wait_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    flow_call(flow, out, "first", EFFECT_IDEMPOTENT, "before", "decimal(trigger.body.amount)", "");
    buf_addf(out, ",{\"id\":\"pause\",\"type\":\"branch.wait\",\"config\":{\"for\":\"%s\"}}",
             flow->attempts % 2 == 0 ? "5s" : "2d");
    flow_call(flow, out, "second", EFFECT_KEYED, "after", "decimal(trigger.body.amount)", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "first");
    flow_edge(out, "first", "out", "pause");
    flow_edge(out, "pause", "out", "second");
    flow_end(out);
}

static void wait_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (event->declined)
        return;
    outcome_add(outcome, event, "before", "first", EFFECT_IDEMPOTENT, event->cents);
    outcome_add(outcome, event, "after", "second", EFFECT_KEYED, event->cents);
}

const struct sim_kind sim_wait = { "wait", wait_bundle, body_plain,   wait_outcome,
                                   4,      NULL,        ORIGIN_POSTED };

/* ---- Events: one branch waits for what the other sends, before, after or while it waits */

static void signal_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    buf_addf(out,
             ",{\"id\":\"late\",\"type\":\"branch.wait\",\"config\":{\"for\":\"%s\"}}"
             ",{\"id\":\"tell\",\"type\":\"branch.signal\",\"config\":{\"event\":\"go\",\"key\":"
             "\"=trigger.body.id\",\"body\":{\"amount\":\"=trigger.body.amount\"}}}"
             ",{\"id\":\"heard\",\"type\":\"branch.wait\",\"config\":{\"event\":{\"name\":\"go\","
             "\"key\":\"=trigger.body.id\"}}}",
             flow->attempts % 2 == 0 ? "1s" : "1h");
    flow_call(flow, out, "post", EFFECT_ONCE, "heard", "decimal(steps.heard.amount)", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "late");
    flow_edge(out, "late", "out", "tell");
    flow_edge(out, "in", "out", "heard");
    flow_edge(out, "heard", "out", "post");
    flow_end(out);
}

static void signal_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (!event->declined)
        outcome_add(outcome, event, "heard", "post", EFFECT_ONCE, event->cents);
}

const struct sim_kind sim_signal = { "signal", signal_bundle, body_plain,   signal_outcome,
                                     4,        NULL,          ORIGIN_POSTED };

/* ---- Calls: another flow does the posting, and the caller goes on with what it gave */

static void called_bundle(const struct sim_flow *flow, struct buf *out)
{
    buf_addf(out,
             "{\"flow\":{\"weft\":1,\"name\":\"called\",\"vars\":{\"version\":%u},\"nodes\":[{"
             "\"id\":\"in\",\"type\":\"trigger.call\"}",
             flow->version);
    flow_call(flow, out, "book", EFFECT_ONCE, "booked", "decimal(trigger.body.amount)", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "book");
    flow_end(out);
}

static const struct sim_kind called = {
    "called", called_bundle, NULL, NULL, 1, NULL, ORIGIN_POSTED
};

static void call_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    buf_add_text(out, ",{\"id\":\"sub\",\"type\":\"branch.call\",\"config\":{\"flow\":\"called\","
                      "\"input\":{\"id\":\"=trigger.body.id\",\"amount\":\"=trigger.body.amount\"}"
                      "},\"retry\":{\"attempts\":100,\"initial\":\"1s\",\"max\":\"10s\"}}");
    flow_call(flow, out, "close", EFFECT_KEYED, "closed",
              "steps.sub.body.id == 'booked-' .. trigger.body.id and "
              "decimal(trigger.body.amount)",
              "");
    flow_edges(out);
    flow_edge(out, "in", "out", "sub");
    flow_edge(out, "sub", "out", "close");
    flow_end(out);
}

static void call_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (event->declined)
        return;
    outcome_add(outcome, event, "booked", "book", EFFECT_ONCE, event->cents);
    outcome->effects[0].sub = true;
    outcome_add(outcome, event, "closed", "close", EFFECT_KEYED, event->cents);
}

const struct sim_kind sim_call = { "call", call_bundle, body_plain,   call_outcome,
                                   6,      &called,     ORIGIN_POSTED };
