/* api.c - the routes and the way of a request through them. */
#include "designer-api/api.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#define API_BODY_MAX (64u * KIB)
#define API_LIST_MAX 200u
#define API_TEXT_MAX (256u * MIB) /* one run with all its payloads */

struct api {
    struct api_options options;
    struct http_in *open, *local;
    struct http_in_calls open_calls, local_calls;
    struct engine *engine;
    struct store *store;
    bool draining;
};

/* ---- Answers */

static void api_problem(struct http_in *in, uint64_t request, const struct err *e,
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

static void api_refuse(struct http_in *in, uint64_t request, const struct err *e)
{
    static const struct pair later = { "Retry-After", "2" };

    api_problem(in, request, e,
                err_status(e->code) == 503 || err_status(e->code) == 429 ? &later : NULL);
}

static void api_json(struct http_in *in, uint64_t request, int status, const json_t *value)
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
        api_refuse(api->open, request, answer->refusal);
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
        api_problem(api->open, request->id, &e, &(struct pair){ "Allow", allow });
        return;
    }
    engine_hook(api->engine, &event);
}

/* ---- Routes */

typedef void api_handler_fn(struct api *api, struct http_in *in, const struct http_request *request,
                            const char *rest);

static void api_health(struct api *api, struct http_in *in, const struct http_request *request,
                       const char *rest)
{
    (void)api;
    (void)rest;
    json_t *body = json_pack("{s:s}", "status", "alive");

    api_json(in, request->id, 200, body);
    json_decref(body);
}

static void api_ready(struct api *api, struct http_in *in, const struct http_request *request,
                      const char *rest)
{
    json_t *body = json_pack("{s:s}", "status", api->draining ? "draining" : "ready");

    (void)rest;
    api_json(in, request->id, api->draining ? 503 : 200, body);
    json_decref(body);
}

/* The value of a query parameter, if it is there; values here are ids, names and numbers, never
 * encoded. */
static bool api_query(const struct http_request *request, const char *name, char *value,
                      size_t room)
{
    const char *at = request->query;
    size_t size = strlen(name), length;

    while (*at != '\0') {
        length = strcspn(at, "&");
        if (length > size && strncmp(at, name, size) == 0 && at[size] == '=' &&
            length - size - 1 < room) {
            memcpy(value, at + size + 1, length - size - 1);
            value[length - size - 1] = '\0';
            return true;
        }
        at += length;
        if (*at == '&')
            at++;
    }
    return false;
}

static enum err_code api_runs_filter(const struct http_request *request,
                                     struct store_runs_filter *filter, char flow[LIMIT_NAME],
                                     struct err *e)
{
    char text[32];
    enum run_status status;
    char *end;

    *filter = (struct store_runs_filter){ .status = -1, .limit = 20 };
    if (api_query(request, "flow", flow, LIMIT_NAME))
        filter->flow = flow;
    if (api_query(request, "status", text, sizeof text)) {
        if (!run_status_find(text, &status))
            return err_set(
                e, ERR_USAGE,
                "status is one of active, succeeded, failed, cancelled, in_doubt, not \"%s\"",
                text);
        filter->status = (int)status;
    }
    if (api_query(request, "limit", text, sizeof text)) {
        unsigned long limit = strtoul(text, &end, 10);

        if (*end != '\0' || limit == 0 || limit > API_LIST_MAX)
            return err_set(e, ERR_USAGE, "limit is a whole number from 1 to %u", API_LIST_MAX);
        filter->limit = (unsigned)limit;
    }
    if (api_query(request, "before", text, sizeof text) && !ident_parse(text, &filter->before))
        return err_set(e, ERR_USAGE, "before is the id of a run, not \"%s\"", text);
    return ERR_OK;
}

static void api_runs(struct api *api, struct http_in *in, const struct http_request *request,
                     const char *rest)
{
    struct store_runs_filter filter;
    char flow[LIMIT_NAME];
    struct err e;
    json_t *list;

    (void)rest;
    if (api_runs_filter(request, &filter, flow, &e) != ERR_OK) {
        api_refuse(in, request->id, &e);
        return;
    }
    list = engine_list(api->store, &filter, &e);
    if (list == NULL)
        api_refuse(in, request->id, &e);
    else
        api_json(in, request->id, 200, list);
    json_decref(list);
}

static void api_run(struct api *api, struct http_in *in, const struct http_request *request,
                    const char *rest)
{
    struct err e;
    uint64_t id;
    json_t *run = NULL;

    if (!ident_parse(rest, &id))
        err_set(&e, ERR_NOT_FOUND, "\"%.40s\" is not the id of a run", rest);
    else
        run = engine_show(api->store, id, &e);
    if (run == NULL)
        api_refuse(in, request->id, &e);
    else
        api_json(in, request->id, 200, run);
    json_decref(run);
}

static const struct api_route {
    const char *method;
    const char *path; /* ending in '/': the rest of the path is the handler's */
    bool local;       /* only on the local socket */
    api_handler_fn *handler;
} api_routes[] = {
    { "GET", "/healthz", false, api_health },
    { "GET", "/readyz", false, api_ready },
    { "GET", "/api/v1/runs", true, api_runs },
    { "GET", "/api/v1/runs/", true, api_run },
};

static const struct api_route *api_route(const char *path, bool local, const char **rest)
{
    size_t i;

    for (i = 0; i < sizeof api_routes / sizeof *api_routes; i++) {
        const struct api_route *route = &api_routes[i];
        size_t size = strlen(route->path);

        if (route->local && !local)
            continue;
        if (strcmp(route->path, path) == 0 ||
            (route->path[size - 1] == '/' && strncmp(route->path, path, size) == 0 &&
             path[size] != '\0')) {
            *rest = path + size;
            return route;
        }
    }
    return NULL;
}

/* ---- The listeners' calls */

static enum err_code api_admit_path(struct api *api, const struct http_request *head, bool local,
                                    size_t *body_limit, struct err *e)
{
    const char *hook = local ? NULL : api_hook_path(head->path), *rest;
    enum err_code rc;

    *body_limit = API_BODY_MAX;
    if (hook == NULL)
        return api_route(head->path, local, &rest) != NULL
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
    const char *hook = local ? NULL : api_hook_path(request->path), *rest = NULL;
    const struct api_route *route;
    struct err e;

    if (hook != NULL) {
        api_hook(api, request, hook);
        return;
    }
    route = api_route(request->path, local, &rest);
    check(route != NULL);
    if (strcmp(route->method, request->method) != 0) {
        err_set(&e, ERR_METHOD, "this path takes %s", route->method);
        api_problem(in, request->id, &e, &(struct pair){ "Allow", route->method });
        return;
    }
    route->handler(api, in, request, rest);
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
    http_in_close(api->local);
    http_in_close(api->open);
    mem_free(api);
}
