/* datadir_owner.c - what root makes in somebody else's data directory becomes theirs.
 *
 * The service has a user of its own, and commands beside it are often root's: a store that root has
 * restored must open for the service. Nothing is followed out of the directory, nor into what is
 * mounted below it, and a file that has another name elsewhere is left alone: the directory's owner
 * could have put it there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "store/datadir_priv.h"

#define OWNER_LEVELS 4 /* DATA/former-DATE/payloads/00/FILE */

static bool owner_is_ours(const struct stat *info)
{
    return info->st_uid == 0 &&
           (S_ISDIR(info->st_mode) || (S_ISREG(info->st_mode) && info->st_nlink == 1));
}

/* Mounts are told by the kernel: on an overlay a file may have another st_dev than its folder. */
static int owner_open(int folder, const char *name)
{
    struct open_how how = { .flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };

    return (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
}

/* Takes fd, a folder's. */
static bool owner_walk(int fd, const struct stat *owner, unsigned levels)
{
    DIR *folder = fdopendir(fd);
    struct dirent *entry;
    bool done = true;

    if (folder == NULL) {
        close(fd);
        return false;
    }
    while ((entry = readdir(folder)) != NULL) {
        struct stat info;
        int below;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        below = owner_open(dirfd(folder), entry->d_name);
        if (below < 0) { /* a link, a mount, a socket: the service makes its socket anew */
            done = done && (errno == ELOOP || errno == EXDEV || errno == ENXIO || errno == ENOENT);
            continue;
        }
        if (fstat(below, &info) != 0)
            info.st_mode = 0;
        else if (owner_is_ours(&info))
            done = fchown(below, owner->st_uid, owner->st_gid) == 0 && done;
        if (S_ISDIR(info.st_mode) && levels > 1)
            done = owner_walk(below, owner, levels - 1) && done;
        else
            close(below);
    }
    closedir(folder);
    return done;
}

bool datadir__hand_over(const char *path)
{
    struct stat owner;
    int fd;

    check(path != NULL);
    if (geteuid() != 0)
        return true;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (fstat(fd, &owner) != 0 || owner.st_uid == 0) {
        close(fd);
        return true;
    }
    return owner_walk(fd, &owner, OWNER_LEVELS);
}
