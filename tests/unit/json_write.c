/* json_write.c - the writer: escapes, reals, lines for people, round trips of random documents. */
#include "json_help.h"

#include <stdio.h>

#include "base/ident.h"

static void reals_are_written_by_their_shortest_text(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 0.1, "0.1" },
        { 100.1, "100.1" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1.0 / 3, "0.3333333333333333" },
        { 5, "5" },
        { 1e300, "1e+300" },
        { 5e-324, "4.94065645841247e-324" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *value = json_real(cases[i].value);

        assert_written(value, cases[i].text);
        json_decref(value);
    }
}

static void texts_are_written_with_the_short_escapes(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *written;
    } cases[] = {
        { "", 0, "\"\"" },
        { "a/b <script>", 12, "\"a/b <script>\"" },
        { "\"\\\b\f\n\r\t", 7, "\"\\\"\\\\\\b\\f\\n\\r\\t\"" },
        { "\x01\x1F\x7F", 3, "\"\\u0001\\u001f\x7F\"" },
        { "\0", 1, "\"\\u0000\"" },
        { "caf\xC3\xA9 \xF0\x9F\x98\x80 0123456789\n0123456789", 32,
          "\"caf\xC3\xA9 \xF0\x9F\x98\x80 0123456789\\n0123456789\"" },
        { "\xFF", 1, "\"\xEF\xBF\xBD\"" },
        { "a\xC3(", 3, "\"a\xEF\xBF\xBD(\"" },
        { "\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
        { "12345678\xE2\x82", 10, "\"12345678\xEF\xBF\xBD\xEF\xBF\xBD\"" },
    };
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_clear(&out);
        json_write_text(&out, cases[i].text, cases[i].size);
        assert_string_equal(buf_text(&out), cases[i].written);
    }
    buf_fini(&out);
}

static void a_person_gets_lines(void **state)
{
    json_t *value = read_text("{\"a\":1,\"b\":[true,{\"c\":null}],\"d\":{},\"e\":[]}");
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    json_write_pretty(&out, value);
    assert_string_equal(
        buf_text(&out),
        "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    {\n      \"c\": null\n    }\n  ],\n"
        "  \"d\": {},\n  \"e\": []\n}");
    buf_fini(&out);
    json_decref(value);
}

static void a_text_too_long_is_none(void **state)
{
    json_t *value = read_text("[1,2,3]");
    size_t length;
    char *text = json_text_new(value, 7, &length);

    (void)state;
    assert_string_equal(text, "[1,2,3]");
    mem_free(text);
    assert_null(json_text_new(value, 6, NULL));
    json_decref(value);
}

static unsigned pick(struct random *random, unsigned bound)
{
    unsigned word;

    random->fill(random, &word, sizeof(word));
    return word % bound;
}

static void random_string(struct random *random, struct buf *out)
{
    static const char *const pieces[] = {
        "a",
        "amount",
        "\"",
        "\\",
        "/",
        "\n",
        "\x01",
        "\x7F",
        "\xC3\xA9",
        "\xE2\x82\xAC",
        "\xF0\x9F\x98\x80",
        "0123456789abcdef",
        " ",
        "\xEF\xBF\xBF",
        "\xE2\x80\xA8",
        "'",
    };

    buf_clear(out);
    for (unsigned left = pick(random, 12); left > 0; left--)
        buf_add_text(out, pieces[pick(random, 16)]);
}

static json_t *random_number(struct random *random)
{
    struct buf digits;
    json_t *value;

    buf_init(&digits, LIMIT_JSON_NUMBER);
    buf_addf(&digits, "%s%u", pick(random, 2) ? "-" : "", pick(random, 1000000000));
    if (pick(random, 2))
        buf_addf(&digits, "%09u", pick(random, 1000000000));
    if (pick(random, 2))
        buf_addf(&digits, ".%05u", pick(random, 100000));
    if (pick(random, 3) == 0)
        buf_addf(&digits, "%c%s%u", "eE"[pick(random, 2)], pick(random, 2) ? "+" : "-",
                 pick(random, 400));
    value = json_exact_new(buf_text(&digits), digits.len);
    buf_fini(&digits);
    return value;
}

static json_t *random_value(struct random *random, unsigned depth)
{
    unsigned kind = pick(random, depth > 0 ? 8 : 5);
    json_t *value = kind < 6 ? NULL : (kind == 6 ? json_array() : json_object());
    struct buf text;

    buf_init(&text, 1000);
    switch (kind) {
    case 0:
        value = json_null();
        break;
    case 1:
        value = json_boolean(pick(random, 2));
        break;
    case 2:
    case 3:
        value = random_number(random);
        break;
    case 4:
    case 5:
        random_string(random, &text);
        value = json_stringn(buf_text(&text), text.len);
        break;
    default:
        for (unsigned left = pick(random, 9); left > 0; left--) {
            json_t *item = random_value(random, depth - 1);

            random_string(random, &text);
            if (kind == 6)
                json_array_append_new(value, item);
            else
                json_object_setn_new_nocheck(value, buf_text(&text), text.len, item);
        }
    }
    buf_fini(&text);
    assert_non_null(value);
    return value;
}

static void random_documents_come_back_the_same(void **state)
{
    size_t before = mem_used();
    struct random_seeded seeded;

    (void)state;
    for (unsigned seed = 1; seed <= 400; seed++) {
        json_t *value;
        json_t *again;
        struct buf compact;
        struct buf pretty;
        struct err e;

        random_seeded_init(&seeded, seed);
        value = random_value(&seeded.random, 6);
        buf_init(&compact, 10000000);
        buf_init(&pretty, 10000000);
        json_write(&compact, value);
        json_write_pretty(&pretty, value);
        again = json_read(buf_text(&pretty), pretty.len, &json_limits_reply, &e);
        assert_non_null(again);
        assert_true(json_same(value, again));
        buf_clear(&pretty);
        json_write(&pretty, again);
        assert_string_equal(buf_text(&pretty), buf_text(&compact));
        buf_fini(&compact);
        buf_fini(&pretty);
        json_decref(value);
        json_decref(again);
    }
    assert_int_equal(mem_used(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_are_written_by_their_shortest_text),
        cmocka_unit_test(texts_are_written_with_the_short_escapes),
        cmocka_unit_test(a_person_gets_lines),
        cmocka_unit_test(a_text_too_long_is_none),
        cmocka_unit_test(random_documents_come_back_the_same),
    };

    return cmocka_run_group_tests_name("json_write", tests, json_begin, NULL);
}
