/* flows.c - see flows.h. */
#include "engine/flows.h"

#include <string.h>

#include "engine/append.h"
#include "engine/audit.h"
#include "engine/budget.h"
#include "engine/flow_undo.h"
#include "engine/engine_priv.h"
#include "engine/poll.h"
#include "engine/prove.h"
#include "engine/run.h"
#include "engine/secret.h"

#define FLOWS_KEY  (LIMIT_PATH + 3 * LIMIT_ID)
#define FLOWS_FILE "flow.json"

const struct world *engine_world(const struct engine *engine)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    return &engine->world;
}

/* ---- What a person did is a fact */

static void flow_key(const struct deployment *d, char key[FLOWS_KEY])
{
    int size = snprintf(key, FLOWS_KEY, "%s/%s/%s", d->workspace, d->environment, d->slug);

    check(size > 0 && size < (int)FLOWS_KEY);
}

/* The batch that makes the store say what the deployment is now. */
static struct store_batch *flow_batch(struct engine *engine, const struct deployment *d)
{
    struct store_batch *batch = store_batch_new(0);
    struct store_fact fact = { .op = FACT_REMOVE, .kind = FACT_FLOW };
    char key[FLOWS_KEY], at[CLOCK_TEXT], *text = NULL;
    json_t *json;

    flow_key(d, key);
    fact.key = key;
    if (d->by != NULL || d->paused) {
        clock_text(engine->world.clock->wall_ms(engine->world.clock), at);
        json = json_pack("{s:s?, s:s, s:s?, s:b}", "by", d->by, "at", at, "folder", d->folder,
                         "paused", d->paused);
        text = json_text_new(json, 4 * KIB, NULL);
        check(text != NULL);
        json_decref(json);
        fact.op = FACT_PUT;
        fact.value = text;
    }
    store_batch_fact(batch, &fact);
    mem_free(text);
    return batch;
}

static void flow_keep(struct engine *engine, const struct deployment *d, engine_done_fn *done,
                      void *arg)
{
    struct store_batch *batch = flow_batch(engine, d);

    engine_append(engine, &batch, 1, done, arg);
}

static void flow_kept(void *arg, const struct err *e)
{
    struct engine *engine = arg;

    if (e->code != ERR_OK)
        log_error(engine->world.log, "who deployed a flow was not kept: %s", e->text);
}

static bool flow_fact(void *arg, const struct store_fact *fact)
{
    struct deployment *d = arg;
    struct err e;
    json_t *json = json_read(fact->value, strlen(fact->value), &record_limits, &e);

    mem_free(d->by);
    mem_free(d->folder);
    d->by = d->folder = NULL;
    if (json_get_text(json, "by") != NULL)
        d->by = mem_must_copy(json_get_text(json, "by"));
    if (json_get_text(json, "folder") != NULL)
        d->folder = mem_must_copy(json_get_text(json, "folder"));
    d->paused = json_is_true(json_object_get(json, "paused"));
    json_decref(json);
    return false;
}

enum err_code flow_recover(struct engine *engine, struct deployment *d, struct err *e)
{
    char key[FLOWS_KEY];
    struct store_facts_filter filter = { .kind = FACT_FLOW, .key = key };

    flow_key(d, key);
    return store_facts(engine->world.store, &filter, flow_fact, d, e);
}

bool flow_stays(struct engine *engine, const struct deployment *d, const struct version *version)
{
    if (d->by == NULL || d->version == NULL || d->folder == NULL ||
        strcmp(d->folder, version->flow->version) != 0)
        return false;
    if (d->version != version)
        log_info(engine->world.log,
                 "flow %s in %s/%s stays as %s has deployed it; its folder is as it was", d->slug,
                 d->workspace, d->environment, d->by);
    return true;
}

void flow_of_folder(struct engine *engine, struct deployment *d)
{
    if (d->by == NULL)
        return;
    mem_free(d->by);
    mem_free(d->folder);
    d->by = d->folder = NULL;
    flow_keep(engine, d, flow_kept, engine);
}

