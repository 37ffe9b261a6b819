/* store_faults.c - the store when a part of it fails: each fault point at its 1st, 2nd, 3rd
 * ... hit until a round passes clean; memory that runs out; a disk that is full; a file
 * that is taken away. */
#include "store_shop.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/fault.h"

static int faults_end(void **state)
{
    fault_disarm();
    return shop_end(state);
}

static void reopen_and_verify(const struct ledger *ledger)
{
    fault_disarm();
    assert_true(shop_try(&shop, path));
    ledger_verify(ledger, shop.store);
    shop_close(&shop);
    store_remove();
}

/* ---- what passes: nothing of the group is kept, and it is sent again */

static void a_passing_failure_loses_and_repeats_nothing(void **state)
{
    static const char *const points[] = { "store.begin", "store.write", "store.commit" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        unsigned n = 0;
        bool clean = false;

        while (!clean) {
            struct ledger ledger = { .runs = 5 };

            assert_true(shop_try(&shop, path));
            fault_arm(points[i], ++n, false);
            ledger_play(&ledger, &shop, 8);
            clean = fault_hits() < n;
            assert_true(ledger_ended(&ledger));
            ledger_verify(&ledger, shop.store);
            shop_close(&shop);
            reopen_and_verify(&ledger);
        }
        assert_true(n > 3);
    }
}

static void a_lasting_failure_is_told_to_each_and_ends(void **state)
{
    static const char *const points[] = { "store.begin", "store.write", "store.commit" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ledger ledger = { .runs = 5 };

        assert_true(shop_try(&shop, path));
        fault_arm(points[i], 2, true);
        assert_int_equal(ledger_play(&ledger, &shop, 5), ERR_STORE);
        assert_false(ledger_ended(&ledger));
        assert_int_equal(store_deploy(shop.store, "w", "e", "f", "v", 1, &shop.e), ERR_STORE);
        assert_non_null(strstr(shop_last(&shop)->text, path));
        fault_disarm();
        ledger_play(&ledger, &shop, 8);
        assert_true(ledger_ended(&ledger));
        assert_int_equal(store_deploy(shop.store, "w", "e", "f", "v", 1, &shop.e), ERR_OK);
        shop_close(&shop);
        reopen_and_verify(&ledger);
    }
}

/* ---- what does not: the disk may hold the commit or not, and nothing is tried again */

static void a_failed_sync_ends_the_store(void **state)
{
    unsigned n = 0;
    bool clean = false;

    (void)state;
    while (!clean) {
        struct ledger ledger = { .runs = 5 };
        enum err_code code;

        assert_true(shop_try(&shop, path));
        fault_arm("store.fsync", ++n, false);
        code = ledger_play(&ledger, &shop, 8);
        clean = fault_hits() < n;
        if (!clean) {
            assert_int_equal(code, ERR_FATAL);
            assert_false(ledger_ended(&ledger));
            shop_send(&shop, batch_accept(99, NULL, "{}"));
            shop_wait(&shop);
            assert_int_equal(shop_last(&shop)->code, ERR_FATAL);
            assert_int_equal(fault_hits(), n); /* not even tried */
            assert_int_equal(store_deploy(shop.store, "w", "e", "f", "v", 1, &shop.e), ERR_FATAL);
        }
        shop_close(&shop);
        reopen_and_verify(&ledger);
    }
    assert_true(n > 3);
}

static void a_failed_checkpoint_ends_the_store(void **state)
{
    struct ledger ledger = { .runs = 1 };
    char *text = mem_must(100000);
    unsigned noise = 1, round = 0;

    (void)state;
    for (size_t i = 0; i < 99999; i++)
        text[i] = (char)(' ' + (noise = noise * 1103515245u + 12345u) / 65536 % 90);
    assert_true(shop_try(&shop, path));
    ledger_play(&ledger, &shop, 8);
    fault_arm("store.checkpoint", 1, false);
    do {
        shop_send(&shop, batch_accept(100 + round, NULL, text));
        shop_wait(&shop);
    } while (shop_last(&shop)->code == ERR_OK && ++round < 1000);
    assert_int_equal(shop_last(&shop)->code, ERR_FATAL);
    mem_free(text);
    shop_close(&shop);
    reopen_and_verify(&ledger); /* the WAL still has all of it */
}

