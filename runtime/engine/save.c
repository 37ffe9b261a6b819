/* save.c - see save.h. */
#include "engine/save.h"

#include <string.h>
#include <strings.h>

#include "base/card_stream.h"
#include "engine/run.h"
#include "io/pool.h"

#define SAVE_MAGIC 0x53415645u
#define SAVE_PIECE (256u * KIB) /* it grows to that: two of them for each download */
#define SAVE_MOST  (64u * MIB)  /* of a network that gives the body at once */

struct save {
    unsigned magic;
    struct engine *engine; /* of the loop's thread only */
    const void *config;
    bool (*wants)(const void *config, int status);
    struct http_sink sink;
    bool unsized;
    struct http_out *http; /* whose call brings it */
    uint64_t call;
    struct buf filling;
    bool full; /* the network waits */
    bool out;  /* the pool has it: what stands below is the pool's */
    bool ended, left;
    struct err error; /* code ERR_OK: none so far */
    save_fn *done;
    uint64_t tag;
    struct step_saved saved;
    bool kept;
    /* the pool's */
    struct files *files;
    struct file_ask *ask;
    struct files_draft *draft;
    struct buf writing, passed;
    bool last; /* nothing follows: it is kept */
    struct err failure;
    struct card_stream cards;
    struct card_report report;
};

/* ---- On the pool */

static enum err_code save_write(struct save *save, struct err *e)
{
    buf_clear(&save->passed);
    card_stream_add(&save->cards, buf_text(&save->writing), save->writing.len, &save->passed,
                    &save->report);
    if (save->last)
        card_stream_end(&save->cards, &save->passed, &save->report);
    if (!buf_ok(&save->passed) || save->report.failed)
        return err_set(e, ERR_MEMORY, "no memory to look for card data in the answer");
    if (save->draft == NULL && files_draft(save->files, save->ask, &save->draft, e) != ERR_OK)
        return e->code;
    if (files_draft_add(save->draft, buf_text(&save->passed), save->passed.len, e) != ERR_OK)
        return e->code;
    return save->last ? files_draft_keep(save->draft, save->ask, e) : ERR_OK;
}

static void save_work(void *arg)
{
    struct save *save = arg;
    enum err_code rc = save_write(save, &save->failure);

    save->failure.code = rc;
    if (rc == ERR_OK && !save->last)
        return;
    files_draft_free(save->draft);
    save->draft = NULL;
}

/* ---- Its life */

static void save_free(struct save *save)
{
    CHECK_OBJ(save, SAVE_MAGIC);
    check(!save->out);
    files_draft_free(save->draft);
    file_ask_free(save->ask);
    card_stream_fini(&save->cards);
    card_report_fini(&save->report);
    buf_fini(&save->filling);
    buf_fini(&save->writing);
    buf_fini(&save->passed);
    save->magic = 0;
    mem_free(save);
}

void save_leave(struct save *save)
{
    if (save == NULL)
        return;
    CHECK_OBJ(save, SAVE_MAGIC);
    save->left = true;
    if (!save->out)
        save_free(save);
}

static void save_kept(struct save *save)
{
    const struct file_ask *ask = save->ask;

    save->kept = true;
    save->saved = (struct step_saved){ .size = ask->stamp.size, .changed = ask->changed };
    memcpy(save->saved.digest, ask->digest, sizeof save->saved.digest);
}

static void save_begin(struct save *save);

static void save_written(void *arg)
{
    struct save *save = arg;
    bool resumes = save->full;

    CHECK_OBJ(save, SAVE_MAGIC);
    check(save->out);
    save->out = false;
    if (save->left) { /* (3) */
        save_free(save);
        return;
    }
    save->error = save->failure;
    if (save->error.code == ERR_OK && save->last)
        save_kept(save);
    else if (save->error.code == ERR_OK && (save->full || save->ended))
        save_begin(save);
    if (save->ended && !save->out) {
        save->done(save->engine, save->tag);
        return;
    }
    save->full = false;
    if (resumes && !save->ended)
        http_out_resume(save->http, save->call);
}

/* What has come goes to the pool; the other piece is filled meanwhile. */
static void save_begin(struct save *save)
{
    struct buf empty = save->writing;

    check(!save->out);
    save->writing = save->filling;
    save->filling = empty;
    buf_clear(&save->filling);
    save->last = save->ended;
    save->out = true;
    pool_work(save->engine->world.pool, save_work, save_written, save);
}

