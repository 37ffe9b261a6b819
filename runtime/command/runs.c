/* runs.c - `weft runs` and `weft show`: what happened. Of a running server through its local
 * socket, else of the store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/client.h"
#include "command/command.h"

#define RUNS_TEXT_MAX (512u * MIB)

static enum err_code runs_store(struct app *app, const char *data, struct err *e)
{
    struct buf path;

    buf_init(&path, 8 * KIB);
    buf_addf(&path, "%s/weft.db", data);
    app->store = store_sqlite_open_readonly(buf_text(&path), &app->log, e);
    buf_fini(&path);
    return app->store != NULL ? ERR_OK : e->code;
}

static int runs_print(json_t *value)
{
    struct buf text;

    buf_init(&text, RUNS_TEXT_MAX);
    json_write_pretty(&text, value);
    buf_add_char(&text, '\n');
    fwrite(buf_text(&text), 1, text.len, stdout);
    buf_fini(&text);
    return EXIT_DONE;
}

static enum err_code runs_open(struct app *app, const struct options *options, struct err *e)
{
    if (app_init(app, option_text(options, "--config"), e) != ERR_OK)
        return e->code;
    config_set(&app->config, CONFIG_DATA, option_text(options, "--data"));
    return ERR_OK;
}

/* ---- runs */

static json_t *runs_list(struct app *app, const struct options *options, struct err *e)
{
    struct store_runs_filter filter = { .status = -1,
                                        .limit = 20,
                                        .flow = option_text(options, "--flow") };
    const char *status = option_text(options, "--status"),
               *data = config_text(&app->config, CONFIG_DATA);
    enum run_status wanted;
    bool ok = true, running;
    struct buf path;
    json_t *list;

    filter.limit = (unsigned)option_number(options, "--limit", 20, 1, 200, &ok);
    if (!ok) {
        err_set(e, ERR_USAGE, "see weft runs --help");
        return NULL;
    }
    if (status != NULL && !run_status_find(status, &wanted)) {
        err_set(e, ERR_USAGE,
                "--status is active, succeeded, failed, cancelled or in_doubt, not \"%s\"", status);
        return NULL;
    }
    if (status != NULL)
        filter.status = (int)wanted;
    buf_init(&path, 4 * KIB);
    buf_addf(&path, "/api/v1/runs?limit=%u%s%s%s%s", filter.limit, status != NULL ? "&status=" : "",
             status != NULL ? status : "", filter.flow != NULL ? "&flow=" : "",
             filter.flow != NULL ? filter.flow : "");
    list = client_get(data, buf_text(&path), &running, e);
    buf_fini(&path);
    if (running || runs_store(app, data, e) != ERR_OK)
        return list;
    return engine_list(app->store, &filter, e);
}

static void runs_lines(const json_t *list)
{
    json_t *run;
    size_t i;

    printf("%-14s %-10s %-25s %s\n", "RUN", "STATUS", "RECEIVED", "FLOW");
    json_array_foreach(list, i, run)
    {
        const char *text = json_get_text(json_object_get(run, "error"), "text");

        printf("%-14s %-10s %-25s %s%s%.100s\n", json_get_text(run, "run"),
               json_get_text(run, "status"), json_get_text(run, "received_at"),
               json_get_text(run, "flow"), text != NULL ? "  " : "", text != NULL ? text : "");
    }
}

static int runs_run(const struct command *command, const struct options *options)
{
    struct app app;
    struct err e;
    json_t *list = NULL;
    int exit_code = EXIT_DONE;

    (void)command;
    if (runs_open(&app, options, &e) == ERR_OK)
        list = runs_list(&app, options, &e);
    if (list == NULL) {
        complain("%s", e.text);
        exit_code = EXIT_USAGE;
    } else if (option_given(options, "--json")) {
        runs_print(list);
    } else {
        runs_lines(list);
    }
    json_decref(list);
    app_fini(&app);
    return exit_code;
}

/* ---- show */

static void show_value(const char *label, const json_t *value)
{
    struct buf text;

    if (value == NULL)
        return;
    buf_init(&text, RUNS_TEXT_MAX);
    json_write(&text, value);
    if (text.len > 400)
        printf("    %-8s %.400s... (%zu bytes; --json shows all)\n", label, buf_text(&text),
               text.len);
    else
        printf("    %-8s %s\n", label, buf_text(&text));
    buf_fini(&text);
}

static void show_error(const char *label, const json_t *error)
{
    const char *kind = json_get_text(error, "kind"), *text = json_get_text(error, "text");

    if (error == NULL)
        return;
    printf("    %-8s %s: %s\n", label, kind != NULL ? kind : "error", text != NULL ? text : "");
    show_value("", json_object_get(error, "details"));
}

