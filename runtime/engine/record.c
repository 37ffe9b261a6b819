/* record.c - the journal: what a run did, entry by entry, in the order in which it counts.
 *
 * A row holds the entries that became durable together, as a JSON array. Every entry has "n", the
 * node's id, "t", milliseconds since the event was received, and inside of bodies "x", the indexes
 * of the iterations it stands in, from 1: "3", "3.2":
 *
 *   done      {"n","t","d"?,"a"?,"p"?,"o" | "same":1}
 *             d: duration in ms; a: attempt, 1 if absent; p: port, "out" if absent; o: output;
 *             same: the output is the input
 *             "loop" instead of o: 1 the list of what its iterations gave, 2 the last of them
 *   failed    {"n","t","a"?,"e":{...},"next"?,"unsure"?:1,"p"?,"o"?}
 *             next: wall time of the next attempt; unsure: what was sent may have happened;
 *             p: the exit taken with the error as output
 *   intent    {"n","t","a"?,"i":{"key","class","what","digest","place"?,"until"?,
 *             "up"?:[boot, ms]}}
 *             an effect is about to leave; place: digest of where its connection leads; until: so
 *             long the system knows the key, wall time, and steady time of this boot
 *   in doubt  {"n","t","a"?,"doubt":{...}}
 *             followed by its way up the ladder, {"n","t","rung":{...}}: see ladder_mark.c; and
 *             {"n","t","undo":{"what"}}: a reversal is about to leave
 *   iteration {"n","t","it": index,"o","f"?:1,"u"?:1}
 *             one of the loop n is done; o: what was collected; f: it failed; u: it was the last
 *
 *   marks     {"n","t","pause":{"until","key"?}} {.."woke":{"body"?}} {.."sent": delivered}
 *             {.."sub":""} {.."sub":"run"} {.."task":{...}} {.."decided":{...}}
 *             what a step that lasts has come to (node_long.h)
 *   without n {"out": output of a flow that was called} {"cancel":{"by","reason"}}
 *             {"broken":{...}}: what stood here could not be stored; the run goes no further
 *             {"guard":{...}} what was taken out of the run's input
 *             {"before":{...}} of a replay: replay_before.c
 *
 * Any of them may have "guard" {"what","numbers","codes","tracks","places"}: card data that was
 * taken out of what it tells (guard.h).
 *
 * Nodes that were passed over have no entry: the exits taken tell them. */
#include "engine/run.h"

#include "engine/guard.h"
#include "engine/jump.h"
#include "engine/summary.h"

#include <inttypes.h>
#include <string.h>

const struct json_limits record_limits = { 1024u * MIB, LIMIT_JSON_DEPTH + 8, UINT32_MAX };

static struct buf *record_open(struct run_node *n, const struct step *step)
{
    struct run *run = n->frame->run;
    struct buf *out = &run->entries;
    int64_t took = step != NULL ? run->engine->steady - step->started_ms : 0;

    buf_add_text(out, out->len == 0 ? "[{\"n\":\"" : ",{\"n\":\"");
    buf_add_text(out, node_of(n)->id); /* letters, digits and _ only */
    if (n->frame->outer != NULL) {
        char index[LIMIT_LOOP_DEPTH * 12];

        frame_index_text(n->frame, index, sizeof index);
        buf_add_text(out, "\",\"x\":\"");
        buf_add_text(out, index);
    }
    buf_add_text(out, "\",\"t\":");
    buf_add_int(out, run->engine->wall - run->received_ms);
    if (took > 0) {
        buf_add_text(out, ",\"d\":");
        buf_add_int(out, took);
    }
    if (n->attempts > 1) {
        buf_add_text(out, ",\"a\":");
        buf_add_int(out, n->attempts);
    }
    return out;
}

static void record_port(struct run_node *n, struct buf *out, unsigned port)
{
    const char *name = node_of(n)->ports[port];

    if (strcmp(name, "out") == 0)
        return;
    buf_add_text(out, ",\"p\":");
    json_write_text(out, name, strlen(name));
}

