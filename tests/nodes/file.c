/* file.c - "connector.file", by the real engine on real files. */
#include "node_run.h"
#include "node_try.h"

#include <unistd.h>

#include "world/yard.h"

static char folder[YARD_PATH];

static int folder_begin(void **state)
{
    (void)state;
    mem_install();
    yard_make(folder);
    return 0;
}

static int folder_end(void **state)
{
    (void)state;
    yard_remove(folder);
    return 0;
}

static void file_put(const char *name, const char *text)
{
    yard_put(folder, name, text, "w");
}

static const char *node_of(const char *config)
{
    static char node[1000];

    snprintf(node, sizeof node,
             "{'id': 'it', 'type': 'connector.file', 'config': {'folder': '%s', %s}}", folder,
             config);
    return node;
}

/* A node's output, without what the moment makes. */
static json_t *output_of(const char *config, const char *body)
{
    struct stage *stage = stage_new();
    struct node_result result;
    static char kept[4000]; /* a stage must end with no memory in use */
    struct err e;
    char *text;

    node_run_parts(stage, node_of(config), "", "", NULL, body, &result);
    if (result.status != 200)
        print_error("%s: %s\n", config, json_get_text(result.error, "text"));
    assert_int_equal(result.status, 200);
    json_object_del(result.output, "modified");
    text = json_text_new(result.output, sizeof kept, NULL);
    snprintf(kept, sizeof kept, "%s", text);
    mem_free(text);
    node_run_end(&result);
    stage_free(stage);
    return json_read(kept, strlen(kept), &json_limits_reply, &e);
}

static void test_write_and_read(void **state)
{
    (void)state;
    node_try_same(output_of("'action': 'write', 'path': 'out/a.txt', 'make_folders': true, "
                            "'content': '=trigger.body.text'",
                            "{'text': 'Gr\xC3\xBC\xC3\x9F' }"),
                  "{'path': 'out/a.txt', 'changed': true, 'size': 6, 'digest': "
                  "'dc68a451a69ed32a88043406dc6b8c6cc613d83ace42aab6fbbd2cc871e7618e'}");
}

static void test_read(void **state)
{
    (void)state;
    file_put("a", "one\r\ntwo\nthree");
    node_try_same(
        output_of("'action': 'read', 'path': 'a', 'as': 'lines', 'page': {'lines': 9}", "{}"),
        "{'path': 'a', 'lines': ['one', 'two', 'three'], 'size': 14, 'at': 0, 'next': "
        "null, 'last': true}");
    file_put("b", "a\xFC");
    node_fails(node_of("'action': 'read', 'path': 'b'"), "{}", "invalid", "b: line 1, column 2");
    node_fails(node_of("'action': 'read', 'path': 'c'"), "{}", "not_found", "No such file");
    node_fails(node_of("'action': 'read', 'path': '=trigger.body.p'"), "{'p': '../c'}", "invalid",
               "has a part \".\" or \"..\"");
    node_fails(node_of("'action': 'read', 'path': '=trigger.body.p'"), "{'p': 7}", "invalid",
               "\"path\" must be a text");
    json_decref(output_of("'action': 'read', 'path': 'b', 'encoding': 'iso-8859-1'", "{}"));
}

/* A member as a text: a stage must end with no memory in use. */
static void member_text(const json_t *output, const char *name, char text[2000])
{
    char *made = json_text_new(json_object_get(output, name), 2000, NULL);

    snprintf(text, 2000, "%s", made);
    mem_free(made);
}

/* The items of all pages of "list", one after another. Returns how many pages there are. */
static unsigned items_paged(const char *config, char all[4000])
{
    char text[400], items[2000], next[2000] = "null", body[2100];
    unsigned pages = 0;
    json_t *output;

    snprintf(text, sizeof text,
             "'action': 'read', 'path': 'list', 'as': 'items', %s, 'cursor': '=trigger.body.next'",
             config);
    snprintf(all, 4000, "[");
    do {
        snprintf(body, sizeof body, "{\"next\": %s}", next);
        output = output_of(text, body);
        member_text(output, "items", items);
        member_text(output, "next", next);
        assert_int_equal(json_is_true(json_object_get(output, "last")), strcmp(next, "null") == 0);
        json_decref(output);
        items[strlen(items) - 1] = '\0'; /* its brackets */
        snprintf(all + strlen(all), 4000 - strlen(all), "%s%s",
                 strlen(all) > 1 && strlen(items) > 1 ? "," : "", items + 1);
    } while (strcmp(next, "null") != 0 && ++pages < 20);
    snprintf(all + strlen(all), 4000 - strlen(all), "]");
    return pages + 1;
}

