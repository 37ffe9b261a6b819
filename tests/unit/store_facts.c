/* store_facts.c - facts beside the runs: on disk, in memory, and in the store of the other tests.
 */
#include "store_shop.h"

#include "base/fault.h"

/* ---- what is kept */

static void facts_come_in_the_order_of_their_keys(void **state)
{
    struct store_batch *batch = batch_accept(7, NULL, "{}");

    (void)state;
    batch_fact(batch, FACT_PUT, "order/20", "{\"a\":1}");
    batch_fact(batch, FACT_ADD, "order/10", "2");
    batch_fact(batch, FACT_ADD, "order/\xc3\xa4", "3");
    batch_fact(batch, FACT_PUT, "Order", "4");
    shop_send_ok(batch);
    assert_string_equal(facts_text(shop.store),
                        "Order=4 order/10=2 order/20={\"a\":1} order/\xc3\xa4=3 ");
    shop_again();
    batch = store_batch_new(7);
    batch_fact(batch, FACT_PUT, "order/10", "\"new\"");
    batch_fact(batch, FACT_REMOVE, "order/20", NULL);
    batch_fact(batch, FACT_REMOVE, "never there", NULL);
    shop_send_ok(batch);
    assert_string_equal(facts_text(shop.store), "Order=4 order/10=\"new\" order/\xc3\xa4=3 ");
}

static void facts_may_be_nobodys(void **state)
{
    (void)state;
    shop_send_ok(batch_fact(store_batch_new(0), FACT_PUT, "k", "1"));
    assert_int_equal(shop_last(&shop)->run, 0);
    shop_send_ok(batch_fact(store_batch_new(99), FACT_ADD, "l", "2")); /* of no run that is here */
    shop_again();
    assert_string_equal(facts_text(shop.store), "k=1 l=2 ");
}

static bool see_size(void *arg, const struct store_fact *fact)
{
    *(size_t *)arg = strlen(fact->value);
    return true;
}

static void a_fact_may_be_large(void **state)
{
    const struct store_facts_filter all = { .kind = FACT_WAIT };
    char key[STORE_FACT_KEY + 1], *value = mem_must((1 << 20) + 1);
    size_t size = 0;

    (void)state;
    memset(key, 'k', STORE_FACT_KEY);
    key[STORE_FACT_KEY] = '\0';
    memset(value, '7', 1 << 20);
    shop_send_ok(batch_fact(store_batch_new(0), FACT_PUT, key, value));
    assert_int_equal(store_facts(shop.store, &all, see_size, &size, &shop.e), ERR_OK);
    assert_int_equal(size, 1 << 20);
    mem_free(value);
}

/* ---- what is asked for */

struct list {
    char text[256];
    unsigned enough;
};

static bool see_key(void *arg, const struct store_fact *fact)
{
    struct list *list = arg;
    size_t used = strlen(list->text);

    assert_int_equal(fact->op, FACT_PUT);
    snprintf(list->text + used, sizeof list->text - used, "%s@%d/%d ", fact->key, (int)fact->at_ms,
             (int)fact->run);
    return list->enough == 0 || --list->enough > 0;
}

static const char *list_of(const struct store_facts_filter *filter)
{
    static struct list list;

    memset(&list, 0, sizeof list);
    assert_int_equal(store_facts(shop.store, filter, see_key, &list, &shop.e), ERR_OK);
    return list.text;
}

#define LIST(...) list_of(&(const struct store_facts_filter){ .kind = FACT_TASK, __VA_ARGS__ })

static void fill(void)
{
    static const struct {
        const char *key;
        int64_t at_ms;
        uint64_t run;
    } rows[] = { { "b/1", 50, 7 }, { "b/2", 0, 8 }, { "a", 70, 7 }, { "b", 60, 0 },
                 { "c", 10, 8 },   { "b/3", 0, 7 }, { "b0", 51, 0 } };
    struct store_batch *batch = store_batch_new(0);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store_fact fact = {
            FACT_ADD, FACT_TASK, rows[i].key, "1", rows[i].at_ms, rows[i].run
        };

        store_batch_fact(batch, &fact);
        fact.kind = FACT_SIGNAL; /* another kind with the same keys */
        fact.at_ms = 1;
        store_batch_fact(batch, &fact);
    }
    shop_send_ok(batch);
}

