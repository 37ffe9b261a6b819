/* backups.c - backups as files of DATA/backups: made, listed, verified, removed; by a schedule,
 * too.
 *
 * (1) Their names are made here: "weft-20261121T185000Z.db", of the schedule "auto-...". What has
 *     another name is not seen, not verified and not removed.                     [backup_is_name]
 * (2) Only those of the schedule are removed by it, the oldest first, behind a new one that is
 *     whole.                                                                      [backups_prune]
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/draft.h"
#include "designer-api/job_kinds.h"
#include "designer-api/jobs_priv.h"
#include "designer-api/people.h"
#include "designer-api/settings.h"
#include "designer-api/when.h"
#include "engine/audit.h"
#include "store/backup.h"

#define BACKUP_NAME    24u /* "weft-20261121T185000Z.db" */
#define BACKUP_PATH    4096u
#define BACKUP_LOOK_MS 60000
#define HOUR_MS        INT64_C(3600000)

static bool backup_is_name(const char *name)
{
    static const char shape[] = "----00000000T000000Z.db";

    if (strlen(name) != BACKUP_NAME ||
        (strncmp(name, "weft-", 5) != 0 && strncmp(name, "auto-", 5) != 0))
        return false;
    for (size_t i = 5; i < BACKUP_NAME; i++) {
        char wanted = shape[i - 1];

        if (wanted == '0' ? name[i] < '0' || name[i] > '9' : name[i] != wanted)
            return false;
    }
    return true;
}

static void backup_path(const char *data, const char *name, char path[BACKUP_PATH])
{
    int size = snprintf(path, BACKUP_PATH, "%s/backups%s%s", data, *name != '\0' ? "/" : "", name);

    check(size > 0 && size < (int)BACKUP_PATH);
}

static void backup_name(int64_t wall_ms, bool automatic, char name[BACKUP_NAME + 1])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm utc;

    check(gmtime_r(&seconds, &utc) != NULL);
    check(strftime(name, BACKUP_NAME + 1,
                   automatic ? "auto-%Y%m%dT%H%M%SZ.db" : "weft-%Y%m%dT%H%M%SZ.db",
                   &utc) == BACKUP_NAME);
}

/* ---- What there is */

static int backup_order(const void *a, const void *b)
{
    return strcmp(json_get_text(*(json_t *const *)b, "made_at"),
                  json_get_text(*(json_t *const *)a, "made_at"));
}

/* The newest first; made_at: of its name. */
static json_t *backups_found(const char *data)
{
    json_t *list = json_array(), *order[1000];
    char path[BACKUP_PATH], at[24];
    struct dirent *entry;
    struct stat stat_of;
    size_t count = 0;
    DIR *folder;

    backup_path(data, "", path);
    folder = opendir(path);
    while (folder != NULL && count < 1000 && (entry = readdir(folder)) != NULL) {
        const char *name = entry->d_name;

        if (!backup_is_name(name))
            continue;
        backup_path(data, name, path);
        if (lstat(path, &stat_of) != 0 || !S_ISREG(stat_of.st_mode))
            continue;
        snprintf(at, sizeof at, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", name + 5, name + 9, name + 11,
                 name + 14, name + 16, name + 18);
        order[count] =
            json_pack("{s:s, s:I, s:s, s:b}", "backup", name, "bytes", (json_int_t)stat_of.st_size,
                      "made_at", at, "scheduled", name[0] == 'a');
        check(order[count++] != NULL);
    }
    if (folder != NULL)
        closedir(folder);
    if (count > 0)
        qsort(order, count, sizeof *order, backup_order);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, order[i]);
    return list;
}

/* ---- Making one */

