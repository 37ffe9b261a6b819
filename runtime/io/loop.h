/* loop.h - the event loop: one thread, libuv inside.
 *
 * Events only note; the turn acts: every hook registered with loop_on_turn() runs once in each
 * turn of the loop, in order of registration, before the loop waits for I/O. A hook that has
 * more to do than it may do in one turn calls loop_again(). Only mailbox_ring() may be called
 * from another thread. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct loop;
struct uv_loop_s;

/* The process ignores SIGPIPE from then on: a peer that went away is an error of the write. */
struct loop *loop_new(struct clock *clock, struct err *e) MUST_USE;
/* Lets loop_work() and closings end, then checks that nobody left anything open. NULL is fine. */
void loop_free(struct loop *loop);
enum err_code loop_run(struct loop *loop, struct err *e) MUST_USE; /* until loop_stop() */
void loop_stop(struct loop *loop);
void loop_on_turn(struct loop *loop, void (*hook)(void *arg), void *arg);
void loop_off_turn(struct loop *loop, void (*hook)(void *arg), void *arg); /* undoes it */
/* do not wait in this turn: come round once more at once */
void loop_again(struct loop *loop);
/* The loop wakes at this steady time at the latest (clock->steady_ms); INT64_MAX: no alarm. One
 * alarm. */
void loop_alarm(struct loop *loop, int64_t steady_ms);
void loop_on_signal(struct loop *loop, int signo, void (*fn)(void *arg, int signo), void *arg);
/* work() on the thread pool, then done() on the loop's thread. */
void loop_work(struct loop *loop, void (*work)(void *arg), void (*done)(void *arg), void *arg);
/* How long turns took, from what woke the loop until it waits again: nobody is served meanwhile.
 * Those of at most bounds_us[i], and above the bound before, are counts[i]; longer than all of them
 * is the last. */
#define LOOP_TURN_BOUNDS 9
extern const unsigned loop_turn_bounds_us[LOOP_TURN_BOUNDS];
struct loop_turns {
    uint64_t counts[LOOP_TURN_BOUNDS + 1];
    uint64_t busy_us; /* of all of them */
};
const struct loop_turns *loop_turns(const struct loop *loop);
/* fn is told of each turn that took so long, behind it. One fn. */
void loop_on_stall(struct loop *loop, int64_t ms, void (*fn)(void *arg, int64_t ms), void *arg);
struct uv_loop_s *loop_uv(struct loop *loop); /* for io/ only */

/* A bell that another thread may ring; fn runs on the loop's thread, once for any number of
 * rings. */
struct mailbox;
struct mailbox *mailbox_new(struct loop *loop, void (*fn)(void *arg), void *arg);
void mailbox_ring(struct mailbox *mailbox);
/* on the loop's thread; frees it; fn does not run afterwards */
void mailbox_close(struct mailbox *mailbox);

#endif
