/* replay_choose.c - which entries of an ended run stand in for steps of its replay.
 *
 * Dropped is what belongs to a step that had not ended well, to the step the replay begins at, and
 * to whatever stands behind one of these on the same level or inside of it. Everything else is
 * taken as it is, so that the new journal knows of every effect that was done. An iteration that is
 * done stays done, unless the replay begins within it; of a loop without items, whose iterations
 * build upon each other, the later ones go, too. */
#include "engine/replay_priv.h"

#include <stdlib.h>
#include <string.h>

struct replay_place {
    char ids[LIMIT_LOOP_DEPTH + 1][LIMIT_ID + 1];
    uint32_t indexes[LIMIT_LOOP_DEPTH + 1]; /* iterations; 0 with the last id */
    size_t depth;                           /* of ids */
};
struct replay_sort {
    const struct flow *flow;
    struct replay__choice *choice;
    struct replay_place from; /* depth 0: where it stood */
    json_t *ended;            /* places of steps that have their outcome */
    json_t *done;             /* places of iterations that are done */
    json_t *gone;             /* places of steps dropped with all that is inside */
    json_t *undone;           /* places of loops that go on: their own entries are dropped */
};

bool replay__is_outcome(const json_t *entry)
{
    return (json_object_get(entry, "o") != NULL && json_object_get(entry, "it") == NULL) ||
           json_object_get(entry, "same") != NULL || json_object_get(entry, "loop") != NULL ||
           (json_object_get(entry, "e") != NULL && json_object_get(entry, "p") != NULL);
}

/* ---- Places */

/* The owners of the node's level, from the outside; returns how many. */
static size_t place_owners(const struct flow *flow, unsigned node, unsigned owners[])
{
    unsigned graph = flow->nodes[node].graph;
    size_t count;

    if (graph == 0)
        return 0;
    count = place_owners(flow, (unsigned)flow->graphs[graph].owner, owners);
    owners[count] = (unsigned)flow->graphs[graph].owner;
    return count + 1;
}

static bool place_of(const struct flow *flow, const json_t *entry, struct replay_place *place)
{
    const char *id = json_get_text(entry, "n"), *index = json_get_text(entry, "x");
    int node = id != NULL ? flow_node_find(flow, id) : -1;
    unsigned owners[LIMIT_LOOP_DEPTH + 1];
    char *end;

    if (node < 0)
        return false;
    memset(owners, 0, sizeof owners);
    place->depth = place_owners(flow, (unsigned)node, owners);
    for (size_t i = 0; i < place->depth; i++) {
        snprintf(place->ids[i], sizeof place->ids[i], "%s", flow->nodes[owners[i]].id);
        if (index == NULL)
            return false;
        place->indexes[i] = (uint32_t)strtoul(index, &end, 10);
        index = *end == '.' ? end + 1 : NULL;
    }
    snprintf(place->ids[place->depth], sizeof place->ids[0], "%s", id);
    place->indexes[place->depth++] = 0;
    return true;
}

/* The text of its first levels: "lines[3]/post"; last: the id of the last one, another than its
 * own; index: the iteration behind it, 0: none. */
static char *place_text(const struct replay_place *place, size_t levels, const char *last,
                        uint32_t index)
{
    struct buf text;
    char *taken;

    buf_init(&text, 4 * KIB);
    for (size_t i = 0; i + 1 < levels; i++)
        buf_addf(&text, "%s[%u]/", place->ids[i], (unsigned)place->indexes[i]);
    buf_add_text(&text, last != NULL ? last : place->ids[levels - 1]);
    if (index > 0)
        buf_addf(&text, "[%u]", (unsigned)index);
    taken = buf_take(&text, NULL);
    check(taken != NULL);
    return taken;
}

char *replay__path(const struct flow *flow, const json_t *entry)
{
    struct replay_place place;

    return place_of(flow, entry, &place) ? place_text(&place, place.depth, NULL, 0)
                                         : mem_must_copy("");
}

static void place_put(json_t *set, const struct replay_place *place, size_t levels,
                      const char *last, uint32_t index)
{
    char *text = place_text(place, levels, last, index);

    json_object_set_new_nocheck(set, text, json_true());
    mem_free(text);
}

static bool place_in(const json_t *set, const struct replay_place *place, size_t levels,
                     uint32_t index)
{
    char *text = place_text(place, levels, NULL, index);
    bool found = json_object_get(set, text) != NULL;

    mem_free(text);
    return found;
}

