/* flows_reverse.c - payments at a bank that takes them back: what may have happened is undone and
 * done again, when the flow's author allows it. By a connector of the simulation's own. Beside the
 * payment goes another step, by which the run may fail meanwhile. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "nodes/manifest.h"
#include "sim/flows_priv.h"

/* ---- The bank. Behind the 15 minutes nothing is done any more: a call's time and PEER_LATE_MS. */

static const char bank_begin[] =
    "{'weft':1,'name':'bank','title':'Bank','version':'1.0','help':'Takes payments back.',"
    "'credential':'There is none.','sources':['flows_reverse.c'],'environments':{'live':"
    "{'base_url':'http://127.0.0.1'}},'sign_in':{'type':'none'},'actions':{";
static const char bank_action[] =
    "'%s%u':{'title':'Pay','help':'Pays.','method':'POST','path':'/bank/%s/%s','headers':"
    "{'X-Run':'{input.run}','X-Node':'{input.node}'},'input':{'type':'object','properties':{'run':{"
    "'type':"
    "'string'},'node':{'type':'string'},'ref':{'type':'string'},'amount':{'type':'number'}},"
    "'required':['run','node','ref','amount']},'body':{'ref':'{input.ref}','token':'{reference}','"
    "amount':'{input.amount}'},"
    "'echo':[{'field':'token','equals':'{reference}'},{'field':'amount','equals':"
    "'{input.amount}'}],'output':{'payment':'{reply.body.id}'},'example':{'input':{'run':'r',"
    "'node':'pay','ref':'x','amount':1},'output':{}},'reversal':{'method':'POST','path':'/bank/"
    "void/%s',"
    "'headers':{'X-Run':'{input.run}','X-Node':'{input.node}'},'body':{'ref':'{input.ref}','token':"
    "'{reference}'},'absent_statuses':[404],'settle':'15m','echo':[{'field':'token','equals':"
    "'{reference}'}]}";
static const char bank_keyed[] =
    ",'effect':'keyed','key_header':'Idempotency-Key','key_valid':'20m'";
static const char bank_probe[] =
    ",'probe':{'method':'GET','path':'/bank/%s/%s/{input.ref}','headers':{'X-Run':'{input.run}',"
    "'X-Node':'{input.node}'},'query':{'token':'{reference}'},'found':'items.0','single':true,'"
    "settle':"
    "'15m','echo':[{'field':'items.0.amount','equals':'{input.amount}'}],'output':{'payment':"
    "'{reply.body.items.0.id}'}%s}";

/* Its actions differ in what else can be known: nothing, what a search finds that may not see all
 * of it, or all that is there. */
static void bank_write(struct buf *out)
{
    static const char *const names[] = { "once", "keyed" }, *const paths[] = { "pay", "key" };
    static const char *const accounts[] = { "cards", "wires" };

    buf_add_text(out, bank_begin);
    for (unsigned i = 0; i < 6; i++) {
        const unsigned keyed = i / 3;

        buf_add_text(out, i > 0 ? "," : "");
        buf_addf(out, bank_action, names[keyed], i % 3, paths[keyed], accounts[keyed],
                 accounts[keyed]);
        buf_add_text(out, keyed ? bank_keyed : "");
        if (i % 3 > 0)
            buf_addf(out, bank_probe, i % 3 == 1 ? "seek" : "find", accounts[keyed],
                     i % 3 == 1 ? "" : ",'read_after_write':true");
        buf_add_char(out, '}');
    }
    buf_add_text(out, "}}");
    for (size_t at = 0; at < out->len; at++)
        if (out->at[at] == '\'')
            out->at[at] = '"';
}

void reverse_types(struct registry *registry)
{
    static struct manifest *manifest; /* as long as the types */
    struct faults faults;
    struct buf text;

    buf_init(&text, MIB);
    bank_write(&text);
    faults_init(&faults);
    manifest = manifest_read("bank", buf_text(&text), text.len, &faults);
    if (manifest == NULL)
        printf("%s: %s\n", faults.list[0].pointer, faults.list[0].text);
    check(manifest != NULL);
    faults_fini(&faults);
    buf_fini(&text);
    manifest_add(manifest, registry);
}

/* ---- The flow */

