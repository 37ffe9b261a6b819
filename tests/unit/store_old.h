/* store_old.h - stores as earlier programs wrote them (stores/NUMBER.sql), and what must still be
 * in them after they were brought up to date. */
#ifndef TESTS_UNIT_STORE_OLD_H
#define TESTS_UNIT_STORE_OLD_H

#include "store_shop.h"

#include "store/look.h"
#include "store/sqlite/db_priv.h"

static inline char *old_sql(int number)
{
    char name[256];
    FILE *file;
    char *sql = mem_must(65536);

    snprintf(name, sizeof name, "%s/tests/unit/stores/%d.sql", SOURCE_DIR, number);
    file = fopen(name, "rb");
    assert_non_null(file);
    assert_true(fread(sql, 1, 65535, file) > 0);
    fclose(file);
    return sql;
}

/* Makes the store of that number at `path`; 0: an empty file. */
static inline void old_make(int number)
{
    struct db db = { .path = path };

    assert_int_equal(db_open(&db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE), SQLITE_OK);
    if (number > 0) {
        char *sql = old_sql(number), *why = NULL;

        if (sqlite3_exec(db.handle, sql, NULL, NULL, &why) != SQLITE_OK)
            fail_msg("%s", why);
        mem_free(sql);
    }
    db_close(&db, true);
}

struct old_seen {
    unsigned runs;
    char text[256];
};

static inline bool old_see_run(void *arg, const struct store_run *run)
{
    struct old_seen *seen = arg;

    seen->runs++;
    snprintf(seen->text, sizeof seen->text, "%s %s/%s/%s %s %s %s %s %d",
             run_status_name(run->status), run->workspace, run->environment, run->flow,
             run->version, run->order_key != NULL ? run->order_key : "-", run->input,
             run->error != NULL ? run->error : "-", (int)run->due_ms);
    return true;
}

static inline bool old_see_deployment(void *arg, const char *workspace, const char *environment,
                                      const char *flow, const char *version)
{
    struct old_seen *seen = arg;

    seen->runs++;
    snprintf(seen->text, sizeof seen->text, "%s/%s/%s=%s", workspace, environment, flow, version);
    return true;
}

static inline bool old_see_secret(void *arg, const char *workspace, const char *name,
                                  const char *sealed)
{
    struct old_seen *seen = arg;

    seen->runs++;
    snprintf(seen->text, sizeof seen->text, "%s/%s=%s", workspace, name, sealed);
    return true;
}

static inline enum store_look_word old_look_run(void *arg, const struct store_run *run)
{
    (void)old_see_run(arg, run);
    return LOOK_TAKE;
}

/* All that the store of number 1 held. */
static inline void old_verify(struct store *store)
{
    const struct ledger ledger = { .runs = 6, .acked = { 1, 2, 3, 1, 2, 3 } };
    const struct store_look failed = { .flow = "orders",
                                       .statuses = STORE_LOOK_STATUS(RUN_FAILED),
                                       .input = true };
    const struct store_look ordered = { .key = "customer 9", .input = true };
    struct old_seen seen = { 0 }, found = { 0 };
    struct store_look_end end;
    char *bundle = NULL;
    size_t size = 0;
    struct err e;

    ledger_verify(&ledger, store);
    assert_int_equal(store_run_find(store, 50, old_see_run, &seen, &e), ERR_OK);
    assert_string_equal(seen.text, "in_doubt main/sandbox/refunds bb22 customer 9"
                                   " {\"amount\":12.50} - 0");
    assert_int_equal(store_look(store, &ordered, old_look_run, &found, &end, &e), ERR_OK);
    assert_string_equal(found.text, seen.text); /* run_order knows it, too */
    assert_int_equal(store_run_find(store, 51, old_see_run, &seen, &e), ERR_OK);
    assert_string_equal(seen.text, "failed main/production/orders aa11 - {}"
                                   " {\"kind\":\"invalid\"} 0");
    assert_int_equal(store_look(store, &failed, old_look_run, &found, &end, &e), ERR_OK);
    assert_string_equal(found.text, seen.text); /* so do run_open and run_unusual who has failed */
    assert_int_equal(found.runs, 2);
    assert_int_equal(store_version(store, "bb22", &bundle, &size, &e), ERR_OK);
    assert_string_equal(bundle, "{\"id\":\"refunds\"}");
    mem_free(bundle);
    assert_int_equal(store_deployments(store, old_see_deployment, &seen, &e), ERR_OK);
    assert_string_equal(seen.text, "main/sandbox/refunds=bb22");
    assert_int_equal(store_secrets(store, old_see_secret, &seen, &e), ERR_OK);
    assert_string_equal(seen.text, "main/key=v1:sealed");
    assert_int_equal(seen.runs, 4);
}

#endif
