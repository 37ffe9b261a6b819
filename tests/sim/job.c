/* job.c - work on threads, without threads: a job works when chance says so, is heard of then or
 * later, and one that is out when the program dies has worked, or not. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/run.h"
#include "flow/node_doubt.h"
#include "flow/node_work.h"
#include "flow/registry.h"
#include "sim/sim.h"

#define JOB_THREADS 4

/* ---- The pool */

struct sim_job {
    void (*work)(void *arg);
    void (*done)(void *arg);
    void *arg;
    bool worked;
    struct sim_job *next;
};

static struct sim_pool *job_pool; /* of the one that plays: a job on a thread sees nothing else */

static void job_put(struct sim_pool *pool, struct sim_job *job)
{
    struct sim_job **end = &pool->first;

    job->next = NULL;
    while (*end != NULL)
        end = &(*end)->next;
    *end = job;
}

static void job_add(struct pool *pool, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
    struct sim_job *job = mem_must(sizeof *job);

    *job = (struct sim_job){ .work = work, .done = done, .arg = arg };
    job_put((struct sim_pool *)pool, job);
}

void job_open(struct sim *sim)
{
    sim->pool = (struct sim_pool){ .pool = { job_add, JOB_THREADS }, .sim = sim };
}

/* Takes one of them, not always the first: threads overtake each other. */
static struct sim_job *job_take(struct sim_pool *pool)
{
    struct sim_job **at = &pool->first, *job;

    while (*at != NULL && (*at)->next != NULL && dice_chance(&pool->sim->dice, 300))
        at = &(*at)->next;
    job = *at;
    if (job != NULL)
        *at = job->next;
    return job;
}

static void job_work(struct sim_pool *pool, struct sim_job *job, bool heard)
{
    if (job->worked)
        return;
    job->worked = true;
    job_pool = pool;
    pool->heard = heard;
    pool->works = true;
    job->work(job->arg);
    pool->works = false;
}

bool job_move(struct sim *sim)
{
    struct sim_job *job = job_take(&sim->pool);

    if (job == NULL)
        return false;
    if (!job->worked && dice_chance(&sim->dice, 300)) { /* it lasts */
        job_work(&sim->pool, job, true);
        job_put(&sim->pool, job);
        return true;
    }
    job_work(&sim->pool, job, true);
    job->done(job->arg);
    mem_free(job);
    return true;
}

void job_crash(struct sim *sim)
{
    struct sim_job *job;

    for (job = sim->pool.first; job != NULL; job = job->next)
        if (dice_chance(&sim->dice, 500))
            job_work(&sim->pool, job, false);
}

void job_bury(struct sim *sim, bool broken)
{
    struct sim_job *job;

    while ((job = job_take(&sim->pool)) != NULL) {
        if (!broken)
            job->done(job->arg);
        mem_free(job);
    }
}

/* ---- The node types */

struct job_state {
    enum effect_class effect;
    char run[IDENT_TEXT], key[UUID_TEXT];
    char *body;
};

static enum err_code job_does(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    const struct job_state *state = arg;
    const struct http_pair headers[] = { { "X-Run", state->run },
                                         { "X-Node", "post" },
                                         { "Idempotency-Key", state->key } };
    const struct http_ask ask = {
        .method = "POST",
        .url = state->effect == EFFECT_KEYED ? "http://127.0.0.1/gw/keyed"
                                             : "http://127.0.0.1/erp/once/jobs",
        .headers = headers,
        .header_count = state->effect == EFFECT_KEYED ? 3 : 2,
        .body = state->body,
        .body_size = strlen(state->body),
        .effect = true,
    };

    (void)given_up; /* one that does not ask: that it never begins then is the engine's part */
    return peers_job(job_pool->sim->peers, &ask, job_pool->heard, sent, e);
}

static void job_drop(void *arg)
{
    struct job_state *state = arg;

    mem_free(state->body);
    mem_free(state);
}

static void job_done(struct step *step, const void *config, void *job)
{
    json_t *output = json_true();

    (void)config;
    (void)job;
    step_done(step, "out", &output);
}

static enum node_next job_start(struct step *step, const void *config)
{
    json_t *input = step_input(step);
    struct job_state *state = mem_must(sizeof *state);
    struct step_work work = {
        .job = state,
        .work = job_does,
        .drop = job_drop,
        .effect = step_type(step)->effect,
        .what = "a job",
    };

    (void)config;
    state->effect = work.effect;
    state->body = json_text_new(input, LIMIT_OUTPUT, NULL);
    check(state->body != NULL);
    ident_text(step->run->id, state->run);
    snprintf(state->key, sizeof state->key, "%s", step_key(step));
    work.digest = state->body;
    work.digest_size = strlen(state->body);
    return step_work(step, &work, job_done);
}

void job_types(struct registry *registry)
{
    static const struct node_type types[] = {
        { .name = "connector.jobonce",
          .kind = NODE_CONNECTOR,
          .title = "once",
          .effect = EFFECT_ONCE,
          .start = job_start },
        { .name = "connector.jobkey",
          .kind = NODE_CONNECTOR,
          .title = "keyed",
          .effect = EFFECT_KEYED,
          .start = job_start },
    };

    registry_add(registry, &types[0]);
    registry_add(registry, &types[1]);
}
