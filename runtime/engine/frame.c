/* frame.c - the walk through one level of a flow. */
#include "engine/run.h"
#include "engine/unseen.h"

#include <stdlib.h>
#include <string.h>

static void progress_free(struct progress *progress)
{
    if (progress == NULL)
        return;
    body_free(progress->body);
    look_free(progress->ladder.look);
    mem_free(progress->wait_key);
    json_decref(progress->event_body);
    json_decref(progress->task);
    json_decref(progress->decisions);
    json_decref(progress->error);
    mem_free(progress);
}

json_t *frame_seen(const struct run_node *n, json_t *all)
{
    const struct frame *frame = n->frame;
    json_t *seen = json_incref(all);

    if (all == NULL || n->node == UINT32_MAX || n->opened == frame->shows)
        return seen;
    for (unsigned i = 0; i < frame->graph->count; i++) {
        const struct run_node *other = &frame->nodes[i];

        if (other->shown <= n->opened)
            continue;
        if (seen == all) {
            seen = json_copied(all);
            json_decref(all);
            check(seen != NULL);
        }
        json_object_del(seen, node_of(other)->id);
    }
    return seen;
}

static json_t *frame_seen_copy(const struct run_node *n, json_t *all)
{
    json_t *seen = frame_seen(n, all), *copy = json_copied(seen);

    json_decref(seen);
    return copy;
}

struct frame *frame_new(struct run *run, unsigned graph, struct run_node *owner, uint32_t index)
{
    const struct flow_graph *g = &run->version->flow->graphs[graph];
    struct frame *frame = mem_must(sizeof *frame + g->count * sizeof frame->nodes[0]);

    frame->magic = FRAME_MAGIC;
    frame->run = run;
    frame->graph = g;
    frame->owner = owner;
    frame->outer = owner != NULL ? owner->frame : NULL;
    frame->index = index;
    frame->steps = owner != NULL ? frame_seen_copy(owner, owner->frame->steps) : json_object();
    check(frame->steps != NULL);
    if (run->version->wants_moments)
        frame->moments =
            owner != NULL ? frame_seen_copy(owner, owner->frame->moments) : json_object();
    frame->failed_node = UINT32_MAX;
    frame->end = (struct run_node){ .node = UINT32_MAX, .frame = frame };
    for (unsigned i = 0; i < g->count; i++) {
        frame->nodes[i].node = g->first + i;
        frame->nodes[i].frame = frame;
    }
    return frame;
}

void frame_free(struct frame *frame)
{
    if (frame == NULL)
        return;
    CHECK_OBJ(frame, FRAME_MAGIC);
    for (unsigned i = 0; i < frame->graph->count; i++) {
        struct run_node *n = &frame->nodes[i];

        step_free(n->step);
        json_decref(n->output);
        progress_free(n->progress);
    }
    step_free(frame->end.step);
    frame->run->bytes -= frame->bytes;
    json_decref(frame->item);
    json_decref(frame->previous);
    json_decref(frame->steps);
    json_decref(frame->moments);
    json_decref(frame->last_output);
    json_decref(frame->failure_details);
    frame->magic = 0;
    mem_free(frame);
}

struct run_node *frame_node(struct frame *frame, unsigned node)
{
    unsigned at = node - frame->graph->first;

    check(at < frame->graph->count);
    return &frame->nodes[at];
}

static bool frame_knows_item(const struct frame *frame)
{
    return frame->outer == NULL || frame->item != NULL;
}

void frame_show(struct run_node *n, int64_t done_ms)
{
    const char *id = node_of(n)->id;
    int64_t effect_ms = n->progress != NULL ? n->progress->intended_ms : 0;

    check(n->output != NULL || !frame_knows_item(n->frame));
    n->shown = ++n->frame->shows;
    if (n->output != NULL)
        check(json_object_set_nocheck(n->frame->steps, id, n->output) == 0);
    if (n->frame->moments != NULL)
        json_object_set_new_nocheck(n->frame->moments, id,
                                    json_integer(effect_ms != 0 ? effect_ms : done_ms));
}

void frame_pass_item(struct frame *frame)
{
    for (unsigned i = 0; i < frame->graph->count; i++) {
        struct run_node *n = &frame->nodes[i];

        if (n->status != NODE_DONE || n->output != NULL)
            continue;
        n->output = frame->item != NULL ? json_incref(frame->item) : json_null();
        check(json_object_set_nocheck(frame->steps, node_of(n)->id, n->output) == 0);
        if (frame->last_output == NULL)
            frame->last_output = json_incref(n->output);
    }
}

struct run_node *frame_find(struct frame *frame, unsigned node)
{
    unsigned at = node - frame->graph->first;

    return at < frame->graph->count ? &frame->nodes[at] : NULL;
}

struct progress *node_progress(struct run_node *n)
{
    if (n->progress == NULL)
        n->progress = mem_must(sizeof *n->progress);
    return n->progress;
}

const struct flow_node *node_of(const struct run_node *n)
{
    check(n->node < n->frame->run->version->flow->node_count);
    return &n->frame->run->version->flow->nodes[n->node];
}

