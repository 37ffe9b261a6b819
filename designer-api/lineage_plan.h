/* lineage_plan.h - what the steps of a flow's version read, as it was compiled: what a lineage is
 * traced along. JSON, so that it can be read beside the loop. */
#ifndef DESIGNER_API_LINEAGE_PLAN_H
#define DESIGNER_API_LINEAGE_PLAN_H

#include <jansson.h>

#include "engine/engine.h"

/* {ID: {"id", "type", "title"?, "pointer", "owner"?, "disabled", "any": joins at the first edge,
 * "trigger", "in": [{"from", "port"}], "config": without a body, "x": [{"at": place in the config,
 * "text", "script"?} and what rules_reads() says, its modules' too]}}. New reference; NULL with *e:
 * the version does not compile any more. */
json_t *lineage_plan_new(struct engine *engine, json_t *bundle, const char *slug,
                         struct err *e) MUST_USE;

#endif
