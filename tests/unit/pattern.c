/* pattern.c - our matcher of Lua's patterns gives what Lua's own gives, over thousands of
 * patterns and subjects made from a seed; the same script runs in the sandbox and in a real Lua. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "rule_eval.h"
#include "rules/lua_pattern_priv.h"

#define CASES 30000u
#define BATCH 100u

static const char script[] =
    "local function show(ok, ...)\n"
    "  if not ok then return 'error' end\n"
    "  local t = {}\n"
    "  for i = 1, select('#', ...) do\n"
    "    local v = select(i, ...)\n"
    "    t[#t + 1] = type(v) .. ':' .. tostring(v)\n"
    "  end\n"
    "  return table.concat(t, ',')\n"
    "end\n"
    "local out = {}\n"
    "local function each(s, p)\n"
    "  local t = {}\n"
    "  for a, b in string.gmatch(s, p) do t[#t + 1] = show(true, a, b) end\n"
    "  return table.concat(t, ';')\n"
    "end\n"
    "for i = 1, #cases do\n"
    "  local s, p, r, n = cases[i].s, cases[i].p, cases[i].r, cases[i].n\n"
    "  out[#out + 1] = show(pcall(string.find, s, p)) .. '|' .. show(pcall(string.find, s, p, n))\n"
    "    .. '|' .. show(pcall(string.find, s, p, n, true)) .. '|' .. show(pcall(string.match, s, "
    "p))\n"
    "    .. '|' .. show(pcall(string.match, s, p, n)) .. '|' .. show(pcall(string.gsub, s, p, r))\n"
    "    .. '|' .. show(pcall(string.gsub, s, p, r, 1))\n"
    "    .. '|' .. show(pcall(string.gsub, s, p, { a = 'X', ['1'] = 7, b = false }))\n"
    "    .. '|' .. show(pcall(string.gsub, s, p, function(a, b) return b or (a == 'a' and 'Z') "
    "end))\n"
    "    .. '|' .. show(pcall(each, s, p))\n"
    "end\n"
    "return table.concat(out, '\\n')\n";

static uint64_t seed_state;

static unsigned pick(unsigned count)
{
    uint64_t z = seed_state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (unsigned)((z ^ z >> 31) % count);
}

/* A subject of letters that the patterns know, now and then with a NUL. */
static size_t make_subject(char *text)
{
    static const char letters[] = "aaabbc11 (()_-]%.zZ";
    size_t size = pick(14);

    for (size_t i = 0; i < size; i++)
        text[i] = pick(40) == 0 ? '\0' : letters[pick(sizeof(letters) - 1)];
    return size;
}

static void add(char *text, size_t *size, const char *part)
{
    memcpy(text + *size, part, strlen(part));
    *size += strlen(part);
}

static size_t make_pattern(char *text)
{
    static const char *const items[] = { "a",    "b",     "1",      ".",      "%a",    "%d",
                                         "%s",   "%w",    "%p",     "%x",     "%A",    "%S",
                                         "%W",   "[ab]",  "[^a]",   "[a-c]",  "[%d_]", "[]a]",
                                         "[a-]", "[^%s]", "[%a-z]", "%(",     "%.",    "%%",
                                         " ",    "[b-a]", "[^]]",   "%u",     "%g",    "%c",
                                         "%l",   "%-",    "[a%]]",  "[%w%.]", "%z" };
    static const char *const suffixes[] = { "", "", "", "*", "+", "-", "?" };
    static const char *const specials[] = { "(",  ")",  "()", "%b()",  "%f[%w]", "%f[^a]", "%1",
                                            "%2", "$",  "^",  "%bab",  "%f",     "%b",     "[",
                                            "%",  "%0", "%9", "(a)%1", "(.)%1",  "[^",     "[%" };
    size_t size = 0;
    unsigned count = 1 + pick(5);

    if (pick(6) == 0)
        add(text, &size, "^");
    for (unsigned i = 0; i < count; i++) {
        bool capture = pick(4) == 0;

        if (pick(7) == 0)
            add(text, &size, specials[pick(sizeof(specials) / sizeof(specials[0]))]);
        if (capture)
            add(text, &size, "(");
        add(text, &size, items[pick(sizeof(items) / sizeof(items[0]))]);
        add(text, &size, suffixes[pick(sizeof(suffixes) / sizeof(suffixes[0]))]);
        if (capture)
            add(text, &size, ")");
    }
    if (pick(6) == 0)
        add(text, &size, "$");
    return size;
}

