/* space.c - see space_priv.h. */
#include "store/sqlite/space_priv.h"

#include <stdio.h>
#include <sys/statvfs.h>

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

const char *space_low(struct space *space, int64_t now, struct log *log)
{
    struct statvfs disk;
    uint64_t unused, mark;

    if (space->path == NULL || (space->bytes == 0 && space->percent == 0))
        return NULL;
    if (now < space->look_at)
        return space->low ? space->text : NULL;
    space->look_at = now + SPACE_LOOK_MS;
    if (statvfs(space->path, &disk) != 0)
        return space->low ? space->text : NULL; /* a write will tell what is wrong */
    unused = fault_hit("store.space") ? 0 : (uint64_t)disk.f_bavail * disk.f_frsize;
    mark = (uint64_t)disk.f_blocks * disk.f_frsize / 100 * space->percent;
    mark = mark > space->bytes ? mark : space->bytes;
    if (!space->low && unused < mark) {
        space->low = true;
        space_tell(space, unused, mark, log);
    } else if (space->low && unused >= mark + mark / 8) {
        space->low = false;
        log_info(log, "the disk of %s has room again: events are taken", space->path);
    }
    return space->low ? space->text : NULL;
}
