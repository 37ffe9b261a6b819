/* flows.c - the reference flows. Each is a bundle as a designer would write it, and what an event
 * must have done at the peers when its run has succeeded. */
#include "sim/flows_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Exactly two decimals, one, or none: as senders write amounts. */
void flow_amount(int64_t cents, struct buf *out)
{
    if (cents % 100 == 0 && cents % 3 == 0)
        buf_addf(out, "%" PRId64, cents / 100);
    else if (cents % 10 == 0)
        buf_addf(out, "%" PRId64 ".%" PRId64, cents / 100, cents % 100 / 10);
    else
        buf_addf(out, "%" PRId64 ".%02" PRId64, cents / 100, cents % 100);
}

static void flow_settings(const struct sim_flow *flow, struct buf *out)
{
    if (flow->ordered)
        buf_add_text(out, ",\"order_by\":\"=trigger.body.customer\"");
    if (flow->concurrency > 0)
        buf_addf(out, ",\"concurrency\":%u", flow->concurrency);
    if (flow->retention)
        buf_addf(out, ",\"retention\":\"%us\"", SIM_RETENTION_MS / 1000);
}

void flow_begin_totals(const struct sim_flow *flow, struct buf *out, const char *totals)
{
    buf_addf(out,
             "{\"flow\":{\"weft\":1,\"name\":\"%s\",\"settings\":{\"dedupe\":"
             "\"=trigger.body.id\"",
             flow->kind->slug);
    flow_settings(flow, out);
    buf_add_text(out, totals);
    buf_addf(out,
             "},\"vars\":{\"version\":%u},\"nodes\":[{\"id\":\"in\",\"type\":"
             "\"trigger.webhook\",\"config\":{\"path\":\"%s\",\"respond\":\"%s\",\"verify\":"
             "{\"type\":\"none\"}}}",
             flow->version, flow->kind->slug, flow->result ? "result" : "accepted");
}

void flow_begin_by(const struct sim_flow *flow, struct buf *out, const char *type,
                   const char *config)
{
    buf_addf(out, "{\"flow\":{\"weft\":1,\"name\":\"%s\",\"settings\":{\"failure\":\"fast\"",
             flow->kind->slug);
    flow_settings(flow, out);
    buf_addf(out,
             "},\"vars\":{\"version\":%u},\"nodes\":[{\"id\":\"in\",\"type\":\"%s\",\"config\":%s}",
             flow->version, type, config);
}

void flow_begin(const struct sim_flow *flow, struct buf *out)
{
    flow_begin_totals(flow, out, "");
}

/* A call: its body is {"ref", "amount", "version"}; headers say whose it is. */
void flow_ask(const struct sim_flow *flow, struct buf *out, const struct flow_ask *ask)
{
    const char *ref = ask->ref != NULL ? ask->ref : "trigger.body.id";
    const char *where = ask->connected ? "\"path\":\"" : "\"url\":\"http://127.0.0.1";

    buf_addf(out,
             ",{\"id\":\"%s\",\"type\":\"connector.http\",\"config\":{\"headers\":{\"X-Run\":"
             "\"=run.id\",\"X-Node\":\"='%s'%s\"},",
             ask->node, ask->node, ask->loops ? " .. '[' .. index .. ']'" : "");
    if (ask->effect == EFFECT_NONE)
        buf_addf(out, "\"url\":\"='http://127.0.0.1/erp/get/%s/' .. trigger.body.customer\"",
                 ask->account);
    else
        buf_addf(out,
                 "\"body\":{\"ref\":\"=%s\",\"amount\":\"=%s\",\"version\":\"=vars.version\"},",
                 ref, ask->amount);
    if (ask->effect == EFFECT_IDEMPOTENT)
        buf_addf(out, "\"method\":\"PUT\",\"url\":\"='http://127.0.0.1/erp/put/%s/' .. %s\"",
                 ask->account, ref);
    else if (ask->effect == EFFECT_KEYED)
        buf_addf(out,
                 "\"method\":\"POST\",\"effect\":\"keyed\",\"key_header\":"
                 "\"Idempotency-Key\",%s/gw/%s\"",
                 where, ask->account);
    else if (ask->effect == EFFECT_ONCE)
        buf_addf(out, "\"method\":\"POST\",%s/erp/once/%s\"", where, ask->account);
    buf_add_text(out, ask->config != NULL ? ask->config : "");
    buf_addf(out,
             "},\"retry\":{\"attempts\":%u,\"initial\":\"1s\",\"max\":\"2m\",\"jitter\":0.2}%s%s}",
             flow->attempts, ask->connected ? ",\"connection\":\"erp\"" : "",
             ask->more != NULL ? ask->more : "");
}

