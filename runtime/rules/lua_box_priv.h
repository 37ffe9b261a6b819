/* lua_box_priv.h - one sandboxed Lua state: its memory, its budgets, its protected calls.
 *
 * For rules/ only. A batch runs between box_call()'s begin and end; what it allocates, executes
 * and takes in time is counted, and a budget that is used up ends the batch: no pcall() of a
 * rule can keep it. C functions that take longer than a few instructions say so by box_charge(). */
#ifndef RULES_LUA_BOX_PRIV_H
#define RULES_LUA_BOX_PRIV_H

#include <jansson.h>
#include <lua.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "rules/lua_batch_priv.h"
#include "rules/lua_kind_priv.h"
#include "rules/lua_pool_priv.h"
#include "rules/rule.h"

#define BOX_MAGIC 0x10ABB0C5u
#define BOX_QUICK_TICKS 100000u /* of a quick batch: a millisecond or two */

struct box_worker; /* lua_work_priv.h */

struct lua_box {
    unsigned magic;
    lua_State *state;
    unsigned epoch; /* of the state: what was compiled in a former one is gone */
    struct clock *clock;
    struct log *log;
    struct rules_limits limits;
    struct pool pool;
    size_t used;      /* bytes of the state */
    size_t idle;      /* used after the last full collection */
    size_t compiled;  /* of it by units */
    bool sweeping;    /* a collection is under way between batches */
    bool worn;        /* the state is to be replaced */
    bool hurries;     /* nothing here may take long: neither a batch nor a collection */
    bool quick;       /* the next batch is a quick one */
    const atomic_bool *quit; /* true: the batch in hand is given up soon; NULL: never */
    struct buf said;  /* lines for the log of a quick batch: the log has them when it has ended */
    uint32_t generations;

    struct box_batch run; /* the batch in hand */
    struct box_worker *workers;
    unsigned paused; /* of them */

    struct kinds kinds;
    int library_ref;   /* the table of the library; the scope's values are put in beside */
    int names_ref;     /* keeps the names of the scope's values alive */
    struct dates *dates; /* caches that outlive the state */
    struct texts *texts;
    json_t *currency; /* the last one that was given; NULL: none yet */
};

enum err_code box_new(struct lua_box **box, struct clock *clock, struct log *log,
                      const struct rules_limits *limits, struct err *e) MUST_USE;
void box_free(struct lua_box *box); /* NULL is fine */
/* Makes the state anew if memory failed when it was to be replaced. */
enum err_code box_ready(struct lua_box *box, struct err *e) MUST_USE;
static inline struct lua_box *box_of(lua_State *L)
{
    return *(struct lua_box **)lua_getextraspace(L);
}

/* Runs fn(arg) with fresh budgets, to its end. *arg is fn's light userdata at 1; fn returns
 * nothing. ERR_RULE with the text for people, without the name of the source. */
enum err_code box_call(struct lua_box *box, lua_CFunction fn, void *arg, struct err *e) MUST_USE;
/* After a batch and its callback: collects a little, or replaces the state when it is worn and
 * nobody is paused in it. */
void box_rest(struct lua_box *box);

/* For lua_work.c. Begin and end of a batch, in that thread. */
void box__begin(struct lua_box *box, lua_State *thread);
void box__end(struct lua_box *box, lua_State *thread);
enum err_code box__failed(struct lua_box *box, int status, struct err *e) MUST_USE;
void box__hook_set(lua_State *L);
/* The hook comes at the next instruction. */
void box__hurry(lua_State *L);
/* Looks at the clock. true: the budget of time is used up now. */
bool box__is_late(struct lua_box *box);
void *box__alloc(void *box, void *old, size_t old_size, size_t size); /* lua_Alloc */
/* The collector keeps up with a batch that grows, or is left to box_rest() again. */
void box__gc_heavy(lua_State *L);
void box__gc_calm(lua_State *L);

/* Counts; does not return when a budget is used up. */
void box_charge(lua_State *L, uint64_t ticks);
/* The batch in hand has more to do than one rule. */
void box_grant(struct lua_box *box, uint64_t ticks, int64_t ms);
uint64_t box_ticks_left(const struct lua_box *box);
/* How many JSON values a batch may make at once: they are outside of the state's memory. */
size_t box_values(const struct lua_box *box);
/* Raises the error of the budget that is used up. */
int box_stop(lua_State *L) __attribute__((noreturn));
/* Uses a budget up. */
int box_spend(lua_State *L, enum box_spent spent) __attribute__((noreturn));
/* Raises the error of a memory that did not suffice. */
int box_no_memory(lua_State *L) __attribute__((noreturn));
/* Releases what a library function that an error has left was making. */
void box_drop(struct lua_box *box);
/* After lua_pcall() in a function of ours: does not return when a budget is used up. */
void box_check(lua_State *L, int status);

#endif