static void items_are(const char *config, unsigned pages, const char *wanted)
{
    static char all[4000];
    unsigned had = items_paged(config, all);
    struct err e;

    if (pages != 0)
        assert_int_equal(had, pages);
    node_try_same(json_read(all, strlen(all), &json_limits_reply, &e), wanted);
}

/* However the pages are cut, each item is there once. */
static void test_items(void **state)
{
    static const char *const whole = "['],{', -1.50, [[], {}], 'x', null, {'b': [1, 2]}]";
    char config[80];

    (void)state;
    file_put("list", "{ \"code\": 101, \"x\": {\"rows\": [9], \"y\": \"\\\"}\"}, \"rows\": [ "
                     "\"],{\" ,-1.50,\n[[],{}], \"x\",null,{\"b\":[1,2]}], \"more\": 1}");
    items_are("'list': 'rows', 'page': {'lines': 9}", 1, whole);
    for (unsigned lines = 1; lines < 7; lines++) {
        snprintf(config, sizeof config, "'list': 'rows', 'page': {'lines': %u, 'bytes': 70}",
                 lines);
        items_are(config, 0, whole);
    }
    file_put("list", "{\"rows\": {\"rows\": {}}, \"a\": {\"x\": 1, \"b\" : {\"rows\": [7, 8]}}}");
    items_are("'list': 'a.b.rows', 'page': {'lines': 1}", 3, "[7, 8]");
    file_put("list", "[]");
    items_are("'page': {'lines': 9}", 1, "[]");
    file_put("list", "[{\"b\": 1.50, \"a\": {\"x\": 1}, \"c\": 2}, 7, {\"c\": 3}, {\"a\": null}]");
    items_are("'page': {'lines': 3}, 'members': ['a', 'b']", 2,
              "[{'b': 1.50, 'a': {'x': 1}}, 7, {}, {'a': null}]");
    file_put("list", " [ 12345 , 6 ] ");
    items_are("'page': {'lines': 1}", 3, "[12345, 6]");
}

static void test_items_wrong(void **state)
{
    static const char *const read = "'action': 'read', 'path': 'list', 'as': 'items', 'page': "
                                    "{'lines': 9, 'bytes': 40}, 'list': 'rows'";

    (void)state;
    file_put("list", "[1]");
    node_fails(node_of(read), "{}", "invalid", "list, byte 0: an object is wanted");
    file_put("list", "{\"rows\": 7}");
    node_fails(node_of(read), "{}", "invalid", "list, byte 9: a list is wanted here");
    file_put("list", "{\"other\": [1]}");
    node_fails(node_of(read), "{}", "invalid", "no member with the list");
    file_put("list", "{\"rows\": [1]}");
    node_fails(node_of("'action': 'read', 'path': 'list', 'as': 'items', 'page': {'lines': 9}, "
                       "'list': 'rows.more'"),
               "{}", "invalid", "list, byte 9: an object is wanted");
    file_put("list", "{\"rows\": [1, 2");
    node_fails(node_of(read), "{}", "invalid", "the file ends within its list");
    file_put("list", "{\"rows\": [1, nul, 2]}");
    node_fails(node_of(read), "{}", "invalid", "list, byte 13: line 1, column");
    file_put("list", "{\"rows\": [\"0123456789012345678901234567890123456789\"]}");
    node_fails(node_of(read), "{}", "limit", "no item ends within 40 bytes");
}

static void test_list_and_stat(void **state)
{
    json_t *output;

    (void)state;
    file_put("b.csv", "bb");
    file_put("a.csv", "a");
    output = output_of("'action': 'list', 'pattern': '*.csv', 'limit': 1", "{}");
    assert_true(json_is_true(json_object_get(output, "more")));
    assert_string_equal(json_get_text(output, "after"), "a.csv");
    json_decref(output);
    output = output_of("'action': 'list', 'after': 'a.csv'", "{}");
    assert_int_equal(json_array_size(json_object_get(output, "entries")), 1);
    json_decref(output);
    node_try_same(output_of("'action': 'stat', 'path': 'no/where'", "{}"),
                  "{'path': 'no/where', 'exists': false}");
    node_try_same(output_of("'action': 'stat', 'path': 'b.csv'", "{}"),
                  "{'path': 'b.csv', 'exists': true, 'kind': 'file', 'size': 2}");
}