/* Whoever watches is told. */
static void record_tell(const struct run_node *n, const char *what)
{
    const struct world *world = &n->frame->run->engine->world;
    char path[NODE_PATH_TEXT];

    if (world->step == NULL || (world->watched != NULL && !*world->watched))
        return;
    node_path(n, path);
    world->step(world->arg, n->frame->run->id, path, what);
}

/* The journal must hold every entry: without memory for it the process ends and recovery takes
 * over. */
static void record_close(struct run *run)
{
    struct buf *out = &run->entries;

    if (run->masked != NULL) {
        buf_add_text(out, ",\"guard\":");
        json_write(out, run->masked);
        json_decref(run->masked);
        run->masked = NULL;
    }
    buf_add_char(out, '}');
    check(buf_ok(out));
}

/* Writes the output; false when it is larger than is kept. */
static bool record_output(struct buf *out, json_t *output, struct err *e)
{
    size_t start = out->len;

    buf_add_text(out, ",\"o\":");
    if (output == NULL)
        buf_add_text(out, "null");
    else
        json_write(out, output);
    check(buf_ok(out));
    if (out->len - start <= LIMIT_OUTPUT)
        return true;
    err_set(e, ERR_LIMIT, "the output is %zu bytes; at most %u are kept", out->len - start,
            LIMIT_OUTPUT);
    return false;
}

/* False when the run would hold more than it may. */
static bool record_budget(struct frame *frame, size_t bytes, struct err *e)
{
    struct run *run = frame->run;

    if (run->bytes + bytes > LIMIT_RUN_BYTES) {
        err_set(e, ERR_LIMIT,
                "the outputs that the run holds at a time are larger than %u bytes; pass on less, "
                "or let fewer iterations run at once",
                LIMIT_RUN_BYTES);
        return false;
    }
    frame->bytes += bytes;
    run->bytes += bytes;
    return true;
}

void record_done(struct run_node *n, unsigned port, json_t *output, struct step *step)
{
    struct buf *out = &n->frame->run->entries;
    size_t before = out->len;

    record_open(n, step);
    record_port(n, out, port);
    if (step->looped != NULL && output == step->looped) {
        buf_add_text(out, step->looped_last ? ",\"loop\":2" : ",\"loop\":1");
    } else if (output == step->input && output != NULL) {
        buf_add_text(out, ",\"same\":1");
    } else {
        size_t start = out->len;

        if (!record_output(out, output, &step->error) ||
            !record_budget(n->frame, out->len - start, &step->error)) {
            out->len = before;
            step->failed = true;
            return;
        }
    }
    record_close(n->frame->run);
    summary_keep(n, output);
    tally_step_done(&n->frame->run->engine->tally, node_of(n)->type);
    record_tell(n, node_of(n)->ports[port]);
}

void record_mark(struct run_node *n, const char *name, const json_t *value)
{
    struct buf *out = record_open(n, NULL);

    buf_add_text(out, ",\"");
    buf_add_text(out, name);
    buf_add_text(out, "\":");
    json_write(out, value);
    record_close(n->frame->run);
}

void record_run(struct run *run, const char *name, const json_t *value)
{
    struct buf *out = &run->entries;

    buf_add_text(out, out->len == 0 ? "[{\"" : ",{\"");
    buf_add_text(out, name);
    buf_add_text(out, "\":");
    json_write(out, value);
    record_close(run);
}

void record_iteration(struct run_node *n, uint32_t index, json_t *result, bool failed, bool last)
{
    struct buf *out = record_open(n, NULL);

    buf_add_text(out, ",\"it\":");
    buf_add_int(out, index);
    buf_add_text(out, ",\"o\":");
    json_write(out, result);
    if (failed)
        buf_add_text(out, ",\"f\":1");
    if (last)
        buf_add_text(out, ",\"u\":1");
    record_close(n->frame->run);
}

