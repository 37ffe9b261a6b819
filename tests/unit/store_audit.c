/* store_audit.c - the audit chain: what is written is found again, and each way of tampering with
 * it is told with the first record that is not right. */
#include "store_help.h"

#include <sqlite3.h>

#include "base/hash.h"
#include "store/audit.h"

static char folder[YARD_PATH], path[96];
static struct shop shop;
static const unsigned char key[STORE_AUDIT_KEY] = "a key of exactly thirty-two byte";

static int begin(void **state)
{
    (void)state;
    yard_make(folder);
    snprintf(path, sizeof path, "%s/weft.db", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    yard_remove(folder);
    return 0;
}

/* Of a store that nobody has open. */
static void store_copy(const char *from, const char *to)
{
    static char bytes[1 << 20];
    char log[160];
    FILE *file = fopen(from, "rb");
    size_t size;

    assert_non_null(file);
    size = fread(bytes, 1, sizeof bytes, file);
    assert_true(size > 0 && size < sizeof bytes);
    fclose(file);
    snprintf(log, sizeof log, "%s-wal", to);
    remove(log);
    snprintf(log, sizeof log, "%s-shm", to);
    remove(log);
    file = fopen(to, "wb");
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void open_store(void)
{
    assert_true(shop_try(&shop, path));
    assert_int_equal(store_audit_key(shop.store, key, &shop.e), ERR_OK);
}

static void send_record(int number)
{
    struct store_batch *batch = store_batch_new(0);
    char text[96];

    snprintf(text, sizeof text, "{\"by\":\"anna\",\"what\":\"deploy\",\"object\":\"flow %d\"}",
             number);
    batch->audit = mem_must_copy(text);
    batch->audit_ms = 1700000000000 + number;
    shop_send(&shop, batch);
}

/* Records 1 to count, some of them in one group, over two openings of the store. */
static void make_chain(int count)
{
    open_store();
    for (int i = 1; i <= count; i++) {
        send_record(i);
        if (i % 3 == 0)
            shop_wait(&shop);
        if (i == count / 2) {
            shop_wait(&shop);
            shop_close(&shop);
            open_store();
        }
    }
    shop_wait(&shop);
    shop_close(&shop);
}

static enum err_code verify_with(const unsigned char *with, struct store_audit_report *report)
{
    struct store *store = store_sqlite_open_readonly(path, &shop.log, &shop.e);
    enum err_code code;

    assert_non_null(store);
    code = store_audit_verify(store, with, report, &shop.e);
    store_close(store);
    return code;
}

static void expect_right(int records)
{
    struct store_audit_report report;

    assert_int_equal(verify_with(key, &report), ERR_OK);
    assert_int_equal(report.records, records);
    assert_int_equal(report.bad, 0);
    assert_int_equal(strlen(report.end), 64);
}

/* Whoever can write the file has every right but the key. The layer of the store keeps its sums. */
static void tamper(const char *sql)
{
    char *error = NULL;
    sqlite3 *db;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "weft"), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
    sqlite3_close(db);
}

static bool count_record(void *arg, const struct store_audit_record *record)
{
    int *count = arg;
    char word[32];

    ++*count;
    snprintf(word, sizeof word, "flow %d\"", *count);
    assert_int_equal(record->seq, *count);
    assert_int_equal(record->at_ms, 1700000000000 + *count);
    assert_non_null(strstr(record->text, word));
    return *count < 15;
}

static void what_is_written_is_found(void **state)
{
    int count = 0;

    (void)state;
    make_chain(20);
    expect_right(20);
    open_store();
    assert_int_equal(store_audit(shop.store, 0, 0, count_record, &count, &shop.e), ERR_OK);
    assert_int_equal(count, 15); /* it had seen enough */
    count = 12;
    assert_int_equal(store_audit(shop.store, 12, 2, count_record, &count, &shop.e), ERR_OK);
    assert_int_equal(count, 14);
    shop_close(&shop);
}

static void each_way_of_tampering_is_found(void **state)
{
    static const struct {
        const char *sql;
        int bad; /* the first record that is not right; 0: the end's note */
        const char *words;
    } ways[] = {
        { "UPDATE audit SET text = replace(text, 'anna', 'bert') WHERE seq = 7", 7, "changed" },
        { "UPDATE audit SET at_ms = at_ms + 1 WHERE seq = 1", 1, "changed" },
        { "UPDATE audit SET mac = zeroblob(32) WHERE seq = 20", 20, "changed" },
        { "UPDATE audit SET mac = x'00' WHERE seq = 4", 4, "changed" },
        { "DELETE FROM audit WHERE seq = 1", 1, "taken away" },
        { "DELETE FROM audit WHERE seq = 9", 9, "taken away" },
        { "DELETE FROM audit WHERE seq = 9; UPDATE audit SET seq = seq - 1 WHERE seq > 9", 9,
          "changed" },
        { "DELETE FROM audit WHERE seq = 20", 20, "cut off" },
        { "DELETE FROM audit WHERE seq > 11", 12, "cut off" },
        { "DELETE FROM audit", 1, "cut off" },
        { "INSERT INTO audit SELECT 21, at_ms, text, mac FROM audit WHERE seq = 20", 21, "put in" },
        { "INSERT INTO audit SELECT 0, at_ms, text, mac FROM audit WHERE seq = 1", 1,
          "put in before" },
        { "UPDATE audit SET seq = 100 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6;"
          " UPDATE audit SET seq = 6 WHERE seq = 100",
          5, "moved" },
        /* swaps the texts alone */
        { "UPDATE audit SET text = (SELECT text FROM audit WHERE seq = 3) WHERE seq = 2", 2,
          "changed" },
        /* who cuts off moves the end's note, too, but cannot sign it */
        { "DELETE FROM audit WHERE seq > 11; UPDATE meta SET value = (SELECT '11 ' ||"
          " lower(hex(mac)) FROM audit WHERE seq = 11) || substr(value, 68)"
          " WHERE name = 'audit_end'",
          0, "was changed" },
        { "UPDATE meta SET value = '' WHERE name = 'audit_end'", 0, "was changed" },
        { "UPDATE meta SET value = '0' || value WHERE name = 'audit_end'", -1,
          NULL }, /* reads alike */
        { "DELETE FROM meta WHERE name = 'audit_end'", 0, "not there" },
        { "DELETE FROM audit; DELETE FROM meta WHERE name = 'audit_end'", 0, "not there" },
    };
    struct store_audit_report report;
    char kept[128];

    (void)state;
    make_chain(20);
    snprintf(kept, sizeof kept, "%s/kept.db", folder);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (i == 0)
            store_copy(path, kept);
        else
            store_copy(kept, path);
        tamper(ways[i].sql);
        if (ways[i].bad < 0) {
            expect_right(20);
            continue;
        }
        if (verify_with(key, &report) != ERR_INVALID)
            fail_msg("not found: %s", ways[i].sql);
        assert_int_equal(report.bad, ways[i].bad);
        if (strstr(shop.e.text, ways[i].words) == NULL)
            fail_msg("%s: %s", ways[i].sql, shop.e.text);
    }
}