static enum err_code place_parse(const struct flow *flow, const char *path,
                                 struct replay_place *place, struct err *e)
{
    const char *at = path;

    for (place->depth = 0; place->depth <= LIMIT_LOOP_DEPTH;) {
        size_t size = strcspn(at, "[/"), i = place->depth++;
        char *end;

        if (size > LIMIT_ID)
            break;
        snprintf(place->ids[i], sizeof place->ids[i], "%.*s", (int)size, at);
        place->indexes[i] = 0;
        if (flow_node_find(flow, place->ids[i]) < 0)
            return err_set(e, ERR_INVALID, "the flow had no step \"%s\"", place->ids[i]);
        if (at[size] == '\0')
            return ERR_OK;
        place->indexes[i] = (uint32_t)strtoul(at + size + 1, &end, 10);
        if (at[size] != '[' || strncmp(end, "]/", 2) != 0)
            break;
        at = end + 2;
    }
    return err_set(e, ERR_INVALID, "\"%.200s\" is not the path of a step, like lines[3]/post",
                   path);
}

/* ---- What stands behind a step */

/* any: also through nodes that run at the first edge taken, which may not have needed this one. */
static void sort_behind(struct replay_sort *sort, const struct replay_place *place, size_t levels,
                        bool any, bool itself)
{
    const struct flow *flow = sort->flow;
    unsigned *stack = mem_must((flow->node_count + 1) * sizeof *stack), depth = 0;
    bool *seen = mem_must(flow->node_count + 1);
    int first = flow_node_find(flow, place->ids[levels - 1]);

    check(first >= 0);
    seen[first] = true;
    stack[depth++] = (unsigned)first;
    while (depth > 0) {
        unsigned at = stack[--depth];

        if (itself || at != (unsigned)first)
            place_put(sort->gone, place, levels, flow->nodes[at].id, 0);
        for (size_t i = 0; i < flow->nodes[at].out_count; i++) {
            unsigned to = flow->edges[flow->nodes[at].out[i]].to;

            if (seen[to] || (flow->nodes[to].join_any && !any))
                continue;
            seen[to] = true;
            stack[depth++] = to;
        }
    }
    mem_free(stack);
    mem_free(seen);
}

/* Whether the iterations of a loop have items each, and so do not build upon each other. */
static bool sort_has_items(const struct flow *flow, const char *id)
{
    const struct field *row = flow->nodes[flow_node_find(flow, id)].type->fields;

    while (row != NULL && row->name != NULL && strcmp(row->name, "items") != 0)
        row++;
    return row != NULL && row->name != NULL;
}

static void sort_from(struct replay_sort *sort)
{
    const struct replay_place *from = &sort->from;

    for (size_t level = 1; level < from->depth; level++) {
        sort_behind(sort, from, level, true, false);
        place_put(sort->undone, from, level, NULL, 0);
    }
    sort_behind(sort, from, from->depth, true, true);
}

/* ---- The two looks at the entries */

/* Within an iteration that is done, or a loop that has ended, nothing is open any more. */
static bool sort_is_closed(const struct replay_sort *sort, const struct replay_place *place)
{
    for (size_t level = 1; level < place->depth; level++)
        if (place_in(sort->done, place, level, place->indexes[level - 1]) ||
            (place_in(sort->ended, place, level, 0) && !place_in(sort->undone, place, level, 0)))
            return true;
    return false;
}

static enum err_code sort_note(struct replay_sort *sort, const json_t *entry, struct err *e)
{
    struct replay_place place;
    int64_t it = json_get_int(entry, "it", 0);

    if (!place_of(sort->flow, entry, &place))
        return err_set(e, ERR_STORE, "its journal speaks of a step that its version does not have");
    if (it > 0)
        place_put(sort->done, &place, place.depth, NULL, (uint32_t)it);
    else if (replay__is_outcome(entry))
        place_put(sort->ended, &place, place.depth, NULL, 0);
    return ERR_OK;
}

static void sort_open(struct replay_sort *sort, const json_t *entry)
{
    struct replay_place place;
    int node;
    char *text;

    if (!place_of(sort->flow, entry, &place) || json_object_get(entry, "it") != NULL ||
        place_in(sort->ended, &place, place.depth, 0) ||
        place_in(sort->undone, &place, place.depth, 0) || sort_is_closed(sort, &place))
        return;
    node = flow_node_find(sort->flow, place.ids[place.depth - 1]);
    place_put(sort->undone, &place, place.depth, NULL, 0);
    sort_behind(sort, &place, place.depth, false, false);
    if (sort->flow->nodes[node].body != 0)
        return; /* what is open inside is named */
    text = place_text(&place, place.depth, NULL, 0);
    json_array_append_new(sort->choice->open, json_string(text));
    mem_free(text);
}

