/* api_connection.c - connections at work: what they take now, and one that is used again. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/draft.h"
#include "engine/authorize.h"

/* "main/production/pay/erp": its workspace is the caller's. */
static bool connection_is_own(const struct ask *ask, const char *connection)
{
    size_t size = strlen(ask->who->workspace);

    return strncmp(connection, ask->who->workspace, size) == 0 && connection[size] == '/';
}

enum err_code connection_own(const struct ask *ask, const char *connection, struct err *e)
{
    if (connection_is_own(ask, connection))
        return ERR_OK;
    return err_set(e, ERR_NOT_FOUND, "there is no connection \"%.200s\"", connection);
}

/* The piece of the text up to the next slash; behind it, or the end. */
static const char *name_piece(json_t *json, const char *member, const char *at)
{
    size_t size = strcspn(at, "/");

    json_object_set_new(json, member, json_stringn(at, size));
    return at + size + (at[size] == '/');
}

static void moment_member(json_t *json, const char *from, const char *to)
{
    int64_t ms = json_get_int(json, from, 0);

    if (ms > 0)
        json_object_set_new(json, to, draft_moment(ms));
}

/* How it signs in; none: nothing that works uses it any more. */
static void connection_consent(struct ask *ask, json_t *one)
{
    json_t *consent = engine_consent(ask_engine(ask), json_get_text(one, "connection"));

    if (consent == NULL)
        return;
    json_object_update(one, consent);
    json_decref(consent);
    moment_member(one, "consent_until", "consent_until_at");
}

static void connection_can(const struct ask *ask, json_t *one, const char *state)
{
    json_t *can = json_array();

    if (who_may(ask->who, MAY_CONNECTIONS_WRITE)) {
        json_array_append_new(can, json_string("test"));
        json_array_append_new(can, json_string(strcmp(state, "open") == 0 ? "halt" : "resume"));
        if (strcmp(state, "broken") == 0 || strcmp(state, "throttled") == 0)
            json_array_append_new(can, json_string("halt"));
        if (json_object_get(one, "consent") != NULL)
            json_array_append_new(can, json_string("authorize"));
    }
    json_object_set_new(one, "can", can);
}

static void connection_show(struct ask *ask, json_t *one)
{
    const char *at = json_get_text(one, "connection"), *state = json_get_text(one, "state");

    at += strcspn(at, "/");
    at += *at == '/';
    at = name_piece(one, "environment", at);
    at = name_piece(one, "flow", at);
    if (strcmp(json_get_text(one, "flow"), "*") == 0)
        json_object_del(one, "flow"); /* it is the workspace's */
    json_object_set_new(one, "name", json_string(at));
    moment_member(one, "since", "since_at");
    moment_member(one, "until", "until_at");
    moment_member(one, "asked", "asked_at");
    connection_consent(ask, one);
    connection_can(ask, one, state);
}

static void connection_list(struct ask *ask)
{
    json_t *items = json_array(), *one, *list;
    struct err e;
    size_t i;

    list = engine_connections(ask_engine(ask), &e);
    if (list == NULL) {
        ask_refuse(ask, &e);
        json_decref(items);
        return;
    }
    json_array_foreach(list, i, one)
    {
        if (!connection_is_own(ask, json_get_text(one, "connection")))
            continue;
        connection_show(ask, one);
        json_array_append(items, one);
    }
    json_decref(list);
    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
}

const struct ask_bind connection_binds[] = {
    { "listConnections", connection_list },
    { NULL, NULL },
};
