/* template_begin.h - drafts from templates, all at once or none: a flow with those that it calls,
 * or the flows of a pairing with theirs. */
#ifndef DESIGNER_API_TEMPLATE_BEGIN_H
#define DESIGNER_API_TEMPLATE_BEGIN_H

#include <jansson.h>

#include "designer-api/ask.h"

/* What comes along: the bundle of a template of the name that is called, where the workspace has no
 * such flow. Of calls_list(). */
json_t *template_part(struct ask *ask, const char *flow) MUST_USE;
/* Answers the ask. parts: as of calls_list(), with "template" where it is of another name than the
 * flow; those without a bundle are there already. answer: what is given, taken; NULL: the draft of
 * the last part, which must have a bundle. */
void template_begin(struct ask *ask, const json_t *parts, json_t *answer);

#endif
