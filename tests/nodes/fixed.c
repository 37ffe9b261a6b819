/* fixed.c - "transform.fixed": files of fixed positions, by the real engine. */
#include "node_run.h"
#include "node_try.h"

#define FIXED(records, more)                                                                   \
    "{'id': 'it', 'type': 'transform.fixed', 'config': {'input': '=trigger.body', 'records': " \
    "[" records "]" more "}}"
#define ONE(fields, more) FIXED("{'name': 'entry', 'fields': [" fields "]}", more)
#define PLAIN                                                                                 \
    "{'name': 'account', 'length': 6}, {'name': 'amount', 'length': 8, 'type': 'number', "    \
    "'decimals': 2}, {'length': 1}, {'name': 'due', 'length': 8, 'type': 'date', 'pattern': " \
    "'yyyyMMdd'}"
#define BANK                                                                                     \
    "{'name': 'head', 'match': 'H', 'place': 'first', 'fields': [{'value': 'H', 'length': 1}, "  \
    "{'name': 'date', 'length': 8, 'type': 'date', 'pattern': 'yyyyMMdd'}]}, {'name': 'entry', " \
    "'match': 'D', 'fields': [{'length': 1}, {'name': 'name', 'length': 8}, {'name': 'amount', " \
    "'length': 7, 'type': 'number', 'decimals': 2}]}, {'name': 'tail', 'match': 'T', 'place': "  \
    "'last', 'fields': [{'value': 'T', 'length': 1}, {'name': 'lines', 'length': 4, 'type': "    \
    "'integer', 'count_of': '*'}, {'name': 'total', 'length': 9, 'type': 'number', 'decimals': " \
    "2, 'sum_of': 'entry.amount'}, {'name': 'all', 'length': 4, 'type': 'integer', 'count_of': " \
    "'all'}]}"
#define KEY ", 'key_length': 1"

static void test_read(void **state)
{
    (void)state;
    node_gives(ONE(PLAIN, ""), "'A1    00123456 20261121\\r\\nB\xC3\xBC    -0000005 20261122\\n'",
               "{'count': 2, 'rows': [{'account': 'A1', 'amount': 1234.56, 'due': '2026-11-21'}, "
               "{'account': 'B\xC3\xBC', 'amount': -0.05, 'due': '2026-11-22'}]}");
    node_gives(ONE(PLAIN, ""), "'                       \\n\\n'", "{'count': 0, 'rows': []}");
    node_gives(ONE(PLAIN, ", 'short_lines': true"), "'A1\\n'",
               "{'count': 1, 'rows': [{'account': 'A1', 'amount': null, 'due': null}]}");
    node_gives(ONE("{'name': 'a', 'length': 2}, {'name': 'b', 'start': 4, 'length': 2, 'align': "
                   "'right', 'pad': '*'}",
                   ", 'unbroken': true, 'width': 6"),
               "'ab *c d  ef \\n'",
               "{'count': 2, 'rows': [{'a': 'ab', 'b': 'c'}, {'a': 'd', 'b': 'ef'}]}");
}

static void test_signs(void **state)
{
    (void)state;
    node_gives(ONE("{'name': 'a', 'length': 5, 'type': 'number', 'decimals': 2, 'sign': "
                   "'overpunch'}",
                   ""),
               "'0012C\\n0012L\\n0000}\\n00125\\n'",
               "{'count': 4, 'rows': [{'a': 1.23}, {'a': -1.23}, {'a': 0.00}, {'a': 1.25}]}");
    node_gives(ONE("{'name': 'a', 'length': 5, 'type': 'number', 'sign': 'trailing'}", ""),
               "'0012-\\n0012 \\n'", "{'count': 2, 'rows': [{'a': -12}, {'a': 12}]}");
    node_fails(ONE("{'name': 'a', 'length': 3, 'type': 'number', 'decimals': 2, 'sign': "
                   "'overpunch'}",
                   ""),
               "'01Z\\n'", "invalid", "line 1, column 1, a: \"01Z\" is no number with its sign");
}

