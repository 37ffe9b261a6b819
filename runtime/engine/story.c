/* story.c - a journal told step by step; story.h says what of it. */
#include "engine/story.h"

#include <stdlib.h>
#include <string.h>

#define STORY_FIRST   3u        /* iterations told of a long loop: the first, */
#define STORY_LAST    3u        /* the last, */
#define STORY_FAILED  10u       /* and of those that failed */
#define STORY_RESULTS 10000000u /* iterations of one loop; a larger index is none of ours */
#define STORY_PATH    (LIMIT_LOOP_DEPTH * (LIMIT_ID + 14) + LIMIT_ID + 1)

struct story_step {
    json_t *json;
    struct story_loop *loop; /* NULL: none that has begun */
    struct story_step *next;
};
/* One walk through a level: the run's own, or an iteration. */
struct story_frame {
    struct story_step *steps, *last;
    char *path;     /* "lines[3]/", or "" */
    uint32_t index; /* 0: the run's own */
    bool done;
    bool pinned;
    struct story_frame *next;
};
struct story_loop {
    struct story_frame *frames;
    uint32_t begun, done, failed, failed_told, recent;
    json_t *results; /* by index - 1 */
    json_t *last;
};
struct story {
    const json_t *run;
    json_t *nodes; /* id to {"node", "edges", "owner"?} */
    const char *only;
    bool whole;
    int64_t received_ms;
    struct story_frame root;
    json_t *cancel, *output, *waits, *masked;
};

/* ---- The nodes of all levels */

static void story_level(struct story *story, const json_t *level, const char *owner)
{
    json_t *edges = json_object_get(level, "edges"), *node;
    size_t i;

    json_array_foreach(json_object_get(level, "nodes"), i, node)
    {
        const char *id = json_get_text(node, "id");
        const json_t *body = json_object_get(json_object_get(node, "config"), "body");

        if (id == NULL)
            continue;
        json_object_set_new_nocheck(
            story->nodes, id,
            json_pack("{s:O, s:O*, s:s*}", "node", node, "edges", edges, "owner", owner));
        if (json_is_object(body) && json_object_get(body, "nodes") != NULL)
            story_level(story, body, id);
    }
}

struct story *story_new(const json_t *run, const json_t *bundle, int64_t received_ms,
                        const char *only, bool whole)
{
    struct story *story = mem_must(sizeof *story);

    story->run = run;
    story->received_ms = received_ms;
    story->only = only;
    story->whole = whole;
    story->nodes = json_object();
    story->root.path = mem_must_copy("");
    story->waits = json_array();
    story_level(story, json_object_get(bundle, "flow"), NULL);
    return story;
}

static void story_frame_free(struct story_frame *frame);

static void story_loop_free(struct story_loop *loop)
{
    struct story_frame *frame;

    if (loop == NULL)
        return;
    while ((frame = loop->frames) != NULL) {
        loop->frames = frame->next;
        story_frame_free(frame);
        mem_free(frame);
    }
    json_decref(loop->results);
    json_decref(loop->last);
    mem_free(loop);
}

static void story_frame_free(struct story_frame *frame)
{
    struct story_step *step;

    while ((step = frame->steps) != NULL) {
        frame->steps = step->next;
        story_loop_free(step->loop);
        json_decref(step->json);
        mem_free(step);
    }
    mem_free(frame->path);
}

void story_free(struct story *story)
{
    if (story == NULL)
        return;
    story_frame_free(&story->root);
    json_decref(story->nodes);
    json_decref(story->cancel);
    json_decref(story->output);
    json_decref(story->waits);
    json_decref(story->masked);
    mem_free(story);
}

/* ---- The step that an entry speaks of */

static struct story_step *story_find(const struct story_frame *frame, const char *id)
{
    struct story_step *step = frame->steps;

    while (step != NULL && strcmp(json_get_text(step->json, "id"), id) != 0)
        step = step->next;
    return step;
}

static struct story_step *story_step(const struct story *story, struct story_frame *frame,
                                     const char *id)
{
    struct story_step *step = story_find(frame, id);
    const json_t *node = json_object_get(json_object_get(story->nodes, id), "node");
    struct buf path;

    if (step != NULL)
        return step;
    step = mem_must(sizeof *step);
    buf_init(&path, 4 * KIB);
    buf_addf(&path, "%s%s", frame->path, id);
    step->json =
        json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:s}", "step", buf_text(&path), "id", id, "type",
                  json_get_text(node, "type"), "title", json_get_text(node, "title"), "connection",
                  json_get_text(node, "connection"), "status", "active");
    buf_fini(&path);
    check(step->json != NULL);
    if (frame->last != NULL)
        frame->last->next = step;
    else
        frame->steps = step;
    frame->last = step;
    return step;
}

/* Whether `path` is on the way to what is wanted, or that itself. */
static bool story_leads(const struct story *story, const char *path, size_t size)
{
    return story->only != NULL && strncmp(story->only, path, size) == 0 &&
           (story->only[size] == '\0' || story->only[size] == '/');
}

