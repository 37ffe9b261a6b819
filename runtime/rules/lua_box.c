/* lua_box.c - a Lua state that cannot outgrow its memory or outstay its time.
 *
 * (1) Between batches the collector is stopped and no limit holds; box_call() arms the limits.
 * (2) A budget once used up stays so until the batch ends: the hook is set to every instruction,
 * every allocation fails, and our pcall() raises again. So nothing of the rule runs on. [box_stop,
 * box_check] (3) The error of a budget is a light userdata: raising it needs no memory. (4) A state
 * that ran out of memory, or stays large after a full collection, is replaced. [box_rest] (5) Rules
 * cannot give a value a metatable, so there are no finalisers and no hidden code. */
#include "rules/lua_box_priv.h"

#include <lauxlib.h>
#include <stdatomic.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "rules/budget_priv.h"
#include "rules/lua_env_priv.h"
#include "rules/lua_work_priv.h"
#include "rules/rule_explain_priv.h"

#define BOX_HOOK_TICKS   500         /* instructions between two looks at the budgets */
#define BOX_CLOCK_TICKS  500         /* ticks of C functions between two looks at the clock */
#define BOX_CALLS        10000       /* within each other; each caught error looks at all of them */
#define BOX_ARGUMENTS    4096        /* of `...`: an instruction that copies more counts for many */
#define BOX_GARBAGE      (512 * KIB) /* left by batches before a collection; freed in one piece */
#define BOX_STEP_KIB     4           /* with the next two: 50 us of marking after a batch */
#define BOX_STEP_MUL     16
#define BOX_STEP_LOG     10
#define BOX_HEAVY_MUL    100 /* Lua's own: the collector must keep up */
#define BOX_HEAVY_LOG    13
#define BOX_HEAVY        (4 * MIB) /* a batch that grows more has the collector running */
#define BOX_WORN         (8 * MIB) /* more than what is compiled, after a full collection */
#define BOX_QUICK_MS     2         /* of a quick batch, with BOX_QUICK_TICKS */
#define BOX_QUICK_MEMORY (2 * MIB)
#define BOX_QUICK_STEPS  16 /* of the collector behind a batch, where none may wait long */

static char box_spent_mark; /* its address is the error value of a used-up budget */

bool box__is_late(struct lua_box *box)
{
    box->run.clock_read = box->clock->steady_ms(box->clock);
    if (box->run.clock_read <= box->run.deadline &&
        (box->quit == NULL || !atomic_load_explicit(box->quit, memory_order_relaxed)))
        return false;
    box->run.spent = BOX_TIME;
    return true;
}

void box__gc_heavy(lua_State *L)
{
    lua_gc(L, LUA_GCINC, 0, BOX_HEAVY_MUL, BOX_HEAVY_LOG);
    lua_gc(L, LUA_GCRESTART);
}

void box__gc_calm(lua_State *L)
{
    lua_gc(L, LUA_GCINC, 0, BOX_STEP_MUL, BOX_STEP_LOG);
}

static void box_hook(lua_State *L, lua_Debug *where)
{
    struct lua_box *box = box_of(L);

    if (!box->run.collecting && !box->run.quick && box->used > box->run.mark + BOX_HEAVY) {
        box->run.collecting = true;
        box__gc_heavy(L);
    }
    box_charge(L, box->run.rearm || box->run.hurry ? 1 : BOX_HOOK_TICKS);
    if (box->run.hurry) {
        box->run.hurry = false;
        box__hook_set(L);
    }
    if (lua_getlocal(L, where, -BOX_ARGUMENTS) != NULL) {
        lua_pop(L, 1);
        box->run.hurry = true;
        lua_sethook(L, box_hook, LUA_MASKCOUNT, 1);
        box_charge(L, BOX_ARGUMENTS / 64);
    }
    if (lua_getstack(L, BOX_CALLS, where))
        luaL_error(L, "stack overflow: more than %d calls within each other", BOX_CALLS);
    if (box__slice_over(box) && lua_isyieldable(L))
        lua_yield(L, 0); /* the hook returns, and then Lua leaves lua_resume() */
}

