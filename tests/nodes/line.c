/* line.c - what nodes that compare lists stand on: amounts, keys, days, and how alike texts are. */
#include "node_text.h"

#include "nodes/alike.h"
#include "nodes/amount.h"
#include "nodes/line.h"

static void amount_is(const char *text, int scale, const char *wanted)
{
    char back[AMOUNT_TEXT];
    amount_units units;
    int read;
    struct err e;

    if (amount_parse(text, strlen(text), &units, &read, &e) != ERR_OK)
        fail_msg("%s: %s", text, e.text);
    assert_int_equal(read, scale);
    amount_text(units, scale, back);
    assert_string_equal(back, wanted);
}

static void amount_is_refused(const char *text, const char *part)
{
    amount_units units;
    int scale;
    struct err e = { .code = ERR_OK };

    assert_int_equal(amount_parse(text, strlen(text), &units, &scale, &e), ERR_INVALID);
    if (strstr(e.text, part) == NULL)
        fail_msg("%s: %s", text, e.text);
}

static void test_amounts(void **state)
{
    (void)state;
    amount_is("0", 0, "0");
    amount_is("-0.00", 2, "0.00");
    amount_is("100.10", 2, "100.10");
    amount_is("-1234567890123456789.123456789012345678", 18,
              "-1234567890123456789.123456789012345678");
    amount_is("1.5e3", 0, "1500");
    amount_is("0.10000000000000000000", 1, "0.1");
    amount_is("0000123", 0, "123");
    amount_is("+7.5", 1, "7.5");
    amount_is_refused("1,234.50", "thousands");
    amount_is_refused("", "not a number");
    amount_is_refused("1.", "not a number");
    amount_is_refused("12345678901234567890", "too many digits");
    amount_is_refused("0.1234567890123456789", "too many digits");
}

static void key_is(const char *json, enum line_key how, const char *wanted)
{
    json_t *value = node_try_json(json);
    struct buf out;
    struct err e;

    buf_init(&out, KIB);
    assert_int_equal(line_key(value, how, &out, &e), ERR_OK);
    assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    json_decref(value);
}

static void test_keys(void **state)
{
    (void)state;
    key_is("' INV 1 '", LINE_EXACT, " INV 1 ");
    key_is("'  INV \\t 1 '", LINE_FOLDED, "inv 1");
    key_is("'INV-00/1.b'", LINE_ALNUM, "inv001b");
    key_is("'\xc3\x84-1'", LINE_ALNUM,
           "\xc3\x84"
           "1");
    key_is("'INV-0042'", LINE_DIGITS, "42");
    key_is("'000'", LINE_DIGITS, "0");
    key_is("'n/a'", LINE_DIGITS, "");
    key_is("42", LINE_EXACT, "42");
    key_is("42.50", LINE_EXACT, "42.50");
    key_is("true", LINE_FOLDED, "true");
    key_is("null", LINE_EXACT, "");
}

static int alike(const char *a, const char *b)
{
    int score = alike_score(a, strlen(a), b, strlen(b));

    assert_int_equal(score, alike_score(b, strlen(b), a, strlen(a)));
    return score;
}

static void test_alike(void **state)
{
    char longest[5000];

    (void)state;
    assert_int_equal(alike("Ann Smith", "ann  smith."), ALIKE_ONE);
    assert_int_equal(alike("Smith, Ann", "Ann Smith"), ALIKE_ONE);
    assert_int_equal(alike("INV-1001", "INV-1002"), 8750);
    assert_int_equal(alike("", ""), 0);
    assert_int_equal(alike("--", "a"), 0);
    assert_int_equal(alike("abc", "xyz"), 0);
    assert_int_equal(alike("M\xc3\xbcller", "Muller"), 8333);
    assert_int_equal(alike("\xff\xfe", "\xff"), 5000); /* no UTF-8: bytes for themselves */
    memset(longest, 'a', sizeof longest);
    assert_int_equal(alike_score(longest, sizeof longest, longest, 250), ALIKE_ONE);
}

static void day_is(const char *json, const char *wanted)
{
    json_t *value = node_try_json(json);
    char text[16];
    int32_t day;
    struct err e;

    assert_int_equal(line_day(value, &day, &e), ERR_OK);
    json_decref(value);
    if (wanted == NULL) {
        assert_int_equal(day, LINE_NO_DAY);
        return;
    }
    line_day_text(day, text);
    assert_string_equal(text, wanted);
}

static void test_days(void **state)
{
    (void)state;
    day_is("'2026-11-21'", "2026-11-21");
    day_is("'2026-11-21T23:59:59.999Z'", "2026-11-21");
    day_is("'2026-11-21T23:30:00-05:00'", "2026-11-22");
    day_is("0", "1970-01-01");
    day_is("-1", "1969-12-31");
    day_is("null", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NODE_TEXT(test_amounts),
        NODE_TEXT(test_keys),
        NODE_TEXT(test_days),
        NODE_TEXT(test_alike),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
