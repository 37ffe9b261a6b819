/* recover_flows.c - after a start, before the runs: the flows that were deployed work again. */
#include "engine/connection.h"
#include "engine/flows.h"
#include "engine/run.h"

/* A part that is missing for want of memory must not be taken for one that is damaged. */
enum err_code recover_whole(unsigned long refusals, struct err *e)
{
    if (mem_refusals() == refusals)
        return ERR_OK;
    return err_set(e, ERR_MEMORY, "memory ran out while a run was taken up");
}

static bool recover_deployment_row(void *arg, const char *workspace, const char *environment,
                                   const char *flow, const char *version)
{
    json_array_append_new(arg, json_pack("[s, s, s, s]", workspace, environment, flow, version));
    return true;
}

static void recover_deploy(struct engine *engine, const json_t *row)
{
    const char *workspace = json_text(json_array_get(row, 0)),
               *environment = json_text(json_array_get(row, 1));
    const char *slug = json_text(json_array_get(row, 2)),
               *digest = json_text(json_array_get(row, 3));
    struct version *version;
    struct deployment *d;
    struct faults faults;
    struct err e = { .code = ERR_OK };

    if (*digest == '\0') /* taken out */
        return;
    version = version_load(engine, digest, slug, &e);
    if (version == NULL) {
        log_error(engine->world.log, "flow %s in %s/%s is not deployed: %s", slug, workspace,
                  environment, e.text);
        return;
    }
    d = deployment_make(engine, workspace, environment, slug);
    if (flow_recover(engine, d, &e) != ERR_OK)
        log_error(engine->world.log, "who deployed flow %s is not known: %s", slug, e.text);
    faults_init(&faults);
    d->connections =
        connections_read(engine, d, version->flow->bundle, "connections.json", &faults, &e);
    if (d->connections != NULL && hooks_free_for(engine, d, version->flow, slug, &faults)) {
        d->version = version_ref(version);
        deployment_arm(engine, d);
    } else {
        log_error(engine->world.log, "flow %s in %s/%s is not deployed: %s", slug, workspace,
                  environment, faults.count > 0 ? faults.list[0].text : "it has faults");
    }
    faults_fini(&faults);
    version_unref(engine, version);
}

enum err_code recover_deployments(struct engine *engine, struct err *e)
{
    json_t *deployments = json_array(), *row;
    unsigned long refusals = mem_refusals();
    size_t i;

    e->code = store_deployments(engine->world.store, recover_deployment_row, deployments, e);
    if (e->code == ERR_OK)
        json_array_foreach(deployments, i, row)
        {
            recover_deploy(engine, row);
        }
    json_decref(deployments);
    return e->code == ERR_OK ? recover_whole(refusals, e) : e->code;
}