void flow_call(const struct sim_flow *flow, struct buf *out, const char *node,
               enum effect_class effect, const char *account, const char *amount, const char *more)
{
    const struct flow_ask ask = {
        .node = node, .effect = effect, .account = account, .amount = amount, .more = more
    };

    flow_ask(flow, out, &ask);
}

void flow_edges(struct buf *out)
{
    buf_add_text(out, "],\"edges\":[");
}

void flow_edge(struct buf *out, const char *from, const char *port, const char *to)
{
    char before = out->len > 0 ? buf_text(out)[out->len - 1] : '[';

    buf_addf(out, "%s{\"from\":\"%s\",\"port\":\"%s\",\"to\":\"%s\"}", before == '[' ? "" : ",",
             from, port, to);
}

void flow_end(struct buf *out)
{
    buf_add_text(out, "]}}");
}

void body_plain(const struct sim_event *event, struct buf *out)
{
    static const char *const kinds[] = { "full", "partial", "other" };

    buf_addf(out, "{\"id\":\"%s\",\"customer\":\"%s\",\"kind\":\"%s\",\"amount\":", event->id,
             event->customer, kinds[event->dice % 3]);
    flow_amount(event->cents, out);
    buf_add_char(out, '}');
}

void outcome_add(struct sim_outcome *outcome, const struct sim_event *event, const char *account,
                 const char *node, enum effect_class effect, int64_t cents)
{
    struct sim_effect *e = &outcome->effects[outcome->count++];

    *e = (struct sim_effect){ .effect = effect, .cents = cents };
    snprintf(e->account, sizeof e->account, "%s", account);
    snprintf(e->node, sizeof e->node, "%s", node);
    snprintf(e->ref, sizeof e->ref, "%s", event->id);
}

/* ---- F1: a card payment is mapped and posted to the ERP, in each of the classes */

static void card_bundle(const struct sim_flow *flow, struct buf *out, enum effect_class effect,
                        const char *account)
{
    flow_begin(flow, out);
    buf_add_text(out, ",{\"id\":\"entry\",\"type\":\"transform.map\",\"config\":{\"fields\":[{"
                      "\"to\":\"amount\",\"from\":\"=decimal(trigger.body.amount):round(2)\"}]}}");
    flow_call(flow, out, "post", effect, account, "steps.entry.amount", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "entry");
    flow_edge(out, "entry", "out", "post");
    flow_end(out);
}

static void card_outcome(const struct sim_event *event, struct sim_outcome *outcome,
                         enum effect_class effect, const char *account)
{
    outcome->fails = event->declined;
    if (!event->declined)
        outcome_add(outcome, event, account, "post", effect, event->cents);
}

static void put_bundle(const struct sim_flow *flow, struct buf *out)
{
    card_bundle(flow, out, EFFECT_IDEMPOTENT, "receipts");
}
static void put_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    card_outcome(event, outcome, EFFECT_IDEMPOTENT, "receipts");
}
static void keyed_bundle(const struct sim_flow *flow, struct buf *out)
{
    card_bundle(flow, out, EFFECT_KEYED, "payments");
}
static void keyed_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    card_outcome(event, outcome, EFFECT_KEYED, "payments");
}
static void once_bundle(const struct sim_flow *flow, struct buf *out)
{
    card_bundle(flow, out, EFFECT_ONCE, "journals");
}
static void once_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    card_outcome(event, outcome, EFFECT_ONCE, "journals");
}

