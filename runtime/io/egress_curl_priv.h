/* egress_curl_priv.h - a handle of libcurl that keeps to the egress policy. For io/ only.
 *
 * Everything that leaves through libcurl (HTTP, SFTP, mail) leaves through a handle made here; the
 * tidy test holds that nobody else makes one, or sets what is set here. So for all of it:
 *
 * (1) A socket is opened only to an address that the policy allows: the one really connected to.
 * (2) A call speaks to one peer, in the protocols named: no redirect is followed, no name or
 *     password is taken from a URL or .netrc, so what signs in is shown to no other origin.
 * (3) TLS is 1.2 at least, the certificate and its name are verified; the authorities are the
 *     system's or those of the call.
 * (4) It goes straight, whatever the environment says, or through the proxy of the call, which
 *     learns nothing of the request.
 * (5) Connecting and the whole have an end. */
#ifndef IO_EGRESS_CURL_PRIV_H
#define IO_EGRESS_CURL_PRIV_H

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "io/egress.h"

struct egress_curl {
    CURL *easy;
    const struct egress *egress;    /* of this call, borrowed */
    const char *host;               /* that it connects to, borrowed: the URL's, or the proxy's */
    char refused[INET6_ADDRSTRLEN]; /* the address that the policy refused; "": none */
    void (*opened)(void *arg, curl_socket_t fd); /* may be NULL */
    void *arg;
};

/* Certificates of a call; a size of 0: none, so the system's. The bytes stay where they are until
 * the call has ended. */
struct egress_curl_trust {
    struct {
        const char *at;
        size_t size;
    } ca, certificate, key; /* PEM */
    const char *ca_file;    /* instead of ca; NULL: none */
};

static inline void easy_must(CURLcode rc)
{
    check(rc == CURLE_OK || rc == CURLE_OUT_OF_MEMORY); /* an unknown option is our mistake */
}

/* protocols: "http,https". `of` must not move afterwards. False when memory fails. */
bool egress_curl__open(struct egress_curl *of, const char *protocols) MUST_USE;
void egress_curl__close(struct egress_curl *of); /* also where it was never opened */
/* For each call: whom it is for. host may be changed by egress_curl__proxy(). */
void egress_curl__begin(struct egress_curl *of, const struct egress *egress, const char *host,
                        int64_t timeout_ms);
void egress_curl__trust(struct egress_curl *of, const struct egress_curl_trust *trust);
/* proxy: "http://HOST:PORT" whose host is `host`; NULL: straight. False when memory fails. */
bool egress_curl__proxy(struct egress_curl *of, const char *proxy, const char *host,
                        const char *user, const char *secret) MUST_USE;
/* (1); says in `refused` what was not allowed. */
bool egress_curl__allows(struct egress_curl *of, const struct sockaddr *address);

#endif
