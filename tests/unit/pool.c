/* pool.c - the pool whose one thread goes behind the loop. */
#include "wire.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/pool.h"

struct job {
    struct loop *loop;
    char *order;
    char name;
    int nice;
    pthread_t worker;
    bool last, done;
};

static void job_work(void *arg)
{
    struct job *job = arg;

    job->worker = pthread_self();
    job->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
}

static void job_done(void *arg)
{
    struct job *job = arg;

    job->done = true;
    strncat(job->order, &job->name, 1);
    if (job->last)
        loop_stop(job->loop);
}

static void work_goes_behind_the_loop_in_the_order_given(void **state)
{
    struct err e;
    struct loop *loop = loop_new(clock_real(), &e);
    struct pool *pool = pool_calm_new(loop);
    char order[8] = "";
    struct job jobs[3] = { { loop, order, 'a', .last = false },
                           { loop, order, 'b', .last = false },
                           { loop, order, 'c', .last = true } };

    (void)state;
    assert_int_equal(pool->threads, 1);
    for (size_t i = 0; i < 3; i++)
        pool_work(pool, job_work, job_done, &jobs[i]);
    assert_string_equal(order, ""); /* nobody is told before a turn */
    assert_int_equal(loop_run(loop, &e), ERR_OK);
    assert_string_equal(order, "abc");
    assert_false(pthread_equal(jobs[0].worker, pthread_self()));
    assert_true(pthread_equal(jobs[0].worker, jobs[2].worker));
    assert_true(jobs[0].nice > getpriority(PRIO_PROCESS, 0) || jobs[0].nice == 19);
    pool_calm_free(pool);
    loop_free(loop);
}

static void what_was_given_is_told_before_the_end(void **state)
{
    struct err e;
    struct loop *loop = loop_new(clock_real(), &e);
    struct pool *pool = pool_calm_new(loop);
    char order[8] = "";
    struct job jobs[2] = { { loop, order, 'a', .last = false },
                           { loop, order, 'b', .last = false } };

    (void)state;
    pool_work(pool, job_work, job_done, &jobs[0]);
    pool_work(pool, job_work, job_done, &jobs[1]);
    pool_calm_free(pool);
    assert_string_equal(order, "ab");
    loop_free(loop);
    pool_calm_free(NULL);
}

static void without_work_there_is_no_thread(void **state)
{
    struct err e;
    struct loop *loop = loop_new(clock_real(), &e);

    (void)state;
    pool_calm_free(pool_calm_new(loop));
    loop_free(loop);
}

/* libuv's own would end the process at its first work. In a process of its own: nobody else's
 * threads count, and what it may do is taken from it for good. */
static void without_threads_there_is_no_pool(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        const struct rlimit none = { .rlim_cur = 1, .rlim_max = 1 };
        struct err e = { .code = ERR_OK };
        struct loop *loop = loop_new(clock_real(), &e);

        if (loop == NULL || (geteuid() == 0 && setuid(64321) != 0) ||
            setrlimit(RLIMIT_NPROC, &none) != 0)
            _exit(2);
        if (pool_uv_new(loop, &e) != NULL || strstr(e.text, "4 threads are wanted") == NULL)
            _exit(1);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_threads_there_is_no_pool),
        cmocka_unit_test(work_goes_behind_the_loop_in_the_order_given),
        cmocka_unit_test(what_was_given_is_told_before_the_end),
        cmocka_unit_test(without_work_there_is_no_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
