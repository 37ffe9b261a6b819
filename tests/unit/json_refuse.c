/* json_refuse.c - what json_read() refuses: each with its message and its place, and without a byte
 * read behind the end or left behind. */
#include "json_help.h"

#include <stdio.h>

#include "base/fault.h"

/* Reads from a block of exactly that size, so that the sanitizer sees every byte too far. */
static json_t *read_exactly(const char *text, size_t size, struct err *e)
{
    char *block = mem_try(size);
    json_t *value;

    assert_non_null(block);
    if (size > 0)
        memcpy(block, text, size);
    value = json_read(block, size, &json_limits_body, e);
    mem_free(block);
    return value;
}

static void refused(const char *text, size_t size, enum err_code code, const char *message)
{
    size_t before = mem_used();
    struct json_places *places;
    char place[64];
    unsigned line;
    unsigned column;
    struct err e = { ERR_OK, "" };
    json_t *value = read_exactly(text, size, &e);

    if (value != NULL)
        fail_msg("accepted: %s", text);
    assert_string_equal(e.text, message);
    assert_int_equal(e.code, code);
    value = json_read_places(text, size, &json_limits_body, &places, &line, &column, &e);
    assert_null(value);
    assert_null(places);
    assert_string_equal(e.text, message);
    snprintf(place, sizeof(place), "line %u, column %u: ", line, column);
    if (strncmp(message, "line ", 5) == 0)
        assert_memory_equal(message, place, strlen(place));
    assert_int_equal(mem_used(), before);
}

struct refusal {
    const char *text;
    const char *message;
};

static void all_refused(const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        refused(rows[i].text, strlen(rows[i].text), ERR_SYNTAX, rows[i].message);
}
#define ALL_REFUSED(rows) all_refused(rows, sizeof(rows) / sizeof((rows)[0]))

static void documents(void **state)
{
    static const struct refusal rows[] = {
        { "", "line 1, column 1: the document is empty" },
        { " \n\t\r\n ", "line 3, column 2: the document is empty" },
        { "\xEF\xBB\xBF{}",
          "line 1, column 1: the document begins with a byte order mark (EF BB BF); "
          "send it without" },
        { "\xFF\xFE{", "line 1, column 1: the document is UTF-16; send it as UTF-8" },
        { "\xFE\xFF\x01{", "line 1, column 1: the document is UTF-16; send it as UTF-8" },
        { "{} {}", "line 1, column 4: the document has ended here, but more follows" },
        { "1 2", "line 1, column 3: the document has ended here, but more follows" },
        { "nullx", "line 1, column 5: the document has ended here, but more follows" },
        { "[]\n]", "line 2, column 1: the document has ended here, but more follows" },
    };

    (void)state;
    ALL_REFUSED(rows);
    refused("1\0", 2, ERR_SYNTAX,
            "line 1, column 2: the document has ended here, but more follows");
    refused(NULL, 0, ERR_SYNTAX, "line 1, column 1: the document is empty");
}

static void values(void **state)
{
    static const struct refusal rows[] = {
        { "'a'", "line 1, column 1: texts are in double quotes" },
        { "[1, ,2]", "line 1, column 5: a value is missing before the comma" },
        { "[,]", "line 1, column 2: a value is missing before the comma" },
        { "{\"a\":}", "line 1, column 6: a value is missing before }" },
        { "]", "line 1, column 1: a value is missing before ]; is there a comma too many?" },
        { "+1", "line 1, column 1: a number has no plus sign" },
        { ".5", "line 1, column 1: a number begins with a digit: write 0.5, not .5" },
        { "[\n// one\n1]", "line 2, column 1: JSON has no comments" },
        { "/* */ 1", "line 1, column 1: JSON has no comments" },
        { "NaN", "line 1, column 1: JSON has no NaN; use null" },
        { "{\"a\": Infinity}", "line 1, column 7: JSON has no Infinity; use null" },
        { "undefined", "line 1, column 1: JSON has no undefined; use null" },
        { "None", "line 1, column 1: write null" },
        { "True", "line 1, column 1: write true" },
        { "[False]", "line 1, column 2: write false" },
        { "hello",
          "line 1, column 1: a value cannot begin with h; it is an object, an array, a text in "
          "double quotes, a number, true, false or null" },
        { "nul", "line 1, column 1: a value cannot begin with n; it is an object, an array, a text "
                 "in double quotes, a number, true, false or null" },
        { "\x01", "line 1, column 1: a value cannot begin with the byte 0x01" },
        { "\xC3\xA4", "line 1, column 1: a value cannot begin with the byte 0xC3" },
        { "\xC2\xA0{}", "line 1, column 1: a value cannot begin with the byte 0xC2" },
    };

    (void)state;
    ALL_REFUSED(rows);
    refused("\0", 1, ERR_SYNTAX, "line 1, column 1: a value cannot begin with the byte 0x00");
}

