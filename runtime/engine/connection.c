/* connection.c - what a connection is asked for: its URL, its settings, its secrets. */
#include "engine/connection.h"
#include "engine/connection_rule.h"
#include "engine/run.h"
#include "engine/token.h"

#include <string.h>

#include "engine/secret.h"
#include "io/egress.h"

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
    mem_free(connection->use);
    mem_free(connection->base_url);
    mem_free(connection->token_url);
    mem_free(connection->secret);
    token_unref(connection->token);
    connection_rule_free(connection->rule);
    json_decref(connection->auth);
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

/* Of a deployment, the one that is the workspace's connection of that name; or NULL. */
static struct connection *connection_that_uses(const struct deployment *d, const char *name)
{
    struct connection *c;
    size_t cursor = 0;

    while (d->connections != NULL && (c = dict_next(d->connections, &cursor, NULL)) != NULL)
        if (c->use != NULL && strcmp(c->use, name) == 0)
            return c;
    return NULL;
}

/* With a star for the flow: the workspace's own, as one of its flows has it. */
struct connection *connection_by_key(struct engine *engine, const char *key)
{
    struct connection *c;
    struct deployment *d;
    size_t cursor = 0;
    char prefix[400];

    while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL) {
        int size =
            snprintf(prefix, sizeof prefix, "%s/%s/%s/", d->workspace, d->environment, d->slug);

        if (size > 0 && size < (int)sizeof prefix && strncmp(prefix, key, (size_t)size) == 0)
            return connection_find(d, key + size);
        size = snprintf(prefix, sizeof prefix, "%s/%s/*/", d->workspace, d->environment);
        if (size > 0 && size < (int)sizeof prefix && strncmp(prefix, key, (size_t)size) == 0 &&
            (c = connection_that_uses(d, key + size)) != NULL)
            return c;
    }
    return NULL;
}

const char *connection_setting(const struct connection *connection, const char *name)
{
    return json_get_text(json_object_get(connection->shape, "settings"), name);
}

bool connection_traces(const struct connection *connection)
{
    return !json_is_false(json_object_get(connection->shape, "trace"));
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

bool connection_signs_with(const struct connection *connection, const char *secret)
{
    size_t count;
    const struct sign_in_member *members = sign_in_members(&count);

    for (size_t i = 0; i < count; i++) {
        const char *name = json_get_text(connection->auth, members[i].name);

        if (members[i].kind == SIGN_IN_SECRET && name != NULL && strcmp(name, secret) == 0)
            return true;
    }
    return false;
}
