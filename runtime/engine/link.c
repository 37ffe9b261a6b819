/* link.c - where a link leads that an answer gave: only to the system it came from, and there only
 * below the connection's base URL, because the request bears its credentials. */
#include <string.h>
#include <strings.h>

#include "engine/connection.h"
#include "engine/run.h"

/* The bytes of "https://host:port". */
static size_t link_origin(const char *url)
{
    const char *host = strstr(url, "://");

    return host != NULL ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : 0;
}

/* What stands behind the base path; NULL: it leads elsewhere. */
static const char *link_below(const char *path, const char *base)
{
    size_t size = strlen(base);

    if (strncmp(path, base, size) != 0 || strchr("/?", path[size]) == NULL)
        return NULL;
    return path + size;
}

enum err_code step_link(const struct step *step, const char *link, struct buf *target,
                        struct err *e)
{
    const char *name = node_of(step->n)->connection, *below = NULL;
    const struct connection *c = name != NULL ? connection_find(step->run->deployment, name) : NULL;
    size_t origin = link_origin(link), base;

    if (c == NULL || c->base_url == NULL)
        return err_set(e, ERR_INVALID, "a link leads nowhere without a connection");
    base = link_origin(c->base_url);
    if (origin > 0 && origin == base && strncasecmp(link, c->base_url, origin) == 0)
        below = link_below(link + origin, c->base_url + base);
    else if (origin == 0 && link[0] == '/' && link[1] != '/')
        below = link_below(link, c->base_url + base);
    else if (origin == 0 && link[0] != '/' && link[0] != '\0')
        below = link; /* OData: relative to the root of the service */
    if (below == NULL)
        return err_set(e, ERR_POLICY,
                       "the link \"%.120s\" leads out of the base URL of connection \"%s\", %.120s",
                       link, c->name, c->base_url);
    if (below[0] != '/' && below[0] != '?')
        buf_add_char(target, '/');
    buf_add(target, below, strcspn(below, "#"));
    return buf_check(target, "the link", e);
}
