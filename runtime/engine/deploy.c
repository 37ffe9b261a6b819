/* deploy.c - which version works where, and by which paths events reach it. */
#include "engine/audit.h"
#include "engine/authorize.h"
#include "engine/budget.h"
#include "engine/connection.h"
#include "engine/flows.h"
#include "engine/listen.h"
#include "engine/poll.h"
#include "engine/prove.h"
#include "engine/run.h"
#include "engine/schedule.h"
#include "engine/secret.h"
#include "engine/token.h"
#include "engine/watch.h"

#include <string.h>

#define DEPLOY_FILE_MAX 4096
#define DEPLOY_PATH_MAX (LIMIT_PATH + 3 * LIMIT_ID)

static const char *deploy_key(const char *workspace, const char *environment, const char *slug,
                              char key[DEPLOY_PATH_MAX])
{
    int size = snprintf(key, DEPLOY_PATH_MAX, "%s/%s/%s", workspace, environment, slug);

    check(size > 0 && size < (int)DEPLOY_PATH_MAX);
    return key;
}

struct deployment *deployment_find(struct engine *engine, const char *workspace,
                                   const char *environment, const char *slug)
{
    char key[DEPLOY_PATH_MAX];

    return dict_find(engine->deployments, deploy_key(workspace, environment, slug, key));
}

struct deployment *deployment_make(struct engine *engine, const char *workspace,
                                   const char *environment, const char *slug)
{
    struct deployment *d = deployment_find(engine, workspace, environment, slug);
    char key[DEPLOY_PATH_MAX];

    if (d != NULL)
        return d;
    d = mem_must(sizeof *d);
    d->workspace = mem_must_copy(workspace);
    d->environment = mem_must_copy(environment);
    d->slug = mem_must_copy(slug);
    d->lanes = dict_new();
    d->env = json_pack("{s:s, s:s}", "name", environment, "workspace", workspace);
    dict_put(engine->deployments, deploy_key(workspace, environment, slug, key), d);
    return d;
}

void deployments_free(struct engine *engine)
{
    struct deployment *d;
    size_t cursor = 0;

    authorizings_free(engine);
    tokens_stop(engine);
    while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL) {
        hooks_remove(engine, d);
        version_unref(engine, d->version);
        connections_free(d->connections);
        lanes_free(d);
        json_decref(d->env);
        mem_free(d->workspace);
        mem_free(d->environment);
        mem_free(d->slug);
        mem_free(d->by);
        mem_free(d->folder);
        mem_free(d);
    }
    dict_free(engine->deployments);
    dict_free(engine->tokens);
}

/* ---- Hooks */

struct hook *hook_find(struct engine *engine, const char *path)
{
    return dict_find(engine->hooks, path);
}

static void hook_free(struct hook *hook)
{
    mem_free(hook->path);
    mem_free(hook->method);
    mem_free(hook);
}

void hooks_remove(struct engine *engine, const struct deployment *deployment)
{
    struct hook *first, *keep, *hook, *next;
    const char *path;
    size_t cursor = 0;

    while ((first = dict_next(engine->hooks, &cursor, &path)) != NULL) {
        keep = NULL;
        for (hook = first; hook != NULL; hook = next) {
            next = hook->next;
            if (hook->deployment == deployment) {
                hook_free(hook);
            } else {
                hook->next = keep;
                keep = hook;
            }
        }
        if (keep == NULL)
            dict_remove(engine->hooks, path);
        else
            dict_put(engine->hooks, path, keep);
    }
}

static bool hook_arm(const struct deployment *d, const struct flow_node *node, struct node_arm *arm,
                     char path[DEPLOY_PATH_MAX])
{
    *arm = (struct node_arm){ .method = NULL };
    if (node->type->kind != NODE_TRIGGER || node->type->arm == NULL || node->disabled)
        return false;
    node->type->arm(node->config, arm);
    if (arm->path == NULL)
        return false;
    deploy_key(d->workspace, d->environment, arm->path, path);
    return true;
}

static void hook_put(struct engine *engine, struct deployment *d, unsigned node,
                     const struct node_arm *arm, const char *path)
{
    struct hook *hook = mem_must(sizeof *hook);

    hook->path = mem_must_copy(path);
    hook->method = mem_must_copy(arm->method);
    hook->deployment = d;
    hook->node = node;
    hook->respond_result = arm->respond_result;
    hook->next = hook_find(engine, path);
    dict_put(engine->hooks, path, hook);
}

bool engine_path_taken(struct engine *engine, const char *workspace, const char *environment,
                       const char *path)
{
    char key[DEPLOY_PATH_MAX];

    CHECK_OBJ(engine, ENGINE_MAGIC);
    deploy_key(workspace, environment, path, key);
    return hook_find(engine, key) != NULL;
}

