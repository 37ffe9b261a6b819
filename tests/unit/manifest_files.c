/* manifest_files.c - files that an action of a manifest sends: what is accepted, what the node may
 * say of them, and every fault with its place and what to do. */
#include "manifest_help.h"

#include "flow/registry.h"

/* `files` and `more` in a sound manifest; method, headers and body are part of `more`. */
static struct manifest *filed(const char *more, const char *files, const char *sign_in,
                              struct buf *said)
{
    char text[4000];

    snprintf(text, sizeof text,
             "{'weft': 1, 'name': 'archive', 'title': 'Archive', 'version': '1.0', 'help': 'An "
             "archive.', 'environments': {'production': {'base_url': 'https://a.example'}}, "
             "'settings': [{'name': 'key', 'kind': 'secret', 'title': 'Key', 'help': 'Key.'}], "
             "'sign_in': %s, 'actions': {'put': {'title': 'Put', 'help': 'Puts.', "
             "'path': '/d', %s, 'files': %s, 'output_schema': {'type': 'object'}, "
             "'input': {'type': 'object'}, 'example': {'input': {}, 'output': {}}}}}",
             sign_in, more, files);
    return read_text(text, said);
}

#define FORM    "'method': 'POST', 'headers': {'Content-Type': 'multipart/form-data'}"
#define WHOLE   "'method': 'PUT'"
#define NOBODY  "{'type': 'none'}"
#define A_PART  "'a': {'help': 'A.', 'part': 'a'}"
#define AN_ITEM "'a': {'help': 'A.'}"

static void refused(const char *more, const char *files, const char *sign_in, const char *pointer,
                    const char *wanted)
{
    struct manifest *manifest;
    char place[200];
    struct buf said;

    buf_init(&said, MIB);
    manifest = filed(more, files, sign_in, &said);
    snprintf(place, sizeof place, "m.json:1:");
    if (manifest != NULL || strstr(buf_text(&said), place) == NULL)
        fail_msg("%s %s was taken, or has no place:\n%s", more, files, buf_text(&said));
    snprintf(place, sizeof place, ": %s: ", pointer);
    if (strstr(buf_text(&said), wanted) == NULL || strstr(buf_text(&said), place) == NULL)
        fail_msg("%s %s\nwanted %s %s, said:\n%s", more, files, pointer, wanted, buf_text(&said));
    buf_fini(&said);
}

static void test_files_have_settings_in_the_node(void **state)
{
    struct registry *registry = registry_new();
    const struct field *row, *inner;
    const struct node_type *type;
    struct manifest *manifest;
    struct buf said;

    (void)state;
    buf_init(&said, MIB);
    manifest = filed("'method': 'POST', 'headers': {'Content-Type': 'multipart/form-data', "
                     "'X-Size': '{file.a.size}', 'X-Sum': '{file.a.digest}'}",
                     "{'a': {'help': 'The A.', 'part': 'first', 'type': 'text/csv', 'limit': 100}, "
                     "'b': {'help': 'The B.', 'part': 'second', 'optional': true}}",
                     NOBODY, &said);
    assert_string_equal(buf_text(&said), "");
    manifest_add(manifest, registry);
    type = registry_find(registry, "connector.archive.put");
    row = type->fields;
    assert_string_equal(row[0].name, "input");
    assert_string_equal(row[1].name, "files");
    assert_true(row[1].required);
    assert_int_equal(row[2].kind, FIELD_END);
    inner = row[1].rows;
    assert_string_equal(inner[0].name, "a");
    assert_string_equal(inner[0].help, "The A.");
    assert_true(inner[0].required);
    assert_false(inner[1].required);
    assert_int_equal(inner[2].kind, FIELD_END);
    assert_string_equal(inner[0].rows[0].name, "folder");
    assert_string_equal(inner[0].rows[1].name, "file");
    assert_string_equal(inner[0].rows[2].name, "filename");
    registry_free(registry);
    manifest_free(manifest);
    buf_fini(&said);
}

/* A name that nobody is told is no setting. */
static void test_a_whole_body_has_a_name_where_it_is_told(void **state)
{
    static const char *const heads[] = { WHOLE,
                                         WHOLE ", 'headers': {'X-Name': '{file.a.filename}'}" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct registry *registry = registry_new();
        struct manifest *manifest;
        const struct field *rows;
        struct buf said;

        buf_init(&said, MIB);
        manifest = filed(heads[i], "{" AN_ITEM "}", NOBODY, &said);
        assert_string_equal(buf_text(&said), "");
        manifest_add(manifest, registry);
        rows = registry_find(registry, "connector.archive.put")->fields[1].rows[0].rows;
        assert_int_equal(rows[2].kind, i == 0 ? FIELD_END : FIELD_VALUE);
        registry_free(registry);
        manifest_free(manifest);
        buf_fini(&said);
    }
}

static void save_refused(const char *more, const char *pointer, const char *wanted)
{
    struct manifest *manifest;
    struct buf said;

    buf_init(&said, MIB);
    manifest = filed(more, "{" A_PART "}", NOBODY, &said);
    if (manifest != NULL || strstr(buf_text(&said), wanted) == NULL ||
        strstr(buf_text(&said), pointer) == NULL)
        fail_msg("%s\nwanted %s %s, said:\n%s", more, pointer, wanted, buf_text(&said));
    buf_fini(&said);
}

