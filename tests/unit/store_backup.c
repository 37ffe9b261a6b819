/* store_backup.c - a store that works is copied into one file, and the file becomes a store again:
 * nothing that was acknowledged before is missing, and what was there before is kept until the
 * new one is whole. */
#include "store_shop.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/ident.h"
#include "store/backup.h"
#include "store/sqlite/backup_priv.h"

static const unsigned char key[STORE_AUDIT_KEY] = "a key of exactly thirty-two byte";
static char file[96], data[96], restored_path[128];
static struct backup_report report;
static struct err outcome;
static bool done;

static int begin(void **state)
{
    folder_begin(state);
    snprintf(file, sizeof file, "%s/copy.weft", folder);
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(restored_path, sizeof restored_path, "%s/weft.db", data);
    assert_int_equal(mkdir(data, 0700), 0);
    assert_true(shop_try(&shop, path));
    assert_int_equal(store_audit_key(shop.store, key, &shop.e), ERR_OK);
    done = false;
    return 0;
}

static int end(void **state)
{
    if (shop.store != NULL)
        shop_close(&shop);
    folder_end(state);
    return 0;
}

static void backup_told(void *arg, const struct backup_report *is, const struct err *e)
{
    (void)arg;
    assert_false(done);
    report = *is;
    outcome = *e;
    done = true;
    loop_stop(shop.loop);
}

static void start_backup(void)
{
    done = false;
    if (store_backup(shop.store, shop.loop, file, backup_told, NULL, &shop.e) != ERR_OK)
        fail_msg("%s", shop.e.text);
}

static void wait_backup(void)
{
    struct err e;

    while (!done || shop.heard < shop.sent) {
        /* a told batch stops the loop, too */
        assert_int_equal(loop_run(shop.loop, &e), ERR_OK);
    }
}

static void send_audit(void)
{
    struct store_batch *batch = store_batch_new(0);

    batch->audit = mem_must_copy("{\"by\":\"anna\",\"what\":\"deploy\",\"object\":\"x\"}");
    batch->audit_ms = 5;
    shop_send_ok(batch);
}

static char *noise(size_t size)
{
    char *text = mem_must(size + 1);
    uint64_t state = 77;

    for (size_t i = 1; i + 1 < size; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        text[i] = (char)('A' + (state >> 33) % 26 + ((state >> 50) & 1) * 32);
    }
    text[0] = text[size - 1] = '"';
    return text;
}

static bool exists(const char *name)
{
    return access(name, F_OK) == 0;
}

static bool part_exists(void)
{
    char part[128];

    snprintf(part, sizeof part, "%s.part", file);
    return exists(part);
}

static enum err_code restore_all(bool replace)
{
    struct restore *restore = restore_prepare(file, data, replace, &shop.e);
    enum err_code code;

    if (restore == NULL)
        return shop.e.code;
    code = restore_finish(restore, key, "anna", 1795266000000, &report, &shop.e);
    restore_free(restore);
    return code;
}

static bool see_count(void *arg, const struct store_run *run)
{
    (void)run;
    ++*(unsigned *)arg;
    return true;
}

static unsigned count_runs(struct store *store)
{
    const struct store_runs_filter all = { .status = -1 };
    unsigned count = 0;

    assert_int_equal(store_runs(store, &all, see_count, &count, &shop.e), ERR_OK);
    return count;
}

static void reopen_restored(void)
{
    shop_close(&shop);
    if (!shop_try(&shop, restored_path))
        fail_msg("%s", shop.e.text);
    assert_int_equal(store_audit_key(shop.store, key, &shop.e), ERR_OK);
}

/* ---- there and back */

