/* draft.h - a flow as it is being made: the bundle of a folder, and beside it what is no part of a
 * version ("layout", "trials").
 *
 * A draft is the object "draft" FLOW: {"bundle", "base"?: digest it was made from, "recent":
 * [{"revision", "by", "at", "patch"}]}. `recent` are the last changes as JSON Patches, as far as
 * they find room: who comes too late is told what happened since. */
#ifndef DESIGNER_API_DRAFT_H
#define DESIGNER_API_DRAFT_H

#include <jansson.h>

#include "base/ident.h"
#include "designer-api/ask.h"
#include "designer-api/object.h"
#include "flow/faults.h"

#define DRAFT_KIND   "draft"
#define VERSION_KIND "version_note"
/* {"version", "number", "message", "by", "at"}: of "FLOW:000014" */
#define VERSION_ID_MAX (LIMIT_NAME + 16)

/* What of a draft's bundle becomes a version: a new object of borrowed members. */
json_t *draft_version(const json_t *bundle) MUST_USE;
/* The bundle of a version as it is named in the API: a number, a digest or eight of its letters,
 * "draft", "live" (what production has, else any environment), or an environment. New reference,
 * not to be changed; NULL with ERR_NOT_FOUND. digest: "" of a draft. */
json_t *draft_find(struct ask *ask, const char *flow, const char *version,
                   char digest[DIGEST_TEXT], struct err *e) MUST_USE;
/* Of any version whose whole digest is known, also one that no place has any more. */
json_t *draft_of_version(struct ask *ask, const char *digest, struct err *e) MUST_USE;
/* The draft, else what is live: what a person works on. */
json_t *draft_current(struct ask *ask, const char *flow, struct err *e) MUST_USE;
/* The bundle that the body brings, else draft_current() of the flow. */
json_t *draft_asked(struct ask *ask, const char *flow, struct err *e) MUST_USE;
/* Whether the workspace has the flow, as a draft or deployed. ERR_NOT_FOUND. */
enum err_code draft_known(struct ask *ask, const char *flow, struct err *e) MUST_USE;

/* [{"file", "pointer", "line", "column", "node"?, "message", "warning"}] */
json_t *draft_faults(const struct faults *faults, const json_t *bundle) MUST_USE;
/* Whether somebody without flows.write may make that change: rules, lookups, tests, schemas,
 * layout, trials and the configs of mappings. */
bool draft_rules_only(const json_t *before, const json_t *after);
/* Whether the caller may publish the version or deploy it to the environment (NULL: wherever the
 * flow works). Without flows.deploy only what differs from what works there in rules, lookups,
 * tests and the configs of mappings; ERR_FORBIDDEN names what else does. */
enum err_code draft_publish_may(struct ask *ask, const char *flow, const char *environment,
                                const json_t *bundle, struct err *e) MUST_USE;
/* Connections that read the machine (an environment variable, a file) come from folders only: those
 * that `before` (NULL: nothing) does not have just so are refused. */
enum err_code draft_connections(const json_t *bundle, const json_t *before,
                                struct err *e) MUST_USE;

/* What is published of a flow, in order of the numbers: [{"number", "version", ...}]; new
 * reference. */
json_t *draft_versions(struct ask *ask, const char *flow, struct err *e) MUST_USE;
/* The row of draft_versions() with that digest, borrowed; NULL: it came from a folder. */
const json_t *draft_numbered(const json_t *versions, const char *digest);
/* A failed run or an exception, as it is shown: where its diagnosis is that it began with the
 * version, who published that one stands among the evidence. */
void draft_diagnosed(struct ask *ask, json_t *shown);

/* A list that is whole in memory, as pages behind the cursor, the `key` of an item. Taken. */
void draft_page(struct ask *ask, json_t *items, const char *key);
/* Whether "WORKSPACE/ENVIRONMENT/FLOW/NAME" is of the caller's workspace: ERR_NOT_FOUND. */
enum err_code connection_own(const struct ask *ask, const char *connection,
                             struct err *e) MUST_USE;
json_t *draft_moment(int64_t ms) MUST_USE; /* as the API writes it */

#endif