static void show_step(const json_t *step)
{
    const char *port = json_get_text(step, "port"), *type = json_get_text(step, "type");
    json_t *attempt;
    size_t i;

    printf("\n  %-20s %-10s %s%s  %s  %lld ms\n", json_get_text(step, "step"),
           json_get_text(step, "status"), port != NULL ? "-> " : "", port != NULL ? port : "",
           type != NULL ? type : "", (long long)json_get_int(step, "took_ms", 0));
    json_array_foreach(json_object_get(step, "attempts"), i, attempt)
    {
        char label[16];

        snprintf(label, sizeof label, "try %lld", (long long)json_get_int(attempt, "attempt", 1));
        show_error(label, json_object_get(attempt, "error"));
        if (json_get_text(attempt, "next_at") != NULL)
            printf("    %-8s %s\n", "next", json_get_text(attempt, "next_at"));
    }
    if (json_object_get(step, "attempts") == NULL)
        show_error("error", json_object_get(step, "error"));
    if (json_object_get(step, "intent") != NULL)
        printf("    %-8s %s  (key %s, %s)\n", "effect",
               json_get_text(json_object_get(step, "intent"), "what"),
               json_get_text(json_object_get(step, "intent"), "key"),
               json_get_text(json_object_get(step, "intent"), "class"));
    if (json_is_true(json_object_get(step, "passed_on")))
        printf("    output   its input, passed on\n");
    else
        show_value("output", json_object_get(step, "output"));
}

static void show_lines(const json_t *run)
{
    const char *ended = json_get_text(run, "ended_at"), *dedupe = json_get_text(run, "dedupe");
    json_t *step;
    size_t i;

    printf("run %s of %s: %s\n", json_get_text(run, "run"), json_get_text(run, "flow"),
           json_get_text(run, "status"));
    printf("  received %s%s%s", json_get_text(run, "received_at"), ended != NULL ? ", ended " : "",
           ended != NULL ? ended : "");
    if (ended != NULL)
        printf(" (%lld ms)", (long long)json_get_int(run, "took_ms", 0));
    printf("\n  in %s/%s, version %.12s%s%s\n", json_get_text(run, "workspace"),
           json_get_text(run, "environment"), json_get_text(run, "version"),
           dedupe != NULL ? ", dedupe key " : "", dedupe != NULL ? dedupe : "");
    show_error("error", json_object_get(run, "error"));
    printf("\n  %-20s trigger\n", json_get_text(run, "trigger"));
    show_value("input", json_object_get(run, "input"));
    json_array_foreach(json_object_get(run, "steps"), i, step) show_step(step);
}

static json_t *show_find(struct app *app, const char *text, struct err *e)
{
    const char *data = config_text(&app->config, CONFIG_DATA);
    char path[64];
    bool running;
    json_t *run;
    uint64_t id;

    if (!ident_parse(text, &id)) {
        err_set(e, ERR_USAGE, "\"%.40s\" is not the id of a run; weft runs lists them", text);
        return NULL;
    }
    snprintf(path, sizeof path, "/api/v1/runs/%.20s", text);
    run = client_get(data, path, &running, e);
    if (running || runs_store(app, data, e) != ERR_OK)
        return run;
    return engine_show(app->store, id, e);
}

static int show_run(const struct command *command, const struct options *options)
{
    struct app app;
    struct err e;
    json_t *run = NULL;
    int exit_code = EXIT_DONE;

    (void)command;
    if (runs_open(&app, options, &e) == ERR_OK)
        run = show_find(&app, option_word(options, 0), &e);
    if (run == NULL) {
        complain("%s", e.text);
        exit_code = e.code == ERR_NOT_FOUND ? EXIT_FAILED : EXIT_USAGE;
    } else if (option_given(options, "--json")) {
        runs_print(run);
    } else {
        show_lines(run);
    }
    json_decref(run);
    app_fini(&app);
    return exit_code;
}

static const struct option_row runs_options[] = {
    { "--data", "DIR", "the data directory (data)", false },
    { "--flow", "NAME", "of this flow only", false },
    { "--status", "STATUS", "active, succeeded, failed, cancelled or in_doubt", false },
    { "--limit", "N", "at most so many, the newest first (20)", false },
    { "--json", NULL, "as JSON", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
static const struct option_row show_options[] = {
    { "--data", "DIR", "the data directory (data)", false },
    { "--json", NULL, "as JSON, with every payload whole", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_runs = {
    .name = "runs",
    .usage = "[--flow NAME] [--status STATUS] [--limit N] [--data DIR] [--json]",
    .summary = "lists runs, the newest first",
    .example = "weft runs --status failed --data /var/lib/weft",
    .options = runs_options,
    .run = runs_run,
};
const struct command command_show = {
    .name = "show",
    .usage = "RUN [--data DIR] [--json]",
    .summary = "tells what happened in a run, step by step",
    .example = "weft show 01JD3K8QZ7M2A --data /var/lib/weft",
    .options = show_options,
    .words_min = 1,
    .words_max = 1,
    .run = show_run,
};
