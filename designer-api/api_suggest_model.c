/* api_suggest_model.c - a model is asked which source fits which target, where a workspace has one.
 *
 *   the ask -> the fields it is shown -> in the audit -> through the connection -> merged, answered
 *
 * (1) Nothing leaves unless the setting suggest_model names a connection and the person asks for
 *     it, and has flows.write.                                              [suggest_answer]
 * (2) Names and types only, unless suggest_model_values is "allowed".      [suggest_model_fields]
 * (3) What leaves stands in the audit before it does.                             [model_audited]
 * (4) Whatever goes wrong, the program's own suggestions are the answer.            [model_give] */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/percent.h"
#include "designer-api/api_priv.h"
#include "designer-api/settings.h"
#include "designer-api/suggest_ask.h"
#include "engine/audit.h"
#include "engine/connection_ask.h"
#include "engine/flows.h"

#define MODEL_MS    20000
#define MODEL_ASKED (3 * MIB) /* the fields stand in a text of it: with escapes */
#define MODEL_REPLY (512 * KIB)
#define MODEL_NAME  100u

/* ---- Which model */

struct model {
    char environment[LIMIT_ID + 1], connection[LIMIT_ID + 1];
    char name[MODEL_NAME]; /* for people */
    char target[200];      /* below the connection's base URL */
    bool sends_name;
};

static enum err_code model_split(const char *setting, struct model *model, struct err *e)
{
    size_t size = strcspn(setting, "/");

    if (size == 0 || size > LIMIT_ID || setting[size] != '/' || setting[size + 1] == '\0' ||
        strlen(setting + size + 1) > LIMIT_ID)
        return err_set(e, ERR_INVALID,
                       "/suggest_model: a connection of the workspace with its environment is "
                       "needed, like \"production/model\", or \"\"");
    snprintf(model->environment, sizeof model->environment, "%.*s", (int)size, setting);
    snprintf(model->connection, sizeof model->connection, "%s", setting + size + 1);
    return ERR_OK;
}

static enum err_code model_shape(const json_t *shape, struct model *model, struct err *e)
{
    const json_t *settings = json_object_get(shape, "settings");
    const char *connector = json_get_text(shape, "connector"), *name, *version;
    bool azure = connector != NULL && strcmp(connector, "azure_openai") == 0;
    struct buf target;
    enum err_code rc;

    if (!azure && (connector == NULL || strcmp(connector, "openai") != 0))
        return err_set(e, ERR_INVALID,
                       "/suggest_model: the connection %s is one of %.60s; a model is behind "
                       "openai or azure_openai",
                       model->connection, connector != NULL ? connector : "HTTP");
    name = json_get_text(settings, azure ? "deployment" : "model");
    version = json_get_text(settings, "api_version");
    if (name == NULL || (azure && version == NULL))
        return err_set(e, ERR_INVALID, "/suggest_model: the connection %s lacks a setting",
                       model->connection);
    snprintf(model->name, sizeof model->name, "%s", name);
    model->sends_name = !azure;
    buf_init(&target, sizeof model->target - 1);
    buf_add_text(&target, "/chat/completions");
    if (azure) {
        buf_add_text(&target, "?api-version=");
        percent_write(&target, version, strlen(version));
    }
    rc = buf_check(&target, "the API version", e);
    if (rc == ERR_OK)
        snprintf(model->target, sizeof model->target, "%s", buf_text(&target));
    buf_fini(&target);
    return rc;
}

static enum err_code model_find(const struct ask *ask, const char *setting, struct model *model,
                                struct err *e)
{
    json_t *use, *shape;
    enum err_code rc;

    if (model_split(setting, model, e) != ERR_OK)
        return e->code;
    use = json_pack("{s:s}", "use", model->connection);
    check(use != NULL);
    shape =
        engine_connection_shape(ask_engine(ask), ask->who->workspace, model->environment, use, e);
    rc = shape != NULL ? model_shape(shape, model, e) : e->code;
    json_decref(shape);
    json_decref(use);
    return rc;
}

enum err_code suggest_model_check(const struct ask *ask, const char *setting, struct err *e)
{
    struct model model;

    if (model_find(ask, setting, &model, e) == ERR_NOT_FOUND) {
        e->code = ERR_INVALID;
        err_prefix(e, "/suggest_model");
    }
    return e->code;
}

/* ---- One question */

struct asking {
    struct ask_later *later;
    struct engine *engine;
    char workspace[LIMIT_ID + 1];
    struct model model;
    json_t *items, *fields, *rejected, *told; /* told: "model" of the answer */
    char *body;
    size_t body_size;
    double least;
};

static json_t *model_json(const char *name, bool values)
{
    json_t *told = json_pack("{s:s, s:b, s:b}", "name", name, "values", values, "asked", false);

    check(told != NULL);
    return told;
}

static json_t *model_page(json_t *items, json_t *told)
{
    json_t *page = json_pack("{s:o, s:o*}", "items", items, "model", told);

    check(page != NULL);
    return page;
}

static void model_note(json_t *told, const struct err *e)
{
    json_object_set_new(told, "note", json_sprintf("the model gave nothing: %s", e->text));
}

/* (4) */
static void model_give(struct asking *asking, const struct err *e)
{
    if (e != NULL)
        model_note(asking->told, e);
    later_give(asking->later, 200, model_page(asking->items, asking->told));
    json_decref(asking->fields);
    json_decref(asking->rejected);
    mem_free(asking->body);
    mem_free(asking);
}