static void what_was_acknowledged_comes_back(void **state)
{
    struct ledger ledger = { .first = 1, .runs = 60 };
    struct store_audit_report chain;
    char *large = noise(300000);
    const int64_t began_ms = clock_real()->wall_ms(clock_real());
    uint64_t last;

    (void)state;
    send_audit();
    ledger_play(&ledger, &shop, 2); /* two of three batches of each run */
    shop_send_ok(batch_accept(5000, NULL, large));
    start_backup();
    wait_backup();
    if (outcome.code != ERR_OK)
        fail_msg("%s", outcome.text);
    assert_int_equal(report.last_run, 5000);
    assert_int_equal(report.payloads, 1);
    assert_false(part_exists());
    shop_send_ok(batch_accept(6000, NULL, "{}")); /* behind it */
    assert_int_equal(restore_all(false), ERR_OK);
    assert_int_equal(report.generation, 1);
    reopen_restored();
    assert_int_equal(shop.store->restored, 5000);
    assert_true(shop.store->restored_ms >= began_ms - 1000 && /* when it was made, in seconds */
                shop.store->restored_ms <= clock_real()->wall_ms(clock_real()));
    assert_int_equal(store_last_run(shop.store, &last, &shop.e), ERR_OK);
    assert_true(last >= ident_at(1795266000000)); /* no id is given twice */
    ledger_verify(&ledger, shop.store);
    assert_int_equal(count_runs(shop.store), 61);
    assert_int_equal(store_audit_verify(shop.store, key, &chain, &shop.e), ERR_OK);
    assert_int_equal(chain.records, 2); /* and that of the restore */
    ledger_play(&ledger, &shop, 1);
    assert_true(ledger_ended(&ledger));
    mem_free(large);
}

/* Whatever is committed while it is copied: all of a transaction is there or nothing. */
static void it_is_of_one_moment(void **state)
{
    char *text = noise(20000);
    unsigned sent = 0, kept;
    struct err e;

    (void)state;
    for (unsigned i = 0; i < 400; i++) /* some megabytes */
        shop_send(&shop, batch_accept(++sent, NULL, text));
    shop_wait(&shop);
    start_backup();
    while (!done) {
        for (unsigned i = 0; i < 5 && sent < 4000; i++, sent++) /* runs of one group, all or none */
            shop_send(&shop, batch_end(batch_accept(sent + 1, NULL, text), RUN_SUCCEEDED, NULL));
        do /* with no more to send it is over when the backup is: a busy machine must not fill up */
            assert_int_equal(loop_run(shop.loop, &e), ERR_OK);
        while (shop.heard < shop.sent);
    }
    assert_int_equal(outcome.code, ERR_OK);
    assert_true(sent > 410); /* it did go on meanwhile */
    assert_int_equal(restore_all(false), ERR_OK);
    reopen_restored();
    kept = count_runs(shop.store);
    assert_true(kept >= 400);
    assert_int_equal(shop.store->restored, kept); /* without gaps, from the first on */
    mem_free(text);
}

/* However fast it grows: here by more than a piece between any two. */
static void a_store_that_grows_is_overtaken(void **state)
{
    struct db db = { .path = path };
    struct backup backup;
    unsigned pieces = 0;

    (void)state;
    shop_close(&shop);
    shop.store = NULL;
    assert_int_equal(db_open(&db, path, SQLITE_OPEN_READWRITE), SQLITE_OK);
    assert_int_equal(db_exec(&db, "CREATE TABLE much (bytes BLOB)"), SQLITE_OK);
    assert_int_equal(backup_init(&backup, path, file, &shop.e), ERR_OK);
    do {
        assert_int_equal(db_exec(&db, "INSERT INTO much VALUES (zeroblob(800000))"), SQLITE_OK);
        assert_true(++pieces < 100);
        backup_piece(&backup, &db);
    } while (backup_more(&backup, &shop.e));
    assert_int_equal(backup.rc, SQLITE_DONE);
    backup_fini(&backup);
    db_close(&db, false);
}

static void a_closed_store_is_copied_too(void **state)
{
    (void)state;
    send_audit();
    shop_send_ok(batch_accept(3, NULL, "{}"));
    shop_close(&shop);
    err_set(&shop.e, ERR_IO, "of before");
    assert_int_equal(store_backup_closed(path, file, &report, &shop.e), ERR_OK);
    assert_int_equal(report.last_run, 3);
    assert_int_equal(restore_all(false), ERR_OK);
    assert_true(shop_try(&shop, restored_path));
    assert_int_equal(shop.store->restored, 3);
    assert_int_equal(store_backup_closed("/nowhere/weft.db", file, &report, &shop.e),
                     ERR_NOT_FOUND);
}

