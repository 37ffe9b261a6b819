/* datadir.c - one data directory, one process.
 *
 * The lock is flock()'s on DATA/lock: it ends with the process, however that ends. The file says
 * who holds it, for people; what it says of that counts only while the lock is held. "open" at its
 * end says that a store was opened there and not closed: then its log must be there too. */
#include "store/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/datadir_priv.h"

#define DATADIR_MAGIC 0x64646972u
#define DATADIR_PATH  3800 /* with a file's name behind it still below PATH_MAX */

struct datadir {
    unsigned magic;
    char *path;
    int lock;  /* descriptor */
    bool open; /* a store was opened here, and not closed since */
};

/* The entry of a new directory is durable only when the directory above it is synced. */
static int datadir_sync_above(const char *path)
{
    char above[DATADIR_PATH + 8];
    int fd, rc;

    snprintf(above, sizeof(above), "%s/..", path);
    fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    rc = fsync(fd);
    close(fd);
    return rc;
}

static enum err_code datadir_make(const char *path, struct err *e)
{
    struct stat info;

    if (mkdir(path, 0700) == 0) {
        if (datadir_sync_above(path) != 0)
            return err_set(e, ERR_IO, "cannot sync the directory above %s: %s", path,
                           strerror(errno));
        return ERR_OK;
    }
    if (errno == ENOENT)
        return err_set(e, ERR_IO,
                       "cannot make the data directory %s: the directory above it does"
                       " not exist; make it first",
                       path);
    if (errno != EEXIST)
        return err_set(e, ERR_IO, "cannot make the data directory %s: %s", path, strerror(errno));
    if (stat(path, &info) != 0)
        return err_set(e, ERR_IO, "cannot look at the data directory %s: %s", path,
                       strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return err_set(e, ERR_IO, "%s is a file; --data must name a directory", path);
    return ERR_OK;
}

/* SQLite's locks and shared memory do not work over a network: two machines would destroy the
 * store. */
static enum err_code datadir_local(const char *path, struct err *e)
{
    static const long remote[] = {
        NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,  CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, AFS_SUPER_MAGIC,
        AFS_FS_MAGIC,    CODA_SUPER_MAGIC, NCP_SUPER_MAGIC,  CEPH_SUPER_MAGIC, V9FS_MAGIC,
    };
    struct statfs info;

    if (statfs(path, &info) != 0)
        return err_set(e, ERR_IO, "cannot look at the file system of %s: %s", path,
                       strerror(errno));
    for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
        if (((unsigned long)info.f_type & 0xFFFFFFFFu) == (unsigned long)remote[i])
            return err_set(e, ERR_IO,
                           "%s is on a network file system (type %lx); SQLite needs a"
                           " local disk: choose another directory with --data",
                           path, remote[i]);
    return ERR_OK;
}

/* "held by process 123 (since ...)", as far as its file tells. */
static enum err_code datadir_held(const char *path, int fd, struct err *e)
{
    char text[64] = "", *since;
    ssize_t size = pread(fd, text, sizeof(text) - 1, 0);

    text[size > 0 ? size : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    since = strchr(text, ' ');
    if (since == NULL)
        return err_set(e, ERR_CONFLICT,
                       "data directory %s is held by another process; stop it or"
                       " choose another directory with --data",
                       path);
    *since++ = '\0';
    return err_set(e, ERR_CONFLICT,
                   "data directory %s is held by process %s (since %s); stop it or"
                   " choose another directory with --data",
                   path, text, since);
}

#define DATADIR_OPEN " open\n"

static enum err_code datadir_sign(const char *path, int fd, bool open, struct err *e)
{
    char now[CLOCK_TEXT], text[64];
    int size;

    clock_text(clock_real()->wall_ms(clock_real()), now);
    size = snprintf(text, sizeof(text), "%ld %.19sZ%s", (long)getpid(), now,
                    open ? DATADIR_OPEN : "\n");
    check(size > 0 && (size_t)size < sizeof(text));
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)size, 0) != size)
        return err_set(e, ERR_IO,
                       "cannot write %s/lock: %s; check the disk's space and the"
                       " permissions",
                       path, strerror(errno));
    return ERR_OK;
}

static bool datadir_was_open(int fd)
{
    char text[64] = "";
    ssize_t size = pread(fd, text, sizeof(text) - 1, 0);

    text[size > 0 ? size : 0] = '\0';
    return strstr(text, DATADIR_OPEN) != NULL;
}

