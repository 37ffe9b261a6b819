/* operate.c - what an operator does to a run that has not ended. */
#include "engine/run.h"

enum err_code engine_cancel(struct engine *engine, uint64_t id, const char *by, const char *reason,
                            engine_done_fn *done, void *arg, struct err *e)
{
    struct run *run = run_wake(engine, id);
    char text[IDENT_TEXT];
    struct err why;
    json_t *mark;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(by != NULL && reason != NULL);
    ident_text(id, text);
    if (run == NULL || run->concluded)
        return err_set(e, ERR_NOT_FOUND, "there is no unfinished run %s", text);
    if (run->cancelled)
        return err_set(e, ERR_CONFLICT, "run %s is being cancelled already", text);
    mark = json_pack("{s:s, s:s}", "by", by, "reason", reason);
    check(mark != NULL);
    record_run(run, "cancel", mark);
    json_decref(mark);
    run->cancelled = true;
    err_set(&why, ERR_CANCELLED, "cancelled by %.80s: %.200s", by, reason);
    frame_fail(run->root, UINT32_MAX, &why, NULL);
    run_tell(run, done, arg);
    return ERR_OK;
}
