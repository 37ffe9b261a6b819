/* rule_plan.c - executes the plan of a mapping: nodes, parts, conditions, conversions.
 *
 *     plan__call --> step --> call of an expression [lua_callk] --> came --> step --> ... --> end
 *                     |                                               ^
 *                     +--> the slice is over [lua_yieldk] ------------+
 *
 * (1) A frame stands for a node whose value is being made; a node that is only a literal or an
 * expression needs none. (2) Between two steps everything is in the run, nothing on C's stack: so a
 * rule may pause wherever it is. (3) What was made hangs on a frame or is run->value; an error
 * leaves it to plan__run_free(). (4) A list that is gone through is kept until the run ends, for a
 * module may have put an item aside. */
#include "rules/rule_plan_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/plan_convert.h"
#include "rules/lib_priv.h"
#include "rules/lua_work_priv.h"

#define PLAN_LOOK   64u /* steps between two looks at the clock */
#define PLAN_FRAMES 8u

struct plan_run *plan__run_new(struct rule_unit *unit, const struct plan *plan)
{
    struct plan_run *run = mem_must(sizeof(*run));

    run->unit = unit;
    run->plan = plan;
    run->room = PLAN_FRAMES;
    run->frames = mem_must(run->room * sizeof(*run->frames));
    return run;
}

static void frame_fini(struct plan_frame *frame)
{
    json_decref(frame->made);
    plan__loop_free(frame->loop);
}

void plan__run_free(struct plan_run *run)
{
    if (run == NULL)
        return;
    for (unsigned i = 0; i < run->depth; i++)
        frame_fini(&run->frames[i]);
    mem_free(run->frames);
    json_decref(run->value);
    json_decref(run->kept);
    mem_free(run);
}

void plan__where(const struct plan_run *run, char *text, size_t room)
{
    size_t positions[PLAN_DEPTH];
    unsigned count = 0;
    size_t length = 0;

    text[0] = '\0';
    for (const struct plan_loop *loop = run->innermost; loop != NULL && count < PLAN_DEPTH;
         loop = plan__loop_outer(loop))
        positions[count++] = plan__loop_position(loop);
    while (count > 0 && length < room) {
        size_t position = positions[--count];
        int added =
            position == 0 ? 0 : snprintf(text + length, room - length, ", item %zu", position);

        length += added > 0 ? (size_t)added : 0;
    }
}

static struct plan_frame *plan_top(struct plan_run *run)
{
    check(run->depth > 0);
    return &run->frames[run->depth - 1];
}

json_t *plan__take(struct plan_run *run)
{
    json_t *value = run->value;

    run->value = NULL;
    return value;
}

bool plan__holds(const json_t *value)
{
    return value != NULL && !json_is_null(value) && !json_is_false(value);
}

/* An expression of the node; NULL: it has none. */
static const struct unit_text *plan_text(const struct plan_run *run, const struct plan_node *node)
{
    const struct unit_text *text = NULL;

    if (node->kind == PLAN_RULE)
        return &run->unit->texts[node->rule];
    if (node->kind == PLAN_EACH)
        return plan_text(run, &node->each->list);
    for (size_t i = 0; i < node->count && text == NULL; i++)
        text = plan_text(run, &node->parts[i]);
    return text;
}

int plan__fail(lua_State *L, struct plan_run *run, const struct plan_node *node, const char *fmt,
               ...)
{
    const struct unit_text *text = plan_text(run, node);
    char said[LIMIT_RULE_TEXT];
    va_list args;

    va_start(args, fmt);
    vsnprintf(said, sizeof(said), fmt, args);
    va_end(args);
    if (text != NULL)
        box_of(L)->run.source = &text->source;
    box_of(L)->run.invalid = true;
    lib_fail(L, "%s", said);
}

void plan__enter(lua_State *L, struct plan_run *run, const struct plan_node *node, json_t *base)
{
    bool plain = node->when == NULL && node->fallback == NULL && node->convert == PLAN_CONVERT_NONE;

    json_decref(plan__take(run));
    if (plain && node->kind == PLAN_LITERAL) {
        run->value = json_incref(node->literal);
    } else if (plain && node->kind == PLAN_RULE) {
        run->call = &run->unit->texts[node->rule];
    } else {
        if (run->depth == 4 * PLAN_DEPTH)
            plan__fail(L, run, node, "the mapping is nested too deep");
        if (run->depth == run->room) {
            run->room *= 2;
            run->frames = mem_must_resize(run->frames, run->room * sizeof(*run->frames));
        }
        run->frames[run->depth++] = (struct plan_frame){ .node = node, .base = base };
    }
}

/* The frame in hand has ended; what it gives is run->value. */
static void plan_leave(struct plan_run *run)
{
    frame_fini(plan_top(run));
    run->depth--;
}

