/* api_review.c - /api/v1/reviews: what people have to decide; /api/v1/dead: failed runs that nobody
 * has settled. */
#include <string.h>

#include "designer-api/api_priv.h"

#define API_REVIEWS_MAX 1000u

void api__reviews(struct api *api, struct http_in *in, const struct http_request *request,
                  const char *rest)
{
    char after[LIMIT_PATH];
    bool more = api__query(request, "after", after, sizeof after);
    struct err e;

    (void)rest;
    api__give(in, request->id,
              engine_tasks(api->store, NULL, more ? after : NULL, API_REVIEWS_MAX, &e), &e);
}

/* The one task, a new reference. */
static json_t *review_find(struct api *api, const char *key, struct err *e)
{
    json_t *list = engine_tasks(api->store, key, NULL, 1, e);
    json_t *task = json_incref(json_array_get(list, 0));

    json_decref(list);
    return task;
}

void api__review(struct api *api, struct http_in *in, const struct http_request *request,
                 const char *rest)
{
    struct err e;

    api__give(in, request->id, review_find(api, rest, &e), &e);
}

/* Until there are people with roles, whoever can open the local socket has them all. */
static enum err_code review_decide(struct api *api, const char *key, const char *by,
                                   const json_t *body, struct api_wait *wait, struct err *e)
{
    json_t *task = review_find(api, key, e);
    const char *roles[2];
    struct engine_decision decision = {
        .port = api__text(body, "port", e),
        .data = json_object_get(body, "data"),
        .by = by,
        .roles = roles,
        .reason = json_get_text(body, "reason"),
    };

    if (task == NULL || decision.port == NULL) {
        json_decref(task);
        return e->code;
    }
    roles[0] = json_get_text(task, "role");
    roles[1] = json_get_text(task, "escalate");
    decision.role_count = roles[0] == NULL ? 0 : roles[1] == NULL ? 1 : 2;
    decision.step = json_get_text(task, "step");
    check(ident_parse(json_get_text(task, "run"), &decision.run));
    e->code = engine_decide(api->engine, &decision, api__told, wait, e);
    json_decref(task);
    return e->code;
}

void api__decide(struct api *api, struct http_in *in, const struct http_request *request,
                 const char *rest)
{
    static const char *const members[] = { "port", "data", "reason", "by", NULL };
    struct err e;
    char by[API_NAME];
    json_t *body = api__body(request, members, &e);
    struct api_wait *wait;

    if (body == NULL || api__by(request, body, by, &e) != ERR_OK) {
        api__refuse(in, request->id, &e);
    } else {
        wait = api__wait(api, in, request->id,
                         json_pack("{s:s, s:s*, s:s}", "review", rest, "port",
                                   json_get_text(body, "port"), "by", by));
        if (review_decide(api, rest, by, body, wait, &e) != ERR_OK) {
            api__wait_drop(wait);
            api__refuse(in, request->id, &e);
        }
    }
    json_decref(body);
}

void api__dead(struct api *api, struct http_in *in, const struct http_request *request,
               const char *rest)
{
    char flow[LIMIT_NAME], fingerprint[DEAD_FINGERPRINT];
    struct dead_filter filter = { NULL, NULL };
    struct err e;

    (void)rest;
    if (api__query(request, "flow", flow, sizeof flow))
        filter.flow = flow;
    if (api__query(request, "fingerprint", fingerprint, sizeof fingerprint))
        filter.fingerprint = fingerprint;
    api__give(in, request->id, engine_dead(api->store, &filter, &e), &e);
}
