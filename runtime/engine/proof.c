/* proof.c - the tests of rules, decision tables and lookups of a flow.
 *
 *     the bundle's "tests" --> an expression each --> one unit of rules --> evaluated one by one
 *
 * A test whose call cannot be compiled fails with that text, and the others run all the same: the
 * unit is made again with `nil` in its place. */
#include "engine/proof_priv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rules/rule.h"

#define PROOF_CALL 4096u /* bytes of an expression that we write ourselves */

struct proof_test {
    const char *stem; /* "rules/payment" */
    const json_t *json;
    size_t index;
    char *call;  /* the expression */
    char *fault; /* why it cannot be called; NULL: it can */
};
struct proof_all {
    const struct flow *flow;
    struct rule_allowance allowance;
    struct log *log;
    proof_fn *told;
    void *arg;
    const atomic_bool *quit; /* NULL: nobody gives it up */
    struct rules *rules;
    struct rule_unit *unit;
    struct proof_test *tests;
    size_t count;
    const struct proof_test *now; /* being evaluated */
    bool done;
};

/* ---- What is called */

/* "A-1" as a literal of Lua is not needed: arguments come as `input`. */
static void call_arguments(struct buf *call, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        buf_addf(call, "%sinput[%zu]", i > 0 ? ", " : "", i + 1);
}

static bool name_is_lua(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && size <= LIMIT_ID && strspn(name, "0123456789") == 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == size;
}

/* A function of the module of that name. */
static void call_function(struct proof_test *test, const char *module, struct buf *call)
{
    const char *function = json_get_text(test->json, "function");
    const json_t *arguments = json_object_get(test->json, "arguments");

    if (!name_is_lua(function)) {
        test->fault = mem_must_copy("\"function\" is no name of a function");
        return;
    }
    buf_addf(call, "require('rules.%s').%s(", module, function);
    if (arguments != NULL)
        call_arguments(call, arguments);
    else
        buf_add_text(call, "input");
    buf_add_char(call, ')');
}

/* lookup('NAME', key...), from "key" and perhaps "at" and "column". */
static void call_lookup(struct proof_test *test, const char *table, struct buf *call)
{
    const json_t *key = json_object_get(test->json, "key");

    buf_addf(call, "lookup('%s', ", table);
    if (json_is_array(key))
        call_arguments(call, key);
    else
        buf_add_text(call, "input");
    if (json_object_get(test->json, "at") != NULL || json_object_get(test->json, "column") != NULL)
        buf_add_text(call, ", env.options");
    buf_add_char(call, ')');
}

static void call_make(const struct proof_all *all, struct proof_test *test)
{
    const char *own = json_get_text(test->json, "call"), *name = strchr(test->stem, '/') + 1;
    const json_t *table = json_object_get(json_object_get(all->flow->bundle, "lookups"), name);
    struct buf call;

    buf_init(&call, LIMIT_EXPRESSION);
    if (own != NULL && own[0] == '=')
        buf_add_text(&call, own + 1);
    else if (own != NULL)
        test->fault = mem_must_copy("\"call\" is an expression behind \"=\"");
    else if (json_get_text(test->json, "function") != NULL)
        call_function(test, name, &call);
    else if (strncmp(test->stem, "lookups/", 8) == 0 && json_object_get(test->json, "key") != NULL)
        call_lookup(test, name, &call);
    else if (json_object_get(table, "inputs") != NULL)
        buf_addf(&call, "decide('%s', input)", name);
    else
        test->fault = mem_must_copy("a test of a module has a \"function\" or a \"call\", one of a "
                                    "lookup a \"key\"");
    if (test->fault == NULL && !buf_ok(&call))
        test->fault = mem_must_copy("the call is too long");
    test->call = mem_must_copy(test->fault == NULL ? buf_text(&call) : "nil");
    buf_fini(&call);
}

static enum err_code tests_collect(struct proof_all *all, struct err *e)
{
    json_t *files = json_object_get(all->flow->bundle, "tests"), *list;
    const char *stem;
    size_t room = 0;

    json_object_foreach(files, stem, list)
    {
        room += json_array_size(list);
    }
    if (room > PROOF_TESTS)
        return err_set(e, ERR_LIMIT, "the flow has %zu tests of rules, at most %u are allowed",
                       room, PROOF_TESTS);
    all->tests = mem_must((room + 1) * sizeof *all->tests);
    json_object_foreach(files, stem, list)
    {
        for (size_t i = 0; i < json_array_size(list); i++) {
            struct proof_test *test = &all->tests[all->count];

            if (strchr(stem, '/') == NULL)
                return err_set(e, ERR_INVALID, "tests \"%.80s\" belong to nothing", stem);
            *test =
                (struct proof_test){ .stem = stem, .json = json_array_get(list, i), .index = i };
            call_make(all, test);
            all->count++;
        }
    }
    return ERR_OK;
}

