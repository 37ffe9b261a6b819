/* api_job.c - jobs are asked for, looked at, cancelled. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/draft.h"
#include "designer-api/jobs_priv.h"
#include "designer-api/people_priv.h"
#include "designer-api/when.h"

#define JOBS_WAITING 100u

/* ---- Asking */

struct job_making {
    struct jobs *jobs;
    struct job *job;
    struct ask_later *later; /* NULL: nobody asked */
};

static void job_drop(struct job *job)
{
    json_decref(job->ask);
    json_decref(job->items);
    mem_free(job);
}

static void job_made(void *arg, const struct err *e)
{
    struct job_making *making = arg;
    struct job *job = making->job;

    if (e->code != ERR_OK || making->jobs->closed) {
        if (making->later != NULL)
            later_refuse(making->later, e);
        else
            log_error(making->jobs->options.log, "a job (%s) is not begun: %s", job->kind->name,
                      e->text);
        job_drop(job);
    } else {
        if (making->later != NULL)
            later_give(making->later, 202, json_pack("{s:s}", "job", job->id));
        jobs__add(making->jobs, job);
    }
    mem_free(making);
}

static struct job *job_new(struct jobs *jobs, const char *kind, const char *workspace,
                           const char *by, json_t *asked, json_t *items)
{
    struct clock *clock = jobs->options.clock;
    struct job *job = mem_must(sizeof *job);
    static unsigned number; /* two in a millisecond */

    *job = (struct job){ .jobs = jobs,
                         .ask = asked,
                         .items = items,
                         .state = "waiting",
                         .total = json_array_size(items),
                         .made_ms = clock->wall_ms(clock) };
    for (size_t i = 0; jobs->options.kinds[i] != NULL; i++)
        if (strcmp(jobs->options.kinds[i]->name, kind) == 0)
            job->kind = jobs->options.kinds[i];
    check(job->kind != NULL && (job->kind->item != NULL) == (items != NULL));
    snprintf(job->id, sizeof job->id, "j%013lld%03u", (long long)job->made_ms, number++ % 1000);
    snprintf(job->workspace, sizeof job->workspace, "%s",
             *workspace != '\0' ? workspace : PEOPLE_MAIN);
    snprintf(job->by, sizeof job->by, "%s", by);
    return job;
}

static void job_keep_new(struct job *job, struct ask_later *later)
{
    struct job_making *making = mem_must(sizeof *making);
    json_t *body = job__json(job),
           *detail = json_pack("{s:s, s:I, s:O}", "kind", job->kind->name, "total",
                               (json_int_t)job->total, "ask", job->ask);
    struct object_change changes[2] = { { .kind = JOBS_KIND,
                                          .workspace = "",
                                          .id = job->id,
                                          .body = body,
                                          .by = job->by,
                                          .what = "job.make",
                                          .detail = detail },
                                        { .kind = JOBS_ITEMS_KIND,
                                          .workspace = "",
                                          .id = job->id,
                                          .body = job->items,
                                          .by = job->by,
                                          .until_ms = job->made_ms + JOBS_KEEP_MS } };
    struct err e;

    changes[0].until_ms = job->made_ms + JOBS_KEEP_MS;
    *making = (struct job_making){ job->jobs, job, later };
    if (object_change_all(job->jobs->options.objects, changes, job->items != NULL ? 2 : 1, job_made,
                          making, &e) != ERR_OK)
        job_made(making, &e);
    json_decref(body);
    json_decref(detail);
}

void jobs_ask(struct ask *ask, const char *kind, json_t *asked, json_t *items)
{
    struct jobs *jobs = ask->api->rooms.jobs;
    struct err e;

    if (jobs->count < JOBS_WAITING) {
        job_keep_new(job_new(jobs, kind, ask->who->workspace, ask->who->name, asked, items),
                     ask_later(ask));
        return;
    }
    err_set(&e, ERR_OVERLOAD, "%u jobs wait; cancel some, or wait until they are done",
            jobs->count);
    ask_refuse(ask, &e);
    json_decref(asked);
    json_decref(items);
}