/* ---- Looking */

static json_t *place_hooks(struct engine *engine, const struct deployment *d)
{
    json_t *list = json_array();
    struct hook *hook;
    const char *path;
    size_t cursor = 0;

    while ((hook = dict_next(engine->hooks, &cursor, &path)) != NULL)
        for (; hook != NULL; hook = hook->next)
            if (hook->deployment == d)
                json_array_append_new(
                    list, json_pack("{s:s, s:s}", "method", hook->method, "path", path));
    return list;
}

static unsigned place_waiting(const struct deployment *d)
{
    unsigned count = 0;

    for (const struct run *run = d->waiting; run != NULL; run = run->place_next)
        count++;
    return count;
}

static json_t *place_json(struct engine *engine, const struct deployment *d)
{
    const struct flow *flow = d->version->flow;

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s*, s:i, s:i, s:o, s:o*}", "flow", d->slug,
                     "name", flow->name, "environment", d->environment, "version", flow->version,
                     "state", d->paused ? "paused" : "live", "by", d->by, "running",
                     (int)d->running, "waiting", (int)place_waiting(d), "hooks",
                     place_hooks(engine, d), "polls", polls_failing(engine, d));
}

json_t *engine_flow_places(struct engine *engine, const char *workspace, const char *slug)
{
    json_t *list = json_array();
    struct deployment *d;
    size_t cursor = 0;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (slug == NULL) {
        while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL)
            if (d->version != NULL && strcmp(d->workspace, workspace) == 0)
                json_array_append_new(list, place_json(engine, d));
        return list;
    }
    while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL)
        if (d->version != NULL && strcmp(d->slug, slug) == 0 &&
            strcmp(d->workspace, workspace) == 0)
            json_array_append_new(list, place_json(engine, d));
    return list;
}

const json_t *engine_flow_live(struct engine *engine, const char *workspace,
                               const char *environment, const char *slug, char version[DIGEST_TEXT])
{
    struct deployment *d = deployment_find(engine, workspace, environment, slug);

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (d == NULL || d->version == NULL)
        return NULL;
    if (version != NULL)
        snprintf(version, DIGEST_TEXT, "%s", d->version->flow->version);
    return d->version->flow->bundle;
}

/* ---- Compiling and publishing */

static struct version *flow_compile_text(struct engine *engine, json_t *bundle, const char *slug,
                                         struct faults *faults)
{
    struct version *version;
    struct buf text;

    buf_init(&text, 4 * LIMIT_FLOW_BYTES);
    json_write_pretty(&text, json_object_get(bundle, "flow"));
    version = version_compile(
        engine, bundle, slug, FLOWS_FILE,
        buf_ok(&text) && text.len <= LIMIT_FLOW_BYTES ? buf_text(&text) : NULL, text.len, faults);
    buf_fini(&text);
    return version;
}

struct version *engine_compile(struct engine *engine, json_t *bundle, const char *slug,
                               struct faults *faults)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    return flow_compile_text(engine, bundle, slug, faults);
}

struct version *engine_compiled(struct engine *engine, const json_t *bundle)
{
    size_t size;
    char *text = json_text_new(bundle, LIMIT_REPLY, &size), digest[DIGEST_TEXT];
    struct version *known;

    if (text == NULL)
        return NULL;
    digest_text(text, size, digest);
    mem_free(text);
    known = dict_find(engine->versions, digest);
    return known != NULL ? version_ref(known) : NULL;
}

const struct flow *compiled_flow(const struct version *compiled)
{
    return compiled->flow;
}

struct rule_unit *compiled_unit(const struct version *compiled)
{
    return compiled->unit;
}

bool compiled_names_fit(struct engine *engine, const struct version *compiled,
                        struct faults *faults)
{
    return version_names_fit(engine, compiled, FLOWS_FILE, faults);
}

void compiled_free(struct engine *engine, struct version *compiled)
{
    version_unref(engine, compiled);
}

