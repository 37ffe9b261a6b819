/* watch.c - files are taken once, whole, whatever happens in between: folders in memory, a clock
 * that stands still. Runs are only asked for here: spawn_run() of this file stands in for the
 * engine's, and what it has accepted outlives the engine. */
#include "watch_yard.h"

static void a_file_is_taken_once_when_it_is_complete(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1,2");
    put("b.xml", "<x/>"); /* not ours */
    put("c.csv.part", "1");
    yard_live(1999);
    assert_int_equal(yard->runs, 0);
    assert_int_equal(left(), 3);
    yard_live(1);
    assert_int_equal(yard->runs, 1);
    assert_string_equal(yard->bodies[0], "1,2");
    assert_string_equal(yard->keys[0],
                        "file/drop/a.csv/3/1795000000000000000/"
                        "17f8af97ad4a7f7639a4c9171d5185cbafb85462877a4746c21bdb0a4f940ca0");
    assert_true(is_in("/in/box/done", "a.csv", "1,2"));
    assert_int_equal(left(), 2);
    yard_live(300000);
    assert_int_equal(yard->runs, 1);
    yard_close();
}

static void what_still_grows_is_left_alone(void **state)
{
    (void)state;
    yard_armed();
    for (unsigned i = 0; i < 10; i++) {
        put("a.csv", i % 2 == 0 ? "1" : "1,2");
        fake_folder_hint(yard->folder);
        yard_live(1500);
    }
    assert_int_equal(yard->runs, 0);
    yard_live(3000);
    assert_int_equal(yard->runs, 1);
    assert_string_equal(yard->bodies[0], "1,2");
    yard_close();
}

/* Without any hint: between two looks. */
static void what_changed_unseen_is_not_taken_half(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(1000);
    put("a.csv", "1,2"); /* nobody tells */
    yard_live(1500);
    assert_int_equal(yard->runs, 0);
    yard_live(5000);
    assert_int_equal(yard->runs, 1);
    assert_string_equal(yard->bodies[0], "1,2");
    assert_int_equal(left(), 0);
    yard_close();
}

static void files_come_in_their_order(void **state)
{
    char name[16], text[16];

    (void)state;
    yard_armed();
    for (unsigned i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "%03u.csv", 499 - i);
        snprintf(text, sizeof text, "%u", i);
        fake_folder_put(yard->folder, "/in/box", name, text, 1000 + i / 2);
    }
    yard_live(3000);
    assert_int_equal(yard->runs, 500);
    assert_int_equal(left(), 0);
    assert_string_equal(yard->bodies[0], "1"); /* of the same second: by name */
    assert_string_equal(yard->bodies[1], "0");
    assert_string_equal(yard->bodies[499], "498");
    yard_close();
}

/* The process ends at each point of a file's way, once or twice. */
static void a_crash_at_any_point_loses_and_doubles_nothing(void **state)
{
    (void)state;
    for (unsigned stop = 0; stop < 8; stop++) {
        for (unsigned again = 0; again < 8; again++) {
            yard_armed();
            put("a.csv", "1,2");
            for (unsigned life = 0; life < 2; life++) {
                unsigned rest = life == 0 ? stop : again;

                for (unsigned i = 0; i < rest; i++) { /* one thing at a time */
                    yard_moment();
                    watches_turn(&yard->engine);
                    if (fake_folder_open(yard->folder) > 0)
                        fake_folder_deliver(yard->folder);
                    else if (yard->asked.open)
                        asked_answer();
                    else
                        clock_manual_add(&yard->clock, 2000);
                }
                if (rest % 2 == 0 && yard->asked.open) { /* committed, and nobody hears it */
                    uint64_t run;

                    asked_keep(&run);
                }
                yard_crash();
            }
            yard_live(5000);
            assert_int_equal(yard->runs, 1);
            assert_true(is_in("/in/box/done", "a.csv", "1,2"));
            assert_int_equal(fake_folder_count(yard->folder, "/in/box/done"), 1);
            assert_int_equal(left(), 0);
            yard_close();
        }
    }
}

static void between_accept_and_move(void **state)
{
    uint64_t run;

    (void)state;
    yard_armed();
    put("a.csv", "1,2");
    yard_live(1000);
    clock_manual_add(&yard->clock, 1000);
    yard_moment();
    watches_turn(&yard->engine);
    fake_folder_deliver(yard->folder); /* read */
    assert_true(yard->asked.open);
    asked_keep(&run);
    yard_crash();
    assert_int_equal(left(), 1);
    yard_live(5000);
    assert_int_equal(yard->runs, 1);
    assert_int_equal(yard->duplicates, 1);
    assert_true(is_in("/in/box/done", "a.csv", "1,2"));
    yard_close();
}

static void another_file_of_the_name_is_another_run(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(3000);
    put("a.csv", "1"); /* the same content, later */
    fake_folder_hint(yard->folder);
    yard_live(3000);
    assert_int_equal(yard->runs, 2);
    assert_true(is_in("/in/box/done", "a.csv", "1"));
    assert_true(is_in("/in/box/done", "a.csv.2", "1"));
    yard_close();
}

/* It is exchanged after it was read, before it is moved. */
static void what_is_exchanged_under_the_hand_is_not_moved(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "1");
    yard_live(1000);
    clock_manual_add(&yard->clock, 1000);
    yard_moment();
    watches_turn(&yard->engine);
    fake_folder_deliver(yard->folder);
    put("a.csv", "2");
    asked_answer();
    assert_int_equal(yard->runs, 1);
    yard_settle();
    assert_int_equal(left(), 1);
    yard_live(5000);
    assert_int_equal(yard->runs, 2);
    assert_string_equal(yard->bodies[1], "2");
    assert_int_equal(left(), 0);
    yard_close();
}

static void what_cannot_be_read_as_its_kind_goes_to_failed(void **state)
{
    (void)state;
    yard_armed();
    put("a.csv", "bad");
    put("b.csv", "good");
    yard_live(3000);
    assert_int_equal(yard->runs, 1);
    assert_true(is_in("/in/box/failed", "a.csv", "bad"));
    assert_true(is_in("/in/box/failed", "a.csv.reason.txt", "the file is not UTF-8"));
    assert_true(is_in("/in/box/done", "b.csv", "good"));
    assert_int_equal(yard->warnings, 1);
    yard->refuse = ERR_INVALID; /* the flow's own keys refuse it */
    put("c.csv", "odd");
    fake_folder_hint(yard->folder);
    yard_live(3000);
    assert_true(is_in("/in/box/failed", "c.csv", "odd"));
    assert_int_equal(left(), 0);
    yard_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_taken_once_when_it_is_complete),
        cmocka_unit_test(what_still_grows_is_left_alone),
        cmocka_unit_test(what_changed_unseen_is_not_taken_half),
        cmocka_unit_test(files_come_in_their_order),
        cmocka_unit_test(a_crash_at_any_point_loses_and_doubles_nothing),
        cmocka_unit_test(between_accept_and_move),
        cmocka_unit_test(another_file_of_the_name_is_another_run),
        cmocka_unit_test(what_is_exchanged_under_the_hand_is_not_moved),
        cmocka_unit_test(what_cannot_be_read_as_its_kind_goes_to_failed),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
