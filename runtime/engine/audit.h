/* audit.h - what people and the program do, for the audit chain of the store (store/audit.h).
 *
 * A record says who (`by`), what, to which object, and what else is to be known:
 *   {"by":"anna","what":"cancel","object":"01JD3K8QZ7M2A","workspace":"main",
 *    "detail":{"reason":"..."},"before":{...},"after":{...}}
 * workspace is not there where the act belongs to none. before and after: what was kept of the
 * object, where its owner says that it may be shown; what is too large for a record is left out and
 * told by "left_out". It never holds a payload or a secret.
 *
 * Where the act is a batch of a run or a fact, the record goes with that batch, so that both are
 * kept or none. What is no batch (a deployment, a start) has a record of its own, right behind it.
 * A store that keeps no chain is left alone. */
#ifndef ENGINE_AUDIT_H
#define ENGINE_AUDIT_H

#include "base/limits.h"
#include "engine/engine.h"
#include "store/audit.h"

#define AUDIT_SYSTEM "weft" /* `who`, when no person is known */

struct audit_note {
    const char *workspace; /* NULL or "": none */
    const char *by;        /* NULL: AUDIT_SYSTEM */
    const char *what, *object;
    const json_t *detail, *before, *after; /* NULL: none */
};
/* One batch can carry one record. All is borrowed. */
void audit_batch(struct engine *engine, struct store_batch *batch, const struct audit_note *note);
/* A batch of its own. detail: NULL: none. */
void engine_audit(struct engine *engine, const char *workspace, const char *who, const char *what,
                  const char *object, const json_t *detail);
/* The same for what may be done only when it is written down: done() is called once, after the
 * commit or with what prevented it. All that was appended before it is durable then, too. */
void engine_audit_then(struct engine *engine, const struct audit_note *note, engine_done_fn *done,
                       void *arg);
/* By which the chain is written; the caller wipes it. */
void engine_audit_key(const struct engine *engine, unsigned char key[STORE_AUDIT_KEY]);
/* "main/production/FLOW/erp": its workspace. */
void audit_workspace_of(const char *key, char workspace[LIMIT_ID + 1]);
/* Before the deployment takes the version (NULL: is taken out). The same one again is no news. by:
 * NULL: its folder. */
struct deployment;
struct version;
void audit_deploy(struct engine *engine, const char *by, const struct deployment *deployment,
                  const struct version *version);
/* The outcome of a batch of no run: a record that could not be kept is no small thing. */
void audit_committed(struct engine *engine, const struct store_result *result);

#endif