bool reverse_allowed(const struct sim_flow *flow)
{
    return flow->attempts != 6;
}

/* loops: it stands in a loop over lines; else it pays what the event says. */
static void reverse_pay(const struct sim_flow *flow, struct buf *out, bool keyed, bool loops)
{
    buf_addf(out,
             ",{\"id\":\"pay\",\"type\":\"connector.bank.%s%u\",\"connection\":\"bank\",\"config\":"
             "{\"input\":{\"run\":\"=run.id\",%s},\"reverse\":%s},\"retry\":{\"attempts\":%u,"
             "\"initial\":\"1s\",\"max\":\"2m\",\"jitter\":0.2}}",
             keyed ? "keyed" : "once", (flow->concurrency + flow->attempts + 2) % 3,
             loops ? "\"node\":\"='pay[' .. index .. ']'\",\"ref\":\"=index .. '-' .. "
                     "trigger.body.id\",\"amount\":\"=decimal(item.amount)\""
                   : "\"node\":\"pay\",\"ref\":\"=trigger.body.id\",\"amount\":"
                     "\"=decimal(trigger.body.amount)\"",
             reverse_allowed(flow) ? "true" : "false", flow->attempts);
}

static void reverse_end(const struct sim_flow *flow, struct buf *out)
{
    buf_addf(out,
             "]},\"connections\":{\"weft\":1,\"connections\":{\"bank\":{\"connector\":\"bank\","
             "\"base_url\":\"http://127.0.0.%u\",\"settings\":{},\"secrets\":{}}}}}",
             1 + flow->place);
}

static void reverse_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    reverse_pay(flow, out, flow->kind == &sim_reverse_keyed, false);
    flow_call(flow, out, "beside", EFFECT_IDEMPOTENT, "asides", "decimal(trigger.body.amount)", "");
    flow_call(flow, out, "after", EFFECT_IDEMPOTENT, "paids",
              "steps.pay.payment and decimal(trigger.body.amount)", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "pay");
    flow_edge(out, "in", "out", "beside");
    flow_edge(out, "pay", "out", "after");
    reverse_end(flow, out);
}

static void reverse_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    bool once = event->flow->kind == &sim_reverse_once;

    outcome->fails = event->declined;
    if (event->declined)
        return;
    outcome_add(outcome, event, once ? "cards" : "wires", "pay", once ? EFFECT_ONCE : EFFECT_KEYED,
                event->cents);
    outcome_add(outcome, event, "asides", "beside", EFFECT_IDEMPOTENT, event->cents);
    outcome_add(outcome, event, "paids", "after", EFFECT_IDEMPOTENT, event->cents);
}

const struct sim_kind sim_reverse_once = { "reverse", reverse_bundle, body_plain,   reverse_outcome,
                                           3,         NULL,           ORIGIN_POSTED };
const struct sim_kind sim_reverse_keyed = {
    "reversekey", reverse_bundle, body_plain, reverse_outcome, 3, NULL, ORIGIN_POSTED
};

/* ---- In a loop: a payment of each line, some at a time */

static unsigned lines_of(const struct sim_event *event)
{
    return 1 + event->dice % 4;
}

static int64_t lines_cents(const struct sim_event *event, unsigned line)
{
    return event->cents % 1000 + 10 * line + 1;
}

static void lines_body(const struct sim_event *event, struct buf *out)
{
    buf_addf(out, "{\"id\":\"%s\",\"customer\":\"%s\",\"lines\":[", event->id, event->customer);
    for (unsigned i = 1; i <= lines_of(event); i++) {
        buf_add_text(out, i > 1 ? ",{\"amount\":" : "{\"amount\":");
        flow_amount(lines_cents(event, i), out);
        buf_add_char(out, '}');
    }
    buf_add_text(out, "]}");
}