/* What tells restores apart is another number each time, though no run begins in between. */
static void generations_are_counted(void **state)
{
    (void)state;
    shop_send_ok(batch_accept(3, NULL, "{}"));
    for (int generation = 1; generation <= 3; generation++) {
        start_backup();
        wait_backup();
        assert_int_equal(outcome.code, ERR_OK);
        remove(restored_path);
        assert_int_equal(restore_all(false), ERR_OK);
        assert_int_equal(report.generation, generation);
        shop_close(&shop);
        assert_true(rename(restored_path, path) == 0);
        assert_true(shop_try(&shop, path));
        assert_int_equal(shop.store->restored, 2 + generation);
    }
}

/* Of a store without runs, too: items that a poll takes up may have been taken up before. */
static void an_empty_store_is_restored_as_well(void **state)
{
    (void)state;
    start_backup();
    wait_backup();
    assert_int_equal(restore_all(false), ERR_OK);
    reopen_restored();
    assert_int_not_equal(shop.store->restored, 0);
}

/* ---- what is refused */

static void a_backup_is_no_store(void **state)
{
    (void)state;
    shop_send_ok(batch_accept(3, NULL, "{}"));
    start_backup();
    wait_backup();
    shop_close(&shop);
    assert_false(shop_try(&shop, file));
    assert_int_equal(shop.e.code, ERR_CONFLICT);
    assert_non_null(strstr(shop.e.text, "weft restore"));
    shop.store = NULL;
}

static void what_is_no_backup_is_refused(void **state)
{
    static const char *const texts[] = { "", "no backup at all", "SQLite format 3" };

    (void)state;
    shop_send_ok(batch_accept(3, NULL, "{}"));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FILE *out = fopen(file, "wb");

        fputs(texts[i], out);
        fclose(out);
        assert_int_not_equal(restore_all(false), ERR_OK);
        assert_false(exists(restored_path));
    }
    shop_close(&shop);
    assert_int_equal(remove(file), 0);
    assert_int_equal(restore_all(false), ERR_NOT_FOUND);
    assert_int_equal(rename(path, file), 0); /* a plain copy of a store */
    assert_int_equal(restore_all(false), ERR_INVALID);
    assert_non_null(strstr(shop.e.text, "no backup"));
    assert_false(exists(restored_path));
    shop.store = NULL;
}

static void a_damaged_backup_is_refused(void **state)
{
    char *large = noise(300000);
    struct stat info;

    (void)state;
    for (unsigned i = 1; i < 50; i++)
        shop_send(&shop, batch_accept(i, NULL, "{\"some\":\"thing\"}"));
    shop_send_ok(batch_accept(5000, NULL, large));
    shop_wait(&shop);
    start_backup();
    wait_backup();
    assert_int_equal(stat(file, &info), 0);
    for (long at = 200; at < info.st_size; at += info.st_size / 40 + 7) {
        FILE *out = fopen(file, "r+b");
        int byte;

        assert_int_equal(fseek(out, at, SEEK_SET), 0);
        byte = fgetc(out);
        fseek(out, at, SEEK_SET);
        fputc(byte ^ 16, out);
        fclose(out);
        if (restore_all(false) == ERR_OK)
            fail_msg("byte %ld", at);
        assert_false(exists(restored_path));
        out = fopen(file, "r+b");
        fseek(out, at, SEEK_SET);
        fputc(byte, out);
        fclose(out);
    }
    assert_int_equal(restore_all(false), ERR_OK);
    mem_free(large);
}

static void the_former_store_is_put_aside(void **state)
{
    char former[160];

    (void)state;
    shop_send_ok(batch_accept(3, NULL, "{}"));
    start_backup();
    wait_backup();
    assert_int_equal(restore_all(false), ERR_OK);
    reopen_restored();
    shop_send_ok(batch_accept(4, NULL, "{}"));
    shop_close(&shop);
    assert_int_equal(restore_all(false), ERR_CONFLICT);
    assert_non_null(strstr(shop.e.text, "--replace"));
    assert_int_equal(restore_all(true), ERR_OK);
    assert_true(shop_try(&shop, restored_path));
    assert_int_equal(count_runs(shop.store), 1);
    shop_close(&shop);
    snprintf(former, sizeof former, "%s/former-20261121T130000Z/weft.db", data);
    assert_true(shop_try(&shop, former));
    assert_int_equal(count_runs(shop.store), 2);
}

