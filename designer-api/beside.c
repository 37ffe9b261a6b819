/* beside.c - see beside.h. */
#include "designer-api/beside.h"

#include <string.h>

#include "designer-api/api_priv.h"
#include "designer-api/kept.h"
#include "designer-api/paper.h"
#include "engine/operate.h"
#include "io/pool.h"
#include "store/look.h"
#include "store/store_sqlite.h"

struct beside {
    struct pool *pool; /* NULL: the engine's store is read, on the loop's thread */
    struct clock *clock;
    struct store *store; /* of its own, or the engine's */
    bool busy;           /* the first one's work is under way */
    bool closed;         /* nobody is answered any more */
    struct trails *trails;
    struct papers *papers;
    struct beside_ask *first, **end; /* whose work is under way, and who waits */
    unsigned count;
};

struct beside *beside_new(struct loop *loop, struct clock *clock, struct log *log,
                          struct store *store, const char *file, struct err *e)
{
    struct store *own = file != NULL ? store_sqlite_open_readonly(file, log, e) : NULL;
    struct beside *beside;

    if (file != NULL && own == NULL)
        return NULL;
    beside = mem_must(sizeof *beside);
    *beside = (struct beside){ .pool = own != NULL ? pool_calm_new(loop) : NULL,
                               .clock = clock,
                               .store = own != NULL ? own : store,
                               .trails = trails_new(),
                               .papers = papers_new() };
    beside->end = &beside->first;
    return beside;
}

static void look_free(struct beside_ask *look)
{
    if (look->kept != NULL)
        look->drop(look->kept);
    json_decref(look->given);
    json_decref(look->value);
    mem_free(look->bytes);
    mem_free(look->text);
    ask_kept_fini(&look->ask);
    mem_free(look);
}

/* Those that have not begun are gone; the work under way ends and is told nobody. */
void beside_free(struct beside *beside)
{
    struct beside_ask *look, *next;

    if (beside == NULL)
        return;
    beside->closed = true;
    for (look = beside->first; look != NULL; look = next) {
        next = look->after;
        if (look != beside->first || !beside->busy)
            look_free(look);
    }
    if (beside->busy)
        beside->first->after = NULL;
    pool_calm_free(beside->pool); /* which tells beside_done() */
    if (beside->pool != NULL)
        store_close(beside->store);
    trails_free(beside->trails);
    papers_free(beside->papers);
    mem_free(beside);
}

/* ---- One after the other */

static void beside_next(struct beside *beside);

/* What was found as the text of the answer, so that the loop has only to hand it on. */
static void beside_write(struct beside_ask *look)
{
    struct buf text;

    if (look->page)
        look->value = ask__page(&look->ask, look->value, look->next[0] != '\0' ? look->next : NULL,
                                look->total, look->incomplete);
    buf_init(&text, ASK_TEXT_MAX);
    if (ask__text(look->value, &text, &look->e) == ERR_OK)
        look->text = buf_take(&text, &look->text_size);
    buf_fini(&text);
    json_decref(look->value);
    look->value = NULL;
}

static void beside_work(void *arg)
{
    struct beside_ask *look = arg;

    effort_begin(&look->effort, look->clock, BESIDE_LOOK_MS);
    look->work(look);
    if (look->answer == NULL && look->e.code == ERR_OK && look->value != NULL)
        beside_write(look);
}

void beside_give(struct beside_ask *look)
{
    struct ask *ask = &look->ask;
    struct pair headers[3] = { { "Cache-Control", "private, no-cache" } };
    size_t count = 1;

    if (look->e.code != ERR_OK) {
        ask_refuse(ask, &look->e);
        return;
    }
    if (look->bytes != NULL) {
        if (look->etag[0] != '\0')
            headers[count++] = (struct pair){ "ETag", look->etag };
        if (look->range[0] != '\0')
            headers[count++] = (struct pair){ "Content-Range", look->range };
        ask_bytes(ask, look->status, look->content_type, look->bytes, look->size, headers, count);
        return;
    }
    if (look->text != NULL) {
        ask_bytes(ask, look->page ? 200 : look->status, NULL, look->text, look->text_size, NULL, 0);
        return;
    }
    check(look->value != NULL);
    if (!look->page)
        ask_give(ask, look->status, json_incref(look->value));
    else
        ask_page_more(ask, json_incref(look->value), look->next[0] != '\0' ? look->next : NULL,
                      look->total, look->incomplete);
}

void beside_again(struct beside_ask *look)
{
    look->again = true;
}

void beside_hold(struct beside_ask *look)
{
    look->held = true;
}

void beside_go(struct beside_ask *look, bool gone)
{
    check(look->held);
    look->held = false;
    if (!gone)
        look->answer(look);
    if (!look->held)
        look_free(look);
}

