/* store_waiting.c - runs that wait: for a moment, for an event, in order; on each of the stores. */
#include "store_shop.h"

#include <sqlite3.h>

#include "store/sqlite/page_priv.h"

/* ---- looking */

static bool see_run(void *arg, const struct store_run *run)
{
    snprintf(arg, 96, "%s due %d ended %d%s", run_status_name(run->status), (int)run->due_ms,
             (int)run->ended_ms, run->error != NULL ? run->error : "");
    return true;
}

static const char *look(uint64_t run)
{
    static char text[96];

    assert_int_equal(store_run_find(shop.store, run, see_run, text, &shop.e), ERR_OK);
    return text;
}

struct due {
    char text[256];
    unsigned enough;
};

static bool see_due(void *arg, uint64_t run, int64_t due_ms)
{
    struct due *due = arg;
    size_t used = strlen(due->text);

    snprintf(due->text + used, sizeof due->text - used, "%d@%d ", (int)run, (int)due_ms);
    return due->enough == 0 || --due->enough > 0;
}

/* "7@100 8@200 next 300"; next 0: none */
static const char *due_of(int64_t until_ms, unsigned limit, unsigned enough)
{
    static struct due due;
    int64_t next_ms = -1;
    size_t used;

    due = (struct due){ .enough = enough };
    assert_int_equal(store_due(shop.store, until_ms, limit, see_due, &due, &next_ms, &shop.e),
                     ERR_OK);
    used = strlen(due.text);
    snprintf(due.text + used, sizeof due.text - used, "next %d",
             next_ms == INT64_MAX ? 0 : (int)next_ms);
    return due.text;
}

static bool see_id(void *arg, const struct store_run *run)
{
    char *text = arg;
    size_t used = strlen(text);

    snprintf(text + used, 128 - used, "%d ", (int)run->run);
    return true;
}

static const char *list_of(const struct store_runs_filter *filter)
{
    static char text[128];

    text[0] = '\0';
    assert_int_equal(store_runs(shop.store, filter, see_id, text, &shop.e), ERR_OK);
    return text;
}

#define LIST(...) list_of(&(const struct store_runs_filter){ .status = -1, __VA_ARGS__ })

static struct store_batch *accept_ordered(uint64_t run, const char *flow, const char *order_key)
{
    const struct store_accept accept = { .workspace = "main",
                                         .environment = "production",
                                         .flow = flow,
                                         .version = "aa11",
                                         .trigger = "hook",
                                         .order_key = order_key,
                                         .received_ms = 1000,
                                         .input = "{}",
                                         .input_size = 2 };
    struct store_batch *batch = store_batch_new(run);

    store_batch_accept(batch, &accept);
    return batch;
}

/* ---- one run */

static void a_run_waits_and_wakes(void **state)
{
    (void)state;
    shop_send_ok(batch_journal(batch_accept(7, NULL, "{}"), 0, "[0]"));
    shop_send_ok(batch_wait(batch_journal(store_batch_new(7), 1, "[1]"), 5000));
    assert_string_equal(look(7), "waiting due 5000 ended 0");
    assert_string_equal(due_of(4999, 0, 0), "next 5000");
    assert_string_equal(due_of(5000, 0, 0), "7@5000 next 0");
    shop_again();
    assert_string_equal(look(7), "waiting due 5000 ended 0");
    assert_string_equal(due_of(INT64_MAX, 0, 0), "7@5000 next 0");
    shop_send_ok(batch_end(batch_journal(store_batch_new(7), 2, "[2]"), RUN_ACTIVE, NULL));
    assert_string_equal(look(7), "active due 0 ended 0");
    assert_string_equal(due_of(INT64_MAX, 0, 0), "next 0");
    shop_send_ok(batch_wait(store_batch_new(7), 9000));
    shop_send_ok(batch_wait(store_batch_new(7), 6000)); /* woken and put to wait again */
    assert_string_equal(due_of(8000, 0, 0), "7@6000 next 0");
    shop_send_ok(batch_end(store_batch_new(7), RUN_CANCELLED, "{\"by\":\"anna\"}"));
    assert_string_equal(look(7), "cancelled due 0 ended 2000{\"by\":\"anna\"}");
    assert_string_equal(due_of(INT64_MAX, 0, 0), "next 0");
}

