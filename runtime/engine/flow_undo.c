/* flow_undo.c - see flow_undo.h. */
#include "engine/flow_undo.h"

#include <string.h>

#include "flow/faults.h"
#include "flow/flow.h"

struct flow_undo {
    struct engine *engine;
    struct deployment *deployment; /* lives as long as the engine */
    char before[DIGEST_TEXT];      /* "": nothing was there */
    char *by, *folder;
    bool paused;
    engine_done_fn *done;
    void *arg;
};

struct flow_undo *flow_undo_new(struct engine *engine, struct deployment *d)
{
    struct flow_undo *undo = mem_must(sizeof *undo);

    *undo = (struct flow_undo){ .engine = engine, .deployment = d, .paused = d->paused };
    if (d->version != NULL)
        snprintf(undo->before, sizeof undo->before, "%s", d->version->flow->version);
    if (d->by != NULL)
        undo->by = mem_must_copy(d->by);
    if (d->folder != NULL)
        undo->folder = mem_must_copy(d->folder);
    return undo;
}

void flow_undo_free(struct flow_undo *undo)
{
    mem_free(undo->by);
    mem_free(undo->folder);
    mem_free(undo);
}

struct flow_undo *flow_undo_told(struct flow_undo *undo, engine_done_fn *done, void *arg)
{
    undo->done = done;
    undo->arg = arg;
    return undo;
}

static enum err_code undo_version(struct flow_undo *undo, struct err *e)
{
    struct deployment *d = undo->deployment;
    const char *now = d->version != NULL ? d->version->flow->version : "";
    struct version *before;
    struct faults faults;

    e->code = ERR_OK;
    if (strcmp(now, undo->before) == 0)
        return ERR_OK;
    if (undo->before[0] == '\0')
        return deployment_take_out(undo->engine, d, undo->by, e);
    before = version_load(undo->engine, undo->before, d->slug, e);
    if (before == NULL)
        return e->code;
    faults_init(&faults);
    e->code = deployment_put(undo->engine, d, before, "flow.json", undo->by, &faults, e);
    faults_fini(&faults);
    version_unref(undo->engine, before);
    return e->code;
}

static void undo_all(struct flow_undo *undo, struct err *told)
{
    struct deployment *d = undo->deployment;
    bool paused = d->paused != undo->paused;
    struct err e;

    d->paused = undo->paused;
    if (undo_version(undo, &e) != ERR_OK) {
        log_error(undo->engine->world.log,
                  "flow %s in %s/%s: what was deployed could not be kept, nor what was there "
                  "before: %s",
                  d->slug, d->workspace, d->environment, e.text);
        err_set(told, told->code, "%.300s; what was there before could not be put back either",
                told->text);
        return;
    }
    mem_free(d->by);
    mem_free(d->folder);
    d->by = undo->by;
    d->folder = undo->folder;
    undo->by = undo->folder = NULL;
    if (paused && d->version != NULL) {
        deployment_disarm(undo->engine, d);
        deployment_arm(undo->engine, d);
    }
    log_error(undo->engine->world.log,
              "flow %s in %s/%s: the change was not kept (%s): what was there before works again",
              d->slug, d->workspace, d->environment, told->text);
    err_set(told, told->code, "%.300s; what was there before works again", told->text);
}

void flow_undone(void *arg, const struct err *e)
{
    struct flow_undo *undo = arg;
    struct err told = *e;

    if (e->code != ERR_OK && !undo->engine->ending)
        undo_all(undo, &told);
    undo->done(undo->arg, &told);
    flow_undo_free(undo);
}
