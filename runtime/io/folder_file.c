/* folder_file.c - listing, reading and moving, on a thread of the pool.
 *
 * Every path goes from a root's descriptor by openat2(): not above it, and through no symbolic
 * link. A name is opened or moved only within the folder's own descriptor, so that a folder which
 * is exchanged in between changes nothing. */
#include "io/folder_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/files_priv.h"

#define FOLDER_TRIES 100 /* suffixes for a name that is taken */

static enum err_code folder_failed(struct err *e, int error, const char *folder, const char *name)
{
    enum err_code code = ERR_IO;

    if (error == ENOENT)
        code = ERR_NOT_FOUND;
    else if (error == ELOOP || error == EXDEV)
        code = ERR_POLICY;
    return err_set(e, code, "%.200s%s%.120s: %s", folder, name != NULL ? "/" : "",
                   name != NULL ? name : "",
                   error == ELOOP ? "is or leads through a symbolic link" : strerror(error));
}

static int open_below(int root, const char *path, int flags, unsigned mode)
{
    struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
                            .mode = mode,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };

    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

int folder__open(int root, const char *below, const char *folder, struct err *e)
{
    int fd = open_below(root, below, O_RDONLY | O_DIRECTORY, 0);

    if (fd < 0)
        folder_failed(e, errno, folder, NULL);
    return fd;
}

static struct folder_stamp stamp_of(const struct stat *st)
{
    return (struct folder_stamp){
        .size = st->st_size,
        .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
        .inode = st->st_ino,
    };
}

/* ---- List */

