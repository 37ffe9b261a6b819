/* jump.c - see jump.h. */
#include "engine/jump.h"

#include "engine/audit.h"
#include "engine/engine_priv.h"

static void jump_holds(struct engine *engine, const char *why)
{
    engine->jump.removes_at = engine->steady + JUMP_FAR_MS;
    log_warn(engine->world.log, "%s; nothing is removed for its age for a day", why);
}

void jump_begin(struct engine *engine, uint64_t last_run)
{
    char now[CLOCK_TEXT], newest[IDENT_TEXT];

    engine->jump = (struct jump){ engine->wall - engine->steady, INT64_MIN };
    if (last_run == 0)
        return;
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

void jump_look(struct engine *engine)
{
    int64_t by = engine->wall - engine->steady - engine->jump.ahead_ms;
    char now[CLOCK_TEXT];
    json_t *detail;

    if (by < JUMP_LEAST_MS && by > -JUMP_LEAST_MS)
        return;
    engine->jump.ahead_ms += by;
    clock_text(engine->wall, now);
    if (by >= JUMP_FAR_MS)
        jump_holds(engine, "the clock was moved on by more than a day, or the machine slept");
    log_warn(engine->world.log, "the clock was set to %s, by %+.1f s", now, (double)by / 1000);
    detail = json_pack("{s:I}", "by_ms", (json_int_t)by);
    engine_audit(engine, NULL, NULL, "clock", now, detail);
    json_decref(detail);
}
