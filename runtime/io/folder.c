/* folder.c - the interface, and which names count. */
#include "io/folder.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"

bool folder_stamp_same(const struct folder_stamp *a, const struct folder_stamp *b)
{
    return a->size == b->size && a->mtime_ns == b->mtime_ns && a->inode == b->inode;
}

static bool name_ends(const char *name, const char *end)
{
    size_t size = strlen(name), of_end = strlen(end);

    return size >= of_end && strcmp(name + size - of_end, end) == 0;
}

/* The next character of UTF-8. */
static const char *name_next(const char *at)
{
    do
        at++;
    while (((unsigned char)*at & 0xC0) == 0x80);
    return at;
}

/* Goes back to the last star only, which is enough: what an earlier one could still take, the last
 * can take too. */
static bool name_fits(const char *pattern, const char *name)
{
    const char *star = NULL, *from = NULL;

    while (*name != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            from = name;
        } else if (*pattern == '?') {
            pattern++;
            name = name_next(name);
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star + 1;
            from = name_next(from);
            name = from;
        } else {
            return false;
        }
    }
    pattern += strspn(pattern, "*");
    return *pattern == '\0';
}

bool folder_match(const char *pattern, const char *name)
{
    size_t size = strlen(name);

    if (size == 0 || size >= FOLDER_NAME || name[0] == '.' || name_ends(name, ".tmp") ||
        name_ends(name, ".part") || strchr(name, '/') != NULL || !utf8_valid(name, size))
        return false;
    return pattern == NULL || name_fits(pattern, name);
}

enum err_code folders_check(struct folders *folders, const char *folder, struct err *e)
{
    check(folder != NULL);
    return folders->allows(folders, folder, e);
}

uint64_t folders_watch(struct folders *folders, const char *folder, folder_hint_fn *hint,
                       void *owner, uint64_t tag)
{
    check(folder != NULL && hint != NULL);
    return folders->watch(folders, folder, hint, owner, tag);
}

uint64_t folders_list(struct folders *folders, const char *folder, const char *pattern,
                      folder_fn *done, void *owner, uint64_t tag)
{
    check(folder != NULL && done != NULL);
    return folders->list(folders, folder, pattern, done, owner, tag);
}

uint64_t folders_read(struct folders *folders, const char *folder, const struct folder_entry *file,
                      folder_fn *done, void *owner, uint64_t tag)
{
    check(folder != NULL && done != NULL);
    check(folder_match(NULL, file->name));
    return folders->read(folders, folder, file, done, owner, tag);
}

uint64_t folders_move(struct folders *folders, const struct folder_move *move, folder_fn *done,
                      void *owner, uint64_t tag)
{
    check(done != NULL && folder_match(NULL, move->name));
    check(move->into[0] != '\0' && strchr(move->into, '/') == NULL);
    return folders->move(folders, move, done, owner, tag);
}

void folders_cancel(struct folders *folders, uint64_t id)
{
    if (id != 0)
        folders->cancel(folders, id);
}

void folders_close(struct folders *folders)
{
    if (folders != NULL)
        folders->close(folders);
}
