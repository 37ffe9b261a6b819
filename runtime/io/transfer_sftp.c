/* transfer_sftp.c - files on an SFTP server.
 *
 * A file that is put is first written under a name of its own, ".weft-KEY.part", looked at for its
 * size, and then renamed: nobody takes half of one. The protocol's rename refuses a name that is
 * taken, so "replace" removes that file just before; between the two there is none.
 *
 * (1) What is renamed or removed is the file of the ask's stamp: looked at just before. The
 *     protocol cannot ask for both at once.                                       [is_the_file]
 * (2) *sent: a rename or removal was asked for, and no answer of the server came.   [command_do] */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/fault.h"
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

static CURLcode do_list(struct transfer__call *call)
{
    CURLcode code;

    plain(call);
    code = url_set(call, call->ask->path, true);
    if (code == CURLE_OK)
        code = curl_easy_perform(call->curl.easy);
    if (code == CURLE_OK)
        transfer__entries(call->ask, buf_text(&call->body), call->body.len);
    return code;
}

static CURLcode do_get(struct transfer__call *call, const char *name)
{
    CURLcode code;

    plain(call);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_FILETIME, 1L));
    code = url_set(call, name, false);
    return code == CURLE_OK ? curl_easy_perform(call->curl.easy) : code;
}

static size_t on_any(char *bytes, size_t one, size_t count, void *arg)
{
    (void)bytes;
    (void)one;
    (void)count;
    (void)arg;
    return 0;
}

/* libcurl says the same of an empty file, of a server that tells no size and of a line that broke
 * at the question. */
static CURLcode is_it_empty(struct transfer__call *call, const char *name,
                            struct transfer_stamp *found)
{
    CURLcode code;

    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_WRITEFUNCTION, on_any));
    code = do_get(call, name);
    transfer__gathers(call);
    if (code == CURLE_OK)
        found->size = 0;
    return code;
}

static CURLcode ask_stat(struct transfer__call *call, const char *name,
                         struct transfer_stamp *found)
{
    curl_off_t size = -1, time = -1;
    CURLcode code;

    plain(call);
    code = url_set(call, name, false);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_NOBODY, 1L));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_FILETIME, 1L));
    if (code == CURLE_OK)
        code = curl_easy_perform(call->curl.easy);
    *found = (struct transfer_stamp){ .exists = code == CURLE_OK, .size = -1, .modified_s = -1 };
    if (code != CURLE_OK)
        return code == CURLE_REMOTE_FILE_NOT_FOUND ? CURLE_OK : code;
    curl_easy_getinfo(call->curl.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    curl_easy_getinfo(call->curl.easy, CURLINFO_FILETIME_T, &time);
    found->size = size;
    found->modified_s = time;
    return CURLE_OK;
}

static CURLcode do_stat(struct transfer__call *call, const char *name, struct transfer_stamp *found)
{
    CURLcode code = ask_stat(call, name, found);

    if (code != CURLE_OK || !found->exists || found->size >= 0)
        return code;
    code = is_it_empty(call, name, found);
    return code == CURLE_WRITE_ERROR ? ask_stat(call, name, found) : code;
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

/* Of none libcurl waits for a line that it does not write on, when it knows that there are none. */
static CURLcode upload(struct transfer__call *call, const char *name)
{
    curl_off_t size = call->ask->size > 0 ? (curl_off_t)call->ask->size : -1;
    CURLcode code;

    plain(call);
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_UPLOAD, 1L));
    easy_must(curl_easy_setopt(call->curl.easy, CURLOPT_INFILESIZE_LARGE, size));
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

/* (2) */
static enum err_code command_do(struct transfer__call *call, const char *first, const char *name,
                                const char *to, bool *sent, struct err *e)
{
    CURLcode code;

    call->lost = false;
    code = command(call, first, name, to);
    if (code == CURLE_OK)
        return ERR_OK;
    *sent = *sent || call->lost || code != CURLE_QUOTE_ERROR;
    transfer__failed(call, code, e);
    if (call->lost)
        err_set(e, ERR_TRANSIENT, "%.100s: the connection broke before the answer to %s of %.150s",
                call->host, first, name);
    return e->code;
}

/* (1) */
static enum err_code is_the_file(struct transfer__call *call, const char *name, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    CURLcode code = do_stat(call, name, &ask->found);

    if (code != CURLE_OK)
        return transfer__failed(call, code, e);
    if (!ask->found.exists)
        return err_set(e, ERR_NOT_FOUND, "%.100s: %.150s is not there", call->host, name);
    if (ask->found.size != ask->stamp.size || ask->found.modified_s != ask->stamp.modified_s)
        return err_set(e, ERR_CONFLICT, "%.100s: %.150s is another file by now", call->host, name);
    return ERR_OK;
}

