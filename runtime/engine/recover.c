/* recover.c - after a start: deployments work again, and every unfinished run goes on from its last
 * entry.
 *
 * (1) A run whose row says that it has ended is never taken up again; one that waits comes back
 *     when it is woken (park.c).                                                   [recover_one]
 * (2) What the journal says was done is not done again: its outputs stand in for the steps.
 *                                                                                [recover_entry]
 * (3) An intent without an outcome is repeated only where its effect class allows it; else the
 *     step is in doubt, and that is written before anything else of the run.       [ladder_open]
 * (4) A failure ends in one log line and the run stays as it is in the store. [engine_recover] */
#include "engine/aside.h"
#include "engine/connection.h"
#include "engine/recover_priv.h"
#include "engine/suspect.h"

#include <stdlib.h>
#include <string.h>

#define RECOVER_PAGE 256u

struct recover_page {
    struct recover_row rows[RECOVER_PAGE];
    size_t count;
    uint64_t last;
    size_t seen;
};

void recover__row_fini(struct recover_row *row)
{
    mem_free(row->workspace);
    mem_free(row->environment);
    mem_free(row->flow);
    mem_free(row->version);
    mem_free(row->trigger);
    mem_free(row->order_key);
    mem_free(row->input);
}

static void recover_row_take(struct recover_row *row, const struct store_run *run)
{
    *row = (struct recover_row){
        .id = run->run,
        .workspace = mem_must_copy(run->workspace),
        .environment = mem_must_copy(run->environment),
        .flow = mem_must_copy(run->flow),
        .version = mem_must_copy(run->version),
        .trigger = mem_must_copy(run->trigger),
        .order_key = mem_must_copy(run->order_key),
        .input = mem_must_copy_n(run->input, run->input_size),
        .input_size = run->input_size,
        .received_ms = run->received_ms,
        .due_ms = run->due_ms,
        .status = run->status,
    };
}

static bool recover_visit(void *arg, const struct store_run *run)
{
    struct recover_page *page = arg;

    check(page->count < RECOVER_PAGE);
    page->last = run->run;
    page->seen++;
    recover_row_take(&page->rows[page->count++], run);
    return true;
}

/* ---- The journal of one run */

struct recover_journal {
    json_t *entries; /* of all rows, in order */
    uint32_t next;   /* seq of the next row */
    struct err e;
};

static bool recover_journal_row(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct recover_journal *journal = arg;
    json_t *row;

    if (seq != journal->next) {
        err_set(&journal->e, ERR_STORE, "journal row %u is missing", journal->next);
        return false;
    }
    journal->next++;
    row = json_read(entries, size, &record_limits, &journal->e);
    if (row == NULL)
        return false;
    json_array_extend(journal->entries, row);
    json_decref(row);
    return true;
}

static enum effect_class recover_effect(const json_t *intent)
{
    const char *name = json_get_text(intent, "class");
    enum effect_class effect;

    for (effect = EFFECT_NONE; effect < EFFECT_ONCE; effect++)
        if (name != NULL && strcmp(name, effect_name(effect)) == 0)
            return effect;
    return EFFECT_ONCE;
}

static void recover_frame_open(struct frame *frame);

static int64_t recover_moment(const struct run_node *n, const json_t *entry)
{
    return n->frame->run->received_ms + json_get_int(entry, "t", 0);
}

