/* loop.c - turns, hooks, the alarm, work of the pool, signals, and the bell of another thread. */
#include "wire.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "base/mem.h"

struct trace {
    struct loop *loop;
    char text[64];
    unsigned turns;
    unsigned stop_after;
    bool again;
};

static void note(struct trace *t, char c)
{
    size_t size = strlen(t->text);

    assert_in_range(size, 0, sizeof(t->text) - 2);
    t->text[size] = c;
    t->text[size + 1] = '\0';
}

static void hook_a(void *arg)
{
    note(arg, 'a');
}

static void hook_b(void *arg)
{
    note(arg, 'b');
}

static void hook_stop(void *arg)
{
    struct trace *t = arg;

    note(t, '.');
    if (t->again)
        loop_again(t->loop);
    if (++t->turns >= t->stop_after)
        loop_stop(t->loop);
}

static struct loop *open_loop(struct trace *t, unsigned stop_after)
{
    struct err e;

    *t = (struct trace){ .loop = loop_new(clock_real(), &e), .stop_after = stop_after };
    assert_non_null(t->loop);
    return t->loop;
}

static void run(struct loop *loop)
{
    struct err e;

    assert_int_equal(loop_run(loop, &e), ERR_OK);
}

static void hooks_run_in_order_once_a_turn(void **state)
{
    struct trace t;
    struct loop *loop = open_loop(&t, 3);

    (void)state;
    loop_on_turn(loop, hook_a, &t);
    loop_on_turn(loop, hook_b, &t);
    loop_on_turn(loop, hook_stop, &t);
    t.again = true;
    run(loop);
    assert_string_equal(t.text, "ab.ab.ab.");
    loop_off_turn(loop, hook_a, &t);
    t.turns = 1;
    t.text[0] = '\0';
    run(loop); /* may run again after loop_stop() */
    assert_string_equal(t.text, "b.b.");
    loop_free(loop);
}

static void hook_leaves(void *arg)
{
    struct trace *t = arg;

    note(t, 'l');
    loop_off_turn(t->loop, hook_leaves, t);
    loop_off_turn(t->loop, hook_b, t);
    loop_on_turn(t->loop, hook_a, t);
}

static void a_hook_may_leave_and_bring_others_while_it_runs(void **state)
{
    struct trace t;
    struct loop *loop = open_loop(&t, 2);

    (void)state;
    t.again = true;
    loop_on_turn(loop, hook_stop, &t);
    loop_on_turn(loop, hook_leaves, &t);
    loop_on_turn(loop, hook_b, &t);
    run(loop);
    assert_string_equal(t.text, ".la.a");
    loop_free(loop);
}

static void a_stop_before_the_run_holds_for_it(void **state)
{
    struct trace t;
    struct loop *loop = open_loop(&t, 1);

    (void)state;
    loop_on_turn(loop, hook_stop, &t);
    loop_stop(loop);
    run(loop);
    assert_string_equal(t.text, "");
    run(loop);
    assert_string_equal(t.text, ".");
    loop_free(loop);
}

/* The alarm is what ends the wait: the second turn comes when it rings. */
static void the_alarm_ends_the_wait_not_before_its_time(void **state)
{
    struct clock *clock = clock_real();
    struct trace t;
    struct loop *loop = open_loop(&t, 2);
    int64_t at = clock->steady_ms(clock) + 40;

    (void)state;
    loop_on_turn(loop, hook_stop, &t);
    loop_alarm(loop, at + 100000);
    loop_alarm(loop, at); /* one alarm: the last one given */
    run(loop);
    assert_true(clock->steady_ms(clock) >= at);
    assert_string_equal(t.text, "..");
    t.stop_after = 1;
    t.turns = 0;
    loop_alarm(loop, at); /* in the past: at once */
    run(loop);
    t.stop_after = 2;
    loop_alarm(loop, at + 100000);
    loop_alarm(loop, INT64_MAX);
    t.again = true;
    t.turns = 0;
    run(loop);
    assert_string_equal(t.text, ".....");
    loop_free(loop);
}

static void hook_again_once(void *arg)
{
    struct trace *t = arg;

    if (t->turns == 0)
        loop_again(t->loop);
}

static void again_is_for_one_turn(void **state)
{
    struct clock *clock = clock_real();
    struct trace t;
    struct loop *loop = open_loop(&t, 3);
    int64_t at = clock->steady_ms(clock) + 30;

    (void)state;
    loop_on_turn(loop, hook_again_once, &t);
    loop_on_turn(loop, hook_stop, &t);
    loop_again(loop); /* outside of a hook: the hooks come round anyway */
    loop_alarm(loop, at);
    run(loop); /* the second turn comes at once, the third with the alarm */
    assert_true(clock->steady_ms(clock) >= at);
    loop_free(loop);
}

static void hook_slow(void *arg)
{
    struct trace *t = arg;
    int64_t until = clock_real()->steady_ms(clock_real()) + 15;

    if (t->turns > 0)
        return;
    while (clock_real()->steady_ms(clock_real()) < until)
        continue;
    loop_alarm(t->loop, clock_real()->steady_ms(clock_real()) + 100);
}

static void stall_told(void *arg, int64_t ms)
{
    *(int64_t *)arg = ms;
}