/* Page by page into another file, over a crash at every moment: each line is there once. */
#define COPY                                                                                      \
    "{'id': 'it', 'type': 'branch.repeat', 'config': {'until': '=steps.page.last', 'collect': "   \
    "'=steps.page', 'body': {'nodes': [{'id': 'page', 'type': 'connector.file', 'config': "       \
    "{'action': 'read', 'folder': '%s', 'path': 'in', 'page': {'lines': 2}, 'cursor': '=previous" \
    " and previous.next'}}, {'id': 'put', 'type': 'connector.file', 'config': {'action': "        \
    "'append', 'folder': '%s', 'path': 'out', 'content': '=steps.page.text'}}], 'edges': "        \
    "[{'from': 'page', 'to': 'put'}]}}}"

static void test_copy_over_crashes(void **state)
{
    struct stage *stage = stage_new();
    char flow[2000], *text, *read;
    uint64_t request;

    (void)state;
    file_put("in", "1\n2\n3\n4\n5\n6\n7\n");
    snprintf(flow, sizeof flow,
             "{'flow': {'weft': 1, 'name': 'Copy', 'nodes': [{'id': 'in', 'type': "
             "'trigger.webhook', 'config': {'path': 'x', 'verify': {'type': 'none'}}}, " COPY
             "], 'edges': [{'from': 'in', 'to': 'it'}]}}",
             folder, folder);
    text = node_try_text(flow);
    stage_deploy(stage, "copy", text);
    request = stage_post(stage, "x", "{}");
    while (stage_answer(stage, request)->status == 0) {
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
    }
    for (unsigned i = 0; i < 40; i++) { /* the work has happened, and nobody heard of it */
        stage_turn(stage);
        fake_store_commit(stage_store(stage));
        stage_turn(stage);
        if (i % 2 == 0) {
            fake_pool_deliver(stage_pool(stage));
            stage_crash(stage);
        } else {
            fake_pool_deliver(stage_pool(stage));
        }
    }
    stage_settle(stage);
    read = yard_text(folder, "out");
    assert_non_null(read);
    assert_string_equal(read, "1\n2\n3\n4\n5\n6\n7\n");
    mem_free(read);
    mem_free(text);
    stage_free(stage);
}

static void test_settings(void **state)
{
    struct node_try *try = *state;

    node_try_fault(try, "connector.file", "{'action': 'write', 'folder': '/x', 'path': 'a'}", NULL,
                   "", "needs \"content\"");
    node_try_fault(try, "connector.file", "{'action': 'read', 'folder': '', 'path': 'a'}", NULL,
                   "/folder", "is empty");
    node_try_fault(try, "connector.file",
                   "{'action': 'read', 'folder': '/x', 'path': 'a', 'page': {'bytes': 10}}", NULL,
                   "", "may cut a character");
    node_try_fault(try, "connector.file",
                   "{'action': 'read', 'folder': '/x', 'path': 'a', 'encoding': 'utf-16', 'page': "
                   "{'lines': 10}}",
                   NULL, "/encoding", "cannot be read page by page");
    node_try_fault(try, "connector.file",
                   "{'action': 'read', 'folder': '/x', 'path': 'a', 'as': 'items'}", NULL, "",
                   "items are read page by page");
    node_try_fault(try, "connector.file",
                   "{'action': 'read', 'folder': '/x', 'path': 'a', 'as': 'items', 'page': "
                   "{'lines': 10}, 'members': ['a', 7]}",
                   NULL, "/members", "must be a list of names");
    node_try_fault(try, "connector.file",
                   "{'action': 'read', 'folder': '/x', 'path': 'a', 'members': ['a']}", NULL,
                   "/members", "only items have members");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_and_read, folder_begin, folder_end),
        cmocka_unit_test_setup_teardown(test_read, folder_begin, folder_end),
        cmocka_unit_test_setup_teardown(test_items, folder_begin, folder_end),
        cmocka_unit_test_setup_teardown(test_items_wrong, folder_begin, folder_end),
        cmocka_unit_test_setup_teardown(test_list_and_stat, folder_begin, folder_end),
        cmocka_unit_test_setup_teardown(test_copy_over_crashes, folder_begin, folder_end),
        cmocka_unit_test_setup_teardown(test_settings, node_try_begin, node_try_end),
    };

    return cmocka_run_group_tests(tests, node_try_install, NULL);
}