void jobs_begin(struct jobs *jobs, const char *kind, json_t *asked)
{
    job_keep_new(job_new(jobs, kind, "", "weft", asked, NULL), NULL);
}

/* ---- Looking */

static bool job_is_own(const struct ask *ask, const json_t *body)
{
    const char *workspace = ask->who->workspace;

    return *workspace == '\0' || strcmp(json_get_text(body, "workspace"), workspace) == 0;
}

static json_t *job_shown(const struct ask *ask, const char *id, const json_t *body)
{
    json_t *json = json_copy((json_t *)body), *can = json_array();
    const char *state = json_get_text(body, "state");

    json_object_set_new(json, "job", json_string(id));
    json_object_set_new(json, "made_at", when_json(json_get_int(body, "made_ms", 0)));
    if (json_get_int(body, "ended_ms", 0) != 0)
        json_object_set_new(json, "ended_at", when_json(json_get_int(body, "ended_ms", 0)));
    json_object_del(json, "made_ms");
    json_object_del(json, "ended_ms");
    json_object_del(json, "ask");
    if ((strcmp(state, "waiting") == 0 || strcmp(state, "running") == 0) &&
        who_may(ask->who, MAY_RUNS_ACT))
        json_array_append_new(can, json_string("cancel"));
    json_object_set_new(json, "can", can);
    return json;
}

struct job_list {
    const struct ask *ask;
    json_t *items;
};

static bool job_row(void *arg, const struct object *object)
{
    struct job_list *list = arg;

    if (job_is_own(list->ask, object->body)) /* the newest first */
        json_array_insert_new(list->items, 0, job_shown(list->ask, object->id, object->body));
    return true;
}

static void job_list(struct ask *ask)
{
    struct job_list list = { ask, json_array() };
    struct err e;

    if (object_list(ask_objects(ask), JOBS_KIND, "", NULL, NULL, 0, job_row, &list, &e) == ERR_OK) {
        draft_page(ask, list.items, "job");
        return;
    }
    json_decref(list.items);
    ask_refuse(ask, &e);
}

/* false: refused */
static bool job_read(struct ask *ask, struct object *object)
{
    struct err e;

    if (object_read(ask_objects(ask), JOBS_KIND, "", ask->path[0], object, &e) == ERR_OK) {
        if (job_is_own(ask, object->body))
            return true;
        object_fini(object);
    }
    err_set(&e, ERR_NOT_FOUND, "there is no job %.60s", ask->path[0]);
    ask_refuse(ask, &e);
    return false;
}

/* As it is now, which is ahead of what is kept. */
static json_t *job_now(struct ask *ask, const struct object *object)
{
    const struct job *job = jobs__find(ask->api->rooms.jobs, object->id);
    json_t *body = job != NULL ? job__json(job) : json_incref(object->body), *shown;

    shown = job_shown(ask, object->id, body);
    json_decref(body);
    return shown;
}

static void job_get(struct ask *ask)
{
    struct object object;

    if (!job_read(ask, &object))
        return;
    ask_give(ask, 200, job_now(ask, &object));
    object_fini(&object);
}

static void job_cancel(struct ask *ask)
{
    struct object object;
    struct job *job;
    struct err e;

    if (!job_read(ask, &object))
        return;
    job = jobs__find(ask->api->rooms.jobs, object.id);
    e.code = ERR_OK;
    if (job == NULL || job->ended_ms != 0)
        err_set(&e, ERR_CONFLICT, "job %s has ended: %s", object.id,
                json_get_text(object.body, "state"));
    else if (job->items == NULL && job == ask->api->rooms.jobs->first && job->total == 0)
        err_set(&e, ERR_CONFLICT, "job %s is under way, and a %s is not stopped half-way",
                object.id, job->kind->name);
    if (e.code == ERR_OK) {
        job->cancel = true;
        ask_give(ask, 202, job_now(ask, &object));
    } else {
        ask_refuse(ask, &e);
    }
    object_fini(&object);
}

const struct ask_bind job_binds[] = {
    { "listJobs", job_list },
    { "getJob", job_get },
    { "cancelJob", job_cancel },
    { NULL, NULL },
};
