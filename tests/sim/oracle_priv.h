/* oracle_priv.h - what a journal says of a step, as the oracle reads it. */
#ifndef SIM_ORACLE_PRIV_H
#define SIM_ORACLE_PRIV_H

#include <jansson.h>
#include <stdbool.h>

/* How the end of a run that came back with a backup tells it (engine/unseen.c). */
#define ORACLE_UNSEEN "may have been done before, and are not known here"

enum oracle_step {
    STEP_UNKNOWN,
    STEP_INTENDED,
    STEP_PAUSED,
    STEP_DOUBTED,
    STEP_DECIDED,
    STEP_DONE,
    STEP_LEFT,
    STEP_FAILED,
};
struct oracle_story {
    enum oracle_step step;
    unsigned intents, attempts, dones, doubts, resent; /* resent: as a person said */
    unsigned missed;                                   /* it was looked, and is not there, */
    bool absent;                                       /* nor may it have come since then */
    unsigned undos, undone;                            /* it was to be taken back, and it was */
    unsigned dropped;                                  /* it is not there, and nobody wants it */
    json_int_t generation;                             /* of its key */
    bool after;                                        /* entries behind its end */
};

/* Whether an entry is of the node and the iteration, "post" or "post[3]". */
bool oracle_of(const json_t *entry, const char *node);
/* What the entries say of a step; those of a run that was replayed go on with its replay's
 * (again_entries). */
void oracle_story(const json_t *entries, const char *node, struct oracle_story *story);
unsigned oracle_resent(const json_t *entries, const char *node);

#endif
