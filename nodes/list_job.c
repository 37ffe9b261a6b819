/* list_job.c - see list_job.h. */
#include "nodes/list_job.h"

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"

/* What is handed to the pool. */
struct list_job {
    const struct list_job_kind *kind;
    void *job;
    json_t *output;
};

static enum err_code job_work(void *arg, const atomic_bool *given_up, bool *sent, struct err *e)
{
    struct list_job *work = arg;

    (void)sent;
    check(work->output == NULL);
    work->output = work->kind->run(work->job, given_up, e);
    return work->output != NULL ? ERR_OK : e->code;
}

static void job_drop(void *arg)
{
    struct list_job *work = arg;

    work->kind->end(work->job);
    json_decref(work->output);
    mem_free(work);
}

static void job_worked(struct step *step, const void *config, void *arg)
{
    struct list_job *work = arg;
    json_t *output = work->output;

    (void)config;
    work->output = NULL;
    step_done(step, "out", &output);
}

static void job_inline(struct step *step, const struct list_job_kind *kind, void *job)
{
    json_t *output, *details = NULL;
    struct err e;

    output = kind->run(job, NULL, &e);
    if (output != NULL)
        step_done(step, "out", &output);
    else
        step_fail(step, &e, &details);
    kind->end(job);
}

static enum err_code values_check(const struct list_job_kind *kind,
                                  const struct step_values *values, struct err *e)
{
    size_t lists = values->count - (kind->text != NULL);

    check(lists <= LIST_JOB_LISTS);
    for (size_t i = 0; i < lists; i++) {
        check(kind->names[i] != NULL);
        if (!json_is_array(values->filled[i]))
            return err_set(e, ERR_INVALID, "\"%s\" must give a list, but gave: %s", kind->names[i],
                           json_kind(values->filled[i]));
    }
    if (kind->text == NULL || values->filled[lists] == NULL || json_is_null(values->filled[lists]))
        return ERR_OK;
    if (!json_is_text(values->filled[lists]))
        return err_set(e, ERR_INVALID, "\"%s\" must give a text, but gave: %s", kind->text,
                       json_kind(values->filled[lists]));
    return ERR_OK;
}

void list_job_start(struct step *step, const struct list_job_kind *kind, void *setup,
                    const struct step_values *values)
{
    struct step_work pool = { .work = job_work, .drop = job_drop, .effect = EFFECT_NONE };
    json_t *const *lists = values->filled;
    struct list_job *work;
    json_t *details = NULL;
    struct err e;

    check(setup != NULL);
    if (values_check(kind, values, &e) != ERR_OK) {
        step_fail(step, &e, &details);
        return;
    }
    if (kind->is_short(lists)) {
        job_inline(step, kind, kind->begin(setup, lists));
        return;
    }
    work = mem_must(sizeof *work);
    work->kind = kind;
    work->job = kind->begin(setup, lists);
    pool.job = work;
    step_work(step, &pool, job_worked);
}