void box__hurry(lua_State *L)
{
    box_of(L)->run.rearm = true;
    lua_sethook(L, box_hook, LUA_MASKCOUNT, 1);
}

void box_charge(lua_State *L, uint64_t ticks)
{
    struct lua_box *box = box_of(L);

    if (!box->run.armed)
        return;
    box->run.ticks += ticks;
    if (box->run.spent == BOX_LEFT && box->run.ticks > box->run.ticks_most)
        box->run.spent = BOX_TICKS;
    if (box->run.spent == BOX_LEFT && box->run.ticks - box->run.ticks_read >= BOX_CLOCK_TICKS) {
        box->run.ticks_read = box->run.ticks;
        (void)box__is_late(box);
    }
    if (box->run.spent != BOX_LEFT)
        box_stop(L);
    if (!box->run.hurry && box__slice_over(box) && lua_isyieldable(L)) {
        box->run.hurry = true; /* not after 500 instructions that call C functions */
        lua_sethook(L, box_hook, LUA_MASKCOUNT, 1);
    }
}

uint64_t box_ticks_left(const struct lua_box *box)
{
    return box->run.ticks_most > box->run.ticks ? box->run.ticks_most - box->run.ticks : 0;
}

void box_grant(struct lua_box *box, uint64_t ticks, int64_t ms)
{
    check(box->run.armed && ms >= 0);
    if (box->run.quick)
        return;
    box->run.ticks_most += ticks;
    box->run.deadline += ms;
}

size_t box_values(const struct lua_box *box)
{
    size_t memory = box->run.armed ? box->run.allowance.has.memory : box->limits.memory;
    size_t values = memory / 64; /* of jansson's, with their place in a container */

    return values < LIMIT_JSON_VALUES ? values : LIMIT_JSON_VALUES;
}

int box_stop(lua_State *L)
{
    struct lua_box *box = box_of(L);

    check(box->run.spent != BOX_LEFT);
    box__hurry(L);
    lua_pushlightuserdata(L, &box_spent_mark);
    lua_error(L);
    check_failed("lua_error() returned", __FILE__, __LINE__);
}

int box_spend(lua_State *L, enum box_spent spent)
{
    struct lua_box *box = box_of(L);

    if (box->run.spent == BOX_LEFT)
        box->run.spent = spent;
    box_stop(L);
}

static int box_out_of_memory(lua_State *L) __attribute__((noreturn));
static int box_out_of_memory(lua_State *L)
{
    struct lua_box *box = box_of(L);

    if (!box->run.quick || box->run.starved)
        box->worn = true;
    box_spend(L, BOX_MEMORY);
}

/* What is no rule's own could not be allocated. */
int box_no_memory(lua_State *L)
{
    box_of(L)->run.starved = true;
    box_out_of_memory(L);
}

void box_check(lua_State *L, int status)
{
    struct lua_box *box = box_of(L);

    if (status == LUA_ERRMEM)
        box_out_of_memory(L);
    if (box->run.spent != BOX_LEFT)
        box_stop(L);
}

/* Runs protected when a state is made. */
static int box_open_all(lua_State *L)
{
    kinds_open(L);
    env__open(L);
    return 0;
}

static int box_panic(lua_State *L)
{
    (void)L;
    check_failed("an error outside of a protected call", __FILE__, __LINE__);
}

static enum err_code box_open(struct lua_box *box, struct err *e)
{
    lua_State *L;

