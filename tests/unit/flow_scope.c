/* flow_scope.c - what an expression sees from where it stands: steps of its own level, of those
 * around it, of the body it looks into; the item of a loop. And joins and totals. */
#include "flow_try_long.h"

#define EDGE(from, to) "{\"from\":\"" from "\",\"to\":\"" to "\"}"

/* t -> before -> lines -> after, with first -> inner -> last in the body of lines and deep in that
 * of inner. Each takes an expression. */
struct places {
    const char *before, *items, *collect, *first, *inner, *until, *deep, *last, *after, *total;
};

static void add_value(struct buf *text, const char *value)
{
    if (value == NULL)
        value = "x";
    json_write_text(text, value, strlen(value));
}

static void add_respond(struct buf *text, const char *id, const char *value)
{
    buf_addf(text, "{\"id\":\"%s\",\"type\":\"connector.respond\",\"config\":{\"body\":", id);
    add_value(text, value);
    buf_add_text(text, "}}");
}

static void add_loop(struct buf *text, const char *id, const char *items, const char *collect)
{
    buf_addf(text, "{\"id\":\"%s\",\"type\":\"branch.foreach\",\"config\":{\"items\":", id);
    add_value(text, items);
    buf_add_text(text, ",\"collect\":");
    add_value(text, collect);
    buf_add_text(text, ",\"body\":{\"nodes\":[");
}

static struct flow *with(struct try *try, const struct places *places)
{
    struct buf text;
    struct flow *flow;

    buf_init(&text, 100000);
    buf_add_text(&text, "{\"weft\":1,\"name\":\"x\",\"settings\":{\"totals\":[{\"name\":\"n\","
                        "\"left\":\"=1\",\"right\":");
    add_value(&text, places->total);
    buf_add_text(&text, "}]},\"nodes\":[{\"id\":\"t\",\"type\":\"trigger.manual\"},");
    add_respond(&text, "before", places->before);
    buf_add_char(&text, ',');
    add_loop(&text, "lines", places->items, places->collect);
    add_respond(&text, "first", places->first);
    buf_add_char(&text, ',');
    add_loop(&text, "inner", places->inner, places->until);
    add_respond(&text, "deep", places->deep);
    buf_add_text(&text, "]}}},");
    add_respond(&text, "last", places->last);
    buf_add_text(&text, "],\"edges\":[" EDGE("first", "inner") "," EDGE("inner", "last") "]}}},");
    add_respond(&text, "after", places->after);
    buf_add_text(&text, "],\"edges\":[" EDGE("t", "before") "," EDGE("before", "lines") "," EDGE(
                            "lines", "after") "]}");
    assert_true(buf_ok(&text));
    flow = try_compile(try, buf_text(&text), NULL);
    buf_fini(&text);
    return flow;
}

/* ---- Steps */

static void a_body_sees_what_is_around_it(void **state)
{
    struct try *try = *state;

    with(try, &(struct places){
                  .before = "=steps.t",
                  .items = "=steps.before.lines",
                  .collect = "=steps.last.id .. steps.first.id .. steps.before.id",
                  .first = "=steps.before.id .. trigger.id",
                  .inner = "=steps.first.parts",
                  .until = "=steps.deep or steps.first or steps.before",
                  .deep = "=steps.first.id .. steps.before.id",
                  .last = "=steps.inner[1] .. steps.first.id .. steps.before.id",
                  .after = "=steps.lines[1] .. steps.before.id",
                  .total = "=steps.after.x + steps.lines.y + steps.t.z",
              });
    try_is_fine(try);
}

