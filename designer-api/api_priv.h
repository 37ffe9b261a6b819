/* api_priv.h - what the files of the API share: a handler for each route, and its helpers.
 * Only designer-api/ includes this. */
#ifndef DESIGNER_API_API_PRIV_H
#define DESIGNER_API_API_PRIV_H

#include "designer-api/api.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/operate.h"

struct api_wait;
struct api {
    struct api_options options;
    struct http_in *open, *local;
    struct http_in_calls open_calls, local_calls;
    struct engine *engine;
    struct store *store;
    struct api_wait *waits; /* requests that are answered after a commit */
    bool draining;
};

/* rest: what stands in the path for the route's '*', decoded */
typedef void api_handler_fn(struct api *api, struct http_in *in, const struct http_request *request,
                            const char *rest);

/* ---- Answers */
void api__problem(struct http_in *in, uint64_t request, const struct err *e,
                  const struct pair *header);
void api__refuse(struct http_in *in, uint64_t request, const struct err *e);
void api__json(struct http_in *in, uint64_t request, int status, const json_t *value);
/* 200 with the value, which is taken; NULL: refuses with *e */
void api__give(struct http_in *in, uint64_t request, json_t *value, const struct err *e);

/* ---- api_ask.c: what is asked */
/* A parameter of the query, decoded; false: not there, or not well formed. */
bool api__query(const struct http_request *request, const char *name, char *value, size_t room);
/* The body: an object with no other members than these (the list ends with NULL). New reference, or
 * NULL with *e. */
json_t *api__body(const struct http_request *request, const char *const *members,
                  struct err *e) MUST_USE;
/* Who asks: "by" of the body, else the login name at the other end of the socket. */
#define API_NAME 100
enum err_code api__by(const struct http_request *request, const json_t *body, char name[API_NAME],
                      struct err *e) MUST_USE;
/* A text that must be there and not be empty. */
const char *api__text(const json_t *body, const char *member, struct err *e);
/* For engine_done_fn: answers the request with 200 and the value (taken), or refuses it. */
struct api_wait *api__wait(struct api *api, struct http_in *in, uint64_t request, json_t *value);
void api__wait_drop(struct api_wait *wait); /* it was refused at once */
void api__told(void *wait, const struct err *e);
void api__waits_leave(struct api *api);     /* nobody is answered any more */

/* ---- The routes */
api_handler_fn api__runs, api__run, api__cancel, api__settle, api__replay; /* api_run.c */
api_handler_fn api__reviews, api__review, api__decide, api__dead;          /* api_review.c */
api_handler_fn api__connections, api__connection_resume;                   /* api_connection.c */
api_handler_fn api__authorize, api__authorized;                            /* api_authorize.c */
api_handler_fn api__vault, api__vault_set, api__vault_remove, api__vault_rotate; /* api_vault.c */
api_handler_fn api__backup;                                                /* api_backup.c */

#endif
