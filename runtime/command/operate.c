/* operate.c - `weft cancel` and `weft replay`: what an operator does to runs of a running server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/client.h"
#include "command/tell.h"

#define REPLAY_UNDER_WAY 50  /* replays that have not come to rest */
#define REPLAY_PATIENCE  300 /* looks without a change until the last ones are left alone */
#define REPLAY_LOOK_MS   100
#define REPLAY_REASONS   5 /* refusals that are told one by one */

static const char *operate_text(const json_t *object, const char *key)
{
    const char *text = json_get_text(object, key);

    return text != NULL ? text : "";
}

static void operate_path(struct buf *path, const char *run, const char *what)
{
    buf_init(path, 8 * KIB);
    buf_add_text(path, "/api/v1/runs/");
    tell_path(path, run);
    buf_addf(path, "/%s", what);
}

static void operate_put(json_t *body, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new_nocheck(body, key, json_string(text));
}

static enum err_code operate_reason(const struct options *options, struct err *e)
{
    const char *reason = option_text(options, "--reason");

    if (reason != NULL && *reason != '\0')
        return ERR_OK;
    return err_set(e, ERR_USAGE, "--reason is missing: why, for whoever looks at it later");
}

/* ---- cancel */

static int cancel_run(const struct command *command, const struct options *options)
{
    struct app app;
    struct err e;
    json_t *body = json_object(), *done = NULL;
    struct buf path;

    (void)command;
    operate_path(&path, option_word(options, 0), "cancel");
    operate_put(body, "reason", option_text(options, "--reason"));
    operate_put(body, "by", option_text(options, "--by"));
    if (tell_open(&app, options, &e) == ERR_OK && operate_reason(options, &e) == ERR_OK)
        done = client_post(tell_data(&app), buf_text(&path), body, &e);
    if (done != NULL)
        printf("run %s is being cancelled\n", option_word(options, 0));
    else
        complain("%s", e.text);
    buf_fini(&path);
    json_decref(body);
    app_fini(&app);
    if (done == NULL)
        return e.code == ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
    json_decref(done);
    return EXIT_DONE;
}

/* ---- replay: which runs */

struct replay_job {
    struct app app;
    const struct options *options;
    json_t *ids;
    json_t *body;      /* what is asked for each */
    json_t *told;      /* what came of each, for --json */
    json_t *under_way; /* ids of replays that have not come to rest */
    bool dry;
    size_t accepted, refused, succeeded, failed, waiting;
};

static json_t *replay_get(struct replay_job *job, const char *path, struct err *e)
{
    bool running;

    return client_get(tell_data(&job->app), path, &running, e);
}

static enum err_code replay_find_dead(struct replay_job *job, struct err *e)
{
    const char *fingerprint = option_text(job->options, "--fingerprint"),
               *flow = option_text(job->options, "--flow");
    struct buf path;
    json_t *dead, *group;
    size_t i;

    buf_init(&path, 8 * KIB);
    buf_add_text(&path, "/api/v1/dead?");
    if (fingerprint != NULL) {
        buf_add_text(&path, "&fingerprint=");
        tell_path(&path, fingerprint);
    }
    if (flow != NULL) {
        buf_add_text(&path, "&flow=");
        tell_path(&path, flow);
    }
    dead = replay_get(job, buf_text(&path), e);
    buf_fini(&path);
    json_array_foreach(json_object_get(dead, "groups"), i, group)
    {
        json_array_extend(job->ids, json_object_get(group, "runs"));
    }
    json_decref(dead);
    return dead != NULL ? ERR_OK : e->code;
}

/* Page for page, until there is no next one. */
static enum err_code replay_find_all(struct replay_job *job, struct err *e)
{
    json_t *page = NULL, *run;
    struct buf path;
    size_t i;

    do {
        buf_init(&path, 16 * KIB);
        buf_addf(&path,
                 "/api/v1/runs?limit=200&status=%s&flow=", option_text(job->options, "--status"));
        tell_path(&path, option_text(job->options, "--flow"));
        if (page != NULL) {
            buf_add_text(&path, "&cursor=");
            tell_path(&path, operate_text(page, "next"));
        }
        json_decref(page);
        page = replay_get(job, buf_text(&path), e);
        buf_fini(&path);
        if (page == NULL)
            return e->code;
        json_array_foreach(json_object_get(page, "items"), i, run)
        {
            json_array_append(job->ids, json_object_get(run, "run"));
        }
    } while (json_get_text(page, "next") != NULL);
    json_decref(page);
    return ERR_OK;
}

static int replay_compare(const void *left, const void *right)
{
    return strcmp(json_text(*(json_t *const *)left), json_text(*(json_t *const *)right));
}