static void a_run_may_be_born_waiting(void **state)
{
    struct store_batch *batch = batch_journal(batch_accept(7, NULL, "{}"), 0, "[0]");

    (void)state;
    batch->ended_ms = 99; /* who waits has not ended */
    batch_fact(batch_wait(batch, 5000), FACT_ADD, "order-1", "7");
    batch->ended_ms = 99;
    shop_send_ok(batch);
    assert_string_equal(look(7), "waiting due 5000 ended 0");
    assert_string_equal(due_of(5000, 0, 0), "7@5000 next 0");
    assert_string_equal(facts_text(shop.store), "order-1=7 ");
}

static void a_run_that_waits_for_an_event_is_not_due(void **state)
{
    struct store_batch *batch = batch_wait(batch_accept(7, NULL, "{}"), 0);

    (void)state;
    shop_send_ok(batch);
    batch = batch_end(store_batch_new(7), RUN_ACTIVE, NULL);
    batch->due_ms = 77; /* counts with RUN_WAITING only */
    shop_send_ok(batch_wait(batch_accept(8, NULL, "{}"), 0));
    shop_send_ok(batch);
    assert_string_equal(look(7), "active due 0 ended 0");
    assert_string_equal(look(8), "waiting due 0 ended 0");
    assert_string_equal(due_of(INT64_MAX, 0, 0), "next 0");
}

/* ---- many */

static void the_due_come_by_their_moments(void **state)
{
    static const int64_t moments[] = { 300, 100, 500, 100, 0, 400 };

    (void)state;
    assert_string_equal(due_of(INT64_MAX, 0, 0), "next 0");
    for (unsigned i = 0; i < 6; i++)
        shop_send(&shop, batch_wait(batch_accept(1 + i, NULL, "{}"), moments[i]));
    shop_send(&shop, batch_accept(9, NULL, "{}"));
    shop_wait(&shop);
    assert_string_equal(due_of(99, 0, 0), "next 100");
    assert_string_equal(due_of(100, 0, 0), "2@100 4@100 next 300");
    assert_string_equal(due_of(400, 0, 0), "2@100 4@100 1@300 6@400 next 500");
    assert_string_equal(due_of(400, 2, 0), "2@100 4@100 next 300");
    assert_string_equal(due_of(400, 1, 0), "2@100 next 100");
    assert_string_equal(due_of(400, 0, 3), "2@100 4@100 1@300 next 400"); /* the visitor's end */
    assert_string_equal(due_of(INT64_MAX, 0, 0), "2@100 4@100 1@300 6@400 3@500 next 0");
}

static bool wake(void *arg, uint64_t run, int64_t due_ms)
{
    struct due *due = arg;

    shop_send(&shop, batch_end(store_batch_new(run), RUN_ACTIVE, NULL));
    return see_due(due, run, due_ms);
}

static void a_visitor_may_append(void **state)
{
    struct due due = { .enough = 0 };
    int64_t next_ms = 0;

    (void)state;
    for (unsigned i = 1; i <= 5; i++)
        shop_send(&shop, batch_wait(batch_accept(i, NULL, "{}"), i * 100));
    shop_wait(&shop);
    assert_int_equal(store_due(shop.store, 300, 0, wake, &due, &next_ms, &shop.e), ERR_OK);
    assert_string_equal(due.text, "1@100 2@200 3@300 ");
    shop_wait(&shop);
    assert_string_equal(due_of(INT64_MAX, 0, 0), "4@400 5@500 next 0");
    assert_string_equal(LIST(.active = true), "1 2 3 ");
}