json_t *record_error(const struct err *e, const char *node, json_t *details)
{
    json_t *error = json_object();
    bool failed = false;

    json_put(error, "kind", json_string(err_name(e->code)), &failed);
    json_put(error, "text", json_string(e->text), &failed);
    if (node != NULL)
        json_put(error, "step", json_string(node), &failed);
    if (details != NULL)
        json_put(error, "details", json_incref(details), &failed);
    check(!failed);
    return error;
}

void record_failed(struct run_node *n, const struct err *e, json_t *details, int port,
                   int64_t next_ms, const struct step *step)
{
    struct buf *out = record_open(n, step);
    json_t *error = record_error(e, NULL, details);

    buf_add_text(out, ",\"e\":");
    json_write(out, error);
    json_decref(error);
    if (next_ms > 0) {
        buf_add_text(out, ",\"next\":");
        buf_add_int(out, next_ms);
        if (n->progress->unknown || n->progress->left)
            buf_add_text(out, ",\"unsure\":1");
    }
    if (port >= 0) {
        buf_add_text(out, ",\"p\":");
        json_write_text(out, node_of(n)->ports[port], strlen(node_of(n)->ports[port]));
    }
    record_close(n->frame->run);
    tally_step_failed(&n->frame->run->engine->tally, node_of(n)->type, e->code, next_ms > 0);
    record_tell(n, next_ms > 0 ? "failed, will be tried again" : "failed");
}

/* The address of a request: a number may stand in it. */
static void record_what(struct run *run, struct buf *out, const char *what)
{
    json_t *text = json_string(what);

    check(text != NULL);
    guard_value(run, &text, "/intent");
    json_write(out, text);
    json_decref(text);
}

/* The wall clock may have been put back since its key left first. */
static int64_t record_until(const struct engine *engine, const struct deadline *until)
{
    int64_t by_steady = INT64_MAX;

    if (until->steady_ms != INT64_MAX)
        by_steady = engine->wall + until->steady_ms - engine->steady;
    return by_steady < until->wall_ms ? by_steady : until->wall_ms;
}

void record_intent(struct run_node *n, const struct step *step, const char *what)
{
    struct buf *out = record_open(n, step);
    const struct progress *progress = n->progress;
    const struct deadline *until = &progress->ladder.key_until;
    const struct engine *engine = n->frame->run->engine;
    uint32_t boot = engine->world.clock->boot;

    record_tell(n, what);
    buf_addf(out, ",\"i\":{\"key\":\"%s\",\"class\":\"%s\",\"digest\":\"%s\",\"what\":", step->key,
             effect_name(progress->effect), progress->ladder.digest);
    record_what(n->frame->run, out, what);
    if (progress->ladder.place[0] != '\0')
        buf_addf(out, ",\"place\":\"%s\"", progress->ladder.place);
    if (until->wall_ms != 0) {
        buf_add_text(out, ",\"until\":");
        buf_add_int(out, record_until(engine, until));
    }
    if (until->wall_ms != 0 && engine->jump.back_ms != 0) {
        buf_add_text(out, ",\"back\":");
        buf_add_int(out, engine->jump.back_ms);
    }
    if (until->wall_ms != 0 && until->steady_ms != INT64_MAX && boot != 0) {
        buf_addf(out, ",\"up\":[%" PRIu32 ",", boot);
        buf_add_int(out, until->steady_ms);
        buf_add_char(out, ']');
    }
    buf_add_char(out, '}');
    record_close(n->frame->run);
}

void record_doubt(struct run_node *n, const struct err *e, json_t *details, const struct step *step)
{
    struct buf *out = record_open(n, step);
    json_t *error = record_error(e, NULL, details);

    buf_add_text(out, ",\"doubt\":");
    json_write(out, error);
    json_decref(error);
    record_close(n->frame->run);
}

