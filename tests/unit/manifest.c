/* manifest.c - reading what describes an external system: what is accepted, every fault with its
 * place, the templates and schemas behind it, and that the manifests that come with the program are
 * sound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "nodes/connectors/embedded.h"
#include "nodes/manifest.h"
#include "nodes/shape.h"
#include "nodes/template.h"

static size_t used_before;

static int begin(void **state)
{
    (void)state;
    used_before = mem_used();
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(mem_used(), used_before);
    return 0;
}

static int install(void **state)
{
    (void)state;
    mem_install();
    return 0;
}

static char *quoted(const char *text)
{
    char *copy = mem_must_copy(text);

    for (char *c = copy; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    return copy;
}

static json_t *json_of(const char *text)
{
    char *copy = quoted(text);
    struct err e;
    json_t *json = json_read(copy, strlen(copy), &json_limits_flow, &e);

    if (json == NULL)
        fail_msg("%s: %s", copy, e.text);
    mem_free(copy);
    return json;
}

static void same(json_t *json, const char *wanted)
{
    json_t *other = json_of(wanted);

    if (!json_same(json, other)) {
        char *text = json_text_new(json, MIB, NULL);

        print_error("wanted %s, is %s\n", wanted, text);
        mem_free(text);
        fail();
    }
    json_decref(other);
    json_decref(json);
}

/* ---- Templates */

#define SCOPE                                                                                 \
    "{'input': {'id': 'a/b', 'name': 'O\\u0027Neil', 'amount': 100.10, 'n': 7, 'yes': true, " \
    "'none': "                                                                                \
    "null, 'dots': '..', 'empty': '', 'list': [{'x': 1}]}, 'reply': {'body': {'k': 'v'}}}"

static void filled(const char *template, const char *wanted)
{
    json_t *scope = json_of(SCOPE), *json = json_of(template);
    struct err e = { .code = ERR_OK };
    json_t *result = template_json(json, scope, &e);

    if (e.code != ERR_OK)
        fail_msg("%s: %s", template, e.text);
    if (wanted == NULL)
        assert_null(result);
    else
        same(result, wanted);
    json_decref(json);
    json_decref(scope);
}

static void test_templates_fill_json(void **state)
{
    (void)state;
    filled("'{input.amount}'", "100.10");
    filled("'{input.amount|text}'", "'100.10'");
    filled("'EUR {input.amount}'", "'EUR 100.10'");
    filled("'{input.list.0.x}'", "1");
    filled("'{input.list}'", "[{'x': 1}]");
    filled("'{input.none}'", "null");
    filled("'{input.nothing}'", NULL);
    filled("'a {input.nothing}'", NULL);
    filled("{'a': '{input.n}', 'b': '{input.nothing}', 'c': [1, '{input.nothing}'], 'd': {}}",
           "{'a': 7, 'c': [1, null], 'd': {}}");
    filled("'{{input.n}}'", "'{input.n}'");
    filled("'{{{input.n}}}'", "'{7}'");
    filled("''", "''");
    filled("'a{input.yes}b{input.n}c'", "'atrueb7c'");
    filled("'{input.n|odata}'", "'7'");
    filled("'{input.id|url}'", "'a%2Fb'");
    filled("12.50", "12.50");
}

static void test_templates_quote_odata(void **state)
{
    json_t *scope = json_of(SCOPE);
    struct err e = { .code = ERR_OK };
    json_t *json = json_string("name eq {input.name|odata}");
    json_t *result = template_json(json, scope, &e);

    (void)state;
    assert_string_equal(json_text(result), "name eq 'O''Neil'");
    json_decref(result);
    json_decref(json);
    json_decref(scope);
}

static enum err_code path(const char *template, const char *wanted)
{
    json_t *scope = json_of(SCOPE);
    struct buf out;
    bool missing;
    struct err e;
    enum err_code rc;

    buf_init(&out, KIB);
    rc = template_text(template, scope, TEMPLATE_URL_PATH, &out, &missing, &e);
    if (rc == ERR_OK)
        assert_string_equal(buf_text(&out), wanted);
    buf_fini(&out);
    json_decref(scope);
    return rc;
}

static void test_templates_encode_paths(void **state)
{
    (void)state;
    assert_int_equal(path("/x({input.n})", "/x(7)"), ERR_OK);
    assert_int_equal(path("/x/{input.id}/y", "/x/a%2Fb/y"), ERR_OK);
    assert_int_equal(path("/x(k={input.name|odata})", "/x(k=%27O%27%27Neil%27)"), ERR_OK);
    assert_int_equal(path("/x/{input.dots}", ""), ERR_INVALID);
    assert_int_equal(path("/x/{input.empty}", ""), ERR_INVALID);
    assert_int_equal(path("/x/{input.none}", ""), ERR_INVALID);
    assert_int_equal(path("/x/{input.nothing}", ""), ERR_INVALID);
    assert_int_equal(path("/x/{input.list}", ""), ERR_INVALID);
}

