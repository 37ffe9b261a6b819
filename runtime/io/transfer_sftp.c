/* transfer_sftp.c - files on an SFTP server.
 *
 * A file that is put is first written under a name of its own, ".weft-KEY.part", looked at for its
 * size, and then renamed: nobody takes half of one. The protocol's rename refuses a name that is
 * taken, so "replace" removes that file just before; between the two there is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/transfer_priv.h"

#define SFTP_PATH 4096u

/* ---- One request */

/* The whole path on the server: that of the connection's URL, and the ask's. "/~/" begins at the
 * home of who signs in. */
static void path_of(const struct transfer__call *call, const char *name, struct buf *out)
{
    size_t size = strlen(call->path);

    while (size > 0 && call->path[size - 1] == '/')
        size--;
    buf_add(out, call->path, size);
    buf_add_char(out, '/');
    buf_add_text(out, name);
}

/* Beside the file: a name of the step's own. */
static char *part_name(const struct transfer_ask *ask)
{
    const char *slash = strrchr(ask->path, '/');
    struct buf name;
    char *taken;

    buf_init(&name, SFTP_PATH);
    if (slash != NULL)
        buf_add(&name, ask->path, (size_t)(slash + 1 - ask->path));
    buf_addf(&name, ".weft-%s.part", ask->key);
    taken = buf_take(&name, NULL);
    buf_fini(&name);
    check(taken != NULL);
    return taken;
}

static CURLcode url_set(struct transfer__call *call, const char *name, bool folder)
{
    struct buf path;
    CURLU *url = curl_url();
    char *text = NULL;
    CURLcode code = CURLE_URL_MALFORMAT;

    buf_init(&path, SFTP_PATH);
    path_of(call, name, &path);
    if (folder && (path.len == 0 || path.at[path.len - 1] != '/'))
        buf_add_char(&path, '/');
    if (url != NULL && buf_ok(&path) &&
        curl_url_set(url, CURLUPART_URL, call->login->url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_PATH, buf_text(&path), CURLU_URLENCODE) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK)
        code = curl_easy_setopt(call->curl.easy, CURLOPT_URL, text);
    curl_free(text);
    curl_url_cleanup(url);
    buf_fini(&path);
    return code;
}

/* A command's path, in quotes. */
static void quoted(const struct transfer__call *call, const char *name, struct buf *out)
{
    struct buf path;

    buf_init(&path, SFTP_PATH);
    path_of(call, name, &path);
    buf_add_text(out, " \"");
    if (strncmp(buf_text(&path), "/~/", 3) == 0)
        buf_add_text(out, "./");
    for (const char *c = buf_text(&path) + (strncmp(buf_text(&path), "/~/", 3) == 0 ? 3 : 0);
         *c != '\0'; c++) {
        if (*c == '"' || *c == '\\' || *c == '\'')
            buf_add_char(out, '\\');
        buf_add_char(out, *c);
    }
    buf_add_char(out, '"');
    buf_fini(&path);
}

static void plain(struct transfer__call *call)
{
    buf_clear(&call->body);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_UPLOAD, 0L));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_NOBODY, 0L));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_QUOTE, NULL));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_DIRLISTONLY, 0L));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_FILETIME, 0L));
}

/* Commands of two paths at most; they touch no file but those they name. */
static CURLcode command(struct transfer__call *call, const char *first, const char *name,
                        const char *to)
{
    struct curl_slist *list;
    struct buf text;
    CURLcode code;

    buf_init(&text, 4 * SFTP_PATH);
    buf_add_text(&text, first);
    quoted(call, name, &text);
    if (to != NULL)
        quoted(call, to, &text);
    list = buf_ok(&text) ? curl_slist_append(NULL, buf_text(&text)) : NULL;
    buf_fini(&text);
    if (list == NULL)
        return CURLE_OUT_OF_MEMORY;
    plain(call);
    code = url_set(call, "", true);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_NOBODY, 1L));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_QUOTE, list));
    if (code == CURLE_OK)
        code = curl_easy_perform(call->curl.easy);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_QUOTE, NULL));
    curl_slist_free_all(list);
    return code;
}

/* ---- What is there */