static void outside_a_body_its_steps_are_not_seen(void **state)
{
    struct try *try = *state;

    with(try, &(struct places){ .after = "=steps.last" });
    assert_null(try->flow);
    try_says(try,
             "/nodes/3/config/body: steps.last is inside the body of \"lines\" and is not seen "
             "from here; the body's output is steps.lines");
    with(try, &(struct places){ .after = "=steps.deep" });
    assert_null(try->flow);
    try_says(try, "steps.deep is inside the body of \"lines\" and is not seen from here");
    with(try, &(struct places){ .last = "=steps.deep" });
    assert_null(try->flow);
    try_says(try, "/nodes/2/config/body/nodes/2/config/body: steps.deep is inside the body of "
                  "\"inner\" and is not seen from here; the body's output is steps.inner");
    with(try, &(struct places){ .total = "=steps.first" });
    assert_null(try->flow);
    try_says(try,
             "/settings/totals/0/right: steps.first is inside the body of \"lines\" and is not "
             "seen from here; the body's output is steps.lines");
    with(try, &(struct places){ .collect = "=steps.deep" });
    assert_null(try->flow);
    try_says(try, "/nodes/2/config/collect: steps.deep is inside the body of \"inner\"");
    with(try, &(struct places){ .items = "=steps.last" });
    assert_null(try->flow);
    try_says(try, "/nodes/2/config/items: steps.last is inside the body of \"lines\": this setting "
                  "is read before the body begins");
}

static void what_comes_later_is_nil_inside_too(void **state)
{
    struct try *try = *state;

    with(try, &(struct places){ .first = "=steps.last" });
    assert_non_null(try->flow);
    try_says(try, "warning: steps.last is nil here: no path leads from \"last\" to \"first\"");
    with(try, &(struct places){ .deep = "=steps.after" });
    assert_non_null(try->flow);
    try_says(try, "warning: steps.after is nil here: no path leads from \"after\" to \"deep\"");
    with(try, &(struct places){ .deep = "=steps.inner" });
    assert_non_null(try->flow);
    try_says(try, "warning: steps.inner is nil here: no path leads from \"inner\" to \"deep\"");
    with(try, &(struct places){ .before = "=steps.lines" });
    assert_non_null(try->flow);
    try_says(try, "warning: steps.lines is nil here: no path leads from \"lines\" to \"before\"");
}

/* ---- The item */

static void a_loop_gives_its_item(void **state)
{
    struct try *try = *state;

    with(try, &(struct places){
                  .collect = "=item.id .. index",
                  .first = "=item.id",
                  .inner = "=item.parts",
                  .until = "=item",
                  .deep = "=index .. item",
                  .last = "=index",
              });
    try_is_fine(try);
}

static void there_is_no_item_without_a_loop(void **state)
{
    struct try *try = *state;
    static const char *const wrong[] = { "=item",
                                         "=index + 1",
                                         "=item == nil",
                                         "={ a = item }",
                                         "=f(function(x) return item.a end)",
                                         "={ [index] = 1 }" };
    static const char *const fine[] = {
        "={ item = 1, index=2 }",
        "=trigger.item .. trigger:index()",
        "='item' .. \"index\" -- item",
        "=f(function(item) return item.a end)",
        "=f(function(a, index) return index end)",
        "=(function() for index, item in ipairs(list) do return item end end)()",
        "=(function() local item <const> = 1 return item end)()",
        "=(function() local function item() return 1 end return item() end)()",
        "=items.index_of(myitem)",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        with(try, &(struct places){ .before = wrong[i] });
        assert_null(try->flow);
        try_says(try, "/nodes/1/config/body: there is no i");
    }
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        with(try, &(struct places){ .before = fine[i] });
        try_is_fine(try);
    }
    with(try, &(struct places){ .items = "=item.lines" });
    try_says(try, "/nodes/2/config/items: there is no item here: only what stands in the body of a "
                  "loop, and the loop's own settings that look into it, see one");
    with(try, &(struct places){ .total = "=index" });
    try_says(try, "/settings/totals/0/right: there is no index here");
}

