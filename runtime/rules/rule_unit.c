/* rule_unit.c - the texts of one flow version, compiled.
 *
 * (1) A unit keeps its texts: messages quote from them, and a state that was replaced compiles them
 * again. [unit__ready] (2) Only text is compiled, and only text without `_ENV`, which could be made
 * a variable of its own and is not needed. [unit_refuse] (3) Within Lua a source is called "rule"
 * and a module "rules.NAME". */
#include "rules/rule_priv.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "rules/lib_priv.h"
#include "rules/rule_explain_priv.h"
#include "rules/rule_lookup_priv.h"
#include "rules/rule_plan_priv.h"
#include "rules/rule_room_priv.h"
#include "rules/rule_same_priv.h"
#include "rules/rule_text_priv.h"

#define UNIT_CHUNK "=rule"

/* One text on its way into the state. */
struct unit_compile {
    const char *parts[2]; /* "return " in front of an expression, and the text */
    size_t sizes[2];
    unsigned next;
    char chunk[LIMIT_ID + 16];
    int ref;
    struct buf same; /* the text with calls for == and ~=; empty: it has none */
};

static const char *unit_read(lua_State *L, void *arg, size_t *size)
{
    struct unit_compile *compile = arg;

    (void)L;
    while (compile->next < 2) {
        unsigned at = compile->next++;

        if (compile->sizes[at] > 0) {
            *size = compile->sizes[at];
            return compile->parts[at];
        }
    }
    *size = 0;
    return NULL;
}

/* Runs protected. A text with a fault leaves its message as the error. */
static int unit_load(lua_State *L)
{
    struct unit_compile *compile = lua_touserdata(L, 1);
    int status = lua_load(L, unit_read, compile, compile->chunk, "t");

    box_check(L, status);
    if (status != LUA_OK)
        lua_error(L);
    compile->ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* prefix: in front of an expression; NULL: only "return". */
static void unit_compile_init(struct unit_compile *compile, enum rule_kind kind, const char *prefix,
                              const char *text, size_t size)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* that some editors put in front of UTF-8 */

    memset(compile, 0, sizeof(*compile));
    if (size >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (kind == RULE_EXPRESSION) {
        compile->parts[0] = prefix != NULL ? prefix : "return ";
        compile->sizes[0] = strlen(compile->parts[0]);
    }
    compile->parts[1] = text;
    compile->sizes[1] = size;
    buf_init(&compile->same, 16 * LIMIT_SCRIPT); /* `1==1` becomes four times as long */
    if (!rule_same(text, size, &compile->same))
        buf_fini(&compile->same);
    compile->ref = LUA_NOREF;
    snprintf(compile->chunk, sizeof(compile->chunk), UNIT_CHUNK);
}

static bool text_is_blank(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size && isspace((unsigned char)text[at]))
        at++;
    return at == size;
}

/* Why the text is not even given to the compiler; NULL: it may be. */
static const char *unit_refuse(enum rule_kind kind, const char *text, size_t size, char room[96])
{
    size_t most = kind == RULE_EXPRESSION ? LIMIT_EXPRESSION : LIMIT_SCRIPT;

    if (size > most) {
        snprintf(room, 96, "it is %zu bytes long, at most %zu are allowed", size, most);
        return room;
    }
    if (text_is_blank(text, size))
        return kind == RULE_EXPRESSION ? "the expression is empty" : "the script is empty";
    if (text[0] == LUA_SIGNATURE[0])
        return "compiled Lua is not accepted, only text";
    if (rule_text_has_word(text, size, "_ENV"))
        return "_ENV is not available in rules";
    if (rule_text_has_word(text, size, SAME_CALL) || rule_text_has_word(text, size, DIFFER_CALL) ||
        rule_text_has_word(text, size, SAME_NUMBER))
        return "the names " SAME_CALL ", " DIFFER_CALL " and " SAME_NUMBER " are taken";
    return NULL;
}

/* An assignment is a statement, and statements need a function or a module around them. */
static bool text_is_pure(const struct rule_source *source)
{
    return source->kind == RULE_EXPRESSION &&
           !rule_text_has_word(source->text, source->size, "function") &&
           !rule_text_has_word(source->text, source->size, "require") &&
           !rule_text_has_word(source->text, source->size, "decide");
}

/* Who is told of faults. */
struct unit_faults {
    rule_fault_fn *fault;
    void *arg;
    unsigned count;
};

