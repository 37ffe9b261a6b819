/* rule_hostile.c - random hostile scripts: each ends, says the same when it is run again, and
 * leaves the library as it was.
 *
 * A script is made of loops, closures and calls of every function that the library has, with the
 * arguments that break things: huge and negative numbers, NaN, long texts, tables within
 * themselves, functions, nil. WEFT_HOSTILE=N makes N of them instead of a few, from the seed
 * WEFT_HOSTILE_SEED; a failure names the seed of its script. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>

#include "base/buf.h"
#include "rule_eval.h"
#include "rules/lua_box_priv.h"

#define HOSTILE_FEW    400
#define HOSTILE_TICKS  150000u
#define HOSTILE_MEMORY (6 * MIB)
#define HOSTILE_DEPTH  4
#define HOSTILE_NAMES  256

struct maker {
    struct buf names[HOSTILE_NAMES]; /* text.trim, lookup ... */
    unsigned count;
    uint64_t seed;
    struct buf text;
};

static unsigned draw(struct maker *maker, unsigned below)
{
    maker->seed ^= maker->seed << 13;
    maker->seed ^= maker->seed >> 7;
    maker->seed ^= maker->seed << 17;
    return (unsigned)(maker->seed % below);
}

static void add(struct maker *maker, const char *text)
{
    buf_add_text(&maker->text, text);
}

static void name_add(struct maker *maker, const char *library, const char *member)
{
    struct buf *name = &maker->names[maker->count++];

    assert_true(maker->count < HOSTILE_NAMES);
    buf_init(name, 128);
    buf_addf(name, "%s%s%s", library, member != NULL ? "." : "", member != NULL ? member : "");
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(buf_text(a), buf_text(b));
}

/* Every function of the library, sorted: Lua's order is another in every process. */
static void names_read(struct maker *maker, struct eval *eval)
{
    struct lua_box *box;
    struct err e;

    assert_int_equal(box_new(&box, &eval->clock.clock, NULL, NULL, &e), ERR_OK);
    lua_rawgeti(box->state, LUA_REGISTRYINDEX, box->library_ref);
    lua_pushnil(box->state);
    while (lua_next(box->state, -2)) {
        const char *name = lua_tostring(box->state, -2);

        name_add(maker, name, NULL);
        if (name[0] != '_' && lua_istable(box->state, -1) &&
            luaL_getmetafield(box->state, -1, "__index") == LUA_TTABLE) {
            lua_pushnil(box->state);
            while (lua_next(box->state, -2)) {
                name_add(maker, name, lua_tostring(box->state, -2));
                lua_pop(box->state, 1);
            }
            lua_pop(box->state, 1);
        }
        lua_pop(box->state, 1);
    }
    lua_pop(box->state, 1);
    box_free(box);
    qsort(maker->names, maker->count, sizeof(maker->names[0]), text_compare);
}

static void literal(struct maker *maker)
{
    static const char *const pool[] = {
        "nil",
        "null",
        "true",
        "0",
        "-1",
        "1",
        "2.5",
        "1e300",
        "-1e300",
        "0/0",
        "1/0",
        "1 << 62",
        "math.mininteger",
        "math.maxinteger",
        "''",
        "'x'",
        "'%'",
        "'[%'",
        "'(.-)*'",
        "'\\0'",
        "'\\xFF'",
        "'half_up'",
        "'USD'",
        "'yyyy-MM-dd'",
        "'/Date/'",
        "'days'",
        "'Europe/Vienna'",
        "'2026-11-21'",
        "{}",
        "array({})",
        "decimal('1.50')",
        "decimal('1e70')",
        "money(5, 'USD')",
        "trigger",
        "trigger.body",
        "trigger.body.lines",
        "print",
        "string",
        "('ab'):rep(3000)",
        "('a?'):rep(25)",
        "t",
        "s",
        "n",
        "f",
        "{ 3, 1, 2 }",
        "{ amount = 1, currency = 'EUR' }",
        "{ from = 1, by = 'x', weekend = {} }",
    };

    add(maker, pool[draw(maker, sizeof(pool) / sizeof(pool[0]))]);
}

static void expression(struct maker *maker, unsigned depth);

static void call(struct maker *maker, unsigned depth)
{
    unsigned arguments = draw(maker, 5);

    add(maker, buf_text(&maker->names[draw(maker, maker->count)]));
    add(maker, "(");
    for (unsigned i = 0; i < arguments; i++) {
        if (i > 0)
            add(maker, ", ");
        expression(maker, depth + 1);
    }
    add(maker, ")");
}

static void expression(struct maker *maker, unsigned depth)
{
    static const char *const operators[] = { " + ",  " - ",  " * ",  " / ", " // ", " % ",
                                             " ^ ",  " .. ", " == ", " < ", " <= ", " and ",
                                             " or ", " & ",  " << ", " ~= " };
    unsigned kind = depth >= HOSTILE_DEPTH ? 0 : draw(maker, 9);

    if (kind <= 2) {
        literal(maker);
    } else if (kind <= 5) {
        call(maker, depth);
    } else if (kind == 6) {
        add(maker, "(");
        expression(maker, depth + 1);
        add(maker, operators[draw(maker, sizeof(operators) / sizeof(operators[0]))]);
        expression(maker, depth + 1);
        add(maker, ")");
    } else if (kind == 7) {
        add(maker, "{ ");
        expression(maker, depth + 1);
        add(maker, ", k = ");
        expression(maker, depth + 1);
        add(maker, " }");
    } else {
        add(maker, "function(...) n = n + 1 return ");
        expression(maker, depth + 1);
        add(maker, ", ... end");
    }
}

