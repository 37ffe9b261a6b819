/* payload.c - writes, reads and sweeps the files of large texts. */
#include "store/sqlite/payload_priv.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/check.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#define PAYLOAD_LEVEL    3             /* of zstd: twice as small as packed, 300 MB a second */
#define PAYLOAD_MOST     (1024u * MIB) /* of one text, as its mark may say */
#define PAYLOAD_PATH     5120u
#define PAYLOAD_SWEEP_MS 20000 /* a folder each: an hour and a half for all */
#define PAYLOAD_DOOMED   1000u /* removed in one sweep, at most */
#define PAYLOAD_PART     "part"

struct payloads {
    char *folder;
    struct log *log;
    struct hash *hash;
    int64_t sweep_at;
    unsigned next; /* folder to be swept, 0 to 255 */
    bool held;
    bool there; /* the folder was seen */
    unsigned doomed_count;
    unsigned char doomed[PAYLOAD_DOOMED][HASH_SIZE]; /* found unused, once */
};

char *payload_folder(const char *store_path)
{
    const char *slash = strrchr(store_path, '/');
    size_t size = slash != NULL ? (size_t)(slash - store_path) + 1 : 0;
    char path[PAYLOAD_PATH];

    check(size < sizeof(path) - 16);
    snprintf(path, sizeof(path), "%.*spayloads", (int)size, store_path);
    return mem_must_copy(path);
}

void payload_name(const unsigned char digest[HASH_SIZE], char name[PAYLOAD_NAME])
{
    char text[HASH_TEXT];

    hash_text(digest, text);
    snprintf(name, PAYLOAD_NAME, "%.2s/%s.zst", text, text + 2);
}

static void payload_path(const char *folder, const unsigned char digest[HASH_SIZE],
                         char path[PAYLOAD_PATH])
{
    char name[PAYLOAD_NAME];

    payload_name(digest, name);
    check(snprintf(path, PAYLOAD_PATH, "%s/%s", folder, name) < (int)PAYLOAD_PATH);
}

struct payloads *payloads_new(const char *folder, struct log *log)
{
    struct payloads *payloads = mem_must(sizeof(*payloads));
    struct stat info;

    payloads->folder = mem_must_copy(folder);
    payloads->log = log;
    payloads->hash = hash_new(NULL, 0);
    payloads->there = stat(folder, &info) == 0;
    return payloads;
}

void payloads_free(struct payloads *payloads)
{
    if (payloads == NULL)
        return;
    hash_free(payloads->hash);
    mem_free(payloads->folder);
    mem_free(payloads);
}

/* ---- writing */

/* What an errno of writing means, in SQLite's words. */
static int payload_rc(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG ? SQLITE_FULL
                                                                   : SQLITE_IOERR_WRITE;
}

static int payload_sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    if (fd < 0)
        return SQLITE_IOERR_WRITE;
    rc = fault_hit("store.payload.fsync") || fsync(fd) != 0 ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    close(fd);
    return rc;
}

/* Makes a folder and its entry durable. */
static int payload_make_folder(const char *path)
{
    char above[PAYLOAD_PATH];
    char *slash;

    if (mkdir(path, 0700) != 0)
        return errno == EEXIST ? SQLITE_OK : payload_rc(errno);
    snprintf(above, sizeof(above), "%s", path);
    slash = strrchr(above, '/');
    if (slash == NULL)
        snprintf(above, sizeof(above), ".");
    else if (slash == above)
        slash[1] = '\0';
    else
        *slash = '\0';
    return payload_sync_folder(above);
}

static int payload_write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = fault_hit("store.payload") ? (errno = ENOSPC, -1) : write(fd, bytes, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? SQLITE_FULL : payload_rc(errno);
        bytes += n;
        size -= (size_t)n;
    }
    return SQLITE_OK;
}

static int payload_write(const char *folder, const char *path, const char *bytes, size_t size)
{
    char part[PAYLOAD_PATH];
    int fd, rc;

    check(snprintf(part, sizeof(part), "%s/" PAYLOAD_PART, folder) < (int)sizeof(part));
    fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return payload_rc(errno);
    rc = payload_write_all(fd, bytes, size);
    if (rc == SQLITE_OK && fsync(fd) != 0)
        rc = SQLITE_IOERR_FSYNC;
    if (close(fd) != 0 && rc == SQLITE_OK)
        rc = payload_rc(errno);
    (void)fault_hit("store.payload.kill");
    if (rc == SQLITE_OK && rename(part, path) != 0)
        rc = payload_rc(errno);
    if (rc != SQLITE_OK)
        (void)unlink(part);
    return rc;
}

