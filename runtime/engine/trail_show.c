/* trail_show.c - the index of a run's steps as JSON: the whole in numbers, and windows of it. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/record.h"
#include "engine/run.h"
#include "engine/trail_priv.h"

#define TRAIL_FAILED_TOLD 10u

static const char *const trail_names[] = {
#define X(code, name) name,
    TRAIL_STATUS_TABLE(X)
#undef X
};

const char *trail_status_name(enum trail_status status)
{
    return trail_names[status];
}

bool trail_status_find(const char *name, enum trail_status *status)
{
    for (unsigned i = 0; i < TRAIL_STATUS_COUNT; i++)
        if (strcmp(trail_names[i], name) == 0) {
            *status = (enum trail_status)i;
            return true;
        }
    return false;
}

static const char *trail_told(const struct trail *trail, uint32_t at)
{
    return at != 0 ? trail->texts.at + at : NULL;
}

void trail_path(const struct trail *trail, uint32_t node, const char *index, char path[TRAIL_PATH])
{
    uint32_t chain[LIMIT_LOOP_DEPTH + 2], depth = 0;
    size_t used = 0;

    for (uint32_t at = node; at != TRAIL_NONE && depth < LIMIT_LOOP_DEPTH + 2;
         at = trail->nodes[at].owner)
        chain[depth++] = at;
    while (depth > 1 && *index != '\0') {
        size_t size = strcspn(index, ".");

        used +=
            (size_t)snprintf(path + used, TRAIL_PATH - used, "%s[%.*s]/",
                             trail->nodes[chain[--depth]].id, (int)(size < 10 ? size : 10), index);
        index += size + (index[size] == '.');
        check(used < TRAIL_PATH);
    }
    snprintf(path + used, TRAIL_PATH - used, "%s", trail->nodes[node].id);
}

void trail_step_path(const struct trail *trail, uint32_t at, char path[TRAIL_PATH])
{
    const struct trail_step *step = &trail->steps[at];

    trail_path(trail, step->node, step->index != 0 ? trail_told(trail, step->index) : "", path);
}

static void put_text(json_t *to, const char *name, const char *text)
{
    if (text != NULL)
        json_object_set_new_nocheck(to, name, json_string(text));
}

static void put_int(json_t *to, const char *name, int64_t value)
{
    json_object_set_new_nocheck(to, name, json_integer(value));
}

/* ---- The whole */

static json_t *head_statuses(const uint32_t counts[TRAIL_STATUS_COUNT])
{
    json_t *out = json_object();

    for (unsigned i = 0; i < TRAIL_STATUS_COUNT; i++)
        if (counts[i] > 0)
            put_int(out, trail_names[i], counts[i]);
    return out;
}

static json_t *head_nodes(const struct trail *trail, uint32_t all[TRAIL_STATUS_COUNT])
{
    json_t *nodes = json_array();

    for (uint32_t i = 0; i < trail->node_count; i++) {
        const struct trail_node *node = &trail->nodes[i];
        json_t *one;

        if (node->steps == 0)
            continue;
        one = json_pack("{s:s, s:i, s:o, s:I}", "node", node->id, "steps", (int)node->steps,
                        "statuses", head_statuses(node->statuses), "took_ms",
                        (json_int_t)node->took_ms);
        check(one != NULL);
        json_object_set_new_nocheck(one, "exits",
                                    node->exits != NULL ? json_incref(node->exits) : json_object());
        json_array_append_new(nodes, one);
        for (unsigned k = 0; k < TRAIL_STATUS_COUNT; k++)
            all[k] += node->statuses[k];
    }
    return nodes;
}

json_t *trail_head(const struct trail *trail)
{
    uint32_t all[TRAIL_STATUS_COUNT] = { 0 };
    json_t *out = json_object(), *failed = json_array();
    json_t *nodes = head_nodes(trail, all);
    char path[TRAIL_PATH];

    for (uint32_t i = 0; i < trail->step_count && json_array_size(failed) < TRAIL_FAILED_TOLD;
         i++) {
        if (trail->steps[i].status != TRAIL_FAILED || trail->steps[i].handled)
            continue;
        trail_step_path(trail, i, path);
        json_array_append_new(failed, json_pack("{s:s, s:i}", "step", path, "position", (int)i));
    }
    put_int(out, "steps", trail->step_count);
    if (trail->more)
        json_object_set_new_nocheck(out, "more", json_true());
    json_object_set_new_nocheck(out, "by_status", head_statuses(all));
    json_object_set_new_nocheck(out, "nodes", nodes);
    json_object_set_new_nocheck(out, "failed", failed);
    return out;
}