    check(box->state == NULL);
    box->used = 0;
    box->run.ceiling = SIZE_MAX;
    box->compiled = 0;
    box->sweeping = box->run.collecting = box->worn = box->run.rearm = false;
    box->run.touched = 0;
    box->run.modules_ref = LUA_NOREF;
    box__workers_open(box);
    box->epoch++;
    L = lua_newstate(box__alloc, box);
    if (L == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a Lua state");
    *(struct lua_box **)lua_getextraspace(L) = box;
    box->state = L;
    lua_atpanic(L, box_panic);
    lua_gc(L, LUA_GCSTOP);
    box__gc_calm(L);
    lua_pushcfunction(L, box_open_all);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
        lua_close(L);
        box->state = NULL;
        return err_set(e, ERR_MEMORY, "no memory for the library of the rules");
    }
    lua_gc(L, LUA_GCCOLLECT);
    box__hook_set(L);
    box->idle = box->used;
    return ERR_OK;
}

enum err_code box_new(struct lua_box **made, struct clock *clock, struct log *log,
                      const struct rules_limits *limits, struct err *e)
{
    struct lua_box *box = mem_must(sizeof(*box));
    enum err_code rc;

    check(clock != NULL);
    box->magic = BOX_MAGIC;
    box->clock = clock;
    box->log = log;
    if (limits != NULL)
        box->limits = *limits;
    budget__defaults(&box->limits);
    buf_init(&box->said, 64 * KIB);
    env__caches_new(box);
    box__workers_new(box);
    rc = box_open(box, e);
    if (rc != ERR_OK) {
        box_free(box);
        box = NULL;
    }
    *made = box;
    return rc;
}

static void box_close(struct lua_box *box)
{
    if (box->state != NULL)
        lua_close(box->state);
    box->state = NULL;
    check(box->used == 0);
    pool_fini(&box->pool);
}

void box_free(struct lua_box *box)
{
    if (box == NULL)
        return;
    CHECK_OBJ(box, BOX_MAGIC);
    check(box->run.unit == NULL && box->paused == 0);
    box_close(box);
    env__caches_free(box);
    box__workers_free(box);
    mem_free(box->run.held);
    mem_free(box->run.keys);
    buf_fini(&box->said);
    json_decref(box->currency);
    box->magic = 0;
    mem_free(box);
}

void box__hook_set(lua_State *L)
{
    lua_sethook(L, box_hook, LUA_MASKCOUNT, BOX_HOOK_TICKS);
}

static void box_shorten(struct lua_box *box)
{
    struct box_batch *run = &box->run;

    if (run->ticks_most > BOX_QUICK_TICKS)
        run->ticks_most = BOX_QUICK_TICKS;
    if (run->allowance.has.memory > BOX_QUICK_MEMORY)
        run->ceiling = box->used + BOX_QUICK_MEMORY;
    if (run->allowance.has.ms > BOX_QUICK_MS)
        run->deadline += BOX_QUICK_MS - run->allowance.has.ms;
}

void box__begin(struct lua_box *box, lua_State *thread)
{
    struct box_batch *run = &box->run;

    budget__arm(box);
    if (run->rearm)
        box__hook_set(thread);
    run->rearm = false;
    run->spent = BOX_LEFT;
    run->ticks = run->ticks_read = run->ticks_slice = 0;
    run->ticks_most = run->allowance.has.ticks;
    run->churn = run->last = 0;
    run->mark = box->used;
    run->ceiling = box->used + run->allowance.has.memory;
    run->deadline = box->clock->steady_ms(box->clock) + run->allowance.has.ms;
    run->slice_end = INT64_MAX;
    run->where[0] = run->text[0] = '\0';
    run->starved = run->moves = false;
    run->pcalls = 0;
    run->thread = thread;
    run->quick = box->quick;
    if (run->quick)
        box_shorten(box);
    run->armed = true;
}

void box_drop(struct lua_box *box)
{
    struct box_batch *run = &box->run;

    json_decref(run->making);
    run->making = NULL;
    mem_free(run->scratch);
    run->scratch = NULL;
    run->keys_count = 0;
}

void box__end(struct lua_box *box, lua_State *thread)
{
    struct box_batch *run = &box->run;

    run->armed = false;
    run->ceiling = SIZE_MAX;
    lua_settop(thread, 0);
    if (run->rearm)
        box__hook_set(thread);
    run->rearm = false;
    if (run->collecting) {
        lua_gc(box->state, LUA_GCSTOP);
        box__gc_calm(box->state);
        run->collecting = false;
        box->sweeping = true;
    }
    box_drop(box);
}

