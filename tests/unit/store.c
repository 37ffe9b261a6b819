/* store.c - what the store keeps and tells; on disk and in memory. */
#include "store_shop.h"

/* ---- looking */

struct seen {
    unsigned runs;
    struct store_run run; /* texts are copies below */
    char input[256], error[256], dedupe[64], order_key[64], names[256];
    unsigned rows;
    char journal[1024]; /* "0:[...];1:[...];" */
};

static void copy_text(char *to, size_t room, const char *text)
{
    snprintf(to, room, "%s", text != NULL ? text : "(null)");
}

static bool see_run(void *arg, const struct store_run *run)
{
    struct seen *seen = arg;

    seen->runs++;
    seen->run = *run;
    assert_int_equal(strlen(run->input), run->input_size);
    copy_text(seen->input, sizeof seen->input, run->input);
    copy_text(seen->error, sizeof seen->error, run->error);
    copy_text(seen->dedupe, sizeof seen->dedupe, run->dedupe);
    copy_text(seen->order_key, sizeof seen->order_key, run->order_key);
    snprintf(seen->names, sizeof seen->names, "%s/%s/%s/%s/%s", run->workspace, run->environment,
             run->flow, run->version, run->trigger);
    return true;
}

static bool see_journal(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct seen *seen = arg;
    size_t used = strlen(seen->journal);

    assert_int_equal(strlen(entries), size);
    seen->rows++;
    snprintf(seen->journal + used, sizeof seen->journal - used, "%u:%s;", seq, entries);
    return true;
}

static void see(struct seen *seen, uint64_t run)
{
    memset(seen, 0, sizeof *seen);
    assert_int_equal(store_run_find(shop.store, run, see_run, seen, &shop.e), ERR_OK);
    assert_int_equal(store_journal(shop.store, run, see_journal, seen, &shop.e), ERR_OK);
    assert_int_equal(seen->runs, 1);
}

static bool is_there(uint64_t run)
{
    struct seen seen = { 0 };
    enum err_code code = store_run_find(shop.store, run, see_run, &seen, &shop.e);

    assert_true(code == ERR_OK || code == ERR_NOT_FOUND);
    return code == ERR_OK;
}

static void send_ok(struct store_batch *batch)
{
    shop_send(&shop, batch);
    shop_wait(&shop);
    if (shop_last(&shop)->code != ERR_OK)
        fail_msg("%s", shop_last(&shop)->text);
}

/* ---- appends */

static void a_run_in_one_batch(void **state)
{
    struct seen seen;
    struct store_batch *batch = batch_accept(7, "key 1", "{\"body\":1}");

    (void)state;
    batch_end(batch_journal(batch, 0, "[{\"n\":\"a\"}]"), RUN_SUCCEEDED, NULL);
    send_ok(batch);
    assert_int_equal(shop_last(&shop)->run, 7);
    see(&seen, 7);
    assert_int_equal(seen.run.run, 7);
    assert_int_equal(seen.run.status, RUN_SUCCEEDED);
    assert_int_equal(seen.run.received_ms, 1000);
    assert_int_equal(seen.run.ended_ms, 2000);
    assert_string_equal(seen.names, "main/production/orders/aa11/hook");
    assert_string_equal(seen.input, "{\"body\":1}");
    assert_string_equal(seen.dedupe, "key 1");
    assert_string_equal(seen.order_key, "(null)");
    assert_string_equal(seen.error, "(null)");
    assert_string_equal(seen.journal, "0:[{\"n\":\"a\"}];");
}

static void a_run_in_many_batches(void **state)
{
    struct seen seen;

    (void)state;
    send_ok(batch_accept(7, NULL, "{}"));
    see(&seen, 7);
    assert_int_equal(seen.run.status, RUN_ACTIVE);
    assert_int_equal(seen.run.ended_ms, 0);
    assert_int_equal(seen.rows, 0);
    send_ok(batch_journal(store_batch_new(7), 0, "[1]"));
    send_ok(batch_end(batch_journal(store_batch_new(7), 1, "[2]"), RUN_IN_DOUBT, NULL));
    see(&seen, 7);
    assert_int_equal(seen.run.status, RUN_IN_DOUBT);
    send_ok(batch_end(store_batch_new(7), RUN_ACTIVE, NULL));
    send_ok(batch_journal(store_batch_new(7), 2, "[3]"));
    send_ok(batch_end(store_batch_new(7), RUN_FAILED, "{\"kind\":\"invalid\"}"));
    see(&seen, 7);
    assert_int_equal(seen.run.status, RUN_FAILED);
    assert_int_equal(seen.run.ended_ms, 2000);
    assert_string_equal(seen.error, "{\"kind\":\"invalid\"}");
    assert_string_equal(seen.journal, "0:[1];1:[2];2:[3];");
}

