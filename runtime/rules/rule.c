/* rule.c - evaluates batches.
 *
 *     rules_eval --> begun --> ended                    within the call, mostly
 *         |            |         ^
 *         |          paused --rules_turn--> ended, or paused again
 *         +--> waiting --rules_turn--> begun            when too many have paused
 *
 * (1) A batch is one protected call into Lua: compiled chunks are run one after the other, each
 * result is turned into JSON at once. (2) Whatever happens, the callback is called exactly once,
 * after Lua is done, and then what the batch left in the state is taken out. [eval_end] (3) An
 * evaluation that has paused keeps what its scope names, and its unit. [eval_keep] */
#include "rules/rule.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "rules/lib_priv.h"
#include "rules/lua_env_priv.h"
#include "rules/lua_json_priv.h"
#include "rules/lua_work_priv.h"
#include "rules/rule_eval_priv.h"
#include "rules/rule_plan_priv.h"
#include "rules/rule_priv.h"
#include "rules/rule_room_priv.h"
#include "rules/rule_text_priv.h"

#define RULES_MAGIC 0x20135E55u

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

/* Pushes the function of the module at the top, lists the module's functions if it is not there. */
static void push_function(lua_State *L, const struct unit_text *text)
{
    char names[160] = "";
    size_t length = 0;

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

static bool is_true(lua_State *L)
{
    return lua_toboolean(L, -1) && !lib_is_null(L, -1);
}

/* Takes the result at the top. true: no further text is asked. */
static bool eval_take(lua_State *L, struct eval *eval)
{
    if (eval->plan != NULL) {
        eval->values[eval->at] = plan__take(eval->plan);
        plan__run_free(eval->plan);
        eval->plan = NULL;
        return false;
    }
    if (eval->mode == RULE_ALL || is_true(L))
        lua_json_take(L, -1, "the result", &eval->values[eval->at]);
    if (eval->mode != RULE_FIRST_TRUE || !is_true(L))
        return false;
    eval->chosen = eval->at;
    return true;
}

/* Pushes what is called next for the text in hand; returns the number of arguments. */
static int eval_push(lua_State *L, struct eval *eval, const struct unit_text *text)
{
    const struct rule_scope *scope = box_of(L)->run.scope;

    if (text->plan != NULL) {
        eval->phase = EVAL_RESULT;
        eval->plan = plan__run_new(eval->unit, text->plan);
        lua_pushcfunction(L, plan__call);
        lua_pushlightuserdata(L, eval->plan);
        return 1;
    }
    if (eval->phase == EVAL_BEGIN && text->source.kind != RULE_FUNCTION) {
        eval->phase = EVAL_RESULT;
        lua_rawgeti(L, LUA_REGISTRYINDEX, text->ref);
        return 0;
    }
    if (eval->phase == EVAL_BEGIN) {
        eval->phase = EVAL_MODULE;
        lua_pushcfunction(L, env__load);
        lua_pushstring(L, text->module);
        return 1;
    }
    eval->phase = EVAL_RESULT;
    push_function(L, text);
    if (scope->input != NULL)
        lua_json_push(L, scope->input);
    else
        lua_pushnil(L);
    return 1;
}

/* Goes on with the text in hand, also behind a call in which the evaluation has paused. */
static int eval_go(lua_State *L, int status, lua_KContext context)
{
    struct eval *eval = (struct eval *)context;

    (void)status;
    for (;;) {
        const struct unit_text *text;

        if (eval->phase == EVAL_RESULT) {
            if (eval_take(L, eval))
                return 0;
            lua_settop(L, 1);
            eval->at++;
            eval->phase = EVAL_BEGIN;
        }
        if (eval->at == eval->count)
            return 0;
        text = &eval->unit->texts[eval->which[eval->at]];
        box_of(L)->run.source = &text->source;
        lua_callk(L, eval_push(L, eval, text), 1, context, eval_go);
    }
}

/* Runs protected; 1: the evaluation. */
static int eval_run(lua_State *L)
{
    return eval_go(L, LUA_OK, (lua_KContext)lua_touserdata(L, 1));
}

static void batch_begin(struct lua_box *box, const struct eval *eval)
{
    struct box_batch *run = &box->run;

    check(run->unit == NULL);
    run->unit = eval->unit;
    run->scope = run->seen = eval->scope;
    run->source = NULL;
    run->random = eval->scope->seed;
    run->log_lines = run->log_bytes = 0;
    run->generation = ++box->generations;
    run->held_count = 0;
    run->pure = true;
    run->invalid = false;
    for (size_t i = 0; i < eval->count && run->pure; i++)
        run->pure = eval->unit->texts[eval->which[i]].pure;
}

static void batch_end(struct lua_box *box)
{
    struct box_batch *run = &box->run;

    env__clear(box);
    run->unit = NULL;
    run->scope = run->seen = NULL;
    run->source = NULL;
    run->held_count = 0;
    run->generation = ++box->generations;
}

#define BLAME_PLACE (LIMIT_RULE_TEXT / 2)

/* "TEXT (NAME, line 3)", within the lists of a mapping "TEXT (NAME, item 2, line 1)": in a list
 * that shows how it begins, people are to read what is wrong. */
static void batch_blame(const struct lua_box *box, const struct eval *eval, struct err *e)
{
    const struct unit_text *text = &eval->unit->texts[eval->which[eval->at]];
    const char *name = text->source.name;
    char raw[2 * LIMIT_NAME + sizeof(box->run.where)], items[LIMIT_NAME] = "";
    char said[LIMIT_RULE_TEXT], place[BLAME_PLACE];
    size_t place_size, size;

    if (eval->plan != NULL) {
        plan__where(eval->plan, items, sizeof(items));
        name = eval->source != NULL ? eval->source->name : name;
    }
    snprintf(raw, sizeof(raw), " (%.*s%s%s)", (int)LIMIT_NAME - 4, name, items, box->run.where);
    place_size = rule_text_tidy(place, sizeof(place), raw, strlen(raw));
    size = rule_text_tidy(said, sizeof(said) - place_size, e->text, strlen(e->text));
    memcpy(said + size, place, place_size + 1);
    if (e->code != ERR_MEMORY) /* that is nobody's fault: trying again can help */
        e->code = eval->invalid ? ERR_INVALID : ERR_RULE;
    err_set(e, e->code, "%s", said);
}

/* ---- evaluations ----------------------------------------------------------------------------- */

static void eval_wait(struct rules *rules, struct eval *eval)
{
    eval__keep(eval);
    eval->next = NULL;
    if (rules->last != NULL)
        rules->last->next = eval;
    else
        rules->first = eval;
    rules->last = eval;
}

static struct eval *eval_next(struct rules *rules)
{
    struct eval *eval = rules->first;

    rules->first = eval->next;
    if (rules->first == NULL)
        rules->last = NULL;
    return eval;
}

void eval__end(struct rules *rules, struct eval *eval, const struct err *error)
{
    struct rule_result result = { .values = eval->values,
                                  .count = eval->count,
                                  .chosen = eval->chosen,
                                  .error = error,
                                  .failed = error != NULL ? eval->at : SIZE_MAX };

    eval->done(eval->owner, eval->tag, &result);
    eval__free(rules, eval);
    box_rest(rules->box);
}

/* It begins anew in the other room. */
static void eval_move(struct rules *rules, struct eval *eval, struct err *e)
{
    for (size_t i = 0; i < eval->count; i++) {
        json_decref(eval->values[i]);
        eval->values[i] = NULL;
    }
    plan__run_free(eval->plan);
    eval->plan = NULL;
    eval->worker = NULL;
    if (room_put(rules->room, eval, e) != ERR_OK)
        eval__end(rules, eval, e);
    else
        box_rest(rules->box);
}

/* What the batch in hand said goes into the log. */
static void batch_say(struct lua_box *box)
{
    const char *at = buf_text(&box->said);
    const char *end;

    for (; (end = strchr(at, '\n')) != NULL; at = end + 1)
        log_info(box->log, "%.*s", (int)(end - at), at);
}

/* After a slice. */
static void eval_came(struct rules *rules, struct eval *eval, enum err_code rc, bool paused,
                      struct err *e)
{
    if (paused) {
        eval_wait(rules, eval);
        return;
    }
    eval->source = rules->box->run.source;
    eval->invalid = rules->box->run.invalid;
    batch_end(rules->box);
    if (rc != ERR_OK && rules->box->run.moves) {
        eval->unit->texts[eval->which[eval->at]].slow = ROOM_STAYS;
        eval_move(rules, eval, e);
        return;
    }
    if (rules->box->said.len > 0)
        batch_say(rules->box);
    if (rc != ERR_OK)
        batch_blame(rules->box, eval, e);
    eval__end(rules, eval, rc == ERR_OK ? NULL : e);
}

static void eval_begin(struct rules *rules, struct eval *eval)
{
    struct lua_box *box = rules->box;
    struct err e;
    enum err_code rc = box_ready(box, &e);
    bool paused = false;

    if (rc == ERR_OK)
        rc = unit__ready(rules, eval->unit, &e);
    if (rc == ERR_OK) {
        eval->worker = box_worker_find(box);
        if (eval->worker == NULL)
            rc = err_set(&e, ERR_MEMORY, "no memory for a rule");
    }
    if (rc != ERR_OK) {
        eval__end(rules, eval, &e);
        return;
    }
    batch_begin(box, eval);
    buf_clear(&box->said);
    box->quick = rules->room != NULL && eval->scope->keys == NULL;
    rc = box_run(box, eval->worker, eval_run, eval, &paused, &e);
    box->quick = false;
    eval_came(rules, eval, rc, paused, &e);
}

/* No further evaluation can begin now: as many have paused as can, or the state waits for those
 * that have to be replaced. */
static bool rules_full(const struct rules *rules)
{
    return rules->box->paused == BOX_WORKERS || (rules->box->worn && rules->box->paused > 0);
}

/* One of its texts has run long lately. */
static bool eval_is_slow(const struct eval *eval)
{
    bool slow = false;

    if (eval->rules->room == NULL || eval->scope->keys != NULL)
        return false;
    for (size_t i = 0; i < eval->count; i++)
        slow = slow || eval->unit->texts[eval->which[i]].slow > 0;
    return slow;
}

void rules_eval(struct rules *rules, struct rule_unit *unit, const unsigned *which, size_t count,
                enum rule_mode mode, const struct rule_scope *scope, rule_done_fn *done,
                void *owner, uint64_t tag)
{
    struct eval *eval;
    struct err e;

    CHECK_OBJ(rules, RULES_MAGIC);
    check(scope != NULL && !unit->dead);
    for (size_t i = 0; i < count; i++)
        check(which[i] < unit->text_count &&
              (mode == RULE_ALL || unit->texts[which[i]].plan == NULL));
    eval = eval__new(rules);
    eval->unit = unit;
    unit->users++;
    eval->which = which;
    eval->count = count;
    eval->mode = mode;
    eval->scope = scope;
    eval->done = done;
    eval->owner = owner;
    eval->tag = tag;
    if (count > BATCH_FEW)
        eval->values = mem_must(count * sizeof(*eval->values));
    if (eval_is_slow(eval))
        eval_move(rules, eval, &e);
    else if (rules_full(rules))
        eval_wait(rules, eval);
    else
        eval_begin(rules, eval);
}

bool rules_busy(const struct rules *rules)
{
    CHECK_OBJ(rules, RULES_MAGIC);
    return rules->open > 0;
}

bool rules_turn(struct rules *rules)
{
    struct eval *eval;
    bool paused = false;
    enum err_code rc;
    struct err e;

    CHECK_OBJ(rules, RULES_MAGIC);
    if (rules->room != NULL)
        room_take(rules->room);
    if (rules->first == NULL)
        return false;
    eval = eval_next(rules);
    if (eval->worker != NULL) {
        rc = box_go_on(rules->box, eval->worker, &paused, &e);
        eval_came(rules, eval, rc, paused, &e);
    } else if (rules_full(rules)) {
        eval_wait(rules, eval);
    } else {
        eval_begin(rules, eval);
    }
    return rules->first != NULL;
}

void eval__drop_all(struct rules *rules, void (*dropped)(void *arg, void *owner), void *arg)
{
    while (rules->first != NULL) {
        struct eval *eval = eval_next(rules);
        void *owner = eval->owner;

        if (eval->worker != NULL) {
            box_give_up(rules->box, eval->worker);
            batch_end(rules->box);
        }
        eval__free(rules, eval);
        if (dropped != NULL)
            dropped(arg, owner);
    }
}

void rules_free(struct rules *rules)
{
    if (rules == NULL)
        return;
    CHECK_OBJ(rules, RULES_MAGIC);
    room_free(rules->room);
    eval__drop_all(rules, NULL, NULL);
    check(rules->units == 0);
    mem_free(rules->spare);
    box_free(rules->box);
    rules->magic = 0;
    mem_free(rules);
}
