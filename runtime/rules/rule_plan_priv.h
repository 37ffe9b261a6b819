/* rule_plan_priv.h - executes the plan of a mapping (base/plan.h). For rules/ only.
 *
 * A plan runs within a batch, as one C function of Lua that pauses and continues wherever a rule
 * may. What it makes is JSON from the start; in Lua there is only the item in hand. */
#ifndef RULES_RULE_PLAN_PRIV_H
#define RULES_RULE_PLAN_PRIV_H

#include "base/plan.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_priv.h"

enum plan_at { /* what a frame does next */
    PLAN_AT_BEGIN,
    PLAN_AT_WHEN,   /* the condition has come */
    PLAN_AT_PARTS,  /* asks for the next part */
    PLAN_AT_PART,   /* a part has come */
    PLAN_AT_VALUE,  /* the value has come */
    PLAN_AT_FELL,   /* the fallback has come */
    PLAN_AT_BASE,   /* the object that the root begins with has come */
    PLAN_AT_LIST,   /* the list has come */
    PLAN_AT_WHERE,  /* asks whether an item is wanted */
    PLAN_AT_WANTED, /* that has come */
    PLAN_AT_KEYS,   /* asks for a key to sort by */
    PLAN_AT_KEY,    /* it has come */
    PLAN_AT_SORT,   /* merges a little */
    PLAN_AT_GROUPS, /* asks for the key of a group */
    PLAN_AT_GROUP,  /* it has come */
    PLAN_AT_ITEMS,  /* asks for the next element */
    PLAN_AT_ITEM,   /* it has come */
};
struct plan_loop;
struct plan_frame {
    const struct plan_node *node;
    enum plan_at at;
    size_t next; /* part or item */
    size_t set;  /* of the parts */
    json_t *made;
    json_t *base; /* borrowed: what stands there already; NULL: nothing */
    struct plan_loop *loop;
};
struct plan_run {
    struct rule_unit *unit;
    const struct plan *plan;
    struct plan_frame *frames;
    unsigned depth, room;
    unsigned level;               /* of loops */
    struct plan_loop *innermost;
    const struct unit_text *call; /* to be called next, or being called; NULL: none */
    bool calling;
    bool whole;                   /* what is called gives a list to go through */
    json_t *value;                /* what came last; NULL: nothing */
    json_t *kept;                 /* an array of what rules may still point to */
    struct json_room left;        /* of the output */
    unsigned steps;               /* since the clock was looked at */
    struct rule_scope seen;       /* with the item in hand, for messages */
};

/* Finds out which names each expression of the plan is given, and whether all are pure. false: why
 * it cannot be executed is in text. */
bool plan__prepare(struct rule_unit *unit, const struct plan *plan, bool *pure, char text[96]);
struct plan_run *plan__run_new(struct rule_unit *unit, const struct plan *plan);
void plan__run_free(struct plan_run *run); /* NULL is fine */
/* The function; 1: the run. Its result is then in run->value. */
int plan__call(lua_State *L);
/* ", item 3, item 17" of the loops in hand. */
void plan__where(const struct plan_run *run, char *text, size_t room);

/* ---- rule_plan.c and rule_plan_each.c to each other */

/* What came last becomes the caller's. */
json_t *plan__take(struct plan_run *run);
/* Begins with a node: its value comes before the frame in hand goes on. */
void plan__enter(lua_State *L, struct plan_run *run, const struct plan_node *node, json_t *base);
bool plan__holds(const json_t *value); /* neither nothing, nor null, nor false */
/* Raises an error in the name of the node's expression. */
int plan__fail(lua_State *L, struct plan_run *run, const struct plan_node *node, const char *fmt,
               ...) __attribute__((noreturn, format(printf, 4, 5)));
/* A frame of PLAN_EACH: from the list to the end of the last element, when it is the frame's
 * value. */
void plan__loop_begin(lua_State *L, struct plan_run *run, struct plan_frame *frame);
void plan__loop_step(lua_State *L, struct plan_run *run, struct plan_frame *frame);
void plan__loop_free(struct plan_loop *loop); /* NULL is fine */
const struct plan_loop *plan__loop_outer(const struct plan_loop *loop);
size_t plan__loop_position(const struct plan_loop *loop); /* of the item in hand, from 1 */

#endif
