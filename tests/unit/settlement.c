/* settlement.c - what people see of a reconciliation: sums that close, windows, the table, the
 * lists it was made from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/settlement.h"

static const char output_text[] =
    "{\"balanced\":false,"
    "\"matched\":[{\"pass\":\"id\",\"reason\":\"equal\",\"currency\":\"USD\",\"left_sum\":10.50,"
    "\"right_sum\":10.49,\"difference\":0.01,\"left\":[{\"at\":1,\"line\":{\"id\":\"a\",\"m\":{"
    "\"amount\":10.50},\"cur\":\"USD\"}}],\"right\":[{\"at\":2,\"line\":{\"id\":\"a\",\"amount\":"
    "\"10.49\",\"cur\":\"USD\"}}]}],"
    "\"proposed\":[],\"differences\":[],"
    "\"unmatched_left\":[{\"at\":2,\"line\":{\"id\":\"b, \\\"x\\\"\",\"m\":{\"amount\":"
    "90071992547409.93},\"cur\":\"USD\"}}],"
    "\"unmatched_right\":[{\"at\":1,\"line\":{\"id\":\"=1+1\",\"amount\":\"-7.00\",\"cur\":\"USD\"}"
    "}],"
    "\"counts\":{\"left\":{\"lines\":2,\"matched\":1,\"proposed\":0,\"differing\":0,"
    "\"unmatched\":1},\"right\":{\"lines\":2,\"matched\":1,\"proposed\":0,\"differing\":0,"
    "\"unmatched\":1}},"
    "\"totals\":[{\"currency\":\"USD\",\"left\":{\"count\":2,\"sum\":90071992547420.43,\"matched\":"
    "{\"count\":1,\"sum\":10.50},\"proposed\":{\"count\":0,\"sum\":0.00},\"differing\":{\"count\":"
    "0,\"sum\":0.00},\"unmatched\":{\"count\":1,\"sum\":90071992547409.93}},\"right\":{\"count\":2,"
    "\"sum\":%s,\"matched\":{\"count\":1,\"sum\":10.49},\"proposed\":{\"count\":0,\"sum\":0.00},"
    "\"differing\":{\"count\":0,\"sum\":0.00},\"unmatched\":{\"count\":1,\"sum\":-7.00}},"
    "\"difference\":90071992547416.94}],\"notes\":[]}";

static json_t *read(const char *text)
{
    struct err e;
    json_t *json = json_read(text, strlen(text), &json_limits_body, &e);

    if (json == NULL)
        fail_msg("%s: %s", text, e.text);
    return json;
}

static struct settlement settlement_with(const char *right)
{
    char text[sizeof output_text + 40];

    snprintf(text, sizeof text, output_text, right);
    return (struct settlement){
        read(text), read("{\"amount\":{\"left\":\"m.amount\",\"right\":\"amount\"},\"currency\":{"
                         "\"left\":\"cur\"}}")
    };
}

static void end(struct settlement *settlement)
{
    json_decref((json_t *)settlement->output);
    json_decref((json_t *)settlement->config);
}

static void expect(const json_t *value, const char *expected)
{
    char *text = json_text_new(value, MIB, NULL);

    assert_non_null(text);
    assert_string_equal(text, expected);
    mem_free(text);
}

static const json_t *total_of(const json_t *sums)
{
    return json_array_get(json_object_get(sums, "totals"), 0);
}

static void sums_close_with_every_digit(void **state)
{
    struct settlement one = settlement_with("3.49");
    struct err e;
    json_t *sums = settlement_sums(&one, NULL, &e);
    const json_t *total = total_of(sums);

    (void)state;
    expect(json_object_get(total, "difference"), "90071992547416.94");
    expect(json_object_get(total, "explained"), "90071992547416.94");
    expect(json_object_get(total, "rest"), "0.00");
    expect(json_object_get(total, "closes"), "true");
    expect(json_object_get(total, "open"), "90071992547416.93");
    expect(json_object_get(json_object_get(total, "classes"), "only_right"),
           "{\"left\":0.00,\"right\":-7.00,\"difference\":7.00}");
    expect(json_object_get(sums, "open"), "2");
    json_decref(sums);
    end(&one);
}

static void sums_that_do_not_close_say_by_how_much(void **state)
{
    struct settlement one = settlement_with("3.50");
    struct err e;
    json_t *sums = settlement_sums(&one, NULL, &e);

    (void)state;
    expect(json_object_get(total_of(sums), "rest"), "-0.01");
    expect(json_object_get(total_of(sums), "closes"), "false");
    json_decref(sums);
    end(&one);
}

static void adjustments_count_where_their_currency_is(void **state)
{
    struct settlement one = settlement_with("3.49");
    json_t *list = read("[{\"amount\":\"7.00\",\"state\":\"agreed\",\"currency\":\"USD\"},"
                        "{\"amount\":\"-0.07\",\"state\":\"proposed\"},"
                        "{\"amount\":\"1.00\",\"state\":\"agreed\",\"currency\":\"EUR\"},"
                        "{\"amount\":\"much\",\"state\":\"agreed\"}]");
    struct err e;
    json_t *sums = settlement_sums(&one, list, &e);
    const json_t *total = total_of(sums);

    (void)state;
    expect(json_object_get(total, "adjusted"), "7.00");
    expect(json_object_get(total, "proposed_adjustments"), "-0.07");
    expect(json_object_get(total, "left_over"), "90071992547409.93");
    assert_null(json_object_get(json_array_get(list, 0), "counted"));
    assert_null(json_object_get(json_array_get(list, 1), "counted"));
    expect(json_object_get(json_array_get(list, 2), "counted"), "false");
    expect(json_object_get(json_array_get(list, 3), "counted"), "false");
    json_decref(sums);
    json_decref(list);
    end(&one);
}

/* A line of the lists may stand for all of a page: people see how many lines these were. */
static void counts_are_of_the_lines_that_stand_behind(void **state)
{
    struct settlement one = settlement_with("3.49");
    json_t *own = (json_t *)one.output, *sums, *total = (json_t *)total_of(own);
    struct err e;

    (void)state;
    json_object_set_new(own, "stands_for",
                        read("{\"left\":{\"matched\":1000,\"unmatched\":1},\"right\":{"
                             "\"matched\":1000,\"unmatched\":1}}"));
    json_object_set_new(json_object_get(total, "left"), "stands_for", json_integer(1001));
    sums = settlement_sums(&one, NULL, &e);
    expect(json_object_get(json_object_get(sums, "counts"), "matched"),
           "{\"entries\":1,\"left\":1000,\"right\":1000}");
    expect(json_object_get(json_object_get(total_of(sums), "left"), "count"), "1001");
    expect(json_object_get(json_object_get(total_of(sums), "right"), "count"), "2");
    json_decref(sums);
    end(&one);
}

