/* seed.c - see seed.h. */
#include "engine/seed.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "engine/append.h"
#include "engine/engine_priv.h"
#include "engine/note.h"
#include "flow/node_note.h"

/* One fact of the batch. */
static enum err_code seed_add(struct store_batch *batch, const char *key, json_t *value,
                              int64_t now_ms, struct err *e)
{
    struct store_fact fact = { .op = FACT_PUT, .kind = FACT_STATE, .key = key };
    json_t *row = json_pack("{s:O, s:i, s:I}", "v", value, "n", 1, "at", (json_int_t)now_ms);
    char *text;

    check(row != NULL);
    text = json_text_new(row, NOTE_VALUE + 200, NULL);
    json_decref(row);
    if (text == NULL)
        return err_set(e, ERR_INVALID, "a note has at most %u bytes", NOTE_VALUE);
    fact.value = text;
    store_batch_fact(batch, &fact);
    mem_free(text);
    return ERR_OK;
}

struct seed {
    struct store_batch *batch;
    const char *workspace, *environment;
    int64_t now_ms;
};

static enum err_code seed_space(const struct seed *seed, const char *space, json_t *notes,
                                struct err *e)
{
    struct buf path;
    const char *key;
    json_t *value;

    if (!json_is_object(notes) || strlen(space) == 0 || strlen(space) > NOTE_SPACE)
        return err_set(e, ERR_INVALID, "the state of \"%.80s\" is {KEY: value}", space);
    json_object_foreach(notes, key, value)
    {
        if (strlen(key) == 0 || strlen(key) >= NOTE_KEY)
            return err_set(e, ERR_INVALID, "the key \"%.80s\" of \"%s\" has 1 to %u bytes", key,
                           space, NOTE_KEY - 1);
        buf_init(&path, STORE_FACT_KEY);
        note_path(&path, seed->workspace, seed->environment, space, key);
        e->code = ERR_OK;
        if (!json_is_null(value))
            seed_add(seed->batch, buf_text(&path), value, seed->now_ms, e);
        buf_fini(&path);
        if (e->code != ERR_OK)
            return err_prefix(e, "%s", key);
    }
    return ERR_OK;
}

enum err_code engine_seed(struct engine *engine, const char *workspace, const char *environment,
                          const json_t *state, engine_done_fn *done, void *arg, struct err *e)
{
    struct seed seed = { .batch = store_batch_new(0),
                         .workspace = workspace,
                         .environment = environment,
                         .now_ms = engine->world.clock->wall_ms(engine->world.clock) };
    const char *space;
    json_t *notes;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    e->code = ERR_OK;
    if (!json_is_object(state))
        err_set(e, ERR_INVALID, "\"state\" is {SPACE: {KEY: value}}");
    json_object_foreach((json_t *)state, space, notes)
    {
        if (e->code == ERR_OK)
            seed_space(&seed, space, notes, e);
    }
    if (e->code != ERR_OK) {
        store_batch_free(seed.batch);
        return e->code;
    }
    engine_append(engine, &seed.batch, 1, done, arg);
    return ERR_OK;
}

static bool seed_found(void *arg, const struct store_fact *fact)
{
    char **text = arg;

    *text = mem_must_copy(fact->value);
    return false;
}

json_t *engine_seeded(struct store *store, const char *workspace, const char *environment,
                      const char *space, const char *key, int64_t now_ms, struct err *e)
{
    struct store_facts_filter filter = { .kind = FACT_STATE };
    json_t *row = NULL, *value;
    struct buf path;
    char *text = NULL;
    int64_t until;

    buf_init(&path, STORE_FACT_KEY);
    note_path(&path, workspace, environment, space, key);
    filter.key = buf_text(&path);
    if (store_facts(store, &filter, seed_found, &text, e) == ERR_OK && text != NULL)
        row = json_read(text, strlen(text), &record_limits, e);
    mem_free(text);
    buf_fini(&path);
    until = json_get_int(row, "until", 0);
    value = until > 0 && until <= now_ms ? NULL : json_incref(json_object_get(row, "v"));
    json_decref(row);
    return value;
}
