/* setting.c - see setting.h. */
#include "engine/setting.h"

#include "engine/budget.h"
#include "engine/poll.h"
#include "engine/run.h"
#include "engine/wake.h"
#include "flow/flow.h"

void engine_card_data(struct engine *engine, const char *setting)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    mem_free(engine->card_data);
    engine->card_data = mem_must_copy(setting);
    engine->world.card_data = engine->card_data;
}

void engine_retention(struct engine *engine, const char *workspace, int64_t keep_ms)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(keep_ms >= 0);
    json_object_set_new(engine->keeps, workspace, json_integer(keep_ms));
    retention_begin(engine, &engine->retention);
}

/* The texts and numbers that workspaces have set: {"four_eyes": {"main": "1000.00"}, ...} */
static void setting_put(struct engine *engine, const char *setting, const char *workspace,
                        json_t *value)
{
    json_t *of = json_object_get(engine->settings, setting);

    if (engine->settings == NULL)
        engine->settings = json_object();
    if (of == NULL) {
        of = json_object();
        check(json_object_set_new(engine->settings, setting, of) == 0);
    }
    check(json_object_set_new(of, workspace, value) == 0);
}

void engine_four_eyes(struct engine *engine, const char *workspace, const char *above)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    setting_put(engine, "four_eyes", workspace, json_string(above));
}

void engine_concurrency(struct engine *engine, const char *workspace, unsigned most)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    setting_put(engine, "concurrency", workspace, json_integer(most));
}

void engine_most_runs(struct engine *engine, unsigned most)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(most > 0 && most <= LIMIT_RUNS);
    engine->most_runs = most;
}

void engine_poll_piece(struct engine *engine, unsigned items)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(items > 0 && items <= POLL_PIECE);
    engine->poll_piece = items;
}

void engine_wake_slice(struct engine *engine, unsigned entries)
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(entries > 0 && entries <= WAKE_SLICE);
    engine->wake_slice = entries;
}

unsigned setting_approvals(const struct run *run, unsigned asked)
{
    const char *above = json_get_text(json_object_get(run->engine->settings, "four_eyes"),
                                      run->deployment->workspace);

    if (asked >= 2 || above == NULL || *above == '\0' || !money_above(run, above))
        return asked;
    return 2;
}

struct rule_allowance run_allowance(const struct run *run)
{
    return engine_allowance(run->engine, run->deployment->workspace, run->version->flow);
}

unsigned setting_concurrency(const struct run *run)
{
    const struct flow *flow = run->version->flow;

    if (flow->concurrency != 0 || run->engine->settings == NULL)
        return flow->concurrency;
    return (unsigned)json_get_int(json_object_get(run->engine->settings, "concurrency"),
                                  run->deployment->workspace, 0);
}
