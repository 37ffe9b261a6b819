/* file_ask.c - see file_ask.h. */
#include "base/file_ask.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"

#define FILE_NAME_MAX 1024u /* bytes of a name with its folders */
#define FILE_PART_MAX 255u  /* what file systems have */

struct file_ask *file_ask_new(enum file_verb verb, const char *folder, const char *name)
{
    struct file_ask *ask = mem_must(sizeof *ask);

    check(folder != NULL && name != NULL);
    ask->verb = verb;
    ask->folder = mem_must_copy(folder);
    ask->name = mem_must_copy(name);
    return ask;
}

void file_ask_free(struct file_ask *ask)
{
    if (ask == NULL)
        return;
    for (size_t i = 0; i < ask->count; i++)
        mem_free(ask->entries[i].name);
    mem_free(ask->entries);
    mem_free(ask->folder);
    mem_free(ask->name);
    mem_free(ask->to);
    mem_free(ask->pattern);
    mem_free(ask->after);
    mem_free(ask->bytes);
    mem_free(ask);
}

void file_ask_entry(struct file_ask *ask, char *name, bool folder, const struct file_stamp *stamp)
{
    if ((ask->count & (ask->count - 1)) == 0) /* room for a power of two */
        ask->entries = mem_must_resize(ask->entries, (ask->count == 0 ? 1 : 2 * ask->count) *
                                                         sizeof *ask->entries);
    ask->entries[ask->count++] =
        (struct file_entry){ .name = name, .folder = folder, .stamp = *stamp };
}

bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->size == b->size && a->mtime_ns == b->mtime_ns && a->inode == b->inode;
}

enum err_code file_name_check(const char *name, struct err *e)
{
    size_t size = strlen(name);

    if (size == 0)
        return err_set(e, ERR_INVALID, "the path is empty");
    if (size > FILE_NAME_MAX)
        return err_set(e, ERR_INVALID, "the path is longer than %u bytes", FILE_NAME_MAX);
    for (const char *c = name; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            return err_set(e, ERR_INVALID, "the path has a line end or another control character");
    if (name[0] == '/')
        return err_set(e, ERR_INVALID,
                       "\"%.100s\" begins with a slash; a path leads from the node's folder", name);
    for (const char *part = name;; part++) {
        size_t length = strcspn(part, "/");

        if (length == 0)
            return err_set(e, ERR_INVALID, "\"%.100s\" has an empty part", name);
        if (length > FILE_PART_MAX)
            return err_set(e, ERR_INVALID, "a name has at most %u bytes", FILE_PART_MAX);
        if (part[0] == '.' && (length == 1 || (length == 2 && part[1] == '.')))
            return err_set(e, ERR_INVALID, "\"%.100s\" has a part \".\" or \"..\"", name);
        part += length;
        if (*part == '\0')
            return ERR_OK;
    }
}
