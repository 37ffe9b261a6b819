/* files_draft.c - a new file whose bytes come in pieces.
 *
 *   begin: a file without a name in the folder -> add ... add -> end -> show: it gets its name
 *
 * (1) What was added goes to the disk as it comes, a stretch at a time, so that keeping it waits
 *     for little, however long the file is.                                      [draft_settle]
 * (2) Its bytes are on the disk before it has a name.                        [files_draft_end] */
#include "io/files_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/mem.h"

#define DRAFT_MAGIC   0x44524654u
#define DRAFT_STRETCH ((int64_t)(8 * MIB))
#define DRAFT_MODE    0640

struct files_draft {
    unsigned magic;
    struct files__place place; /* borrows names of the ask */
    char temporary[FILES_TEMPORARY];
    bool named; /* the temporary name is taken */
    int fd;
    int64_t size, settled;
    struct file_stamp stamp; /* when all was added */
    struct hash *hash;
};

static enum err_code draft_open(struct files_draft *draft, struct err *e)
{
    const struct files__place *place = &draft->place;

    unlinkat(place->folder, draft->temporary, 0); /* of an earlier attempt */
    draft->fd = files__open(place->folder, ".", O_TMPFILE | O_RDWR, DRAFT_MODE);
    if (draft->fd >= 0)
        return ERR_OK;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
        return files__failed(e, errno, place);
    draft->fd = files__open(place->folder, draft->temporary, O_RDWR | O_CREAT | O_EXCL, DRAFT_MODE);
    draft->named = draft->fd >= 0;
    return draft->named ? ERR_OK : files__failed(e, errno, place);
}

enum err_code files__draft(struct files *files, const struct file_ask *ask,
                           struct files_draft **made, struct err *e)
{
    struct files_draft *draft = mem_must(sizeof *draft);

    draft->magic = DRAFT_MAGIC;
    draft->fd = -1;
    draft->hash = hash_new(NULL, 0);
    files_temporary(ask, draft->temporary);
    if (files__enter(files, ask, ask->name, ask->parents, &draft->place, e) == ERR_OK &&
        draft_open(draft, e) == ERR_OK) {
        *made = draft;
        return ERR_OK;
    }
    files_draft_free(draft);
    return e->code;
}

void files_draft_free(struct files_draft *draft)
{
    if (draft == NULL)
        return;
    CHECK_OBJ(draft, DRAFT_MAGIC);
    if (draft->fd >= 0)
        close(draft->fd);
    if (draft->named)
        unlinkat(draft->place.folder, draft->temporary, 0);
    files__leave(&draft->place);
    hash_free(draft->hash);
    draft->magic = 0;
    mem_free(draft);
}

/* (1) */
static enum err_code draft_settle(struct files_draft *draft, struct err *e)
{
    if (draft->size - draft->settled < DRAFT_STRETCH)
        return ERR_OK;
    draft->settled = draft->size;
    return fdatasync(draft->fd) == 0 ? ERR_OK : files__failed(e, errno, &draft->place);
}

enum err_code files_draft_add(struct files_draft *draft, const char *bytes, size_t size,
                              struct err *e)
{
    enum err_code rc;

    CHECK_OBJ(draft, DRAFT_MAGIC);
    rc = files__write_all(draft->fd, draft->size, bytes, size, &draft->place, e);
    if (rc != ERR_OK)
        return rc;
    hash_add(draft->hash, bytes, size);
    draft->size += (int64_t)size;
    return draft_settle(draft, e);
}

/* The file without a name gets the temporary one: from there it can be moved in one moment. */
static enum err_code draft_name(struct files_draft *draft, struct err *e)
{
    char path[40];

    if (draft->named)
        return ERR_OK;
    snprintf(path, sizeof path, "/proc/self/fd/%d", draft->fd);
    if (linkat(AT_FDCWD, path, draft->place.folder, draft->temporary, AT_SYMLINK_FOLLOW) != 0)
        return files__failed(e, errno, &draft->place);
    draft->named = true;
    return ERR_OK;
}

enum err_code files_draft_end(struct files_draft *draft, struct file_ask *ask, struct err *e)
{
    unsigned char digest[HASH_SIZE];
    struct stat st;

    CHECK_OBJ(draft, DRAFT_MAGIC);
    hash_end(draft->hash, digest);
    hash_text(digest, ask->digest);
    if (fsync(draft->fd) != 0 || fstat(draft->fd, &st) != 0)
        return files__failed(e, errno, &draft->place);
    draft->stamp = ask->stamp = files__stamp(&st);
    return ERR_OK;
}

enum err_code files_draft_look(struct files_draft *draft, struct file_ask *ask, bool *same,
                               struct err *e)
{
    enum err_code rc = files__is_done(&draft->place, ask, draft->size, same, e);

    CHECK_OBJ(draft, DRAFT_MAGIC);
    if (rc != ERR_OK || *same)
        return rc;
    ask->stamp = draft->stamp;
    return ask->exists && !ask->replace ? files__taken(&draft->place, e) : ERR_OK;
}

enum err_code files_draft_show(struct files_draft *draft, struct file_ask *ask, struct err *e)
{
    CHECK_OBJ(draft, DRAFT_MAGIC);
    if (draft_name(draft, e) != ERR_OK)
        return e->code;
    draft->named = false; /* it is shown or taken away */
    if (files__show(&draft->place, draft->temporary, ask->replace, e) != ERR_OK)
        return e->code;
    ask->stamp = draft->stamp;
    ask->changed = true;
    return ERR_OK;
}

enum err_code files_draft_keep(struct files_draft *draft, struct file_ask *ask, struct err *e)
{
    bool same = false;
    enum err_code rc = files_draft_end(draft, ask, e);

    if (rc == ERR_OK)
        rc = files_draft_look(draft, ask, &same, e);
    return rc == ERR_OK && !same ? files_draft_show(draft, ask, e) : rc;
}
