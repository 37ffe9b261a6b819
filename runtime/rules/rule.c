/* rule.c - evaluates batches.
 *
 * A batch is one protected call into Lua: compiled chunks are run one after the other, each result
 * is turned into JSON at once. Whatever happens, the callback is called exactly once, after Lua is
 * done, and then what the batch left in the state is taken out. */
#include "rules/rule.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "rules/lib_priv.h"
#include "rules/lua_box_priv.h"
#include "rules/lua_env_priv.h"
#include "rules/lua_json_priv.h"
#include "rules/rule_priv.h"
#include "rules/rule_text_priv.h"

#define RULES_MAGIC 0x20135E55u
#define BATCH_FEW   32u /* results that need no memory of their own */

struct batch {
    struct rules *rules;
    const struct rule_unit *unit;
    const unsigned *which;
    size_t count;
    enum rule_mode mode;
    json_t **values;
    size_t at;     /* being evaluated */
    size_t chosen; /* SIZE_MAX: none */
};

struct rules *rules_new(struct clock *clock, struct log *log, const struct rules_limits *limits,
                        struct err *e)
{
    struct rules *rules = mem_must(sizeof(*rules));

    rules->magic = RULES_MAGIC;
    if (box_new(&rules->box, clock, log, limits, e) == ERR_OK)
        return rules;
    mem_free(rules);
    return NULL;
}

void rules_free(struct rules *rules)
{
    if (rules == NULL)
        return;
    CHECK_OBJ(rules, RULES_MAGIC);
    check(rules->units == 0);
    box_free(rules->box);
    rules->magic = 0;
    mem_free(rules);
}

/* Pushes the function of a module, lists the module's functions if it is not there. */
static void push_function(lua_State *L, const struct unit_text *text)
{
    char names[160] = "";
    size_t length = 0;

    env__require(L, text->module);
    if (lua_type(L, -1) != LUA_TTABLE)
        lib_fail(L, "module 'rules.%.64s' returns no table of functions", text->module);
    lua_json_touch(L, -1);
    lua_pushstring(L, text->function);
    if (lua_rawget(L, -2) == LUA_TFUNCTION) {
        lua_remove(L, -2);
        return;
    }
    lua_pop(L, 1);
    for (lua_Integer i = 1, count = lib_order_keys(L, -1, true); i <= count; i++) {
        bool is;

        lua_rawgeti(L, -1, i);
        lua_pushvalue(L, -1);
        is = lua_rawget(L, -4) == LUA_TFUNCTION && lua_type(L, -2) == LUA_TSTRING;
        if (is && length + 40 < sizeof(names))
            length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%.32s",
                                       length > 0 ? ", " : "", lua_tostring(L, -2));
        lua_pop(L, 2);
    }
    lib_fail(L, "module 'rules.%.64s' has no function '%.64s'; it has: %s", text->module,
             text->function, length > 0 ? names : "none");
}

/* Pushes the result of one text. */
static void batch_run(lua_State *L, const struct unit_text *text)
{
    const struct rule_scope *scope = box_of(L)->scope;

    if (text->source.kind != RULE_FUNCTION) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, text->ref);
        lua_call(L, 0, 1);
        return;
    }
    push_function(L, text);
    if (scope->input != NULL)
        lua_json_push(L, scope->input);
    else
        lua_pushnil(L);
    lua_call(L, 1, 1);
}

static bool is_true(lua_State *L)
{
    return lua_toboolean(L, -1) && !lib_is_null(L, -1);
}

/* Runs protected; 1: the batch. */
static int batch_eval(lua_State *L)
{
    struct batch *batch = lua_touserdata(L, 1);
    struct lua_box *box = box_of(L);

    for (batch->at = 0; batch->at < batch->count; batch->at++) {
        const struct unit_text *text = &batch->unit->texts[batch->which[batch->at]];

        box->source = &text->source;
        batch_run(L, text);
        if (batch->mode == RULE_ALL || is_true(L))
            lua_json_take(L, -1, "the result", &batch->values[batch->at]);
        if (batch->mode == RULE_FIRST_TRUE && is_true(L)) {
            batch->chosen = batch->at;
            return 0;
        }
        lua_settop(L, 1);
    }
    return 0;
}

static void batch_begin(struct lua_box *box, struct rule_unit *unit, const struct rule_scope *scope)
{
    check(box->unit == NULL);
    box->unit = unit;
    box->scope = scope;
    box->source = NULL;
    box->random = scope->seed;
    box->log_lines = box->log_bytes = 0;
    box->generation++;
    box->held_count = 0;
}

static void batch_end(struct lua_box *box)
{
    env__clear(box);
    box->unit = NULL;
    box->scope = NULL;
    box->source = NULL;
    box->held_count = 0;
    box->generation++;
}

/* "NAME, line 3: TEXT" */
static void batch_blame(const struct lua_box *box, const struct batch *batch, struct err *e)
{
    const struct unit_text *text = &batch->unit->texts[batch->which[batch->at]];
    char raw[2 * LIMIT_RULE_TEXT + 2 * LIMIT_NAME];
    char tidy[LIMIT_RULE_TEXT];

    snprintf(raw, sizeof(raw), "%.*s%s: %s", (int)LIMIT_NAME, text->source.name, box->where,
             e->text);
    rule_text_tidy(tidy, sizeof(tidy), raw, strlen(raw));
    err_set(e, ERR_RULE, "%s", tidy);
}

static enum err_code batch_do(struct batch *batch, struct rule_unit *unit,
                              const struct rule_scope *scope, struct err *e)
{
    struct lua_box *box = batch->rules->box;
    enum err_code rc = box_ready(box, e);

    if (rc == ERR_OK)
        rc = unit__ready(batch->rules, unit, e);
    if (rc != ERR_OK)
        return rc;
    batch_begin(box, unit, scope);
    box->pure = true;
    for (size_t i = 0; i < batch->count && box->pure; i++)
        box->pure = unit->texts[batch->which[i]].pure;
    rc = box_call(box, batch_eval, batch, e);
    batch_end(box);
    if (rc != ERR_OK)
        batch_blame(box, batch, e);
    return rc;
}

void rules_eval(struct rules *rules, struct rule_unit *unit, const unsigned *which, size_t count,
                enum rule_mode mode, const struct rule_scope *scope, rule_done_fn *done,
                void *owner, uint64_t tag)
{
    struct batch batch = { rules, unit, which, count, mode, NULL, 0, SIZE_MAX };
    json_t *few[BATCH_FEW] = { NULL };
    struct rule_result result;
    struct err e;

    CHECK_OBJ(rules, RULES_MAGIC);
    check(scope != NULL);
    for (size_t i = 0; i < count; i++)
        check(which[i] < unit->text_count);
    batch.values = count <= BATCH_FEW ? few : mem_must(count * sizeof(*batch.values));
    result.error = batch_do(&batch, unit, scope, &e) == ERR_OK ? NULL : &e;
    result.values = batch.values;
    result.count = count;
    result.chosen = batch.chosen;
    result.failed = result.error != NULL ? batch.at : SIZE_MAX;
    done(owner, tag, &result);
    for (size_t i = 0; i < count; i++)
        json_decref(batch.values[i]);
    if (batch.values != few)
        mem_free(batch.values);
    box_rest(rules->box);
}
