/* people_way.c - the way a request came: from which address, over HTTPS or not, with which cookie,
 * from a page of ours or not. */
#include "designer-api/people_priv.h"

#include <string.h>
#include <strings.h>

/* Over HTTPS the name keeps others of the same domain from setting it (RFC 6265bis, 4.1.3.2). A
 * browser takes such a cookie over HTTPS only, so that http://127.0.0.1 has one without. */
#define COOKIE_SECURE "__Host-weft"
#define COOKIE_PLAIN  "weft"

static bool is_loopback(const char *address)
{
    return strcmp(address, "local") == 0 || strncmp(address, "127.", 4) == 0 ||
           strcmp(address, "::1") == 0;
}

void people__way(const struct http_request *request, struct way *way)
{
    const char *agent = http_request_header(request, "User-Agent");

    memset(way, 0, sizeof *way);
    snprintf(way->address, sizeof way->address, "%.47s", request->peer);
    way->secure = request->secure;
    way->machine = is_loopback(request->peer);
    snprintf(way->agent, sizeof way->agent, "%.199s",
             agent != NULL && utf8_valid(agent, strlen(agent)) ? agent : "");
    while (!utf8_valid(way->agent, strlen(way->agent)))
        way->agent[strlen(way->agent) - 1] = '\0'; /* cut within a character */
}

/* ---- The cookie */

static void cookie_find(const char *cookies, const char *name, char secret[SECRET_TEXT])
{
    size_t size = strlen(name);

    while (*cookies != '\0') {
        size_t length = strcspn(cookies, ";");

        if (length == size + 1 + SECRET_TEXT - 1 && strncmp(cookies, name, size) == 0 &&
            cookies[size] == '=')
            snprintf(secret, SECRET_TEXT, "%.*s", (int)(SECRET_TEXT - 1), cookies + size + 1);
        cookies += length;
        cookies += strspn(cookies, "; ");
    }
}

void people__cookie(const struct http_request *request, char secret[SECRET_TEXT])
{
    const char *cookies = http_request_header(request, "Cookie");

    secret[0] = '\0';
    if (cookies != NULL)
        cookie_find(cookies, request->secure ? COOKIE_SECURE : COOKIE_PLAIN, secret);
}

void people__set_cookie(const struct way *way, const char *secret, int64_t seconds, char text[256])
{
    int size = snprintf(text, 256, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s",
                        way->secure ? COOKIE_SECURE : COOKIE_PLAIN, secret != NULL ? secret : "",
                        way->secure ? "; Secure" : "");

    check(size > 0 && size < 200);
    if (secret == NULL || seconds > 0)
        snprintf(text + size, 256 - (size_t)size, "; Max-Age=%lld",
                 (long long)(secret != NULL ? seconds : 0));
}

/* ---- From a page of ours */

enum err_code people__origin(const struct http_request *request, struct err *e)
{
    const char *site = http_request_header(request, "Sec-Fetch-Site");
    const char *origin = http_request_header(request, "Origin");
    const char *host = http_request_header(request, "Host"), *authority;

    if (site != NULL && strcmp(site, "same-origin") != 0)
        return err_set(e, ERR_FORBIDDEN, "the request comes from a page of another site");
    if (origin == NULL)
        return ERR_OK; /* no browser, or one that said so by Sec-Fetch-Site */
    authority = strstr(origin, "://");
    if (authority != NULL && host != NULL && strcasecmp(authority + 3, host) == 0)
        return ERR_OK;
    return err_set(
        e, ERR_FORBIDDEN,
        "the request comes from a page of %.80s, and this is %.80s (a proxy in front has "
        "to pass the Host on)",
        origin, host != NULL ? host : "another");
}

void people__csrf(const char *secret, char csrf[HASH_TEXT])
{
    people__hash("csrf", secret, csrf);
}
