/* trail.c - the index of a run's steps: what each came to, where it stands, and windows of them. */
#include "store_shop.h"

#include "base/ident.h"
#include "base/json.h"
#include "engine/trail.h"

static const char bundle[] =
    "{\"flow\":{\"nodes\":[{\"id\":\"hook\",\"type\":\"trigger.webhook\"},"
    "{\"id\":\"map\",\"type\":\"transform.map\",\"title\":\"Map it\"},"
    "{\"id\":\"lines\",\"type\":\"control.each\",\"config\":{\"body\":{\"nodes\":["
    "{\"id\":\"post\",\"type\":\"connector.http\"},"
    "{\"id\":\"parts\",\"type\":\"control.each\",\"config\":{\"body\":{\"nodes\":["
    "{\"id\":\"check\",\"type\":\"transform.map\"}]}}}]}}},"
    "{\"id\":\"ask\",\"type\":\"branch.review\"},{\"id\":\"late\"}]}}";

static void keep_version(void)
{
    struct err e;

    assert_int_equal(
        store_put_version(shop.store, "aa11", "orders", bundle, sizeof bundle - 1, 1, &e), ERR_OK);
}

static struct trail *trail_of(uint64_t run, const char *rows[], size_t count, int status)
{
    struct trail *trail;
    struct err e;

    keep_version();
    for (size_t i = 0; i < count; i++) {
        struct store_batch *batch = i == 0 ? batch_accept(run, NULL, "{}") : store_batch_new(run);

        batch_journal(batch, (uint32_t)i, rows[i]);
        if (i + 1 == count && status >= 0)
            batch_end(batch, (enum run_status)status, NULL);
        shop_send_ok(batch);
    }
    trail = trail_read(shop.store, run, &e);
    if (trail == NULL)
        fail_msg("%s", e.text);
    assert_int_equal(trail_run(trail), run);
    return trail;
}

/* The steps as "0 map succeeded;..." */
static const char *window(const struct trail *trail, const char *at, unsigned statuses, size_t from,
                          unsigned limit, size_t *next, size_t *total)
{
    static char text[2048];
    const struct trail_page page = {
        .path = at, .statuses = statuses, .from = from, .limit = limit
    };
    json_t *items = trail_steps(trail, &page, next, total), *one;
    size_t i, used = 0;

    text[0] = '\0';
    json_array_foreach(items, i, one)
    {
        used += (size_t)snprintf(text + used, sizeof text - used, "%d %s %s;",
                                 (int)json_get_int(one, "position", -1), json_get_text(one, "step"),
                                 json_get_text(one, "status"));
    }
    json_decref(items);
    return text;
}

static json_t *one_step(const struct trail *trail, const char *at)
{
    const struct trail_page page = { .path = at, .limit = 1 };
    size_t next, total;
    json_t *items = trail_steps(trail, &page, &next, &total);
    json_t *one = json_incref(json_array_get(items, 0));

    json_decref(items);
    assert_non_null(one);
    return one;
}

static void expect_json(json_t *value, const char *expected)
{
    char *text = json_text_new(value, 65536, NULL);

    assert_non_null(text);
    assert_string_equal(text, expected);
    mem_free(text);
}

static const char *nested[] = {
    "[{\"n\":\"map\",\"t\":12,\"d\":4,\"o\":{\"a\":\"} ] \\\" \\\\\",\"n\":1}},"
    "{\"n\":\"post\",\"x\":\"1\",\"t\":20,\"d\":5,\"p\":\"ok\",\"o\":1},"
    "{\"n\":\"check\",\"x\":\"1.2\",\"t\":21,\"o\":1},"
    "{\"n\":\"lines\",\"t\":22,\"it\":1,\"o\":null}]",
    "[{\"n\":\"post\",\"x\":\"2\",\"t\":40,\"d\":10,\"e\":{\"kind\":\"timeout\",\"text\":\"slow\","
    "\"details\":{\"x\":1}},\"next\":99},"
    "{\"n\":\"post\",\"x\":\"2\",\"t\":80,\"d\":20,\"a\":2,\"e\":{\"kind\":\"invalid\",\"text\":"
    "\"no\"}},{\"n\":\"lines\",\"t\":81,\"it\":2,\"o\":null,\"f\":1},{\"guard\":{}}]",
};

