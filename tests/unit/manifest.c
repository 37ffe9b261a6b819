/* manifest.c - reading what describes an external system: what is accepted, every fault with its
 * place, and that the manifests that come with the program are sound. */
#include "manifest_help.h"

#include "nodes/connectors/embedded.h"

static void test_a_manifest_becomes_types(void **state)
{
    struct registry *registry = registry_new();
    const struct connector_info *info;
    const struct node_type *type;
    struct manifest *manifest;
    struct buf said;

    (void)state;
    buf_init(&said, MIB);
    manifest = read_text(good, &said);
    assert_string_equal(buf_text(&said), "");
    manifest_add(manifest, registry);
    type = registry_find(registry, "connector.shop.pay");
    assert_string_equal(type->title, "Shop: Pay");
    assert_int_equal(type->effect, EFFECT_ONCE);
    assert_true(type->needs_connection);
    info = connector_find(registry, "shop");
    assert_ptr_equal(info, connector_of(type));
    assert_string_equal(info->environments[0].base_url, "{url}/api");
    assert_int_equal(info->setting_count, 3);
    assert_int_equal(info->settings[0].kind, SETTING_URL);
    assert_true(info->settings[0].required);
    assert_string_equal(info->settings[1].fallback, "eu");
    assert_int_equal(info->sign_in.type, SIGN_IN_HEADER);
    assert_string_equal(info->sign_in.secret, "key");
    assert_string_equal(info->headers[0].value, "{region}");
    assert_null(connector_find(registry, "other"));
    registry_free(registry);
    manifest_free(manifest);
    buf_fini(&said);
}

static void said_is(const json_t *json, const char *wanted)
{
    char *text = json_text_new(json, MIB, NULL);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    mem_free(text);
}

static void test_a_type_tells_of_its_action(void **state)
{
    struct registry *registry = registry_new();
    struct manifest *manifest;
    struct buf said;
    json_t *json, *action;

    (void)state;
    buf_init(&said, MIB);
    manifest = read_text(good, &said);
    manifest_add(manifest, registry);
    json = node_type_json(registry_find(registry, "connector.shop.pay"));
    action = json_object_get(json, "action");
    assert_int_equal(json_object_size(action), 3);
    said_is(json_object_get(action, "input"),
            "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\",\"title\":\"Id\"},"
            "\"amount\":{\"type\":\"number\",\"title\":\"Amount\"}},\"required\":[\"id\"]}");
    said_is(json_object_get(action, "output"), "{\"type\":\"object\"}");
    said_is(json_object_get(action, "example"),
            "{\"input\":{\"id\":\"x\"},\"output\":{\"id\":\"x\"}}");
    assert_string_equal(
        json_get_text(json_object_get(json_object_get(json, "example"), "input"), "id"), "x");
    json_decref(json);
    registry_free(registry);
    manifest_free(manifest);
    buf_fini(&said);
}

static void verdict_is(const struct action *action, int status, const char *code,
                       enum err_code kind, bool unsure)
{
    struct manifest_answer answer = { .status = status, .code = code };
    struct reply_verdict verdict = action_classify(action, &answer);

    assert_string_equal(err_name(verdict.code), err_name(kind));
    assert_int_equal(verdict.unsure, unsure);
}

static void test_rules_decide_in_order(void **state)
{
    struct manifest *manifest;
    struct buf said;

    (void)state;
    buf_init(&said, MIB);
    manifest = read_text(good, &said);
    assert_non_null(manifest);
    verdict_is(&manifest->actions[0], 404, NULL, ERR_TRANSIENT, false); /* the action's */
    verdict_is(&manifest->actions[0], 503, NULL, ERR_UNAVAILABLE,
               false); /* declared: nothing done */
    verdict_is(&manifest->actions[0], 500, NULL, ERR_TRANSIENT, true);
    verdict_is(&manifest->actions[0], 409, "E7", ERR_DUPLICATE, false);
    verdict_is(&manifest->actions[0], 409, "E8", ERR_INVALID, false);
    verdict_is(&manifest->actions[0], 409, NULL, ERR_INVALID, false);
    manifest_free(manifest);
    buf_fini(&said);
}

