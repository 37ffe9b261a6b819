/* audit.c - records as JSON, and their way into the store. */
#include "engine/audit.h"

#include <string.h>

#include "engine/engine_priv.h"
#include "engine/guard.h"
#include "flow/flow.h"
#include "store/audit.h"

#define AUDIT_RECORD_MAX (64u * KIB)

static char *audit_text(const char *who, const char *what, const char *object, const json_t *detail)
{
    json_t *record = json_pack("{s:s, s:s, s:s}", "by", who != NULL ? who : AUDIT_SYSTEM, "what",
                               what, "object", object);
    char *text;

    check(record != NULL);
    if (detail != NULL)
        check(json_object_set_new(record, "detail", json_deep_copy(detail)) == 0);
    guard_quietly(&record);
    text = json_text_new(record, AUDIT_RECORD_MAX, NULL);
    if (text == NULL) { /* who wrote a novel is still told, without it */
        check(json_object_set_new(record, "detail", json_string("too long to be kept")) == 0);
        text = json_text_new(record, AUDIT_RECORD_MAX, NULL);
    }
    json_decref(record);
    check(text != NULL);
    return text;
}

void audit_batch(struct engine *engine, struct store_batch *batch, const char *who,
                 const char *what, const char *object, const json_t *detail)
{
    struct clock *clock = engine->world.clock;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    check(batch->audit == NULL);
    if (!store_audits(engine->world.store))
        return;
    batch->audit = audit_text(who, what, object, detail);
    batch->audit_ms = clock->wall_ms(clock);
}

void engine_audit(struct engine *engine, const char *who, const char *what, const char *object,
                  const json_t *detail)
{
    struct store_batch *batch;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (!store_audits(engine->world.store))
        return;
    batch = store_batch_new(0);
    batch->epoch = store_epoch(engine->world.store);
    audit_batch(engine, batch, who, what, object, detail);
    engine->commits++;
    store_append(engine->world.store, &batch);
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
    engine_audit(engine, by, after != NULL ? "deploy" : "undeploy", buf_text(&object), detail);
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
