/* job.c - work of a step on a thread of the pool.
 *
 *   begin -> a place of its connection, if it has one (governor.h)
 *         -> effect none: QUEUED
 *            else: intent written -> GATED -> committed -> QUEUED -> OUT -> done -> the node
 *
 * (1) At most so many jobs are out as leave the pool a thread for files and queries; the others
 *     wait in order of arrival.                                                     [jobs_begin]
 * (2) A job outlives its step: when the step is given up, the job is told, and dropped when its
 *     work has returned. One that has not begun by then never does: what it was to do may be done
 *     by another try or a person meanwhile.                      [job_leave, job_work, job_done]
 * (3) What had an effect and was given up after its work began is unknown.       [job_continue]
 * (4) What may leave only in the time of its key asks the clock where the work begins: the commit
 *     and the wait for a thread may have outlasted it.                               [job_work] */
#include "engine/run.h"

#include <stdatomic.h>
#include <string.h>

#include "engine/connection_account.h"
#include "io/pool.h"

struct job {
    struct step_work work;
    char *what;
    char digest[DIGEST_TEXT];
    struct connection *connection; /* counted; NULL: none */
    bool placed, probes;           /* holds a place of its governor */
    atomic_bool given_up;
    struct clock *clock;
    struct deadline not_after; /* it does not begin later; {0}: at any time */
    bool sent, late;
    enum err_code code;
    struct err e;
    enum { JOB_HELD, JOB_QUEUED, JOB_OUT, JOB_DONE } state;
    struct engine *engine; /* NULL: its step is gone */
    uint64_t tag;
    struct job *next; /* of those that wait, or of those that are out */
};

static void jobs_add(struct job **list, struct job *job)
{
    while (*list != NULL)
        list = &(*list)->next;
    job->next = NULL;
    *list = job;
}

static void jobs_remove(struct job **list, struct job *job)
{
    while (*list != job)
        list = &(*list)->next;
    *list = job->next;
}

static void job_free(struct job *job)
{
    job->work.drop(job->work.job);
    if (job->placed && job->engine != NULL)
        governor_leave(job->connection->governor, job->probes);
    connection_unref(job->connection);
    mem_free(job->what);
    mem_free(job);
}

/* ---- The pool */

static void job_work(void *arg)
{
    struct job *job = arg;

    job->e.code = ERR_OK;
    job->late = clock_is_past(job->clock, &job->not_after);
    if (job->late || atomic_load(&job->given_up)) /* (4), (2) */
        return;
    job->code = job->work.work(job->work.job, &job->given_up, &job->sent, &job->e);
}

static void jobs_begin(struct engine *engine);

static void job_done(void *arg)
{
    struct job *job = arg;
    struct engine *engine = job->engine;
    struct step *step;

    check(job->state == JOB_OUT);
    if (engine == NULL) {
        job_free(job);
        return;
    }
    job->state = JOB_DONE;
    jobs_remove(&engine->jobs.out, job);
    engine->jobs.out_count--;
    step = job->tag != 0 ? step_find(engine, job->tag, STEP_WORKS) : NULL;
    if (step == NULL) /* (2) */
        job_free(job);
    else if (!step->arrived)
        step_arrived(step);
    jobs_begin(engine);
}

/* Nobody wants the effect of a job that has not begun when its level fails. */
static bool job_is_wanted(struct job *job)
{
    struct step *step = step_find(job->engine, job->tag, STEP_WORKS);

    if (step == NULL || !step->n->frame->failing || job->work.effect == EFFECT_NONE)
        return true;
    job->state = JOB_DONE;
    job->code = err_set(&job->e, ERR_CANCELLED, "not begun: the run had failed before");
    if (!step->arrived)
        step_arrived(step);
    return false;
}

/* (1) */
static void jobs_begin(struct engine *engine)
{
    size_t most = engine->world.pool->threads > 1 ? engine->world.pool->threads - 1 : 1;
    struct job *job;

    while (engine->jobs.out_count < most && (job = engine->jobs.waiting) != NULL) {
        jobs_remove(&engine->jobs.waiting, job);
        if (!job_is_wanted(job))
            continue;
        jobs_add(&engine->jobs.out, job);
        engine->jobs.out_count++;
        job->state = JOB_OUT;
        pool_work(engine->world.pool, job_work, job_done, job);
    }
}

