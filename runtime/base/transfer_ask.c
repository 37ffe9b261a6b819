/* transfer_ask.c - see transfer_ask.h. */
#include "base/transfer_ask.h"

#include "base/check.h"
#include "base/mem.h"

struct transfer_ask *transfer_ask_new(enum transfer_verb verb, const char *path)
{
    struct transfer_ask *ask = mem_must(sizeof *ask);

    check(path != NULL || verb == TRANSFER_MAIL);
    ask->verb = verb;
    ask->path = mem_must_copy(path);
    ask->found.size = ask->found.modified_s = -1;
    return ask;
}

void transfer_ask_free(struct transfer_ask *ask)
{
    if (ask == NULL)
        return;
    for (size_t i = 0; i < ask->count; i++)
        mem_free(ask->entries[i].name);
    for (size_t i = 0; i < ask->recipient_count; i++)
        mem_free(ask->recipients[i]);
    mem_free(ask->entries);
    mem_free(ask->recipients);
    mem_free(ask->path);
    mem_free(ask->to);
    mem_free(ask->from);
    mem_free(ask->bytes);
    mem_free(ask->folder);
    mem_free(ask->file);
    mem_free(ask);
}

/* Room for a power of two. */
static void *list_grow(void *list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return list;
    return mem_must_resize(list, (count == 0 ? 1 : 2 * count) * size);
}

void transfer_ask_entry(struct transfer_ask *ask, const char *name, size_t size, bool folder,
                        int64_t bytes)
{
    ask->entries = list_grow(ask->entries, ask->count, sizeof *ask->entries);
    ask->entries[ask->count++] = (struct transfer_entry){ .name = mem_must_copy_n(name, size),
                                                          .folder = folder,
                                                          .size = bytes };
}

void transfer_ask_recipient(struct transfer_ask *ask, const char *address)
{
    ask->recipients = list_grow(ask->recipients, ask->recipient_count, sizeof *ask->recipients);
    ask->recipients[ask->recipient_count++] = mem_must_copy(address);
}