static bool flow_check_place(struct engine *engine, const struct flow_check *check,
                             const struct flow *flow, struct faults *faults)
{
    struct deployment nowhere = { .workspace = (char *)check->workspace,
                                  .environment = (char *)check->environment,
                                  .slug = (char *)check->slug };
    const struct deployment *d =
        deployment_find(engine, check->workspace, check->environment, check->slug);
    bool fits;

    if (d == NULL)
        d = &nowhere;
    fits = secret_faults(engine, d, flow, FLOWS_FILE, faults);
    fits = deployment_fits(engine, d, flow, FLOWS_FILE, faults) && fits;
    return hooks_free_for(engine, d, flow, FLOWS_FILE, faults) && fits;
}

bool engine_compiled_check(struct engine *engine, const struct flow_check *check,
                           const struct version *compiled, struct faults *faults)
{
    const struct rule_allowance set = engine_allowance(engine, check->workspace, NULL);
    bool good = true;

    if (check->tests)
        good = proof_faults(compiled->flow, &set, prove_known(engine, compiled->flow, &set),
                            FLOWS_FILE, engine->world.log, faults);
    good = budget_fits(&set, compiled->flow, FLOWS_FILE, 1, faults) && good;
    good = version_names_fit(engine, compiled, FLOWS_FILE, faults) && good;
    if (check->environment != NULL)
        good = flow_check_place(engine, check, compiled->flow, faults) && good;
    return good;
}

bool engine_flow_check(struct engine *engine, const struct flow_check *check, json_t *bundle,
                       char version[DIGEST_TEXT], struct faults *faults)
{
    struct version *compiled = flow_compile_text(engine, bundle, check->slug, faults);
    bool good = compiled != NULL && engine_compiled_check(engine, check, compiled, faults);

    version[0] = '\0';
    if (compiled != NULL)
        snprintf(version, DIGEST_TEXT, "%s", compiled->flow->version);
    version_unref(engine, compiled);
    return good;
}

enum err_code engine_flow_publish(struct engine *engine, const char *workspace, const char *slug,
                                  json_t *bundle, char version[DIGEST_TEXT], struct faults *faults,
                                  struct err *e)
{
    const struct rule_allowance set = engine_allowance(engine, workspace, NULL);
    struct version *compiled = flow_compile_text(engine, bundle, slug, faults);
    struct world *world = &engine->world;
    char *all = NULL;
    size_t size;

    if (compiled == NULL)
        return err_set(e, ERR_INVALID, "flow %s has faults", slug);
    snprintf(version, DIGEST_TEXT, "%s", compiled->flow->version);
    e->code = ERR_OK;
    if (!budget_fits(&set, compiled->flow, FLOWS_FILE, 1, faults))
        err_set(e, ERR_INVALID, "the rules of flow %s ask for more than they may have", slug);
    else if (!version_names_fit(engine, compiled, FLOWS_FILE, faults))
        err_set(e, ERR_INVALID, "rules of flow %s name what there is not", slug);
    else if (!proof_faults(compiled->flow, &set, prove_known(engine, compiled->flow, &set),
                           FLOWS_FILE, world->log, faults))
        err_set(e, ERR_INVALID, "tests of flow %s fail", slug);
    else if ((all = json_text_new(compiled->flow->bundle, 4 * LIMIT_FLOW_BYTES, &size)) == NULL)
        err_set(e, ERR_LIMIT, "flow %s with its rules and lookups is larger than %u bytes", slug,
                4 * LIMIT_FLOW_BYTES);
    else
        e->code = store_put_version(world->store, version, slug, all, size,
                                    world->clock->wall_ms(world->clock), e);
    if (e->code == ERR_FATAL)
        world->fatal(world->arg, e->text);
    mem_free(all);
    version_unref(engine, compiled);
    return e->code;
}

/* ---- Deploying */

