/* api_backup.c - /api/v1/backup: the store that works becomes a file of the server's machine. */
#include "designer-api/api_priv.h"

#include "engine/audit.h"
#include "store/backup.h"

struct backup_ask {
    struct engine *engine;
    struct api_wait *wait;
    json_t *answer; /* also the wait's */
    char *file;
    char by[API_NAME];
};

static void backup_free(struct backup_ask *ask)
{
    json_decref(ask->answer);
    mem_free(ask->file);
    mem_free(ask);
}

static void backup_done(void *arg, const struct backup_report *report, const struct err *e)
{
    struct backup_ask *ask = arg;
    char run[IDENT_TEXT] = "";

    if (report->last_run != 0)
        ident_text(report->last_run, run);
    json_object_set_new(ask->answer, "bytes", json_integer(report->bytes));
    json_object_set_new(ask->answer, "payloads", json_integer(report->payloads));
    json_object_set_new(ask->answer, "last_run", json_string(run));
    json_object_set_new(ask->answer, "longest_pause_us", json_integer(report->longest_us));
    if (e->code == ERR_OK)
        engine_audit(ask->engine, ask->by, "backup", ask->file, ask->answer);
    api__told(ask->wait, e);
    backup_free(ask);
}

void api__backup(struct api *api, struct http_in *in, const struct http_request *request,
                 const char *rest)
{
    static const char *const members[] = { "file", "by", NULL };
    struct err e;
    json_t *body = api__body(request, members, &e);
    const char *file = body != NULL ? api__text(body, "file", &e) : NULL;
    struct backup_ask *ask = mem_must(sizeof *ask);

    (void)rest;
    ask->engine = api->engine;
    ask->answer = json_object();
    if (file == NULL)
        goto refused;
    if (*file != '/') {
        err_set(&e, ERR_USAGE, "\"file\" is a whole path, beginning with /");
        goto refused;
    }
    if (api__by(request, body, ask->by, &e) != ERR_OK)
        goto refused;
    ask->file = mem_must_copy(file);
    ask->wait = api__wait(api, in, request->id, json_incref(ask->answer));
    if (store_backup(api->store, api->options.loop, file, backup_done, ask, &e) == ERR_OK)
        goto out;
    api__wait_drop(ask->wait);
refused:
    api__refuse(in, request->id, &e);
    backup_free(ask);
out:
    json_decref(body);
}
