/* api_sample.c - events and outputs that are kept to try a flow with. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "designer-api/infer.h"
#include "engine/flows.h"

#define SAMPLE_ID (LIMIT_NAME + LIMIT_ID + 2)

static void kept_id(const char *flow, const char *name, char id[SAMPLE_ID])
{
    snprintf(id, SAMPLE_ID, "%.199s:%.64s", flow, name);
}

/* As it is shown: its name, and who kept it when. */
static json_t *kept_json(const struct object *object, const char *member, bool brief)
{
    const char *colon = strrchr(object->id, ':');
    json_t *json = json_copy(object->body);

    check(json != NULL);
    if (brief)
        json_object_del(json, "input");
    json_object_set_new(json, member, json_string(colon != NULL ? colon + 1 : object->id));
    json_object_set_new(json, "by", json_string(object->by));
    json_object_set_new(json, "at", draft_moment(object->changed_ms));
    return json;
}

static bool sample_take(void *arg, const struct object *object)
{
    json_array_append_new(arg, kept_json(object, "sample", true));
    return true;
}

static bool pin_take(void *arg, const struct object *object)
{
    json_array_append_new(arg, kept_json(object, "step", false));
    return true;
}

static void kept_list(struct ask *ask, const char *kind, const char *key, object_visit_fn *visit)
{
    char prefix[LIMIT_NAME + 2];
    json_t *items = json_array();
    struct err e;

    snprintf(prefix, sizeof prefix, "%.199s:", ask->path[0]);
    if (draft_known(ask, ask->path[0], &e) == ERR_OK &&
        object_list(ask_objects(ask), kind, ask->who->workspace, prefix, NULL, 0, visit, items,
                    &e) == ERR_OK) {
        draft_page(ask, items, key);
        return;
    }
    json_decref(items);
    ask_refuse(ask, &e);
}

/* body NULL: it is removed. */
static void kept_change(struct ask *ask, const char *kind, const char *name, uint64_t from,
                        json_t *body, int status, const char *what)
{
    struct clock *clock = ask_clock(ask);
    struct object_change change = { .kind = kind,
                                    .workspace = ask->who->workspace,
                                    .from = from,
                                    .body = body,
                                    .by = ask->who->name,
                                    .what = what };
    struct object shown = { .body = body, .changed_ms = clock->wall_ms(clock) };
    struct ask_later *later = ask_later(ask);
    char id[SAMPLE_ID];
    struct err e;

    kept_id(ask->path[0], name, id);
    snprintf(shown.id, sizeof shown.id, "%s", id);
    snprintf(shown.by, sizeof shown.by, "%s", ask->who->name);
    change.id = id;
    later_will(later, status,
               body != NULL
                   ? kept_json(&shown, strcmp(kind, PIN_KIND) == 0 ? "step" : "sample", false)
                   : NULL,
               0);
    if (object_change(ask_objects(ask), &change, NULL, later_told, later, &e) != ERR_OK) {
        if (body != NULL && from == 0)
            err_set(&e, ERR_CONFLICT, "there is one of the name \"%.64s\" already", name);
        later_refuse(later, &e);
    }
}

/* ---- Samples */

static void sample_list(struct ask *ask)
{
    kept_list(ask, SAMPLE_KIND, "sample", sample_take);
}

static void sample_get(struct ask *ask)
{
    struct object sample;
    json_t *json = NULL;
    struct err e;

    if (context_sample(ask, ask->path[0], ask->path[1], &sample, &e) == ERR_OK) {
        json = kept_json(&sample, "sample", false);
        object_fini(&sample);
    }
    ask_give_or_refuse(ask, json, &e);
}

/* What the run was begun with; NULL with *e. */
static json_t *sample_of_run(struct ask *ask, const char *flow, const char *id, struct err *e)
{
    uint64_t run;
    json_t *story = ident_parse(id, &run) ? context_shown(ask, engine_show(ask_store(ask), run, e))
                                          : NULL,
           *body = NULL;

    if (story != NULL && strcmp(json_get_text(story, "flow"), flow) == 0 &&
        strcmp(json_get_text(story, "workspace"), ask->who->workspace) == 0)
        body = json_incref(json_object_get(json_object_get(story, "input"), "body"));
    json_decref(story);
    if (body == NULL)
        err_set(e, ERR_NOT_FOUND, "flow %.100s has no run %.40s with a body", flow, id);
    return body;
}

static void sample_create(struct ask *ask)
{
    const char *flow = ask->path[0], *run = json_get_text(ask->body, "run");
    json_t *input = json_incref(json_object_get(ask->body, "input")), *body;
    struct err e = { .code = ERR_OK };

    if (draft_known(ask, flow, &e) == ERR_OK && input == NULL) {
        if (run != NULL)
            input = sample_of_run(ask, flow, run, &e);
        else
            err_set(&e, ERR_INVALID, "a sample has an \"input\", or a \"run\" that it is from");
    }
    if (e.code != ERR_OK) {
        ask_refuse(ask, &e);
        json_decref(input);
        return;
    }
    body = json_pack("{s:o, s:s*, s:s*, s:s*}", "input", input, "trigger",
                     json_get_text(ask->body, "trigger"), "from_run", run, "note",
                     json_get_text(ask->body, "note"));
    check(body != NULL);
    kept_change(ask, SAMPLE_KIND, json_get_text(ask->body, "sample"), 0, body, 201,
                "sample.create");
    json_decref(body);
}

static void sample_delete(struct ask *ask)
{
    struct object sample;
    struct err e;

    if (context_sample(ask, ask->path[0], ask->path[1], &sample, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    object_fini(&sample);
    kept_change(ask, SAMPLE_KIND, ask->path[1], OBJECT_ANY, NULL, 204, "sample.delete");
}

/* ---- Pins */

static void pin_list(struct ask *ask)
{
    kept_list(ask, PIN_KIND, "step", pin_take);
}

static void pin_put(struct ask *ask)
{
    const char *loop;
    struct err e;
    json_t *bundle = draft_current(ask, ask->path[0], &e),
           *before = bundle != NULL ? context_before(bundle, ask->path[1], &loop) : NULL;

    if (bundle != NULL && before == NULL)
        err_set(&e, ERR_NOT_FOUND, "flow %.100s has no step \"%.64s\"", ask->path[0], ask->path[1]);
    if (before == NULL)
        ask_refuse(ask, &e);
    else
        kept_change(ask, PIN_KIND, ask->path[1], OBJECT_ANY, ask->body, 200, "pin.set");
    json_decref(before);
    json_decref(bundle);
}

static void pin_delete(struct ask *ask)
{
    char id[SAMPLE_ID];
    struct object pin;
    struct err e;

    kept_id(ask->path[0], ask->path[1], id);
    if (object_read(ask_objects(ask), PIN_KIND, ask->who->workspace, id, &pin, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    object_fini(&pin);
    kept_change(ask, PIN_KIND, ask->path[1], OBJECT_ANY, NULL, 204, "pin.delete");
}

/* ---- Schemas */

static void schema_infer(struct ask *ask)
{
    ask_give(ask, 200,
             json_pack("{s:o}", "schema", infer_schema(json_object_get(ask->body, "samples"))));
}

const struct ask_bind sample_binds[] = {
    { "listSamples", sample_list },
    { "createSample", sample_create },
    { "getSample", sample_get },
    { "deleteSample", sample_delete },
    { "listPins", pin_list },
    { "putPin", pin_put },
    { "deletePin", pin_delete },
    { "inferSchema", schema_infer },
    { NULL, NULL },
};
