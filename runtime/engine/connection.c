/* connection.c - what a connection is asked for: its URL, its secrets, the headers that sign in. */
#include "engine/connection.h"
#include "engine/run.h"

#include <string.h>

#include "base/base64.h"
#include "base/file.h"
#include "engine/secret.h"
#include "io/egress.h"

#define CONNECTION_HEADER (64 * KIB) /* a header that signs in; tokens are far smaller */

/* ---- Life */

struct connection *connection_ref(struct connection *connection)
{
    CHECK_OBJ(connection, CONNECTION_MAGIC);
    connection->refs++;
    return connection;
}

static void connection_free(struct connection *connection)
{
    mem_free(connection->workspace);
    mem_free(connection->name);
    mem_free(connection->place);
    mem_free(connection->base_url);
    mem_free(connection->token_url);
    mem_free(connection->scope);
    mem_free(connection->client_id);
    mem_free(connection->user);
    mem_free(connection->header);
    mem_free(connection->prefix);
    mem_free(connection->secret);
    token_fini(&connection->token);
    egress_free(connection->egress);
    json_decref(connection->shape);
    connection->magic = 0;
    mem_free(connection);
}

void connection_unref(struct connection *connection)
{
    if (connection == NULL)
        return;
    CHECK_OBJ(connection, CONNECTION_MAGIC);
    if (--connection->refs == 0)
        connection_free(connection);
}

void connections_stop(struct dict *connections)
{
    size_t cursor = 0;
    struct connection *connection;

    while (connections != NULL && (connection = dict_next(connections, &cursor, NULL)) != NULL)
        token_stop(connection);
}

void connections_free(struct dict *connections)
{
    size_t cursor = 0;
    struct connection *connection;

    while (connections != NULL && (connection = dict_next(connections, &cursor, NULL)) != NULL)
        connection_unref(connection);
    dict_free(connections);
}

struct connection *connection_find(const struct deployment *deployment, const char *name)
{
    return deployment->connections != NULL ? dict_find(deployment->connections, name) : NULL;
}

const char *connection_setting(const struct connection *connection, const char *name)
{
    return json_get_text(json_object_get(connection->shape, "settings"), name);
}

bool connection_simulated(const struct connection *connection)
{
    return connection->simulate;
}

const struct egress *connection_egress(const struct connection *connection)
{
    return connection->egress;
}

/* ---- Use */

/* "production/FLOW/erp.client_secret": another flow's connection of that name has a secret of its
 * own. {"vault": "NAME"} is the workspace's. */
char *connection_secret_name(const struct connection *c, const char *secret)
{
    const char *own =
        json_get_text(json_object_get(json_object_get(c->shape, "secrets"), secret), "vault");
    char name[400];
    int size;

    if (own != NULL)
        return mem_must_copy(own);
    size = snprintf(name, sizeof name, "%s.%s", c->place, secret);
    check(size > 0 && size < (int)sizeof name);
    return mem_must_copy(name);
}

enum err_code connection_secret(const struct connection *connection, const char *setting,
                                char **plain, size_t *size, struct err *e)
{
    char *name = connection_secret_name(connection, setting);
    enum err_code code =
        secret_get(connection->engine, connection->workspace, name, plain, size, e);

    mem_free(name);
    return code;
}

enum err_code connection_url(const struct connection *connection, const char *target,
                             struct buf *url, struct err *e)
{
    buf_add_text(url, connection->base_url);
    if (target[0] != '/' && target[0] != '?' && target[0] != '\0')
        buf_add_char(url, '/');
    buf_add_text(url, target);
    if (strstr(target, "/../") != NULL || strstr(target, "://") != NULL ||
        strncmp(target, "//", 2) == 0 || strncmp(target, "../", 3) == 0 ||
        (strlen(target) >= 3 && strcmp(target + strlen(target) - 3, "/..") == 0))
        return err_set(e, ERR_POLICY,
                       "the path \"%.100s\" would leave the base URL of connection \"%s\"", target,
                       connection->name);
    return buf_check(url, "the URL", e);
}

static enum err_code connection_header(struct call_headers *headers, const char *name,
                                       const char *prefix, const char *value, struct err *e)
{
    struct buf text;
    enum err_code rc;

    buf_init_secret(&text, CONNECTION_HEADER);
    buf_add_text(&text, prefix);
    buf_add_text(&text, value);
    rc = buf_check(&text, "the header that signs in", e);
    if (rc == ERR_OK && !call_header_add(headers, name, buf_text(&text)))
        rc = err_set(e, ERR_LIMIT, "a request has at most %u headers", LIMIT_HEADERS);
    buf_fini(&text);
    return rc;
}

static enum err_code connection_basic(const struct connection *connection,
                                      struct call_headers *headers, const char *secret,
                                      struct err *e)
{
    struct buf text, coded;
    enum err_code rc;

    buf_init_secret(&text, CONNECTION_HEADER);
    buf_init_secret(&coded, CONNECTION_HEADER);
    buf_addf(&text, "%s:%s", connection->user != NULL ? connection->user : "", secret);
    base64_write(&coded, buf_text(&text), text.len);
    rc = buf_check(buf_ok(&text) ? &coded : &text, "the header that signs in", e);
    if (rc == ERR_OK)
        rc = connection_header(headers, "Authorization", "Basic ", buf_text(&coded), e);
    buf_fini(&text);
    buf_fini(&coded);
    return rc;
}

static enum err_code connection_secret_sign(struct engine *engine,
                                            const struct connection *connection,
                                            struct call_headers *headers, struct err *e)
{
    char *secret;
    size_t size;
    enum err_code rc;

    if (secret_for(engine, connection->workspace, connection->secret, connection->base_url, &secret,
                   &size, e) != ERR_OK)
        return e->code;
    if (connection->sign_in == SIGN_IN_BASIC)
        rc = connection_basic(connection, headers, secret, e);
    else if (connection->sign_in == SIGN_IN_BEARER)
        rc = connection_header(headers, "Authorization", "Bearer ", secret, e);
    else
        rc = connection_header(headers,
                               connection->header != NULL ? connection->header : "X-Api-Key",
                               connection->prefix != NULL ? connection->prefix : "", secret, e);
    vault_wipe(&secret, size);
    return rc;
}

enum err_code connection_sign(struct engine *engine, struct connection *connection,
                              struct call_headers *headers, struct err *e)
{
    const struct connector_info *info = connection->info;
    const char *token;
    char *value;
    size_t i;

    for (i = 0; info != NULL && i < info->header_count; i++) {
        if (call_header_has(headers, info->headers[i].name))
            continue;
        if (setting_text_fill(info, json_object_get(connection->shape, "settings"),
                              info->headers[i].value, SETTING_TEXT_PLAIN, &value, e) != ERR_OK)
            return e->code;
        if (*value != '\0')
            call_header_add(headers, info->headers[i].name, value);
        mem_free(value);
    }
    if (connection->sign_in == SIGN_IN_NONE)
        return ERR_OK;
    if (connection->sign_in != SIGN_IN_CLIENT_CREDENTIALS)
        return connection_secret_sign(engine, connection, headers, e);
    token = token_text(connection, engine->steady);
    if (token == NULL)
        return ERR_TRANSIENT;
    return connection_header(headers, "Authorization", "Bearer ", token, e);
}
