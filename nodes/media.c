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

bool media_is_utf8(const char *type)
{
    const char *charset = strcasestr(type, "charset=");
    size_t size;

    if (charset == NULL)
        return true;
    charset += strlen("charset=");
    charset += *charset == '"';
    size = strcspn(charset, "\"; \t");
    return (size == 5 && strncasecmp(charset, "utf-8", size) == 0) ||
           (size == 4 && strncasecmp(charset, "utf8", size) == 0) ||
           (size == 8 && strncasecmp(charset, "us-ascii", size) == 0);
}
