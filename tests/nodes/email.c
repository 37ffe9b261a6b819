/* email.c - "connector.email": its settings, and what never leaves. What does: tests/program. */
#include "node_run.h"
#include "node_try.h"

#define POST                                                                             \
    "{'weft': 1, 'connections': {'post': {'connector': 'email', 'base_url': "            \
    "'smtps://mail.example.com', 'settings': {'user': 'weft'}, 'secrets': {'password': " \
    "{'env': 'STAGE_SECRET'}}}}}"
#define MAIL(more)                                                                      \
    "{'id': 'it', 'type': 'connector.email', 'connection': 'post', 'config': {'from': " \
    "'a@example.com', 'text': 'x', " more "}, 'retry': {'attempts': 1}}"

static void fails(const char *node, const char *kind, const char *part)
{
    struct stage *stage = stage_new();
    struct node_result result;

    node_run_parts(stage, node, "", "", POST, "{}", &result);
    assert_string_equal(json_get_text(result.error, "kind"), kind);
    assert_non_null(strstr(json_get_text(result.error, "text"), part));
    node_run_end(&result);
    stage_free(stage);
}

static void test_refused(void **state)
{
    (void)state;
    fails(MAIL("'to': [], 'subject': 's'"), "invalid", "no recipient");
    fails(MAIL("'to': 'b', 'subject': 's'"), "invalid", "\"to\": \"b\" is no address");
    fails(MAIL("'to': 'b@c.de', 'subject': 'a\\nBcc: x@y.z'"), "invalid", "another header");
    fails(MAIL("'to': 'b@c.de', 'subject': 's', 'attachments': [{'name': 'n'}]"), "invalid",
          "number 1: it needs a \"name\"");
    fails(MAIL("'to': 'b@c.de', 'subject': 's', 'attachments': [{'name': 'n', 'path': 'p'}]"),
          "invalid", "needs the node's \"folder\"");
}

static void test_settings(void **state)
{
    struct node_try *try = *state;

    node_try_fault(try, "connector.email", "{'from': 'a', 'to': 'b', 'subject': 'c'}", "email", "",
                   "needs \"text\" or \"html\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test_setup_teardown(test_settings, node_try_begin, node_try_end),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
