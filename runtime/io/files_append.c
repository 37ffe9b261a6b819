/* files_append.c - bytes behind the end of a file, once for each ask.
 *
 * Beside NAME stands .NAME.weft: a line "TIME INODE AT SIZE SHA256 KEY" for each ask, durable
 * before its bytes. Whoever holds NAME's lock (1) looks at the last line: bytes of it that are not
 * all there, or are not its own, are a torn end of a process that died. They are taken away, and
 * the line with them.   [last_settle] (2) knows by the lines whether its key was there before.
 * [lines_read] (3) writes its line, then its bytes, each to the disk. [append] A file that was
 * replaced by another (its inode is another) begins anew; what was put into the one before is known
 * still. Whoever else writes into the file must let it be complete. */
#include "io/files_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"

#define APPEND_LINE 256u
#define APPEND_LINES                                                             \
    (64u * MIB) /* of the list: some 400,000 lines, which two days must not have \
                 */

struct append_line {
    int64_t time_ms;
    uint64_t inode;
    int64_t at, size;
    char digest[DIGEST_TEXT], key[64];
    int64_t begins; /* of the line in the list */
};
struct appending {
    const struct files__place *place;
    struct file_ask *ask;
    struct files__place list_place;
    char list_name[256];
    int fd, list;
    int64_t size; /* of the file */
    uint64_t inode;
    char *text; /* of the list */
    size_t text_size, lines;
    struct append_line last; /* key "": there is none */
    struct append_line mine; /* the ask's from before; key "": none */
};

/* ---- The list */

static bool line_number(const char **at, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(*at, &end, 10);
    if (end == *at || *end != ' ' || errno != 0)
        return false;
    *at = end + 1;
    return true;
}

static bool line_read(const char *text, size_t size, struct append_line *line)
{
    uint64_t time, at, bytes;
    const char *end = text + size;
    size_t key;

    if (!line_number(&text, &time) || !line_number(&text, &line->inode) ||
        !line_number(&text, &at) || !line_number(&text, &bytes) || end - text < DIGEST_TEXT ||
        text[DIGEST_TEXT - 1] != ' ')
        return false;
    key = (size_t)(end - text) - DIGEST_TEXT;
    if (key == 0 || key >= sizeof line->key)
        return false;
    line->time_ms = (int64_t)time;
    line->at = (int64_t)at;
    line->size = (int64_t)bytes;
    memcpy(line->digest, text, DIGEST_TEXT - 1);
    line->digest[DIGEST_TEXT - 1] = '\0';
    memcpy(line->key, text + DIGEST_TEXT, key);
    line->key[key] = '\0';
    return true;
}

/* (2) A last line without an end was never whole: nothing was put by it. */
static enum err_code lines_read(struct appending *a, struct err *e)
{
    struct append_line line;
    struct stat st;
    char *feed, *at;
    size_t got;

    if (fstat(a->list, &st) != 0)
        return files__failed(e, errno, &a->list_place);
    if (st.st_size > (int64_t)APPEND_LINES)
        return err_set(e, ERR_LIMIT, "%.200s/%.150s: too much was put there within two days",
                       a->place->shown, a->place->below);
    a->text = mem_try((size_t)st.st_size + 1);
    if (a->text == NULL)
        return err_set(e, ERR_MEMORY, "no memory for the list of what was appended");
    if (files__read_all(a->list, 0, a->text, (size_t)st.st_size, &got, &a->list_place, e) != ERR_OK)
        return e->code;
    a->text[got] = '\0';
    for (at = a->text; (feed = memchr(at, '\n', got - (size_t)(at - a->text))) != NULL;
         at = feed + 1) {
        if (!line_read(at, (size_t)(feed - at), &line))
            return err_set(e, ERR_INVALID,
                           "%.200s/%.100s is damaged at byte %td: it tells what was appended; "
                           "look at the file, then remove it",
                           a->place->shown, a->list_name, at - a->text);
        line.begins = at - a->text;
        a->last = line;
        a->lines++;
        if (strcmp(line.key, a->ask->key) == 0)
            a->mine = line;
    }
    a->text_size = (size_t)(at - a->text);
    if (a->text_size < got && ftruncate(a->list, (off_t)a->text_size) != 0)
        return files__failed(e, errno, &a->list_place);
    return ERR_OK;
}

/* (1) */
static enum err_code last_settle(struct appending *a, struct err *e)
{
    const struct append_line *last = &a->last;
    char digest[DIGEST_TEXT] = "";

    if (last->key[0] == '\0' || last->inode != a->inode || a->size > last->at + last->size ||
        a->size < last->at) /* somebody else has cut it */
        return ERR_OK;
    if (a->size == last->at + last->size &&
        files__digest(a->fd, last->at, last->size, digest, a->place, e) != ERR_OK)
        return e->code;
    if (strcmp(digest, last->digest) == 0)
        return ERR_OK;
    if (ftruncate(a->fd, (off_t)last->at) != 0 || fsync(a->fd) != 0)
        return files__failed(e, errno, a->place);
    a->size = last->at;
    if (strcmp(a->mine.key, last->key) == 0)
        a->mine.key[0] = '\0';
    a->text_size = (size_t)last->begins;
    if (ftruncate(a->list, (off_t)a->text_size) != 0)
        return files__failed(e, errno, &a->list_place);
    return ERR_OK;
}

/* Lines that nobody asks for any more go, when there are many. */
static enum err_code lines_trim(struct appending *a, struct err *e)
{
    int64_t oldest = a->ask->now_ms - FILES_APPENDS_KEPT_MS;
    struct append_line line;
    char name[300], *at = a->text;
    enum err_code rc;
    int fd;

