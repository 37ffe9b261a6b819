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

struct reconcile_setup *reconcile_setup_new(void)
{
    struct reconcile_setup *setup = mem_must(sizeof *setup);

    setup->refs = 1;
    return setup;
}

struct reconcile_setup *reconcile_setup_ref(struct reconcile_setup *setup)
{
    check(setup->refs > 0);
    setup->refs++;
    return setup;
}

static void pass_fini(struct reconcile_pass *pass)
{
    for (size_t i = 0; i < pass->limit_count; i++)
        mem_free(pass->limits[i].currency);
    mem_free(pass->limits);
    mem_free(pass->name);
}

void reconcile_setup_unref(struct reconcile_setup *setup)
{
    if (setup == NULL)
        return;
    check(setup->refs > 0);
    if (--setup->refs > 0)
        return;
    for (size_t i = 0; i < setup->plan.pass_count; i++)
        pass_fini(&setup->plan.passes[i]);
    mem_free(setup->plan.passes);
    for (size_t side = 0; side < 2; side++) {
        for (unsigned i = 0; i < setup->plan.columns; i++)
            line_path_fini(&setup->columns[i].path[side]);
        line_path_fini(&setup->amount[side]);
        line_path_fini(&setup->currency[side]);
        line_path_fini(&setup->date[side]);
    }
    mem_free(setup->columns);
    mem_free(setup);
}

/* ---- The job */

struct reconcile_job {
    struct reconcile_setup *setup;
    json_t *lists[2];
    struct reconcile_text *keys; /* of the line in work, for its columns */
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
    reconcile_setup_unref(job->setup);
    mem_free(job);
}

static enum err_code keys_read(struct reconcile_job *job, int side, json_t *line, struct err *e)
{
    for (unsigned i = 0; i < job->setup->plan.columns; i++) {
        const struct reconcile_column *column = &job->setup->columns[i];
        struct buf *text = &job->texts[i];

        if (line_key(line_at(line, &column->path[side]), column->how, text, e) != ERR_OK)
            return err_prefix(e, "\"%s\"", column->path[side].text);
        job->keys[i] = (struct reconcile_text){ buf_text(text), text->len };
    }
    return ERR_OK;
}

static enum err_code line_read(struct reconcile_job *job, int side, json_t *json,
                               struct reconcile_line *line, struct err *e)
{
    const struct reconcile_setup *setup = job->setup;

    *line = (struct reconcile_line){ .keys = job->keys, .day = LINE_NO_DAY };
    if (!json_is_object(json))
        return err_set(e, ERR_INVALID, "a line must be an object, but is: %s", json_kind(json));
    if (setup->amount[side].text != NULL &&
        amount_read(line_at(json, &setup->amount[side]), &line->amount, &line->scale, e) != ERR_OK)
        return err_prefix(e, "\"%s\"", setup->amount[side].text);
    if (setup->currency[side].text != NULL) {
        const json_t *currency = line_at(json, &setup->currency[side]);

        if (!json_is_text(currency) || json_string_length(currency) == 0)
            return err_set(e, ERR_INVALID, "\"%s\": a currency must be a text, but here is: %s",
                           setup->currency[side].text, json_kind(currency));
        line->currency =
            (struct reconcile_text){ json_text(currency), json_string_length(currency) };
    }
    if (setup->date[side].text != NULL &&
        line_day(line_at(json, &setup->date[side]), &line->day, e) != ERR_OK)
        return err_prefix(e, "\"%s\"", setup->date[side].text);
    return keys_read(job, side, json, e);
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
    .is_short = job_is_short,
    .begin = job_begin,
    .run = job_run,
    .end = job_end,
};
