/* loop_priv.h - what the files of io/ see of the loop beyond loop.h; for io/ only. */
#ifndef IO_LOOP_PRIV_H
#define IO_LOOP_PRIV_H

#include <stdint.h>

#include "io/loop.h"

struct clock *loop__clock(const struct loop *loop);
/* Counts the turns. It is raised before the first hook of a turn runs, so a hook that remembers it
 * can tell whether it has yet to run in this turn. */
uint64_t loop__turn(const struct loop *loop);
/* libuv's steady milliseconds as of the begin of this turn: for deadlines that may be late. */
int64_t loop__now(const struct loop *loop);

#endif