    if (a->lines < FILES_APPENDS_KEPT)
        return ERR_OK;
    for (char *feed; at < a->text + a->text_size; at = feed + 1) {
        feed = strchr(at, '\n');
        check(feed != NULL);
        if (line_read(at, (size_t)(feed - at), &line) && line.time_ms >= oldest)
            break;
    }
    if ((size_t)(at - a->text) < a->text_size / 2)
        return ERR_OK;
    snprintf(name, sizeof name, "%s.tmp", a->list_name);
    a->text_size -= (size_t)(at - a->text);
    memmove(a->text, at, a->text_size);
    fd = files__open(a->place->folder, name, O_RDWR | O_CREAT | O_TRUNC, 0640);
    if (fd < 0)
        return files__failed(e, errno, &a->list_place);
    rc = files__write_all(fd, 0, a->text, a->text_size, &a->list_place, e);
    if (rc == ERR_OK &&
        (fsync(fd) != 0 || renameat(a->place->folder, name, a->place->folder, a->list_name) != 0 ||
         fsync(a->place->folder) != 0))
        rc = files__failed(e, errno, &a->list_place);
    close(a->list);
    a->list = fd;
    return rc;
}

/* ---- The file */

/* The lock is the list's neighbour's own: the file's. One that was replaced while we waited for its
 * lock is not the file any more. */
static enum err_code file_lock(struct appending *a, struct err *e)
{
    struct stat st, now;
    enum err_code rc;

    for (;;) {
        rc = files__file(a->place, O_RDWR | O_CREAT, &a->fd, &st, e);
        if (rc != ERR_OK)
            return rc;
        while (flock(a->fd, LOCK_EX) != 0)
            if (errno != EINTR)
                return files__failed(e, errno, a->place);
        if (fstat(a->fd, &st) != 0)
            return files__failed(e, errno, a->place);
        a->size = st.st_size;
        a->inode = st.st_ino;
        if (fstatat(a->place->folder, a->place->name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
            now.st_ino == st.st_ino)
            return ERR_OK;
        close(a->fd);
        a->fd = -1;
    }
}

static enum err_code list_open(struct appending *a, struct err *e)
{
    int size = snprintf(a->list_name, sizeof a->list_name, ".%s.weft", a->place->name);

    if (size >= (int)sizeof a->list_name - 8)
        return err_set(e, ERR_INVALID, "%.200s/%.150s: the name is too long to append to",
                       a->place->shown, a->place->below);
    a->list_place = *a->place;
    a->list_place.below = a->list_name;
    a->list = files__open(a->place->folder, a->list_name, O_RDWR | O_CREAT, 0640);
    return a->list >= 0 ? ERR_OK : files__failed(e, errno, &a->list_place);
}

/* (3) */
static enum err_code append(struct appending *a, bool *sent, struct err *e)
{
    struct file_ask *ask = a->ask;
    char line[APPEND_LINE];
    int size = snprintf(line, sizeof line, "%" PRId64 " %" PRIu64 " %" PRId64 " %zu %s %s\n",
                        ask->now_ms, a->inode, a->size, ask->size, ask->digest, ask->key);

    check(size > 0 && size < (int)sizeof line);
    if (files__write_all(a->list, (int64_t)a->text_size, line, (size_t)size, &a->list_place, e) !=
        ERR_OK)
        return e->code;
    if (fdatasync(a->list) != 0 || (a->lines == 0 && fsync(a->place->folder) != 0))
        return files__failed(e, errno, &a->list_place);
    *sent = true;
    if (files__write_all(a->fd, a->size, ask->bytes, ask->size, a->place, e) != ERR_OK)
        return e->code;
    if (fdatasync(a->fd) != 0)
        return files__failed(e, errno, a->place);
    ask->next = a->size;
    ask->stamp.size = a->size + (int64_t)ask->size;
    ask->changed = true;
    return ERR_OK;
}

static enum err_code append_known(struct appending *a, struct err *e)
{
    const struct append_line *mine = &a->mine;

    if (strcmp(mine->digest, a->ask->digest) != 0)
        return err_set(e, ERR_CONFLICT, "%.200s/%.150s: this step has put other bytes there before",
                       a->place->shown, a->place->below);
    if (mine->inode != a->inode && strcmp(mine->key, a->last.key) == 0)
        return err_set(e, ERR_CONFLICT,
                       "%.200s/%.150s was replaced by another file while this step put its bytes "
                       "there: look into the one that was there before",
                       a->place->shown, a->place->below);
    a->ask->next = mine->at;
    a->ask->stamp.size = a->size;
    return ERR_OK;
}

enum err_code files__append(const struct files__place *place, struct file_ask *ask, bool *sent,
                            struct err *e)
{
    struct appending a = { .place = place, .ask = ask, .fd = -1, .list = -1 };
    enum err_code rc;

    check(ask->key[0] != '\0' && strchr(ask->key, '\n') == NULL);
    digest_text(ask->bytes, ask->size, ask->digest);
    rc = file_lock(&a, e);
    if (rc == ERR_OK)
        rc = list_open(&a, e);
    if (rc == ERR_OK)
        rc = lines_read(&a, e);
    if (rc == ERR_OK)
        rc = last_settle(&a, e);
    if (rc == ERR_OK && a.mine.key[0] != '\0') {
        rc = append_known(&a, e);
    } else if (rc == ERR_OK) {
        rc = lines_trim(&a, e);
        if (rc == ERR_OK)
            rc = append(&a, sent, e);
    }
    mem_free(a.text);
    if (a.list >= 0)
        close(a.list);
    if (a.fd >= 0)
        close(a.fd); /* and its lock */
    return rc;
}