static void backups_prune(struct job *job)
{
    const struct jobs_options *rooms = jobs_rooms(job->jobs);
    int64_t keep = json_get_int(job->ask, "keep", 7), seen = 0;
    json_t *list = backups_found(rooms->data), *one;
    char path[BACKUP_PATH];
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (!json_is_true(json_object_get(one, "scheduled")) || ++seen <= keep)
            continue;
        backup_path(rooms->data, json_get_text(one, "backup"), path);
        if (unlink(path) == 0)
            engine_audit(rooms->engine, NULL, job->by, "backup.remove",
                         json_get_text(one, "backup"), NULL);
    }
    json_decref(list);
}

struct backup_made {
    struct job *job;
    char name[BACKUP_NAME + 1];
};

static void backup_done(void *arg, const struct backup_report *report, const struct err *e)
{
    struct backup_made *made = arg;
    struct job *job = made->job;
    char run[IDENT_TEXT] = "";
    json_t *result = NULL;

    if (e->code == ERR_OK) {
        if (report->last_run != 0)
            ident_text(report->last_run, run);
        result = json_pack("{s:s, s:I, s:I, s:s, s:I}", "backup", made->name, "bytes",
                           (json_int_t)report->bytes, "payloads", (json_int_t)report->payloads,
                           "last_run", run, "longest_pause_us", (json_int_t)report->longest_us);
        check(result != NULL);
        engine_audit(jobs_rooms(job->jobs)->engine, NULL, job->by, "backup", made->name, result);
        if (json_is_true(json_object_get(job->ask, "scheduled")))
            backups_prune(job);
    }
    mem_free(made);
    job_ended(job, result, e);
}

static void backup_begin(struct job *job)
{
    const struct jobs_options *rooms = jobs_rooms(job->jobs);
    struct backup_made *made = mem_must(sizeof *made);
    char path[BACKUP_PATH];
    struct err e;

    made->job = job;
    backup_name(rooms->clock->wall_ms(rooms->clock),
                json_is_true(json_object_get(job->ask, "scheduled")), made->name);
    backup_path(rooms->data, "", path);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        err_set(&e, ERR_IO, "%s cannot be made: %s", path, strerror(errno));
    } else {
        backup_path(rooms->data, made->name, path);
        e.code = store_backup(rooms->store, rooms->loop, path, backup_done, made, &e);
    }
    if (e.code == ERR_OK)
        return;
    mem_free(made);
    job_ended(job, NULL, &e);
}

const struct job_kind backup_kind = { .name = "backup", .work = backup_begin, .with_store = true };

/* ---- Verifying one: it is restored beside, and thrown away */

struct backup_check {
    struct job *job;
    char file[BACKUP_PATH], folder[BACKUP_PATH];
    struct err e;
};

static void backup_check_work(void *arg)
{
    struct backup_check *check_of = arg;
    struct restore *restore;

    check_of->e.code = ERR_OK;
    if (mkdir(check_of->folder, 0700) != 0 && errno != EEXIST) {
        err_set(&check_of->e, ERR_IO, "%s cannot be made: %s", check_of->folder, strerror(errno));
        return;
    }
    restore = restore_prepare(check_of->file, check_of->folder, true, &check_of->e);
    if (restore != NULL)
        check_of->e.code = ERR_OK;
    restore_free(restore);
    (void)rmdir(check_of->folder);
}

static void backup_check_done(void *arg)
{
    struct backup_check *check_of = arg;
    const struct err fine = { .code = ERR_OK };
    bool whole = check_of->e.code == ERR_OK;
    json_t *result = NULL;

    if (whole || check_of->e.code == ERR_INVALID) {
        result = json_pack("{s:O, s:b}", "backup", json_object_get(check_of->job->ask, "backup"),
                           "whole", whole);
        check(result != NULL);
        if (!whole)
            json_object_set_new(result, "text", json_string(check_of->e.text));
    }
    job_ended(check_of->job, result, result != NULL ? &fine : &check_of->e);
    mem_free(check_of);
}

static void backup_check_begin(struct job *job)
{
    const struct jobs_options *rooms = jobs_rooms(job->jobs);
    struct backup_check *check_of = mem_must(sizeof *check_of);

    check_of->job = job;
    backup_path(rooms->data, json_get_text(job->ask, "backup"), check_of->file);
    backup_path(rooms->data, ".verified", check_of->folder);
    loop_work(rooms->loop, backup_check_work, backup_check_done, check_of);
}

