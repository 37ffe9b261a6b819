/* api.c - the listeners: which of what they take is a webhook, health, or a call of the API. */
#include "designer-api/repeat_priv.h"

#include <string.h>

#include "base/ident.h"
#include "designer-api/alert.h"
#include "designer-api/settings.h"
#include "designer-api/sheet.h"

#define API_UNIX_MODE 0660 /* a proxy is another user, of our group */
#define API_BASE      "/api/v1"

/* ---- Webhooks */

void api_answer(void *arg, uint64_t request, const struct engine_answer *answer)
{
    struct api *api = arg;
    const struct ask_end end = { .api = api, .in = api->open, .request = request };
    struct http_answer out = { .status = answer->status,
                               .content_type = answer->content_type,
                               .headers = answer->headers,
                               .header_count = answer->header_count,
                               .body = answer->body,
                               .body_size = answer->body_size };

    if (answer->refusal != NULL)
        ask__problem(&end, answer->refusal, NULL, NULL, NULL);
    else
        http_in_answer(api->open, request, &out);
}

static const char *api_hook_path(const char *path)
{
    return strncmp(path, "/hooks/", 7) == 0 ? path + 7 : NULL;
}

/* path: "WORKSPACE/ENVIRONMENT/..." */
static size_t api_hook_body(const struct api *api, const char *path)
{
    char workspace[LIMIT_ID];

    snprintf(workspace, sizeof workspace, "%.*s", (int)strcspn(path, "/"), path);
    return (size_t)settings_number(api->rooms.settings, workspace, SETTING_OF_WEBHOOK_BODY) * KIB;
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

    if (engine_hook_find(api->rooms.engine, request->method, path, &allow, &e) == ERR_METHOD) {
        const struct ask_end end = { .api = api, .in = api->open, .request = request->id };

        ask__problem(&end, &e, NULL, NULL, allow);
        return;
    }
    engine_hook(api->rooms.engine, &event);
}

/* ---- Health and measurements: for who watches the process, outside of the contract */

/* Why: a fixed text of ours, or NULL. */
static void api_say(struct http_in *in, uint64_t request, int status, const char *word,
                    const char *why)
{
    char body[320];
    struct http_answer answer = { .status = status, .body = body };
    int size = why == NULL ? snprintf(body, sizeof body, "{\"status\":\"%s\"}\n", word)
                           : snprintf(body, sizeof body, "{\"status\":\"%s\",\"reason\":\"%s\"}\n",
                                      word, why);

    check(size > 0 && (size_t)size < sizeof body);
    answer.body_size = (size_t)size;
    http_in_answer(in, request, &answer);
}

static void api_health(struct api *api, struct http_in *in, const struct http_request *request)
{
    (void)api;
    api_say(in, request->id, 200, "alive", NULL);
}

static void api_ready(struct api *api, struct http_in *in, const struct http_request *request)
{
    struct err e;

    if (api->draining)
        api_say(in, request->id, 503, "draining", "the server is shutting down");
    else if (store_ready(api->rooms.store, &e) != ERR_OK)
        api_say(in, request->id, 503, "refusing", e.text);
    else
        api_say(in, request->id, 200, "ready", NULL);
}

static const struct api_page {
    const char *path;
    void (*give)(struct api *api, struct http_in *in, const struct http_request *request);
} api_pages[] = {
    { "/healthz", api_health },
    { "/readyz", api_ready },
    { "/metrics", api__metrics },
};

static const struct api_page *api_page(const char *path)
{
    for (size_t i = 0; i < sizeof api_pages / sizeof *api_pages; i++)
        if (strcmp(api_pages[i].path, path) == 0)
            return &api_pages[i];
    return NULL;
}

static void api_page_give(struct api *api, const struct api_page *page, struct http_in *in,
                          const struct http_request *request)
{
    const struct ask_end end = { .api = api, .in = in, .request = request->id };
    struct err e;

    if (strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0) {
        page->give(api, in, request);
        return;
    }
    err_set(&e, ERR_METHOD, "this path takes GET");
    ask__problem(&end, &e, NULL, NULL, "GET, HEAD");
}

