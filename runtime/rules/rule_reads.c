/* rule_reads.c - what a compiled text reads of the values around it.
 *
 * A value begins where `_ENV` is asked for a name that is none of the library, and goes on with
 * each member that the next instruction asks of it, as long as nothing else can: (1) the register
 * is no local, which later instructions could read [reads_is_local]; (2) no jump ends between both,
 * where another value may stand [function_joins]. Where either does not hold the value as far as it
 * was followed is what is read, whole. But of a local that is given the value when it begins, and
 * of which only members are asked, those members are what is read [reads_local]. */
#include "rules/rule_reads.h"

#include <lauxlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rules/lua_env_priv.h"
#include "rules/rule_dump_priv.h"
#include "rules/rule_priv.h"

#define READS_CEILING (64 * MIB)

struct reads {
    const char *text, *prefix;
    size_t size;
    bool prefixed;
    struct dump whole;
    struct buf bytes;
    json_t *out;
    lua_State *L;
};

static void reads_add(const struct reads *all, const char *list, json_t *value)
{
    json_t *into = json_object_get(all->out, list);
    size_t i = 0;

    if (into == NULL) {
        into = json_array();
        json_object_set_new_nocheck(all->out, list, into);
    }
    while (i < json_array_size(into) && !json_equal(json_array_get(into, i), value))
        i++;
    if (i == json_array_size(into))
        json_array_append(into, value);
    json_decref(value);
}

static json_t *text_json(const struct text *text)
{
    return json_stringn_nocheck(text->at, text->size);
}

/* A function's locals stand in its first registers, in the order in which they begin: the one in
 * the register at the instruction. False: none is. */
static bool reads_local_at(const struct reads *all, const struct function *f, size_t at,
                           uint32_t reg, size_t *begin, size_t *end)
{
    struct dump dump = { f->locals, all->whole.end, false };
    uint32_t active = 0;

    for (size_t i = 0; i < f->local_count; i++) {
        (void)dump_text(&dump);
        *begin = dump_size(&dump);
        *end = dump_size(&dump);
        if (*begin <= at && at < *end && active++ == reg)
            return true;
    }
    return false;
}

static bool reads_is_local(const struct reads *all, const struct function *f, size_t at,
                           uint32_t reg)
{
    size_t begin, end;

    return reads_local_at(all, f, at, reg, &begin, &end);
}

/* The member that the instruction asks of the register; NULL: it asks for none that is known. */
static json_t *reads_member(const struct function *f, size_t at, uint32_t reg,
                            const struct text *constants)
{
    uint32_t word = function_word(f, at);

    if (at >= f->code_count || code_b(word) != reg)
        return NULL;
    if (code_of(word) == CODE_GETFIELD && code_c(word) < f->constant_count &&
        constants[code_c(word)].at != NULL)
        return text_json(&constants[code_c(word)]);
    if (code_of(word) == CODE_GETI && code_c(word) > 0)
        return json_integer((json_int_t)code_c(word) - 1);
    return NULL;
}

/* Whether a function that is made within the range keeps the register for later. */
static bool reads_is_captured(const struct reads *all, const struct function *f, size_t begin,
                              size_t end, uint32_t reg)
{
    struct dump inner = { f->inner, all->whole.end, false };

    for (size_t i = 0; i < f->inner_count; i++) {
        struct function function = { .outer = f };

        function_read(&inner, &function);
        function_place(&function, f, i);
        for (size_t k = 0;
             function.born >= begin && function.born < end && k < function.upvalue_count; k++)
            if (function.upvalues[3 * k] != 0 && function.upvalues[3 * k + 1] == reg)
                return true;
    }
    return false;
}

static void reads_follow(const struct reads *all, const struct function *f, size_t at, uint32_t reg,
                         json_t *chain, const struct text *constants, bool first);

/* A local that begins with the value, keeps it to its end, and of which only members are asked:
 * then those are what is read. False: it may be read whole. */
