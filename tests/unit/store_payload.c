/* store_payload.c - large texts are files beside the store: kept before their rows, read back whole
 * or told to be damaged, removed when no run refers to them; and the disk's low-water mark. */
#include "store_shop.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/fault.h"
#include "store/sqlite/group_priv.h"

#define LARGE 200000u

/* Text that packs badly: random letters from a seed, as a JSON string. */
static char *large_text(unsigned seed, size_t size)
{
    char *text = mem_must(size + 1);
    uint64_t state = seed * UINT64_C(2654435761) + 1;

    for (size_t i = 1; i + 1 < size; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        text[i] = (char)('!' + (state >> 33) % 90);
        if (text[i] == '"' || text[i] == '\\')
            text[i] = '_';
    }
    text[0] = text[size - 1] = '"';
    text[size] = '\0';
    return text;
}

static void send_large(uint64_t run, unsigned seed, bool ended)
{
    char *input = large_text(seed, LARGE), *entries = large_text(seed + 1000, LARGE);
    struct store_batch *batch = batch_journal(batch_accept(run, NULL, input), 0, entries);

    if (ended)
        batch_end(batch, RUN_SUCCEEDED, NULL);
    shop_send_ok(batch);
    mem_free(input);
    mem_free(entries);
}

static bool see_input(void *arg, const struct store_run *run)
{
    char *want = large_text(*(unsigned *)arg, LARGE);

    assert_int_equal(run->input_size, LARGE);
    assert_memory_equal(run->input, want, LARGE + 1);
    mem_free(want);
    *(unsigned *)arg = 0;
    return true;
}

static bool see_entries(void *arg, uint32_t seq, const char *entries, size_t size)
{
    char *want = large_text(*(unsigned *)arg + 1000, LARGE);

    assert_int_equal(seq, 0);
    assert_int_equal(size, LARGE);
    assert_memory_equal(entries, want, LARGE);
    mem_free(want);
    *(unsigned *)arg = 0;
    return true;
}

static void expect_large(struct store *store, uint64_t run, unsigned seed)
{
    unsigned input = seed, entries = seed;

    assert_int_equal(store_run_find(store, run, see_input, &input, &shop.e), ERR_OK);
    assert_int_equal(input, 0);
    assert_int_equal(store_journal(store, run, see_entries, &entries, &shop.e), ERR_OK);
    assert_int_equal(entries, 0);
}

static unsigned files_there;
static char file_there[512]; /* one of them */

static int file_count(const char *name, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)at;
    if (kind == FTW_F && strstr(name, "/payloads/") != NULL) {
        files_there++;
        snprintf(file_there, sizeof file_there, "%s", name);
    }
    return 0;
}

static unsigned count_files(void)
{
    files_there = 0;
    assert_int_equal(nftw(folder, file_count, 16, FTW_PHYS), 0);
    return files_there;
}

static int64_t store_bytes(void)
{
    struct stat info;

    shop_again(); /* which copies the log */
    assert_int_equal(stat(path, &info), 0);
    return info.st_size;
}

/* ---- kept and read */

static void a_large_text_is_a_file(void **state)
{
    struct store *beside;
    int64_t before;

    (void)state;
    before = store_bytes();
    send_large(1, 7, false);
    expect_large(shop.store, 1, 7);
    assert_int_equal(count_files(), 2);
    assert_true(store_bytes() < before + 32768); /* not in the row */
    expect_large(shop.store, 1, 7);
    beside = store_sqlite_open_readonly(path, &shop.log, &shop.e);
    assert_non_null(beside);
    expect_large(beside, 1, 7);
    store_close(beside);
}

static void the_same_text_is_there_once(void **state)
{
    (void)state;
    send_large(1, 7, false);
    send_large(2, 7, false);
    send_large(3, 8, false);
    assert_int_equal(count_files(), 4);
    expect_large(shop.store, 1, 7);
    expect_large(shop.store, 2, 7);
    expect_large(shop.store, 3, 8);
}

static void rows_of_a_journal_are_files_too(void **state)
{
    char *entries = large_text(1005, LARGE);
    unsigned seed = 5;

    (void)state;
    shop_send_ok(batch_accept(1, NULL, "{}"));
    shop_send_ok(batch_journal(store_batch_new(1), 0, entries));
    assert_int_equal(count_files(), 1);
    assert_int_equal(store_journal(shop.store, 1, see_entries, &seed, &shop.e), ERR_OK);
    assert_int_equal(seed, 0);
    mem_free(entries);
}

