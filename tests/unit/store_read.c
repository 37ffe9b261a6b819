/* store_read.c - what the store shows: lists, versions, deployments, secrets; from here and from
 * beside. */
#include "store_shop.h"

#include <pthread.h>
#include <sqlite3.h>

#include "store/sqlite/sql_priv.h"

/* ---- lists of runs */

struct ids {
    char text[512]; /* "9 8 7 " */
    unsigned enough;
};

static bool take_id(void *arg, const struct store_run *run)
{
    struct ids *ids = arg;
    size_t used = strlen(ids->text);

    snprintf(ids->text + used, sizeof ids->text - used, "%d ", (int)run->run);
    return ids->enough == 0 || --ids->enough > 0;
}

static const char *list_of(struct store *store, const struct store_runs_filter *filter)
{
    static struct ids ids;
    struct err e;

    memset(&ids, 0, sizeof ids);
    assert_int_equal(store_runs(store, filter, take_id, &ids, &e), ERR_OK);
    return ids.text;
}

#define ANY -1
#define LIST(wanted, ...) \
    list_of(shop.store, &(const struct store_runs_filter){ .status = wanted, __VA_ARGS__ })

/* 1..12: flow orders or refunds, each status in turn. */
static void fill(void)
{
    static const enum run_status statuses[] = { RUN_SUCCEEDED, RUN_ACTIVE,    RUN_FAILED,
                                                RUN_IN_DOUBT,  RUN_CANCELLED, RUN_SUCCEEDED };

    for (unsigned i = 0; i < 12; i++) {
        const struct store_accept accept = { .workspace = "main",
                                             .environment = i % 2 == 0 ? "production" : "sandbox",
                                             .flow = i < 6 ? "orders" : "refunds",
                                             .version = "v1",
                                             .trigger = "hook",
                                             .input = "{}",
                                             .input_size = 2 };
        struct store_batch *batch = store_batch_new(1 + i);

        store_batch_accept(batch, &accept);
        if (i % 6 != 1)
            batch_end(batch, statuses[i % 6], NULL);
        shop_send(&shop, batch);
    }
    shop_wait(&shop);
}

static void lists_come_in_pages_from_either_end(void **state)
{
    (void)state;
    assert_string_equal(LIST(ANY, .limit = 0), "");
    fill();
    assert_string_equal(LIST(ANY, .limit = 0), "12 11 10 9 8 7 6 5 4 3 2 1 ");
    assert_string_equal(LIST(ANY, .limit = 3), "12 11 10 ");
    assert_string_equal(LIST(ANY, .limit = 3, .before = 10), "9 8 7 ");
    assert_string_equal(LIST(ANY, .limit = 3, .after = 9), "10 11 12 ");
    assert_string_equal(LIST(ANY, .limit = 3, .after = 1), "2 3 4 ");
    assert_string_equal(LIST(ANY, .limit = 3, .before = 1), "");
    assert_string_equal(LIST(ANY, .limit = 3, .after = 12), "");
}

static void lists_by_flow_and_status(void **state)
{
    (void)state;
    fill();
    assert_string_equal(LIST(ANY, .flow = "refunds"), "12 11 10 9 8 7 ");
    assert_string_equal(LIST(ANY, .flow = "refunds", .after = 9), "10 11 12 ");
    assert_string_equal(LIST(ANY, .flow = "none"), "");
    assert_string_equal(LIST(RUN_FAILED, .before = 0), "9 3 ");
    assert_string_equal(LIST(RUN_FAILED, .after = 3), "9 ");
    assert_string_equal(LIST(RUN_FAILED, .flow = "orders"), "3 ");
    assert_string_equal(LIST(RUN_FAILED, .flow = "none"), "");
    assert_string_equal(LIST(RUN_ACTIVE, .before = 0), "8 2 ");
    assert_string_equal(LIST(RUN_IN_DOUBT, .before = 0), "10 4 ");
    assert_string_equal(LIST(RUN_CANCELLED, .before = 0), "11 5 ");
    assert_string_equal(LIST(RUN_SUCCEEDED, .before = 0), "12 7 6 1 ");
    assert_string_equal(LIST(RUN_SUCCEEDED, .flow = "orders", .limit = 1), "6 ");
}