static void plan_count(lua_State *L, struct plan_run *run, size_t values, size_t bytes)
{
    if (run->left.values < values || run->left.bytes < bytes)
        lib_fail(L, "the output is too large: at most %u MiB, and %zu values", LIMIT_OUTPUT / MIB,
                 box_values(box_of(L)));
    run->left.values -= values;
    run->left.bytes -= bytes;
}

/* ---- objects and arrays ---------------------------------------------------------------------- */

/* Only objects that paths make are put into the base; one that an author wrote replaces. */
static bool plan_joins(const struct plan_run *run, const struct plan_node *node)
{
    return node == &run->plan->root || !node->keeps;
}

static void plan_make(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    const struct plan_node *node = frame->node;
    json_t *base = frame->base;

    if (node->kind == PLAN_ARRAY) {
        frame->made = json_array();
    } else if (base == NULL || json_is_null(base) || !plan_joins(run, node)) {
        frame->base = NULL;
        frame->made = json_object();
    } else if (json_is_object(base)) {
        frame->made = json_copy(base);
    } else {
        plan__fail(L, run, node->key == NULL ? run->plan->base : node,
                   "%s%.80s must be an object to add fields to, but is: %s",
                   node->key != NULL ? "of the base, " : "",
                   node->key != NULL ? node->key : "the base", json_kind(base));
    }
    if (frame->made == NULL)
        box_no_memory(L);
    plan_count(L, run, 1, 2);
}

/* The value of the part is put in its place. */
static void plan_put(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    const char *key = frame->node->parts[frame->next++].key;
    json_t *value = plan__take(run);
    int failed = 0;

    if (frame->node->kind == PLAN_ARRAY) {
        failed = json_array_append_new(frame->made, value != NULL ? value : json_null());
    } else if (value != NULL) {
        frame->set++;
        failed = json_object_set_new_nocheck(frame->made, key, value);
        plan_count(L, run, 0, strlen(key) + 4);
    }
    if (failed != 0)
        box_no_memory(L);
}

