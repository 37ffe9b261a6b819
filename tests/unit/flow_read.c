/* flow_read.c - a folder becomes a bundle: what belongs to it, what is refused and where. */
#include "flow_try.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world/yard.h"

static char dir[YARD_PATH];

static int dir_setup(void **state)
{
    yard_make(dir);
    return try_setup(state);
}

static int dir_teardown(void **state)
{
    yard_remove(dir);
    return try_teardown(state);
}

#define IN_DIR(name) cmocka_unit_test_setup_teardown(name, dir_setup, dir_teardown)

static const char *path_of(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put_bytes(const char *name, const void *bytes, size_t size)
{
    char *slash = strrchr(name, '/');
    FILE *file;

    if (slash != NULL) {
        char folder[128];

        snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
        if (mkdir(path_of(folder), 0700) != 0)
            assert_int_equal(errno, EEXIST);
    }
    file = fopen(path_of(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

static const char flow_text[] = "{\"weft\":1,\"name\":\"x\",\"nodes\":[{\"id\":\"t\",\"type\":"
                                "\"trigger.manual\"}]}";

static json_t *read_dir(struct try *try)
{
    json_t *bundle;

    faults_fini(&try->faults);
    bundle = flow_read_dir(dir, &try->faults);
    try_say(try);
    assert_int_equal(bundle == NULL, try->faults.errors > 0);
    return bundle;
}

static void says_in_dir(struct try *try, const char *rest)
{
    char wanted[1000];

    snprintf(wanted, sizeof wanted, "%s/%s", dir, rest);
    try_says(try, wanted);
}

static void expect_bundle(json_t *bundle, const char *wanted)
{
    char *text = json_text_new(bundle, 100000, NULL);

    assert_non_null(text);
    assert_string_equal(text, wanted);
    mem_free(text);
    json_decref(bundle);
}

static void a_definition_alone_is_a_bundle(void **state)
{
    struct try *try = *state;

    put("flow.json", "{\"weft\":1}");
    put("README.md", "hello");
    expect_bundle(read_dir(try), "{\"flow\":{\"weft\":1}}");
}

static void the_parts_come_in_order_of_name(void **state)
{
    struct try *try = *state;

    put("flow.json", "{\"weft\":1}");
    put("rules/b_2.lua", "return {}");
    put("rules/a.lua", "local x = 'ä'");
    put("rules/.hidden.lua", "\xff");
    put("rules/a_test.json", "no json");
    put("lookups/gl.json", "{\"rows\":{\"a\":1.10}}");
    put("connections.json",
        "{\"weft\":1,\"connections\":{\"erp\":{\"connector\":\"http\"}},\"secrets\":{\"hook\":"
        "{\"env\":\"HOOK_SECRET\"}}}");
    expect_bundle(
        read_dir(try),
        "{\"flow\":{\"weft\":1},\"rules\":{\"a\":\"local x = 'ä'\",\"b_2\":\"return {}\"},"
        "\"lookups\":{\"gl\":{\"rows\":{\"a\":1.10}}},"
        "\"connections\":{\"weft\":1,\"connections\":{\"erp\":{\"connector\":\"http\"}},"
        "\"secrets\":{\"hook\":{\"env\":\"HOOK_SECRET\"}}}}");
}

static void empty_parts_are_left_out(void **state)
{
    struct try *try = *state;

    put("flow.json", "{}");
    put("rules/readme.txt", "nothing");
    put("lookups/readme.txt", "nothing");
    put("connections.json", "{\"weft\":1,\"connections\":{}}");
    expect_bundle(read_dir(try), "{\"flow\":{}}");
}

static void broken_json_is_told_with_its_place(void **state)
{
    struct try *try = *state;

    put("flow.json", "{\"weft\":1,\n \"name\":\"a\",\n \"name\":\"b\"}");
    put("lookups/gl.json", "{\"rows\":\n{\"a\":1,}}");
    put("connections.json", "{\n\n  oops}");
    assert_null(read_dir(try));
    says_in_dir(try, "flow.json:3:2: /: duplicate key \"name\"");
    says_in_dir(try, "lookups/gl.json:2:");
    says_in_dir(try, "connections.json:3:3: /: ");
    assert_int_equal(try->faults.errors, 3);
}

static void hostile_json_is_refused(void **state)
{
    struct try *try = *state;
    struct buf deep;

    put("flow.json", "{\"name\":\"\xff\"}");
    assert_null(read_dir(try));
    says_in_dir(try, "flow.json:1:");
    put("flow.json", "{\"name\":\"\\ud800\"}");
    assert_null(read_dir(try));
    put("flow.json", "{\"a\\u0000b\":1}");
    assert_null(read_dir(try));
    buf_init(&deep, 1000000);
    for (int i = 0; i < 100000; i++)
        buf_add_char(&deep, '[');
    put("flow.json", buf_text(&deep));
    assert_null(read_dir(try));
    says_in_dir(try, "flow.json:1:65: /: ");
    buf_fini(&deep);
}

/* The file is as long as it says and takes no room on disk; its bytes are never read. */
static void a_file_has_a_ceiling(void **state)
{
    struct try *try = *state;
    size_t used;

    put("flow.json", "{}");
    assert_int_equal(truncate(path_of("flow.json"), 1024L * 1024 * 1024), 0);
    used = mem_used();
    assert_null(read_dir(try));
    assert_in_range(mem_used(), used, used + 200000);
    says_in_dir(try,
                "flow.json:1:1: /: the file has 1073741824 bytes, at most 2097152 are allowed");
    put("flow.json", "{}");
    put("rules/a.lua", "");
    assert_int_equal(truncate(path_of("rules/a.lua"), LIMIT_SCRIPT + 1), 0);
    assert_null(read_dir(try));
    says_in_dir(try, "rules/a.lua:1:1: /: the file has 262145 bytes");
}

static void all_files_together_have_a_ceiling(void **state)
{
    struct try *try = *state;
    char *text = mem_must(200000);

    put("flow.json", "{}");
    memset(text, ' ', 200000);
    for (int i = 0; i < 30; i++) {
        char name[32];

        snprintf(name, sizeof name, "rules/r%d.lua", i);
        put_bytes(name, text, 200000);
    }
    mem_free(text);
    assert_null(read_dir(try));
    says_in_dir(try, "rules:1:1: /: the flow's files together are longer than 4 MiB");
}

static void rules_are_texts(void **state)
{
    struct try *try = *state;

    put("flow.json", "{}");
    put("rules/Upper.lua", "return 1");
    put("rules/byte_code.lua", "\033Lua");
    put("rules/latin.lua", "-- \xe4");
    put_bytes("rules/nul.lua", "a\0b", 3);
    assert_null(read_dir(try));
    assert_int_equal(try->faults.errors, 4);
    says_in_dir(try, "rules/Upper.lua:1:1: /: \"Upper\" cannot name a rule module");
    says_in_dir(try, "rules/byte_code.lua:1:1: /: this is compiled Lua; only its text is taken");
    says_in_dir(try, "rules/latin.lua:1:1: /: the text is not UTF-8");
    says_in_dir(try, "rules/nul.lua:1:1: /: the module holds a NUL character");
}

static void lookups_have_their_shape(void **state)
{
    struct try *try = *state;

    put("flow.json", "{}");
    put("lookups/good.json", "{\"columns\":[\"code\",\"account\"],\"keys\":[\"code\"],\"rows\":["
                             "[\"a\",1],[\"b\",2]],\"missing\":{\"default\":0},\"title\":\"T\"}");
    put("lookups/wide.json",
        "{\"columns\":[\"a\",\"b\"],\"keys\":[\"c\"],\n\"rows\":[[1,2],\n[3]]}");
    put("lookups/odd.json", "{\"rows\":7,\"mising\":1,\"missing\":\"nil\"}");
    put("lookups/bare.json", "{\"rows\":[]}");
    put("lookups/mixed.json", "{\"columns\":[\"a\",\"b\"],\"rows\":{}}");
    put("lookups/list.json", "[1]");
    assert_null(read_dir(try));
    says_in_dir(try, "lookups/bare.json:1:1: /: \"columns\" must be a list of two or more names");
    says_in_dir(try, "lookups/list.json:1:1: /: a lookup is an object");
    says_in_dir(try, "lookups/mixed.json:1:29: /rows: with \"columns\" and \"keys\"");
    says_in_dir(try, "lookups/odd.json:1:9: /rows: \"rows\" must be an object {\"KEY\": VALUE}");
    says_in_dir(try, "lookups/odd.json:1:11: /mising: there is no member \"mising\"; did you mean "
                     "\"missing\"?");
    says_in_dir(try, "lookups/odd.json:1:32: /missing: \"missing\" must be \"error\"");
    says_in_dir(try, "lookups/wide.json:1:29: /keys: \"c\" is none of the columns");
    says_in_dir(try, "lookups/wide.json:3:1: /rows/1: the row has 1 values, but there are 2");
    assert_null(strstr(buf_text(&try->said), "good.json"));
}

static void links_stay_in_the_folder(void **state)
{
    struct try *try = *state;

    put("data/flow.json", "{\"weft\":1}");
    assert_int_equal(symlink("data/flow.json", path_of("flow.json")), 0);
    expect_bundle(read_dir(try), "{\"flow\":{\"weft\":1}}");
    assert_int_equal(mkdir(path_of("rules"), 0700), 0);
    assert_int_equal(symlink("/etc/passwd", path_of("rules/a.lua")), 0);
    assert_int_equal(symlink("../../nowhere", path_of("rules/b.lua")), 0);
    assert_int_equal(symlink("/etc", path_of("lookups")), 0);
    assert_null(read_dir(try));
    says_in_dir(try, "rules/a.lua:1:1: /: a symbolic link leads out of the flow's folder");
    says_in_dir(try, "rules/b.lua:1:1: /: the file cannot be read: ");
    assert_null(strstr(buf_text(&try->said), "root:"));
}

static void only_regular_files_are_read(void **state)
{
    struct try *try = *state;

    assert_int_equal(mkfifo(path_of("flow.json"), 0600), 0); /* opening one must not wait */
    assert_int_equal(mkdir(path_of("connections.json"), 0700), 0);
    assert_null(read_dir(try));
    says_in_dir(try, "flow.json:1:1: /: this is no regular file");
    says_in_dir(try, "connections.json:1:1: /: this is no regular file");
}

static void a_folder_without_a_flow_is_told(void **state)
{
    struct try *try = *state;

    assert_null(read_dir(try));
    says_in_dir(try, "flow.json:1:1: /: there is no flow.json in this folder");
    assert_null(flow_read_dir("/nowhere/at/all", &try->faults));
    try_say(try);
    try_says(try, "/nowhere/at/all:1:1: /: the folder cannot be read: No such file");
}

static void a_file_alone_is_a_bundle_too(void **state)
{
    struct try *try = *state;

    put("one.json", "{\"weft\":1}");
    expect_bundle(flow_read_file(path_of("one.json"), &try->faults), "{\"flow\":{\"weft\":1}}");
    put("two.json", "{\"weft\":1");
    assert_null(flow_read_file(path_of("two.json"), &try->faults));
    assert_null(flow_read_file(path_of("three.json"), &try->faults));
    assert_int_equal(try->faults.errors, 2);
    try_say(try);
    says_in_dir(try, "two.json:1:10: /: ");
    says_in_dir(try, "three.json:1:1: /: the file cannot be read: No such file");
}

static void a_folder_is_checked_whole(void **state)
{
    struct try *try = *state;

    put("flow.json", flow_text);
    try->flow = flow_check_dir(dir, "x", try->registry, NULL, &try->faults);
    assert_non_null(try->flow);
    assert_int_equal(try->faults.count, 0);
    flow_unref(try->flow);

    put("flow.json",
        "{\"weft\":1,\"name\":\"x\",\n\"nodes\":[{\"id\":\"t\",\"type\":\"trigger.manual\"},"
        "{\"id\":\"p\",\"type\":\"test.probe\",\"config\":{\"call\":\"broken:f\"}},"
        "{\"id\":\"q\",\"type\":\"test.prob\"}],\"edges\":["
        "{\"from\":\"t\",\"to\":\"p\"},{\"from\":\"p\",\"to\":\"q\"}]}");
    put("rules/broken.lua", "\xff");
    put("lookups/broken.json", "{\"rows\":1}");
    put("connections.json", "{\"weft\":2}");
    try->flow = flow_check_dir(dir, "x", try->registry, NULL, &try->faults);
    assert_null(try->flow);
    try_say(try);
    assert_int_equal(try->faults.errors, 4);
    says_in_dir(try, "connections.json:1:9: /weft: made by a newer Weft");
    says_in_dir(try, "flow.json:2:122: /nodes/2/type: there is no node type \"test.prob\"");
    says_in_dir(try, "lookups/broken.json:1:9: /rows: ");
    says_in_dir(try, "rules/broken.lua:1:1: /: the text is not UTF-8");
}

/* ---- connections.json */

static void connections_have_their_shape(void **state)
{
    struct try *try = *state;

    put("flow.json", "{}");
    put("connections.json",
        "{\"weft\":1,\"connections\":{\n"
        "\"erp\":{\"connector\":\"dynamics365\",\"environment\":\"production\",\"settings\":{"
        "\"tenant\""
        ":\"t\"},\"secrets\":{\"client_secret\":{\"env\":\"ERP_CLIENT_SECRET\"}},\"simulate\":"
        "false},\n"
        "\"shop\":{\"connector\":\"http\",\"base_url\":\"https://shop.example/api\",\"allow\":"
        "\"10.1.0.0/"
        "16\",\"auth\":{\"type\":\"bearer\",\"secret\":\"token\"},\"secrets\":{\"token\":"
        "{\"env\":\"SHOP_TOKEN\"}}},\n"
        "\"env\":{\"connector\":\"http\",\"base_url\":\"${SHOP_URL:-https://x.example}\"}},\n"
        "\"secrets\":{\"paytrace_webhook\":{\"env\":\"PAYTRACE_WEBHOOK_SECRET\"}}}");
    json_decref(read_dir(try));
    assert_int_equal(try->faults.count, 0);
}

static void what_connections_cannot_be(void **state)
{
    struct try *try = *state;

    put("flow.json", "{}");
    put("connections.json",
        "{\"weft\":1,\"connection\":{},\"connections\":{\n"
        "\"a\":{\"conector\":\"http\"},\n"
        "\"b\":{\"connector\":\"http\",\"base_url\":\"file:///etc/passwd\"},\n"
        "\"c\":{\"connector\":\"http\",\"base_url\":\"gopher://x\"},\n"
        "\"d\":{\"connector\":\"http\",\"base_url\":\"https://user:hunter2@x.example\"},\n"
        "\"e\":{\"connector\":\"http\",\"base_url\":\"https:///path\"},\n"
        "\"f\":{\"connector\":5,\"settings\":{\"a\":1},\"simulate\":\"no\",\"allow\":[]},\n"
        "\"g\":{\"connector\":\"http\",\"auth\":{\"type\":\"baerer\",\"user\":7,\"secrt\":\"x\"}},"
        "\n"
        "\"h\":{\"connector\":\"http\",\"auth\":{\"user\":\"u\",\"secret\":\"tokn\"},"
        "\"secrets\":{\"token\":{\"env\":\"T\"}}},\n"
        "\"i\":7,\n"
        "\"j k\":{\"connector\":\"http\"}}}");
    assert_null(read_dir(try));
    says_in_dir(try,
                "connections.json:1:11: /connection: there is no member \"connection\"; did you "
                "mean \"connections\"?");
    says_in_dir(try, "connections.json:2:5: /connections/a: \"connector\" is missing");
    says_in_dir(try, "connections.json:2:6: /connections/a/conector: there is no member");
    says_in_dir(try, "connections.json:3:36: /connections/b/base_url: \"base_url\" must begin with "
                     "https://");
    says_in_dir(try, "connections.json:4:36: /connections/c/base_url: ");
    says_in_dir(try, "connections.json:5:36: /connections/d/base_url: \"base_url\" holds a user or "
                     "password");
    says_in_dir(try, "connections.json:6:36: /connections/e/base_url: \"base_url\" names no host");
    try_says(try, "/connections/f/connector: \"connector\" must be a text");
    try_says(try, "/connections/f/settings/a: \"a\" must be a text");
    try_says(try, "/connections/f/simulate: \"simulate\" must be true or false");
    try_says(try, "/connections/f/allow: \"allow\" must be a text");
    try_says(try, "/connections/g/auth/type: there is no way to sign in \"baerer\"; did you mean "
                  "\"bearer\"?");
    try_says(try, "/connections/g/auth/user: \"user\" must be a text");
    try_says(try, "/connections/g/auth/secrt: there is no member \"secrt\"");
    try_says(try, "/connections/h/auth: \"type\" is missing");
    try_says(try, "/connections/h/auth/secret: there is no secret of this connection \"tokn\"; did "
                  "you mean \"token\"?");
    try_says(try, "/connections/i: \"i\" must be an object");
    try_says(try, "/connections/j k: \"j k\" cannot name a connection");
    assert_null(strstr(buf_text(&try->said), "hunter2"));
}

static void secrets_never_stand_in_the_file(void **state)
{
    struct try *try = *state;

    put("flow.json", "{}");
    put("connections.json",
        "{\"weft\":1,\"secrets\":{\"hook\":\"s3cret-value\",\"sk_live_s3cret-value\":{\"env\":"
        "\"A\"}},"
        "\"connections\":{\"a\":{\"connector\":\"http\",\"auth\":{\"type\":\"bearer\",\"secret\":"
        "\"s3cret value\"},\"secrets\":{\"p\":\"s3cret-value\",\"q\":{\"env\":\"s3cret-value\"},"
        "\"r\":{\"enf\":\"A\"},\"a.b\":{\"env\":\"A\"}}}}}");
    assert_null(read_dir(try));
    assert_null(strstr(buf_text(&try->said), "s3cret-value"));
    assert_null(strstr(buf_text(&try->said), "s3cret value"));
    try_says(try, "/secrets/hook: a secret does not stand here: write {\"env\": \"VARIABLE\"}");
    try_says(try, "/secrets: one of these names cannot name a secret");
    try_says(try, "/connections/a/auth/secret: here stands the name of one of this connection's");
    try_says(try, "/connections/a/secrets/p: a secret does not stand here");
    try_says(try, "/connections/a/secrets/q: \"env\" must name an environment variable");
    try_says(try,
             "/connections/a/secrets/r/enf: there is no member \"enf\"; did you mean \"env\"?");
    try_says(try, "/connections/a/secrets: one of these names cannot name a secret");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_definition_alone_is_a_bundle),    IN_DIR(the_parts_come_in_order_of_name),
        IN_DIR(empty_parts_are_left_out),          IN_DIR(broken_json_is_told_with_its_place),
        IN_DIR(hostile_json_is_refused),           IN_DIR(a_file_has_a_ceiling),
        IN_DIR(all_files_together_have_a_ceiling), IN_DIR(rules_are_texts),
        IN_DIR(lookups_have_their_shape),          IN_DIR(links_stay_in_the_folder),
        IN_DIR(only_regular_files_are_read),       IN_DIR(a_folder_without_a_flow_is_told),
        IN_DIR(a_file_alone_is_a_bundle_too),      IN_DIR(a_folder_is_checked_whole),
        IN_DIR(connections_have_their_shape),      IN_DIR(what_connections_cannot_be),
        IN_DIR(secrets_never_stand_in_the_file),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