/* In the order of their arrival, which is that of their ids. */
static void replay_sort(struct replay_job *job)
{
    size_t count = json_array_size(job->ids), i;
    json_t **list = mem_must((count + 1) * sizeof *list), *sorted = json_array();

    for (i = 0; i < count; i++)
        list[i] = json_array_get(job->ids, i);
    qsort(list, count, sizeof *list, replay_compare);
    for (i = 0; i < count; i++)
        json_array_append(sorted, list[i]);
    mem_free(list);
    json_decref(job->ids);
    job->ids = sorted;
}

static enum err_code replay_find(struct replay_job *job, struct err *e)
{
    const struct options *options = job->options;
    const char *status = option_text(options, "--status");
    bool chosen = option_given(options, "--fingerprint") || option_given(options, "--flow");

    if (chosen == (option_words(options) > 0))
        return err_set(e, ERR_USAGE,
                       "name the runs, or choose them by --fingerprint or --flow, not both");
    for (size_t i = 0; i < option_words(options); i++)
        json_array_append_new(job->ids, json_string(option_word(options, i)));
    if (!chosen)
        return ERR_OK;
    if (status == NULL || strcmp(status, "failed") == 0)
        return replay_find_dead(job, e);
    if (strcmp(status, "cancelled") != 0 && strcmp(status, "succeeded") != 0)
        return err_set(e, ERR_USAGE, "--status is failed, cancelled or succeeded, not \"%s\"",
                       status);
    if (!option_given(options, "--flow"))
        return err_set(e, ERR_USAGE, "--status %s needs --flow", status);
    return replay_find_all(job, e);
}

/* ---- replay: each of them */

static enum err_code replay_body(struct replay_job *job, struct err *e)
{
    const struct options *options = job->options;
    const char *input = option_text(options, "--input"),
               *version = option_text(options, "--version");
    json_t *value;

    job->body = json_object();
    operate_put(job->body, "from", option_text(options, "--from"));
    operate_put(job->body, "version", version);
    operate_put(job->body, "reason", option_text(options, "--reason"));
    operate_put(job->body, "by", option_text(options, "--by"));
    if (option_given(options, "--repeat-effects"))
        json_object_set_new_nocheck(job->body, "repeat_effects", json_true());
    if (job->dry)
        json_object_set_new_nocheck(job->body, "dry_run", json_true());
    else if (operate_reason(options, e) != ERR_OK)
        return e->code;
    if (input == NULL)
        return ERR_OK;
    value = tell_file(input, e);
    if (value == NULL)
        return e->code;
    json_object_set_new_nocheck(job->body, "body", value);
    return ERR_OK;
}

static void replay_plan_lines(const json_t *plan)
{
    const char *refused = json_get_text(plan, "refused");
    json_t *one;
    size_t i;

    printf("%s %s", operate_text(plan, "run"), refused != NULL ? "is refused: " : "goes on");
    if (refused != NULL)
        printf("%s", refused);
    json_array_foreach(json_object_get(plan, "from"), i, one)
    {
        if (refused == NULL)
            printf("%s %s", i == 0 ? " at" : ",", json_text(one));
    }
    printf("%s%lld outputs stand in, %zu steps are done again\n", refused != NULL ? "; " : ": ",
           (long long)json_get_int(plan, "taken", 0),
           json_array_size(json_object_get(plan, "again")));
    json_array_foreach(json_object_get(plan, "repeats"), i, one)
    {
        printf("  would repeat %s at %s (%s)\n", operate_text(one, "what"),
               operate_text(one, "step"), operate_text(one, "class"));
    }
}

/* Counts those that have come to rest and takes them off the list; true: one had. */
static bool replay_look(struct replay_job *job)
{
    bool changed = false;

    for (size_t i = json_array_size(job->under_way); i > 0; i--) {
        const char *id = json_text(json_array_get(job->under_way, i - 1)), *status;
        char path[64];
        struct err e;
        json_t *run;

        snprintf(path, sizeof path, "/api/v1/runs/%.20s", id);
        run = replay_get(job, path, &e);
        status = operate_text(run, "status");
        if (strcmp(status, "active") != 0) {
            job->succeeded += strcmp(status, "succeeded") == 0;
            job->failed += strcmp(status, "failed") == 0 || strcmp(status, "cancelled") == 0;
            job->waiting += strcmp(status, "waiting") == 0 || strcmp(status, "in_doubt") == 0;
            json_array_remove(job->under_way, i - 1);
            changed = true;
        }
        json_decref(run);
    }
    return changed;
}

static void replay_rest(struct replay_job *job, size_t most)
{
    const struct timespec pause = { .tv_nsec = REPLAY_LOOK_MS * 1000000L };
    unsigned looks = 0;

    while (json_array_size(job->under_way) > most && looks++ < REPLAY_PATIENCE) {
        if (replay_look(job))
            looks = 0;
        else
            nanosleep(&pause, NULL);
    }
}