/* `put` has an output_schema, which is one of the faults. */
static void test_an_answer_that_is_a_file_has_nothing_to_look_into(void **state)
{
    static const char save[] = ": /actions/put/save: ";

    (void)state;
    save_refused(FORM ", 'save': true", save, "\"effect\": \"none\"");
    save_refused(FORM ", 'effect': 'none', 'save': true", save, "leave out \"output_schema\"");
    save_refused(FORM ", 'effect': 'none', 'save': true, 'output': {}", save,
                 "the output is {file}: leave out \"output\"");
    save_refused(FORM ", 'effect': 'none', 'save': true, 'echo': [{'field': 'a', 'equals': 'b'}]",
                 save, "\"echo\" looks into the answer");
    save_refused(FORM ", 'effect': 'none', 'save': true, 'pages': {'type': 'link_header'}", save,
                 "\"pages\" looks into the answer");
    save_refused(FORM ", 'effect': 'none', 'save': 'yes'", save, "true or false");
}

static void test_what_cannot_be_sent_is_told(void **state)
{
    static const char all[] = "/actions/put/files", a[] = "/actions/put/files/a";

    (void)state;
    refused(WHOLE, "{}", NOBODY, all, "names 1 to 16 files");
    refused(WHOLE, "[]", NOBODY, all, "\"files\" must be an object");
    refused(WHOLE, "{'A b': {'help': 'A.'}}", NOBODY, "/actions/put/files/A b", "a small letter");
    refused(WHOLE, "{'a': {}}", NOBODY, a, "\"help\" is missing");
    refused(WHOLE, "{'a': {'help': 'A.', 'typ': 'x'}}", NOBODY, "/actions/put/files/a/typ",
            "did you mean \"type\"");
    refused(WHOLE, "{'a': {'help': 'A.', 'limit': 0}}", NOBODY, "/actions/put/files/a/limit",
            "1 to 68719476736");
    refused(WHOLE, "{'a': {'help': 'A.', 'type': 'a\\nb'}}", NOBODY, "/actions/put/files/a/type",
            "a media type such as");
    refused(FORM, "{'a': {'help': 'A.', 'part': ''}}", NOBODY, "/actions/put/files/a/part",
            "cannot be empty");
    refused(FORM, "{" A_PART ", 'b': {'help': 'B.'}}", NOBODY, "/actions/put/files/b",
            "\"part\" is missing");
    refused("'method': 'POST'", "{" A_PART "}", NOBODY, all,
            "\"headers\": {\"Content-Type\": \"multipart/form-data\"}");
    refused(FORM, "{'a': {'help': 'A.', 'part': 'a', 'optional': true}}", NOBODY, all,
            "let one file be required");
    refused(FORM, "{" AN_ITEM "}", NOBODY, a, "give the file a \"part\"");
    refused(WHOLE ", 'headers': {'content-type': 'text/csv'}",
            "{'a': {'help': 'A.', 'type': 'text/csv'}}", NOBODY, a, "leave \"type\" out");
    refused(WHOLE ", 'body': {'x': 1}", "{" AN_ITEM "}", NOBODY, a,
            "leave the action's \"body\" out");
    refused(WHOLE, "{'a': {'help': 'A.', 'optional': true}}", NOBODY, a, "make two actions");
    refused("'method': 'GET'", "{" AN_ITEM "}", NOBODY, all, "a GET request has no body");
    refused("'method': 'POST', 'effect': 'none', 'pages': {'type': 'link_header'}", "{" AN_ITEM "}",
            NOBODY, all, "leave \"files\" or \"pages\" out");
    refused(WHOLE, "{" AN_ITEM "}", "{'type': 'hmac', 'header': 'X-S', 'secret': 'key'}", all,
            "signs the whole body");
}

static void test_places_of_files_are_those_of_the_request(void **state)
{
    (void)state;
    refused(WHOLE ", 'headers': {'X': '{file.b.size}'}", "{" AN_ITEM "}", NOBODY,
            "/actions/put/headers/X", "file.NAME.filename, file.NAME.size and file.NAME.digest");
    refused(WHOLE ", 'headers': {'X': '{file.a.path}'}", "{" AN_ITEM "}", NOBODY,
            "/actions/put/headers/X", "names nothing");
    refused(WHOLE ", 'headers': {'X': '{file.a}'}", "{" AN_ITEM "}", NOBODY,
            "/actions/put/headers/X", "names nothing");
    refused(WHOLE ", 'output': '{file.a.size}'", "{" AN_ITEM "}", NOBODY, "/actions/put/output",
            "names nothing");
    broken("'/pay/{input.id}'", "'/pay/{file.a.size}'", "/actions/pay/path", "names nothing");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(test_files_have_settings_in_the_node),
        CASE(test_a_whole_body_has_a_name_where_it_is_told),
        CASE(test_an_answer_that_is_a_file_has_nothing_to_look_into),
        CASE(test_what_cannot_be_sent_is_told),
        CASE(test_places_of_files_are_those_of_the_request),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
