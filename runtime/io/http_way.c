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

static void way_must(CURLcode rc)
{
    check(rc == CURLE_OK || rc == CURLE_OUT_OF_MEMORY); /* an unknown option is our mistake */
}

/* The content of a buffer that lives as long as the call; size 0: none. */
static void way_blob(struct http_call *call, CURLoption option, size_t at, size_t size)
{
    struct curl_blob blob = { .data = size > 0 ? call->way.at + at : NULL,
                              .len = size,
                              .flags = CURL_BLOB_NOCOPY };

    way_must(curl_easy_setopt(call->easy, option, size > 0 ? &blob : NULL));
}

void http_way__clear(struct http_call *call)
{
    CURL *easy = call->easy;

    way_must(curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, NULL));
    way_must(curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, NULL));
    way_must(curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, NULL));
    way_must(curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, NULL));
    way_must(curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, NULL));
    way_must(curl_easy_setopt(easy, CURLOPT_PROXY, "")); /* also against the environment's */
    way_must(curl_easy_setopt(easy, CURLOPT_NOPROXY, "*"));
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
        return egress_allows(call->egress, call->host, (const struct sockaddr *)&four);
    if (call->host[0] == '[' && size > 2 && size < sizeof text) {
        memcpy(text, call->host + 1, size - 2);
        text[size - 2] = '\0';
        return inet_pton(AF_INET6, text, &six.sin6_addr) == 1 &&
               egress_allows(call->egress, call->host, (const struct sockaddr *)&six);
    }
    return true; /* a name, which the proxy looks up */
}

static enum err_code way_set_proxy(struct http_call *call, const struct http_way *way,
                                   struct err *e)
{
    CURL *easy = call->easy;

    if (way_proxy_host(call, way->proxy, e) != ERR_OK)
        return e->code;
    if (!way_literal_allowed(call))
        return err_set(e, ERR_POLICY,
                       "the egress policy does not allow the address of %.100s port %u, not even "
                       "through a proxy; it can be allowed in the connection or with "
                       "WEFT_EGRESS_ALLOW",
                       call->host, call->port);
    if (curl_easy_setopt(easy, CURLOPT_PROXY, way->proxy) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "") != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, way->proxy_user) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, way->proxy_secret) != CURLE_OK)
        return err_set(e, ERR_TRANSIENT, "out of memory for the call");
    return ERR_OK;
}

enum err_code http_way__set(struct http_call *call, const struct http_way *way, struct err *e)
{
    static const CURLoption options[] = { CURLOPT_CAINFO_BLOB, CURLOPT_SSLCERT_BLOB,
                                          CURLOPT_SSLKEY_BLOB };
    const char *texts[3];
    size_t at = 0;

    if (way == NULL)
        return ERR_OK;
    texts[0] = way->ca;
    texts[1] = way->certificate;
    texts[2] = way->key;
    for (size_t i = 0; i < 3; i++)
        if (texts[i] != NULL)
            buf_add(&call->way, texts[i], strlen(texts[i]));
    if (!buf_ok(&call->way))
        return err_set(e, ERR_LIMIT, "the certificates of the connection are too long");
    for (size_t i = 0; i < 3; i++) { /* now that the buffer stands still */
        size_t size = texts[i] != NULL ? strlen(texts[i]) : 0;

        way_blob(call, options[i], at, size);
        at += size;
    }
    return way->proxy != NULL ? way_set_proxy(call, way, e) : ERR_OK;
}

bool http_way__allows(const struct http_call *call, const struct sockaddr *address)
{
    const char *host = call->proxy_host[0] != '\0' ? call->proxy_host : call->host;

    return egress_allows(call->egress, host, address);
}