/* What a trigger's body gives is the event. */
static void a_triggers_body_is_behind_the_trigger(void **state)
{
    struct try *try = *state;

    try_graph(try,
              "{\"id\":\"t\",\"type\":\"trigger.poll\",\"config\":{\"every\":\"1m\",\"items\":"
              "\"=steps.page\",\"id\":\"=item.id\",\"body\":{\"nodes\":[{\"id\":\"page\",\"type\":"
              "\"connector.respond\",\"config\":{\"body\":\"=trigger.cursor\"}}]}}},{\"id\":\"a\","
              "\"type\":\"connector.respond\",\"config\":{\"body\":\"=steps.page\"}}",
              EDGE("t", "a"));
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try,
             "/nodes/1/config/body: steps.page is inside the body of \"t\" and is not seen from "
             "here; the body's output is trigger");
}

/* ---- Joins */

#define JOIN(id, join) "{\"id\":\"" id "\",\"type\":\"connector.respond\",\"join\":\"" join "\"}"

static void a_join_is_all_or_any(void **state)
{
    struct try *try = *state;
    static const char manual[] = "{\"id\":\"t\",\"type\":\"trigger.manual\"},";
    struct buf nodes;

    buf_init(&nodes, 10000);
    buf_addf(&nodes, "%s%s", manual,
             JOIN("a", "all") "," JOIN("b", "all") "," JOIN("c", "any") "," JOIN("d", "all"));
    try_graph(try, buf_text(&nodes),
              EDGE("t", "a") "," EDGE("t", "b") "," EDGE("a", "c") "," EDGE("b", "c") "," EDGE(
                  "a", "d") "," EDGE("b", "d"));
    try_is_fine(try);
    assert_true(try->flow->nodes[3].join_any);
    assert_false(try->flow->nodes[4].join_any);
    buf_clear(&nodes);
    buf_addf(&nodes, "%s%s", manual, JOIN("a", "any") "," JOIN("b", "some"));
    try_graph(try, buf_text(&nodes), EDGE("t", "a") "," EDGE("t", "b"));
    buf_fini(&nodes);
    assert_null(try->flow);
    try_says(try, "/nodes/1/join: warning: \"join\": \"any\" chooses between edges, but only one "
                  "leads to \"a\": it has no effect here");
    try_says(try, "/nodes/2/join: there is no join \"some\"; ");
    try_graph(try, "{\"id\":\"t\",\"type\":\"trigger.manual\",\"join\":\"any\"}", "");
    assert_null(try->flow);
    assert_int_equal(try->faults.count, 1);
    try_says(try, "/nodes/0/join: a trigger has no \"join\": no edge leads to it");
}

/* ---- The end of a run */

static struct flow *with_settings(struct try *try, const char *settings)
{
    struct buf text;
    struct flow *flow;

    buf_init(&text, 100000);
    buf_addf(&text,
             "{\"weft\":1,\"name\":\"x\",\"settings\":{%s},\"nodes\":[{\"id\":\"t\",\"type\":"
             "\"trigger.manual\"}]}",
             settings);
    flow = try_compile(try, buf_text(&text), NULL);
    buf_fini(&text);
    return flow;
}

static void failures_end_a_run_fast_or_collected(void **state)
{
    struct try *try = *state;

    assert_non_null(with_settings(try, ""));
    assert_false(try->flow->collect_failures);
    assert_non_null(with_settings(try, "\"failure\":\"fast\""));
    assert_false(try->flow->collect_failures);
    assert_non_null(with_settings(try, "\"failure\":\"collect\""));
    assert_true(try->flow->collect_failures);
    assert_null(with_settings(try, "\"failure\":\"colect\""));
    try_says(try, "/settings/failure: there is no failure \"colect\"; did you mean \"collect\"?");
}

