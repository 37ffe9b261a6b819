/* api.c - the routes and the way of a request through them. */
#include "designer-api/api_priv.h"

#include <string.h>

#define API_BODY_MAX LIMIT_BODY   /* of what the local socket is asked */
#define API_TEXT_MAX (256u * MIB) /* one run with all its payloads */

/* ---- Answers */

void api__problem(struct http_in *in, uint64_t request, const struct err *e,
                  const struct pair *header)
{
    struct http_answer answer = { .status = err_status(e->code),
                                  .content_type = "application/problem+json",
                                  .headers = header,
                                  .header_count = header != NULL ? 1 : 0 };
    struct buf body;

    buf_init(&body, 4 * KIB);
    buf_addf(&body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":",
             err_about(e->code), answer.status);
    json_write_text(&body, e->text, strlen(e->text));
    buf_addf(&body, ",\"code\":\"%s\"}", err_name(e->code));
    answer.body = buf_text(&body);
    answer.body_size = body.len;
    http_in_answer(in, request, &answer);
    buf_fini(&body);
}

void api__refuse(struct http_in *in, uint64_t request, const struct err *e)
{
    static const struct pair later = { "Retry-After", "2" };

    api__problem(in, request, e,
                 err_status(e->code) == 503 || err_status(e->code) == 429 ? &later : NULL);
}

void api__json(struct http_in *in, uint64_t request, int status, const json_t *value)
{
    struct http_answer answer = { .status = status };
    struct buf body;

    buf_init(&body, API_TEXT_MAX);
    json_write(&body, value);
    buf_add_char(&body, '\n');
    answer.body = buf_text(&body);
    answer.body_size = body.len;
    http_in_answer(in, request, &answer);
    buf_fini(&body);
}

void api__give(struct http_in *in, uint64_t request, json_t *value, const struct err *e)
{
    if (value == NULL)
        api__refuse(in, request, e);
    else
        api__json(in, request, 200, value);
    json_decref(value);
}

void api_answer(void *arg, uint64_t request, const struct engine_answer *answer)
{
    struct api *api = arg;
    struct http_answer out = { .status = answer->status,
                               .content_type = answer->content_type,
                               .headers = answer->headers,
                               .header_count = answer->header_count,
                               .body = answer->body,
                               .body_size = answer->body_size };

    if (answer->refusal != NULL)
        api__refuse(api->open, request, answer->refusal);
    else
        http_in_answer(api->open, request, &out);
}

/* ---- Webhooks */

static const char *api_hook_path(const char *path)
{
    return strncmp(path, "/hooks/", 7) == 0 ? path + 7 : NULL;
}

static void api_hook(struct api *api, const struct http_request *request, const char *path)
{
    struct engine_event event = {
        .request = request->id,
        .method = request->method,
        .path = path,
        .query = request->query,
        .headers = request->headers,
        .header_count = request->header_count,
        .body = request->body,
        .body_size = request->body_size,
        .received_ms = request->received_ms,
    };
    const char *allow = NULL;
    struct err e;

    if (engine_hook_find(api->engine, request->method, path, &allow, &e) == ERR_METHOD) {
        api__problem(api->open, request->id, &e, &(struct pair){ "Allow", allow });
        return;
    }
    engine_hook(api->engine, &event);
}

/* ---- Routes */

static void api_health(struct api *api, struct http_in *in, const struct http_request *request,
                       const char *rest)
{
    (void)api;
    (void)rest;
    json_t *body = json_pack("{s:s}", "status", "alive");

    api__json(in, request->id, 200, body);
    json_decref(body);
}

static void api_ready(struct api *api, struct http_in *in, const struct http_request *request,
                      const char *rest)
{
    json_t *body = json_pack("{s:s}", "status", api->draining ? "draining" : "ready");

    (void)rest;
    api__json(in, request->id, api->draining ? 503 : 200, body);
    json_decref(body);
}

static const struct api_route {
    const char *method;
    const char *path; /* '*': one piece that is the handler's; at the end: all the rest */
    bool local;       /* only on the local socket */
    api_handler_fn *handler;
} api_routes[] = {
    { "GET", "/healthz", false, api_health },
    { "GET", "/readyz", false, api_ready },
    { "GET", "/api/v1/runs", true, api__runs },
    { "POST", "/api/v1/runs/*/cancel", true, api__cancel },
    { "POST", "/api/v1/runs/*/settle", true, api__settle },
    { "POST", "/api/v1/runs/*/replay", true, api__replay },
    { "GET", "/api/v1/runs/*", true, api__run },
    { "GET", "/api/v1/reviews", true, api__reviews },
    { "GET", "/api/v1/reviews/*", true, api__review },
    { "POST", "/api/v1/reviews/*", true, api__decide },
    { "GET", "/api/v1/dead", true, api__dead },
    { "GET", "/api/v1/connections", true, api__connections },
    { "POST", "/api/v1/connections/resume", true, api__connection_resume },
    { "POST", "/api/v1/connections/authorize", true, api__authorize },
    { "POST", "/api/v1/connections/authorized", true, api__authorized },
    { "POST", "/api/v1/backup", true, api__backup },
    { "GET", "/api/v1/vault", true, api__vault },
    { "POST", "/api/v1/vault/*/set", true, api__vault_set },
    { "POST", "/api/v1/vault/*/remove", true, api__vault_remove },
    { "POST", "/api/v1/vault/*/rotate", true, api__vault_rotate },
};

