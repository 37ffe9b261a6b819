/* api_priv.h - the API's own state. Handlers use ask.h; only what drives them includes this. */
#ifndef DESIGNER_API_API_PRIV_H
#define DESIGNER_API_API_PRIV_H

#include "designer-api/api.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/ask_priv.h"
#include "designer-api/assets.h"
#include "designer-api/contract.h"

struct api {
    struct api_options options;
    struct api_rooms rooms;
    struct contract *contract;
    struct http_in *open, *local;
    struct http_in_calls open_calls, local_calls;
    struct assets *assets;
    struct flood *flood;
    struct sheets *sheets;    /* what lists show of flows */
    struct ask_later *laters; /* who waits for an answer */
    struct proving *provings; /* who waits for tests of rules */
    struct repeat *repeats;   /* Idempotency-Keys whose answer has not left */
    uint64_t calls;           /* so far: what our traces are made of */
    uint32_t trace_seed;
    bool draining;
};

/* api_who.c: who comes with a request. ERR_OK with WHO_NOBODY: nobody who said so. */
enum err_code api__who(struct api *api, const struct http_request *request, bool local,
                       struct who *who, struct err *e) MUST_USE;
/* WHO_LOCAL's name: what the body said, else the login name at the other end of the socket. */
enum err_code api__local_name(const struct ask *ask, char name[WHO_NAME], struct err *e) MUST_USE;
/* api_call.c: a request at /api/v1; path: behind that. */
void api__call(struct api *api, struct http_in *in, const struct http_request *request,
               const char *path, bool local);
enum err_code api__admit(struct api *api, const struct http_request *head, const char *path,
                         bool local, size_t *body_limit, struct err *e) MUST_USE;
/* api_metrics.c */
void api__metrics(struct api *api, struct http_in *in, const struct http_request *request);
/* api_bind.c: which file answers which operations; ends with NULL. */
extern const struct ask_bind *const api__binds[];

#endif
