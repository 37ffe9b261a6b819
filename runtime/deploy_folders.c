/* deploy_folders.c - deploys flows from their folders: what --flows and `weft run` read. */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/prove.h"
#include "folders.h"

/* Warnings alone are said as loud as the log's. */
static void faults_print(struct log *log, struct faults *faults)
{
    if (faults->count == 0 || (faults->errors == 0 && log->level < LOG_WARN))
        return;
    faults_sort(faults);
    faults_tell(faults, log);
}

/* "weft run flow.json" reads the whole folder when it is a bundle's; any other file is a definition
 * alone. */
static json_t *deploy_read(const char *path, char **file, struct faults *faults)
{
    size_t size = strlen(path);
    char *dir;
    json_t *bundle;

    if (path_is_dir(path)) {
        *file = path_join(path, "flow.json");
        return flow_read_dir(path, faults);
    }
    *file = mem_must_copy(path);
    if (size < 9 || strcmp(path + size - 9, "flow.json") != 0 ||
        (size > 9 && path[size - 10] != '/'))
        return flow_read_file(path, faults);
    dir = size > 10 ? mem_must_copy_n(path, size - 10) : mem_must_copy(".");
    bundle = flow_read_dir(dir, faults);
    mem_free(dir);
    return bundle;
}

enum err_code app_deploy(struct app *app, const char *path, const char *environment,
                         char **slug_out, struct err *e)
{
    struct faults faults;
    char *file = NULL, *text = NULL, *slug = path_slug(path);
    json_t *bundle;
    size_t size = 0;
    struct err ignored;

    faults_init(&faults);
    bundle = deploy_read(path, &file, &faults);
    e->code = ERR_OK;
    if (bundle != NULL && file_read(file, LIMIT_FLOW_BYTES, &text, &size, &ignored) == ERR_OK)
        e->code = engine_deploy(app->engine, "main", environment, slug, bundle, file, text, size,
                                &faults, e);
    else
        err_set(e, ERR_INVALID, "%s is not a flow", path);
    faults_print(&app->log, &faults);
    faults_fini(&faults);
    json_decref(bundle);
    mem_free(text);
    mem_free(file);
    if (slug_out != NULL)
        *slug_out = slug;
    else
        mem_free(slug);
    return e->code;
}

/* ---- Behind its tests */

struct deploy_later {
    struct app *app;
    char *path;
    const char *environment; /* of the command line */
};

static void deploy_refused(struct app *app, const char *slug, const struct err *why)
{
    log_error(&app->log, "flow %s is refused, the version before it (if any) goes on: %s", slug,
              why->text);
}

static void deploy_proven(void *arg, enum prove_end end)
{
    struct deploy_later *later = arg;
    char *slug = NULL;
    struct err e;

    if (end == PROVE_RAN &&
        app_deploy(later->app, later->path, later->environment, &slug, &e) != ERR_OK)
        deploy_refused(later->app, slug, &e);
    mem_free(slug);
    mem_free(later->path);
    mem_free(later);
}

/* While the program serves, its loop does not wait for tests of rules: the flow is deployed when
 * they have run. */
static bool deploy_waits(struct app *app, const char *path, const char *slug,
                         const char *environment)
{
    struct deploy_later *later;
    struct version *compiled = NULL;
    struct faults faults;
    char *file = NULL, live[DIGEST_TEXT] = "";
    bool waits = false;
    json_t *bundle;
    struct err e;

    faults_init(&faults);
    bundle = deploy_read(path, &file, &faults);
    if (bundle != NULL)
        compiled = engine_compile(app->engine, bundle, slug, &faults);
    if (compiled != NULL)
        engine_flow_live(app->engine, "main", environment, slug, live);
    if (compiled != NULL && strcmp(live, compiled_flow(compiled)->version) != 0 &&
        engine_proof_takes(app->engine, "main", compiled)) {
        later = mem_must(sizeof *later);
        *later = (struct deploy_later){ app, mem_must_copy(path), environment };
        waits = engine_prove(app->engine, app->loop, "main", &compiled, 1, NULL, deploy_proven,
                             later, &e) == ERR_OK;
        if (!waits)
            deploy_proven(later, PROVE_ENDS);
    }
    compiled_free(app->engine, compiled);
    faults_fini(&faults);
    json_decref(bundle);
    mem_free(file);
    return waits;
}

/* The folders are the truth: a flow that has no folder any more is taken out. Not so when a folder
 * of flows cannot be read at all: then nothing is known. */
enum err_code app_deploy_folders(struct app *app, const char *const *dirs, size_t count,
                                 const char *environment, bool serving, struct err *e)
{
    struct flow_folders *folders = folders_new();
    size_t i, refused = 0;
    bool whole = true;
    struct err why;

    e->code = ERR_OK;
    for (i = 0; i < count; i++) {
        if (folders_add(folders, dirs[i], &why) == ERR_OK)
            continue;
        log_error(&app->log, "%s", why.text);
        whole = false;
    }
    if (whole)
        engine_undeploy_others(app->engine, "main", environment,
                               (const char *const *)folders->slugs, folders->count);
    for (i = 0; i < folders->count && e->code == ERR_OK; i++) {
        if ((serving && deploy_waits(app, folders->paths[i], folders->slugs[i], environment)) ||
            app_deploy(app, folders->paths[i], environment, NULL, &why) == ERR_OK)
            continue;
        refused++;
        if (why.code == ERR_STORE)
            *e = why;
        else
            deploy_refused(app, folders->slugs[i], &why);
    }
    log_info(&app->log, "%zu flows in main/%s, %zu refused", folders->count, environment, refused);
    folders_free(folders);
    return e->code;
}
