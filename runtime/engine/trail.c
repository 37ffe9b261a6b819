/* trail.c - builds the index of a run's steps from its journal. */
#include "engine/trail.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/record.h"
#include "engine/run.h"
#include "engine/trail_priv.h"

#define TRAIL_TEXTS (256u * MIB)
#define TRAIL_ERROR 4096u /* bytes of one error that are kept */

/* ---- Room */

/* An array with room for one more. */
static void *trail_grow(void *array, uint32_t count, uint32_t *room, size_t size)
{
    void *grown;

    if (count < *room)
        return array;
    *room = *room == 0 ? 64 : *room * 2;
    grown = mem_must(*room * size);
    if (count > 0)
        memcpy(grown, array, count * size);
    mem_free(array);
    return grown;
}

/* 0: no room for it. */
static uint32_t trail_text(struct trail *trail, const char *text, size_t size)
{
    size_t at = trail->texts.len;

    if (at + size + 1 >= TRAIL_TEXTS)
        return 0;
    buf_add(&trail->texts, text, size);
    buf_add_char(&trail->texts, '\0');
    check(buf_ok(&trail->texts));
    return (uint32_t)at;
}

static const char *trail_told(const struct trail *trail, uint32_t at)
{
    return at != 0 ? trail->texts.at + at : NULL;
}

/* ---- The nodes of all levels */

static uint32_t trail_node(struct trail *trail, const char *id, const json_t *node, uint32_t owner)
{
    struct trail_node *added;

    trail->nodes =
        trail_grow(trail->nodes, trail->node_count, &trail->node_room, sizeof *trail->nodes);
    added = &trail->nodes[trail->node_count++];
    *added = (struct trail_node){ .id = mem_must_copy(id),
                                  .title = json_get_text(node, "title"),
                                  .type = json_get_text(node, "type"),
                                  .owner = owner };
    dict_put(trail->by_id, id, (void *)(uintptr_t)trail->node_count);
    return trail->node_count - 1;
}

static void trail_level(struct trail *trail, const json_t *level, uint32_t owner, unsigned depth)
{
    json_t *node;
    size_t i;

    json_array_foreach(json_object_get(level, "nodes"), i, node)
    {
        const char *id = json_get_text(node, "id");
        const json_t *body = json_object_get(json_object_get(node, "config"), "body");
        uint32_t at;

        if (id == NULL || dict_find(trail->by_id, id) != NULL)
            continue;
        at = trail_node(trail, id, node, owner);
        if (json_is_object(body) && depth < LIMIT_LOOP_DEPTH)
            trail_level(trail, body, at, depth + 1);
    }
}

/* ---- Steps */

static uint64_t step_hash(uint32_t node, const char *index, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ node;

    hash *= UINT64_C(1099511628211);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)index[i]) * UINT64_C(1099511628211);
    return hash ^ hash >> 29;
}

static bool step_is(const struct trail *trail, const struct trail_step *step, uint32_t node,
                    const char *index, size_t size)
{
    const char *own = step->index != 0 ? trail->texts.at + step->index : "";

    return step->node == node && strlen(own) == size && memcmp(own, index, size) == 0;
}

static struct trail_step *step_add(struct trail *trail, uint32_t node, const char *index,
                                   size_t size, uint64_t hash, uint32_t same, int64_t at)
{
    struct trail_step *step;

    trail->steps =
        trail_grow(trail->steps, trail->step_count, &trail->step_room, sizeof *trail->steps);
    step = &trail->steps[trail->step_count];
    *step = (struct trail_step){ .node = node,
                                 .hash_next = same,
                                 .index = size > 0 ? trail_text(trail, index, size) : 0,
                                 .row = TRAIL_NONE,
                                 .spans = TRAIL_NONE,
                                 .last_span = TRAIL_NONE,
                                 .begun_ms = at,
                                 .ended_ms = -1 };
    table_put(&trail->by_hash, hash, (void *)(uintptr_t)++trail->step_count);
    trail->nodes[node].steps++;
    return step;
}

static uint32_t step_last_index(const char *index, size_t size, size_t *outer)
{
    size_t at = size;
    uint64_t value = 0;

    while (at > 0 && index[at - 1] != '.')
        at--;
    for (size_t i = at; i < size && index[i] >= '0' && index[i] <= '9' && value < UINT32_MAX; i++)
        value = value * 10 + (uint64_t)(index[i] - '0');
    *outer = at > 0 ? at - 1 : 0;
    return value < UINT32_MAX ? (uint32_t)value : 0;
}

