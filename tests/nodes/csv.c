/* csv.c - "transform.csv": texts to rows and back, by the real engine. */
#include "node_run.h"
#include "node_try.h"

#define READ(input, more) \
    "{'id': 'it', 'type': 'transform.csv', 'config': {'input': '" input "'" more "}}"
#define WRITE(input, more)                                                                        \
    "{'id': 'it', 'type': 'transform.csv', 'config': {'mode': 'write', 'input': '" input "'" more \
    "}}"
#define BODY READ("=trigger.body", "")
#define AMOUNTS                                                                             \
    ", 'delimiter': ';', 'decimal': ',', 'group': '.', 'columns': [{'name': 'amount', "     \
    "'title': 'Betrag', 'type': 'number', 'required': true}, {'name': 'due', 'title': "     \
    "'F\xC3\xA4llig', 'type': 'date', 'pattern': 'dd.MM.yyyy'}, {'name': 'open', 'title': " \
    "'Offen', 'type': 'boolean', 'yes': 'J', 'no': 'N'}]"

static void test_read(void **state)
{
    (void)state;
    node_gives(BODY, "'id,amount\\n007,100.10\\n8,\\n'",
               "{'columns': ['id', 'amount'], 'count': 2, 'rows': [{'id': '007', 'amount': "
               "'100.10'}, {'id': '8', 'amount': ''}]}");
    node_gives(BODY, "'id,amount'", "{'columns': ['id', 'amount'], 'count': 0, 'rows': []}");
    node_gives(READ("=trigger.body", ", 'empty_null': true"), "'a,b\\n,\\\"\\\"\\n'",
               "{'columns': ['a', 'b'], 'count': 1, 'rows': [{'a': null, 'b': ''}]}");
    node_gives(READ("=trigger.body", ", 'header': false, 'columns': [{'name': 'x'}, {'name': 'n', "
                                     "'type': 'integer'}]"),
               "'a,1\\nb,\\n'",
               "{'columns': ['x', 'n'], 'count': 2, 'rows': [{'x': 'a', 'n': 1}, {'x': 'b', 'n': "
               "null}]}");
    node_gives(READ("=trigger.body", ", 'skip': 1, 'trim': true, 'delimiter': 'tab'"),
               "'Report\\n a \\t b\\n 1 \\t2\\n'",
               "{'columns': ['a', 'b'], 'count': 1, 'rows': [{'a': '1', 'b': '2'}]}");
}

static void test_read_typed(void **state)
{
    (void)state;
    node_gives(READ("=trigger.body", AMOUNTS),
               "'Nr;Betrag;F\xC3\xA4llig;Offen\\nA1;1.234,50;21.11.2026;J\\nA2;-3,00;;N'",
               "{'columns': ['Nr', 'amount', 'due', 'open'], 'count': 2, 'rows': [{'Nr': 'A1', "
               "'amount': 1234.50, 'due': '2026-11-21', 'open': true}, {'Nr': 'A2', 'amount': "
               "-3.00, 'due': null, 'open': false}]}");
    node_gives(READ("=trigger.body", AMOUNTS ", 'others': 'drop'"),
               "'Nr;Betrag;F\xC3\xA4llig;Offen\\nA1;12345678901234567890,05;;'",
               "{'columns': ['amount', 'due', 'open'], 'count': 1, 'rows': [{'amount': "
               "12345678901234567890.05, 'due': null, 'open': null}]}");
}

static void test_read_ragged(void **state)
{
    (void)state;
    node_gives(READ("=trigger.body", ", 'ragged': 'allow'"), "'a,,c\\n1\\n1,2,3,4,5\\n'",
               "{'columns': ['a', 'column_2', 'c'], 'count': 2, 'rows': [{'a': '1', 'column_2': "
               "null, 'c': null}, {'a': '1', 'column_2': '2', 'c': '3', '_more': ['4', '5']}]}");
    node_fails(BODY, "'a,b\\n1\\n'", "invalid",
               "the CSV: line 2, column 1, field 1: the row has 1 field, but there are 2 columns");
    node_fails(BODY, "'a,b\\n1,2\\n1,2,3\\n'", "invalid",
               "line 3, column 5, field 3: the row has 3");
}

