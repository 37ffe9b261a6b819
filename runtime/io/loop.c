/* loop.c - the loop: hooks, alarm, signals, pool work.
 *
 * A turn, in libuv's order:
 *
 *   timers -> idle (ends "again") -> prepare: the hooks -> wait (not at all after loop_again())
 *          -> I/O, signals, mailboxes, finished work -> closings -> next turn
 *
 * (1) Hooks run in order of registration, in the prepare phase and nowhere else.  [loop_turn]
 * (2) After loop_again() in a hook the wait of that turn takes no time; called in a later phase it
 *     costs nothing, because the hooks come round anyway.                          [loop_again]
 * (3) At most one alarm; it only wakes, the hooks look what is due.                [loop_alarm] */
#include "io/loop.h"

#include <signal.h>
#include <uv.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/loop_priv.h"

#define LOOP_MAGIC       0x4c4f4f50u
#define LOOP_WORK_MAGIC  0x574f524bu
#define LOOP_CLOSE_TURNS 8 /* closings end in the turn after; more only if one closes another */

struct loop_hook {
    void (*hook)(void *arg); /* NULL: taken off, removed after the turn */
    void *arg;
};

struct loop_signal {
    uv_signal_t handle; /* first */
    void (*fn)(void *arg, int signo);
    void *arg;
    struct loop_signal *next;
};

struct loop {
    unsigned magic;
    struct clock *clock;
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_idle_t idle;
    uv_timer_t timer;
    struct bells bells;
    int64_t alarm; /* steady_ms for which the timer stands, INT64_MAX: none */
    uint64_t turn;
    size_t working; /* jobs of loop_work() under way */
    struct loop_turns turns;
    uint64_t turned_ns, waited_ns; /* when the last turn had ended; waiting for I/O until then */
    int64_t stall_ms;              /* 0: nobody is told */
    void (*on_stall)(void *arg, int64_t ms);
    void *stall_arg;
    struct loop_signal *signals;
    struct loop_hook *hooks;
    size_t hook_count;
    size_t hook_room;
    bool in_hooks;
};

static void loop_hooks_compact(struct loop *loop)
{
    size_t kept = 0;

    for (size_t i = 0; i < loop->hook_count; i++) {
        if (loop->hooks[i].hook != NULL)
            loop->hooks[kept++] = loop->hooks[i];
    }
    loop->hook_count = kept;
}

/* ---- How long turns take */

const unsigned loop_turn_bounds_us[LOOP_TURN_BOUNDS] = { 1000,  2000,   5000,   10000,  25000,
                                                         50000, 100000, 250000, 1000000 };

/* The turn ends behind the hooks: what was not waited for since the one before, it took. */
static void loop_time(struct loop *loop)
{
    uint64_t now = uv_hrtime(), waited = uv_metrics_idle_time(&loop->uv), us;
    size_t i = 0;

    us = (now - loop->turned_ns - (waited - loop->waited_ns)) / 1000;
    loop->turned_ns = now;
    loop->waited_ns = waited;
    while (i < LOOP_TURN_BOUNDS && us > loop_turn_bounds_us[i])
        i++;
    loop->turns.counts[i]++;
    loop->turns.busy_us += us;
    if (loop->stall_ms > 0 && us >= (uint64_t)loop->stall_ms * 1000)
        loop->on_stall(loop->stall_arg, (int64_t)(us / 1000));
}

const struct loop_turns *loop_turns(const struct loop *loop)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    return &loop->turns;
}

void loop_on_stall(struct loop *loop, int64_t ms, void (*fn)(void *arg, int64_t ms), void *arg)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    check(fn != NULL && ms > 0);
    loop->stall_ms = ms;
    loop->on_stall = fn;
    loop->stall_arg = arg;
}

static void loop_turn(uv_prepare_t *handle)
{
    struct loop *loop = handle->data;

    CHECK_OBJ(loop, LOOP_MAGIC);
    loop->turn++;
    loop->in_hooks = true;
    for (size_t i = 0; i < loop->hook_count; i++) {
        struct loop_hook hook = loop->hooks[i]; /* a copy: a hook may register another */

        if (hook.hook != NULL)
            hook.hook(hook.arg);
    }
    loop->in_hooks = false;
    loop_hooks_compact(loop);
    loop_time(loop);
}

