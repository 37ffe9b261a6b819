/* budget.c - see budget.h. */
#include "engine/budget.h"

#include <inttypes.h>

#include "engine/engine_priv.h"

/* The largest of both: who gives so much to flows that do not ask lets others ask for it. */
static uint64_t budget_most(uint64_t has, uint64_t most)
{
    return has > most ? has : most;
}

static uint64_t budget_of(int64_t asked, uint64_t has, uint64_t most)
{
    uint64_t wanted = asked > 0 ? (uint64_t)asked : has;

    return wanted < most ? wanted : most;
}

struct rule_allowance budget_allowance(const struct rule_allowance *set, const struct flow *flow)
{
    static const struct flow_budget none = { 0 };
    const struct flow_budget *asked = flow != NULL ? &flow->budget : &none;
    struct rule_allowance own;

    own.most =
        (struct rule_amounts){ budget_most(set->has.ticks, set->most.ticks),
                               (int64_t)budget_most((uint64_t)set->has.ms, (uint64_t)set->most.ms),
                               budget_most(set->has.memory, set->most.memory) };
    own.has.ticks = budget_of(asked->instructions, set->has.ticks, own.most.ticks);
    own.has.ms = (int64_t)budget_of(asked->ms, (uint64_t)set->has.ms, (uint64_t)own.most.ms);
    own.has.memory = budget_of(asked->memory_mib * (int64_t)MIB, set->has.memory, own.most.memory);
    own.share = false;
    return own;
}

/* ---- Of workspaces */

void engine_rule_allowance(struct engine *engine, const char *workspace,
                           const struct rule_allowance *set)
{
    struct rule_allowance *own;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (engine->allowances == NULL)
        engine->allowances = dict_new();
    own = dict_find(engine->allowances, workspace);
    if (own == NULL) {
        own = mem_must(sizeof *own);
        dict_put(engine->allowances, workspace, own);
    }
    *own = *set;
}

static struct rule_allowance budget_set(const struct engine *engine, const char *workspace)
{
    const struct rule_allowance *own =
        engine->allowances != NULL ? dict_find(engine->allowances, workspace) : NULL;

    return own != NULL ? *own : rules_allowance(engine->world.rules);
}

struct rule_allowance engine_allowance(const struct engine *engine, const char *workspace,
                                       const struct flow *flow)
{
    struct rule_allowance set = budget_set(engine, workspace);

    return budget_allowance(&set, flow);
}

void budgets_free(struct engine *engine)
{
    struct rule_allowance *own;
    size_t cursor = 0;

    if (engine->allowances == NULL)
        return;
    while ((own = dict_next(engine->allowances, &cursor, NULL)) != NULL)
        mem_free(own);
    dict_free(engine->allowances);
    engine->allowances = NULL;
}

/* ---- When a flow is kept */

static bool budget_fits_one(const char *member, const char *setting, int64_t asked, uint64_t most,
                            const char *unit, const char *file, unsigned line,
                            struct faults *faults)
{
    char pointer[64];

    if (asked <= 0 || (uint64_t)asked <= most)
        return true;
    snprintf(pointer, sizeof pointer, "/settings/budget/%s", member);
    faults_add(faults, false, file, line, line, pointer,
               "%" PRId64 "%s is more than a flow may ask for here, %" PRIu64
               "%s: ask for no more, or have an administrator raise the setting %s_most",
               asked, unit, most, unit, setting);
    return false;
}

bool budget_fits(const struct rule_allowance *set, const struct flow *flow, const char *file,
                 unsigned line, struct faults *faults)
{
    const struct flow_budget *asked = &flow->budget;
    struct rule_amounts most = budget_allowance(set, NULL).most;
    bool fits = budget_fits_one("instructions", "rule_instructions", asked->instructions,
                                most.ticks, "", file, line, faults);

    fits = budget_fits_one("time", "rule_ms", asked->ms, (uint64_t)most.ms, " ms", file, line,
                           faults) &&
           fits;
    return budget_fits_one("memory_mib", "rule_memory_mib", asked->memory_mib, most.memory / MIB,
                           " MiB", file, line, faults) &&
           fits;
}

bool engine_budget_fits(const struct engine *engine, const char *workspace, const struct flow *flow,
                        const char *file, struct faults *faults)
{
    struct rule_allowance set = budget_set(engine, workspace);

    return budget_fits(&set, flow, file, 1, faults);
}