static void the_unfinished_come_oldest_first(void **state)
{
    (void)state;
    fill();
    assert_string_equal(LIST(ANY, .unfinished = true), "2 4 8 10 ");
    assert_string_equal(LIST(ANY, .unfinished = true, .limit = 2), "2 4 ");
    assert_string_equal(LIST(ANY, .unfinished = true, .limit = 2, .after = 4), "8 10 ");
    assert_string_equal(LIST(ANY, .unfinished = true, .before = 10), "8 4 2 ");
    assert_string_equal(LIST(ANY, .unfinished = true, .flow = "refunds"), "8 10 ");
    assert_string_equal(LIST(RUN_IN_DOUBT, .unfinished = true), "4 10 ");
    assert_string_equal(LIST(RUN_SUCCEEDED, .unfinished = true), "");
    shop_send(&shop, batch_end(store_batch_new(2), RUN_SUCCEEDED, NULL));
    shop_send(&shop, batch_end(store_batch_new(4), RUN_ACTIVE, NULL));
    shop_wait(&shop);
    assert_string_equal(LIST(ANY, .unfinished = true), "4 8 10 ");
}

static void a_visitor_ends_the_walk(void **state)
{
    struct store_runs_filter filter = { .status = -1 };
    struct ids ids = { .enough = 2 };

    (void)state;
    fill();
    assert_int_equal(store_runs(shop.store, &filter, take_id, &ids, &shop.e), ERR_OK);
    assert_string_equal(ids.text, "12 11 ");
}

static bool take_rows(void *arg, uint32_t seq, const char *entries, size_t size)
{
    unsigned *rows = arg;

    (void)seq, (void)entries, (void)size;
    ++*rows;
    return true;
}

static bool take_id_and_rows(void *arg, const struct store_run *run)
{
    struct err e;

    assert_int_equal(store_journal(shop.store, run->run, take_rows, arg, &e), ERR_OK);
    return true;
}

/* What recovery does. */
static void a_visitor_may_read_again(void **state)
{
    struct store_runs_filter filter = { .status = -1, .unfinished = true };
    unsigned rows = 0;

    (void)state;
    for (unsigned i = 1; i <= 5; i++) {
        shop_send(&shop, batch_journal(batch_accept(i, NULL, "{}"), 0, "[0]"));
        shop_send(&shop, batch_journal(store_batch_new(i), 1, "[1]"));
    }
    shop_wait(&shop);
    assert_int_equal(store_runs(shop.store, &filter, take_id_and_rows, &rows, &shop.e), ERR_OK);
    assert_int_equal(rows, 10);
}

/* Each list walks an index in the wanted order: no list sorts, none looks at all runs. Nor does
 * what prunes. */
static void lists_stand_on_indexes(void **state)
{
    static const char *const sql[] = {
#define X(name, text) text,
        SQL_TABLE(X)
#undef X
    };
    sqlite3 *db = NULL;

    (void)state;
    fill();
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (enum sql i = SQL_META_FIND; i <= SQL_JOURNAL; i++) {
        char explain[4096];
        sqlite3_stmt *stmt = NULL;
        bool all = i == SQL_RUNS_DOWN || i == SQL_RUNS_UP; /* these begin at an id */

        snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql[i]);
        assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(stmt, 3);

            if (strstr(step, "TEMP B-TREE") != NULL || strncmp(step, "SCAN", 4) == 0)
                fail_msg("%s: %s", sql[i], step);
            assert_true(i != SQL_DUE || strstr(step, "COVERING INDEX run_due") != NULL);
            if (all && strncmp(step, "SEARCH r", 8) == 0)
                assert_non_null(strstr(step, "INTEGER PRIMARY KEY"));
        }
        sqlite3_finalize(stmt);
    }
    sqlite3_close(db);
}

/* ---- versions, deployments, secrets */

static void a_version_is_kept_once(void **state)
{
    char *bundle = NULL;
    size_t size = 0;

    (void)state;
    assert_int_equal(store_version(shop.store, "d1", &bundle, &size, &shop.e), ERR_NOT_FOUND);
    assert_null(bundle);
    assert_int_equal(store_put_version(shop.store, "d1", "orders", "{\"a\":1}", 7, 5, &shop.e),
                     ERR_OK);
    assert_int_equal(store_put_version(shop.store, "d1", "orders", "other", 5, 6, &shop.e), ERR_OK);
    assert_int_equal(store_version(shop.store, "d1", &bundle, &size, &shop.e), ERR_OK);
    assert_int_equal(size, 7);
    assert_string_equal(bundle, "{\"a\":1}");
    mem_free(bundle);
}

