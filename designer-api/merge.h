/* merge.h - a flow and what it was made from have both changed: one of both, by meaning.
 *
 * Steps are the same by their ids, edges by their ends, lines of mappings by their targets,
 * elements of other lists by what identifies them, rules, tables and their rows by their names.
 * What only one side changed is taken; what both changed differently, and what one took out and
 * the other changed, is for a person to decide. Nothing is lost in silence.
 *
 * Whose they are is never asked: the flow's name, the values of its vars, its connections and where
 * things are drawn stay mine wherever both have them. Layout and trials are no part of a version,
 * and stay as they are. */
#ifndef DESIGNER_API_MERGE_H
#define DESIGNER_API_MERGE_H

#include <jansson.h>

struct merge {           /* all borrowed */
    const json_t *base;  /* the bundle that both are from */
    const json_t *mine, *theirs;
    const json_t *choices; /* {PLACE: "mine" | "theirs"}; NULL: none yet */
};
struct merged { /* the caller drops both */
    json_t *bundle;
    /* [{"place": JSON pointer by names, "what" as flow_differ() says it, "id", "node"?, "base"?,
     * "mine"?, "theirs"? (none: it is not there), "choice"?}], what both changed, with what is
     * chosen */
    json_t *conflicts;
    size_t undecided; /* of them: they are as mine in the bundle */
};
void merge_bundles(const struct merge *merge, struct merged *merged);
void merged_fini(struct merged *merged);

#endif
