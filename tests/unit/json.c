/* json.c - what is read is what was sent: numbers to the digit, texts, order of keys; places;
 * comparison; and the writer. What is refused is in json_refuse.c. */
#include "json_help.h"

/* ---- numbers --------------------------------------------------------------------------------- */

static void numbers_that_are_not_integers_keep_their_text(void **state)
{
    static const char *const numbers[] = {
        "100.10",
        "1E5",
        "1e5",
        "12345678901234567890",
        "0.1",
        "-0",
        "-0.0",
        "0.00",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "99999999999999999999999999999999999999999999999999",
        "1e309",
        "-1.5E-400",
        "0e+00",
        "10000000000000000000",
        "100.09999999999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        json_t *value = read_text(numbers[i]);

        assert_true(json_is_exact(value));
        assert_false(json_is_text(value));
        assert_null(json_text(value));
        assert_string_equal(json_exact_text(value), numbers[i]);
        assert_string_equal(json_kind(value), "number");
        assert_written(value, numbers[i]);
        json_decref(value);
    }
}

static void integers_of_64_bits_are_integers(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        { "0", 0 },
        { "7", 7 },
        { "-1", -1 },
        { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
        { "1000000000000000000", 1000000000000000000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *value = read_text(cases[i].text);

        assert_true(json_is_integer(value));
        assert_false(json_is_exact(value));
        assert_null(json_exact_text(value));
        assert_true(json_integer_value(value) == cases[i].value);
        assert_written(value, cases[i].text);
        json_decref(value);
    }
}

static void exact_numbers_can_be_made(void **state)
{
    static const char *const wrong[] = {
        "", "-", "1.", "01", "+1", "1 ", " 1", "abc", "1e", "0x1"
    };
    char longer[LIMIT_JSON_NUMBER + 2];
    json_t *value;

    (void)state;
    value = json_exact_new("12.50xyz", 5);
    assert_string_equal(json_exact_text(value), "12.50");
    json_decref(value);
    value = json_exact_new("12", 2);
    assert_true(json_is_integer(value));
    json_decref(value);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_null(json_exact_new(wrong[i], strlen(wrong[i])));
    memset(longer, '1', sizeof(longer));
    assert_null(json_exact_new(longer, LIMIT_JSON_NUMBER + 1));
    value = json_exact_new(longer, LIMIT_JSON_NUMBER);
    assert_non_null(value);
    json_decref(value);
}

/* ---- texts and containers -------------------------------------------------------------------- */

static void escapes_are_decoded(void **state)
{
    json_t *value =
        read_text("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u00e9\\u20AC\\ud83d\\ude00\","
                  "\"plain before \\u0041 and after\", \"\\u007f\\u0080\\u07ff\\uffff\","
                  "\"\\udbff\\udfff\", \"\"]");

    (void)state;
    assert_string_equal(json_text(json_array_get(value, 0)), "\"\\/\b\f\n\r\t");
    assert_string_equal(json_text(json_array_get(value, 1)),
                        "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    assert_string_equal(json_text(json_array_get(value, 2)), "plain before A and after");
    assert_string_equal(json_text(json_array_get(value, 3)), "\x7F\xC2\x80\xDF\xBF\xEF\xBF\xBF");
    assert_string_equal(json_text(json_array_get(value, 4)), "\xF4\x8F\xBF\xBF");
    assert_string_equal(json_text(json_array_get(value, 5)), "");
    json_decref(value);
}

static void space_between_is_skipped_and_keys_keep_their_order(void **state)
{
    json_t *value =
        read_text(" \r\n\t{ \"z\" :\t1 ,\"a\": [ ] , \"\": { } ,\"m\\u0065\": [ 1 , 2 ]\n} \n");

    (void)state;
    assert_written(value, "{\"z\":1,\"a\":[],\"\":{},\"me\":[1,2]}");
    json_decref(value);
}

static void a_document_may_be_any_value(void **state)
{
    static const char *const documents[] = { "null", "true", "false", "\"text\"", "{}", "[]", "0" };

    (void)state;
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        json_t *value = read_text(documents[i]);

        assert_written(value, documents[i]);
        json_decref(value);
    }
}

/* ---- comparison and members ------------------------------------------------------------------ */

static void same_is_by_text_and_not_by_order(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool same;
    } cases[] = {
        { "{\"a\":1,\"b\":[1,2]}", "{\"b\":[1,2],\"a\":1}", true },
        { "{\"a\":1}", "{\"a\":1,\"b\":1}", false },
        { "{\"a\":1}", "{\"b\":1}", false },
        { "[1,2]", "[2,1]", false },
        { "[1]", "[1,1]", false },
        { "1.0", "1", false },
        { "1.0", "1.0", true },
        { "1.10", "1.1", false },
        { "-0", "0", false },
        { "\"1\"", "1", false },
        { "\"1.5\"", "1.5", false },
        { "1.5", "\"1.5\"", false },
        { "null", "false", false },
        { "true", "true", true },
        { "\"a\"", "\"a\"", true },
        { "\"a\"", "\"ab\"", false },
        { "[]", "{}", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *a = read_text(cases[i].a);
        json_t *b = read_text(cases[i].b);

        assert_int_equal(json_same(a, b), cases[i].same);
        assert_int_equal(json_same(b, a), cases[i].same);
        assert_false(json_same(a, NULL));
        json_decref(a);
        json_decref(b);
    }
    assert_true(json_same(NULL, NULL));
}

static void a_real_is_the_number_its_text_is(void **state)
{
    json_t *real = json_real(100.1);
    json_t *exact = read_text("100.1");
    json_t *five = json_real(5);
    json_t *integer = json_integer(5);

    (void)state;
    assert_true(json_same(real, exact));
    assert_true(json_same(integer, five));
    assert_false(json_same(integer, exact));
    json_decref(real);
    json_decref(exact);
    json_decref(five);
    json_decref(integer);
}

static void members_of_another_type_are_not_there(void **state)
{
    json_t *object =
        read_text("{\"t\":\"x\",\"i\":-3,\"e\":1.5,\"n\":null,\"o\":{},\"a\":[],\"b\":true}");
    bool failed = false;

    (void)state;
    assert_string_equal(json_get_text(object, "t"), "x");
    assert_null(json_get_text(object, "i"));
    assert_null(json_get_text(object, "e"));
    assert_null(json_get_text(object, "none"));
    assert_null(json_get_text(NULL, "t"));
    assert_int_equal(json_get_int(object, "i", 9), -3);
    assert_int_equal(json_get_int(object, "t", 9), 9);
    assert_int_equal(json_get_int(object, "e", 9), 9);
    assert_int_equal(json_get_int(NULL, "i", 9), 9);
    assert_string_equal(json_kind(json_object_get(object, "t")), "text");
    assert_string_equal(json_kind(json_object_get(object, "i")), "number");
    assert_string_equal(json_kind(json_object_get(object, "e")), "number");
    assert_string_equal(json_kind(json_object_get(object, "n")), "null");
    assert_string_equal(json_kind(json_object_get(object, "o")), "object");
    assert_string_equal(json_kind(json_object_get(object, "a")), "array");
    assert_string_equal(json_kind(json_object_get(object, "b")), "boolean");
    assert_string_equal(json_kind(NULL), "nothing");
    json_put(object, "new", json_integer(1), &failed);
    json_put_or_null(object, "empty", NULL, &failed);
    assert_false(failed);
    assert_int_equal(json_get_int(object, "new", 0), 1);
    assert_true(json_is_null(json_object_get(object, "empty")));
    json_put(object, "bad key \xFF", json_integer(1), &failed);
    assert_true(failed);
    json_decref(object);
}

/* ---- places and pointers --------------------------------------------------------------------- */

static const char flow[] = "{\n"
                           "  \"name\": \"a\",\n"
                           "  \"nodes\": [\n"
                           "    { \"id\": \"x\",\n"
                           "      \"a/b\" : { \"m~n\": [10, 20,\n"
                           "  30] } },\n"
                           "    {}\n"
                           "  ],\n"
                           "  \"\\u0065\": {\"\": 5}, \"0\": {\"1\": 2}\n"
                           "}";

static void pointers_lead_to_lines_and_columns(void **state)
{
    static const struct {
        const char *pointer;
        unsigned line;
        unsigned column;
        unsigned key_line;
        unsigned key_column;
    } cases[] = {
        { "", 1, 1, 1, 1 },
        { "/name", 2, 11, 2, 3 },
        { "/nodes", 3, 12, 3, 3 },
        { "/nodes/0", 4, 5, 4, 5 },
        { "/nodes/0/id", 4, 13, 4, 7 },
        { "/nodes/0/a~1b", 5, 15, 5, 7 },
        { "/nodes/0/a~1b/m~0n", 5, 24, 5, 17 },
        { "/nodes/0/a~1b/m~0n/0", 5, 25, 5, 25 },
        { "/nodes/0/a~1b/m~0n/2", 6, 3, 6, 3 },
        { "/nodes/1", 7, 5, 7, 5 },
        { "/e", 9, 13, 9, 3 },
        { "/e/", 9, 18, 9, 14 },
        { "/0/1", 9, 33, 9, 28 },
        /* what is not there: the nearest that encloses it */
        { "/nodes/2", 3, 12, 3, 12 },
        { "/nodes/00", 3, 12, 3, 12 },
        { "/nodes/-1", 3, 12, 3, 12 },
        { "/nodes/1/type", 7, 5, 7, 5 },
        { "/nodes/0/a~1b/none/deeper", 5, 15, 5, 15 },
        { "/nodes/0/a~1/m", 4, 5, 4, 5 },
        { "/none", 1, 1, 1, 1 },
        { "no pointer", 1, 1, 1, 1 },
        { "/name/x", 2, 11, 2, 11 },
    };
    struct json_places *places;
    unsigned line;
    unsigned column;
    struct err e;
    json_t *value =
        json_read_places(flow, sizeof(flow) - 1, &json_limits_flow, &places, &line, &column, &e);

    (void)state;
    assert_non_null(value);
    json_decref(value); /* the places stand without the value */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_places_find(places, cases[i].pointer, &line, &column);
        assert_int_equal(line, cases[i].line);
        assert_int_equal(column, cases[i].column);
        json_places_key(places, cases[i].pointer, &line, &column);
        assert_int_equal(line, cases[i].key_line);
        assert_int_equal(column, cases[i].key_column);
    }
    json_places_free(places);
    json_places_free(NULL);
}

