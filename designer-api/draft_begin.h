/* draft_begin.h - a draft begins: of its own, from a version, a template, an import. */
#ifndef DESIGNER_API_DRAFT_BEGIN_H
#define DESIGNER_API_DRAFT_BEGIN_H

#include "designer-api/draft.h"

struct draft_from {
    const char *base;     /* the digest of a version, or NULL */
    const char *template; /* the name of a template, or NULL */
    const json_t *origin; /* what origin_of() says of that template, or NULL. Borrowed */
};
/* Answers the ask with the draft. The bundle is taken. from: NULL, or where it is from; what: for
 * the audit. */
void draft_begin(struct ask *ask, const char *flow, json_t *bundle, const struct draft_from *from,
                 const char *what);
struct draft_new {
    const char *flow;
    json_t *bundle; /* taken */
    struct draft_from from;
};
/* The same of several: all begin or none. answer: taken; NULL: the first of them. */
void draft_begin_all(struct ask *ask, struct draft_new *list, size_t count, const char *what,
                     json_t *answer);
/* ERR_CONFLICT: there is a flow of that name. */
enum err_code draft_is_new(struct ask *ask, const char *flow, struct err *e) MUST_USE;

#endif
