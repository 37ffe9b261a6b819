/* people.h - people, their sessions and tokens: who comes with a request.
 *
 * (1) Nobody is let in before there is an administrator; the first one is made with a token that
 *     is shown once on the console and ends with its use.                  [people_first]
 * (2) A password is kept as Argon2id only, and compared off the loop; an unknown name costs the
 *     same time as a wrong password.                                       [people_sign_in]
 * (3) A session's or token's secret is kept as its SHA-256 only; shown once.
 * (4) What changes something and came with a cookie needs the header X-CSRF of that session, and
 *     an Origin of ours.                                                   [people_who]
 * (5) Attempts are throttled by name and by address.                       [people_sign_in] */
#ifndef DESIGNER_API_PEOPLE_H
#define DESIGNER_API_PEOPLE_H

#include "base/err.h"
#include "designer-api/ask.h"
#include "designer-api/object.h"
#include "designer-api/who.h"
#include "engine/engine.h"
#include "io/http_in.h"
#include "io/pool.h"

struct people;
struct people_options {
    struct engine *engine;       /* for the audit of what is no object: failed sign-ins */
    struct objects *objects;
    const struct vault *vault;   /* a key of its own comes from there (vault_derive) */
    struct clock *clock;
    struct random *random;
    struct log *log;
    struct pool *pool;           /* where passwords are computed */
    bool plain;                  /* sign-in over plain HTTP from other machines is allowed */
    int64_t idle_ms, absolute_ms; /* a session ends so long after its last use, after its opening;
                                     0: 30 minutes, 12 hours */
    bool second_factor;          /* without one a person may do nothing but set one up */
    const char *public_url;      /* an origin; borrowed, outlives people. NULL: not known */
};
/* Reads who there is. Without an administrator a one-time token is made, and told by
 * people_first(). */
struct people *people_new(const struct people_options *options, struct err *e) MUST_USE;
void people_free(struct people *people); /* NULL is fine */
/* From now on; the options of the same names. */
void people_limits(struct people *people, int64_t idle_ms, int64_t absolute_ms,
                   bool second_factor);
/* The token for the first administrator; NULL: there is one. */
const char *people_first(const struct people *people);
/* Where others reach this Weft, as it was said; NULL: it was not. */
const char *people_public_url(const struct people *people);

/* Who comes with this request of the open listener: by cookie or by "Authorization: Bearer", in the
 * workspace of the header Weft-Workspace (else the one they were in last, else their first).
 * ERR_OK with WHO_NOBODY when neither is there. ERR_UNAUTHORIZED: not valid or no longer;
 * ERR_FORBIDDEN: no member of that workspace, CSRF. */
enum err_code people_who(struct people *people, const struct http_request *request,
                         struct who *who, struct err *e) MUST_USE;

/* What people_who() said still holds: for answers that stay open. False: end them. */
bool people_holds(const struct people *people, const struct who *who);

/* A password or second factor was given in the last PEOPLE_PROOF_MS: asked for in front of what is
 * sensitive. ERR_PROOF: POST /session/proof first. Tokens and the local socket need none. */
#define PEOPLE_PROOF_MS (15 * 60 * 1000)
enum err_code people_proved(const struct ask *ask, struct err *e) MUST_USE;

/* The operations of the contract under /session, /first, /invitation, /users, /tokens, /roles,
 * /workspaces. */
extern const struct ask_bind people_binds[];

#endif