static void test_templates_are_checked(void **state)
{
    static const char *const broken[] = { "{",      "}",       "{}",      "a}b",  "{a",
                                          "{a|}",   "{a|b}",   "{a b}",   "{.a}", "{a.}",
                                          "{a..b}", "{|text}", "{a|text", "{{}" };

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct err e;

        if (template_check(broken[i], NULL, NULL, &e) != ERR_SYNTAX)
            fail_msg("%s is no template", broken[i]);
    }
}

/* ---- Schemas */

static void problem_note(void *arg, const char *pointer, const char *text)
{
    buf_addf(arg, "%s %s\n", pointer, text);
}

static void matched(const char *schema, const char *value, const char *wanted)
{
    json_t *schema_json = json_of(schema), *value_json = json_of(value);
    struct buf said;

    buf_init(&said, MIB);
    shape_check(schema_json, problem_note, &said);
    assert_string_equal(buf_text(&said), "");
    shape_match(schema_json, value_json, false, problem_note, &said);
    if (*wanted == '\0' ? said.len > 0 : strstr(buf_text(&said), wanted) == NULL)
        fail_msg("%s\nwanted \"%s\", said:\n%s", value, wanted, buf_text(&said));
    buf_fini(&said);
    json_decref(schema_json);
    json_decref(value_json);
}

static void test_schemas_match(void **state)
{
    static const char *const person =
        "{'type': 'object', 'properties': {'name': {'type': 'string', 'maxLength': 3, 'minLength': "
        "1},"
        " 'age': {'type': 'integer', 'minimum': 0}, 'sum': {'type': 'number', 'exclusiveMinimum': "
        "0,"
        " 'maximum': 0.30}, 'kind': {'enum': ['a', 1, 1.50]}, 'gone': {'type': ['string', 'null']},"
        " 'lines': {'type': 'array', 'items': {'type': 'object', 'properties': {'q': {'type':"
        " 'integer'}}, 'required': ['q']}}}, 'required': ['name']}";

    (void)state;
    matched(person, "{'name': 'abc'}", "");
    matched(person, "{'name': 'üüü', 'gone': null}", "");
    matched(person, "{'name': 'abcd'}", "/name \"name\" has 4 characters, at most 3");
    matched(person, "{'name': ''}", "\"name\" is empty");
    matched(person, "{}", "\"name\" is missing");
    matched(person, "{'name': 'a', 'nmae': 1}", "\"nmae\" is not one of its members");
    matched(person, "{'name': null}", "must be: text, but is: null");
    matched(person, "{'name': 'a', 'age': 1.0}", "must be: whole number");
    matched(person, "{'name': 'a', 'age': -1}", "must be at least 0");
    matched(person, "{'name': 'a', 'age': '7'}", "must be: whole number, but is: text");
    matched(person, "{'name': 'a', 'sum': 0.30}", "");
    matched(person, "{'name': 'a', 'sum': 0.300000000000000000001}", "must be at most 0.30");
    matched(person, "{'name': 'a', 'sum': 0.00}", "must be greater than 0");
    matched(person, "{'name': 'a', 'sum': 1e309}", "more digits");
    matched(person, "{'name': 'a', 'kind': 1.50}", "");
    matched(person, "{'name': 'a', 'kind': 'b'}", "must be one of \"a\", 1, 1.50");
    matched(person, "{'name': 'a', 'lines': [{'q': 1}, {'q': 'x'}]}",
            "/lines/1/q \"lines/1/q\" must be");
    matched(person, "{'name': 'a', 'lines': [{}]}", "\"lines/0/q\" is missing");
    matched(person, "[1]", "\"input\" must be: object, but is: array");
}