/* "-rw-r--r--    1 user group    1234 Nov 21 10:00 NAME", as all servers write it. */
static void entry_read(struct transfer_ask *ask, const char *line, size_t size)
{
    const char *at = line, *end = line + size, *number = NULL;
    bool folder = size > 0 && line[0] == 'd';

    if (size == 0 || (line[0] != '-' && line[0] != 'd'))
        return; /* neither a file nor a folder */
    for (unsigned column = 1; column < 9; column++) {
        while (at < end && *at != ' ')
            at++;
        if (column < 8)
            while (at < end && *at == ' ')
                at++;
        if (column == 4)
            number = at;
    }
    if (at >= end || number == NULL)
        return;
    at++;
    size = (size_t)(end - at);
    if ((size == 1 && at[0] == '.') || (size == 2 && at[0] == '.' && at[1] == '.'))
        return;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)at[i] < ' ' || at[i] == '/')
            return; /* a name that could not be asked for */
    transfer_ask_entry(ask, at, size, folder, folder ? -1 : strtoll(number, NULL, 10));
}

static int entry_order(const void *left, const void *right)
{
    const struct transfer_entry *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static CURLcode do_list(struct transfer__call *call)
{
    const char *at, *end;
    CURLcode code;

    plain(call);
    code = url_set(call, call->ask->path, true);
    if (code == CURLE_OK)
        code = curl_easy_perform(call->curl.easy);
    at = buf_text(&call->body);
    end = at + call->body.len;
    while (code == CURLE_OK && at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *stop = feed != NULL ? feed : end;

        entry_read(call->ask, at, (size_t)(stop - at));
        at = stop + 1;
    }
    if (call->ask->count > 1)
        qsort(call->ask->entries, call->ask->count, sizeof *call->ask->entries, entry_order);
    return code;
}

static CURLcode do_stat(struct transfer__call *call, const char *name)
{
    struct transfer_ask *ask = call->ask;
    curl_off_t size = -1, time = -1;
    CURLcode code;

    plain(call);
    code = url_set(call, name, false);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_NOBODY, 1L));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_FILETIME, 1L));
    if (code == CURLE_OK)
        code = curl_easy_perform(call->curl.easy);
    ask->exists = code == CURLE_OK;
    ask->found_size = ask->modified_s = -1;
    if (code != CURLE_OK)
        return code;
    curl_easy_getinfo(call->curl.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    curl_easy_getinfo(call->curl.easy, CURLINFO_FILETIME_T, &time);
    ask->found_size = size;
    ask->modified_s = time;
    return CURLE_OK;
}

static CURLcode do_get(struct transfer__call *call, const char *name)
{
    CURLcode code;

    plain(call);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_FILETIME, 1L));
    code = url_set(call, name, false);
    return code == CURLE_OK ? curl_easy_perform(call->curl.easy) : code;
}

/* ---- What changes */

static size_t on_same(char *bytes, size_t one, size_t count, void *arg)
{
    return transfer__source_same(arg, bytes, one * count) ? one * count : 0;
}

/* The file there, of our size, has the bytes of our file. */
static bool is_our_file(struct transfer__call *call, const char *name)
{
    char error[CURL_ERROR_SIZE];
    bool same;

    memcpy(error, call->error, sizeof error);
    call->out_at = 0;
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_WRITEFUNCTION, on_same));
    same = do_get(call, name) == CURLE_OK && call->out_at == call->ask->size;
    transfer__gathers(call);
    memcpy(call->error, error, sizeof error);
    return same;
}

/* The file there has our bytes. */
static bool is_ours(struct transfer__call *call, const char *name)
{
    const struct transfer_ask *ask = call->ask;
    char error[CURL_ERROR_SIZE];
    bool same;

    if (ask->file != NULL)
        return is_our_file(call, name);
    memcpy(error, call->error, sizeof error);
    buf_fini(&call->body);
    buf_init(&call->body, ask->size + 1);
    same = do_get(call, name) == CURLE_OK && call->body.len == ask->size &&
           (ask->size == 0 || memcmp(call->body.at, ask->bytes, ask->size) == 0);
    buf_fini(&call->body);
    buf_init(&call->body, 16u * MIB);
    memcpy(call->error, error, sizeof error); /* of what was really asked for */
    return same;
}

static CURLcode upload(struct transfer__call *call, const char *name)
{
    CURLcode code;

    plain(call);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_UPLOAD, 1L));
    easy_must(
        curl_easy_setopt(call->curl.easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)call->ask->size));
    transfer__sends(call, call->ask->bytes, call->ask->size);
    code = url_set(call, name, false);
    return code == CURLE_OK ? curl_easy_perform(call->curl.easy) : code;
}

static enum err_code taken(const struct transfer__call *call, const char *name, struct err *e)
{
    return err_set(e, ERR_CONFLICT,
                   "%.100s: %.150s is there already; \"exists\": \"replace\" would replace it",
                   call->host, name);
}

