/* plan.c - mappings as the rules execute them, against a plain evaluation of the same plan.
 *
 * Plans and inputs are drawn at random: lists in lists, filtered, sorted, grouped, with conditions,
 * fallbacks and conversions. The reference knows nothing of Lua, frames or slices: it walks the
 * plan as its definition (base/plan.h) reads. WEFT_PLANS=N draws N of them, from WEFT_PLANS_SEED.
 */
#include <stdlib.h>

#include "base/plan_convert.h"
#include "plan_made.h"

#define PLANS_FEW 1500u

/* ---- The reference */

struct seen {
    struct made *made;
    json_t *trigger;
    json_t *items[LEVELS];
    size_t indexes[LEVELS];
    bool failed; /* a conversion that is refused, a list that is none: both sides must fail */
};

static json_t *ref_node(struct seen *seen, const struct plan_node *node, unsigned level);

static json_t *ref_item(const struct seen *seen, int level)
{
    return level < 0 ? seen->trigger : seen->items[level];
}

/* The number, if it is one; both integers and exact ones. */
static bool number_of(const json_t *value, double *number)
{
    const char *digits = json_exact_text(value);

    if (json_is_integer(value))
        *number = (double)json_integer_value(value);
    else if (digits != NULL)
        *number = strtod(digits, NULL);
    return json_is_integer(value) || digits != NULL;
}

static json_t *ref_rule(struct seen *seen, const struct text *text)
{
    json_t *item = ref_item(seen, text->level);
    char key[2] = { text->key, '\0' };
    json_t *member = json_object_get(item, key);
    double number;

    switch (text->kind) {
    case TEXT_MEMBER:
        return json_incref(member);
    case TEXT_HAS:
        return json_boolean(member != NULL && !json_is_null(member));
    case TEXT_INDEX:
        return json_integer((json_int_t)seen->indexes[text->level]);
    case TEXT_SELF:
        return json_incref(item);
    case TEXT_IS:
        break;
    }
    return json_boolean(number_of(json_object_get(item, "a"), &number) &&
                        number == (double)text->value);
}

static bool ref_holds(struct seen *seen, const struct plan_node *node, unsigned level)
{
    json_t *value = ref_node(seen, node, level);
    bool holds = value != NULL && !json_is_null(value) && !json_is_false(value);

    json_decref(value);
    return holds;
}

static int ref_compare(const json_t *a, const json_t *b, bool descending)
{
    bool none_a = a == NULL || json_is_null(a), none_b = b == NULL || json_is_null(b);
    double left = 0, right = 0;
    int order;

    if (none_a || none_b)
        return none_a - none_b;
    if (number_of(a, &left) && number_of(b, &right))
        order = (left > right) - (left < right);
    else
        order = strcmp(json_text(a), json_text(b));
    return descending ? -order : order;
}

/* Whether item b belongs before item a. */
static bool ref_before(struct seen *seen, const struct plan_each *each, unsigned level, json_t *a,
                       json_t *b)
{
    for (size_t i = 0; i < each->sort_count; i++) {
        json_t *left, *right;
        int order;

        seen->items[level] = a;
        left = ref_node(seen, &each->sorts[i].by, level + 1);
        seen->items[level] = b;
        right = ref_node(seen, &each->sorts[i].by, level + 1);
        order = ref_compare(left, right, each->sorts[i].descending);
        json_decref(left);
        json_decref(right);
        if (order != 0)
            return order > 0;
    }
    return false;
}

static json_t *ref_group(struct seen *seen, const struct plan_each *each, unsigned level,
                         json_t *items)
{
    json_t *groups = json_array();

    for (size_t i = 0; i < json_array_size(items); i++) {
        json_t *item = json_array_get(items, i), *key, *found = NULL;
        double left, right;

        seen->items[level] = item;
        seen->indexes[level] = i + 1;
        key = ref_node(seen, each->group, level + 1);
        if (key == NULL)
            key = json_null();
        for (size_t j = 0; j < json_array_size(groups) && found == NULL; j++) {
            json_t *other = json_object_get(json_array_get(groups, j), "key");

            if (json_same(key, other) ||
                (number_of(key, &left) && number_of(other, &right) && left == right))
                found = json_array_get(groups, j);
        }
        if (found == NULL) {
            found = json_object();
            json_object_set(found, "key", key);
            json_object_set_new(found, "items", json_array());
            json_array_append_new(groups, found);
        }
        json_array_append(json_object_get(found, "items"), item);
        json_decref(key);
    }
    return groups;
}

