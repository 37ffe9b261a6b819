/* files_read.c - what is there: a folder's names, a file's bytes, whole or page by page. */
#include "io/files_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/ident.h"
#include "base/mem.h"
#include "io/folder.h"

#define FILES_NAMES 100000u /* looked at in one folder */
#define FILES_PIECE 65536u

struct file_stamp files__stamp(const struct stat *st)
{
    return (struct file_stamp){
        .size = st->st_size,
        .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        .inode = st->st_ino,
    };
}

enum err_code files__file(const struct files__place *place, int flags, int *fd, struct stat *st,
                          struct err *e)
{
    *fd = files__open(place->folder, place->name, flags | O_NONBLOCK | O_NOCTTY, 0640);
    if (*fd < 0)
        return files__failed(e, errno, place);
    if (fstat(*fd, st) != 0)
        files__failed(e, errno, place);
    else if (!S_ISREG(st->st_mode))
        err_set(e, ERR_INVALID, "%.200s/%.150s is not a regular file", place->shown, place->below);
    else
        return ERR_OK;
    close(*fd);
    *fd = -1;
    return e->code;
}

enum err_code files__read_all(int fd, int64_t at, char *bytes, size_t size, size_t *got,
                              const struct files__place *place, struct err *e)
{
    for (*got = 0; *got < size;) {
        ssize_t now = pread(fd, bytes + *got, size - *got, at + (int64_t)*got);

        if (now < 0 && errno == EINTR)
            continue;
        if (now < 0)
            return files__failed(e, errno, place);
        if (now == 0)
            break;
        *got += (size_t)now;
    }
    return ERR_OK;
}

enum err_code files__digest(int fd, int64_t at, int64_t size, char digest[65],
                            const struct files__place *place, struct err *e)
{
    struct hash *hash = hash_new(NULL, 0);
    char *piece = mem_must(FILES_PIECE);
    unsigned char sum[HASH_SIZE];
    enum err_code rc = ERR_OK;
    size_t got;

    while (size > 0) {
        size_t want = size < (int64_t)FILES_PIECE ? (size_t)size : FILES_PIECE;

        rc = files__read_all(fd, at, piece, want, &got, place, e);
        if (rc != ERR_OK || got == 0)
            break;
        hash_add(hash, piece, got);
        at += (int64_t)got;
        size -= (int64_t)got;
    }
    hash_end(hash, sum);
    hash_text(sum, digest);
    hash_free(hash);
    mem_free(piece);
    return rc;
}

/* ---- A folder */

static int entry_order(const void *left, const void *right)
{
    const struct file_entry *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static void list_name(int folder, struct file_ask *ask, const char *name)
{
    struct file_stamp stamp;
    struct stat st;

    if (!folder_match(ask->pattern, name) || (ask->after != NULL && strcmp(name, ask->after) <= 0))
        return;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        (!S_ISREG(st.st_mode) && !(ask->folders && S_ISDIR(st.st_mode))))
        return;
    stamp = files__stamp(&st);
    file_ask_entry(ask, mem_must_copy(name), S_ISDIR(st.st_mode), &stamp);
}

enum err_code files__list(const struct files__place *place, struct file_ask *ask, struct err *e)
{
    int fd = files__open(place->folder, place->name, O_RDONLY | O_DIRECTORY, 0);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry = NULL;
    size_t seen = 0;
    enum err_code rc = ERR_OK;

    if (dir == NULL) {
        files__failed(e, errno, place);
        if (fd >= 0)
            close(fd);
        return e->code;
    }
    while (errno = 0, (entry = readdir(dir)) != NULL && ++seen <= FILES_NAMES)
        list_name(fd, ask, entry->d_name);
    if (seen > FILES_NAMES)
        rc = err_set(e, ERR_LIMIT, "%.200s/%.150s has more than %u names", place->shown,
                     place->below, FILES_NAMES);
    else if (entry == NULL && errno != 0)
        rc = files__failed(e, errno, place);
    closedir(dir);
    if (ask->count > 1)
        qsort(ask->entries, ask->count, sizeof *ask->entries, entry_order);
    ask->more = ask->count > ask->limit;
    while (ask->count > ask->limit)
        mem_free(ask->entries[--ask->count].name);
    return rc;
}

/* ---- A file */

static enum err_code stamp_check(const struct files__place *place, const struct file_ask *ask,
                                 const struct file_stamp *now, struct err *e)
{
    bool same = file_stamp_same(now, &ask->stamp) ||
                (ask->grows && now->inode == ask->stamp.inode && now->size >= ask->stamp.size);

    if (!ask->stamped || same)
        return ERR_OK;
    return err_set(e, ERR_CONFLICT,
                   "%.200s/%.150s has changed since its first page was read; begin again without "
                   "the cursor%s",
                   place->shown, place->below,
                   ask->grows ? "" : ", or say \"grows\" if only its end does");
}

