/* http_proxy.c - X-Forwarded-For and X-Forwarded-Proto, from proxies that are trusted.
 *
 * Anybody can send such a header, and a proxy adds to what it got. So the addresses are read from
 * the right: each was written by the one before it, beginning with the peer of the connection; the
 * first that is not a trusted proxy is the client. What is no address ends the search: the last
 * that was one is what is known. */
#include "io/http_proxy_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/mem.h"
#include "io/http_text_priv.h"

#define PROXIES_MAGIC 0x50525859u
#define PROXIES_MAX   256u
#define PROXIES_RIGHT "right are 10.0.0.0/8, 192.0.2.7, fd00::/8, unix"

struct proxy_range {
    unsigned char base[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;
};

struct http_proxies {
    unsigned magic;
    bool local; /* whoever may open the Unix socket */
    size_t count;
    struct proxy_range ranges[PROXIES_MAX];
};

static bool proxy_address(const char *text, unsigned char bytes[16])
{
    memset(bytes, 0, 10);
    memset(bytes + 10, 0xff, 2);
    return inet_pton(AF_INET, text, bytes + 12) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool proxy_is_in(const struct proxy_range *range, const unsigned char bytes[16])
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;

    check(range->bits <= 128);
    if (memcmp(range->base, bytes, whole) != 0)
        return false;
    return rest == 0 || range->base[whole] >> (8 - rest) == bytes[whole] >> (8 - rest);
}

static bool proxies_trust(const struct http_proxies *proxies, const char *peer)
{
    unsigned char bytes[16];

    if (strcmp(peer, "local") == 0)
        return proxies->local;
    if (!proxy_address(peer, bytes))
        return false;
    for (size_t i = 0; i < proxies->count; i++)
        if (proxy_is_in(&proxies->ranges[i], bytes))
            return true;
    return false;
}

/* ---- the setting ---- */

static bool proxy_parse(char *word, struct proxy_range *range)
{
    bool four = strchr(word, ':') == NULL;
    char *slash = strchr(word, '/'), *end = word;
    unsigned long bits = four ? 32 : 128;

    if (slash != NULL) {
        *slash = '\0';
        if (slash[1] < '0' || slash[1] > '9')
            return false;
        bits = strtoul(slash + 1, &end, 10);
        if (*end != '\0' || bits > (four ? 32u : 128u))
            return false;
    }
    range->bits = (unsigned)bits + (four ? 96 : 0);
    return proxy_address(word, range->base);
}

struct http_proxies *http_proxies_new(const char *text, struct err *e)
{
    struct http_proxies *proxies = mem_must(sizeof(*proxies));
    char word[64];

    proxies->magic = PROXIES_MAGIC;
    for (;;) {
        size_t size;

        text += strspn(text, ", \t");
        size = strcspn(text, ", \t");
        if (size == 0)
            return proxies;
        snprintf(word, sizeof(word), "%.*s", size < sizeof(word) ? (int)size : 0, text);
        if (strcmp(word, "unix") == 0) {
            proxies->local = true;
        } else if (proxies->count == PROXIES_MAX) {
            err_set(e, ERR_USAGE, "more than %u trusted proxies", PROXIES_MAX);
            break;
        } else if (!proxy_parse(word, &proxies->ranges[proxies->count++])) {
            err_set(e, ERR_USAGE, "\"%.*s\" is no range of trusted proxies; " PROXIES_RIGHT,
                    (int)(size < 64 ? size : 64), text);
            break;
        }
        text += size;
    }
    http_proxies_free(proxies);
    return NULL;
}

void http_proxies_free(struct http_proxies *proxies)
{
    if (proxies == NULL)
        return;
    CHECK_OBJ(proxies, PROXIES_MAGIC);
    proxies->magic = 0;
    mem_free(proxies);
}

/* ---- a request ---- */

/* "192.0.2.7", "192.0.2.7:4711", "2001:db8::7", "[2001:db8::7]:4711": the address without the port,
 * as we write it. False: it is none. */
static bool proxy_entry(const char *text, size_t size, char to[48])
{
    unsigned char bytes[16];
    char entry[64], *from = entry, *colon;

    if (size == 0 || size >= sizeof(entry))
        return false;
    memcpy(entry, text, size);
    entry[size] = '\0';
    colon = strchr(entry, ':');
    if (entry[0] == '[') {
        from = entry + 1;
        colon = strchr(entry, ']');
        if (colon == NULL || (colon[1] != '\0' && colon[1] != ':'))
            return false;
        *colon = '\0';
    } else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
        *colon = '\0';
    }
    if (!proxy_address(from, bytes))
        return false;
    if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)bytes))
        return inet_ntop(AF_INET, bytes + 12, to, 48) != NULL;
    return inet_ntop(AF_INET6, bytes, to, 48) != NULL;
}

/* Goes through one header from the right; true: the client is found, or nothing more is known. */
static bool proxies_follow(const struct http_proxies *proxies, const char *list, char client[48])
{
    size_t end = strlen(list);

    for (;;) {
        size_t begin;
        char next[48];

        while (end > 0 && (list[end - 1] == ' ' || list[end - 1] == '\t'))
            end--;
        for (begin = end; begin > 0 && list[begin - 1] != ','; begin--)
            continue;
        while (begin < end && (list[begin] == ' ' || list[begin] == '\t'))
            begin++;
        if (!proxy_entry(list + begin, end - begin, next))
            return true;
        memcpy(client, next, sizeof(next));
        if (!proxies_trust(proxies, client))
            return true;
        while (begin > 0 && list[begin - 1] != ',')
            begin--;
        if (begin == 0)
            return false;
        end = begin - 1;
    }
}

/* All that stand there must say so: a client may have sent the first. */
static bool proxies_say_https(const char *list)
{
    bool any = false;

    while (*list != '\0') {
        size_t size;

        list += strspn(list, " \t,");
        size = strcspn(list, " \t,");
        if (size == 0)
            break;
        if (size != 5 || strncmp(list, "https", 5) != 0)
            return false;
        any = true;
        list += size;
    }
    return any;
}

void http_proxies__read(const struct http_proxies *proxies, struct http_conn *conn)
{
    struct http_request *request = &conn->request;
    bool done = false, says = false, https = true;

    if (proxies == NULL || !proxies_trust(proxies, conn->peer))
        return;
    memcpy(conn->client, conn->peer, sizeof(conn->client));
    for (size_t i = request->header_count; i > 0; i--) {
        const struct http_header *header = &request->headers[i - 1];

        if (!done && http__same(header->name, "X-Forwarded-For")) {
            done = proxies_follow(proxies, header->value, conn->client);
        } else if (http__same(header->name, "X-Forwarded-Proto")) {
            says = true;
            https = https && proxies_say_https(header->value);
        }
    }
    request->peer = conn->client;
    if (says)
        request->secure = https;
}