static void test_schema_formats(void **state)
{
    static const struct {
        const char *format, *value;
        bool good;
    } cases[] = {
        { "date", "2026-11-21", true },
        { "date", "2024-02-29", true },
        { "date", "2026-02-29", false },
        { "date", "2026-13-01", false },
        { "date", "2026-1-01", false },
        { "date", "11/21/2026", false },
        { "date", "2026-11-21T00:00:00Z", false },
        { "date", "", false },
        { "date-time", "2026-11-21T09:03:03Z", true },
        { "date-time", "2026-11-21T09:03:03.123+01:00", true },
        { "date-time", "2026-11-21T09:03:03", false },
        { "date-time", "2026-11-21 09:03:03Z", false },
        { "date-time", "2026-11-21T24:03:03Z", false },
        { "date-time", "2026-11-21T09:03:03.Z", false },
        { "date-time", "2026-11-21T09:03:03Zx", false },
        { "date-time", "2026-11-21T09:03:03+0100", false },
        { "uuid", "1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a10", true },
        { "uuid", "1F0E6F2A-8F53-4A7E-9D7E-2F3F4B1C9A10", true },
        { "uuid", "1f0e6f2a8f534a7e9d7e2f3f4b1c9a10", false },
        { "uuid", "1f0e6f2a-8f53-4a7e-9d7e-2f3f4b1c9a1)", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char schema[80], value[80];

        snprintf(schema, sizeof schema, "{'type': 'string', 'format': '%s'}", cases[i].format);
        snprintf(value, sizeof value, "'%s'", cases[i].value);
        matched(schema, value, cases[i].good ? "" : "must be");
    }
}

static void test_schemas_are_checked(void **state)
{
    static const struct {
        const char *schema, *wanted;
    } cases[] = {
        { "{'type': 'text'}", "/type \"type\" must be" },
        { "{'type': []}", "/type" },
        { "{'pattern': '.'}", "/pattern the keyword \"pattern\" is not one that Weft checks" },
        { "{'properties': {'a': 1}}", "/properties/a a schema is an object" },
        { "{'properties': {'a': {'maxLength': -1}}}", "/properties/a/maxLength" },
        { "{'required': ['b'], 'properties': {'a': {}}}", "/required" },
        { "{'items': {'type': 1}}", "/items/type" },
        { "{'format': 'email'}", "/format" },
        { "{'type': 'integer', 'default': 'x'}", "the default does not fit" },
        { "{'minimum': 'x'}", "/minimum" },
        { "{'enum': []}", "/enum" },
        { "true", "a schema is an object" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *json = json_of(cases[i].schema);
        struct buf said;

        buf_init(&said, MIB);
        shape_check(json, problem_note, &said);
        if (strstr(buf_text(&said), cases[i].wanted) == NULL)
            fail_msg("%s\nwanted %s, said:\n%s", cases[i].schema, cases[i].wanted, buf_text(&said));
        buf_fini(&said);
        json_decref(json);
    }
}

/* ---- Manifests */

static const char good[] =
    "{'weft': 1, 'name': 'shop', 'title': 'Shop', 'version': '1.0', 'help': 'A shop.',\n"
    " 'environments': {'production': {'base_url': '{url}/api'}},\n"
    " 'settings': [{'name': 'url', 'kind': 'url', 'title': 'Address', 'help': 'Where.', "
    "'required': "
    "true},\n"
    "   {'name': 'region', 'title': 'Region', 'help': 'Which.', 'default': 'eu'},\n"
    "   {'name': 'key', 'kind': 'secret', 'title': 'Key', 'help': 'The key.'}],\n"
    " 'sign_in': {'type': 'header', 'header': 'X-Key', 'secret': 'key'},\n"
    " 'headers': {'X-Region': '{region}'},\n"
    " 'error': {'code': 'error.code', 'message': ['error.text']},\n"
    " 'errors': [{'status': 503, 'kind': 'unavailable', 'not_processed': true},\n"
    "   {'status': 409, 'code': 'E7', 'kind': 'duplicate'}],\n"
    " 'actions': {'pay': {'title': 'Pay', 'help': 'Pays.', 'method': 'POST', 'path': "
    "'/pay/{input.id}',\n"
    "   'query': {'r': '{setting.region}'}, 'body': {'amount': '{input.amount}'}, 'expect': "
    "[201],\n"
    "   'input': {'type': 'object', 'properties': {'id': {'type': 'string'}, 'amount': {'type': "
    "'number'}}, 'required': ['id']},\n"
    "   'output': {'id': '{input.id}', 'at': '{reply.headers.date}'},\n"
    "   'errors': [{'status': 404, 'kind': 'transient'}],\n"
    "   'example': {'input': {'id': 'x'}, 'output': {'id': 'x'}}}}}";

static struct manifest *read_text(const char *text, struct buf *said)
{
    char *copy = quoted(text);
    struct faults faults;
    struct manifest *manifest;

    faults_init(&faults);
    manifest = manifest_read("m.json", copy, strlen(copy), &faults);
    faults_write(&faults, said);
    faults_fini(&faults);
    mem_free(copy);
    return manifest;
}

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

static void verdict_is(const struct action *action, int status, const char *code,
                       enum err_code kind, bool unsure)
{
    struct reply_verdict verdict = action_classify(action, status, code);

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

/* The good one with the first `from` replaced. */
static void broken(const char *from, const char *to, const char *pointer, const char *wanted)
{
    const char *at = strstr(good, from);
    char text[8192], place[200];
    struct manifest *manifest;
    struct buf said;

    if (at == NULL)
        fail_msg("%s is not in the manifest", from);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    buf_init(&said, MIB);
    manifest = read_text(text, &said);
    snprintf(place, sizeof place, ": %s: ", pointer);
    if (manifest != NULL || strstr(buf_text(&said), wanted) == NULL ||
        strstr(buf_text(&said), place) == NULL)
        fail_msg("%s -> %s\nwanted %s %s, said:\n%s", from, to, pointer, wanted, buf_text(&said));
    buf_fini(&said);
}

static void test_faults_of_the_system(void **state)
{
    (void)state;
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
    broken("{url}/api", "{url}/", "/environments/production/base_url", "slash at the end");
    broken("{url}/api", "{url", "/environments/production/base_url", "without \"}\"");
    broken("{'production': {'base_url': '{url}/api'}}", "{}", "/environments", "at least one");
    broken("'kind': 'url'", "'kind': 'uri'", "/settings/0", "text, url or secret");
    broken("'name': 'region'", "'name': 'url'", "/settings/1", "there already");
    broken("'title': 'Key',", "'title': 'Key', 'default': 'x',", "/settings/2", "no default");
    broken("'type': 'header'", "'type': 'magic'", "/sign_in/type", "no way to sign in");
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
    broken("'method': 'POST'", "'method': 'GO'", "/actions/pay", "the method is");
    broken("'path': '/pay", "'path': 'pay", "/actions/pay/path", "begins with \"/\"");
    broken("'path': '/pay/{input.id}'", "'path': '/pay?x=1'", "/actions/pay/path", "no query");
    broken("/pay/{input.id}", "/pay/{input.di}", "/actions/pay/path", "not in the input's schema");
    broken("/pay/{input.id}", "/pay/{input.amount}", "/actions/pay/path", "string or an integer");
    broken("'required': ['id']", "'required': ['amount']", "/actions/pay/path", "must be required");
    broken("/pay/{input.id}", "/pay/{reply.body}", "/actions/pay/path", "names nothing");
    broken("{setting.region}", "{setting.key}", "/actions/pay/query/r", "text or url");
    broken("'{input.amount}'", "'{inptu.amount}'", "/actions/pay/body/amount", "names nothing");
    broken("'{input.amount}'", "'{input.amount|sum}'", "/actions/pay/body/amount", "filters are");
    broken("{reply.headers.date}", "{reply.date}", "/actions/pay/output/at", "names nothing");
    broken("'expect': [201]", "'expect': []", "/actions/pay/expect", "2xx");
    broken("'expect': [201]", "'effect': 'keyed'", "/actions/pay", "key_header");
    broken("'expect': [201]", "'key_header': 'K'", "/actions/pay", "keyed only");
    broken("'expect': [201]", "'effect': 'twice'", "/actions/pay", "the effect is");
    broken("'type': 'object'", "'type': 'array'", "/actions/pay/input", "of type object");
    broken("{'type': 'number'}", "{'type': 'money'}", "/actions/pay/input/properties/amount/type",
           "\"type\" must be");
    broken("{'input': {'id': 'x'}", "{'input': {'id': 7}", "/actions/pay/example/input/id",
           "must be: text");
    broken("'example': {", "'xample': {", "/actions/pay", "\"example\" is missing");
    broken("'pay': {", "'Pay': {", "/actions/Pay", "name of an action");
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
        if (manifest == NULL)
            fail_msg("%s", buf_text(&said));
        assert_string_equal(manifest->info.name, embedded->name);
        manifest_free(manifest);
        faults_fini(&faults);
        buf_fini(&said);
    }
    assert_true(count > 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_templates_fill_json),
        CASE(test_templates_quote_odata),
        CASE(test_templates_encode_paths),
        CASE(test_templates_are_checked),
        CASE(test_schemas_match),
        CASE(test_schema_formats),
        CASE(test_schemas_are_checked),
        CASE(test_a_manifest_becomes_types),
        CASE(test_rules_decide_in_order),
        CASE(test_faults_of_the_system),
        CASE(test_faults_of_an_action),
        CASE(test_a_fault_says_line_and_column),
        CASE(test_the_manifests_of_the_program_are_sound),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
