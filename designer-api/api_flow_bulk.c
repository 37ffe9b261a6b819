/* api_flow_bulk.c - many flows at once: paused, resumed, labelled, exported, deleted. Each is told
 * by itself, and audited as if it had been done alone. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/api_flow_priv.h"
#include "designer-api/bulk.h"
#include "designer-api/draft.h"
#include "engine/flows.h"

#define BULK_EXPORT (32 * MIB) /* of one archive: it is made in memory */
#define BULK_LABELS 20u        /* of a flow, as the contract says */

/* ---- Which acts there are */

/* Items of a row, each of which is acted on by itself; ERR_OK, or why it cannot be. */
typedef void bulk_items_fn(struct ask *ask, const json_t *row, json_t *items);
static bulk_items_fn items_places, items_one, items_export;
static bulk_act_fn act_pause, act_label, act_export, act_delete;

static const struct flow_act {
    const char *name;
    enum permission permission;
    bulk_items_fn *items;
    bulk_act_fn *act;
} flow_acts[] = {
    { "pause", MAY_RUNS_ACT, items_places, act_pause },
    { "resume", MAY_RUNS_ACT, items_places, act_pause },
    { "label", MAY_FLOWS_WRITE, items_one, act_label },
    { "export", MAY_FLOWS_READ, items_export, act_export },
    { "delete", MAY_FLOWS_WRITE, items_one, act_delete },
};

static const struct flow_act *flow_act(const struct ask *ask)
{
    const char *name = json_get_text(ask->body, "act");

    for (size_t i = 0; i < sizeof flow_acts / sizeof *flow_acts; i++)
        if (strcmp(flow_acts[i].name, name) == 0)
            return &flow_acts[i];
    check(false); /* the contract has these */
    return NULL;
}

/* ---- Items */

static json_t *item_new(json_t *items, const json_t *row)
{
    json_t *item = json_pack("{s:O, s:O*}", "flow", json_object_get(row, "flow"), "name",
                             json_object_get(row, "name"));

    check(item != NULL);
    json_array_append_new(items, item);
    return item;
}

static void items_one(struct ask *ask, const json_t *row, json_t *items)
{
    (void)ask;
    item_new(items, row);
}

/* Everywhere it works, or only where the body says. */
static void items_places(struct ask *ask, const json_t *row, json_t *items)
{
    const char *wanted = json_get_text(ask->body, "environment");
    json_t *place, *item;
    bool any = false;
    size_t i;
    struct err e;

    json_array_foreach(json_object_get(row, "deployments"), i, place)
    {
        if (wanted != NULL && strcmp(json_get_text(place, "environment"), wanted) != 0)
            continue;
        item = item_new(items, row);
        json_object_set(item, "environment", json_object_get(place, "environment"));
        json_object_set(item, "state", json_object_get(place, "state"));
        any = true;
    }
    if (any)
        return;
    err_set(&e, ERR_CONFLICT, wanted != NULL ? "it does not work in %.60s" : "it works nowhere yet",
            wanted);
    bulk_refused(item_new(items, row), &e);
}

static void items_export(struct ask *ask, const json_t *row, json_t *items)
{
    json_t *item = item_new(items, row);
    json_int_t bytes = json_get_int(row, "bytes", 0), before = 0;
    struct err e;

    (void)ask;
    if (json_array_size(items) > 1)
        before = json_get_int(json_array_get(items, json_array_size(items) - 2), "bytes", 0);
    json_object_set_new(item, "bytes", json_integer(before + bytes)); /* so far */
    if (before + bytes <= (json_int_t)BULK_EXPORT)
        return;
    err_set(&e, ERR_LIMIT,
            "an archive is at most %u MiB, and this one is full: export it in "
            "another one",
            (unsigned)(BULK_EXPORT / MIB));
    json_object_set_new(item, "bytes", json_integer(before));
    bulk_refused(item, &e);
}

static json_t *bulk_named(struct ask *ask, const json_t *names)
{
    struct flow_rows *rows = flow_rows_new(ask, NULL, NULL);
    json_t *list = json_array(), *seen = json_object(), *name, *row;
    size_t i;
    struct err e;

    json_array_foreach(names, i, name)
    {
        if (json_object_get(seen, json_text(name)) != NULL)
            continue; /* each once */
        json_object_set_new(seen, json_text(name), json_true());
        row = flow_rows_json(rows, json_text(name), &e);
        if (row == NULL) {
            row = json_pack("{s:O}", "flow", name);
            bulk_refused(row, &e);
        }
        json_array_append_new(list, row);
    }
    json_decref(seen);
    flow_rows_free(rows);
    return list;
}

