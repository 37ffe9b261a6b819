/* intent.h - what leaves a step: the intent before it, and work on other threads.
 * Only engine/ includes this. */
#ifndef ENGINE_INTENT_H
#define ENGINE_INTENT_H

#include "engine/step.h"

struct intent {
    enum effect_class effect;
    bool marks;                              /* none, but something stays that only its run knows */
    int64_t key_valid_ms;                    /* 0: STEP_KEY_VALID_MS */
    const char *digest;                      /* of all that leaves */
    const struct connection *connection;     /* over which; NULL: none */
    const char *what;                        /* for the journal: "POST https://..." */
    void (*open)(struct step *step);         /* it may leave now */
};
/* At once without an effect, or once its run is durable if it marks; else after the commit of its
 * intent. The step has failed when it may not leave. */
void step_intend(struct step *step, const struct intent *intent);
/* It, or the run that it replays, came back with a backup or was begun by one that did: what was
 * done since is not known. */
bool run_is_again(const struct run *run);
/* It, or the run that it replays, came back so, and nobody has looked since whether the effect
 * happened behind the backup: a replay that was lost bore the same key. */
bool intent_is_restored(const struct step *step);
bool step_is_unsure(const struct step *step); /* what it did may not simply be done again */
/* Between the check of its intent and its departure lie a commit, a thread, a token: whoever sends
 * asks once more, as late as it can. */
bool intent_is_late(const struct step *step);
void intent_late(struct step *step); /* it has not left, and must not any more: fails the step */
/* Its level has failed since, or its run was cancelled: *e says so. */
bool intent_is_unwanted(const struct step *step, struct err *e);

/* What looks for an effect, or undoes it, does so where it went. False: the connection leads
 * elsewhere by now, so only a person can tell; *e says so. True for every other step. */
bool intent_is_there(const struct step *step, const struct connection *connection, struct err *e);

/* job.c */
void job_continue(struct step *step);        /* its work is done, or its time is over */
void job_leave(struct job *job);             /* nobody wants it any more; NULL is fine */
void jobs_free(struct engine *engine);       /* after the last step */
/* What stands in the intent for work with this digest (step_work), by the connection or none. */
void job_digest(const struct connection *c, const void *digest, size_t size,
                char text[DIGEST_TEXT]);

#endif
