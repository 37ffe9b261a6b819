/* space.c - see space_priv.h. */
#include "store/sqlite/space_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/limits.h"

#define SPACE_LOOK_MS 1000

static void space_tell(struct space *space, uint64_t unused, uint64_t mark, struct log *log)
{
    snprintf(space->text, sizeof(space->text),
             "the disk of %s has %llu MiB free, and %llu MiB are kept for the runs that have begun;"
             " new events are refused until there is room: free space on it, or lower"
             " store.keep_free",
             space->path, (unsigned long long)(unused / MIB), (unsigned long long)(mark / MIB));
    log_warn(log, "%s", space->text);
}

/* A file system that the kernel itself has shut need not say so: it refuses who opens a file to
 * write. SQLite's own may not be opened beside it (closing one drops its locks); the data
 * directory's may (datadir.c). */
static bool space_is_shut(const struct space *space)
{
    const char *name = strrchr(space->path, '/');
    char file[PATH_MAX];
    int fd;

    if (name == NULL || (size_t)(name - space->path) + sizeof("/lock") > sizeof(file))
        return false;
    snprintf(file, sizeof(file), "%.*s/lock", (int)(name - space->path), space->path);
    fd = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == EROFS;
    close(fd);
    return false;
}

bool space_read_only(const struct space *space)
{
    struct statvfs disk;

    return space->path != NULL &&
           ((statvfs(space->path, &disk) == 0 && (disk.f_flag & ST_RDONLY) != 0) ||
            space_is_shut(space));
}

static void space_turned(struct space *space, bool read_only, struct log *log)
{
    if (read_only && !space->read_only) {
        snprintf(space->text, sizeof(space->text),
                 "the file system of %s is read-only now: new events are refused, what is there can"
                 " be looked at. The system's log says why (dmesg); when it can be written again,"
                 " all goes on by itself",
                 space->path);
        log_error(log, "%s", space->text);
        space->low = false; /* its text is gone */
    } else if (!read_only && space->read_only) {
        log_info(log, "the file system of %s can be written again", space->path);
    }
    space->read_only = read_only;
}

static void space_measure(struct space *space, const struct statvfs *disk, struct log *log)
{
    uint64_t unused, mark;

    unused = fault_hit("store.space") ? 0 : (uint64_t)disk->f_bavail * disk->f_frsize;
    mark = (uint64_t)disk->f_blocks * disk->f_frsize / 100 * space->percent;
    mark = mark > space->bytes ? mark : space->bytes;
    if (!space->low && unused < mark) {
        space->low = true;
        space_tell(space, unused, mark, log);
    } else if (space->low && unused >= mark + mark / 8) {
        space->low = false;
        log_info(log, "the disk of %s has room again: events are taken", space->path);
    }
}

const char *space_low(struct space *space, int64_t now, struct log *log)
{
    struct statvfs disk;

    if (space->path == NULL)
        return NULL;
    if (now >= space->look_at) {
        space->look_at = now + SPACE_LOOK_MS;
        space_turned(space, space_read_only(space), log);
        if (!space->read_only && (space->bytes > 0 || space->percent > 0) &&
            statvfs(space->path, &disk) == 0) /* else a write will tell what is wrong */
            space_measure(space, &disk, log);
    }
    return space->low || space->read_only ? space->text : NULL;
}
