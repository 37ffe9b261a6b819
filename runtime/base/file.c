/* file.c - whole small files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

static enum err_code file_fill(int fd, const char *path, size_t most, struct buf *out,
                               struct err *e)
{
    char piece[16384];
    ssize_t got;

    while ((got = read(fd, piece, sizeof piece)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
        if (out->len + (size_t)got > most)
            return err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", path, most);
        buf_add(out, piece, (size_t)got);
    }
    return buf_check(out, path, e);
}

enum err_code file_read(const char *path, size_t most, char **text, size_t *size, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    struct buf out;
    enum err_code rc;

    *text = NULL;
    *size = 0;
    if (fd < 0)
        return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       strerror(errno));
    if (!standard && fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)) {
        close(fd);
        return err_set(e, ERR_IO, "%s is a directory; a file is needed", path);
    }
    buf_init(&out, most + 1);
    rc = file_fill(fd, path, most, &out, e);
    if (!standard)
        close(fd);
    if (rc == ERR_OK) {
        *size = out.len;
        *text = out.len > 0 ? buf_take(&out, size) : mem_must_copy("");
    }
    buf_fini(&out);
    return rc;
}
