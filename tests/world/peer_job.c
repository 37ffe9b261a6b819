/* peer_job.c - what is asked of a peer by a job on a thread: done, or not, at once. */
#include "base/check.h"
#include "world/peer_priv.h"

/* What the job hears. */
static enum err_code job_heard(const struct peer_call *call, struct err *e)
{
    if (call->declined)
        return err_set(e, ERR_INVALID, "the peer declined it");
    if (call->fate == PEER_FINE)
        return ERR_OK;
    return err_set(e, ERR_TRANSIENT, "%s", peer_fate_name(call->fate));
}

enum err_code peers_job(struct peers *peers, const struct http_ask *ask, bool heard, bool *sent,
                        struct err *e)
{
    struct peer_call *call;
    bool does;

    peers->out.send(&peers->out, ask, NULL, NULL, 0);
    call = peers->calls[peers->call_count - 1];
    if (call->fate == PEER_BUSY)
        call->fate = PEER_REFUSED;
    does = call->do_ms != INT64_MAX && call->fate != PEER_REFUSED;
    call->do_ms = INT64_MAX;
    call->reply_ms = call->sent_ms;
    call->answered = heard;
    *sent = call->fate != PEER_REFUSED && !call->declined;
    call->unsure = *sent && (call->fate != PEER_FINE || !heard);
    if (does) {
        call->done = true;
        peer_do(peers, call);
    }
    return job_heard(call, e);
}
