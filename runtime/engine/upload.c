/* upload.c - see upload.h. */
#include "engine/upload.h"

#include <string.h>

#include "base/hash.h"
#include "engine/run.h"
#include "io/pool.h"

#define UPLOAD_MAGIC 0x55504C44u
#define UPLOAD_PAGE  (256u * KIB) /* two of them for each call */

struct upload_file {
    size_t at; /* in the text */
    char *folder, *name;
    struct file_stamp stamp;
    char digest[65];
};

struct upload {
    unsigned magic;
    struct engine *engine;
    const char *text; /* the call's */
    size_t text_size;
    struct upload_file *files;
    size_t count;
    struct http_source source;
    struct http_out *http; /* whose call takes it */
    uint64_t call;
    /* What goes out: text up to the first file, that file, text, ... */
    size_t part;                   /* even: a stretch of the text, odd: a file */
    int64_t given;                 /* of it */
    struct file_ask *page, *ahead; /* being given; behind it */
    size_t page_given;
    bool waits; /* the network, for a page */
    bool out;   /* the pool has it: what stands below is the pool's */
    bool again; /* begun anew meanwhile: what the pool brings is of no use */
    bool left;
    struct err error; /* code ERR_OK: none so far */
    /* What is read next; the pool's */
    struct files *real;
    size_t file;
    int64_t at;
    struct file_ask *reading;
    struct hash *hash; /* of the file so far */
    struct err failure;
    atomic_bool given_up;
};

/* ---- On the pool */

static enum err_code upload_changed(const struct upload_file *file, struct err *e)
{
    return err_set(e, ERR_CONFLICT,
                   "%.150s/%.150s has changed since it was looked at for this request, which was "
                   "broken off; write a file under another name, and rename it when it is whole",
                   file->folder, file->name);
}

/* (2) */
static enum err_code upload_check(struct upload *upload, struct err *e)
{
    const struct upload_file *file = &upload->files[upload->file];
    const struct file_ask *page = upload->reading;
    unsigned char sum[HASH_SIZE];
    char digest[HASH_TEXT];

    if (upload->at == 0) {
        hash_free(upload->hash);
        upload->hash = hash_new(NULL, 0);
        check(upload->hash != NULL);
    }
    hash_add(upload->hash, page->bytes, page->size);
    if (!page->last)
        return ERR_OK;
    hash_end(upload->hash, sum);
    hash_text(sum, digest);
    return strcmp(digest, file->digest) == 0 ? ERR_OK : upload_changed(file, e);
}

static void upload_work(void *arg)
{
    struct upload *upload = arg;
    struct err *e = &upload->failure;
    bool sent;
    enum err_code rc = files_do(upload->real, upload->reading, &upload->given_up, &sent, e);

    if (rc == ERR_OK)
        rc = upload_check(upload, e);
    else if (rc == ERR_CONFLICT)
        upload_changed(&upload->files[upload->file], e);
    e->code = rc;
}

/* ---- Its life */

static void upload_drop_pages(struct upload *upload)
{
    file_ask_free(upload->page);
    file_ask_free(upload->ahead);
    file_ask_free(upload->reading);
    upload->page = upload->ahead = upload->reading = NULL;
}

static void upload_free(struct upload *upload)
{
    CHECK_OBJ(upload, UPLOAD_MAGIC);
    check(!upload->out);
    upload_drop_pages(upload);
    for (size_t i = 0; i < upload->count; i++) {
        mem_free(upload->files[i].folder);
        mem_free(upload->files[i].name);
    }
    mem_free(upload->files);
    hash_free(upload->hash);
    upload->magic = 0;
    mem_free(upload);
}

void upload_leave(struct upload *upload)
{
    if (upload == NULL)
        return;
    CHECK_OBJ(upload, UPLOAD_MAGIC);
    upload->left = true;
    atomic_store(&upload->given_up, true);
    if (!upload->out)
        upload_free(upload);
}

static void upload_read_done(void *arg);

/* The page behind those that are there, if there is one and nobody reads it yet. */
static void upload_read(struct upload *upload)
{
    const struct upload_file *file;

    while (upload->file < upload->count && upload->files[upload->file].stamp.size == 0)
        upload->file++;
    if (upload->out || upload->ahead != NULL || upload->file == upload->count)
        return;
    file = &upload->files[upload->file];
    upload->reading = file_ask_new(FILE_READ, file->folder, file->name);
    upload->reading->at = upload->at;
    upload->reading->most = UPLOAD_PAGE;
    upload->reading->stamped = true;
    upload->reading->stamp = file->stamp;
    upload->out = true;
    pool_work(upload->engine->world.pool, upload_work, upload_read_done, upload);
}

/* The page that was read takes its place. */
static void upload_came(struct upload *upload)
{
    struct file_ask *came = upload->reading;

    check(upload->ahead == NULL && came->size > 0);
    upload->reading = NULL;
    upload->at = came->last ? 0 : came->next;
    upload->file += came->last;
    if (upload->page == NULL) {
        upload->page = came;
        upload->page_given = 0;
    } else {
        upload->ahead = came;
    }
}

static void upload_rewind(struct upload *upload)
{
    upload_drop_pages(upload);
    upload->part = upload->file = upload->page_given = 0;
    upload->given = upload->at = 0;
    upload->waits = upload->again = false;
    upload_read(upload);
}