/* A person has deployed what is there now; what a folder had there is remembered. */
static void flow_of_person(struct deployment *d, const char *by, const char *before)
{
    if (d->by == NULL && before != NULL) {
        mem_free(d->folder);
        d->folder = mem_must_copy(before);
    }
    mem_free(d->by);
    d->by = mem_must_copy(by);
}

enum err_code engine_flow_deploy(struct engine *engine, const struct flow_deploy *deploy,
                                 struct faults *faults, engine_done_fn *done, void *arg,
                                 struct err *e)
{
    struct version *version = version_load(engine, deploy->version, deploy->slug, e);
    char before[DIGEST_TEXT] = "";
    struct flow_undo *undo;
    struct deployment *d;

    if (version == NULL)
        return e->code;
    if (!engine_budget_fits(engine, deploy->workspace, version->flow, FLOWS_FILE, faults)) {
        version_unref(engine, version);
        return err_set(e, ERR_INVALID, "the rules of flow %s ask for more than they may have",
                       deploy->slug);
    }
    d = deployment_make(engine, deploy->workspace, deploy->environment, deploy->slug);
    if (d->version != NULL)
        snprintf(before, sizeof before, "%s", d->version->flow->version);
    undo = flow_undo_new(engine, d);
    if (deployment_put(engine, d, version, FLOWS_FILE, deploy->by, faults, e) == ERR_OK) {
        flow_of_person(d, deploy->by, before[0] != '\0' ? before : NULL);
        flow_keep(engine, d, flow_undone, flow_undo_told(undo, done, arg));
    } else {
        flow_undo_free(undo);
    }
    version_unref(engine, version);
    return e->code;
}

static struct deployment *flow_deployed(struct engine *engine, const struct flow_deploy *deploy,
                                        struct err *e)
{
    struct deployment *d =
        deployment_find(engine, deploy->workspace, deploy->environment, deploy->slug);

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (d != NULL && d->version != NULL)
        return d;
    err_set(e, ERR_NOT_FOUND, "flow %s is not deployed in %s", deploy->slug, deploy->environment);
    return NULL;
}

enum err_code engine_flow_undeploy(struct engine *engine, const struct flow_deploy *deploy,
                                   engine_done_fn *done, void *arg, struct err *e)
{
    struct deployment *d = flow_deployed(engine, deploy, e);
    struct flow_undo *undo;

    if (d == NULL)
        return e->code;
    undo = flow_undo_new(engine, d);
    if (deployment_take_out(engine, d, deploy->by, e) != ERR_OK) {
        flow_undo_free(undo);
        return e->code;
    }
    d->paused = false;
    flow_keep(engine, d, flow_undone, flow_undo_told(undo, done, arg));
    return ERR_OK;
}

enum err_code engine_flow_pause(struct engine *engine, const struct flow_deploy *deploy,
                                bool paused, engine_done_fn *done, void *arg, struct err *e)
{
    struct deployment *d = flow_deployed(engine, deploy, e);
    struct audit_note note = { .workspace = deploy->workspace,
                               .by = deploy->by,
                               .what = paused ? "flow.pause" : "flow.resume" };
    struct flow_undo *undo;
    struct store_batch *batch;
    struct buf object;

    if (d == NULL)
        return e->code;
    if (d->paused == paused)
        return err_set(e, ERR_CONFLICT, "flow %s %s in %s already", d->slug,
                       paused ? "is paused" : "works", d->environment);
    undo = flow_undo_new(engine, d);
    d->paused = paused;
    if (paused)
        deployment_disarm(engine, d);
    deployment_arm(engine, d);
    buf_init(&object, 4 * KIB);
    buf_addf(&object, "%s/%s/%s", d->workspace, d->environment, d->slug);
    batch = flow_batch(engine, d);
    note.object = buf_text(&object);
    audit_batch(engine, batch, &note);
    engine_append(engine, &batch, 1, flow_undone, flow_undo_told(undo, done, arg));
    buf_fini(&object);
    return ERR_OK;
}