static void lists_of_those_with_work_and_of_those_in_order(void **state)
{
    (void)state;
    shop_send(&shop, accept_ordered(1, "orders", NULL));
    shop_send(&shop, batch_wait(accept_ordered(2, "orders", "c 1"), 0));
    shop_send(&shop, batch_wait(accept_ordered(3, "refunds", NULL), 100));
    shop_send(&shop, accept_ordered(4, "refunds", "c 1"));
    shop_send(&shop, batch_wait(accept_ordered(5, "refunds", "c 2"), 200));
    shop_send(&shop, batch_end(accept_ordered(6, "orders", "c 2"), RUN_SUCCEEDED, NULL));
    shop_send(&shop, batch_end(accept_ordered(7, "orders", "c 2"), RUN_IN_DOUBT, NULL));
    shop_wait(&shop);
    assert_string_equal(LIST(.active = true), "1 4 ");
    assert_string_equal(LIST(.active = true, .after = 1), "4 ");
    assert_string_equal(LIST(.active = true, .limit = 1), "1 ");
    assert_string_equal(LIST(.active = true, .flow = "refunds"), "4 ");
    assert_string_equal(LIST(.active = true, .unfinished = true), "1 4 ");
    assert_string_equal(LIST(.ordered = true), "2 5 ");
    assert_string_equal(LIST(.ordered = true, .after = 2), "5 ");
    assert_string_equal(LIST(.ordered = true, .limit = 1), "2 ");
    assert_string_equal(LIST(.ordered = true, .flow = "orders"), "2 ");
    assert_string_equal(LIST(.unfinished = true), "1 2 3 4 5 7 ");
    assert_string_equal(LIST(.unfinished = true, .after = 3, .limit = 2), "4 5 ");
    assert_string_equal(LIST(.unfinished = true, .before = 5), "4 3 2 1 ");
    assert_string_equal(list_of(&(struct store_runs_filter){ .status = RUN_WAITING }), "5 3 2 ");
    assert_string_equal(
        list_of(&(struct store_runs_filter){ .status = RUN_WAITING, .active = true }), "");
    shop_send_ok(batch_end(store_batch_new(2), RUN_ACTIVE, NULL));
    assert_string_equal(LIST(.ordered = true), "5 ");
    assert_string_equal(LIST(.active = true), "1 2 4 ");
}

static void the_last_id_is_known_whatever_came_last(void **state)
{
    uint64_t last = 9;

    (void)state;
    assert_int_equal(store_last_run(shop.store, &last, &shop.e), ERR_OK);
    assert_int_equal(last, 0);
    shop_send_ok(batch_accept(30, NULL, "{}"));
    shop_send_ok(batch_accept(20, NULL, "{}"));
    assert_int_equal(store_last_run(shop.store, &last, &shop.e), ERR_OK);
    assert_int_equal(last, 30);
    assert_string_equal(LIST(.limit = 0), "30 20 ");
}

/* ---- what a restore left */

static void a_restored_store_says_so(void **state)
{
    struct store *beside;
    sqlite3 *db = NULL;

    (void)state;
    assert_int_equal(shop.store->restored, 0);
    shop_close(&shop);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, PAGE_VFS), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO meta VALUES ('restored', '9007199254740993')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_true(shop_try(&shop, path));
    assert_true(shop.store->restored == UINT64_C(9007199254740993));
    beside = store_sqlite_open_readonly(path, &shop.log, &shop.e);
    assert_non_null(beside);
    assert_true(beside->restored == UINT64_C(9007199254740993));
    store_close(beside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_run_waits_and_wakes),
        EACH(a_run_may_be_born_waiting),
        EACH(a_run_that_waits_for_an_event_is_not_due),
        EACH(the_due_come_by_their_moments),
        EACH(a_visitor_may_append),
        EACH(lists_of_those_with_work_and_of_those_in_order),
        EACH(the_last_id_is_known_whatever_came_last),
        ON_DISK(a_restored_store_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
