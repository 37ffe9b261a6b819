/* runs.c - `weft runs`: what happened lately. Of a running server through its local socket, else of
 * the store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "command/client.h"
#include "command/tell.h"

/* What somebody may do about a run is for screens: with and without a server the same is told. */
static void runs_plain(json_t *list)
{
    json_t *run;
    size_t i;

    json_array_foreach(list, i, run)
    {
        (void)json_object_del(run, "can");
    }
}

static json_t *runs_list(struct app *app, const struct options *options, struct err *e)
{
    struct store_runs_filter filter = { .status = -1,
                                        .limit = 20,
                                        .flow = option_text(options, "--flow") };
    const char *status = option_text(options, "--status"), *data = tell_data(app);
    enum run_status wanted;
    bool ok = true, running;
    struct buf path;
    json_t *list, *page;

    filter.limit = (unsigned)option_number(options, "--limit", 20, 1, 200, &ok);
    if (!ok) {
        err_set(e, ERR_USAGE, "see weft runs --help");
        return NULL;
    }
    if (status != NULL && !run_status_find(status, &wanted)) {
        err_set(e, ERR_USAGE,
                "--status is active, waiting, in_doubt, succeeded, failed or cancelled, not \"%s\"",
                status);
        return NULL;
    }
    if (status != NULL)
        filter.status = (int)wanted;
    buf_init(&path, 4 * KIB);
    buf_addf(&path, "/api/v1/runs?limit=%u%s%s%s%s", filter.limit, status != NULL ? "&status=" : "",
             status != NULL ? status : "", filter.flow != NULL ? "&flow=" : "",
             filter.flow != NULL ? filter.flow : "");
    page = client_get(data, buf_text(&path), &running, e);
    list = json_incref(json_object_get(page, "items"));
    json_decref(page);
    runs_plain(list);
    buf_fini(&path);
    if (running || tell_store(app, e) != ERR_OK)
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
    if (tell_open(&app, options, &e) == ERR_OK)
        list = runs_list(&app, options, &e);
    if (list == NULL) {
        complain("%s", e.text);
        exit_code = EXIT_USAGE;
    } else if (option_given(options, "--json")) {
        tell_json(list);
    } else {
        runs_lines(list);
    }
    json_decref(list);
    app_fini(&app);
    return exit_code;
}

static const struct option_row runs_options[] = {
    { "--data", "DIR", "the data directory (data)", false },
    { "--flow", "NAME", "of this flow only", false },
    { "--status", "STATUS", "active, waiting, in_doubt, succeeded, failed or cancelled", false },
    { "--limit", "N", "at most so many, the newest first (20)", false },
    { "--json", NULL, "as JSON", false },
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
