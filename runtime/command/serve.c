/* serve.c - `weft serve`: listens, executes, until it is told to end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/command.h"
#include "command/serve_alerts.h"
#include "command/serve_groups.h"
#include "command/serve_people.h"
#include "command/serve_place.h"
#include "designer-api/api.h"
#include "designer-api/beside.h"
#include "designer-api/job_kinds.h"
#include "designer-api/live.h"
#include "designer-api/object.h"
#include "designer-api/settings.h"
#include "designer-api/templates.h"
#include "engine/audit.h"
#include "folders.h"

#define SERVE_DRAIN_MS    30000
#define SERVE_DESCRIPTORS 65536
#define SERVE_DIRS_MAX    64
#define SERVE_STALL_MS    1000

struct serve {
    struct app app;
    struct api *api;
    struct objects *objects;
    struct beside *beside;
    struct live *live;
    struct people *people;
    struct settings *settings;
    struct serve_alerts alerts;
    struct serve_groups groups;
    struct jobs *jobs;
    struct templates *templates;
    const char *dirs[SERVE_DIRS_MAX];
    size_t dir_count;
    const char *environment;
    int64_t drain_until; /* steady; 0: not draining */
};

static void serve_answer(void *arg, uint64_t request, const struct engine_answer *answer)
{
    struct serve *serve = arg;

    api_answer(serve->api, request, answer);
}

static void serve_moved(void *arg, const struct engine_moved *moved)
{
    struct serve *serve = arg;

    live_moved(serve->live, moved);
    serve_alerts_moved(&serve->alerts, moved);
}

static void serve_connected(void *arg, const char *connection, const char *state)
{
    struct serve *serve = arg;

    serve_alerts_connected(&serve->alerts, serve->live, connection, state);
}

static void serve_deployed(void *arg, const struct engine_deployed *deployed)
{
    struct serve *serve = arg;

    serve->groups.looked = false;
    serve_alerts_deployed(serve->live, deployed);
}

static void serve_step(void *arg, uint64_t run, const char *step, const char *what)
{
    struct serve *serve = arg;

    live_step(serve->live, run, step, what);
}

/* The store can't be trusted any more: nothing is answered from here on. A restart finds what was
 * committed. */
static void serve_fatal(void *arg, const char *why)
{
    struct serve *serve = arg;

    log_error(&serve->app.log, "the store failed for good, the process ends: %s", why);
    _exit(EXIT_FAULT);
}

/* A bug, a machine that swaps, a process that was stopped: what callers saw has a line here. */
static void serve_stalled(void *arg, int64_t ms)
{
    struct serve *serve = arg;

    log_warn(&serve->app.log, "nothing was answered for %lld ms: the loop was held up, or stopped",
             (long long)ms);
}

static void serve_turn(void *arg)
{
    struct serve *serve = arg;
    int64_t now = serve->app.world.clock->steady_ms(serve->app.world.clock), due, other;

    if (engine_turn(serve->app.engine))
        loop_again(serve->app.loop);
    serve_groups_look(&serve->groups, serve->app.engine, serve->objects, &serve->app.log);
    other = serve_alerts_turn(&serve->alerts);
    due = engine_due(serve->app.engine);
    due = due < other ? due : other;
    other = live_turn(serve->live);
    due = due < other ? due : other;
    if (serve->jobs != NULL && serve->drain_until == 0) {
        backups_turn(serve->jobs, serve->settings);
        due = due < backups_due(serve->jobs, serve->settings)
                  ? due
                  : backups_due(serve->jobs, serve->settings);
    }
    if (serve->drain_until != 0) {
        if ((engine_idle(serve->app.engine) && api_idle(serve->api)) || now >= serve->drain_until)
            loop_stop(serve->app.loop);
        due = due < now + 50 ? due : now + 50; /* what api_idle() waits for rings no bell here */
    }
    loop_alarm(serve->app.loop, due);
}

static void serve_end(void *arg, int signo)
{
    struct serve *serve = arg;
    struct clock *clock = serve->app.world.clock;

    if (serve->drain_until != 0) {
        loop_stop(serve->app.loop);
        return;
    }
    log_info(&serve->app.log, "%s: finishing what is under way",
             signo == SIGINT ? "SIGINT" : "SIGTERM");
    serve->drain_until = clock->steady_ms(clock) + SERVE_DRAIN_MS;
    engine_drain(serve->app.engine);
    api_drain(serve->api);
    loop_again(serve->app.loop);
}