static void test_totals(void **state)
{
    (void)state;
    node_gives(FIXED(BANK, KEY),
               "'H20261121\\nDMueller 0001050\\nDMaier   0000250\\nT00020000013000004\\n'",
               "{'header': {'date': '2026-11-21'}, 'count': 2, 'rows': [{'name': 'Mueller', "
               "'amount': 10.50}, {'name': 'Maier', 'amount': 2.50}], 'trailer': {'lines': 2, "
               "'total': 13.00, 'all': 4}}");
    node_fails(FIXED(BANK, KEY), "'H20261121\\nDMueller 0001050\\nT00020000010500003\\n'",
               "invalid", "line 3, column 2, lines: the file says 2, but its lines give 1");
    node_fails(FIXED(BANK, KEY), "'H20261121\\nDMueller 0001050\\nT00010000010510003\\n'",
               "invalid", "line 3, column 6, total: the file says 10.51, but its lines give 10.50");
    node_fails(FIXED(BANK, KEY), "'H20261121\\nDMueller 0001050\\n'", "invalid",
               "the file: line 2: the record \"tail\" is missing; is the file cut?");
    node_fails(FIXED(BANK, KEY), "'DMueller 0001050\\n'", "invalid",
               "line 1: the record \"head\" must come first, but here is \"entry\"");
    node_fails(FIXED(BANK, KEY), "'H20261121\\nH20261121\\n'", "invalid", "a second time");
    node_fails(FIXED(BANK, KEY), "'H20261121\\nT00000000000000002\\nDMueller 0001050\\n'",
               "invalid", "line 3: there is a line behind the last record");
    node_fails(FIXED(BANK, KEY), "'H20261121\\nXMueller 0001050\\n'", "invalid",
               "line 2, column 1: \"X\" is the mark of no record");
}

static void test_faults(void **state)
{
    (void)state;
    node_fails(ONE(PLAIN, ""), "'A1    0012\\n'", "invalid",
               "line 1, column 7, amount: the line has 10 characters, the field ends at 14");
    node_fails(ONE(PLAIN, ""), "'A1    00x23456 20261121\\n'", "invalid",
               "line 1, column 7, amount: \"00x23456\" is no number");
    node_fails(ONE(PLAIN, ""), "'A1    001.3456 20261121\\n'", "invalid", "digits only");
    node_fails(ONE(PLAIN, ""), "'A1    00123456 20261131\\n'", "invalid", "column 16, due: ");
    node_fails(ONE(PLAIN, ", 'width': 23"), "'A1    00123456 20261121x\\n'", "invalid",
               "line 1: it has 24 characters, the layout 23");
    node_fails(ONE("{'name': 'a', 'length': 2}", ", 'unbroken': true, 'width': 2"), "'abcde'",
               "invalid", "line 3: the text ends after 1 of 2 characters");
    node_fails(ONE("{'value': 'X', 'length': 2}", ""), "'Y \\n'", "invalid",
               "\"Y \" stands where \"X\" must");
}

static void test_write(void **state)
{
    (void)state;
    node_gives(ONE(PLAIN, ", 'mode': 'write', 'line_end': 'lf'"),
               "[{'account': 'A1', 'amount': 1234.56, 'due': '2026-11-21'}, {'account': "
               "'B\xC3\xBC', 'amount': -0.05}]",
               "'A1    00123456 20261121\\nB\xC3\xBC    -0000005         \\n'");
    node_gives(FIXED(BANK, KEY ", 'mode': 'write', 'line_end': 'lf', 'width': 20"),
               "{'header': {'date': '2026-11-21'}, 'rows': [{'name': 'Mueller', 'amount': 10.5}, "
               "{'name': 'Maier', 'amount': '2.50'}]}",
               "'H20261121           \\nDMueller 0001050    \\nDMaier   0000250    \\n"
               "T00020000013000004  \\n'");
    node_gives(ONE("{'name': 'a', 'length': 5, 'type': 'number', 'decimals': 2, 'sign': "
                   "'overpunch'}, {'name': 'b', 'length': 5, 'type': 'integer', 'sign': "
                   "'trailing'}",
                   ", 'mode': 'write', 'line_end': 'lf'"),
               "[{'a': -1.23, 'b': -7}, {'a': 1.2, 'b': 7}]", "'0012L0007-\\n0012{0007 \\n'");
    node_gives(FIXED("{'name': 'a', 'match': 'A', 'fields': [{'length': 1}, {'name': 'x', "
                     "'length': 2}]}, {'name': 'b', 'match': 'B', 'fields': [{'name': 'y', "
                     "'start': 3, 'length': 1}]}",
                     KEY ", 'mode': 'write', 'line_end': 'lf'"),
               "[{'record': 'b', 'y': 'z'}, {'record': 'a', 'x': 'q'}]", "'B z\\nAq \\n'");
    node_gives(ONE("{'name': 'a', 'length': 3}", ", 'mode': 'write', 'encoding': 'windows-1252'"),
               "[{'a': '\xC3\xBC'}]", "{'base64': '/CAgDQo=', 'encoding': 'windows-1252'}");
}

