/* job.c - work on threads, without threads: a job works when chance says so, and one that is out
 * when the program dies has worked, or not. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
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
    struct sim_job *next;
};

static struct sim_pool *job_pool; /* of the one that plays: a job on a thread sees nothing else */

static void job_add(struct pool *pool, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
    struct sim_pool *own = (struct sim_pool *)pool;
    struct sim_job *job = mem_must(sizeof *job), **end = &own->first;

    *job = (struct sim_job){ .work = work, .done = done, .arg = arg };
    while (*end != NULL)
        end = &(*end)->next;
    *end = job;
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

static void job_work(struct sim_pool *pool, const struct sim_job *job, bool heard)
{
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
    job_work(&sim->pool, job, true);
    job->done(job->arg);
    mem_free(job);
    return true;
}

void job_crash(struct sim *sim)
{
    const struct sim_job *job;

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

    if (atomic_load(given_up))
        return err_set(e, ERR_CANCELLED, "nobody wants it any more");
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
    snprintf(state->run, sizeof state->run, "%s", json_get_text(input, "run"));
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
