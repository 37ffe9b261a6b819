/* audit.c - records as JSON, and their way into the store. */
#include "engine/audit.h"

#include <string.h>

#include "engine/append.h"
#include "engine/engine_priv.h"
#include "engine/guard.h"
#include "flow/flow.h"
#include "store/audit.h"

#define AUDIT_RECORD_MAX (64u * KIB)

static char *audit_try(const json_t *record)
{
    return json_text_new(record, AUDIT_RECORD_MAX, NULL);
}

static void audit_member(json_t *record, const char *name, const json_t *value)
{
    if (value != NULL)
        check(json_object_set_new(record, name, json_copied_deep(value)) == 0);
}

static char *audit_text(const struct audit_note *note)
{
    static const char *const large[] = { "before", "after", "detail" };
    json_t *record = json_pack("{s:s, s:s, s:s}", "by", note->by != NULL ? note->by : AUDIT_SYSTEM,
                               "what", note->what, "object", note->object);
    char *text;

    check(record != NULL);
    if (note->workspace != NULL && *note->workspace != '\0')
        check(json_object_set_new(record, "workspace", json_string(note->workspace)) == 0);
    audit_member(record, "detail", note->detail);
    audit_member(record, "before", note->before);
    audit_member(record, "after", note->after);
    guard_quietly(&record);
    text = audit_try(record);
    for (size_t i = 0; text == NULL && i < sizeof large / sizeof *large; i++) {
        json_t *left = json_object_get(record, "left_out"); /* who wrote a novel is still told */

        if (json_object_del(record, large[i]) != 0)
            continue;
        if (left == NULL) {
            left = json_array();
            check(json_object_set_new(record, "left_out", left) == 0);
        }
        check(json_array_append_new(left, json_string(large[i])) == 0);
        text = audit_try(record);
    }
    json_decref(record);
    check(text != NULL);
    return text;
}

void audit_batch(struct engine *engine, struct store_batch *batch, const struct audit_note *note)
{
    struct clock *clock = engine->world.clock;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(batch->audit == NULL);
    if (!store_audits(engine->world.store))
        return;
    batch->audit = audit_text(note);
    batch->audit_ms = clock->wall_ms(clock);
}

void engine_audit(struct engine *engine, const char *workspace, const char *who, const char *what,
                  const char *object, const json_t *detail)
{
    const struct audit_note note = {
        .workspace = workspace, .by = who, .what = what, .object = object, .detail = detail
    };
    struct store_batch *batch;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (!store_audits(engine->world.store))
        return;
    batch = store_batch_new(0);
    batch->epoch = store_epoch(engine->world.store);
    audit_batch(engine, batch, &note);
    engine->commits++;
    store_append(engine->world.store, &batch);
}

void engine_audit_then(struct engine *engine, const struct audit_note *note, engine_done_fn *done,
                       void *arg)
{
    struct store_batch *batch = store_batch_new(0);

    audit_batch(engine, batch, note);
    engine_append(engine, &batch, 1, done, arg);
}

void engine_audit_key(const struct engine *engine, unsigned char key[STORE_AUDIT_KEY])
{
    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(STORE_AUDIT_KEY == VAULT_DERIVED);
    vault_derive(engine->world.vault, "audit", key);
}

void audit_workspace_of(const char *key, char workspace[LIMIT_ID + 1])
{
    snprintf(workspace, LIMIT_ID + 1, "%.*s", (int)strcspn(key, "/"), key);
}

void audit_deploy(struct engine *engine, const char *by, const struct deployment *d,
                  const struct version *version)
{
    const char *before = d->version != NULL ? d->version->flow->version : NULL;
    const char *after = version != NULL ? version->flow->version : NULL;
    json_t *detail;
    struct buf object;

    if (before != NULL && after != NULL && strcmp(before, after) == 0)
        return;
    buf_init(&object, 4 * KIB);
    buf_addf(&object, "%s/%s/%s", d->workspace, d->environment, d->slug);
    detail = json_pack("{s:s?, s:s?}", "before", before, "version", after);
    check(detail != NULL && buf_ok(&object));
    engine_audit(engine, d->workspace, by, after != NULL ? "deploy" : "undeploy", buf_text(&object),
                 detail);
    json_decref(detail);
    buf_fini(&object);
}

void audit_committed(struct engine *engine, const struct store_result *result)
{
    if (!result->audit || result->code == ERR_OK)
        return;
    log_error(engine->world.log, "an audit record was not kept: %s",
              result->text != NULL ? result->text : err_about(result->code));
    if (result->code == ERR_FATAL)
        engine->world.fatal(engine->world.arg, result->text);
}
