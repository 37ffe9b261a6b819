/* api_backtest.c - a changed flow is held against runs that were recorded (backtest.h), one run for
 * each ask: whoever asks chooses the runs, sees how far it is, and stops when they have seen
 * enough.
 *
 * Two rehearsals, one behind the other: the version of the run, then the changed one. */
#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "designer-api/api_priv.h"
#include "designer-api/backtest.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "engine/operate.h"
#include "engine/proof.h"
#include "engine/rehearse.h"
#include "store/look.h"

#define BACKTEST_JOURNAL (4u * MIB) /* of a run; a larger one is not told again */
#define BACKTEST_CHANGES 100u       /* that are told of a run */

struct backtest {
    struct ask_later *later;
    struct engine *engine;
    json_t *run;     /* as it was recorded */
    json_t *told;    /* what is answered */
    json_t *changed; /* the bundle that is held against the run's */
    json_t *before;  /* the first rehearsal; NULL: it has not been yet */
    json_t *answers;
    struct rehearse_ask asked; /* borrows of the above */
};

static void backtest_free(struct backtest *test)
{
    json_decref(test->run);
    json_decref(test->told);
    json_decref(test->changed);
    json_decref(test->before);
    json_decref(test->answers);
    mem_free(test);
}

/* ---- The run */

struct found {
    const struct ask *ask;
    bool own, ended;
    size_t left;
};

static bool found_run(void *arg, const struct store_run *run)
{
    struct found *found = arg;

    found->own = strcmp(run->flow, found->ask->path[0]) == 0 &&
                 strcmp(run->workspace, found->ask->who->workspace) == 0;
    found->ended = run->status == RUN_SUCCEEDED || run->status == RUN_FAILED;
    return false;
}

static bool found_journal(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct found *found = arg;

    (void)seq;
    (void)entries;
    found->left = size < found->left ? found->left - size : 0;
    return found->left > 0;
}

/* A run of another workspace or flow is none. NULL with *e: it cannot be told again. */
static json_t *recorded(struct ask *ask, struct err *e)
{
    const char *id = json_get_text(ask->body, "run");
    struct found found = { .ask = ask, .left = BACKTEST_JOURNAL };
    json_t *run = NULL;
    uint64_t key;

    e->code = ERR_NOT_FOUND;
    if (ident_parse(id, &key))
        e->code = store_run_find(ask_store(ask), key, found_run, &found, e);
    if (e->code == ERR_NOT_FOUND || (e->code == ERR_OK && !found.own))
        err_set(e, ERR_NOT_FOUND, "flow %.100s has no run %.40s", ask->path[0], id);
    else if (e->code == ERR_OK && !found.ended)
        err_set(e, ERR_CONFLICT, "run %.40s has not succeeded or failed: it cannot be told again",
                id);
    if (e->code == ERR_OK)
        e->code = store_journal(ask_store(ask), key, found_journal, &found, e);
    if (e->code == ERR_OK && found.left == 0)
        err_set(e, ERR_CONFLICT, "run %.40s has a journal of more than %u MB: it is not told again",
                id, BACKTEST_JOURNAL / MIB);
    if (e->code == ERR_OK)
        run = context_shown(ask, engine_show_whole(ask_store(ask), key, e));
    if (run == NULL || json_object_get(run, "replay_of") == NULL)
        return run;
    json_decref(run);
    err_set(e, ERR_CONFLICT, "run %.40s is a replay: the run that it repeats can be told again",
            id);
    return NULL;
}

/* ---- Two rehearsals */

static enum err_code backtest_next(struct backtest *test, const json_t *bundle,
                                   struct faults *faults, struct err *e);

/* How a rehearsal has ended. */
static json_t *ended(const json_t *run)
{
    return json_pack("{s:O, s:O*, s:O}", "status", json_object_get(run, "status"), "error",
                     json_object_get(run, "error"), "money", json_object_get(run, "money"));
}

