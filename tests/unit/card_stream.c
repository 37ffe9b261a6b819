/* card_stream.c - card data in a text that comes in pieces: found however it is cut, and nothing
 * else changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/card_stream.h"
#include "base/limits.h"
#include "base/mem.h"

/* The text through a stream, in pieces of a size; the report is the caller's. */
static void through(const struct buf *text, size_t piece, struct buf *out,
                    struct card_report *report)
{
    struct card_stream stream;

    card_stream_init(&stream);
    for (size_t at = 0; at < text->len; at += piece)
        card_stream_add(&stream, buf_text(text) + at,
                        piece < text->len - at ? piece : text->len - at, out, report);
    card_stream_end(&stream, out, report);
    card_stream_fini(&stream);
    assert_true(buf_ok(out));
}

static void rows(struct buf *text, size_t size)
{
    buf_init(text, 8 * MIB);
    for (unsigned i = 0; text->len < size; i++)
        buf_addf(text, "%u,%s,12.50\n", i,
                 i % 97 == 50 ? "card 4111 1111 1111 1111" : "order 4711");
}

static void found_however_it_is_cut(void **state)
{
    static const size_t pieces[] = { 1, 7, 4096, 16384, 65536, 262144 };

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct card_report report = { 0 }, whole = { 0 };
        struct buf text, out, wanted;

        /* small pieces look at what is held again and again */
        rows(&text, pieces[i] < 1000 ? 5000 : 600000);
        buf_init(&out, 8 * MIB);
        buf_init(&wanted, 8 * MIB);
        assert_true(card_mask_text(buf_text(&text), text.len, NULL, &wanted, &whole));
        assert_null(strstr(buf_text(&wanted), "1111 1111"));
        through(&text, pieces[i], &out, &report);
        assert_int_equal(out.len, wanted.len);
        assert_memory_equal(buf_text(&out), buf_text(&wanted), out.len);
        assert_int_equal(report.numbers, whole.numbers);
        card_report_fini(&report);
        card_report_fini(&whole);
        buf_fini(&text);
        buf_fini(&out);
        buf_fini(&wanted);
    }
}

/* No line end and no comma anywhere: a number is still not cut in two. */
static void nothing_parts_it(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, MIB);
    while (text.len < 400000)
        buf_addf(&text, "xxxxxxxxxxxxxxxx 4111-1111-1111-1111 ");
    for (size_t piece = 40000; piece < 40040; piece++) {
        struct card_report report = { 0 };
        struct buf out;

        buf_init(&out, MIB);
        through(&text, piece, &out, &report);
        assert_null(strstr(buf_text(&out), "1111-1111-1111"));
        assert_int_equal(report.numbers, text.len / 37);
        card_report_fini(&report);
        buf_fini(&out);
    }
    buf_fini(&text);
}

static void any_bytes_pass_unchanged(void **state)
{
    struct card_report report = { 0 };
    struct buf text, out;
    uint64_t dice = 88172645463325252u;

    (void)state;
    buf_init(&text, MIB);
    buf_init(&out, MIB);
    for (size_t i = 0; i < 200000; i++) {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        buf_add_char(&text, (char)(dice >> 24));
    }
    through(&text, 10007, &out, &report);
    assert_int_equal(out.len, text.len);
    assert_memory_equal(buf_text(&out), buf_text(&text), text.len);
    assert_false(card_report_found(&report));
    card_report_fini(&report);
    buf_fini(&text);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_however_it_is_cut),
        cmocka_unit_test(nothing_parts_it),
        cmocka_unit_test(any_bytes_pass_unchanged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
