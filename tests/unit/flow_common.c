/* flow_common.c - what several flows share: a folder beside theirs, taken by name into each bundle.
 */
#include "flow_try.h"

#include <sys/stat.h>
#include <unistd.h>

#include "world/yard.h"

static char home[YARD_PATH]; /* has the folders "flow" and "common" */

static void put(const char *name, const char *text)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", home, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

static int home_setup(void **state)
{
    static const char *const folders[] = { "flow", "flow/rules", "common", "common/rules",
                                           "common/lookups" };
    char path[512];

    yard_make(home);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", home, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    put("flow/flow.json", "{\"weft\":1}");
    put("common/rules/money.lua", "return {}");
    return try_setup(state);
}

static int home_teardown(void **state)
{
    yard_remove(home);
    return try_teardown(state);
}

#define AT_HOME(name) cmocka_unit_test_setup_teardown(name, home_setup, home_teardown)

static json_t *read_flow(struct try *try)
{
    char path[512];
    json_t *bundle;

    snprintf(path, sizeof path, "%s/flow", home);
    faults_fini(&try->faults);
    bundle = flow_read_dir(path, &try->faults);
    try_say(try);
    assert_int_equal(bundle == NULL, try->faults.errors > 0);
    return bundle;
}

static void says_at_home(struct try *try, const char *rest)
{
    char wanted[1000];

    snprintf(wanted, sizeof wanted, "%s/flow/%s", home, rest);
    try_says(try, wanted);
}

static void what_is_named_is_taken_with_its_tests(void **state)
{
    json_t *bundle, *wanted;
    struct err e;
    static const char text[] =
        "{\"flow\":{\"weft\":1},\"rules\":{\"money\":\"return {}\"},\"lookups\":{\"periods\":{"
        "\"columns\":[\"day\",\"state\"],\"keys\":[\"day\"],\"rows\":[[\"2026-11-01\",\"open\"]]}},"
        "\"tests\":{\"rules/money\":[]}}";

    put("common/rules/money.test.json", "[]");
    put("common/rules/other.lua", "return {}");
    put("common/lookups/periods.csv", "day,state\n2026-11-01,open\n");
    put("flow/common.json", "{\"use\":[\"money\",\"periods\"]}");
    bundle = read_flow(*state);
    wanted = json_read(text, strlen(text), &json_limits_flow, &e);
    assert_true(json_equal(bundle, wanted));
    json_decref(wanted);
    json_decref(bundle);
}

static void a_name_is_there_once_and_in_the_common_folder(void **state)
{
    put("flow/rules/money.lua", "return {}");
    put("flow/common.json", "{\"use\":[\"money\",\"mony\"]}");
    assert_null(read_flow(*state));
    says_at_home(*state,
                 "../common/rules/money.lua:1:1: /: the flow has a file of that name itself");
    says_at_home(*state, "common.json:1:1: /use: there is no \"mony\" in ");
}

static void only_names_are_names(void **state)
{
    put("flow/common.json", "{\"use\":[\"../../etc\"]}");
    assert_null(read_flow(*state));
    says_at_home(*state, "common.json:1:8: /use: entry 1 is no name");
    put("flow/common.json", "[\"money\"]");
    assert_null(read_flow(*state));
    says_at_home(*state, "common.json:1:1: /: this is an object like");
    put("flow/common.json", "{\"use\":[\"money\"],\"from\":\"/etc\"}");
    assert_null(read_flow(*state));
}

static void a_link_leads_out_of_the_common_folder_no_more_than_out_of_a_flow(void **state)
{
    char path[512];

    snprintf(path, sizeof path, "%s/common/rules/secret.lua", home);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    put("flow/common.json", "{\"use\":[\"secret\"]}");
    assert_null(read_flow(*state));
    says_at_home(*state, "../common/rules/secret.lua:1:1: /: a symbolic link leads out");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HOME(what_is_named_is_taken_with_its_tests),
        AT_HOME(a_name_is_there_once_and_in_the_common_folder),
        AT_HOME(only_names_are_names),
        AT_HOME(a_link_leads_out_of_the_common_folder_no_more_than_out_of_a_flow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
