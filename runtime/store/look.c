/* look.c - which runs fit what is looked for; and the walk of a store that has no indexes of its
 * own for it. */
#include "store/look.h"

#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "store/store.h"

#define LOOK_LATE_MS  3600000 /* from the head of a request to the id of its run, at most */
#define LOOK_CLOCK    32u     /* rows between two looks at the clock */
#define LOOK_ID_BEGIN INT64_C(1704067200000) /* 2024-01-01: ident.h */
#define LOOK_ID_END   (LOOK_ID_BEGIN + (INT64_C(1) << 41) - 1)

static bool look_begins(const char *text, const char *prefix)
{
    return text != NULL && prefix != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool look_same(const char *wanted, const char *text)
{
    return wanted == NULL || (text != NULL && strcmp(wanted, text) == 0);
}

/* record_error() of the engine puts the kind first. */
static bool look_kind(const char *error, const char *kind)
{
    static const char head[] = "{\"kind\":\"";
    size_t size = strlen(kind);

    return error != NULL && strncmp(error, head, sizeof head - 1) == 0 &&
           strncmp(error + sizeof head - 1, kind, size) == 0 &&
           error[sizeof head - 1 + size] == '"';
}

bool look_fits(const struct store_look *look, const struct store_run *run)
{
    if (look->statuses != 0 && (look->statuses & STORE_LOOK_STATUS(run->status)) == 0)
        return false;
    if (!look_same(look->workspace, run->workspace) ||
        !look_same(look->environment, run->environment) || !look_same(look->flow, run->flow) ||
        !look_same(look->trigger, run->trigger))
        return false;
    if (run->received_ms < look->from_ms || (look->to_ms != 0 && run->received_ms >= look->to_ms))
        return false;
    if (look->key != NULL && !look_begins(run->order_key, look->key) &&
        !look_begins(run->dedupe, look->key) && !look_begins(run->dedupe, look->key_marked))
        return false;
    if (look->error_kind != NULL && !look_kind(run->error, look->error_kind))
        return false;
    return look->error_text == NULL ||
           (run->error != NULL && strcasestr(run->error, look->error_text) != NULL);
}

/* The first id of a moment, of those that ids can have. */
static uint64_t look_id(int64_t ms)
{
    if (ms <= LOOK_ID_BEGIN)
        return 1;
    return ident_at(ms < LOOK_ID_END ? ms : LOOK_ID_END);
}

void look_bounds(const struct store_look *look, uint64_t *from, uint64_t *to)
{
    *from = look_id(look->from_ms);
    *to = look->before > 0 ? look->before : INT64_MAX;
    if (look->to_ms > 0 && look->to_ms < LOOK_ID_END - LOOK_LATE_MS &&
        look_id(look->to_ms + LOOK_LATE_MS) < *to)
        *to = look_id(look->to_ms + LOOK_LATE_MS);
}

bool look_over(const struct store_look *look, unsigned seen)
{
    if (look->most > 0 && seen >= look->most)
        return true;
    return look->effort != NULL && seen % LOOK_CLOCK == 0 && seen > 0 && effort_over(look->effort);
}

/* ---- A walk over all runs */

struct look_walk {
    const struct store_look *look;
    store_look_fn *visit;
    void *arg;
    struct store_look_end *end;
    uint64_t from;
    unsigned taken;
};

static bool look_walk(void *arg, const struct store_run *run)
{
    struct look_walk *walk = arg;
    struct store_run shown = *run;
    enum store_look_word word;

    if (run->run < walk->from)
        return false;
    walk->end->before = run->run + 1;
    if (look_over(walk->look, walk->end->seen)) {
        walk->end->bounded = true;
        return false;
    }
    walk->end->seen++;
    walk->end->before = run->run;
    if (!look_fits(walk->look, run))
        return true;
    if (!walk->look->input) {
        shown.input = NULL;
        shown.input_size = 0;
    }
    word = walk->visit(walk->arg, &shown);
    if (word == LOOK_STOP) {
        walk->end->before++;
        walk->end->bounded = true;
    } else if (word == LOOK_TAKE) {
        walk->taken++;
    }
    return word != LOOK_STOP && (walk->look->limit == 0 || walk->taken < walk->look->limit);
}

static enum err_code look_plain(struct store *store, const struct store_look *look,
                                store_look_fn *visit, void *arg, struct store_look_end *end,
                                struct err *e)
{
    struct look_walk walk = { .look = look, .visit = visit, .arg = arg, .end = end };
    struct store_runs_filter filter = { .flow = look->flow, .status = -1 };
    enum err_code code;
    bool more;

    look_bounds(look, &walk.from, &filter.before);
    code = store_runs(store, &filter, look_walk, &walk, e);
    more = end->bounded || (look->limit > 0 && walk.taken == look->limit);
    if (!more)
        end->before = 0;
    return code;
}

enum err_code store_look(struct store *store, const struct store_look *look, store_look_fn *visit,
                         void *arg, struct store_look_end *end, struct err *e)
{
    check(store != NULL && visit != NULL);
    check(look->before <= INT64_MAX);
    check(!look->bare || (look->from_ms == 0 && look->to_ms == 0 && look->key == NULL));
    check(!look->bare || (look->error_kind == NULL && look->error_text == NULL && !look->input));
    *end = (struct store_look_end){ 0 };
    if (store->ops->look == NULL)
        return look_plain(store, look, visit, arg, end, e);
    return store->ops->look(store, look, visit, arg, end, e);
}
