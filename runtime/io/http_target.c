/* http_target.c - decodes the path of a request once, and strictly.
 *
 * What two programs could read differently is refused, not repaired: a bad escape, an escaped slash
 * or backslash, a NUL, a "." or ".." segment, bytes that are not UTF-8. The query stays as it was
 * sent. */
#include "io/http_target_priv.h"

#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/limits.h"

/* RFC 9112, 3.2.2: "http://host/path" is for proxies, but a server must take it too. Returns where
 * the path begins, or NULL when the authority is not the Host that was sent. */
static char *target_skip_authority(char *target, const char *host)
{
    size_t scheme;
    size_t size;

    if (strncasecmp(target, "http://", 7) == 0)
        scheme = 7;
    else if (strncasecmp(target, "https://", 8) == 0)
        scheme = 8;
    else
        return target;
    size = strcspn(target + scheme, "/?");
    if (host == NULL || size != strlen(host) || strncasecmp(target + scheme, host, size) != 0)
        return NULL;
    return target + scheme + size;
}

/* One character of the path, decoded; -1 if it must not stand there. *at moves behind it. */
static int target_next(const char **at)
{
    unsigned char c = (unsigned char)**at;
    int high;
    int low;

    (*at)++;
    if (c != '%')
        return c <= ' ' || c == 0x7f || c == '\\' || c == '#' ? -1 : c;
    high = hex_digit((*at)[0]);
    low = high < 0 ? -1 : hex_digit((*at)[1]);
    if (low < 0)
        return -1;
    *at += 2;
    c = (unsigned char)(high * 16 + low);
    return c < ' ' || c == 0x7f || c == '/' || c == '\\' ? -1 : c;
}

static bool target_has_dot_segment(const char *path)
{
    for (const char *at = path; (at = strstr(at, "/.")) != NULL; at++) {
        size_t dots = strspn(at + 1, ".");

        if (dots <= 2 && (at[1 + dots] == '/' || at[1 + dots] == '\0'))
            return true;
    }
    return false;
}

static enum err_code target_decode(char *path, struct err *e)
{
    const char *from = path;
    char *to = path;

    while (*from != '\0') {
        int c = target_next(&from);

        if (c < 0)
            return err_set(e, ERR_SYNTAX,
                           "the path has a character or an escape that must not stand in it");
        *to++ = (char)c;
    }
    *to = '\0';
    check(to <= from);
    if (!utf8_valid(path, (size_t)(to - path)))
        return err_set(e, ERR_SYNTAX, "the path is not valid UTF-8");
    if (target_has_dot_segment(path))
        return err_set(e, ERR_SYNTAX, "the path has a \".\" or \"..\" segment");
    return ERR_OK;
}

/* Printable characters only; escapes are left alone. */
static bool target_query_valid(const char *query)
{
    for (; *query != '\0'; query++) {
        unsigned char c = (unsigned char)*query;

        if (c <= ' ' || c == 0x7f || c == '#')
            return false;
    }
    return true;
}

enum err_code http__target_parse(char *target, const char *host, const char **path,
                                 const char **query, struct err *e)
{
    static char root[] = "/";
    char *mark;

    check(target != NULL);
    target = target_skip_authority(target, host);
    if (target == NULL)
        return err_set(e, ERR_SYNTAX, "the target names another host than the Host header");
    mark = strchr(target, '?');
    if (mark != NULL)
        *mark = '\0';
    *query = mark != NULL ? mark + 1 : "";
    *path = target;
    if (!target_query_valid(*query))
        return err_set(e, ERR_SYNTAX, "the query has a character that must not stand in it");
    if (strlen(target) > LIMIT_PATH)
        return err_set(e, ERR_LIMIT, "the path is longer than %u bytes", LIMIT_PATH);
    if (target[0] == '\0') {
        *path = root; /* "http://host?x": the path is empty and means "/" */
        return ERR_OK;
    }
    if (target[0] != '/')
        return err_set(e, ERR_SYNTAX, "the target does not begin with \"/\"");
    return target_decode(target, e);
}