static void steps_stand_in_the_order_of_their_coming(void **state)
{
    struct trail *trail = trail_of(7, nested, 2, RUN_FAILED);
    size_t next, total;

    (void)state;
    assert_true(trail_ended(trail));
    assert_string_equal(window(trail, NULL, 0, 0, 100, &next, &total),
                        "0 map succeeded;1 lines abandoned;2 lines[1]/post succeeded;"
                        "3 lines[1]/parts abandoned;4 lines[1]/parts[2]/check succeeded;"
                        "5 lines[2]/post failed;");
    assert_int_equal(total, 6);
    assert_int_equal(next, 0);
    assert_string_equal(window(trail, NULL, 0, 2, 2, &next, &total),
                        "2 lines[1]/post succeeded;3 lines[1]/parts abandoned;");
    assert_int_equal(next, 4);
    assert_int_equal(total, 6);
    assert_string_equal(window(trail, "lines[1]", 0, 0, 2, &next, &total),
                        "2 lines[1]/post succeeded;3 lines[1]/parts abandoned;");
    assert_int_equal(next, 4);
    assert_int_equal(total, 3);
    assert_string_equal(window(trail, NULL, TRAIL_BIT(TRAIL_FAILED), 0, 5, &next, &total),
                        "5 lines[2]/post failed;");
    assert_int_equal(total, 1);
    assert_string_equal(window(trail, "line", 0, 0, 5, &next, &total), "");
    assert_true(trail_bytes(trail) > 0);
    trail_free(trail);
}

static void a_step_tells_its_attempts_and_its_error(void **state)
{
    struct trail *trail = trail_of(8, nested, 2, RUN_FAILED);
    json_t *step = one_step(trail, "lines[2]/post");

    (void)state;
    assert_int_equal(json_get_int(step, "attempts", 0), 2);
    assert_int_equal(json_get_int(step, "took_ms", 0), 30);
    assert_int_equal(json_get_int(step, "begun_ms", 0), 30);
    assert_int_equal(json_get_int(step, "ended_ms", 0), 80);
    expect_json(json_object_get(step, "error"), "{\"kind\":\"invalid\",\"text\":\"no\"}");
    expect_json(json_object_get(step, "spans"), "[{\"kind\":\"work\",\"from_ms\":30,\"to_ms\":40},"
                                                "{\"kind\":\"retry\",\"from_ms\":40,\"to_ms\":60},"
                                                "{\"kind\":\"work\",\"from_ms\":60,\"to_ms\":80}]");
    json_decref(step);
    step = one_step(trail, "lines");
    expect_json(json_object_get(step, "iterations"), "{\"begun\":2,\"done\":2,\"failed\":1}");
    json_decref(step);
    step = one_step(trail, "map");
    assert_string_equal(json_get_text(step, "title"), "Map it");
    assert_int_equal(json_get_int(step, "output_bytes", 0), 23);
    json_decref(step);
    trail_free(trail);
}

static void expect_loop(const struct trail *trail, const char *at, unsigned cells,
                        const char *expected)
{
    json_t *told = trail_loop(trail, at, cells);

    assert_non_null(told);
    expect_json(told, expected);
    json_decref(told);
}

