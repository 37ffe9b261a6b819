/* jobs.c - see jobs.h. */
#include "designer-api/jobs.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/jobs_priv.h"
#include "designer-api/live.h"

#define JOBS_SLICE  50u
#define JOBS_FAULTS 100u

static int64_t jobs_now(const struct jobs *jobs)
{
    return jobs->options.clock->wall_ms(jobs->options.clock);
}

const struct jobs_options *jobs_rooms(const struct jobs *jobs)
{
    return &jobs->options;
}

static void job_free(struct job *job)
{
    json_decref(job->ask);
    json_decref(job->items);
    json_decref(job->result);
    json_decref(job->faults);
    mem_free(job);
}

static const struct job_kind *jobs_kind(const struct jobs *jobs, const char *name)
{
    for (size_t i = 0; name != NULL && jobs->options.kinds[i] != NULL; i++)
        if (strcmp(jobs->options.kinds[i]->name, name) == 0)
            return jobs->options.kinds[i];
    return NULL;
}

/* ---- As it is kept and shown */

json_t *job__json(const struct job *job)
{
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:O, s:I, s:I, s:I, s:I, s:I, s:I, s:O*, s:O*}", "kind",
        job->kind->name, "workspace", job->workspace, "by", job->by, "state", job->state, "ask",
        job->ask, "made_ms", (json_int_t)job->made_ms, "ended_ms", (json_int_t)job->ended_ms,
        "total", (json_int_t)job->total, "at", (json_int_t)job->at, "done", (json_int_t)job->done,
        "refused", (json_int_t)job->refused, "faults", job->faults, "result", job->result);

    check(json != NULL);
    if (job->e.code != ERR_OK)
        json_object_set_new(
            json, "error",
            json_pack("{s:s, s:s}", "kind", err_name(job->e.code), "text", job->e.text));
    return json;
}

static void job_tell(const struct job *job)
{
    struct live *live = job->jobs->options.live;

    if (live != NULL && live_listened(live, LIVE_JOB))
        live_tell(live, LIVE_JOB, job->workspace,
                  json_pack("{s:s, s:s, s:s, s:I, s:I}", "job", job->id, "kind", job->kind->name,
                            "state", job->state, "at", (json_int_t)job->at, "total",
                            (json_int_t)job->total));
}

static struct job *job_of(struct jobs *jobs, const char *id, const json_t *body)
{
    const struct job_kind *kind = jobs_kind(jobs, json_get_text(body, "kind"));
    const char *state = json_get_text(body, "state");
    struct job *job;

    if (kind == NULL || state == NULL)
        return NULL;
    job = mem_must(sizeof *job);
    *job = (struct job){ .kind = kind,
                         .jobs = jobs,
                         .state = strcmp(state, "running") == 0 ? "running" : "waiting",
                         .ask = json_incref(json_object_get(body, "ask")),
                         .faults = json_deep_copy(json_object_get(body, "faults")),
                         .made_ms = json_get_int(body, "made_ms", 0),
                         .total = (size_t)json_get_int(body, "total", 0),
                         .at = (size_t)json_get_int(body, "at", 0),
                         .done = json_get_int(body, "done", 0),
                         .refused = json_get_int(body, "refused", 0),
                         .resumed = strcmp(state, "running") == 0 };
    snprintf(job->id, sizeof job->id, "%.31s", id);
    snprintf(job->workspace, sizeof job->workspace, "%s", json_get_text(body, "workspace"));
    snprintf(job->by, sizeof job->by, "%s", json_get_text(body, "by"));
    return job;
}

/* ---- Keeping */

static void jobs_next(struct jobs *jobs);
static void jobs_kept(void *arg, const struct err *e);

static void job_keep(struct job *job)
{
    struct jobs *jobs = job->jobs;
    json_t *body = job__json(job);
    bool ended = job->ended_ms != 0;
    const struct object_change change = { .kind = JOBS_KIND,
                                          .workspace = "",
                                          .id = job->id,
                                          .from = OBJECT_ANY,
                                          .body = body,
                                          .by = job->by,
                                          .what = ended ? "job.end" : NULL,
                                          .until_ms = job->made_ms + JOBS_KEEP_MS };
    struct err e;

    job_tell(job);
    jobs->keeping = true;
    if (object_change(jobs->options.objects, &change, &job->revision, jobs_kept, job, &e) != ERR_OK)
        jobs_kept(job, &e);
    json_decref(body);
}

static void jobs_over(struct jobs *jobs)
{
    struct job *job = jobs->first;

    jobs->first = job->next;
    if (jobs->first == NULL)
        jobs->end = &jobs->first;
    jobs->count--;
    job_free(job);
    jobs->busy = false;
}

static void job_end(struct job *job, const char *state)
{
    job->state = state;
    job->ended_ms = jobs_now(job->jobs);
    job_keep(job);
}

/* (4) */
static void jobs_kept(void *arg, const struct err *e)
{
    struct job *job = arg;
    struct jobs *jobs = job->jobs;

    jobs->keeping = false;
    if (jobs->closed) {
        jobs__free(jobs);
        return;
    }
    if (e->code != ERR_OK) {
        log_error(jobs->options.log, "job %s (%s) stops until the next start: %s", job->id,
                  job->kind->name, e->text);
        jobs_over(jobs);
        jobs_next(jobs);
    } else if (job->ended_ms != 0) {
        jobs_over(jobs);
        jobs_next(jobs);
    } else {
        jobs__go(job);
    }
}

/* ---- Items */

struct job_one {
    struct job *job;
    char *item;
};

