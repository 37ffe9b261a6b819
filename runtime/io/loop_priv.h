/* loop_priv.h - what the files of io/ see of the loop beyond loop.h; for io/ only. */
#ifndef IO_LOOP_PRIV_H
#define IO_LOOP_PRIV_H

#include <stdint.h>
#include <uv.h>

#include "io/loop.h"

/* mailbox.c: the mailboxes of a loop, and what wakes it for them */
struct bells {
    uv_poll_t poll;
    int wake;
    struct mailbox *first;
    struct mailbox *next; /* whose mark is looked at next */
};
enum err_code bells_open(struct bells *bells, uv_loop_t *uv, struct err *e) MUST_USE;
void bells_close(struct bells *bells); /* the loop closes what is left of it in its next turn */

struct bells *loop__bells(struct loop *loop);
struct clock *loop__clock(const struct loop *loop);
/* Counts the turns. It is raised before the first hook of a turn runs, so a hook that remembers it
 * can tell whether it has yet to run in this turn. */
uint64_t loop__turn(const struct loop *loop);
/* libuv's steady milliseconds as of the begin of this turn: for deadlines that may be late. */
int64_t loop__now(const struct loop *loop);

#endif