/* ---- The listeners' calls */

/* Behind /api/v1, or NULL. */
static const char *api_call_path(const char *path)
{
    return strncmp(path, API_BASE "/", sizeof API_BASE) == 0 ? path + sizeof API_BASE - 1 : NULL;
}

static enum err_code api_admit_path(struct api *api, const struct http_request *head, bool local,
                                    size_t *body_limit, struct err *e)
{
    const char *hook = local ? NULL : api_hook_path(head->path), *call;
    enum err_code rc;

    *body_limit = LIMIT_BODY;
    if (hook != NULL) {
        *body_limit = api_hook_body(api, hook);
        if (flood_address(api->flood, head->peer, e) != ERR_OK)
            return e->code;
        rc = engine_hook_find(api->rooms.engine, head->method, hook, NULL, e);
        if (rc == ERR_OK)
            rc = flood_path(api->flood, hook, e);
        return rc == ERR_METHOD ? ERR_OK : rc; /* answered with Allow when it is complete */
    }
    call = api_call_path(head->path);
    if (call != NULL)
        return api__admit(api, head, call, local, body_limit, e);
    return api_page(head->path) != NULL || (!local && assets_have(api->assets, head->path))
               ? ERR_OK
               : err_set(e, ERR_NOT_FOUND, "there is nothing at this path");
}

static void api_receive_path(struct api *api, struct http_in *in,
                             const struct http_request *request, bool local)
{
    const char *hook = local ? NULL : api_hook_path(request->path);
    const char *call = hook == NULL ? api_call_path(request->path) : NULL;

    if (hook != NULL)
        api_hook(api, request, hook);
    else if (call != NULL)
        api__call(api, in, request, call, local);
    else if (api_page(request->path) != NULL)
        api_page_give(api, api_page(request->path), in, request);
    else
        assets_answer(api->assets, in, request); /* admitted: it is there */
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
    struct http_in_options listener = {
        .host = options->host,
        .port = options->port,
        .unix_path = options->unix_path,
        .unix_mode = API_UNIX_MODE,
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .trusted_proxies = options->trusted_proxies,
    };
    struct random *random = random_real();

    api->options = *options;
    random->fill(random, &api->trace_seed, sizeof api->trace_seed);
    api->contract = contract_new(api__binds, e);
    api->assets = assets_new();
    api->flood = flood_new(&options->hooks, clock_real(), options->log);
    api->open_calls = (struct http_in_calls){ api_open_admit, api_open_receive, api };
    api->local_calls = (struct http_in_calls){ api_local_admit, api_local_receive, api };
    if (api->contract != NULL)
        api->open = http_in_open(options->loop, options->log, &listener, &api->open_calls, e);
    if (api->open != NULL)
        return api;
    flood_free(api->flood);
    sheets_free(api->sheets);
    assets_free(api->assets);
    contract_free(api->contract);
    mem_free(api);
    return NULL;
}

enum err_code api_serve(struct api *api, const struct api_rooms *rooms, struct err *e)
{
    struct http_in_options listener = { .unix_path = api->options.local };

    check(rooms->engine != NULL && rooms->store != NULL && rooms->objects != NULL);
    api->rooms = *rooms;
    api->sheets = sheets_new(rooms->objects);
    if (rooms->alerts != NULL)
        alerts_listener(rooms->alerts, api->open);
    if (api->options.local == NULL)
        return ERR_OK;
    api->local = http_in_open(api->options.loop, api->options.log, &listener, &api->local_calls, e);
    return api->local != NULL ? ERR_OK : e->code;
}

unsigned api_port(const struct api *api)
{
    return http_in_port(api->open);
}

enum err_code api_reload(struct api *api, struct err *e)
{
    return http_in_reload(api->open, e);
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
    ask__laters_leave(api);
    proving__leave(api);
    repeat__leave(api);
    http_in_close(api->local);
    if (api->rooms.alerts != NULL)
        alerts_listener(api->rooms.alerts, NULL);
    http_in_close(api->open);
    flood_free(api->flood);
    assets_free(api->assets);
    contract_free(api->contract);
    mem_free(api);
}