static void lines_bundle(const struct sim_flow *flow, struct buf *out)
{
    const struct flow_ask after = { .node = "after",
                                    .effect = EFFECT_IDEMPOTENT,
                                    .account = "paids",
                                    .amount = "steps.pay.payment and decimal(item.amount)",
                                    .ref = "index .. '-' .. trigger.body.id",
                                    .loops = true };

    flow_begin(flow, out);
    buf_addf(out,
             ",{\"id\":\"each\",\"type\":\"branch.foreach\",\"config\":{\"items\":"
             "\"=trigger.body.lines\",\"parallel\":%u,\"body\":{\"nodes\":[{\"id\":\"line\","
             "\"type\":\"branch.filter\",\"config\":{\"when\":\"=decimal(item.amount) > 0\"}}",
             1 + flow->attempts % 3);
    reverse_pay(flow, out, flow->result, true);
    flow_ask(flow, out, &after);
    flow_edges(out);
    flow_edge(out, "line", "out", "pay");
    flow_edge(out, "pay", "out", "after");
    buf_add_text(out, "]}}}");
    flow_edges(out);
    flow_edge(out, "in", "out", "each");
    reverse_end(flow, out);
}

static void lines_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    bool keyed = event->flow->result;
    char node[40];

    outcome->fails = event->declined;
    for (unsigned i = 1; i <= lines_of(event) && !event->declined; i++) {
        struct sim_effect *effect = &outcome->effects[outcome->count];
        int64_t cents = lines_cents(event, i);

        snprintf(node, sizeof node, "pay[%u]", i);
        outcome_add(outcome, event, keyed ? "wires" : "cards", node,
                    keyed ? EFFECT_KEYED : EFFECT_ONCE, cents);
        snprintf(node, sizeof node, "after[%u]", i);
        outcome_add(outcome, event, "paids", node, EFFECT_IDEMPOTENT, cents);
        snprintf(effect[0].ref, sizeof effect[0].ref, "%u-%s", i, event->id);
        snprintf(effect[1].ref, sizeof effect[1].ref, "%u-%s", i, event->id);
    }
}

const struct sim_kind sim_reverse_lines = { "reverseloop", lines_bundle, lines_body,
                                            lines_outcome, 10,           NULL,
                                            ORIGIN_POSTED };

/* ---- In a flow that is called */

static void undone_bundle(const struct sim_flow *flow, struct buf *out)
{
    buf_addf(out,
             "{\"flow\":{\"weft\":1,\"name\":\"undone\",\"vars\":{\"version\":%u},\"nodes\":[{"
             "\"id\":\"in\",\"type\":\"trigger.call\"}",
             flow->version);
    reverse_pay(flow, out, flow->result, false);
    flow_edges(out);
    flow_edge(out, "in", "out", "pay");
    reverse_end(flow, out);
}

static const struct sim_kind undone = {
    "undone", undone_bundle, NULL, NULL, 1, NULL, ORIGIN_POSTED
};

static void sub_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin(flow, out);
    buf_add_text(out, ",{\"id\":\"sub\",\"type\":\"branch.call\",\"config\":{\"flow\":\"undone\","
                      "\"input\":{\"id\":\"=trigger.body.id\",\"amount\":\"=trigger.body.amount\"}"
                      "},\"retry\":{\"attempts\":100,\"initial\":\"1s\",\"max\":\"10s\"}}");
    flow_call(flow, out, "beside", EFFECT_IDEMPOTENT, "asides", "decimal(trigger.body.amount)", "");
    flow_call(flow, out, "after", EFFECT_IDEMPOTENT, "paids",
              "steps.sub.payment and decimal(trigger.body.amount)", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "sub");
    flow_edge(out, "in", "out", "beside");
    flow_edge(out, "sub", "out", "after");
    flow_end(out);
}

static void sub_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    bool keyed = event->flow->result;

    outcome->fails = event->declined;
    if (event->declined)
        return;
    outcome_add(outcome, event, keyed ? "wires" : "cards", "pay",
                keyed ? EFFECT_KEYED : EFFECT_ONCE, event->cents);
    outcome->effects[0].sub = true;
    outcome_add(outcome, event, "asides", "beside", EFFECT_IDEMPOTENT, event->cents);
    outcome_add(outcome, event, "paids", "after", EFFECT_IDEMPOTENT, event->cents);
}

const struct sim_kind sim_reverse_sub = { "reversecall", sub_bundle,   body_plain, sub_outcome, 8,
                                          &undone,       ORIGIN_POSTED };

bool reverse_is(const struct sim_kind *kind)
{
    return kind == &sim_reverse_once || kind == &sim_reverse_keyed || kind == &sim_reverse_lines ||
           kind == &sim_reverse_sub;
}
