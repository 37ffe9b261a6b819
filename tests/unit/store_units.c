/* store_units.c - batches that were appended together: all are kept or none, on each of the
 * stores. */
#include "store_shop.h"

#include "base/fault.h"

static bool see_status(void *arg, const struct store_run *run)
{
    *(enum run_status *)arg = run->status;
    return true;
}

static const char *status_of(uint64_t run)
{
    enum run_status status = RUN_ACTIVE;
    enum err_code code = store_run_find(shop.store, run, see_status, &status, &shop.e);

    assert_true(code == ERR_OK || code == ERR_NOT_FOUND);
    return code == ERR_OK ? run_status_name(status) : "none";
}

/* A parent that waits for a child that is born with it, and a cursor that moves with both. */
static void send_family(uint64_t run, const char *key)
{
    struct store_batch *unit[] = { batch_wait(batch_journal(store_batch_new(run), 0, "[1]"), 0),
                                   batch_accept(run + 1, key, "{}"),
                                   batch_fact(store_batch_new(0), FACT_PUT, "cursor", "1") };

    batch_fact(unit[1], FACT_ADD, "child", "1");
    shop_send_all(&shop, unit, 3);
    for (int i = 0; i < 3; i++)
        assert_null(unit[i]);
}

static void a_unit_is_kept_and_told_in_its_order(void **state)
{
    (void)state;
    shop_send_ok(batch_accept(7, NULL, "{}"));
    send_family(7, "key");
    shop_send(&shop, batch_accept(9, NULL, "{}"));
    shop_wait(&shop);
    for (unsigned i = 0; i < 5; i++) {
        static const unsigned order[] = { 7, 7, 8, 0, 9 };

        assert_int_equal(shop.told[i].code, ERR_OK);
        assert_int_equal(shop.told[i].run, order[i]);
    }
    shop_again();
    assert_string_equal(status_of(7), "waiting");
    assert_string_equal(status_of(8), "active");
    assert_string_equal(facts_text(shop.store), "child=1 cursor=1 ");
}

static void one_that_is_refused_refuses_its_unit_alone(void **state)
{
    (void)state;
    shop_send_ok(batch_accept(7, NULL, "{}"));
    shop_send_ok(batch_fact(store_batch_new(0), FACT_ADD, "child", "0"));
    shop_send(&shop, batch_accept(20, NULL, "{}"));
    send_family(7, "key");
    shop_send(&shop, batch_accept(21, "key", "{}"));
    shop_wait(&shop);
    assert_int_equal(shop.told[2].code, ERR_OK);
    assert_int_equal(shop.told[3].code, ERR_STORE);
    assert_int_equal(shop.told[4].code, ERR_CONFLICT);
    assert_int_equal(shop.told[5].code, ERR_STORE);
    assert_int_equal(shop.told[6].code, ERR_OK); /* the key of run 8 is free */
    assert_non_null(strstr(shop.told[4].text, "child"));
    assert_string_equal(shop.told[3].text, shop.told[4].text);
    assert_string_equal(shop.told[5].text, shop.told[4].text);
    shop_again();
    assert_string_equal(status_of(7), "active");
    assert_string_equal(status_of(8), "none");
    assert_string_equal(status_of(20), "active");
    assert_string_equal(status_of(21), "active");
    assert_string_equal(facts_text(shop.store), "child=0 ");
    shop_send_ok(batch_fact(store_batch_new(0), FACT_REMOVE, "child", NULL));
    send_family(7, "another"); /* its journal has no gap */
    shop_wait(&shop);
    assert_string_equal(status_of(7), "waiting");
    assert_string_equal(status_of(8), "active");
}

static void a_duplicate_in_a_unit_keeps_nothing_and_refuses_nothing(void **state)
{
    (void)state;
    shop_send_ok(batch_accept(5, "key", "{}"));
    shop_send_ok(batch_accept(7, NULL, "{}"));
    send_family(7, "key");
    shop_wait(&shop);
    assert_int_equal(shop.told[2].code, ERR_OK);
    assert_int_equal(shop.told[3].code, ERR_DUPLICATE);
    assert_int_equal(shop.told[3].first_run, 5);
    assert_int_equal(shop.told[4].code, ERR_OK);
    assert_string_equal(status_of(7), "waiting");
    assert_string_equal(status_of(8), "none");
    assert_string_equal(facts_text(shop.store), "cursor=1 "); /* not the child's */
}

static void the_second_with_one_key_in_a_unit_is_a_duplicate(void **state)
{
    struct store_batch *unit[] = { batch_accept(7, "key", "{}"), batch_accept(8, "key", "{}"),
                                   batch_accept(9, "other", "{}") };

    (void)state;
    shop_send_all(&shop, unit, 3);
    shop_wait(&shop);
    assert_int_equal(shop.told[0].code, ERR_OK);
    assert_int_equal(shop.told[1].code, ERR_DUPLICATE);
    assert_int_equal(shop.told[1].first_run, 7);
    assert_int_equal(shop.told[2].code, ERR_OK);
    assert_string_equal(status_of(8), "none");
    assert_string_equal(status_of(9), "active");
}

