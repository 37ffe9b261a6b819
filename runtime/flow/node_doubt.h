/* node_doubt.h - for the node types whose effects may come into doubt: their key, answers that say
 * nothing, and what a type can do when nobody knows whether an effect happened (docs/FLOWS.md,
 * "Effects").
 *
 * node_type.doubt() fills what can be done, for steps with these settings; NULL: nothing.
 * node_type.probe() starts the step anew, not to act but to look whether its effect happened: it
 * asks services with EFFECT_NONE only and ends with step_probed(), or with step_fail() when it
 * could not look.
 * node_type.reverse() does the same to undo what may have happened: its calls may be repeated
 * freely, EFFECT_IDEMPOTENT; step_reversed() says that the system confirms it. */
#ifndef FLOW_NODE_DOUBT_H
#define FLOW_NODE_DOUBT_H

#include "flow/node.h"

struct node_doubt {
    bool probes;           /* probe() can tell */
    int64_t settle_ms;     /* it looks not before: systems may be slow to show what they did */
    bool read_after_write; /* what is not seen then did not happen, and will not */
    bool reverses;         /* reverse() undoes it, and the flow's author allows that, */
    int64_t undo_ms;       /* not before: what is done later than its reversal is not undone */
};

/* The end of probe() and reverse(). output: what stands for the step's (PROBE_HAPPENED), taken;
 * else NULL. why: for people, what was seen; may be NULL. */
enum probe_result {
    PROBE_UNKNOWN,
    PROBE_ABSENT,
    PROBE_HAPPENED,
    PROBE_TWICE, /* more than once: only a person goes on */
};
void step_probed(struct step *step, enum probe_result result, json_t **output, const char *why);
void step_reversed(struct step *step);

/* The step's idempotency key: a UUID derived from run, path and generation; the same at every
 * attempt of a generation. A new one begins only when what was sent before was undone, or a person
 * said that it did not happen after the system had forgotten the key. */
const char *step_key(struct step *step);
#define STEP_KEY_VALID_MS (24 * 3600 * 1000)
/* The first STEP_REFERENCE characters of the key's digits, for systems with short references. */
#define STEP_REFERENCE 20
void step_reference(struct step *step, char reference[STEP_REFERENCE + 1]);
/* After an answer: the effect may have happened, nobody knows (a 2xx with a broken body, a 5xx
 * to a POST). Fails the step as step_fail() would, but goes the way of effects in doubt when its
 * effect class does not allow a repetition. ERR_IN_DOUBT: the answer contradicts what was asked
 * for; then whatever the class, nothing is sent again without a person. */
void step_fail_unsure(struct step *step, const struct err *e, json_t **details);

#endif