static void walks_give_what_is_asked_for(void **state)
{
    (void)state;
    assert_string_equal(LIST(.limit = 0), "");
    fill();
    assert_string_equal(LIST(.limit = 0), "a@70/7 b@60/0 b/1@50/7 b/2@0/8 b/3@0/7 b0@51/0 c@10/8 ");
    assert_string_equal(LIST(.limit = 2), "a@70/7 b@60/0 ");
    assert_string_equal(LIST(.key = "b/2"), "b/2@0/8 ");
    assert_string_equal(LIST(.key = "b/2", .run = 7), "");
    assert_string_equal(LIST(.key = "b/"), "");
    assert_string_equal(LIST(.prefix = "b/"), "b/1@50/7 b/2@0/8 b/3@0/7 ");
    assert_string_equal(LIST(.prefix = "b/", .after = "b/1"), "b/2@0/8 b/3@0/7 ");
    assert_string_equal(LIST(.prefix = "b/", .after = "a", .limit = 1), "b/1@50/7 ");
    assert_string_equal(LIST(.prefix = "b/", .after = "b0"), "");
    assert_string_equal(LIST(.prefix = ""), LIST(.limit = 0));
    assert_string_equal(LIST(.after = "b/3"), "b0@51/0 c@10/8 ");
    assert_string_equal(LIST(.after = "b/25"), "b/3@0/7 b0@51/0 c@10/8 ");
    assert_string_equal(LIST(.after = "c"), "");
}

static void walks_by_moment_and_run(void **state)
{
    (void)state;
    fill();
    assert_string_equal(LIST(.due_ms = 9), "");
    assert_string_equal(LIST(.due_ms = 51), "b/1@50/7 b0@51/0 c@10/8 ");
    assert_string_equal(LIST(.due_ms = 51, .limit = 2), "b/1@50/7 b0@51/0 ");
    assert_string_equal(LIST(.due_ms = 51, .limit = 2, .after = "b0"), "c@10/8 ");
    assert_string_equal(LIST(.due_ms = 99, .prefix = "b"), "b@60/0 b/1@50/7 b0@51/0 ");
    assert_string_equal(LIST(.run = 7), "a@70/7 b/1@50/7 b/3@0/7 ");
    assert_string_equal(LIST(.run = 7, .due_ms = 60), "b/1@50/7 ");
    assert_string_equal(LIST(.run = 7, .prefix = "b/", .limit = 1), "b/1@50/7 ");
    assert_string_equal(LIST(.run = 9), "");
}

static void a_visitor_ends_the_walk(void **state)
{
    const struct store_facts_filter all = { .kind = FACT_TASK };
    struct list list = { .enough = 2 };

    (void)state;
    fill();
    assert_int_equal(store_facts(shop.store, &all, see_key, &list, &shop.e), ERR_OK);
    assert_string_equal(list.text, "a@70/7 b@60/0 ");
}

/* A visitor may ask what it is being answered, also of other kinds. */
static bool ask_again(void *arg, const struct store_fact *fact)
{
    const struct store_facts_filter signals = { .kind = FACT_SIGNAL,
                                                .after = fact->key,
                                                .limit = 1 };
    struct list *list = arg;

    assert_int_equal(store_facts(shop.store, &signals, see_key, list, &shop.e), ERR_OK);
    return see_key(list, fact);
}