static void serve_reload(void *arg, int signo)
{
    struct serve *serve = arg;
    struct err e;

    (void)signo;
    log_info(&serve->app.log, "SIGHUP: reading the flows and the certificate again");
    if (api_reload(serve->api, &e) != ERR_OK)
        log_error(&serve->app.log, "the former certificate stays in use: %s", e.text);
    app_connectors(&serve->app);
    templates_read(serve->templates);
    if (app_deploy_folders(&serve->app, serve->dirs, serve->dir_count, serve->environment, true,
                           &e) != ERR_OK)
        log_error(&serve->app.log, "the flows are not all deployed; SIGHUP tries again: %s",
                  e.text);
}

/* The usual soft limit of 1,024 is less than the connections that the listener takes. */
static void serve_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= SERVE_DESCRIPTORS)
        return;
    limit.rlim_cur = limit.rlim_max < SERVE_DESCRIPTORS ? limit.rlim_max : SERVE_DESCRIPTORS;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* with fewer, the listener refuses sooner */
}

/* Who looks at the store has a connection to it of their own. */
static struct beside *serve_beside(struct serve *serve, struct err *e)
{
    struct app *app = &serve->app;
    struct beside *beside;
    struct buf path;

    buf_init(&path, 8 * KIB);
    buf_addf(&path, "%s/weft.db", config_text(&app->config, CONFIG_DATA));
    beside = beside_new(app->loop, app->world.clock, &app->log, app->store, buf_text(&path), e);
    buf_fini(&path);
    return beside;
}

static struct settings *serve_settings(struct serve *serve, struct err *e)
{
    const struct settings_options options = { .engine = serve->app.engine,
                                              .objects = serve->objects,
                                              .people = serve->people,
                                              .log = &serve->app.log,
                                              .configured = config_json(&serve->app.config) };

    return settings_new(&options, e);
}

static struct jobs *serve_jobs(struct serve *serve, struct err *e)
{
    const struct jobs_options options = { .api = serve->api,
                                          .loop = serve->app.loop,
                                          .engine = serve->app.engine,
                                          .store = serve->app.store,
                                          .objects = serve->objects,
                                          .clock = serve->app.world.clock,
                                          .log = &serve->app.log,
                                          .live = serve->live,
                                          .data = config_text(&serve->app.config, CONFIG_DATA),
                                          .kinds = job_kinds };

    return jobs_new(&options, e);
}

static struct templates *serve_templates(struct app *app)
{
    char *folder = path_join(config_text(&app->config, CONFIG_DATA), "templates");
    struct templates *templates = templates_new(folder, &app->log);

    mem_free(folder);
    return templates;
}

static enum err_code serve_api(struct serve *serve, struct err *e)
{
    struct app *app = &serve->app;
    struct api_rooms rooms = {
        .loop = app->loop, .clock = app->world.clock, .engine = app->engine, .store = app->store
    };

    rooms.objects = serve->objects = objects_new(app->engine, app->store, app->world.clock);
    rooms.people = serve->people = serve_people(app, serve->objects, e);
    if (serve->people == NULL)
        return e->code;
    rooms.settings = serve->settings = serve_settings(serve, e);
    if (serve->settings == NULL)
        return e->code;
    rooms.live = serve->live;
    if (serve_alerts_open(&serve->alerts, app, serve->objects, serve->live, e) != ERR_OK)
        return e->code;
    rooms.series = serve->alerts.series;
    rooms.alerts = serve->alerts.alerts;
    rooms.beside = serve->beside = serve_beside(serve, e);
    if (serve->beside == NULL)
        return e->code;
    rooms.data = config_text(&app->config, CONFIG_DATA);
    rooms.templates = serve->templates = serve_templates(app);
    rooms.jobs = serve->jobs = serve_jobs(serve, e);
    if (serve->jobs == NULL || api_serve(serve->api, &rooms, e) != ERR_OK)
        return e->code;
    jobs_start(serve->jobs);
    return ERR_OK;
}

/* Opens everything in an order in which a refusal has changed nothing: the port, the directory, the
 * store. */
static enum err_code serve_open(struct serve *serve, struct err *e)
{
    struct app *app = &serve->app;
    const char *data = config_text(&app->config, CONFIG_DATA);
    struct api_options options = { .loop = app->loop, .log = &app->log };
    struct serve_place place;
    struct buf path;
    char *socket;
    size_t runs, i;

