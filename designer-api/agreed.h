/* agreed.h - which connections of the workspace its flows use: a flow that begins uses the same.
 *
 * Connections of two flows are the same when they lead to a system of the same kind and are
 * described in the same words; without any, when they have the same name. */
#ifndef DESIGNER_API_AGREED_H
#define DESIGNER_API_AGREED_H

#include <jansson.h>

#include "designer-api/ask.h"

#define AGREED_KEY 600u
/* What the same connections have in common, cut to the room. */
void agreed_key(const char *name, const json_t *connection, char key[AGREED_KEY]);

/* Of all drafts: {KEY: what they use, null where they differ}. New reference. */
json_t *agreed_read(struct ask *ask) MUST_USE;
/* The bundle's connections that use none yet, and are agreed on. */
void agreed_take(const json_t *agreed, json_t *bundle);

#endif