/* Of many iterations the one that calls most for somebody, and the one that took longest. */
static void the_iterations_of_a_loop_are_told_in_cells(void **state)
{
    struct trail *trail = trail_of(9, nested, 2, RUN_FAILED);

    (void)state;
    expect_loop(
        trail, "lines", 1,
        "{\"step\":\"lines\",\"begun\":2,\"done\":2,\"failed\":1,\"cells\":[{\"from\":1,"
        "\"to\":2,\"begun\":2,\"failed\":1,\"status\":\"failed\",\"step\":\"lines[2]/post\","
        "\"position\":5,\"longest\":2,\"longest_ms\":50}]}");
    expect_loop(
        trail, "lines", 2,
        "{\"step\":\"lines\",\"begun\":2,\"done\":2,\"failed\":1,\"cells\":[{\"from\":1,"
        "\"to\":1,\"begun\":1,\"failed\":0,\"status\":\"succeeded\",\"step\":"
        "\"lines[1]/post\",\"position\":2,\"longest\":1,\"longest_ms\":6},{\"from\":2,\"to\":2,"
        "\"begun\":1,\"failed\":1,\"status\":\"failed\",\"step\":\"lines[2]/post\","
        "\"position\":5,\"longest\":2,\"longest_ms\":50}]}");
    expect_loop(trail, "lines[1]/parts", 9,
                "{\"step\":\"lines[1]/parts\",\"begun\":2,\"done\":0,\"failed\":0,\"cells\":["
                "{\"from\":1,\"to\":1,\"begun\":0,\"failed\":0},{\"from\":2,\"to\":2,\"begun\":1,"
                "\"failed\":0,\"status\":\"succeeded\",\"step\":\"lines[1]/parts[2]/check\","
                "\"position\":4,\"longest\":2,\"longest_ms\":0}]}");
    expect_loop(trail, "map", 9,
                "{\"step\":\"map\",\"begun\":0,\"done\":0,\"failed\":0,\"cells\":[]}");
    assert_null(trail_loop(trail, "lines[2]/parts", 9));
    trail_free(trail);
}

static void outputs_come_from_the_rows_in_which_they_stand(void **state)
{
    struct trail *trail = trail_of(12, nested, 2, RUN_FAILED);
    struct trail_wanted wanted[] = {
        { .path = "lines[1]/post", .most = 1 },
        { .path = "map", .most = 100 },
        { .path = "map", .most = 10 }, /* it is larger */
        { .path = "nowhere", .most = 100 },
        { .path = "lines[2]/post", .most = 100 }, /* failed */
    };
    struct err e;

    (void)state;
    assert_int_equal(trail_outputs(trail, shop.store, wanted, 5, &e), ERR_OK);
    assert_string_equal(wanted[0].text, "1");
    assert_string_equal(wanted[1].text, "{\"a\":\"} ] \\\" \\\\\",\"n\":1}");
    assert_int_equal(wanted[1].size, strlen(wanted[1].text));
    assert_true(wanted[2].seen);
    assert_null(wanted[2].text);
    for (unsigned i = 3; i < 5; i++) {
        assert_false(wanted[i].seen);
        assert_null(wanted[i].text);
    }
    for (unsigned i = 0; i < 2; i++)
        mem_free(wanted[i].text);
    trail_free(trail);
}

static void an_index_is_current_until_the_run_goes_on(void **state)
{
    static const char *rows[] = { "[{\"n\":\"map\",\"t\":5,\"o\":1}]" };
    struct trail *trail = trail_of(13, rows, 1, -1), *ended;
    struct store_batch *batch = store_batch_new(13);
    char *text;
    size_t size;
    struct err e;

    (void)state;
    assert_false(trail_ended(trail));
    assert_true(trail_current(trail, shop.store));
    batch_journal(batch, 1, "[{\"n\":\"map\",\"t\":6,\"o\":2}]");
    shop_send_ok(batch);
    assert_false(trail_current(trail, shop.store));
    assert_int_equal(trail_output(trail, shop.store, "map", &text, &size, &e), ERR_OK);
    assert_string_equal(text, "1"); /* no row that it does not know was read */
    mem_free(text);
    trail_free(trail);

    trail = trail_read(shop.store, 13, &e);
    assert_true(trail_current(trail, shop.store));
    assert_int_equal(trail_output(trail, shop.store, "map", &text, &size, &e), ERR_OK);
    assert_string_equal(text, "2");
    mem_free(text);
    batch = store_batch_new(13);
    batch_end(batch, RUN_SUCCEEDED, NULL);
    shop_send_ok(batch);
    assert_false(trail_current(trail, shop.store)); /* it has ended without a word */
    ended = trail_read(shop.store, 13, &e);
    assert_true(trail_current(ended, shop.store));
    trail_free(ended);
    trail_free(trail);
}