static void a_pointer_escapes_what_it_must(void **state)
{
    struct buf pointer;

    (void)state;
    buf_init(&pointer, 100);
    json_pointer_add(&pointer, "nodes");
    json_pointer_add(&pointer, "a/b~c");
    json_pointer_add(&pointer, "");
    json_pointer_add(&pointer, "~/");
    assert_string_equal(buf_text(&pointer), "/nodes/a~1b~0c//~0~1");
    buf_fini(&pointer);
}

static void valid_utf8_is_known(void **state)
{
    (void)state;
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("0123456789\xC3\xA9 0123456789 \xF4\x8F\xBF\xBF", 28));
    assert_true(utf8_valid("a\0b", 3));
    assert_false(utf8_valid("0123456789\xC3", 11));
    assert_false(utf8_valid("0123456789\xC3(", 12));
    assert_false(utf8_valid("\xED\xA0\x80", 3));
    assert_int_equal(utf8_count("a\xC3\xA9\xF4\x8F\xBF\xBF"), 3);
    assert_int_equal(utf8_cut("a\xC3\xA9z", 2), 1);
    assert_int_equal(utf8_cut("a\xC3\xA9z", 3), 3);
    assert_int_equal(utf8_cut("a\xC3\xA9z", 9), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_are_not_integers_keep_their_text),
        cmocka_unit_test(integers_of_64_bits_are_integers),
        cmocka_unit_test(exact_numbers_can_be_made),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(space_between_is_skipped_and_keys_keep_their_order),
        cmocka_unit_test(a_document_may_be_any_value),
        cmocka_unit_test(same_is_by_text_and_not_by_order),
        cmocka_unit_test(a_real_is_the_number_its_text_is),
        cmocka_unit_test(members_of_another_type_are_not_there),
        cmocka_unit_test(pointers_lead_to_lines_and_columns),
        cmocka_unit_test(a_pointer_escapes_what_it_must),
        cmocka_unit_test(valid_utf8_is_known),
    };

    return cmocka_run_group_tests_name("json", tests, json_begin, NULL);
}
