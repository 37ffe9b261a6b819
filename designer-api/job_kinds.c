/* job_kinds.c - what jobs do: acts on runs, the verification of the audit chain. Acts on exceptions
 * are in api_desk_bulk.c, backups in backups.c. */
#include "designer-api/job_kinds.h"

#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/api_run_priv.h"
#include "engine/audit.h"
#include "store/audit.h"
#include "store/store_sqlite.h"

/* ---- Acts on runs */

static void runs_mark(const struct job *job, char mark[JOB_ID + 8])
{
    snprintf(mark, JOB_ID + 8, "(job %s)", job->id);
}

static enum err_code runs_item(struct job *job, const char *item, engine_done_fn *told, void *arg,
                               struct err *e)
{
    struct who who = { .kind = WHO_LOCAL };
    const struct ask ask = { .api = jobs_rooms(job->jobs)->api, .who = &who };
    json_t *options = json_copy(job->ask);
    char mark[JOB_ID + 8];
    uint64_t run, made;
    enum run_act act;
    struct buf reason;

    check(options != NULL && run_act_find(json_get_text(options, "act"), &act));
    snprintf(who.name, sizeof who.name, "%s", job->by);
    runs_mark(job, mark);
    buf_init(&reason, 16 * KIB);
    buf_addf(&reason, "%s %s", json_get_text(options, "reason"), mark);
    json_object_set_new(options, "reason", json_string(buf_text(&reason)));
    e->code = ident_parse(item, &run) ? run_act_do(&ask, act, run, options, told, arg, &made, e)
                                      : err_set(e, ERR_NOT_FOUND, "there is no run %.40s", item);
    buf_fini(&reason);
    json_decref(options);
    return e->code;
}

struct runs_look {
    const char *mark;
    bool found;
};

static bool runs_fact(void *arg, const struct store_fact *fact)
{
    struct runs_look *look = arg;

    look->found = strstr(fact->value, look->mark) != NULL;
    return false;
}

/* A cancelled one is refused the second time: it is over, or being cancelled. */
static bool runs_was_done(struct job *job, const char *item)
{
    const struct store_facts_filter filter = { .kind = FACT_SETTLED, .key = item };
    char mark[JOB_ID + 8];
    struct runs_look look = { .mark = mark };
    struct err e;

    runs_mark(job, mark);
    return store_facts(jobs_rooms(job->jobs)->store, &filter, runs_fact, &look, &e) == ERR_OK &&
           look.found;
}

static const struct job_kind runs_kind = { .name = "runs",
                                           .item = runs_item,
                                           .was_done = runs_was_done };

/* ---- The audit chain */

struct verify {
    struct job *job;
    char *file;
    struct log *log;
    unsigned char key[STORE_AUDIT_KEY];
    struct store_audit_report report;
    struct err e;
};

static void verify_work(void *arg)
{
    struct verify *verify = arg;
    struct store *store = store_sqlite_open_readonly(verify->file, verify->log, &verify->e);

    if (store == NULL)
        return;
    verify->e.code = store_audit_verify(store, verify->key, &verify->report, &verify->e);
    store_close(store);
}

static void verify_done(void *arg)
{
    struct verify *verify = arg;
    const struct err fine = { .code = ERR_OK };
    bool whole = verify->e.code == ERR_OK;
    json_t *result = NULL;

    if (whole || verify->e.code == ERR_INVALID) {
        result =
            json_pack("{s:b, s:I}", "whole", whole, "records", (json_int_t)verify->report.records);
        check(result != NULL);
        json_object_set_new(result, whole ? "end" : "text",
                            json_string(whole ? verify->report.end : verify->e.text));
        if (verify->report.bad != 0)
            json_object_set_new(result, "bad", json_integer(verify->report.bad));
    }
    job_ended(verify->job, result, result != NULL ? &fine : &verify->e);
    explicit_bzero(verify->key, sizeof verify->key);
    mem_free(verify->file);
    mem_free(verify);
}

static void verify_begin(struct job *job)
{
    const struct jobs_options *rooms = jobs_rooms(job->jobs);
    struct verify *verify = mem_must(sizeof *verify);
    struct buf path;

    buf_init(&path, 8 * KIB);
    buf_addf(&path, "%s/weft.db", rooms->data);
    *verify = (struct verify){ .job = job, .file = buf_take(&path, NULL), .log = rooms->log };
    buf_fini(&path);
    check(verify->file != NULL);
    engine_audit_key(rooms->engine, verify->key);
    loop_work(rooms->loop, verify_work, verify_done, verify);
}

static const struct job_kind verify_kind = { .name = "audit.verify",
                                             .work = verify_begin,
                                             .again = true };

const struct job_kind *const job_kinds[] = { &runs_kind,   &exceptions_kind,    &verify_kind,
                                             &backup_kind, &backup_verify_kind, NULL };

/* ---- Asked for */

static void audit_verify_ask(struct ask *ask)
{
    jobs_ask(ask, "audit.verify", json_object(), NULL);
}

const struct ask_bind job_kind_binds[] = { { "verifyAudit", audit_verify_ask }, { NULL, NULL } };
