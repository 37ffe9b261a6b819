/* rule_docs.c - docs/RULES.md is true and whole: its examples are run, every name of the library
 * is in one of them, and its ceilings are those of the program.
 *
 * Blocks of the document: ```json trigger, scope and lookups give what the examples see,
 * ```lua rules/NAME.lua a module. In a block ```lua each line with "-->" is an expression and its
 * result; a block that begins with "-- script" is one script and its last line the result.
 * "--> error: PART" is a part of the message. */
#include <lauxlib.h>
#include <lua.h>

#include "base/buf.h"
#include "base/file.h"
#include "rule_eval.h"
#include "rules/lua_box_priv.h"

#define RULES_MD     SOURCE_DIR "/docs/RULES.md"
#define DOCS_COLUMNS 100u
#define DOCS_MODULES 4u

struct docs {
    char *text;
    size_t size;
    struct eval eval;
    json_t *others; /* what the scope holds but the trigger */
    struct rule_module modules[DOCS_MODULES];
    char module_names[DOCS_MODULES][64];
    struct buf code; /* all examples, without their results */
    unsigned line;
    unsigned examples;
    unsigned failed;
};

static void docs_begin(struct docs *docs)
{
    struct err e;

    memset(docs, 0, sizeof(*docs));
    assert_int_equal(file_read(RULES_MD, MIB, &docs->text, &docs->size, &e), ERR_OK);
    eval_begin(&docs->eval, NULL);
    docs->eval.modules = docs->modules;
    buf_init(&docs->code, MIB);
}

static void docs_end(struct docs *docs)
{
    json_decref(docs->eval.scope.trigger);
    json_decref(docs->others);
    eval_end(&docs->eval);
    buf_fini(&docs->code);
    mem_free(docs->text);
}