static void recover_failed(struct run_node *n, const json_t *entry)
{
    const char *port = json_get_text(entry, "p"), *id = node_of(n)->id;
    json_t *error = json_object_get(entry, "e"), *details = json_object_get(error, "details");
    struct progress *progress = node_progress(n);
    int index;
    struct err e;

    progress->intent = progress->calls = false;
    progress->left =
        progress->effect == EFFECT_IDEMPOTENT && json_object_get(entry, "unsure") != NULL;
    progress->unknown = !progress->left && json_object_get(entry, "unsure") != NULL;
    progress->retry_ms = json_get_int(entry, "next", 0);
    if (progress->retry_ms != 0)
        return;
    ladder_error(error, &e);
    if (port == NULL && n->frame->outer == NULL && n->frame->run->version->flow->collect_failures) {
        n->frame->failure = e;
        n->frame->failed_node = n->node;
        route_port(n, UINT32_MAX);
        frame_close(n, NODE_FAILED);
        return;
    }
    if (port == NULL) {
        frame_close(n, NODE_FAILED);
        frame_fail(n->frame, n->node, &e, details);
        return;
    }
    index = flow_port_find(node_of(n), port);
    check(index >= 0);
    n->output = record_error(&e, id, details);
    frame_show(n, recover_moment(n, entry));
    route_port(n, (unsigned)index);
    frame_close(n, NODE_FAILED);
}

static void recover_done(struct run_node *n, const json_t *entry)
{
    const char *port = json_get_text(entry, "p");
    int index = flow_port_find(node_of(n), port != NULL ? port : "out");
    int64_t loop = json_get_int(entry, "loop", 0);

    check(index >= 0);
    if (loop != 0)
        n->output = body_result(n, loop == 2);
    else if (json_object_get(entry, "same") != NULL)
        n->output = json_incref(route_input(n));
    else
        n->output = json_incref(json_object_get(entry, "o"));
    n->frame->run->steps_done++;
    frame_show(n, recover_moment(n, entry));
    json_decref(n->frame->last_output);
    n->frame->last_output = json_incref(n->output);
    if (!n->frame->failing)
        route_port(n, (unsigned)index);
    frame_close(n, NODE_DONE);
}

/* The frame that an entry speaks of: *index runs through "3.2" from the outside. NULL: an iteration
 * that is done. */
static struct frame *recover_frame(struct run *run, unsigned graph, const char **index)
{
    const struct flow *flow = run->version->flow;
    struct run_node *owner;
    struct frame *outer;
    unsigned long at;
    char *end;

    if (graph == 0)
        return run->root;
    outer = recover_frame(run, flow->nodes[flow->graphs[graph].owner].graph, index);
    if (outer == NULL || *index == NULL)
        return NULL;
    at = strtoul(*index, &end, 10);
    *index = *end == '.' ? end + 1 : NULL;
    owner = frame_node(outer, (unsigned)flow->graphs[graph].owner);
    if (owner->status != NODE_QUEUED || at == 0 || at > UINT32_MAX)
        return NULL;
    return body_recover_frame(owner, (uint32_t)at);
}

static struct run_node *recover_node(struct run *run, const json_t *entry, struct err *e)
{
    const char *id = json_get_text(entry, "n"), *index = json_get_text(entry, "x");
    int node = id != NULL ? flow_node_find(run->version->flow, id) : -1;
    struct frame *frame =
        node >= 0 ? recover_frame(run, run->version->flow->nodes[node].graph, &index) : NULL;
    struct run_node *n = frame != NULL ? frame_node(frame, (unsigned)node) : NULL;

    if (n != NULL && n->status == NODE_QUEUED)
        return n;
    err_set(e, ERR_STORE,
            "the journal speaks of step \"%.64s\", which version %.12s of the flow has not reached",
            id != NULL ? id : "", run->version->flow->version);
    return NULL;
}

static void recover_place(struct ladder *ladder, const char *place)
{
    snprintf(ladder->place, sizeof ladder->place, "%s", place != NULL ? place : "");
}