static bool reads_local(const struct reads *all, const struct function *f, size_t at, uint32_t reg,
                        const json_t *chain, const struct text *constants)
{
    size_t begin, end;
    json_t *member;

    if (!reads_local_at(all, f, at, reg, &begin, &end) || begin != at || function_joins(f, at) ||
        reads_is_captured(all, f, begin, end, reg))
        return false;
    for (size_t i = begin; i < end; i++) {
        uint32_t word = function_word(f, i);

        if (!code_touches(word, reg))
            continue;
        member = code_a(word) != reg ? reads_member(f, i, reg, constants) : NULL;
        if (member == NULL)
            return false;
        json_decref(member);
    }
    for (size_t i = begin; i < end; i++) {
        json_t *longer;

        member = reads_member(f, i, reg, constants);
        if (member == NULL)
            continue;
        longer = json_copy((json_t *)(uintptr_t)chain);
        json_array_append_new(longer, member);
        reads_follow(all, f, i + 1, code_a(function_word(f, i)), longer, constants, false);
    }
    return true;
}

/* The value of the chain, which is taken, stands in `reg` before `at`. first: it was asked for by
 * the text's first instructions. */
static void reads_follow(const struct reads *all, const struct function *f, size_t at, uint32_t reg,
                         json_t *chain, const struct text *constants, bool first)
{
    json_t *member;

    while (!reads_is_local(all, f, at, reg) && !function_joins(f, at) &&
           (member = reads_member(f, at, reg, constants)) != NULL) {
        json_array_append_new(chain, member);
        reg = code_a(function_word(f, at++));
    }
    /* the whole of an expression: begin, members, return */
    if (f->outer == NULL && first && code_of(function_word(f, at)) == CODE_RETURN &&
        code_a(function_word(f, at)) == reg && at + 2 == f->code_count && !function_joins(f, at))
        json_object_set_new_nocheck(all->out, "exact", json_true());
    if (reads_local(all, f, at, reg, chain, constants))
        json_decref(chain);
    else
        reads_add(all, "reads", chain);
}

/* The value that begins in `reg` and stands there before `at`. */
static void reads_chain(const struct reads *all, const struct function *f, size_t at, uint32_t reg,
                        const struct text *name, const struct text *constants)
{
    reads_follow(all, f, at, reg, json_pack("[o]", text_json(name)), constants, at == 2);
}

/* The text that a call is given first; .at NULL: it is found when it runs. */
static struct text reads_argument(const struct function *f, size_t at, uint32_t reg,
                                  const struct text *constants)
{
    uint32_t word = function_word(f, at);
    struct text none = { NULL, 0 };

    if (code_of(word) == CODE_LOADK && code_a(word) == reg + 1 &&
        code_bx(word) < f->constant_count && !function_joins(f, at))
        return constants[code_bx(word)];
    return none;
}

static void reads_call(const struct reads *all, const struct function *f, size_t at, uint32_t reg,
                       const struct text *name, const struct text *constants)
{
    static const char rules[] = "rules.";
    struct text given = reads_argument(f, at, reg, constants);
    bool require = name->size == 7 && memcmp(name->at, "require", 7) == 0;
    bool table = (name->size == 6 && memcmp(name->at, "lookup", 6) == 0) ||
                 (name->size == 6 && memcmp(name->at, "decide", 6) == 0);

    reads_add(all, "calls", text_json(name));
    if (!require && !table)
        return;
    if (require && given.at != NULL && given.size > 6 && memcmp(given.at, rules, 6) == 0) {
        given.at += 6;
        given.size -= 6;
    }
    reads_add(all, require ? "modules" : "tables",
              given.at != NULL ? text_json(&given) : json_string("*"));
}

/* `_ENV` was asked for the name, which is in `reg` before `at`. */
static void reads_name(const struct reads *all, const struct function *f, size_t at, uint32_t reg,
                       const struct text *name, const struct text *constants)
{
    char room[LIMIT_ID + 2];
    json_t *value;

    if (name->at == NULL)
        return;
    snprintf(room, sizeof room, "%.*s", (int)(name->size < sizeof room ? name->size : LIMIT_ID + 1),
             name->at);
    if (strcmp(room, "index") != 0 &&
        !env__scope_find(&(struct rule_scope){ .index = 0 }, room, strlen(room), &value) &&
        env__knows(all->L, room))
        reads_call(all, f, at, reg, name, constants);
    else
        reads_chain(all, f, at, reg, name, constants);
}