static int64_t wait_of(const struct action *action, const char *body, bool refuses)
{
    struct manifest_answer answer = { .status = 200, .body = json_loads(body, 0, NULL) };
    int64_t ms = action_wait(action, &answer);

    assert_non_null(answer.body);
    assert_int_equal(action_refuses(action, &answer), refuses);
    json_decref(answer.body);
    return ms;
}

#define COST(need, have, back) \
    "{\"slow\":true,\"need\":" need ",\"bucket\":{\"have\":" have ",\"back\":" back "}}"

static void test_a_rule_sees_what_is_not_and_how_long_to_wait(void **state)
{
    static const char rule[] = "[{'status': 404, 'kind': 'transient'}]";
    static const char rules[] =
        "[{'when': {'slow': true}, 'kind': 'rate_limited', 'wait': {'need': 'need', 'have': "
        "'bucket.have', 'per_second': 'bucket.back'}}, {'when': {'said': {'not': [null, '']}}, "
        "'kind': 'invalid'}]";
    const char *at = strstr(good, rule);
    struct manifest *manifest;
    const struct action *action;
    char text[8192];
    struct buf said;

    (void)state;
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, rules, at + strlen(rule));
    buf_init(&said, MIB);
    manifest = read_text(text, &said);
    assert_string_equal(buf_text(&said), "");
    action = &manifest->actions[0];
    assert_int_equal(wait_of(action, COST("110", "10", "50"), true), 2000);
    assert_int_equal(wait_of(action, COST("10.5", "10", "100"), true), 5);
    assert_int_equal(wait_of(action, COST("10", "990", "100"), true), 0);
    assert_int_equal(wait_of(action, COST("1e300", "1", "1"), true), 3600000);
    assert_int_equal(wait_of(action, COST("10", "1", "0"), true), -1);
    assert_int_equal(wait_of(action, COST("10", "-1", "1"), true), -1);
    assert_int_equal(wait_of(action, COST("10", "null", "1"), true), -1);
    assert_int_equal(wait_of(action, "{\"said\": \"no such thing\"}", true), -1);
    assert_int_equal(wait_of(action, "{\"said\": \"\"}", false), -1);
    assert_int_equal(wait_of(action, "{\"said\": null}", false), -1);
    assert_int_equal(wait_of(action, "{}", false), -1);
    manifest_free(manifest);
    buf_fini(&said);
}

static void test_faults_of_the_system(void **state)
{
    (void)state;
    broken("'status': 503", "'when': {'a': {'no': 1}}", "/errors/0", "{\"not\": one of these}");
    broken("'status': 503", "'when': {'a': {'not': []}}", "/errors/0", "{\"not\": one of these}");
    broken("'status': 503", "'status': 503, 'wait': {'need': 'a'}", "/errors/0/wait",
           "\"have\" is missing");
    broken("'weft': 1", "'weft': 2", "/weft", "must be 1");
    broken("'name': 'shop'", "'name': 'Shop'", "/name", "small letter");
    broken("'help': 'A shop.',", "", "/", "\"help\" is missing");
    broken("'title': 'Shop'", "'title': 7", "/title", "must be a text");
    broken("'weft'", "'wetf'", "/wetf", "no member \"wetf\"");
    broken("{url}/api", "{where}/api", "/environments/production/base_url", "names no setting");
    broken("{url}/api", "{key}/api", "/environments/production/base_url", "is a secret");
    broken("{url}/api", "https://x/{url}", "/environments/production/base_url", "very beginning");
    broken("{url}/api", "{region}/api", "/environments/production/base_url", "setting of kind url");
    broken("{url}/api", "ftp://x", "/environments/production/base_url", "begins with https://");
    broken("{url}/api", "https://me:pw@x.example/api", "/environments/production/base_url",
           "no user or password");
    broken("{url}/api", "{url}/", "/environments/production/base_url", "slash at the end");
    broken("{url}/api", "{url", "/environments/production/base_url", "without \"}\"");
    broken("{'production': {'base_url': '{url}/api'}}", "{}", "/environments", "at least one");
    broken("'kind': 'url'", "'kind': 'uri'", "/settings/0", "text, url or secret");
    broken("'name': 'region'", "'name': 'url'", "/settings/1", "there already");
    broken("'title': 'Key',", "'title': 'Key', 'default': 'x',", "/settings/2", "no default");
    broken("'type': 'header'", "'type': 'magic'", "/sign_in/type",
           "no way to sign in; known are \"");
    broken("'type': 'header'", "'type': 'basic'", "/sign_in", "needs \"user\"");
    broken("'type': 'header'", "'type': 'bearer'", "/sign_in", "\"header\" has no meaning");
    broken("'secret': 'key'", "'secret': 'url'", "/sign_in/secret", "no setting of kind secret");
    broken("'X-Region': '{region}'", "'X Region': '{region}'", "/headers", "cannot be sent");
    broken("'X-Region': '{region}'", "'X': '{region|url}'", "/headers/X", "no filters");
    broken("'kind': 'unavailable'", "'kind': 'down'", "/errors/0", "not \"down\"");
    broken("'kind': 'unavailable'", "'kind': 'store'", "/errors/0", "not \"store\"");
    broken("'status': 503", "'status': '50x'", "/errors/0", "5xx");
    broken("'actions': {", "'actions': 7, 'x': {", "/actions", "must be an object");
}