bool recover__entry(struct run *run, const json_t *entry, struct err *e)
{
    struct run_node *n;
    json_t *intent = json_object_get(entry, "i");
    struct deadline until;

    if (json_object_get(entry, "n") == NULL) {
        recover__run(run, entry);
        return true;
    }
    n = recover_node(run, entry, e);
    if (n ==
        NULL) /* behind a gap stand the ends of steps that had begun before it, and of others */
        return run->broken;
    if (json_object_get(entry, "it") != NULL) {
        body_recover_done(n, (uint32_t)json_get_int(entry, "it", 0), json_object_get(entry, "o"),
                          json_object_get(entry, "f") != NULL, json_object_get(entry, "u") != NULL,
                          recover_moment(n, entry));
        return true;
    }
    n->attempts = (uint16_t)json_get_int(entry, "a", 1);
    if (intent != NULL) {
        until = ladder_key_until(run->engine, intent, recover_moment(n, entry));
        ladder_intended(node_progress(n), recover_effect(intent), json_get_text(intent, "digest"),
                        &until);
        recover_place(&n->progress->ladder, json_get_text(intent, "place"));
        n->progress->intended_ms = recover_moment(n, entry);
    } else if (json_object_get(entry, "e") != NULL) {
        recover_failed(n, entry);
    } else if (!recover__mark(n, entry)) {
        recover_done(n, entry);
    }
    return true;
}

/* What the crash left open. */
static void recover_open(struct run_node *n)
{
    struct engine *engine = n->frame->run->engine;
    const struct progress *progress = n->progress;

    for (struct frame *frame = body_frames(n); frame != NULL; frame = frame->next)
        recover_frame_open(frame);
    if (ladder_open(n))
        return;
    if (progress != NULL && progress->retry_ms != 0 && !n->frame->failing) {
        n->status = NODE_LIVE;
        n->step = step_new(n);
        step_wait_for(n->step, STEP_RETRIES);
        if (progress->retry_ms <= engine->wall)
            step_arrived(n->step); /* in the order in which the runs come back */
        else
            due_add(engine, due_steady(engine, progress->retry_ms), n->step->tag, false);
    } else if (n->attempts > 0) {
        n->attempts--; /* the attempt that the crash cut short is made again */
    }
}

void recover__open(struct run *run)
{
    recover_frame_open(run->root);
}

static void recover_frame_open(struct frame *frame)
{
    for (unsigned i = 0; i < frame->graph->count; i++)
        if (frame->nodes[i].status == NODE_QUEUED)
            recover_open(&frame->nodes[i]);
}

enum err_code recover_entries(struct run *run, const json_t *entries, struct err *e)
{
    json_t *entry;
    size_t i;

    e->code = ERR_OK;
    run_begin(run);
    json_array_foreach(entries, i, entry)
    {
        if (!recover__entry(run, entry, e))
            return e->code;
    }
    recover_frame_open(run->root);
    return ERR_OK;
}

static struct deployment *recover_deployment(struct engine *engine, const struct recover_row *row,
                                             const struct version *version)
{
    struct deployment *d = deployment_make(engine, row->workspace, row->environment, row->flow);
    struct faults faults;
    struct err e;

    if (d->connections != NULL)
        return d;
    faults_init(&faults);
    d->connections =
        connections_read(engine, d, version->flow->bundle, "connections.json", &faults, &e);
    faults_fini(&faults);
    return d;
}

struct run *recover__begin(struct engine *engine, const struct recover_row *row,
                           struct version *version, struct err *e)
{
    int trigger = flow_node_find(version->flow, row->trigger);
    json_t *input = json_read(row->input, row->input_size, &record_limits, e);
    struct run *run;

    if (trigger < 0)
        err_set(e, ERR_STORE, "its trigger \"%s\" is not in its version", row->trigger);
    if (input == NULL || trigger < 0) {
        json_decref(input);
        return NULL;
    }
    run = run_new(engine, recover_deployment(engine, row, version), version, row->id,
                  (unsigned)trigger, &input, row->received_ms);
    run->env = run->deployment->env;
    run->order_key = mem_must_copy(row->order_key);
    run->accepted = true;
    run->row_waits = row->status != RUN_ACTIVE;
    run->row_due_ms = row->due_ms != 0 ? row->due_ms : INT64_MAX;
    money_recover(run);
    return run;
}

/* NULL: *e tells why. */
static struct run *recover_run(struct engine *engine, const struct recover_row *row, struct err *e)
{
    struct version *version = version_load(engine, row->version, row->flow, e);
    struct recover_journal journal = { .entries = NULL };
    unsigned long refusals = mem_refusals();
    struct run *run = NULL;
    uint64_t before;

