/* csv_file.c - "transform.csv" of a file, page by page, by the real engine on real files. */
#include "node_run.h"
#include "node_try.h"

#include "world/yard.h"

static char folder[YARD_PATH];

static int folder_begin(void **state)
{
    (void)state;
    yard_make(folder);
    return 0;
}

static int folder_end(void **state)
{
    (void)state;
    yard_remove(folder);
    return 0;
}

/* A loop over the pages of "in", with these settings more; what it gives last. */
static const char *loop_of(const char *collect, const char *page, const char *more)
{
    static char node[2000];

    snprintf(node, sizeof node,
             "{'id': 'it', 'type': 'branch.repeat', 'config': {'until': '=steps.page.last', "
             "'collect': '%s', 'body': {'nodes': [{'id': 'page', 'type': 'transform.csv', "
             "'config': {'file': {'folder': '%s'%s}, 'path': 'in', 'cursor': '=previous and "
             "previous.next'%s}}], 'edges': []}}}",
             collect, folder, page, more);
    return node;
}
#define ALL                                                                                    \
    "={next = steps.page.next or null, got = (previous and previous.got or [[]]) .. [[|]] .. " \
    "json.encode(steps.page.rows)}"

static void test_pages(void **state)
{
    (void)state;
    yard_put(folder, "in", "a,b\r\n1,x\r\n2,\"y\r\nz, \"\"q\"\"\"\r\n\r\n3,w\r\n4,v", "w");
    node_gives(loop_of(ALL, ", 'rows': 2", ", 'columns': [{'name': 'a', 'type': 'integer'}]"), "{}",
               "{'next': null, 'got': '|[{\\\"a\\\":1,\\\"b\\\":\\\"x\\\"},{\\\"a\\\":2,\\\"b\\\":"
               "\\\"y\\\\r\\\\nz, \\\\\\\"q\\\\\\\"\\\"}]|[{\\\"a\\\":3,\\\"b\\\":\\\"w\\\"},"
               "{\\\"a\\\":4,\\\"b\\\":\\\"v\\\"}]'}");
    node_gives(loop_of(ALL, ", 'rows': 1",
                       ", 'header': false, 'skip': 4, 'columns': [{'name': "
                       "'a'}, {'name': 'b'}]"),
               "{}",
               "{'next': null, 'got': '|[{\\\"a\\\":\\\"3\\\",\\\"b\\\":\\\"w\\\"}]|[{\\\"a\\\":"
               "\\\"4\\\",\\\"b\\\":\\\"v\\\"}]'}");
}

/* The last page may be empty: the file ended with the one before. */
static void test_ends(void **state)
{
    (void)state;
    yard_put(folder, "in", "a\n1\n2\n", "w");
    node_gives(loop_of(ALL, ", 'rows': 2", ""), "{}",
               "{'next': null, 'got': '|[{\\\"a\\\":\\\"1\\\"},{\\\"a\\\":\\\"2\\\"}]'}");
    yard_put(folder, "in", "a\n", "w");
    node_gives(loop_of("=steps.page", "", ""), "{}",
               "{'columns': ['a'], 'count': 0, 'rows': [], 'next': null, 'last': true}");
    yard_put(folder, "in", "", "w");
    node_fails(loop_of("=steps.page", "", ""), "{}", "invalid", "in: the file is empty");
}

static void test_faults(void **state)
{
    char text[4000] = "a,b\n";

    (void)state;
    yard_put(folder, "in", "a,b\n1,2\n3,4\n5,6\n7,x,8\n", "w");
    node_fails(loop_of("=steps.page", ", 'rows': 2", ""), "{}", "invalid", "in: line 5, column 5");
    yard_put(folder, "in", "a,b\n1,2\n3,4\n5,6\n7,\xFC\n", "w");
    node_fails(loop_of("=steps.page", ", 'rows': 2", ""), "{}", "invalid", "in: line ");
    memset(text + 4, 'x', 3000);
    text[4] = '"';
    yard_put(folder, "in", text, "w");
    yard_put(folder, "in", "\n1,2", "a");
    node_fails(loop_of("=steps.page", ", 'bytes': 1024", ""), "{}", "limit",
               "no row ends within 1024 bytes");
}

static void test_settings(void **state)
{
    struct node_try *try = *state;

    node_try_fault(try, "transform.csv", "{}", NULL, "", "or a \"file\"");
    node_try_fault(try, "transform.csv", "{'file': {'folder': '/x'}}", NULL, "/file",
                   "needs a \"path\"");
    node_try_fault(try, "transform.csv", "{'input': 'a', 'path': 'a'}", NULL, "",
                   "belong to a \"file\"");
    node_try_fault(try, "transform.csv",
                   "{'file': {'folder': '/x'}, 'path': 'a', 'encoding': 'utf-16'}", NULL, "/file",
                   "cannot be read page by page");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages, folder_begin, folder_end),
        cmocka_unit_test_setup_teardown(test_ends, folder_begin, folder_end),
        cmocka_unit_test_setup_teardown(test_faults, folder_begin, folder_end),
        cmocka_unit_test_setup_teardown(test_settings, node_try_begin, node_try_end),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
