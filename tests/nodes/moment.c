/* moment.c - moments as settings have them, read as date.parse() of the rules reads them. */
#include "node_text.h"

#include "base/clock.h"
#include "nodes/moment.h"

static void test_moments(void **state)
{
    static const struct {
        const char *json, *wanted; /* NULL: refused */
    } cases[] = {
        { "'2026-11-21'", "2026-11-21T00:00:00.000Z" },
        { "'2026-11-21T09:03'", "2026-11-21T09:03:00.000Z" },
        { "'2026-11-21 09:03:03'", "2026-11-21T09:03:03.000Z" },
        { "'2026-11-21T09:03:03.5Z'", "2026-11-21T09:03:03.500Z" },
        { "'2026-11-21T09:03:03,123456+01:00'", "2026-11-21T08:03:03.123Z" },
        { "'2026-11-21T09:03-0530'", "2026-11-21T14:33:00.000Z" },
        { "'2026-11-21T09:03+01'", "2026-11-21T08:03:00.000Z" },
        { "'2024-02-29T23:59:60Z'", "2024-03-01T00:00:00.000Z" },
        { "'2000-02-29'", "2000-02-29T00:00:00.000Z" },
        { "'1969-12-31T23:59:59.999Z'", "1969-12-31T23:59:59.999Z" },
        { "'0001-01-01'", "0001-01-01T00:00:00.000Z" },
        { "'9999-12-31T23:59:59.999Z'", "9999-12-31T23:59:59.999Z" },
        { "0", "1970-01-01T00:00:00.000Z" },
        { "1795251783123", "2026-11-21T09:03:03.123Z" },
        { "1795251783123.0", "2026-11-21T09:03:03.123Z" },
        { "1e3", "1970-01-01T00:00:01.000Z" },
        { "-1", "1969-12-31T23:59:59.999Z" },
        { "'2100-02-29'", NULL },
        { "'2026-02-30'", NULL },
        { "'2026-13-01'", NULL },
        { "'2026-00-01'", NULL },
        { "'2026-11-21T24:00'", NULL },
        { "'2026-11-21T09:60'", NULL },
        { "'2026-11-21T09:03:61'", NULL },
        { "'2026-11-21T09'", NULL },
        { "'2026-11-21T09:03:03.Z'", NULL },
        { "'2026-11-21T09:03Zx'", NULL },
        { "'2026-11-21T09:03+19:00'", NULL },
        { "'2026-11-21Z'", NULL },
        { "'26-11-21'", NULL },
        { "' 2026-11-21'", NULL },
        { "''", NULL },
        { "'0000-01-01'", NULL },
        { "'9999-12-31T23:59:59-01:00'", NULL },
        { "253402300800000", NULL },
        { "-62135596800001", NULL },
        { "1.5", NULL },
        { "null", NULL },
        { "true", NULL },
        { "{}", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = node_try_json(cases[i].json);
        enum err_code rc;
        char text[CLOCK_TEXT];
        int64_t ms = 0;
        struct err e;

        rc = moment_read(json, &ms, &e);
        clock_text(ms, text);
        if (cases[i].wanted == NULL)
            assert_int_equal(rc, ERR_INVALID);
        else if (rc != ERR_OK || strcmp(text, cases[i].wanted) != 0)
            fail_msg("%s: wanted %s, is %s", cases[i].json, cases[i].wanted,
                     rc == ERR_OK ? text : e.text);
        json_decref(json);
    }
    assert_int_equal(moment_read(NULL, &(int64_t){ 0 }, NULL), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = { NODE_TEXT(test_moments) };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
