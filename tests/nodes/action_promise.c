/* action_promise.c - an answer in another form than its manifest promises: no step fails of it, and
 * it is told of once. */
#include "node_run.h"

#include "nodes/manifest.h"

static const char shop[] =
    "{'weft': 1, 'name': 'shop', 'title': 'Shop', 'version': '1.0', 'help': 'A shop.',"
    " 'environments': {'production': {'base_url': 'https://shop.example/api'}},"
    " 'sign_in': {'type': 'none'}, 'actions': {'get': {'title': 'Get', 'help': 'Gets.',"
    " 'method': 'GET', 'path': '/it', 'input': {'type': 'object', 'properties': {}},"
    " 'output': {'id': '{reply.body.id}', 'all': '{reply.body}'},"
    " 'output_schema': {'type': 'object', 'properties': {'id': {'type': 'integer'}},"
    " 'required': ['id']}, 'example': {'input': {}, 'output': {'id': 7}}}}}";
static struct manifest *manifest;

static int install(void **state)
{
    struct faults faults;
    char *text;

    (void)state;
    mem_install();
    text = node_try_text(shop);
    faults_init(&faults);
    manifest = manifest_read("shop", text, strlen(text), &faults);
    assert_int_equal(faults.count, 0);
    faults_fini(&faults);
    mem_free(text);
    return manifest == NULL;
}

static int uninstall(void **state)
{
    (void)state;
    manifest_free(manifest);
    return 0;
}

/* Whether it was told of. */
static bool told(const char *body, const char *output)
{
    struct fake_answer answer = {
        .status = 200, .body = body, .header = "Content-Type", .value = "application/json"
    };
    struct node_result result;
    struct stage *stage = stage_new();

    stage_type(stage, &manifest->actions[0].type);
    fake_http_script(stage_http(stage), "shop.example", &answer, 1);
    node_run_parts(
        stage,
        "{'id': 'it', 'type': 'connector.shop.get', 'connection': 'shop', 'config': {'input': {}}}",
        "", "", "{'weft': 1, 'connections': {'shop': {'connector': 'shop'}}}", "{}", &result);
    if (result.status != 200)
        fail_msg("%s", json_get_text(result.error, "text"));
    node_try_same(json_incref(result.output), output);
    node_run_end(&result);
    stage_free(stage);
    return atomic_load(manifest->actions[0].promise.told);
}

static void test_what_was_promised(void **state)
{
    (void)state;
    assert_false(told("{\"id\":7,\"more\":1}", "{'id': 7, 'all': {'id': 7, 'more': 1}}"));
}

static void test_another_type(void **state)
{
    (void)state;
    assert_true(told("{\"id\":\"7\"}", "{'id': '7', 'all': {'id': '7'}}"));
    atomic_store(manifest->actions[0].promise.told, false);
}

static void test_what_is_not_there(void **state)
{
    (void)state;
    assert_true(told("{}", "{'all': {}}"));
    assert_true(told("{\"id\":7}", "{'id': 7, 'all': {'id': 7}}")); /* once for the action */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_promised),
        cmocka_unit_test(test_another_type),
        cmocka_unit_test(test_what_is_not_there),
    };

    return cmocka_run_group_tests(tests, install, uninstall);
}