static void entries_with_the_accept_come_first(void **state)
{
    struct seen seen;

    (void)state;
    send_ok(batch_journal(batch_accept(7, NULL, "{}"), 0, "[0]"));
    send_ok(batch_journal(batch_accept(8, NULL, "{}"), 0, "[8]"));
    send_ok(batch_journal(store_batch_new(7), 1, "[1]"));
    send_ok(batch_journal(store_batch_new(7), 2, "[2]"));
    see(&seen, 7);
    assert_string_equal(seen.journal, "0:[0];1:[1];2:[2];");
    see(&seen, 8);
    assert_string_equal(seen.journal, "0:[8];");
}

static void texts_come_back_as_they_were(void **state)
{
    static const size_t sizes[] = { 0, 1, 63, 64, 4096, 70000, 1 << 20 };
    unsigned noise = 1;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int kind = 0; kind < 2; kind++) {
            char *text = mem_must(sizes[i] + 1);
            uint64_t run = 1 + i * 2 + (size_t)kind;
            char *shown = NULL, version[16];
            size_t size = 0;

            for (size_t k = 0; k < sizes[i]; k++)
                text[k] = kind == 0
                              ? (char)('a' + k % 13)
                              : (char)(' ' + (noise = noise * 1103515245u + 12345u) / 65536 % 90);
            snprintf(version, sizeof version, "v%u", (unsigned)run);
            assert_int_equal(
                store_put_version(shop.store, version, "orders", text, sizes[i], 5, &shop.e),
                ERR_OK);
            assert_int_equal(store_version(shop.store, version, &shown, &size, &shop.e), ERR_OK);
            assert_int_equal(size, sizes[i]);
            assert_memory_equal(shown, text, size + 1);
            mem_free(shown);
            mem_free(text);
        }
}

/* ---- one event, one run */

static void a_duplicate_gets_the_first_run_and_keeps_nothing(void **state)
{
    struct store_batch *again = batch_accept(8, "k", "{}");
    struct seen seen;

    (void)state;
    send_ok(batch_accept(7, "k", "{}"));
    shop_send(&shop, batch_end(batch_journal(again, 0, "[8]"), RUN_SUCCEEDED, NULL));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_DUPLICATE);
    assert_int_equal(shop_last(&shop)->run, 8);
    assert_int_equal(shop_last(&shop)->first_run, 7);
    assert_false(is_there(8));
    memset(&seen, 0, sizeof seen);
    assert_int_equal(store_journal(shop.store, 8, see_journal, &seen, &shop.e), ERR_NOT_FOUND);
    assert_int_equal(seen.rows, 0);
}

static void many_with_one_key_at_once_are_one_run(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        shop_send(&shop, batch_accept(100 + i, "k", "{}"));
    shop_wait(&shop);
    assert_int_equal(shop.told[0].code, ERR_OK);
    for (unsigned i = 1; i < 1000; i++) {
        assert_int_equal(shop.told[i].code, ERR_DUPLICATE);
        assert_int_equal(shop.told[i].first_run, 100);
    }
    assert_false(is_there(101));
}

static void a_key_counts_within_its_flow_and_environment(void **state)
{
    static const char *const places[][3] = {
        { "main", "production", "orders" },  { "main", "sandbox", "orders" },
        { "other", "production", "orders" }, { "main", "production", "refunds" },
        { "main", "production", "orders" }, /* the first again, of another version */
    };

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        const struct store_accept accept = { .workspace = places[i][0],
                                             .environment = places[i][1],
                                             .flow = places[i][2],
                                             .version = i < 4 ? "v1" : "v2",
                                             .trigger = "hook",
                                             .dedupe = "k",
                                             .order_key = "customer 9",
                                             .input = "{}",
                                             .input_size = 2 };
        struct store_batch *batch = store_batch_new(7 + i);

        store_batch_accept(batch, &accept);
        shop_send(&shop, batch);
    }
    shop_wait(&shop);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(shop.told[i].code, ERR_OK);
    assert_int_equal(shop.told[4].code, ERR_DUPLICATE);
    assert_int_equal(shop.told[4].first_run, 7);
}

/* ---- order, and what cannot be kept */

static void callbacks_come_in_the_order_of_appends(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3000; i++)
        shop_send(&shop, batch_accept(5000 - i, NULL, "{}"));
    shop_wait(&shop);
    for (unsigned i = 0; i < 3000; i++) {
        assert_int_equal(shop.told[i].run, 5000 - i);
        assert_int_equal(shop.told[i].code, ERR_OK);
    }
}

