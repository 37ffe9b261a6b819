/* store_kill.c - kill -9: whatever was acknowledged is there afterwards, whole, and nothing else
 * is.
 *
 * This program starts itself again as the victim, which appends under load and writes the id of
 * each acknowledged batch to a pipe. The killer reads some of them, kills, and opens the store. */
#include "store_old.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/fault.h"
#include "store/sqlite/schema_priv.h"

#define KILLS    20
#define WAVE     32      /* runs under way at once */
#define RUNS_MAX 200000u /* ids that one test may see */

static unsigned char acked[RUNS_MAX]; /* batches of each run */
static unsigned char there[RUNS_MAX];

static int kill_begin(void **state)
{
    memset(acked, 0, sizeof acked);
    return folder_begin(state);
}

/* ---- the victim */

static void victim_told(void *owner, uint64_t run, const struct store_result *result)
{
    uint32_t id = (uint32_t)run;

    if (result->code != ERR_OK || write(STDOUT_FILENO, &id, sizeof id) != (ssize_t)sizeof id)
        _exit(3);
    shop_told(owner, run, result);
}

static int victim_main(const char *file, unsigned waves)
{
    uint64_t last = 0;

    fault_arm_from_environment();
    if (!shop_try(&shop, file))
        return 4;
    store_on_done(shop.store, victim_told, &shop);
    if (store_last_run(shop.store, &last, &shop.e) != ERR_OK)
        return 5;
    for (unsigned wave = 0; wave < waves && last + WAVE < RUNS_MAX; wave++, last += WAVE) {
        struct ledger ledger = { .first = last, .runs = WAVE };

        if (ledger_play(&ledger, &shop, 3) != ERR_OK || !ledger_ended(&ledger))
            return 6;
    }
    shop_close(&shop);
    return 0;
}

