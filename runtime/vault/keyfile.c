/* keyfile.c - reads the master key, and makes the first one. No text of an error
 * holds any of it. */
#include "vault/keyfile_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/hex.h"

#define KEYFILE_HEX  (2 * SEAL_KEY)
#define KEYFILE_PATH 4096

/* ---- reading */

static bool keyfile_parse(const char *text, size_t size, unsigned char key[SEAL_KEY])
{
    if (size == SEAL_KEY) {
        memcpy(key, text, SEAL_KEY);
        return true;
    }
    if (size > 0 && text[size - 1] == '\n')
        size--;
    if (size > 0 && text[size - 1] == '\r')
        size--;
    if (size != KEYFILE_HEX)
        return false;
    for (size_t i = 0; i < SEAL_KEY; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        key[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* What systemd hands to the service lies in a folder that is the service's alone; the mode of the
 * file shows the mask of its access list. */
static bool keyfile_of_systemd(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t size = folder != NULL ? strlen(folder) : 0;

    return size > 0 && strncmp(path, folder, size) == 0 && path[size] == '/' &&
           strstr(path + size, "/../") == NULL;
}

/* Who but us and root could read it? */
static enum err_code keyfile_private(const char *path, int fd, struct err *e)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return err_set(e, ERR_IO, "cannot look at the master key file %s: %s", path,
                       strerror(errno));
    if (!S_ISREG(info.st_mode))
        return err_set(e, ERR_IO, "the master key file %s is not a file", path);
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return err_set(e, ERR_FORBIDDEN,
                       "the master key file %s belongs to another user; make it"
                       " belong to the one that runs weft",
                       path);
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0 && !keyfile_of_systemd(path))
        return err_set(e, ERR_FORBIDDEN,
                       "others can read the master key file %s (mode %04o); run"
                       " chmod 600 on it, and think of it as known to them",
                       path, (unsigned)info.st_mode & 07777u);
    return ERR_OK;
}

static enum err_code keyfile_take(const char *path, int fd, unsigned char key[SEAL_KEY],
                                  struct err *e)
{
    char text[KEYFILE_HEX + 3]; /* one more than the longest that is right */
    enum err_code code = keyfile_private(path, fd, e);
    size_t size = 0;
    ssize_t got = 1;

    if (code != ERR_OK)
        return code;
    while (got > 0 && size < sizeof(text)) {
        got = read(fd, text + size, sizeof(text) - size);
        size += got > 0 ? (size_t)got : 0;
    }
    if (got < 0)
        code = err_set(e, ERR_IO, "cannot read the master key file %s: %s", path, strerror(errno));
    else if (!keyfile_parse(text, size, key))
        code = err_set(e, ERR_INVALID,
                       "the master key file %s holds no key: it must be 32 bytes,"
                       " or 64 hex digits",
                       path);
    OPENSSL_cleanse(text, sizeof(text));
    return code;
}

/* ---- making */

static int keyfile_sync_folder(const char *path)
{
    char folder[KEYFILE_PATH];
    const char *slash = strrchr(path, '/');
    int fd, rc;

    snprintf(folder, sizeof(folder), "%.*s", slash != NULL ? (int)(slash - path) + 1 : 1,
             slash != NULL ? path : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    rc = fsync(fd);
    close(fd);
    return rc;
}

/* Writes the digits into a file that nobody had before. */
static int keyfile_write(const char *path, const unsigned char key[SEAL_KEY])
{
    char text[KEYFILE_HEX + 1];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int rc = 0;

    if (fd < 0)
        return -1;
    for (size_t i = 0; i < SEAL_KEY; i++) {
        text[2 * i] = "0123456789abcdef"[key[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[key[i] & 15];
    }
    text[KEYFILE_HEX] = '\n';
    if (write(fd, text, sizeof(text)) != (ssize_t)sizeof(text) || fsync(fd) != 0)
        rc = -1;
    OPENSSL_cleanse(text, sizeof(text));
    if (close(fd) != 0)
        rc = -1;
    return rc;
}

/* Under another name first, then linked: a crash leaves no half key, and a key that is there by now
 * is not overwritten. */
static enum err_code keyfile_make(const char *path, struct random *random,
                                  unsigned char key[SEAL_KEY], struct err *e)
{
    char made[KEYFILE_PATH + 8];
    int rc;

    if (strlen(path) >= KEYFILE_PATH)
        return err_set(e, ERR_IO, "the path of the master key file is too long");
    snprintf(made, sizeof(made), "%s.new", path);
    random->fill(random, key, SEAL_KEY);
    (void)unlink(made); /* of a start that was cut short */
    rc = keyfile_write(made, key);
    if (rc == 0)
        rc = link(made, path);
    if (rc == 0 && (unlink(made) != 0 || keyfile_sync_folder(path) != 0))
        rc = -1;
    if (rc == 0)
        return ERR_OK;
    err_set(e, ERR_IO,
            "cannot make the master key file %s: %s; check that its directory exists"
            " and can be written",
            path, strerror(errno));
    (void)unlink(made);
    return ERR_IO;
}

enum err_code keyfile_read(const char *path, bool may_create, struct random *random,
                           unsigned char key[SEAL_KEY], struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    enum err_code code;

    if (fd < 0 && errno == ENOENT && may_create)
        return keyfile_make(path, random, key, e);
    if (fd < 0 && errno == ENOENT)
        return err_set(e, ERR_NOT_FOUND,
                       "the master key file %s is missing, and this store has"
                       " secrets sealed under it; put it back, or name it with"
                       " WEFT_MASTER_KEY_FILE",
                       path);
    if (fd < 0)
        return err_set(e, errno == EACCES ? ERR_FORBIDDEN : ERR_IO,
                       "cannot open the master key file %s: %s", path, strerror(errno));
    code = keyfile_take(path, fd, key, e);
    close(fd);
    return code;
}

/* ---- changing */

static enum err_code keyfile_beside(const char *path, const char *end, char beside[KEYFILE_PATH],
                                    struct err *e)
{
    if (snprintf(beside, KEYFILE_PATH, "%s%s", path, end) < KEYFILE_PATH)
        return ERR_OK;
    return err_set(e, ERR_IO, "the path of the master key file is too long");
}

enum err_code keyfile_next_make(const char *path, struct random *random,
                                unsigned char key[SEAL_KEY], struct err *e)
{
    char next[KEYFILE_PATH];

    if (keyfile_beside(path, ".next", next, e) != ERR_OK)
        return e->code;
    (void)unlink(next); /* of a change that was never stored */
    if (keyfile_make(next, random, key, e) != ERR_OK)
        return err_prefix(e, "the next master key stands beside the one in use until it is stored");
    return ERR_OK;
}

enum err_code keyfile_next_read(const char *path, unsigned char key[SEAL_KEY], struct err *e)
{
    char next[KEYFILE_PATH];

    if (keyfile_beside(path, ".next", next, e) != ERR_OK)
        return e->code;
    return keyfile_read(next, false, NULL, key, e);
}

enum err_code keyfile_next_take(const char *path, const char *before_id, struct err *e)
{
    char next[KEYFILE_PATH], before[KEYFILE_PATH], end[40];

    snprintf(end, sizeof end, ".before-%s", before_id);
    if (keyfile_beside(path, ".next", next, e) != ERR_OK ||
        keyfile_beside(path, end, before, e) != ERR_OK)
        return e->code;
    if ((link(path, before) == 0 || errno == EEXIST) && rename(next, path) == 0 &&
        keyfile_sync_folder(path) == 0)
        return ERR_OK;
    return err_set(e, ERR_IO,
                   "the vault is sealed under the master key in %s.next, which cannot be put in "
                   "place of %s: %s; the next start tries it again",
                   path, path, strerror(errno));
}

void keyfile_next_drop(const char *path)
{
    char next[KEYFILE_PATH];
    struct err ignored;

    if (keyfile_beside(path, ".next", next, &ignored) == ERR_OK)
        (void)unlink(next);
}
