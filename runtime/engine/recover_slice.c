/* recover_slice.c - a run comes back from its journal in slices, so that one of 100,000 steps keeps
 * nobody waiting; and who waits for it.
 *
 * (1) A slice ends behind so many entries or bytes, whatever the clock says: a history that is
 *     played again is the same.                                                  [slice_entries]
 * (2) Until its last slice the run is in no table: nobody meets half of one.     [recovery_begin]
 * (3) What wakes the same run at once meanwhile wins; the slices are dropped there and then, for
 *     they would not know what it has done since.                              [wake_overtaken]
 * (4) Who wants something of it is served in order of asking, when it is there.       [wake_then]
 * (5) Nothing is answered before: a crash in between has lost nothing that was promised. */
#include "engine/wake.h"

#include "engine/recover_priv.h"
#include "engine/suspect.h"

#define SLICE_BYTES (128u * KIB)

/* ---- One run */

struct recovery {
    struct engine *engine;
    struct recover_row row;
    struct version *version;
    struct run *run; /* (2) */
    char *entries;   /* of the row in hand, as its text; NULL: none */
    size_t size, at; /* the first of them that is still to come begins there */
    uint32_t next;   /* seq of the next row */
    unsigned spent;  /* entries of this slice */
    size_t bytes;
    bool paused; /* it is not over */
    struct err e;
};
enum recovery_state { RECOVERY_MORE, RECOVERY_DONE, RECOVERY_FAILED };

static void recovery_free(struct recovery *r)
{
    if (r->run != NULL)
        run_free(r->run);
    if (r->version != NULL)
        version_unref(r->engine, r->version);
    mem_free(r->entries);
    recover__row_fini(&r->row);
    mem_free(r);
}

/* NULL: it is not to be woken, or cannot be; who wakes it at once hears why. */
static struct recovery *recovery_begin(struct engine *engine, uint64_t id)
{
    struct recovery *r;
    struct err *e;

    if (suspect_is(engine, id))
        return NULL;
    r = mem_must(sizeof *r);
    r->engine = engine;
    e = &r->e;
    if (store_run_find(engine->world.store, id, recover__row, &r->row, e) == ERR_OK &&
        (r->row.status == RUN_WAITING || r->row.status == RUN_IN_DOUBT))
        r->version = version_load(engine, r->row.version, r->row.flow, e);
    if (r->version != NULL)
        r->run = recover__begin(engine, &r->row, r->version, e);
    if (r->run == NULL) {
        recovery_free(r);
        return NULL;
    }
    table_remove(&engine->runs, id);
    run_begin(r->run);
    return r;
}

/* Where the value at `at` of a list's text ends: at its comma, or the list's bracket. */
static size_t slice_value(const char *text, size_t size, size_t at)
{
    bool quoted = false;
    unsigned depth = 0;

    for (; at < size; at++) {
        if (quoted) {
            if (text[at] == '\\')
                at++;
            else if (text[at] == '"')
                quoted = false;
        } else if (text[at] == '"') {
            quoted = true;
        } else if (text[at] == '{' || text[at] == '[') {
            depth++;
        } else if ((text[at] == ',' || text[at] == ']') && depth == 0) {
            return at;
        } else if (text[at] == '}' || text[at] == ']') {
            depth--;
        }
    }
    return size;
}

static bool slice_entry(struct recovery *r)
{
    size_t end = slice_value(r->entries, r->size, r->at);
    json_t *entry;
    bool fine;

    if (end >= r->size) {
        err_set(&r->e, ERR_STORE, "journal row %u is no list", r->next - 1);
        return false;
    }
    entry = json_read(r->entries + r->at, end - r->at, &record_limits, &r->e);
    fine = entry != NULL && recover__entry(r->run, entry, &r->e);
    json_decref(entry);
    r->spent++;
    r->bytes += end - r->at;
    r->at = end + 1;
    return fine;
}

/* (1): false: it is enough, or *e. */
static bool slice_entries(struct recovery *r)
{
    while (r->at < r->size) {
        r->paused = r->spent >= r->engine->wake_slice || r->bytes >= SLICE_BYTES;
        if (r->paused || !slice_entry(r))
            return false;
    }
    mem_free(r->entries);
    r->entries = NULL;
    return true;
}

