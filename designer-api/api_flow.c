/* api_flow.c - flows: which there are, where they work, how they do; labels; the end of one. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft.h"
#include "designer-api/origin.h"
#include "engine/flows.h"
#include "store/look.h"

#define FLOW_NOTE    "flow_note" /* {"labels", "owner"} */
#define FLOW_DAY_MS  INT64_C(86400000)
#define FLOW_COUNTED 1000u /* runs of a day that are counted */
#define FLOW_CHANGES 1000u /* objects that go with a flow at once */

/* ---- Health */

struct flow_health {
    unsigned runs, failed, unfinished;
    json_t *last;
};

static enum store_look_word health_last(void *arg, const struct store_run *run)
{
    struct flow_health *health = arg;
    char id[IDENT_TEXT];

    ident_text(run->run, id);
    health->last = json_pack("{s:s, s:s, s:o}", "run", id, "status", run_status_name(run->status),
                             "received_at", draft_moment(run->received_ms));
    return LOOK_TAKE;
}

static enum store_look_word health_count(void *arg, const struct store_run *run)
{
    struct flow_health *health = arg;

    health->runs++;
    health->failed += run->status == RUN_FAILED;
    health->unfinished += run->ended_ms == 0;
    return LOOK_TAKE;
}

static json_t *flow_health(struct ask *ask, const char *flow)
{
    struct flow_health health = { .last = NULL };
    struct clock *clock = ask_clock(ask);
    int64_t since = clock->wall_ms(clock) - FLOW_DAY_MS;
    struct store_look look = { .workspace = ask->who->workspace, .flow = flow, .limit = 1 };
    struct store_look_end end = { .bounded = false };
    json_t *json;
    struct err e;

    if (store_look(ask_store(ask), &look, health_last, &health, &end, &e) == ERR_OK &&
        health.last != NULL) {
        look.limit = 0;
        look.most = FLOW_COUNTED;
        look.from_ms = since;
        if (store_look(ask_store(ask), &look, health_count, &health, &end, &e) != ERR_OK)
            health.runs = 0;
    }
    json = json_pack("{s:o, s:i, s:i, s:i, s:b, s:o*}", "since", draft_moment(since), "runs",
                     (int)health.runs, "failed", (int)health.failed, "unfinished",
                     (int)health.unfinished, "capped", end.bounded, "last_run", health.last);
    check(json != NULL);
    return json;
}

/* ---- One flow */

static json_t *flow_can(const struct ask *ask)
{
    static const struct {
        enum permission permission;
        const char *act;
    } acts[] = {
        { MAY_FLOWS_WRITE, "write" },   { MAY_RULES_WRITE, "write_rules" },
        { MAY_FLOWS_DEPLOY, "deploy" }, { MAY_DEPLOY_APPROVE, "approve" },
        { MAY_RUNS_ACT, "run" },
    };
    json_t *can = json_array();

    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (who_may(ask->who, acts[i].permission))
            json_array_append_new(can, json_string(acts[i].act));
    return can;
}

static void flow_deployments(json_t *json, json_t *places, const json_t *versions)
{
    json_t *place;
    size_t i;
    bool person = false;

    json_array_foreach(places, i, place)
    {
        const json_t *row = draft_numbered(versions, json_get_text(place, "version"));

        person = person || json_get_text(place, "by") != NULL;
        if (row != NULL)
            json_object_set(place, "number", json_object_get(row, "number"));
        json_object_del(place, "flow");
        json_object_del(place, "name");
        json_object_del(place, "by");
    }
    json_object_set_new(json, "source",
                        json_string(person || json_array_size(places) == 0 ? "draft" : "folder"));
    json_object_set(json, "deployments", places);
}

static void flow_note(struct ask *ask, json_t *json, const char *flow)
{
    struct object note;
    struct err e;

    if (object_read(ask_objects(ask), FLOW_NOTE, ask->who->workspace, flow, &note, &e) != ERR_OK)
        return;
    json_object_update_missing(json, note.body);
    json_object_set_new(json, "revision", json_integer((json_int_t)note.revision));
    object_fini(&note);
}

/* Its own words: of the draft, else of what is live. */
static void flow_words(json_t *json, const json_t *definition, const char *flow)
{
    const char *name = json_get_text(definition, "name"),
               *description = json_get_text(definition, "description");

    json_object_set_new(json, "name", json_string(name != NULL ? name : flow));
    if (description != NULL)
        json_object_set_new(json, "description", json_string(description));
}

