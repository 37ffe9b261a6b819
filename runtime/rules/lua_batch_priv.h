/* lua_batch_priv.h - what one evaluation has and uses up. For rules/ only. */
#ifndef RULES_LUA_BATCH_PRIV_H
#define RULES_LUA_BATCH_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "rules/rule.h"

struct lua_State;

enum box_spent { BOX_LEFT, BOX_TICKS, BOX_TIME, BOX_MEMORY, BOX_LONG_TEXT };

struct box_key { /* of a table that is being written as JSON */
    const char *at;
    size_t size;
};

struct box_batch {
    bool armed;
    bool rearm;      /* the hook was set to every instruction */
    bool starved;    /* an allocation failed that its budget allowed */
    bool collecting; /* the collector runs during this batch */
    bool pure;       /* nothing in this batch can assign to a table */
    bool invalid;    /* what failed is not the rule: a value does not fit its mapping */
    bool quick;      /* it has a small part of the budgets, and begins anew elsewhere behind it */
    bool moves;      /* that part is used up */
    struct lua_State *thread; /* it runs in */
    enum box_spent spent;
    struct rule_allowance allowance;
    uint64_t ticks;
    uint64_t ticks_most;  /* the budget */
    uint64_t ticks_read;  /* when the clock was read */
    uint64_t ticks_slice; /* when the slice began */
    int64_t slice_end;    /* of the clock; INT64_MAX: the batch runs to its end at once */
    int64_t clock_read;   /* what it said */
    bool hurry;           /* the slice is over: the hook is to come at the next instruction */
    int64_t deadline;
    size_t ceiling;
    size_t mark;  /* box->used when the batch began */
    size_t churn; /* allocated since the clock was read */
    size_t last;  /* allocated since a budget was used up */

    struct rule_unit *unit; /* NULL between batches */
    const struct rule_scope *scope;
    const struct rule_source *source; /* being evaluated, for messages */
    const struct rule_scope *seen;    /* what it sees, for messages; in a plan's list: its item */
    unsigned touched;                 /* bits: scope values that are in the environment */
    int modules_ref;                  /* modules that were required; LUA_NOREF */
    uint64_t random;
    unsigned log_lines, log_bytes;
    unsigned pcalls; /* of the rule, within each other */

    uint32_t generation; /* lazies of another are refused */
    json_t **held;       /* what the lazies stand for; borrowed */
    size_t held_count, held_room;
    struct box_key *keys; /* a stack for the writer */
    size_t keys_count, keys_room;
    json_t *making; /* by a library function, that an error of it leaks nothing: box_drop() */
    char *scratch;

    char where[LIMIT_ID + 40];  /* of the error: ", line 1", ", rules.NAME, line 7", or "" */
    char text[LIMIT_RULE_TEXT]; /* of the error; "": the message handler was not called */
};

#endif
