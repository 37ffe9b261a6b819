/* api_call.c - the way of a request at /api/v1: route, caller, permission, contract, handler. */
#include <string.h>

#include "designer-api/repeat_priv.h"
#include "engine/guard.h"

#define CALL_LONG_MS 100 /* of the loop: told */

/* ---- Traces */

/* The trace-id of a W3C traceparent "00-<32 hex>-<16 hex>-<2 hex>", else one of ours. */
static void call_trace(struct api *api, const struct http_request *request, char trace[ASK_TRACE])
{
    const char *parent = http_request_header(request, "traceparent");

    if (parent != NULL && strlen(parent) == 55 && parent[2] == '-' && parent[35] == '-' &&
        strspn(parent + 3, "0123456789abcdef") == 32 && strspn(parent + 3, "0") < 32)
        snprintf(trace, ASK_TRACE, "%.32s", parent + 3);
    else
        snprintf(trace, ASK_TRACE, "%08x%08llx", api->trace_seed, (unsigned long long)++api->calls);
}

/* ---- May they */

static const char *permission_text(int permission)
{
    static const char *const names[] = {
#define X(code, name) name,
        PERMISSION_TABLE(X)
#undef X
    };

    check(permission >= 0 && permission < PERMISSION_COUNT);
    return names[permission];
}

static enum err_code call_permit(struct api *api, const struct contract_operation *operation,
                                 const struct http_request *request, bool local, struct who *who,
                                 struct err *e)
{
    enum err_code code = api__who(api, request, local, who, e);
    bool open = operation->permission == CONTRACT_OPEN;

    if (code != ERR_OK && open && err_status(code) < 500) {
        *who = (struct who){ .kind = WHO_NOBODY }; /* who signs in comes with what has ended */
        return ERR_OK;
    }
    if (code != ERR_OK || open)
        return code;
    if (who->kind == WHO_NOBODY)
        return err_set(e, ERR_UNAUTHORIZED,
                       "sign in, or send a token: \"Authorization: Bearer ...\"");
    if (operation->permission == CONTRACT_SELF ||
        (who->permissions & PERMISSION_BIT(operation->permission)) != 0)
        return ERR_OK;
    return err_set(e, ERR_FORBIDDEN, "this needs the permission %s in the workspace %s",
                   permission_text(operation->permission), who->workspace);
}

/* ---- The call */

static enum err_code call_guard(struct ask *ask, struct err *e)
{
    if (!ask->operation->guard || ask->body == NULL)
        return ERR_OK;
    return guard_kept(ask_engine(ask), ask->who->workspace, &ask->body, ask->operation->id, e);
}

static void call_do(struct ask *ask, struct ask_end *end, struct who *who)
{
    struct err e;

    if (contract_read(ask->operation, ask, &e) != ERR_OK ||
        (who->kind == WHO_LOCAL && api__local_name(ask, who->name, &e) != ERR_OK) ||
        call_guard(ask, &e) != ERR_OK) {
        ask__problem(ask->end, &e, ask->faults, NULL, NULL);
        ask->faults = NULL;
    } else if (repeat__begin(ask, end)) {
        ask->operation->handler(ask);
    }
    json_decref(ask->query);
    json_decref(ask->body);
    json_decref(ask->faults);
}

static enum err_code call_find(struct api *api, const char *method, const char *path, bool local,
                               const struct contract_operation **operation,
                               char pieces[ASK_PATH_MAX][LIMIT_PATH], char allow[64], struct err *e)
{
    if (contract_find(api->contract, method, path, operation, pieces, allow, e) != ERR_OK)
        return e->code;
    if (!(*operation)->local || local)
        return ERR_OK;
    return err_set(e, ERR_NOT_FOUND, "there is nothing at this path");
}

/* Whose handling held up everybody else is told. */
static void call_timed(struct ask *ask, struct ask_end *end, struct who *who)
{
    struct clock *clock = ask->api->rooms.clock;
    int64_t began = clock->steady_ms(clock), took;

    call_do(ask, end, who);
    took = clock->steady_ms(clock) - began;
    if (took >= CALL_LONG_MS)
        log_warn(ask->api->options.log,
                 "request %s: %s held up the loop for %lld ms: nothing else was answered",
                 end->trace, ask->operation->id, (long long)took);
}

void api__call(struct api *api, struct http_in *in, const struct http_request *request,
               const char *path, bool local)
{
    struct ask_end end = { .api = api, .in = in, .request = request->id };
    struct who who = { .kind = WHO_NOBODY };
    struct ask ask = { .api = api, .in = in, .request = request, .who = &who, .end = &end };
    char allow[64];
    struct err e;

    call_trace(api, request, end.trace);
    if (call_find(api, request->method, path, local, &ask.operation, ask.path, allow, &e) !=
        ERR_OK) {
        if (e.code == ERR_METHOD && strcmp(request->method, "OPTIONS") == 0)
            ask_bytes(&ask, 204, NULL, NULL, 0, &(struct pair){ "Allow", allow }, 1);
        else
            ask__problem(&end, &e, NULL, NULL, e.code == ERR_METHOD ? allow : NULL);
    } else if (call_permit(api, ask.operation, request, local, &who, &e) != ERR_OK) {
        ask__problem(&end, &e, NULL, NULL, NULL);
    } else {
        call_timed(&ask, &end, &who);
    }
}

/* Only who may send more than anybody may is looked at before the body is there. What is refused is
 * refused when it is. */
enum err_code api__admit(struct api *api, const struct http_request *head, const char *path,
                         bool local, size_t *body_limit, struct err *e)
{
    const struct contract_operation *operation;
    char pieces[ASK_PATH_MAX][LIMIT_PATH], allow[64];
    struct who who;

    *body_limit = LIMIT_BODY;
    if (call_find(api, head->method, path, local, &operation, pieces, allow, e) != ERR_OK)
        return ERR_OK;
    if (operation->body_max > LIMIT_BODY &&
        call_permit(api, operation, head, local, &who, e) != ERR_OK)
        return e->code;
    *body_limit = operation->body_max;
    return ERR_OK;
}
