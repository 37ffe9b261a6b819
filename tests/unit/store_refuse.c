/* store_refuse.c - files that are not taken, and damage that is noticed. */
#include "store_old.h"

#include <sqlite3.h>

#include "store/sqlite/page_priv.h"
#include "store/sqlite/schema_priv.h"

static void with_sqlite(const char *vfs, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs),
                     SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static char *file_read(const char *name, size_t *size)
{
    FILE *file = fopen(name, "rb");
    char *bytes;

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = mem_must(*size + 1);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void file_write(const char *name, const char *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Opening fails with this code and words, for writing and for reading, and changes nothing. */
static void refused(enum err_code code, const char *words)
{
    size_t before_size, after_size;
    char *before = file_read(path, &before_size), *after;

    for (int i = 0; i < 2; i++) {
        if (i == 0)
            assert_false(shop_try(&shop, path));
        else
            assert_null(store_sqlite_open_readonly(path, &shop.log, &shop.e));
        if (shop.e.code != code || strstr(shop.e.text, words) == NULL)
            fail_msg("%s: %s", err_name(shop.e.code), shop.e.text);
        assert_non_null(strstr(shop.e.text, path));
    }
    after = file_read(path, &after_size);
    assert_int_equal(after_size, before_size);
    assert_memory_equal(after, before, after_size);
    mem_free(before);
    mem_free(after);
}

/* ---- other files */

static void a_newer_store_is_refused_and_left_alone(void **state)
{
    char sql[64], words[64];

    (void)state;
    assert_true(shop_try(&shop, path));
    shop_close(&shop);
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", SCHEMA_NUMBER + 6);
    with_sqlite(PAGE_VFS, sql);
    snprintf(words, sizeof words, "number %d, this program knows up to %d", SCHEMA_NUMBER + 6,
             SCHEMA_NUMBER);
    refused(ERR_CONFLICT, words);
}

static void another_programs_file_is_refused_and_left_alone(void **state)
{
    (void)state;
    with_sqlite(NULL, "CREATE TABLE bookmarks (url TEXT)");
    refused(ERR_CONFLICT, "not a Weft store");
    with_sqlite(NULL, "PRAGMA application_id = 252006675; PRAGMA user_version = 1");
    refused(ERR_CONFLICT, "not a Weft store");
    file_write(path, "This is a letter, and not a store at all. ", 42);
    refused(ERR_CONFLICT, "not a Weft store");
}

static void a_store_cut_short_is_refused(void **state)
{
    size_t size;
    char *bytes;

    (void)state;
    assert_true(shop_try(&shop, path));
    shop_close(&shop);
    bytes = file_read(path, &size);
    assert_true(size > 3 * 4096);
    file_write(path, bytes, size - 4096);
    assert_false(shop_try(&shop, path));
    assert_non_null(strstr(shop.e.text, "damaged"));
    file_write(path, bytes, 100);
    assert_false(shop_try(&shop, path));
    mem_free(bytes);
}

static void an_empty_file_becomes_a_store(void **state)
{
    struct ledger ledger = { .runs = 3 };

    (void)state;
    file_write(path, "", 0);
    assert_true(shop_try(&shop, path));
    ledger_play(&ledger, &shop, 3);
    assert_true(ledger_ended(&ledger));
    shop_close(&shop);
}

static int64_t number_of_store(void)
{
    struct db db = { .path = path };
    int64_t number = -1;

    assert_int_equal(db_open(&db, path, SQLITE_OPEN_READONLY), SQLITE_OK);
    assert_int_equal(schema_check(&db, &number, &shop.e), ERR_OK);
    db_close(&db, false);
    return number;
}

/* Each earlier number comes up to today's with all that it holds, and goes on. */
static void every_earlier_store_is_brought_up_to_date(void **state)
{
    (void)state;
    for (int from = 0; from < SCHEMA_NUMBER; from++) {
        struct ledger ledger = { .first = 100, .runs = 3 };

        store_remove();
        old_make(from);
        assert_int_equal(number_of_store(), from);
        if (from > 0) {
            assert_null(store_sqlite_open_readonly(path, &shop.log, &shop.e));
            assert_int_equal(shop.e.code, ERR_CONFLICT);
            assert_int_equal(number_of_store(), from);
        }
        for (int i = 0; i < 2; i++) {
            assert_true(shop_try(&shop, path));
            if (from > 0)
                old_verify(shop.store);
            ledger_play(&ledger, &shop, 3);
            ledger_verify(&ledger, shop.store);
            shop_close(&shop);
        }
        assert_int_equal(number_of_store(), SCHEMA_NUMBER);
    }
}

static void the_store_is_its_owners_only(void **state)
{
    struct stat info;

    (void)state;
    umask(0);
    assert_true(shop_try(&shop, path));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    shop_close(&shop);
    assert_false(shop_try(&shop, "/nowhere/weft.db"));
    assert_int_equal(shop.e.code, ERR_IO);
    assert_non_null(strstr(shop.e.text, "/nowhere/weft.db"));
}

/* ---- damage */

struct look {
    bool lied; /* shown, and not what was written */
    struct ledger_row row;
};

static bool look_journal(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct look *look = arg;
    char text[64];

    ledger_text(text, "row", look->row.run, seq);
    look->lied = look->lied || seq != look->row.rows || size != strlen(text) ||
                 memcmp(entries, text, size) != 0;
    look->row.rows++;
    return true;
}

static bool look_run(void *arg, const struct store_run *run)
{
    struct look *look = arg;
    char input[64];

    look->row.run = run->run;
    ledger_text(input, "input", run->run, 0);
    look->lied = look->lied || strcmp(run->input, input) != 0 || run->dedupe == NULL ||
                 strcmp(run->dedupe, input) != 0 || run->status != RUN_SUCCEEDED ||
                 run->received_ms != 1000 || run->ended_ms != 2000 || run->error != NULL;
    return true;
}

/* Reads every run of the ledger. What is shown must be true; returns how
 * many reads were refused. */
static unsigned read_all(const struct ledger *ledger)
{
    unsigned refusals = 0;

    for (unsigned i = 0; i < ledger->runs; i++) {
        struct look look = { .row = { .run = i + 1 } };
        struct err e;

        if (store_run_find(shop.store, i + 1, look_run, &look, &e) != ERR_OK ||
            store_journal(shop.store, i + 1, look_journal, &look, &e) != ERR_OK ||
            look.row.rows < 3)
            refusals++;
        assert_false(look.lied);
    }
    return refusals;
}

static unsigned try_damaged(const char *bytes, size_t size, const struct ledger *ledger)
{
    unsigned refusals = 0;

    file_write(path, bytes, size);
    shop.store = store_sqlite_open_readonly(path, &shop.log, &shop.e);
    if (shop.store == NULL)
        return 1;
    refusals = read_all(ledger);
    store_close(shop.store);
    return refusals;
}

static void flips_are_noticed(const char *bytes, char *hurt, size_t size,
                              const struct ledger *ledger)
{
    unsigned needed = 0, noise = 7;

    for (size_t page = 0; page < size / 4096; page++) {
        unsigned refused = 0;

        for (unsigned i = 0; i < 200; i++) {
            noise = noise * 1103515245u + 12345u;
            memcpy(hurt, bytes, size);
            hurt[page * 4096 + (noise >> 8) % 4096] ^= (char)(1 << (noise >> 24) % 8);
            refused += try_damaged(hurt, size, ledger) > 0;
        }
        /* A page that reading needs is refused for any bit. The header in page 1 is looked at by
         * itself. */
        if (page > 0)
            assert_true(refused == 0 || refused == 200);
        needed += refused == 200;
    }
    assert_true(needed >= 6); /* flow, scope, origin, run, journal and its index */
}

/* Page by page: a bit flips, the page is zeroed, two pages change places. Not one read may show
 * what was not written. */
static void damage_is_never_shown_as_truth(void **state)
{
    struct ledger ledger = { .runs = 40 };
    char *bytes, *hurt;
    size_t size, pages;

    (void)state;
    assert_true(shop_try(&shop, path));
    ledger_play(&ledger, &shop, 4);
    assert_true(ledger_ended(&ledger));
    shop_close(&shop);
    bytes = file_read(path, &size);
    hurt = mem_must(size);
    pages = size / 4096;
    assert_int_equal(try_damaged(bytes, size, &ledger), 0);
    flips_are_noticed(bytes, hurt, size, &ledger);
    for (size_t i = 0; i < pages; i++) {
        memcpy(hurt, bytes, size);
        memset(hurt + i * 4096, 0, 4096);
        (void)try_damaged(hurt, size, &ledger);
        for (size_t k = i + 1; k < pages; k++) {
            memcpy(hurt, bytes, size);
            memcpy(hurt + i * 4096, bytes + k * 4096, 4096);
            memcpy(hurt + k * 4096, bytes + i * 4096, 4096);
            (void)try_damaged(hurt, size, &ledger);
        }
    }
    mem_free(hurt);
    mem_free(bytes);
}

/* Flips a bit in every place of a file that says so; the file is another's, so
 * it is not rewritten. */
static void flip_where(const char *name, const char *text)
{
    size_t size, at = 0, found = 0;
    char *bytes = file_read(name, &size), *hit;
    int fd = open(name, O_WRONLY);

    while ((hit = memmem(bytes + at, size - at, text, strlen(text))) != NULL) {
        char flipped = hit[4] ^ 1;

        at = (size_t)(hit - bytes) + 4;
        assert_int_equal(pwrite(fd, &flipped, 1, (off_t)at), 1);
        found++;
    }
    assert_true(found > 0);
    close(fd);
    mem_free(bytes);
}

/* In the log, which has no sums that are looked at while the store is open: the rows have their
 * own. */
static void one_damaged_run_does_not_hide_the_others(void **state)
{
    const struct store_runs_filter all = { .status = -1 };
    struct ledger ledger = { .runs = 10 };
    struct look look = { .lied = false };
    char wal[128];

    (void)state;
    assert_true(shop_try(&shop, path));
    ledger_play(&ledger, &shop, 4);
    snprintf(wal, sizeof wal, "%s-wal", path);
    flip_where(wal, "row 0 of run 7\"");
    assert_int_equal(read_all(&ledger), 1);
    assert_int_equal(store_run_find(shop.store, 7, look_run, &look, &shop.e), ERR_STORE);
    assert_non_null(strstr(shop.e.text, "0000000000007 is damaged"));
    assert_int_equal(store_runs(shop.store, &all, look_run, &look, &shop.e), ERR_STORE);
    assert_int_equal(look.row.run, 1); /* the walk went to its end */
    shop_close(&shop);
}

/* In the file: all of that page is refused, what stands elsewhere is shown, and
 * the store goes on. */
static void a_damaged_page_does_not_hide_the_others(void **state)
{
    struct ledger ledger = { .runs = 64 };
    struct look look = { .lied = false };
    unsigned refusals;

    (void)state;
    assert_true(shop_try(&shop, path));
    ledger_play(&ledger, &shop, 4);
    shop_close(&shop);
    flip_where(path, "row 0 of run 7\"");
    assert_true(shop_try(&shop, path));
    shop_send(&shop, batch_accept(100, NULL, "{}"));
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_OK);
    refusals = read_all(&ledger);
    assert_true(refusals > 0 && refusals < 50);
    assert_int_equal(store_run_find(shop.store, 7, look_run, &look, &shop.e), ERR_STORE);
    assert_non_null(strstr(shop.e.text, "the file is damaged"));
    shop_send(&shop, batch_end(store_batch_new(7), RUN_FAILED, NULL)); /* needs that page */
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_FATAL);
    shop_close(&shop);
}

