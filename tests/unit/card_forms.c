/* Security codes in texts that are no JSON: XML, forms of both kinds, and what is escaped once
 * more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/card.h"
#include "base/limits.h"
#include "base/mem.h"

static void security_codes_in_other_forms(void **state)
{
#define GONE CARD_REMOVED
#define BLOB "kJh3Wd0/pLmTs5yRkJh3Wd0/pLmTs5yRZq7vK2xB+A=="
    static const char *const forms[][2] = {
        { "<card csc='123'/>", "<card csc='" GONE "'/>" },
        { "<a:securityCode xmlns:a=\"x\">\n  1234\n</a:securityCode>",
          "<a:securityCode xmlns:a=\"x\">\n  " GONE "\n</a:securityCode>" },
        { "<cvv><![CDATA[123]]></cvv>", "<cvv><![CDATA[" GONE "]]></cvv>" },
        { "<Name>cvv</Name>\n<Value>123</Value>", "<Name>cvv</Name>\n<Value>" GONE "</Value>" },
        { "<input name=\"csc\" value=\"123\">", "<input name=\"csc\" value=\"" GONE "\">" },
        { "<x>&lt;csc&gt;123&lt;/csc&gt;</x>", "<x>&lt;csc&gt;" GONE "&lt;/csc&gt;</x>" },
        { "<x>{&quot;cvv&quot;:&quot;123&quot;}</x>",
          "<x>{&quot;cvv&quot;:&quot;" GONE "&quot;}</x>" },
        { "{&amp;quot;cvv&amp;quot;:123}", "{&amp;quot;cvv&amp;quot;:" GONE "}" },
        { "card%5Bcvv%5D=123&x=1", "card%5Bcvv%5D=" GONE "&x=1" },
        { "securityCode=0123&x=1", "securityCode=" GONE "&x=1" },
        { "a=%257B%2522cvv%2522%253A%2522123%2522", "a=%257B%2522cvv%2522%253A%2522" GONE "%2522" },
        { "{\\u0022cvv\\u0022\\u003a\\u0022123\\u0022}",
          "{\\u0022cvv\\u0022\\u003a\\u0022" GONE "\\u0022}" },
        { "Content-Disposition: form-data; name=\"csc\"\r\n\r\n123\r\n--x",
          "Content-Disposition: form-data; name=\"csc\"\r\n\r\n" GONE "\r\n--x" },
        { "name=\"cvv2\"\nContent-Type: text/plain\n\n1234\n",
          "name=\"cvv2\"\nContent-Type: text/plain\n\n" GONE "\n" },
        { "<encryptedCsc>" BLOB "</encryptedCsc>", "<encryptedCsc>" GONE "</encryptedCsc>" },
        { "encrypted_csc=kJh3Wd0%2FpLmTs5yRkJh3Wd0%2FpLmTs5yRZq7v%3D&x=1",
          "encrypted_csc=" GONE "&x=1" },
        { "<card cvv=\"" BLOB "\"/>", "<card cvv=\"" GONE "\"/>" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct card_report report = { 0 };
        struct buf out;

        buf_init(&out, KIB);
        if (!card_suspect(forms[i][0], strlen(forms[i][0])) ||
            !card_mask_text(forms[i][0], strlen(forms[i][0]), NULL, &out, &report))
            fail_msg("nothing is taken out of: %s", forms[i][0]);
        assert_string_equal(buf_text(&out), forms[i][1]);
        assert_int_equal(report.codes, 1);
        buf_fini(&out);
        card_report_fini(&report);
    }
}

static void what_only_looks_like_one(void **state)
{
    static const char *const others[] = {
        "<cvv></cvv><amount>123</amount>",
        "cvv&amount=100",
        "<cvvResult>M</cvvResult><code>200</code>",
        "name=\"cvv\" type=\"text\" size=\"123\"",
        "the cvv\n1234 Main St",
        "csc: see 100",
        "name=\"order\"\r\n\r\n123\r\n",
        "cvv=&amount=123",
        "%2522order%2522%253A123",
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct card_report report = { 0 };
        struct buf out;

        buf_init(&out, KIB);
        if (card_mask_text(others[i], strlen(others[i]), NULL, &out, &report))
            fail_msg("%s becomes %s", others[i], buf_text(&out));
        buf_fini(&out);
        card_report_fini(&report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(security_codes_in_other_forms),
        cmocka_unit_test(what_only_looks_like_one),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