static void unit_fault(struct unit_faults *faults, size_t source, const char *module, unsigned line,
                       const char *text)
{
    if (faults->count++ < LIMIT_FAULTS)
        faults->fault(faults->arg, source, module, line, text);
}

/* Compiles; on failure *line and text say why, of the text as it was written. */
static bool unit_compile_run(struct lua_box *box, struct unit_compile *compile, enum rule_kind kind,
                             unsigned *line, char text[LIMIT_RULE_TEXT])
{
    const char *written = compile->parts[1];
    size_t size = compile->sizes[1];
    enum err_code rc = ERR_RULE;
    struct err e;

    if (compile->same.len > 0) {
        compile->parts[1] = buf_text(&compile->same);
        compile->sizes[1] = compile->same.len;
        rc = box_call(box, unit_load, compile, &e);
        compile->parts[1] = written;
        compile->sizes[1] = size;
        compile->next = 0;
    }
    buf_fini(&compile->same);
    if (rc != ERR_OK)
        rc = box_call(box, unit_load, compile, &e);
    if (rc == ERR_OK)
        return true;
    explain__syntax(e.text, kind == RULE_EXPRESSION, line, text);
    return false;
}

static void unit_compile_text(struct rules *rules, struct rule_unit *unit, size_t at,
                              struct unit_faults *faults)
{
    struct unit_text *text = &unit->texts[at];
    struct unit_compile compile;
    char room[LIMIT_RULE_TEXT];
    unsigned line = 1;

    if (text->source.kind == RULE_FUNCTION || text->source.kind == RULE_PLAN || text->refused)
        return;
    unit_compile_init(&compile, text->source.kind, text->prefix, text->source.text,
                      text->source.size);
    if (unit_compile_run(rules->box, &compile, text->source.kind, &line, room))
        text->ref = compile.ref;
    else
        unit_fault(faults, at, NULL, line, room);
}

static void unit_compile_module(struct rules *rules, struct unit_module *module,
                                struct unit_faults *faults)
{
    struct unit_compile compile;
    char room[LIMIT_RULE_TEXT];
    unsigned line = 1;

    if (module->refused)
        return;
    unit_compile_init(&compile, RULE_SCRIPT, NULL, module->module.text, module->module.size);
    snprintf(compile.chunk, sizeof(compile.chunk), "=rules.%s", module->module.name);
    if (unit_compile_run(rules->box, &compile, RULE_SCRIPT, &line, room))
        module->ref = compile.ref;
    else
        unit_fault(faults, SIZE_MAX, module->module.name, line, room);
}

static void unit_compile_all(struct rules *rules, struct rule_unit *unit,
                             struct unit_faults *faults)
{
    size_t before = rules->box->used;

    for (size_t i = 0; i < unit->text_count; i++)
        unit_compile_text(rules, unit, i, faults);
    for (size_t i = 0; i < unit->module_count; i++)
        unit_compile_module(rules, &unit->modules[i], faults);
    unit->epoch = rules->box->epoch;
    unit->compiled = rules->box->used > before ? rules->box->used - before : 0;
    rules->box->compiled += unit->compiled;
}

static void unit_fault_again(void *arg, size_t source, const char *module, unsigned line,
                             const char *text)
{
    (void)source;
    (void)module;
    (void)line;
    err_set(arg, ERR_MEMORY, "compiling again failed: %s", text);
}

enum err_code unit__ready(struct rules *rules, struct rule_unit *unit, struct err *e)
{
    struct unit_faults faults = { .fault = unit_fault_again, .arg = e };

    CHECK_OBJ(unit, UNIT_MAGIC);
    if (unit->epoch == rules->box->epoch)
        return ERR_OK;
    for (size_t i = 0; i < unit->text_count; i++)
        unit->texts[i].ref = LUA_NOREF;
    for (size_t i = 0; i < unit->module_count; i++)
        unit->modules[i].ref = LUA_NOREF;
    unit_compile_all(rules, unit, &faults);
    if (faults.count == 0)
        return ERR_OK;
    unit->epoch = 0;
    return ERR_MEMORY;
}

/* "MODULE:FUNCTION" in two. */
static bool unit_split(struct unit_text *text)
{
    const char *colon = memchr(text->source.text, ':', text->source.size);
    size_t size;

    if (colon == NULL)
        return false;
    size = (size_t)(colon - text->source.text);
    text->module = mem_must_copy_n(text->source.text, size);
    text->function = mem_must_copy_n(colon + 1, text->source.size - size - 1);
    return size > 0 && text->function[0] != '\0';
}

