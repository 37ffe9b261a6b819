/* diagnostics.c - `weft diagnostics`: what somebody needs who looks for a fault, as one file
 * without secrets and payloads. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "command/client.h"
#include "command/tell.h"

#define DIAGNOSTICS_MAX (64u * MIB)

/* For its owner alone: it tells names and addresses. */
static enum err_code diagnostics_write(const char *file, const json_t *json, struct err *e)
{
    bool out = strcmp(file, "-") == 0;
    int fd = out ? STDOUT_FILENO : open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct buf text;

    if (fd < 0)
        return err_set(e, ERR_IO, "%s: %s", file, strerror(errno));
    buf_init(&text, DIAGNOSTICS_MAX);
    json_write_pretty(&text, json);
    buf_add_char(&text, '\n');
    e->code = ERR_OK;
    for (size_t at = 0; at < text.len;) {
        ssize_t done = write(fd, text.at + at, text.len - at);

        if (done < 0 && errno != EINTR) {
            err_set(e, ERR_IO, "%s: %s", file, strerror(errno));
            break;
        }
        at += done > 0 ? (size_t)done : 0;
    }
    buf_fini(&text);
    if (!out && close(fd) != 0 && e->code == ERR_OK)
        err_set(e, ERR_IO, "%s: %s", file, strerror(errno));
    return e->code;
}

static int diagnostics_work(struct app *app, const struct options *options)
{
    const char *file =
        option_words(options) > 0 ? option_word(options, 0) : "weft-diagnostics.json";
    struct err e;
    json_t *json = client_post(tell_data(app), "/api/v1/diagnostics", NULL, &e);

    if (json != NULL)
        e.code = diagnostics_write(file, json, &e);
    if (json == NULL || e.code != ERR_OK) {
        complain("%s", e.text);
        json_decref(json);
        return EXIT_FAILED;
    }
    json_decref(json);
    if (strcmp(file, "-") != 0)
        printf("%s: without secrets and payloads; names of flows, connections and addresses are in "
               "it\n",
               file);
    return EXIT_DONE;
}

static int diagnostics_run(const struct command *command, const struct options *options)
{
    struct app app;
    struct err e;
    int exit_code = EXIT_USAGE;

    (void)command;
    if (tell_open(&app, options, &e) == ERR_OK)
        exit_code = diagnostics_work(&app, options);
    else
        complain("%s", e.text);
    app_fini(&app);
    return exit_code;
}

static const struct option_row diagnostics_options[] = {
    { "--data", "DIR", "the data directory (data)", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_diagnostics = {
    .name = "diagnostics",
    .usage = "[FILE|-] [--data DIR]",
    .summary = "writes what somebody needs who looks for a fault, without secrets and payloads",
    .example = "weft diagnostics /tmp/weft.json --data /var/lib/weft",
    .options = diagnostics_options,
    .words_max = 1,
    .run = diagnostics_run,
};
