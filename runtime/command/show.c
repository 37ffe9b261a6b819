/* show.c - `weft show`: what happened in a run, step by step. Of a running server through its local
 * socket, else of the store. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "command/client.h"
#include "command/tell.h"
#include "engine/operate.h"

static const char *show_text(const json_t *object, const char *key)
{
    const char *text = json_get_text(object, key);

    return text != NULL ? text : "";
}

static void show_attempts(const json_t *step)
{
    json_t *attempt;
    size_t i;

    json_array_foreach(json_object_get(step, "attempts"), i, attempt)
    {
        char label[16];

        snprintf(label, sizeof label, "try %lld", (long long)json_get_int(attempt, "attempt", 1));
        tell_error(label, json_object_get(attempt, "error"));
        if (json_get_text(attempt, "next_at") != NULL)
            printf("    %-8s %s\n", "next", json_get_text(attempt, "next_at"));
    }
    if (json_object_get(step, "attempts") == NULL)
        tell_error("error", json_object_get(step, "error"));
}

/* Card data that was taken out: how much and where, never the value. */
static void show_masked(const json_t *masked)
{
    if (json_get_text(masked, "what") != NULL)
        printf("    %-8s %s\n", "masked", json_get_text(masked, "what"));
}

static void show_decisions(const json_t *step)
{
    const json_t *task = json_object_get(step, "task");
    json_t *one;
    size_t i;

    if (task != NULL)
        printf("    %-8s %s\n", "task", show_text(task, "title"));
    json_array_foreach(json_object_get(step, "decisions"), i, one)
    {
        printf("    %-8s %s by %s at %s%s%s\n", "decided", show_text(one, "port"),
               show_text(one, "by"), show_text(one, "at"),
               show_text(one, "reason")[0] != '\0' ? ": " : "", show_text(one, "reason"));
    }
}

/* How an effect in doubt was looked after. */
static void show_ladder(const json_t *step)
{
    json_t *rung;
    size_t i;

    json_array_foreach(json_object_get(step, "ladder"), i, rung)
    {
        printf("    %-8s %s: %s%s%s\n", "in doubt", show_text(rung, "to"), show_text(rung, "why"),
               json_get_text(rung, "due_at") != NULL ? ", at " : "", show_text(rung, "due_at"));
    }
    json_array_foreach(json_object_get(step, "undone"), i, rung)
    {
        tell_value("undone", rung);
    }
}

static void show_marks(const json_t *step)
{
    json_t *mark;
    size_t i;

    json_array_foreach(json_object_get(step, "masked"), i, mark)
    {
        show_masked(mark);
    }
    show_ladder(step);
    show_decisions(step);
    if (json_get_text(step, "called") != NULL)
        printf("    %-8s run %s\n", "called", json_get_text(step, "called"));
    if (json_object_get(step, "woken") != NULL)
        tell_value("woken by", json_object_get(step, "woken"));
    if (json_object_get(step, "delivered") != NULL)
        printf("    %-8s %s\n", "event",
               json_is_true(json_object_get(step, "delivered")) ? "sent, taken by who waited for it"
                                                                : "sent, kept until it is taken");
    tell_value("stop", json_object_get(step, "stop"));
    json_array_foreach(json_object_get(step, "marks"), i, mark)
    {
        tell_value("", mark);
    }
}

static void show_iterations(const json_t *run, const json_t *step)
{
    const json_t *count = json_object_get(step, "iterations");

    if (count == NULL)
        return;
    printf("    %-8s %lld done, %lld of them failed", "loop",
           (long long)json_get_int(count, "done", 0), (long long)json_get_int(count, "failed", 0));
    if (json_get_int(count, "told", 0) < json_get_int(count, "begun", 0))
        printf("; %lld are told: weft show %s --step '%s[N]' tells another",
               (long long)json_get_int(count, "told", 0), show_text(run, "run"),
               show_text(step, "step"));
    putchar('\n');
}

static void show_step(const json_t *run, const json_t *step)
{
    const char *port = json_get_text(step, "port");
    const json_t *intent = json_object_get(step, "intent");

    printf("\n  %-20s %-10s %s%s  %s  %lld ms%s\n", show_text(step, "step"),
           show_text(step, "status"), port != NULL ? "-> " : "", port != NULL ? port : "",
           show_text(step, "type"), (long long)json_get_int(step, "took_ms", 0),
           json_is_true(json_object_get(step, "taken_over")) ? "  (of the run it replays)" : "");
    show_attempts(step);
    if (intent != NULL)
        printf("    %-8s %s  (key %s, %s)\n", "effect", show_text(intent, "what"),
               show_text(intent, "key"), show_text(intent, "class"));
    show_marks(step);
    show_iterations(run, step);
    if (json_is_true(json_object_get(step, "passed_on")))
        printf("    output   its input, passed on\n");
    else
        tell_value("output", json_object_get(step, "output"));
}