/* ---- The unit */

static void unit_fault(void *arg, size_t source, const char *module, unsigned line,
                       const char *text)
{
    struct proof_all *all = arg;

    (void)module;
    (void)line;
    if (source >= all->count || all->tests[source].fault != NULL)
        return; /* of the flow itself, which is checked elsewhere */
    all->tests[source].fault = mem_must_copy(text);
    mem_free(all->tests[source].call);
    all->tests[source].call = mem_must_copy("nil");
}

static void unit_make(struct proof_all *all)
{
    json_t *modules = json_object_get(all->flow->bundle, "rules"), *text;
    struct rule_source *sources = mem_must((all->count + 1) * sizeof *sources);
    struct rule_module *module = mem_must((json_object_size(modules) + 1) * sizeof *module);
    struct rule_unit_input input = { .lookups = json_object_get(all->flow->bundle, "lookups"),
                                     .sources = sources,
                                     .source_count = all->count,
                                     .modules = module };
    const char *name;

    json_object_foreach(modules, name, text)
    {
        module[input.module_count++] =
            (struct rule_module){ name, json_text(text), json_string_length(text) };
    }
    for (unsigned attempt = 0; attempt < 2 && all->unit == NULL; attempt++) {
        for (size_t i = 0; i < all->count; i++)
            sources[i] = (struct rule_source){ RULE_EXPRESSION, "the call", all->tests[i].call,
                                               strlen(all->tests[i].call) };
        all->unit = rule_unit_new(all->rules, &input, unit_fault, all);
    }
    mem_free(sources);
    mem_free(module);
}

/* ---- Running */

static void test_tell(struct proof_all *all, const struct proof_test *test, const json_t *got,
                      const char *text, const char *pointer)
{
    char file[LIMIT_ID + 40];
    struct proof proof = { .file = file,
                           .name = json_get_text(test->json, "name"),
                           .index = test->index,
                           .passed = text == NULL,
                           .expected = json_object_get(test->json, "expected"),
                           .got = got,
                           .text = text != NULL ? text : "",
                           .pointer = pointer };

    snprintf(file, sizeof file, "%.90s.test.json", test->stem);
    if (proof.name == NULL)
        proof.name = "?";
    all->told(all->arg, &proof);
}

static void test_failed_call(struct proof_all *all, const struct proof_test *test,
                             const char *error)
{
    const char *wanted = json_get_text(test->json, "error");
    struct buf text;

    if (wanted != NULL && strstr(error, wanted) != NULL) {
        test_tell(all, test, NULL, NULL, "");
        return;
    }
    buf_init(&text, 4096);
    if (wanted != NULL)
        buf_addf(&text, "expected an error with \"%.200s\", got the error: %s", wanted, error);
    else
        buf_addf(&text, "expected a value, got the error: %s", error);
    test_tell(all, test, NULL, buf_text(&text), "");
    buf_fini(&text);
}

static void test_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct proof_all *all = owner;
    const struct proof_test *test = all->now;
    const json_t *expected = json_object_get(test->json, "expected");
    json_t *got = result->error == NULL ? result->values[0] : NULL, *nothing = NULL;
    struct buf text, pointer;

    (void)tag;
    all->done = true;
    if (result->error != NULL) {
        test_failed_call(all, test, result->error->text);
        return;
    }
    buf_init(&text, 4096);
    buf_init(&pointer, 4096);
    if (got == NULL && json_is_null(expected))
        got = nothing = json_null(); /* nil is as good as null */
    if (expected == NULL)
        buf_addf(&text, "expected the error \"%.200s\", got a value",
                 json_get_text(test->json, "error") != NULL ? json_get_text(test->json, "error")
                                                            : "?");
    else
        proof_differ_text(expected, got, false, &text, &pointer);
    test_tell(all, test, got, text.len > 0 ? buf_text(&text) : NULL, buf_text(&pointer));
    buf_fini(&text);
    buf_fini(&pointer);
    json_decref(nothing);
}