static void test_faults_of_an_action(void **state)
{
    (void)state;
    broken("'method': 'POST'", "'method': 'GO'", "/actions/pay/method", "the method is");
    broken("'path': '/pay", "'path': 'pay", "/actions/pay/path", "begins with \"/\"");
    broken("'path': '/pay/{input.id}'", "'path': '/pay?x=1'", "/actions/pay/path", "no query");
    broken("'path': '/pay/{input.id}'", "'path': '/pay/%2E./x'", "/actions/pay/path", "no part");
    broken("/pay/{input.id}", "/pay/{input.di}", "/actions/pay/path", "not in the input's schema");
    broken("/pay/{input.id}", "/pay/{input.amount}", "/actions/pay/path", "string or an integer");
    broken("'required': ['id']", "'required': ['amount']", "/actions/pay/path", "must be required");
    broken("/pay/{input.id}", "/pay/{reply.body}", "/actions/pay/path", "names nothing");
    broken("{setting.region}", "{setting.key}", "/actions/pay/query/r", "text or url");
    broken("'{input.amount}'", "'{inptu.amount}'", "/actions/pay/body/amount", "names nothing");
    broken("'{input.amount}'", "'{input.amount|sum}'", "/actions/pay/body/amount", "filters are");
    broken("{reply.headers.date}", "{reply.date}", "/actions/pay/output/at", "names nothing");
    broken("'expect': [201]", "'expect': []", "/actions/pay/expect", "2xx");
    broken("'expect': [201]", "'effect': 'keyed'", "/actions/pay/effect", "key_header");
    broken("'expect': [201]", "'key_header': 'K'", "/actions/pay/key_header", "keyed only");
    broken("'expect': [201]", "'effect': 'twice'", "/actions/pay/effect", "the effect is");
    broken("'type': 'object'", "'type': 'array'", "/actions/pay/input", "of type object");
    broken("{'type': 'number', ", "{'type': 'money', ", "/actions/pay/input/properties/amount/type",
           "\"type\" must be");
    broken("{'input': {'id': 'x'}", "{'input': {'id': 7}", "/actions/pay/example/input/id",
           "must be: text");
    broken("'example': {", "'xample': {", "/actions/pay", "\"example\" is missing");
    broken("'pay': {", "'Pay': {", "/actions/Pay", "name of an action");
}

#define PROBE(more) "'probe': {'method': 'GET', 'path': '/pay/{input.id}'" more "}, 'expect': [201]"

