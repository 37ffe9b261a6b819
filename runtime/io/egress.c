/* egress.c - the egress policy: rules as text in, a yes or no for a host and the address behind it
 * out.
 *
 * An address is public, or it is not; what is not needs a rule. IPv4 addresses that hide in IPv6
 * ones are taken out first and judged as what they are. */
#include "io/egress.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/mem.h"

#define EGRESS_MAGIC 0x45475253u
#define EGRESS_RULES 1000u /* more is a mistake, not a policy */
#define EGRESS_TEXT  256u  /* bytes of one rule: a host name has at most 253 */
#define EGRESS_RIGHT "right are 10.1.0.0/16, 127.0.0.1:8080, [::1]:80, erp.local, *.corp.example"

/* An address as 16 bytes; IPv4 as ::ffff:a.b.c.d, so that one comparison serves both. */
struct egress_address {
    unsigned char bytes[16];
    unsigned port; /* 0: a rule's "any" */
};

struct egress_rule {
    char *host;                    /* NULL: the rule is a range */
    bool below;                    /* "*.": any name below host, not host itself */
    struct egress_address address; /* also of a host rule: its port */
    unsigned bits;                 /* of the 128 */
};

struct egress {
    unsigned magic;
    const struct egress *parent;
    struct egress_rule *rules;
    size_t count;
};

struct egress_range {
    const char *base;
    unsigned bits;
};

/* IANA's special-purpose registries, and what is not unicast. */
static const struct egress_range egress_closed_4[] = {
    { "0.0.0.0", 8 },       /* this host */
    { "10.0.0.0", 8 },      /* private */
    { "100.64.0.0", 10 },   /* shared, carrier NAT */
    { "127.0.0.0", 8 },     /* loopback */
    { "169.254.0.0", 16 },  /* link-local, and the clouds' metadata */
    { "172.16.0.0", 12 },   /* private */
    { "192.0.0.0", 24 },    /* protocol assignments */
    { "192.0.2.0", 24 },    /* documentation */
    { "192.88.99.0", 24 },  /* 6to4 relay, deprecated */
    { "192.168.0.0", 16 },  /* private */
    { "198.18.0.0", 15 },   /* benchmarks */
    { "198.51.100.0", 24 }, /* documentation */
    { "203.0.113.0", 24 },  /* documentation */
    { "224.0.0.0", 3 },     /* multicast, reserved, broadcast */
};

/* Within 2000::/3, outside of which nothing is public. 2002::/16 is opened up before. */
static const struct egress_range egress_closed_6[] = {
    { "2001::", 23 },     /* protocol assignments, Teredo */
    { "2001:db8::", 32 }, /* documentation */
    { "3fff::", 20 },     /* documentation */
};

static bool egress_same(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned bytes = bits / 8;
    unsigned rest = bits % 8;

    check(bits <= 128);
    if (memcmp(a, b, bytes) != 0)
        return false;
    return rest == 0 || (a[bytes] >> (8 - rest)) == (b[bytes] >> (8 - rest));
}

static void egress_map_4(const void *four, unsigned char bytes[16])
{
    memset(bytes, 0, 10);
    memset(bytes + 10, 0xff, 2);
    memcpy(bytes + 12, four, 4);
}

static bool egress_is_4(const unsigned char bytes[16])
{
    static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

    return memcmp(bytes, mapped, sizeof(mapped)) == 0;
}

/* The IPv4 address inside an IPv6 one, as a mapped address; false if there is none. */
static bool egress_inner(const unsigned char bytes[16], unsigned char inner[16])
{
    static const unsigned char nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
    static const unsigned char zero[12] = { 0 };

    if (bytes[0] == 0x20 && bytes[1] == 0x02) {
        egress_map_4(bytes + 2, inner);
        return true;
    }
    if (memcmp(bytes, nat64, sizeof(nat64)) == 0 || memcmp(bytes, zero, sizeof(zero)) == 0) {
        egress_map_4(bytes + 12, inner);
        return true;
    }
    return false;
}

static bool egress_public_4(const unsigned char four[4])
{
    for (size_t i = 0; i < sizeof(egress_closed_4) / sizeof(*egress_closed_4); i++) {
        unsigned char base[4];

        check(inet_pton(AF_INET, egress_closed_4[i].base, base) == 1);
        if (egress_same(four, base, egress_closed_4[i].bits))
            return false;
    }
    return true;
}

