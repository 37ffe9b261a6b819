/* rule_priv.h - the compiled texts of a flow version, and its lookups. For rules/ only. */
#ifndef RULES_RULE_PRIV_H
#define RULES_RULE_PRIV_H

#include "rules/lua_box_priv.h"
#include "rules/rule.h"

struct eval;
struct room; /* rule_room_priv.h */

struct rules {
    unsigned magic;
    struct lua_box *box;
    size_t units;
    size_t open;               /* evaluations that have not ended, here or in the room */
    struct eval *first, *last; /* evaluations that have paused, or not begun; in turn */
    struct eval *spare;        /* one that ended, for the next */
    struct room *room;         /* for what runs long; NULL: it goes on here */
};

#define UNIT_MAGIC 0x1017B007u

struct plan;
struct unit_local { /* of an expression within a list of a plan */
    unsigned char level; /* of the loop, from the outermost */
    bool index;          /* its index, else its item */
};
#define UNIT_LOCALS 16u
struct unit_text {
    struct rule_source source; /* its texts are ours */
    char *module;              /* RULE_FUNCTION: "MODULE" */
    char *function;            /* and "FUNCTION" */
    bool refused;              /* it is not even compiled */
    bool pure;                 /* an expression that cannot assign to a table */
    unsigned char slow;        /* so often it goes to the other room at once */
    int ref;                   /* the chunk in the state; LUA_NOREF */
    struct plan *plan;         /* RULE_PLAN: a reference */
    char *prefix;              /* "local item, index = ... return "; NULL: none of its own */
    unsigned local_count;
    struct unit_local locals[UNIT_LOCALS];
};
struct unit_module {
    struct rule_module module; /* its texts are ours */
    bool refused;
    int ref;
};
struct rule_unit {
    unsigned magic;
    unsigned epoch; /* of the state that the chunks are in */
    size_t compiled;
    unsigned users; /* evaluations */
    bool dead;      /* freed, but used */
    struct unit_text *texts;
    size_t text_count;
    struct unit_module *modules;
    size_t module_count;
    struct lookups *lookups;
    struct rule_unit *twin;           /* in the other room; NULL: none yet */
    const struct rule_unit *original; /* of a twin, which has only the places of its chunks */
    struct rule_unit *next;           /* among those that leave the other room */
};

/* Compiles again what a replaced state has lost. */
enum err_code unit__ready(struct rules *rules, struct rule_unit *unit, struct err *e) MUST_USE;
void unit__unref(struct rules *rules, struct rule_unit *unit); /* the state lets its chunks go */
/* The same texts for another state. The original outlives it. */
struct rule_unit *unit__twin_new(const struct rule_unit *unit);
void unit__twin_free(struct rules *rules, struct rule_unit *twin); /* rules NULL: no state has it */
/* Its twin has left the other room. */
void unit__left(struct rules *rules, struct rule_unit *unit);
/* An evaluation that used it has ended. */
void unit__release(struct rules *rules, struct rule_unit *unit);
/* Pushes the chunk of the module of the current unit; raises an error that lists them if there
 * is none. */
void unit__push_module(lua_State *L, const char *name);
/* The text of a chunk by what lua_getinfo() calls its source; NULL if it is none of ours. name:
 * how people know it; NULL for the source being evaluated. */
const char *unit__find_text(const struct lua_box *box, const char *chunk, size_t *size,
                            const char **name);

#endif
