/* store_look.c - looking for runs by what a person knows of them: the indexes give the same runs as
 * a plain walk, in the same order, whatever is asked and wherever it goes on. */
#include "store_shop.h"

#include "base/ident.h"
#include "store/look.h"
#include "store/sqlite/look_priv.h"

#define EVENT_MS INT64_C(1763000000000)
#define RUNS     240u

struct found {
    char text[8192]; /* "9 8 7 " by number */
    unsigned count, stop_at;
    bool input;
};

static uint64_t id_of(unsigned number)
{
    return ident_at(EVENT_MS + number * 1000) + number;
}

static enum store_look_word take(void *arg, const struct store_run *run)
{
    struct found *found = arg;
    size_t used = strlen(found->text);

    if (found->stop_at > 0 && found->count == found->stop_at)
        return LOOK_STOP;
    assert_true(found->input == (run->input != NULL));
    found->count++;
    snprintf(found->text + used, sizeof found->text - used, "%u ",
             (unsigned)((run->received_ms - EVENT_MS) / 1000));
    return LOOK_TAKE;
}

static const char *const flows[] = { "orders", "refunds", "orders", "ledger" };

/* Run n: workspace by n % 5, environment by n % 2, flow by n % 4, status by n % 7. */
static void fill(void)
{
    for (unsigned n = 1; n <= RUNS; n++) {
        char key[32], order[32];
        const struct store_accept accept = {
            .workspace = n % 5 == 0 ? "other" : "main",
            .environment = n % 2 == 0 ? "production" : "sandbox",
            .flow = flows[n % 4],
            .version = "v1",
            .trigger = n % 3 == 0 ? "poll" : "hook",
            .dedupe = n % 8 == 0 ? key : NULL,
            .order_key = n % 6 == 0 ? order : NULL,
            .received_ms = EVENT_MS + n * 1000,
            .input = "{\"body\":1}",
            .input_size = 10,
        };
        static const enum run_status statuses[] = { RUN_SUCCEEDED, RUN_FAILED,   RUN_ACTIVE,
                                                    RUN_SUCCEEDED, RUN_IN_DOUBT, RUN_CANCELLED,
                                                    RUN_WAITING };
        enum run_status status = statuses[n % 7];
        struct store_batch *batch = store_batch_new(id_of(n));

        snprintf(key, sizeof key, "%sSO-%03u", n % 16 == 0 ? "\x01" : "", n);
        snprintf(order, sizeof order, "C-%u", n % 12);
        store_batch_accept(batch, &accept);
        if (status == RUN_FAILED)
            batch_end(batch, status,
                      n % 2 == 0 ? "{\"kind\":\"timeout\",\"text\":\"No Answer\"}"
                                 : "{\"kind\":\"auth\",\"text\":\"401 kind\"}");
        else if (status != RUN_ACTIVE)
            batch_end(batch, status, NULL);
        shop_send(&shop, batch);
    }
    shop_wait(&shop);
}

/* All of it in pages of so many. */
static void look_pages(struct store_look look, unsigned limit, struct found *found)
{
    struct store_look_end end;
    struct err e;

    *found = (struct found){ .input = look.input };
    look.limit = limit;
    do {
        unsigned before = found->count;

        assert_int_equal(store_look(shop.store, &look, take, found, &end, &e), ERR_OK);
        assert_true(end.before == 0 || end.bounded || found->count - before == limit);
        assert_true(end.before == 0 || look.before == 0 || end.before < look.before);
        look.before = end.before;
    } while (end.before != 0);
}

/* The indexes against the plain walk of store_look(), which is used where there are none. */
static void agree(const struct store_look *look)
{
    struct store_ops plain = *shop.store->ops;
    const struct store_ops *own = shop.store->ops;
    struct found a, b, c, d;
    struct store_look bounded = *look;

    bounded.most = 7;
    look_pages(*look, 0, &a);
    look_pages(*look, 3, &b);
    look_pages(bounded, 4, &c);
    plain.look = NULL;
    shop.store->ops = &plain;
    look_pages(*look, 5, &d);
    shop.store->ops = own;
    assert_string_equal(a.text, d.text);
    assert_string_equal(b.text, d.text);
    assert_string_equal(c.text, d.text);
}

