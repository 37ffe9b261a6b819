/* usage.h - which flow's version uses which secrets, in the audit chain. Only engine/ includes
 * this.
 *
 * A record "secret.use" stands there at the first use since the start of the program by each
 * version, and again with the first use after an hour:
 *   {"what":"secret.use","object":"main/production/FLOW/erp",
 *    "detail":{"secrets":["production/FLOW/erp.password"],"flow":"FLOW","environment":"production",
 *              "version":"sha256...","uses":412}}
 * uses: since the record before. A trigger's object is the name of its secret. */
#ifndef ENGINE_USAGE_H
#define ENGINE_USAGE_H

#include "engine/engine_priv.h"

struct connection;
struct run;

/* A request leaves by the connection, for a step of the run. */
void usage_connection(const struct run *run, const struct connection *connection);
/* What was sent to a trigger of the deployment fits the secret: who knows none writes nothing. */
void usage_trigger(struct engine *engine, const struct deployment *deployment, const char *secret);
void usages_free(struct engine *engine);

#endif
