/* suggest_model.h - what a language model is told of the fields of a mapping, and what is taken of
 * its answer (docs/MAPPING.md). The model may be wrong, slow or hostile: nothing that it says
 * counts but pairs of paths that it was given, each as one more candidate.
 *
 * Pure: who asks, and whether it may be asked, is api_suggest_model.c's business. */
#ifndef DESIGNER_API_SUGGEST_MODEL_H
#define DESIGNER_API_SUGGEST_MODEL_H

#include <jansson.h>

#include "base/err.h"
#include "designer-api/suggest.h"

#define SUGGEST_MODEL_FIELDS 2000u /* of one side that it is shown */
#define SUGGEST_MODEL_VALUES 5u    /* of one field, where values may be sent */
#define SUGGEST_MODEL_VALUE  100u  /* bytes of one */
#define SUGGEST_MODEL_PAIRS  2000u /* of its answer that are looked at */
#define SUGGEST_MODEL_SCORE  0.60  /* of its candidates: proposed, but never surely */

struct suggest_sides { /* paths are whole: "trigger.body.id" */
    const struct suggest_field *sources, *targets;
    size_t source_count, target_count;
    const json_t *mapped; /* paths of targets that need none: they are not shown */
};
/* {"sources": [{"path", "type"}], "targets": [...]}, and only with values: "title" and "values".
 * Card numbers are masked. New reference; NULL with *e: ERR_LIMIT. */
json_t *suggest_model_fields(const struct suggest_sides *sides, bool values, struct err *e);
/* The body of POST /chat/completions; model: NULL: its address says it. New reference; NULL: the
 * fields are too large for one question. */
json_t *suggest_model_body(const char *model, const json_t *fields);
/* The pairs of an answer: [{"source", "target", "reason"?}], not yet compared with anything. NULL
 * with *e: it is not what was asked for. */
json_t *suggest_model_pairs(const char *reply, size_t size, struct err *e);

struct suggest_merge {
    const json_t *fields;   /* as the model was shown them */
    const json_t *rejected; /* [{"to", "from"}] */
    const char *model;      /* its name, for the reasons */
    double least;           /* candidates below it are left out */
};
/* Adds to the suggestions of the API. What they have keeps its place and its score; a pair that
 * they have gets a reason more. One candidate for a target at most; it is `chosen` only where
 * nothing else is, and never scores above what is. */
void suggest_model_merge(json_t *items, const json_t *pairs, const struct suggest_merge *merge);

#endif