static void test_read_bytes(void **state)
{
    (void)state;
    /* "name\nMüller €" in windows-1252 */
    node_gives(READ("=trigger.body", ", 'encoding': 'windows-1252'"),
               "{'base64': 'bmFtZQpN/GxsZXIggA=='}",
               "{'columns': ['name'], 'count': 1, 'rows': [{'name': 'M\xC3\xBCller "
               "\xE2\x82\xAC'}]}");
    node_gives(BODY, "{'base64': 'bmFtZQpN/GxsZXIggA==', 'encoding': 'windows-1252'}",
               "{'columns': ['name'], 'count': 1, 'rows': [{'name': 'M\xC3\xBCller "
               "\xE2\x82\xAC'}]}");
    node_gives(READ("=trigger.body", ", 'encoding': 'windows-1252'"), "'name\\nM\xC3\xBCller'",
               "{'columns': ['name'], 'count': 1, 'rows': [{'name': 'M\xC3\xBCller'}]}");
    node_fails(BODY, "{'base64': 'bmFtZQpN/GxsZXIggA=='}", "invalid",
               "the CSV: line 2, column 2: the byte 0xFC are no character of UTF-8");
    node_gives("{'id': 'it', 'type': 'transform.csv', 'config': {'encoding': 'windows-1252', "
               "'input': {'base64': '=trigger.body'}}}",
               "'bmFtZQpN/GxsZXIggA=='", /* as trigger.file gives it with "as": "base64" */
               "{'columns': ['name'], 'count': 1, 'rows': [{'name': 'M\xC3\xBCller "
               "\xE2\x82\xAC'}]}");
    node_fails(BODY, "{'base64': '!'}", "invalid", "is no base64");
    node_fails(BODY, "7", "invalid", "must be a text, or bytes");
    node_fails(BODY, "{'base64': 'AA==', 'encoding': 'klingon'}", "invalid", "klingon");
}

static void test_read_faults(void **state)
{
    (void)state;
    node_fails(BODY, "''", "invalid", "has no header");
    node_fails(BODY, "'a,a\\n'", "invalid",
               "the CSV: line 1, column 3, field 2 (a): the name is that of column 1 already");
    node_fails(BODY, "'a,\\n'", "invalid", "field 2 (): the header's name is empty");
    node_fails(BODY, "'a,b\\n1,\\\"2'", "invalid",
               "line 2, column 3, field 2: the field's closing quote is missing");
    node_fails(READ("=trigger.body", AMOUNTS), "'Nr;Offen\\n'", "invalid",
               "line 1: the header has no column \"Betrag\"; it has: Nr, Offen");
    node_fails(READ("=trigger.body", AMOUNTS), "'Betrag;F\xC3\xA4llig;Offen\\n1,5x;;\\n'",
               "invalid", "line 2, column 1, field 1 (amount): \"1,5x\" is no number with a");
    node_fails(READ("=trigger.body", AMOUNTS), "'Betrag;F\xC3\xA4llig;Offen\\n;;\\n'", "invalid",
               "field 1 (amount): the field is required");
    node_fails(READ("=trigger.body", AMOUNTS), "'Betrag;F\xC3\xA4llig;Offen\\n1;31.04.2026;\\n'",
               "invalid", "line 2, column 3, field 2 (due): \"31.04.2026\" is no date");
}

static void test_write(void **state)
{
    (void)state;
    node_gives(WRITE("=trigger.body", ""),
               "[{'id': 'a,b', 'amount': 100.10, 'x': null}, {'id': 'c', 'amount': 2, 'x': true}]",
               "'id,amount,x\\r\\n\\\"a,b\\\",100.10,\\r\\nc,2,true\\r\\n'");
    node_gives(WRITE("=trigger.body", AMOUNTS ", 'line_end': 'lf'"),
               "[{'amount': 1234.5, 'due': '2026-11-21', 'open': false}, {'amount': '7', 'open': "
               "true}]",
               "'Betrag;F\xC3\xA4llig;Offen\\n1.234,5;21.11.2026;N\\n7;;J\\n'");
    node_gives(WRITE("=trigger.body", ", 'header': false, 'columns': [{'name': 'a'}, {'name': "
                                      "'b'}], 'line_end': 'lf', 'quoting': 'texts'"),
               "[['x', 1], {'b': 2}]", "'\\\"x\\\",1\\n,2\\n'");
    node_gives(WRITE("=trigger.body", ", 'formulas': 'disarm', 'line_end': 'lf'"),
               "[{'a': '=cmd()', 'b': -5.00}]", "'a,b\\n\\u0027=cmd(),-5.00\\n'");
}

