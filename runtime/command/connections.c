/* connections.c - `weft connections`: which are used, which are not and why; using one again, and
 * a person's consent. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "command/authorize.h"
#include "command/client.h"
#include "command/tell.h"

static void connections_line(const json_t *one)
{
    const char *state = json_get_text(one, "state"), *text = json_get_text(one, "text");
    int64_t until = json_get_int(one, "until", 0);
    char moment[CLOCK_TEXT];

    printf("%-40s %-7s %5lld of %-5lld %7lld %7lld", json_get_text(one, "connection"), state,
           (long long)json_get_int(one, "calls", 0), (long long)json_get_int(one, "places", 0),
           (long long)json_get_int(one, "waiting", 0), (long long)json_get_int(one, "parked", 0));
    if (text != NULL) {
        clock_text(json_get_int(one, "since", 0), moment);
        printf("  since %s: %.200s", moment, text);
    }
    if (until > 0 && strcmp(state, "halted") != 0) {
        clock_text(until, moment);
        printf("  not before %s", moment);
    }
    printf("\n");
}

static void connections_lines(const json_t *list)
{
    json_t *one;
    size_t i;

    printf("%-40s %-7s %-14s %7s %7s\n", "CONNECTION", "STATE", "CALLS", "WAITING", "PARKED");
    json_array_foreach(list, i, one)
    {
        connections_line(one);
    }
}

static int connections_list(struct app *app, const struct options *options)
{
    struct err e;
    bool running;
    json_t *page = client_get(tell_data(app), "/api/v1/connections", &running, &e);
    json_t *list = json_incref(json_object_get(page, "items"));

    json_decref(page);
    return tell_list(list, options, connections_lines, &e);
}

static int connections_resume(struct app *app, const struct options *options)
{
    const char *name = option_word(options, 1);
    json_t *body = json_pack("{s:s, s:s*}", "connection", name, "by", option_text(options, "--by"));
    struct err e;
    json_t *done = client_post(tell_data(app), "/api/v1/connections/resume", body, &e);

    json_decref(body);
    if (done == NULL) {
        complain("%s", e.text);
        return EXIT_FAILED;
    }
    printf("%s is used again\n", name);
    json_decref(done);
    return EXIT_DONE;
}

static int connections_run(const struct command *command, const struct options *options)
{
    const char *verb = option_word(options, 0);
    struct app app;
    struct err e;
    int exit_code = EXIT_USAGE;

    (void)command;
    if (tell_open(&app, options, &e) != ERR_OK)
        complain("%s", e.text);
    else if (verb == NULL)
        exit_code = connections_list(&app, options);
    else if (strcmp(verb, "authorize") == 0 && option_words(options) == 2)
        exit_code = authorize_connection(&app, options, option_word(options, 1));
    else if (strcmp(verb, "resume") != 0 || option_words(options) != 2)
        complain("weft connections, or weft connections resume or authorize CONNECTION");
    else
        exit_code = connections_resume(&app, options);
    app_fini(&app);
    return exit_code;
}

static const struct option_row connections_options[] = {
    { "--by", "NAME", "resume, authorize: who says so (your login name)", false },
    { "--port", "PORT", "authorize: where the browser comes back on 127.0.0.1 (any)", false },
    { "--redirect", "URL", "authorize: it comes back there, and its address is pasted", false },
    { "--json", NULL, "as JSON", false },
    { "--data", "DIR", "the data directory (data)", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_connections = {
    .name = "connections",
    .usage = "[resume|authorize CONNECTION] [--json]",
    .summary = "connections: what they take now, why one is halted; uses one again, asks consent",
    .example = "weft connections resume main/production/order-to-cash/erp",
    .options = connections_options,
    .words_max = 2,
    .run = connections_run,
};
