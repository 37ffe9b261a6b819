/* trail_loop.c - the iterations of a loop in few cells: how many thousands of them went. */
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "engine/trail_priv.h"

/* How much a status calls for somebody; of many steps the one with most is told. */
#define LOOP_FAILED 8u
static unsigned loop_rank(const struct trail_step *step)
{
    static const unsigned ranks[TRAIL_STATUS_COUNT] = {
        [TRAIL_ABANDONED] = 1, [TRAIL_STOPPED] = 2,  [TRAIL_SUCCEEDED] = 3,
        [TRAIL_WAITING] = 4,   [TRAIL_ACTIVE] = 5,   [TRAIL_SENT] = 5,
        [TRAIL_RETRYING] = 6,  [TRAIL_IN_DOUBT] = 7, [TRAIL_FAILED] = LOOP_FAILED,
    };

    return step->handled ? ranks[TRAIL_SUCCEEDED] : ranks[step->status];
}

struct loop_iteration {
    int64_t from, to; /* from < 0: nothing of it was heard */
    uint32_t worst;   /* the step that tells how it went */
    uint8_t rank;
};

static bool loop_holds(const struct trail *trail, uint32_t loop, uint32_t node)
{
    for (uint32_t at = trail->nodes[node].owner; at != TRAIL_NONE; at = trail->nodes[at].owner)
        if (at == loop)
            return true;
    return false;
}

/* Which iteration a step belongs to, of the loop whose own index is `index`; 0: none. */
static uint32_t loop_number(const struct trail *trail, const char *index,
                            const struct trail_step *step)
{
    const char *own = step->index != 0 ? trail->texts.at + step->index : "";
    size_t size = strlen(index);
    uint32_t number = 0;

    if (size > 0 && (strncmp(own, index, size) != 0 || own[size] != '.'))
        return 0;
    for (own += size > 0 ? size + 1 : 0; *own >= '0' && *own <= '9' && number <= TRAIL_STEPS; own++)
        number = number * 10 + (uint32_t)(*own - '0');
    return number;
}

static void loop_take(const struct trail *trail, struct loop_iteration *one, uint32_t at)
{
    const struct trail_step *step = &trail->steps[at];
    unsigned rank = loop_rank(step);
    int64_t to = step->ended_ms >= 0 ? step->ended_ms : step->begun_ms;

    if (one->from < 0 || step->begun_ms < one->from)
        one->from = step->begun_ms;
    if (to > one->to)
        one->to = to;
    /* Of a loop that failed, the step within it. */
    if (rank < one->rank ||
        (rank == one->rank && !loop_holds(trail, trail->steps[one->worst].node, step->node)))
        return;
    one->rank = (uint8_t)rank;
    one->worst = at;
}

static struct loop_iteration *loop_walk(const struct trail *trail, const struct trail_step *loop,
                                        uint32_t count)
{
    struct loop_iteration *all = mem_must((count + 1) * sizeof *all);
    const char *index = loop->index != 0 ? trail->texts.at + loop->index : "";

    for (uint32_t i = 0; i <= count; i++)
        all[i] = (struct loop_iteration){ .from = -1 };
    for (uint32_t i = 0; i < trail->step_count; i++) {
        const struct trail_step *step = &trail->steps[i];
        uint32_t number =
            loop_holds(trail, loop->node, step->node) ? loop_number(trail, index, step) : 0;

        if (number > 0 && number <= count)
            loop_take(trail, &all[number], i);
    }
    return all;
}

/* A failure that the flow has handled is none. */
static const char *loop_status(const struct trail *trail, uint32_t at)
{
    const struct trail_step *step = &trail->steps[at];

    return trail_status_name(step->handled ? TRAIL_SUCCEEDED : (enum trail_status)step->status);
}

static json_t *loop_cell(const struct trail *trail, const struct loop_iteration *all, uint32_t from,
                         uint32_t to)
{
    uint32_t worst = 0, longest = 0, begun = 0, failed = 0;
    char path[TRAIL_PATH];
    json_t *out;

    for (uint32_t i = from; i <= to; i++) {
        const struct loop_iteration *one = &all[i];

        if (one->from < 0)
            continue;
        begun++;
        failed += one->rank == LOOP_FAILED;
        if (worst == 0 || one->rank > all[worst].rank)
            worst = i;
        if (longest == 0 || one->to - one->from > all[longest].to - all[longest].from)
            longest = i;
    }
    out = json_pack("{s:i, s:i, s:i, s:i}", "from", (int)from, "to", (int)to, "begun", (int)begun,
                    "failed", (int)failed);
    check(out != NULL);
    if (worst == 0)
        return out;
    trail_step_path(trail, all[worst].worst, path);
    json_object_update_new(
        out, json_pack("{s:s, s:s, s:i, s:i, s:I}", "status", loop_status(trail, all[worst].worst),
                       "step", path, "position", (int)all[worst].worst, "longest", (int)longest,
                       "longest_ms", (json_int_t)(all[longest].to - all[longest].from)));
    return out;
}

json_t *trail_loop(const struct trail *trail, const char *path, unsigned cells)
{
    const struct trail_step *loop = trail_find(trail, path);
    uint32_t count, wide;
    struct loop_iteration *all;
    json_t *list, *out;

    check(cells > 0);
    if (loop == NULL)
        return NULL;
    count = loop->begun < TRAIL_STEPS ? loop->begun : TRAIL_STEPS;
    wide = count > cells ? (count + cells - 1) / cells : 1;
    all = loop_walk(trail, loop, count);
    list = json_array();
    for (uint32_t from = 1; from <= count; from += wide)
        json_array_append_new(
            list, loop_cell(trail, all, from, from + wide - 1 < count ? from + wide - 1 : count));
    mem_free(all);
    out = json_pack("{s:s, s:i, s:i, s:i, s:o}", "step", path, "begun", (int)loop->begun, "done",
                    (int)loop->done, "failed", (int)loop->failed, "cells", list);
    check(out != NULL);
    return out;
}
