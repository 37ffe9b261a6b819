/* field.c - settings by rows: every kind read, defaulted, refused with a remedy, and released. */
#include "flow_try.h"

#include "flow/field.h"

struct inner {
    const char *name;
    int64_t count;
};
struct all {
    const char *text, *path, *secret, *port, *zone;
    int64_t number, ms;
    bool flag;
    int choice;
    struct value *value;
    const struct flow_expression *script;
    json_t *json;
    struct inner *object;
    struct field_list list;
};
static const char *const colours[] = { "red", "green", "blue", NULL };
static const struct field inner_rows[] = {
    { .kind = FIELD_TEXT,
      .name = "name",
      .offset = offsetof(struct inner, name),
      .required = true,
      .help = "What it is called." },
    { .kind = FIELD_INT,
      .name = "count",
      .offset = offsetof(struct inner, count),
      .fallback = "7" },
    FIELD_LAST,
};
static const struct field all_rows[] = {
    { .kind = FIELD_TEXT, .name = "text", .offset = offsetof(struct all, text) },
    { .kind = FIELD_TEXT, .name = "zone", .offset = offsetof(struct all, zone), .zone = true },
    { .kind = FIELD_INT,
      .name = "number",
      .offset = offsetof(struct all, number),
      .min = 1,
      .max = 10 },
    { .kind = FIELD_BOOL,
      .name = "flag",
      .offset = offsetof(struct all, flag),
      .fallback = "true" },
    { .kind = FIELD_MS,
      .name = "ms",
      .offset = offsetof(struct all, ms),
      .fallback = "5s",
      .min = 10,
      .max = 60000 },
    { .kind = FIELD_CHOICE,
      .name = "choice",
      .offset = offsetof(struct all, choice),
      .fallback = "green",
      .choices = colours },
    { .kind = FIELD_PORT, .name = "port", .offset = offsetof(struct all, port) },
    { .kind = FIELD_PATH, .name = "path", .offset = offsetof(struct all, path) },
    { .kind = FIELD_SECRET, .name = "secret", .offset = offsetof(struct all, secret) },
    { .kind = FIELD_VALUE,
      .name = "value",
      .offset = offsetof(struct all, value),
      .fallback = "{\"a\":[1]}" },
    { .kind = FIELD_SCRIPT, .name = "script", .offset = offsetof(struct all, script) },
    { .kind = FIELD_JSON, .name = "json", .offset = offsetof(struct all, json) },
    { .kind = FIELD_OBJECT,
      .name = "object",
      .offset = offsetof(struct all, object),
      .rows = inner_rows,
      .size = sizeof(struct inner) },
    { .kind = FIELD_LIST,
      .name = "list",
      .offset = offsetof(struct all, list),
      .min = 0,
      .max = 3,
      .rows = inner_rows,
      .size = sizeof(struct inner) },
    FIELD_LAST,
};
static const struct node_type all_type = {
    .name = "test.all",
    .kind = NODE_TRANSFORM,
    .fields = all_rows,
    .config_size = sizeof(struct all),
};

/* The config of a node of that type; NULL with faults. */
static const struct all *read_all(struct try *try, const char *config)
{
    struct buf text;

    if (registry_find(try->registry, "test.all") == NULL)
        registry_add(try->registry, &all_type);
    buf_init(&text, 1024 * 1024);
    buf_addf(&text,
             "{\"weft\":1,\"name\":\"Try\",\"vars\":{\"home\":\"Asia/Tokyo\",\"days\":5},"
             "\"nodes\":[{\"id\":\"t\",\"type\":\"trigger.manual\"},"
             "{\"id\":\"n\",\"type\":\"test.all\",\"config\":%s}],"
             "\"edges\":[{\"from\":\"t\",\"to\":\"n\"}]}",
             config);
    try_compile(try, buf_text(&text), NULL);
    buf_fini(&text);
    return try->flow != NULL ? try->flow->nodes[1].config : NULL;
}

