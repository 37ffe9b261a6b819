/* walk.c - a ledger that is asked by time, by a connector of the simulation's own: a window whose
 * answer is cut is walked in parts. An entry begins one run, and the moment that the cursor says is
 * covered never stands behind an entry without one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "nodes/manifest.h"
#include "nodes/moment.h"
#include "sim/flows_priv.h"

#define WALK_FULL  3     /* entries that an answer has at most */
#define WALK_APART 40000 /* ms: fewer than WALK_FULL of them in the shortest part, a minute */

static const char walk_manifest[] =
    "{\"weft\":1,\"name\":\"ledger\",\"title\":\"Ledger\",\"version\":\"1.0\",\"help\":"
    "\"Entries by their moments.\",\"credential\":\"There is none.\",\"sources\":[\"walk.c\"],"
    "\"environments\":{\"live\":{\"base_url\":\"http://"
    "127.0.0.1\"}},\"sign_in\":{\"type\":\"none\"},\"actions\":{\"one\":{\"title\":\"One\","
    "\"help\":\"One of "
    "them.\",\"method\":\"GET\",\"path\":\"/erp/get/ledger/"
    "one\",\"input\":{\"type\":\"object\",\"properties\":{}},\"example\":{\"input\":{},\"output\":{"
    "}}}},\"events\":{"
    "\"entry\":{\"title\":\"Entry\",\"help\":\"An entry was made.\",\"poll\":{\"path\":"
    "\"/erp/get/ledger/all\",\"query\":{\"from\":\"{window.from}\",\"to\":\"{window.to}\"},"
    "\"items\":\"value\",\"id\":\"id\",\"every\":\"10m\",\"cursor\":{\"moment\":"
    "\"milliseconds\",\"back\":\"3h\",\"step\":\"4h\",\"full\":3}}}}}";

void walk_types(struct registry *registry)
{
    static struct manifest *manifest; /* as long as the types */
    struct faults faults;

    faults_init(&faults);
    manifest = manifest_read("ledger", walk_manifest, strlen(walk_manifest), &faults);
    if (manifest == NULL)
        printf("%s: %s\n", faults.list[0].pointer, faults.list[0].text);
    check(manifest != NULL);
    faults_fini(&faults);
    manifest_add(manifest, registry);
}

/* ---- The flow */

static void walk_bundle(const struct sim_flow *flow, struct buf *out)
{
    flow_begin_by(flow, out, "trigger.ledger.entry",
                  "{\"from\":\"2026-11-18T11:06:40Z\"},\"connection\":\"ledger\"");
    flow_call(flow, out, "post", EFFECT_ONCE, "entries", "decimal(trigger.body.amount)", "");
    flow_edges(out);
    flow_edge(out, "in", "out", "post");
    buf_add_text(out, "]},\"connections\":{\"weft\":1,\"connections\":{\"ledger\":{\"connector\":"
                      "\"ledger\"}}}}");
}

static void walk_outcome(const struct sim_event *event, struct sim_outcome *outcome)
{
    outcome->fails = event->declined;
    if (!event->declined)
        outcome_add(outcome, event, "entries", "post", EFFECT_ONCE, event->cents);
}

const struct sim_kind sim_walk = { "walk", walk_bundle, body_plain, walk_outcome,
                                   2,      NULL,        ORIGIN_WALK };

/* ---- The ledger */

void walk_appear(struct sim *sim, struct sim_event *event)
{
    int64_t next = sim->source.entered + WALK_APART;

    event->at_ms = next > sim->clock.wall ? next : sim->clock.wall;
    sim->source.entered = event->at_ms;
    event->acked = true;
    event->next_ms = INT64_MAX;
    sim_note(sim, "entry     %s at %" PRId64, event->id, event->at_ms);
}

static int64_t walk_asked(const struct peer_call *call, const char *name)
{
    const char *at = strstr(call->url, name);

    check(at != NULL);
    return strtoll(at + strlen(name), NULL, 10);
}

bool walk_read(struct sim *sim, const struct peer_call *call, struct buf *body)
{
    unsigned told = 0;
    size_t i;

    if (strcmp(call->account, "ledger") != 0)
        return false;
    buf_add_text(body, "{\"value\":[");
    for (i = 0; i < sim->event_count && told < WALK_FULL; i++) {
        const struct sim_event *event = &sim->events[i];

        if (event->at_ms == 0 || event->at_ms > sim->clock.wall ||
            event->at_ms < walk_asked(call, "from=") || event->at_ms >= walk_asked(call, "to="))
            continue;
        if (told++ > 0)
            buf_add_char(body, ',');
        event->flow->kind->body(event, body);
    }
    buf_add_text(body, "]}");
    return true;
}

/* ---- What must hold at any time */

/* The moment up to which all is covered: of a window that is walked, the end of the last part. */
static bool walk_cursor(void *arg, const struct store_fact *fact)
{
    int64_t *covered = arg;
    json_t *value;
    struct err e;

    if (strncmp(fact->key, "poll/main/test/walk/", 20) != 0)
        return true;
    value = json_read(fact->value, strlen(fact->value), &json_limits_reply, &e);
    check(value != NULL);
    check(moment_read(json_is_object(value) ? json_object_get(value, "at") : value, covered, &e) ==
          ERR_OK);
    json_decref(value);
    return false;
}

void walk_check(struct sim *sim)
{
    const struct store_facts_filter filter = { .kind = FACT_CURSOR };
    int64_t covered = 0;
    struct err e;
    size_t i;

    if (sim->keep.clock_back) /* then what is entered later may lie before it */
        return;
    check(store_facts(fake_store_store(sim->store), &filter, walk_cursor, &covered, &e) == ERR_OK);
    for (i = 0; i < sim->event_count; i++) {
        const struct sim_event *event = &sim->events[i];

        if (event->at_ms != 0 && event->at_ms < covered && sender_run(sim, event) == 0)
            sim_wrong(sim, "all up to %" PRId64 " is covered, and %s of %" PRId64 " has no run",
                      covered, event->id, event->at_ms);
    }
}
