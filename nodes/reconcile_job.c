/* reconcile_job.c - two JSON lists through a reconciliation. */
#include "nodes/reconcile_job.h"

#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"

#define RECONCILE_INLINE 500u /* lines in all: fewer do not leave the loop */

static const char *const side_names[] = { "left", "right" };

/* ---- The setup */

struct reconcile_setup *reconcile_setup_new(size_t columns)
{
    struct reconcile_setup *setup = mem_must(sizeof *setup);

    setup->refs = 1;
    pairing_init(&setup->pairing, columns);
    return setup;
}

struct reconcile_setup *reconcile_setup_ref(struct reconcile_setup *setup)
{
    check(setup->refs > 0);
    setup->refs++;
    return setup;
}

void reconcile_setup_unref(struct reconcile_setup *setup)
{
    if (setup == NULL)
        return;
    check(setup->refs > 0);
    if (--setup->refs > 0)
        return;
    for (size_t i = 0; i < setup->plan.pass_count; i++)
        reconcile_pass_fini(&setup->plan.passes[i]);
    mem_free(setup->plan.passes);
    pairing_fini(&setup->pairing);
    line_path_fini(&setup->lines[0]);
    line_path_fini(&setup->lines[1]);
    mem_free(setup);
}

/* ---- The job */

struct reconcile_job {
    struct reconcile_setup *setup;
    json_t *lists[LIST_JOB_VALUES]; /* left, right, the title */
    struct reconcile_text *keys;    /* of the line in work, for its columns */
    struct buf *texts;
};

static bool job_is_short(json_t *const *lists)
{
    return json_array_size(lists[0]) + json_array_size(lists[1]) < RECONCILE_INLINE;
}

static void *job_begin(void *given, json_t *const *lists)
{
    struct reconcile_setup *setup = given;
    struct reconcile_job *job = mem_must(sizeof *job);

    job->setup = reconcile_setup_ref(setup);
    job->lists[0] = json_incref(lists[0]);
    job->lists[1] = json_incref(lists[1]);
    job->lists[2] = json_is_text(lists[2]) ? json_incref(lists[2]) : NULL;
    job->keys = mem_must((setup->plan.columns + 1) * sizeof *job->keys);
    job->texts = mem_must((setup->plan.columns + 1) * sizeof *job->texts);
    for (unsigned i = 0; i < setup->plan.columns; i++)
        buf_init(&job->texts[i], LINE_KEY_MAX + 1);
    return job;
}

static void job_end(void *arg)
{
    struct reconcile_job *job = arg;

    for (unsigned i = 0; i < job->setup->plan.columns; i++)
        buf_fini(&job->texts[i]);
    mem_free(job->texts);
    mem_free(job->keys);
    json_decref(job->lists[0]);
    json_decref(job->lists[1]);
    json_decref(job->lists[2]);
    reconcile_setup_unref(job->setup);
    mem_free(job);
}

enum err_code reconcile_stands_for(const struct reconcile_setup *setup, int side, json_t *line,
                                   int64_t *lines, struct err *e)
{
    const struct line_path *path = &setup->lines[side];
    json_t *value = path->text != NULL ? line_at(line, path) : NULL;

    *lines = 1;
    if (value == NULL)
        return ERR_OK;
    *lines = json_integer_value(value);
    if (!json_is_integer(value) || *lines < 1 || *lines > RECONCILE_STANDS_FOR)
        return err_set(e, ERR_INVALID, "\"%s\" must be a whole number from 1 to %d", path->text,
                       RECONCILE_STANDS_FOR);
    return ERR_OK;
}

static enum err_code line_read(struct reconcile_job *job, int side, json_t *json,
                               struct reconcile_line *line, struct err *e)
{
    const struct pairing *pairing = &job->setup->pairing;
    struct pairing_line is;
    int64_t lines;

    if (pairing_read(pairing, side, json, &is, e) != ERR_OK ||
        reconcile_stands_for(job->setup, side, json, &lines, e) != ERR_OK)
        return e->code;
    *line = (struct reconcile_line){
        .keys = job->keys,
        .amount = is.amount,
        .scale = is.scale,
        .day = is.day,
        .currency = { is.currency, strlen(is.currency) },
    };
    for (unsigned i = 0; i < pairing->count; i++) {
        if (pairing_read_key(pairing, i, side, json, &job->texts[i], e) != ERR_OK)
            return e->code;
        job->keys[i] = (struct reconcile_text){ buf_text(&job->texts[i]), job->texts[i].len };
    }
    return ERR_OK;
}

static enum err_code list_feed(struct reconcile_job *job, int side, struct reconcile *r,
                               const atomic_bool *given_up, struct err *e)
{
    size_t count = json_array_size(job->lists[side]);
    struct reconcile_line line;

    for (size_t i = 0; i < count; i++) {
        if (line_read(job, side, json_array_get(job->lists[side], i), &line, e) != ERR_OK)
            return err_prefix(e, "%s, line %zu", side_names[side], i + 1);
        if (reconcile_add(r, (enum reconcile_side)side, &line, e) != ERR_OK)
            return e->code;
        if ((i & 1023) == 0 && given_up != NULL && atomic_load(given_up))
            return err_set(e, ERR_CANCELLED, "the comparison was given up");
    }
    return ERR_OK;
}

static json_t *job_run(void *arg, const atomic_bool *given_up, struct err *e)
{
    struct reconcile_job *job = arg;
    struct reconcile *r = reconcile_new(&job->setup->plan);
    json_t *output = NULL;
    enum err_code rc = ERR_OK;

    for (int side = 0; side < 2 && rc == ERR_OK; side++)
        rc = list_feed(job, side, r, given_up, e);
    if (rc == ERR_OK)
        rc = reconcile_run(r, given_up, e);
    if (rc == ERR_OK)
        rc = reconcile_prove(r, e);
    if (rc == ERR_OK) {
        output = reconcile_report(job->setup, r, job->lists);
        if (output == NULL)
            err_set(e, ERR_MEMORY, "no memory for the result of a reconciliation");
    }
    reconcile_free(r);
    return output;
}

const struct list_job_kind reconcile_job = {
    .names = { "left", "right" },
    .text = "title",
    .is_short = job_is_short,
    .begin = job_begin,
    .run = job_run,
    .end = job_end,
};