    if (version == NULL)
        return NULL;
    before = suspect_take(engine, row->id);
    journal.entries = json_array();
    if (store_journal(engine->world.store, row->id, recover_journal_row, &journal, e) != ERR_OK)
        goto out;
    if (journal.e.code != ERR_OK) {
        *e = journal.e;
        goto out;
    }
    run = recover__begin(engine, row, version, e);
    if (run == NULL)
        goto out;
    run->seq = journal.next;
    if (recover_entries(run, journal.entries, e) == ERR_OK &&
        recover_whole(refusals, e) == ERR_OK) {
        run_resume(run);
    } else {
        run_drop(run);
        run = NULL;
    }
out:
    suspect_take(engine, before);
    json_decref(journal.entries);
    version_unref(engine, version);
    return run;
}

bool recover__row(void *arg, const struct store_run *run)
{
    recover_row_take(arg, run);
    return false;
}

static struct run *recover_row_of(struct engine *engine, uint64_t id, bool waits, struct err *e)
{
    struct recover_row row = { .id = 0 };
    struct run *run = NULL;

    e->code = store_run_find(engine->world.store, id, recover__row, &row, e);
    if (e->code == ERR_OK && (waits ? row.status == RUN_WAITING || row.status == RUN_IN_DOUBT
                                    : row.status == RUN_ACTIVE))
        run = recover_run(engine, &row, e);
    recover__row_fini(&row);
    return run;
}

struct run *recover_active(struct engine *engine, uint64_t id, struct err *e)
{
    return recover_row_of(engine, id, false, e);
}

struct run *recover_one(struct engine *engine, uint64_t id, struct err *e)
{
    if (suspect_is(engine, id)) {
        err_set(e, ERR_OVERLOAD, "the process has died over it: that is written first");
        return NULL;
    }
    return recover_row_of(engine, id, true, e);
}

static void recover_page(struct engine *engine, struct recover_page *page, size_t *runs)
{
    for (size_t i = 0; i < page->count; i++) {
        struct recover_row *row = &page->rows[i];
        char id[IDENT_TEXT];
        struct err why = { .code = ERR_OK };

        if (suspect_is(engine, row->id)) {
            if (row->order_key != NULL)
                lane_hold(deployment_make(engine, row->workspace, row->environment, row->flow),
                          row->order_key, row->id);
        } else if (recover_run(engine, row, &why) != NULL) {
            ++*runs;
        } else {
            ident_text(row->id, id);
            log_error(engine->world.log, "run %s of flow %s stays unfinished: %s", id, row->flow,
                      why.text);
        }
        recover__row_fini(row);
    }
}

enum err_code engine_recover(struct engine *engine, size_t *runs, struct err *e)
{
    struct store_runs_filter filter = { .status = -1, .active = true, .limit = RECOVER_PAGE };
    struct recover_page *page = mem_must(sizeof *page);
    unsigned long refusals = mem_refusals();

    CHECK_OBJ(engine, ENGINE_MAGIC);
    *runs = 0;
    e->code = governors_recover(engine, e);
    if (e->code == ERR_OK)
        e->code = recover_deployments(engine, e);
    governors_paced(engine);
    if (e->code == ERR_OK)
        e->code = park_lanes(engine, e);
    while (e->code == ERR_OK) {
        page->count = page->seen = 0;
        filter.after = page->last != 0 ? page->last : 1; /* ascending; ids are far above 1 */
        e->code = store_runs(engine->world.store, &filter, recover_visit, page, e);
        recover_page(engine, page, runs);
        if (page->seen < RECOVER_PAGE)
            break;
    }
    mem_free(page);
    if (e->code == ERR_OK && recover_whole(refusals, e) == ERR_OK)
        e->code = park_start(engine, e);
    if (e->code == ERR_OK)
        e->code = aside_recover_all(engine, e);
    if (e->code == ERR_OK)
        suspect_begin(engine);
    return e->code;
}