/* A backup of one run, and a restore that did not come to its end. */
static void interrupt_restore(void)
{
    char part[160];
    FILE *out;

    shop_send_ok(batch_accept(3, NULL, "{}"));
    start_backup();
    wait_backup();
    shop_close(&shop);
    snprintf(part, sizeof part, "%s.part", restored_path);
    out = fopen(part, "wb");
    fclose(out);
}

static void an_interrupted_restore_makes_no_new_store(void **state)
{
    (void)state;
    interrupt_restore();
    assert_false(shop_try(&shop, restored_path));
    assert_int_equal(shop.e.code, ERR_CONFLICT);
    assert_non_null(strstr(shop.e.text, "interrupted"));
    assert_false(exists(restored_path));
    assert_int_equal(restore_all(false), ERR_OK); /* run again */
    assert_true(shop_try(&shop, restored_path));
    assert_int_equal(count_runs(shop.store), 1);
}

/* Who runs it again with a file that is no backup is no further than before. */
static void an_interrupted_restore_is_not_over_when_another_fails(void **state)
{
    static const char *const names[] = { "/nowhere/backup.db", restored_path, file };

    (void)state;
    interrupt_restore();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (i == 2)
            assert_int_equal(truncate(file, 1000), 0);
        assert_null(restore_prepare(names[i], data, false, &shop.e));
        assert_false(shop_try(&shop, restored_path));
        assert_int_equal(shop.e.code, ERR_CONFLICT);
        assert_non_null(strstr(shop.e.text, "interrupted"));
    }
    shop.store = NULL;
}

/* ---- what fails */

static void a_failure_leaves_the_former_file(void **state)
{
    static const char *const points[] = { "store.backup", "store.backup.fsync" };

    (void)state;
    shop_send_ok(batch_accept(3, NULL, "{}"));
    start_backup();
    wait_backup();
    for (size_t i = 0; i < 2; i++) {
        shop_send_ok(batch_accept(10 + i, NULL, "{}"));
        fault_arm(points[i], 1, false);
        start_backup();
        wait_backup();
        fault_disarm();
        assert_int_not_equal(outcome.code, ERR_OK);
    }
    start_backup(); /* which takes away what was left */
    wait_backup();
    assert_int_equal(outcome.code, ERR_OK);
    assert_false(part_exists());
    assert_int_equal(restore_all(false), ERR_OK);
    assert_int_equal(report.last_run, 11);
}

static void what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    assert_int_equal(store_backup(shop.store, shop.loop, "/nowhere/x", backup_told, NULL, &shop.e),
                     ERR_IO);
    assert_int_equal(store_backup(shop.store, shop.loop, path, backup_told, NULL, &shop.e),
                     ERR_USAGE);
    assert_int_equal(store_backup(shop.store, shop.loop, folder, backup_told, NULL, &shop.e),
                     ERR_USAGE);
    start_backup();
    assert_int_equal(store_backup(shop.store, shop.loop, file, backup_told, NULL, &shop.e),
                     ERR_CONFLICT);
    wait_backup();
    assert_int_equal(outcome.code, ERR_OK);
}

static void a_store_that_closes_gives_it_up(void **state)
{
    char *text = noise(40000);

    (void)state;
    for (unsigned i = 1; i < 200; i++)
        shop_send(&shop, batch_accept(i, NULL, text));
    shop_wait(&shop);
    start_backup();
    shop_close(&shop);
    assert_false(done);
    assert_false(part_exists());
    assert_false(exists(file));
    mem_free(text);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_acknowledged_comes_back),
        TEST(it_is_of_one_moment),
        TEST(a_store_that_grows_is_overtaken),
        TEST(a_closed_store_is_copied_too),
        TEST(generations_are_counted),
        TEST(an_empty_store_is_restored_as_well),
        TEST(a_backup_is_no_store),
        TEST(what_is_no_backup_is_refused),
        TEST(a_damaged_backup_is_refused),
        TEST(the_former_store_is_put_aside),
        TEST(an_interrupted_restore_makes_no_new_store),
        TEST(an_interrupted_restore_is_not_over_when_another_fails),
        TEST(a_failure_leaves_the_former_file),
        TEST(what_cannot_be_written_is_refused),
        TEST(a_store_that_closes_gives_it_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