static void containers(void **state)
{
    static const struct refusal rows[] = {
        { "{", "line 1, column 2: the document ends inside an object: } is missing" },
        { "{\"a\":1", "line 1, column 7: the document ends inside an object: } is missing" },
        { "{\"a\":1,", "line 1, column 8: the document ends inside an object: } is missing" },
        { "{\"a\"", "line 1, column 5: a colon must follow the key" },
        { "{\"a\" 1}", "line 1, column 6: a colon must follow the key" },
        { "{\"a\":", "line 1, column 6: the document ends where a value should be" },
        { "{\"a\":1,}", "line 1, column 8: a comma too many before }" },
        { "{,}", "line 1, column 2: a key in double quotes must stand here, in an object" },
        { "{a:1}", "line 1, column 2: a key in double quotes must stand here, in an object" },
        { "{'a':1}", "line 1, column 2: a key in double quotes must stand here, in an object" },
        { "{1:1}", "line 1, column 2: a key in double quotes must stand here, in an object" },
        { "{\"a\":1 \"b\":2}", "line 1, column 8: a comma or } must follow here, in an object" },
        { "{\"a\":1]", "line 1, column 7: a comma or } must follow here, in an object" },
        { "[", "line 1, column 2: the document ends where a value should be" },
        { "[1", "line 1, column 3: the document ends inside an array: ] is missing" },
        { "[1,", "line 1, column 4: the document ends where a value should be" },
        { "[1,\n ]", "line 2, column 2: a comma too many before ]" },
        { "[1 2]", "line 1, column 4: a comma or ] must follow here, in an array" },
        { "[1}", "line 1, column 3: a comma or ] must follow here, in an array" },
        { "[nullx]", "line 1, column 6: a comma or ] must follow here, in an array" },
    };

    (void)state;
    ALL_REFUSED(rows);
}

static void duplicate_keys(void **state)
{
    static const struct refusal rows[] = {
        { "{\n \"amount\": 1,\n      \"amount\": 2}",
          "line 3, column 7: duplicate key \"amount\"" },
        { "{\"a\":1,\"b\":{\"a\":1,\"\\u0061\":null}}", "line 1, column 19: duplicate key \"a\"" },
        { "{\"\":1,\"\":1}", "line 1, column 7: duplicate key \"\"" },
        { "{\"a\\nb\":1,\"a\\nb\":1}", "line 1, column 11: duplicate key \"a?b\"" },
        { "{\"0123456789012345678901234567890123456789012345678901234567890123456789\":1,"
          "\"0123456789012345678901234567890123456789012345678901234567890123456789\":1}",
          "line 1, column 77: duplicate key "
          "\"0123456789012345678901234567890123456789012345678901234567890123...\"" },
        { "{\"x\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
          "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
          "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
          "yz\xE2\x82\xAC\":1,"
          "\"x\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
          "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
          "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
          "yz\xE2\x82\xAC\":1}",
          "line 1, column 76: duplicate key "
          "\"x\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
          "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
          "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
          "...\"" },
    };

    (void)state;
    ALL_REFUSED(rows);
}

