/* api_flow.c - one flow: where it works and how it does; its labels; the end of it. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/api_flow_priv.h"
#include "designer-api/draft.h"
#include "designer-api/origin.h"
#include "designer-api/sheet.h"
#include "engine/flows.h"

#define FLOW_CHANGES 1000u /* objects that go with a flow at once */

static json_t *flow_json(struct ask *ask, const char *flow, struct err *e)
{
    struct flow_rows *rows = flow_rows_new(ask, flow, NULL);
    json_t *json = flow_rows_json(rows, flow, e);

    if (json != NULL)
        flow_row_last(ask, json);
    flow_rows_free(rows);
    return json;
}

static void flow_get(struct ask *ask)
{
    struct err e;
    json_t *json = flow_json(ask, ask->path[0], &e);
    json_int_t revision = json_integer_value(json_object_get(json, "revision"));

    if (revision > 0)
        ask_give_revision(ask, 200, json, (uint64_t)revision);
    else
        ask_give_or_refuse(ask, json, &e);
}

/* ---- Labels and owner */

enum err_code flow__note(struct ask *ask, const char *flow, const json_t *change, uint64_t from,
                         uint64_t *revision, engine_done_fn *done, void *arg, struct err *e)
{
    struct object note = { .body = NULL };
    json_t *body = json_object();
    struct object_change put = { .kind = FLOW_NOTE,
                                 .workspace = ask->who->workspace,
                                 .id = flow,
                                 .from = from,
                                 .body = body,
                                 .by = ask->who->name,
                                 .what = "flow.change",
                                 .detail = change,
                                 .told = true };

    if (object_read(ask_objects(ask), FLOW_NOTE, ask->who->workspace, flow, &note, e) == ERR_OK)
        json_object_update(body, note.body);
    object_fini(&note);
    json_object_update(body, (json_t *)change);
    e->code = object_change(ask_objects(ask), &put, revision, done, arg, e);
    json_decref(body);
    return e->code;
}

static void flow_change(struct ask *ask)
{
    const char *flow = ask->path[0];
    uint64_t from = OBJECT_ANY, revision;
    struct ask_later *later;
    struct err e;
    json_t *shown = flow_json(ask, flow, &e);

    if (shown == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    json_object_update(shown, ask->body);
    later = ask_later(ask);
    if (ask_if_match_given(ask, &from, &e) != ERR_OK ||
        flow__note(ask, flow, ask->body, from, &revision, later_told, later, &e) != ERR_OK) {
        later_refuse(later, &e);
        json_decref(shown);
    } else {
        json_object_set_new(shown, "revision", json_integer((json_int_t)revision));
        later_will(later, 200, shown, revision);
    }
}

/* ---- The end */

struct flow_end {
    const char *kind, *workspace, *by;
    struct object_change *changes;
    size_t count;
};

static bool end_take(void *arg, const struct object *object)
{
    struct flow_end *end = arg;

    if (end->count == FLOW_CHANGES)
        return false;
    end->changes[end->count++] = (struct object_change){ .kind = end->kind,
                                                         .workspace = end->workspace,
                                                         .id = mem_must_copy(object->id),
                                                         .from = object->revision,
                                                         .by = end->by };
    return true;
}

/* What is kept of a flow besides its versions. */
static enum err_code end_collect(struct ask *ask, const char *flow, struct flow_end *end,
                                 struct err *e)
{
    static const char *const whole[] = { DRAFT_KIND, FLOW_NOTE, ORIGIN_KIND, ORIGIN_BUNDLE_KIND },
                             *const parts[] = { "sample", "pin" };
    struct object object;
    char prefix[LIMIT_NAME + 2];

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        end->kind = whole[i];
        if (object_read(ask_objects(ask), whole[i], end->workspace, flow, &object, e) != ERR_OK)
            continue;
        snprintf(object.id, sizeof object.id, "%s", flow);
        end_take(end, &object);
        object_fini(&object);
    }
    snprintf(prefix, sizeof prefix, "%.199s:", flow);
    e->code = ERR_OK;
    for (size_t i = 0; i < 2 && e->code == ERR_OK; i++) {
        end->kind = parts[i];
        e->code = object_list(ask_objects(ask), parts[i], end->workspace, prefix, NULL, 0, end_take,
                              end, e);
    }
    if (e->code == ERR_OK && end->count == 0)
        err_set(e, ERR_NOT_FOUND, "there is no flow \"%.100s\"", flow);
    return e->code;
}

enum err_code flow__remove(struct ask *ask, const char *flow, bool dry, engine_done_fn *done,
                           void *arg, struct err *e)
{
    struct flow_end end = { .workspace = ask->who->workspace, .by = ask->who->name };
    json_t *places = engine_flow_places(ask_engine(ask), ask->who->workspace, flow);
    const char *where = json_get_text(json_array_get(places, 0), "environment");

    end.changes = mem_must(FLOW_CHANGES * sizeof *end.changes);
    e->code = ERR_OK;
    if (where != NULL)
        err_set(e, ERR_CONFLICT, "flow %.100s is deployed in %.60s: take it out there first", flow,
                where);
    else
        end_collect(ask, flow, &end, e);
    if (e->code == ERR_OK && !dry) {
        end.changes[0].what = "flow.delete";
        e->code = object_change_all(ask_objects(ask), end.changes, end.count, done, arg, e);
    }
    for (size_t i = 0; i < end.count; i++)
        mem_free((char *)end.changes[i].id);
    mem_free(end.changes);
    json_decref(places);
    return e->code;
}

static void flow_delete(struct ask *ask)
{
    struct ask_later *later = ask_later(ask);
    struct err e;

    later_will(later, 204, NULL, 0);
    if (flow__remove(ask, ask->path[0], false, later_told, later, &e) != ERR_OK)
        later_refuse(later, &e);
}

const struct ask_bind flow_binds[] = {
    { "listFlows", flow__list },   { "actOnFlows", flow__bulk },  { "getFlow", flow_get },
    { "changeFlow", flow_change }, { "deleteFlow", flow_delete }, { NULL, NULL },
};