static unsigned line_of(const char *text, const char *at)
{
    unsigned line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* ---- examples -------------------------------------------------------------------------------- */

static void example_check(struct docs *docs, enum rule_kind kind, const char *text, size_t size,
                          const char *wanted)
{
    static const char error[] = "error: ";
    bool as_error = strncmp(wanted, error, sizeof(error) - 1) == 0;
    const char *got = eval_kind(&docs->eval, kind, text, size);
    bool failed = got == NULL || docs->eval.failed; /* a fault of the text is an error too */
    bool met;

    buf_add(&docs->code, text, size);
    buf_add_char(&docs->code, '\n');
    if (as_error)
        met = failed && strstr(docs->eval.text, wanted + sizeof(error) - 1) != NULL;
    else
        met = !failed && strcmp(got, wanted) == 0;
    docs->examples++;
    if (met)
        return;
    docs->failed++;
    print_error("RULES.md:%u: %s\n", docs->line, docs->eval.text);
}

/* "EXPRESSION   --> RESULT" */
static void line_check(struct docs *docs, const char *line, size_t size)
{
    char text[1024];
    char *arrow;

    snprintf(text, sizeof(text), "%.*s", (int)size, line);
    arrow = strstr(text, "--> ");
    if (arrow == NULL)
        fail_msg("RULES.md:%u has no result", docs->line);
    *arrow = '\0';
    example_check(docs, RULE_EXPRESSION, text, (size_t)(arrow - text), arrow + 4);
}

static void script_check(struct docs *docs, const char *block, size_t size)
{
    char text[2048];
    char *arrow;

    snprintf(text, sizeof(text), "%.*s", (int)size, block);
    arrow = strstr(text, "\n--> ");
    if (arrow == NULL)
        fail_msg("the script behind RULES.md:%u has no result", docs->line);
    arrow[5 + strcspn(arrow + 5, "\n")] = '\0';
    example_check(docs, RULE_SCRIPT, text, (size_t)(arrow - text), arrow + 5);
}

static void block_examples(struct docs *docs, const char *block, const char *end)
{
    if (strncmp(block, "-- script\n", 10) == 0) {
        script_check(docs, block, (size_t)(end - block));
        return;
    }
    while (block < end) {
        size_t size = strcspn(block, "\n");

        docs->line++;
        line_check(docs, block, size);
        block += size + 1;
    }
}

/* "rules/NAME.lua" */
static void block_module(struct docs *docs, const char *path, const char *block, const char *end)
{
    size_t at = docs->eval.module_count++;
    struct rule_module *module = &docs->modules[at];

    assert_true(at < DOCS_MODULES);
    path += strlen("rules/");
    snprintf(docs->module_names[at], sizeof(docs->module_names[at]), "%.*s",
             (int)strcspn(path, "."), path);
    *module = (struct rule_module){ docs->module_names[at], block, (size_t)(end - block) };
}

static void block_scope(struct docs *docs, json_t *others)
{
    struct rule_scope *scope = &docs->eval.scope;

    docs->others = others;
    scope->steps = json_object_get(others, "steps");
    scope->input = json_object_get(others, "input");
    scope->vars = json_object_get(others, "vars");
    scope->env = json_object_get(others, "env");
    scope->run = json_object_get(others, "run");
    assert_int_equal(json_object_size(others), 5);
}

static void block_json(struct docs *docs, const char *name, const char *block, const char *end)
{
    struct err e;
    json_t *value = json_read(block, (size_t)(end - block), &json_limits_body, &e);

    if (value == NULL)
        fail_msg("RULES.md:%u: %s", docs->line, e.text);
    if (strncmp(name, "trigger\n", 8) == 0)
        docs->eval.scope.trigger = value;
    else if (strncmp(name, "lookups\n", 8) == 0)
        docs->eval.lookups = value;
    else if (strncmp(name, "scope\n", 6) == 0)
        block_scope(docs, value);
    else
        fail_msg("RULES.md:%u: nothing uses this block", docs->line);
}

static void docs_run(struct docs *docs)
{
    for (const char *at = strstr(docs->text, "\n```"); at != NULL; at = strstr(at, "\n```")) {
        const char *name = at + 4;
        const char *block = strchr(name, '\n') + 1;
        const char *end = strstr(block - 1, "\n```");

        assert_non_null(end);
        docs->line = line_of(docs->text, block) - 1;
        if (strncmp(name, "json ", 5) == 0)
            block_json(docs, name + 5, block, end);
        else if (strncmp(name, "lua rules/", 10) == 0)
            block_module(docs, name + 4, block, end);
        else if (strncmp(name, "lua\n", 4) == 0)
            block_examples(docs, block, end + 1);
        else
            fail_msg("RULES.md:%u: nothing uses this block", docs->line);
        at = end + 4;
    }
}

static void every_example_is_true(void **state)
{
    struct docs docs;

    (void)state;
    docs_begin(&docs);
    docs_run(&docs);
    assert_int_equal(docs.failed, 0);
    assert_true(docs.examples > 250);
    docs_end(&docs);
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Does the text stand there as a whole word? */
static bool code_has(const char *code, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = strstr(code, word); at != NULL; at = strstr(at + 1, word))
        if ((at == code || (!is_name(at[-1]) && at[-1] != '.')) && !is_name(at[size]))
            return true;
    return false;
}

/* LIBRARY.MEMBER, or of texts, numbers and money :MEMBER( */
static bool code_has_member(const char *code, const char *library, const char *member)
{
    bool method = strcmp(library, "string") == 0 || strcmp(library, "decimal") == 0 ||
                  strcmp(library, "money") == 0;
    char text[128];

    snprintf(text, sizeof(text), "%s.%s", library, member);
    if (code_has(code, text))
        return true;
    snprintf(text, sizeof(text), ":%s(", member);
    return method && strstr(code, text) != NULL;
}

/* The members of the library's table at the top, which stays. */
static unsigned members_check(lua_State *L, const char *library, const char *code, unsigned *failed)
{
    unsigned count = 0;
    int found = luaL_getmetafield(L, -1, "__index");

    assert_int_equal(found, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        const char *member = lua_tostring(L, -2);

        count++;
        if (!code_has_member(code, library, member)) {
            print_error("RULES.md has no example of %s.%s\n", library, member);
            ++*failed;
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return count;
}

/* Walks the table that rules read their names from. */
static unsigned names_check(lua_State *L, const char *code, unsigned *failed)
{
    unsigned count = 0;

    lua_pushnil(L);
    while (lua_next(L, -2)) {
        const char *name = lua_tostring(L, -2);

        count++;
        if (name[0] != '_' && !code_has(code, name)) { /* those are no names for rules */
            print_error("RULES.md has no example of %s\n", name);
            ++*failed;
        }
        if (name[0] != '_' && lua_istable(L, -1))
            count += members_check(L, name, code, failed);
        lua_pop(L, 1);
    }
    return count;
}

static void every_name_has_an_example(void **state)
{
    static const char *const scope[] = { "trigger", "steps", "input", "vars",
                                         "env",     "run",   "item",  "index" };
    struct docs docs;
    struct lua_box *box;
    unsigned failed = 0;
    struct err e;

    (void)state;
    docs_begin(&docs);
    docs_run(&docs);
    assert_int_equal(box_new(&box, &docs.eval.clock.clock, NULL, NULL, &e), ERR_OK);
    lua_rawgeti(box->state, LUA_REGISTRYINDEX, box->library_ref);
    assert_true(names_check(box->state, buf_text(&docs.code), &failed) > 100);
    lua_pop(box->state, 1);
    box_free(box);
    for (size_t i = 0; i < sizeof(scope) / sizeof(scope[0]); i++)
        assert_true(code_has(buf_text(&docs.code), scope[i]));
    assert_int_equal(failed, 0);
    docs_end(&docs);
}

/* ---- the text -------------------------------------------------------------------------------- */

/* 5000000 to "5,000,000" */
static void thousands(unsigned value, char text[16])
{
    if (value >= 1000000)
        snprintf(text, 16, "%u,%03u,%03u", value / 1000000, value / 1000 % 1000, value % 1000);
    else
        snprintf(text, 16, "%u", value);
}

static void the_budgets_are_those_of_the_program(void **state)
{
    char ticks[16], row[6][120];
    struct docs docs;

    (void)state;
    docs_begin(&docs);
    thousands(LIMIT_RULE_TICKS, ticks);
    snprintf(row[0], sizeof(row[0]), "| instructions | %s: about 50 ms |", ticks);
    snprintf(row[1], sizeof(row[1]), "| time | %d ms |", LIMIT_RULE_MS);
    snprintf(row[2], sizeof(row[2]), "| memory | %u MiB |", LIMIT_RULE_MEMORY / MIB);
    snprintf(row[3], sizeof(row[3]), "| one text | %u MiB |", LIMIT_RULE_STRING / MIB);
    snprintf(row[4], sizeof(row[4]), "| the result | %u MiB, %u levels |", LIMIT_OUTPUT / MIB,
             LIMIT_JSON_DEPTH);
    snprintf(row[5], sizeof(row[5]), "| an expression, a script | %u KiB, %u KiB |",
             LIMIT_EXPRESSION / KIB, LIMIT_SCRIPT / KIB);
    for (size_t i = 0; i < 6; i++)
        if (strstr(docs.text, row[i]) == NULL)
            fail_msg("RULES.md says something else than: %s", row[i]);
    docs_end(&docs);
}

static void no_line_is_longer_than_the_page(void **state)
{
    struct docs docs;
    unsigned line = 1, columns = 0;

    (void)state;
    docs_begin(&docs);
    for (const char *at = docs.text; *at != '\0'; at++) {
        if (*at == '\n') {
            line++;
            columns = 0;
        } else if (((unsigned char)*at & 0xC0) != 0x80 && ++columns > DOCS_COLUMNS) {
            fail_msg("RULES.md:%u has more than %u columns", line, DOCS_COLUMNS);
        }
    }
    docs_end(&docs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_true),
        cmocka_unit_test(every_name_has_an_example),
        cmocka_unit_test(the_budgets_are_those_of_the_program),
        cmocka_unit_test(no_line_is_longer_than_the_page),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
