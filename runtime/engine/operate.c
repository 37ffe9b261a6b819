/* operate.c - what an operator does to a run: cancels one that has not ended, settles one that
 * failed.
 *
 * The audit chain tells of an act before it is done, or in the same batch: never is one done that
 * it does not tell of.
 *
 * FACT_SETTLED "RUN" -> {"how": "dismissed" | "replayed", "run"?: the new one, "by", "reason",
 * "at"}. */
#include "engine/operate.h"

#include <string.h>

#include "engine/audit.h"
#include "engine/dead.h"
#include "engine/guard.h"
#include "engine/run.h"
#include "engine/wake.h"

static json_t *cancel_mark(const char *by, const char *reason)
{
    json_t *mark = json_pack("{s:s, s:s}", "by", by, "reason", reason);

    check(mark != NULL);
    return mark;
}

void run_cancel(struct run *run, const char *by, const char *reason)
{
    json_t *mark = cancel_mark(by, reason);
    struct err why;

    check(!run->cancelled && !run->concluded);
    guard_value(run, &mark, "/cancel");
    record_run(run, "cancel", mark);
    json_decref(mark);
    run->cancelled = true;
    err_set(&why, ERR_CANCELLED, "cancelled by %.80s: %.300s", by, reason);
    guard_refusal(&why);
    frame_fail(run->root, UINT32_MAX, &why, NULL);
}

static enum err_code cancel_now(struct engine *engine, uint64_t id, const char *by,
                                const char *reason, engine_done_fn *done, void *arg, struct err *e)
{
    struct run *run = run_wake(engine, id);
    char text[IDENT_TEXT];
    json_t *mark;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(by != NULL && reason != NULL);
    ident_text(id, text);
    if (run == NULL || run->concluded)
        return err_set(e, ERR_NOT_FOUND, "there is no unfinished run %s", text);
    if (run->cancelled)
        return err_set(e, ERR_CONFLICT, "run %s is being cancelled already", text);
    mark = cancel_mark(by, reason);
    engine_audit(engine, run->deployment->workspace, by, "cancel", text, mark);
    json_decref(mark);
    run_cancel(run, by, reason);
    run_tell(run, done, arg);
    return ERR_OK;
}

struct cancel_late {
    uint64_t run;
    char *by, *reason;
    engine_done_fn *done;
    void *arg;
};

static void cancel_awake(struct engine *engine, void *arg)
{
    struct cancel_late *late = arg;
    struct err e;

    if (engine == NULL)
        err_set(&e, ERR_OVERLOAD, "the server is shutting down");
    if (engine == NULL ||
        cancel_now(engine, late->run, late->by, late->reason, late->done, late->arg, &e) != ERR_OK)
        wake_tell(late->done, late->arg, &e);
    mem_free(late->by);
    mem_free(late->reason);
    mem_free(late);
}

enum err_code engine_cancel(struct engine *engine, uint64_t id, const char *by, const char *reason,
                            engine_done_fn *done, void *arg, struct err *e)
{
    struct cancel_late *late;

    if (!wake_waits(engine, id))
        return cancel_now(engine, id, by, reason, done, arg, e);
    late = mem_must(sizeof *late);
    *late = (struct cancel_late){ id, mem_must_copy(by), mem_must_copy(reason), done, arg };
    wake_then(engine, id, cancel_awake, late);
    return ERR_OK;
}

/* ---- Settling */

/* Who waits for the commit of a fact about a run that has ended. */
struct settle {
    engine_done_fn *done;
    void *arg;
};

void settle_append(struct engine *engine, struct store_batch **batch, engine_done_fn *done,
                   void *arg)
{
    struct settle *settle = mem_must(sizeof *settle);

    *settle = (struct settle){ done, arg };
    table_put(&engine->settles, (*batch)->run, settle);
    engine->commits++;
    store_append(engine->world.store, batch);
}

struct settle_look {
    enum run_status status;
    bool dead;
    char workspace[LIMIT_ID + 1];
};

static bool settle_row(void *arg, const struct store_run *row)
{
    struct settle_look *look = arg;

    look->status = row->status;
    look->dead = engine_dead_is(row);
    snprintf(look->workspace, sizeof look->workspace, "%s", row->workspace);
    return false;
}

static bool settle_fact(void *arg, const struct store_fact *fact)
{
    (void)fact;
    *(bool *)arg = true;
    return false;
}

static enum err_code settle_check(struct engine *engine, uint64_t id, const char *text,
                                  struct settle_look *look, struct err *e)
{
    struct store *store = engine->world.store;
    struct store_facts_filter filter = { .kind = FACT_SETTLED, .key = text };
    bool settled = false;

    if (store_run_find(store, id, settle_row, look, e) != ERR_OK)
        return e->code;
    if (!look->dead)
        return err_set(e, ERR_CONFLICT, "run %s has not failed: it is %s", text,
                       run_status_name(look->status));
    if (store_facts(store, &filter, settle_fact, &settled, e) != ERR_OK)
        return e->code;
    if (settled || table_find(&engine->settles, id) != NULL)
        return err_set(e, ERR_CONFLICT, "run %s is settled already", text);
    return ERR_OK;
}

enum err_code engine_settle(struct engine *engine, uint64_t id, const char *by, const char *reason,
                            engine_done_fn *done, void *arg, struct err *e)
{
    char text[IDENT_TEXT], at[CLOCK_TEXT];
    struct store_fact fact = { .op = FACT_ADD, .kind = FACT_SETTLED, .key = text, .run = id };
    struct settle_look look = { .status = RUN_ACTIVE };
    struct audit_note note = { .by = by, .what = "settle", .object = text };
    struct store_batch *batch;
    json_t *value;
    char *kept;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(by != NULL && reason != NULL);
    ident_text(id, text);
    if (settle_check(engine, id, text, &look, e) != ERR_OK)
        return e->code;
    clock_text(engine->world.clock->wall_ms(engine->world.clock), at);
    value =
        json_pack("{s:s, s:s, s:s, s:s}", "how", "dismissed", "by", by, "reason", reason, "at", at);
    guard_quietly(&value);
    kept = json_text_new(value, LIMIT_BODY, NULL);
    check(kept != NULL);
    fact.value = kept;
    batch = store_batch_new(id);
    batch->epoch = store_epoch(engine->world.store);
    store_batch_fact(batch, &fact);
    note.workspace = look.workspace;
    note.detail = value;
    audit_batch(engine, batch, &note);
    mem_free(kept);
    json_decref(value);
    settle_append(engine, &batch, done, arg);
    return ERR_OK;
}

void settle_committed(struct engine *engine, uint64_t id, const struct store_result *result)
{
    struct settle *settle = table_remove(&engine->settles, id);
    struct err e = { .code = ERR_OK };

    check(settle != NULL);
    if (result->code == ERR_CONFLICT)
        err_set(&e, ERR_CONFLICT, "it is settled already");
    else if (result->code != ERR_OK)
        err_set(&e, result->code, "%s",
                result->text != NULL ? result->text : err_about(result->code));
    settle->done(settle->arg, &e);
    mem_free(settle);
    if (e.code == ERR_FATAL)
        engine->world.fatal(engine->world.arg, e.text);
}

void settles_free(struct engine *engine)
{
    const struct err over = { .code = ERR_OVERLOAD, .text = "the server is shutting down" };
    struct settle *settle;
    size_t cursor = 0;

    while ((settle = table_next(&engine->settles, &cursor)) != NULL) {
        settle->done(settle->arg, &over);
        mem_free(settle);
    }
    table_fini(&engine->settles);
}
