/* fault.c - fault points: which hit fails, counted over threads, armed from the environment, and
 * .kill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"

static void nothing_fails_while_none_is_armed(void **state)
{
    (void)state;
    fault_disarm();
    for (int i = 0; i < 10; i++)
        assert_false(fault_hit("test.point"));
}

static void the_nth_hit_fails_and_no_other(void **state)
{
    (void)state;
    fault_arm("test.point", 3, false);
    assert_false(fault_hit("test.point"));
    assert_false(fault_hit("test.other"));
    assert_false(fault_hit("test.point"));
    assert_int_equal(fault_hits(), 2);
    assert_true(fault_hit("test.point"));
    assert_false(fault_hit("test.point"));
    assert_int_equal(fault_hits(), 4);
    fault_disarm();
    assert_false(fault_hit("test.point"));
    assert_int_equal(fault_hits(), 4);
    fault_arm("test.point", 1, false);
    assert_int_equal(fault_hits(), 0);
    fault_disarm();
}

static void from_then_on_all_fail(void **state)
{
    (void)state;
    fault_arm("test.point", 2, true);
    assert_false(fault_hit("test.point"));
    assert_true(fault_hit("test.point"));
    assert_true(fault_hit("test.point"));
    assert_false(fault_hit("test.poin"));
    assert_false(fault_hit("test.point.more"));
    fault_disarm();
}

static atomic_uint failures;

static void *hit_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 5000; i++) {
        if (fault_hit("test.point"))
            atomic_fetch_add(&failures, 1);
    }
    return NULL;
}

static void threads_are_counted_together(void **state)
{
    pthread_t threads[4];

    (void)state;
    atomic_store(&failures, 0);
    fault_arm("test.point", 10000, false);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hit_often, NULL), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(fault_hits(), 20000);
    assert_int_equal(atomic_load(&failures), 1);
    fault_disarm();
}

/* Arms by WEFT_FAULT in a child, which then hits the point thrice; returns how the child ended:
 * its status is the number of hits that failed. */
static int with_environment(const char *value, const char *point)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        int failed = 0;

        if (close(STDERR_FILENO) != 0 || setenv("WEFT_FAULT", value, 1) != 0)
            _exit(99);
        fault_arm_from_environment();
        for (int i = 0; i < 3; i++)
            failed += fault_hit(point);
        _exit(10 + failed);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void the_environment_arms(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(with_environment("store.commit:3", "store.commit")), 11);
    assert_int_equal(WEXITSTATUS(with_environment("store.commit:4", "store.commit")), 10);
    assert_int_equal(WEXITSTATUS(with_environment("store.commit:2+", "store.commit")), 12);
    assert_int_equal(WEXITSTATUS(with_environment("store.commit:1", "store.begin")), 10);
    assert_int_equal(WEXITSTATUS(with_environment("", "store.begin")), 10);
}

static void an_environment_that_says_nothing_is_refused(void **state)
{
    static const char *const wrong[] = {
        "store.commit",
        ":1",
        "store.commit:",
        "store.commit:0",
        "store.commit:x",
        "store.commit:1x",
        "store.commit:1++",
        "store.commit:-1",
        "store.commit: 1",
        "store.commit:99999999999999999999",
        "a.point.whose.name.is.far.longer.than.any.name.that.a.point.could.ever.have:1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int status = with_environment(wrong[i], "store.commit");

        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 2);
    }
}

static void a_kill_ends_the_process_at_its_hit(void **state)
{
    int status = with_environment("store.commit.kill:2", "store.commit.kill");

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    status = with_environment("store.commit.kill:4", "store.commit.kill");
    assert_int_equal(WEXITSTATUS(status), 10);
    status = with_environment("store.kill.not:1", "store.kill.not");
    assert_int_equal(WEXITSTATUS(status), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_fails_while_none_is_armed),
        cmocka_unit_test(the_nth_hit_fails_and_no_other),
        cmocka_unit_test(from_then_on_all_fail),
        cmocka_unit_test(threads_are_counted_together),
        cmocka_unit_test(the_environment_arms),
        cmocka_unit_test(an_environment_that_says_nothing_is_refused),
        cmocka_unit_test(a_kill_ends_the_process_at_its_hit),
    };

    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