static void beside_put(struct beside *beside, struct beside_ask *look)
{
    look->again = false;
    look->after = NULL;
    *beside->end = look;
    beside->end = &look->after;
    beside->count++;
}

static void beside_done(void *arg)
{
    struct beside_ask *look = arg;
    struct beside *beside = look->beside;

    check(beside->first == look && beside->busy);
    beside->busy = false;
    if (beside->closed) {
        look_free(look);
        return;
    }
    beside->first = look->after;
    beside->count--;
    if (beside->first == NULL)
        beside->end = &beside->first;
    if (!look->again && look->answer != NULL)
        look->answer(look);
    else if (!look->again)
        beside_give(look);
    if (look->again)
        beside_put(beside, look);
    else if (!look->held)
        look_free(look);
    beside_next(beside);
}

/* A store in memory has one connection: its reads stay on the loop's thread. */
static void beside_next(struct beside *beside)
{
    if (beside->busy || beside->first == NULL)
        return;
    beside->busy = true;
    if (beside->pool != NULL) {
        pool_work(beside->pool, beside_work, beside_done, beside->first);
        return;
    }
    beside_work(beside->first);
    beside_done(beside->first);
}

/* The ask, so that it outlives its handler. */
static struct beside_ask *look_new(struct beside *beside, const struct ask *ask)
{
    struct beside_ask *look = mem_must(sizeof *look);

    ask_keep(&look->ask, ask);
    look->store = beside->store;
    look->clock = beside->clock;
    look->trails = beside->trails;
    look->papers = beside->papers;
    look->beside = beside;
    look->status = 200;
    look->total = -1;
    look->e.code = ERR_OK;
    return look;
}

void beside_ask(struct ask *ask, beside_work_fn *work, beside_work_fn *answer, json_t *given)
{
    struct beside *beside = ask->api->rooms.beside;
    struct beside_ask *look;
    struct err e;

    if (beside->count >= BESIDE_WAITING) {
        err_set(&e, ERR_OVERLOAD, "%u others are looking at the store: try again in a moment",
                beside->count);
        ask_refuse(ask, &e);
        json_decref(given);
        return;
    }
    look = look_new(beside, ask);
    look->work = work;
    look->answer = answer;
    look->given = given;
    if (ask->who->kind == WHO_LOCAL && http_request_header(ask->request, "Weft-Workspace") == NULL)
        ((struct who *)(uintptr_t)look->ask.who)->workspace[0] = '\0';
    beside_put(beside, look);
    beside_next(beside);
}

/* ---- For works */

const char *beside_workspace(const struct beside_ask *look)
{
    return look->ask.who->workspace[0] != '\0' ? look->ask.who->workspace : NULL;
}

struct beside_seen {
    struct beside_ask *look;
    uint64_t run;
    json_t *row;
};

static enum store_look_word beside_see(void *arg, const struct store_run *run)
{
    struct beside_seen *seen = arg;

    if (run->run == seen->run)
        seen->row = engine_row(run);
    return LOOK_TAKE;
}

/* By a look for its row alone: store_run_find() would unpack its input, which may be large. */
enum err_code beside_from(struct beside_ask *look, size_t *from)
{
    char cursor[LIMIT_PATH], *end = cursor;
    bool given;

    *from = (size_t)ask_number(&look->ask, "position", 0);
    if (ask_cursor(&look->ask, cursor, &given, &look->e) != ERR_OK || !given)
        return look->e.code;
    *from = strtoul(cursor, &end, 10);
    if (*end == '\0' && end != cursor)
        return ERR_OK;
    return err_set(&look->e, ERR_CURSOR, "\"cursor\" is none of ours: take it from \"next\"");
}

json_t *beside_run(struct beside_ask *look, const char *text, uint64_t *id)
{
    struct beside_seen seen = { .look = look };
    struct store_look filter = { .limit = 1, .most = 1 };
    const char *workspace = beside_workspace(look);
    struct store_look_end end;

    if (ident_parse(text, id) && *id < INT64_MAX) {
        seen.run = *id;
        filter.before = *id + 1;
        look->e.code = store_look(look->store, &filter, beside_see, &seen, &end, &look->e);
        if (look->e.code != ERR_OK)
            return NULL;
    }
    if (seen.row != NULL && workspace != NULL &&
        strcmp(json_get_text(seen.row, "workspace"), workspace) != 0) {
        json_decref(seen.row);
        seen.row = NULL;
    }
    if (seen.row == NULL)
        err_set(&look->e, ERR_NOT_FOUND, "there is no run %.40s", text);
    return seen.row;
}
