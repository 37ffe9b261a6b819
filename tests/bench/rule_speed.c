/* rule_speed.c - how fast rules are, and how long hostile ones hold the loop.
 *
 *     rule_speed             evaluations a second of some expressions and scripts; a mapping of 40
 *                            fields; one field of a payload of 10 MB; a mapping of 100,000 lines,
 *                            and the longest time that it holds the loop
 *     rule_speed FOLDER [INSTRUCTIONS MS MIB]
 *                            of each script of tests/unit/hostile: the longest time it holds the
 *                            loop when what runs long has a room of its own, and how long it takes;
 *                            then of all turns of the loop meanwhile; with other budgets
 *
 * Built by hand against the release build:
 *     cc -O2 -Iruntime tests/bench/rule_speed.c build/libweft_rules.a build/libweft_base.a -llua5.4
 *         -ljansson -lcrypto -licui18n -licuuc -lgmp -ljemalloc -lpthread -lm -o rule_speed */
#include <dirent.h>
#include <jansson.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/plan.h"
#include "rules/rule.h"
#include "rules/rule_room.h"

#define SECONDS_EACH 0.4

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* others may share the machine */
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

/* ---- hostile scripts: how long they hold the loop */

#define TURNS_MOST 4000000u

struct stalls {
    struct rules *rules;
    struct rule_unit *small; /* what else the loop has to do */
    float *turns;            /* how long each held the loop, in ms */
    size_t count;
    double longest; /* since it was set to 0 */
};

static atomic_uint rings;

static void on_ring(void *arg)
{
    (void)arg;
    atomic_fetch_add(&rings, 1);
}

static double thread_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void stalls_add(struct stalls *stalls, double since)
{
    double ms = thread_ms() - since;

    if (stalls->count < TURNS_MOST)
        stalls->turns[stalls->count++] = (float)ms;
    stalls->longest = ms > stalls->longest ? ms : stalls->longest;
}

/* Turns of a loop with a small rule in each, until the hostile one has ended. */
static void hostile_run(struct stalls *stalls, const struct rule_scope *scope, const char *name,
                        const char *text)
{
    struct outcome outcome = { 0 }, other = { 0 };
    struct rule_unit *unit = compile(stalls->rules, RULE_SCRIPT, text);
    double begin = seconds(), turn = thread_ms();
    unsigned which = 0;

    if (unit == NULL)
        return;
    stalls->longest = 0;
    rules_eval(stalls->rules, unit, &which, 1, RULE_ALL, scope, on_done, &outcome, 1);
    stalls_add(stalls, turn);
    while (!outcome.done) {
        turn = thread_ms();
        rules_turn(stalls->rules);
        rules_eval(stalls->rules, stalls->small, &which, 1, RULE_ALL, scope, on_done, &other, 1);
        stalls_add(stalls, turn);
        if (!outcome.done)
            sched_yield();
    }
    printf("%8.2f ms of %8.2f ms  %-34s %.60s\n", stalls->longest, (seconds() - begin) * 1e3, name,
           outcome.text);
    rule_unit_free(stalls->rules, unit);
}

static int float_order(const void *a, const void *b)
{
    float left, right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return (left > right) - (left < right);
}

static void hostile(struct rules *rules, const struct rule_scope *scope, const char *folder)
{
    struct stalls stalls = { .rules = rules };
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t used;

    stalls.turns = mem_must(TURNS_MOST * sizeof(*stalls.turns));
    stalls.small = compile(rules, RULE_EXPRESSION, "(trigger.body.amount * 1.19):round(2)");
    used = mem_used();
    for (int round = 0; dir != NULL && round < 2; round++, rewinddir(dir))
        while ((entry = readdir(dir)) != NULL) {
            char path[512];
            char *text;
            size_t size;
            struct err e;

            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
            if (strstr(path, ".lua") == NULL || file_read(path, MIB, &text, &size, &e) != ERR_OK)
                continue;
            hostile_run(&stalls, scope, entry->d_name, text);
            mem_free(text);
        }
    if (dir != NULL)
        closedir(dir);
    rule_unit_free(rules, stalls.small);
    qsort(stalls.turns, stalls.count, sizeof(*stalls.turns), float_order);
    printf("%zu turns: p99 %.2f ms, p99.9 %.2f ms, p99.99 %.2f ms, longest %.2f ms; memory %+.1f "
           "MiB\n",
           stalls.count, stalls.turns[stalls.count * 99 / 100],
           stalls.turns[stalls.count * 999 / 1000], stalls.turns[stalls.count * 9999 / 10000],
           stalls.turns[stalls.count - 1], ((double)mem_used() - (double)used) / MIB);
    mem_free(stalls.turns);
}