bool hooks_free_for(struct engine *engine, const struct deployment *d, const struct flow *flow,
                    const char *file, struct faults *faults)
{
    char path[DEPLOY_PATH_MAX], pointer[LIMIT_ID + 32];
    struct node_arm arm;
    bool free_paths = true;
    unsigned i;

    for (i = 0; i < flow->node_count; i++) {
        const struct hook *hook;

        if (!hook_arm(d, &flow->nodes[i], &arm, path))
            continue;
        for (hook = hook_find(engine, path); hook != NULL; hook = hook->next) {
            if (hook->deployment == d || strcmp(hook->method, arm.method) != 0)
                continue;
            snprintf(pointer, sizeof pointer, "/nodes/%u/config/path", i);
            faults_add(faults, false, file, 1, 1, pointer,
                       "%s /hooks/%s is taken by flow \"%s\"; give one of them another path",
                       arm.method, path, hook->deployment->slug);
            free_paths = false;
        }
    }
    return free_paths;
}

static void hooks_put(struct engine *engine, struct deployment *d, const struct flow *flow)
{
    char path[DEPLOY_PATH_MAX];
    struct node_arm arm;
    unsigned i;

    hooks_remove(engine, d);
    for (i = 0; i < flow->node_count; i++)
        if (hook_arm(d, &flow->nodes[i], &arm, path))
            hook_put(engine, d, i, &arm, path);
}

void deployment_arm(struct engine *engine, struct deployment *d)
{
    check(d->version != NULL);
    hooks_put(engine, d, d->version->flow);
    if (engine->world.by_hand || d->paused)
        return;
    schedules_put(engine, d);
    watches_put(engine, d);
    listens_put(engine, d);
    polls_put(engine, d);
    retention_begin(engine, &engine->retention);
}

void deployment_disarm(struct engine *engine, const struct deployment *d)
{
    hooks_remove(engine, d);
    schedules_remove(engine, d);
    watches_remove(engine, d);
    listens_remove(engine, d);
    polls_remove(engine, d);
}

/* Whether all that brings runs to it can be armed; if not, the faults say so. */
bool deployment_fits(struct engine *engine, const struct deployment *d, const struct flow *flow,
                     const char *file, struct faults *faults)
{
    bool fits = schedules_check(flow, file, faults);

    fits = (engine->world.by_hand || watches_check(engine, d, flow, file, faults)) && fits;
    return listens_check(d, flow, file, faults) && fits;
}

/* ---- Deploying */

/* "flows/pay/flow.json" to "flows/pay/connections.json". */
static void deploy_beside(const char *file, char beside[DEPLOY_FILE_MAX])
{
    const char *slash = strrchr(file, '/');

    snprintf(beside, DEPLOY_FILE_MAX, "%.*sconnections.json",
             slash != NULL ? (int)(slash + 1 - file) : 0, file);
}

/* Whether each connection that a step works through is there. A definition is judged with its
 * connections.json; one that has none meets this here, not in its first run. */
static bool steps_connected(const struct flow *flow, const struct dict *connections,
                            const char *file, struct faults *faults)
{
    const size_t before = faults->errors;

    for (unsigned i = 0; i < flow->node_count; i++) {
        const struct flow_node *node = &flow->nodes[i];

        if (node->disabled || node->connection == NULL ||
            dict_find(connections, node->connection) != NULL)
            continue;
        faults_add(faults, false, file, 1, 1, node->pointer,
                   "the flow has no connection \"%.80s\": name it in connections.json, or bind it "
                   "to a connection of the workspace",
                   node->connection);
    }
    return faults->errors == before;
}

/* Whoever watches is told; the same version again is no news. */
static void deployment_tell(struct engine *engine, const struct deployment *d,
                            const struct version *version, const char *by)
{
    const char *now = version != NULL ? version->flow->version : NULL;
    const struct engine_deployed told = { .workspace = d->workspace,
                                          .environment = d->environment,
                                          .flow = d->slug,
                                          .version = now,
                                          .before =
                                              d->version != NULL ? d->version->flow->version : NULL,
                                          .by = by };

    if (engine->world.deployed == NULL ||
        (now != NULL && told.before != NULL && strcmp(now, told.before) == 0))
        return;
    engine->world.deployed(engine->world.arg, &told);
}