/* What was written behind it since makes nobody forget it. */
static void tampering_is_not_built_upon(void **state)
{
    static const char *const ways[] = {
        "DELETE FROM audit WHERE seq = 20",
        "DELETE FROM audit WHERE seq > 11",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE seq > 11; DELETE FROM meta WHERE name = 'audit_end'",
        "DELETE FROM audit WHERE seq > 11; UPDATE meta SET value = '' WHERE name = 'audit_end'",
        "DELETE FROM audit; UPDATE meta SET value = 'x' WHERE name = 'audit_end'",
        "DELETE FROM audit WHERE seq > 11; UPDATE meta SET value = '11' || substr(value, 3)",
        "INSERT INTO audit SELECT 21, at_ms, text, mac FROM audit WHERE seq = 20",
    };
    struct store_audit_report report;
    char kept[128];

    (void)state;
    make_chain(20);
    snprintf(kept, sizeof kept, "%s/kept.db", folder);
    store_copy(path, kept);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        store_copy(kept, path);
        tamper(ways[i]);
        make_chain(4);
        if (verify_with(key, &report) != ERR_INVALID)
            fail_msg("not found any more: %s", ways[i]);
        assert_in_range(report.bad, 1, 21);
    }
}

/* One changed byte anywhere in a record or the note is found. */
static void any_changed_byte_is_found(void **state)
{
    struct store_audit_report report;
    char kept[128], sql[256];

    (void)state;
    make_chain(4);
    snprintf(kept, sizeof kept, "%s/kept.db", folder);
    store_copy(path, kept);
    for (int at = 1; at <= 48; at++) {
        store_copy(kept, path);
        snprintf(sql, sizeof sql,
                 "UPDATE audit SET text = substr(text, 1, %d) || '#' || substr(text, %d)"
                 " WHERE seq = 3",
                 at - 1, at + 1);
        tamper(sql);
        assert_int_equal(verify_with(key, &report), ERR_INVALID);
        assert_int_equal(report.bad, 3);
        assert_int_equal(report.records, 2);
    }
    for (int at = 3; at <= 131; at += 4) {
        store_copy(kept, path);
        snprintf(sql, sizeof sql,
                 "UPDATE meta SET value = substr(value, 1, %d) || '#' || substr(value, %d)"
                 " WHERE name = 'audit_end'",
                 at - 1, at + 1);
        tamper(sql);
        assert_int_equal(verify_with(key, &report), ERR_INVALID);
    }
}

