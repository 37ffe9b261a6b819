/* uri.c - references of RFC 3986. */
#include "schema/uri.h"

#include <string.h>

#include "base/percent.h"

#define UNRESERVED                                                    \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-" \
    "._~"
#define SUB_DELIMS "!$&'()*+,;="
#define PCHAR      UNRESERVED SUB_DELIMS ":@"

/* Only of these characters, and of percent signs with two hex digits? */
static bool chars_of(const char *text, size_t size, const char *allowed)
{
    static const char hex[] = "0123456789abcdefABCDEF";

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0')
            return false;
        if (text[i] == '%') {
            if (i + 2 >= size || text[i + 1] == '\0' || text[i + 2] == '\0' ||
                strchr(hex, text[i + 1]) == NULL || strchr(hex, text[i + 2]) == NULL)
                return false;
            i += 2;
        } else if (strchr(allowed, text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool scheme_fits(const char *text, size_t size)
{
    return size > 0 && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", *text) &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.") >=
               size;
}

static bool authority_fits(const char *text, size_t size)
{
    const char *at = memchr(text, '@', size), *close, *colon;

    if (at != NULL) {
        if (!chars_of(text, (size_t)(at - text), UNRESERVED SUB_DELIMS ":"))
            return false;
        size -= (size_t)(at + 1 - text);
        text = at + 1;
    }
    if (size > 0 && *text == '[') {
        close = memchr(text, ']', size);
        if (close == NULL || !chars_of(text + 1, (size_t)(close - text - 1), UNRESERVED ":"))
            return false;
        size -= (size_t)(close + 1 - text);
        text = close + 1;
        return size == 0 || (*text == ':' && strspn(text + 1, "0123456789") >= size - 1);
    }
    colon = memchr(text, ':', size);
    if (colon != NULL) {
        size_t host = (size_t)(colon - text);

        if (strspn(colon + 1, "0123456789") < size - host - 1)
            return false;
        size = host;
    }
    return chars_of(text, size, UNRESERVED SUB_DELIMS);
}

/* Cuts what stands before one of `ends`. */
static size_t piece(const char *text, size_t size, const char *ends)
{
    size_t at = 0;

    while (at < size && strchr(ends, text[at]) == NULL)
        at++;
    return at;
}

static void uri_cut(struct uri *uri, const char *text, size_t size)
{
    size_t cut = piece(text, size, ":/?#");

    *uri = (struct uri){ 0 };
    if (cut < size && text[cut] == ':') {
        uri->scheme = text;
        uri->scheme_size = cut;
        text += cut + 1;
        size -= cut + 1;
    }
    if (size >= 2 && text[0] == '/' && text[1] == '/') {
        uri->authority = text + 2;
        uri->authority_size = piece(text + 2, size - 2, "/?#");
        text += 2 + uri->authority_size;
        size -= 2 + uri->authority_size;
    }
    uri->path = text;
    uri->path_size = piece(text, size, "?#");
    text += uri->path_size;
    size -= uri->path_size;
    if (size > 0 && *text == '?') {
        uri->query = text + 1;
        uri->query_size = piece(text + 1, size - 1, "#");
        text += 1 + uri->query_size;
        size -= 1 + uri->query_size;
    }
    if (size > 0) {
        uri->fragment = text + 1;
        uri->fragment_size = size - 1;
    }
}

bool uri_parse(struct uri *uri, const char *text, size_t size)
{
    if (memchr(text, '\0', size) != NULL)
        return false;
    uri_cut(uri, text, size);
    return (uri->scheme == NULL || scheme_fits(uri->scheme, uri->scheme_size)) &&
           (uri->authority == NULL || authority_fits(uri->authority, uri->authority_size)) &&
           chars_of(uri->path, uri->path_size, PCHAR "/") &&
           (uri->query == NULL || chars_of(uri->query, uri->query_size, PCHAR "/?")) &&
           (uri->fragment == NULL || chars_of(uri->fragment, uri->fragment_size, PCHAR "/?"));
}

/* ---- Resolving (RFC 3986, 5.2) */

/* Removes "." and ".." from the path that begins at `from`. */
static void dots_remove(struct buf *out, size_t from)
{
    char *path = out->at + from;
    size_t size = out->len - from, to = 0, at = 0;

    while (at < size) {
        size_t next = at + (path[at] == '/');
        size_t end = next + piece(path + next, size - next, "/");
        size_t name = end - next;
        bool up = name == 2 && memcmp(path + next, "..", 2) == 0;

        if (up || (name == 1 && path[next] == '.')) {
            while (up && to > 0 && path[--to] != '/')
                ;
            if (end == size && at < next)
                path[to++] = '/';
        } else {
            memmove(path + to, path + at, end - at);
            to += end - at;
        }
        at = end;
    }
    out->len = from + to;
    out->at[out->len] = '\0';
}

static void path_merge(struct buf *out, const struct uri *base, const struct uri *ref)
{
    size_t from = out->len, keep = base->path_size;

    if (ref->path_size > 0 && *ref->path != '/') {
        while (keep > 0 && base->path[keep - 1] != '/')
            keep--;
        if (base->authority != NULL && base->path_size == 0)
            buf_add_char(out, '/');
        buf_add(out, base->path, keep);
    }
    buf_add(out, ref->path, ref->path_size);
    if (buf_ok(out) && out->len > from)
        dots_remove(out, from);
}

void uri_resolve(struct buf *out, const char *base, const char *text)
{
    struct uri b, r;
    bool whole, placed;

    uri_cut(&b, base, strlen(base));
    uri_cut(&r, text, strlen(text));
    whole = r.scheme != NULL;
    placed = whole || r.authority != NULL;
    if (whole || b.scheme != NULL) {
        buf_add(out, whole ? r.scheme : b.scheme, whole ? r.scheme_size : b.scheme_size);
        buf_add_char(out, ':');
    }
    if (placed ? r.authority != NULL : b.authority != NULL) {
        buf_add_text(out, "//");
        buf_add(out, placed ? r.authority : b.authority,
                placed ? r.authority_size : b.authority_size);
    }
    if (placed)
        path_merge(out, &(struct uri){ .path = "" }, &r);
    else if (r.path_size == 0)
        buf_add(out, b.path, b.path_size);
    else
        path_merge(out, &b, &r);
    if (r.query != NULL || (!placed && r.path_size == 0 && b.query != NULL)) {
        buf_add_char(out, '?');
        buf_add(out, r.query != NULL ? r.query : b.query,
                r.query != NULL ? r.query_size : b.query_size);
    }
}

bool uri_fragment(struct buf *out, const struct uri *uri)
{
    return uri->fragment == NULL || percent_read(out, uri->fragment, uri->fragment_size, false);
}
