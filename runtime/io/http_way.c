/* http_way.c - the way of a call: straight and with the system's certificates, or with others, and
 * through a proxy.
 *
 * The egress policy judges what is really connected to. Behind a proxy that is the proxy; what it
 * connects to is its own matter, but an address that stands in the URL is judged here too.
 * libcurl keeps a connection apart from those of other certificates and other proxies. */
#include "io/http_out_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/mem.h"

void http_way__clear(struct http_call *call)
{
    egress_curl__trust(&call->curl, &(struct egress_curl_trust){ .ca_file = NULL });
    easy_must(egress_curl__proxy(&call->curl, NULL, NULL, NULL, NULL) ? CURLE_OK
                                                                      : CURLE_OUT_OF_MEMORY);
    call->proxy_host[0] = '\0';
    buf_fini(&call->way);
}

/* The host of "http://HOST:PORT". */
static enum err_code way_proxy_host(struct http_call *call, const char *proxy, struct err *e)
{
    char *host = NULL, *scheme = NULL;
    CURLU *url = curl_url();
    bool ok = url != NULL &&
              curl_url_set(url, CURLUPART_URL, proxy, CURLU_DISALLOW_USER) == CURLUE_OK &&
              curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              strcmp(scheme, "http") == 0 && strlen(host) < sizeof call->proxy_host;

    if (ok)
        memcpy(call->proxy_host, host, strlen(host) + 1);
    curl_free(host);
    curl_free(scheme);
    curl_url_cleanup(url);
    return ok ? ERR_OK : err_set(e, ERR_POLICY, "the proxy is no http://HOST:PORT");
}

/* An address in the URL itself, in whatever spelling, is judged though the proxy connects to it. */
static bool way_literal_allowed(const struct http_call *call)
{
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)call->port) };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)call->port) };
    char text[INET6_ADDRSTRLEN + 2];
    size_t size = strlen(call->host);

    if (strcasecmp(call->host, "localhost") == 0)
        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (strcasecmp(call->host, "localhost") == 0 || inet_aton(call->host, &four.sin_addr) != 0)
        return egress_allows(call->curl.egress, call->host, (const struct sockaddr *)&four);
    if (call->host[0] == '[' && size > 2 && size < sizeof text) {
        memcpy(text, call->host + 1, size - 2);
        text[size - 2] = '\0';
        return inet_pton(AF_INET6, text, &six.sin6_addr) == 1 &&
               egress_allows(call->curl.egress, call->host, (const struct sockaddr *)&six);
    }
    return true; /* a name, which the proxy looks up */
}

static enum err_code way_set_proxy(struct http_call *call, const struct http_way *way,
                                   struct err *e)
{
    if (way_proxy_host(call, way->proxy, e) != ERR_OK)
        return e->code;
    if (!way_literal_allowed(call))
        return err_set(e, ERR_POLICY,
                       "the egress policy does not allow the address of %.100s port %u, not even "
                       "through a proxy; it can be allowed in the connection or with "
                       "WEFT_EGRESS_ALLOW",
                       call->host, call->port);
    if (!egress_curl__proxy(&call->curl, way->proxy, call->proxy_host, way->proxy_user,
                            way->proxy_secret))
        return err_set(e, ERR_TRANSIENT, "out of memory for the call");
    return ERR_OK;
}

/* Keeps the text as long as the call; its place is known once the buffer stands still. */
static size_t way_keep(struct http_call *call, const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;

    buf_add(&call->way, text, size);
    return size;
}

enum err_code http_way__set(struct http_call *call, const struct http_way *way, struct err *e)
{
    struct egress_curl_trust trust = { .ca_file = NULL };

    if (way == NULL)
        return ERR_OK;
    trust.ca.size = way_keep(call, way->ca);
    trust.certificate.size = way_keep(call, way->certificate);
    trust.key.size = way_keep(call, way->key);
    if (!buf_ok(&call->way))
        return err_set(e, ERR_LIMIT, "the certificates of the connection are too long");
    trust.ca.at = call->way.at;
    trust.certificate.at = trust.ca.at + trust.ca.size;
    trust.key.at = trust.certificate.at + trust.certificate.size;
    egress_curl__trust(&call->curl, &trust);
    return way->proxy != NULL ? way_set_proxy(call, way, e) : ERR_OK;
}
