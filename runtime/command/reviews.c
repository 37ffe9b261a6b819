/* reviews.c - `weft reviews`: what people have to decide, and what they decide. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "command/client.h"
#include "command/tell.h"
#include "engine/operate.h"

static const char *reviews_text(const json_t *object, const char *key)
{
    const char *text = json_get_text(object, key);

    return text != NULL ? text : "";
}

static void reviews_path(struct buf *path, const char *key)
{
    buf_init(path, 8 * KIB);
    buf_add_text(path, "/api/v1/reviews");
    if (key != NULL) {
        buf_add_char(path, '/');
        tell_path(path, key);
    }
}

/* Of the server, else of the store. */
static json_t *reviews_ask(struct app *app, const char *key, struct err *e)
{
    struct buf path;
    bool running;
    json_t *found, *list;

    reviews_path(&path, key);
    found = client_get(tell_data(app), buf_text(&path), &running, e);
    buf_fini(&path);
    if (running || tell_store(app, e) != ERR_OK)
        return found;
    list = engine_tasks(app->store, key, NULL, 1000, e);
    if (list == NULL || key == NULL)
        return list;
    found = json_incref(json_array_get(list, 0));
    json_decref(list);
    return found;
}

/* ---- The list, and one */

static void reviews_lines(const json_t *list)
{
    json_t *task;
    size_t i;

    printf("%-28s %-8s %-25s %-12s %-16s %s\n", "REVIEW", "KIND", "DUE", "ROLE", "FLOW", "WHAT");
    json_array_foreach(list, i, task)
    {
        printf("%-28s %-8s %-25s %-12s %-16s %.100s%s\n", reviews_text(task, "review"),
               reviews_text(task, "kind"),
               json_is_true(json_object_get(task, "overdue")) ? "overdue"
                                                              : reviews_text(task, "due_at"),
               reviews_text(task, "role"), reviews_text(task, "flow"), reviews_text(task, "title"),
               json_get_int(task, "approvals", 1) > 1 ? " (two people)" : "");
    }
}

static void reviews_one(const json_t *task)
{
    json_t *port;
    size_t i;

    printf("%s: %s\n", reviews_text(task, "review"), reviews_text(task, "title"));
    printf("  flow %s in %s/%s, open since %s\n", reviews_text(task, "flow"),
           reviews_text(task, "workspace"), reviews_text(task, "environment"),
           reviews_text(task, "opened_at"));
    if (json_get_text(task, "role") != NULL)
        printf("  for the role %s%s%s\n", json_get_text(task, "role"),
               json_get_text(task, "escalate") != NULL ? "; once due also for " : "",
               reviews_text(task, "escalate"));
    if (json_get_text(task, "due_at") != NULL)
        printf("  due %s%s%s\n", json_get_text(task, "due_at"),
               json_get_text(task, "due_port") != NULL ? ", then by the exit " : "",
               reviews_text(task, "due_port"));
    if (json_get_int(task, "approvals", 1) > 1)
        printf("  %lld different people must choose the same\n",
               (long long)json_get_int(task, "approvals", 1));
    tell_error("why", json_object_get(task, "error"));
    tell_value("data", json_object_get(task, "data"));
    tell_value("form", json_object_get(task, "form"));
    json_array_foreach(json_object_get(task, "ports"), i, port)
    {
        printf("  weft reviews decide '%s' %s\n", reviews_text(task, "review"), json_text(port));
    }
}

/* ---- Deciding */

static json_t *reviews_data(const char *given, struct err *e)
{
    if (strcmp(given, "-") == 0)
        return tell_file(given, e);
    return json_read(given, strlen(given), &json_limits_body, e);
}

static json_t *reviews_decide(struct app *app, const struct options *options, struct err *e)
{
    const char *data = option_text(options, "--answer"), *reason = option_text(options, "--reason"),
               *by = option_text(options, "--by");
    json_t *body =
        json_pack("{s:s, s:s*, s:s*}", "port", option_word(options, 2), "reason", reason, "by", by);
    json_t *value = data != NULL ? reviews_data(data, e) : NULL, *done = NULL;
    struct buf path;

    if (data != NULL && value == NULL) {
        err_prefix(e, "--answer");
        e->code = ERR_USAGE;
        json_decref(body);
        return NULL;
    }
    if (value != NULL)
        json_object_set_new_nocheck(body, "data", value);
    reviews_path(&path, option_word(options, 1));
    done = client_post(tell_data(app), buf_text(&path), body, e);
    buf_fini(&path);
    json_decref(body);
    return done;
}

static json_t *reviews_do(struct app *app, const struct options *options, struct err *e)
{
    const char *verb = option_word(options, 0);
    size_t words = option_words(options);

    if (verb == NULL)
        return reviews_ask(app, NULL, e);
    if (strcmp(verb, "show") == 0 && words == 2)
        return reviews_ask(app, option_word(options, 1), e);
    if (strcmp(verb, "decide") == 0 && words == 3)
        return reviews_decide(app, options, e);
    err_set(e, ERR_USAGE,
            "weft reviews, weft reviews show RUN/STEP, or weft reviews decide "
            "RUN/STEP PORT");
    return NULL;
}

static int reviews_run(const struct command *command, const struct options *options)
{
    const char *verb = option_word(options, 0);
    struct app app;
    struct err e;
    json_t *found = NULL;
    int exit_code = EXIT_DONE;

    (void)command;
    if (tell_open(&app, options, &e) == ERR_OK)
        found = reviews_do(&app, options, &e);
    if (found == NULL) {
        complain("%s", e.text);
        exit_code = e.code == ERR_USAGE || e.code == ERR_SYNTAX ? EXIT_USAGE : EXIT_FAILED;
    } else if (option_given(options, "--json")) {
        tell_json(found);
    } else if (verb == NULL) {
        reviews_lines(found);
    } else if (strcmp(verb, "show") == 0) {
        reviews_one(found);
    } else {
        printf("decided: %s, by %s\n", reviews_text(found, "port"), reviews_text(found, "by"));
    }
    json_decref(found);
    app_fini(&app);
    return exit_code;
}

static const struct option_row reviews_options[] = {
    { "--answer", "JSON", "what was filled in; - reads standard input", false },
    { "--reason", "TEXT", "why", false },
    { "--by", "NAME", "who decides (your login name)", false },
    { "--json", NULL, "as JSON", false },
    { "--data", "DIR", "the data directory (data)", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_reviews = {
    .name = "reviews",
    .usage = "[show RUN/STEP | decide RUN/STEP PORT] [--answer JSON] [--reason TEXT]",
    .summary = "lists what people have to decide; shows one, decides one",
    .example = "weft reviews decide 01JD3K8QZ7M2A/approve post --reason 'matches invoice 4711'",
    .options = reviews_options,
    .words_max = 3,
    .run = reviews_run,
};