/* ---- F2: an order is authorised, then captured, both with a key */

static void order_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    flow_call(flow, out, "auth", EFFECT_KEYED, "auths", "decimal(trigger.body.amount)", "");
    flow_call(flow, out, "capture", EFFECT_KEYED, "captures",
              "steps.auth.body.id == 'auths-' .. trigger.body.id and decimal(trigger.body.amount)",
              "");
    flow_edges(out);
    flow_edge(out, "in", "out", "auth");
    flow_edge(out, "auth", "out", "capture");
    flow_end(out);
}

static void order_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (event->declined)
        return;
    outcome_add(outcome, event, "auths", "auth", EFFECT_KEYED, event->cents);
    outcome_add(outcome, event, "captures", "capture", EFFECT_KEYED, event->cents);
}

/* ---- F3: a refund: full, half of it, or a ticket; a declined one leaves by its error exit */

static void refund_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    buf_add_text(out, ",{\"id\":\"which\",\"type\":\"branch.switch\",\"config\":{\"cases\":["
                      "{\"port\":\"full\",\"when\":\"=trigger.body.kind == 'full'\"},"
                      "{\"port\":\"part\",\"when\":\"=trigger.body.kind == 'partial'\"}],"
                      "\"else\":\"other\"}}");
    flow_call(flow, out, "full", EFFECT_KEYED, "refunds", "decimal(trigger.body.amount)",
              ",\"on_error\":\"route\"");
    flow_call(flow, out, "half", EFFECT_KEYED, "halves",
              "(decimal(trigger.body.amount) / 2):round(2, 'down')", ",\"on_error\":\"route\"");
    flow_call(flow, out, "ticket", EFFECT_ONCE, "tickets", "decimal(trigger.body.amount)", "");
    buf_add_text(out, ",{\"id\":\"told\",\"type\":\"transform.map\",\"config\":{\"fields\":[{"
                      "\"to\":\"kind\",\"from\":\"=input.kind\"}]}}"
                      ",{\"id\":\"say\",\"type\":\"transform.map\",\"config\":{\"fields\":[{"
                      "\"to\":\"ref\",\"from\":\"=trigger.body.id\"}]}}");
    flow_edges(out);
    flow_edge(out, "in", "out", "which");
    flow_edge(out, "which", "full", "full");
    flow_edge(out, "which", "part", "half");
    flow_edge(out, "which", "other", "ticket");
    flow_edge(out, "full", "error", "told");
    flow_edge(out, "half", "error", "told");
    flow_edge(out, "full", "out", "say");
    flow_edge(out, "half", "out", "say");
    flow_edge(out, "ticket", "out", "say");
    flow_edge(out, "told", "out", "say");
    flow_end(out);
}

static void refund_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    unsigned kind = event->dice % 3;

    outcome->fails = event->declined && kind == 2;
    if (event->declined)
        return;
    if (kind == 0)
        outcome_add(outcome, event, "refunds", "full", EFFECT_KEYED, event->cents);
    else if (kind == 1)
        outcome_add(outcome, event, "halves", "half", EFFECT_KEYED, event->cents / 2);
    else
        outcome_add(outcome, event, "tickets", "ticket", EFFECT_ONCE, event->cents);
}

/* ---- F11: rules, branches side by side, filters and joins before what is posted */

