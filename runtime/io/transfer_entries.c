/* transfer_entries.c - the names of a folder on an SFTP server. */
#include <stdlib.h>
#include <string.h>

#include "io/transfer_priv.h"

/* "-rw-r--r--    1 user group    1234 Nov 21 10:00 NAME", as all servers write it. */
static void entry_read(struct transfer_ask *ask, const char *line, size_t size)
{
    const char *at = line, *end = line + size, *number = NULL;
    bool folder = size > 0 && line[0] == 'd';

    if (size == 0 || (line[0] != '-' && line[0] != 'd'))
        return; /* neither a file nor a folder */
    for (unsigned column = 1; column < 9; column++) {
        while (at < end && *at != ' ')
            at++;
        if (column < 8)
            while (at < end && *at == ' ')
                at++;
        if (column == 4)
            number = at;
    }
    if (at >= end || number == NULL)
        return;
    at++;
    size = (size_t)(end - at);
    if ((size == 1 && at[0] == '.') || (size == 2 && at[0] == '.' && at[1] == '.'))
        return;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)at[i] < ' ' || at[i] == '/')
            return; /* a name that could not be asked for */
    transfer_ask_entry(ask, at, size, folder, folder ? -1 : strtoll(number, NULL, 10));
}

static int entry_order(const void *left, const void *right)
{
    const struct transfer_entry *a = left, *b = right;

    return strcmp(a->name, b->name);
}

void transfer__entries(struct transfer_ask *ask, const char *lines, size_t size)
{
    const char *at = lines, *end = lines + size;

    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *stop = feed != NULL ? feed : end;

        entry_read(ask, at, (size_t)(stop - at));
        at = stop + 1;
    }
    if (ask->count > 1)
        qsort(ask->entries, ask->count, sizeof *ask->entries, entry_order);
}
