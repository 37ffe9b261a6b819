/* api_connection.c - /api/v1/connections: what they take now, and one that is used again. */
#include "designer-api/api_priv.h"

void api__connections(struct api *api, struct http_in *in, const struct http_request *request,
                      const char *rest)
{
    struct err e;
    json_t *list = engine_connections(api->engine, &e);

    (void)rest;
    api__give(in, request->id, list, &e);
}

void api__connection_resume(struct api *api, struct http_in *in, const struct http_request *request,
                            const char *rest)
{
    static const char *const members[] = { "connection", "by", NULL };
    char by[API_NAME];
    struct err e;
    json_t *body = api__body(request, members, &e), *done = NULL;
    const char *connection = body != NULL ? api__text(body, "connection", &e) : NULL;

    (void)rest;
    if (connection != NULL && api__by(request, body, by, &e) == ERR_OK &&
        engine_connection_resume(api->engine, connection, by, &e) == ERR_OK) {
        done = json_pack("{s:s}", "resumed", connection);
        check(done != NULL);
    }
    api__give(in, request->id, done, &e);
    json_decref(body);
}