static json_t *ref_each(struct seen *seen, const struct plan_each *each, unsigned level)
{
    json_t *list = ref_node(seen, &each->list, level), *chosen = json_array(), *made, *value;

    if (list == NULL || json_is_null(list)) {
        json_decref(list);
        json_decref(chosen);
        return NULL;
    }
    if (!json_is_array(list))
        seen->failed = true;
    for (size_t i = 0; i < json_array_size(list); i++) {
        size_t at = json_array_size(chosen);

        seen->items[level] = json_array_get(list, i);
        seen->indexes[level] = i + 1;
        if (each->where != NULL && !ref_holds(seen, each->where, level + 1))
            continue;
        while (at > 0 && ref_before(seen, each, level, json_array_get(chosen, at - 1),
                                    json_array_get(list, i)))
            at--;
        json_array_insert(chosen, at, json_array_get(list, i));
    }
    json_decref(list);
    if (each->group != NULL) {
        list = ref_group(seen, each, level, chosen);
        json_decref(chosen);
        chosen = list;
    }
    made = json_array();
    for (size_t i = 0; i < json_array_size(chosen); i++) {
        seen->items[level] = json_array_get(chosen, i);
        seen->indexes[level] = i + 1;
        value = ref_node(seen, &each->element, level + 1);
        if (value != NULL)
            json_array_append_new(made, value);
    }
    json_decref(chosen);
    return made;
}