int payload_place(const char *folder, const unsigned char digest[HASH_SIZE], const void *bytes,
                  size_t size)
{
    char path[PAYLOAD_PATH], *slash;
    struct stat info;
    int rc = payload_make_folder(folder);

    payload_path(folder, digest, path);
    slash = strrchr(path, '/');
    if (rc == SQLITE_OK) {
        *slash = '\0';
        rc = payload_make_folder(path);
        *slash = '/';
    }
    if (rc == SQLITE_OK && (stat(path, &info) != 0 || (size_t)info.st_size != size))
        rc = payload_write(folder, path, bytes, size);
    if (rc == SQLITE_OK) { /* also of one that was there: nobody may have synced its entry */
        *slash = '\0';
        rc = payload_sync_folder(path);
    }
    return rc;
}

static int payload_file(struct payloads *payloads, const unsigned char digest[HASH_SIZE],
                        const char *text, size_t size)
{
    size_t room = ZSTD_compressBound(size), used;
    char *bytes = mem_try(room);
    int rc;

    if (bytes == NULL)
        return SQLITE_NOMEM;
    used = ZSTD_compress(bytes, room, text, size, PAYLOAD_LEVEL);
    rc = ZSTD_isError(used) ? SQLITE_NOMEM : payload_place(payloads->folder, digest, bytes, used);
    mem_free(bytes);
    payloads->there = payloads->there || rc == SQLITE_OK;
    return rc;
}

int payload_put(struct payloads *payloads, struct db *db, int64_t run, const char *text,
                size_t size, unsigned char mark[PAYLOAD_MARK])
{
    unsigned char digest[HASH_SIZE];
    uint64_t bytes = htole64(size);
    sqlite3_stmt *stmt;
    int rc;

    hash_add(payloads->hash, text, size);
    hash_end(payloads->hash, digest);
    rc = payload_file(payloads, digest, text, size);
    if (rc == SQLITE_OK)
        rc = db_prepare(db, SQL_PAYLOAD_USE, &stmt);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_blob(stmt, 1, digest, HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, run);
    rc = db_step_done(stmt);
    mark[0] = PAYLOAD_FORMAT;
    memcpy(mark + 1, digest, HASH_SIZE);
    memcpy(mark + 1 + HASH_SIZE, &bytes, sizeof(bytes));
    return rc;
}

/* ---- sweeping */

