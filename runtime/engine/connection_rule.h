/* connection_rule.h - the rule by which a connection signs in where no other way fits. Only engine/
 * includes this.
 *
 * The rule sees the request (docs/CONNECTORS.md, "By a rule") and gives headers and parameters. It
 * names the connection's secrets and has their HMAC; a secret itself it never sees. It runs in a
 * rules room of the connection's own, to its end, within small budgets. */
#ifndef ENGINE_CONNECTION_RULE_H
#define ENGINE_CONNECTION_RULE_H

#include "engine/connection.h"
#include "vault/sign_request.h"

/* Compiles "source" of c->auth into c->rule. */
enum err_code connection_rule_read(struct connection *c, struct err *e) MUST_USE;
void connection_rule_free(struct connection_rule *rule); /* NULL is fine */
/* Adds what the rule gives. request->url is *url as it was; headers may be its own. */
enum err_code connection_rule_sign(const struct connection *c, const struct sign_request *request,
                                   struct buf *url, struct call_headers *headers,
                                   struct err *e) MUST_USE;

#endif