static pid_t victim_start(const char *waves, char *fault, int *out)
{
    char self[] = "/proc/self/exe", mode[] = "victim", count[16];
    char *argv[] = { self, mode, path, count, NULL };
    char *env[] = { fault, NULL };
    posix_spawn_file_actions_t actions;
    int from[2];
    pid_t pid;

    snprintf(count, sizeof count, "%s", waves);
    assert_int_equal(pipe2(from, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    assert_int_equal(posix_spawn(&pid, self, &actions, NULL, argv, env), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(from[1]);
    *out = from[0];
    return pid;
}

/* Notes acknowledgements: `most` of them, or all until the pipe ends. */
static void hear(int out, unsigned most)
{
    uint32_t id = 0;

    while (most-- > 0) {
        ssize_t got = read(out, &id, sizeof id);

        if (got <= 0)
            return;
        assert_int_equal(got, sizeof id); /* a pipe keeps so short a write whole */
        assert_true(id > 0 && id < RUNS_MAX);
        assert_true(acked[id]++ < 3);
    }
}

/* ---- what is there afterwards */

static bool look(void *arg, const struct store_run *run)
{
    struct ledger_row row = { .run = run->run };
    struct err e;

    (void)arg;
    ledger_see_run(&row, run);
    assert_int_equal(store_journal(shop.store, run->run, ledger_see_row, &row, &e), ERR_OK);
    if (row.rows < acked[run->run] || row.rows > acked[run->run] + 1u)
        fail_msg("run %u: %u acknowledged, %u there", (unsigned)run->run, acked[run->run],
                 row.rows);
    assert_int_equal(row.status, row.rows == 3 ? RUN_SUCCEEDED : RUN_ACTIVE);
    there[run->run] = 1;
    return true;
}

static void verify(void)
{
    const struct store_runs_filter all = { .status = -1 };

    if (!shop_try(&shop, path))
        fail_msg("%s", shop.e.text);
    memset(there, 0, sizeof there);
    assert_int_equal(store_runs(shop.store, &all, look, NULL, &shop.e), ERR_OK);
    for (unsigned i = 0; i < RUNS_MAX; i++)
        if (acked[i] > 0 && !there[i])
            fail_msg("run %u was acknowledged and is lost", i);
    shop_close(&shop);
}

/* ---- the tests */

static void killed_at_any_time(void **state)
{
    static char none[] = "WEFT_FAULT=";
    unsigned noise = (unsigned)getpid();

    (void)state;
    for (unsigned kills = 0; kills < KILLS; kills++) {
        int out, status;
        pid_t pid = victim_start("1000000", none, &out);

        noise = noise * 1103515245u + 12345u;
        hear(out, 1 + noise / 65536 % 1500);
        assert_int_equal(kill(pid, SIGKILL), 0);
        hear(out, UINT32_MAX);
        close(out);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        if (kills % 4 != 3)
            verify(); /* else the next victim is the first to recover */
    }
    verify();
}

/* Returns false when the victim came to its end before the n-th hit. */
static bool killed_at(const char *point, unsigned n)
{
    char fault[96];
    int out, status;
    pid_t pid;

    snprintf(fault, sizeof fault, "WEFT_FAULT=%s:%u", point, n);
    pid = victim_start("2", fault, &out);
    hear(out, UINT32_MAX);
    close(out);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    else
        assert_int_equal(WTERMSIG(status), SIGKILL);
    verify();
    return WIFSIGNALED(status);
}

static void killed_at_each_point_of_a_commit(void **state)
{
    static const char *const points[] = { "store.before_commit.kill", "store.after_commit.kill",
                                          "store.after_accept.kill" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        unsigned n = 1;

        while (killed_at(points[i], n))
            n++;
        assert_true(n > 2);
    }
}

static void killed_at_each_statement_of_a_migration(void **state)
{
    unsigned n = 1;

    (void)state;
    while (killed_at("store.migrate.kill", n)) {
        char wal[128];

        assert_int_equal(unlink(path), 0); /* verify() completed it: begin anew */
        snprintf(wal, sizeof wal, "%s-wal", path);
        unlink(wal);
        n++;
    }
    assert_true(n > 10);
}

/* A victim that opens a store of number 1. Returns false when it came to its end. */
static bool killed_bringing_up_to_date(unsigned n)
{
    char fault[96];
    int out, status;
    pid_t pid;

    store_remove();
    old_make(1);
    snprintf(fault, sizeof fault, "WEFT_FAULT=store.migrate.kill:%u", n);
    pid = victim_start("0", fault, &out);
    close(out);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return WIFSIGNALED(status);
}

/* The store is of the one number or of the other, and holds all that it held. */
static void a_store_with_runs_is_killed_at_each_statement_of_a_migration(void **state)
{
    unsigned n = 1;
    bool killed = true;

    (void)state;
    for (; killed; n++) {
        struct db db = { .path = path };
        int64_t number = 0;

        killed = killed_bringing_up_to_date(n);
        assert_int_equal(db_open(&db, path, SQLITE_OPEN_READWRITE), SQLITE_OK);
        assert_int_equal(schema_check(&db, &number, &shop.e), ERR_OK);
        assert_int_equal(number, killed ? 1 : SCHEMA_NUMBER);
        db_close(&db, false);
        if (!shop_try(&shop, path))
            fail_msg("%s", shop.e.text);
        old_verify(shop.store);
        shop_close(&shop);
    }
    assert_true(n > 8);
}

/* The same when a statement fails: the store is not opened, and the next start goes on from it. */
static void a_migration_that_fails_leaves_the_store_as_it_was(void **state)
{
    unsigned n = 0;
    bool open = false;

    (void)state;
    while (!open) {
        store_remove();
        old_make(1);
        fault_arm("store.migrate", ++n, false);
        open = shop_try(&shop, path);
        fault_disarm();
        if (!open)
            assert_int_equal(shop.e.code, ERR_STORE);
        if (!open && !shop_try(&shop, path))
            fail_msg("%s", shop.e.text);
        old_verify(shop.store);
        shop_close(&shop);
    }
    assert_true(n > 8);
}

#define TEST(test)                                \
    {                                             \
#test, test, kill_begin, folder_end, NULL \
    }

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(killed_at_any_time),
        TEST(killed_at_each_point_of_a_commit),
        TEST(killed_at_each_statement_of_a_migration),
        TEST(a_store_with_runs_is_killed_at_each_statement_of_a_migration),
        TEST(a_migration_that_fails_leaves_the_store_as_it_was),
    };

    if (argc == 4 && strcmp(argv[1], "victim") == 0)
        return victim_main(argv[2], (unsigned)strtoul(argv[3], NULL, 10));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