/* Whether the path is the route's; rest: what stands for its '*'. */
static bool api_route_is(const struct api_route *route, const char *path, char rest[LIMIT_PATH])
{
    const char *star = strchr(route->path, '*');
    size_t before = star != NULL ? (size_t)(star - route->path) : 0, size;

    rest[0] = '\0';
    if (star == NULL)
        return strcmp(route->path, path) == 0;
    if (strncmp(route->path, path, before) != 0)
        return false;
    path += before;
    size = star[1] != '\0' ? strcspn(path, "/") : strlen(path);
    if (size == 0 || size >= LIMIT_PATH || strcmp(path + size, star + 1) != 0)
        return false;
    memcpy(rest, path, size);
    rest[size] = '\0';
    return true;
}

/* The route of the path and method; else one of the path, by *other; else NULL. */
static const struct api_route *api_route(const char *method, const char *path, bool local,
                                         char rest[LIMIT_PATH], const struct api_route **other)
{
    *other = NULL;
    for (size_t i = 0; i < sizeof api_routes / sizeof *api_routes; i++) {
        const struct api_route *route = &api_routes[i];

        if ((route->local && !local) || !api_route_is(route, path, rest))
            continue;
        if (strcmp(route->method, method) == 0)
            return route;
        if (*other == NULL)
            *other = route;
    }
    return NULL;
}

/* ---- The listeners' calls */

static enum err_code api_admit_path(struct api *api, const struct http_request *head, bool local,
                                    size_t *body_limit, struct err *e)
{
    const char *hook = local ? NULL : api_hook_path(head->path);
    const struct api_route *other;
    char rest[LIMIT_PATH];
    enum err_code rc;

    *body_limit = API_BODY_MAX;
    if (hook == NULL)
        return api_route(head->method, head->path, local, rest, &other) != NULL || other != NULL
                   ? ERR_OK
                   : err_set(e, ERR_NOT_FOUND, "there is nothing at this path");
    rc = engine_hook_find(api->engine, head->method, hook, NULL, e);
    if (rc == ERR_METHOD)
        return ERR_OK; /* answered with Allow when the request is complete */
    *body_limit = LIMIT_BODY;
    return rc;
}

static void api_receive_path(struct api *api, struct http_in *in,
                             const struct http_request *request, bool local)
{
    const char *hook = local ? NULL : api_hook_path(request->path);
    const struct api_route *route, *other;
    char rest[LIMIT_PATH];
    struct err e;

    if (hook != NULL) {
        api_hook(api, request, hook);
        return;
    }
    route = api_route(request->method, request->path, local, rest, &other);
    if (route != NULL) {
        route->handler(api, in, request, rest);
        return;
    }
    check(other != NULL);
    err_set(&e, ERR_METHOD, "this path takes %s", other->method);
    api__problem(in, request->id, &e, &(struct pair){ "Allow", other->method });
}

static enum err_code api_open_admit(void *arg, const struct http_request *head, size_t *body_limit,
                                    struct err *e)
{
    return api_admit_path(arg, head, false, body_limit, e);
}

static void api_open_receive(void *arg, const struct http_request *request)
{
    struct api *api = arg;

    api_receive_path(api, api->open, request, false);
}

static enum err_code api_local_admit(void *arg, const struct http_request *head, size_t *body_limit,
                                     struct err *e)
{
    return api_admit_path(arg, head, true, body_limit, e);
}

static void api_local_receive(void *arg, const struct http_request *request)
{
    struct api *api = arg;

    api_receive_path(api, api->local, request, true);
}

/* ---- Life */

struct api *api_open(const struct api_options *options, struct err *e)
{
    struct api *api = mem_must(sizeof *api);
    struct http_in_options listener = { .host = options->host, .port = options->port };

    api->options = *options;
    api->open_calls = (struct http_in_calls){ api_open_admit, api_open_receive, api };
    api->local_calls = (struct http_in_calls){ api_local_admit, api_local_receive, api };
    api->open = http_in_open(options->loop, options->log, &listener, &api->open_calls, e);
    if (api->open != NULL)
        return api;
    mem_free(api);
    return NULL;
}

enum err_code api_serve(struct api *api, struct engine *engine, struct store *store, struct err *e)
{
    struct http_in_options listener = { .unix_path = api->options.local };

    api->engine = engine;
    api->store = store;
    if (api->options.local == NULL)
        return ERR_OK;
    api->local = http_in_open(api->options.loop, api->options.log, &listener, &api->local_calls, e);
    return api->local != NULL ? ERR_OK : e->code;
}

unsigned api_port(const struct api *api)
{
    return http_in_port(api->open);
}

void api_drain(struct api *api)
{
    api->draining = true;
    http_in_quiet(api->open);
}

bool api_idle(const struct api *api)
{
    return http_in_open_requests(api->open) == 0;
}

void api_close(struct api *api)
{
    if (api == NULL)
        return;
    api__waits_leave(api);
    http_in_close(api->local);
    http_in_close(api->open);
    mem_free(api);
}