static void totals_are_kept(void **state)
{
    struct try *try = *state;
    const struct flow_total *total;
    size_t count;

    with_settings(try, "\"totals\":[{\"name\":\"in = out\",\"left\":\"=trigger.sum\",\"right\":{"
                       "\"a\":\"=steps.t.sum\"}},{\"name\":\"none\",\"left\":0,\"right\":"
                       "\"=trigger.rest\"}]");
    try_is_fine(try);
    assert_int_equal(try->flow->total_count, 2);
    total = try->flow->totals;
    assert_string_equal(total[0].name, "in = out");
    assert_int_equal(*value_expressions(total[0].left, &count), 0);
    assert_int_equal(*value_expressions(total[0].right, &count), 1);
    assert_true(value_is_literal(total[1].left));
    assert_string_equal(try->flow->expressions[1]->name, "flow, /settings/totals/0/right/a");
}

static void a_total_has_two_sides(void **state)
{
    struct try *try = *state;
    struct buf text;

    assert_null(with_settings(try, "\"totals\":[{\"name\":\"\",\"left\":1,\"right\":1},{\"left\":"
                                   "\"=a\"},{\"name\":\"x\",\"left\":\"=steps.nobody\",\"right\":1,"
                                   "\"equal\":true}]"));
    try_says(try, "/settings/totals/0/name: a name is missing");
    try_says(try, "/settings/totals/0: both sides are constants: ");
    try_says(try, "/settings/totals/1: \"name\" is missing: ");
    try_says(try, "/settings/totals/1: \"right\" is missing: ");
    try_says(try, "/settings/totals/2/equal: there is no member \"equal\"; ");
    try_says(try, "/settings/totals/2/left: there is no node \"nobody\"; ");
    buf_init(&text, 10000);
    buf_add_text(&text, "\"totals\":[");
    for (unsigned i = 0; i <= 20; i++)
        buf_addf(&text, "%s{\"name\":\"n\",\"left\":\"=a\",\"right\":1}", i > 0 ? "," : "");
    buf_add_char(&text, ']');
    assert_null(with_settings(try, buf_text(&text)));
    buf_fini(&text);
    try_says(try, "/settings/totals: \"totals\" has 21 elements, at most 20 are allowed");
}

static void posted_is_asked_of_the_steps(void **state)
{
    static const char amount[] = "\"money\":{\"amount\":\"=trigger.sum\",\"currency\":\"USD\"";
    struct try *try = *state;
    char settings[200];

    snprintf(settings, sizeof settings, "%s,\"posted\":\"=steps.t.sum\"}", amount);
    with_settings(try, settings);
    try_is_fine(try);
    assert_non_null(try->flow->posted);
    snprintf(settings, sizeof settings, "%s}", amount);
    with_settings(try, settings);
    try_is_fine(try);
    assert_null(try->flow->posted);
    snprintf(settings, sizeof settings, "%s,\"posted\":10.00}", amount);
    assert_null(with_settings(try, settings));
    try_says(try, "/settings/money/posted: a constant says nothing of what was posted");
    assert_non_null(with_settings(try, "\"money\":{\"amount\":\"=steps.t.sum\",\"currency\":"
                                       "\"USD\"}"));
    try_says(try, "/settings/money/amount: warning: steps.t is nil here");
    assert_non_null(
        with_settings(try, "\"money\":{\"posted\":\"=steps.t.sum\",\"currency\":\"USD\"}"));
    try_is_fine(try);
    assert_null(try->flow->amount);
    assert_null(with_settings(try, "\"money\":{\"currency\":\"USD\"}"));
    try_says(try, "/settings/money: it says how much of nothing: write amount");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY_LONG(a_body_sees_what_is_around_it),
        TRY_LONG(outside_a_body_its_steps_are_not_seen),
        TRY_LONG(what_comes_later_is_nil_inside_too),
        TRY_LONG(a_loop_gives_its_item),
        TRY_LONG(there_is_no_item_without_a_loop),
        TRY_LONG(a_triggers_body_is_behind_the_trigger),
        TRY(a_join_is_all_or_any),
        TRY(failures_end_a_run_fast_or_collected),
        TRY(totals_are_kept),
        TRY(a_total_has_two_sides),
        TRY(posted_is_asked_of_the_steps),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