static void walks_may_stand_in_walks(void **state)
{
    const struct store_facts_filter tasks = { .kind = FACT_TASK, .prefix = "b/" };
    struct list list = { .enough = 0 };

    (void)state;
    fill();
    assert_int_equal(store_facts(shop.store, &tasks, ask_again, &list, &shop.e), ERR_OK);
    assert_string_equal(list.text, "b/2@1/8 b/1@50/7 b/3@1/7 b/2@0/8 b0@1/0 b/3@0/7 ");
}

/* ---- what is refused */

static bool see_nothing(void *arg, const struct store_run *run)
{
    (void)arg, (void)run;
    return true;
}

static bool is_there(uint64_t run)
{
    enum err_code code = store_run_find(shop.store, run, see_nothing, NULL, &shop.e);

    assert_true(code == ERR_OK || code == ERR_NOT_FOUND);
    return code == ERR_OK;
}

static void a_fact_that_is_there_refuses_its_batch_alone(void **state)
{
    struct store_batch *batch;

    (void)state;
    shop_send_ok(batch_fact(batch_accept(7, NULL, "{}"), FACT_ADD, "order-17", "7"));
    batch = batch_fact(batch_accept(8, "key 8", "{}"), FACT_PUT, "other", "8");
    shop_send(&shop, batch_fact(batch_accept(6, NULL, "{}"), FACT_ADD, "order-16", "6"));
    shop_send(&shop, batch_fact(batch, FACT_ADD, "order-17", "8"));
    shop_send(&shop, batch_fact(batch_accept(9, "key 8", "{}"), FACT_ADD, "order-18", "9"));
    shop_wait(&shop);
    assert_int_equal(shop.told[1].code, ERR_OK);
    assert_int_equal(shop.told[2].code, ERR_CONFLICT);
    assert_non_null(strstr(shop.told[2].text, "order-17"));
    assert_int_equal(shop.told[3].code, ERR_OK); /* and the key of run 8 is free */
    assert_false(is_there(8));
    assert_true(is_there(9));
    assert_string_equal(facts_text(shop.store), "order-16=6 order-17=7 order-18=9 ");
}

static void facts_of_a_batch_are_written_one_after_the_other(void **state)
{
    struct store_batch *batch = batch_fact(store_batch_new(0), FACT_ADD, "k", "1");

    (void)state;
    shop_send(&shop, batch_fact(batch, FACT_ADD, "k", "2"));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_CONFLICT);
    assert_string_equal(facts_text(shop.store), "");
    batch = batch_fact(store_batch_new(0), FACT_PUT, "k", "1");
    batch_fact(batch_fact(batch, FACT_REMOVE, "k", NULL), FACT_ADD, "k", "2");
    shop_send_ok(batch_fact(batch, FACT_PUT, "k", "3"));
    assert_string_equal(facts_text(shop.store), "k=3 ");
}

static void a_duplicate_writes_no_facts(void **state)
{
    (void)state;
    shop_send_ok(batch_accept(7, "key", "{}"));
    shop_send(&shop, batch_fact(batch_accept(8, "key", "{}"), FACT_PUT, "k", "8"));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_DUPLICATE);
    assert_int_equal(shop_last(&shop)->first_run, 7);
    assert_string_equal(facts_text(shop.store), "");
}

static void a_key_that_is_too_long_refuses_its_batch_alone(void **state)
{
    char key[STORE_FACT_KEY + 2];

    (void)state;
    memset(key, 'k', sizeof key);
    key[STORE_FACT_KEY + 1] = '\0';
    shop_send(&shop, batch_accept(7, NULL, "{}"));
    shop_send(&shop, batch_fact(batch_accept(8, NULL, "{}"), FACT_PUT, key, "1"));
    shop_send(&shop, batch_fact(store_batch_new(0), FACT_PUT, key, "1")); /* all it had */
    shop_wait(&shop);
    assert_int_equal(shop.told[0].code, ERR_OK);
    assert_int_equal(shop.told[1].code, ERR_LIMIT);
    assert_non_null(strstr(shop.told[1].text, "1025 bytes"));
    assert_int_equal(shop.told[2].code, ERR_LIMIT);
    assert_false(is_there(8));
}

