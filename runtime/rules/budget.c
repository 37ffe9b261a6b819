/* budget.c - the budgets of an evaluation: what it has, and what is said when one is used up. */
#include "rules/budget_priv.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/check.h"
#include "rules/rule_priv.h"

#define BUDGET_LOOP "; in a loop (branch.foreach) each item has its own"

void budget__defaults(struct rules_limits *limits)
{
    if (limits->memory == 0)
        limits->memory = LIMIT_RULE_MEMORY;
    if (limits->ticks == 0)
        limits->ticks = LIMIT_RULE_TICKS;
    if (limits->ms == 0)
        limits->ms = LIMIT_RULE_MS;
    if (limits->most.memory == 0)
        limits->most.memory = LIMIT_RULE_ASK_MIB * MIB;
    if (limits->most.ticks == 0)
        limits->most.ticks = LIMIT_RULE_ASK_TICKS;
    if (limits->most.ms == 0)
        limits->most.ms = LIMIT_RULE_ASK_MS;
}

static struct rule_allowance budget_of(const struct rules_limits *limits)
{
    return (struct rule_allowance){ .has = { limits->ticks, limits->ms, limits->memory },
                                    .most = limits->most };
}

struct rule_allowance rules_allowance(const struct rules *rules)
{
    return budget_of(&rules->box->limits);
}

void budget__arm(struct lua_box *box)
{
    const struct rule_scope *scope = box->run.scope;
    struct rule_allowance *own = &box->run.allowance;

    *own = budget_of(&box->limits);
    if (scope == NULL || scope->allowance == NULL)
        return;
    check(scope->allowance->has.ticks > 0 && scope->allowance->has.ms > 0);
    check(scope->allowance->has.memory > 0);
    *own = *scope->allowance;
}

/* ---- Measurements ---------------------------------------------------------------------------- */

static atomic_uint_least64_t budget_spents[RULE_BUDGETS]; /* of all boxes */

uint64_t rules_spent(enum rule_budget budget)
{
    return atomic_load_explicit(&budget_spents[budget], memory_order_relaxed);
}

void budget__count(enum box_spent spent)
{
    enum rule_budget budget = spent == BOX_TICKS    ? RULE_BUDGET_TICKS
                              : spent == BOX_TIME   ? RULE_BUDGET_TIME
                              : spent == BOX_MEMORY ? RULE_BUDGET_MEMORY
                                                    : RULE_BUDGET_TEXT;

    if (spent != BOX_LEFT)
        atomic_fetch_add_explicit(&budget_spents[budget], 1, memory_order_relaxed);
}

/* ---- Words ----------------------------------------------------------------------------------- */

struct budget_words {
    const char *name, *unit;
    const char *member, *setting; /* of a flow's settings.budget; of the workspace */
    uint64_t has, most;           /* in the setting's unit */
    uint64_t end;                 /* no setting goes beyond it */
};

static struct budget_words budget_words(const struct rule_allowance *own, enum box_spent spent)
{
    if (spent == BOX_TICKS)
        return (struct budget_words){ "instructions",       "",
                                      "instructions",       "rule_instructions",
                                      own->has.ticks,       own->most.ticks,
                                      LIMIT_RULE_MOST_TICKS };
    if (spent == BOX_TIME)
        return (struct budget_words){ "time",
                                      " ms",
                                      "time",
                                      "rule_ms",
                                      (uint64_t)own->has.ms,
                                      (uint64_t)own->most.ms,
                                      LIMIT_RULE_MOST_MS };
    return (struct budget_words){ "memory",
                                  " MiB",
                                  "memory_mib",
                                  "rule_memory_mib",
                                  own->has.memory / MIB,
                                  own->most.memory / MIB,
                                  LIMIT_RULE_MOST_MIB };
}

/* How there is more of it. */
static void budget_remedy(const struct budget_words *words, bool share, char text[256])
{
    if (share)
        snprintf(text, 256,
                 "it is a part of what the rules of flows have: an administrator raises it by the "
                 "setting %s",
                 words->setting);
    else if (words->has < words->most)
        snprintf(text, 256,
                 "raise it by settings.budget.%s of the flow, to at most %" PRIu64
                 "%s (the setting %s_most, an administrator's)" BUDGET_LOOP,
                 words->member, words->most, words->unit, words->setting);
    else if (words->has < words->end)
        snprintf(text, 256,
                 "it is all that the setting %s_most allows: an administrator raises that, then "
                 "settings.budget.%s of the flow" BUDGET_LOOP,
                 words->setting, words->member);
    else
        snprintf(text, 256, "no setting allows more" BUDGET_LOOP);
}

void budget__explain(struct lua_box *box)
{
    enum box_spent spent = box->run.spent;
    const struct rule_allowance *own = &box->run.allowance;
    struct budget_words words;
    char remedy[256];

    if (spent == BOX_LONG_TEXT)
        snprintf(box->run.text, sizeof(box->run.text),
                 "stopped: a text became longer than %u bytes, and no setting allows more: make "
                 "several of it",
                 LIMIT_RULE_STRING);
    if (spent == BOX_LEFT || spent == BOX_LONG_TEXT)
        return;
    words = budget_words(own, spent);
    budget_remedy(&words, own->share, remedy);
    snprintf(box->run.text, sizeof(box->run.text),
             "stopped: the budget of %s (%" PRIu64 "%s) is used up; %s", words.name, words.has,
             words.unit, remedy);
}