static int entry_order(const void *left, const void *right)
{
    const struct folder_entry *a = left, *b = right;

    if (a->stamp.mtime_ns != b->stamp.mtime_ns)
        return a->stamp.mtime_ns < b->stamp.mtime_ns ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void list_add(struct folder__job *job, const char *name, const struct stat *st)
{
    if (job->count == job->room) {
        job->room = job->room == 0 ? 16 : 2 * job->room;
        job->entries = mem_must_resize(job->entries, job->room * sizeof *job->entries);
    }
    job->entries[job->count++] = (struct folder_entry){ mem_must_copy(name), stamp_of(st) };
}

static void folder_list(struct folder__job *job, int folder)
{
    DIR *dir = fdopendir(dup(folder));
    struct dirent *entry = NULL;
    struct stat st;

    if (dir == NULL) {
        folder_failed(&job->e, errno, job->folder, NULL);
        return;
    }
    while (job->count < FOLDER_ENTRIES_MAX) {
        errno = 0;
        entry = readdir(dir);
        if (entry == NULL)
            break;
        if (folder_match(job->pattern, entry->d_name) &&
            fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            list_add(job, entry->d_name, &st);
    }
    if (entry == NULL && errno != 0)
        folder_failed(&job->e, errno, job->folder, NULL);
    closedir(dir);
    if (job->count > 0)
        qsort(job->entries, job->count, sizeof *job->entries, entry_order);
}

/* ---- Read */

static enum err_code file_changed(struct folder__job *job)
{
    return err_set(&job->e, ERR_CONFLICT, "%.200s/%.120s has changed", job->folder, job->name);
}

static enum err_code read_whole(struct folder__job *job, int fd)
{
    size_t room = (size_t)job->stamp.size + 1; /* one more: to see its end */
    ssize_t got;

    job->bytes = mem_try(room);
    if (job->bytes == NULL)
        return err_set(&job->e, ERR_MEMORY, "no memory for %.200s/%.120s", job->folder, job->name);
    while (job->size < room) {
        got = read(fd, job->bytes + job->size, room - job->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return folder_failed(&job->e, errno, job->folder, job->name);
        if (got == 0)
            break;
        job->size += (size_t)got;
    }
    if (job->size != room - 1)
        return file_changed(job);
    job->bytes[job->size] = '\0';
    return ERR_OK;
}

static void folder_read(struct folder__job *job, int folder)
{
    int fd = open_below(folder, job->name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    struct folder_stamp stamp;
    struct stat st;

    if (fd < 0) {
        folder_failed(&job->e, errno, job->folder, job->name);
        return;
    }
    if (fstat(fd, &st) != 0) {
        folder_failed(&job->e, errno, job->folder, job->name);
        goto out;
    }
    stamp = stamp_of(&st);
    if (!S_ISREG(st.st_mode) || !folder_stamp_same(&stamp, &job->stamp)) {
        file_changed(job);
        goto out;
    }
    if (stamp.size > (int64_t)FOLDER_FILE_MAX) {
        err_set(&job->e, ERR_LIMIT, "%.200s/%.120s has %lld bytes, at most %u", job->folder,
                job->name, (long long)stamp.size, FOLDER_FILE_MAX);
        goto out;
    }
    if (read_whole(job, fd) != ERR_OK)
        goto out;
    if (fstat(fd, &st) != 0) {
        folder_failed(&job->e, errno, job->folder, job->name);
        goto out;
    }
    stamp = stamp_of(&st);
    if (!folder_stamp_same(&stamp, &job->stamp))
        file_changed(job);
    else
        digest_text(job->bytes, job->size, job->digest);
out:
    close(fd);
}

/* ---- Move */

/* "orders.csv", then "orders.csv.20261121T090303123Z", then that with "-2", ... */
static void move_name(const struct folder__job *job, unsigned attempt, char *name, size_t room)
{
    char at[CLOCK_TEXT], digits[CLOCK_TEXT];
    size_t used = 0;

    if (attempt == 0) {
        snprintf(name, room, "%s", job->name);
        return;
    }
    clock_text(job->stamp.mtime_ns / 1000000, at);
    for (const char *c = at; *c != '\0'; c++)
        if (strchr("-:.", *c) == NULL)
            digits[used++] = *c;
    digits[used] = '\0';
    if (attempt == 1)
        snprintf(name, room, "%.200s.%s", job->name, digits);
    else
        snprintf(name, room, "%.200s.%s-%u", job->name, digits, attempt);
}

static int move_under(struct folder__job *job, int folder, int into)
{
    int error = EEXIST;

    for (unsigned attempt = 0; error == EEXIST && attempt < FOLDER_TRIES; attempt++) {
        move_name(job, attempt, job->moved, sizeof job->moved);
        error = files__rename_new(folder, job->name, into, job->moved);
    }
    return error;
}

static void move_reason(struct folder__job *job, int into)
{
    char name[2 * FOLDER_NAME + 16];
    size_t size = strlen(job->reason);
    int fd;

    snprintf(name, sizeof name, "%s.reason.txt", job->moved);
    fd = open_below(into, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    if (fd < 0) {
        folder_failed(&job->e, errno, job->into, name);
        return;
    }
    if (write(fd, job->reason, size) != (ssize_t)size || write(fd, "\n", 1) != 1)
        folder_failed(&job->e, errno, job->into, name);
    close(fd);
}

static enum err_code move_check(struct folder__job *job, int folder, const char *name)
{
    struct folder_stamp stamp;
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return folder_failed(&job->e, errno, job->folder, job->name);
    stamp = stamp_of(&st);
    return S_ISREG(st.st_mode) && folder_stamp_same(&stamp, &job->stamp) ? ERR_OK
                                                                         : file_changed(job);
}

/* Between the look and the move another file can take the name: what was moved is looked at again,
 * and goes back if it is not the one. */
static void folder_move(struct folder__job *job, int folder)
{
    int into, error;

    if (move_check(job, folder, job->name) != ERR_OK)
        return;
    if (mkdirat(folder, job->into, 0770) != 0 && errno != EEXIST) {
        folder_failed(&job->e, errno, job->folder, job->into);
        return;
    }
    into = open_below(folder, job->into, O_RDONLY | O_DIRECTORY, 0);
    if (into < 0) {
        folder_failed(&job->e, errno, job->folder, job->into);
        return;
    }
    error = move_under(job, folder, into);
    if (error != 0) {
        folder_failed(&job->e, error, job->folder, job->name);
    } else if (move_check(job, into, job->moved) != ERR_OK) {
        if (job->e.code == ERR_CONFLICT &&
            files__rename_new(into, job->moved, folder, job->name) != 0)
            err_set(&job->e, ERR_CONFLICT,
                    "%.200s/%.60s was exchanged while it was moved; the new one is in %.60s",
                    job->folder, job->name, job->into);
    } else if (job->reason != NULL) {
        move_reason(job, into);
        job->e.code = ERR_OK; /* it is moved; the text stays, for the log */
    }
    close(into);
}

/* ---- */

void folder__do(struct folder__job *job)
{
    int folder;

    job->e = (struct err){ .code = ERR_OK };
    folder = folder__open(job->root, job->below, job->folder, &job->e);
    if (folder < 0)
        return;
    switch (job->kind) {
    case FOLDER_LIST:
        folder_list(job, folder);
        break;
    case FOLDER_READ:
        folder_read(job, folder);
        break;
    case FOLDER_MOVE:
        folder_move(job, folder);
        break;
    }
    close(folder);
}

void folder__fini(struct folder__job *job)
{
    for (size_t i = 0; i < job->count; i++)
        mem_free((char *)job->entries[i].name);
    mem_free(job->entries);
    mem_free(job->folder);
    mem_free(job->pattern);
    mem_free(job->name);
    mem_free(job->into);
    mem_free(job->reason);
    mem_free(job->bytes);
}