static void statement(struct maker *maker)
{
    static const char *const before[] = {
        "s = ",
        "t[#t + 1] = ",
        "t[tostring(n)] = ",
        "local x = ",
        "local ok, why = pcall(function() return ",
        "for i = 1, 1e9 do s = ",
        "while true do s = ",
        "local ok, why = xpcall(function(...) return ",
    };
    static const char *const behind[] = {
        "", "", "", "", " end)", " end", " end", " end, print, t, s, n)",
    };
    unsigned kind = draw(maker, sizeof(before) / sizeof(before[0]));

    if ((kind == 5 || kind == 6) && draw(maker, 4) > 0) /* most scripts get further */
        kind = 4;
    add(maker, before[kind]);
    expression(maker, 0);
    add(maker, behind[kind]);
    add(maker, "\n");
}

static void script(struct maker *maker)
{
    unsigned statements = 1 + draw(maker, 6);

    buf_clear(&maker->text);
    add(maker, "local t, s, n = { 1 }, 'x', 1\nlocal f = function(...) return ... end\nt.t = t\n");
    for (unsigned i = 0; i < statements; i++)
        statement(maker);
    add(maker, "return ");
    expression(maker, 1);
    assert_true(buf_ok(&maker->text));
}

/* The random library draws what a test must not: everything else is as it was. */
static void library_check(struct eval *eval, uint64_t seed)
{
    const char *got = eval_kind(eval, RULE_EXPRESSION,
                                "string.format('%d', 5) .. ('x'):upper() .. text.trim(' a ') .. "
                                "tostring(trigger.body.amount) .. tostring(item)",
                                strlen("string.format('%d', 5) .. ('x'):upper() .. text.trim(' a ')"
                                       " .. tostring(trigger.body.amount) .. tostring(item)"));

    if (got == NULL || strcmp(got, "\"5Xa100.10nil\"") != 0)
        fail_msg("the library is damaged after the script of seed %llu: %s",
                 (unsigned long long)seed, eval->text);
}

static unsigned setting(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

/* 0x and at least six digits, as "table: 0x55d0c4a3e2b0" has them. */
static bool shows_address(const char *text)
{
    const char *at = strstr(text, "0x");

    while (at != NULL && strspn(at + 2, "0123456789abcdef") < 6)
        at = strstr(at + 2, "0x");
    return at != NULL;
}

static void scripts_run(struct maker *maker, struct eval *eval, unsigned count, unsigned first)
{
    static char before[sizeof(eval->text)];

    for (unsigned i = 0; i < count; i++) {
        uint64_t seed = ((uint64_t)first + i) * 0x9E3779B97F4A7C15u + 1;
        bool failed, compiled;

        maker->seed = seed;
        script(maker);
        compiled = eval_script(eval, buf_text(&maker->text)) != NULL;
        failed = eval->failed;
        snprintf(before, sizeof(before), "%s", eval->text);
        if (compiled) {
            eval_script(eval, buf_text(&maker->text));
            if (failed != eval->failed || strcmp(before, eval->text) != 0)
                fail_msg("seed %u: '%s', then '%s', of:\n%s", first + i, before, eval->text,
                         buf_text(&maker->text));
        }
        if (failed && (strlen(before) >= LIMIT_RULE_TEXT || shows_address(before)))
            fail_msg("seed %u: '%s', of:\n%s", first + i, before, buf_text(&maker->text));
        if (i % 16 == 0)
            library_check(eval, first + i);
    }
}

static void random_scripts_end_and_decide_the_same(void **state)
{
    const struct rules_limits limits = { .memory = HOSTILE_MEMORY, .ticks = HOSTILE_TICKS };
    static struct maker maker;
    struct eval eval;

    (void)state;
    eval_begin(&eval, &limits);
    eval.scope.trigger = eval_json("{\"body\":{\"amount\":100.10,\"lines\":[{\"a\":1},{\"a\":2}],"
                                   "\"none\":null}}");
    eval.lookups = eval_json("{\"gl\":{\"rows\":{\"Cash\":\"1100\"}}}");
    buf_init(&maker.text, MIB);
    names_read(&maker, &eval);
    assert_true(maker.count > 120);
    scripts_run(&maker, &eval, setting("WEFT_HOSTILE", HOSTILE_FEW),
                setting("WEFT_HOSTILE_SEED", 1));
    for (unsigned i = 0; i < maker.count; i++)
        buf_fini(&maker.names[i]);
    buf_fini(&maker.text);
    json_decref(eval.scope.trigger);
    eval_end(&eval);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_scripts_end_and_decide_the_same) };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