static void rules_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    buf_add_text(
        out,
        ",{\"id\":\"fee\",\"type\":\"transform.script\",\"config\":{\"source\":"
        "\"local fee = decimal(0)\\nfor i = 1, 29 do fee = fee + decimal(trigger.body.amount) * "
        "decimal('0.001') end\\nreturn { fee = fee:round(2, 'down') }\"}}"
        ",{\"id\":\"size\",\"type\":\"branch.switch\",\"config\":{\"cases\":["
        "{\"port\":\"small\",\"when\":\"=decimal(trigger.body.amount) < 10\"},"
        "{\"port\":\"large\",\"when\":\"=decimal(trigger.body.amount) >= 1000\"}],"
        "\"else\":\"middle\"}}"
        ",{\"id\":\"small\",\"type\":\"transform.map\",\"config\":{\"fields\":[{\"to\":\"class\","
        "\"from\":\"small\"}]}}"
        ",{\"id\":\"large\",\"type\":\"transform.map\",\"config\":{\"fields\":[{\"to\":\"class\","
        "\"from\":\"large\"}]}}"
        ",{\"id\":\"only\",\"type\":\"branch.filter\",\"config\":{\"when\":"
        "\"=trigger.body.kind ~= 'other'\"}}"
        ",{\"id\":\"joined\",\"type\":\"transform.map\",\"config\":{\"fields\":[{\"to\":\"net\","
        "\"from\":\"=steps.customer.status == 200 and decimal(trigger.body.amount) - "
        "steps.fee.fee\"}]}}");
    flow_call(flow, out, "customer", EFFECT_NONE, "customers", NULL, "");
    flow_call(flow, out, "net", EFFECT_IDEMPOTENT, "nets", "steps.joined.net", "");
    flow_call(flow, out, "fees", EFFECT_KEYED, "fees", "steps.fee.fee", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "fee");
    flow_edge(out, "in", "out", "size");
    flow_edge(out, "in", "out", "customer");
    flow_edge(out, "size", "small", "small");
    flow_edge(out, "size", "large", "large");
    flow_edge(out, "small", "out", "joined");
    flow_edge(out, "large", "out", "joined");
    flow_edge(out, "fee", "out", "joined");
    flow_edge(out, "customer", "out", "joined");
    flow_edge(out, "joined", "out", "net");
    flow_edge(out, "joined", "out", "only");
    flow_edge(out, "only", "out", "fees");
    flow_end(out);
}

static void rules_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    int64_t fee = event->cents * 29 / 1000;

    outcome->fails = event->declined;
    if (event->declined)
        return;
    outcome_add(outcome, event, "nets", "net", EFFECT_IDEMPOTENT, event->cents - fee);
    if (event->dice % 3 != 2)
        outcome_add(outcome, event, "fees", "fees", EFFECT_KEYED, fee);
}

/* ---- F12: a hundred steps side by side, then one that waits for all of them */

static enum effect_class wide_effect(unsigned i)
{
    static const enum effect_class classes[] = { EFFECT_IDEMPOTENT, EFFECT_KEYED, EFFECT_ONCE };

    return i % 10 < 7 ? EFFECT_NONE : classes[i % 10 - 7];
}

static void wide_names(unsigned i, char node[24], char account[24])
{
    snprintf(node, 24, "n%u", i);
    snprintf(account, 24, "wide%u", i);
}

static void wide_bundle(const struct sim_flow *flow, struct buf *out)
{
    char node[24], account[24], amount[80];
    unsigned i;

    flow_begin(flow, out);
    for (i = 0; i < 100; i++) {
        wide_names(i, node, account);
        snprintf(amount, sizeof amount, "decimal(trigger.body.amount) + %u", i);
        if (wide_effect(i) != EFFECT_NONE)
            flow_call(flow, out, node, wide_effect(i), account, amount, "");
        else
            buf_addf(out,
                     ",{\"id\":\"%s\",\"type\":\"transform.map\",\"config\":{\"fields\":["
                     "{\"to\":\"v\",\"from\":\"=%u\"}]}}",
                     node, i);
    }
    flow_call(flow, out, "last", EFFECT_KEYED, "sums",
              "steps.n7.body.id and steps.n99.body.id and decimal(trigger.body.amount) * 100", "");
    flow_edges(out);
    for (i = 0; i < 100; i++) {
        wide_names(i, node, account);
        flow_edge(out, "in", "out", node);
        flow_edge(out, node, "out", "last");
    }
    flow_end(out);
}