/* ---- The network */

static bool save_wants(void *arg, int status)
{
    const struct save *save = arg;

    return save->wants(save->config, status);
}

/* (1) */
static enum http_taken save_take(void *arg, const char *bytes, size_t size)
{
    struct save *save = arg;

    CHECK_OBJ(save, SAVE_MAGIC);
    check(!save->ended && !save->left);
    if (save->error.code != ERR_OK)
        return HTTP_REFUSED;
    if (save->filling.len > 0 && save->filling.len + size > SAVE_PIECE) {
        if (save->out) {
            save->full = true;
            return HTTP_FULL;
        }
        save_begin(save);
    }
    buf_add(&save->filling, bytes, size);
    if (buf_check(&save->filling, "a piece of the answer", &save->error) != ERR_OK)
        return HTTP_REFUSED;
    return HTTP_TAKEN;
}

struct save *save_new(struct step *step, const struct step_save *ask, struct err *e)
{
    struct engine *engine = step->run->engine;
    struct save *save;

    if (engine->world.files == NULL) {
        err_set(e, ERR_POLICY, "no files may be used here");
        return NULL;
    }
    save = mem_must(sizeof *save);
    *save = (struct save){ .magic = SAVE_MAGIC,
                           .engine = engine,
                           .config = step->config,
                           .wants = ask->wants,
                           .unsized = ask->unsized,
                           .sink = { save_wants, save_take, save, ask->most },
                           .files = engine->world.files };
    save->ask = file_ask_new(FILE_WRITE, ask->folder, ask->name);
    save->ask->parents = ask->parents;
    save->ask->replace = ask->replace;
    snprintf(save->ask->key, sizeof save->ask->key, "%s", step_key(step));
    buf_init(&save->filling, SAVE_MOST);
    buf_init(&save->writing, SAVE_MOST);
    buf_init(&save->passed, 2 * SAVE_MOST);
    card_stream_init(&save->cards);
    return save;
}

const struct http_sink *save_sink(const struct save *save)
{
    return save != NULL ? &save->sink : NULL;
}

void save_calls(struct save *save, struct http_out *out, uint64_t http)
{
    if (save == NULL)
        return;
    save->http = out;
    save->call = http;
}

/* ---- The end */

/* Whether the answer is one that can become a file. */
static enum err_code save_check(struct save *save, const struct http_reply *reply)
{
    const char *coding = http_reply_header(reply, "Content-Encoding");

    if (coding != NULL && *coding != '\0' && strcasecmp(coding, "identity") != 0)
        return err_set(&save->error, ERR_INVALID,
                       "the answer is compressed (%.40s), which was not asked for", coding);
    if (!reply->sized && !save->unsized)
        return err_set(&save->error, ERR_INVALID,
                       "the answer does not say how long it is, so nobody can tell whether it is "
                       "whole; \"unsized\": true takes it all the same");
    if (!reply->sunk && (int64_t)reply->body_size > save->sink.limit)
        return err_set(&save->error, ERR_LIMIT, "the answer is larger than %lld bytes",
                       (long long)save->sink.limit);
    return ERR_OK;
}

/* (2) */
bool save_end(struct save *save, const struct http_reply *reply, save_fn *done, uint64_t tag)
{
    CHECK_OBJ(save, SAVE_MAGIC);
    check(!save->ended);
    save->call = 0;
    if (reply->code != ERR_OK || save->error.code != ERR_OK ||
        !save->wants(save->config, reply->status) || save_check(save, reply) != ERR_OK)
        return false;
    if (!reply->sunk)
        buf_add(&save->filling, reply->body, reply->body_size);
    if (buf_check(&save->filling, "the answer", &save->error) != ERR_OK)
        return false;
    save->ended = true;
    save->done = done;
    save->tag = tag;
    if (!save->out)
        save_begin(save);
    return true;
}

const struct err *save_error(const struct save *save)
{
    return save->error.code != ERR_OK ? &save->error : NULL;
}

const struct step_saved *save_result(const struct save *save)
{
    return save->kept ? &save->saved : NULL;
}

const struct card_report *save_cards(const struct save *save)
{
    return &save->report;
}