static void texts(void **state)
{
    static const struct refusal rows[] = {
        { "\"abc", "line 1, column 5: the document ends inside a text" },
        { "\"abcdefgh", "line 1, column 10: the document ends inside a text" },
        { "\"abc\\", "line 1, column 6: the document ends inside a text" },
        { "\"a\\x41\"", "line 1, column 3: there is no such escape in a text; a backslash itself "
                        "is written \\\\" },
        { "\"C:\\Users\"", "line 1, column 4: there is no such escape in a text; a backslash "
                           "itself is written \\\\" },
        { "\"\\u12\"", "line 1, column 2: four hexadecimal digits must follow \\u" },
        { "\"\\u12g4\"", "line 1, column 2: four hexadecimal digits must follow \\u" },
        { "\"\\u\"", "line 1, column 2: four hexadecimal digits must follow \\u" },
        { "\"a\nb\"", "line 1, column 3: a text cannot go over the end of a line; write \\n" },
        { "\"a\tb\"", "line 1, column 3: a control character (0x09) in a text; write \\u0009" },
        { "\"12345678\x1F\"",
          "line 1, column 10: a control character (0x1F) in a text; write \\u001f" },
        { "\"\\u0000\"", "line 1, column 2: a NUL character (\\u0000) is not accepted" },
        { "{\"a\\u0000b\":1}", "line 1, column 4: a NUL character (\\u0000) is not accepted" },
        { "\"\\ud83d\"", "line 1, column 2: half a surrogate pair (\\ud83d) is no character" },
        { "\"\\uDE00\"", "line 1, column 2: half a surrogate pair (\\ude00) is no character" },
        { "\"\\ud83d\\n\"", "line 1, column 2: half a surrogate pair (\\ud83d) is no character" },
        { "\"\\ud83d\\u0041\"",
          "line 1, column 2: half a surrogate pair (\\ud83d) is no character" },
        { "\"\\ud83d\\ud83d\"",
          "line 1, column 2: half a surrogate pair (\\ud83d) is no character" },
        { "\"\\ud83dxxxxxxxx\"",
          "line 1, column 2: half a surrogate pair (\\ud83d) is no character" },
    };

    (void)state;
    ALL_REFUSED(rows);
    refused("\"a\0\"", 4, ERR_SYNTAX,
            "line 1, column 3: a control character (0x00) in a text; write \\u0000");
}

static void bytes_that_are_no_utf8(void **state)
{
    static const char *const bytes[] = {
        "\x80",             /* a tail alone */
        "\xBF",             /* the same */
        "\xC0\x80",         /* overlong NUL */
        "\xC1\xBF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",     /* a surrogate */
        "\xED\xBF\xBF",     /* a surrogate */
        "\xF4\x90\x80\x80", /* over U+10FFFF */
        "\xF5\x80\x80\x80", /* over U+10FFFF */
        "\xF8\x88\x80\x80", /* five bytes */
        "\xFE",             /* never */
        "\xFF",             /* never: it marks our exact numbers */
        "\xC3(",            /* a tail missing */
        "\xE2\x82",         /* a tail missing */
        "\xE2(\xAC",        /* a tail missing */
        "\xF0\x9F\x98",     /* a tail missing */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        for (int before = 0; before < 10; before++) {
            char text[64];
            char message[100];
            int size = snprintf(text, sizeof(text), "\"%.*s%s\"", before, "abcdefghij", bytes[i]);

            snprintf(message, sizeof(message),
                     "line 1, column %d: the byte 0x%02X is not valid UTF-8", before + 2,
                     (unsigned)(unsigned char)bytes[i][0]);
            refused(text, (size_t)size, ERR_SYNTAX, message);
            text[0] = '{';
            text[1] = '"'; /* as a key, with or without a letter before */
            if (before > 0)
                assert_null(read_exactly(text, (size_t)size, &(struct err){ 0 }));
        }
    }
}

