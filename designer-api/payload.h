/* payload.h - payloads by ids: what a run was given, what a step was given and what it gave. They
 * never change once they are there, so an id leads to the same bytes for ever, until the run is
 * pruned. To people it is opaque: "RUN-input", "RUN-output-lines(3).post". */
#ifndef DESIGNER_API_PAYLOAD_H
#define DESIGNER_API_PAYLOAD_H

#include "designer-api/beside.h"
#include "designer-api/paper.h"

/* what: "input", "output"; step: a path, NULL: the run's own. */
void payload_id(const char *run, const char *what, const char *step, char *id, size_t room);
/* The paper of the payload in the ask's workspace, masked unless `plain`; borrowed until the next
 * call. NULL with look->e. */
const struct paper *payload_paper(struct beside_ask *look, const char *id, bool plain);

#endif
