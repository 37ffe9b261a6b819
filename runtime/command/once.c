/* once.c - `weft run`: one run of a flow without a server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/command.h"
#include "command/trial.h"

static void once_step(void *arg, uint64_t run, const char *step, const char *what)
{
    (void)arg;
    (void)run;
    fprintf(stderr, "  %-24s %s\n", step, what);
}

static json_t *once_input(const struct options *options, struct err *e)
{
    const char *file = option_text(options, "--input");
    char *text;
    size_t size;
    json_t *input;

    e->code = ERR_OK;
    if (file == NULL)
        return json_object();
    if (file_read(file, LIMIT_BODY, &text, &size, e) != ERR_OK)
        return NULL;
    input = json_read(text, size, &json_limits_body, e);
    mem_free(text);
    if (input == NULL)
        err_prefix(e, "%s", file);
    return input;
}

static int once_exit(const struct trial *once, struct err *e)
{
    json_t *run, *error;
    const char *step, *text;

    if (!once->ended)
        return EXIT_FAILED; /* refused; said already */
    if (once->status == RUN_SUCCEEDED) {
        if (once->output != NULL)
            printf("%s\n", once->output);
        return EXIT_DONE;
    }
    if (once->status == RUN_WAITING) {
        complain("the run waits for a person, an event or a time; with --data it is kept, and a "
                 "server on that directory goes on with it");
        return EXIT_WAITS;
    }
    if (once->status == RUN_IN_DOUBT) {
        complain("a step is in doubt: an effect may have happened; a person must decide");
        return EXIT_WAITS;
    }
    run = engine_show(once->app.store, once->run, e);
    error = json_object_get(run, "error");
    step = json_get_text(error, "step");
    text = json_get_text(error, "text");
    complain("the run failed%s%s: %s: %s", step != NULL ? " at step " : "",
             step != NULL ? step : "",
             json_get_text(error, "kind") != NULL ? json_get_text(error, "kind") : "internal",
             text != NULL ? text : e->text);
    json_decref(run);
    return EXIT_FAILED;
}

static int once_run(const struct command *command, const struct options *options)
{
    struct trial once;
    struct trial_ask ask = { .trigger = option_text(options, "--trigger"),
                             .simulate = option_given(options, "--simulate") };
    struct err e;
    int exit_code = EXIT_USAGE;

    (void)command;
    app_connectors_option(options);
    if (trial_init(&once, option_text(options, "--config"), &e) != ERR_OK)
        goto wrong;
    if (getenv("WEFT_LOG_LEVEL") == NULL)
        once.app.log.level = LOG_WARN;
    ask.input = once_input(options, &e);
    if (ask.input == NULL)
        goto wrong;
    once.app.world.step = once_step;
    if (trial_open(&once, option_text(options, "--data"), option_word(options, 0), &e) != ERR_OK ||
        trial_run(&once, &ask, &e) != ERR_OK)
        goto wrong;
    exit_code = once_exit(&once, &e);
    goto out;
wrong:
    complain("%s", e.text);
out:
    json_decref(ask.input);
    trial_fini(&once);
    return exit_code;
}

static const struct option_row once_options[] = {
    { "--input", "FILE", "JSON that becomes trigger.body; - is standard input ({})", false },
    { "--simulate", NULL, "connectors answer from their examples; nothing leaves", false },
    { "--trigger", "ID", "the trigger to begin at (the first)", false },
    { "--data", "DIR", "keeps the run there (it is forgotten)", false },
    { "--config", "FILE", "a configuration file", false },
    { "--connectors", "DIR", "systems: DIR/NAME/manifest.json", true },
    { NULL, NULL, NULL, false },
};
const struct command command_once = {
    .name = "run",
    .usage = "FLOW [--input FILE|-] [--simulate] [--trigger ID] [--data DIR]",
    .summary = "runs a flow once, without a server; prints its output",
    .example = "weft run flows/paytrace-payment-to-dynamics365 --input event.json --simulate",
    .options = once_options,
    .words_min = 1,
    .words_max = 1,
    .run = once_run,
};
