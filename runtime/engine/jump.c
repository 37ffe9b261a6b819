/* jump.c - see jump.h.
 *
 * FACT_CLOCK "wall" -> {"boot", "ahead", "back"}: what `struct jump` was in this boot of the
 * machine; written when it has changed, and when the machine has started anew. */
#include "engine/jump.h"

#include <string.h>

#include "engine/append.h"
#include "engine/audit.h"
#include "engine/engine_priv.h"

#define JUMP_AGAIN_MS 1000 /* after the store refused it */

/* ---- In the store */

static bool jump_read(void *arg, const struct store_fact *fact)
{
    json_t **row = arg;
    struct err ignored;

    *row = json_read(fact->value, strlen(fact->value), &json_limits_reply, &ignored);
    if (*row == NULL) /* it cannot be read: by how much is not known */
        *row = json_pack("{s:I}", "back", (json_int_t)JUMP_UNKNOWN_MS);
    return false;
}

static void jump_kept(void *arg, const struct err *e)
{
    struct engine *engine = arg;
    struct jump *jump = &engine->jump;

    jump->on_its_way--;
    if (e->code != ERR_OK)
        jump->keeps_at = engine->steady + JUMP_AGAIN_MS;
    else if (jump->on_its_way == 0 && jump->keeps_at == INT64_MAX)
        jump->kept = true;
}

static void jump_fact(const struct engine *engine, struct store_batch *batch)
{
    const struct jump *jump = &engine->jump;
    json_t *row = json_pack("{s:I, s:I, s:I}", "boot", (json_int_t)engine->world.clock->boot,
                            "ahead", (json_int_t)jump->ahead_ms, "back", (json_int_t)jump->back_ms);
    char *value = json_text_new(row, json_limits_reply.bytes, NULL);
    const struct store_fact fact = {
        .op = FACT_PUT, .kind = FACT_CLOCK, .key = "wall", .value = value
    };

    check(value != NULL);
    store_batch_fact(batch, &fact);
    mem_free(value);
    json_decref(row);
}

static void jump_keep(struct engine *engine)
{
    struct store_batch *batch = store_batch_new(0);

    engine->jump.keeps_at = INT64_MAX;
    engine->jump.on_its_way++;
    jump_fact(engine, batch);
    engine_append(engine, &batch, 1, jump_kept, engine);
}

void jump_accepts(const struct engine *engine, struct store_batch *batch)
{
    if (!engine->jump.kept)
        jump_fact(engine, batch);
}

/* ---- It was set */

static void jump_holds(struct engine *engine, const char *why)
{
    engine->jump.removes_at = engine->steady + JUMP_FAR_MS;
    log_warn(engine->world.log, "%s; nothing is removed for its age for a day", why);
}

static void jump_late(struct engine *engine, uint64_t last_run)
{
    char now[CLOCK_TEXT], newest[IDENT_TEXT];

    if (last_run < ident_at(engine->wall - JUMP_IDLE_MS)) {
        jump_holds(engine, "the newest run is older than a month, or the clock is ahead");
    } else if (last_run > ident_at(engine->wall + JUMP_LEAST_MS)) {
        clock_text(engine->wall, now);
        ident_text(last_run, newest);
        log_warn(engine->world.log,
                 "the clock says %s, and run %s came later than that: see whether it is right", now,
                 newest);
    }
}

enum err_code jump_begin(struct engine *engine, uint64_t last_run, struct err *e)
{
    const struct store_facts_filter filter = { .kind = FACT_CLOCK, .key = "wall" };
    const uint32_t boot = engine->world.clock->boot;
    const int64_t began = engine->wall - engine->steady; /* the machine, by the wall */
    struct jump *jump = &engine->jump;
    json_t *row = NULL;

    if (store_facts(engine->world.store, &filter, jump_read, &row, e) != ERR_OK)
        return e->code;
    *jump = (struct jump){ .ahead_ms = began,
                           .removes_at = INT64_MIN,
                           .back_ms = json_get_int(row, "back", 0) };
    if (boot != 0 && json_get_int(row, "boot", 0) == boot) {
        jump->ahead_ms = json_get_int(row, "ahead", began);
        jump->keeps_at = INT64_MAX;
        jump->kept = true;
    } else if (boot != 0 && json_get_int(row, "boot", 0) != 0 && last_run > ident_at(began)) {
        jump->back_ms += JUMP_UNKNOWN_MS;
    }
    json_decref(row);
    if (last_run != 0)
        jump_late(engine, last_run);
    jump_look(engine);
    return ERR_OK;
}

void jump_look(struct engine *engine)
{
    struct jump *jump = &engine->jump;
    int64_t by = engine->wall - engine->steady - jump->ahead_ms;
    char now[CLOCK_TEXT];
    json_t *detail;

    if (by >= JUMP_LEAST_MS || by <= -JUMP_LEAST_MS) {
        jump->ahead_ms += by;
        jump->back_ms += by < 0 ? -by : 0;
        jump->keeps_at = engine->steady;
        jump->kept = false;
        clock_text(engine->wall, now);
        if (by >= JUMP_FAR_MS)
            jump_holds(engine, "the clock was moved on by more than a day, or the machine slept");
        log_warn(engine->world.log, "the clock was set to %s, by %+.1f s", now, (double)by / 1000);
        detail = json_pack("{s:I}", "by_ms", (json_int_t)by);
        engine_audit(engine, NULL, NULL, "clock", now, detail);
        json_decref(detail);
    }
    if (jump->keeps_at <= engine->steady)
        jump_keep(engine);
}

struct deadline jump_deadline(const struct engine *engine, int64_t wall_ms, int64_t back_ms)
{
    const int64_t now_ms = engine->wall + engine->jump.back_ms;
    struct deadline deadline = { wall_ms + back_ms - engine->jump.back_ms,
                                 wall_ms + back_ms - now_ms + engine->steady };

    if (deadline.wall_ms == 0) /* which would be none */
        deadline.wall_ms = 1;
    return deadline;
}
