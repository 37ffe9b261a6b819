/* restore.c - `weft restore`: a backup becomes the store of a data directory. */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "command/tell.h"
#include "store/backup.h"

static const char *restore_by(const struct options *options)
{
    const char *by = option_text(options, "--by");
    const struct passwd *user = by == NULL ? getpwuid(getuid()) : NULL;

    return by != NULL ? by : user != NULL ? user->pw_name : "unknown";
}

/* The key must fit, else nothing could be signed and no secret be opened; a broken chain is told,
 * and will be told by each verification. */
static enum err_code restore_key(struct app *app, const struct restore *restore,
                                 unsigned char key[STORE_AUDIT_KEY], struct err *e)
{
    struct store_audit_report chain;

    if (app_look_at(app, restore_path(restore), tell_data(app), true, e) != ERR_OK)
        return err_prefix(e, "a restore needs the master key of the store");
    app_audit_key(app, key);
    if (store_audit_verify(app->store, key, &chain, e) == ERR_INVALID)
        complain("warning: the backup's audit chain is not whole: %s", e->text);
    store_close(app->store);
    app->store = NULL;
    return e->code = ERR_OK;
}

static enum err_code restore_all(struct app *app, const struct options *options,
                                 struct backup_report *report, struct err *e)
{
    struct datadir *dir = datadir_lock(tell_data(app), e);
    unsigned char key[STORE_AUDIT_KEY];
    struct restore *restore = NULL;
    struct clock *clock = clock_real();

    if (dir == NULL)
        return e->code;
    restore = restore_prepare(option_word(options, 0), tell_data(app),
                              option_given(options, "--replace"), e);
    if (restore != NULL && restore_key(app, restore, key, e) == ERR_OK)
        e->code =
            restore_finish(restore, key, restore_by(options), clock->wall_ms(clock), report, e);
    explicit_bzero(key, sizeof key);
    restore_free(restore);
    if (e->code == ERR_OK)
        e->code = datadir_opened(dir, false, e); /* what stands there now is whole */
    datadir_unlock(dir);
    return e->code;
}

static int restore_run(const struct command *command, const struct options *options)
{
    struct app app;
    struct err e;
    struct backup_report report = { .bytes = 0 };
    char run[IDENT_TEXT] = "none";
    json_t *told;

    (void)command;
    if (tell_open(&app, options, &e) == ERR_OK)
        e.code = restore_all(&app, options, &report, &e);
    if (report.last_run != 0)
        ident_text(report.last_run, run);
    if (e.code != ERR_OK) {
        complain("%s", e.text);
    } else if (option_given(options, "--json")) {
        told = json_pack("{s:I, s:I, s:s}", "bytes", (json_int_t)report.bytes, "generation",
                         (json_int_t)report.generation, "last_run", run);
        tell_json(told);
        json_decref(told);
    } else {
        printf("%s is restored, generation %" PRId64 ", up to run %s; an effect of these runs that"
               " cannot be repeated is left to a person\n",
               tell_data(&app), report.generation, run);
    }
    app_fini(&app);
    if (e.code == ERR_OK)
        return EXIT_DONE;
    return e.code == ERR_USAGE || e.code == ERR_CONFLICT || e.code == ERR_INVALID ? EXIT_USAGE
                                                                                  : EXIT_FAILED;
}

static const struct option_row restore_options[] = {
    { "--data", "DIR", "the data directory, made if absent (data)", false },
    { "--replace", NULL, "a store that is there is kept as DIR/former-DATE", false },
    { "--by", "NAME", "who, for the audit record (your login name)", false },
    { "--json", NULL, "as JSON", false },
    { "--config", "FILE", "a configuration file", false },
    { NULL, NULL, NULL, false },
};
const struct command command_restore = {
    .name = "restore",
    .usage = "FILE [--data DIR] [--replace] [--json]",
    .summary = "makes a backup the store of a data directory",
    .example = "weft restore /backup/weft-monday --data /var/lib/weft --replace",
    .options = restore_options,
    .words_min = 1,
    .words_max = 1,
    .run = restore_run,
};