static json_t *flow_json(struct ask *ask, const char *flow, bool health, struct err *e)
{
    json_t *json = json_pack("{s:s}", "flow", flow), *versions, *places, *bundle;
    struct object draft;

    if (object_read(ask_objects(ask), DRAFT_KIND, ask->who->workspace, flow, &draft, e) == ERR_OK) {
        json_object_set_new(json, "draft",
                            json_pack("{s:I, s:o, s:s, s:O*}", "revision",
                                      (json_int_t)draft.revision, "changed_at",
                                      draft_moment(draft.changed_ms), "by", draft.by, "base",
                                      json_object_get(draft.body, "base")));
        object_fini(&draft);
    }
    bundle = draft_current(ask, flow, e);
    versions = bundle != NULL ? draft_versions(ask, flow, e) : NULL;
    if (versions == NULL) {
        json_decref(bundle);
        json_decref(json);
        return NULL;
    }
    flow_words(json, json_object_get(bundle, "flow"), flow);
    places = engine_flow_places(ask_engine(ask), ask->who->workspace, flow);
    flow_deployments(json, places, versions);
    json_object_set_new(json, "versions", json_integer((json_int_t)json_array_size(versions)));
    if (health)
        json_object_set_new(json, "health", flow_health(ask, flow));
    json_object_set_new(json, "can", flow_can(ask));
    flow_note(ask, json, flow);
    origin_tell(ask, flow, json);
    json_decref(places);
    json_decref(versions);
    json_decref(bundle);
    return json;
}

static void flow_get(struct ask *ask)
{
    struct err e;
    json_t *json = flow_json(ask, ask->path[0], true, &e);
    json_int_t revision = json_integer_value(json_object_get(json, "revision"));

    if (revision > 0)
        ask_give_revision(ask, 200, json, (uint64_t)revision);
    else
        ask_give_or_refuse(ask, json, &e);
}

/* ---- All of them */

static bool list_draft(void *arg, const struct object *object)
{
    json_object_set_new(arg, object->id, json_true());
    return true;
}

static int list_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of all flows of the workspace, sorted; mem_free() the list. They are keys of `set`. */
static const char **list_names(struct ask *ask, json_t *set, size_t *count, struct err *e)
{
    json_t *places, *place, *one;
    const char **names, *name;
    size_t i;

    if (object_list(ask_objects(ask), DRAFT_KIND, ask->who->workspace, NULL, NULL, 0, list_draft,
                    set, e) != ERR_OK)
        return NULL;
    places = engine_flow_places(ask_engine(ask), ask->who->workspace, NULL);
    json_array_foreach(places, i, place)
    {
        json_object_set_new(set, json_get_text(place, "flow"), json_true());
    }
    json_decref(places);
    names = mem_must((json_object_size(set) + 1) * sizeof *names);
    *count = 0;
    json_object_foreach(set, name, one)
    {
        names[(*count)++] = name;
    }
    if (*count > 0)
        qsort(names, *count, sizeof *names, list_order);
    return names;
}

static bool list_has(const json_t *list, const char *member, const char *wanted)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        const char *text = member != NULL ? json_get_text(one, member) : json_text(one);

        if (text != NULL && strcmp(text, wanted) == 0)
            return true;
    }
    return false;
}

static bool list_fits(const struct ask *ask, const json_t *flow)
{
    const char *search = ask_text(ask, "search"), *label = ask_text(ask, "label"),
               *environment = ask_text(ask, "environment");
    const json_t *labels = json_object_get(flow, "labels");

    if (search != NULL && strcasestr(json_get_text(flow, "flow"), search) == NULL &&
        strcasestr(json_get_text(flow, "name"), search) == NULL && !list_has(labels, NULL, search))
        return false;
    if (label != NULL && !list_has(labels, NULL, label))
        return false;
    return environment == NULL ||
           list_has(json_object_get(flow, "deployments"), "environment", environment);
}

static bool list_filtered(const struct ask *ask)
{
    return ask_text(ask, "search") != NULL || ask_text(ask, "label") != NULL ||
           ask_text(ask, "environment") != NULL;
}