/* A log that belongs to another store is not played into this one. */
static void a_foreign_log_is_not_played(void **state)
{
    struct ledger ledger = { .runs = 5 };
    char wal[128], *bytes;
    size_t size;

    (void)state;
    assert_true(shop_try(&shop, path));
    ledger_play(&ledger, &shop, 4);
    snprintf(wal, sizeof wal, "%s-wal", path);
    bytes = file_read(wal, &size);
    shop_close(&shop);
    memset(bytes + 16, 0x5a, 8); /* the salt of another log */
    file_write(wal, bytes, size);
    assert_true(shop_try(&shop, path));
    ledger_verify(&ledger, shop.store);
    shop_close(&shop);
    mem_free(bytes);
}

#define TEST(test)                                  \
    {                                               \
#test, test, folder_begin, folder_end, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_newer_store_is_refused_and_left_alone),
        TEST(another_programs_file_is_refused_and_left_alone),
        TEST(a_store_cut_short_is_refused),
        TEST(an_empty_file_becomes_a_store),
        TEST(every_earlier_store_is_brought_up_to_date),
        TEST(the_store_is_its_owners_only),
        TEST(damage_is_never_shown_as_truth),
        TEST(one_damaged_run_does_not_hide_the_others),
        TEST(a_damaged_page_does_not_hide_the_others),
        TEST(a_foreign_log_is_not_played),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
