/* call_header.c - the headers of a call, those of its sign-in among them. */
#include "engine/connection.h"

#include <string.h>

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

void call_headers_cut(struct call_headers *headers, size_t count)
{
    while (headers->count > count) {
        char *value;

        headers->count--;
        value = (char *)headers->list[headers->count].value;
        mem_free((char *)headers->list[headers->count].name);
        vault_wipe(&value, strlen(value)); /* it may sign in */
    }
}
