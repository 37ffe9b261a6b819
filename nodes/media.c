/* media.c - what a Content-Type says. */
#include "nodes/media.h"

#include <string.h>
#include <strings.h>

#include "base/check.h"

static size_t media_size(const char *type)
{
    check(type != NULL);
    return strcspn(type, "; \t");
}

bool media_is(const char *type, const char *media)
{
    size_t size = media_size(type);

    return size == strlen(media) && strncasecmp(type, media, size) == 0;
}

bool media_is_json(const char *type)
{
    size_t size = media_size(type);

    return media_is(type, "application/json") ||
           (size > 5 && strncasecmp(type + size - 5, "+json", 5) == 0);
}

bool media_is_form(const char *type)
{
    return media_is(type, "application/x-www-form-urlencoded");
}

/* The value of the charset parameter; NULL: there is none. */
static const char *charset_find(const char *type, size_t *size)
{
    const char *charset = strcasestr(type, "charset=");

    if (charset == NULL)
        return NULL;
    charset += strlen("charset=");
    charset += *charset == '"';
    *size = strcspn(charset, "\"; \t");
    return charset;
}

bool media_is_utf8(const char *type)
{
    size_t size;
    const char *charset = charset_find(type, &size);

    if (charset == NULL)
        return true;
    return (size == 5 && strncasecmp(charset, "utf-8", size) == 0) ||
           (size == 4 && strncasecmp(charset, "utf8", size) == 0) ||
           (size == 8 && strncasecmp(charset, "us-ascii", size) == 0);
}

bool media_charset(const char *type, char *name, size_t room)
{
    size_t size;
    const char *charset = charset_find(type, &size);

    check(room > 0);
    if (charset == NULL || size == 0 || size >= room)
        return false;
    memcpy(name, charset, size);
    name[size] = '\0';
    return true;
}
