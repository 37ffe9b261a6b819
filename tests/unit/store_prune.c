/* store_prune.c - ended runs that nobody needs any more are removed, and nothing else is; on each
 * of the stores. */
#include "store_shop.h"

#include "base/fault.h"
#include "base/ident.h"

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)
#define T0   INT64_C(1790000000000) /* some day in 2026 */

/* ---- making and looking */

static struct store_batch *accept_at(uint64_t run, const char *environment, int64_t received_ms,
                                     const char *dedupe)
{
    const struct store_accept accept = { .workspace = "main",
                                         .environment = environment,
                                         .flow = "orders",
                                         .version = run % 2 == 0 ? "aa11" : "bb22",
                                         .trigger = "hook",
                                         .dedupe = dedupe,
                                         .received_ms = received_ms,
                                         .input = "{}",
                                         .input_size = 2 };
    struct store_batch *batch = store_batch_new(run);

    store_batch_accept(batch, &accept);
    return batch;
}

static struct store_batch *end_at(struct store_batch *batch, enum run_status status,
                                  int64_t ended_ms)
{
    batch_end(batch, status, NULL);
    batch->ended_ms = ended_ms;
    return batch;
}

static void send_ended(uint64_t run, int64_t received_ms, int64_t ended_ms)
{
    shop_send(&shop,
              end_at(accept_at(run, "production", received_ms, NULL), RUN_SUCCEEDED, ended_ms));
}

static struct store_batch *prune_batch(const char *environment, int64_t before_ms, unsigned limit)
{
    struct store_batch *batch = store_batch_new(0);
    struct store_prune *prune = batch->prune = mem_must(sizeof *prune);

    prune->workspace = mem_must_copy("main");
    prune->environment = mem_must_copy(environment);
    prune->flow = mem_must_copy("orders");
    prune->before_ms = before_ms;
    prune->limit = limit;
    return batch;
}

/* Returns how many were removed; *more as told. */
static unsigned prune(const char *environment, int64_t before_ms, unsigned limit, bool *more)
{
    shop_send_ok(prune_batch(environment, before_ms, limit));
    assert_int_equal(shop_last(&shop)->run, 0);
    *more = shop_last(&shop)->more;
    return shop_last(&shop)->pruned;
}

static bool see_id(void *arg, const struct store_run *run)
{
    char *text = arg;
    size_t used = strlen(text);

    snprintf(text + used, 512 - used, "%d ", (int)run->run);
    return true;
}

static const char *runs_text(void)
{
    static char text[512];
    const struct store_runs_filter all = { .status = -1, .after = 1 };

    text[0] = '\0';
    assert_int_equal(store_runs(shop.store, &all, see_id, text, &shop.e), ERR_OK);
    return text;
}

static bool see_row(void *arg, uint32_t seq, const char *entries, size_t size)
{
    (void)seq, (void)entries, (void)size;
    ++*(unsigned *)arg;
    return true;
}

/* ---- failed runs */

static void settle(uint64_t run)
{
    char key[32];
    struct store_fact fact = {
        .op = FACT_ADD, .kind = FACT_SETTLED, .key = key, .value = "{}", .run = run
    };
    struct store_batch *batch = store_batch_new(run);

    snprintf(key, sizeof key, "run %d", (int)run);
    store_batch_fact(batch, &fact);
    shop_send_ok(batch);
}

static unsigned prune_but_failed(int64_t before_ms, int64_t failed_before_ms)
{
    struct store_batch *batch = prune_batch("production", before_ms, 100);

    batch->prune->failed_before_ms = failed_before_ms;
    shop_send_ok(batch);
    return shop_last(&shop)->pruned;
}

/* Whoever failed and was not looked after stays longer, also when it took long. */
static void the_failed_stay_until_somebody_looked(void **state)
{
    (void)state;
    for (uint64_t run = 10; run < 16; run++)
        shop_send(&shop, end_at(accept_at(run, "production", T0, NULL),
                                run == 15 ? RUN_CANCELLED : RUN_FAILED,
                                run == 12 || run == 13 ? T0 + 2 * HOUR : T0 + 5));
    send_ended(20, T0, T0 + 6);
    send_ended(30, T0 + 9 * DAY, T0 + 9 * DAY + 5); /* the newest */
    shop_wait(&shop);
    settle(11);
    settle(13);
    assert_int_equal(prune_but_failed(T0 + DAY, T0 - 3 * DAY), 4); /* 11 13 15 20 */
    assert_string_equal(runs_text(), "10 12 14 30 ");
    assert_int_equal(prune_but_failed(T0 + 2 * DAY, T0 - 2 * DAY), 0); /* the marks have passed */
    settle(14);
    assert_int_equal(prune_but_failed(T0 + 4 * DAY, T0 + DAY), 3);
    assert_string_equal(runs_text(), "30 ");
    assert_int_equal(prune_but_failed(T0 + 5 * DAY, T0 + 2 * DAY), 0);
}