static void a_statement_is_held_against_its_parts(void **state)
{
    static const struct {
        const char *statement, *rest, *closes;
    } told[] = {
        { "{\"net\":\"9.00\",\"parts\":[{\"amount\":10.00},{\"amount\":\"-1.00\"}]}", "0.00",
          "true" },
        { "{\"net\":9.01,\"parts\":[{\"amount\":10.00},{\"amount\":-1.00}]}", "0.01", "false" },
        { "{\"net\":9.01,\"parts\":[{\"amount\":\"ten\"}]}", NULL, NULL },
        { "{\"net\":9.01,\"posted\":[]}", NULL, NULL },
    };

    (void)state;
    for (unsigned i = 0; i < sizeof told / sizeof *told; i++) {
        json_t *statement = read(told[i].statement);

        settlement_statement(statement);
        if (told[i].rest == NULL) {
            assert_null(json_object_get(statement, "rest"));
        } else {
            expect(json_object_get(statement, "rest"), told[i].rest);
            expect(json_object_get(statement, "closes"), told[i].closes);
        }
        json_decref(statement);
    }
}

static void windows_find_what_is_asked(void **state)
{
    struct settlement one = settlement_with("3.49");
    struct settlement_find find = { .classes = SETTLEMENT_OPEN };
    size_t total;
    json_t *lines = settlement_lines(&one, &find, 1, 5, &total);

    (void)state;
    assert_int_equal(total, 2);
    assert_int_equal(json_array_size(lines), 1);
    expect(json_array_get(lines, 0),
           "{\"right\":[{\"at\":1,\"line\":{\"id\":\"=1+1\",\"amount\":\"-7.00\",\"cur\":\"USD\"}}"
           "],\"left\":[],\"currency\":\"USD\",\"right_sum\":-7.00,\"difference\":7.00,\"class\":"
           "\"only_right\"}");
    json_decref(lines);
    find.text = "B, \"X";
    json_decref(settlement_lines(&one, &find, 0, 5, &total));
    assert_int_equal(total, 1);
    find = (struct settlement_find){ .classes = ~0u, .pass = "id", .text = "10.49" };
    json_decref(settlement_lines(&one, &find, 0, 5, &total));
    assert_int_equal(total, 1);
    find.text = "amount"; /* names do not count */
    json_decref(settlement_lines(&one, &find, 0, 5, &total));
    assert_int_equal(total, 0);
    end(&one);
}

