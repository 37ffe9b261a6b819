/* save.c - see save.h. */
#include "engine/save.h"

#include <string.h>
#include <strings.h>

#include "base/card_stream.h"
#include "engine/expiry.h"
#include "engine/guard.h"
#include "engine/run.h"
#include "io/pool.h"

#define SAVE_MAGIC 0x53415645u
#define SAVE_PIECE (256u * KIB) /* it grows to that: two of them for each download */
#define SAVE_MOST  (64u * MIB)  /* of a network that gives the body at once */

/* What the pool does next. */
enum save_task {
    SAVE_PART,  /* a piece */
    SAVE_WHOLE, /* the last one, and the name */
    SAVE_LOOK,  /* the last one, and how things stand at the path */
    SAVE_SHOW,  /* the name */
};

struct save {
    unsigned magic;
    struct engine *engine; /* of the loop's thread only */
    const void *config;
    bool (*wants)(const void *config, int status);
    bool (*refuses)(const void *config, int status, const char *body, size_t size);
    struct http_sink sink;
    bool unsized;
    struct http_out *http; /* whose call brings it */
    uint64_t call;
    struct buf filling;
    bool full;  /* the network waits */
    bool out;   /* the pool has it: what stands below is the pool's */
    bool waits; /* for its turn, or for the commit of its row */
    bool ended, left, refused;
    uint64_t run;
    int64_t keep_ms, until_ms; /* 0: for ever */
    struct expiry_turn *turn;
    struct expiry row; /* of the path, as it was found */
    struct err error;  /* code ERR_OK: none so far */
    save_fn *done;
    uint64_t tag;
    struct step_saved saved;
    bool kept;
    /* the pool's */
    struct files *files;
    struct file_ask *ask;
    struct files_draft *draft;
    struct buf writing, passed;
    enum save_task task;
    bool same; /* that file is there already */
    struct err failure;
    struct card_stream cards;
    struct card_report report;
};

/* ---- On the pool */

static enum err_code save_add(struct save *save, struct err *e)
{
    buf_clear(&save->passed);
    card_stream_add(&save->cards, buf_text(&save->writing), save->writing.len, &save->passed,
                    &save->report);
    if (save->task != SAVE_PART)
        card_stream_end(&save->cards, &save->passed, &save->report);
    if (!buf_ok(&save->passed) || save->report.failed)
        return err_set(e, ERR_MEMORY, "no memory to look for card data in the answer");
    if (save->draft == NULL && files_draft(save->files, save->ask, &save->draft, e) != ERR_OK)
        return e->code;
    return files_draft_add(save->draft, buf_text(&save->passed), save->passed.len, e);
}

static enum err_code save_do(struct save *save, struct err *e)
{
    enum err_code rc = ERR_OK;

    if (save->task != SAVE_SHOW)
        rc = save_add(save, e);
    if (rc != ERR_OK || save->task == SAVE_PART)
        return rc;
    if (save->task != SAVE_SHOW)
        rc = files_draft_end(save->draft, save->ask, e);
    if (rc == ERR_OK && save->task != SAVE_SHOW)
        rc = files_draft_look(save->draft, save->ask, &save->same, e);
    if (rc == ERR_OK && !save->same && save->task != SAVE_LOOK)
        rc = files_draft_show(save->draft, save->ask, e);
    return rc;
}

static void save_work(void *arg)
{
    struct save *save = arg;
    enum err_code rc = save_do(save, &save->failure);

    save->failure.code = rc;
    if (rc == ERR_OK && (save->task == SAVE_PART || save->task == SAVE_LOOK))
        return;
    files_draft_free(save->draft);
    save->draft = NULL;
}

/* ---- Its life */

static void save_free(struct save *save)
{
    CHECK_OBJ(save, SAVE_MAGIC);
    check(!save->out && !save->waits);
    expiry_leave(save->turn);
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
    if (!save->out && !save->waits)
        save_free(save);
}

static void save_kept(struct save *save)
{
    const struct file_ask *ask = save->ask;

    save->kept = true;
    save->saved = (struct step_saved){
        .folder = ask->folder, .name = ask->name, .size = ask->stamp.size, .changed = ask->changed
    };
    memcpy(save->saved.digest, ask->digest, sizeof save->saved.digest);
}

static void save_written(void *arg);

static void save_begin(struct save *save, enum save_task task)
{
    check(!save->out);
    save->task = task;
    save->out = true;
    pool_work(save->engine->world.pool, save_work, save_written, save);
}

/* What has come goes to the pool; the other piece is filled meanwhile. */
static void save_piece(struct save *save, enum save_task task)
{
    struct buf empty = save->writing;

    save->writing = save->filling;
    save->filling = empty;
    buf_clear(&save->filling);
    save_begin(save, task);
}

/* ---- The end: its turn at the path, its row, its name */

static void save_over(struct save *save)
{
    struct expiry_turn *turn = save->turn;

    save->turn = NULL;
    expiry_leave(turn);
    save->done(save->engine, save->tag);
}