/* ---- mappings */

#define MAP_FIELDS 40u

static const char *const field_texts[] = {
    "trigger.body.transactionId",
    "trigger.body.amount",
    "trigger.body.status == 'AUTHORISED' and 'Paid' or 'Open'",
    "(trigger.body.amount * 1.19):round(2)",
    "trigger.body.n",
    "text.upper(trigger.body.status)",
    "trigger.body.lines[1].price",
    "coalesce(trigger.body.note, 'none')",
};

struct mapping {
    struct plan *plan;
    struct rule_unit *unit;
    struct rule_source sources[MAP_FIELDS + 2];
    struct plan *plans[MAP_FIELDS + 2];
    unsigned count;
};

static unsigned mapping_rule(struct mapping *mapping, const char *text)
{
    mapping->sources[mapping->count] =
        (struct rule_source){ RULE_EXPRESSION, "bench", text, strlen(text) };
    return mapping->count++;
}

static void mapping_field(struct mapping *mapping, struct plan_node *object, const char *key,
                          const char *text)
{
    struct plan_node *part = plan_part_add(object, key);

    part->kind = PLAN_RULE;
    part->rule = mapping_rule(mapping, text);
}

static void mapping_ready(struct mapping *mapping, struct rules *rules)
{
    struct rule_unit_input input = { mapping->sources, mapping->count + 1, NULL, 0, NULL };
    bool fault = false;

    mapping->sources[mapping->count] = (struct rule_source){ RULE_PLAN, "bench", "", 0 };
    mapping->plans[mapping->count] = mapping->plan;
    mapping->unit = rule_unit_new_plans(rules, &input, mapping->plans, no_fault, &fault);
}

static void mapping_done(struct mapping *mapping, struct rules *rules)
{
    rule_unit_free(rules, mapping->unit);
    plan_unref(mapping->plan);
}

static void map_fields(struct rules *rules, const struct rule_scope *scope)
{
    struct mapping mapping = { .plan = plan_new() };
    struct outcome outcome = { 0 };
    double begin, spent;
    unsigned count = 0, which;

    for (unsigned i = 0; i < MAP_FIELDS; i++) {
        char key[16];

        snprintf(key, sizeof(key), "field%u", i);
        mapping_field(&mapping, &mapping.plan->root, key,
                      field_texts[i % (sizeof(field_texts) / sizeof(field_texts[0]))]);
    }
    mapping_ready(&mapping, rules);
    which = mapping.count;
    begin = seconds();
    do {
        for (int i = 0; i < 50; i++)
            rules_eval(rules, mapping.unit, &which, 1, RULE_ALL, scope, on_done, &outcome, 1);
        count += 50;
        spent = seconds() - begin;
    } while (spent < SECONDS_EACH);
    printf("%10.0f /s  %7.2f us  a mapping of %u fields%s\n", count / spent, spent / count * 1e6,
           MAP_FIELDS, outcome.failed ? outcome.text : "");
    mapping_done(&mapping, rules);
}

static json_t *lines_new(unsigned count)
{
    json_t *lines = json_array();

    for (unsigned i = 0; i < count; i++) {
        json_t *line = json_object();
        char price[32];

        snprintf(price, sizeof(price), "%u.%02u", i % 1000, i % 100);
        json_object_set_new(line, "sku", json_sprintf("SKU-%06u", i));
        json_object_set_new(line, "quantity", json_integer(i % 7));
        json_object_set_new(line, "price", json_exact_new(price, strlen(price)));
        json_object_set_new(line, "note", json_sprintf("a note to line %u of the order", i));
        json_array_append_new(lines, line);
    }
    return lines;
}

