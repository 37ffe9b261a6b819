/* draft_begin.h - a draft begins: of its own, from a version, a template, an import. */
#ifndef DESIGNER_API_DRAFT_BEGIN_H
#define DESIGNER_API_DRAFT_BEGIN_H

#include "designer-api/draft.h"

/* Answers the ask with the draft. The bundle is taken. base: NULL or the digest that it is from;
 * what: for the audit. */
void draft_begin(struct ask *ask, const char *flow, json_t *bundle, const char *base,
                 const char *what);
/* ERR_CONFLICT: there is a flow of that name. */
enum err_code draft_is_new(struct ask *ask, const char *flow, struct err *e) MUST_USE;

#endif