void frame_open(struct run_node *n)
{
    n->opened = n->frame->shows;
    check(n->status == NODE_PENDING);
    n->status = NODE_QUEUED;
    n->frame->open++;
    run_work(n);
}

void frame_close(struct run_node *n, enum node_status status)
{
    struct frame *frame = n->frame;

    check(n->status == NODE_QUEUED || n->status == NODE_LIVE);
    check(frame->open > 0);
    n->status = (uint8_t)status;
    n->step = NULL;
    if (--frame->open == 0)
        run_work(&frame->end);
}

/* ---- Failing */

bool node_settles(const struct run_node *n)
{
    const struct progress *progress = n->progress;

    if (progress == NULL)
        return false;
    if ((progress->unknown && !progress->allowed) || progress->calls)
        return true;
    for (const struct frame *frame = body_frames(n); frame != NULL; frame = frame->next)
        if (frame_settles(frame))
            return true;
    return false;
}

bool frame_settles(const struct frame *frame)
{
    for (unsigned i = 0; i < frame->graph->count; i++) {
        const struct run_node *n = &frame->nodes[i];

        if ((n->status == NODE_QUEUED || n->status == NODE_LIVE) && node_settles(n))
            return true;
    }
    return false;
}

/* Whether a live step may still be stopped without anybody outside knowing of it. */
static bool frame_step_stops(const struct step *step)
{
    if (node_settles(step->n))
        return false;
    switch ((enum step_wait)step->wait) {
    case STEP_SIGNS:
    case STEP_GATED:
    case STEP_CALLS:
    case STEP_LOOPS:
        return false;
    case STEP_WORKS:
        return step->effect == EFFECT_NONE;
    case STEP_DECIDES: /* an effect in doubt stays to be settled */
        return strcmp(json_get_text(step->n->progress->task, "kind"), "doubt") != 0;
    default:
        return true;
    }
}

void frame_stop(struct frame *frame)
{
    frame->failing = true;
    for (unsigned i = 0; i < frame->graph->count; i++) {
        struct run_node *n = &frame->nodes[i];

        if (n->status != NODE_LIVE || n->step->ended)
            continue;
        if (n->step->wait == STEP_LOOPS) {
            body_stop(n->progress->body);
        } else if (frame_step_stops(n->step)) {
            step_free(n->step);
            frame_close(n, NODE_PASSED);
        } else if (n->step->wait == STEP_SUBS) {
            sub_stop(n->step);
        }
    }
}

void frame_fail(struct frame *frame, unsigned by, const struct err *e, json_t *details)
{
    CHECK_OBJ(frame, FRAME_MAGIC);
    if (frame->failure.code == ERR_OK && !frame->failing) {
        frame->failure = *e;
        frame->failed_node = by;
        frame->failure_details = json_incref(details);
        if (frame->outer == NULL)
            unseen_note(frame);
    }
    if (!frame->failing)
        frame_stop(frame);
}

/* ---- Where it stands */

void frame_index_text(const struct frame *frame, char *text, size_t room)
{
    size_t used;

    text[0] = '\0';
    if (frame->outer == NULL)
        return;
    frame_index_text(frame->outer, text, room);
    used = strlen(text);
    snprintf(text + used, room - used, "%s%u", used > 0 ? "." : "", (unsigned)frame->index);
}

static void frame_path(const struct frame *frame, struct buf *path)
{
    if (frame->outer == NULL)
        return;
    frame_path(frame->outer, path);
    buf_addf(path, "%s[%u]/", node_of(frame->owner)->id, (unsigned)frame->index);
}

void node_path(const struct run_node *n, char path[NODE_PATH_TEXT])
{
    struct buf text;

    buf_init(&text, NODE_PATH_TEXT);
    frame_path(n->frame, &text);
    buf_add_text(&text, n->node != UINT32_MAX ? node_of(n)->id : "");
    check(buf_ok(&text) && text.len < NODE_PATH_TEXT);
    memcpy(path, buf_text(&text), text.len + 1);
    buf_fini(&text);
}

struct run_node *run_find_path(struct run *run, const char *path)
{
    struct frame *frame = run->root;
    char id[LIMIT_ID + 1];

    for (;;) {
        size_t size = strcspn(path, "[/");
        struct run_node *n;
        unsigned long index;
        char *end;
        int node;

        if (size > LIMIT_ID)
            return NULL;
        snprintf(id, sizeof id, "%.*s", (int)size, path);
        node = flow_node_find(run->version->flow, id);
        n = node >= 0 ? frame_find(frame, (unsigned)node) : NULL;
        if (n == NULL || path[size] == '\0')
            return n;
        if (path[size] != '[')
            return NULL;
        index = strtoul(path + size + 1, &end, 10);
        if (strncmp(end, "]/", 2) != 0)
            return NULL;
        for (frame = body_frames(n); frame != NULL && frame->index != index; frame = frame->next)
            ;
        if (frame == NULL)
            return NULL;
        path = end + 2;
    }
}