/* ---- failures */

/* Sends a run with its journal and facts; the n-th hit of the point fails. */
static enum err_code send_failing(uint64_t run, const char *point, unsigned n)
{
    struct store_batch *batch = batch_journal(batch_accept(run, NULL, "{}"), 0, "[1]");

    batch_fact(batch, FACT_PUT, "a", "1");
    batch_fact(batch_fact(batch, FACT_PUT, "b", "2"), FACT_REMOVE, "c", NULL);
    fault_arm(point, n, false);
    shop_send(&shop, batch);
    shop_wait(&shop);
    fault_disarm();
    return shop_last(&shop)->code;
}

/* It is there whole or not at all, whichever write fails. */
static void a_failure_at_any_write_keeps_all_or_nothing(void **state)
{
    static const struct {
        const char *name;
        unsigned hits;
    } points[] = { { "store.begin", 1 }, { "store.write", 4 }, { "store.commit", 1 } };

    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        unsigned n = 1;

        for (; send_failing(7 + i, points[i].name, n) != ERR_OK; n++) {
            assert_int_equal(shop_last(&shop)->code, ERR_STORE);
            shop_again();
            assert_false(is_there(7 + i));
            assert_string_equal(facts_text(shop.store), "");
        }
        assert_int_equal(n, points[i].hits + 1);
        shop_again();
        assert_true(is_there(7 + i));
        assert_string_equal(facts_text(shop.store), "a=1 b=2 ");
        shop_send_ok(batch_fact(batch_fact(store_batch_new(0), FACT_REMOVE, "a", NULL), FACT_REMOVE,
                                "b", NULL));
    }
}

/* In the log, which has no sums that are looked at while the store is open. */
static void a_damaged_fact_is_not_shown_and_hides_no_other(void **state)
{
    const struct store_facts_filter all = { .kind = FACT_WAIT };
    char wal[128], text[512] = "", bytes[65536], *hit;
    size_t size;
    int fd;

    (void)state;
    shop_send_ok(batch_fact(store_batch_new(0), FACT_PUT, "k1", "\"sound\""));
    shop_send_ok(batch_fact(store_batch_new(0), FACT_PUT, "k2", "\"damaged\""));
    shop_send_ok(batch_fact(store_batch_new(0), FACT_PUT, "k3", "\"sound\""));
    snprintf(wal, sizeof wal, "%s-wal", path);
    fd = open(wal, O_RDWR);
    for (off_t at = 0; (size = (size_t)pread(fd, bytes, sizeof bytes, at)) > 0; at += (off_t)size)
        for (hit = bytes; (hit = memmem(hit, size - (size_t)(hit - bytes), "damaged", 7)) != NULL;
             hit++)
            assert_int_equal(pwrite(fd, "D", 1, at + (hit - bytes)), 1);
    close(fd);
    assert_int_equal(store_facts(shop.store, &all, facts_see, text, &shop.e), ERR_STORE);
    assert_string_equal(text, "k1=\"sound\" k3=\"sound\" ");
    assert_non_null(strstr(shop.e.text, "wait k2 is damaged"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(facts_come_in_the_order_of_their_keys),
        EACH(facts_may_be_nobodys),
        EACH(a_fact_may_be_large),
        EACH(walks_give_what_is_asked_for),
        EACH(walks_by_moment_and_run),
        EACH(a_visitor_ends_the_walk),
        EACH(walks_may_stand_in_walks),
        EACH(a_fact_that_is_there_refuses_its_batch_alone),
        EACH(facts_of_a_batch_are_written_one_after_the_other),
        EACH(a_duplicate_writes_no_facts),
        EACH(a_key_that_is_too_long_refuses_its_batch_alone),
        ON_DISK(a_failure_at_any_write_keeps_all_or_nothing),
        ON_DISK(a_damaged_fact_is_not_shown_and_hides_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