static void backtest_compare(struct backtest *test, const json_t *after)
{
    json_t *changes = backtest_changes(test->before, after, BACKTEST_CHANGES);

    json_object_set_new(test->told, "alike", json_boolean(backtest_alike(test->run, test->before)));
    json_object_set_new(test->told, "before", ended(test->before));
    json_object_set_new(test->told, "after", ended(after));
    json_object_update(test->told, changes);
    json_decref(changes);
    later_give(test->later, 200, json_incref(test->told));
}

static void backtest_told(void *arg, json_t *run, const struct err *e)
{
    struct backtest *test = arg;
    struct faults faults;
    struct err why = *e;

    if (run != NULL && test->before == NULL) {
        test->before = json_incref(run);
        faults_init(&faults);
        why.code = backtest_next(test, test->changed, &faults, &why);
        faults_fini(&faults);
        if (why.code == ERR_OK)
            return;
        run = NULL;
    }
    if (run == NULL)
        later_refuse(test->later, &why);
    else
        backtest_compare(test, run);
    backtest_free(test);
}

static enum err_code backtest_next(struct backtest *test, const json_t *bundle,
                                   struct faults *faults, struct err *e)
{
    json_t *part = draft_version(bundle);

    test->asked.bundle = part;
    e->code = engine_rehearse(test->engine, &test->asked, faults, backtest_told, test, e);
    if (e->code == ERR_INVALID && faults->errors > 0) {
        faults_sort(faults);
        err_set(e, ERR_INVALID, "the flow has faults: %.600s", faults->list[0].text);
    }
    json_decref(part);
    return e->code;
}

/* ---- What is asked */

/* What is held against the run: of the ask, else the version that it names, else the draft. */
static json_t *changed_asked(struct ask *ask, struct err *e)
{
    const char *version = json_get_text(ask->body, "version");
    char digest[DIGEST_TEXT];

    return version != NULL ? draft_find(ask, ask->path[0], version, digest, e)
                           : draft_asked(ask, ask->path[0], e);
}

/* Takes both. */
static struct backtest *backtest_new(struct ask *ask, json_t *run, json_t *changed)
{
    struct backtest *test = mem_must(sizeof *test);
    int64_t received_ms = 0;

    *test = (struct backtest){ .engine = ask_engine(ask), .run = run, .changed = changed };
    test->told = json_pack(
        "{s:O, s:{s:O, s:O, s:O, s:O*}}", "run", json_object_get(run, "run"), "recorded", "status",
        json_object_get(run, "status"), "version", json_object_get(run, "version"), "received_at",
        json_object_get(run, "received_at"), "key", json_object_get(run, "dedupe"));
    check(test->told != NULL);
    test->answers = backtest_answers(run);
    check(proof_moment(json_get_text(run, "received_at"), &received_ms));
    test->asked =
        (struct rehearse_ask){ .loop = ask->api->rooms.loop,
                               .workspace = json_get_text(run, "workspace"),
                               .slug = json_get_text(run, "flow"),
                               .trigger = json_get_text(run, "trigger"),
                               .input = json_object_get(json_object_get(run, "input"), "body"),
                               .answers = test->answers,
                               .now_ms = received_ms,
                               .whole = true };
    return test;
}

static void flow_backtest(struct ask *ask)
{
    struct err e;
    json_t *run = recorded(ask, &e), *changed = run != NULL ? changed_asked(ask, &e) : NULL,
           *own = NULL;
    struct backtest *test;
    struct faults faults;

    if (changed != NULL)
        own = draft_of_version(ask, json_get_text(run, "version"), &e);
    if (own == NULL) {
        ask_refuse(ask, &e);
        json_decref(changed);
        json_decref(run);
        return;
    }
    test = backtest_new(ask, run, changed);
    test->later = ask_later(ask);
    faults_init(&faults);
    if (backtest_next(test, own, &faults, &e) != ERR_OK) {
        if (faults.errors > 0) /* of what it ran: not of the change */
            err_set(&e, ERR_CONFLICT, "the version that run %.40s had cannot be run any more",
                    json_get_text(run, "run"));
        later_refuse(test->later, &e);
        backtest_free(test);
    }
    faults_fini(&faults);
    json_decref(own);
}

const struct ask_bind backtest_binds[] = {
    { "backtestFlow", flow_backtest },
    { NULL, NULL },
};