static enum err_code datadir_take(const char *path, int *lock, bool *open_before, struct err *e)
{
    char file[DATADIR_PATH + 8];
    int fd;

    snprintf(file, sizeof(file), "%s/lock", path);
    fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EROFS)
        return err_set(e, ERR_IO,
                       "data directory %s is on a file system that is read-only; check the disk"
                       " (dmesg) and mount it to be written, or name a copy on another disk with"
                       " --data. Until then weft runs, show, dead, reviews and audit show what is"
                       " in it",
                       path);
    if (fd < 0)
        return err_set(e, ERR_IO,
                       "cannot open %s: %s; check that this user may write to the data"
                       " directory",
                       file, strerror(errno));
    *lock = fd;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *open_before = datadir_was_open(fd);
        return datadir_sign(path, fd, *open_before, e);
    }
    if (errno == EWOULDBLOCK)
        return datadir_held(path, fd, e);
    return err_set(e, ERR_IO, "cannot lock %s: %s", file, strerror(errno));
}

struct datadir *datadir_lock(const char *path, struct err *e)
{
    struct datadir *dir;
    bool open = false;
    int lock = -1;

    check(path != NULL);
    if (path[0] == '\0' || strlen(path) > DATADIR_PATH) {
        err_set(e, ERR_IO, "the data directory's path is empty or too long");
        return NULL;
    }
    if (datadir_make(path, e) != ERR_OK || datadir_local(path, e) != ERR_OK ||
        datadir_take(path, &lock, &open, e) != ERR_OK) {
        if (lock >= 0)
            close(lock);
        return NULL;
    }
    dir = mem_must(sizeof(*dir));
    dir->magic = DATADIR_MAGIC;
    dir->path = mem_must_copy(path);
    dir->lock = lock;
    dir->open = open;
    return dir;
}

/* ---- Is all of the store there? */

#define WAL_HEADER 32 /* bytes; it begins with 0x377f0682 or ...83 (SQLite's file format, 4.1) */

static enum err_code datadir_log(const char *file, struct err *e)
{
    static const unsigned char magic[] = { 0x37, 0x7f, 0x06 };
    unsigned char head[WAL_HEADER];
    ssize_t size;
    int fd = open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_set(e, ERR_CONFLICT,
                       "%s is missing, and the store was not closed: what was written last is in "
                       "it. Put it back, or take a backup (weft restore)",
                       file);
    size = pread(fd, head, sizeof(head), 0);
    close(fd);
    if (size == 0 || (size == WAL_HEADER && memcmp(head, magic, sizeof(magic)) == 0 &&
                      (head[3] == 0x82 || head[3] == 0x83)))
        return ERR_OK;
    return err_set(e, ERR_CONFLICT,
                   "%s is damaged, and the store was not closed: what was written last is in it. "
                   "Put it back, or take a backup (weft restore)",
                   file);
}

enum err_code datadir_whole(const struct datadir *dir, struct err *e)
{
    char store[DATADIR_PATH + 16], log[DATADIR_PATH + 16];
    struct stat info;

    CHECK_OBJ(dir, DATADIR_MAGIC);
    snprintf(store, sizeof(store), "%s/weft.db", dir->path);
    snprintf(log, sizeof(log), "%s/weft.db-wal", dir->path);
    info.st_size = 0;
    if ((stat(store, &info) != 0 && (dir->open || stat(log, &info) == 0)) ||
        (dir->open && info.st_size == 0))
        return err_set(
            e, ERR_CONFLICT,
            "%s is missing or empty, but a store was here: put it back, or take a backup (weft "
            "restore)",
            store);
    return dir->open ? datadir_log(log, e) : ERR_OK;
}

enum err_code datadir_opened(struct datadir *dir, bool open, struct err *e)
{
    CHECK_OBJ(dir, DATADIR_MAGIC);
    dir->open = open;
    return datadir_sign(dir->path, dir->lock, open, e);
}

const char *datadir_path(const struct datadir *dir)
{
    CHECK_OBJ(dir, DATADIR_MAGIC);
    return dir->path;
}

void datadir_unlock(struct datadir *dir)
{
    if (dir == NULL)
        return;
    CHECK_OBJ(dir, DATADIR_MAGIC);
    (void)datadir__hand_over(dir->path); /* what it misses is told by who cannot open it */
    close(dir->lock); /* the file stays: removing it would let two hold two files of one name */
    dir->magic = 0;
    mem_free(dir->path);
    mem_free(dir);
}
