/* recover.c - after a start: deployments work again, and every unfinished run goes on from its last
 * entry.
 *
 * (1) A run whose row says that it has ended, or that a person must decide, is not taken up.
 *                                                                                [recover_visit]
 * (2) What the journal says was done is not done again: its outputs stand in for the steps.
 *                                                                                [recover_entry]
 * (3) An intent without an outcome is repeated only where its effect class allows it; else the
 *     step is in doubt, and that is written before anything else of the run.      [recover_open] */
#include "engine/connection.h"
#include "engine/run.h"

#include <string.h>

#define RECOVER_PAGE 256u

struct recover_row {
    uint64_t id;
    char *workspace, *environment, *flow, *version, *trigger, *order_key, *input;
    size_t input_size;
    int64_t received_ms;
};
struct recover_page {
    struct recover_row rows[RECOVER_PAGE];
    size_t count;
    uint64_t last;
    size_t seen;
};

static void recover_row_fini(struct recover_row *row)
{
    mem_free(row->workspace);
    mem_free(row->environment);
    mem_free(row->flow);
    mem_free(row->version);
    mem_free(row->trigger);
    mem_free(row->order_key);
    mem_free(row->input);
}

static bool recover_visit(void *arg, const struct store_run *run)
{
    struct recover_page *page = arg;

    page->last = run->run;
    page->seen++;
    if (run->status != RUN_ACTIVE)
        return true;
    check(page->count < RECOVER_PAGE);
    page->rows[page->count++] = (struct recover_row){
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
    };
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

/* What replaying has found out about a node, beside what struct run_node says. */
struct recover_node {
    int64_t retry_at; /* wall; 0: none */
    bool intent;
    enum effect_class effect;
};

static enum effect_class recover_effect(const json_t *intent)
{
    const char *name = json_get_text(intent, "class");
    enum effect_class effect;

    for (effect = EFFECT_NONE; effect < EFFECT_ONCE; effect++)
        if (name != NULL && strcmp(name, effect_name(effect)) == 0)
            return effect;
    return EFFECT_ONCE;
}

static void recover_error(const json_t *error, struct err *e)
{
    const char *kind = json_get_text(error, "kind"), *text = json_get_text(error, "text");
    enum err_code code = ERR_INTERNAL;

    if (kind != NULL)
        err_find(kind, &code);
    err_set(e, code, "%s", text != NULL ? text : "");
}

static void recover_failed(struct run *run, unsigned node, const json_t *entry,
                           struct recover_node *at)
{
    struct run_node *n = &run->nodes[node];
    const char *port = json_get_text(entry, "p"), *id = run->version->flow->nodes[node].id;
    json_t *error = json_object_get(entry, "e"), *details = json_object_get(error, "details");
    int index;
    struct err e;

    at->intent = false;
    at->retry_at = json_get_int(entry, "next", 0);
    if (at->retry_at != 0)
        return;
    recover_error(error, &e);
    n->status = NODE_FAILED;
    if (port == NULL) {
        run_fail(run, node, &e, details);
        return;
    }
    index = flow_port_find(&run->version->flow->nodes[node], port);
    check(index >= 0);
    n->output = record_error(&e, id, details);
    json_object_set_nocheck(run->steps, id, n->output);
    route_port(run, node, (unsigned)index);
}

static void recover_done(struct run *run, unsigned node, const json_t *entry)
{
    struct run_node *n = &run->nodes[node];
    const char *port = json_get_text(entry, "p"), *id = run->version->flow->nodes[node].id;
    int index = flow_port_find(&run->version->flow->nodes[node], port != NULL ? port : "out");

    check(index >= 0);
    n->output = json_incref(json_object_get(entry, "same") != NULL ? route_input(run, node)
                                                                   : json_object_get(entry, "o"));
    n->status = NODE_DONE;
    run->steps_done++;
    json_object_set_nocheck(run->steps, id, n->output);
    json_decref(run->last_output);
    run->last_output = json_incref(n->output);
    if (run->failure.code == ERR_OK)
        route_port(run, node, (unsigned)index);
}

static bool recover_entry(struct run *run, const json_t *entry, struct recover_node *nodes,
                          struct err *e)
{
    const char *id = json_get_text(entry, "n");
    int index = id != NULL ? flow_node_find(run->version->flow, id) : -1;
    struct recover_node *at;
    struct run_node *n;
    json_t *intent;

    if (index < 0 || run->nodes[index].status != NODE_QUEUED) {
        err_set(
            e, ERR_STORE,
            "the journal speaks of step \"%.64s\", which version %.12s of the flow has not reached",
            id != NULL ? id : "", run->version->flow->version);
        return false;
    }
    at = &nodes[index];
    n = &run->nodes[index];
    n->attempts = (uint16_t)json_get_int(entry, "a", 1);
    intent = json_object_get(entry, "i");
    if (intent != NULL) {
        at->intent = true;
        at->effect = recover_effect(intent);
        at->retry_at = 0;
    } else if (json_object_get(entry, "e") != NULL) {
        recover_failed(run, (unsigned)index, entry, at);
    } else if (json_object_get(entry, "doubt") != NULL) {
        at->intent = false;
        n->status = NODE_DOUBT;
        run->doubt = true;
    } else {
        at->intent = false;
        recover_done(run, (unsigned)index, entry);
    }
    return true;
}

/* What the crash left open. */
static void recover_open(struct run *run, unsigned node, const struct recover_node *at)
{
    struct engine *engine = run->engine;
    struct run_node *n = &run->nodes[node];
    int64_t pause = at->retry_at - engine->wall;
    struct err e;

    if (n->status != NODE_QUEUED)
        return;
    if (at->intent && at->effect == EFFECT_ONCE) {
        err_set(&e, ERR_IN_DOUBT,
                "the process ended between the request and its answer; whether the effect "
                "happened is not known, and it may not be repeated");
        record_doubt(run, node, &e, NULL, NULL);
        n->status = NODE_DOUBT;
        run->doubt = true;
    } else if (at->retry_at != 0 && run->failure.code == ERR_OK) {
        n->status = NODE_LIVE;
        n->step = step_new(run, node);
        run->live++;
        due_add(engine, engine->steady + (pause > 0 ? pause : 0),
                step_wait_for(n->step, STEP_RETRIES), false);
    } else if (n->attempts > 0) {
        n->attempts--; /* the attempt that the crash cut short is made again */
    }
}

static enum err_code recover_replay(struct run *run, const struct recover_journal *journal,
                                    struct err *e)
{
    struct recover_node *nodes = mem_must(run->version->flow->node_count * sizeof *nodes);
    json_t *entry;
    size_t i;

    e->code = ERR_OK;
    run_begin(run);
    json_array_foreach(journal->entries, i, entry)
    {
        if (!recover_entry(run, entry, nodes, e))
            break;
    }
    if (e->code == ERR_OK)
        for (i = 0; i < run->version->flow->node_count; i++)
            recover_open(run, (unsigned)i, &nodes[i]);
    mem_free(nodes);
    return e->code;
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

static enum err_code recover_run(struct engine *engine, const struct recover_row *row,
                                 struct err *e)
{
    struct version *version = version_load(engine, row->version, row->flow, e);
    struct recover_journal journal = { .entries = NULL };
    struct run *run;
    json_t *input;
    int trigger;

    e->code = version != NULL ? ERR_OK : e->code;
    if (version == NULL)
        return e->code;
    trigger = flow_node_find(version->flow, row->trigger);
    input = json_read(row->input, row->input_size, &record_limits, e);
    journal.entries = json_array();
    if (input == NULL || trigger < 0) {
        if (trigger < 0)
            err_set(e, ERR_STORE, "its trigger \"%s\" is not in its version", row->trigger);
        goto out;
    }
    if (store_journal(engine->world.store, row->id, recover_journal_row, &journal, e) != ERR_OK)
        goto out;
    if (journal.e.code != ERR_OK) {
        *e = journal.e;
        goto out;
    }
    run = run_new(engine, recover_deployment(engine, row, version), version, row->id,
                  (unsigned)trigger, &input, row->received_ms);
    run->env = run->deployment->env;
    run->order_key = mem_must_copy(row->order_key);
    run->accepted = true;
    run->seq = journal.next;
    if (recover_replay(run, &journal, e) == ERR_OK) {
        run_resume(run);
    } else {
        table_remove(&engine->runs, run->id);
        run_free(run);
    }
out:
    json_decref(input);
    json_decref(journal.entries);
    version_unref(engine, version);
    return e->code;
}

/* ---- Deployments */

static bool recover_deployment_row(void *arg, const char *workspace, const char *environment,
                                   const char *flow, const char *version)
{
    json_array_append_new(arg, json_pack("[s, s, s, s]", workspace, environment, flow, version));
    return true;
}

static void recover_deploy(struct engine *engine, const json_t *row)
{
    const char *workspace = json_text(json_array_get(row, 0)),
               *environment = json_text(json_array_get(row, 1));
    const char *slug = json_text(json_array_get(row, 2)),
               *digest = json_text(json_array_get(row, 3));
    struct version *version;
    struct deployment *d;
    struct faults faults;
    struct err e = { .code = ERR_OK };

    if (*digest == '\0') /* taken out */
        return;
    version = version_load(engine, digest, slug, &e);
    if (version == NULL) {
        log_error(engine->world.log, "flow %s in %s/%s is not deployed: %s", slug, workspace,
                  environment, e.text);
        return;
    }
    d = deployment_make(engine, workspace, environment, slug);
    faults_init(&faults);
    d->connections =
        connections_read(engine, d, version->flow->bundle, "connections.json", &faults, &e);
    if (d->connections != NULL && hooks_free_for(engine, d, version->flow, slug, &faults)) {
        hooks_put(engine, d, version->flow);
        d->version = version_ref(version);
    } else {
        log_error(engine->world.log, "flow %s in %s/%s is not deployed: %s", slug, workspace,
                  environment, faults.count > 0 ? faults.list[0].text : "it has faults");
    }
    faults_fini(&faults);
    version_unref(engine, version);
}

enum err_code engine_recover(struct engine *engine, size_t *runs, struct err *e)
{
    struct store_runs_filter filter = {
        .status = -1, .after = 0, .unfinished = true, .limit = RECOVER_PAGE
    };
    json_t *deployments = json_array(), *row;
    struct recover_page *page = mem_must(sizeof *page);
    struct err why;
    size_t i;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    *runs = 0;
    e->code = store_deployments(engine->world.store, recover_deployment_row, deployments, e);
    json_array_foreach(deployments, i, row) recover_deploy(engine, row);
    json_decref(deployments);
    while (e->code == ERR_OK) {
        page->count = page->seen = 0;
        filter.after = page->last != 0 ? page->last : 1; /* ascending; ids are far above 1 */
        e->code = store_runs(engine->world.store, &filter, recover_visit, page, e);
        for (i = 0; i < page->count; i++) {
            char id[IDENT_TEXT];

            ident_text(page->rows[i].id, id);
            why.code = ERR_OK;
            if (recover_run(engine, &page->rows[i], &why) == ERR_OK)
                ++*runs;
            else
                log_error(engine->world.log, "run %s of flow %s stays unfinished: %s", id,
                          page->rows[i].flow, why.text);
            recover_row_fini(&page->rows[i]);
        }
        if (page->seen < RECOVER_PAGE)
            break;
    }
    mem_free(page);
    return e->code;
}