/* The page, and by *next the name that the next one begins behind. */
static json_t *list_page(struct ask *ask, const char *const *names, size_t count, const char *after,
                         const char **next)
{
    size_t limit = (size_t)ask_number(ask, "limit", 50), i = 0;
    json_t *items = json_array(), *flow;
    struct err e;

    *next = NULL;
    while (i < count && after != NULL && strcmp(names[i], after) <= 0)
        i++;
    for (; i < count; i++) {
        if (json_array_size(items) == limit) {
            *next = json_get_text(json_array_get(items, limit - 1), "flow");
            break;
        }
        flow = flow_json(ask, names[i], false, &e);
        if (flow != NULL && list_fits(ask, flow)) {
            json_object_set_new(flow, "health", flow_health(ask, names[i]));
            json_array_append(items, flow);
        }
        json_decref(flow);
    }
    return items;
}

static void flow_list(struct ask *ask)
{
    json_t *set = json_object(), *items;
    char after[LIMIT_PATH];
    const char **names = NULL, *next;
    bool given;
    size_t count = 0;
    struct err e;

    if (ask_cursor(ask, after, &given, &e) == ERR_OK)
        names = list_names(ask, set, &count, &e);
    if (names == NULL) {
        ask_refuse(ask, &e);
    } else {
        items = list_page(ask, names, count, given ? after : NULL, &next);
        ask_page(ask, items, next, list_filtered(ask) ? -1 : (int64_t)count);
    }
    mem_free(names);
    json_decref(set);
}

/* ---- Labels, and the end */

static void flow_change(struct ask *ask)
{
    const char *flow = ask->path[0];
    struct object note = { .body = NULL };
    struct object_change change = { .kind = FLOW_NOTE,
                                    .workspace = ask->who->workspace,
                                    .id = flow,
                                    .from = OBJECT_ANY,
                                    .by = ask->who->name,
                                    .what = "flow.change",
                                    .told = true };
    json_t *shown = NULL, *body = json_object();
    struct ask_later *later;
    uint64_t revision;
    struct err e;

    if (draft_known(ask, flow, &e) == ERR_OK)
        shown = flow_json(ask, flow, true, &e);
    if (shown == NULL) {
        ask_refuse(ask, &e);
        json_decref(body);
        return;
    }
    if (object_read(ask_objects(ask), FLOW_NOTE, ask->who->workspace, flow, &note, &e) == ERR_OK)
        json_object_update(body, note.body);
    object_fini(&note);
    json_object_update(body, ask->body);
    json_object_update(shown, ask->body);
    change.body = body;
    change.detail = ask->body;
    later = ask_later(ask);
    if (ask_if_match_given(ask, &change.from, &e) != ERR_OK ||
        object_change(ask_objects(ask), &change, &revision, later_told, later, &e) != ERR_OK) {
        later_refuse(later, &e);
        json_decref(shown);
    } else {
        json_object_set_new(shown, "revision", json_integer((json_int_t)revision));
        later_will(later, 200, shown, revision);
    }
    json_decref(body);
}

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

static void flow_delete(struct ask *ask)
{
    const char *flow = ask->path[0];
    struct flow_end end = { .workspace = ask->who->workspace, .by = ask->who->name };
    json_t *places = engine_flow_places(ask_engine(ask), ask->who->workspace, flow);
    const char *where = json_get_text(json_array_get(places, 0), "environment");
    struct ask_later *later;
    struct err e = { .code = ERR_OK };

    end.changes = mem_must(FLOW_CHANGES * sizeof *end.changes);
    if (where != NULL)
        err_set(&e, ERR_CONFLICT, "flow %.100s is deployed in %.60s: take it out there first", flow,
                where);
    else
        end_collect(ask, flow, &end, &e);
    if (e.code == ERR_OK) {
        end.changes[0].what = "flow.delete";
        later = ask_later(ask);
        later_will(later, 204, NULL, 0);
        if (object_change_all(ask_objects(ask), end.changes, end.count, later_told, later, &e) !=
            ERR_OK)
            later_refuse(later, &e);
    } else {
        ask_refuse(ask, &e);
    }
    for (size_t i = 0; i < end.count; i++)
        mem_free((char *)end.changes[i].id);
    mem_free(end.changes);
    json_decref(places);
}

const struct ask_bind flow_binds[] = {
    { "listFlows", flow_list },    { "getFlow", flow_get }, { "changeFlow", flow_change },
    { "deleteFlow", flow_delete }, { NULL, NULL },
};
