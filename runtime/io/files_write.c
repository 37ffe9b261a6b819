/* files_write.c - a new file in one moment, another name, no file any more. */
#include "io/files_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/ident.h"

enum err_code files__write_all(int fd, int64_t at, const char *bytes, size_t size,
                               const struct files__place *place, struct err *e)
{
    for (size_t done = 0; done < size;) {
        ssize_t now = pwrite(fd, bytes + done, size - done, at + (int64_t)done);

        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0)
            return files__failed(e, now < 0 ? errno : EIO, place);
        done += (size_t)now;
    }
    return ERR_OK;
}

/* Names change one at a time: what is looked at and then removed is the file that was meant. */
static pthread_mutex_t names = PTHREAD_MUTEX_INITIALIZER;

int files__rename_new(int from, const char *name, int into, const char *to)
{
    struct stat st;

    if (renameat2(from, name, into, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (fstatat(into, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat(from, name, into, to) == 0 ? 0 : errno;
}

/* 0 or an errno; ECANCELED: it was given up before. */
static int file_rename(int from, const char *name, int into, const char *to, bool replace,
                       const atomic_bool *given_up)
{
    int error;

    pthread_mutex_lock(&names);
    if (given_up != NULL && atomic_load(given_up))
        error = ECANCELED;
    else if (!replace)
        error = files__rename_new(from, name, into, to);
    else
        error = renameat(from, name, into, to) == 0 ? 0 : errno;
    pthread_mutex_unlock(&names);
    return error;
}

enum err_code files__is_done(const struct files__place *place, struct file_ask *ask, int64_t size,
                             bool *done, struct err *e)
{
    char digest[DIGEST_TEXT];
    struct stat st;
    enum err_code rc;
    int fd;

    *done = false;
    rc = files__file(place, O_RDONLY, &fd, &st, e);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc != ERR_OK)
        return rc;
    ask->exists = true;
    ask->stamp = files__stamp(&st);
    if (st.st_size == size) {
        rc = files__digest(fd, 0, st.st_size, digest, place, e);
        *done = rc == ERR_OK && strcmp(digest, ask->digest) == 0;
        if (*done && (fsync(fd) != 0 || fsync(place->folder) != 0))
            rc = files__failed(e, errno, place);
    }
    close(fd);
    return rc;
}

enum err_code files__taken(const struct files__place *place, struct err *e)
{
    return err_set(e, ERR_CONFLICT,
                   "%.200s/%.150s is there already, with other content; \"exists\": "
                   "\"replace\" would replace it",
                   place->shown, place->below);
}

enum err_code files__show(const struct files__place *place, const char *temporary, bool replace,
                          struct err *e)
{
    int error;

    (void)fault_hit("files.show.kill");
    error = file_rename(place->folder, temporary, place->folder, place->name, replace, NULL);
    if (error == 0 && fsync(place->folder) != 0)
        return files__failed(e, errno, place);
    (void)fault_hit("files.shown.kill");
    if (error == 0)
        return ERR_OK;
    unlinkat(place->folder, temporary, 0);
    return files__failed(e, error, place);
}

/* A file of its own under the temporary name. One that was given up makes none any more: whose turn
 * it is now may have put its own there. */
static int temporary_open(const struct files__place *place, const char *name,
                          const atomic_bool *given_up)
{
    int fd = -1, error = ECANCELED;

    pthread_mutex_lock(&names);
    if (!atomic_load(given_up)) {
        unlinkat(place->folder, name, 0); /* of an earlier attempt */
        fd = files__open(place->folder, name, O_WRONLY | O_CREAT | O_EXCL, 0640);
        error = errno;
    }
    pthread_mutex_unlock(&names);
    errno = error;
    return fd;
}

/* Another attempt's stays. */
static void temporary_drop(const struct files__place *place, const char *name, int fd)
{
    struct stat own, st;

    pthread_mutex_lock(&names);
    if (fstat(fd, &own) == 0 && fstatat(place->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        st.st_ino == own.st_ino)
        unlinkat(place->folder, name, 0);
    pthread_mutex_unlock(&names);
}

/* On the disk with its temporary name, or not there. */
static enum err_code temporary_write(const struct files__place *place, const char *name,
                                     struct file_ask *ask, const atomic_bool *given_up,
                                     struct err *e)
{
    struct stat st;
    enum err_code rc;
    int fd = temporary_open(place, name, given_up);

    if (fd < 0 && errno == ECANCELED)
        return err_set(e, ERR_CANCELLED, "nobody waits for it any more");
    if (fd < 0)
        return files__failed(e, errno, place);
    rc = files__write_all(fd, 0, ask->bytes, ask->size, place, e);
    if (rc == ERR_OK && (fsync(fd) != 0 || fstat(fd, &st) != 0 || fsync(place->folder) != 0))
        rc = files__failed(e, errno, place);
    if (rc == ERR_OK)
        ask->stamp = files__stamp(&st);
    else
        temporary_drop(place, name, fd);
    close(fd);
    return rc;
}

static enum err_code write_prepare(const struct files__place *place, const char *name,
                                   struct file_ask *ask, const atomic_bool *given_up, bool *done,
                                   struct err *e)
{
    enum err_code rc = files__is_done(place, ask, (int64_t)ask->size, done, e);

    if (rc != ERR_OK || *done)
        return rc;
    if (ask->exists && !ask->replace)
        return files__taken(place, e);
    return temporary_write(place, name, ask, given_up, e);
}

/* What was prepared is there no more: it was shown, where that is told; else if it still stands. */
static enum err_code write_gone(const struct files__place *place, struct file_ask *ask,
                                struct err *e)
{
    bool done;
    enum err_code rc;

    if (ask->again) {
        ask->stamp.size = (int64_t)ask->size;
        ask->changed = true;
        return fsync(place->folder) == 0 ? ERR_OK : files__failed(e, errno, place);
    }
    rc = files__is_done(place, ask, (int64_t)ask->size, &done, e);
    if (rc != ERR_OK || done)
        return rc;
    return err_set(e, ERR_CONFLICT,
                   "%.200s/%.150s: whether it was written is not known: neither it nor its "
                   "temporary file is there by now",
                   place->shown, place->below);
}

/* Is it whole, and of this ask? */
static enum err_code write_look(const struct files__place *place, const char *name,
                                struct file_ask *ask, struct err *e)
{
    struct files__place temporary = *place;
    char digest[DIGEST_TEXT] = "";
    struct stat st;
    enum err_code rc;
    int fd;

    temporary.name = name;
    rc = files__file(&temporary, O_RDONLY, &fd, &st, e);
    if (rc != ERR_OK)
        return rc;
    if (st.st_size == (int64_t)ask->size)
        rc = files__digest(fd, 0, st.st_size, digest, place, e);
    close(fd);
    ask->stamp = files__stamp(&st);
    if (rc == ERR_OK && strcmp(digest, ask->digest) != 0)
        return err_set(e, ERR_CONFLICT, "%.200s/%.150s: its temporary file was changed",
                       place->shown, place->below);
    return rc;
}

/* A name that somebody else has taken meanwhile: with the same bytes it is done. Else what was
 * prepared stays, for that it is there says that it was not shown. */
static enum err_code write_refused(const struct files__place *place, const char *name,
                                   struct file_ask *ask, struct err *e)
{
    bool done;
    enum err_code rc = files__is_done(place, ask, (int64_t)ask->size, &done, e);

    if (rc != ERR_OK)
        return rc;
    if (!done)
        return files__taken(place, e);
    unlinkat(place->folder, name, 0);
    return ERR_OK;
}

static enum err_code write_show(const struct files__place *place, const char *name,
                                struct file_ask *ask, const atomic_bool *given_up, bool *sent,
                                struct err *e)
{
    enum err_code rc = write_look(place, name, ask, e);
    int error;

    if (rc == ERR_NOT_FOUND)
        return write_gone(place, ask, e);
    if (rc != ERR_OK)
        return rc;
    *sent = true;
    (void)fault_hit("files.show.kill");
    error = file_rename(place->folder, name, place->folder, place->name, ask->replace, given_up);
    *sent = error != ECANCELED && error != EEXIST;
    if (error == ENOENT)
        return write_gone(place, ask, e);
    if (error == EEXIST)
        return write_refused(place, name, ask, e);
    if (error == ECANCELED)
        return err_set(e, ERR_CANCELLED, "nobody waits for it any more");
    if (error != 0)
        return files__failed(e, error, place);
    ask->changed = true;
    if (fsync(place->folder) != 0)
        return files__failed(e, errno, place);
    (void)fault_hit("files.shown.kill");
    return ERR_OK;
}

enum err_code files__write(const struct files__place *place, struct file_ask *ask,
                           const atomic_bool *given_up, bool *sent, struct err *e)
{
    char name[FILES_TEMPORARY];
    bool done = false;
    enum err_code rc = ERR_OK;

    files_temporary(ask, name);
    digest_text(ask->bytes, ask->size, ask->digest);
    if (!ask->prepared)
        rc = write_prepare(place, name, ask, given_up, &done, e);
    if (rc != ERR_OK || done)
        return rc;
    ask->prepared = true;
    return ask->prepares ? ERR_OK : write_show(place, name, ask, given_up, sent, e);
}

enum err_code files__move(const struct files__place *place, const struct files__place *to,
                          struct file_ask *ask, struct err *e)
{
    struct file_stamp now;
    struct stat st;
    int error;

    if (fstatat(place->folder, place->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return files__failed(e, errno, place);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INVALID, "%.200s/%.150s is not a regular file", place->shown,
                       place->below);
    now = files__stamp(&st);
    if (ask->stamped && !file_stamp_same(&now, &ask->stamp))
        return err_set(e, ERR_CONFLICT, "%.200s/%.150s is another file by now", place->shown,
                       place->below);
    ask->stamp = now;
    error = file_rename(place->folder, place->name, to->folder, to->name, ask->replace, NULL);
    if (error == EEXIST)
        return err_set(e, ERR_CONFLICT, "%.200s/%.150s is there already", to->shown, to->below);
    if (error == EXDEV)
        return err_set(e, ERR_INVALID, "%.200s/%.150s is on another file system: read and write it",
                       to->shown, to->below);
    if (error != 0)
        return files__failed(e, error, to);
    ask->changed = true;
    if (fsync(to->folder) != 0 || fsync(place->folder) != 0)
        return files__failed(e, errno, to);
    return ERR_OK;
}

/* The file of the stamp, if one is asked for: another one stays. */
static enum err_code file_remove(const struct files__place *place, struct file_ask *ask,
                                 struct err *e)
{
    struct file_stamp now;
    struct stat st;

    if (fstatat(place->folder, place->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? ERR_OK : files__failed(e, errno, place);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INVALID, "%.200s/%.150s is not a regular file", place->shown,
                       place->below);
    now = files__stamp(&st);
    ask->exists = true;
    if (ask->stamped && !file_stamp_same(&now, &ask->stamp))
        return ERR_OK;
    if (unlinkat(place->folder, place->name, 0) != 0)
        return errno == ENOENT ? ERR_OK : files__failed(e, errno, place);
    ask->changed = true;
    return ERR_OK;
}

enum err_code files__delete(const struct files__place *place, struct file_ask *ask, struct err *e)
{
    enum err_code rc;

    pthread_mutex_lock(&names);
    rc = file_remove(place, ask, e);
    pthread_mutex_unlock(&names);
    (void)fault_hit("files.delete.kill");
    if (rc == ERR_OK && ask->changed && fsync(place->folder) != 0)
        return files__failed(e, errno, place);
    return rc;
}
