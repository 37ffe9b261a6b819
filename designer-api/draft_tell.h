/* draft_tell.h - a draft is changed, and who has it open hears of it. */
#ifndef DESIGNER_API_DRAFT_TELL_H
#define DESIGNER_API_DRAFT_TELL_H

#include "designer-api/ask.h"
#include "designer-api/object.h"

/* object_change_all(), the first of a draft from a revision, answered by later_will(). Once it is
 * durable, the event "draft" says {"flow", "revision" (0: it is given up), "by"}. later stays the
 * caller's when this fails. */
enum err_code draft_change(struct ask *ask, const struct object_change *changes, size_t count,
                           uint64_t *revision, struct ask_later *later, struct err *e) MUST_USE;
/* Before it is kept: the events of its tests are looked through for card data like any other, the
 * flow itself is not. *bundle: a reference of the caller's, replaced where there is some;
 * ERR_INVALID where the workspace refuses it. */
enum err_code draft_guard(struct ask *ask, json_t **bundle, struct err *e) MUST_USE;

#endif