/* `env.options`: what a lookup is asked with. */
static json_t *test_env(const json_t *test)
{
    json_t *options = json_object(), *env = json_object();
    static const char *const names[] = { "at", "column" };
    bool failed = false;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (json_object_get(test, names[i]) != NULL)
            json_put(options, names[i], json_incref(json_object_get(test, names[i])), &failed);
    json_put(env, "options", options, &failed);
    return env;
}

bool proof_moment(const char *text, int64_t *ms)
{
    struct tm parts = { 0 };
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    unsigned part = 0, digits = 0;
    char again[CLOCK_TEXT];

    if (rest == NULL)
        return false;
    if (*rest == '.')
        for (rest++; digits < 3 && *rest >= '0' && *rest <= '9'; digits++)
            part = part * 10 + (unsigned)(*rest++ - '0');
    for (; digits < 3; digits++)
        part *= 10;
    *ms = (int64_t)timegm(&parts) * 1000 + part;
    clock_text(*ms, again);
    return strcmp(rest, "Z") == 0 && strncmp(again, text, 19) == 0;
}

static bool test_now(const json_t *test, int64_t *now)
{
    const char *text = json_get_text(test, "now");

    return proof_moment(text != NULL ? text : PROOF_NOW, now);
}

static void test_run(struct proof_all *all, unsigned which)
{
    const struct proof_test *test = &all->tests[which];
    json_t *env = test_env(test->json), *json = (json_t *)test->json;
    json_t *input = json_object_get(json, "input");
    struct rule_scope scope = { .trigger = json_object_get(json, "trigger"),
                                .steps = json_object_get(json, "steps"),
                                .vars = json_object_get(json, "vars"),
                                .item = json_object_get(json, "item"),
                                .index = json_object_get(json, "item") != NULL,
                                .env = env,
                                .allowance = &all->allowance,
                                .seed = 1 };

    if (input == NULL)
        input = json_object_get(json, "arguments");
    if (input == NULL)
        input = json_object_get(json, "key");
    scope.input = input;
    if (scope.vars == NULL)
        scope.vars = all->flow->vars;
    all->now = test;
    all->done = false;
    if (test->fault != NULL) {
        test_failed_call(all, test, test->fault);
    } else if (!test_now(json, &scope.now_ms)) {
        test_tell(all, test, NULL, "\"now\" is a moment like \"" PROOF_NOW "\"", "");
    } else {
        rules_eval(all->rules, all->unit, &which, 1, RULE_ALL, &scope, test_done, all, 0);
        check(all->done); /* no slices: it runs to its end */
    }
    json_decref(env);
}

static enum err_code tests_run(struct proof_all *all, struct err *e)
{
    struct clock *clock = clock_real();
    int64_t end = clock->steady_ms(clock) + PROOF_MS;

    unit_make(all);
    if (all->unit == NULL)
        return err_set(e, ERR_INVALID, "the rules of the flow have faults");
    for (size_t i = 0; i < all->count; i++) {
        if (clock->steady_ms(clock) > end)
            return err_set(e, ERR_LIMIT, "the tests of rules take longer than %d s together",
                           PROOF_MS / 1000);
        if (all->quit != NULL && atomic_load(all->quit))
            return err_set(e, ERR_OVERLOAD, "the server is shutting down");
        test_run(all, (unsigned)i);
    }
    return ERR_OK;
}

enum err_code proof__all(const struct flow *flow, const struct rule_allowance *set, struct log *log,
                         const atomic_bool *quit, proof_fn *told, void *arg, struct err *e)
{
    struct proof_all all = { .flow = flow, .log = log, .quit = quit, .told = told, .arg = arg };

    all.allowance = budget_allowance(set, flow);
    e->code = ERR_OK;
    if (json_object_size(json_object_get(flow->bundle, "tests")) > 0 &&
        tests_collect(&all, e) == ERR_OK) {
        all.rules = rules_new(clock_real(), log, &(struct rules_limits){ 0 }, e);
        if (all.rules != NULL)
            e->code = tests_run(&all, e);
        rule_unit_free(all.rules, all.unit);
        rules_free(all.rules);
    }
    for (size_t i = 0; i < all.count; i++) {
        mem_free(all.tests[i].call);
        mem_free(all.tests[i].fault);
    }
    mem_free(all.tests);
    return e->code;
}

enum err_code proof_run(const struct flow *flow, const struct rule_allowance *set, struct log *log,
                        proof_fn *told, void *arg, struct err *e)
{
    return proof__all(flow, set, log, NULL, told, arg, e);
}
