/* sheet.h - what lists show of a flow's objects, read once and kept: a draft is a text of 100 kB,
 * and a list of 300 flows needs a name and a few figures of each.
 *
 * A sheet is {"name"?, "description"?, "systems": [connectors], "digest", "bytes", "draft"?:
 * {"revision", "changed_at", "by", "base"?}, "numbers": {digest: number of the version},
 * "versions", "note"?: {"labels"?, "owner"?, "revision"}, "origin"?: {"template", "digest"}}.
 * Words, digest and bytes are the draft's. It is dropped as soon as one of these objects has
 * changed, and read anew when it is asked for. */
#ifndef DESIGNER_API_SHEET_H
#define DESIGNER_API_SHEET_H

#include "designer-api/ask.h"
#include "designer-api/object.h"

#define FLOW_NOTE "flow_note" /* {"labels", "owner"}: no part of a version */

struct sheets;
struct sheets *sheets_new(struct objects *objects);
void sheets_free(struct sheets *sheets); /* NULL is fine; before the objects */
/* The sheet of a flow of the caller's workspace, borrowed until the next turn; NULL with *e,
 * ERR_NOT_FOUND: it has no draft and is not deployed. Without a draft it has no words. */
const json_t *sheets_read(struct sheets *sheets, struct ask *ask, const char *flow, bool deployed,
                          struct err *e) MUST_USE;
/* Adds the workspace's flows that have a draft to the object `names`, as members. */
enum err_code sheets_names(struct sheets *sheets, struct ask *ask, json_t *names,
                           struct err *e) MUST_USE;
/* {"name"?, "description"?, "systems", "digest", "bytes"} of what is live with that digest, kept,
 * too; borrowed until the next turn. */
const json_t *sheets_live(struct sheets *sheets, const char *digest, const json_t *bundle);

#endif
