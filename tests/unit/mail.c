/* mail.c - messages as they go over the wire: nothing in a value ends a header or a part. */
#include "nodes/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"

static enum err_code address(const char *text, const char *header)
{
    char bare[MAIL_ADDRESS];
    struct buf out;
    struct err e;
    enum err_code rc;

    buf_init(&out, 4096);
    rc = mail_address(text, &out, bare, &e);
    if (rc == ERR_OK && header != NULL)
        assert_string_equal(buf_text(&out), header);
    buf_fini(&out);
    return rc;
}

static void test_addresses(void **state)
{
    static const char *const wrong[] = {
        "",
        "ann",
        "@example.com",
        "ann@",
        "ann@ex ample.com",
        "ann@example.com\r\nBcc: x@y.z",
        "Ann\nX: y <ann@example.com>",
        "Ann <ann@example.com",
        "a b@example.com",
        "<>",
        "ann@example.com, bob@example.com",
        "ann@-x.example",
        "a@b@c",
        "\"a b\"@example.com",
        "ann@example.com>",
        "Ann <ann@example.com> x",
        "-oQ@example.com",
    };

    (void)state;
    assert_int_equal(address("ann@example.com", "ann@example.com"), ERR_OK);
    assert_int_equal(address("<ann@example.com>", "ann@example.com"), ERR_OK);
    assert_int_equal(address("Ann Lee <a.l+x@example.com>", "\"Ann Lee\" <a.l+x@example.com>"),
                     ERR_OK);
    assert_int_equal(address("\"Lee, Ann\" <a@b.c>", "\"Lee, Ann\" <a@b.c>"), ERR_OK);
    assert_int_equal(address("A \"B\" <a@b.c>", "\"A \\\"B\\\"\" <a@b.c>"), ERR_OK);
    assert_int_equal(address("J\xC3\xBCrg <j@b.c>", "=?UTF-8?B?SsO8cmc=?= <j@b.c>"), ERR_OK);
    assert_int_equal(
        address("=?UTF-8?B?SsO8cmc=?= <j@b.c>", "=?UTF-8?B?PT9VVEYtOD9CP1NzTzhjbWM9Pz0=?= <j@b.c>"),
        ERR_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (address(wrong[i], NULL) == ERR_OK)
            fail_msg("taken: %s", wrong[i]);
    }
}

static const struct mail plain = {
    .from = "billing@example.com",
    .to = "ann@example.com, \x1f\"B\" <b@example.com>",
    .subject = "Payment 7",
    .id = "key@example.com",
    .date_ms = INT64_C(1795251783000),
    .key = "KEY",
    .text = "Dear Ann,\n.\nyours",
};

static char *written(const struct mail *mail, enum err_code wanted)
{
    struct buf out;
    struct err e;
    char *text;

    buf_init(&out, MAIL_SIZE);
    assert_int_equal(mail_write(mail, &out, &e), wanted);
    text = wanted == ERR_OK ? buf_take(&out, NULL) : NULL;
    buf_fini(&out);
    return text;
}

static void test_plain(void **state)
{
    char *text = written(&plain, ERR_OK);

    (void)state;
    assert_string_equal(text, "Date: Sat, 21 Nov 2026 09:03:03 +0000\r\n"
                              "From: billing@example.com\r\n"
                              "To: ann@example.com,\r\n \"B\" <b@example.com>\r\n"
                              "Message-ID: <key@example.com>\r\n"
                              "Subject: Payment 7\r\n"
                              "MIME-Version: 1.0\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: base64\r\n"
                              "\r\n"
                              "RGVhciBBbm4sCi4KeW91cnM=\r\n");
    mem_free(text);
}

static void test_parts(void **state)
{
    static const char bytes[] = "%PDF\0\x01";
    const struct mail_part part = { .name = "R\xC3\xA9sum\xC3\xA9 \"1\".pdf",
                                    .type = "application/pdf",
                                    .bytes = bytes,
                                    .size = sizeof bytes - 1 };
    struct mail mail = plain;
    char *text;

    (void)state;
    mail.html = "<p>Dear Ann</p>";
    mail.attachments = &part;
    mail.attachment_count = 1;
    mail.subject = "Zahlung \xE2\x82\xAC 100";
    text = written(&mail, ERR_OK);
    assert_non_null(strstr(text, "Subject: =?UTF-8?B?WmFobHVuZyDigqwgMTAw?=\r\n"));
    assert_non_null(strstr(text, "multipart/mixed; boundary=\"mix-KEY\"\r\n\r\n--mix-KEY\r\n"
                                 "Content-Type: multipart/alternative; boundary=\"alt-KEY\""));
    assert_non_null(strstr(text, "filename=\"R__sum__ _1_.pdf\";\r\n "
                                 "filename*=UTF-8''R%C3%A9sum%C3%A9%20%221%22.pdf\r\n"));
    assert_non_null(strstr(text, "\r\n\r\nJVBERgAB\r\n--mix-KEY--\r\n"));
    mem_free(text);
}

/* No line is longer than 76 bytes, no encoded word is cut within a character. */
static void test_lines(void **state)
{
    char subject[900] = "", body[5000];
    struct mail mail = plain;
    char *text, *at, *end;

    (void)state;
    for (unsigned i = 0; i < 200; i++)
        strncat(subject, "\xE2\x82\xAC", sizeof subject - strlen(subject) - 1);
    memset(body, '.', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    mail.subject = subject;
    mail.text = body;
    text = written(&mail, ERR_OK);
    for (at = text; (end = strstr(at, "\r\n")) != NULL; at = end + 2) {
        if (end - at > 78)
            fail_msg("long: %.100s", at);
        assert_null(memchr(at, '\n', (size_t)(end - at)));
    }
    assert_null(strstr(text, "?B?gqw")); /* the middle of a euro */
    mem_free(text);
}

static void test_injection(void **state)
{
    struct mail mail = plain;
    struct mail_part part = { .name = "a\r\nX: y", .type = "text/csv", .bytes = "", .size = 0 };

    (void)state;
    mail.subject = "a\r\nBcc: everybody@example.com";
    written(&mail, ERR_INVALID);
    mail.subject = "a\nb";
    written(&mail, ERR_INVALID);
    mail.subject = "a";
    mail.attachments = &part;
    mail.attachment_count = 1;
    written(&mail, ERR_INVALID);
    part.name = "a.csv";
    part.type = "text/csv\r\nX: y";
    written(&mail, ERR_INVALID);
    part.type = "csv";
    written(&mail, ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_plain),
        cmocka_unit_test(test_parts),     cmocka_unit_test(test_lines),
        cmocka_unit_test(test_injection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