static struct story_frame *story_iteration(const struct story *story, struct story_frame *outer,
                                           const char *owner, uint32_t index)
{
    struct story_step *step = story_step(story, outer, owner);
    struct story_frame *frame;
    struct buf path;

    if (step->loop == NULL)
        step->loop = mem_must(sizeof *step->loop);
    for (frame = step->loop->frames; frame != NULL; frame = frame->next)
        if (frame->index == index)
            return frame;
    frame = mem_must(sizeof *frame);
    buf_init(&path, 4 * KIB);
    buf_addf(&path, "%s%s[%u]/", outer->path, owner, (unsigned)index);
    frame->path = buf_take(&path, NULL);
    check(frame->path != NULL);
    frame->index = index;
    frame->pinned = story->whole || index <= STORY_FIRST ||
                    story_leads(story, frame->path, strlen(frame->path) - 1);
    frame->next = step->loop->frames;
    step->loop->frames = frame;
    if (index > step->loop->begun)
        step->loop->begun = index;
    return frame;
}

/* *index runs through "3.2" from the outside; NULL: an entry that does not fit its version. */
static struct story_frame *story_frame(struct story *story, const char *owner, const char **index)
{
    struct story_frame *outer;
    unsigned long at;
    char *end;

    if (owner == NULL)
        return &story->root;
    outer = story_frame(story, json_get_text(json_object_get(story->nodes, owner), "owner"), index);
    if (outer == NULL || *index == NULL)
        return NULL;
    at = strtoul(*index, &end, 10);
    *index = *end == '.' ? end + 1 : NULL;
    return at > 0 && at < UINT32_MAX ? story_iteration(story, outer, owner, (uint32_t)at) : NULL;
}

/* ---- Loops */

/* Of the iterations that are done and need not be told, the earliest goes. */
static void story_thin(struct story_loop *loop)
{
    struct story_frame **least = NULL, *frame;

    for (struct story_frame **at = &loop->frames; *at != NULL; at = &(*at)->next)
        if ((*at)->done && !(*at)->pinned && (least == NULL || (*at)->index < (*least)->index))
            least = at;
    if (least == NULL)
        return;
    frame = *least;
    *least = frame->next;
    story_frame_free(frame);
    mem_free(frame);
    loop->recent--;
}

static void story_looped(struct story *story, struct story_frame *outer, const char *id,
                         const json_t *entry)
{
    int64_t index = json_get_int(entry, "it", 0);
    json_t *result = json_object_get(entry, "o");
    struct story_frame *frame;
    struct story_loop *loop;

    if (index <= 0 || index > STORY_RESULTS)
        return;
    frame = story_iteration(story, outer, id, (uint32_t)index);
    loop = story_find(outer, id)->loop;
    loop->done++;
    frame->done = true;
    if (json_object_get(entry, "f") != NULL && loop->failed++ < STORY_FAILED)
        frame->pinned = true;
    if (loop->results == NULL)
        loop->results = json_array();
    while (json_array_size(loop->results) < (size_t)index)
        json_array_append_new(loop->results, json_null());
    json_array_set(loop->results, (size_t)index - 1, result != NULL ? result : json_null());
    json_decref(loop->last);
    loop->last = json_incref(result);
    if (!frame->pinned && ++loop->recent > STORY_LAST)
        story_thin(loop);
}

/* The output that stands elsewhere in the journal: what the iterations gave, or the step before. */
static json_t *story_input(const struct story *story, const struct story_frame *frame,
                           const char *id)
{
    json_t *edges = json_object_get(json_object_get(story->nodes, id), "edges"), *edge;
    const char *trigger = json_get_text(story->run, "trigger");
    size_t i;

    json_array_foreach(edges, i, edge)
    {
        const char *from = json_get_text(edge, "from"), *to = json_get_text(edge, "to");
        const char *port = json_get_text(edge, "port"), *left;
        const struct story_step *before;

        if (from == NULL || to == NULL || strcmp(to, id) != 0)
            continue;
        before = story_find(frame, from);
        left = before != NULL ? json_get_text(before->json, "port") : NULL;
        if (left != NULL && strcmp(left, port != NULL ? port : "out") == 0)
            return json_object_get(before->json, "output");
        if (trigger != NULL && strcmp(from, trigger) == 0)
            return json_object_get(story->run, "input");
    }
    return NULL;
}

static void story_tell(struct story *story, const json_t *entry)
{
    const char *id = json_get_text(entry, "n"), *index = json_get_text(entry, "x");
    int64_t looped = json_get_int(entry, "loop", 0);
    struct story_frame *frame;
    struct story_step *step;
    json_t *output = NULL;

    frame = story_frame(story, json_get_text(json_object_get(story->nodes, id), "owner"), &index);
    if (frame == NULL)
        return;
    if (json_object_get(entry, "it") != NULL) {
        story_looped(story, frame, id, entry);
        return;
    }
    step = story_step(story, frame, id);
    story_entry(step->json, entry, story->received_ms);
    if (json_object_get(entry, "same") != NULL)
        output = json_incref(story_input(story, frame, id));
    else if (looped == 1)
        output = step->loop != NULL ? json_incref(step->loop->results) : json_array();
    else if (looped == 2)
        output = step->loop != NULL ? json_incref(step->loop->last) : NULL;
    if (looped != 0 && output == NULL)
        output = json_null();
    if (output != NULL)
        json_object_set_new_nocheck(step->json, "output", output);
}