static void wide_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    char node[24], account[24];
    unsigned i;

    outcome->fails = event->declined;
    for (i = 0; i < 100 && !event->declined; i++) {
        wide_names(i, node, account);
        if (wide_effect(i) != EFFECT_NONE)
            outcome_add(outcome, event, account, node, wide_effect(i), event->cents + 100 * i);
    }
    if (!event->declined)
        outcome_add(outcome, event, "sums", "last", EFFECT_KEYED, event->cents * 100);
}

/* ---- A race: what comes first is posted; what comes later is done too and changes nothing */

static void race_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    flow_call(flow, out, "left", EFFECT_IDEMPOTENT, "lefts", "decimal(trigger.body.amount)", "");
    flow_call(flow, out, "right", EFFECT_KEYED, "rights", "decimal(trigger.body.amount)", "");
    buf_addf(out,
             ",{\"id\":\"post\",\"type\":\"connector.http\",\"join\":\"any\",\"config\":{"
             "\"headers\":{\"X-Run\":\"=run.id\",\"X-Node\":\"post\"},\"method\":\"POST\","
             "\"effect\":\"keyed\",\"key_header\":\"Idempotency-Key\",\"url\":"
             "\"http://127.0.0.1/gw/firsts\",\"body\":{\"ref\":\"=trigger.body.id\",\"amount\":"
             "\"=decimal(trigger.body.amount)\",\"first\":\"=input.body.id\"}},\"retry\":{"
             "\"attempts\":%u,\"initial\":\"1s\",\"max\":\"2m\",\"jitter\":0.2}}",
             flow->attempts);
    flow_edges(out);
    flow_edge(out, "in", "out", "left");
    flow_edge(out, "in", "out", "right");
    flow_edge(out, "left", "out", "post");
    flow_edge(out, "right", "out", "post");
    flow_end(out);
}

static void race_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (event->declined)
        return;
    outcome_add(outcome, event, "lefts", "left", EFFECT_IDEMPOTENT, event->cents);
    outcome_add(outcome, event, "rights", "right", EFFECT_KEYED, event->cents);
    outcome_add(outcome, event, "firsts", "post", EFFECT_KEYED, event->cents);
}

#define KIND(slug, name, weight)                                                     \
    {                                                                                \
        slug, name##_bundle, body_plain, name##_outcome, weight, NULL, ORIGIN_POSTED \
    }
static const struct sim_kind card_put = KIND("f1put", put, 2);
static const struct sim_kind card_keyed = KIND("f1key", keyed, 2);
static const struct sim_kind card_once = KIND("f1once", once, 2);
static const struct sim_kind order = KIND("f2", order, 2);
static const struct sim_kind refund = KIND("f3", refund, 3);
static const struct sim_kind heavy = KIND("f11", rules, 8);
static const struct sim_kind wide = KIND("f12", wide, 100);
static const struct sim_kind race = { "race", race_bundle, body_plain, race_outcome,
                                      6,      NULL,        ORIGIN_RACE };

const struct sim_kind *const sim_kinds[] = { &card_put,
                                             &card_keyed,
                                             &card_once,
                                             &order,
                                             &refund,
                                             &heavy,
                                             &wide,
                                             &sim_settle,
                                             &sim_wait,
                                             &sim_review,
                                             &sim_signal,
                                             &sim_call,
                                             &sim_tick,
                                             &sim_poll,
                                             &sim_file,
                                             &sim_heard,
                                             &sim_job_once,
                                             &sim_job_keyed,
                                             &sim_conn,
                                             &race,
                                             &sim_alarm,
                                             &sim_walk,
                                             &sim_reverse_once,
                                             &sim_reverse_keyed,
                                             &sim_reverse_lines,
                                             &sim_reverse_sub };
const size_t sim_kind_count = sizeof sim_kinds / sizeof sim_kinds[0];

const struct sim_kind *sim_kind_find(const char *slug)
{
    size_t i;

    for (i = 0; i < sim_kind_count; i++)
        if (strcmp(sim_kinds[i]->slug, slug) == 0)
            return sim_kinds[i];
    return NULL;
}