static void test_write_bytes(void **state)
{
    (void)state;
    node_gives(WRITE("=trigger.body", ", 'encoding': 'windows-1252', 'line_end': 'lf'"),
               "[{'name': 'M\xC3\xBCller \xE2\x82\xAC'}]",
               "{'base64': 'bmFtZQpN/GxsZXIggAo=', 'encoding': 'windows-1252'}");
    node_gives(WRITE("=trigger.body", ", 'mark': true, 'line_end': 'lf'"), "[{'a': 'b'}]",
               "{'base64': '77u/YQpiCg==', 'encoding': 'utf-8'}");
    node_fails(WRITE("=trigger.body", ", 'encoding': 'iso-8859-1'"), "[{'name': '5 \xE2\x82\xAC'}]",
               "invalid", "(U+20AC) does not exist in iso-8859-1");
}

static void test_write_faults(void **state)
{
    (void)state;
    node_fails(WRITE("=trigger.body", ""), "{}", "invalid", "must be a list of rows");
    node_fails(WRITE("=trigger.body", ""), "[]", "invalid", "no row to tell the columns from");
    node_fails(WRITE("=trigger.body", ""), "[{'a': 1}, {'a': 1, 'b': 2}]", "invalid",
               "row 2: there is no column for the member \"b\"");
    node_fails(WRITE("=trigger.body", ""), "[{'a': 1}, 7]", "invalid",
               "row 2: an object or a list");
    node_fails(WRITE("=trigger.body", ""), "[{'a': {}}]", "invalid", "row 1: a: a text, number");
    node_fails(WRITE("=trigger.body", AMOUNTS), "[{'due': '2026-11-21'}]", "invalid",
               "row 1: amount: the field is required, but is not there");
    node_fails(WRITE("=trigger.body", ", 'formulas': 'refuse'"), "[{'a': '@x'}]", "policy",
               "would be a formula");
}

/* More than is done on the loop. */
static void test_large(void **state)
{
    struct stage *stage = stage_new();
    struct node_result result;
    struct buf body;
    json_t *rows;

    (void)state;
    buf_init(&body, MIB);
    buf_add_text(&body, "'id,name,amount\\n");
    for (unsigned i = 0; i < 5000; i++)
        buf_addf(&body, "%u,somebody,%u.%02u\\n", i, i, i % 100);
    buf_add_char(&body, '\'');
    node_run_parts(stage, BODY, "", "", NULL, buf_text(&body), &result);
    assert_int_equal(result.status, 200);
    rows = json_object_get(result.output, "rows");
    assert_int_equal(json_array_size(rows), 5000);
    assert_string_equal(json_get_text(json_array_get(rows, 4999), "amount"), "4999.99");
    buf_fini(&body);
    node_run_end(&result);
    stage_free(stage);
}

static void test_compile(void **state)
{
    struct node_try *try = *state;

    node_try_fine(try, "transform.csv", "{'input': '=trigger.body'}", NULL);
    node_try_fault(try, "transform.csv", "{}", NULL, "/config", "\"input\" is missing");
    node_try_fault(try, "transform.csv", "{'input': '', 'delimiter': ';;'}", NULL,
                   "/config/delimiter", "one character");
    node_try_fault(try, "transform.csv", "{'input': '', 'delimiter': ''}", NULL,
                   "/config/delimiter", "one character");
    node_try_fault(try, "transform.csv", "{'input': '', 'quote': ','}", NULL, "/config",
                   "the same character");
    node_try_fault(try, "transform.csv", "{'input': '', 'encoding': 'klingon'}", NULL,
                   "/config/encoding", "no encoding");
    node_try_fault(try, "transform.csv", "{'input': '', 'header': false}", NULL, "/config",
                   "must name the columns");
    node_try_fault(try, "transform.csv", "{'input': '', 'decimal': ',', 'group': ','}", NULL,
                   "/config/group", "the same character");
    node_try_fault(try, "transform.csv",
                   "{'input': '', 'columns': [{'name': 'a', 'type': 'date', 'pattern': 'DD'}]}",
                   NULL, "/config/columns/0/pattern", "no part of a date's pattern");
    node_try_fault(try, "transform.csv",
                   "{'input': '', 'columns': [{'name': 'a', 'pattern': 'dd.MM.yyyy'}]}", NULL,
                   "/config/columns/0/pattern", "has a meaning with");
    node_try_fault(try, "transform.csv", "{'input': '', 'columns': [{'name': 'a'}, {'name': 'a'}]}",
                   NULL, "/config/columns/1", "there already");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),        cmocka_unit_test(test_read_typed),
        cmocka_unit_test(test_read_ragged), cmocka_unit_test(test_read_bytes),
        cmocka_unit_test(test_read_faults), cmocka_unit_test(test_write),
        cmocka_unit_test(test_write_bytes), cmocka_unit_test(test_write_faults),
        cmocka_unit_test(test_large),       NODE_TRY(test_compile),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
