/* lua_work.c - batches as coroutines, which pause when their slice of time is over.
 *
 *     free --box_run--> running --slice over [box_hook]--> paused --box_go_on--> running
 *      ^                   |                                  |
 *      +------- ended -----+------------- box_give_up --------+
 *
 * (1) One batch runs at a time, and its fields are in box->run; a paused worker keeps its own.
 * [work_pause, work_load] (2) The budgets are a batch's own: neither the time in which it is paused
 * nor the memory that others take meanwhile counts. (3) While it is paused its values of the scope
 * are not in the environment. [env__save] (4) Every error is caught within the coroutine, so that a
 * thread that ended can be used again. [work_main] (5) Rules know nothing of coroutines: they
 * pause between two instructions, and where a C function waits for a function of the rule it
 * continues behind that call (lua_callk), or the batch does not pause there. */
#include "rules/lua_work_priv.h"

#include <lauxlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "rules/lua_env_priv.h"
#include "rules/rule_explain_priv.h"

#define SLICE_TICKS 200000 /* about 2 ms, for a clock that stands still */

void box__workers_new(struct lua_box *box)
{
    box->workers = mem_must(BOX_WORKERS * sizeof(*box->workers));
}

void box__workers_free(struct lua_box *box)
{
    mem_free(box->workers);
    box->workers = NULL;
}

void box__workers_open(struct lua_box *box)
{
    check(box->paused == 0);
    memset(box->workers, 0, BOX_WORKERS * sizeof(*box->workers));
}

/* Runs protected; 1: the worker. */
static int worker_open(lua_State *L)
{
    struct box_worker *worker = lua_touserdata(L, 1);
    lua_State *thread = lua_newthread(L);

    worker->thread_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_createtable(L, ENV_NAMES, 0);
    for (int i = 1; i <= ENV_NAMES; i++) { /* so that saving needs no memory */
        lua_pushboolean(L, 0);
        lua_rawseti(L, -2, i);
    }
    worker->save_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    worker->thread = thread;
    return 0;
}

struct box_worker *box_worker_find(struct lua_box *box)
{
    struct box_worker *worker = box->workers;

    CHECK_OBJ(box, BOX_MAGIC);
    while (worker < box->workers + BOX_WORKERS && worker->busy)
        worker++;
    if (worker == box->workers + BOX_WORKERS)
        return NULL;
    if (worker->thread != NULL)
        return worker;
    lua_pushcfunction(box->state, worker_open);
    lua_pushlightuserdata(box->state, worker);
    if (lua_pcall(box->state, 1, 0, 0) == LUA_OK)
        return worker;
    lua_settop(box->state, 0);
    return NULL;
}

bool box__slice_over(struct lua_box *box)
{
    struct box_batch *run = &box->run;

    if (run->slice_end == INT64_MAX || !run->armed)
        return false;
    return run->ticks - run->ticks_slice >= SLICE_TICKS || run->clock_read >= run->slice_end;
}

/* What lua_pcallk() in work_main() came to. */
static int work_ended(lua_State *L, int status, lua_KContext context)
{
    struct box_worker *worker = (struct box_worker *)context;

    (void)L;
    worker->status = status == LUA_YIELD ? LUA_OK : status;
    return 0;
}

/* The coroutine; 1: the worker. */
static int work_main(lua_State *L)
{
    struct box_worker *worker = lua_touserdata(L, 1);
    lua_KContext context = (lua_KContext)worker;

    lua_pushcfunction(L, explain__handler);
    lua_pushcfunction(L, worker->fn);
    lua_pushlightuserdata(L, worker->arg);
    return work_ended(L, lua_pcallk(L, 1, 0, 2, context, work_ended), context);
}

static void gc_stop(struct lua_box *box)
{
    lua_gc(box->state, LUA_GCSTOP);
    box__gc_calm(box->state);
    box->sweeping = true;
}

/* The batch in hand becomes the worker's. Nothing here needs memory. */
static void work_pause(struct lua_box *box, struct box_worker *worker)
{
    struct box_batch *run = &box->run;
    uint32_t none = ++box->generations;

    check(run->making == NULL && run->scratch == NULL && run->keys_count == 0);
    if (run->collecting)
        gc_stop(box);
    env__save(box, worker->save_ref);
    run->deadline -= box->clock->steady_ms(box->clock); /* what is left */
    run->mark = box->used - run->mark;                  /* what it has grown */
    run->ceiling -= box->used;                          /* what it may grow */
    worker->batch = *run;
    worker->paused = true;
    box->paused++;
    memset(run, 0, sizeof(*run));
    run->ceiling = SIZE_MAX;
    run->modules_ref = LUA_NOREF;
    run->generation = none;
}

static void work_load(struct lua_box *box, struct box_worker *worker)
{
    struct box_batch *run = &box->run;

    check(worker->busy && worker->paused && run->unit == NULL);
    mem_free(run->held);
    mem_free(run->keys);
    *run = worker->batch;
    memset(&worker->batch, 0, sizeof(worker->batch));
    worker->paused = false;
    box->paused--;
    run->deadline += box->clock->steady_ms(box->clock);
    run->mark = box->used - run->mark;
    run->ceiling += box->used;
    if (run->collecting)
        box__gc_heavy(box->state);
}

/* The worker runs until its slice is over or it ends. */
static enum err_code work_slice(struct lua_box *box, struct box_worker *worker, int arguments,
                                bool *paused, struct err *e)
{
    int64_t slice = box->limits.slice_ms;
    enum err_code rc = ERR_OK;
    int status, results = 0;

    box->run.ticks_slice = box->run.ticks;
    if (slice > 0) {
        box->run.clock_read = box->clock->steady_ms(box->clock);
        box->run.slice_end = box->run.clock_read + slice;
    }
    status = lua_resume(worker->thread, box->state, arguments, &results);
    *paused = status == LUA_YIELD;
    if (*paused) {
        work_pause(box, worker);
        return ERR_OK;
    }
    if (status != LUA_OK)
        lua_resetthread(worker->thread);
    else
        status = worker->status;
    if (status != LUA_OK)
        rc = box__failed(box, status, e);
    box__end(box, worker->thread);
    worker->busy = false;
    return rc;
}

enum err_code box_run(struct lua_box *box, struct box_worker *worker, lua_CFunction fn, void *arg,
                      bool *paused, struct err *e)
{
    CHECK_OBJ(box, BOX_MAGIC);
    check(!box->run.armed && !worker->busy && lua_gettop(worker->thread) == 0);
    worker->busy = true;
    worker->fn = fn;
    worker->arg = arg;
    box__begin(box, worker->thread);
    lua_pushcfunction(worker->thread, work_main);
    lua_pushlightuserdata(worker->thread, worker);
    return work_slice(box, worker, 1, paused, e);
}

enum err_code box_go_on(struct lua_box *box, struct box_worker *worker, bool *paused, struct err *e)
{
    enum err_code rc;

    CHECK_OBJ(box, BOX_MAGIC);
    work_load(box, worker);
    if (env__restore(box, worker->save_ref))
        return work_slice(box, worker, 0, paused, e);
    *paused = false;
    lua_resetthread(worker->thread);
    rc = box__failed(box, LUA_ERRMEM, e);
    box__end(box, worker->thread);
    worker->busy = false;
    return rc;
}

void box_give_up(struct lua_box *box, struct box_worker *worker)
{
    CHECK_OBJ(box, BOX_MAGIC);
    work_load(box, worker);
    lua_resetthread(worker->thread);
    env__forget(box, worker->save_ref);
    box__end(box, worker->thread);
    worker->busy = false;
}