static void a_store_that_is_taken_away_is_noticed(void **state)
{
    struct ledger ledger = { .runs = 5 };
    char moved[128];

    (void)state;
    assert_true(shop_try(&shop, path));
    ledger_play(&ledger, &shop, 8);
    snprintf(moved, sizeof moved, "%s/moved.db", folder);
    assert_int_equal(rename(path, moved), 0);
    shop_send(&shop, batch_accept(99, NULL, "{}"));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_FATAL);
    assert_non_null(strstr(shop_last(&shop)->text, "renamed or deleted"));
    assert_int_equal(store_deploy(shop.store, "w", "e", "f", "v", 1, &shop.e), ERR_FATAL);
    shop_close(&shop);
}

/* ---- memory */

static bool memory_round(struct ledger *ledger, unsigned n, bool lasting)
{
    bool clean, open;

    fault_arm("mem.try", n, lasting);
    open = shop_try(&shop, path);
    if (open) {
        ledger_play(ledger, &shop, 8);
        clean = fault_hits() < n;
        shop_close(&shop);
    } else {
        clean = false;
        assert_true(shop.e.code != ERR_OK);
        shop.store = NULL;
    }
    reopen_and_verify(ledger);
    return clean;
}

static void memory_that_runs_out_loses_nothing(void **state)
{
    unsigned n = 0;
    bool clean = false;

    (void)state;
    while (!clean) {
        struct ledger ledger = { .runs = 2 };

        n += n < 400 ? 1 : 7;
        clean = memory_round(&ledger, n, false);
        if (clean)
            assert_true(ledger_ended(&ledger));
    }
    assert_true(n > 100);
    for (unsigned m = 1; m < n; m += 37) {
        struct ledger ledger = { .runs = 2 };

        memory_round(&ledger, m, true);
    }
}

/* ---- a disk that is full */

static void fill_until_refused(struct ledger *ledger, const char *noise, unsigned *round)
{
    do {
        shop_send(&shop, batch_accept(1000 + *round, NULL, noise));
        shop_wait(&shop);
    } while (shop_last(&shop)->code == ERR_OK && ++*round < 1000);
    assert_int_equal(shop_last(&shop)->code, ERR_STORE);
    ledger_verify(ledger, shop.store); /* reading goes on */
}

static void a_full_disk_refuses_and_goes_on_by_itself(void **state)
{
    struct ledger ledger = { .runs = 5 };
    char ballast[128], *text = mem_must(50001);
    unsigned noise = 1, round = 0;
    int fd;

    (void)state;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("weft", folder, "tmpfs", 0, "size=8m") != 0) {
        mem_free(text);
        skip(); /* only root may mount */
    }
    for (size_t i = 0; i < 50000; i++)
        text[i] = (char)(' ' + (noise = noise * 1103515245u + 12345u) / 65536 % 90);
    snprintf(ballast, sizeof ballast, "%s/ballast", folder);
    fd = open(ballast, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(posix_fallocate(fd, 0, 5 << 20), 0);
    close(fd);
    assert_true(shop_try(&shop, path));
    assert_int_equal(ledger_play(&ledger, &shop, 1), ERR_OK);
    fill_until_refused(&ledger, text, &round);
    assert_non_null(strstr(shop_last(&shop)->text, "full"));
    assert_int_equal(store_ready(shop.store, &shop.e), ERR_STORE);
    assert_int_equal(unlink(ballast), 0);
    ledger_play(&ledger, &shop, 8);
    assert_true(ledger_ended(&ledger));
    assert_int_equal(store_ready(shop.store, &shop.e), ERR_OK);
    fill_until_refused(&ledger, text, &round);
    shop_close(&shop);
    assert_true(shop_try(&shop, path)); /* on the full disk */
    ledger_verify(&ledger, shop.store);
    shop_close(&shop);
    mem_free(text);
    assert_int_equal(umount(folder), 0);
}

