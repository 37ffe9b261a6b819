/* piece.h - one expression, script or mapping, compiled and evaluated as it would be in a flow.
 *
 * A small flow is made around it: what its context has stands before it, a loop around it where
 * there is an item. So the compiler, the checks and the evaluator are those of flows, whatever is
 * asked. Nothing runs but the rules. */
#ifndef DESIGNER_API_PIECE_H
#define DESIGNER_API_PIECE_H

#include <jansson.h>

#include "engine/engine.h"
#include "rules/budget.h"

enum piece_kind {
    PIECE_VALUE,   /* any JSON with expressions in it */
    PIECE_SCRIPT,  /* a text: a chunk */
    PIECE_MAPPING, /* the config of transform.map */
};
struct piece_ask {
    enum piece_kind kind;
    json_t *source;
    const json_t *context; /* what it sees: its steps are known by their names; may be NULL */
    const json_t *bundle;  /* whose rules, lookups, schemas and budget it may use; may be NULL */
    struct rule_allowance set; /* of the workspace (engine/budget.h) */
    bool names;            /* names that nobody knows are faults, too: it is only looked at */
};
struct piece;
/* NULL with faults; pointers of faults in the source are those within it ("/fields/0/from"). */
struct piece *piece_new(struct engine *engine, const struct piece_ask *ask,
                        struct faults *faults) MUST_USE;
/* What an error of an evaluation says, without the piece's own name; place: with its field. */
const char *piece_message(const char *text, bool place);
void piece_free(struct piece *piece); /* NULL is fine; an evaluation under way goes on */
/* Where every target of a mapping comes from (docs/MAPPING.md); new reference. */
json_t *piece_describe(const struct piece *piece) MUST_USE;

/* value: borrowed, NULL: nil; of a mapping its output. e: NULL or why there is none. Called once,
 * perhaps before piece_eval() returns. */
typedef void piece_done_fn(void *arg, json_t *value, const struct err *e);
/* context: {"trigger", "steps", "input", "vars", "env", "run", "item", "index", "previous"}. */
void piece_eval(struct piece *piece, const json_t *context, piece_done_fn *done, void *arg);

#endif
