/* api_backup.c - the store that works becomes a file of the server's machine. */
#include "designer-api/api_priv.h"

#include "engine/audit.h"
#include "store/backup.h"

struct backup_ask {
    struct engine *engine;
    struct ask_later *later;
    char *file;
    char by[WHO_NAME];
};

static void backup_free(struct backup_ask *ask)
{
    mem_free(ask->file);
    mem_free(ask);
}

static void backup_done(void *arg, const struct backup_report *report, const struct err *e)
{
    struct backup_ask *ask = arg;
    char run[IDENT_TEXT] = "";
    json_t *answer;

    if (report->last_run != 0)
        ident_text(report->last_run, run);
    answer = json_pack("{s:I, s:I, s:s, s:I}", "bytes", (json_int_t)report->bytes, "payloads",
                       (json_int_t)report->payloads, "last_run", run, "longest_pause_us",
                       (json_int_t)report->longest_us);
    check(answer != NULL);
    if (e->code == ERR_OK)
        engine_audit(ask->engine, NULL, ask->by, "backup", ask->file, answer);
    later_will(ask->later, 200, answer, 0);
    later_told(ask->later, e);
    backup_free(ask);
}

static void backup_make(struct ask *asked)
{
    const char *file = json_get_text(asked->body, "file");
    struct backup_ask *ask = mem_must(sizeof *ask);
    struct err e;

    ask->engine = ask_engine(asked);
    ask->file = mem_must_copy(file);
    snprintf(ask->by, sizeof ask->by, "%s", asked->who->name);
    ask->later = ask_later(asked);
    if (store_backup(ask_store(asked), asked->api->rooms.loop, file, backup_done, ask, &e) ==
        ERR_OK)
        return;
    later_refuse(ask->later, &e);
    backup_free(ask);
}

const struct ask_bind backup_binds[] = {
    { "makeBackup", backup_make },
    { NULL, NULL },
};