/* Found, or heard of now: then the loops it stands in are, too. NULL: there are too many. The
 * pointer holds until the next one is added. */
static struct trail_step *step_get(struct trail *trail, uint32_t node, const char *index,
                                   size_t size, int64_t at)
{
    uint64_t hash = step_hash(node, index, size);
    uint32_t first = (uint32_t)(uintptr_t)table_find(&trail->by_hash, hash), owner;

    for (uint32_t i = first; i != 0; i = trail->steps[i - 1].hash_next)
        if (step_is(trail, &trail->steps[i - 1], node, index, size))
            return &trail->steps[i - 1];
    if (trail->step_count >= TRAIL_STEPS) {
        trail->more = true;
        return NULL;
    }
    owner = trail->nodes[node].owner;
    if (owner != TRAIL_NONE && size > 0) {
        size_t outer;
        uint32_t iteration = step_last_index(index, size, &outer);
        struct trail_step *loop = step_get(trail, owner, index, outer, at);

        if (loop != NULL && iteration > loop->begun)
            loop->begun = iteration;
    }
    return step_add(trail, node, index, size, hash, first, at);
}

/* "lines[3]/parts[2]/post" is the node post and "3.2". */
const struct trail_step *trail_find(const struct trail *trail, const char *path)
{
    char index[LIMIT_LOOP_DEPTH * 12] = "", own[TRAIL_PATH];
    const char *last = strrchr(path, '/'), *at = path;
    uint32_t node =
        (uint32_t)(uintptr_t)dict_find(trail->by_id, last != NULL ? last + 1 : path) - 1;
    size_t size = 0, digits;
    uint64_t hash;

    while (last != NULL && (at = strchr(at, '[')) != NULL) {
        digits = strcspn(++at, "]/");
        if (digits > 10 || size + digits + 2 > sizeof index)
            return NULL;
        size += (size_t)snprintf(index + size, sizeof index - size, "%s%.*s", size > 0 ? "." : "",
                                 (int)digits, at);
    }
    if (node == TRAIL_NONE)
        return NULL;
    trail_path(trail, node, index, own);
    hash = step_hash(node, index, size);
    for (uint32_t i = (uint32_t)(uintptr_t)table_find(&trail->by_hash, hash); i != 0;
         i = trail->steps[i - 1].hash_next)
        if (step_is(trail, &trail->steps[i - 1], node, index, size) && strcmp(own, path) == 0)
            return &trail->steps[i - 1];
    return NULL;
}

static void step_span(struct trail *trail, struct trail_step *step, enum trail_span_kind kind,
                      int64_t from, int64_t to)
{
    if (step->span_count == TRAIL_SPANS)
        return;
    trail->spans =
        trail_grow(trail->spans, trail->span_count, &trail->span_room, sizeof *trail->spans);
    trail->spans[trail->span_count] =
        (struct trail_span){ .from = from, .to = to, .next = TRAIL_NONE, .kind = kind };
    if (step->last_span == TRAIL_NONE)
        step->spans = trail->span_count;
    else
        trail->spans[step->last_span].next = trail->span_count;
    step->last_span = trail->span_count++;
    step->span_count++;
}

/* What it waited for has come, at this time. */
static void step_woken(struct trail *trail, struct trail_step *step, int64_t at)
{
    struct trail_span *span = step->last_span != TRAIL_NONE ? &trail->spans[step->last_span] : NULL;

    if (span != NULL && span->to < 0)
        span->to = at > span->from ? at : span->from;
}

static void step_left(struct trail *trail, struct trail_step *step, struct trail_piece port)
{
    struct trail_node *node = &trail->nodes[step->node];
    bool plain = port.at == NULL || port.size < 2;
    const char *name = "out";
    json_t *count;

    if (!plain && step->port == 0)
        step->port = trail_text(trail, port.at + 1, port.size - 2); /* a name: no escapes */
    if (!plain && step->port != 0)
        name = trail_told(trail, step->port);
    if (node->exits == NULL)
        node->exits = json_object();
    count = json_object_get(node->exits, name);
    if (count == NULL)
        json_object_set_new_nocheck(node->exits, name, json_integer(1));
    else
        json_integer_set(count, json_integer_value(count) + 1);
}