static void loop_again_ended(uv_idle_t *handle)
{
    uv_idle_stop(handle);
}

static void loop_alarm_rang(uv_timer_t *handle)
{
    struct loop *loop = handle->data;

    CHECK_OBJ(loop, LOOP_MAGIC);
    loop->alarm = INT64_MAX;
}

struct loop *loop_new(struct clock *clock, struct err *e)
{
    struct loop *loop = mem_must(sizeof(*loop));
    int rc;

    check(clock != NULL);
    rc = uv_loop_init(&loop->uv);
    if (rc != 0) {
        err_set(e, ERR_IO, "cannot make an event loop: %s", uv_strerror(rc));
        mem_free(loop);
        return NULL;
    }
    if (bells_open(&loop->bells, &loop->uv, e) != ERR_OK) {
        check(uv_loop_close(&loop->uv) == 0);
        mem_free(loop);
        return NULL;
    }
    (void)uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME); /* else all of it counts as work */
    signal(SIGPIPE, SIG_IGN);
    loop->magic = LOOP_MAGIC;
    loop->clock = clock;
    loop->alarm = INT64_MAX;
    loop->uv.data = loop;
    /* None of these can fail: they only fill in the handle. */
    uv_prepare_init(&loop->uv, &loop->prepare);
    uv_idle_init(&loop->uv, &loop->idle);
    uv_timer_init(&loop->uv, &loop->timer);
    loop->prepare.data = loop;
    loop->timer.data = loop;
    uv_prepare_start(&loop->prepare, loop_turn);
    return loop;
}

static void loop_signal_closed(uv_handle_t *handle)
{
    mem_free(handle); /* the handle is the signal's first member */
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    CHECK_OBJ(loop, LOOP_MAGIC);
    check(!loop->in_hooks);
    uv_prepare_stop(&loop->prepare);
    while (loop->working > 0)
        uv_run(&loop->uv, UV_RUN_ONCE);
    while (loop->signals != NULL) {
        struct loop_signal *signal = loop->signals;

        loop->signals = signal->next;
        uv_close((uv_handle_t *)&signal->handle, loop_signal_closed);
    }
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->idle, NULL);
    uv_close((uv_handle_t *)&loop->timer, NULL);
    bells_close(&loop->bells);
    for (int i = 0; i < LOOP_CLOSE_TURNS && uv_loop_alive(&loop->uv); i++)
        uv_run(&loop->uv, UV_RUN_NOWAIT);
    check(uv_loop_close(&loop->uv) == 0); /* otherwise somebody left a handle open */
    loop->magic = 0;
    mem_free(loop->hooks);
    mem_free(loop);
}

enum err_code loop_run(struct loop *loop, struct err *e)
{
    int rc;

    CHECK_OBJ(loop, LOOP_MAGIC);
    check(!loop->in_hooks);
    loop->turned_ns = uv_hrtime();
    loop->waited_ns = uv_metrics_idle_time(&loop->uv);
    rc = uv_run(&loop->uv, UV_RUN_DEFAULT);
    if (rc < 0)
        return err_set(e, ERR_IO, "the event loop failed: %s", uv_strerror(rc));
    return ERR_OK;
}

void loop_stop(struct loop *loop)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    uv_stop(&loop->uv);
}

void loop_on_turn(struct loop *loop, void (*hook)(void *arg), void *arg)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    check(hook != NULL);
    if (loop->hook_count == loop->hook_room) {
        loop->hook_room = loop->hook_room == 0 ? 8 : loop->hook_room * 2;
        loop->hooks = mem_must_resize(loop->hooks, loop->hook_room * sizeof(*loop->hooks));
    }
    loop->hooks[loop->hook_count++] = (struct loop_hook){ hook, arg };
}