static json_t *ref_object(struct seen *seen, const struct plan_node *node, unsigned level)
{
    json_t *object = json_object();

    for (size_t i = 0; i < node->count; i++) {
        json_t *value = ref_node(seen, &node->parts[i], level);

        if (value != NULL)
            json_object_set_new(object, node->parts[i].key, value);
    }
    if (json_object_size(object) > 0 || node->keeps)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *ref_body(struct seen *seen, const struct plan_node *node, unsigned level)
{
    switch (node->kind) {
    case PLAN_LITERAL:
        return json_incref(node->literal);
    case PLAN_RULE:
        return ref_rule(seen, &seen->made->texts[node->rule]);
    case PLAN_OBJECT:
        return ref_object(seen, node, level);
    case PLAN_EACH:
        return ref_each(seen, node->each, level);
    case PLAN_ARRAY:
        break;
    }
    return NULL;
}

static json_t *ref_node(struct seen *seen, const struct plan_node *node, unsigned level)
{
    json_t *value, *converted;
    struct err e;

    if (node->when != NULL && !ref_holds(seen, node->when, level))
        return node->next != NULL ? ref_node(seen, node->next, level) : NULL;
    value = ref_body(seen, node, level);
    if (node->fallback != NULL && (value == NULL || json_is_null(value))) {
        json_decref(value);
        value = ref_node(seen, node->fallback, level);
    }
    if (value == NULL || node->convert == PLAN_CONVERT_NONE)
        return value;
    converted = plan_convert(value, node->convert, &e);
    seen->failed = seen->failed || converted == NULL;
    json_decref(value);
    return converted;
}

/* ---- The comparison */

struct outcome {
    bool failed;
    json_t *value;
    char text[LIMIT_RULE_TEXT];
};

static void outcome_done(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct outcome *outcome = owner;

    (void)tag;
    outcome->failed = result->error != NULL;
    if (outcome->failed)
        snprintf(outcome->text, sizeof outcome->text, "%s", result->error->text);
    else
        outcome->value = json_incref(result->values[0]);
}

static struct rule_unit *made_unit(struct made *made, struct eval *eval)
{
    struct rule_source *sources = mem_must((made->count + 1) * sizeof *sources);
    struct plan **plans = mem_must((made->count + 1) * sizeof *plans);
    struct rule_unit_input input = { sources, made->count + 1, NULL, 0, NULL };
    struct rule_unit *unit;

    for (unsigned i = 0; i < made->count; i++)
        sources[i] = (struct rule_source){ RULE_EXPRESSION, "field", made->texts[i].lua,
                                           strlen(made->texts[i].lua) };
    sources[made->count] = (struct rule_source){ RULE_PLAN, "map", "", 0 };
    plans[made->count] = made->plan;
    unit = rule_unit_new_plans(eval->rules, &input, plans, eval_fault, eval);
    mem_free(sources);
    mem_free(plans);
    if (unit == NULL)
        fail_msg("%s", eval->text);
    return unit;
}

static void compare(struct eval *eval, uint64_t seed, unsigned *failures)
{
    struct made *made = mem_must(sizeof *made);
    struct seen seen = { .made = made };
    struct outcome outcome = { 0 };
    struct rule_unit *unit;
    unsigned which;
    json_t *wanted;

    made->seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    made->plan = plan_new();
    object_make(made, &made->plan->root, 4);
    eval->scope.trigger = seen.trigger = object_new(made, 4);
    wanted = ref_node(&seen, &made->plan->root, 0);
    unit = made_unit(made, eval);
    which = made->count;
    rules_eval(eval->rules, unit, &which, 1, RULE_ALL, &eval->scope, outcome_done, &outcome, 7);
    if (outcome.failed)
        ++*failures;
    if (outcome.failed != seen.failed || (!seen.failed && !json_same(outcome.value, wanted))) {
        char *got = outcome.value != NULL ? json_text_new(outcome.value, MIB, NULL) : NULL;
        char *is = json_text_new(wanted, MIB, NULL);

        fail_msg("plan of seed %llu:\n  %s%s\n  wanted %s%s", (unsigned long long)seed,
                 outcome.failed ? outcome.text : "", got != NULL ? got : "",
                 seen.failed ? "a failure, but for " : "", is);
    }
    rule_unit_free(eval->rules, unit);
    json_decref(outcome.value);
    json_decref(wanted);
    json_decref(eval->scope.trigger);
    eval->scope.trigger = NULL;
    plan_unref(made->plan);
    mem_free(made);
}

static void plans_do_as_they_read(void **state)
{
    const char *count = getenv("WEFT_PLANS"), *from = getenv("WEFT_PLANS_SEED");
    uint64_t first = from != NULL ? strtoull(from, NULL, 10) : 1;
    unsigned many = count != NULL ? (unsigned)strtoul(count, NULL, 10) : PLANS_FEW, failures = 0;
    struct eval eval;

    (void)state;
    eval_begin(&eval, NULL);
    for (unsigned i = 0; i < many; i++)
        compare(&eval, first + i, &failures);
    assert_true(failures < many / 2); /* most plans come to something */
    eval_end(&eval);
}

/* ---- Slices and budgets */

static json_t *lines_new(unsigned count)
{
    json_t *lines = json_array();

    for (unsigned i = 0; i < count; i++)
        json_array_append_new(lines,
                              json_pack("{s:i, s:s}", "a", (int)(i * 7919 % 10007), "b", "x"));
    return json_pack("{s:o}", "c", lines);
}

static void sorting_plan(struct made *made)
{
    struct plan_node *node;

    made->plan = plan_new();
    node = plan_part_add(&made->plan->root, "l");
    node->kind = PLAN_EACH;
    node->each = plan_each_new();
    rule_put(&node->each->list, text_new(made, TEXT_MEMBER, -1, 'c'));
    made->level = 1;
    node->each->sorts = mem_must(sizeof *node->each->sorts);
    node->each->sort_count = 1;
    rule_put(&node->each->sorts[0].by, text_new(made, TEXT_MEMBER, 0, 'a'));
    rule_put(&node->each->element, text_new(made, TEXT_MEMBER, 0, 'a'));
}

/* A long list is more than a rule's budget, and pauses on its way. */
static void long_lists_pause(void **state)
{
    const struct rules_limits limits = { .slice_ms = 2, .ticks = 200000 };
    struct made *made = mem_must(sizeof *made);
    struct outcome outcome = { 0 };
    struct rule_unit *unit;
    unsigned which, turns = 0;
    struct eval eval;

    (void)state;
    eval_begin(&eval, &limits);
    made->seed = 1;
    sorting_plan(made);
    eval.scope.trigger = lines_new(60000);
    unit = made_unit(made, &eval);
    which = made->count;
    rules_eval(eval.rules, unit, &which, 1, RULE_ALL, &eval.scope, outcome_done, &outcome, 7);
    assert_null(outcome.value);
    rule_unit_free(eval.rules, unit);
    plan_unref(made->plan); /* both live as long as the evaluation */
    json_decref(eval.scope.trigger);
    eval.scope.trigger = NULL;
    do
        turns++;
    while (rules_turn(eval.rules));
    if (outcome.failed)
        fail_msg("%s", outcome.text);
    assert_true(turns > 1);
    outcome.value = outcome.value != NULL ? outcome.value : json_null();
    assert_int_equal(json_array_size(json_object_get(outcome.value, "l")), 60000);
    for (size_t i = 1; i < 60000; i++) {
        json_t *list = json_object_get(outcome.value, "l");

        assert_true(json_integer_value(json_array_get(list, i - 1)) <=
                    json_integer_value(json_array_get(list, i)));
    }
    json_decref(outcome.value);
    mem_free(made);
    eval_end(&eval);
}

/* An evaluation that is given up in the middle of a list leaves nothing behind. */
static void given_up(void **state)
{
    const struct rules_limits limits = { .slice_ms = 2 };
    struct made *made = mem_must(sizeof *made);
    struct outcome outcome = { 0 };
    struct rule_unit *unit;
    unsigned which;
    struct eval eval;

    (void)state;
    eval_begin(&eval, &limits);
    made->seed = 1;
    sorting_plan(made);
    eval.scope.trigger = lines_new(60000);
    unit = made_unit(made, &eval);
    which = made->count;
    rules_eval(eval.rules, unit, &which, 1, RULE_ALL, &eval.scope, outcome_done, &outcome, 7);
    rule_unit_free(eval.rules, unit);
    json_decref(eval.scope.trigger);
    plan_unref(made->plan);
    mem_free(made);
    eval_end(&eval);
    assert_null(outcome.value);
    assert_false(outcome.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_do_as_they_read),
        cmocka_unit_test(long_lists_pause),
        cmocka_unit_test(given_up),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