/* ---- what goes and what stays */

static void the_ended_go_with_all_they_had(void **state)
{
    unsigned rows = 0;
    bool more = true;

    (void)state;
    shop_send(&shop, batch_journal(accept_at(10, "production", T0, NULL), 0, "[0]"));
    shop_send(&shop, batch_journal(store_batch_new(10), 1, "[1]"));
    shop_send(&shop, batch_fact(store_batch_new(10), FACT_PUT, "of 10", "1"));
    shop_send(&shop, end_at(store_batch_new(10), RUN_FAILED, T0 + 5));
    shop_send(&shop, batch_fact(accept_at(11, "production", T0, NULL), FACT_PUT, "of 11", "1"));
    shop_send(&shop, end_at(accept_at(12, "production", T0, NULL), RUN_CANCELLED, T0 + 6));
    shop_send(&shop, end_at(accept_at(13, "production", T0, NULL), RUN_SUCCEEDED, T0 + DAY));
    shop_send(&shop, batch_wait(accept_at(14, "production", T0, NULL), T0 + 1));
    shop_send(&shop, end_at(accept_at(15, "production", T0, NULL), RUN_IN_DOUBT, 0));
    shop_send(&shop, end_at(accept_at(16, "sandbox", T0, NULL), RUN_SUCCEEDED, T0 + 7));
    shop_send(&shop, end_at(accept_at(17, "production", T0, NULL), RUN_SUCCEEDED, T0 + 8));
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + 5, 100, &more), 0);
    assert_int_equal(prune("production", T0 + DAY, 100, &more), 2);
    assert_false(more);
    assert_string_equal(runs_text(), "11 13 14 15 16 17 "); /* 17 is the newest */
    shop_again();
    assert_string_equal(runs_text(), "11 13 14 15 16 17 ");
    assert_string_equal(facts_text(shop.store), "of 11=1 ");
    if (shop.fake == NULL)
        assert_int_equal(store_journal(shop.store, 10, see_row, &rows, &shop.e), ERR_NOT_FOUND);
    assert_int_equal(prune("production", T0 + DAY + 1, 100, &more), 1);
    assert_int_equal(prune("sandbox", T0 + DAY + 1, 100, &more), 1);
    assert_int_equal(prune("nowhere", T0 + DAY + 1, 100, &more), 0);
    assert_false(more);
    assert_string_equal(runs_text(), "11 14 15 17 ");
    shop_send_ok(batch_journal(batch_accept(10, NULL, "{}"), 0, "[\"again\"]")); /* nothing left */
    assert_int_equal(store_journal(shop.store, 10, see_row, &rows, &shop.e), ERR_OK);
    assert_int_equal(rows, 1);
}

static void a_limit_is_kept_and_there_is_more(void **state)
{
    bool more = false;

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        send_ended(10 + i, T0 + i, T0 + i);
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + DAY, 3, &more), 3);
    assert_true(more);
    assert_string_equal(runs_text(), "13 14 15 16 17 ");
    assert_int_equal(prune("production", T0 + DAY, 3, &more), 3);
    assert_true(more);
    assert_int_equal(prune("production", T0 + DAY, 3, &more), 1);
    assert_false(more);
    assert_string_equal(runs_text(), "17 ");
    send_ended(18, T0 + 9, T0 + 9);
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + DAY, 3, &more), 1);
    assert_string_equal(runs_text(), "18 ");
}

static void a_run_that_took_long_goes_when_its_time_comes(void **state)
{
    bool more = false;

    (void)state;
    shop_send(&shop, batch_wait(accept_at(10, "production", T0, NULL), T0 + 9 * DAY));
    send_ended(11, T0 + 1, T0 + 3 * DAY);
    send_ended(12, T0 + 2, T0 + 3);
    send_ended(13, T0 + 4 * DAY, T0 + 4 * DAY);
    shop_send(&shop, accept_at(20, "production", T0 + 30 * DAY, NULL));
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + 2 * DAY, 9, &more), 1);
    assert_string_equal(runs_text(), "10 11 13 20 ");
    assert_int_equal(prune("production", T0 + 5 * DAY, 9, &more), 2);
    assert_string_equal(runs_text(), "10 20 ");
    assert_int_equal(prune("production", T0 + 8 * DAY, 9, &more), 0);
    shop_send(&shop, end_at(store_batch_new(10), RUN_SUCCEEDED, T0 + 9 * DAY));
    shop_wait(&shop);
    shop_again();
    assert_int_equal(prune("production", T0 + 9 * DAY, 9, &more), 0);
    assert_int_equal(prune("production", T0 + 10 * DAY, 9, &more), 1);
    assert_string_equal(runs_text(), "20 ");
}

