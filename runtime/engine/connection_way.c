/* connection_way.c - by which way a connection's calls go: whose certificates count, who we are,
 * and a proxy; with what is secret of it, for the time of a call. */
#include "engine/connection.h"
#include "engine/secret.h"

#include <string.h>

static enum err_code way_secret(const struct connection *c, const char *part, const char *member,
                                const char *url, struct way *way, unsigned place, struct err *e)
{
    const char *secret = json_get_text(json_object_get(c->shape, part), member);
    char *name;

    if (secret == NULL)
        return ERR_OK;
    name = connection_secret_name(c, secret);
    /* A proxy's password goes to the proxy, of which the connection's file says which it is. */
    e->code =
        secret_for(c->engine, c->workspace, name, url, &way->secrets[place], &way->sizes[place], e);
    mem_free(name);
    return e->code;
}

enum err_code connection_way(const struct connection *c, const char *url, struct way *way,
                             struct err *e)
{
    static const char *const members[] = { "ca", "certificate", "key" };
    const json_t *proxy = json_object_get(c->shape, "proxy");

    *way = (struct way){ .secrets = { NULL } };
    for (unsigned i = 0; i < 3; i++)
        if (way_secret(c, "tls", members[i], url, way, i, e) != ERR_OK)
            return e->code;
    way->http.proxy = json_get_text(proxy, "url");
    way->http.proxy_user = json_get_text(proxy, "user");
    if (way->http.proxy != NULL &&
        way_secret(c, "proxy", "secret", way->http.proxy, way, 3, e) != ERR_OK)
        return e->code;
    way->http.ca = way->secrets[0];
    way->http.certificate = way->secrets[1];
    way->http.key = way->secrets[2];
    way->http.proxy_secret = way->secrets[3];
    return ERR_OK;
}

const struct http_way *connection_way_of(const struct way *way)
{
    const struct http_way *http = &way->http;

    return http->ca != NULL || http->certificate != NULL || http->proxy != NULL ? http : NULL;
}

void connection_way_fini(struct way *way)
{
    for (size_t i = 0; i < sizeof way->secrets / sizeof *way->secrets; i++)
        if (way->secrets[i] != NULL)
            vault_wipe(&way->secrets[i], way->sizes[i]);
    way->http = (struct http_way){ .ca = NULL };
}