static bool egress_public(const unsigned char bytes[16])
{
    unsigned char inner[16];

    if (egress_is_4(bytes))
        return egress_public_4(bytes + 12);
    if (egress_inner(bytes, inner))
        return egress_public_4(inner + 12);
    if ((bytes[0] & 0xe0) != 0x20)
        return false;
    for (size_t i = 0; i < sizeof(egress_closed_6) / sizeof(*egress_closed_6); i++) {
        unsigned char base[16];

        check(inet_pton(AF_INET6, egress_closed_6[i].base, base) == 1);
        if (egress_same(bytes, base, egress_closed_6[i].bits))
            return false;
    }
    return true;
}

static bool egress_host_matches(const struct egress_rule *rule, const char *host)
{
    size_t length = strlen(host);
    size_t wanted = strlen(rule->host);

    if (length > 0 && host[length - 1] == '.')
        length--; /* the root's dot */
    if (!rule->below)
        return length == wanted && strncasecmp(host, rule->host, wanted) == 0;
    return length > wanted + 1 && host[length - wanted - 1] == '.' &&
           strncasecmp(host + length - wanted, rule->host, wanted) == 0;
}

static bool egress_rule_allows(const struct egress_rule *rule, const char *host,
                               const struct egress_address *address)
{
    unsigned char inner[16];

    if (rule->address.port != 0 && rule->address.port != address->port)
        return false;
    if (rule->host != NULL)
        return host != NULL && egress_host_matches(rule, host);
    if (egress_same(address->bytes, rule->address.bytes, rule->bits))
        return true;
    return !egress_is_4(address->bytes) && egress_inner(address->bytes, inner) &&
           egress_same(inner, rule->address.bytes, rule->bits);
}

static bool egress_address_from(const struct sockaddr *from, struct egress_address *address)
{
    if (from->sa_family == AF_INET) {
        struct sockaddr_in four;

        memcpy(&four, from, sizeof(four));
        egress_map_4(&four.sin_addr, address->bytes);
        address->port = ntohs(four.sin_port);
        return true;
    }
    if (from->sa_family == AF_INET6) {
        struct sockaddr_in6 six;

        memcpy(&six, from, sizeof(six));
        memcpy(address->bytes, &six.sin6_addr, 16);
        address->port = ntohs(six.sin6_port);
        return true;
    }
    return false;
}

bool egress_allows(const struct egress *egress, const char *host, const struct sockaddr *address)
{
    struct egress_address at;

    check(address != NULL);
    if (!egress_address_from(address, &at))
        return false; /* neither IPv4 nor IPv6: not something a URL leads to */
    if (egress_public(at.bytes))
        return true;
    for (; egress != NULL; egress = egress->parent) {
        CHECK_OBJ(egress, EGRESS_MAGIC);
        for (size_t i = 0; i < egress->count; i++) {
            if (egress_rule_allows(&egress->rules[i], host, &at))
                return true;
        }
    }
    return false;
}

/* ---- reading rules ---- */

static enum err_code egress_wrong(const char *rule, const char *why, struct err *e)
{
    return err_set(e, ERR_USAGE, "egress rule \"%.100s\": %s; %s", rule, why, EGRESS_RIGHT);
}

/* Digits only, at most `most`. */
static bool egress_number(const char *text, unsigned most, unsigned *value)
{
    unsigned sum = 0;

    if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        sum = sum * 10 + (unsigned)(*text - '0');
        if (sum > most)
            return false;
    }
    *value = sum;
    return true;
}

/* Cuts ":PORT" off: behind "]", or behind the only colon. Takes the brackets away. */
static enum err_code egress_read_port(char *text, const char *whole, struct egress_rule *rule,
                                      struct err *e)
{
    char *colon = strchr(text, ':');

    if (text[0] == '[') {
        char *end = strchr(text, ']');

        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return egress_wrong(whole, "\"[\" has no \"]\" before the port", e);
        colon = end[1] == ':' ? end + 1 : NULL;
        *end = '\0';
        memmove(text, text + 1, (size_t)(end - text));
    } else if (colon != NULL && strchr(colon + 1, ':') != NULL) {
        colon = NULL; /* an IPv6 address without a port */
    }
    if (colon == NULL)
        return ERR_OK;
    if (!egress_number(colon + 1, 65535, &rule->address.port) || rule->address.port == 0)
        return egress_wrong(whole, "the port is not a number from 1 to 65535", e);
    *colon = '\0';
    return ERR_OK;
}

/* No bit may be set behind the prefix: "10.1.2.3/16" is more likely a slip than a wish. */
static bool egress_is_base(const struct egress_rule *rule)
{
    for (unsigned bit = rule->bits; bit < 128; bit++) {
        if ((rule->address.bytes[bit / 8] >> (7 - bit % 8)) & 1)
            return false;
    }
    return true;
}