void loop_off_turn(struct loop *loop, void (*hook)(void *arg), void *arg)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    for (size_t i = 0; i < loop->hook_count; i++) {
        if (loop->hooks[i].hook == hook && loop->hooks[i].arg == arg) {
            loop->hooks[i].hook = NULL;
            if (!loop->in_hooks)
                loop_hooks_compact(loop);
            return;
        }
    }
    check(!"a hook is taken off that was not put on");
}

void loop_again(struct loop *loop)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    uv_idle_start(&loop->idle, loop_again_ended);
}

void loop_alarm(struct loop *loop, int64_t steady_ms)
{
    int64_t rest;

    CHECK_OBJ(loop, LOOP_MAGIC);
    if (steady_ms == loop->alarm)
        return;
    loop->alarm = steady_ms;
    if (steady_ms == INT64_MAX) {
        uv_timer_stop(&loop->timer);
        return;
    }
    rest = steady_ms - loop->clock->steady_ms(loop->clock);
    /* libuv counts from the begin of the turn: after a long one the timer would come too early. */
    uv_update_time(&loop->uv);
    uv_timer_start(&loop->timer, loop_alarm_rang, rest > 0 ? (uint64_t)rest : 0, 0);
}

/* A wait that a signal cuts short is missing in what libuv says was waited: the turn is counted
 * from here, else a server that had nothing to do would be said to have been held up. */
static void loop_signal_came(uv_signal_t *handle, int signo)
{
    struct loop_signal *signal = (struct loop_signal *)handle;
    struct loop *loop = handle->loop->data;

    CHECK_OBJ(loop, LOOP_MAGIC);
    loop->turned_ns = uv_hrtime();
    loop->waited_ns = uv_metrics_idle_time(&loop->uv);
    signal->fn(signal->arg, signo);
}

void loop_on_signal(struct loop *loop, int signo, void (*fn)(void *arg, int signo), void *arg)
{
    struct loop_signal *signal = mem_must(sizeof(*signal));

    CHECK_OBJ(loop, LOOP_MAGIC);
    check(fn != NULL);
    check(uv_signal_init(&loop->uv, &signal->handle) == 0);
    check(uv_signal_start(&signal->handle, loop_signal_came, signo) == 0);
    signal->fn = fn;
    signal->arg = arg;
    signal->next = loop->signals;
    loop->signals = signal;
}

struct loop_job {
    unsigned magic;
    uv_work_t request;
    struct loop *loop;
    void (*work)(void *arg);
    void (*done)(void *arg);
    void *arg;
};

static void loop_work_run(uv_work_t *request)
{
    struct loop_job *job = request->data;

    CHECK_OBJ(job, LOOP_WORK_MAGIC);
    job->work(job->arg);
}

static void loop_work_done(uv_work_t *request, int status)
{
    struct loop_job *job = request->data;
    void (*done)(void *arg) = job->done;
    void *arg = job->arg;

    CHECK_OBJ(job, LOOP_WORK_MAGIC);
    check(status == 0); /* nobody cancels */
    check(job->loop->working > 0);
    job->loop->working--;
    mem_free(job);
    if (done != NULL)
        done(arg);
}

void loop_work(struct loop *loop, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
    struct loop_job *job = mem_must(sizeof(*job));

    CHECK_OBJ(loop, LOOP_MAGIC);
    check(work != NULL);
    job->magic = LOOP_WORK_MAGIC;
    job->request.data = job;
    job->loop = loop;
    job->work = work;
    job->done = done;
    job->arg = arg;
    loop->working++;
    check(uv_queue_work(&loop->uv, &job->request, loop_work_run, loop_work_done) == 0);
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    return &loop->uv;
}

struct clock *loop__clock(const struct loop *loop)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    return loop->clock;
}

struct bells *loop__bells(struct loop *loop)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    return &loop->bells;
}

uint64_t loop__turn(const struct loop *loop)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    return loop->turn;
}

int64_t loop__now(const struct loop *loop)
{
    CHECK_OBJ(loop, LOOP_MAGIC);
    return (int64_t)uv_now(&loop->uv);
}