static void test_faults_of_doubt(void **state)
{
    (void)state;
    broken("'expect': [201]", PROBE(""), "/actions/pay/probe", "cannot tell");
    broken("'expect': [201]", PROBE(", 'absent_statuses': '40x'"), "/actions/pay/probe",
           "\"absent_statuses\" is 404");
    broken("'expect': [201]", PROBE(", 'found': 'a', 'settle': 'soon'"),
           "/actions/pay/probe/settle", "a time such as");
    broken("'expect': [201]", PROBE(", 'found': 'a', 'query': {'k': '{key}'}"), "/actions/pay",
           "effect keyed only");
    broken("'expect': [201]", PROBE(", 'found': 'a', 'query': {'k': '{input.no}'}"),
           "/actions/pay/probe/query/k", "not in the input's schema");
    broken("'expect': [201]", PROBE(", 'found': 'a', 'echo': [{'field': 'b'}]"),
           "/actions/pay/probe/echo/0", "\"equals\" is missing");
    broken("'expect': [201]", "'effect': 'idempotent', " PROBE(", 'found': 'a'"), "/actions/pay",
           "keyed and once");
    broken("'expect': [201]", "'effect': 'none', 'headers': {'R': '{reference}'}",
           "/actions/pay/headers/R", "names nothing");
    broken("'expect': [201]", "'key_valid': '1h'", "/actions/pay", "effect keyed only");
    broken("'expect': [201]", "'reversal': {'method': 'UNDO', 'path': '/void'}",
           "/actions/pay/reversal/method", "the method is");
    broken("'expect': [201]", "'reversal': {'path': '/void'}", "/actions/pay/reversal",
           "\"method\" is missing");
    broken("'expect': [201]", "'echo': [{'field': 'id', 'equals': '{reply.body.id}'}]",
           "/actions/pay/echo/0", "names nothing");
}

static void test_what_an_action_says_of_doubt(void **state)
{
    char text[8192];
    const char *at = strstr(good, "'expect': [201]");
    struct manifest *manifest;
    struct buf said;

    (void)state;
    snprintf(
        text, sizeof text, "%.*s%s%s", (int)(at - good), good,
        PROBE(
            ", 'found': 'items.0', 'absent_statuses': [404, 410], 'read_after_write': true") ", "
                                                                                             "'reve"
                                                                                             "rsal'"
                                                                                             ": "
                                                                                             "{'"
                                                                                             "metho"
                                                                                             "d': "
                                                                                             "'DELE"
                                                                                             "TE', "
                                                                                             "'path"
                                                                                             "': "
                                                                                             "'/"
                                                                                             "pay/"
                                                                                             "{inpu"
                                                                                             "t.id}"
                                                                                             "'}",
        at + strlen("'expect': [201]"));
    buf_init(&said, MIB);
    manifest = read_text(text, &said);
    assert_string_equal(buf_text(&said), "");
    assert_int_equal(manifest->actions[0].probe.settle_ms, 5000);
    assert_true(manifest->actions[0].probe.read_after_write);
    assert_true(status_set_has(&manifest->actions[0].probe.absent, 410));
    assert_string_equal(manifest->actions[0].reversal.method, "DELETE");
    assert_ptr_equal(manifest->actions[0].type.fields, action_fields_reversible);
    manifest_free(manifest);
    buf_fini(&said);
}

static void test_a_fault_says_line_and_column(void **state)
{
    struct manifest *manifest;
    struct buf said;

    (void)state;
    buf_init(&said, MIB);
    manifest = read_text("{'weft': 1,\n  'name': 7", &said);
    assert_null(manifest);
    assert_non_null(strstr(buf_text(&said), "m.json:2:"));
    buf_clear(&said);
    assert_null(read_text("{'weft': 1,\n\n  'name': 7}", &said));
    assert_non_null(strstr(buf_text(&said), "m.json:3:11: /name: "));
    buf_clear(&said);
    assert_null(read_text("[]", &said));
    buf_fini(&said);
}

