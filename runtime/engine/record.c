/* record.c - the journal: what a run did, entry by entry, in the order in which it counts.
 *
 * A row holds the entries that became durable together, as a JSON array. Every entry has "n", the
 * node's id, and "t", milliseconds since the event was received:
 *
 *   done      {"n","t","d"?,"a"?,"p"?,"o" | "same":1}
 *             d: duration in ms; a: attempt, 1 if absent; p: port, "out" if absent; o: output;
 *             same: the output is the input
 *   failed    {"n","t","a"?,"e":{...},"next"?,"p"?,"o"?}
 *             next: wall time of the next attempt; p: the exit taken with the error as output
 *   intent    {"n","t","a"?,"i":{"key","class","what","digest"}}
 *             an effect is about to leave
 *   in doubt  {"n","t","a"?,"doubt":{...}}
 *
 * Nodes that were passed over have no entry: the exits taken tell them. */
#include "engine/run.h"

#include <string.h>

const struct json_limits record_limits = { 1024u * MIB, LIMIT_JSON_DEPTH + 8, UINT32_MAX };

#define RUN_INPUT_MAX (16u * MIB) /* body, headers and query as JSON */

static struct buf *record_open(struct run *run, unsigned node, const struct step *step)
{
    const struct flow_node *n = &run->version->flow->nodes[node];
    struct buf *out = &run->entries;
    int64_t took = step != NULL ? run->engine->steady - step->started_ms : 0;

    buf_add_text(out, out->len == 0 ? "[{\"n\":\"" : ",{\"n\":\"");
    buf_add_text(out, n->id); /* letters, digits and _ only */
    buf_add_text(out, "\",\"t\":");
    buf_add_int(out, run->engine->wall - run->received_ms);
    if (took > 0) {
        buf_add_text(out, ",\"d\":");
        buf_add_int(out, took);
    }
    if (run->nodes[node].attempts > 1) {
        buf_add_text(out, ",\"a\":");
        buf_add_int(out, run->nodes[node].attempts);
    }
    return out;
}

static void record_port(struct run *run, struct buf *out, unsigned node, unsigned port)
{
    const char *name = run->version->flow->nodes[node].ports[port];

    if (strcmp(name, "out") == 0)
        return;
    buf_add_text(out, ",\"p\":");
    json_write_text(out, name, strlen(name));
}

/* Whoever watches is told. */
static void record_tell(const struct run *run, unsigned node, const char *what)
{
    const struct world *world = &run->engine->world;

    if (world->step != NULL)
        world->step(world->arg, run->id, run->version->flow->nodes[node].id, what);
}

/* The journal must hold every entry: without memory for it the process ends and recovery takes
 * over. */
static void record_close(struct buf *out)
{
    buf_add_char(out, '}');
    check(buf_ok(out));
}

void record_done(struct run *run, unsigned node, unsigned port, json_t *output, struct step *step)
{
    size_t before = run->entries.len, start;
    struct buf *out = record_open(run, node, step);
    struct err e;

    record_port(run, out, node, port);
    if (output == step->input && output != NULL) {
        buf_add_text(out, ",\"same\":1");
    } else {
        buf_add_text(out, ",\"o\":");
        start = out->len;
        if (output == NULL)
            buf_add_text(out, "null");
        else
            json_write(out, output);
        check(buf_ok(out));
        if (out->len - start > LIMIT_OUTPUT) {
            err_set(&e, ERR_LIMIT, "the output is %zu bytes; at most %u are kept", out->len - start,
                    LIMIT_OUTPUT);
            out->len = before;
            step->failed = true;
            step->error = e;
            return;
        }
    }
    record_close(out);
    record_tell(run, node, run->version->flow->nodes[node].ports[port]);
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

void record_failed(struct run *run, unsigned node, const struct err *e, json_t *details, int port,
                   int64_t next_ms, const struct step *step)
{
    struct buf *out = record_open(run, node, step);
    json_t *error = record_error(e, NULL, details);

    buf_add_text(out, ",\"e\":");
    json_write(out, error);
    json_decref(error);
    if (next_ms > 0) {
        buf_add_text(out, ",\"next\":");
        buf_add_int(out, next_ms);
    }
    if (port >= 0) {
        buf_add_text(out, ",\"p\":");
        json_write_text(out, run->version->flow->nodes[node].ports[port],
                        strlen(run->version->flow->nodes[node].ports[port]));
    }
    record_close(out);
    record_tell(run, node, next_ms > 0 ? "failed, will be tried again" : "failed");
}

void record_intent(struct run *run, const struct step *step, enum effect_class effect,
                   const char *what, const char *digest)
{
    struct buf *out = record_open(run, step->node, step);

    record_tell(run, step->node, what);
    buf_addf(out, ",\"i\":{\"key\":\"%s\",\"class\":\"%s\",\"digest\":\"%s\",\"what\":", step->key,
             effect_name(effect), digest);
    json_write_text(out, what, strlen(what));
    buf_add_char(out, '}');
    record_close(out);
}

void record_doubt(struct run *run, unsigned node, const struct err *e, json_t *details,
                  const struct step *step)
{
    struct buf *out = record_open(run, node, step);
    json_t *error = record_error(e, NULL, details);

    buf_add_text(out, ",\"doubt\":");
    json_write(out, error);
    json_decref(error);
    record_close(out);
}

static void record_accept(struct run *run, struct store_batch *batch)
{
    const struct deployment *d = run->deployment;
    struct store_accept accept = {
        .workspace = d->workspace,
        .environment = d->environment,
        .flow = d->slug,
        .version = run->version->flow->version,
        .trigger = run->version->flow->nodes[run->trigger].id,
        .dedupe = run->dedupe,
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
    buf_fini(&input);
}

static void record_end(struct run *run, struct store_batch *batch)
{
    json_t *error;

    batch->has_status = true;
    batch->status = run->status;
    if (run->status != RUN_IN_DOUBT)
        batch->ended_ms = run->engine->wall;
    if (run->failure.code == ERR_OK)
        return;
    error = record_error(
        &run->failure,
        run->failed_node == UINT32_MAX ? NULL : run->version->flow->nodes[run->failed_node].id,
        run->failure_details);
    batch->error = json_text_new(error, LIMIT_OUTPUT, NULL);
    json_decref(error);
}

struct store_batch *record_batch(struct run *run)
{
    struct store_batch *batch = store_batch_new(run->id);

    check(run->state == RUN_STATE_FLUSH);
    batch->epoch = store_epoch(run->engine->world.store);
    batch->seq = run->seq;
    if (!run->accepted)
        record_accept(run, batch);
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
    if (run->ending)
        record_end(run, batch);
    return batch;
}
