/* flows.h - flows as people keep them: looked at, checked, published, deployed, paused.
 *
 * (1) What a person deploys is not taken out because it has no folder, and stays, also over a
 *     restart, until its folder has something else than it had then.  [flow_stays]
 * (2) A flow that is paused begins no run by an event: its webhooks are answered 410, its schedules
 *     start from now when it goes on, its polls go on where they were. What runs goes on, and other
 *     flows can call it.                                               [deployment_arm, trigger.c]
 * (3) A version is never changed, and a published one can be deployed wherever its connections and
 *     paths allow it.
 *
 * FACT_FLOW "WORKSPACE/ENVIRONMENT/FLOW" -> {"by"?, "at", "folder"?, "paused"?} of what differs
 * from a folder's deployment at work. */
#ifndef ENGINE_FLOWS_H
#define ENGINE_FLOWS_H

#include "engine/engine.h"

const struct world *engine_world(const struct engine *engine);

/* Where flows work: [{"flow", "name", "environment", "version", "state": "live" or "paused", "by"?,
 * "running", "waiting", "hooks": [{"method", "path"}]}]. slug NULL: all of the workspace. New
 * reference. */
json_t *engine_flow_places(struct engine *engine, const char *workspace,
                           const char *slug) MUST_USE;
/* Whether a flow that is live there takes calls at the path. */
bool engine_path_taken(struct engine *engine, const char *workspace, const char *environment,
                       const char *path);
/* What is live there, borrowed, and its digest; NULL: nothing. */
const json_t *engine_flow_live(struct engine *engine, const char *workspace,
                               const char *environment, const char *slug,
                               char version[DIGEST_TEXT]);

/* A bundle as publishing would have it, with its rules; NULL with faults. The places of faults in
 * the definition are those of its text with two spaces. compiled_free() it. */
struct version;
struct version *engine_compile(struct engine *engine, json_t *bundle, const char *slug,
                               struct faults *faults) MUST_USE;
/* The same of one that is at work, or that is kept because its tests have passed (prove.h), without
 * compiling it; NULL: there is none. What it would be warned of is not told. */
struct version *engine_compiled(struct engine *engine, const json_t *bundle) MUST_USE;
const struct flow *compiled_flow(const struct version *compiled);
struct rule_unit *compiled_unit(const struct version *compiled);
/* Whether its rules name only what there is; faults if not. */
bool compiled_names_fit(struct engine *engine, const struct version *compiled,
                        struct faults *faults);
void compiled_free(struct engine *engine, struct version *compiled); /* NULL is fine */

/* Everything that publishing looks at, and with an environment also whether the flow's triggers and
 * secrets fit there; nothing is changed. false: it would be refused. */
struct flow_check {
    const char *workspace, *slug;
    const char *environment; /* NULL: none */
    bool tests;              /* of rules, too */
};
bool engine_flow_check(struct engine *engine, const struct flow_check *check, json_t *bundle,
                       char version[DIGEST_TEXT], struct faults *faults);
/* The same of one that is compiled. */
bool engine_compiled_check(struct engine *engine, const struct flow_check *check,
                           const struct version *compiled, struct faults *faults);
/* Keeps the bundle as a version, whose digest it gives. ERR_INVALID: it has faults, or a test
 * fails. */
enum err_code engine_flow_publish(struct engine *engine, const char *workspace, const char *slug,
                                  json_t *bundle,
                                  char version[DIGEST_TEXT], struct faults *faults,
                                  struct err *e) MUST_USE;
/* A published version, or a version of a folder, works there from now on. done() as in engine.h;
 * it works from the call on. */
struct flow_deploy {
    const char *workspace, *environment, *slug, *version, *by;
};
enum err_code engine_flow_deploy(struct engine *engine, const struct flow_deploy *deploy,
                                 struct faults *faults, engine_done_fn *done, void *arg,
                                 struct err *e) MUST_USE;
/* version NULL or not. ERR_NOT_FOUND: nothing is deployed there. */
enum err_code engine_flow_undeploy(struct engine *engine, const struct flow_deploy *deploy,
                                   engine_done_fn *done, void *arg, struct err *e) MUST_USE;
enum err_code engine_flow_pause(struct engine *engine, const struct flow_deploy *deploy,
                                bool paused, engine_done_fn *done, void *arg,
                                struct err *e) MUST_USE;

/* A connection of the workspace is another one now: deployments that use it do so at once, and one
 * that it does not fit goes on as before, and is named in `refused` (a list of texts). */
void engine_connection_changed(struct engine *engine, const char *workspace, const char *name,
                               json_t *refused);
/* connection_whole.c: a connection of a bundle as it is in an environment, that of the workspace
 * which it uses looked up. New reference; ERR_NOT_FOUND: there is none, or nothing for the
 * environment. */
json_t *engine_connection_shape(struct engine *engine, const char *workspace,
                                const char *environment, json_t *connection,
                                struct err *e) MUST_USE;
/* What such a one lacks before anything can go through it: a list of titles; new reference. */
json_t *engine_connection_lacks(struct engine *engine, const json_t *shape) MUST_USE;
/* What people call the system that a connector is for, borrowed; NULL: it is not known. */
const char *engine_connector_title(const struct engine *engine, const char *connector);
/* Who uses it: a list of "ENVIRONMENT/FLOW: NAME"; new reference. */
json_t *engine_connection_uses(struct engine *engine, const char *workspace,
                               const char *name) MUST_USE;

/* ---- For the engine */
struct deployment;
/* A folder wants that version there: whether a person's deployment stays all the same. */
bool flow_stays(struct engine *engine, const struct deployment *deployment,
                const struct version *version);
void flow_of_folder(struct engine *engine, struct deployment *deployment); /* no person's now */
/* At recovery: by whom, and whether it is paused. */
enum err_code flow_recover(struct engine *engine, struct deployment *deployment,
                           struct err *e) MUST_USE;

#endif