static void a_batch_that_cannot_be_kept_fails_alone(void **state)
{
    struct seen seen;

    (void)state;
    send_ok(batch_journal(batch_accept(7, NULL, "{}"), 0, "[0]"));
    send_ok(batch_journal(store_batch_new(7), 1, "[1]"));
    shop_send(&shop, batch_accept(20, "a", "{}"));
    shop_send(&shop, batch_end(batch_journal(store_batch_new(7), 1, "[no]"), RUN_FAILED, NULL));
    shop_send(&shop, batch_accept(21, "b", "{}"));
    shop_send(&shop, batch_end(store_batch_new(99), RUN_FAILED, NULL)); /* of no run */
    shop_send(&shop, batch_accept(7, "c", "{}"));                       /* that run is there */
    shop_send(&shop, batch_accept(22, "c", "{}"));                      /* so its key is free */
    shop_send(&shop, batch_accept(23, "a", "{}"));
    shop_wait(&shop);
    assert_int_equal(shop.told[2].code, ERR_OK);
    assert_int_equal(shop.told[3].code, ERR_INTERNAL);
    assert_int_equal(shop.told[4].code, ERR_OK);
    assert_int_equal(shop.told[5].code, ERR_INTERNAL);
    assert_int_equal(shop.told[6].code, ERR_INTERNAL);
    assert_int_equal(shop.told[7].code, ERR_OK);
    assert_int_equal(shop.told[8].code, ERR_DUPLICATE);
    assert_int_equal(shop.told[8].first_run, 20);
    see(&seen, 7);
    assert_int_equal(seen.run.status, RUN_ACTIVE);
    assert_string_equal(seen.journal, "0:[0];1:[1];");
    assert_true(is_there(20));
    assert_true(is_there(22));
    assert_false(is_there(99));
}

static void a_store_that_another_took_over_is_not_written(void **state)
{
    struct store_batch *batch = batch_accept(7, NULL, "{}");

    (void)state;
    batch->epoch = store_epoch(shop.store) + 1;
    shop.sent++;
    store_append(shop.store, &batch);
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_FATAL);
    assert_false(is_there(7));
    send_ok(batch_accept(8, NULL, "{}")); /* the store itself is well */
}

static void told_next(void *owner, uint64_t run, const struct store_result *result)
{
    shop_told(owner, run, result);
    if (run < 50) {
        if (shop.heard == shop.sent)
            loop_stop(shop.loop);
        shop_send(&shop, batch_accept(run + 1, NULL, "{}"));
    }
}

static void a_callback_may_append(void **state)
{
    (void)state;
    store_on_done(shop.store, told_next, &shop);
    shop_send(&shop, batch_accept(1, NULL, "{}"));
    while (shop.heard < 50)
        assert_int_equal(loop_run(shop.loop, &shop.e), ERR_OK);
    assert_true(is_there(50));
}

static void what_is_queued_is_committed_at_the_close(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2000; i++)
        shop_send(&shop, batch_accept(1 + i, NULL, "{}"));
    shop_close(&shop);
    assert_int_equal(shop.heard, 0); /* told to nobody */
    assert_true(shop_try(&shop, path));
    for (unsigned i = 0; i < 2000; i++)
        assert_true(is_there(1 + i));
}

static void names_of_statuses(void **state)
{
    enum run_status status = RUN_FAILED;

    (void)state;
    assert_string_equal(run_status_name(RUN_IN_DOUBT), "in_doubt");
    assert_true(run_status_find("active", &status));
    assert_int_equal(status, RUN_ACTIVE);
    assert_false(run_status_find("done", &status));
    store_batch_free(NULL);
    store_close(NULL);
}

#define BOTH(test)                                              \
    { #test, test, shop_on_disk, shop_end, NULL },              \
    {                                                           \
#test " (memory)", test, shop_in_memory, shop_end, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(a_run_in_one_batch),
        BOTH(a_run_in_many_batches),
        BOTH(entries_with_the_accept_come_first),
        BOTH(texts_come_back_as_they_were),
        BOTH(a_duplicate_gets_the_first_run_and_keeps_nothing),
        BOTH(many_with_one_key_at_once_are_one_run),
        BOTH(a_key_counts_within_its_flow_and_environment),
        BOTH(callbacks_come_in_the_order_of_appends),
        BOTH(a_batch_that_cannot_be_kept_fails_alone),
        BOTH(a_store_that_another_took_over_is_not_written),
        BOTH(a_callback_may_append),
        { "what_is_queued_is_committed_at_the_close", what_is_queued_is_committed_at_the_close,
          shop_on_disk, shop_end, NULL },
        cmocka_unit_test(names_of_statuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