static void test_write_faults(void **state)
{
    (void)state;
    node_fails(ONE(PLAIN, ", 'mode': 'write'"), "[{'account': 'ABCDEFG'}]", "invalid",
               "row 1: line 1, column 1, account: \"ABCDEFG\" has 7 characters, the field 6");
    node_fails(ONE(PLAIN, ", 'mode': 'write'"), "[{'amount': 1000000}]", "invalid",
               "amount: \"100000000\" has more than the 8 characters");
    node_fails(ONE(PLAIN, ", 'mode': 'write'"), "[{'amount': -100000}]", "invalid",
               "has more than");
    node_fails(ONE(PLAIN, ", 'mode': 'write'"), "[{'amount': 0.001}]", "invalid",
               "more than 2 digits behind the point");
    node_fails(ONE(PLAIN, ", 'mode': 'write'"), "[{'account': 'a\\nb'}]", "invalid", "line break");
    node_fails(ONE(PLAIN, ", 'mode': 'write'"), "7", "invalid", "must be a list of rows");
    node_fails(FIXED("{'name': 'a', 'match': 'A', 'fields': [{'name': 'k', 'length': 1}]}, "
                     "{'name': 'b', 'match': 'B', 'fields': [{'name': 'k', 'length': 1}]}",
                     KEY ", 'mode': 'write'"),
               "[{'record': 'a', 'k': 'B'}]", "invalid", "its fields put something else there");
    node_fails(FIXED("{'name': 'a', 'match': 'A', 'fields': [{'length': 1}]}, {'name': 'b', "
                     "'match': 'B', 'fields': [{'length': 1}]}",
                     KEY ", 'mode': 'write'"),
               "[{'record': 'c'}]", "invalid", "\"c\" is no record");
}

/* Longer than what is done on the loop, and than a piece. */
static void test_large(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;
    struct buf body;

    (void)state;
    buf_init(&body, MIB);
    buf_add_text(&body, "'H20261121\\n");
    for (unsigned i = 0; i < 9999; i++)
        buf_add_text(&body, "DSomebody0000001\\n");
    buf_add_text(&body, "T99990000099990001\\n'");
    node_run_parts(stage, FIXED(BANK, KEY), "", "", NULL, buf_text(&body), &result);
    assert_int_equal(result.status, 500);
    assert_non_null(
        strstr(json_get_text(result.error, "text"),
               "line 10001, column 15, all: the file says 1, but its lines give 10001"));
    buf_fini(&body);
    node_run_end(&result);
    stage_free(stage);
}

static void test_compile(void **state)
{
    struct node_try *try = *state;
    static const struct {
        const char *records, *more, *pointer, *wanted;
    } cases[] = {
        { "{'name': 'a', 'fields': [{'name': 'x', 'start': 3, 'length': 2}, {'name': 'y', "
          "'start': 4, 'length': 1}]}",
          "", "/config/records/0/fields/1", "where \"x\" still goes on" },
        { "{'name': 'a', 'fields': [{'name': 'x', 'length': 5}]}", ", 'width': 4",
          "/config/records/0/fields/0", "does not lie within a line" },
        { "{'name': 'a', 'fields': [{'name': 'x', 'length': 1}, {'name': 'x', 'length': 1}]}", "",
          "/config/records/0/fields/1", "there already" },
        { "{'name': 'a', 'fields': [{'length': 1}]}, {'name': 'b', 'fields': [{'length': 1}]}", "",
          "/config", "with more than one record" },
        { "{'name': 'a', 'fields': [{'length': 1}]}", KEY, "/config/records/0",
          "\"match\" says what stands at the key" },
        { "{'name': 'a', 'place': 'first', 'fields': [{'length': 1}]}", "", "/config",
          "no record that is neither first nor last" },
        { "{'name': 'a', 'fields': [{'length': 1}]}", ", 'unbroken': true", "/config",
          "need \"width\"" },
        { "{'name': 'a', 'fields': [{'name': 'x', 'length': 1, 'decimals': 2}]}", "",
          "/config/records/0/fields/0", "for numbers only" },
        { "{'name': 'a', 'fields': [{'name': 'x', 'length': 4, 'type': 'number', 'align': 'left', "
          "'pad': '0'}]}",
          "", "/config/records/0/fields/0", "would change it" },
        { "{'name': 'a', 'fields': [{'name': 'x', 'length': 4, 'type': 'number', 'sum_of': "
          "'b.y'}]}",
          "", "/config/records/0/fields/0", "\"sum_of\" names a number" },
        { "{'name': 'a', 'fields': [{'name': 'x', 'length': 4, 'pad': 'xx'}]}", "",
          "/config/records/0/fields/0", "\"pad\" is one character" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char config[500];

        snprintf(config, sizeof config, "{'input': '', 'records': [%s]%s}", cases[i].records,
                 cases[i].more);
        node_try_fault(try, "transform.fixed", config, NULL, cases[i].pointer, cases[i].wanted);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),   cmocka_unit_test(test_signs),
        cmocka_unit_test(test_totals), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_write),  cmocka_unit_test(test_write_faults),
        cmocka_unit_test(test_large),  NODE_TRY(test_compile),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