static void numbers(void **state)
{
    static const struct refusal rows[] = {
        { "-", "line 1, column 2: a digit must follow the minus sign" },
        { "-a", "line 1, column 2: a digit must follow the minus sign" },
        { "--1", "line 1, column 2: a digit must follow the minus sign" },
        { "-.5", "line 1, column 2: a digit must follow the minus sign" },
        { "01",
          "line 1, column 1: a number must not begin with a 0 that does not count; leave it out" },
        { "[-00.5]",
          "line 1, column 3: a number must not begin with a 0 that does not count; leave it out" },
        { "1.", "line 1, column 3: a digit must follow the point of a number" },
        { "1.e5", "line 1, column 3: a digit must follow the point of a number" },
        { "{\"a\":1.}", "line 1, column 8: a digit must follow the point of a number" },
        { "1e", "line 1, column 3: a digit must follow the exponent of a number" },
        { "1E+", "line 1, column 4: a digit must follow the exponent of a number" },
        { "1.5e-x", "line 1, column 6: a digit must follow the exponent of a number" },
        { "0x10", "line 1, column 2: the document has ended here, but more follows" },
        { "[1,000.00]",
          "line 1, column 4: a number must not begin with a 0 that does not count; leave it out" },
        { "[1_000]", "line 1, column 3: a comma or ] must follow here, in an array" },
    };

    (void)state;
    ALL_REFUSED(rows);
}

static void limits(void **state)
{
    static const struct json_limits tight = { .bytes = 20, .depth = 3, .values = 4 };
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        { "[[[1]]]", NULL },
        { "{\"a\":[{}]}", NULL },
        { "[[[[]]]]", "line 1, column 4: more than 3 levels deep" },
        { "[1,2,3]", NULL },
        { "[1,2,3,4]", "line 1, column 8: more than 4 values" },
        { "\"345678901234567890\"", NULL },
        { "\"3456789012345678901\"", "the document has 21 bytes; at most 20 are accepted" },
    };
    struct json_places *places;
    unsigned line;
    unsigned column;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *value = json_read(rows[i].text, strlen(rows[i].text), &tight, &e);

        assert_int_equal(value == NULL, rows[i].message != NULL);
        json_decref(value);
        value = json_read_places(rows[i].text, strlen(rows[i].text), &tight, &places, &line,
                                 &column, &e);
        assert_int_equal(value == NULL, rows[i].message != NULL);
        if (value == NULL) {
            assert_int_equal(e.code, ERR_LIMIT);
            assert_string_equal(e.text, rows[i].message);
        }
        json_decref(value);
        json_places_free(places);
    }
}

/* A key, or a number, of exactly the limit is read, and one of a byte more is not. */
static void lengths(void **state)
{
    char text[LIMIT_JSON_KEY + 100];
    struct err e;
    json_t *value;
    int size;

    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        size =
            snprintf(text, sizeof(text), "{\"\\n%0*d\": 1}", (int)(LIMIT_JSON_KEY - 1 + more), 7);
        value = read_exactly(text, (size_t)size, &e);
        assert_int_equal(value == NULL, more);
        json_decref(value);
    }
    assert_int_equal(e.code, ERR_LIMIT);
    assert_string_equal(e.text, "line 1, column 2: a key of 1025 bytes; at most 1024 are accepted");
    for (unsigned more = 0; more < 2; more++) {
        size = snprintf(text, sizeof(text), "[0.%0*d]", (int)(LIMIT_JSON_NUMBER - 2 + more), 7);
        value = read_exactly(text, (size_t)size, &e);
        assert_int_equal(value == NULL, more);
        json_decref(value);
    }
    assert_int_equal(e.code, ERR_LIMIT);
    assert_string_equal(e.text,
                        "line 1, column 2: a number of 129 characters; at most 128 are accepted");
}

