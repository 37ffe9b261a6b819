/* backup.c - `weft backup`: the running server copies its store; without one this program does. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "command/client.h"
#include "command/tell.h"
#include "store/backup.h"

#define BACKUP_PATH (8u * KIB)

/* The server stands in another directory. */
static enum err_code backup_path(const char *file, struct buf *path, struct err *e)
{
    char here[BACKUP_PATH];

    if (*file != '/' && getcwd(here, sizeof here) == NULL)
        return err_set(e, ERR_IO, "the working directory is gone: give a whole path");
    if (*file != '/')
        buf_addf(path, "%s/", here);
    buf_add_text(path, file);
    return buf_check(path, "the path of the backup", e);
}

static json_t *backup_of_server(const char *data, const char *file, const char *by, struct err *e)
{
    json_t *body = json_pack("{s:s}", "file", file), *told;

    if (by != NULL)
        json_object_set_new(body, "by", json_string(by));
    told = client_post(data, "/api/v1/backup", body, e);
    json_decref(body);
    return told;
}

static json_t *backup_of_files(const char *data, const char *file, struct err *e)
{
    struct datadir *dir = datadir_lock(data, e);
    struct backup_report report;
    char run[IDENT_TEXT] = "";
    struct buf path;

    if (dir == NULL)
        return NULL;
    buf_init(&path, BACKUP_PATH);
    buf_addf(&path, "%s/weft.db", data);
    e->code = store_backup_closed(buf_text(&path), file, &report, e);
    buf_fini(&path);
    datadir_unlock(dir);
    if (e->code != ERR_OK)
        return NULL;
    if (report.last_run != 0)
        ident_text(report.last_run, run);
    return json_pack("{s:I, s:I, s:s}", "bytes", (json_int_t)report.bytes, "payloads",
                     (json_int_t)report.payloads, "last_run", run);
}

static int backup_run(const struct command *command, const struct options *options)
{
    struct app app;
    struct err e;
    struct buf path;
    json_t *told = NULL, *alive;
    bool running = false;

    (void)command;
    buf_init(&path, BACKUP_PATH);
    if (tell_open(&app, options, &e) == ERR_OK &&
        backup_path(option_word(options, 0), &path, &e) == ERR_OK) {
        alive = client_get(tell_data(&app), "/healthz", &running, &e);
        json_decref(alive);
        told = running ? backup_of_server(tell_data(&app), buf_text(&path),
                                          option_text(options, "--by"), &e)
                       : backup_of_files(tell_data(&app), buf_text(&path), &e);
    }
    if (told == NULL && running && e.code == ERR_IO)
        complain("%s; the running server writes it, with the server's rights", e.text);
    else if (told == NULL)
        complain("%s", e.text);
    else if (option_given(options, "--json"))
        tell_json(told);
    else
        printf("%s: %" JSON_INTEGER_FORMAT " bytes; the master key is not in it\n", buf_text(&path),
               json_integer_value(json_object_get(told, "bytes")));
    buf_fini(&path);
    app_fini(&app);
    if (told == NULL)
        return e.code == ERR_USAGE ? EXIT_USAGE : EXIT_FAILED;
    json_decref(told);
    return EXIT_DONE;
}

static const struct option_row backup_options[] = {
    { "--data", "DIR", "the data directory (data)", false },
    { "--by", "NAME", "who, for the audit record (your login name)", false },
    { "--json", NULL, "as JSON", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_backup = {
    .name = "backup",
    .usage = "FILE [--data DIR] [--json]",
    .summary = "copies the store into one file, also while the server works",
    .example = "weft backup /backup/weft-monday --data /var/lib/weft",
    .options = backup_options,
    .words_min = 1,
    .words_max = 1,
    .run = backup_run,
};
