/* registry.c - finding node types, what they tell of themselves, and names that are near. */
#include "flow_try.h"

#include "flow/nearest.h"

static void types_come_in_order_of_name(void **state)
{
    struct try *try = *state;
    const struct node_type *type, *before = NULL;
    size_t cursor = 0, count = 0;

    while ((type = registry_next(try->registry, &cursor)) != NULL) {
        if (before != NULL)
            assert_true(strcmp(before->name, type->name) < 0);
        before = type;
        count++;
    }
    assert_int_equal(count, 8);
    assert_ptr_equal(registry_find(try->registry, "transform.map"), &try_map_type);
    assert_null(registry_find(try->registry, "transform.ma"));
    assert_null(registry_find(try->registry, ""));
    assert_null(registry_find(try->registry, "zzz"));
}

static void an_empty_registry_finds_nothing(void **state)
{
    struct registry *registry = registry_new();
    size_t cursor = 0;

    (void)state;
    assert_null(registry_find(registry, "transform.map"));
    assert_null(registry_nearest(registry, "transform.map"));
    assert_null(registry_next(registry, &cursor));
    registry_free(registry);
    registry_free(NULL);
}

static void a_slip_of_the_hand_is_near(void **state)
{
    struct try *try = *state;

    assert_string_equal(registry_nearest(try->registry, "transform.mpa"), "transform.map");
    assert_string_equal(registry_nearest(try->registry, "Transform.Map"), "transform.map");
    assert_string_equal(registry_nearest(try->registry, "triger.webhook"), "trigger.webhook");
    assert_null(registry_nearest(try->registry, "x"));
    assert_null(registry_nearest(try->registry, "something.else.entirely"));
}

static void distances_count_edits(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        { "", "", 0 },
        { "abc", "abc", 0 },
        { "abc", "ABC", 0 },
        { "abc", "", 3 },
        { "", "ab", 2 },
        { "abc", "acb", 1 },
        { "kitten", "sitting", 3 },
        { "ca", "abc", 3 },
        { "from", "form", 1 },
        { "ports", "port", 1 },
        { "a", "b", 1 },
        { "path", "paht", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(nearest_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(nearest_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
}

static void long_names_are_compared_at_their_beginning(void **state)
{
    char a[4000], b[4000];

    (void)state;
    memset(a, 'x', sizeof a - 1);
    memset(b, 'x', sizeof b - 1);
    a[sizeof a - 1] = b[sizeof b - 1] = '\0';
    b[3000] = 'y';
    assert_int_equal(nearest_distance(a, b), 0);
    b[3] = 'y';
    assert_int_equal(nearest_distance(a, b), 1);
}

static void a_list_begins_with_the_nearest(void **state)
{
    static const char *const names[] = { "paid",  "refund", "review", "void", "open",
                                         "close", "left",   "right",  "padi", "pai" };
    struct buf out;

    (void)state;
    buf_init(&out, 1000);
    nearest_list(&out, "pad", names, 3);
    assert_string_equal(buf_text(&out), "\"paid\", \"refund\", \"review\"");
    buf_clear(&out);
    nearest_list(&out, "right", names, 10);
    assert_int_equal(strncmp(buf_text(&out), "\"right\", ", 9), 0);
    assert_non_null(strstr(buf_text(&out), " and 2 more"));
    buf_clear(&out);
    nearest_list(&out, "pad", names, 0);
    assert_string_equal(buf_text(&out), "nothing");
    buf_fini(&out);
}

static void a_type_tells_of_itself(void **state)
{
    json_t *json = node_type_json(&try_post_type);
    json_t *schema = json_object_get(json, "schema");

    (void)state;
    assert_string_equal(json_get_text(json, "name"),
                        "connector.dynamics365.create_payment_journal");
    assert_string_equal(json_get_text(json, "kind"), "connector");
    assert_string_equal(json_get_text(json, "effect"), "keyed");
    assert_string_equal(json_get_text(json, "connector"), "dynamics365");
    assert_true(json_is_true(json_object_get(json, "needs_connection")));
    assert_true(json_is_false(json_object_get(json, "ports_from_config")));
    assert_string_equal(json_text(json_array_get(json_object_get(json, "ports"), 0)), "out");
    assert_string_equal(json_get_text(schema, "type"), "object");
    assert_non_null(json_object_get(json, "action"));
    json_decref(json);

    json = node_type_json(&try_switch_type);
    assert_int_equal(json_array_size(json_object_get(json, "ports")), 0);
    assert_true(json_is_true(json_object_get(json, "ports_from_config")));
    assert_null(json_object_get(json, "action"));
    json_decref(json);

    json = node_type_json(&try_hook_type);
    assert_string_equal(json_get_text(json, "kind"), "trigger");
    assert_string_equal(json_get_text(json, "title"), "Webhook");
    assert_string_equal(json_get_text(json, "help"), "Takes an event.");
    assert_string_equal(json_get_text(json, "effect"), "none");
    json_decref(json);
}

static void a_header_is_found_without_case(void **state)
{
    static const struct step_pair headers[] = { { "X-Signature", "abc" }, { "x-two", "2" } };
    const struct node_event event = { .headers = headers, .header_count = 2 };

    (void)state;
    assert_string_equal(node_event_header(&event, "x-signature"), "abc");
    assert_string_equal(node_event_header(&event, "X-TWO"), "2");
    assert_null(node_event_header(&event, "X-Sig"));
}

static void effects_have_names(void **state)
{
    (void)state;
    assert_string_equal(effect_name(EFFECT_NONE), "none");
    assert_string_equal(effect_name(EFFECT_IDEMPOTENT), "idempotent");
    assert_string_equal(effect_name(EFFECT_KEYED), "keyed");
    assert_string_equal(effect_name(EFFECT_ONCE), "once");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRY(types_come_in_order_of_name),
        TRY(an_empty_registry_finds_nothing),
        TRY(a_slip_of_the_hand_is_near),
        TRY(distances_count_edits),
        TRY(long_names_are_compared_at_their_beginning),
        TRY(a_list_begins_with_the_nearest),
        TRY(a_type_tells_of_itself),
        TRY(a_header_is_found_without_case),
        TRY(effects_have_names),
    };

    return cmocka_run_group_tests(tests, try_install, NULL);
}