static enum err_code do_rename(struct transfer__call *call, const char *from, const char *to,
                               bool *sent, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    CURLcode code = do_stat(call, to, &ask->found_to);

    if (code != CURLE_OK)
        return transfer__failed(call, code, e);
    if (is_the_file(call, from, e) != ERR_OK)
        return e->code;
    if (ask->found_to.exists && !ask->replace)
        return taken(call, to, e);
    if (ask->found_to.exists && command_do(call, "rm", to, NULL, sent, e) != ERR_OK)
        return e->code;
    if (command_do(call, "rename", from, to, sent, e) != ERR_OK)
        return e->code;
    (void)fault_hit("sftp.done.kill");
    ask->changed = true;
    return ERR_OK;
}

static enum err_code do_delete(struct transfer__call *call, bool *sent, struct err *e)
{
    struct transfer_ask *ask = call->ask;

    if (is_the_file(call, ask->path, e) == ERR_OK)
        command_do(call, "rm", ask->path, NULL, sent, e);
    else if (e->code == ERR_NOT_FOUND)
        return ERR_OK; /* somebody else was quicker */
    else
        return e->code;
    ask->changed = e->code == ERR_OK;
    if (ask->changed)
        (void)fault_hit("sftp.done.kill");
    return e->code;
}

/* ---- A put */

/* Nothing is left of it, if it can be: whoever has given it up may be at it again. */
static void part_drop(struct transfer__call *call, const char *part, enum err_code rc)
{
    if (call->shown_key[0] == '\0' && rc != ERR_AUTH && rc != ERR_UNAVAILABLE &&
        !atomic_load(call->given_up))
        command(call, "rm", part, NULL);
}

static enum err_code part_send(struct transfer__call *call, const char *part, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    CURLcode code = upload(call, part);
    enum err_code rc = ERR_OK;

    if (code == CURLE_OK)
        code = do_stat(call, part, &ask->found);
    if (code != CURLE_OK)
        rc = transfer__failed(call, code, e);
    else if (!ask->found.exists || ask->found.size != (int64_t)ask->size)
        rc = err_set(e, ERR_TRANSIENT, "%.100s has %lld bytes of %zu of %.150s", call->host,
                     (long long)ask->found.size, ask->size, ask->path);
    if (rc != ERR_OK)
        part_drop(call, part, rc);
    else
        (void)fault_hit("sftp.sent.kill");
    return rc;
}

static enum err_code put_look(struct transfer__call *call, const char *part, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    bool again = ask->phase == TRANSFER_RELOOK;
    enum err_code rc = ask->file != NULL ? transfer__source_open(call, e) : ERR_OK;
    bool readable = rc == ERR_OK;
    CURLcode code;

    if (!readable && !again)
        return rc;
    code = do_stat(call, ask->path, &ask->found_to);
    if (code == CURLE_OK && again)
        code = do_stat(call, part, &ask->found);
    if (code != CURLE_OK)
        return transfer__failed(call, code, e);
    ask->same = readable && ask->found_to.exists && ask->found_to.size == (int64_t)ask->size &&
                is_ours(call, ask->path);
    if (ask->same && ask->found.exists)
        command(call, "rm", part, NULL);
    if (ask->same || again)
        return ERR_OK;
    if (ask->found_to.exists && !ask->replace)
        return taken(call, ask->path, e);
    return part_send(call, part, e);
}

static enum err_code do_put(struct transfer__call *call, bool *sent, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    char *part = part_name(ask);
    enum err_code rc;

    if (ask->phase != TRANSFER_DO) {
        rc = put_look(call, part, e);
    } else {
        rc = do_rename(call, part, ask->path, sent, e);
        if (rc != ERR_OK && !*sent)
            part_drop(call, part, rc);
    }
    mem_free(part);
    return rc;
}

/* ---- All */

static enum err_code look(struct transfer__call *call, struct err *e)
{
    struct transfer_ask *ask = call->ask;
    CURLcode code = do_stat(call, ask->path, &ask->found);

    if (code == CURLE_OK && ask->phase == TRANSFER_RELOOK && ask->to != NULL)
        code = do_stat(call, ask->to, &ask->found_to);
    return code == CURLE_OK ? ERR_OK : transfer__failed(call, code, e);
}

enum err_code transfer__sftp(struct transfer__call *call, bool *sent, struct err *e)
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
        return look(call, e);
    case TRANSFER_GET:
        code = do_get(call, ask->path);
        if (code == CURLE_OK)
            ask->bytes = buf_take(&call->body, &ask->size);
        if (code == CURLE_OK && ask->bytes == NULL)
            ask->bytes = mem_must_copy("");
        break;
    case TRANSFER_PUT:
        return do_put(call, sent, e);
    case TRANSFER_RENAME:
        return ask->phase != TRANSFER_DO ? look(call, e)
                                         : do_rename(call, ask->path, ask->to, sent, e);
    case TRANSFER_DELETE:
        return ask->phase != TRANSFER_DO ? look(call, e) : do_delete(call, sent, e);
    case TRANSFER_MAIL:
        check(!"a mail is no file");
    }
    return code == CURLE_OK ? ERR_OK : transfer__failed(call, code, e);
}
