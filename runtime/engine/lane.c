/* lane.c - order and concurrency: runs with the same order_by key work one after another, in order
 * of arrival; and at most settings.concurrency runs of a deployment work at once. Runs that wait
 * for their turn are in memory; after a restart recovery brings them back in the order of their
 * ids, which is the order of their arrival. A run that works and waits long leaves memory and its
 * place, but keeps its lane.
 *
 * Only a store that was put together elsewhere has two such runs of one key. They take turns by
 * their ids, the oldest first; one that could go on before its turn waits among the others. */
#include "engine/run.h"

#include <string.h>

struct lane {
    char *key;
    struct run *first, *last; /* first: the one that works, unless */
    uint64_t parked;          /* this run holds the lane, which waits as a row */
    uint64_t *behind;         /* younger ones that wait as rows, too, the oldest first; owned */
    size_t behind_count;
};

static bool lane_place(struct run *run)
{
    struct deployment *d = run->deployment;
    unsigned most = setting_concurrency(run);

    if (most == 0 || d->running < most) {
        d->running++;
        return true;
    }
    run->place_next = NULL;
    if (d->waiting_last != NULL)
        d->waiting_last->place_next = run;
    else
        d->waiting = run;
    d->waiting_last = run;
    return false;
}

static struct lane *lane_make(struct deployment *deployment, const char *key)
{
    struct lane *lane = dict_find(deployment->lanes, key);

    if (lane != NULL)
        return lane;
    lane = mem_must(sizeof *lane);
    lane->key = mem_must_copy(key);
    dict_put(deployment->lanes, lane->key, lane);
    return lane;
}

static void lane_free(struct lane *lane)
{
    mem_free(lane->key);
    mem_free(lane->behind);
    mem_free(lane);
}

static void lane_end(struct deployment *deployment, struct lane *lane)
{
    check(lane->first == NULL && lane->parked == 0 && lane->behind_count == 0);
    dict_remove(deployment->lanes, lane->key);
    lane_free(lane);
}

static void behind_add(struct lane *lane, uint64_t run)
{
    size_t at = lane->behind_count;

    for (size_t i = 0; i < lane->behind_count; i++)
        if (lane->behind[i] == run)
            return;
    lane->behind = mem_must_resize(lane->behind, (at + 1) * sizeof *lane->behind);
    for (; at > 0 && lane->behind[at - 1] > run; at--)
        lane->behind[at] = lane->behind[at - 1];
    lane->behind[at] = run;
    lane->behind_count++;
}

static bool behind_remove(struct lane *lane, uint64_t run)
{
    for (size_t i = 0; i < lane->behind_count; i++)
        if (lane->behind[i] == run) {
            lane->behind_count--;
            memmove(lane->behind + i, lane->behind + i + 1,
                    (lane->behind_count - i) * sizeof *lane->behind);
            return true;
        }
    return false;
}

/* The lane is free: the oldest that waits as a row has it now, if there is one. */
static bool behind_next(struct lane *lane)
{
    if (lane->behind_count == 0)
        return false;
    lane->parked = lane->behind[0];
    return behind_remove(lane, lane->parked);
}

/* Among those that wait in memory, before all that came later; the one that works stays first. */
static void lane_insert(struct lane *lane, struct run *run)
{
    struct run **at = &lane->first;

    if (lane->parked == 0 && *at != NULL)
        at = &(*at)->lane_next;
    while (*at != NULL && (*at)->id < run->id)
        at = &(*at)->lane_next;
    run->lane_next = *at;
    *at = run;
    if (run->lane_next == NULL)
        lane->last = run;
}

bool lane_enter(struct run *run)
{
    struct lane *lane;

    check(!run->holds_place && run->lane == NULL);
    if (run->order_key == NULL)
        return lane_place(run);
    lane = lane_make(run->deployment, run->order_key);
    run->lane = lane;
    run->lane_next = NULL;
    if (lane->parked == run->id) { /* it comes back to where it stood */
        lane->parked = 0;
        run->lane_next = lane->first;
        lane->first = run;
        if (lane->last == NULL)
            lane->last = run;
        return lane_place(run);
    }
    if (behind_remove(lane, run->id)) {
        lane_insert(lane, run);
    } else {
        if (lane->last != NULL)
            lane->last->lane_next = run;
        else
            lane->first = run;
        lane->last = run;
    }
    return lane->first == run && lane->parked == 0 && lane_place(run);
}

bool lane_park(struct deployment *deployment, const char *key, uint64_t run)
{
    struct lane *lane = lane_make(deployment, key);
    bool alone = lane->parked == 0 || lane->parked == run;

    if (!alone)
        behind_add(lane, lane->parked > run ? lane->parked : run);
    if (alone || lane->parked > run)
        lane->parked = run;
    return alone;
}

void lane_hold(struct deployment *deployment, const char *key, uint64_t run)
{
    struct lane *lane = lane_make(deployment, key);

    if (lane->first == NULL && lane->parked == 0)
        lane->parked = run;
}

static void lane_grant(struct run *run)
{
    run->holds_place = true;
    run_queue(run);
}

void lane_unpark(struct deployment *deployment, const char *key, uint64_t run)
{
    struct lane *lane = dict_find(deployment->lanes, key);

    if (lane == NULL || behind_remove(lane, run) || lane->parked != run)
        return;
    lane->parked = 0;
    if (behind_next(lane))
        return;
    if (lane->first != NULL) {
        if (lane_place(lane->first))
            lane_grant(lane->first);
        return;
    }
    lane_end(deployment, lane);
}

static void lane_unlink(struct run *run)
{
    struct lane *lane = run->lane;
    struct run *before = NULL, *at = lane->first;
    bool head = at == run;

    while (at != run) {
        before = at;
        at = at->lane_next;
        check(at != NULL);
    }
    if (head)
        lane->first = run->lane_next;
    else
        before->lane_next = run->lane_next;
    if (lane->last == run)
        lane->last = before;
    run->lane = NULL;
    if (lane->parked != 0 || (head && behind_next(lane)))
        return;
    if (lane->first == NULL) {
        lane_end(run->deployment, lane);
    } else if (head && lane_place(lane->first)) {
        lane_grant(lane->first);
    }
}

static void lane_place_unlink(struct run *run)
{
    struct deployment *d = run->deployment;
    struct run *before = NULL, *at;

    for (at = d->waiting; at != NULL && at != run; at = at->place_next)
        before = at;
    if (at == NULL)
        return;
    if (before != NULL)
        before->place_next = run->place_next;
    else
        d->waiting = run->place_next;
    if (d->waiting_last == run)
        d->waiting_last = before;
}

void lane_leave(struct run *run)
{
    struct deployment *d = run->deployment;
    struct run *next;
    unsigned most;

    if (run->holds_place) {
        check(d->running > 0);
        d->running--;
        run->holds_place = false;
    } else {
        lane_place_unlink(run);
    }
    if (run->lane != NULL && run->parking)
        (void)lane_park(d, run->order_key, run->id);
    if (run->lane != NULL)
        lane_unlink(run);
    next = d->waiting;
    most = next != NULL ? setting_concurrency(next) : 0;
    if (next == NULL || (most != 0 && d->running >= most))
        return;
    d->waiting = next->place_next;
    if (d->waiting == NULL)
        d->waiting_last = NULL;
    d->running++;
    lane_grant(next);
}

void lanes_free(struct deployment *deployment)
{
    size_t cursor = 0;
    struct lane *lane;

    while ((lane = dict_next(deployment->lanes, &cursor, NULL)) != NULL)
        lane_free(lane);
    dict_free(deployment->lanes);
}