static bool payload_used(struct db *db, const unsigned char digest[HASH_SIZE])
{
    sqlite3_stmt *stmt;
    int rc = db_prepare(db, SQL_PAYLOAD_USED, &stmt);

    if (rc != SQLITE_OK)
        return true; /* nobody knows */
    sqlite3_bind_blob(stmt, 1, digest, HASH_SIZE, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    return rc != SQLITE_DONE;
}

static void payloads_remove_doomed(struct payloads *payloads, struct db *db)
{
    char path[PAYLOAD_PATH];

    for (unsigned i = 0; i < payloads->doomed_count; i++) {
        if (payload_used(db, payloads->doomed[i]))
            continue;
        payload_path(payloads->folder, payloads->doomed[i], path);
        if (unlink(path) != 0 && errno != ENOENT)
            log_warn(payloads->log, "cannot remove %s: %s; it is tried again", path,
                     strerror(errno));
    }
    payloads->doomed_count = 0;
}

/* False: there is no such folder. */
static bool payloads_look(struct payloads *payloads, struct db *db, unsigned number)
{
    char path[PAYLOAD_PATH], text[HASH_TEXT];
    struct dirent *entry;
    DIR *folder;

    check(snprintf(path, sizeof(path), "%s/%02x", payloads->folder, number) < (int)sizeof(path));
    folder = opendir(path);
    if (folder == NULL)
        return false;
    while ((entry = readdir(folder)) != NULL && payloads->doomed_count < PAYLOAD_DOOMED) {
        unsigned char *digest = payloads->doomed[payloads->doomed_count];

        if (strlen(entry->d_name) != HASH_TEXT - 3 + 4)
            continue;
        snprintf(text, sizeof(text), "%02x%.62s", number, entry->d_name);
        if (hash_parse(text, digest) && !payload_used(db, digest))
            payloads->doomed_count++;
    }
    closedir(folder);
    return true;
}

int64_t payloads_due(const struct payloads *payloads)
{
    return payloads != NULL && payloads->there ? payloads->sweep_at : INT64_MAX;
}

void payloads_sweep(struct payloads *payloads, struct db *db, int64_t now)
{
    bool found = false;

    payloads->sweep_at = now + PAYLOAD_SWEEP_MS;
    if (payloads->held)
        return;
    payloads_remove_doomed(payloads, db);
    for (unsigned i = 0; i < 256 && !found; i++) {
        found = payloads_look(payloads, db, payloads->next);
        payloads->next = (payloads->next + 1) % 256;
    }
}

void payloads_hold(struct payloads *payloads, bool hold)
{
    payloads->held = hold;
    payloads->doomed_count = 0;
}

/* ---- reading */

bool payload_marked(const unsigned char *packed, size_t size)
{
    return size == PAYLOAD_MARK && packed[0] == PAYLOAD_FORMAT;
}

static enum err_code payload_unpack(const char *path, const char *packed, size_t packed_size,
                                    const unsigned char *mark, size_t want, char **text,
                                    struct err *e)
{
    struct hash *hash = hash_new(NULL, 0);
    unsigned char digest[HASH_SIZE];
    char *out = mem_try(want + 1);
    size_t got;

    if (out == NULL) {
        hash_free(hash);
        return err_set(e, ERR_MEMORY, "no memory for a stored text of %zu bytes", want);
    }
    got = ZSTD_decompress(out, want, packed, packed_size);
    if (!ZSTD_isError(got) && got == want)
        hash_add(hash, out, want);
    hash_end(hash, digest);
    hash_free(hash);
    if (ZSTD_isError(got) || got != want || !hash_equal(digest, mark + 1)) {
        mem_free(out);
        return err_set(e, ERR_STORE, "%s is damaged; restore it from the last backup", path);
    }
    out[want] = '\0';
    *text = out;
    return ERR_OK;
}

enum err_code payload_read(const char *folder, const unsigned char mark[PAYLOAD_MARK], char **text,
                           size_t *size, struct err *e)
{
    char path[PAYLOAD_PATH], *packed = NULL;
    size_t packed_size;
    uint64_t want;
    enum err_code code;

    *text = NULL;
    memcpy(&want, mark + 1 + HASH_SIZE, sizeof(want));
    *size = (size_t)le64toh(want);
    if (folder == NULL || *size > PAYLOAD_MOST)
        return err_set(e, ERR_STORE, "a stored text is damaged");
    payload_path(folder, mark + 1, path);
    code = file_read(path, ZSTD_compressBound(*size), &packed, &packed_size, e);
    if (code == ERR_OK)
        code = payload_unpack(path, packed, packed_size, mark, *size, text, e);
    else if (code != ERR_MEMORY)
        code = e->code = ERR_STORE; /* its text names the file */
    mem_free(packed);
    return code;
}

bool payload_whole(const unsigned char digest[HASH_SIZE], const void *bytes, size_t size)
{
    unsigned char mark[PAYLOAD_MARK];
    unsigned long long want = ZSTD_getFrameContentSize(bytes, size);
    char *text = NULL;
    bool whole;

    if (want > PAYLOAD_MOST) /* also when there is none, or an error */
        return false;
    memcpy(mark + 1, digest, HASH_SIZE);
    whole = payload_unpack("", bytes, size, mark, (size_t)want, &text, NULL) == ERR_OK;
    mem_free(text);
    return whole;
}

enum err_code payload_bytes(const char *folder, const unsigned char digest[HASH_SIZE], char **bytes,
                            size_t *size, struct err *e)
{
    char path[PAYLOAD_PATH];

    payload_path(folder, digest, path);
    if (file_read(path, ZSTD_compressBound(PAYLOAD_MOST), bytes, size, e) != ERR_OK)
        return e->code;
    if (payload_whole(digest, *bytes, *size))
        return ERR_OK;
    mem_free(*bytes);
    *bytes = NULL;
    return err_set(e, ERR_STORE, "%s is damaged", path);
}