    serve_descriptors();
    for (i = 0; i < serve->dir_count; i++)
        if (!path_is_dir(serve->dirs[i]))
            return err_set(e, ERR_USAGE, "--flows takes a folder; %s is none", serve->dirs[i]);
    if (serve_place(&place, &app->config, &options, e) != ERR_OK)
        return e->code;
    buf_init(&path, 8 * KIB);
    buf_addf(&path, "%s/weft.sock", data);
    options.local = socket = mem_must_copy(buf_text(&path));
    buf_fini(&path);
    serve->api = api_open(&options, e);
    app->world.answer = serve_answer;
    app->world.fatal = serve_fatal;
    serve->live = live_new(clock_real());
    app->world.moved = serve_moved;
    app->world.step = serve_step;
    app->world.connected = serve_connected;
    app->world.deployed = serve_deployed;
    app->world.watched = live_watches(serve->live);
    app->world.arg = serve;
    if (serve->api != NULL && app_compiler(app, e) == ERR_OK && app_open(app, data, e) == ERR_OK &&
        engine_recover(app->engine, &runs, e) == ERR_OK) {
        if (runs > 0)
            log_info(&app->log, "%zu unfinished runs go on", runs);
        if (serve->dir_count > 0 && app_deploy_folders(app, serve->dirs, serve->dir_count,
                                                       serve->environment, false, e) != ERR_OK)
            goto out;
        engine_audit(app->engine, NULL, AUDIT_SYSTEM, "start", data, NULL);
        e->code = serve_api(serve, e);
        if (e->code == ERR_OK) {
            serve_place_tell(&options, api_port(serve->api));
            serve_people_tell(serve->people, &options, api_port(serve->api));
        }
    }
out:
    mem_free(socket);
    return e->code;
}

static int serve_run(const struct command *command, const struct options *options)
{
    struct serve serve = { .environment = option_text(options, "--environment") };
    size_t cursor = 0;
    const char *dir;
    struct err e;
    int exit_code = EXIT_DONE;

    (void)command;
    if (serve.environment == NULL)
        serve.environment = "production";
    while ((dir = option_next(options, "--flows", &cursor)) != NULL &&
           serve.dir_count < SERVE_DIRS_MAX)
        serve.dirs[serve.dir_count++] = dir;
    app_connectors_option(options);
    if (app_init(&serve.app, option_text(options, "--config"), &e) != ERR_OK)
        goto wrong;
    config_set(&serve.app.config, CONFIG_DATA, option_text(options, "--data"));
    config_set(&serve.app.config, CONFIG_LISTEN, option_text(options, "--listen"));
    if (option_given(options, "--print-config")) {
        config_print(&serve.app.config, stdout);
        goto out;
    }
    /* Before the ready line, so that a signal right behind it ends us in order. */
    loop_on_signal(serve.app.loop, SIGTERM, serve_end, &serve);
    loop_on_signal(serve.app.loop, SIGINT, serve_end, &serve);
    loop_on_signal(serve.app.loop, SIGHUP, serve_reload, &serve);
    if (serve_open(&serve, &e) != ERR_OK)
        goto wrong;
    loop_on_turn(serve.app.loop, serve_turn, &serve);
    loop_on_stall(serve.app.loop, SERVE_STALL_MS, serve_stalled, &serve);
    if (loop_run(serve.app.loop, &e) != ERR_OK)
        goto wrong;
    engine_audit(serve.app.engine, NULL, AUDIT_SYSTEM, "stop",
                 config_text(&serve.app.config, CONFIG_DATA),
                 NULL); /* committed when the store is closed */
    log_info(&serve.app.log, "ended; %zu runs go on at the next start",
             engine_runs(serve.app.engine));
    goto out;
wrong:
    complain("%s", e.text);
    exit_code = EXIT_USAGE;
    if (e.code == ERR_FATAL || e.code == ERR_INTERNAL)
        exit_code = EXIT_FAULT;
    else if (e.code == ERR_STORE)
        exit_code = EXIT_FAILED;
out:
    api_close(serve.api);
    serve_alerts_close(&serve.alerts);
    live_free(serve.live);
    beside_free(serve.beside);
    jobs_close(serve.jobs);
    templates_free(serve.templates);
    settings_free(serve.settings);
    people_free(serve.people);
    json_decref(serve.groups.told);
    objects_free(serve.objects);
    app_fini(&serve.app);
    return exit_code;
}

static const struct option_row serve_options[] = {
    { "--data", "DIR", "the data directory, made if absent (data)", false },
    { "--listen", "HOST:PORT", "or unix:PATH: where to listen; port 0 chooses one (127.0.0.1:8080)",
      false },
    { "--flows", "DIR", "deploys each DIR/NAME/flow.json; may be repeated; SIGHUP reads again",
      true },
    { "--connectors", "DIR", "systems: DIR/NAME/manifest.json; may be repeated; SIGHUP reads again",
      true },
    { "--environment", "NAME", "where --flows deploys to (production)", false },
    { "--config", "FILE", "a configuration file", false },
    { "--print-config", NULL, "shows every setting with its source, and ends", false },
    { NULL, NULL, NULL, false },
};
const struct command command_serve = {
    .name = "serve",
    .usage = "[--data DIR] [--listen HOST:PORT] [--flows DIR]... [--config FILE]",
    .summary = "runs the server until SIGTERM",
    .example = "weft serve --data /var/lib/weft --listen 127.0.0.1:8080 --flows flows",
    .options = serve_options,
    .run = serve_run,
};
