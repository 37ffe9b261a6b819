/* lua_work_priv.h - batches that can pause: each runs in a coroutine of its own. For rules/
 * only. */
#ifndef RULES_LUA_WORK_PRIV_H
#define RULES_LUA_WORK_PRIV_H

#include "rules/lua_box_priv.h"

#define BOX_WORKERS 8u /* batches that can be under way at once */

struct box_worker { /* a coroutine that a batch runs in, so that it can pause */
    lua_State *thread; /* NULL: not made yet */
    int thread_ref;
    int save_ref; /* the scope's values while it is paused */
    bool busy;    /* from box_run() on, until the batch ends */
    bool paused;
    int status; /* of its protected call */
    lua_CFunction fn;
    void *arg;
    struct box_batch batch; /* while it is paused */
};

/* A free one; NULL: all are busy, or there is no memory for one. */
struct box_worker *box_worker_find(struct lua_box *box);
/* Runs fn(arg) in the worker as box_call() does. *paused: its slice is over, and it is to be
 * continued by box_go_on() until it is not. */
enum err_code box_run(struct lua_box *box, struct box_worker *worker, lua_CFunction fn, void *arg,
                      bool *paused, struct err *e) MUST_USE;
enum err_code box_go_on(struct lua_box *box, struct box_worker *worker, bool *paused,
                        struct err *e) MUST_USE;
/* Gives up a paused batch. */
void box_give_up(struct lua_box *box, struct box_worker *worker);

void box__workers_new(struct lua_box *box);
void box__workers_free(struct lua_box *box);
/* For a state that was just made: it has none. */
void box__workers_open(struct lua_box *box);
bool box__slice_over(struct lua_box *box);

#endif
