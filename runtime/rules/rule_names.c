/* rule_names.c - the names that nobody knows, in all texts of a unit. */
#include "rules/rule_names.h"

#include <lauxlib.h>
#include <stdio.h>

#include "base/check.h"
#include "rules/lib_priv.h"
#include "rules/rule_decision_priv.h"
#include "rules/rule_globals_priv.h"
#include "rules/rule_priv.h"

struct unit_names {
    const struct rule_unit *unit;
    rule_fault_fn *fault;
    void *arg;
    unsigned count;
    /* The text in hand, as rule_unit_new() tells it. */
    size_t source;
    const char *module;
    size_t row; /* of a decision table; 0: of an input; SIZE_MAX: of none */
};

static void names_told(void *arg, unsigned line, const char *text)
{
    struct unit_names *all = arg;
    char said[LIMIT_RULE_TEXT + 32];

    if (all->count++ >= LIMIT_FAULTS)
        return;
    if (all->row == SIZE_MAX)
        snprintf(said, sizeof(said), "%s", text);
    else if (all->row == 0)
        snprintf(said, sizeof(said), "an input: %s", text);
    else
        snprintf(said, sizeof(said), "row %zu: %s", all->row, text);
    all->fault(all->arg, all->source, all->module, line, said);
}

static void names_of_chunk(lua_State *L, struct unit_names *all, int ref)
{
    if (ref == LUA_NOREF)
        return;
    lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
    globals_look(L, names_told, all);
    lua_pop(L, 1);
}

static void names_of_table(void *arg, lua_State *L, const struct decision *table, size_t row)
{
    struct unit_names *all = arg;
    char name[sizeof("lookups/") + LIMIT_ID];

    snprintf(name, sizeof(name), "lookups/%.64s", table->name);
    all->module = name;
    all->row = row;
    globals_look(L, names_told, all);
}

/* Runs protected. */
static int names_of_unit(lua_State *L)
{
    struct unit_names *all = lua_touserdata(L, 1);
    const struct rule_unit *unit = all->unit;

    all->row = SIZE_MAX;
    for (size_t i = 0; i < unit->text_count; i++) {
        all->source = i;
        names_of_chunk(L, all, unit->texts[i].ref);
    }
    all->source = SIZE_MAX;
    for (size_t i = 0; i < unit->module_count; i++) {
        all->module = unit->modules[i].module.name;
        names_of_chunk(L, all, unit->modules[i].ref);
    }
    if (unit->lookups != NULL)
        lib_decide_each(L, unit->lookups, names_of_table, all);
    return 0;
}

bool rule_unit_names(struct rules *rules, struct rule_unit *unit, rule_fault_fn *fault, void *arg)
{
    struct unit_names all = { .unit = unit, .fault = fault, .arg = arg };
    struct err e;

    CHECK_OBJ(unit, UNIT_MAGIC);
    if (unit__ready(rules, unit, &e) != ERR_OK ||
        box_call(rules->box, names_of_unit, &all, &e) != ERR_OK) {
        fault(arg, SIZE_MAX, "", 1, e.text);
        all.count++;
    }
    box_rest(rules->box);
    return all.count == 0;
}
