/* rule_globals.c - the global names in a compiled text that nobody knows.
 *
 * The compiler has found out already which names are locals, however they are nested; whatever it
 * asked `_ENV` for is a global. So its own output is read, as lua_dump() writes it: Lua 5.4 has no
 * other door to it [rule_dump.c]. (1) A dump whose header is not the one known here is left alone:
 * what it holds is found when it runs. (2) `_ENV` cannot be a variable of a rule [unit_refuse], so
 * it is the one upvalue of the outermost function, and what inner functions inherit from it. (3) A
 * name is told where using it fails whenever it is reached: reading what nobody knows, writing any,
 * and asking a member of what rules do not have (os.time). [env_read, env_write]
 *
 *     bytes of the dump --> struct function, its inner ones by their place --> instructions */
#include "rules/rule_globals_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rules/lib_priv.h"
#include "rules/lua_env_priv.h"
#include "rules/rule_dump_priv.h"
#include "rules/rule_text_priv.h"

#define DUMP_CEILING (64 * MIB)
#define NAME_ROOM    (LIMIT_ID + 2) /* of a longer one the beginning: nobody knows it either */
#define NAMES_LOOKED 1000u          /* faults of one text: nobody reads more */

struct names {
    lua_State *L;
    struct dump whole;
    globals_told_fn *told;
    void *arg;
    unsigned looked; /* at what takes as long as the function */
    unsigned last_line;
    char last[NAME_ROOM];
};

static bool name_take(char name[NAME_ROOM], const struct text *given)
{
    if (given->at != NULL)
        snprintf(name, NAME_ROOM, "%.*s", (int)(given->size < NAME_ROOM ? given->size : NAME_ROOM),
                 given->at);
    return given->at != NULL;
}

static void names_tell(struct names *names, const struct function *f, size_t at, const char *name,
                       const char *text)
{
    unsigned line;

    if (names->looked++ >= NAMES_LOOKED)
        return;
    line = function_line(f, &names->whole, at);
    if (line == names->last_line && strcmp(names->last, name) == 0)
        return;
    names->last_line = line;
    snprintf(names->last, sizeof(names->last), "%s", name);
    names->told(names->arg, line, text);
}

/* What rules do not have is nil, which may be asked for; its members may not. */
static void names_read_absent(struct names *names, const struct function *f, size_t at, uint32_t to,
                              const char *name)
{
    uint32_t next = function_word(f, at + 1);
    char text[LIMIT_RULE_TEXT];

    if ((code_of(next) != CODE_GETFIELD && code_of(next) != CODE_SELF) || code_b(next) != to ||
        names->looked++ >= NAMES_LOOKED || function_joins(f, at + 1))
        return;
    snprintf(text, sizeof(text), "'%.64s' is not available in rules", name);
    names_tell(names, f, at, name, text);
}

static void names_read(struct names *names, const struct function *f, size_t at, uint32_t to,
                       const struct text *given)
{
    char text[LIMIT_RULE_TEXT], name[NAME_ROOM];
    struct rule_near near;

    if (!name_take(name, given))
        return;
    if (env__is_absent(name)) {
        names_read_absent(names, f, at, to, name);
        return;
    }
    if (env__knows(names->L, name))
        return;
    rule_near_init(&near, name, strlen(name), rule_near_slip(strlen(name)));
    function_near(f, &names->whole, at, &near);
    env__near(names->L, &near);
    env__unknown_say(name, &near, text);
    names_tell(names, f, at, name, text);
}

static void names_write(struct names *names, const struct function *f, size_t at,
                        const struct text *given)
{
    char text[LIMIT_RULE_TEXT], name[NAME_ROOM];

    if (!name_take(name, given))
        return;
    env__written_say(name, text);
    names_tell(names, f, at, name, text);
}

/* A name beyond the first 256 constants is put into a register of its own: two instructions behind
 * _ENV itself. */
static void names_look_far(struct names *names, const struct function *f, size_t at,
                           const struct text *constants)
{
    uint32_t key = function_word(f, at + 1), use = function_word(f, at + 2);
    const struct text *name;

    if (code_of(key) != CODE_LOADK || code_bx(key) >= f->constant_count)
        return;
    name = &constants[code_bx(key)];
    if (code_of(use) == CODE_GETTABLE && code_c(use) == code_a(key))
        names_read(names, f, at + 2, code_a(use), name);
    else
        names_write(names, f, at, name);
}

static void names_look_code(struct names *names, const struct function *f)
{
    struct text *constants = function_constants(f, &names->whole);

    for (size_t at = 0; at < f->code_count; at++) {
        uint32_t word = function_word(f, at);

        if (code_of(word) == CODE_GETTABUP && code_b(word) == f->env &&
            code_c(word) < f->constant_count)
            names_read(names, f, at, code_a(word), &constants[code_c(word)]);
        else if (code_of(word) == CODE_SETTABUP && code_a(word) == f->env &&
                 code_b(word) < f->constant_count)
            names_write(names, f, at, &constants[code_b(word)]);
        else if (code_of(word) == CODE_GETUPVAL && code_b(word) == f->env)
            names_look_far(names, f, at, constants);
    }
    mem_free(constants);
}

static void names_look_function(struct names *names, const struct function *f)
{
    struct dump inner = { f->inner, names->whole.end, false };

    names_look_code(names, f);
    for (size_t i = 0; i < f->inner_count; i++) {
        struct function function = { .outer = f };

        function_read(&inner, &function);
        function_place(&function, f, i);
        names_look_function(names, &function);
    }
}

static int names_write_bytes(lua_State *L, const void *bytes, size_t size, void *arg)
{
    (void)L;
    buf_add(arg, bytes, size);
    return buf_ok(arg) ? 0 : 1;
}

void globals_look(lua_State *L, globals_told_fn *told, void *arg)
{
    struct names names = { .L = L, .told = told, .arg = arg };
    struct function f = { .env = 0 };
    struct buf bytes;

    buf_init(&bytes, DUMP_CEILING);
    if (lua_dump(L, names_write_bytes, &bytes, 0) == 0 && buf_ok(&bytes)) {
        names.whole.at = (const unsigned char *)buf_text(&bytes);
        names.whole.end = names.whole.at + bytes.len;
        if (dump_head(&names.whole)) {
            function_read(&names.whole, &f);
            if (!names.whole.bad)
                names_look_function(&names, &f);
        }
    }
    buf_fini(&bytes);
}
