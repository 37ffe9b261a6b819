/* rule_eval_priv.h - one evaluation, from rules_eval() to its callback. For rules/ only. */
#ifndef RULES_RULE_EVAL_PRIV_H
#define RULES_RULE_EVAL_PRIV_H

#include "rules/rule_priv.h"

#define BATCH_FEW 32u /* results that need no memory of their own */

enum eval_phase { EVAL_BEGIN, EVAL_MODULE, EVAL_RESULT }; /* of the text in hand */

struct eval {
    struct eval *next;
    struct rules *rules;
    struct rule_unit *unit;
    const unsigned *which;
    size_t count;
    enum rule_mode mode;
    rule_done_fn *done;
    void *owner;
    uint64_t tag;
    const struct rule_scope *scope;

    json_t **values;
    json_t *few[BATCH_FEW];
    size_t at; /* being evaluated */
    enum eval_phase phase;
    size_t chosen;                    /* SIZE_MAX: none */
    const struct rule_source *source; /* that was evaluated last */
    bool invalid;
    struct box_worker *worker; /* NULL: not begun */
    struct plan_run *plan;     /* being executed, or just was; NULL: none */

    bool kept; /* it outlives rules_eval(): the rest is its own */
    struct rule_scope scope_kept;
    struct rule_allowance allowance_kept;
    json_t *steps; /* the outputs that `steps` had: they may be taken out of it */
    unsigned *which_kept;
    struct err *error; /* what came of it in the other room; NULL: all is well */
    uint64_t ticks;    /* that it took there */
};

/* The rest is the caller's to set. */
struct eval *eval__new(struct rules *rules);
/* The evaluation outlives the call that began it. */
void eval__keep(struct eval *eval);
/* Tells the owner; the evaluation is gone then. */
void eval__end(struct rules *rules, struct eval *eval, const struct err *error);
void eval__free(struct rules *rules, struct eval *eval); /* without a word */
/* What has paused in those rules is given up; each is told with its owner. */
void eval__drop_all(struct rules *rules, void (*dropped)(void *arg, void *owner), void *arg);

#endif
