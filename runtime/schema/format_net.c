/* format_net.c - formats of the net: mail addresses, hosts, addresses, URIs. */
#include "schema/format.h"

#include <string.h>

#include "schema/uri.h"

#define LETTERS   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS    "0123456789"
#define HEX       "0123456789abcdefABCDEF"
#define ATOM      LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~"
#define LABEL_MAX 63u
#define HOST_MAX  253u
#define LOCAL_MAX 64u
#define GROUPS    8u

static bool all_of(const char *text, size_t size, const char *allowed)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] == '\0' || strchr(allowed, text[i]) == NULL)
            return false;
    return true;
}

/* RFC 1123: labels of letters, digits and inner hyphens. */
bool format__hostname(const char *text, size_t size)
{
    if (size == 0 || size > HOST_MAX)
        return false;
    for (size_t at = 0; at <= size;) {
        const char *dot = memchr(text + at, '.', size - at);
        size_t label = (dot != NULL ? (size_t)(dot - text) : size) - at;

        if (label == 0 || label > LABEL_MAX || text[at] == '-' || text[at + label - 1] == '-' ||
            !all_of(text + at, label, LETTERS DIGITS "-"))
            return false;
        at += label + 1;
    }
    return true;
}

/* Words of RFC 5321 joined by dots. */
static bool local_fits(const char *text, size_t size)
{
    if (size >= 2 && text[0] == '"' && text[size - 1] == '"') {
        for (size_t i = 1; i + 1 < size; i++) {
            if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e || text[i] == '"')
                return false;
            if (text[i] == '\\' && ++i + 1 >= size)
                return false;
        }
        return true;
    }
    for (size_t at = 0; at <= size;) {
        const char *dot = memchr(text + at, '.', size - at);
        size_t word = (dot != NULL ? (size_t)(dot - text) : size) - at;

        if (word == 0 || !all_of(text + at, word, ATOM))
            return false;
        at += word + 1;
    }
    return true;
}

bool format__email(const char *text, size_t size)
{
    size_t at = size;
    const char *host;

    while (at > 0 && text[at - 1] != '@')
        at--;
    if (at < 2 || at - 1 > LOCAL_MAX || !local_fits(text, at - 1))
        return false;
    host = text + at;
    size -= at;
    if (size > 2 && host[0] == '[' && host[size - 1] == ']') {
        if (size > 7 && memcmp(host, "[IPv6:", 6) == 0)
            return format__ipv6(host + 6, size - 7);
        return format__ipv4(host + 1, size - 2);
    }
    return format__hostname(host, size);
}

bool format__ipv4(const char *text, size_t size)
{
    unsigned parts = 0;

    for (size_t at = 0; at <= size; parts++) {
        const char *dot = memchr(text + at, '.', size - at);
        size_t digits = (dot != NULL ? (size_t)(dot - text) : size) - at;
        unsigned value = 0;

        if (digits == 0 || digits > 3 || !all_of(text + at, digits, DIGITS) ||
            (digits > 1 && text[at] == '0'))
            return false;
        for (size_t i = 0; i < digits; i++)
            value = value * 10 + (unsigned)(text[at + i] - '0');
        if (value > 255)
            return false;
        at += digits + 1;
    }
    return parts == 4;
}

/* Groups of hex digits joined by ':', the last two perhaps as an IPv4 address. False: broken. */
static bool groups_count(const char *text, size_t size, bool last, unsigned *count)
{
    *count = 0;
    if (size == 0)
        return true;
    for (size_t at = 0; at <= size;) {
        const char *colon = memchr(text + at, ':', size - at);
        size_t group = (colon != NULL ? (size_t)(colon - text) : size) - at;

        if (colon == NULL && last && memchr(text + at, '.', group) != NULL) {
            *count += 2;
            return format__ipv4(text + at, group);
        }
        if (group == 0 || group > 4 || !all_of(text + at, group, HEX))
            return false;
        ++*count;
        at += group + 1;
    }
    return true;
}

bool format__ipv6(const char *text, size_t size)
{
    const char *gap = NULL;
    unsigned before, after;

    for (size_t i = 0; i + 1 < size && gap == NULL; i++)
        if (text[i] == ':' && text[i + 1] == ':')
            gap = text + i;
    if (gap == NULL)
        return groups_count(text, size, true, &before) && before == GROUPS;
    return groups_count(text, (size_t)(gap - text), false, &before) &&
           groups_count(gap + 2, size - (size_t)(gap - text) - 2, true, &after) &&
           before + after < GROUPS;
}

bool format__uri_reference(const char *text, size_t size)
{
    struct uri uri;

    return uri_parse(&uri, text, size);
}

bool format__uri(const char *text, size_t size)
{
    struct uri uri;

    return uri_parse(&uri, text, size) && uri.scheme != NULL;
}