static void model_answered(void *arg, const char *body, size_t size, const struct err *e)
{
    struct asking *asking = arg;
    struct suggest_merge merge = { .fields = asking->fields,
                                   .rejected = asking->rejected,
                                   .model = asking->model.name,
                                   .least = asking->least };
    json_t *pairs;
    struct err why;

    if (body == NULL) {
        model_give(asking, e);
        return;
    }
    pairs = suggest_model_pairs(body, size, &why);
    if (pairs != NULL)
        suggest_model_merge(asking->items, pairs, &merge);
    model_give(asking, pairs == NULL ? &why : NULL);
    json_decref(pairs);
}

/* (3) */
static void model_audited(void *arg, const struct err *e)
{
    struct asking *asking = arg;
    struct connection_ask ask = { .workspace = asking->workspace,
                                  .environment = asking->model.environment,
                                  .name = asking->model.connection,
                                  .target = asking->model.target,
                                  .body = asking->body,
                                  .body_size = asking->body_size,
                                  .timeout_ms = MODEL_MS,
                                  .reply_limit = MODEL_REPLY };
    struct err why = *e;

    if (e->code == ERR_OK &&
        engine_connection_ask(asking->engine, &ask, model_answered, asking, &why) == ERR_OK) {
        json_object_set_new(asking->told, "asked", json_true());
        return;
    }
    model_give(asking, &why);
}

static void model_audit(const struct asking *asking, const char *by, const char *setting)
{
    const json_t *sources = json_object_get(asking->fields, "sources"),
                 *targets = json_object_get(asking->fields, "targets");
    json_t *detail = json_pack(
        "{s:s, s:I, s:I, s:O, s:I}", "model", asking->model.name, "sources",
        (json_int_t)json_array_size(sources), "targets", (json_int_t)json_array_size(targets),
        "values", json_object_get(asking->told, "values"), "bytes", (json_int_t)asking->body_size);

    check(detail != NULL);
    engine_audit_then(asking->engine,
                      &(struct audit_note){ .workspace = asking->workspace,
                                            .by = by,
                                            .what = "suggest.model",
                                            .object = setting,
                                            .detail = detail },
                      model_audited, (void *)asking);
    json_decref(detail);
}

static enum err_code model_question(struct asking *asking, const struct suggest_sides *sides,
                                    bool values, struct err *e)
{
    json_t *body;

    asking->fields = suggest_model_fields(sides, values, e);
    if (asking->fields == NULL)
        return e->code;
    body = suggest_model_body(asking->model.sends_name ? asking->model.name : NULL, asking->fields);
    if (body != NULL)
        asking->body = json_text_new(body, MODEL_ASKED, &asking->body_size);
    json_decref(body);
    return asking->body != NULL
               ? ERR_OK
               : err_set(e, ERR_LIMIT, "the fields are too large for one question");
}

static double ask_least(const struct ask *ask)
{
    const json_t *least = json_object_get(ask->body, "least");

    return json_is_exact(least) ? strtod(json_exact_text(least), NULL) : 0.0;
}

/* Takes items and told. */
static void model_ask(struct ask *ask, const struct model *model, json_t *items, json_t *told,
                      const struct suggest_sides *sides, const char *setting)
{
    struct asking *asking = mem_must(sizeof *asking);
    struct err e;

    *asking = (struct asking){ .engine = ask_engine(ask),
                               .model = *model,
                               .items = items,
                               .told = told,
                               .least = ask_least(ask),
                               .later = ask_later(ask) };
    asking->rejected = json_incref(json_object_get(ask->body, "rejected"));
    snprintf(asking->workspace, sizeof asking->workspace, "%s", ask->who->workspace);
    if (model_question(asking, sides, json_is_true(json_object_get(told, "values")), &e) == ERR_OK)
        model_audit(asking, ask->who->name, setting);
    else
        model_give(asking, &e);
}

/* (1) */
void suggest_answer(struct ask *ask, json_t *items, const struct suggest_sides *sides)
{
    const struct settings *settings = ask->api->rooms.settings;
    const char *workspace = ask->who->workspace,
               *setting = settings_text(settings, workspace, SETTING_OF_SUGGEST_MODEL);
    bool wanted = json_is_true(json_object_get(ask->body, "model")),
         values =
             strcmp(settings_text(settings, workspace, SETTING_OF_SUGGEST_VALUES), "allowed") == 0;
    struct model model = { .name = "" };
    json_t *told;
    struct err e;

    if (wanted && !who_may(ask->who, MAY_FLOWS_WRITE)) {
        json_decref(items);
        err_set(&e, ERR_FORBIDDEN, "a model is asked by who may change flows (flows.write)");
        ask_refuse(ask, &e);
        return;
    }
    if (*setting == '\0') {
        err_set(&e, ERR_CONFLICT, "the workspace has none (setting suggest_model)");
        told = wanted ? model_json("", false) : NULL;
    } else {
        e.code = model_find(ask, setting, &model, &e);
        told = model_json(model.name, values);
    }
    if (e.code == ERR_OK && wanted) {
        model_ask(ask, &model, items, told, sides, setting);
        return;
    }
    if (told != NULL && e.code != ERR_OK)
        model_note(told, &e);
    ask_give(ask, 200, model_page(items, told));
}
