/* rule_eval.c - an evaluation's memory: taken, kept beyond the call that began it, given back. */
#include "rules/rule_eval_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "rules/lua_work_priv.h"
#include "rules/rule_plan_priv.h"

struct eval *eval__new(struct rules *rules)
{
    struct eval *eval = rules->spare;

    rules->spare = NULL;
    rules->open++;
    if (eval == NULL)
        eval = mem_must(sizeof(*eval));
    eval->rules = rules;
    eval->chosen = SIZE_MAX;
    eval->values = eval->few;
    return eval;
}

void eval__free(struct rules *rules, struct eval *eval)
{
    check(rules->open > 0);
    rules->open--;
    for (size_t i = 0; i < eval->count; i++)
        json_decref(eval->values[i]);
    plan__run_free(eval->plan);
    mem_free(eval->error);
    if (eval->values != eval->few)
        mem_free(eval->values);
    if (eval->kept) {
        json_decref(eval->scope_kept.trigger);
        json_decref(eval->scope_kept.steps);
        json_decref(eval->scope_kept.moments);
        json_decref(eval->scope_kept.input);
        json_decref(eval->scope_kept.vars);
        json_decref(eval->scope_kept.env);
        json_decref(eval->scope_kept.run);
        json_decref(eval->scope_kept.item);
        json_decref(eval->scope_kept.previous);
        json_decref(eval->steps);
        mem_free(eval->which_kept);
    }
    unit__release(rules, eval->unit);
    if (rules->spare != NULL) {
        mem_free(eval);
        return;
    }
    memset(eval, 0, sizeof(*eval));
    rules->spare = eval;
}

void eval__keep(struct eval *eval)
{
    struct rule_scope *scope = &eval->scope_kept;

    if (eval->kept)
        return;
    *scope = *eval->scope;
    if (scope->allowance != NULL) {
        eval->allowance_kept = *scope->allowance;
        scope->allowance = &eval->allowance_kept;
    }
    json_incref(scope->trigger);
    json_incref(scope->steps);
    scope->moments = json_copy(scope->moments); /* whose it is goes on adding to it */
    json_incref(scope->input);
    json_incref(scope->vars);
    json_incref(scope->env);
    json_incref(scope->run);
    json_incref(scope->item);
    json_incref(scope->previous);
    eval->steps = scope->steps != NULL ? json_copy(scope->steps) : NULL;
    eval->scope = scope;
    eval->which_kept = mem_must(eval->count * sizeof(*eval->which_kept));
    memcpy(eval->which_kept, eval->which, eval->count * sizeof(*eval->which_kept));
    eval->which = eval->which_kept;
    eval->kept = true;
    if (eval->worker != NULL) {
        struct box_batch *batch = &eval->worker->batch;

        if (batch->seen == batch->scope)
            batch->seen = scope;
        batch->scope = scope;
    }
}