static void every_filter_gives_what_a_walk_gives(void **state)
{
    static const char *const workspaces[] = { NULL, "main", "other", "nobody" };
    static const char *const keys[] = { NULL, "SO-1", "C-6", "C-", "none" };
    static const unsigned statuses[] = {
        0,
        STORE_LOOK_STATUS(RUN_FAILED),
        STORE_LOOK_STATUS(RUN_FAILED) | STORE_LOOK_STATUS(RUN_WAITING),
        STORE_LOOK_STATUS(RUN_SUCCEEDED),
        STORE_LOOK_STATUS(RUN_ACTIVE) | STORE_LOOK_STATUS(RUN_CANCELLED),
        STORE_LOOK_STATUS(RUN_IN_DOUBT)
    };

    (void)state;
    fill();
    for (unsigned i = 0; i < 4 * 5 * 6 * 3; i++) {
        struct store_look look = { .workspace = workspaces[i % 4],
                                   .key = keys[i / 4 % 5],
                                   .statuses = statuses[i / 20 % 6],
                                   .flow = i / 120 == 1 ? "orders" : NULL,
                                   .environment = i / 120 == 2 ? "sandbox" : NULL,
                                   .trigger = i % 7 == 3 ? "poll" : NULL,
                                   .input = i % 3 == 0 };

        look.key_marked = look.key != NULL && i % 2 == 0 ? "\x01SO-" : NULL;
        if (i % 11 == 5)
            look.from_ms = EVENT_MS + 30 * 1000, look.to_ms = EVENT_MS + 200 * 1000;
        agree(&look);
    }
}

struct bare {
    char text[32768];
    size_t used;
    unsigned count, unread; /* without what only their rows have */
};

static enum store_look_word bare_take(void *arg, const struct store_run *run)
{
    struct bare *bare = arg;

    bare->count++;
    bare->unread += run->received_ms == 0;
    bare->used += (size_t)snprintf(bare->text + bare->used, sizeof bare->text - bare->used,
                                   "%llu %d %s/%s/%s %s %s %lld\n", (unsigned long long)run->run,
                                   (int)run->status, run->workspace, run->environment, run->flow,
                                   run->version, run->trigger, (long long)run->ended_ms);
    assert_true(bare->used < sizeof bare->text);
    return LOOK_TAKE;
}

static void bare_look(struct store_look look, unsigned limit, struct bare *bare)
{
    struct store_look_end end;
    struct err e;

    *bare = (struct bare){ .used = 0 };
    look.limit = limit;
    do {
        assert_int_equal(store_look(shop.store, &look, bare_take, bare, &end, &e), ERR_OK);
        look.before = end.before;
    } while (end.before != 0);
}

/* The index alone says of a run what its row says. */
static void who_is_only_counted_is_not_read(void **state)
{
    static const unsigned statuses[] = {
        STORE_LOOK_STATUS(RUN_FAILED),
        STORE_LOOK_STATUS(RUN_WAITING) | STORE_LOOK_STATUS(RUN_IN_DOUBT),
        STORE_LOOK_STATUS(RUN_CANCELLED) | STORE_LOOK_STATUS(RUN_ACTIVE), /* whose rows are read */
        0,
    };
    static struct bare whole, bare;
    unsigned unread = 0;

    (void)state;
    fill();
    for (unsigned i = 0; i < 4 * 3 * 2 * 2; i++) {
        struct store_look look = { .statuses = statuses[i % 4],
                                   .workspace = i / 4 % 3 == 0   ? NULL
                                                : i / 4 % 3 == 1 ? "main"
                                                                 : "other",
                                   .environment = i / 12 % 2 == 1 ? "sandbox" : NULL,
                                   .trigger = i / 24 == 1 ? "poll" : NULL };

        bare_look(look, 0, &whole);
        look.bare = true;
        bare_look(look, 0, &bare);
        assert_string_equal(bare.text, whole.text);
        unread += bare.unread;
        bare_look(look, 3, &bare);
        assert_string_equal(bare.text, whole.text);
    }
    assert_true(shop.store->ops->look == NULL || unread > 100);
}