static bool slice_row(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct recovery *r = arg;

    if (seq != r->next || size < 2 || entries[0] != '[' || entries[size - 1] != ']') {
        err_set(&r->e, ERR_STORE, "journal row %u is missing, or no list", r->next);
        return false;
    }
    r->next++;
    r->entries = mem_must_copy_n(entries, size);
    r->size = size;
    r->at = size > 2 ? 1 : size;
    return slice_entries(r);
}

static enum recovery_state recovery_end(struct recovery *r)
{
    struct engine *engine = r->engine;
    struct run *run = r->run;

    run->seq = r->next;
    run->waited = true;
    table_put(&engine->runs, run->id, run);
    if (run->deadline != 0)
        due_add(engine, run->deadline, run->id, true); /* it may have come while it was in none */
    r->run = NULL;
    run_resume(run);
    return RECOVERY_DONE;
}

static enum recovery_state recovery_go(struct recovery *r)
{
    struct engine *engine = r->engine;
    uint64_t before = suspect_take(engine, r->row.id);
    unsigned long refusals = mem_refusals();
    enum recovery_state state = RECOVERY_MORE;
    struct err e;

    r->spent = 0;
    r->bytes = 0;
    r->paused = false;
    r->e.code = ERR_OK;
    if (r->entries == NULL || slice_entries(r))
        if (store_journal_from(engine->world.store, r->row.id, r->next, slice_row, r, &e) != ERR_OK)
            r->e = e;
    if (r->e.code == ERR_OK && !r->paused)
        recover__open(r->run);
    if (r->e.code != ERR_OK || recover_whole(refusals, &e) != ERR_OK)
        state = RECOVERY_FAILED;
    else if (!r->paused)
        state = recovery_end(r);
    suspect_take(engine, before);
    return state;
}

/* ---- Who waits */

struct wake_ask {
    struct wake_ask *next;
    wake_fn *then;
    void *arg;
};
struct waking {
    struct waking *next;
    uint64_t id;
    struct recovery *recovery;
    struct wake_ask *asks, **asks_end;
};

static struct waking **waking_find(struct engine *engine, uint64_t id)
{
    struct waking **at = &engine->wakings;

    while (*at != NULL && (*at)->id != id)
        at = &(*at)->next;
    return at;
}

bool wake_waits(struct engine *engine, uint64_t id)
{
    struct waking **at = waking_find(engine, id), *waking;
    struct recovery *recovery;

    if (*at != NULL)
        return true;
    if (table_find(&engine->runs, id) != NULL)
        return false;
    recovery = recovery_begin(engine, id);
    if (recovery == NULL)
        return false;
    if (recovery_go(recovery) != RECOVERY_MORE) {
        recovery_free(recovery);
        return false;
    }
    waking = *at = mem_must(sizeof *waking);
    *waking = (struct waking){ .id = id, .recovery = recovery };
    waking->asks_end = &waking->asks;
    return true;
}

void wake_then(struct engine *engine, uint64_t id, wake_fn *then, void *arg)
{
    struct waking *waking = *waking_find(engine, id);
    struct wake_ask *ask = mem_must(sizeof *ask);

    check(waking != NULL);
    *ask = (struct wake_ask){ .then = then, .arg = arg };
    *waking->asks_end = ask;
    waking->asks_end = &ask->next;
}

static void waking_tell(struct waking *waking, struct engine *engine)
{
    struct wake_ask *ask;

    if (waking->recovery != NULL)
        recovery_free(waking->recovery);
    while ((ask = waking->asks) != NULL) {
        waking->asks = ask->next;
        ask->then(engine, ask->arg);
        mem_free(ask);
    }
    mem_free(waking);
}

void wake_overtaken(struct engine *engine, uint64_t id)
{
    struct waking *waking = *waking_find(engine, id);

    if (waking == NULL || waking->recovery == NULL)
        return;
    recovery_free(waking->recovery);
    waking->recovery = NULL;
}

void wake_turn(struct engine *engine)
{
    struct waking *waking = engine->wakings;
    struct waking **end;

    if (waking == NULL)
        return;
    engine->wakings = waking->next;
    waking->next = NULL;
    if (waking->recovery != NULL && recovery_go(waking->recovery) == RECOVERY_MORE) {
        for (end = &engine->wakings; *end != NULL;)
            end = &(*end)->next;
        *end = waking;
        return;
    }
    waking_tell(waking, engine);
}

void wakings_free(struct engine *engine)
{
    struct waking *waking;

    while ((waking = engine->wakings) != NULL) {
        engine->wakings = waking->next;
        waking_tell(waking, NULL);
    }
}
