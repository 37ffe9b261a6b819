/* spawn.c - runs that the engine begins by itself. */
#include "engine/spawn.h"

#include "engine/guard.h"
#include "engine/run.h"

void spawn_run(struct engine *engine, const struct spawn *spawn)
{
    struct deployment *d = spawn->deployment;
    int64_t now = engine->world.clock->wall_ms(engine->world.clock); /* perhaps outside a turn */
    uint64_t id = ident_next(&engine->ident, now);
    char *dedupe = mem_must_copy(spawn->dedupe);
    struct run *run;
    struct err e;

    check(d->version != NULL);
    if (spawn->again) /* also after a restart: run_new() reads it */
        check(json_object_set_new_nocheck(*spawn->input, "after_restore", json_true()) == 0);
    run = run_new(engine, d, d->version, id, spawn->trigger, spawn->input, now);
    run->env = d->env;
    check(guard_input(run, false, &e) == ERR_OK); /* fails for want of memory only */
    guard_key(engine, &dedupe, false);            /* the name of a file */
    if (dedupe != NULL)
        run_key_own(run, dedupe);
    mem_free(dedupe);
    run->born = spawn->done;
    run->born_owner = spawn->owner;
    run->born_tag = spawn->tag;
    for (size_t i = 0; i < spawn->fact_count; i++)
        run_fact(run, &spawn->facts[i]);
    run_queue(run);
}