void record_accept(const struct run *run, const char *dedupe, struct store_batch *batch)
{
    const struct deployment *d = run->deployment;
    struct store_accept accept = {
        .workspace = d->workspace,
        .environment = d->environment,
        .flow = d->slug,
        .version = run->version->flow->version,
        .trigger = run->version->flow->nodes[run->trigger].id,
        .dedupe = dedupe,
        .order_key = run->order_key,
        .received_ms = run->received_ms,
    };
    struct buf input;

    buf_init(&input, RUN_INPUT_MAX);
    json_write(&input, run->input);
    check(buf_ok(&input));
    accept.input = buf_text(&input);
    accept.input_size = input.len;
    store_batch_accept(batch, &accept);
    jump_accepts(run->engine, batch);
    buf_fini(&input);
}

/* What its row says from now on. */
static void record_status(struct run *run, struct store_batch *batch)
{
    const struct frame *root = run->root;
    json_t *error;

    batch->has_status = run->ending || run->parking || run->row_waits;
    /* It waits for its turn: it works not yet, but is to be taken up when the process dies. */
    run->row_stays = run->row_waits && !run->holds_place && !run->ending && !run->parking;
    if (run->parking) {
        bool doubt = run->doubts > 0 && run->due_ms == INT64_MAX;

        batch->status = doubt ? RUN_IN_DOUBT : RUN_WAITING;
        batch->due_ms = run->due_ms != INT64_MAX ? run->due_ms : 0;
        return;
    }
    batch->status = run->ending ? run->status : RUN_ACTIVE;
    if (run->row_stays) {
        batch->status = RUN_WAITING;
        batch->due_ms = run->engine->wall;
        run->row_due_ms = -1;
    }
    if (!run->ending)
        return;
    batch->ended_ms = run->engine->wall;
    if (root->failure.code == ERR_OK)
        return;
    error = record_error(
        &root->failure,
        root->failed_node == UINT32_MAX ? NULL : run->version->flow->nodes[root->failed_node].id,
        root->failure_details);
    batch->error = json_text_new(error, LIMIT_OUTPUT, NULL);
    json_decref(error);
}

/* The store has refused a batch: its entries come first in the next one. */
void record_back(struct run *run)
{
    struct buf both;

    if (run->flushed == NULL)
        return;
    buf_init(&both, RUN_ENTRIES_MAX);
    buf_add(&both, run->flushed, run->flushed_size - 1); /* without its bracket */
    if (run->entries.len > 0) {
        buf_add_char(&both, ',');
        buf_add(&both, buf_text(&run->entries) + 1, run->entries.len - 1);
    }
    check(buf_ok(&both));
    buf_fini(&run->entries);
    run->entries = both;
    mem_free(run->flushed);
    run->flushed = NULL;
}

void record_broken(struct run *run, const struct err *e)
{
    struct buf rest = run->entries;
    json_t *error = record_error(e, NULL, NULL);

    mem_free(run->flushed);
    run->flushed = NULL;
    buf_init(&run->entries, RUN_ENTRIES_MAX);
    record_run(run, "broken", error);
    json_decref(error);
    if (rest.len > 0) {
        buf_add_char(&run->entries, ',');
        buf_add(&run->entries, buf_text(&rest) + 1, rest.len - 1);
    }
    check(buf_ok(&run->entries));
    buf_fini(&rest);
}

struct store_batch *record_batch(struct run *run)
{
    struct store_batch *batch = store_batch_new(run->id);

    check(run->state == RUN_STATE_FLUSH);
    batch->epoch = store_epoch(run->engine->world.store);
    batch->seq = run->seq;
    if (!run->accepted)
        record_accept(run, run->dedupe, batch);
    check(run->flushed == NULL);
    if (run->entries.len > 0) {
        buf_add_char(&run->entries, ']');
        check(buf_ok(&run->entries));
        run->flushed = buf_take(&run->entries, &run->flushed_size);
    }
    run->wrote = run->flushed != NULL;
    if (run->wrote) {
        batch->entries_size = run->flushed_size;
        if (run->accepted) { /* kept for another try */
            batch->entries = mem_must_copy_n(run->flushed, run->flushed_size);
        } else {
            batch->entries = run->flushed;
            run->flushed = NULL;
        }
    }
    record_status(run, batch);
    return batch;
}