/* What is answered, with nothing done yet; NULL with *e. */
static json_t *bulk_answer(struct ask *ask, const struct flow_act *act, struct err *e)
{
    const json_t *names = json_object_get(ask->body, "flows"),
                 *filter = json_object_get(ask->body, "filter");
    json_t *rows, *row, *items, *answer;
    bool more = false;
    size_t i;

    if ((names == NULL) == (filter == NULL)) {
        err_set(e, ERR_USAGE, "say which: either \"flows\" or \"filter\"");
        return NULL;
    }
    rows = names != NULL ? bulk_named(ask, names) : flow__find(ask, filter, NULL, e);
    if (rows == NULL)
        return NULL;
    items = json_array();
    json_array_foreach(rows, i, row)
    {
        if (json_array_size(items) >= BULK_MOST) {
            more = true;
            break;
        }
        if (json_object_get(row, "refused") != NULL)
            json_array_append(items, row);
        else
            act->items(ask, row, items);
    }
    json_decref(rows);
    answer = json_pack("{s:s, s:b, s:o}", "act", act->name, "dry_run",
                       json_is_true(json_object_get(ask->body, "dry_run")), "flows", items);
    check(answer != NULL);
    if (more)
        json_object_set_new(answer, "more", json_true());
    return answer;
}

/* ---- What is done */

static enum err_code act_pause(struct ask *ask, json_t *item, bool dry, engine_done_fn *told,
                               void *arg, struct err *e)
{
    const struct flow_deploy place = { .workspace = ask->who->workspace,
                                       .environment = json_get_text(item, "environment"),
                                       .slug = json_get_text(item, "flow"),
                                       .by = ask->who->name };
    bool paused = strcmp(json_get_text(ask->body, "act"), "pause") == 0;
    bool was = strcmp(json_get_text(item, "state"), "paused") == 0;

    if (!dry)
        return engine_flow_pause(ask_engine(ask), &place, paused, told, arg, e);
    if (was == paused)
        return err_set(e, ERR_CONFLICT, "flow %.100s %s in %.60s already", place.slug,
                       paused ? "is paused" : "works", place.environment);
    return ERR_OK;
}

/* Its labels with those of `add` and without those of `remove`, each once. */
static json_t *label_list(const json_t *own, const json_t *body)
{
    json_t *set = json_object(), *list = json_array(), *one;
    const char *label;
    size_t i;

    json_array_foreach(own, i, one)
    {
        json_object_set_new(set, json_text(one), json_true());
    }
    json_array_foreach(json_object_get(body, "add"), i, one)
    {
        json_object_set_new(set, json_text(one), json_true());
    }
    json_array_foreach(json_object_get(body, "remove"), i, one)
    {
        json_object_del(set, json_text(one));
    }
    json_object_foreach(set, label, one)
    {
        json_array_append_new(list, json_string(label));
    }
    json_decref(set);
    return list;
}

static enum err_code act_label(struct ask *ask, json_t *item, bool dry, engine_done_fn *told,
                               void *arg, struct err *e)
{
    const char *flow = json_get_text(item, "flow");
    struct flow_rows *rows = flow_rows_new(ask, flow, NULL);
    json_t *row = flow_rows_json(rows, flow, e), *own = json_object_get(row, "labels"), *change;
    json_t *labels = label_list(own, ask->body);

    flow_rows_free(rows);
    change = json_pack("{s:o}", "labels", labels);
    if (row == NULL)
        ; /* *e says it */
    else if (json_array_size(labels) > BULK_LABELS)
        err_set(e, ERR_LIMIT, "it would have %zu labels: %u are the most", json_array_size(labels),
                BULK_LABELS);
    else if (json_equal(labels, own) || (own == NULL && json_array_size(labels) == 0))
        err_set(e, ERR_CONFLICT, "its labels are so already");
    else if (dry)
        e->code = ERR_OK;
    else
        e->code = flow__note(ask, flow, change, OBJECT_ANY, NULL, told, arg, e);
    json_decref(change);
    json_decref(row);
    return e->code;
}

static enum err_code act_export(struct ask *ask, json_t *item, bool dry, engine_done_fn *told,
                                void *arg, struct err *e)
{
    json_t *bundle = dry ? NULL : draft_current(ask, json_get_text(item, "flow"), e);

    json_object_del(item, "bytes");
    if (dry)
        return ERR_OK;
    if (bundle == NULL)
        return e->code;
    json_object_set_new(item, "export",
                        json_pack("{s:s, s:O, s:o}", "weft", "flow/1", "flow",
                                  json_object_get(item, "flow"), "bundle", bundle));
    e->code = ERR_OK;
    told(arg, e);
    return ERR_OK;
}

static enum err_code act_delete(struct ask *ask, json_t *item, bool dry, engine_done_fn *told,
                                void *arg, struct err *e)
{
    return flow__remove(ask, json_get_text(item, "flow"), dry, told, arg, e);
}

/* ---- The whole */

/* Everything was looked at in the loop: it is begun in slices from here on. */
static void bulk_work(struct beside_ask *look)
{
    look->value = json_incref(look->given);
}

static void bulk_found(struct beside_ask *look)
{
    bulk_begin(look, "flows", json_is_true(json_object_get(look->ask.body, "dry_run")),
               flow_act(&look->ask)->act);
}

void flow__bulk(struct ask *ask)
{
    const struct flow_act *act = flow_act(ask);
    json_t *answer = NULL;
    struct err e;

    if (!who_may(ask->who, act->permission))
        err_set(&e, ERR_FORBIDDEN, "this needs the permission %s",
                permission_name(act->permission));
    else
        answer = bulk_answer(ask, act, &e);
    if (answer == NULL)
        ask_refuse(ask, &e);
    else
        beside_ask(ask, bulk_work, bulk_found, answer);
}