static void job_send(struct step *step)
{
    struct job *job = step->job;
    struct engine *engine = job->engine;
    int64_t timeout = node_of(step->n)->timeout_ms;

    check(job->state == JOB_HELD);
    job->state = JOB_QUEUED;
    job->clock = engine->world.clock;
    job->not_after = step->not_after;
    job->tag = step_wait_for(step, STEP_WORKS);
    jobs_add(&engine->jobs.waiting, job);
    if (timeout > 0)
        due_add(engine, engine->steady + timeout, job->tag, false);
    jobs_begin(engine);
}

/* ---- The step */

void job_leave(struct job *job)
{
    if (job == NULL)
        return;
    if (job->state == JOB_QUEUED)
        jobs_remove(&job->engine->jobs.waiting, job);
    if (job->state != JOB_OUT) {
        job_free(job);
        return;
    }
    atomic_store(&job->given_up, true);
    job->tag = 0;
}

void jobs_free(struct engine *engine)
{
    check(engine->jobs.waiting == NULL);
    for (struct job *job = engine->jobs.out; job != NULL; job = job->next) {
        check(job->tag == 0);
        job->engine = NULL;
    }
}

/* A place, an intent. */
static void job_enter(struct step *step)
{
    struct job *job = step->job;
    struct intent intent = { .effect = job->work.effect,
                             .marks = job->work.marks,
                             .key_valid_ms = job->work.key_valid_ms,
                             .what = job->what,
                             .digest = job->digest,
                             .connection = job->connection,
                             .open = job_send };

    if (job->connection != NULL) {
        job->placed = governor_enter(job->connection->governor, step, &job->probes);
        if (!job->placed)
            return;
    }
    step_intend(step, &intent);
}

static void job_late(struct step *step)
{
    struct job *job = step->job;
    struct err e;

    err_set(&e, ERR_TIMEOUT, "the step's work was not done in %lld ms",
            (long long)node_of(step->n)->timeout_ms);
    step->unsure = job->state == JOB_OUT && step_is_unsure(step); /* (3) */
    step_fail(step, &e, NULL);
    job_leave(job);
    step->job = NULL;
}

void job_continue(struct step *step)
{
    struct job *job = step->job;

    if (step->wait == STEP_QUEUES) {
        step_forget(step);
        job_enter(step);
        return;
    }
    if (job->state != JOB_DONE) {
        job_late(step);
        return;
    }
    step->job = NULL;
    if (job->late) {
        intent_late(step);
        job_free(job);
        return;
    }
    if (job->connection != NULL && (job->code == ERR_OK || !err_retry(job->code)))
        governor_answered(job->connection->governor);
    if (job->code != ERR_OK) {
        check(job->e.code == job->code);
        step->unsure = job->sent && step_is_unsure(step);
        step->unsent = !job->sent;
        step_fail(step, &job->e, NULL);
    } else {
        step_forget(step);
        step->answered = job->work.effect != EFFECT_NONE;
        step->then_worked(step, step->config, job->work.job);
    }
    job_free(job);
}

void job_digest(const struct connection *c, const void *digest, size_t size, char text[DIGEST_TEXT])
{
    struct buf all;

    buf_init(&all, size + 8 * LIMIT_PATH + CONNECTION_ACCOUNT);
    if (c != NULL && c->base_url != NULL)
        buf_addf(&all, "%s\n", c->base_url);
    connection_account(c, &all);
    buf_add(&all, digest, size);
    check(buf_ok(&all));
    digest_text(buf_text(&all), all.len, text);
    buf_fini(&all);
}

enum node_next step_work(struct step *step, const struct step_work *work, step_worked_fn *then)
{
    const char *connection = node_of(step->n)->connection;
    struct job *job = mem_must(sizeof *job);
    struct err e;

    CHECK_OBJ(step, STEP_MAGIC);
    check(step->wait == STEP_FREE && !step->ended && step->job == NULL);
    check(work->effect == EFFECT_NONE || work->what != NULL);
    check(step->rung != RUNG_PROBE || work->effect == EFFECT_NONE);
    check(step->rung != RUNG_REVERSE || work->effect <= EFFECT_IDEMPOTENT);
    atomic_init(&job->given_up, false);
    job->work = *work;
    job->engine = step->run->engine;
    job->what = mem_must_copy(work->what);
    step->job = job;
    step->then_worked = then;
    if (connection != NULL && !work->local)
        job->connection = connection_find(step->run->deployment, connection);
    if (job->connection != NULL)
        connection_ref(job->connection);
    if (!intent_is_there(step, job->connection, &e)) {
        step_fail(step, &e, NULL);
        job_leave(job);
        step->job = NULL;
        return NODE_ENDED;
    }
    job_digest(job->connection, work->digest, work->digest_size, job->digest);
    job_enter(step);
    return step->ended ? NODE_ENDED : NODE_WAITING;
}
