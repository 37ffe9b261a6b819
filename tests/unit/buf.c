/* buf.c - the growing buffer: what it holds, its ceiling, and how it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/mem.h"

static void an_empty_one_is_an_empty_text(void **state)
{
    struct buf b;
    size_t len = 7;

    (void)state;
    buf_init(&b, 10);
    assert_string_equal(buf_text(&b), "");
    assert_true(buf_ok(&b));
    assert_null(buf_take(&b, &len));
    assert_int_equal(len, 0);
    buf_fini(&b);
}

static void appends_add_up(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    buf_add(&b, "ab\0c", 4);
    buf_add_char(&b, '-');
    buf_add_text(&b, "text");
    buf_addf(&b, " %s=%d", "n", 42);
    buf_add(&b, NULL, 0);
    assert_int_equal(b.len, 14);
    assert_memory_equal(buf_text(&b), "ab\0c-text n=42", 15);
    buf_clear(&b);
    assert_string_equal(buf_text(&b), "");
    buf_add_text(&b, "again");
    assert_string_equal(buf_text(&b), "again");
    buf_fini(&b);
}

static void a_secret_one_moves_whole(void **state)
{
    struct buf b;

    (void)state;
    buf_init_secret(&b, 1000);
    for (int i = 0; i < 500; i++)
        buf_add_char(&b, (char)('a' + i % 26));
    assert_int_equal(b.len, 500);
    for (int i = 0; i < 500; i++)
        assert_int_equal(buf_text(&b)[i], 'a' + i % 26);
    for (int i = 0; i < 501; i++)
        buf_add_char(&b, 'x');
    assert_false(buf_ok(&b));
    buf_fini(&b);
    assert_true(b.secret);
    assert_true(buf_ok(&b));
}

static void integers_are_written_to_their_borders(void **state)
{
    static const struct {
        long long value;
        const char *text;
    } cases[] = {
        { 0, "0" },
        { 7, "7" },
        { -1, "-1" },
        { 1000000, "1000000" },
        { LLONG_MAX, "9223372036854775807" },
        { LLONG_MIN, "-9223372036854775808" },
    };
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_clear(&b);
        buf_add_int(&b, cases[i].value);
        assert_string_equal(buf_text(&b), cases[i].text);
    }
    buf_fini(&b);
}

static void the_ceiling_may_be_reached_and_not_passed(void **state)
{
    struct err e = { 0 };
    struct buf b;

    (void)state;
    buf_init(&b, 5);
    buf_add_text(&b, "12345");
    assert_true(buf_ok(&b));
    assert_int_equal(buf_check(&b, "the answer", &e), ERR_OK);
    assert_int_equal(e.code, ERR_OK);
    buf_add_char(&b, '6');
    assert_false(buf_ok(&b));
    assert_string_equal(buf_text(&b), "");
    buf_add_text(&b, "1");
    buf_addf(&b, "%d", 1);
    assert_int_equal(b.len, 0);
    assert_int_equal(buf_check(&b, "the answer", &e), ERR_LIMIT);
    assert_string_equal(e.text, "the answer is longer than 5 bytes");
    assert_null(buf_take(&b, NULL));
    buf_clear(&b);
    buf_addf(&b, "%s", "again");
    assert_string_equal(buf_text(&b), "again");
    buf_addf(&b, "%s", "!");
    assert_false(buf_ok(&b));
    buf_fini(&b);
    assert_true(buf_ok(&b));
}

static void a_buffer_without_memory_says_so(void **state)
{
    struct err e;
    struct buf b;

    (void)state;
    buf_init(&b, 10000);
    buf_add_text(&b, "kept until the next growth");
    fault_arm("mem.try", 1, true);
    for (int i = 0; i < 100; i++)
        buf_add_text(&b, "a piece of the text ");
    fault_disarm();
    assert_false(buf_ok(&b));
    assert_int_equal(buf_check(&b, "the answer", &e), ERR_MEMORY);
    assert_string_equal(e.text, "out of memory for the answer");
    buf_clear(&b);
    buf_add_text(&b, "healed");
    assert_string_equal(buf_text(&b), "healed");
    assert_int_equal(buf_check(&b, "the answer", &e), ERR_OK);
    buf_fini(&b);
}

static void what_is_taken_belongs_to_the_taker(void **state)
{
    size_t before = mem_used();
    struct buf b;
    size_t len;
    char *taken;

    (void)state;
    buf_init(&b, 100);
    buf_add_text(&b, "mine");
    taken = buf_take(&b, &len);
    assert_string_equal(taken, "mine");
    assert_int_equal(len, 4);
    buf_add_text(&b, "new");
    assert_string_equal(buf_text(&b), "new");
    assert_string_equal(taken, "mine");
    mem_free(taken);
    buf_fini(&b);
    assert_int_equal(mem_used(), before);
}

static void many_small_appends_grow_in_few_steps(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000000);
    fault_arm("mem.try", UINT_MAX, false);
    for (int i = 0; i < 1000000; i++)
        buf_add_char(&b, (char)('a' + i % 26));
    assert_in_range(fault_hits(), 1, 20);
    fault_disarm();
    assert_int_equal(b.len, 1000000);
    assert_true(b.room <= 1000001);
    for (int i = 0; i < 1000000; i++)
        assert_int_equal(b.at[i], 'a' + i % 26);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_is_an_empty_text),
        cmocka_unit_test(appends_add_up),
        cmocka_unit_test(a_secret_one_moves_whole),
        cmocka_unit_test(integers_are_written_to_their_borders),
        cmocka_unit_test(the_ceiling_may_be_reached_and_not_passed),
        cmocka_unit_test(a_buffer_without_memory_says_so),
        cmocka_unit_test(what_is_taken_belongs_to_the_taker),
        cmocka_unit_test(many_small_appends_grow_in_few_steps),
    };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