static bool unit_has_module(const struct rule_unit *unit, const char *name)
{
    for (size_t i = 0; i < unit->module_count; i++)
        if (strcmp(unit->modules[i].module.name, name) == 0)
            return true;
    return false;
}

/* Copies the sources and tells what is wrong with them before they are compiled. */
static void unit_take_texts(struct rule_unit *unit, const struct rule_unit_input *input,
                            struct unit_faults *faults)
{
    unit->texts = mem_must(input->source_count * sizeof(*unit->texts));
    unit->text_count = input->source_count;
    for (size_t i = 0; i < input->source_count; i++) {
        struct unit_text *text = &unit->texts[i];
        const struct rule_source *source = &input->sources[i];
        char room[96 + LIMIT_ID];
        const char *why;

        text->source.kind = source->kind;
        text->source.name = mem_must_copy(source->name != NULL ? source->name : "rule");
        text->source.text = mem_must_copy_n(source->text, source->size);
        text->source.size = source->size;
        text->ref = LUA_NOREF;
        why = source->kind == RULE_PLAN
                  ? NULL
                  : unit_refuse(source->kind, source->text, source->size, room);
        if (why == NULL && source->kind == RULE_FUNCTION && !unit_split(text))
            why = "a function is named MODULE:FUNCTION";
        if (why == NULL && text->module != NULL && !unit_has_module(unit, text->module)) {
            snprintf(room, sizeof(room), "there is no module 'rules/%.64s.lua'", text->module);
            why = room;
        }
        text->refused = why != NULL;
        text->pure = text_is_pure(source);
        if (why != NULL)
            unit_fault(faults, i, NULL, 1, why);
    }
}

static void unit_take_modules(struct rule_unit *unit, const struct rule_unit_input *input,
                              struct unit_faults *faults)
{
    unit->modules = mem_must(input->module_count * sizeof(*unit->modules));
    for (size_t i = 0; i < input->module_count; i++) {
        struct unit_module *module = &unit->modules[i];
        const struct rule_module *given = &input->modules[i];
        char room[96];
        const char *why = unit_refuse(RULE_SCRIPT, given->text, given->size, room);

        check(given->name != NULL);
        if (strlen(given->name) > LIMIT_ID)
            why = "the name of a module is at most 64 bytes long";
        else if (unit_has_module(unit, given->name))
            why = "there are two modules of this name";
        module->refused = why != NULL;
        if (why != NULL)
            unit_fault(faults, SIZE_MAX, given->name, 1, why);
        module->module.name = mem_must_copy(given->name);
        module->module.text = mem_must_copy_n(given->text, given->size);
        module->module.size = given->size;
        module->ref = LUA_NOREF;
        unit->module_count++;
    }
}

static void unit_lookup_fault(void *arg, const char *table, const char *text)
{
    char name[sizeof("lookups/") + LIMIT_ID];

    snprintf(name, sizeof(name), "lookups/%.64s", table);
    unit_fault(arg, SIZE_MAX, name, 1, text);
}

void unit__unref(struct rules *rules, struct rule_unit *unit)
{
    lua_State *L = rules->box->state;

    if (L == NULL || unit->epoch != rules->box->epoch)
        return;
    for (size_t i = 0; i < unit->text_count; i++)
        luaL_unref(L, LUA_REGISTRYINDEX, unit->texts[i].ref);
    for (size_t i = 0; i < unit->module_count; i++)
        luaL_unref(L, LUA_REGISTRYINDEX, unit->modules[i].ref);
    check(rules->box->compiled >= unit->compiled);
    rules->box->compiled -= unit->compiled;
}

static void unit_free(struct rules *rules, struct rule_unit *unit)
{
    unit__unref(rules, unit);
    for (size_t i = 0; i < unit->text_count; i++) {
        mem_free((char *)unit->texts[i].source.name);
        mem_free((char *)unit->texts[i].source.text);
        mem_free(unit->texts[i].module);
        mem_free(unit->texts[i].function);
        mem_free(unit->texts[i].prefix);
        plan_unref(unit->texts[i].plan);
    }
    for (size_t i = 0; i < unit->module_count; i++) {
        mem_free((char *)unit->modules[i].module.name);
        mem_free((char *)unit->modules[i].module.text);
    }
    lookups_free(unit->lookups);
    mem_free(unit->texts);
    mem_free(unit->modules);
    unit->magic = 0;
    mem_free(unit);
}

