/* sftp.c - "connector.sftp": its settings, and a trial. What it does to a server: tests/program. */
#include "node_run.h"
#include "node_try.h"

#define BANK                                                                                \
    "{'weft': 1, 'connections': {'bank': {'connector': 'sftp', 'base_url': "                \
    "'sftp://files.example.com/in', 'settings': {'user': 'weft', 'host_key': 'SHA256:x'}, " \
    "'secrets': {'secret': {'env': 'STAGE_SECRET'}}}}}"
#define PUT(path)                                                                        \
    "{'id': 'it', 'type': 'connector.sftp', 'connection': 'bank', 'config': {'action': " \
    "'get', 'path': '" path "'}, 'retry': {'attempts': 1}}"

static void fails(const char *node, const char *kind, const char *part)
{
    struct stage *stage = stage_new();
    struct node_result result;

    node_run_parts(stage, node, "", "", BANK, "{}", &result);
    assert_string_equal(json_get_text(result.error, "kind"), kind);
    assert_non_null(strstr(json_get_text(result.error, "text"), part));
    node_run_end(&result);
    stage_free(stage);
}

static void test_paths(void **state)
{
    (void)state;
    fails(PUT("../etc/passwd"), "invalid", "has a part");
    fails(PUT("/etc/passwd"), "invalid", "begins with a slash");
    fails(PUT("a\\n b"), "invalid", "control character");
}

static void test_settings(void **state)
{
    struct node_try *try = *state;

    node_try_fault(try, "connector.sftp", "{'action': 'get'}", "sftp", "", "needs \"path\"");
    node_try_fault(try, "connector.sftp", "{'action': 'put', 'path': 'a'}", "sftp", "",
                   "either \"content\" or \"file\"");
    node_try_fault(try, "connector.sftp", "{'action': 'rename', 'path': 'a'}", "sftp", "",
                   "needs \"to\"");
    node_try_fault(try, "connector.sftp", "{'action': 'get', 'path': 'a', 'file': 'b'}", "sftp", "",
                   "belong together");
    node_try_fault(try, "connector.sftp", "{'action': 'list'}", "web", "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test_setup_teardown(test_settings, node_try_begin, node_try_end),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
