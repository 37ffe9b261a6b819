/* charset.c - foreign bytes as UTF-8 and back, in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "format/charset.h"

/* Decodes in pieces of `step` bytes. */
static enum err_code decode(const char *name, const char *bytes, size_t size, size_t step,
                            struct buf *out, struct err *e)
{
    struct charset *charset = charset_open(name, e);
    enum err_code rc = ERR_OK;

    assert_non_null(charset);
    for (size_t at = 0; rc == ERR_OK && at < size; at += step)
        rc = charset_feed(charset, bytes + at, size - at < step ? size - at : step, out, e);
    if (rc == ERR_OK)
        rc = charset_end(charset, out, e);
    charset_close(charset);
    return rc;
}

static void gives(const char *name, const char *bytes, size_t size, const char *wanted)
{
    for (size_t step = 1; step <= size + 1; step++) {
        struct buf out;
        struct err e;

        buf_init(&out, MIB);
        if (decode(name, bytes, size, step, &out, &e) != ERR_OK)
            fail_msg("%s", e.text);
        assert_string_equal(buf_text(&out), wanted);
        buf_fini(&out);
    }
}
#define GIVES(name, bytes, wanted) gives(name, bytes, sizeof bytes - 1, wanted)

static void refuses(const char *name, const char *bytes, size_t size, const char *part)
{
    for (size_t step = 1; step <= size + 1; step++) {
        struct buf out;
        struct err e;

        buf_init(&out, MIB);
        assert_int_equal(decode(name, bytes, size, step, &out, &e), ERR_SYNTAX);
        if (strstr(e.text, part) == NULL)
            fail_msg("step %zu: wanted %s, said %s", step, part, e.text);
        buf_fini(&out);
    }
}
#define REFUSES(name, bytes, part) refuses(name, bytes, sizeof bytes - 1, part)

static void test_utf8(void **state)
{
    (void)state;
    GIVES(NULL, "", "");
    GIVES(NULL, "a", "a");
    GIVES("utf-8",
          "Gr\xC3\xBC\xC3\x9F"
          "e \xE2\x82\xAC \xF0\x9F\x98\x80!",
          "Gr\xC3\xBC\xC3\x9F"
          "e \xE2\x82\xAC \xF0\x9F\x98\x80!");
    GIVES(NULL,
          "\xEF\xBB\xBF"
          "a;b",
          "a;b");
    GIVES("UTF8", "\xEF\xBB\xBF", "");
    GIVES(NULL, "\xEF\xBB\xBF\xEF\xBB\xBF", "\xEF\xBB\xBF"); /* the second is a character */
}

static void test_utf16(void **state)
{
    (void)state;
    GIVES(NULL,
          "\xFF\xFE"
          "a\0\xFC\0\x3D\xD8\x00\xDE",
          "a\xC3\xBC\xF0\x9F\x98\x80");
    GIVES(NULL, "\xFE\xFF\0a\0\xFC", "a\xC3\xBC");
    GIVES("utf-16le", "a\0b\0", "ab");
    GIVES("utf-16be", "\0a\0b", "ab");
    GIVES("utf-16",
          "\xFF\xFE"
          "a\0",
          "a");
    REFUSES("utf-16le", "a\0b", "cut");
    REFUSES("utf-16le", "a\0\n\0\x00\xDC", "line 2, column 1");
}

static void test_one_byte(void **state)
{
    (void)state;
    GIVES("windows-1252", "M\xFCller \x80 5,00 \x93x\x94",
          "M\xC3\xBCller \xE2\x82\xAC 5,00 \xE2\x80\x9Cx\xE2\x80\x9D");
    GIVES("iso-8859-1", "\xA4\xE9", "\xC2\xA4\xC3\xA9");
    GIVES("ISO-8859-15", "\xA4\xE9", "\xE2\x82\xAC\xC3\xA9");
    GIVES("ibm-850", "\x81", "\xC3\xBC");
    GIVES("ibm-037", "\xC8\x85\x93\x93\x96", "Hello"); /* EBCDIC */
    GIVES("shift_jis", "\x93\xFA\x96\x7B", "\xE6\x97\xA5\xE6\x9C\xAC");
}

