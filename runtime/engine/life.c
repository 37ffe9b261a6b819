/* life.c - how a run comes into memory and leaves it. */
#include "engine/run.h"

#include "engine/poll.h"

struct run *run_new(struct engine *engine, struct deployment *deployment, struct version *version,
                    uint64_t id, unsigned trigger, json_t **input, int64_t received_ms)
{
    struct run *run = mem_must(sizeof *run);

    check(trigger < version->flow->node_count);
    run->magic = RUN_MAGIC;
    run->state = RUN_STATE_ADMIT;
    run->id = id;
    run->engine = engine;
    run->deployment = deployment;
    run->version = version_ref(version);
    run->trigger = trigger;
    run->received_ms = received_ms;
    run->input = *input;
    run->simulate = json_is_true(json_object_get(run->input, "simulated"));
    run->again = json_is_true(json_object_get(run->input, "after_restore"));
    *input = NULL;
    run->origin = replay_origin(run->input);
    if (run->origin == 0)
        run->origin = id;
    run->root = frame_new(run, 0, NULL, 0);
    buf_init(&run->entries, RUN_ENTRIES_MAX);
    table_put(&engine->runs, id, run);
    return run;
}

/* The trigger has done its part: the run stands behind it. */
void run_begin(struct run *run)
{
    const struct flow *flow = run->version->flow;
    struct frame *root = run->root;

    run->begun = true;
    for (unsigned i = 0; i < root->graph->count; i++) {
        struct run_node *n = &root->nodes[i];

        if (node_of(n)->type->kind != NODE_TRIGGER)
            continue;
        n->status = i == run->trigger ? NODE_DONE : NODE_PASSED;
        if (i != run->trigger)
            continue;
        n->output = json_incref(run->input);
        check(json_object_set_nocheck(root->steps, node_of(n)->id, run->input) == 0);
    }
    for (unsigned i = 0; i < root->graph->count; i++)
        if (node_of(&root->nodes[i])->type->kind == NODE_TRIGGER)
            route_port(&root->nodes[i], i == run->trigger ? 0 : UINT32_MAX);
    if (root->open == 0)
        run_work(&root->end);
    if (flow->timeout_ms > 0) {
        run->deadline =
            run->engine->steady + flow->timeout_ms - (run->engine->wall - run->received_ms);
        due_add(run->engine, run->deadline, run->id, true);
    }
}

/* A poll begins with the body of its trigger; nothing of the flow behind it is reached. */
void run_poll(struct run *run)
{
    check(run->poll != 0 && run->state == RUN_STATE_ADMIT);
    run->begun = true;
    frame_open(frame_node(run->root, run->trigger));
    run_set(run, RUN_STATE_STEPS, "a poll");
    run_queue(run);
}

/* A run that came back from the store stands where it would stand after the
 * commit of its accept. */
void run_resume(struct run *run)
{
    check(run->accepted && run->begun && run->state == RUN_STATE_ADMIT);
    run_set(run, RUN_STATE_LANE, "recovered");
    run->holds_place = lane_enter(run);
    run_queue(run);
}

/* ---- Its end */

void run_born(struct run *run, enum err_code code, uint64_t id)
{
    if (run->born != NULL)
        run->born(run->born_owner, run->born_tag, code, id);
    run->born = NULL;
}

void run_moved(const struct run *run, enum run_status status)
{
    const struct world *world = &run->engine->world;
    const struct deployment *d = run->deployment;

    if (world->moved != NULL)
        world->moved(world->arg,
                     &(const struct engine_moved){ run->id, status, d->workspace, d->environment,
                                                   d->slug, run->waited });
}

/* Out of the engine; the memory goes after the turn. */
enum run_go run_gone(struct run *run, const char *why)
{
    struct engine *engine = run->engine;
    bool ended = run->ending && run->accepted;
    struct err refusal = run->commit;

    if (refusal.code == ERR_OK)
        err_set(&refusal, ERR_INVALID, "it was refused: its order key cannot be told");
    if (!run->accepted) {
        tally_refused(run);
        keep_tell(run, &refusal, true);
    }
    if (run->piece != NULL)
        poll_refused(run); /* before its birth is told: that would count as another failure */
    if (run->commit.code == ERR_DUPLICATE)
        run_born(run, ERR_DUPLICATE, run->first_run);
    else
        run_born(run, run->commit.code != ERR_OK ? run->commit.code : ERR_INVALID, 0);
    run_set(run, RUN_STATE_GONE, why);
    lane_leave(run);
    table_remove(&engine->runs, run->id);
    if (!run->queued) {
        run->next = engine->gone;
        engine->gone = run;
    }
    if (ended)
        tally_ended(run, run->status);
    if (ended && engine->world.ended != NULL)
        engine->world.ended(engine->world.arg, run->id, run->status);
    if (ended)
        run_moved(run, run->status);
    return RUN_PARK;
}

void run_drop(struct run *run)
{
    table_remove(&run->engine->runs, run->id);
    run_free(run);
}

void run_free(struct run *run)
{
    CHECK_OBJ(run, RUN_MAGIC);
    const struct err over = { .code = ERR_OVERLOAD, .text = "the server is shutting down" };

    frame_free(run->root);
    keep_tell(run, &over, true);
    if (run->hand != NULL && run->born != NULL) /* a person waits; triggers end with the engine */
        run->hand(run->hand_arg, 0, &over);
    if (run->piece != NULL)
        poll_abandon(run);
    keep_free(run);
    json_decref(run->input);
    json_decref(run->raw);
    json_decref(run->masked);
    json_decref(run->before);
    json_decref(run->about);
    reply_free(run->reply);
    mem_free(run->dedupe);
    mem_free(run->order_key);
    mem_free(run->money);
    mem_free(run->flushed);
    buf_fini(&run->entries);
    version_unref(run->engine, run->version);
    run->magic = 0;
    mem_free(run);
}