static void show_waits(const json_t *run)
{
    json_t *wait;
    size_t i;

    json_array_foreach(json_object_get(run, "waits"), i, wait)
    {
        const char *until = json_get_text(wait, "until"), *since = json_get_text(wait, "since");

        printf("  waits at %s for %s%s%s%s%s\n", show_text(wait, "step"), show_text(wait, "for"),
               since != NULL ? ", since " : "", since != NULL ? since : "",
               until != NULL ? ", until " : "", until != NULL ? until : "");
    }
}

/* Where it came from, and what became of it. */
static void show_story(const json_t *run)
{
    const json_t *replay = json_object_get(run, "replay_of"),
                 *settled = json_object_get(run, "settled"),
                 *cancelled = json_object_get(run, "cancelled");

    if (replay != NULL)
        printf("  replays run %s, by %s: %s\n", show_text(replay, "run"), show_text(replay, "by"),
               show_text(replay, "reason"));
    if (cancelled != NULL)
        printf("  cancelled by %s: %s\n", show_text(cancelled, "by"),
               show_text(cancelled, "reason"));
    if (settled != NULL)
        printf("  %s%s%s by %s at %s: %s\n", show_text(settled, "how"),
               json_get_text(settled, "run") != NULL ? " as run " : "", show_text(settled, "run"),
               show_text(settled, "by"), show_text(settled, "at"), show_text(settled, "reason"));
    show_waits(run);
}

static void show_lines(const json_t *run)
{
    const char *ended = json_get_text(run, "ended_at"), *dedupe = json_get_text(run, "dedupe");
    json_t *step;
    size_t i;

    printf("run %s of %s: %s\n", show_text(run, "run"), show_text(run, "flow"),
           show_text(run, "status"));
    printf("  received %s%s%s", show_text(run, "received_at"), ended != NULL ? ", ended " : "",
           ended != NULL ? ended : "");
    if (ended != NULL)
        printf(" (%lld ms)", (long long)json_get_int(run, "took_ms", 0));
    printf("\n  in %s/%s, version %.12s%s%s\n", show_text(run, "workspace"),
           show_text(run, "environment"), show_text(run, "version"),
           dedupe != NULL ? ", dedupe key " : "", dedupe != NULL ? dedupe : "");
    show_story(run);
    tell_error("error", json_object_get(run, "error"));
    printf("\n  %-20s trigger\n", show_text(run, "trigger"));
    show_masked(json_object_get(run, "masked"));
    tell_value("input", json_object_get(run, "input"));
    json_array_foreach(json_object_get(run, "steps"), i, step)
    {
        show_step(run, step);
    }
    tell_value("gave", json_object_get(run, "output"));
}

static json_t *show_find(struct app *app, const char *text, const char *step, struct err *e)
{
    struct buf path;
    bool running;
    json_t *run;
    uint64_t id;

    if (!ident_parse(text, &id)) {
        err_set(e, ERR_USAGE, "\"%.40s\" is not the id of a run; weft runs lists them", text);
        return NULL;
    }
    buf_init(&path, 8 * KIB);
    buf_addf(&path, "/api/v1/runs/%.20s/story", text);
    if (step != NULL) {
        buf_add_text(&path, "?step=");
        tell_path(&path, step);
    }
    run = client_get(tell_data(app), buf_text(&path), &running, e);
    buf_fini(&path);
    if (running || tell_store(app, e) != ERR_OK)
        return run;
    return engine_show_step(app->store, id, step, e);
}

static int show_run(const struct command *command, const struct options *options)
{
    struct app app;
    struct err e;
    json_t *run = NULL;
    int exit_code = EXIT_DONE;

    (void)command;
    if (tell_open(&app, options, &e) == ERR_OK)
        run = show_find(&app, option_word(options, 0), option_text(options, "--step"), &e);
    if (run == NULL) {
        complain("%s", e.text);
        exit_code = e.code == ERR_NOT_FOUND ? EXIT_FAILED : EXIT_USAGE;
    } else if (option_given(options, "--json")) {
        tell_json(run);
    } else {
        show_lines(run);
    }
    json_decref(run);
    app_fini(&app);
    return exit_code;
}

static const struct option_row show_options[] = {
    { "--data", "DIR", "the data directory (data)", false },
    { "--step", "PATH", "only this step and what is in it: post, lines[7321], lines[7321]/post",
      false },
    { "--json", NULL, "as JSON, with every payload whole", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_show = {
    .name = "show",
    .usage = "RUN [--step PATH] [--data DIR] [--json]",
    .summary = "tells what happened in a run, step by step",
    .example = "weft show 01JD3K8QZ7M2A --step 'lines[7321]' --data /var/lib/weft",
    .options = show_options,
    .words_min = 1,
    .words_max = 1,
    .run = show_run,
};