static void job_refused(struct job *job, const char *item, const struct err *e)
{
    job->refused++;
    if (job->faults == NULL)
        job->faults = json_array();
    if (json_array_size(job->faults) < JOBS_FAULTS)
        json_array_append_new(job->faults, json_pack("{s:s, s:s, s:s}", "item", item, "text",
                                                     e->text, "code", err_name(e->code)));
}

static void job_slice_end(struct job *job)
{
    if (--job->flying > 0)
        return;
    if (job->jobs->closed) {
        jobs__free(job->jobs);
        return;
    }
    job->resumed = false;
    if (job->at >= job->total)
        job_end(job, "done");
    else if (job->cancel)
        job_end(job, "cancelled");
    else
        job_keep(job);
}

static void job_item_told(void *arg, const struct err *e)
{
    struct job_one *one = arg;
    struct job *job = one->job;

    if (e->code == ERR_OK)
        job->done++;
    else
        job_refused(job, one->item, e);
    mem_free(one->item);
    mem_free(one);
    job_slice_end(job);
}

static void job_item(struct job *job, const char *item)
{
    struct job_one *one;
    struct err e;

    if (job->resumed && job->kind->was_done != NULL && job->kind->was_done(job, item)) {
        job->done++;
        return;
    }
    one = mem_must(sizeof *one);
    *one = (struct job_one){ job, mem_must_copy(item) };
    job->flying++;
    if (job->kind->item(job, item, job_item_told, one, &e) != ERR_OK)
        job_item_told(one, &e);
}

static void job_slice(struct job *job)
{
    job->flying = 1; /* this call: what is told at once does not end the slice */
    for (unsigned i = 0; i < JOBS_SLICE && job->at < job->total; i++)
        job_item(job, json_text(json_array_get(job->items, job->at++)));
    job_slice_end(job);
}

void jobs__go(struct job *job)
{
    if (job->items != NULL) {
        job_slice(job);
        return;
    }
    job->jobs->keeping = !job->kind->with_store; /* it comes back, also when the program ends */
    job->kind->work(job);
}

void job_ended(struct job *job, json_t *result, const struct err *e)
{
    if (job->jobs->closed) {
        json_decref(result);
        job->jobs->keeping = false;
        jobs__free(job->jobs);
        return;
    }
    job->result = result;
    if (e != NULL && e->code != ERR_OK)
        job->e = *e;
    job_end(job, job->e.code != ERR_OK ? "failed" : "done");
}

/* ---- One after the other */

static bool job_items_read(struct job *job, struct err *e)
{
    struct object object = { .body = NULL };

    if (job->kind->item == NULL || job->items != NULL)
        return true;
    if (object_read(job->jobs->options.objects, JOBS_ITEMS_KIND, "", job->id, &object, e) != ERR_OK)
        return false;
    job->items = json_incref(object.body);
    object_fini(&object);
    return true;
}

static void jobs_next(struct jobs *jobs)
{
    struct job *job = jobs->first;

    if (jobs->busy || job == NULL || jobs->closed)
        return;
    jobs->busy = true;
    if (job->cancel) {
        job_end(job, "cancelled");
    } else if (!job_items_read(job, &job->e)) {
        job_end(job, "failed");
    } else if (job->resumed && job->kind->work != NULL && !job->kind->again) {
        err_set(&job->e, ERR_CANCELLED, "the server ended while it was under way");
        job_end(job, "failed");
    } else {
        job->state = "running";
        if (job->resumed && job->items != NULL)
            jobs__go(job);
        else
            job_keep(job); /* then it goes */
    }
}

void jobs__add(struct jobs *jobs, struct job *job)
{
    *jobs->end = job;
    jobs->end = &job->next;
    jobs->count++;
    jobs_next(jobs);
}

struct job *jobs__find(const struct jobs *jobs, const char *id)
{
    struct job *job = jobs->first;

    while (job != NULL && strcmp(job->id, id) != 0)
        job = job->next;
    return job;
}

bool jobs_has(const struct jobs *jobs, const char *kind)
{
    for (const struct job *job = jobs->first; job != NULL; job = job->next)
        if (strcmp(job->kind->name, kind) == 0)
            return true;
    return false;
}

/* ---- Life */

static bool jobs_take(void *arg, const struct object *object)
{
    struct jobs *jobs = arg;
    const char *state = json_get_text(object->body, "state");
    struct job *job;

    if (state == NULL || (strcmp(state, "waiting") != 0 && strcmp(state, "running") != 0))
        return true;
    job = job_of(jobs, object->id, object->body);
    if (job == NULL)
        return true;
    *jobs->end = job;
    jobs->end = &job->next;
    jobs->count++;
    return true;
}

struct jobs *jobs_new(const struct jobs_options *options, struct err *e)
{
    struct jobs *jobs = mem_must(sizeof *jobs);

    *jobs = (struct jobs){ .options = *options };
    jobs->end = &jobs->first;
    if (object_list(options->objects, JOBS_KIND, "", NULL, NULL, 0, jobs_take, jobs, e) != ERR_OK) {
        jobs__free(jobs);
        return NULL;
    }
    return jobs;
}

void jobs_start(struct jobs *jobs)
{
    if (jobs->first != NULL)
        log_info(jobs->options.log, "%u jobs go on", jobs->count);
    jobs_next(jobs);
}

void jobs__free(struct jobs *jobs)
{
    struct job *job;

    if (jobs->keeping || (jobs->first != NULL && jobs->first->flying > 0))
        return;
    while ((job = jobs->first) != NULL) {
        jobs->first = job->next;
        job_free(job);
    }
    mem_free(jobs);
}

void jobs_close(struct jobs *jobs)
{
    if (jobs == NULL)
        return;
    jobs->closed = true;
    jobs__free(jobs);
}
