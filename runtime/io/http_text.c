/* http_text.c - which characters may stand in a method, a header's name and a header's value. */
#include "io/http_text_priv.h"

#include <string.h>

#include "base/check.h"

static char http_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool http__same(const char *a, const char *b)
{
    check(a != NULL);
    check(b != NULL);
    while (*a != '\0' && http_lower(*a) == http_lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* RFC 9110's tchar. */
static bool http_is_tchar(unsigned char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

bool http__is_token(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!http_is_tchar((unsigned char)text[i]))
            return false;
    }
    return size > 0;
}

bool http__is_value(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

const char *http__find(const struct pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (http__same(pairs[i].name, name))
            return pairs[i].value;
    }
    return NULL;
}
