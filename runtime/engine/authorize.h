/* authorize.h - a person's consent: OAuth 2.0's authorization code (RFC 6749, 4.1) with PKCE
 * (RFC 7636), for connections that sign in by "oauth2_authorization_code".
 *
 *   engine_authorize -> a URL, which the person opens -> the system sends the browser back with
 *   state and code -> engine_authorized -> the code is exchanged -> what came is in the vault
 *
 * (1) A state is good for one answer, within ten minutes.                   [authorize_take]
 * (2) Nothing of what is exchanged is given out: not the verifier, no token. */
#ifndef ENGINE_AUTHORIZE_H
#define ENGINE_AUTHORIZE_H

#include "engine/engine.h"

/* connection: "main/production/FLOW/erp". redirect_uri: where the browser comes back, as the system
 * knows it. {"url", "state"}, a new reference; NULL with *e: ERR_NOT_FOUND, ERR_INVALID (it signs
 * in otherwise, or the address is none), ERR_OVERLOAD. */
json_t *engine_authorize(struct engine *engine, const char *connection, const char *redirect_uri,
                         const char *by, struct err *e) MUST_USE;

/* What the browser came back with; code NULL: `error` says why not. issuer: "iss" of the answer
 * (RFC 9207), NULL: none. done() hears when the consent is kept and the connection is used again;
 * not at all when this fails: ERR_GONE (no such state, or no more), ERR_AUTH (the system said no,
 * or it was not the system). */
struct authorized {
    const char *state, *code, *issuer, *error, *by;
};
enum err_code engine_authorized(struct engine *engine, const struct authorized *answer,
                                engine_done_fn *done, void *arg, struct err *e) MUST_USE;

/* How the connection signs in, and where that is by consent, whether it has one: {"sign_in",
 * "consent": bool, "consent_until"? (wall, when it ends by itself)}; new reference. NULL: there is
 * none of that key at work. */
json_t *engine_consent(struct engine *engine, const char *connection) MUST_USE;

void authorizings_free(struct engine *engine); /* the engine ends */

#endif