static void upload_read_done(void *arg)
{
    struct upload *upload = arg;
    bool resumes = upload->waits;

    CHECK_OBJ(upload, UPLOAD_MAGIC);
    check(upload->out);
    upload->out = false;
    if (upload->left) { /* (3) */
        upload_free(upload);
        return;
    }
    if (upload->again) {
        upload_rewind(upload);
        upload->waits = resumes;
        return;
    }
    upload->error = upload->failure;
    if (upload->error.code == ERR_OK) {
        upload_came(upload);
        upload_read(upload);
    }
    upload->waits = false;
    if (resumes)
        http_out_resume(upload->http, upload->call);
}

/* ---- The network */

/* Copies from `size` bytes at `from`, of which some have been given. */
static void upload_copy(char *to, size_t room, const char *from, size_t size, size_t *given)
{
    *given = size < room ? size : room;
    memcpy(to, from, *given);
}

/* A stretch of the text, or *given = 0: it is behind it. */
static void upload_give_text(const struct upload *upload, char *to, size_t room, size_t *given)
{
    size_t i = upload->part / 2, from = i > 0 ? upload->files[i - 1].at : 0;
    size_t end = i < upload->count ? upload->files[i].at : upload->text_size;

    from += (size_t)upload->given;
    upload_copy(to, room, upload->text + from, end - from, given);
}

/* (1) */
static enum http_given upload_give_file(struct upload *upload, char *to, size_t room, size_t *given)
{
    if (upload->page != NULL && upload->page_given == upload->page->size) {
        file_ask_free(upload->page);
        upload->page = upload->ahead;
        upload->ahead = NULL;
        upload->page_given = 0;
        upload_read(upload);
    }
    if (upload->page == NULL) {
        upload->waits = true;
        return HTTP_LATER;
    }
    upload_copy(to, room, upload->page->bytes + upload->page_given,
                upload->page->size - upload->page_given, given);
    upload->page_given += *given;
    return HTTP_GIVEN;
}

static enum http_given upload_give(void *arg, char *to, size_t room, size_t *given)
{
    struct upload *upload = arg;
    enum http_given rc = HTTP_GIVEN;

    CHECK_OBJ(upload, UPLOAD_MAGIC);
    check(!upload->left);
    for (*given = 0; upload->error.code == ERR_OK && *given == 0;) {
        const struct upload_file *file =
            upload->part % 2 == 1 ? &upload->files[upload->part / 2] : NULL;

        check(upload->part <= 2 * upload->count);
        if (file == NULL)
            upload_give_text(upload, to, room, given);
        else if (upload->given < file->stamp.size)
            rc = upload_give_file(upload, to, room, given);
        if (rc != HTTP_GIVEN)
            return rc;
        upload->given += (int64_t)*given;
        if (*given == 0) {
            upload->part++;
            upload->given = 0;
        }
    }
    return upload->error.code == ERR_OK ? HTTP_GIVEN : HTTP_BROKEN;
}

/* ---- For the call */

struct upload *upload_new(struct step *step, const struct step_ask *ask, const char *text,
                          struct err *e)
{
    struct engine *engine = step->run->engine;
    struct upload *upload;

    check(ask->upload_count <= STEP_UPLOADS && ask->secret_count == 0);
    if (engine->world.files == NULL) {
        err_set(e, ERR_POLICY, "no files may be used here");
        return NULL;
    }
    upload = mem_must(sizeof *upload);
    *upload = (struct upload){ .magic = UPLOAD_MAGIC,
                               .engine = engine,
                               .text = text,
                               .text_size = ask->body_size,
                               .files = mem_must(ask->upload_count * sizeof *upload->files),
                               .count = ask->upload_count,
                               .source = { upload_give, upload, (int64_t)ask->body_size },
                               .real = engine->world.files };
    atomic_init(&upload->given_up, false);
    for (size_t i = 0; i < upload->count; i++) {
        const struct step_upload *from = &ask->uploads[i];
        struct upload_file *file = &upload->files[i];

        check(from->at <= ask->body_size && (i == 0 || ask->uploads[i - 1].at <= from->at));
        file->at = from->at;
        file->folder = mem_must_copy(from->folder);
        file->name = mem_must_copy(from->name);
        file->stamp = from->stamp;
        snprintf(file->digest, sizeof file->digest, "%s", from->digest);
        upload->source.size += from->stamp.size;
    }
    return upload;
}

const struct http_source *upload_begin(struct upload *upload)
{
    CHECK_OBJ(upload, UPLOAD_MAGIC);
    upload->error.code = ERR_OK;
    upload->waits = false;
    upload->again = upload->out;
    if (!upload->out)
        upload_rewind(upload);
    return &upload->source;
}

void upload_calls(struct upload *upload, struct http_out *out, uint64_t http)
{
    if (upload == NULL)
        return;
    upload->http = out;
    upload->call = http;
}

void upload_digest(const struct upload *upload, struct buf *all)
{
    for (size_t i = 0; upload != NULL && i < upload->count; i++)
        buf_addf(all, "%zu %lld %s\n", upload->files[i].at, (long long)upload->files[i].stamp.size,
                 upload->files[i].digest);
}

const struct err *upload_error(const struct upload *upload)
{
    return upload != NULL && upload->error.code != ERR_OK ? &upload->error : NULL;
}
