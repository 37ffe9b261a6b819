/* watch_life.c - failures that pass, other versions of the flow, what is refused at deploy. */
#include "watch_yard.h"

static void what_has_no_room_stays_and_is_tried_again(void **state)
{
    static const enum err_code codes[] = { ERR_OVERLOAD, ERR_STORE, ERR_INTERNAL };

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        yard_armed();
        yard->refuse = codes[i];
        put("a.csv", "1");
        yard_live(12000);
        assert_in_range(yard->asks, 3, 12);
        assert_int_equal(left(), 1);
        assert_int_equal(yard->warnings, 1);
        yard->refuse = ERR_OK;
        yard_live(10000);
        assert_int_equal(yard->runs, 1);
        assert_int_equal(left(), 0);
        yard_close();
    }
    yard_armed();
    put("a.csv", "big"); /* no memory for it now */
    yard_live(10000);
    assert_int_equal(left(), 1);
    yard_close();
}

static void each_failure_of_the_disk_is_outlived(void **state)
{
    (void)state;
    for (unsigned after = 0; after < 4; after++) {
        for (unsigned times = 1; times <= 5; times++) {
            yard_armed();
            put("a.csv", "1");
            for (unsigned i = 0; i < after; i++) {
                yard_moment();
                watches_turn(&yard->engine);
                fake_folder_deliver(yard->folder);
                clock_manual_add(&yard->clock, 1000);
            }
            fake_folder_fail(yard->folder, ERR_IO, times);
            yard_live(200000);
            assert_int_equal(yard->runs, 1);
            assert_true(is_in("/in/box/done", "a.csv", "1"));
            yard_close();
        }
    }
}

static void a_flow_taken_out_leaves_its_files(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(1000);
    watches_remove(&yard->engine, &yard->deployment);
    yard_live(100000);
    assert_int_equal(left(), 1);
    assert_true(watches_due(&yard->engine) == INT64_MAX);
    watches_put(&yard->engine, &yard->deployment);
    yard_live(3000);
    assert_int_equal(yard->runs, 1);
    yard_close();
    yard_armed(); /* taken out while a run is on its way */
    put("a.csv", "1");
    yard_live(1000);
    clock_manual_add(&yard->clock, 1000);
    yard_moment();
    watches_turn(&yard->engine);
    fake_folder_deliver(yard->folder);
    assert_true(yard->asked.open);
    watches_remove(&yard->engine, &yard->deployment);
    asked_answer();
    watches_put(&yard->engine, &yard->deployment);
    yard_live(3000);
    assert_int_equal(yard->runs, 1);
    assert_int_equal(left(), 0);
    yard_close();
}

static void another_version_goes_on_where_the_former_was(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(1500);
    yard->watches[0].done = "archive";
    watches_put(&yard->engine, &yard->deployment);
    yard_live(500);
    assert_int_equal(yard->runs, 1);
    assert_true(is_in("/in/box/archive", "a.csv", "1"));
    yard->watches[0].folder = "/in/other";
    watches_put(&yard->engine, &yard->deployment);
    put("b.csv", "1");
    yard_live(60000);
    assert_int_equal(yard->runs, 1);
    fake_folder_put(yard->folder, "/in/other", "b.csv", "2", 1);
    yard_live(60000);
    assert_int_equal(yard->runs, 2);
    yard_close();
}

static void it_looks_without_hints_and_not_too_often(void **state)
{
    (void)state;
    yard_armed();
    yard_live(10000);
    put("a.csv", "1");
    yard_live(25000);
    assert_int_equal(yard->runs, 1); /* at 30 s it looked */
    for (unsigned i = 0; i < 50; i++) {
        fake_folder_hint(yard->folder);
        assert_true(watches_due(&yard->engine) <= yard->clock.steady);
        yard_settle();
        assert_true(watches_due(&yard->engine) > yard->clock.steady);
        clock_manual_add(&yard->clock, 10);
    }
    yard->engine.draining = true;
    put("b.csv", "1");
    yard_live(100000);
    assert_int_equal(left(), 1);
    yard_close();
}

static size_t faults_of(const struct deployment *d, const char *part)
{
    struct faults faults;
    size_t count;
    bool good;

    faults_init(&faults);
    good = watches_check(&yard->engine, d, &yard->flow, "flow.json", &faults);
    count = faults.errors;
    assert_int_equal(good, count == 0);
    if (count > 0 && strstr(faults.list[0].text, part) == NULL)
        fail_msg("%s", faults.list[0].text);
    faults_fini(&faults);
    return count;
}

static void folders_are_checked_at_deploy(void **state)
{
    (void)state;
    yard_armed();
    assert_int_equal(faults_of(&yard->deployment, ""), 0); /* its own former version */
    assert_int_equal(faults_of(&yard->other, "taken by flow \"lockbox\""), 1);
    yard->watches[0].pattern = NULL;
    yard->watches[0].folder = "/in/box/";
    assert_int_equal(faults_of(&yard->other, "taken by flow \"lockbox\""), 1);
    yard->watches[0].pattern = "*.xml";
    assert_int_equal(faults_of(&yard->other, ""), 0);
    yard->watches[0].folder = "/etc";
    assert_int_equal(faults_of(&yard->other, "WEFT_FILES_ROOT"), 1);
    yard->watches[0].folder = "/in/two";
    yard->watches[0].pattern = "*.csv";
    yard->watches[1] = yard->watches[0];
    yard->flow.node_count = 2;
    assert_int_equal(faults_of(&yard->deployment, "another folder or pattern"), 1);
    yard->flow.node_count = 1;
    fake_folder_fail(yard->folder, ERR_NOT_FOUND, 1);
    assert_int_equal(faults_of(&yard->deployment, "not there"), 1);
    yard->engine.world.folders = NULL;
    assert_int_equal(faults_of(&yard->deployment, "weft serve"), 1);
    yard->engine.world.folders = fake_folder_folders(yard->folder);
    yard_close();
    yard_open(); /* a recovery where nothing watches: a warning, no more */
    yard->engine.world.folders = NULL;
    watches_put(&yard->engine, &yard->deployment);
    assert_int_equal(yard->warnings, 1);
    yard_moment();
    watches_turn(&yard->engine);
    assert_true(watches_due(&yard->engine) == INT64_MAX);
    yard_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_no_room_stays_and_is_tried_again),
        cmocka_unit_test(each_failure_of_the_disk_is_outlived),
        cmocka_unit_test(a_flow_taken_out_leaves_its_files),
        cmocka_unit_test(another_version_goes_on_where_the_former_was),
        cmocka_unit_test(it_looks_without_hints_and_not_too_often),
        cmocka_unit_test(folders_are_checked_at_deploy),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