/* One mapping of 100,000 lines in slices; each: how long it took as a whole and at a stretch. */
static void map_lines(const struct rule_scope *scope, unsigned lines, bool sorted)
{
    const struct rules_limits limits = { .slice_ms = RULES_SLICE_MS };
    struct mapping mapping = { .plan = plan_new() };
    struct outcome outcome = { 0 };
    struct plan_node *list = plan_part_add(&mapping.plan->root, "l");
    double begin, last, longest = 0;
    struct rules *rules;
    unsigned which;
    struct err e;

    rules = rules_new(clock_real(), NULL, &limits, &e);
    if (rules == NULL)
        return;
    list->kind = PLAN_EACH;
    list->each = plan_each_new();
    list->each->list.kind = PLAN_RULE;
    list->each->list.rule = mapping_rule(&mapping, "trigger.lines");
    list->each->element.kind = PLAN_OBJECT;
    list->each->element.keeps = true;
    mapping_field(&mapping, &list->each->element, "s", "item.sku");
    mapping_field(&mapping, &list->each->element, "q", "item.quantity");
    if (!sorted)
        mapping_field(&mapping, &list->each->element, "n", "item.quantity * item.price");
    if (sorted) {
        list->each->sorts = mem_must(sizeof(*list->each->sorts));
        list->each->sort_count = 1;
        list->each->sorts[0].by.kind = PLAN_RULE;
        list->each->sorts[0].by.rule = mapping_rule(&mapping, "item.price");
    }
    mapping_ready(&mapping, rules);
    which = mapping.count;
    begin = last = seconds();
    rules_eval(rules, mapping.unit, &which, 1, RULE_ALL, scope, on_done, &outcome, 1);
    do {
        longest = seconds() - last > longest ? seconds() - last : longest;
        last = seconds();
    } while (rules_turn(rules));
    printf("%10.0f /s  %7.2f us  lines of %u mapped%s, %.1f ms at most at a stretch%s%s\n",
           lines / (seconds() - begin), (seconds() - begin) / lines * 1e6, lines,
           sorted ? " and sorted" : "", longest * 1e3, outcome.failed ? " FAILED " : "",
           outcome.text);
    mapping_done(&mapping, rules);
    rules_free(rules);
}

static void large(struct rules *rules)
{
    struct rule_scope scope = { .now_ms = 1763715783123, .seed = 42 };
    json_t *lines = lines_new(100000);
    size_t size = 0;
    char *text;

    scope.trigger = json_object();
    json_object_set_new(scope.trigger, "lines", lines);
    json_object_set_new(scope.trigger, "id", json_string("O-1"));
    text = json_text_new(scope.trigger, 64 * MIB, &size);
    printf("a payload of %.1f MB:\n", (double)size / 1e6);
    mem_free(text);
    speed(rules, &scope, RULE_EXPRESSION, "trigger.id");
    speed(rules, &scope, RULE_EXPRESSION, "trigger.lines[99999].price");
    speed(rules, &scope, RULE_EXPRESSION, "#trigger.lines");
    map_lines(&scope, 100000, false);
    map_lines(&scope, 100000, true);
    json_decref(scope.trigger);
}

int main(int count, char **args)
{
    static const char event[] =
        "{\"body\":{\"transactionId\":\"T-1\",\"amount\":100.10,\"n\":5,\"status\":\"AUTHORISED\","
        "\"lines\":[{\"qty\":1,\"price\":1.50},{\"qty\":2,\"price\":2.50}]}}";
    struct rule_scope scope = { .now_ms = 1763715783123, .seed = 42 };
    struct rules_limits limits = { .memory = 0 };
    struct rules *rules;
    struct err e;

    mem_install();
    if (count > 4) {
        limits.ticks = strtoull(args[2], NULL, 10);
        limits.ms = strtoll(args[3], NULL, 10);
        limits.memory = strtoull(args[4], NULL, 10) * MIB;
    }
    rules = rules_new(clock_real(), NULL, &limits, &e);
    if (count > 1)
        rules_room(rules, on_ring, NULL);
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
        speed(rules, &scope, RULE_EXPRESSION, "trigger.body.n * 0.97");
        map_fields(rules, &scope);
        large(rules);
    }
    json_decref(scope.trigger);
    rules_free(rules);
    return 0;
}