/* Which names the expressions of the plans are given. */
static void unit_take_plans(struct rule_unit *unit, struct plan *const *plans,
                            struct unit_faults *faults)
{
    for (size_t i = 0; plans != NULL && i < unit->text_count; i++) {
        char text[96];

        if (plans[i] == NULL)
            continue;
        check(unit->texts[i].source.kind == RULE_PLAN);
        unit->texts[i].plan = plan_ref(plans[i]);
        if (!plan__prepare(unit, plans[i], &unit->texts[i].pure, text))
            unit_fault(faults, i, NULL, 1, text);
    }
}

struct rule_unit *rule_unit_new(struct rules *rules, const struct rule_unit_input *input,
                                rule_fault_fn *fault, void *arg)
{
    return rule_unit_new_plans(rules, input, NULL, fault, arg);
}

struct rule_unit *rule_unit_new_plans(struct rules *rules, const struct rule_unit_input *input,
                                      struct plan *const *plans, rule_fault_fn *fault, void *arg)
{
    struct unit_faults faults = { .fault = fault, .arg = arg };
    struct rule_unit *unit = mem_must(sizeof(*unit));
    struct err e;

    check(fault != NULL);
    unit->magic = UNIT_MAGIC;
    unit_take_modules(unit, input, &faults);
    unit_take_texts(unit, input, &faults);
    unit_take_plans(unit, plans, &faults);
    unit->lookups = lookups_new(input->lookups, rules->box->texts, unit_lookup_fault, &faults);
    if (box_ready(rules->box, &e) != ERR_OK)
        unit_fault(&faults, SIZE_MAX, "", 1, e.text);
    else if (unit->lookups != NULL && lib_decide_check(rules->box, unit->lookups, &e) != ERR_OK)
        unit_fault(&faults, SIZE_MAX, "", 1, e.text);
    else
        unit_compile_all(rules, unit, &faults);
    box_rest(rules->box);
    if (faults.count > 0) {
        unit_free(rules, unit);
        return NULL;
    }
    rules->units++;
    return unit;
}

void rule_unit_free(struct rules *rules, struct rule_unit *unit)
{
    if (unit == NULL)
        return;
    CHECK_OBJ(unit, UNIT_MAGIC);
    check(rules->box->run.unit == NULL && !unit->dead);
    unit->dead = true;
    unit->users++;
    unit__release(rules, unit);
}

void unit__release(struct rules *rules, struct rule_unit *unit)
{
    check(unit->users > 0);
    if (--unit->users > 0 || !unit->dead)
        return;
    if (unit->twin != NULL)
        room_leave(rules->room, unit);
    else
        unit__left(rules, unit);
}

void unit__left(struct rules *rules, struct rule_unit *unit)
{
    check(rules->units > 0 && unit->dead && unit->original == NULL);
    rules->units--;
    unit_free(rules, unit);
}

void unit__push_module(lua_State *L, const char *name)
{
    const struct rule_unit *unit = box_of(L)->run.unit;
    struct rule_near near;

    check(unit != NULL);
    rule_near_init(&near, name, strlen(name), 3);
    for (size_t i = 0; i < unit->module_count; i++) {
        const struct unit_module *module = &unit->modules[i];

        if (strcmp(module->module.name, name) == 0) {
            lua_rawgeti(L, LUA_REGISTRYINDEX, module->ref);
            return;
        }
        rule_near_add(&near, module->module.name, strlen(module->module.name));
    }
    if (near.count > 0)
        lib_fail(L, "there is no module 'rules.%.64s'; do you mean 'rules.%.64s'?", name,
                 near.best[0].name);
    lib_fail(L, "there is no module 'rules.%.64s'", name);
}

const char *unit__find_text(const struct lua_box *box, const char *chunk, size_t *size,
                            const char **name)
{
    static const char prefix[] = "=rules.";

    *name = NULL;
    if (strcmp(chunk, UNIT_CHUNK) == 0 && box->run.source != NULL) {
        *size = box->run.source->size;
        return box->run.source->text;
    }
    if (box->run.unit == NULL || strncmp(chunk, prefix, sizeof(prefix) - 1) != 0)
        return NULL;
    for (size_t i = 0; i < box->run.unit->module_count; i++) {
        const struct rule_module *module = &box->run.unit->modules[i].module;

        if (strcmp(module->name, chunk + sizeof(prefix) - 1) == 0) {
            *size = module->size;
            *name = chunk + 1;
            return module->text;
        }
    }
    *name = chunk + 1; /* an expression of a decision table */
    return NULL;
}