/* How much of what was read is the page: up to the last of its lines. */
static enum err_code page_cut(const struct files__place *place, struct file_ask *ask, struct err *e)
{
    const char *at = ask->bytes, *end = at + ask->size;
    uint64_t lines = 0;

    if (ask->lines == 0)
        return ERR_OK;
    while (lines < ask->lines && at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));

        if (feed == NULL)
            break;
        at = feed + 1;
        lines++;
    }
    if (lines < ask->lines && ask->last) /* a last line without an end is one, too */
        at = end;
    if (at == ask->bytes && ask->size > 0)
        return err_set(e, ERR_LIMIT, "%.200s/%.150s has a line longer than %zu bytes at byte %lld",
                       place->shown, place->below, ask->most, (long long)ask->at);
    ask->last = ask->last && at == end;
    ask->size = (size_t)(at - ask->bytes);
    return ERR_OK;
}

static enum err_code file_read(const struct files__place *place, int fd, struct file_ask *ask,
                               struct err *e)
{
    int64_t left = ask->stamp.size - ask->at;
    size_t want = left < (int64_t)ask->most ? (size_t)(left > 0 ? left : 0) : ask->most;
    struct file_stamp now;
    struct stat st;
    enum err_code rc;

    if (ask->at < 0 || left < 0)
        return err_set(e, ERR_INVALID, "%.200s/%.150s has %lld bytes; there is no byte %lld",
                       place->shown, place->below, (long long)ask->stamp.size, (long long)ask->at);
    if (ask->whole && left > (int64_t)ask->most)
        return err_set(e, ERR_LIMIT,
                       "%.200s/%.150s has %lld bytes, at most %zu are read at once; read it page "
                       "by page",
                       place->shown, place->below, (long long)left, ask->most);
    ask->bytes = mem_try(want + 1);
    if (ask->bytes == NULL)
        return err_set(e, ERR_MEMORY, "no memory for %zu bytes of a file", want);
    rc = files__read_all(fd, ask->at, ask->bytes, want, &ask->size, place, e);
    if (rc == ERR_OK && fstat(fd, &st) != 0)
        rc = files__failed(e, errno, place);
    if (rc != ERR_OK)
        return rc;
    now = files__stamp(&st);
    if (ask->size < want || (!ask->grows && !file_stamp_same(&now, &ask->stamp)))
        return err_set(e, ERR_CONFLICT, "%.200s/%.150s changed while it was read", place->shown,
                       place->below);
    ask->last = left == (int64_t)want;
    rc = page_cut(place, ask, e);
    ask->bytes[ask->size] = '\0';
    ask->next = ask->at + (int64_t)ask->size;
    if (rc == ERR_OK && ask->whole)
        digest_text(ask->bytes, ask->size, ask->digest);
    return rc;
}

static enum err_code file_stat(const struct files__place *place, struct file_ask *ask,
                               struct err *e)
{
    enum err_code rc = ERR_OK;
    struct stat st;
    int fd;

    if (fstatat(place->folder, place->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? ERR_OK : files__failed(e, errno, place);
    if (S_ISLNK(st.st_mode))
        return files__failed(e, ELOOP, place);
    ask->exists = true;
    ask->is_folder = S_ISDIR(st.st_mode);
    ask->stamp = files__stamp(&st);
    if (!ask->whole || !S_ISREG(st.st_mode))
        return ERR_OK;
    rc = files__file(place, O_RDONLY, &fd, &st, e);
    if (rc != ERR_OK)
        return rc;
    ask->stamp = files__stamp(&st);
    if (ask->most == 0 || st.st_size <= (int64_t)ask->most)
        rc = files__digest(fd, 0, st.st_size, ask->digest, place, e);
    close(fd);
    return rc;
}

enum err_code files__read(const struct files__place *place, struct file_ask *ask, struct err *e)
{
    struct file_stamp now;
    struct stat st;
    enum err_code rc;
    int fd;

    if (ask->verb == FILE_STAT)
        return file_stat(place, ask, e);
    rc = files__file(place, O_RDONLY, &fd, &st, e);
    if (rc != ERR_OK)
        return rc;
    now = files__stamp(&st);
    ask->exists = true;
    rc = stamp_check(place, ask, &now, e);
    ask->stamp = now;
    if (rc == ERR_OK)
        rc = file_read(place, fd, ask, e);
    close(fd);
    return rc;
}
