/* group.h - who decides: groups of people in a workspace, by which reviews say whose matter they
 * are, beside the program's own roles.
 *
 * A group is the object "group" NAME of a workspace: {"title"?, "members": [sign-in names]}. A
 * review step names a role (who.h) or a group; what is neither is refused when the flow is
 * published. A flow that came from a folder may name one that nobody has made yet: `weft check`,
 * the start and the exception of each such review say so; until then administrators decide it. */
#ifndef DESIGNER_API_GROUP_H
#define DESIGNER_API_GROUP_H

#include "designer-api/ask.h"
#include "designer-api/object.h"
#include "flow/faults.h"

#define GROUP_KIND "group"
#define GROUP_MOST 500u /* of a workspace */

/* Whether the caller has the role, or is in the group of that name; administrators and who stands
 * at the local socket are in all. */
bool group_has(const struct ask *ask, const char *role);
/* Whether the caller may give the second yes where the first is that role's: nobody has two roles,
 * so who approves need not have it. A group's second person is one of the group. */
bool group_approves(const struct ask *ask, const char *role);
/* Whether it is a role, or a group of the workspace. */
bool group_is(struct objects *objects, const char *workspace, const char *name);
/* How many are in the group, and who of them may decide: people of the workspace, not disabled,
 * whose role decides exceptions. False: there is no such group. */
bool group_count(const struct ask *ask, const char *name, size_t *members, size_t *deciders);
/* Whether two can agree where two must: one who approves exceptions and somebody else who decides
 * or approves, people of the workspace who are not disabled; of a group its members. name: a role,
 * a group, or NULL: anybody's. */
bool group_has_two(const struct ask *ask, const char *name);
/* Each review step of the definition: the pointer to its config, and that. */
typedef void group_review_fn(void *arg, const char *pointer, const json_t *config);
void group_reviews(const json_t *flow, group_review_fn *visit, void *arg);
/* Each role and group that a review step of the definition names, and its place there. */
typedef void group_visit_fn(void *arg, const char *pointer, const char *name);
void group_each(const json_t *flow, group_visit_fn *visit, void *arg);
/* The review steps of a version's bundle that name what there is not. */
void group_faults(struct ask *ask, const json_t *bundle, struct faults *faults);
/* Groups that the bundle names and the workspace lacks are made; with the caller in them, if they
 * manage people. */
void group_make(struct ask *ask, const json_t *bundle);

#endif
