/* http_save.c - "connector.http" with "save", on a stage with real files: what becomes a file, and
 * what leaves none. */
#include "node_run.h"
#include "node_try.h"

#include "base/ident.h"
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

static const char *saving(const char *method, const char *more)
{
    static char node[1000];

    snprintf(node, sizeof node,
             "{'id': 'it', 'type': 'connector.http', 'retry': {'attempts': 1}, 'config': {'url': "
             "'http://127.0.0.1/report', 'method': '%s', 'save': {'folder': '%s', 'file': "
             "'=trigger.body.name'%s}}}",
             method, folder, more);
    return node;
}

static struct stage *play(const char *node, const struct fake_answer *given, const char *name,
                          struct node_result *result)
{
    struct stage *stage = stage_new();
    char body[100];

    snprintf(body, sizeof body, "{'name': '%s'}", name);
    fake_http_script(stage_http(stage), "://", given, 1);
    node_run_parts(stage, node, "", "", NULL, body, result);
    return stage;
}

static void over(struct stage *stage, struct node_result *result)
{
    node_run_end(result);
    stage_free(stage);
}

static void fails(const char *node, const struct fake_answer *given, const char *name,
                  const char *kind, const char *part)
{
    struct node_result result;
    struct stage *stage = play(node, given, name, &result);

    if (result.error == NULL)
        fail_msg("%s does not fail", name);
    assert_string_equal(json_get_text(result.error, "kind"), kind);
    if (strstr(json_get_text(result.error, "text"), part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, json_get_text(result.error, "text"));
    over(stage, &result);
}

static const struct fake_answer report = {
    .status = 200, .body = "a,b\n1,2\n", .header = "Content-Type", .value = "text/csv"
};

static void test_the_body_is_the_file(void **state)
{
    struct node_result result;
    struct stage *stage = play(saving("GET", ""), &report, "r.csv", &result);
    const json_t *file = json_object_get(result.output, "file");
    char *text = yard_text(folder, "r.csv"), digest[DIGEST_TEXT];

    (void)state;
    assert_non_null(text);
    assert_string_equal(text, report.body);
    mem_free(text);
    digest_text(report.body, strlen(report.body), digest);
    assert_int_equal(json_get_int(result.output, "status", 0), 200);
    assert_null(json_object_get(result.output, "body"));
    assert_string_equal(json_get_text(file, "folder"), folder);
    assert_string_equal(json_get_text(file, "path"), "r.csv");
    assert_string_equal(json_get_text(file, "digest"), digest);
    assert_int_equal(json_get_int(file, "size", 0), 8);
    assert_true(json_is_true(json_object_get(file, "changed")));
    over(stage, &result);
    stage = play(saving("GET", ""), &report, "r.csv", &result); /* the same again */
    assert_true(json_is_false(json_object_get(json_object_get(result.output, "file"), "changed")));
    over(stage, &result);
}

static void test_card_data_does_not_reach_the_disk(void **state)
{
    static const struct fake_answer cards = { .status = 200,
                                              .body = "id,number\n1,4111111111111111\n2,none\n" };
    struct node_result result;
    struct stage *stage = play(saving("GET", ", 'exists': 'replace'"), &cards, "c", &result);
    char *text = yard_text(folder, "c");

    (void)state;
    assert_non_null(text);
    assert_null(strstr(text, "4111111111111111"));
    assert_non_null(strstr(text, "1,411111"));
    assert_int_equal(json_get_int(json_object_get(result.output, "file"), "size", 0), strlen(text));
    mem_free(text);
    over(stage, &result);
}

static void test_what_leaves_no_file(void **state)
{
    static const struct fake_answer other = { .status = 200, .body = "other" };
    static const struct fake_answer no = { .status = 404, .body = "{\"error\": \"gone\"}" };
    static const struct fake_answer packed = {
        .status = 200, .body = "x", .header = "Content-Encoding", .value = "gzip"
    };
    static const struct fake_answer broken = { .code = ERR_TRANSIENT };
    char *text;

    (void)state;
    yard_put(folder, "there", "this", "w");
    fails(saving("GET", ""), &other, "there", "conflict", "is there already");
    fails(saving("GET", ""), &no, "n", "invalid", "answered 404");
    fails(saving("GET", ""), &packed, "n", "invalid", "compressed (gzip)");
    fails(saving("GET", ""), &broken, "n", "transient", "the wire broke");
    fails(saving("GET", ", 'limit': 4"), &other, "n", "limit", "larger than 4 bytes");
    fails(saving("GET", ""), &other, "../n", "invalid", "\"file\"");
    fails(saving("GET", ""), &other, "no/n", "not_found", "no/n");
    assert_null(yard_text(folder, "n"));
    text = yard_text(folder, "there");
    assert_string_equal(text, "this");
    mem_free(text);
}

/* The system did it; that the answer could not be kept does not undo that. */
static void test_an_effect_whose_answer_is_not_kept_is_in_doubt(void **state)
{
    struct node_result result;
    struct stage *stage;

    (void)state;
    stage = play(saving("POST", ""), &report, "no/n", &result);
    assert_non_null(strstr(result.steps, "doubt"));
    assert_int_equal(fake_http_count(stage_http(stage), "://"), 1);
    over(stage, &result);
    stage = play(saving("POST", ", 'make_folders': true"), &report, "in/n", &result);
    assert_int_equal(result.status, 200);
    over(stage, &result);
}

static void test_settings(void **state)
{
    struct node_try *try = *state;

    node_try_fault(try, "connector.http",
                   "{'url': 'http://a', 'save': {'folder': '', 'file': 'f'}}", NULL, "/save/folder",
                   "\"folder\" is empty");
    node_try_fault(try, "connector.http",
                   "{'url': 'http://a', 'response': 'json', 'save': {'folder': '/x', 'file': "
                   "'f'}}",
                   NULL, "", "with \"save\" there is none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_body_is_the_file),
        cmocka_unit_test(test_card_data_does_not_reach_the_disk),
        cmocka_unit_test(test_what_leaves_no_file),
        cmocka_unit_test(test_an_effect_whose_answer_is_not_kept_is_in_doubt),
        cmocka_unit_test_setup_teardown(test_settings, node_try_begin, node_try_end),
    };

    return cmocka_run_group_tests(tests, folder_begin, folder_end);
}
