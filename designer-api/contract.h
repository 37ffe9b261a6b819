/* contract.h - openapi.yaml as the program uses it: routes, permissions, parameters, bodies.
 *
 * The build reads designer-api/openapi.yaml (designer-api/pack/pack.c), refuses what is not whole
 * (an operation without operationId, x-permission or a 4xx answer; a $ref that leads nowhere; a
 * schema that our validator does not take; an example that does not fit) and embeds it as JSON. At
 * start every operation must have a handler and every handler an operation, else the program does
 * not start: a route without a policy cannot be served. */
#ifndef DESIGNER_API_CONTRACT_H
#define DESIGNER_API_CONTRACT_H

#include <jansson.h>

#include "designer-api/ask.h"

#define CONTRACT_OPEN (-1) /* x-permission: open - for everybody, also without a session */
#define CONTRACT_SELF (-2) /* x-permission: self - for everybody with a session or token */

struct contract_operation {
    const char *id, *method, *path;  /* path as written: /runs/{run} */
    int permission;                  /* enum permission, CONTRACT_OPEN or CONTRACT_SELF */
    bool local;                      /* x-local: on the local socket only */
    bool once;                       /* x-once: its answer is shown once, and kept nowhere */
    bool guard;                      /* x-guard: its body is looked through for card data */
    ask_handler_fn *handler;
    size_t body_max;                 /* x-body-max, else LIMIT_BODY */
    const struct contract_part *part; /* its parameters and body, compiled; contract.c */
};

struct contract;
/* binds: a list of lists, both ended by NULL. */
struct contract *contract_new(const struct ask_bind *const *binds, struct err *e) MUST_USE;
void contract_free(struct contract *contract); /* NULL is fine */
/* The operation of path (behind /api/v1) and method, with the pieces of the path; ERR_NOT_FOUND,
 * ERR_METHOD (allow: the methods that there are). */
enum err_code contract_find(const struct contract *contract, const char *method, const char *path,
                            const struct contract_operation **operation,
                            char pieces[ASK_PATH_MAX][LIMIT_PATH], char allow[64],
                            struct err *e) MUST_USE;
/* Reads path, query and body of the request as the operation wants them: ask->query, ask->body,
 * ask->text; and ask->faults, [{"pointer" or "parameter", "message"}], when it refuses. The values
 * are owned by the caller, also then. ERR_USAGE, ERR_UNKNOWN (a parameter or member that there is
 * not), ERR_SYNTAX, ERR_INVALID, ERR_MEDIA, ERR_NOT_FOUND (the path's pieces) with the remedy. */
enum err_code contract_read(const struct contract_operation *operation, struct ask *ask,
                            struct err *e) MUST_USE;
/* In the order of their paths; NULL at the end. Start with *cursor 0. */
const struct contract_operation *contract_next(const struct contract *contract, size_t *cursor);
/* The whole document as it is served at GET /openapi.json; borrowed. */
const char *contract_text(const struct contract *contract, size_t *size);

#endif