static void the_head_counts_what_was_done(void **state)
{
    struct trail *trail = trail_of(9, nested, 2, RUN_FAILED);
    json_t *head = trail_head(trail);

    (void)state;
    assert_int_equal(json_get_int(head, "steps", 0), 6);
    expect_json(json_object_get(head, "by_status"),
                "{\"succeeded\":3,\"failed\":1,\"abandoned\":2}");
    expect_json(json_object_get(head, "failed"), "[{\"step\":\"lines[2]/post\",\"position\":5}]");
    expect_json(json_array_get(json_object_get(head, "nodes"), 2),
                "{\"node\":\"post\",\"steps\":2,\"statuses\":{\"succeeded\":1,\"failed\":1},"
                "\"took_ms\":35,\"exits\":{\"ok\":1}}");
    json_decref(head);
    trail_free(trail);
}

static void what_waits_is_told_until_it_goes_on(void **state)
{
    static const char *rows[] = {
        "[{\"n\":\"ask\",\"t\":5,\"task\":{\"kind\":\"review\"}}]",
        "[{\"n\":\"ask\",\"t\":900,\"decided\":{\"port\":\"yes\"}},"
        "{\"n\":\"ask\",\"t\":901,\"d\":1,\"p\":\"yes\",\"o\":{}},"
        "{\"n\":\"late\",\"t\":910,\"i\":{\"key\":\"k\"}},"
        "{\"n\":\"late\",\"t\":950,\"doubt\":{\"kind\":\"in_doubt\",\"text\":\"?\"}},"
        "{\"n\":\"late\",\"t\":951,\"task\":{\"kind\":\"doubt\"}},"
        "{\"n\":\"gone\",\"t\":952,\"pause\":{\"until\":1}}]"
    };
    struct trail *trail = trail_of(10, rows, 2, RUN_IN_DOUBT);
    size_t next, total;
    json_t *step;

    (void)state;
    assert_false(trail_ended(trail));
    assert_string_equal(window(trail, NULL, 0, 0, 9, &next, &total),
                        "0 ask succeeded;1 late in_doubt;2 gone waiting;");
    step = one_step(trail, "ask");
    expect_json(json_object_get(step, "spans"),
                "[{\"kind\":\"decision\",\"from_ms\":5,\"to_ms\":900},"
                "{\"kind\":\"work\",\"from_ms\":900,\"to_ms\":901}]");
    json_decref(step);
    step = one_step(trail, "late");
    expect_json(json_object_get(step, "spans"), "[{\"kind\":\"decision\",\"from_ms\":951}]");
    json_decref(step);
    trail_free(trail);
}

static void a_run_that_is_not_there_has_no_steps(void **state)
{
    struct err e;

    (void)state;
    assert_null(trail_read(shop.store, 4711, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void a_row_that_is_no_journal_is_told(void **state)
{
    static const char *const bad[] = { "{}",          "[1]",           "[{]",  "[{\"n\":\"a\"",
                                       "[{\"n\" 1}]", "[{\"n\":\"a}]", "[{},", "[{\"n\":[}]" };
    struct err e;

    (void)state;
    keep_version();
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        shop_send_ok(batch_journal(batch_accept(100 + i, NULL, "{}"), 0, bad[i]));
        assert_null(trail_read(shop.store, 100 + i, &e));
        assert_int_equal(e.code, ERR_STORE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(steps_stand_in_the_order_of_their_coming),
        ON_DISK(a_step_tells_its_attempts_and_its_error),
        ON_DISK(the_iterations_of_a_loop_are_told_in_cells),
        ON_DISK(outputs_come_from_the_rows_in_which_they_stand),
        ON_DISK(the_head_counts_what_was_done),
        ON_DISK(an_index_is_current_until_the_run_goes_on),
        ON_DISK(what_waits_is_told_until_it_goes_on),
        ON_DISK(a_run_that_is_not_there_has_no_steps),
        ON_DISK(a_row_that_is_no_journal_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