/* Asks for part after part, as far as no call is needed. */
static void plan_parts(lua_State *L, struct plan_run *run)
{
    struct plan_frame *frame = plan_top(run);
    const unsigned depth = run->depth;

    while (run->call == NULL && run->depth == depth) {
        const struct plan_node *part;

        if (frame->at == PLAN_AT_PART)
            plan_put(L, run, frame);
        if (frame->next == frame->node->count) {
            if (frame->set > 0 || frame->node->keeps || frame->node->kind == PLAN_ARRAY) {
                run->value = frame->made;
                frame->made = NULL;
            }
            frame->at = PLAN_AT_VALUE;
            return;
        }
        part = &frame->node->parts[frame->next];
        frame->at = PLAN_AT_PART;
        plan__enter(L, run, part,
                    frame->base != NULL ? json_object_get(frame->base, part->key) : NULL);
        run->steps++;
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void plan_begin_body(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    const struct plan_node *node = frame->node;

    switch (node->kind) {
    case PLAN_LITERAL:
        run->value = json_incref(node->literal);
        frame->at = PLAN_AT_VALUE;
        break;
    case PLAN_RULE:
        run->call = &run->unit->texts[node->rule];
        frame->at = PLAN_AT_VALUE;
        break;
    case PLAN_OBJECT:
    case PLAN_ARRAY:
        plan_make(L, run, frame);
        frame->at = PLAN_AT_PARTS;
        break;
    case PLAN_EACH:
        run->whole = true;
        frame->at = PLAN_AT_LIST;
        plan__enter(L, run, &node->each->list, NULL);
        break;
    }
}

static void plan_begin(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    if (frame->node == &run->plan->root && run->plan->base != NULL && run->kept == NULL) {
        frame->at = PLAN_AT_BASE;
        plan__enter(L, run, run->plan->base, NULL);
    } else if (frame->node->when != NULL) {
        frame->at = PLAN_AT_WHEN;
        plan__enter(L, run, frame->node->when, NULL);
    } else {
        plan_begin_body(L, run, frame);
    }
}

static void plan_when(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    json_t *value = plan__take(run);
    bool holds = plan__holds(value);

    json_decref(value);
    if (holds) {
        plan_begin_body(L, run, frame);
    } else if (frame->node->next != NULL) {
        frame->node = frame->node->next;
        frame->at = PLAN_AT_BEGIN;
    } else {
        plan_leave(run);
    }
}

static void plan_base(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    run->kept = json_array();
    if (run->kept == NULL || (run->value != NULL && json_array_append(run->kept, run->value) != 0))
        box_no_memory(L);
    frame->base = run->value;
    json_decref(plan__take(run));
    plan_begin_body(L, run, frame);
}

/* The value has come, by itself or as the fallback. */
static void plan_value(lua_State *L, struct plan_run *run, struct plan_frame *frame)
{
    const struct plan_node *node = frame->node;
    json_t *converted;
    struct err e;

    if (frame->at == PLAN_AT_VALUE && node->fallback != NULL &&
        (run->value == NULL || json_is_null(run->value))) {
        frame->at = PLAN_AT_FELL;
        plan__enter(L, run, node->fallback, NULL);
        return;
    }
    if (node->convert != PLAN_CONVERT_NONE && run->value != NULL) {
        converted = plan_convert(run->value, node->convert, &e);
        if (converted == NULL && e.code == ERR_MEMORY)
            box_no_memory(L);
        if (converted == NULL)
            plan__fail(L, run, node, "%s", e.text);
        json_decref(run->value);
        run->value = converted;
    }
    plan_leave(run);
}

static void plan_step(lua_State *L, struct plan_run *run)
{
    struct plan_frame *frame = plan_top(run);

    run->steps++;
    switch (frame->at) {
    case PLAN_AT_BEGIN:
        plan_begin(L, run, frame);
        break;
    case PLAN_AT_WHEN:
        plan_when(L, run, frame);
        break;
    case PLAN_AT_PARTS:
    case PLAN_AT_PART:
        plan_parts(L, run);
        break;
    case PLAN_AT_VALUE:
    case PLAN_AT_FELL:
        plan_value(L, run, frame);
        break;
    case PLAN_AT_BASE:
        plan_base(L, run, frame);
        break;
    case PLAN_AT_LIST:
        plan__loop_begin(L, run, frame);
        break;
    default:
        plan__loop_step(L, run, frame);
    }
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* Pushes the expression and the items that it names; returns how many. */
static int plan_push(lua_State *L, struct plan_run *run)
{
    const struct unit_text *text = run->call;

    box_of(L)->run.source = &text->source;
    luaL_checkstack(L, (int)UNIT_LOCALS + 4, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, text->ref);
    for (unsigned i = 0; i < text->local_count; i++) {
        check(text->locals[i].level < run->level);
        lua_pushvalue(L, 2 + 2 * text->locals[i].level + (text->locals[i].index ? 1 : 0));
    }
    return (int)text->local_count;
}

/* Part of the output, or only looked at? */
static bool plan_is_output(const struct plan_run *run)
{
    enum plan_at at = run->frames[run->depth - 1].at;

    return at == PLAN_AT_PART || at == PLAN_AT_VALUE || at == PLAN_AT_FELL || at == PLAN_AT_ITEM;
}

/* The result at the top becomes JSON. A list is taken as it is, however large. */
static void plan_came(lua_State *L, struct plan_run *run)
{
    struct json_room room = { .values = box_values(box_of(L)), .bytes = LIMIT_OUTPUT };

    run->calling = false;
    run->call = NULL;
    if (run->whole)
        run->value = json_incref(lua_json_peek(L, -1));
    if (run->whole)
        room.bytes = SIZE_MAX;
    run->whole = false;
    if (run->value == NULL)
        lua_json_take_within(L, -1, "the result", plan_is_output(run) ? &run->left : &room,
                             &run->value);
    lua_settop(L, 1 + 2 * (int)run->level);
}

static bool plan_is_late(lua_State *L, struct plan_run *run)
{
    if (run->steps < PLAN_LOOK)
        return false;
    box_charge(L, run->steps);
    run->steps = 0;
    return box__slice_over(box_of(L)) && lua_isyieldable(L);
}

static int plan_go(lua_State *L, int status, lua_KContext context)
{
    struct plan_run *run = (struct plan_run *)context;

    (void)status;
    for (;;) {
        if (run->calling)
            plan_came(L, run);
        if (run->depth == 0)
            return 0;
        plan_step(L, run);
        if (run->call != NULL) {
            int arguments = plan_push(L, run);

            run->calling = true;
            lua_callk(L, arguments, 1, context, plan_go);
        } else if (plan_is_late(L, run)) {
            return lua_yieldk(L, 0, context, plan_go);
        }
    }
}

int plan__call(lua_State *L)
{
    struct plan_run *run = lua_touserdata(L, 1);
    struct lua_box *box = box_of(L);

    check(run->depth == 0);
    run->left = (struct json_room){ .values = box_values(box), .bytes = LIMIT_OUTPUT };
    run->seen = *box->run.scope;
    box->run.seen = &run->seen;
    run->frames[run->depth++] = (struct plan_frame){ .node = &run->plan->root };
    return plan_go(L, LUA_OK, (lua_KContext)run);
}