/* Asserts that the config has one fault, at this pointer below it, with this text in it. */
static void expect_fault(struct try *try, const char *config, const char *pointer,
                         const char *message)
{
    assert_null(read_all(try, config));
    if (try->faults.errors != 1)
        print_error("%s\n", buf_text(&try->said));
    assert_int_equal(try->faults.errors, 1);
    assert_string_equal(try->faults.list[0].pointer + strlen("/nodes/1/config"), pointer);
    try_says(try, message);
}

static void each_kind_is_read(void **state)
{
    struct try *try = *state;
    const struct all *all = read_all(
        try,
        "{\"text\":\"t\",\"number\":10,\"flag\":false,\"ms\":\"1.5s\",\"choice\":\"blue\","
        "\"port\":\"left\",\"path\":\"lines[].amount\",\"secret\":\"paytrace_webhook\","
        "\"value\":\"=x\",\"script\":\"return 1\",\"json\":{\"=\":\"=raw\"},"
        "\"object\":{\"name\":\"o\"},\"list\":[{\"name\":\"a\",\"count\":1},{\"name\":\"b\"}]}");
    const struct inner *items;

    try_is_fine(try);
    assert_string_equal(all->text, "t");
    assert_int_equal(all->number, 10);
    assert_false(all->flag);
    assert_int_equal(all->ms, 1500);
    assert_int_equal(all->choice, 2);
    assert_string_equal(all->port, "left");
    assert_int_equal(flow_port_find(&try->flow->nodes[1], "left"), 1);
    assert_string_equal(all->path, "lines[].amount");
    assert_string_equal(all->secret, "paytrace_webhook");
    assert_false(value_is_literal(all->value));
    assert_true(all->script->script);
    assert_string_equal(all->script->text, "return 1");
    assert_string_equal(json_get_text(all->json, "="), "=raw");
    assert_string_equal(all->object->name, "o");
    assert_int_equal(all->object->count, 7);
    assert_int_equal(all->list.count, 2);
    items = all->list.items;
    assert_string_equal(items[0].name, "a");
    assert_int_equal(items[0].count, 1);
    assert_int_equal(items[1].count, 7);
}

static void a_zone_may_be_a_constant_of_the_flow(void **state)
{
    struct try *try = *state;
    const struct all *all = read_all(try, "{\"zone\":\"=vars.home\"}");

    try_is_fine(try);
    assert_string_equal(all->zone, "Asia/Tokyo");
    all = read_all(try, "{\"zone\":\"Europe/Vienna\"}");
    assert_string_equal(all->zone, "Europe/Vienna");
    expect_fault(try, "{\"zone\":\"=vars.nobody\"}", "/zone",
                 "\"=vars.nobody\" names no text of \"vars\"");
    expect_fault(try, "{\"zone\":\"=vars.days\"}", "/zone", "names no text of \"vars\"");
    expect_fault(try, "{\"zone\":\"=now()\"}", "/zone", "takes no expression");
    expect_fault(try, "{\"text\":\"=vars.home\"}", "/text", "takes no expression");
}

static void what_is_absent_has_its_default(void **state)
{
    struct try *try = *state;
    const struct all *all = read_all(try, "{}");

    try_is_fine(try);
    assert_null(all->text);
    assert_int_equal(all->number, 0);
    assert_true(all->flag);
    assert_int_equal(all->ms, 5000);
    assert_int_equal(all->choice, 1);
    assert_true(value_is_literal(all->value));
    assert_true(json_is_object(value_literal(all->value)));
    assert_null(all->script);
    assert_null(all->json);
    assert_null(all->object);
    assert_int_equal(all->list.count, 0);
}

static void null_is_a_value_only_for_values(void **state)
{
    struct try *try = *state;
    const struct all *all = read_all(try, "{\"value\":null,\"json\":null}");

    try_is_fine(try);
    assert_true(json_is_null(value_literal(all->value)));
    assert_true(json_is_null(all->json));
    expect_fault(try, "{\"text\":null}", "/text", "\"text\" must be a text, but here stands: null");
    expect_fault(try, "{\"list\":null}", "/list", "\"list\" must be a list, but here stands: null");
}

