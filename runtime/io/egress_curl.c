/* egress_curl.c - what all handles of libcurl have in common. */
#include "io/egress_curl_priv.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/limits.h"

static const struct {
    CURLoption option;
    long value;
} fixed[] = {
    { CURLOPT_NOSIGNAL, 1 },
    { CURLOPT_QUICK_EXIT, 1 }, /* a resolver that hangs must hold up nobody */
    { CURLOPT_FOLLOWLOCATION, 0 },
    { CURLOPT_UNRESTRICTED_AUTH, 0 },
    { CURLOPT_NETRC, CURL_NETRC_IGNORED },
    { CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
    { CURLOPT_SSL_VERIFYPEER, 1 },
    { CURLOPT_SSL_VERIFYHOST, 2 },
    { CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
    { CURLOPT_HEADEROPT, CURLHEADER_SEPARATE }, /* a proxy is told nothing of the request */
    { CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
    { CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC },
};

static void address_text(const struct sockaddr *address, char text[INET6_ADDRSTRLEN])
{
    const struct sockaddr_in *four = (const void *)address;
    const struct sockaddr_in6 *six = (const void *)address;

    snprintf(text, INET6_ADDRSTRLEN, "?");
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &four->sin_addr, text, INET6_ADDRSTRLEN);
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &six->sin6_addr, text, INET6_ADDRSTRLEN);
}

bool egress_curl__allows(struct egress_curl *of, const struct sockaddr *address)
{
    if (egress_allows(of->egress, of->host, address))
        return true;
    address_text(address, of->refused);
    return false;
}

/* CURLOPT_OPENSOCKETFUNCTION: the address is the one that will be connected to, however spelled. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct egress_curl *of = arg;
    curl_socket_t fd;

    check(purpose == CURLSOCKTYPE_IPCXN);
    if (!egress_curl__allows(of, &address->addr))
        return CURL_SOCKET_BAD;
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (of->opened != NULL)
        of->opened(of->arg, fd);
    return fd;
}

bool egress_curl__open(struct egress_curl *of, const char *protocols)
{
    of->easy = curl_easy_init();
    if (of->easy == NULL)
        return false;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        easy_must(curl_easy_setopt(of->easy, fixed[i].option, fixed[i].value));
    easy_must(curl_easy_setopt(of->easy, CURLOPT_PROTOCOLS_STR, protocols));
    easy_must(curl_easy_setopt(of->easy, CURLOPT_REDIR_PROTOCOLS_STR, protocols));
    /* Reading the system's certificates takes tens of milliseconds; libcurl keeps what it read from
     * the one file, but not if it might also look into a folder. */
    easy_must(curl_easy_setopt(of->easy, CURLOPT_CAPATH, NULL));
    easy_must(curl_easy_setopt(of->easy, CURLOPT_OPENSOCKETFUNCTION, on_open));
    easy_must(curl_easy_setopt(of->easy, CURLOPT_OPENSOCKETDATA, of));
    return egress_curl__proxy(of, NULL, NULL, NULL, NULL);
}

void egress_curl__close(struct egress_curl *of)
{
    curl_easy_cleanup(of->easy);
    of->easy = NULL;
}

void egress_curl__begin(struct egress_curl *of, const struct egress *egress, const char *host,
                        int64_t timeout_ms)
{
    int64_t connect_ms = timeout_ms < LIMIT_CONNECT_MS ? timeout_ms : LIMIT_CONNECT_MS;

    check(timeout_ms > 0); /* 0 would be for ever */
    of->egress = egress;
    of->host = host;
    of->refused[0] = '\0';
    easy_must(curl_easy_setopt(of->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms));
    easy_must(curl_easy_setopt(of->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms));
}

static void blob(struct egress_curl *of, CURLoption option, const char *at, size_t size)
{
    struct curl_blob bytes = { .data = (void *)(uintptr_t)at, .len = size };

    bytes.flags = CURL_BLOB_NOCOPY;
    easy_must(curl_easy_setopt(of->easy, option, size > 0 ? &bytes : NULL));
}

void egress_curl__trust(struct egress_curl *of, const struct egress_curl_trust *trust)
{
    blob(of, CURLOPT_CAINFO_BLOB, trust->ca.at, trust->ca.size);
    blob(of, CURLOPT_SSLCERT_BLOB, trust->certificate.at, trust->certificate.size);
    blob(of, CURLOPT_SSLKEY_BLOB, trust->key.at, trust->key.size);
    if (trust->ca_file != NULL)
        easy_must(curl_easy_setopt(of->easy, CURLOPT_CAINFO, trust->ca_file));
}

bool egress_curl__proxy(struct egress_curl *of, const char *proxy, const char *host,
                        const char *user, const char *secret)
{
    const char *none = proxy == NULL ? "*" : ""; /* also against the environment's */

    if (proxy != NULL)
        of->host = host;
    return curl_easy_setopt(of->easy, CURLOPT_PROXY, proxy != NULL ? proxy : "") == CURLE_OK &&
           curl_easy_setopt(of->easy, CURLOPT_NOPROXY, none) == CURLE_OK &&
           curl_easy_setopt(of->easy, CURLOPT_PROXYUSERNAME, user) == CURLE_OK &&
           curl_easy_setopt(of->easy, CURLOPT_PROXYPASSWORD, secret) == CURLE_OK;
}