static void a_unit_of_another_epoch_is_not_written(void **state)
{
    struct store_batch *unit[] = { batch_accept(7, NULL, "{}"), batch_accept(8, NULL, "{}") };

    (void)state;
    unit[0]->epoch = store_epoch(shop.store);
    unit[1]->epoch = store_epoch(shop.store) + 1;
    shop.sent += 2;
    store_append_all(shop.store, unit, 2);
    shop_wait(&shop);
    assert_int_equal(shop.told[0].code, ERR_STORE);
    assert_int_equal(shop.told[1].code, ERR_FATAL);
    assert_string_equal(status_of(7), "none");
    shop_send_ok(batch_accept(9, NULL, "{}"));
}

static void a_unit_may_be_larger_than_a_group(void **state)
{
    static struct store_batch *unit[1500];

    (void)state;
    for (unsigned i = 0; i < 1500; i++)
        unit[i] = batch_accept(1 + i, NULL, "{}");
    shop_send_all(&shop, unit, 1500);
    for (unsigned i = 0; i < 1500; i++)
        unit[i] = batch_accept(2001 + i, NULL, "{}");
    batch_fact(batch_fact(unit[1499], FACT_ADD, "k", "1"), FACT_ADD, "k", "2");
    shop_send_all(&shop, unit, 1500);
    shop_wait(&shop);
    for (unsigned i = 0; i < 1500; i++) {
        assert_int_equal(shop.told[i].code, ERR_OK);
        assert_int_equal(shop.told[1500 + i].code, i < 1499 ? ERR_STORE : ERR_CONFLICT);
    }
    assert_string_equal(status_of(1500), "active");
    assert_string_equal(status_of(2001), "none");
}

static void what_is_queued_is_kept_whole_at_the_close(void **state)
{
    (void)state;
    shop_send_ok(batch_accept(7, NULL, "{}"));
    send_family(7, "key");
    shop_again();
    assert_string_equal(status_of(8), "active");
    assert_string_equal(facts_text(shop.store), "child=1 cursor=1 ");
}

/* ---- failures */

static enum err_code send_failing(uint64_t run, const char *point, unsigned n)
{
    fault_arm(point, n, false);
    send_family(run, "key");
    shop_wait(&shop);
    fault_disarm();
    for (unsigned i = 2; i <= 3; i++)
        assert_int_equal(shop.told[(shop.heard - i) % SHOP_TOLD].code, shop_last(&shop)->code);
    return shop_last(&shop)->code;
}

static void a_failure_at_any_write_keeps_all_or_none(void **state)
{
    static const struct {
        const char *name;
        unsigned hits;
    } points[] = { { "store.begin", 1 }, { "store.write", 5 }, { "store.commit", 1 } };

    for (size_t i = 0; i < 3; i++) {
        unsigned n = 1;

        folder_begin(state);
        assert_true(shop_try(&shop, path));
        shop_send_ok(batch_accept(7, NULL, "{}"));
        for (; send_failing(7, points[i].name, n) != ERR_OK; n++) {
            assert_int_equal(shop_last(&shop)->code, ERR_STORE);
            shop_again();
            assert_string_equal(status_of(7), "active");
            assert_string_equal(status_of(8), "none");
            assert_string_equal(facts_text(shop.store), "");
        }
        assert_int_equal(n, points[i].hits + 1);
        shop_again();
        assert_string_equal(status_of(7), "waiting");
        assert_string_equal(status_of(8), "active");
        assert_string_equal(facts_text(shop.store), "child=1 cursor=1 ");
        shop_end(state);
    }
}

static void a_failed_sync_ends_the_store(void **state)
{
    (void)state;
    shop_send_ok(batch_accept(7, NULL, "{}"));
    assert_int_equal(send_failing(7, "store.fsync", 1), ERR_FATAL);
    send_family(7, "key");
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_FATAL);
    shop_again();
    assert_string_equal(status_of(8), "none");
}

static void the_fake_refuses_and_loses_units_whole(void **state)
{
    (void)state;
    shop_send_ok(batch_accept(7, NULL, "{}"));
    fake_store_refuse(shop.fake, ERR_STORE, 1);
    send_family(7, "key");
    assert_int_equal(fake_store_queued(shop.fake), 3);
    shop_wait(&shop);
    for (unsigned i = 1; i <= 3; i++)
        assert_int_equal(shop.told[i].code, ERR_STORE);
    send_family(7, "key");
    fake_store_lose(shop.fake);
    assert_int_equal(fake_store_queued(shop.fake), 0);
    assert_int_equal(fake_store_commit(shop.fake), 0);
    assert_string_equal(status_of(8), "none");
    assert_int_equal(fake_store_commits(shop.fake), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_unit_is_kept_and_told_in_its_order),
        EACH(one_that_is_refused_refuses_its_unit_alone),
        EACH(a_duplicate_in_a_unit_keeps_nothing_and_refuses_nothing),
        EACH(the_second_with_one_key_in_a_unit_is_a_duplicate),
        EACH(a_unit_of_another_epoch_is_not_written),
        EACH(a_unit_may_be_larger_than_a_group),
        ON_DISK(what_is_queued_is_kept_whole_at_the_close),
        cmocka_unit_test(a_failure_at_any_write_keeps_all_or_none),
        ON_DISK(a_failed_sync_ends_the_store),
        { "the_fake_refuses_and_loses_units_whole", the_fake_refuses_and_loses_units_whole,
          shop_in_fake, shop_end, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