enum err_code deployment_put(struct engine *engine, struct deployment *d, struct version *version,
                             const char *file, const char *by, struct faults *faults, struct err *e)
{
    struct store *store = engine->world.store;
    const char *digest = version->flow->version;
    struct dict *connections;
    char *all = NULL, beside[DEPLOY_FILE_MAX];
    int64_t now = engine->world.clock->wall_ms(engine->world.clock);
    size_t size;

    deploy_beside(file, beside);
    connections = connections_read(engine, d, version->flow->bundle, beside, faults, e);
    if (connections == NULL) {
        if (e->code != ERR_STORE) /* its failure is no fault of the flow */
            err_set(e, ERR_INVALID, "the connections of flow %s have faults", d->slug);
        goto out;
    }
    if (!engine->world.by_hand && !steps_connected(version->flow, connections, file, faults)) {
        err_set(e, ERR_INVALID, "steps of flow %s have no connection", d->slug);
        goto out;
    }
    all = json_text_new(version->flow->bundle, 4 * LIMIT_FLOW_BYTES, &size);
    if (all == NULL) {
        err_set(e, ERR_LIMIT, "flow %s with its rules and lookups is larger than %u bytes", d->slug,
                4 * LIMIT_FLOW_BYTES);
        goto out;
    }
    if (!engine->world.by_hand && !secret_faults(engine, d, version->flow, file, faults)) {
        err_set(e, ERR_INVALID, "flow %s names secrets that are not there", d->slug);
        goto out;
    }
    if (!deployment_fits(engine, d, version->flow, file, faults)) {
        err_set(e, ERR_INVALID, "a trigger of flow %s cannot be armed", d->slug);
        goto out;
    }
    if (!hooks_free_for(engine, d, version->flow, file, faults)) {
        err_set(e, ERR_CONFLICT, "a path of flow %s is taken", d->slug);
        goto out;
    }
    e->code = store_put_version(store, digest, d->slug, all, size, now, e);
    if (e->code == ERR_OK)
        e->code = store_deploy(store, d->workspace, d->environment, d->slug, digest, now, e);
    if (e->code == ERR_FATAL)
        engine->world.fatal(engine->world.arg, e->text);
    if (e->code != ERR_OK)
        goto out;
    audit_deploy(engine, by, d, version);
    deployment_tell(engine, d, version, by);
    version_unref(engine, d->version);
    d->version = version_ref(version);
    connections_free(d->connections);
    d->connections = connections;
    connections = NULL;
    deployment_arm(engine, d);
    e->code = ERR_OK;
out:
    connections_free(connections);
    mem_free(all);
    return e->code;
}

enum err_code engine_deploy(struct engine *engine, const char *workspace, const char *environment,
                            const char *slug, json_t *bundle, const char *file, const char *text,
                            size_t text_size, struct faults *faults, struct err *e)
{
    struct rule_allowance set;
    struct deployment *d;
    struct version *version;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    version = version_compile(engine, bundle, slug, file, text, text_size, faults);
    if (version == NULL)
        return err_set(e, ERR_INVALID, "flow %s has faults", slug);
    d = deployment_make(engine, workspace, environment, slug);
    set = engine_allowance(engine, workspace, NULL);
    if (flow_stays(engine, d, version)) {
        e->code = ERR_OK;
    } else if (d->version != version && !budget_fits(&set, version->flow, file, 1, faults)) {
        err_set(e, ERR_INVALID, "the rules of flow %s ask for more than they may have", slug);
    } else if (!engine->world.by_hand && d->version != version &&
               !version_names_fit(engine, version, file, faults)) {
        err_set(e, ERR_INVALID, "rules of flow %s name what there is not", slug);
    } else if (!engine->world.by_hand && d->version != version && /* it was proven then */
               !proof_faults(version->flow, &set, prove_known(engine, version->flow, &set), file,
                             engine->world.log, faults)) {
        err_set(e, ERR_INVALID, "tests of flow %s fail", slug);
    } else if (deployment_put(engine, d, version, file, NULL, faults, e) == ERR_OK) {
        flow_of_folder(engine, d);
    }
    version_unref(engine, version);
    return e->code;
}

enum err_code deployment_take_out(struct engine *engine, struct deployment *d, const char *by,
                                  struct err *e)
{
    struct world *world = &engine->world;

    e->code = store_deploy(world->store, d->workspace, d->environment, d->slug, "",
                           world->clock->wall_ms(world->clock), e);
    if (e->code != ERR_OK)
        return e->code;
    log_info(world->log, "flow %s is taken out of %s/%s", d->slug, d->workspace, d->environment);
    audit_deploy(engine, by, d, NULL);
    deployment_tell(engine, d, NULL, by);
    deployment_disarm(engine, d);
    version_unref(engine, d->version);
    d->version = NULL;
    flow_of_folder(engine, d);
    return ERR_OK;
}

void engine_undeploy(struct engine *engine, const char *workspace, const char *environment,
                     const char *slug)
{
    struct deployment *d = deployment_find(engine, workspace, environment, slug);
    struct err e;

    if (d != NULL && d->version != NULL && deployment_take_out(engine, d, NULL, &e) != ERR_OK)
        log_error(engine->world.log, "flow %s stays deployed: %s", slug, e.text);
}

void engine_undeploy_others(struct engine *engine, const char *workspace, const char *environment,
                            const char *const *keep, size_t count)
{
    struct deployment *d;
    size_t cursor = 0, i;

    while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL) {
        if (strcmp(d->workspace, workspace) != 0 || strcmp(d->environment, environment) != 0 ||
            d->by != NULL)
            continue;
        for (i = 0; i < count && strcmp(keep[i], d->slug) != 0; i++)
            ;
        if (i == count)
            engine_undeploy(engine, workspace, environment, d->slug);
    }
}
