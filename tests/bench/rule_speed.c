/* rule_speed.c - how fast rules are, and how long hostile ones hold the loop.
 *
 *     rule_speed             evaluations a second of some expressions and scripts
 *     rule_speed FOLDER      of each script of tests/unit/hostile: the longest time it holds the
 *                            loop when it pauses after RULES_SLICE_MS, and how long it takes
 *
 * Built by hand against the release build:
 *     cc -O2 -Iruntime tests/bench/rule_speed.c build/libweft_rules.a build/libweft_base.a -llua5.4
 *         -ljansson -lcrypto -licui18n -licuuc -lgmp -ljemalloc -lm -o rule_speed */
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rules/rule.h"

#define SECONDS_EACH 0.4

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void no_fault(void *arg, size_t source, const char *module, unsigned line, const char *text)
{
    (void)source;
    (void)module;
    (void)line;
    *(bool *)arg = true;
    if (getenv("WEFT_FAULTS") != NULL)
        printf("%s\n", text);
}

struct outcome {
    bool done, failed;
    char text[LIMIT_RULE_TEXT];
};

static void on_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct outcome *outcome = owner;

    (void)tag;
    outcome->done = true;
    outcome->failed = result->error != NULL;
    if (result->error != NULL)
        snprintf(outcome->text, sizeof(outcome->text), "%s", result->error->text);
}

static struct rule_unit *compile(struct rules *rules, enum rule_kind kind, const char *text)
{
    struct rule_source source = { kind, "bench", text, strlen(text) };
    struct rule_unit_input input = { &source, 1, NULL, 0, NULL };
    bool fault = false;

    return rule_unit_new(rules, &input, no_fault, &fault);
}

static void speed(struct rules *rules, const struct rule_scope *scope, enum rule_kind kind,
                  const char *text)
{
    struct rule_unit *unit = compile(rules, kind, text);
    struct outcome outcome = { 0 };
    unsigned which = 0;
    double begin = seconds(), spent;
    unsigned count = 0;

    if (unit == NULL) {
        printf("does not compile: %s\n", text);
        return;
    }
    do {
        for (int i = 0; i < 500; i++)
            rules_eval(rules, unit, &which, 1, RULE_ALL, scope, on_done, &outcome, 1);
        count += 500;
        spent = seconds() - begin;
    } while (spent < SECONDS_EACH);
    printf("%10.0f /s  %7.2f us  %s%s\n", count / spent, spent / count * 1e6, text,
           outcome.failed ? "  (FAILED)" : "");
    rule_unit_free(rules, unit);
}

static void hostile(struct rules *rules, const struct rule_scope *scope, const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct outcome outcome = { 0 };
        char path[512];
        char *text;
        size_t size;
        unsigned which = 0;
        struct rule_unit *unit;
        double begin, last, longest = 0;
        struct err e;

        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (strstr(path, ".lua") == NULL || file_read(path, MIB, &text, &size, &e) != ERR_OK)
            continue;
        unit = compile(rules, RULE_SCRIPT, text);
        begin = last = seconds();
        if (unit != NULL)
            rules_eval(rules, unit, &which, 1, RULE_ALL, scope, on_done, &outcome, 1);
        do {
            longest = seconds() - last > longest ? seconds() - last : longest;
            last = seconds();
        } while (rules_turn(rules));
        longest = seconds() - last > longest ? seconds() - last : longest;
        printf("%8.2f ms of %8.2f ms  %-34s %.60s\n", longest * 1e3, (seconds() - begin) * 1e3,
               entry->d_name, outcome.text);
        rule_unit_free(rules, unit);
        mem_free(text);
    }
    if (dir != NULL)
        closedir(dir);
}

int main(int count, char **args)
{
    static const char event[] =
        "{\"body\":{\"transactionId\":\"T-1\",\"amount\":100.10,\"n\":5,\"status\":\"AUTHORISED\","
        "\"lines\":[{\"qty\":1,\"price\":1.50},{\"qty\":2,\"price\":2.50}]}}";
    const struct rules_limits sliced = { .slice_ms = RULES_SLICE_MS };
    struct rule_scope scope = { .now_ms = 1763715783123, .seed = 42 };
    struct rules *rules;
    struct err e;

    mem_install();
    rules = rules_new(clock_real(), NULL, count > 1 ? &sliced : NULL, &e);
    scope.trigger = json_read(event, strlen(event), &json_limits_reply, &e);
    if (rules == NULL || scope.trigger == NULL)
        return 1;
    if (count > 1) {
        hostile(rules, &scope, args[1]);
    } else {
        speed(rules, &scope, RULE_EXPRESSION, "trigger.body.status == 'AUTHORISED'");
        speed(rules, &scope, RULE_EXPRESSION, "trigger.body.amount");
        speed(rules, &scope, RULE_EXPRESSION, "trigger.body.amount == 100.1");
        speed(rules, &scope, RULE_EXPRESSION, "trigger.body.n == 5");
        speed(rules, &scope, RULE_EXPRESSION, "(trigger.body.amount * 1.19):round(2)");
        speed(rules, &scope, RULE_EXPRESSION, "money(trigger.body.amount, 'USD') * 3");
        speed(rules, &scope, RULE_EXPRESSION, "money(trigger.body.amount, 'USD'):allocate(3)");
        speed(rules, &scope, RULE_EXPRESSION, "match.damerau('Johnson Ltd', 'Jonson Ltd.')");
        speed(rules, &scope, RULE_EXPRESSION, "date.add_business('2026-11-21', 5)");
        speed(rules, &scope, RULE_EXPRESSION, "text.address('1 Main St, Reno, NV 89501')");
        speed(rules, &scope, RULE_SCRIPT,
              "local s = decimal(0) for _, l in ipairs(trigger.body.lines) do "
              "s = s + l.price * l.qty end return { total = s, n = #trigger.body.lines }");
    }
    json_decref(scope.trigger);
    rules_free(rules);
    return 0;
}
