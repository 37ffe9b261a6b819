/* lua_box_priv.h - one sandboxed Lua state: its memory, its budgets, its protected calls.
 *
 * For rules/ only. A batch runs between box_call()'s begin and end; what it allocates, executes
 * and takes in time is counted, and a budget that is used up ends the batch: no pcall() of a
 * rule can keep it. C functions that take longer than a few instructions say so by box_charge(). */
#ifndef RULES_LUA_BOX_PRIV_H
#define RULES_LUA_BOX_PRIV_H

#include <jansson.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "rules/lua_kind_priv.h"
#include "rules/lua_pool_priv.h"
#include "rules/rule.h"

enum box_spent { BOX_LEFT, BOX_TICKS, BOX_TIME, BOX_MEMORY, BOX_LONG_TEXT };

struct box_key { /* of a table that is being written as JSON */
    const char *at;
    size_t size;
};

struct lua_box {
    unsigned magic;
    lua_State *state;
    unsigned epoch; /* of the state: what was compiled in a former one is gone */
    struct clock *clock;
    struct log *log;
    struct rules_limits limits;
    struct pool pool;
    size_t used;      /* bytes of the state */
    size_t ceiling;   /* of this batch */
    size_t mark;      /* used when the batch began */
    size_t idle;      /* used after the last full collection */
    size_t compiled;  /* of it by units */
    size_t churn;     /* allocated since the clock was read */
    size_t last;      /* allocated since a budget was used up */
    bool sweeping;    /* a collection is under way between batches */
    bool collecting;  /* the collector runs during this batch */
    bool worn;        /* the state is to be replaced */

    bool armed;
    bool rearm;       /* the hook was set to every instruction */
    enum box_spent spent;
    uint64_t ticks;
    uint64_t ticks_read; /* when the clock was read */
    int64_t deadline;

    struct rule_unit *unit; /* of this batch; NULL between batches */
    const struct rule_scope *scope;
    const struct rule_source *source; /* being evaluated, for messages */
    unsigned touched;                 /* bits: scope values that are in the environment */
    bool pure;                        /* nothing in this batch can assign to a table */
    uint64_t random;
    unsigned log_lines, log_bytes;

    uint32_t generation; /* of the batch: lazies of another are refused */
    json_t **held;       /* what the lazies of this batch stand for; borrowed */
    size_t held_count, held_room;
    struct box_key *keys; /* a stack for the writer */
    size_t keys_count, keys_room;
    json_t *making; /* by a library function; both are released when the batch ends */
    char *scratch;

    struct kinds kinds;
    int library_ref;   /* the table of the library; the scope's values are put in beside */
    int names_ref;     /* keeps the names of the scope's values alive */
    int modules_ref;   /* modules of this batch that were required; LUA_NOREF */
    struct dates *dates; /* caches that outlive the state */
    struct texts *texts;

    char where[LIMIT_ID + 40];  /* of the error: ", line 1", ", rules.NAME, line 7", or "" */
    char text[LIMIT_RULE_TEXT]; /* of the error; "": the message handler was not called */
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

/* Runs fn(arg) with fresh budgets. *arg is fn's light userdata at 1; fn returns nothing.
 * ERR_RULE with the text for people, without the name of the source. */
enum err_code box_call(struct lua_box *box, lua_CFunction fn, void *arg, struct err *e) MUST_USE;
/* After a batch and its callback: collects a little, or replaces the state when it is worn. */
void box_rest(struct lua_box *box);

/* Counts; does not return when a budget is used up. */
void box_charge(lua_State *L, uint64_t ticks);
uint64_t box_ticks_left(const struct lua_box *box);
/* How many JSON values a batch may make at once: they are outside of the state's memory. */
size_t box_values(const struct lua_box *box);
/* Raises the error of the budget that is used up. */
int box_stop(lua_State *L) __attribute__((noreturn));
/* Uses a budget up. */
int box_spend(lua_State *L, enum box_spent spent) __attribute__((noreturn));
/* Raises the error of a memory that did not suffice. */
int box_no_memory(lua_State *L) __attribute__((noreturn));
/* After lua_pcall() in a function of ours: does not return when a budget is used up. */
void box_check(lua_State *L, int status);

#endif
