/* api_authorize.c - /api/v1/connections/authorize and authorized: a person's consent, from the URL
 * to open to what the browser came back with. */
#include "designer-api/api_priv.h"
#include "engine/authorize.h"

void api__authorize(struct api *api, struct http_in *in, const struct http_request *request,
                    const char *rest)
{
    static const char *const members[] = { "connection", "redirect_uri", "by", NULL };
    char by[API_NAME];
    struct err e;
    json_t *body = api__body(request, members, &e), *given = NULL;
    const char *connection = body != NULL ? api__text(body, "connection", &e) : NULL;
    const char *uri = connection != NULL ? api__text(body, "redirect_uri", &e) : NULL;

    (void)rest;
    if (uri != NULL && api__by(request, body, by, &e) == ERR_OK)
        given = engine_authorize(api->engine, connection, uri, by, &e);
    api__give(in, request->id, given, &e);
    json_decref(body);
}

void api__authorized(struct api *api, struct http_in *in, const struct http_request *request,
                     const char *rest)
{
    static const char *const members[] = { "state", "code", "iss", "error", "by", NULL };
    char by[API_NAME];
    struct err e;
    json_t *body = api__body(request, members, &e);
    struct authorized answer = { .state = body != NULL ? api__text(body, "state", &e) : NULL,
                                 .code = json_get_text(body, "code"),
                                 .issuer = json_get_text(body, "iss"),
                                 .error = json_get_text(body, "error"),
                                 .by = by };
    struct api_wait *wait;
    json_t *done;

    (void)rest;
    if (answer.state == NULL || api__by(request, body, by, &e) != ERR_OK) {
        api__refuse(in, request->id, &e);
    } else {
        done = json_pack("{s:b}", "authorized", 1);
        check(done != NULL);
        wait = api__wait(api, in, request->id, done);
        if (engine_authorized(api->engine, &answer, api__told, wait, &e) != ERR_OK) {
            api__wait_drop(wait);
            api__refuse(in, request->id, &e);
        }
    }
    json_decref(body);
}