/* One that has not ended yet and ends soon is not passed by. */
static void a_run_at_the_edge_goes_when_its_time_comes(void **state)
{
    bool more = false;

    (void)state;
    shop_send(&shop, accept_at(10, "production", T0, NULL));
    send_ended(11, T0 + 1, T0 + 1);
    send_ended(12, T0 + HOUR, T0 + HOUR);
    send_ended(13, T0 + 2 * HOUR, T0 + 2 * HOUR);
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + HOUR, 9, &more), 1);
    shop_send(&shop, end_at(store_batch_new(10), RUN_SUCCEEDED, T0 + HOUR)); /* not late */
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + HOUR, 9, &more), 0);
    assert_int_equal(prune("production", T0 + HOUR + 1, 9, &more), 2);
    assert_string_equal(runs_text(), "13 ");
}

/* ---- how it is found */

/* Many that stay are walked over once, a bounded number in each call. */
static void runs_that_stay_are_looked_at_once(void **state)
{
    bool more = true;
    unsigned calls = 0, removed = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        shop_send(&shop, accept_at(10 + i, i % 2 == 0 ? "production" : "sandbox", T0, NULL));
    for (unsigned i = 0; i < 3; i++)
        send_ended(2000 + i, T0, T0);
    shop_send(&shop, accept_at(3000, "production", T0, NULL));
    shop_wait(&shop);
    for (; more; calls++)
        removed += prune("production", T0 + DAY, 5, &more);
    assert_int_equal(removed, 3);
    assert_int_equal(calls, 1000 / 40 + 1);
    assert_int_equal(prune("production", T0 + DAY, 5, &more), 0);
    assert_false(more);
    shop_again();
    send_ended(2003, T0, T0);
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + DAY, 5, &more), 1); /* at once: the mark is kept */
    assert_false(more);
}

/* ---- keys */

/* The key is taken, by this run. */
static void assert_first(uint64_t run, int64_t received_ms, const char *key, uint64_t first)
{
    shop_send(&shop, accept_at(run, "production", received_ms, key));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_DUPLICATE);
    assert_int_equal(shop_last(&shop)->first_run, first);
}

static void keys_outlive_their_runs_by_400_days(void **state)
{
    struct ident ident;
    uint64_t first, again, newest;
    bool more;

    (void)state;
    ident_init(&ident, 0);
    first = ident_next(&ident, T0);
    again = ident_next(&ident, T0 + DAY);
    newest = ident_next(&ident, T0 + 2 * DAY);
    shop_send(&shop, end_at(accept_at(first, "production", T0, "key"), RUN_SUCCEEDED, T0));
    shop_send(&shop, accept_at(newest, "production", T0, NULL));
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + HOUR, 9, &more), 1);
    assert_int_equal(prune("production", T0 + 400 * DAY, 9, &more), 0);
    shop_send(&shop, accept_at(again, "production", T0, "key"));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_DUPLICATE);
    assert_int_equal(shop_last(&shop)->first_run, first);
    assert_int_equal(prune("production", T0 + 400 * DAY + 1, 9, &more), 0);
    shop_send_ok(accept_at(again, "production", T0, "key"));
}

/* Whoever still waits, or failed and was not looked after, is not begun a second time. */
static void a_key_stays_with_its_run(void **state)
{
    struct ident ident;
    uint64_t waits, failed, newest, again;

    (void)state;
    ident_init(&ident, 0);
    waits = ident_next(&ident, T0);
    failed = ident_next(&ident, T0);
    newest = ident_next(&ident, T0 + DAY);
    again = ident_next(&ident, T0 + 900 * DAY);
    shop_send(&shop, batch_wait(accept_at(waits, "production", T0, "waits"), T0 + 999 * DAY));
    shop_send(&shop, end_at(accept_at(failed, "production", T0, "failed"), RUN_FAILED, T0 + 5));
    shop_send(&shop, accept_at(newest, "production", T0, NULL));
    shop_wait(&shop);
    assert_int_equal(prune_but_failed(T0 + 500 * DAY, T0 - 400 * DAY), 0);
    assert_first(again, T0 + 900 * DAY, "waits", waits);
    assert_first(again, T0 + 900 * DAY, "failed", failed);
    /* Its run goes, and it has 400 days still. */
    assert_int_equal(prune_but_failed(T0 + 600 * DAY, T0 + DAY), 1);
    assert_int_equal(prune_but_failed(T0 + 999 * DAY, T0 + 400 * DAY), 0);
    shop_send(&shop, accept_at(again, "production", T0 + 600 * DAY, "failed"));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_DUPLICATE);
}