/* The iteration it begins in, or a later one that was built upon it. */
static bool sort_is_reopened(const struct replay_sort *sort, const struct replay_place *place,
                             uint32_t it)
{
    const struct replay_place *from = &sort->from;

    for (size_t level = 0; level + 1 < from->depth && level < place->depth; level++) {
        bool last = level + 1 == place->depth;
        uint32_t index = last ? it : place->indexes[level];

        if (strcmp(from->ids[level], place->ids[level]) != 0 || index == 0)
            return false;
        if (index > from->indexes[level] && !sort_has_items(sort->flow, from->ids[level]))
            return true;
        if (index != from->indexes[level])
            return false;
        if (last)
            return true; /* that it was done */
    }
    return false;
}

static bool sort_drops(const struct replay_sort *sort, const json_t *entry)
{
    uint32_t it = (uint32_t)json_get_int(entry, "it", 0);
    struct replay_place place;

    check(place_of(sort->flow, entry, &place));
    for (size_t level = 1; level <= place.depth; level++)
        if (place_in(sort->gone, &place, level, 0))
            return true;
    if (it == 0 && place_in(sort->undone, &place, place.depth, 0))
        return true;
    return sort->from.depth > 0 && sort_is_reopened(sort, &place, it);
}

static void sort_entry(struct replay_sort *sort, json_t *entry)
{
    char *path;

    if (!sort_drops(sort, entry)) {
        json_array_append(sort->choice->taken, entry);
        return;
    }
    json_array_append(sort->choice->dropped, entry);
    if (!replay__is_outcome(entry))
        return;
    path = replay__path(sort->flow, entry);
    json_array_append_new(sort->choice->again, json_string(path));
    mem_free(path);
}

static enum err_code sort_find_from(struct replay_sort *sort, const struct replay__old *old,
                                    struct err *e)
{
    const char *from = sort->choice->from;
    json_t *entry;
    size_t i;

    if (from == NULL)
        return ERR_OK;
    if (place_parse(sort->flow, from, &sort->from, e) != ERR_OK)
        return e->code;
    if (strcmp(from, old->trigger) == 0)
        return ERR_OK;
    json_array_foreach(old->entries, i, entry)
    {
        char *path = json_get_text(entry, "n") != NULL ? replay__path(sort->flow, entry) : NULL;
        bool same = path != NULL && strcmp(path, from) == 0;

        mem_free(path);
        if (same)
            return ERR_OK;
    }
    return err_set(e, ERR_INVALID, "run %s never reached step \"%.200s\"", old->text, from);
}

enum err_code replay__choose(const struct replay__old *old, struct replay__choice *choice,
                             struct err *e)
{
    struct replay_sort sort = { .flow = choice->flow,
                                .choice = choice,
                                .ended = json_object(),
                                .done = json_object(),
                                .gone = json_object(),
                                .undone = json_object() };
    json_t *entry;
    size_t i;

    choice->open = json_array();
    choice->taken = json_array();
    choice->dropped = json_array();
    choice->again = json_array();
    e->code = sort_find_from(&sort, old, e);
    json_array_foreach(old->entries, i, entry)
    {
        if (e->code == ERR_OK && json_get_text(entry, "n") != NULL)
            e->code = sort_note(&sort, entry, e);
    }
    if (e->code == ERR_OK && sort.from.depth > 0)
        sort_from(&sort);
    json_array_foreach(old->entries, i, entry)
    {
        if (e->code == ERR_OK && json_get_text(entry, "n") != NULL)
            sort_open(&sort, entry);
    }
    json_array_foreach(old->entries, i, entry)
    {
        if (e->code == ERR_OK && json_get_text(entry, "n") != NULL)
            sort_entry(&sort, entry);
    }
    json_decref(sort.ended);
    json_decref(sort.done);
    json_decref(sort.gone);
    json_decref(sort.undone);
    return e->code;
}

void replay__choice_fini(struct replay__choice *choice)
{
    json_decref(choice->open);
    json_decref(choice->taken);
    json_decref(choice->dropped);
    json_decref(choice->again);
    json_decref(choice->before);
}