const struct job_kind backup_verify_kind = { .name = "backup.verify",
                                             .work = backup_check_begin,
                                             .again = true };

/* ---- The schedule */

int64_t backups_due(const struct jobs *jobs, const struct settings *settings)
{
    return settings_number(settings, NULL, SETTING_OF_BACKUP_HOURS) > 0 ? jobs->backup_at
                                                                        : INT64_MAX;
}

void backups_turn(struct jobs *jobs, const struct settings *settings)
{
    int64_t hours = settings_number(settings, NULL, SETTING_OF_BACKUP_HOURS), newest = 0;
    struct clock *clock = jobs->options.clock;
    json_t *list, *one;
    size_t i;

    if (hours <= 0 || clock->steady_ms(clock) < jobs->backup_at || jobs_has(jobs, "backup"))
        return;
    jobs->backup_at = clock->steady_ms(clock) + BACKUP_LOOK_MS;
    list = backups_found(jobs->options.data);
    json_array_foreach(list, i, one)
    {
        if (newest == 0 && json_is_true(json_object_get(one, "scheduled")))
            (void)when_read(json_get_text(one, "made_at"), &newest);
    }
    json_decref(list);
    if (clock->wall_ms(clock) - newest >= hours * HOUR_MS)
        jobs_begin(jobs, "backup",
                   json_pack("{s:b, s:I}", "scheduled", true, "keep",
                             (json_int_t)settings_number(settings, NULL, SETTING_OF_BACKUP_KEEP)));
}

/* ---- Asked for: of the whole program, so in the workspace main only */

static bool backups_may(struct ask *ask)
{
    const char *workspace = ask->who->workspace;
    struct err e;

    if (*workspace == '\0' || strcmp(workspace, "main") == 0)
        return true;
    err_set(&e, ERR_FORBIDDEN, "a backup holds every workspace: it is a matter of main");
    ask_refuse(ask, &e);
    return false;
}

static bool backup_is_there(struct ask *ask, char path[BACKUP_PATH])
{
    struct err e;

    if (!backups_may(ask))
        return false;
    backup_path(ask->api->rooms.data, backup_is_name(ask->path[0]) ? ask->path[0] : "-", path);
    if (access(path, F_OK) == 0)
        return true;
    err_set(&e, ERR_NOT_FOUND, "there is no backup %.60s", ask->path[0]);
    ask_refuse(ask, &e);
    return false;
}

static void backup_list(struct ask *ask)
{
    if (backups_may(ask))
        draft_page(ask, backups_found(ask->api->rooms.data), "backup");
}

static void backup_ask(struct ask *ask)
{
    if (backups_may(ask))
        jobs_ask(ask, "backup", json_object(), NULL);
}

static void backup_verify_ask(struct ask *ask)
{
    char path[BACKUP_PATH];

    if (backup_is_there(ask, path))
        jobs_ask(ask, "backup.verify", json_pack("{s:s}", "backup", ask->path[0]), NULL);
}

static void backup_remove(struct ask *ask)
{
    char path[BACKUP_PATH];
    struct err e;

    if (!backup_is_there(ask, path))
        return;
    if (people_proved(ask, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    if (unlink(path) != 0) {
        err_set(&e, ERR_IO, "%s is not removed: %s", ask->path[0], strerror(errno));
        ask_refuse(ask, &e);
        return;
    }
    engine_audit(ask_engine(ask), NULL, ask->who->name, "backup.remove", ask->path[0], NULL);
    ask_nothing(ask);
}

const struct ask_bind backups_binds[] = {
    { "listBackups", backup_list },
    { "createBackup", backup_ask },
    { "verifyBackup", backup_verify_ask },
    { "deleteBackup", backup_remove },
    { NULL, NULL },
};