static void replay_one(struct replay_job *job, const char *id)
{
    struct buf path;
    struct err e;
    json_t *done;

    operate_path(&path, id, "replay");
    done = client_post(tell_data(&job->app), buf_text(&path), job->body, &e);
    buf_fini(&path);
    if (done == NULL) {
        done = json_pack("{s:s, s:s, s:s}", "run", id, "refused", e.text, "code", err_name(e.code));
        check(done != NULL);
        if (job->refused < REPLAY_REASONS && !job->dry)
            complain("%s: %s", id, e.text);
    }
    if (json_get_text(done, "refused") != NULL)
        job->refused++;
    else
        job->accepted++;
    if (!job->dry && json_get_text(done, "refused") == NULL) {
        json_array_append(job->under_way, json_object_get(done, "run"));
        if (!option_given(job->options, "--json"))
            printf("%s goes on as run %s\n", id, operate_text(done, "run"));
    } else if (job->dry && !option_given(job->options, "--json")) {
        replay_plan_lines(done);
    }
    json_array_append_new(job->told, done);
}

static void replay_summary(const struct replay_job *job)
{
    if (option_given(job->options, "--json")) {
        tell_json(job->told);
        return;
    }
    if (json_array_size(job->ids) == 1)
        return;
    printf("%zu %s, %zu refused", job->accepted, job->dry ? "would be replayed" : "replayed",
           job->refused);
    if (!job->dry)
        printf("; of the replays %zu succeeded, %zu failed, %zu wait, %zu are under way",
               job->succeeded, job->failed, job->waiting, json_array_size(job->under_way));
    putchar('\n');
}

static int replay_run(const struct command *command, const struct options *options)
{
    struct replay_job job = { .options = options, .dry = option_given(options, "--dry-run") };
    int exit_code = EXIT_DONE;
    json_t *id;
    struct err e;
    size_t i;

    (void)command;
    job.ids = json_array();
    job.told = json_array();
    job.under_way = json_array();
    if (tell_open(&job.app, options, &e) != ERR_OK || replay_body(&job, &e) != ERR_OK ||
        replay_find(&job, &e) != ERR_OK) {
        complain("%s", e.text);
        exit_code = e.code == ERR_USAGE || e.code == ERR_SYNTAX ? EXIT_USAGE : EXIT_FAILED;
    } else {
        if (option_words(options) == 0)
            replay_sort(&job);
        json_array_foreach(job.ids, i, id)
        {
            replay_rest(&job, REPLAY_UNDER_WAY - 1);
            replay_one(&job, json_text(id));
        }
        if (json_array_size(job.ids) > 1)
            replay_rest(&job, 0);
        replay_summary(&job);
        exit_code = job.refused > 0 ? EXIT_FAILED : EXIT_DONE;
    }
    json_decref(job.ids);
    json_decref(job.body);
    json_decref(job.told);
    json_decref(job.under_way);
    app_fini(&job.app);
    return exit_code;
}

static const struct option_row cancel_options[] = {
    { "--reason", "TEXT", "why; it is kept with the run", false },
    { "--by", "NAME", "who (your login name)", false },
    { "--data", "DIR", "the data directory (data)", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_cancel = {
    .name = "cancel",
    .usage = "RUN --reason TEXT [--by NAME] [--data DIR]",
    .summary = "ends a run: nothing new starts, what has left is waited for",
    .example = "weft cancel 01JD3K8QZ7M2A --reason 'the customer called it off'",
    .options = cancel_options,
    .words_min = 1,
    .words_max = 1,
    .run = cancel_run,
};
static const struct option_row replay_options[] = {
    { "--fingerprint", "X", "all dead letters with this fingerprint (weft dead)", false },
    { "--flow", "NAME", "all dead letters of this flow", false },
    { "--status", "STATUS", "with --flow: failed (the dead letters), cancelled or succeeded",
      false },
    { "--from", "STEP", "goes on at this step, or the trigger; else where the run stood", false },
    { "--input", "FILE", "becomes trigger.body; - is standard input", false },
    { "--version", "WHICH", "current or own: the flow as it is now, or as it was (current)",
      false },
    { "--repeat-effects", NULL, "also when effects would be done a second time", false },
    { "--dry-run", NULL, "says what would happen, and does nothing", false },
    { "--reason", "TEXT", "why; it is kept with both runs", false },
    { "--by", "NAME", "who (your login name)", false },
    { "--json", NULL, "as JSON", false },
    { "--data", "DIR", "the data directory (data)", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_replay = {
    .name = "replay",
    .usage = "RUN... | --fingerprint X | --flow NAME [--from STEP] [--input FILE] --reason TEXT",
    .summary = "lets ended runs go on as new ones, from where they failed or from any step",
    .example = "weft replay --fingerprint 3f9c2d11a07be6d4 --dry-run",
    .options = replay_options,
    .words_max = 256,
    .run = replay_run,
};
