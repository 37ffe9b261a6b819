/* space.c - see space_priv.h. */
#include "store/sqlite/space_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/limits.h"

#define SPACE_LOOK_MS 1000

static void space_tell(struct space *space, uint64_t unused, uint64_t mark, struct log *log)
{
    snprintf(space->text, sizeof(space->text),
             "the disk of %s has %llu MiB free, and %llu MiB are kept for the runs that have begun;"
             " new events are refused until there is room: free space on it, or lower"
             " store.keep_free",
             space->keep.path, (unsigned long long)(unused / MIB),
             (unsigned long long)(mark / MIB));
    log_warn(log, "%s", space->text);
}

/* A file system that the kernel itself has shut need not say so: it refuses who opens a file to
 * write. SQLite's own may not be opened beside it (closing one drops its locks); the data
 * directory's may (datadir.c). */
static bool space_is_shut(const struct space *space)
{
    const char *name = strrchr(space->keep.path, '/');
    char file[PATH_MAX];
    int fd;

    if (name == NULL || (size_t)(name - space->keep.path) + sizeof("/lock") > sizeof(file))
        return false;
    snprintf(file, sizeof(file), "%.*s/lock", (int)(name - space->keep.path), space->keep.path);
    fd = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == EROFS;
    close(fd);
    return false;
}

static bool space_is_read_only(const struct space *space)
{
    struct statvfs disk;

    return space->keep.path != NULL &&
           ((statvfs(space->keep.path, &disk) == 0 && (disk.f_flag & ST_RDONLY) != 0) ||
            space_is_shut(space));
}

static void space_turned(struct space *space, bool read_only, struct log *log)
{
    if (read_only && space->state != SPACE_READ_ONLY) {
        snprintf(space->text, sizeof(space->text),
                 "the file system of %s is read-only now: new events are refused, what is there can"
                 " be looked at. The system's log says why (dmesg); when it can be written again,"
                 " all goes on by itself",
                 space->keep.path);
        log_error(log, "%s", space->text);
        space->state = SPACE_READ_ONLY;
    } else if (!read_only && space->state == SPACE_READ_ONLY) {
        log_info(log, "the file system of %s can be written again", space->keep.path);
        space->state = SPACE_ROOM;
    }
}

static void space_measure(struct space *space, const struct statvfs *disk, struct log *log)
{
    uint64_t unused, mark;

    unused = fault_hit("store.space") ? 0 : (uint64_t)disk->f_bavail * disk->f_frsize;
    mark = (uint64_t)disk->f_blocks * disk->f_frsize / 100 * space->keep.percent;
    mark = mark > space->keep.bytes ? mark : space->keep.bytes;
    if (space->state == SPACE_ROOM && unused < mark) {
        space->state = SPACE_LOW;
        space_tell(space, unused, mark, log);
    } else if (space->state == SPACE_LOW && unused >= mark + mark / 8) {
        space->state = SPACE_ROOM;
        log_info(log, "the disk of %s has room again: events are taken", space->keep.path);
    }
}

void space_init(struct space *space)
{
    memset(space, 0, sizeof(*space));
    check(pthread_mutex_init(&space->lock, NULL) == 0);
}

void space_fini(struct space *space)
{
    pthread_mutex_destroy(&space->lock);
}

void space_set(struct space *space, const struct space_keep *keep)
{
    pthread_mutex_lock(&space->lock);
    space->keep = *keep;
    space->look_at = 0;
    space->state = SPACE_ROOM;
    pthread_mutex_unlock(&space->lock);
}

bool space_read_only(struct space *space)
{
    bool read_only;

    pthread_mutex_lock(&space->lock);
    read_only = space_is_read_only(space);
    pthread_mutex_unlock(&space->lock);
    return read_only;
}

static enum space_state space_look(struct space *space, int64_t now, struct log *log)
{
    struct statvfs disk;

    if (space->keep.path != NULL && now >= space->look_at) {
        space->look_at = now + SPACE_LOOK_MS;
        space_turned(space, space_is_read_only(space), log);
        if (space->state != SPACE_READ_ONLY && (space->keep.bytes > 0 || space->keep.percent > 0) &&
            statvfs(space->keep.path, &disk) == 0) /* else a write will tell what is wrong */
            space_measure(space, &disk, log);
    }
    return space->state;
}

const char *space_low(struct space *space, int64_t now, struct log *log, char text[SPACE_TEXT])
{
    bool room;

    pthread_mutex_lock(&space->lock);
    room = space_look(space, now, log) == SPACE_ROOM;
    if (!room)
        memcpy(text, space->text, SPACE_TEXT);
    pthread_mutex_unlock(&space->lock);
    return room ? NULL : text;
}

enum err_code space_ready(struct space *space, int64_t now, struct log *log, struct err *e)
{
    enum space_state state;

    pthread_mutex_lock(&space->lock);
    state = space_look(space, now, log);
    pthread_mutex_unlock(&space->lock);
    if (state == SPACE_LOW)
        return err_set(e, ERR_STORE,
                       "the disk has less room than is kept for runs that have begun");
    if (state == SPACE_READ_ONLY)
        return err_set(e, ERR_STORE, "the file system of the store is read-only");
    return ERR_OK;
}