static void test_places(void **state)
{
    (void)state;
    REFUSES("utf-8", "abc\nd\xC3\xBC\xFFx", "line 2, column 3: the byte 0xFF");
    REFUSES("utf-8", "ab\xC3", "line 1, column 3: the byte 0xC3 at the end");
    REFUSES("utf-8", "ab\xE2\x82", "line 1, column 3");
    REFUSES("utf-8", "xy\xE2\xE2\xE2\xE2\xE2\xE2", "line 1, column 3: the byte 0xE2");
    REFUSES("utf-8", "xy\xE2\x82\xF0\x9F", "line 1, column 3: the bytes 0xE2 0x82");
    REFUSES("utf-8", "\xC0\x80", "line 1, column 1");
    REFUSES("utf-8", "\n\n\xED\xA0\x80", "line 3, column 1");
    REFUSES("utf-8", "a\nb\0c", "line 2, column 2: a NUL");
    REFUSES("windows-1252", "a\nbc\0", "line 2, column 3: a NUL");
    REFUSES("us-ascii", "a\nbc\xE4", "line 2, column 3: the byte 0xE4");
    REFUSES("shift_jis", "ab\x93", "line 1, column 3");
}

static void test_names(void **state)
{
    struct err e;

    (void)state;
    assert_true(charset_known(NULL));
    assert_true(charset_known("utf-8"));
    assert_true(charset_known("Windows-1252"));
    assert_true(charset_known("latin1"));
    assert_false(charset_known("klingon"));
    assert_false(charset_known("windows-1252,swaplfnl"));
    assert_null(charset_open("klingon", &e));
    assert_non_null(strstr(e.text, "\"klingon\""));
}

static void encodes(const char *name, const char *text, bool mark, const char *bytes, size_t size)
{
    struct buf out;
    struct err e;

    buf_init(&out, MIB);
    if (charset_encode(name, text, strlen(text), mark, &out, &e) != ERR_OK)
        fail_msg("%s", e.text);
    assert_int_equal(out.len, size);
    assert_memory_equal(buf_text(&out), bytes, size);
    buf_fini(&out);
}
#define ENCODES(name, text, mark, bytes) encodes(name, text, mark, bytes, sizeof bytes - 1)

static void test_encode(void **state)
{
    struct buf out;
    struct err e;

    (void)state;
    ENCODES("windows-1252", "M\xC3\xBCller \xE2\x82\xAC", false, "M\xFCller \x80");
    ENCODES("utf-8", "\xC3\xBC", true, "\xEF\xBB\xBF\xC3\xBC");
    ENCODES(NULL, "\xC3\xBC", false, "\xC3\xBC");
    ENCODES("utf-16le", "a\xC3\xBC", true,
            "\xFF\xFE"
            "a\0\xFC\0");
    ENCODES("utf-16be", "a", false, "\0a");
    ENCODES("iso-8859-15", "\xE2\x82\xAC", false, "\xA4");
    buf_init(&out, MIB);
    assert_int_equal(charset_encode("iso-8859-1", "5 \xE2\x82\xAC", 5, false, &out, &e),
                     ERR_INVALID);
    assert_non_null(strstr(e.text, "\"\xE2\x82\xAC\" (U+20AC)"));
    assert_int_equal(charset_encode("klingon", "5", 1, false, &out, &e), ERR_INVALID);
    buf_fini(&out);
}

/* Every character of a one-byte encoding comes back as the byte it was. */
static void test_there_and_back(void **state)
{
    static const char *const names[] = { "windows-1252", "iso-8859-1",   "iso-8859-15",
                                         "ibm-850",      "windows-1250", "macintosh" };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (unsigned byte = 1; byte < 256; byte++) {
            char one = (char)byte;
            struct buf text, bytes;
            struct err e;

            buf_init(&text, 100);
            buf_init(&bytes, 100);
            if (charset_decode(names[i], &one, 1, &text, &e) == ERR_OK) {
                assert_int_equal(
                    charset_encode(names[i], buf_text(&text), text.len, false, &bytes, &e), ERR_OK);
                assert_int_equal(bytes.len, 1);
                assert_int_equal(*buf_text(&bytes), one);
            }
            buf_fini(&text);
            buf_fini(&bytes);
        }
}

/* Pieces that are longer than the converter's own. */
static void test_long(void **state)
{
    size_t size = 100001;
    char *bytes = mem_must(size);
    struct buf out;
    struct err e;

    (void)state;
    memset(bytes, 0xFC, size);
    buf_init(&out, MIB);
    assert_int_equal(charset_decode("windows-1252", bytes, size, &out, &e), ERR_OK);
    assert_int_equal(out.len, 2 * size);
    buf_fini(&out);
    buf_init(&out, 1000);
    assert_int_equal(charset_decode("windows-1252", bytes, size, &out, &e), ERR_LIMIT);
    buf_fini(&out);
    mem_free(bytes);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),           cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_one_byte),       cmocka_unit_test(test_places),
        cmocka_unit_test(test_names),          cmocka_unit_test(test_encode),
        cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_long),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