/* What a system goes on telling is known, however long ago its run was removed. */
static void a_key_stays_as_long_as_it_is_asked_for(void **state)
{
    struct ident ident;
    bool more;

    (void)state;
    ident_init(&ident, 0);
    shop_send(&shop, end_at(accept_at(ident_next(&ident, T0), "production", T0, "key"),
                            RUN_SUCCEEDED, T0));
    shop_send(&shop, accept_at(ident_next(&ident, T0 + DAY), "production", T0 + DAY, NULL));
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + DAY, 9, &more), 1);
    for (int day = 10; day < 2000; day += 10) {
        shop_send(&shop, accept_at(ident_next(&ident, T0 + day * DAY), "production", T0 + day * DAY,
                                   "key"));
        shop_wait(&shop);
        assert_int_equal(shop_last(&shop)->code, ERR_DUPLICATE);
        prune("production", T0 + day * DAY, 9, &more);
    }
    for (int i = 0; i < 2; i++)
        prune("production", T0 + 2391 * DAY, 9, &more);
    shop_send_ok(accept_at(ident_next(&ident, T0 + 2391 * DAY), "production", T0, "key"));
}

/* The second mark comes round: no key is left out, none that is young is taken. */
static void keys_are_gone_round_in_steps(void **state)
{
    struct ident old, young;
    unsigned left = 0;
    bool more;

    (void)state;
    ident_init(&old, 0);
    ident_init(&young, 0);
    for (unsigned i = 0; i < 100; i++) {
        char key[16];
        bool is_old = i % 3 == 0;

        snprintf(key, sizeof key, "key %u", i * 7919 % 1000);
        shop_send(&shop,
                  end_at(accept_at(is_old ? ident_next(&old, T0) : ident_next(&young, T0 + DAY),
                                   "production", T0, key),
                         RUN_SUCCEEDED, T0));
    }
    shop_wait(&shop);
    assert_int_equal(prune("production", T0 + HOUR, 1000, &more), 99);
    for (unsigned calls = 0; calls < 100 / 12 + 2; calls++)
        prune("production", T0 + 400 * DAY + HOUR, 3, &more);
    for (unsigned i = 0; i < 100; i++) {
        char key[16];

        snprintf(key, sizeof key, "key %u", i * 7919 % 1000);
        shop_send(&shop, accept_at(ident_next(&young, T0 + 2 * DAY), "production", T0, key));
        shop_wait(&shop);
        assert_int_equal(shop_last(&shop)->code, i % 3 == 0 ? ERR_OK : ERR_DUPLICATE);
        left += shop_last(&shop)->code == ERR_DUPLICATE;
    }
    assert_int_equal(left, 66);
}

/* ---- failures */

static void a_failure_at_any_write_removes_all_or_nothing(void **state)
{
    static const char *const points[] = { "store.begin", "store.write", "store.commit" };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        unsigned from = 100 * (i + 1), n = 1;
        char before[512];

        for (unsigned k = 0; k < 3; k++) {
            send_ended(from + k, T0, T0 + k);
            shop_send(&shop, batch_fact(store_batch_new(from + k), FACT_PUT, "k", "1"));
        }
        shop_send(&shop, accept_at(from + 9, "production", T0, NULL));
        shop_wait(&shop);
        snprintf(before, sizeof before, "%s", runs_text());
        for (;; n++) {
            fault_arm(points[i], n, false);
            shop_send(&shop, prune_batch("production", T0 + HOUR, 9));
            shop_wait(&shop);
            fault_disarm();
            if (shop_last(&shop)->code == ERR_OK)
                break;
            assert_int_equal(shop_last(&shop)->code, ERR_STORE);
            shop_again();
            assert_string_equal(runs_text(), before);
            assert_string_equal(facts_text(shop.store), "k=1 ");
        }
        assert_int_equal(n, i == 1 ? 5 : 2); /* the batch, three runs, and clean */
        assert_int_equal(shop_last(&shop)->pruned, 3);
        assert_string_equal(facts_text(shop.store), "");
    }
    assert_string_equal(runs_text(), "109 209 309 ");
}

#define REAL(test)                                              \
    { #test, test, shop_on_disk, shop_end, NULL },              \
    {                                                           \
#test " (memory)", test, shop_in_memory, shop_end, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(the_ended_go_with_all_they_had),
        EACH(a_limit_is_kept_and_there_is_more),
        EACH(a_run_that_took_long_goes_when_its_time_comes),
        EACH(a_run_at_the_edge_goes_when_its_time_comes),
        EACH(the_failed_stay_until_somebody_looked),
        REAL(runs_that_stay_are_looked_at_once),
        REAL(keys_outlive_their_runs_by_400_days),
        REAL(a_key_stays_with_its_run),
        REAL(a_key_stays_as_long_as_it_is_asked_for),
        REAL(keys_are_gone_round_in_steps),
        ON_DISK(a_failure_at_any_write_removes_all_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