static bool take_deployment(void *arg, const char *workspace, const char *environment,
                            const char *flow, const char *version)
{
    char *text = arg;
    size_t used = strlen(text);

    snprintf(text + used, 256 - used, "%s/%s/%s=%s ", workspace, environment, flow, version);
    return true;
}

static void deployments_are_replaced_and_removed(void **state)
{
    char text[256] = "";

    (void)state;
    assert_int_equal(store_deploy(shop.store, "main", "sandbox", "b", "v1", 5, &shop.e), ERR_OK);
    assert_int_equal(store_deploy(shop.store, "main", "sandbox", "a", "v1", 5, &shop.e), ERR_OK);
    assert_int_equal(store_deploy(shop.store, "main", "sandbox", "b", "v2", 6, &shop.e), ERR_OK);
    assert_int_equal(store_deployments(shop.store, take_deployment, text, &shop.e), ERR_OK);
    assert_string_equal(text, "main/sandbox/a=v1 main/sandbox/b=v2 ");
    text[0] = '\0';
    assert_int_equal(store_deploy(shop.store, "main", "sandbox", "a", NULL, 7, &shop.e), ERR_OK);
    assert_int_equal(store_deployments(shop.store, take_deployment, text, &shop.e), ERR_OK);
    assert_string_equal(text, "main/sandbox/b=v2 ");
}

static bool take_secret(void *arg, const char *workspace, const char *name, const char *sealed)
{
    char *text = arg;
    size_t used = strlen(text);

    snprintf(text + used, 256 - used, "%s/%s=%s ", workspace, name, sealed);
    return true;
}

static void secrets_are_replaced_and_removed(void **state)
{
    char text[256] = "";

    (void)state;
    assert_int_equal(store_put_secret(shop.store, "main", "k", "v1:a", 5, &shop.e), ERR_OK);
    assert_int_equal(store_put_secret(shop.store, "main", "l", "v1:b", 5, &shop.e), ERR_OK);
    assert_int_equal(store_put_secret(shop.store, "main", "k", "v1:c", 6, &shop.e), ERR_OK);
    assert_int_equal(store_secrets(shop.store, take_secret, text, &shop.e), ERR_OK);
    assert_string_equal(text, "main/k=v1:c main/l=v1:b ");
    text[0] = '\0';
    assert_int_equal(store_put_secret(shop.store, "main", "k", NULL, 7, &shop.e), ERR_OK);
    assert_int_equal(store_secrets(shop.store, take_secret, text, &shop.e), ERR_OK);
    assert_string_equal(text, "main/l=v1:b ");
}

static void the_last_id_is_known(void **state)
{
    uint64_t last = 9;

    (void)state;
    assert_int_equal(store_last_run(shop.store, &last, &shop.e), ERR_OK);
    assert_int_equal(last, 0);
    fill();
    assert_int_equal(store_last_run(shop.store, &last, &shop.e), ERR_OK);
    assert_int_equal(last, 12);
}

/* ---- from beside */

static void all_is_there_after_reopening(void **state)
{
    char text[256] = "";

    (void)state;
    fill();
    assert_int_equal(store_deploy(shop.store, "main", "sandbox", "b", "v2", 6, &shop.e), ERR_OK);
    shop_close(&shop);
    assert_true(shop_try(&shop, path));
    assert_string_equal(LIST(ANY, .unfinished = true), "2 4 8 10 ");
    assert_int_equal(store_deployments(shop.store, take_deployment, text, &shop.e), ERR_OK);
    assert_string_equal(text, "main/sandbox/b=v2 ");
}

