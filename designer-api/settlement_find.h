/* settlement_find.h - where settlements are: nodes of a flow, and what their steps left in a run.
 * All of it beside the loop. */
#ifndef DESIGNER_API_SETTLEMENT_FIND_H
#define DESIGNER_API_SETTLEMENT_FIND_H

#include "base/json.h"
#include "designer-api/beside.h"
#include "designer-api/settlement.h"

extern const struct json_limits settlement_limits; /* of what a step gave, also when masked */

/* The definition of a version, a new reference; NULL: it is not there (any more). */
json_t *settlement_flow(struct beside_ask *look, const char *version);
/* A node of a flow on any level, by its id, and the nodes of that level; borrowed, NULL: none. */
const json_t *settlement_node(const json_t *flow, const char *id);
const json_t *settlement_level(const json_t *flow, const char *id);
bool settlement_is(const json_t *node);      /* a transform.reconcile */
bool settlement_made_by(const json_t *flow); /* it has one on some level */
/* Its own level has one: then what its loops compare are parts of that. */
bool settlement_in_parts(const json_t *flow);
/* [{"step": path, "node", "title"?}] of those that came to their end; new reference, NULL with
 * look->e. */
json_t *settlement_steps(struct beside_ask *look, uint64_t run, const json_t *flow);
/* What a step gave, when it has at most so many bytes; new reference, as it is: not masked. */
json_t *settlement_output(struct beside_ask *look, uint64_t run, const char *path, size_t most);

/* Whether a review's form takes adjustments: a list of this name. */
bool settlement_form(const json_t *form);

/* What else of the run belongs to the settlement; masked. */
struct settlement_more {
    json_t *reviews;     /* open, as the desk shows them: they take adjustments */
    json_t *decisions;   /* [{"step", "port", "by", "at", "reason"}] of those that are closed */
    json_t *adjustments; /* as they were filled in, with "state", "step", "by" */
    json_t *statements;  /* members "settlement" of outputs on the same level, with "step";
                           * settlement_statement() */
};
/* step: path of the reconciliation, id: its node's. End with settlement_more_fini() in any case. */
void settlement_more(struct beside_ask *look, uint64_t run, const char *run_text,
                     const json_t *flow, const char *step, const char *id,
                     struct settlement_more *more);
void settlement_more_fini(struct settlement_more *more);

/* Adds the member "settlement" of an output, of the step of that path and node. output: taken. */
void settlement_said(json_t *output, const char *path, const json_t *node, json_t *statements);

/* Adds what people agreed on to "adjustments", of the output of a review at that path. */
void settlement_agreed(const json_t *output, const char *path, json_t *adjustments);

/* ---- settlement_rows.c: in lists */

/* [{"step", "node", "title"?, "output": it or its summary, "statements": of settlement_more those
 * that can be told to close or not, without their parts, "adjustments": those that are agreed}];
 * new reference, NULL with look->e. */
json_t *settlement_rows(struct beside_ask *look, uint64_t run, const json_t *flow, uint64_t since);
/* For `since`: runs from this one on have left summaries (engine/summary.h), those before it may be
 * of a program that left none. UINT64_MAX: no run has any. */
uint64_t settlement_since(struct beside_ask *look);

#endif