static void save_rowed(void *arg, const struct err *e)
{
    struct save *save = arg;

    CHECK_OBJ(save, SAVE_MAGIC);
    save->waits = false;
    if (e->code == ERR_OK && save->until_ms > 0)
        expiry_is_put(save->engine, save->until_ms);
    if (save->left) { /* (3) */
        save_free(save);
        return;
    }
    save->error = *e;
    if (e->code == ERR_OK && !save->same) {
        save_begin(save, SAVE_SHOW);
        return;
    }
    if (e->code == ERR_OK)
        save_kept(save);
    save_over(save);
}

/* Whose file it will be (expiry.h, 2 and 4). */
static void save_row(struct save *save)
{
    const struct expiry *row = &save->row;
    int64_t until = save->keep_ms > 0 ? save->engine->wall + save->keep_ms : 0;
    bool ours =
        !save->same || (row->until_ms > 0 && file_stamp_same(&row->stamp, &save->ask->stamp));

    if (save->same && until > 0 && until < row->until_ms)
        until = row->until_ms;
    if (!ours || (until == 0 && row->until_ms == 0)) {
        save_rowed(save, &(struct err){ .code = ERR_OK });
        return;
    }
    save->waits = true;
    save->until_ms = until;
    expiry_put(save->engine, save->turn, save->ask, save->run, until, save_rowed, save);
}

/* It is its turn. */
static void save_entered(void *arg)
{
    struct save *save = arg;
    bool rows;

    save->waits = false;
    if (save->left) {
        save_free(save);
        return;
    }
    if (expiry_find(save->engine, save->turn, &save->row, &save->error) != ERR_OK) {
        save_over(save);
        return;
    }
    save->error.code = ERR_OK;
    rows = save->keep_ms > 0 || save->row.until_ms > 0;
    save_piece(save, rows ? SAVE_LOOK : SAVE_WHOLE);
}

static void save_last(struct save *save)
{
    save->waits = true;
    expiry_enter(save->engine, save->ask->folder, save->ask->name, &save->turn, save_entered, save);
}

/* The pool is done with its part. */
static void save_went_on(struct save *save)
{
    if (save->task != SAVE_PART && save->task != SAVE_LOOK)
        save_kept(save);
    if (save->task == SAVE_LOOK)
        save_row(save);
    else if (save->task != SAVE_PART)
        save_over(save);
    else if (save->ended)
        save_last(save);
    else if (save->full)
        save_piece(save, SAVE_PART);
}

static void save_written(void *arg)
{
    struct save *save = arg;
    bool resumes = save->full && !save->ended;

    CHECK_OBJ(save, SAVE_MAGIC);
    check(save->out);
    save->out = false;
    if (save->left) { /* (3) */
        save_free(save);
        return;
    }
    save->error = save->failure;
    if (save->error.code == ERR_OK)
        save_went_on(save);
    else if (save->ended)
        save_over(save);
    if (!resumes)
        return;
    save->full = false;
    http_out_resume(save->http, save->call);
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
        save_piece(save, SAVE_PART);
    }
    buf_add(&save->filling, bytes, size);
    if (buf_check(&save->filling, "a piece of the answer", &save->error) != ERR_OK)
        return HTTP_REFUSED;
    return HTTP_TAKEN;
}

/* A row is kept of the path, as it is. */
static enum err_code save_path_check(const struct step_save *ask, struct err *e)
{
    if (guard_has_card(ask->name))
        return err_set(e, ERR_INVALID,
                       "the name of the file has a card number in it; with \"keep\" it would be "
                       "stored");
    if (strlen(ask->folder) + strlen(ask->name) >= STORE_FACT_KEY)
        return err_set(e, ERR_INVALID,
                       "the file's path is longer than %u bytes, which \"keep\" allows",
                       STORE_FACT_KEY - 1);
    return ERR_OK;
}

struct save *save_new(struct step *step, const struct step_save *ask, struct err *e)
{
    struct engine *engine = step->run->engine;
    struct save *save;

    if (engine->world.files == NULL) {
        err_set(e, ERR_POLICY, "no files may be used here");
        return NULL;
    }
    if (ask->keep_ms > 0 && save_path_check(ask, e) != ERR_OK)
        return NULL;
    save = mem_must(sizeof *save);
    *save = (struct save){ .magic = SAVE_MAGIC,
                           .engine = engine,
                           .config = step->config,
                           .wants = ask->wants,
                           .refuses = ask->refuses,
                           .unsized = ask->unsized,
                           .run = step->run->id,
                           .keep_ms = ask->keep_ms,
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

/* Nothing has gone to the pool yet: all of it is here. */
static bool save_is_refusal(const struct save *save, int status)
{
    return save->refuses != NULL && !save->out && save->draft == NULL &&
           save->refuses(save->config, status, buf_text(&save->filling), save->filling.len);
}

const struct buf *save_refusal(const struct save *save)
{
    return save->refused ? &save->filling : NULL;
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
    save->refused = save_is_refusal(save, reply->status);
    if (save->refused)
        return false;
    save->ended = true;
    save->done = done;
    save->tag = tag;
    if (!save->out)
        save_last(save);
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