static void step_failed(struct trail *trail, struct trail_step *step,
                        const struct trail_entry *entry, int64_t at)
{
    bool again = entry->next.at != NULL;

    step->status = again ? TRAIL_RETRYING : TRAIL_FAILED;
    if (entry->e.size <= TRAIL_ERROR)
        step->error = trail_text(trail, entry->e.at, entry->e.size);
    if (again) {
        step_span(trail, step, SPAN_RETRY, at, -1);
        return;
    }
    step->ended_ms = at;
    step->handled = entry->p.at != NULL;
    if (step->handled)
        step_left(trail, step, entry->p);
}

static void step_waits(struct trail *trail, struct trail_step *step, enum trail_span_kind kind,
                       int64_t at)
{
    step->status = TRAIL_WAITING;
    step_span(trail, step, kind, at, -1);
}

static bool piece_has(struct trail_piece piece, const char *text)
{
    return memmem(piece.at, piece.size < 200 ? piece.size : 200, text, strlen(text)) != NULL;
}

static void step_marked(struct trail *trail, struct trail_step *step,
                        const struct trail_entry *entry, int64_t at)
{
    if (entry->pause.at != NULL) {
        step_waits(trail, step, SPAN_WAIT, at);
    } else if (entry->task.at != NULL) {
        step_waits(trail, step, SPAN_DECISION, at);
        if (piece_has(entry->task, "\"kind\":\"doubt\""))
            step->status = TRAIL_IN_DOUBT;
    } else if (entry->sub.at != NULL) {
        step_waits(trail, step, SPAN_CALLED, at);
    } else if (entry->doubt.at != NULL) {
        step->status = TRAIL_IN_DOUBT;
        if (entry->doubt.size <= TRAIL_ERROR)
            step->error = trail_text(trail, entry->doubt.at, entry->doubt.size);
    } else if (entry->stop.at != NULL) {
        step->status = TRAIL_STOPPED;
        step->ended_ms = at;
    } else if (entry->woke.at != NULL) {
        step->status = TRAIL_ACTIVE;
    } else if (entry->decided.at != NULL && step->last_span != TRAIL_NONE) {
        trail->spans[step->last_span].to = -1; /* until the last one needed has decided */
    } else if (entry->rung.at != NULL && piece_has(entry->rung, "\"to\":\"send\"")) {
        step->status = TRAIL_RETRYING;
    }
}

static void step_outcome(struct trail *trail, struct trail_step *step,
                         const struct trail_entry *entry, int64_t at)
{
    step->status = TRAIL_SUCCEEDED;
    step->error = 0;
    step->ended_ms = at;
    step->row = trail->rows;
    step->output_bytes = (uint32_t)(entry->o.size < UINT32_MAX ? entry->o.size : UINT32_MAX);
    step_left(trail, step, entry->p);
}

/* One of the loop's iterations is done. */
static void step_iteration(struct trail_step *loop, const struct trail_entry *entry)
{
    int64_t index = trail_number(entry->it, 0);

    loop->done++;
    loop->failed += entry->f.at != NULL;
    if (index > loop->begun && index < UINT32_MAX)
        loop->begun = (uint32_t)index;
}

uint32_t trail_entry_node(const struct trail *trail, const struct trail_entry *entry)
{
    char id[LIMIT_ID + 1];

    if (entry->n.at == NULL || entry->n.size < 3 || entry->n.size - 2 > LIMIT_ID)
        return TRAIL_NONE;
    memcpy(id, entry->n.at + 1, entry->n.size - 2);
    id[entry->n.size - 2] = '\0';
    return (uint32_t)(uintptr_t)dict_find(trail->by_id, id) - 1; /* 0: none */
}