void story_row(struct story *story, const json_t *entries)
{
    json_t *entry;
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        if (json_get_text(entry, "n") != NULL) {
            story_tell(story, entry);
        } else if (json_object_get(entry, "cancel") != NULL) {
            json_decref(story->cancel);
            story->cancel = json_incref(json_object_get(entry, "cancel"));
        } else if (json_object_get(entry, "guard") != NULL) {
            json_decref(story->masked);
            story->masked = json_incref(json_object_get(entry, "guard"));
        } else if (json_object_get(entry, "out") != NULL) {
            json_decref(story->output);
            story->output = json_incref(json_object_get(entry, "out"));
        }
    }
}

/* ---- The whole */

static bool story_wanted(const struct story *story, const char *path)
{
    size_t size = story->only != NULL ? strlen(story->only) : 0;

    return story->only == NULL ||
           (strncmp(path, story->only, size) == 0 && strchr("/[", path[size]) != NULL);
}

static void story_wait(struct story *story, const json_t *step)
{
    json_t *waits = json_object_get(step, "waits"), *attempts = json_object_get(step, "attempts");
    const char *status = json_get_text(step, "status");
    const json_t *last = json_array_get(attempts, json_array_size(attempts) - 1);
    json_t *wait = waits != NULL ? json_copied(waits) : NULL;

    if (strcmp(status, "retrying") == 0)
        wait = json_pack("{s:s, s:O*, s:O*}", "for", "another attempt", "since",
                         json_object_get(step, "at"), "until", json_object_get(last, "next_at"));
    else if (strcmp(status, "waiting") != 0 && strcmp(status, "in_doubt") != 0)
        json_decref(wait), wait = NULL;
    if (wait == NULL)
        return;
    json_object_set_nocheck(wait, "step", json_object_get(step, "step"));
    json_array_append_new(story->waits, wait);
}

/* What came to the one step that is wanted. */
static void story_given(const struct story *story, const struct story_frame *frame, json_t *step)
{
    json_t *input = story_input(story, frame, json_get_text(step, "id"));

    if (input != NULL)
        json_object_set_nocheck(step, "input", input);
}

static void story_settle(struct story *story, json_t *step, bool ended)
{
    const char *status = json_get_text(step, "status");

    if (!ended)
        story_wait(story, step);
    else if (strcmp(status, "active") == 0 || strcmp(status, "waiting") == 0 ||
             strcmp(status, "retrying") == 0)
        json_object_set_new_nocheck(step, "status", json_string("abandoned"));
    json_object_del(step, "waits");
    json_object_del(step, "id");
}

static void story_told(struct story *story, struct story_frame *frame, bool ended, json_t *steps);

static void story_loop_told(struct story *story, struct story_loop *loop, json_t *step, bool ended,
                            json_t *steps)
{
    uint32_t after = 0, told = 0;

    for (;;) {
        struct story_frame *next = NULL;

        for (struct story_frame *frame = loop->frames; frame != NULL; frame = frame->next)
            if (frame->index > after && (next == NULL || frame->index < next->index))
                next = frame;
        if (next == NULL)
            break;
        story_told(story, next, ended, steps);
        after = next->index;
        told++;
    }
    json_object_set_new_nocheck(step, "iterations",
                                json_pack("{s:i, s:i, s:i, s:i}", "begun", (int)loop->begun, "done",
                                          (int)loop->done, "failed", (int)loop->failed, "told",
                                          (int)told));
}

static void story_told(struct story *story, struct story_frame *frame, bool ended, json_t *steps)
{
    /* Before any is settled: what one was given is found by the ids of those before it. */
    for (struct story_step *step = frame->steps; step != NULL; step = step->next)
        if (story->only != NULL && strcmp(story->only, json_get_text(step->json, "step")) == 0)
            story_given(story, frame, step->json);
    for (struct story_step *step = frame->steps; step != NULL; step = step->next) {
        if (story_wanted(story, json_get_text(step->json, "step")))
            json_array_append(steps, step->json);
        story_settle(story, step->json, ended);
        if (step->loop != NULL)
            story_loop_told(story, step->loop, step->json, ended, steps);
    }
}

json_t *story_steps(struct story *story, bool ended)
{
    json_t *steps = json_array();

    story_told(story, &story->root, ended, steps);
    return steps;
}

json_t *story_waits(struct story *story)
{
    return json_incref(story->waits);
}

json_t *story_cancel(const struct story *story)
{
    return json_incref(story->cancel);
}

json_t *story_masked(const struct story *story)
{
    return json_incref(story->masked);
}

json_t *story_output(const struct story *story)
{
    return json_incref(story->output);
}
