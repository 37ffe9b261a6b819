/* lineage.h - where a field of a run came from, and where it went.
 *
 * A *place* is a field of something that a run had: its input, what a step was given (input), what
 * it gave (output), what its settings came to (settings), or what an iteration of a loop gave
 * (result). From the place that is asked for, *hops* lead to the places from which it was made, by
 * what the version that ran says of its steps (lineage_plan.h) and by the steps that ran.
 *
 * (1) Never too narrow: where it is not known which field a text takes, the whole value that it
 *     reads is a hop, and says so by its relation.                                 [lineage_add]
 * (2) Bounded: at most LINEAGE_HOPS hops and LINEAGE_RUNS runs; what was left out is told. */
#ifndef DESIGNER_API_LINEAGE_H
#define DESIGNER_API_LINEAGE_H

#include "designer-api/beside.h"

#define LINEAGE_HOPS 400u
#define LINEAGE_RUNS 8u   /* other flows that are crossed */

struct lineage_ask {
    const char *step; /* path; NULL: the run's own input */
    const char *side; /* "input", "output", "settings" */
    const char *at;   /* JSON pointer */
    bool forward;
    bool values;      /* may be shown */
    bool texts;       /* of expressions */
};
/* For works. plans: {digest of a version: lineage_plan}. A new reference, as the contract has it;
 * or NULL, with look->e, or with `wants` the digest of a version, and its flow, whose plan is to be
 * added before it is asked again. */
json_t *lineage_trace(struct beside_ask *look, const struct lineage_ask *asked,
                      const json_t *plans, char wants[DIGEST_TEXT],
                      char flow[LIMIT_PATH]) MUST_USE;

#endif