static void test_the_manifests_of_the_program_are_sound(void **state)
{
    size_t count = 0;

    (void)state;
    for (; embedded_manifests[count].name != NULL; count++) {
        const struct embedded_manifest *embedded = &embedded_manifests[count];
        struct faults faults;
        struct manifest *manifest;
        struct buf said;

        faults_init(&faults);
        buf_init(&said, MIB);
        manifest = manifest_read(embedded->name, embedded->text, embedded->size, &faults);
        faults_write(&faults, &said);
        if (manifest == NULL || faults.count > 0)
            fail_msg("%s", buf_text(&said));
        for (size_t i = 0; i < manifest->action_count; i++) {
            assert_non_null(manifest->actions[i].shape);
            assert_non_null(manifest->actions[i].promise.schema);
        }
        assert_string_equal(manifest->info.name, embedded->name);
        manifest_free(manifest);
        faults_fini(&faults);
        buf_fini(&said);
    }
    assert_true(count > 0);
}

/* What is missing for people is said, and keeps nothing from working. */
static void warned(const char *from, const char *to, const char *pointer, const char *wanted)
{
    const char *at = strstr(good, from);
    char text[8192];
    struct manifest *manifest;
    struct buf said;

    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    buf_init(&said, MIB);
    manifest = read_text(text, &said);
    assert_non_null(manifest);
    if (strstr(buf_text(&said), pointer) == NULL || strstr(buf_text(&said), wanted) == NULL)
        fail_msg("%s -> %s\nwanted %s %s, said:\n%s", from, to, pointer, wanted, buf_text(&said));
    manifest_free(manifest);
    buf_fini(&said);
}

static void test_schemas_are_not_forgotten(void **state)
{
    (void)state;
    warned("   'output_schema': {'type': 'object'},\n", "",
           ": /actions/pay: warning: ", "\"output_schema\" is missing");
    warned("'amount': {'type': 'number', 'title': 'Amount'}", "'amount': {'type': 'number'}",
           ": /actions/pay/input/properties/amount: warning: ", "\"description\" is missing");
    warned("'amount': {'type': 'number', 'title': 'Amount'}", "'amount': {'title': 'Amount'}",
           ": /actions/pay/input/properties/amount: warning: ", "\"type\" is missing");
    warned("'expect': [201]",
           PROBE(", 'absent_statuses': [404], 'settle': '1s', 'read_after_write': true"),
           ": /actions/pay/probe: warning: ", "shorter than the usual 5s");
    broken("'input': {", "'nput': {", "/actions/pay", "\"input\" is missing");
    broken("'output_schema': {'type': 'object'}",
           "'output_schema': {'type': 'object', 'required': ['sum']}",
           "/actions/pay/example/output", "sum");
}

/* The manifest that docs/CONNECTORS.md shows can be copied. */
static void test_the_guide_shows_a_sound_manifest(void **state)
{
    FILE *in = fopen(SOURCE_DIR "/docs/CONNECTORS.md", "rb");
    char *guide = mem_must(MIB), *from, *to;
    struct manifest *manifest;
    struct buf said;
    size_t size;

    (void)state;
    assert_non_null(in);
    size = fread(guide, 1, MIB - 1, in);
    fclose(in);
    assert_true(size > 0);
    from = strstr(guide, "```json\n{\n  \"weft\": 1,\n  \"name\": \"shop\"");
    assert_non_null(from);
    from = strchr(from, '{');
    to = strstr(from, "```");
    assert_non_null(to);
    *to = '\0';
    buf_init(&said, MIB);
    manifest = read_plain(from, &said);
    assert_string_equal(buf_text(&said), "");
    manifest_free(manifest);
    buf_fini(&said);
    mem_free(guide);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_manifest_becomes_types),
        CASE(test_a_type_tells_of_its_action),
        CASE(test_rules_decide_in_order),
        CASE(test_a_rule_sees_what_is_not_and_how_long_to_wait),
        CASE(test_faults_of_the_system),
        CASE(test_faults_of_an_action),
        CASE(test_faults_of_doubt),
        CASE(test_what_an_action_says_of_doubt),
        CASE(test_a_fault_says_line_and_column),
        CASE(test_the_manifests_of_the_program_are_sound),
        CASE(test_schemas_are_not_forgotten),
        CASE(test_the_guide_shows_a_sound_manifest),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
