/* due.c - the engine's timers: a binary heap by steady time. A timer that nobody waits for any more
 * is not taken out; it finds its tag or its run gone when it comes. */
#include "engine/engine_priv.h"

static void due_swap(struct due *a, struct due *b)
{
    struct due keep = *a;

    *a = *b;
    *b = keep;
}

void due_add(struct engine *engine, int64_t at, uint64_t tag, bool of_run)
{
    size_t at_index;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (engine->due_count == engine->due_room) {
        engine->due_room = engine->due_room ? engine->due_room * 2 : 64;
        engine->dues = mem_must_resize(engine->dues, engine->due_room * sizeof *engine->dues);
    }
    at_index = engine->due_count++;
    engine->dues[at_index] = (struct due){ .at = at, .tag = tag, .of_run = of_run };
    while (at_index > 0) {
        size_t parent = (at_index - 1) / 2;

        if (engine->dues[parent].at <= engine->dues[at_index].at)
            break;
        due_swap(&engine->dues[parent], &engine->dues[at_index]);
        at_index = parent;
    }
}

static void due_sink(struct engine *engine)
{
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= engine->due_count)
            return;
        if (child + 1 < engine->due_count && engine->dues[child + 1].at < engine->dues[child].at)
            child++;
        if (engine->dues[i].at <= engine->dues[child].at)
            return;
        due_swap(&engine->dues[i], &engine->dues[child]);
        i = child;
    }
}

int64_t due_steady(const struct engine *engine, int64_t wall)
{
    int64_t rest;

    if (wall <= engine->wall)
        return engine->steady;
    rest = wall - engine->wall;
    return rest < INT64_MAX - engine->steady ? engine->steady + rest : INT64_MAX;
}

bool due_take(struct engine *engine, int64_t now, struct due *due)
{
    if (engine->due_count == 0 || engine->dues[0].at > now)
        return false;
    *due = engine->dues[0];
    engine->dues[0] = engine->dues[--engine->due_count];
    due_sink(engine);
    return true;
}