/* However many flows a house has. */
static void runs_of_many_flows_are_counted_unread(void **state)
{
    const struct store_look look = { .workspace = "main",
                                     .statuses = STORE_LOOK_STATUS(RUN_FAILED) |
                                                 STORE_LOOK_STATUS(RUN_IN_DOUBT),
                                     .bare = true };
    static struct bare bare;
    static char wanted[sizeof bare.text];
    size_t used = 0;

    (void)state;
    for (unsigned n = 1; n <= RUNS; n++) {
        char flow[32];
        const struct store_accept accept = { .workspace = "main",
                                             .environment = "production",
                                             .flow = flow,
                                             .version = "v1",
                                             .trigger = "hook",
                                             .received_ms = EVENT_MS + n * 1000,
                                             .input = "{}",
                                             .input_size = 2 };
        struct store_batch *batch = store_batch_new(id_of(n));

        snprintf(flow, sizeof flow, "flow-%u", n * 7 % 100);
        store_batch_accept(batch, &accept);
        batch_end(batch, n % 3 == 0 ? RUN_IN_DOUBT : RUN_FAILED, NULL);
        shop_send(&shop, batch);
    }
    shop_wait(&shop);
    bare_look(look, 9, &bare);
    for (unsigned n = RUNS; n > 0; n--)
        used += (size_t)snprintf(wanted + used, sizeof wanted - used, "%llu ",
                                 (unsigned long long)id_of(n));
    for (const char *line = bare.text, *id = wanted; *line != '\0';
         line = strchr(line, '\n') + 1, id = strchr(id, ' ') + 1)
        assert_memory_equal(line, id, strcspn(id, " "));
    assert_int_equal(bare.count, RUNS);
    assert_true(shop.store->ops->look == NULL || bare.unread == RUNS);
}

static const char *found_text(struct store_look look)
{
    static struct found found;

    look_pages(look, 0, &found);
    return found.text;
}

static void errors_are_looked_for_by_kind_and_text(void **state)
{
    (void)state;
    fill();
    assert_string_equal(found_text((struct store_look){
                            .workspace = "main", .flow = "ledger", .error_kind = "auth" }),
                        "239 211 183 127 99 71 43 ");
    assert_string_equal(found_text((struct store_look){ .workspace = "main",
                                                        .from_ms = EVENT_MS + 200 * 1000,
                                                        .error_text = "no answer" }),
                        "232 218 204 ");
    assert_string_equal(found_text((struct store_look){ .error_kind = "kind" }), "");
    assert_string_equal(found_text((struct store_look){ .error_kind = "aut" }), "");
}