static json_t *make_cases(void)
{
    static const char *const by[] = { "x",   "%0%0", "<%1>", "%1%2", "%%",  "",
                                      "%0.", "%",    "%9",   "%x",   "a%1b" };
    json_t *cases = json_array();

    for (unsigned i = 0; i < BATCH; i++) {
        char subject[64], pattern[256];
        size_t size = make_subject(subject), pattern_size = make_pattern(pattern);
        json_t *one = json_object();

        json_object_set_new(one, "s", json_stringn(subject, size));
        json_object_set_new(one, "p", json_stringn(pattern, pattern_size));
        json_object_set_new(one, "r", json_string(by[pick(sizeof(by) / sizeof(by[0]))]));
        json_object_set_new(one, "n", json_integer((json_int_t)pick(20) - 8));
        json_array_append_new(cases, one);
    }
    return cases;
}

/* The cases as a global of a real Lua. */
static void give_cases(lua_State *L, const json_t *cases)
{
    lua_newtable(L);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        json_t *one = json_array_get(cases, i);
        const char *key;
        json_t *value;

        lua_newtable(L);
        json_object_foreach(one, key, value)
        {
            if (json_is_integer(value))
                lua_pushinteger(L, json_integer_value(value));
            else
                lua_pushlstring(L, json_string_value(value), json_string_length(value));
            lua_setfield(L, -2, key);
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setglobal(L, "cases");
}

static char *ours_text;
static size_t ours_size;

static void ours_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    (void)owner;
    (void)tag;
    if (result->error != NULL)
        fail_msg("%s", result->error->text);
    ours_size = json_string_length(result->values[0]);
    ours_text = mem_must_copy_n(json_string_value(result->values[0]), ours_size);
}

/* Which line of the two differs, and what it was made of. */
static void tell_difference(const json_t *cases, const char *ours, size_t ours_len,
                            const char *theirs, size_t theirs_len)
{
    size_t line = 0, at = 0, begin = 0;
    struct buf text;

    for (; at < ours_len && at < theirs_len && ours[at] == theirs[at]; at++)
        if (ours[at] == '\n') {
            line++;
            begin = at + 1;
        }
    buf_init(&text, 4096);
    json_write(&text, json_array_get(cases, line));
    fail_msg("%s\nours:   %.300s\ntheirs: %.300s", buf_text(&text), ours + begin, theirs + begin);
}

static void matches_as_lua_does(void **state)
{
    static const char prefix[] = "local cases = input\n";
    char text[sizeof(prefix) + sizeof(script)];
    struct rule_source source = { RULE_SCRIPT, "cases", text, strlen(prefix) + strlen(script) };
    struct rule_unit_input input = { &source, 1, NULL, 0, NULL };
    struct rules_limits limits = { .ticks = 50000000 };
    lua_State *L = luaL_newstate();
    struct rule_unit *unit;
    struct eval eval;
    unsigned which = 0;

    (void)state;
    snprintf(text, sizeof(text), "%s%s", prefix, script);
    luaL_openlibs(L);
    eval_begin(&eval, &limits);
    unit = rule_unit_new(eval.rules, &input, eval_fault, &eval);
    assert_non_null(unit);
    seed_state = 20261121;
    for (unsigned i = 0; i < CASES / BATCH; i++) {
        json_t *cases = make_cases();
        const char *theirs;
        size_t size;

        eval.scope.input = cases;
        rules_eval(eval.rules, unit, &which, 1, RULE_ALL, &eval.scope, ours_done, NULL, 7);
        give_cases(L, cases);
        assert_int_equal(luaL_dostring(L, script), LUA_OK);
        theirs = lua_tolstring(L, -1, &size);
        if (size != ours_size || memcmp(theirs, ours_text, size) != 0)
            tell_difference(cases, ours_text, ours_size, theirs, size);
        lua_settop(L, 0);
        mem_free(ours_text);
        json_decref(cases);
    }
    rule_unit_free(eval.rules, unit);
    eval_end(&eval);
    lua_close(L);
}

static void steps_end_a_match(void **state)
{
    struct pattern p;
    char subject[40], text[90];

    (void)state;
    memset(subject, 'a', sizeof(subject));
    for (unsigned i = 0; i < 30; i++)
        memcpy(text + 2 * i, "a?", 2);
    memset(text + 60, 'a', 30);
    pattern_init(&p, subject, 30, text, sizeof(text), 100000);
    assert_null(pattern_match(&p, subject));
    assert_true(p.spent);
    assert_true(pattern_failed(&p));
    pattern_init(&p, subject, 30, text, 4, 100000);
    assert_ptr_equal(pattern_match(&p, subject), subject + 2);
    assert_false(pattern_failed(&p));
    assert_true(p.steps < 100000);
}

static void plain_texts_are_known(void **state)
{
    (void)state;
    assert_true(pattern_is_plain("abc", 3));
    assert_true(pattern_is_plain("", 0));
    assert_true(pattern_is_plain("a\0b", 3));
    for (const char *c = "^$*+?.([%-"; *c != '\0'; c++)
        assert_false(pattern_is_plain(c, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_as_lua_does),
        cmocka_unit_test(steps_end_a_match),
        cmocka_unit_test(plain_texts_are_known),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
