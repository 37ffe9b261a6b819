/* draft_keep.h - a draft becomes another one, by who has seen its newest revision. */
#ifndef DESIGNER_API_DRAFT_KEEP_H
#define DESIGNER_API_DRAFT_KEEP_H

#include "designer-api/draft.h"

/* The draft of path[0], at the revision of If-Match; false: refused, to who was late with what
 * happened since. mine: what the caller wants it to be, NULL: not known. The caller ends with
 * object_fini(). */
bool draft_take(struct ask *ask, struct object *draft, const json_t *mine) MUST_USE;

struct draft_next {      /* all borrowed */
    json_t *bundle;
    const json_t *patch; /* what leads to it */
    const json_t *origin; /* origin_of() another template's state, or NULL: it stays */
    const json_t *shown; /* members of the answer besides its own, or NULL */
    const char *what;    /* for the audit; NULL: "draft.change" */
};
/* Answers the ask. */
void draft_keep(struct ask *ask, const struct object *draft, const struct draft_next *next);
/* Where a draft is from, as far as that is known, from its body. */
void draft_from_add(json_t *json, const json_t *body);

#endif
