/* lane.c - order and concurrency: runs with the same order_by key work one after another, in order
 * of arrival; and at most settings.concurrency runs of a deployment work at once. Runs that wait
 * are in memory; after a restart recovery brings them back in the order of their ids, which is the
 * order of their arrival. */
#include "engine/run.h"

struct lane {
    char *key;
    struct run *first, *last; /* first: the one that works */
};

static bool lane_place(struct run *run)
{
    struct deployment *d = run->deployment;
    unsigned most = run->version->flow->concurrency;

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

bool lane_enter(struct run *run)
{
    struct lane *lane;

    check(!run->holds_place && run->lane == NULL);
    if (run->order_key == NULL)
        return lane_place(run);
    lane = dict_find(run->deployment->lanes, run->order_key);
    if (lane == NULL) {
        lane = mem_must(sizeof *lane);
        lane->key = mem_must_copy(run->order_key);
        dict_put(run->deployment->lanes, lane->key, lane);
    }
    run->lane = lane;
    run->lane_next = NULL;
    if (lane->last != NULL) {
        lane->last->lane_next = run;
        lane->last = run;
        return false;
    }
    lane->first = lane->last = run;
    return lane_place(run);
}

static void lane_grant(struct run *run)
{
    run->holds_place = true;
    run_queue(run);
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
    if (lane->first == NULL) {
        dict_remove(run->deployment->lanes, lane->key);
        mem_free(lane->key);
        mem_free(lane);
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

    if (run->holds_place) {
        check(d->running > 0);
        d->running--;
        run->holds_place = false;
    } else {
        lane_place_unlink(run);
    }
    if (run->lane != NULL)
        lane_unlink(run);
    next = d->waiting;
    if (next == NULL ||
        (next->version->flow->concurrency != 0 && d->running >= next->version->flow->concurrency))
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

    while ((lane = dict_next(deployment->lanes, &cursor, NULL)) != NULL) {
        mem_free(lane->key);
        mem_free(lane);
    }
    dict_free(deployment->lanes);
}