/* The folder is mounted over itself: the files that are open can still be written, as the pages of
 * a file system with a fault that has been made read-only can not. */
static void a_read_only_file_system_takes_no_events_and_is_read(void **state)
{
    struct ledger ledger = { .runs = 5 };
    char *text;
    unsigned noise = 1;

    (void)state;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        skip(); /* only root may mount */
    text = mem_must(40001);
    for (size_t i = 0; i < 40000; i++)
        text[i] = (char)(' ' + (noise = noise * 1103515245u + 12345u) / 65536 % 64);
    for (char *at = text; (at = strpbrk(at, "\"\\")) != NULL;)
        *at = ' ';
    text[0] = text[39999] = '"';
    assert_true(shop_try(&shop, path));
    assert_int_equal(store_sqlite_keep_free(shop.store, 0, 0, &shop.e), ERR_OK);
    ledger_play(&ledger, &shop, 8);
    shop_send_ok(batch_accept(1000, NULL, "{}"));
    assert_int_equal(mount(folder, folder, NULL, MS_BIND, NULL), 0);
    assert_int_equal(mount(NULL, folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
    assert_int_equal(store_sqlite_keep_free(shop.store, 0, 0, &shop.e), ERR_OK); /* looks anew */
    assert_int_equal(store_ready(shop.store, &shop.e), ERR_STORE); /* before anybody is refused */
    assert_non_null(strstr(shop.e.text, "read-only"));
    assert_null(strstr(shop.e.text, folder));
    shop_send(&shop, batch_accept(1001, NULL, "{}"));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_STORE);
    assert_non_null(strstr(shop_last(&shop)->text, "read-only"));
    ledger_verify(&ledger, shop.store);
    fault_arm("store.checkpoint", 1, false);
    for (unsigned i = 0; i < 60; i++) /* above what is copied into the store at once */
        shop_send_ok(batch_journal(store_batch_new(1000), i, text));
    assert_int_equal(fault_hits(), 0);
    fault_disarm();
    assert_int_equal(umount2(folder, MNT_DETACH), 0);
    assert_int_equal(store_sqlite_keep_free(shop.store, 0, 0, &shop.e), ERR_OK);
    assert_int_equal(store_ready(shop.store, &shop.e), ERR_OK);
    shop_send_ok(batch_accept(1001, NULL, "{}"));
    ledger_verify(&ledger, shop.store);
    shop_close(&shop);
    mem_free(text);
    reopen_and_verify(&ledger);
}

static void a_file_that_may_not_grow_refuses_and_goes_on(void **state)
{
    struct rlimit before, small;
    struct ledger ledger = { .runs = 5 };
    char *text = mem_must(50001);
    unsigned noise = 1, round = 0;

    (void)state;
    for (size_t i = 0; i < 50000; i++)
        text[i] = (char)(' ' + (noise = noise * 1103515245u + 12345u) / 65536 % 90);
    assert_true(shop_try(&shop, path));
    ledger_play(&ledger, &shop, 1);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    small = before;
    small.rlim_cur = 1 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    fill_until_refused(&ledger, text, &round);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    ledger_play(&ledger, &shop, 8);
    assert_true(ledger_ended(&ledger));
    shop_close(&shop);
    mem_free(text);
    reopen_and_verify(&ledger);
}

#define TEST(test)                                  \
    {                                               \
#test, test, folder_begin, faults_end, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_passing_failure_loses_and_repeats_nothing),
        TEST(a_lasting_failure_is_told_to_each_and_ends),
        TEST(a_failed_sync_ends_the_store),
        TEST(a_failed_checkpoint_ends_the_store),
        TEST(a_store_that_is_taken_away_is_noticed),
        TEST(memory_that_runs_out_loses_nothing),
        TEST(a_full_disk_refuses_and_goes_on_by_itself),
        TEST(a_read_only_file_system_takes_no_events_and_is_read),
        TEST(a_file_that_may_not_grow_refuses_and_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
