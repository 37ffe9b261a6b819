/* call_header.c - see call_header.h. */
#include "engine/call_header.h"

#include <string.h>

#define CALL_HIDE_LEAST 16u /* bytes: a shorter one may stand in an answer by chance */

bool call_header_add(struct call_headers *headers, const char *name, const char *value)
{
    if (headers->count == LIMIT_HEADERS)
        return false;
    headers->list[headers->count++] = (struct pair){ mem_must_copy(name), mem_must_copy(value) };
    return true;
}

bool call_header_has(const struct call_headers *headers, const char *name)
{
    size_t i;

    for (i = 0; i < headers->count; i++)
        if (strcasecmp(headers->list[i].name, name) == 0)
            return true;
    return false;
}

void call_header_hide(struct call_headers *headers, const char *text)
{
    if (strlen(text) >= CALL_HIDE_LEAST && headers->hide_count < CALL_HIDES)
        headers->hides[headers->hide_count++] = mem_must_copy(text);
}

void call_headers_give(const struct call_headers *headers, struct http_ask *ask)
{
    ask->headers = headers->list;
    ask->header_count = headers->count;
    ask->hides = headers->hides;
    ask->hide_count = headers->hide_count;
}

void call_headers_cut(struct call_headers *headers, size_t count)
{
    while (headers->hide_count > 0) {
        char *text = (char *)headers->hides[--headers->hide_count];

        vault_wipe(&text, strlen(text));
    }
    while (headers->count > count) {
        char *value;

        headers->count--;
        value = (char *)headers->list[headers->count].value;
        mem_free((char *)headers->list[headers->count].name);
        vault_wipe(&value, strlen(value)); /* it may sign in */
    }
}