enum err_code box__failed(struct lua_box *box, int status, struct err *e)
{
    if (status == LUA_ERRMEM && box->run.spent == BOX_LEFT)
        box->run.spent = BOX_MEMORY;
    if (box->run.quick && !box->run.starved &&
        (box->run.spent == BOX_TICKS || box->run.spent == BOX_TIME ||
         box->run.spent == BOX_MEMORY)) {
        box->run.moves = true;
        return err_set(e, ERR_RULE, "it runs long");
    }
    if (box->run.spent == BOX_MEMORY)
        box->worn = true;
    if (box->run.starved && box->run.spent == BOX_MEMORY) /* not by the rule's own doing */
        return err_set(e, ERR_MEMORY, "no memory for a rule");
    budget__count(box->run.spent);
    budget__explain(box);
    if (box->run.text[0] == '\0')
        return err_set(e, ERR_RULE, "the rule failed without a message");
    return err_set(e, ERR_RULE, "%s", box->run.text);
}

enum err_code box_call(struct lua_box *box, lua_CFunction fn, void *arg, struct err *e)
{
    lua_State *L = box->state;
    enum err_code rc = ERR_OK;
    int status;

    CHECK_OBJ(box, BOX_MAGIC);
    check(!box->run.armed);
    check(lua_gettop(L) == 0);
    box__begin(box, L);
    lua_pushcfunction(L, explain__handler);
    lua_pushcfunction(L, fn);
    lua_pushlightuserdata(L, arg);
    status = lua_pcall(L, 1, 0, 1);
    if (status != LUA_OK)
        rc = box__failed(box, status, e);
    box__end(box, L);
    return rc;
}

enum err_code box_ready(struct lua_box *box, struct err *e)
{
    CHECK_OBJ(box, BOX_MAGIC);
    return box->state != NULL ? ERR_OK : box_open(box, e);
}

/* A new state has everything but what the units compiled; they do it again when they are used. */
static void box_replace(struct lua_box *box)
{
    struct err e;

    box_close(box);
    if (box_open(box, &e) != ERR_OK)
        log_error(box->log, "rules: %s", e.text); /* box_ready() tries again */
}

/* A piece of a collection. While it was stopped Lua counted a debt, which would make it a whole
 * one: restarting forgets the debt. */
static bool box_step(lua_State *L)
{
    lua_gc(L, LUA_GCRESTART);
    lua_gc(L, LUA_GCSTOP);
    return lua_gc(L, LUA_GCSTEP, BOX_STEP_KIB) != 0;
}

/* The collector catches up. true: it is at the end. */
static bool box_sweep(struct lua_box *box)
{
    unsigned steps = BOX_QUICK_STEPS;

    if (box->used <= 2 * box->idle + 8 * BOX_GARBAGE)
        return box_step(box->state);
    if (!box->hurries) {
        lua_gc(box->state, LUA_GCCOLLECT);
        return true;
    }
    while (steps-- > 0)
        if (box_step(box->state))
            return true;
    return false;
}

void box_rest(struct lua_box *box)
{
    CHECK_OBJ(box, BOX_MAGIC);
    check(!box->run.armed);
    if (box->state == NULL)
        return;
    if (box->worn && box->paused > 0)
        return;
    if (box->worn) {
        box_replace(box);
        return;
    }
    if (!box->sweeping && box->used < box->idle + box->idle / 2 + BOX_GARBAGE)
        return;
    box->sweeping = true;
    if (!box_sweep(box))
        return;
    box->sweeping = false;
    box->idle = box->used;
    if (box->paused > 0)
        return;
    if (box->used > box->compiled + BOX_WORN || box->pool.bytes > 2 * box->used + BOX_WORN)
        box_replace(box);
}