/* ERR_NOT_FOUND without *e: it is no address, perhaps a host. */
static enum err_code egress_read_range(char *text, const char *whole, struct egress_rule *rule,
                                       struct err *e)
{
    char *slash = strchr(text, '/');
    unsigned char four[4];
    unsigned most;

    if (slash != NULL)
        *slash = '\0';
    if (inet_pton(AF_INET, text, four) == 1) {
        egress_map_4(four, rule->address.bytes);
        most = 32;
    } else if (inet_pton(AF_INET6, text, rule->address.bytes) == 1) {
        most = 128;
    } else if (slash != NULL) {
        return egress_wrong(whole, "there is no IP address before the \"/\"", e);
    } else {
        return ERR_NOT_FOUND;
    }
    rule->bits = most;
    if (slash != NULL && !egress_number(slash + 1, most, &rule->bits))
        return egress_wrong(whole,
                            most == 32 ? "the prefix is not a number from 0 to 32"
                                       : "the prefix is not a number from 0 to 128",
                            e);
    rule->bits += 128 - most;
    if (!egress_is_base(rule))
        return egress_wrong(whole, "the address has bits behind its prefix", e);
    return ERR_OK;
}

static bool egress_is_name(const char *text)
{
    const char *label = text;
    size_t length = strlen(text);

    if (length == 0 || length > 253)
        return false;
    for (const char *at = text;; at++) {
        if (*at == '.' || *at == '\0') {
            if (at == label || at - label > 63 || *label == '-' || at[-1] == '-')
                return false;
            if (*at == '\0')
                break;
            label = at + 1;
        } else if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= '0' && *at <= '9') || *at == '-' || *at == '_')) {
            return false;
        }
    }
    /* A last label that begins with a digit is one of the many spellings of an address. */
    return !(*label >= '0' && *label <= '9');
}

static enum err_code egress_read_rule(const char *whole, struct egress_rule *rule, struct err *e)
{
    char text[EGRESS_TEXT];
    const char *name = text;
    enum err_code rc;

    check(strlen(whole) < sizeof(text));
    memcpy(text, whole, strlen(whole) + 1);
    *rule = (struct egress_rule){ .host = NULL };
    rc = egress_read_port(text, whole, rule, e);
    if (rc != ERR_OK)
        return rc;
    rc = egress_read_range(text, whole, rule, e);
    if (rc != ERR_NOT_FOUND)
        return rc;
    if (whole[0] == '[')
        return egress_wrong(whole, "there is no IPv6 address between the brackets", e);
    if (name[0] == '*' && name[1] == '.') {
        rule->below = true;
        name += 2;
    }
    if (!egress_is_name(name))
        return egress_wrong(whole, "it is neither an IP address, nor a range, nor a host", e);
    rule->host = mem_must_copy(name);
    return ERR_OK;
}

static bool egress_is_gap(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum err_code egress_read(struct egress *egress, const char *rules, struct err *e)
{
    while (*rules != '\0') {
        char text[EGRESS_TEXT];
        size_t size = 0;
        enum err_code rc;

        while (rules[size] != '\0' && !egress_is_gap(rules[size]))
            size++;
        if (size == 0) {
            rules++;
            continue;
        }
        if (size >= sizeof(text))
            return err_set(e, ERR_USAGE, "an egress rule is %zu bytes long; %s", size,
                           EGRESS_RIGHT);
        if (egress->count == EGRESS_RULES)
            return err_set(e, ERR_LIMIT, "more than %u egress rules", EGRESS_RULES);
        memcpy(text, rules, size);
        text[size] = '\0';
        egress->rules =
            mem_must_resize(egress->rules, (egress->count + 1) * sizeof(*egress->rules));
        rc = egress_read_rule(text, &egress->rules[egress->count], e);
        if (rc != ERR_OK)
            return rc;
        egress->count++;
        rules += size;
    }
    return ERR_OK;
}

struct egress *egress_new(const char *rules, const struct egress *parent, struct err *e)
{
    struct egress *egress = mem_must(sizeof(*egress));

    if (parent != NULL)
        CHECK_OBJ(parent, EGRESS_MAGIC);
    egress->magic = EGRESS_MAGIC;
    egress->parent = parent;
    if (rules != NULL && egress_read(egress, rules, e) != ERR_OK) {
        egress_free(egress);
        return NULL;
    }
    return egress;
}

void egress_free(struct egress *egress)
{
    if (egress == NULL)
        return;
    CHECK_OBJ(egress, EGRESS_MAGIC);
    for (size_t i = 0; i < egress->count; i++)
        mem_free(egress->rules[i].host);
    mem_free(egress->rules);
    egress->magic = 0;
    mem_free(egress);
}