static void trail_entry(void *arg, const struct trail_entry *entry)
{
    struct trail *trail = arg;
    int64_t at = trail_number(entry->t, 0), took = trail_number(entry->d, 0);
    char id[LIMIT_ID + 1];
    struct trail_step *step;
    uint32_t node;

    if (entry->n.at == NULL || entry->n.size < 3 || entry->n.size - 2 > LIMIT_ID)
        return; /* of no step */
    memcpy(id, entry->n.at + 1, entry->n.size - 2);
    id[entry->n.size - 2] = '\0';
    node = trail_entry_node(trail, entry);
    if (node == TRAIL_NONE)
        node = trail_node(trail, id, NULL, TRAIL_NONE);
    step = entry->x.at != NULL && entry->x.size >= 2
               ? step_get(trail, node, entry->x.at + 1, entry->x.size - 2, at - took)
               : step_get(trail, node, "", 0, at - took);
    if (step == NULL)
        return;
    if (entry->it.at != NULL) {
        step_iteration(step, entry);
        return;
    }
    step_woken(trail, step, at - took);
    step->attempts = (uint32_t)trail_number(entry->a, 1);
    if (entry->i.at != NULL) {
        step->status = TRAIL_SENT;
        return;
    }
    if (entry->e.at != NULL || entry->o.at != NULL || entry->same.at != NULL ||
        entry->loop.at != NULL) {
        step_span(trail, step, SPAN_WORK, at - took, at);
        step->took_ms += took;
        trail->nodes[step->node].took_ms += took;
    }
    if (entry->e.at != NULL)
        step_failed(trail, step, entry, at);
    else if (entry->o.at != NULL || entry->same.at != NULL || entry->loop.at != NULL)
        step_outcome(trail, step, entry, at);
    else
        step_marked(trail, step, entry, at);
}

/* ---- Reading */

struct trail_load {
    struct trail *trail;
    char *version;
    struct err e;
};

static bool trail_row(void *arg, const struct store_run *run)
{
    struct trail_load *load = arg;

    load->trail->ended = run->ended_ms != 0;
    load->version = mem_must_copy(run->version);
    return false;
}

static bool trail_journal(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct trail_load *load = arg;

    load->trail->rows = seq;
    if (trail_scan(entries, size, trail_entry, load->trail)) {
        load->trail->rows++;
        return true;
    }
    err_set(&load->e, ERR_STORE, "a row of the run's journal is not readable");
    return false;
}

static void trail_bundle(struct trail *trail, struct store *store, const char *version)
{
    char *text = NULL;
    struct err why;
    size_t size;

    if (store_version(store, version, &text, &size, &why) == ERR_OK)
        trail->bundle = json_read(text, size, &record_limits, &why);
    mem_free(text);
    trail_level(trail, json_object_get(trail->bundle, "flow"), TRAIL_NONE, 0);
}

/* What the steps came to in the end, and how many to what. */
static void trail_settle(struct trail *trail)
{
    for (uint32_t i = 0; i < trail->step_count; i++) {
        struct trail_step *step = &trail->steps[i];

        if (trail->ended && (step->status <= TRAIL_RETRYING || step->status == TRAIL_WAITING))
            step->status = TRAIL_ABANDONED;
        trail->nodes[step->node].statuses[step->status]++;
    }
}

struct trail *trail_read(struct store *store, uint64_t run, struct err *e)
{
    struct trail *trail = mem_must(sizeof *trail);
    struct trail_load load = { .trail = trail };

    trail->run = run;
    trail->by_id = dict_new();
    table_init(&trail->by_hash);
    buf_init(&trail->texts, TRAIL_TEXTS);
    buf_add_char(&trail->texts, '\0');
    load.e.code = ERR_OK;
    e->code = store_run_head(store, run, trail_row, &load, e);
    if (e->code == ERR_OK) {
        trail_bundle(trail, store, load.version);
        e->code = store_journal(store, run, trail_journal, &load, e);
    }
    if (e->code == ERR_OK && load.e.code != ERR_OK)
        *e = load.e;
    mem_free(load.version);
    trail_settle(trail);
    if (e->code == ERR_OK)
        return trail;
    trail_free(trail);
    return NULL;
}

void trail_free(struct trail *trail)
{
    if (trail == NULL)
        return;
    for (uint32_t i = 0; i < trail->node_count; i++) {
        mem_free(trail->nodes[i].id);
        json_decref(trail->nodes[i].exits);
    }
    json_decref(trail->bundle);
    dict_free(trail->by_id);
    table_fini(&trail->by_hash);
    buf_fini(&trail->texts);
    mem_free(trail->nodes);
    mem_free(trail->steps);
    mem_free(trail->spans);
    mem_free(trail);
}

uint64_t trail_run(const struct trail *trail)
{
    return trail->run;
}

bool trail_ended(const struct trail *trail)
{
    return trail->ended;
}

size_t trail_bytes(const struct trail *trail)
{
    return sizeof *trail + trail->texts.room + trail->node_room * sizeof *trail->nodes +
           trail->step_room * sizeof *trail->steps + trail->span_room * sizeof *trail->spans +
           trail->by_hash.room * sizeof *trail->by_hash.slots;
}
