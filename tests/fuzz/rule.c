/* rule.c - foreign bytes as an expression or a script: it compiles or has faults, ends within its
 * budgets, decides the same when it is run again, and leaves nothing behind.
 *
 * The first byte says which it is; an expression is also run as an element of a mapping's list,
 * where it sees the item. With -DFUZZ_MAIN instead of a fuzzing engine: reads the files named as
 * arguments. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/plan.h"
#include "rules/rule.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct clock_manual stopped;
static struct rules *rules;
static struct rule_scope scope;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char event[] =
        "{\"body\":{\"id\":\"T-1\",\"amount\":100.10,\"n\":5,\"none\":null,\"s\":\"x\",\"big\":"
        "123456789012345678901234567890.12,\"lines\":[{\"q\":1,\"p\":1.50},{\"q\":2,\"p\":2}]}}";
    const struct rules_limits limits = { .ticks = 20000, .memory = 2 * MIB };
    struct err e;

    (void)argc;
    (void)argv;
    mem_install();
    clock_manual_init(&stopped, INT64_C(1763715783123));
    rules = rules_new(&stopped.clock, NULL, &limits, &e);
    check(rules != NULL);
    scope.trigger = json_read(event, strlen(event), &json_limits_reply, &e);
    check(scope.trigger != NULL);
    scope.now_ms = INT64_C(1763715783123);
    scope.seed = 42;
    return 0;
}

struct outcome {
    unsigned came;
    struct buf text; /* of the result or the error */
};

static void on_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct outcome *outcome = owner;

    (void)tag;
    outcome->came++;
    if (result->error != NULL) {
        check(result->error->code == ERR_RULE || result->error->code == ERR_INVALID);
        check(strlen(result->error->text) < LIMIT_RULE_TEXT);
        check(utf8_valid(result->error->text, strlen(result->error->text)));
        buf_add_text(&outcome->text, result->error->text);
    } else if (result->values[0] != NULL) {
        json_write(&outcome->text, result->values[0]);
    }
}

static void on_fault(void *arg, size_t source, const char *module, unsigned line, const char *text)
{
    (void)source;
    (void)module;
    check(line > 0);
    check(utf8_valid(text, strlen(text)));
    ++*(unsigned *)arg;
}

static void run_twice(struct rule_unit *unit, unsigned which)
{
    struct outcome first = { 0 }, second = { 0 };

    buf_init(&first.text, 16 * MIB);
    buf_init(&second.text, 16 * MIB);
    rules_eval(rules, unit, &which, 1, RULE_ALL, &scope, on_done, &first, 1);
    rules_eval(rules, unit, &which, 1, RULE_ALL, &scope, on_done, &second, 1);
    check(first.came == 1 && second.came == 1);
    check(strcmp(buf_text(&first.text), buf_text(&second.text)) == 0);
    buf_fini(&first.text);
    buf_fini(&second.text);
}

/* {"l": [for each line of the event: what the expression gives]} */
static struct plan *list_plan(void)
{
    struct plan *plan = plan_new();
    struct plan_node *node = plan_part_add(&plan->root, "l");

    node->kind = PLAN_EACH;
    node->each = plan_each_new();
    node->each->name = mem_must_copy("line");
    node->each->list.kind = PLAN_RULE;
    node->each->list.rule = 1;
    node->each->element.kind = PLAN_RULE;
    return plan;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char lines[] = "trigger.body.lines";
    const char *text = size > 1 ? (const char *)bytes + 1 : "";
    bool script = size > 0 && bytes[0] % 2 == 1;
    struct rule_source sources[3] = {
        { script ? RULE_SCRIPT : RULE_EXPRESSION, "fuzz", text, size > 1 ? size - 1 : 0 },
        { RULE_EXPRESSION, "lines", lines, sizeof lines - 1 },
        { RULE_PLAN, "map", "", 0 },
    };
    struct rule_unit_input input = { sources, script ? 2 : 3, NULL, 0, NULL };
    struct plan *plans[3] = { NULL, NULL, script ? NULL : list_plan() };
    unsigned faults = 0;
    struct rule_unit *unit = rule_unit_new(
        rules, &(struct rule_unit_input){ sources, 2, NULL, 0, NULL }, on_fault, &faults);

    check((unit == NULL) == (faults > 0));
    if (unit != NULL)
        run_twice(unit, 0);
    rule_unit_free(rules, unit);
    unit = script ? NULL : rule_unit_new_plans(rules, &input, plans, on_fault, &faults);
    if (unit != NULL)
        run_twice(unit, 2);
    rule_unit_free(rules, unit);
    plan_unref(plans[2]);
    return 0;
}

#include "fuzz_main.h"
