/* deploy_put.c - a deployment at work, with the row that tells of it.
 *
 *   the engine takes the version -> its fact is kept -> the row is kept -> told and answered
 *
 * Who is told that it failed finds what was there before: the engine takes its own step back
 * (engine/flow_undo.h), and when the row cannot be kept, this does. */
#include "designer-api/api_deploy_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/live.h"
#include "engine/flows.h"

struct deploying {
    struct ask_later *later;
    struct engine *engine;
    struct objects *objects;
    char id[LIMIT_PATH], workspace[LIMIT_ID], by[WHO_NAME];
    json_t *row, *shown;
    struct live *live; /* NULL: nobody listens in this program */
    uint64_t from;
    const char *what; /* literal */
    int status;
    bool put;                 /* the engine has taken it */
    char before[DIGEST_TEXT]; /* what worked there; "": nothing */
    struct err e;             /* why it is taken back */
};

static void deploying_free(struct deploying *d)
{
    json_decref(d->row);
    json_decref(d->shown);
    mem_free(d);
}

static struct flow_deploy deploying_place(const struct deploying *d, const char *version)
{
    return (struct flow_deploy){ .workspace = d->workspace,
                                 .environment = json_get_text(d->row, "environment"),
                                 .slug = json_get_text(d->row, "flow"),
                                 .version = version,
                                 .by = d->by };
}

/* ---- Back */

static void deploying_back_told(void *arg, const struct err *e)
{
    struct deploying *d = arg;

    err_set(&d->e, d->e.code, "%.300s; %s", d->e.text,
            e->code == ERR_OK ? "what was there before works again"
                              : "it works there all the same, for that could not be kept either");
    later_refuse(d->later, &d->e);
    deploying_free(d);
}

/* Whether the row says so all the same: another one was quicker with the same word. */
static bool deploying_is_told(const struct deploying *d)
{
    struct object row = { .body = NULL };
    struct err e;
    bool told = false;

    if (object_read(d->objects, DEPLOY_KIND, d->workspace, d->id, &row, &e) == ERR_OK) {
        const char *state = json_get_text(row.body, "state");

        told = state != NULL && strcmp(state, "live") == 0;
    }
    object_fini(&row);
    return told;
}

static void deploying_back(struct deploying *d)
{
    const struct flow_deploy place = deploying_place(d, d->before);
    char now[DIGEST_TEXT] = "";
    struct faults faults;
    struct err e;

    engine_flow_live(d->engine, place.workspace, place.environment, place.slug, now);
    if (!d->put || strcmp(now, json_get_text(d->row, "version")) != 0 || deploying_is_told(d) ||
        strcmp(now, d->before) == 0) {
        later_refuse(d->later, &d->e);
        deploying_free(d);
        return;
    }
    faults_init(&faults);
    if (d->before[0] != '\0')
        e.code = engine_flow_deploy(d->engine, &place, &faults, deploying_back_told, d, &e);
    else
        e.code = engine_flow_undeploy(d->engine, &place, deploying_back_told, d, &e);
    faults_fini(&faults);
    if (e.code != ERR_OK)
        deploying_back_told(d, &e);
}

/* ---- Forth */

/* It is asked for, decided, or done: who reads what was deployed finds it there now. */
static void deploying_tell(const struct deploying *d)
{
    if (d->live == NULL)
        return;
    live_tell(d->live, LIVE_DEPLOYMENT, d->workspace,
              json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "flow", json_get_text(d->row, "flow"),
                        "environment", json_get_text(d->row, "environment"), "version",
                        json_get_text(d->row, "version"), "deployment", d->id, "state",
                        json_get_text(d->row, "state"), "by", d->by));
}

static void deploying_kept(void *arg, const struct err *e)
{
    struct deploying *d = arg;

    if (e->code != ERR_OK) {
        d->e = *e;
        deploying_back(d);
        return;
    }
    deploying_tell(d);
    later_give(d->later, d->status, json_incref(d->shown));
    deploying_free(d);
}

static void deploying_keep(struct deploying *d)
{
    const struct object_change change = { .kind = DEPLOY_KIND,
                                          .workspace = d->workspace,
                                          .id = d->id,
                                          .from = d->from,
                                          .body = d->row,
                                          .by = d->by,
                                          .what = d->what,
                                          .told = true };
    struct err e;

    if (object_change(d->objects, &change, NULL, deploying_kept, d, &e) != ERR_OK)
        deploying_kept(d, &e);
}

static void deploying_put(void *arg, const struct err *e)
{
    struct deploying *d = arg;

    if (e->code == ERR_OK) {
        deploying_keep(d);
        return;
    }
    later_refuse(d->later, e); /* the engine has taken it back */
    deploying_free(d);
}

static struct deploying *deploying_new(struct ask *ask, const char *id, json_t *row, uint64_t from,
                                       const char *what, int status)
{
    struct deploying *d = mem_must(sizeof *d);

    json_object_set_new(row, "deployment", json_string(id));
    *d = (struct deploying){ .engine = ask_engine(ask),
                             .objects = ask_objects(ask),
                             .live = ask->api->rooms.live,
                             .row = json_incref(row),
                             .shown = deploy__shown(ask, row),
                             .from = from,
                             .what = what,
                             .status = status };
    snprintf(d->id, sizeof d->id, "%s", id);
    snprintf(d->workspace, sizeof d->workspace, "%s", ask->who->workspace);
    snprintf(d->by, sizeof d->by, "%s", ask->who->name);
    return d;
}

void deploy__keep(struct ask *ask, const char *id, json_t *row, uint64_t from, const char *what,
                  int status)
{
    struct deploying *d = deploying_new(ask, id, row, from, what, status);

    d->later = ask_later(ask);
    deploying_keep(d);
}

void deploy__put(struct ask *ask, const char *id, json_t *row, uint64_t from, const char *what,
                 int status)
{
    struct deploying *d = deploying_new(ask, id, row, from, what, status);
    const struct flow_deploy place = deploying_place(d, json_get_text(row, "version"));
    struct faults faults;
    struct err e;

    engine_flow_live(d->engine, place.workspace, place.environment, place.slug, d->before);
    d->put = true;
    faults_init(&faults);
    if (engine_flow_deploy(d->engine, &place, &faults, deploying_put, d, &e) == ERR_OK) {
        d->later = ask_later(ask);
    } else {
        faults_sort(&faults);
        ask_refuse_faults(ask, &e, draft_faults(&faults, NULL));
        deploying_free(d);
    }
    faults_fini(&faults);
}
