/* dead.c - `weft dead`: failed runs that nobody has settled, by what they have in common. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "command/client.h"
#include "command/tell.h"
#include "engine/dead.h"
#include "engine/operate.h"

static const char *dead_text(const json_t *object, const char *key)
{
    const char *text = json_get_text(object, key);

    return text != NULL ? text : "";
}

static json_t *dead_ask(struct app *app, const struct options *options, struct err *e)
{
    struct dead_filter filter = { .flow = option_text(options, "--flow"),
                                  .fingerprint = option_text(options, "--fingerprint"),
                                  .runs = true };
    struct buf path;
    bool running;
    json_t *dead;

    buf_init(&path, 8 * KIB);
    buf_add_text(&path, "/api/v1/dead?");
    if (filter.flow != NULL) {
        buf_add_text(&path, "&flow=");
        tell_path(&path, filter.flow);
    }
    if (filter.fingerprint != NULL) {
        buf_add_text(&path, "&fingerprint=");
        tell_path(&path, filter.fingerprint);
    }
    dead = client_get(tell_data(app), buf_text(&path), &running, e);
    buf_fini(&path);
    if (running || tell_store(app, e) != ERR_OK)
        return dead;
    return engine_dead(app->store, &filter, e);
}

static void dead_lines(const json_t *dead)
{
    json_t *group;
    size_t i;

    printf("%-17s %6s %-25s %-25s %-14s %s\n", "FINGERPRINT", "RUNS", "FIRST", "LAST", "EXAMPLE",
           "WHAT");
    json_array_foreach(json_object_get(dead, "groups"), i, group)
    {
        printf("%-17s %6lld %-25s %-25s %-14s %s, step %s: %s: %.120s\n",
               dead_text(group, "fingerprint"), (long long)json_get_int(group, "count", 0),
               dead_text(group, "first_at"), dead_text(group, "last_at"),
               dead_text(group, "example"), dead_text(group, "flow"), dead_text(group, "step"),
               dead_text(group, "kind"), dead_text(group, "text"));
    }
    if (json_object_get(dead, "more") != NULL)
        printf("There are older ones, too.\n");
}

/* Each of the runs named; the exit code. */
static int dead_settle(struct app *app, const struct options *options)
{
    json_t *body = json_pack("{s:s*, s:s*}", "reason", option_text(options, "--reason"), "by",
                             option_text(options, "--by"));
    size_t settled = 0, count = option_words(options) - 1;

    for (size_t i = 1; i <= count; i++) {
        struct buf path;
        struct err e;
        json_t *done;

        buf_init(&path, 8 * KIB);
        buf_add_text(&path, "/api/v1/runs/");
        tell_path(&path, option_word(options, i));
        buf_add_text(&path, "/settle");
        done = client_post(tell_data(app), buf_text(&path), body, &e);
        buf_fini(&path);
        settled += done != NULL;
        if (done == NULL)
            complain("%s: %s", option_word(options, i), e.text);
        json_decref(done);
    }
    json_decref(body);
    printf("%zu of %zu settled\n", settled, count);
    return settled == count ? EXIT_DONE : EXIT_FAILED;
}

static int dead_list(struct app *app, const struct options *options)
{
    struct err e;
    json_t *dead = dead_ask(app, options, &e);

    return tell_list(dead, options, dead_lines, &e);
}

static int dead_run(const struct command *command, const struct options *options)
{
    const char *verb = option_word(options, 0);
    struct app app;
    struct err e;
    int exit_code = EXIT_USAGE;

    (void)command;
    if (tell_open(&app, options, &e) != ERR_OK)
        complain("%s", e.text);
    else if (verb == NULL)
        exit_code = dead_list(&app, options);
    else if (strcmp(verb, "settle") != 0 || option_words(options) < 2)
        complain("weft dead, or weft dead settle RUN... --reason TEXT");
    else if (!option_given(options, "--reason"))
        complain("--reason is missing: why nothing more is to be done");
    else
        exit_code = dead_settle(&app, options);
    app_fini(&app);
    return exit_code;
}

static const struct option_row dead_options[] = {
    { "--flow", "NAME", "of this flow only", false },
    { "--fingerprint", "X", "with this fingerprint only", false },
    { "--reason", "TEXT", "settle: why nothing more is to be done", false },
    { "--by", "NAME", "settle: who says so (your login name)", false },
    { "--json", NULL, "as JSON, with the ids of the runs", false },
    { "--data", "DIR", "the data directory (data)", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_dead = {
    .name = "dead",
    .usage = "[settle RUN... --reason TEXT] [--flow NAME] [--fingerprint X] [--json]",
    .summary = "groups failed runs that nobody has settled, by what they have in common; settles",
    .example = "weft dead settle 01JD3K8QZ7M2A --reason 'entered by hand'",
    .options = dead_options,
    .words_max = 256,
    .run = dead_run,
};