static void another_may_look_while_it_is_written(void **state)
{
    const struct store_runs_filter all = { .status = -1 };
    struct store *beside;

    (void)state;
    beside = store_sqlite_open_readonly(path, &shop.log, &shop.e);
    assert_non_null(beside);
    assert_string_equal(list_of(beside, &all), "");
    fill();
    assert_string_equal(list_of(beside, &all), "12 11 10 9 8 7 6 5 4 3 2 1 ");
    assert_int_equal(store_put_version(beside, "d", "f", "", 0, 1, &shop.e), ERR_FORBIDDEN);
    assert_int_equal(store_deploy(beside, "w", "e", "f", "v", 1, &shop.e), ERR_FORBIDDEN);
    assert_int_equal(store_put_secret(beside, "w", "n", "s", 1, &shop.e), ERR_FORBIDDEN);
    store_close(beside);
    shop_close(&shop);
    beside = store_sqlite_open_readonly(path, &shop.log, &shop.e); /* nobody has it open */
    assert_non_null(beside);
    assert_string_equal(list_of(beside, &all), "12 11 10 9 8 7 6 5 4 3 2 1 ");
    store_close(beside);
    snprintf(shop.e.text, sizeof shop.e.text, "untouched");
    assert_null(store_sqlite_open_readonly("/nowhere/weft.db", &shop.log, &shop.e));
    assert_int_equal(shop.e.code, ERR_NOT_FOUND);
}

/* Closing the copied file drops the locks of this process on it; here nobody else wants them. */
static void file_copy(const char *from, const char *to)
{
    char bytes[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t size;

    assert_non_null(in);
    assert_non_null(out);
    while ((size = fread(bytes, 1, sizeof bytes, in)) > 0)
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* What a killed owner leaves: the file as it was, and all the news in the log. Looking plays the
 * log into no file, so that the owner finds it as he left it. */
static void what_a_killed_owner_left_can_be_looked_at(void **state)
{
    const struct store_runs_filter all = { .status = -1 };
    char log[128], left[128], left_log[160];
    struct store *beside;
    struct stat before, after;

    (void)state;
    fill();
    snprintf(log, sizeof log, "%s-wal", path);
    snprintf(left, sizeof left, "%s/left.db", folder);
    snprintf(left_log, sizeof left_log, "%s-wal", left);
    file_copy(path, left);
    file_copy(log, left_log);
    assert_int_equal(stat(left, &before), 0);
    for (int i = 0; i < 2; i++) {
        beside = store_sqlite_open_readonly(left, &shop.log, &shop.e);
        assert_non_null(beside);
        assert_string_equal(list_of(beside, &all), "12 11 10 9 8 7 6 5 4 3 2 1 ");
        store_close(beside);
    }
    assert_int_equal(stat(left, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    assert_int_equal(access(left_log, F_OK), 0);
}

struct watcher {
    struct store *store;
    unsigned limit;
    uint64_t last;
};

static void *watch(void *arg)
{
    struct watcher *watcher = arg;
    struct err e;

    while (watcher->last < watcher->limit) {
        uint64_t before = watcher->last;

        if (store_last_run(watcher->store, &watcher->last, &e) != ERR_OK || watcher->last < before)
            return watcher;
    }
    return NULL;
}

/* Reads on another thread, through the same store, while it is written: never back in time. */
static void another_thread_may_read(void **state)
{
    struct watcher watcher = { shop.store, 2000, 0 };
    pthread_t thread;
    void *wrong = NULL;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
    for (unsigned i = 1; i <= watcher.limit; i++) {
        shop_send(&shop, batch_accept(i, NULL, "{}"));
        if (i % 50 == 0)
            shop_wait(&shop);
    }
    shop_wait(&shop);
    assert_int_equal(pthread_join(thread, &wrong), 0);
    assert_null(wrong);
}

#define BOTH(test)                                              \
    { #test, test, shop_on_disk, shop_end, NULL },              \
    {                                                           \
#test " (memory)", test, shop_in_memory, shop_end, NULL \
    }
#define DISK(test)                                \
    {                                             \
#test, test, shop_on_disk, shop_end, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(lists_come_in_pages_from_either_end),
        BOTH(lists_by_flow_and_status),
        BOTH(the_unfinished_come_oldest_first),
        BOTH(a_visitor_ends_the_walk),
        BOTH(a_visitor_may_read_again),
        DISK(lists_stand_on_indexes),
        BOTH(a_version_is_kept_once),
        BOTH(deployments_are_replaced_and_removed),
        BOTH(secrets_are_replaced_and_removed),
        BOTH(the_last_id_is_known),
        DISK(all_is_there_after_reopening),
        DISK(another_may_look_while_it_is_written),
        DISK(what_a_killed_owner_left_can_be_looked_at),
        BOTH(another_thread_may_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
