/* draft_tell.h - a draft is changed, and who has it open hears of it. */
#ifndef DESIGNER_API_DRAFT_TELL_H
#define DESIGNER_API_DRAFT_TELL_H

#include "designer-api/ask.h"
#include "designer-api/object.h"

/* object_change() of a draft, answered by later_will(). Once it is durable, the event "draft" says
 * {"flow", "revision" (0: it is given up), "by"}. later stays the caller's when this fails. */
enum err_code draft_change(struct ask *ask, const struct object_change *change, uint64_t *revision,
                           struct ask_later *later, struct err *e) MUST_USE;

#endif