/* One range of one index for each statement that gives ids: what is passed over costs nothing. */
static void ids_are_ranges_of_indexes(void **state)
{
    static const char *const sql[SQL_COUNT] = {
#define X(name, text) [SQL_##name] = "EXPLAIN QUERY PLAN " text,
        SQL_TABLE(X)
#undef X
    };
    static const struct {
        enum sql sql;
        const char *range;
    } plans[] = {
        { SQL_LOOK_ALL, "INTEGER PRIMARY KEY (rowid>? AND rowid<?)" },
        { SQL_LOOK_STATUS, "COVERING INDEX run_unusual (status=? AND id>? AND id<?)" },
        { SQL_LOOK_FLOW, "run_flow (flow=? AND rowid>? AND rowid<?)" },
        { SQL_LOOK_FLOW_STATUS, "COVERING INDEX run_open (flow=? AND status=? AND id>? AND id<?)" },
        { SQL_LOOK_ORDER, "COVERING INDEX run_order (order_key>? AND order_key<?)" },
        { SQL_LOOK_HEAD_ORDER, "COVERING INDEX run_order (order_key=? AND id=?)" },
        { SQL_LOOK_HEAD_UNUSUAL, "COVERING INDEX run_unusual (status=? AND id=?)" },
    };
    struct db db = { .path = path };

    (void)state;
    assert_int_equal(db_open(&db, path, SQLITE_OPEN_READONLY), SQLITE_OK);
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        sqlite3_stmt *stmt;
        const char *plan;

        assert_int_equal(sqlite3_prepare_v2(db.handle, sql[plans[i].sql], -1, &stmt, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        plan = (const char *)sqlite3_column_text(stmt, 3);
        if (strstr(plan, plans[i].range) == NULL)
            fail_msg("not %s: %s", plans[i].range, plan);
        assert_int_equal(sqlite3_step(stmt), SQLITE_DONE); /* nothing is sorted */
        sqlite3_finalize(stmt);
    }
    db_close(&db, false);
}

#define WIDE_RUNS 4800u
#define WIDE_KEYS 96u /* the runs of one lie on a page each */

static void fill_wide(void)
{
    for (unsigned n = 1; n <= WIDE_RUNS; n++) {
        char order[32], input[160];
        const struct store_accept accept = { .workspace = "main",
                                             .environment = "production",
                                             .flow = "orders",
                                             .version = "v1",
                                             .trigger = "hook",
                                             .order_key = order,
                                             .received_ms = EVENT_MS + n * 1000,
                                             .input = input,
                                             .input_size = 128 };
        struct store_batch *batch = store_batch_new(id_of(n));

        snprintf(order, sizeof order, "C-%u", n % WIDE_KEYS);
        for (unsigned i = 0; i < 128; i++)
            input[i] = (char)('a' + (n * 2654435761u >> (i % 24)) % 23);
        store_batch_accept(batch, &accept);
        batch_end(batch, n % 80 == 0 ? RUN_FAILED : RUN_SUCCEEDED,
                  n % 80 == 0 ? "{\"kind\":\"auth\"}" : NULL);
        shop_send(&shop, batch);
    }
    shop_wait(&shop);
}

/* Pages that the look reads with nothing in memory. */
static int pages_of(const struct store_look *look, unsigned count)
{
    struct found found = { .input = look->input };
    struct store_look_end end;
    struct reader reader;
    int pages, highest;

    reader_init(&reader, &shop.log);
    assert_int_equal(reader_open(&reader, path), SQLITE_OK);
    assert_int_equal(reader_set_up(&reader), SQLITE_OK);
    assert_int_equal(look_read(&reader, look, take, &found, &end, &shop.e), ERR_OK);
    assert_int_equal(found.count, count);
    sqlite3_db_status(reader.own.handle, SQLITE_DBSTATUS_CACHE_MISS, &pages, &highest, 0);
    reader_fini(&reader);
    return pages;
}

/* What the indexes show of a run is not read from its row, which has a page of its own. */
static void a_list_reads_few_pages(void **state)
{
    const struct store_look by_key = { .key = "C-17", .limit = 50 };
    const struct store_look failed = { .flow = "orders",
                                       .statuses = STORE_LOOK_STATUS(RUN_FAILED),
                                       .limit = 50 };
    struct store_look rows = by_key;

    (void)state;
    fill_wide();
    rows.input = true;
    assert_in_range(pages_of(&rows, 50), 50, 1000); /* else this would tell nothing */
    assert_in_range(pages_of(&by_key, 50), 1, 20);
    assert_in_range(pages_of(&failed, 50), 1, 20);
}

static void moments_beyond_all_ids_bound_nothing(void **state)
{
    const int64_t never = INT64_C(253402300799999); /* 9999-12-31 */

    (void)state;
    fill();
    assert_string_equal(
        found_text((struct store_look){ .key = "SO-23", .from_ms = 1, .to_ms = never }), "232 ");
    assert_string_equal(found_text((struct store_look){ .from_ms = never, .to_ms = never + 1 }),
                        "");
    assert_string_equal(found_text((struct store_look){ .to_ms = 1 }), "");
}

static void a_bound_tells_where_to_go_on(void **state)
{
    struct store_look look = { .workspace = "main", .key = "SO-008", .most = 1 };
    struct effort effort;
    struct store_look_end end;
    struct found found = { .stop_at = 2 };
    struct clock_manual clock;

    (void)state;
    fill();
    clock_manual_init(&clock, EVENT_MS);
    effort_begin(&effort, &clock.clock, 5);
    look.effort = &effort;
    assert_int_equal(store_look(shop.store, &look, take, &found, &end, &shop.e), ERR_OK);
    look = (struct store_look){ .workspace = "main" };
    found = (struct found){ .stop_at = 2 };
    assert_int_equal(store_look(shop.store, &look, take, &found, &end, &shop.e), ERR_OK);
    assert_true(end.bounded);
    assert_string_equal(found.text, "239 238 ");
    assert_int_equal(end.before, id_of(237) + 1); /* 237 was not dealt with */
    look.effort = &effort;
    clock_manual_add(&clock, 5);
    found = (struct found){ .count = 0 };
    assert_int_equal(store_look(shop.store, &look, take, &found, &end, &shop.e), ERR_OK);
    assert_true(end.bounded);
    assert_true(end.before > 0);
    assert_true(found.count < 32); /* it looks at the clock from time to time */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(every_filter_gives_what_a_walk_gives),  EACH(who_is_only_counted_is_not_read),
        EACH(runs_of_many_flows_are_counted_unread), EACH(errors_are_looked_for_by_kind_and_text),
        ON_DISK(ids_are_ranges_of_indexes),          ON_DISK(a_list_reads_few_pages),
        EACH(moments_beyond_all_ids_bound_nothing),  EACH(a_bound_tells_where_to_go_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