static void deep_nesting(void **state)
{
    static char text[200000];
    struct err e;
    json_t *value;

    (void)state;
    memset(text, '[', sizeof(text));
    refused(text, sizeof(text), ERR_LIMIT, "line 1, column 65: more than 64 levels deep");
    memset(text + 64, ']', 64);
    value = read_exactly(text, 128, &e);
    assert_non_null(value);
    json_decref(value);
    for (size_t i = 0; i < sizeof(text) / 5; i++)
        /* bytes with a size, no text: NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
        memcpy(text + 5 * i, "{\"a\":", 5);
    refused(text, sizeof(text), ERR_LIMIT, "line 1, column 321: more than 64 levels deep");
}

static const char sample[] =
    "{\"id\": \"TXN-1\", \"amount\": 100.10, \"n\": [0, -0, 1E5, -9223372036854775808, true, "
    "false],\n"
    " \"caf\\u00e9 \xC3\xA9\": \"\\ud83d\\ude00 \xF0\x9F\x98\x80 \\\"\\\\\\/\\b\\f\\n\\r\\t\",\n"
    " \"\": null, \"deep\": {\"a\": {\"b\": [[], {}, [{}]]}}, \"big\": 12345678901234567890 }";

static void every_prefix_is_refused(void **state)
{
    size_t size = sizeof(sample) - 1;
    struct err e;
    json_t *value = read_exactly(sample, size, &e);
    size_t before;

    (void)state;
    assert_non_null(value);
    json_decref(value);
    before = mem_used();
    for (size_t i = 0; i < size; i++) {
        e.code = ERR_OK;
        assert_null(read_exactly(sample, i, &e));
        assert_int_equal(e.code, ERR_SYNTAX);
        assert_int_equal(mem_used(), before);
    }
}

/* Whatever byte stands wherever: it is refused with a place, or read into something that is written
 * and read again as the same. */
static void any_byte_anywhere_does_no_harm(void **state)
{
    char text[sizeof(sample)];
    size_t size = sizeof(sample) - 1;
    size_t before = mem_used();
    struct err e;

    (void)state;
    for (size_t i = 0; i < size; i++) {
        for (int byte = 0; byte < 256; byte += 1 + (byte > 160) * 3) {
            json_t *value;
            json_t *again;
            char *written;
            size_t length;

            memcpy(text, sample, size);
            text[i] = (char)byte;
            value = read_exactly(text, size, &e);
            if (value == NULL) {
                assert_int_equal(strncmp(e.text, "line ", 5), 0);
                assert_true(utf8_valid(e.text, strlen(e.text)));
                continue;
            }
            written = json_text_new(value, 10000, &length);
            assert_non_null(written);
            again = read_exactly(written, length, &e);
            assert_true(json_same(value, again));
            mem_free(written);
            json_decref(value);
            json_decref(again);
        }
    }
    assert_int_equal(mem_used(), before);
}

/* Memory that fails at the 1st, 2nd, 3rd ... allocation: refused each time, nothing leaks, and in
 * the end it is read. */
static void want_of_memory(void **state)
{
    size_t before = mem_used();
    unsigned line;
    unsigned column;
    struct err e;

    (void)state;
    for (unsigned nth = 1, failed = 1; failed; nth++) {
        struct json_places *places = NULL;
        json_t *value;

        fault_arm("mem.try", nth, nth % 2);
        value = json_read_places(sample, sizeof(sample) - 1, &json_limits_body, &places, &line,
                                 &column, &e);
        failed = fault_hits() >= nth;
        fault_disarm();
        assert_int_equal(value == NULL, failed);
        if (value == NULL)
            assert_int_equal(e.code, ERR_MEMORY);
        json_decref(value);
        json_places_free(places);
        assert_int_equal(mem_used(), before);
        assert_true(nth < 1000);
    }
}

/* A copy is whole or none: one without a member would be another request. */
static void a_copy_has_all_of_it(void **state)
{
    struct err e;
    json_t *value = json_read(sample, sizeof(sample) - 1, &json_limits_body, &e);
    unsigned deep;

    (void)state;
    assert_non_null(value);
    for (deep = 0; deep < 2; deep++)
        for (unsigned nth = 1, failed = 1; failed; nth++) {
            json_t *copy;

            fault_arm("mem.try", nth, false);
            copy = deep ? json_copied_deep(value) : json_copied(value);
            failed = fault_hits() >= nth;
            fault_disarm();
            assert_int_equal(copy == NULL, failed);
            assert_true(copy == NULL || json_equal(copy, value));
            json_decref(copy);
        }
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents),
        cmocka_unit_test(values),
        cmocka_unit_test(containers),
        cmocka_unit_test(duplicate_keys),
        cmocka_unit_test(texts),
        cmocka_unit_test(bytes_that_are_no_utf8),
        cmocka_unit_test(numbers),
        cmocka_unit_test(limits),
        cmocka_unit_test(lengths),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(any_byte_anywhere_does_no_harm),
        cmocka_unit_test(want_of_memory),
        cmocka_unit_test(a_copy_has_all_of_it),
    };

    return cmocka_run_group_tests_name("json_refuse", tests, json_begin, NULL);
}