static void two_currencies_have_a_sum_each(void **state)
{
    struct settlement one = {
        read("{\"differences\":[{\"what\":\"currency\",\"left\":[{\"at\":1,\"line\":{\"amount\":"
             "\"1.005\",\"cur\":\"KWD\"}},{\"at\":2,\"line\":{\"amount\":2,\"cur\":\"KWD\"}}],"
             "\"right\":[{\"at\":3,\"line\":{\"amount\":99.00,\"cur\":\"EUR\"}}]},"
             "{\"left\":[{\"at\":4,\"line\":{\"amount\":1,\"cur\":\"USD\"}},{\"at\":5,\"line\":"
             "{\"amount\":1,\"cur\":\"JPY\"}}],\"right\":[{\"at\":6,\"line\":{\"cur\":\"USD\"}}]}]"
             "}"),
        read("{\"amount\":{\"left\":\"amount\"},\"currency\":{\"left\":\"cur\"}}")
    };
    const struct settlement_find find = { .classes = SETTLEMENT_OPEN };
    size_t total;
    json_t *lines = settlement_lines(&one, &find, 0, 5, &total), *first = json_array_get(lines, 0);

    (void)state;
    expect(json_object_get(first, "left_sum"), "3.005");
    expect(json_object_get(first, "left_currency"), "\"KWD\"");
    expect(json_object_get(first, "right_sum"), "99.00");
    expect(json_object_get(first, "right_currency"), "\"EUR\"");
    for (unsigned i = 0; i < 2; i++) { /* one of two currencies itself, one without an amount */
        assert_null(json_object_get(json_array_get(lines, 1), i == 0 ? "left_sum" : "right_sum"));
    }
    json_decref(lines);
    end(&one);
}

static void classes_are_named(void **state)
{
    unsigned classes;
    struct err e;

    (void)state;
    assert_int_equal(settlement_classes("matched,only_right", &classes, &e), ERR_OK);
    assert_int_equal(classes, 1u << SETTLEMENT_MATCHED | 1u << SETTLEMENT_ONLY_RIGHT);
    assert_int_equal(settlement_classes("open", &classes, &e), ERR_OK);
    assert_int_equal(classes, SETTLEMENT_OPEN);
    assert_int_equal(settlement_classes("all,", &classes, &e), ERR_OK);
    assert_int_equal(settlement_classes("odd", &classes, &e), ERR_USAGE);
    assert_int_equal(settlement_classes("", &classes, &e), ERR_USAGE);
}

static void the_table_is_exact_and_computes_nothing(void **state)
{
    struct settlement one = settlement_with("3.49");
    const struct settlement_find find = { .classes = ~0u };
    struct buf out;

    (void)state;
    buf_init(&out, MIB);
    settlement_csv(&one, &find, &out);
    assert_string_equal(
        buf_text(&out),
        "entry,class,pass,reason,score,currency,left_sum,right_sum,difference,left.at,left.id,"
        "left.m,left.cur,right.at,right.id,right.amount,right.cur\r\n"
        "1,matched,id,equal,,USD,10.50,10.49,0.01,1,a,\"{\"\"amount\"\":10.50}\",USD,2,a,10.49,"
        "USD\r\n"
        "2,only_left,,,,USD,90071992547409.93,,90071992547409.93,2,\"b, \"\"x\"\"\",\"{\"\"amount"
        "\"\":90071992547409.93}\",USD,,,,\r\n"
        "3,only_right,,,,USD,,-7.00,7.00,,,,,1,'=1+1,-7.00,USD\r\n");
    buf_fini(&out);
    end(&one);
}

static void the_lists_come_back_as_they_were(void **state)
{
    struct settlement one = settlement_with("3.49");
    json_t *lists[2], *bare = json_deep_copy(one.output);
    struct err e;

    (void)state;
    assert_int_equal(settlement_lists(one.output, lists, &e), ERR_OK);
    assert_int_equal(json_array_size(lists[0]), 2);
    expect(json_object_get(json_array_get(lists[1], 0), "id"), "\"=1+1\"");
    expect(json_object_get(json_array_get(lists[1], 1), "id"), "\"a\"");
    json_decref(lists[0]);
    json_decref(lists[1]);
    json_array_clear(json_object_get(bare, "matched"));
    assert_int_equal(settlement_lists(bare, lists, &e), ERR_CONFLICT);
    json_decref(bare);
    end(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_close_with_every_digit),
        cmocka_unit_test(sums_that_do_not_close_say_by_how_much),
        cmocka_unit_test(adjustments_count_where_their_currency_is),
        cmocka_unit_test(counts_are_of_the_lines_that_stand_behind),
        cmocka_unit_test(a_statement_is_held_against_its_parts),
        cmocka_unit_test(windows_find_what_is_asked),
        cmocka_unit_test(two_currencies_have_a_sum_each),
        cmocka_unit_test(classes_are_named),
        cmocka_unit_test(the_table_is_exact_and_computes_nothing),
        cmocka_unit_test(the_lists_come_back_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