/* The first turn works for 15 ms; the second waits for the alarm, which is no work. */
static void a_turn_that_holds_up_the_loop_is_told(void **state)
{
    struct clock *clock = clock_real();
    struct trace t;
    struct loop *loop = open_loop(&t, 2);
    int64_t stalled = 0, began = clock->steady_ms(clock), took;
    uint64_t turns = 0, fast;

    (void)state;
    loop_on_turn(loop, hook_slow, &t);
    loop_on_turn(loop, hook_stop, &t);
    loop_on_stall(loop, 10, stall_told, &stalled);
    run(loop);
    took = clock->steady_ms(clock) - began;
    fast = loop_turns(loop)->counts[0] + loop_turns(loop)->counts[1] + loop_turns(loop)->counts[2] +
           loop_turns(loop)->counts[3];
    for (size_t i = 0; i <= LOOP_TURN_BOUNDS; i++)
        turns += loop_turns(loop)->counts[i];
    assert_int_equal(turns, 2);
    assert_in_range(fast, 0, 1); /* of up to 10 ms */
    assert_true(stalled >= 10);
    assert_in_range(loop_turns(loop)->busy_us, 14000, (uintmax_t)took * 1000 - 30000);
    loop_free(loop);
}

struct job {
    struct trace *t;
    pthread_t worker;
    bool done;
};

static void job_work(void *arg)
{
    struct job *job = arg;

    job->worker = pthread_self();
}

static void job_done(void *arg)
{
    struct job *job = arg;

    job->done = true;
    loop_stop(job->t->loop);
}

static void work_is_done_elsewhere_and_ends_here(void **state)
{
    struct trace t;
    struct loop *loop = open_loop(&t, 1000);
    struct job job = { .t = &t };
    struct job last = { .t = &t };

    (void)state;
    loop_work(loop, job_work, job_done, &job);
    run(loop);
    assert_true(job.done);
    assert_false(pthread_equal(job.worker, pthread_self()));
    loop_work(loop, job_work, job_done, &last);
    loop_free(loop); /* waits for it */
    assert_true(last.done);
}

static void signal_came(void *arg, int signo)
{
    struct trace *t = arg;

    note(t, signo == SIGUSR1 ? '1' : '2');
    loop_stop(t->loop);
}

static void a_signal_is_told_on_the_loop(void **state)
{
    struct trace t;
    struct loop *loop = open_loop(&t, 1000);

    (void)state;
    loop_on_signal(loop, SIGUSR1, signal_came, &t);
    loop_on_signal(loop, SIGUSR2, signal_came, &t);
    raise(SIGUSR2);
    run(loop);
    raise(SIGUSR1);
    run(loop);
    assert_string_equal(t.text, "21");
    loop_free(loop);
}

static void alarm_came(void *arg, int signo)
{
    note(arg, signo == SIGALRM ? '!' : '?');
}

/* The first turn waits, and a signal ends that. */
static void waiting_for_a_signal_is_no_work(void **state)
{
    const struct itimerval pause = { .it_value = { .tv_usec = 200000 } };
    struct trace t;
    struct loop *loop = open_loop(&t, 2);

    (void)state;
    loop_on_turn(loop, hook_stop, &t);
    loop_on_signal(loop, SIGALRM, alarm_came, &t);
    assert_int_equal(setitimer(ITIMER_REAL, &pause, NULL), 0);
    run(loop);
    assert_string_equal(t.text, ".!.");
    assert_in_range(loop_turns(loop)->busy_us, 0, 190000);
    loop_free(loop);
}

/* ---- the mailbox ---- */

#define RINGS 10000

struct bell {
    struct loop *loop;
    struct mailbox *mailbox;
    unsigned rung; /* by the thread; atomically */
    unsigned seen;
    unsigned calls;
};

static void *bell_ring(void *arg)
{
    struct bell *bell = arg;

    for (unsigned i = 0; i < RINGS; i++) {
        __atomic_add_fetch(&bell->rung, 1, __ATOMIC_SEQ_CST);
        mailbox_ring(bell->mailbox);
    }
    return NULL;
}

static void bell_heard(void *arg)
{
    struct bell *bell = arg;

    bell->calls++;
    bell->seen = __atomic_load_n(&bell->rung, __ATOMIC_SEQ_CST);
    if (bell->seen == RINGS)
        loop_stop(bell->loop);
}

/* However many rings one call stands for, the last ring is followed by one. */
static void no_ring_is_lost(void **state)
{
    struct trace t;
    struct bell bell = { .loop = open_loop(&t, 0) };
    pthread_t thread;

    (void)state;
    bell.mailbox = mailbox_new(bell.loop, bell_heard, &bell);
    assert_int_equal(pthread_create(&thread, NULL, bell_ring, &bell), 0);
    run(bell.loop);
    assert_int_equal(bell.seen, RINGS);
    assert_in_range(bell.calls, 1, RINGS);
    pthread_join(thread, NULL);
    mailbox_close(bell.mailbox);
    loop_free(bell.loop);
}

static void a_closed_mailbox_is_silent(void **state)
{
    struct trace t;
    struct bell bell = { .loop = open_loop(&t, 3) };

    (void)state;
    loop_on_turn(bell.loop, hook_stop, &t);
    t.again = true;
    bell.mailbox = mailbox_new(bell.loop, bell_heard, &bell);
    mailbox_ring(bell.mailbox);
    mailbox_close(bell.mailbox);
    run(bell.loop);
    assert_int_equal(bell.calls, 0);
    loop_free(bell.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hooks_run_in_order_once_a_turn),
        cmocka_unit_test(a_hook_may_leave_and_bring_others_while_it_runs),
        cmocka_unit_test(a_stop_before_the_run_holds_for_it),
        cmocka_unit_test(the_alarm_ends_the_wait_not_before_its_time),
        cmocka_unit_test(again_is_for_one_turn),
        cmocka_unit_test(a_turn_that_holds_up_the_loop_is_told),
        cmocka_unit_test(work_is_done_elsewhere_and_ends_here),
        cmocka_unit_test(a_signal_is_told_on_the_loop),
        cmocka_unit_test(waiting_for_a_signal_is_no_work),
        cmocka_unit_test(no_ring_is_lost),
        cmocka_unit_test(a_closed_mailbox_is_silent),
    };

    mem_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