static void a_wrong_type_is_told(void **state)
{
    struct try *try = *state;

    expect_fault(try, "{\"text\":5}", "/text", "must be a text, but here stands: number");
    expect_fault(try, "{\"text\":1.5}", "/text", "must be a text, but here stands: number");
    expect_fault(try, "{\"number\":\"5\"}", "/number", "a whole number without quotes");
    expect_fault(try, "{\"number\":5.0}", "/number", "a whole number without quotes");
    expect_fault(try, "{\"flag\":\"true\"}", "/flag", "true or false without quotes");
    expect_fault(try, "{\"ms\":5000}", "/ms", "a duration like \"250ms\"");
    expect_fault(try, "{\"object\":[]}", "/object", "must be an object");
    expect_fault(try, "{\"list\":{}}", "/list", "must be a list");
    expect_fault(try, "{\"list\":[5]}", "/list/0", "an object must stand here, not: number");
    expect_fault(try, "{\"script\":{}}", "/script", "must be a Lua script as a text");
    expect_fault(try, "[]", "", "an object must stand here, not: array");
}

static void numbers_keep_their_range(void **state)
{
    struct try *try = *state;

    expect_fault(try, "{\"number\":0}", "/number", "must be from 1 to 10, but is 0");
    expect_fault(try, "{\"number\":11}", "/number", "must be from 1 to 10, but is 11");
    expect_fault(try, "{\"number\":99999999999999999999}", "/number", "a whole number");
    expect_fault(try, "{\"ms\":\"1ms\"}", "/ms", "must be at least 10ms, but is 1ms");
    expect_fault(try, "{\"ms\":\"2m\"}", "/ms", "must be at most 60000ms, but is 120000ms");
    expect_fault(try, "{\"ms\":\"5 sec\"}", "/ms", "is no duration");
}

static void a_name_that_is_not_known_gets_the_nearest(void **state)
{
    struct try *try = *state;

    expect_fault(try, "{\"choice\":\"gren\"}", "/choice",
                 "there is no choice \"gren\"; did you mean \"green\"?");
    expect_fault(try, "{\"choice\":\"purple\"}", "/choice",
                 "there is no choice \"purple\"; there is \"red\", \"green\", \"blue\"");
    expect_fault(try, "{\"secrte\":\"a\"}", "/secrte",
                 "there is no member \"secrte\"; did you mean \"secret\"?");
    expect_fault(try, "{\"object\":{\"name\":\"a\",\"conut\":1}}", "/object/conut",
                 "did you mean \"count\"?");
}

static void what_must_be_there_is_missed(void **state)
{
    struct try *try = *state;

    expect_fault(try, "{\"object\":{}}", "/object", "\"name\" is missing: What it is called.");
    expect_fault(try, "{\"list\":[{\"name\":\"a\"},{}]}", "/list/1", "\"name\" is missing");
}

static void a_list_has_its_size(void **state)
{
    struct try *try = *state;

    expect_fault(try,
                 "{\"list\":[{\"name\":\"a\"},{\"name\":\"a\"},{\"name\":\"a\"},{\"name\":\"a\"}]}",
                 "/list", "\"list\" has 4 elements, at most 3 are allowed");
}

static void a_text_takes_no_expression(void **state)
{
    struct try *try = *state;
    const struct all *all;

    expect_fault(try, "{\"text\":\"=trigger.body\"}", "/text", "\"text\" takes no expression");
    expect_fault(try, "{\"choice\":\"=x\"}", "/choice", "takes no expression");
    expect_fault(try, "{\"script\":\"=x\"}", "/script", "write \"return ...\" instead of \"=...\"");
    expect_fault(try, "{\"script\":\" \\n\"}", "/script", "the script is empty");
    all = read_all(try, "{\"text\":\"'=1\"}");
    try_is_fine(try);
    assert_string_equal(all->text, "=1");
}