static enum err_code do_put(struct transfer__call *call, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    enum err_code rc = ask->file != NULL ? transfer__source_open(call, e) : ERR_OK;
    CURLcode code = rc == ERR_OK ? do_stat(call, ask->path) : CURLE_OK;
    bool there = code == CURLE_OK;
    char *part;

    if (rc != ERR_OK)
        return rc;
    if (code != CURLE_OK && code != CURLE_REMOTE_FILE_NOT_FOUND)
        return transfer__failed(call, code, e);
    if (there && ask->found_size == (int64_t)ask->size && is_ours(call, ask->path))
        return ERR_OK; /* it is there, from an earlier attempt or as it was */
    if (there && !ask->replace)
        return taken(call, ask->path, e);
    part = part_name(ask);
    code = upload(call, part);
    if (code == CURLE_OK)
        code = do_stat(call, part);
    if (code == CURLE_OK && ask->found_size != (int64_t)ask->size)
        rc = err_set(e, ERR_TRANSIENT, "%.100s has %lld bytes of %zu of %.150s", call->host,
                     (long long)ask->found_size, ask->size, ask->path);
    if (code == CURLE_OK && rc == ERR_OK && there)
        code = command(call, "rm", ask->path, NULL);
    if (code == CURLE_OK && rc == ERR_OK)
        code = command(call, "rename", part, ask->path);
    ask->exists = ask->changed = code == CURLE_OK && rc == ERR_OK;
    if (code != CURLE_OK)
        rc = transfer__failed(call, code, e);
    if (rc != ERR_OK && call->shown_key[0] == '\0' && rc != ERR_AUTH && rc != ERR_UNAVAILABLE)
        command(call, "rm", part, NULL); /* nothing is left of it, if it can be */
    mem_free(part);
    return rc;
}

static enum err_code do_rename(struct transfer__call *call, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    CURLcode code = do_stat(call, ask->to);
    bool there = code == CURLE_OK;

    if (code != CURLE_OK && code != CURLE_REMOTE_FILE_NOT_FOUND)
        return transfer__failed(call, code, e);
    code = do_stat(call, ask->path);
    if (code == CURLE_REMOTE_FILE_NOT_FOUND && there && ask->again)
        return ERR_OK; /* it has gone there before */
    if (code == CURLE_OK && there && !ask->replace)
        return taken(call, ask->to, e);
    if (code == CURLE_OK && there)
        code = command(call, "rm", ask->to, NULL);
    if (code == CURLE_OK)
        code = command(call, "rename", ask->path, ask->to);
    ask->changed = code == CURLE_OK;
    return code == CURLE_OK ? ERR_OK : transfer__failed(call, code, e);
}

static enum err_code do_delete(struct transfer__call *call, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    CURLcode code = do_stat(call, ask->path);

    if (code == CURLE_REMOTE_FILE_NOT_FOUND)
        return ERR_OK;
    if (code == CURLE_OK)
        code = command(call, "rm", ask->path, NULL);
    ask->changed = code == CURLE_OK;
    ask->exists = false;
    return code == CURLE_OK ? ERR_OK : transfer__failed(call, code, e);
}

/* ---- All */

enum err_code transfer__sftp(struct transfer__call *call, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    CURLcode code = CURLE_OK;

    if (transfer__sign_in(call, e) != ERR_OK)
        return e->code;
    /* Several requests over one connection: nothing here is repeated by libcurl itself. */
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_FRESH_CONNECT, 0L));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_FORBID_REUSE, 0L));
    switch (ask->verb) {
    case TRANSFER_LIST:
        code = do_list(call);
        break;
    case TRANSFER_STAT:
        code = do_stat(call, ask->path);
        if (code == CURLE_REMOTE_FILE_NOT_FOUND)
            code = CURLE_OK;
        break;
    case TRANSFER_GET:
        code = do_get(call, ask->path);
        if (code == CURLE_OK)
            ask->bytes = buf_take(&call->body, &ask->size);
        if (code == CURLE_OK && ask->bytes == NULL)
            ask->bytes = mem_must_copy("");
        break;
    case TRANSFER_PUT:
        return do_put(call, e);
    case TRANSFER_RENAME:
        return do_rename(call, e);
    case TRANSFER_DELETE:
        return do_delete(call, e);
    case TRANSFER_MAIL:
        check(!"a mail is no file");
    }
    return code == CURLE_OK ? ERR_OK : transfer__failed(call, code, e);
}