static void another_key_does_not_verify(void **state)
{
    unsigned char other[STORE_AUDIT_KEY];
    struct store_audit_report report;

    (void)state;
    make_chain(3);
    memcpy(other, key, sizeof other);
    other[31] ^= 1;
    assert_int_equal(verify_with(other, &report), ERR_INVALID);
    assert_non_null(strstr(shop.e.text, "master key"));
}

/* A record is kept with what it tells of, or neither is. */
static void a_record_goes_with_its_batch(void **state)
{
    struct store_fact fact = { .op = FACT_ADD, .kind = FACT_TASK, .key = "k", .value = "{}" };

    (void)state;
    open_store();
    for (int i = 0; i < 2; i++) {
        struct store_batch *batch = store_batch_new(0);

        store_batch_fact(batch, &fact);
        batch->audit = mem_must_copy("{\"what\":\"decide\"}");
        shop_send(&shop, batch);
        send_record(i);
        shop_wait(&shop);
    }
    assert_int_equal(shop.told[0].code, ERR_OK);
    assert_int_equal(shop.told[2].code, ERR_CONFLICT); /* its record is not there either */
    assert_int_equal(shop.told[3].code, ERR_OK);
    shop_close(&shop);
    expect_right(3);
}

static void no_record_without_a_key(void **state)
{
    struct store_audit_report report;

    (void)state;
    assert_true(shop_try(&shop, path));
    send_record(1);
    shop_wait(&shop);
    assert_int_equal(shop_last(&shop)->code, ERR_INTERNAL);
    shop_close(&shop);
    assert_int_equal(verify_with(key, &report), ERR_INVALID); /* an empty chain is none */
    shop_try_fake(&shop);
    assert_int_equal(store_audit_key(shop.store, key, &shop.e), ERR_NOT_FOUND);
    shop_close(&shop);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_found),    TEST(each_way_of_tampering_is_found),
        TEST(tampering_is_not_built_upon), TEST(any_changed_byte_is_found),
        TEST(another_key_does_not_verify), TEST(a_record_goes_with_its_batch),
        TEST(no_record_without_a_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