static void reads_code(const struct reads *all, const struct function *f)
{
    struct text *constants = function_constants(f, &all->whole);

    for (size_t at = 0; at < f->code_count; at++) {
        uint32_t word = function_word(f, at), key = function_word(f, at + 1);

        if (code_of(word) == CODE_GETTABUP && code_b(word) == f->env &&
            code_c(word) < f->constant_count)
            reads_name(all, f, at + 1, code_a(word), &constants[code_c(word)], constants);
        else if (code_of(word) == CODE_GETUPVAL && code_b(word) == f->env &&
                 code_of(key) == CODE_LOADK && code_bx(key) < f->constant_count)
            reads_name(all, f, at + 3, code_a(function_word(f, at + 2)), &constants[code_bx(key)],
                       constants);
        else if ((code_of(word) == CODE_GETFIELD || code_of(word) == CODE_SELF) &&
                 code_c(word) < f->constant_count && constants[code_c(word)].at != NULL)
            reads_add(all, "names", text_json(&constants[code_c(word)]));
    }
    mem_free(constants);
}

static void reads_function(const struct reads *all, const struct function *f)
{
    struct dump inner = { f->inner, all->whole.end, false };

    reads_code(all, f);
    for (size_t i = 0; i < f->inner_count; i++) {
        struct function function = { .outer = f };

        function_read(&inner, &function);
        function_place(&function, f, i);
        reads_function(all, &function);
    }
}

/* ---- The text, compiled */

static const char *reads_part(lua_State *L, void *arg, size_t *size)
{
    struct reads *all = arg;
    const char *part = all->prefixed ? all->text : all->prefix;

    (void)L;
    *size = all->prefixed ? all->size : strlen(all->prefix);
    if (all->prefixed)
        all->size = 0;
    all->prefixed = true;
    return *size > 0 ? part : NULL;
}

static int reads_bytes(lua_State *L, const void *bytes, size_t size, void *arg)
{
    (void)L;
    buf_add(arg, bytes, size);
    return buf_ok(arg) ? 0 : 1;
}

/* Runs protected. */
static int reads_run(lua_State *L)
{
    struct reads *all = lua_touserdata(L, 1);
    struct function f = { .env = 0 };

    all->L = L;
    if (lua_load(L, reads_part, all, "=rule", "t") != LUA_OK)
        return lua_error(L);
    if (lua_dump(L, reads_bytes, &all->bytes, 0) != 0 || !buf_ok(&all->bytes))
        return luaL_error(L, "no memory");
    all->whole.at = (const unsigned char *)buf_text(&all->bytes);
    all->whole.end = all->whole.at + all->bytes.len;
    if (!dump_head(&all->whole))
        return luaL_error(L, "of another format");
    function_read(&all->whole, &f);
    if (all->whole.bad)
        return luaL_error(L, "it ended early");
    reads_function(all, &f);
    return 0;
}

json_t *rules_reads(struct rules *rules, enum rule_kind kind, const char *text, size_t size)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* that some editors put in front of UTF-8 */
    bool marked = size >= 3 && memcmp(text, mark, 3) == 0;
    struct reads all = { .text = marked ? text + 3 : text,
                         .size = marked ? size - 3 : size,
                         .prefix = kind == RULE_EXPRESSION ? "return " : " " };
    struct err e;

    all.out = json_pack("{s:[]}", "reads");
    buf_init(&all.bytes, READS_CEILING);
    if (box_call(rules->box, reads_run, &all, &e) != ERR_OK) {
        json_decref(all.out);
        all.out = NULL;
    }
    buf_fini(&all.bytes);
    box_rest(rules->box);
    return all.out;
}
