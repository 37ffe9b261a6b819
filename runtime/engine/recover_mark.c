/* recover_mark.c - entries of the journal that are no end of a step: what a step that lasts has
 * come to, and what befell the whole run. */
#include "engine/run.h"

#include <string.h>

static void recover_stop(struct run *run, struct run_node *n, const json_t *stop)
{
    const char *message = json_get_text(stop, "message");
    struct err e;

    err_set(&e, ERR_INVALID, "%s", message[0] != '\0' ? message : "the flow stopped the run");
    if (json_is_true(json_object_get(stop, "succeed")))
        frame_stop(run->root);
    else
        frame_fail(run->root, n->frame == run->root ? n->node : UINT32_MAX, &e, NULL);
    frame_close(n, NODE_DONE);
}

/* What a step that lasts has come to. */
bool recover__mark(struct run_node *n, const json_t *entry)
{
    struct run *run = n->frame->run;
    struct progress *progress = node_progress(n);
    json_t *mark;

    if ((mark = json_object_get(entry, "pause")) != NULL) {
        progress->pauses = true;
        progress->until_ms = json_get_int(mark, "until", INT64_MAX);
        progress->wait_key = mem_must_copy(json_get_text(mark, "key"));
    } else if ((mark = json_object_get(entry, "woke")) != NULL) {
        progress->woken = progress->by_event = true;
        progress->event_body = json_incref(json_object_get(mark, "body"));
        mem_free(progress->wait_key);
        progress->wait_key = NULL;
    } else if ((mark = json_object_get(entry, "sent")) != NULL) {
        progress->sent = true;
        progress->delivered = json_is_true(mark);
    } else if ((mark = json_object_get(entry, "sub")) != NULL) {
        progress->calls = true;
        return json_text(mark)[0] == '\0' || ident_parse(json_text(mark), &progress->sub);
    } else if ((mark = json_object_get(entry, "task")) != NULL) {
        json_decref(progress->task);
        progress->task = json_incref(mark);
        progress->retry_ms = 0;
        progress->allowed = false; /* it did not leave, and they are asked anew */
    } else if ((mark = json_object_get(entry, "decided")) != NULL) {
        if (progress->doubt)
            progress->allowed = person_recover_doubt(n, mark);
        else
            person_recover(n, mark);
    } else if ((mark = json_object_get(entry, "doubt")) != NULL) {
        progress->doubt = progress->unknown = true;
        progress->intent = false;
        progress->retry_ms = 0;
        json_decref(progress->error);
        progress->error = json_incref(mark);
    } else if ((mark = json_object_get(entry, "rung")) != NULL) {
        ladder_recover(n, mark);
    } else if (json_object_get(entry, "undo") != NULL) {
        return true; /* its rung says all */
    } else if ((mark = json_object_get(entry, "stop")) != NULL) {
        recover_stop(run, n, mark);
    } else {
        return false;
    }
    return true;
}

static void recover_cancel(struct run *run, const json_t *cancel)
{
    struct err e;

    run->cancelled = true;
    err_set(&e, ERR_CANCELLED, "cancelled by %s: %s", json_get_text(cancel, "by"),
            json_get_text(cancel, "reason"));
    frame_fail(run->root, UINT32_MAX, &e, NULL);
}

static void recover_broken(struct run *run, const json_t *error)
{
    struct err e;

    run->broken = true;
    ladder_error(error, &e);
    frame_fail(run->root, UINT32_MAX, &e, NULL);
}

void recover__run(struct run *run, const json_t *entry)
{
    const json_t *mark;

    if ((mark = json_object_get(entry, "cancel")) != NULL)
        recover_cancel(run, mark);
    if ((mark = json_object_get(entry, "broken")) != NULL)
        recover_broken(run, mark);
    if ((mark = json_object_get(entry, "before")) != NULL) {
        json_decref(run->before);
        run->before = json_incref((json_t *)mark);
    }
}