/* ---- Windows */

static json_t *step_spans(const struct trail *trail, const struct trail_step *step)
{
    static const char *const kinds[] = { "work", "retry", "wait", "decision", "called" };
    json_t *spans = json_array();

    for (uint32_t i = step->spans; i != TRAIL_NONE; i = trail->spans[i].next) {
        const struct trail_span *span = &trail->spans[i];
        json_t *one =
            json_pack("{s:s, s:I}", "kind", kinds[span->kind], "from_ms", (json_int_t)span->from);

        check(one != NULL);
        if (span->to >= 0)
            put_int(one, "to_ms", span->to);
        json_array_append_new(spans, one);
    }
    return spans;
}

static json_t *step_json(const struct trail *trail, uint32_t at, const char *path)
{
    const struct trail_step *step = &trail->steps[at];
    const struct trail_node *node = &trail->nodes[step->node];
    const char *text = trail_told(trail, step->error);
    json_t *out =
        json_pack("{s:s, s:i, s:s, s:s*, s:s*, s:s, s:I, s:I, s:i}", "step", path, "position",
                  (int)at, "node", node->id, "title", node->title, "type", node->type, "status",
                  trail_names[step->status], "begun_ms", (json_int_t)step->begun_ms, "took_ms",
                  (json_int_t)step->took_ms, "attempts", (int)step->attempts);
    json_t *error;
    struct err e;

    check(out != NULL);
    if (step->ended_ms >= 0)
        put_int(out, "ended_ms", step->ended_ms);
    put_text(out, "port", trail_told(trail, step->port));
    if (step->handled)
        json_object_set_new_nocheck(out, "handled", json_true());
    error = text != NULL ? json_read(text, strlen(text), &record_limits, &e) : NULL;
    if (error != NULL) {
        json_object_del(error, "details");
        json_object_set_new_nocheck(out, "error", error);
    }
    if (step->output_bytes > 0)
        put_int(out, "output_bytes", step->output_bytes);
    if (step->begun > 0)
        json_object_set_new_nocheck(out, "iterations",
                                    json_pack("{s:i, s:i, s:i}", "begun", (int)step->begun, "done",
                                              (int)step->done, "failed", (int)step->failed));
    json_object_set_new_nocheck(out, "spans", step_spans(trail, step));
    return out;
}

json_t *trail_step(const struct trail *trail, const char *path)
{
    const struct trail_step *step = trail_find(trail, path);

    return step != NULL ? step_json(trail, (uint32_t)(step - trail->steps), path) : NULL;
}

bool trail_path_below(const char *path, const char *wanted, size_t size)
{
    return strncmp(path, wanted, size) == 0 &&
           (path[size] == '\0' || path[size] == '/' || path[size] == '[' || size == 0);
}

json_t *trail_steps(const struct trail *trail, const struct trail_page *page, size_t *next,
                    size_t *total)
{
    size_t size = page->path != NULL ? strlen(page->path) : 0;
    json_t *items = json_array();
    char path[TRAIL_PATH];

    check(page->limit > 0);
    *next = *total = 0;
    for (uint32_t i = 0; i < trail->step_count; i++) {
        const struct trail_step *step = &trail->steps[i];
        bool full = json_array_size(items) == page->limit;

        if (page->statuses != 0 && (page->statuses & TRAIL_BIT(step->status)) == 0)
            continue;
        path[0] = '\0';
        if (size > 0 || (i >= page->from && !full))
            trail_step_path(trail, i, path);
        if (size > 0 && !trail_path_below(path, page->path, size))
            continue;
        ++*total;
        if (i < page->from)
            continue;
        if (full && *next == 0)
            *next = i;
        if (!full)
            json_array_append_new(items, step_json(trail, i, path));
    }
    return items;
}
