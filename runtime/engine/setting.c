/* setting.c - see setting.h. */
#include "engine/setting.h"

#include "engine/engine_priv.h"

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
