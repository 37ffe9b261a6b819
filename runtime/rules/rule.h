/* rule.h - evaluates expressions and scripts of a flow version, in batches, in a sandbox.
 *
 * A unit holds the compiled texts of one flow version; a batch names some of them, the values they
 * see and what to do with the results. The callback may run before rules_eval() returns or in a
 * later turn (rules_turn()), on the loop's thread; it must only note. What the scope names is kept
 * by reference and must not change meanwhile, but `steps` may get members. (So isolated runner
 * processes can be put behind this interface.)
 *
 * A rule sees: trigger, steps, input, vars, run, env, inside a loop item, index and previous, and
 * the library (docs/RULES.md). It has budgets (budget.h); exceeding one is ERR_RULE with its name
 * and how it is raised. An error's text has the rule and the line at its end; it has at most
 * LIMIT_RULE_TEXT bytes. ERR_INVALID: the rules are right, but a value does not fit its mapping. */
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "rules/budget.h"

struct rule_unit;

struct rules_limits {
    size_t memory;     /* 0: LIMIT_RULE_MEMORY */
    uint64_t ticks;    /* VM instructions; 0: LIMIT_RULE_TICKS */
    int64_t ms;        /* 0: LIMIT_RULE_MS */
    struct rule_amounts most; /* what a flow may ask for; 0: LIMIT_RULE_ASK_... */
    /* 0: an evaluation ends within rules_eval(). Else it pauses after so long, and the host calls
     * rules_turn() in every turn of its loop. */
    int64_t slice_ms;
};
#define RULES_SLICE_MS 2 /* for a host with a loop: no turn waits longer for rules */
struct rules *rules_new(struct clock *clock, struct log *log, const struct rules_limits *limits,
                        struct err *e) MUST_USE;
/* Evaluations that have paused are given up: their callbacks do not run. */
void rules_free(struct rules *rules);

enum rule_kind {
    RULE_EXPRESSION, /* one Lua expression: the text behind the '=' */
    RULE_SCRIPT,     /* a chunk that returns the output */
    RULE_FUNCTION,   /* "MODULE:FUNCTION": require 'rules.MODULE', then FUNCTION(input) */
    RULE_PLAN,       /* a mapping (base/plan.h), for rule_unit_new_plans(); with RULE_ALL only */
};
struct rule_source {
    enum rule_kind kind;
    const char *name;   /* for messages: "node map, fields/3/from" */
    const char *text;
    size_t size;
};
struct rule_module {
    const char *name;   /* "gl_account", from rules/gl_account.lua */
    const char *text;
    size_t size;
};
struct rule_unit_input {
    const struct rule_source *sources;
    size_t source_count;
    const struct rule_module *modules;
    size_t module_count;
    /* {NAME: table}, format in docs/FLOWS.md; may be NULL; borrowed, kept by reference */
    json_t *lookups;
};
/* Compiles everything. Each fault is told: index of the source (or SIZE_MAX and the module's
 * name), the line within it (1 = first), the text. Returns NULL if there was one. */
typedef void rule_fault_fn(void *arg, size_t source, const char *module, unsigned line,
                           const char *text);
struct rule_unit *rule_unit_new(struct rules *rules, const struct rule_unit_input *input,
                                rule_fault_fn *fault, void *arg) MUST_USE;
struct plan;
/* With the plans of those sources that are one, by index; their expressions are among the sources.
 * Within lists they see `item`, `index` and the plan's names. Each item adds to the budget. */
struct rule_unit *rule_unit_new_plans(struct rules *rules, const struct rule_unit_input *input,
                                      struct plan *const *plans, rule_fault_fn *fault,
                                      void *arg) MUST_USE;
/* NULL is fine. Evaluations that have paused go on; the unit lives as long as they do. */
void rule_unit_free(struct rules *rules, struct rule_unit *unit);

struct rule_scope {           /* all borrowed; NULL: nil */
    json_t *trigger;
    json_t *steps, *moments;  /* {ID: output}; {ID: what effect_at() says, ms since 1970} */
    json_t *input;            /* of this step */
    json_t *vars, *env;
    json_t *run;              /* {"id", "flow", "version", ...} */
    json_t *item, *previous;  /* in a loop; what the iteration before gave, in a repetition */
    int64_t index;            /* from 1; 0: not in a loop */
    int64_t now_ms;           /* what now() says: the run's, so that it decides the same again */
    const struct rule_keys *keys; /* rule_keys.h */
    const struct rule_allowance *allowance; /* NULL: what the rules have; copied */
    uint64_t seed;            /* of random(): the same for the same run and step */
};
enum rule_mode {
    RULE_ALL,        /* evaluate every one; the first failure ends the batch */
    /* in order until one is true (not nil, not false); values[i] of the others is NULL */
    RULE_FIRST_TRUE,
};
struct rule_result {
    /* count of them, borrowed for the call: json_incref() what is kept. nil gives NULL at the top;
     * a table with the array mark or keys 1..n gives an array */
    json_t **values;
    size_t count;
    size_t chosen;       /* RULE_FIRST_TRUE: the index; SIZE_MAX if none was true */
    const struct err *error; /* NULL: all is well */
    size_t failed;       /* index of the failed one */
};
typedef void rule_done_fn(void *owner, uint64_t tag, const struct rule_result *result);

void rules_eval(struct rules *rules, struct rule_unit *unit, const unsigned *which, size_t count,
                enum rule_mode mode, const struct rule_scope *scope, rule_done_fn *done,
                void *owner, uint64_t tag);
/* Continues one evaluation that has paused, for one slice; its callback may run. true: there is
 * more. Budgets of time count only what an evaluation runs itself. */
bool rules_turn(struct rules *rules);
bool rules_busy(const struct rules *rules); /* callbacks are to come, also of the other room */

#endif