static void what_packs_well_stays_in_its_row(void **state)
{
    char *text = mem_must(LARGE + 1);

    (void)state;
    memset(text, '1', LARGE);
    shop_send_ok(batch_accept(1, NULL, text));
    assert_int_equal(count_files(), 0);
    mem_free(text);
}

static bool see_nothing(void *arg, const struct store_run *run)
{
    (void)arg, (void)run;
    fail();
    return true;
}

static void damage_is_told(void **state)
{
    FILE *file;
    long at;

    (void)state;
    send_large(1, 7, false);
    assert_int_equal(count_files(), 2);
    for (int way = 0; way < 2; way++) {
        for (int i = 0; i < 2; i++) { /* both files */
            assert_true(count_files() > 0);
            file = fopen(file_there, "r+b");
            assert_non_null(file);
            assert_int_equal(fseek(file, 0, SEEK_END), 0);
            at = ftell(file) / 2;
            assert_int_equal(fseek(file, at, SEEK_SET), 0);
            assert_true(fputc('#', file) == '#');
            fclose(file);
            if (way == 1)
                assert_int_equal(remove(file_there), 0);
        }
    }
    assert_int_equal(count_files(), 0);
    assert_int_equal(store_run_find(shop.store, 1, see_nothing, NULL, &shop.e), ERR_STORE);
    assert_non_null(strstr(shop.e.text, "damaged"));
}

static void one_changed_byte_is_told(void **state)
{
    char *input = large_text(3, LARGE);
    FILE *file;

    (void)state;
    shop_send_ok(batch_accept(1, NULL, input));
    assert_int_equal(count_files(), 1);
    for (long at = 20; at < 100000; at += 9973) {
        int byte;

        file = fopen(file_there, "r+b");
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        byte = fgetc(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        fputc(byte ^ 1, file);
        fflush(file);
        assert_int_equal(store_run_find(shop.store, 1, see_nothing, NULL, &shop.e), ERR_STORE);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        fputc(byte, file);
        fclose(file);
    }
    mem_free(input);
}

/* ---- what fails */

static void a_full_disk_refuses_the_batch(void **state)
{
    char *input = large_text(3, LARGE);

    (void)state;
    for (unsigned nth = 1; nth <= 2; nth++) {
        fault_arm("store.payload", nth, false);
        shop_send(&shop, batch_journal(batch_accept(nth, NULL, input), 0, "[1]"));
        shop_send(&shop, batch_accept(100 + nth, NULL, "{}"));
        shop_wait(&shop);
        fault_disarm();
    }
    assert_int_equal(shop.told[0].code, ERR_STORE); /* the group is one transaction */
    assert_int_equal(shop.told[1].code, ERR_STORE);
    assert_non_null(strstr(shop.told[0].text, "free space"));
    assert_int_equal(shop.told[2].code, ERR_OK);
    shop_send_ok(batch_accept(1, NULL, input)); /* later there is room */
    mem_free(input);
}

static void a_failed_sync_is_the_end(void **state)
{
    char *input = large_text(3, LARGE);

    (void)state;
    fault_arm("store.payload.fsync", 1, false);
    shop_send(&shop, batch_accept(1, NULL, input));
    shop_wait(&shop);
    fault_disarm();
    assert_int_equal(shop_last(&shop)->code, ERR_FATAL);
    shop_send(&shop, batch_accept(2, NULL, "{}"));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_FATAL);
    mem_free(input);
}

/* ---- sweeping */

/* A round of all folders, on a connection of its own while the store is closed. */
static void sweep(unsigned rounds)
{
    struct db db = { .path = path };
    char *where = payload_folder(path);
    struct payloads *payloads = payloads_new(where, &shop.log);

    assert_int_equal(db_open(&db, path, SQLITE_OPEN_READWRITE), SQLITE_OK);
    for (unsigned i = 0; i < rounds; i++)
        payloads_sweep(payloads, &db, i);
    payloads_free(payloads);
    db_close(&db, true);
    mem_free(where);
}