static void a_path_has_names_between_dots(void **state)
{
    struct try *try = *state;
    static const char *const good[] = { "a", "a.b", "lines[].amount", "a[].b[].c", "Größe.x y" };
    static const char *const bad[] = { "",   ".",      "a.",   ".a",    "a..b", "a[0]",
                                       "[]", "a[].[]", "a[]b", "a[][]", "a]",   "a\\u0001" };
    struct buf config;

    buf_init(&config, 1000);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        buf_clear(&config);
        buf_addf(&config, "{\"path\":\"%s\"}", good[i]);
        read_all(try, buf_text(&config));
        try_is_fine(try);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        buf_clear(&config);
        buf_addf(&config, "{\"path\":\"%s\"}", bad[i]);
        expect_fault(try, buf_text(&config), "/path", "\"path\" is no path: ");
    }
    buf_fini(&config);
}

static void a_port_is_a_name_and_declares_an_exit(void **state)
{
    struct try *try = *state;

    read_all(try, "{\"port\":\"to-review_2\"}");
    try_is_fine(try);
    assert_int_equal(try->flow->nodes[1].port_count, 2);
    expect_fault(try, "{\"port\":\"2nd\"}", "/port", "cannot name an exit");
    expect_fault(try, "{\"port\":\"a b\"}", "/port", "cannot name an exit");
    expect_fault(try, "{\"port\":\"\"}", "/port", "cannot name an exit");
    expect_fault(try, "{\"port\":\"error\"}", "/port", "\"on_error\": \"route\" makes");
}

static void a_secret_is_named_and_never_repeated(void **state)
{
    struct try *try = *state;
    static const char *const names[] = { "paytrace_webhook", "erp.client-secret", "a",
                                         "PayTrace_Production_Webhook_2" };
    static const char *const secrets[] = {
        "my pass word",
        "sk_live_abc",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
        "eyJhbGciOiJIUzI1NiJ9",
        "4111111111111111",
        "hunter2!",
        "aVeryLongTextThatGoesOnAndOnAndOnUntilItIsLongerThanAnyNameThatAPersonWouldGive",
        "=secrets.x",
        "",
    };
    struct buf config;

    buf_init(&config, 1000);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        buf_clear(&config);
        buf_addf(&config, "{\"secret\":\"%s\"}", names[i]);
        read_all(try, buf_text(&config));
        try_is_fine(try);
    }
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        buf_clear(&config);
        buf_addf(&config, "{\"secret\":\"%s\"}", secrets[i]);
        expect_fault(try, buf_text(&config), "/secret", "the name of a secret, never the secret");
        if (*secrets[i] != '\0')
            assert_null(strstr(buf_text(&try->said), secrets[i]));
    }
    buf_fini(&config);
}

static void all_faults_are_found_at_once(void **state)
{
    struct try *try = *state;

    assert_null(read_all(try, "{\"text\":1,\"number\":99,\"flag\":1,\"ms\":\"x\",\"choice\":\"x\","
                              "\"object\":{\"count\":\"x\"},\"list\":[{}],\"other\":1}"));
    assert_int_equal(try->faults.errors, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(each_kind_is_read),
        TRY(a_zone_may_be_a_constant_of_the_flow),
        TRY(what_is_absent_has_its_default),
        TRY(null_is_a_value_only_for_values),
        TRY(a_wrong_type_is_told),
        TRY(numbers_keep_their_range),
        TRY(a_name_that_is_not_known_gets_the_nearest),
        TRY(what_must_be_there_is_missed),
        TRY(a_list_has_its_size),
        TRY(a_text_takes_no_expression),
        TRY(a_path_has_names_between_dots),
        TRY(a_port_is_a_name_and_declares_an_exit),
        TRY(a_secret_is_named_and_never_repeated),
        TRY(all_faults_are_found_at_once),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