static void what_no_run_refers_to_is_removed(void **state)
{
    struct store_batch *batch = store_batch_new(0);
    struct store_prune *prune = batch->prune = mem_must(sizeof *prune);

    (void)state;
    send_large(1, 7, true);
    send_large(2, 7, true);
    send_large(3, 8, true);
    send_large(4, 9, true);
    assert_int_equal(count_files(), 6);
    prune->workspace = mem_must_copy("main");
    prune->environment = mem_must_copy("production");
    prune->flow = mem_must_copy("orders");
    prune->before_ms = 4000;
    prune->limit = 2; /* 1 and 2 */
    shop_send_ok(batch);
    assert_int_equal(shop_last(&shop)->pruned, 2);
    assert_int_equal(count_files(), 6); /* a reader may still look at them */
    shop_close(&shop);
    sweep(1);
    assert_int_equal(count_files(), 6);
    sweep(257 + 6);
    assert_int_equal(count_files(), 4);
    assert_true(shop_try(&shop, path));
    expect_large(shop.store, 3, 8);
    expect_large(shop.store, 4, 9);
}

static void what_a_crash_left_is_swept(void **state)
{
    char orphan[256];
    FILE *file;

    (void)state;
    send_large(1, 7, false);
    shop_close(&shop);
    snprintf(orphan, sizeof orphan, "%s/payloads/ab", folder);
    (void)mkdir(orphan, 0700);
    snprintf(orphan, sizeof orphan, "%s/payloads/ab/%062d.zst", folder, 7);
    file = fopen(orphan, "wb");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(count_files(), 3);
    sweep(10);
    assert_int_equal(count_files(), 2);
    assert_true(shop_try(&shop, path));
    expect_large(shop.store, 1, 7);
}

/* ---- the low-water mark */

static void new_runs_wait_for_room(void **state)
{
    (void)state;
    assert_int_equal(store_sqlite_keep_free(shop.store, 1, 0, &shop.e), ERR_OK);
    shop_send_ok(batch_accept(1, NULL, "{}"));
    assert_int_equal(store_sqlite_keep_free(shop.store, UINT64_MAX / 2, 0, &shop.e), ERR_OK);
    for (int way = 0; way < 2; way++) {
        shop_send(&shop, batch_accept(2, NULL, "{}"));
        shop_send(&shop, batch_journal(store_batch_new(1), (uint32_t)way, "[0]")); /* goes on */
        shop_wait(&shop);
        assert_int_equal(shop.told[shop.heard - 2].code, ERR_STORE);
        assert_non_null(strstr(shop.told[shop.heard - 2].text, "free space"));
        assert_int_equal(shop_last(&shop)->code, ERR_OK);
    }
    /* a run that calls another flow goes on, too */
    struct store_batch *unit[2] = { batch_journal(store_batch_new(1), 2, "[2]"),
                                    batch_accept(3, NULL, "{}") };

    shop_send_all(&shop, unit, 2);
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_OK);
    assert_int_equal(store_sqlite_keep_free(shop.store, 0, 0, &shop.e), ERR_OK);
    shop_send_ok(batch_accept(2, NULL, "{}"));
}

static void the_mark_has_a_slope(void **state)
{
    struct space_keep keep = { .path = folder, .bytes = 1 };
    struct space space;
    char text[SPACE_TEXT];
    int64_t now = 1000;

    (void)state;
    space_init(&space);
    space_set(&space, &keep);
    assert_null(space_low(&space, now, &shop.log, text));
    fault_arm("store.space", 1, true);
    assert_null(space_low(&space, now + 999, &shop.log, text)); /* looks once a second */
    assert_non_null(space_low(&space, now += 1000, &shop.log, text));
    fault_disarm();
    assert_non_null(space_low(&space, now + 999, &shop.log, text));
    assert_null(space_low(&space, now += 1000, &shop.log, text));
    keep.percent = 100; /* nobody has that much */
    space_set(&space, &keep);
    assert_non_null(space_low(&space, now += 1000, &shop.log, text));
    assert_non_null(space_low(&space, now += 1000, &shop.log, text));
    assert_int_equal(space_ready(&space, now, &shop.log, &shop.e), ERR_STORE);
    assert_non_null(strstr(text, folder));
    assert_null(strstr(shop.e.text, folder)); /* who asks need not know */
    space_fini(&space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_DISK(a_large_text_is_a_file),
        ON_DISK(the_same_text_is_there_once),
        ON_DISK(rows_of_a_journal_are_files_too),
        ON_DISK(what_packs_well_stays_in_its_row),
        ON_DISK(damage_is_told),
        ON_DISK(one_changed_byte_is_told),
        ON_DISK(a_full_disk_refuses_the_batch),
        ON_DISK(a_failed_sync_is_the_end),
        ON_DISK(what_no_run_refers_to_is_removed),
        ON_DISK(what_a_crash_left_is_swept),
        ON_DISK(new_runs_wait_for_room),
        ON_DISK(the_mark_has_a_slope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
