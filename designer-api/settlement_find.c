/* settlement_find.c - where settlements are: nodes of a flow, and what their steps left in a run.
 */
#include "designer-api/settlement_find.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/desk.h"
#include "designer-api/kept.h"
#include "designer-api/mask.h"
#include "engine/trail.h"

#define FIND_PAGE   500u        /* steps that are read at a time */
#define FIND_PAGES  10u         /* of a loop that compares: what is beyond is left out */
#define FIND_STEPS  100u        /* settlements of one run */
#define FIND_MEMBER (64u * KIB) /* an output that may say more of the settlement */

const struct json_limits settlement_limits = { 2 * LIMIT_OUTPUT, LIMIT_JSON_DEPTH,
                                               LIMIT_JSON_VALUES };

/* ---- Nodes */

static const json_t *inner_nodes(const json_t *node)
{
    return json_object_get(json_object_get(json_object_get(node, "config"), "body"), "nodes");
}

static const json_t *level_find(const json_t *nodes, const char *id, const json_t **level)
{
    const json_t *found;
    json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const char *own = json_get_text(node, "id");

        *level = nodes;
        if (own != NULL && strcmp(own, id) == 0)
            return node;
        found = level_find(inner_nodes(node), id, level);
        if (found != NULL)
            return found;
    }
    return NULL;
}

const json_t *settlement_node(const json_t *flow, const char *id)
{
    const json_t *level;

    return level_find(json_object_get(flow, "nodes"), id, &level);
}

const json_t *settlement_level(const json_t *flow, const char *id)
{
    const json_t *level = NULL;

    return level_find(json_object_get(flow, "nodes"), id, &level) != NULL ? level : NULL;
}

bool settlement_is(const json_t *node)
{
    const char *type = json_get_text(node, "type");

    return type != NULL && strcmp(type, "transform.reconcile") == 0;
}

/* It, or one in its body. */
static bool node_reconciles(const json_t *node)
{
    json_t *inner;
    size_t i;

    if (settlement_is(node))
        return true;
    json_array_foreach(inner_nodes(node), i, inner)
    {
        if (node_reconciles(inner))
            return true;
    }
    return false;
}

bool settlement_made_by(const json_t *flow)
{
    json_t *node;
    size_t i;

    json_array_foreach(json_object_get(flow, "nodes"), i, node)
    {
        if (node_reconciles(node))
            return true;
    }
    return false;
}

json_t *settlement_flow(struct beside_ask *look, const char *version)
{
    json_t *bundle = NULL, *flow;
    char *text = NULL;
    size_t size;
    struct err e;

    if (version != NULL && store_version(look->store, version, &text, &size, &e) == ERR_OK)
        bundle = json_read(text, size, &settlement_limits, &e);
    mem_free(text);
    flow = json_incref(json_object_get(bundle, "flow"));
    json_decref(bundle);
    return flow;
}

/* ---- Steps */

/* Those at and below one node of the flow's own level. */
static void steps_below(const struct trail *trail, const char *node, json_t *found)
{
    struct trail_page page = { .path = node,
                               .statuses = TRAIL_BIT(TRAIL_SUCCEEDED),
                               .limit = FIND_PAGE };
    size_t next = 0, total, i;
    json_t *steps, *step;

    for (unsigned pages = 0; pages < FIND_PAGES; pages++) {
        page.from = next;
        steps = trail_steps(trail, &page, &next, &total);
        json_array_foreach(steps, i, step)
        {
            const char *type = json_get_text(step, "type");

            if (type != NULL && strcmp(type, "transform.reconcile") == 0 &&
                json_array_size(found) < FIND_STEPS)
                json_array_append_new(found, json_pack("{s:O, s:O, s:O*}", "step",
                                                       json_object_get(step, "step"), "node",
                                                       json_object_get(step, "node"), "title",
                                                       json_object_get(step, "title")));
        }
        json_decref(steps);
        if (next == 0)
            return;
    }
}

bool settlement_in_parts(const json_t *flow)
{
    json_t *node;
    size_t i;

    json_array_foreach(json_object_get(flow, "nodes"), i, node)
    {
        if (settlement_is(node))
            return true;
    }
    return false;
}

json_t *settlement_steps(struct beside_ask *look, uint64_t run, const json_t *flow)
{
    const struct trail *trail = trails_get(look->trails, look->store, run, &look->e);
    json_t *found = json_array(), *node;
    bool parts = settlement_in_parts(flow);
    size_t i;

    if (trail == NULL) {
        json_decref(found);
        return NULL;
    }
    json_array_foreach(json_object_get(flow, "nodes"), i, node)
    {
        if (parts ? settlement_is(node) : node_reconciles(node))
            steps_below(trail, json_get_text(node, "id"), found);
    }
    return found;
}

static json_t *output_of(struct beside_ask *look, const struct trail *trail, const char *path,
                         size_t most)
{
    json_t *value = NULL;
    char *text = NULL;
    size_t size = 0;
    struct err e;

    if (trail != NULL && trail_output(trail, look->store, path, &text, &size, &e) == ERR_OK &&
        text != NULL && size <= most)
        value = json_read(text, size, &settlement_limits, &e);
    mem_free(text);
    return value;
}

json_t *settlement_output(struct beside_ask *look, uint64_t run, const char *path, size_t most)
{
    return output_of(look, trails_get(look->trails, look->store, run, &look->e), path, most);
}

/* ---- What else belongs to it */

/* The path of another node of the step's level: "days[3]/compare" and "closed" give
 * "days[3]/closed". */
static void path_beside(const char *step, const char *node, char path[LIMIT_PATH])
{
    const char *last = strrchr(step, '/');

    snprintf(path, LIMIT_PATH, "%.*s%s", last != NULL ? (int)(last - step + 1) : 0, step, node);
}

bool settlement_form(const json_t *form)
{
    const json_t *adjustments = json_object_get(json_object_get(form, "properties"), "adjustments");
    const char *type = json_get_text(adjustments, "type");

    return type != NULL && strcmp(type, "array") == 0;
}

/* decision: who filled them in; with "agreed" it was the first of these, and others approved. */
static void adjustments_take(json_t *list, const json_t *decision, const char *state,
                             const char *step)
{
    json_t *one, *own, *by = json_object_get(decision, "by"),
                       *first = json_array_get(json_object_get(decision, "agreed"), 0);
    size_t i;

    json_array_foreach(json_object_get(json_object_get(decision, "data"), "adjustments"), i, one)
    {
        own = json_is_object(one) ? json_copy(one) : NULL;
        if (own == NULL)
            continue;
        json_object_set_new_nocheck(own, "state", json_string(state));
        json_object_set_new_nocheck(own, "step", json_string(step));
        if (json_is_text(by))
            json_object_set_nocheck(own, "by", json_is_text(first) ? first : by);
        if (json_is_text(first))
            json_object_set_nocheck(own, "approved_by", by);
        json_array_append_new(list, own);
    }
}

struct open_reviews {
    json_t *reviews, *adjustments;
};
static bool review_take(void *arg, const struct store_fact *fact)
{
    struct open_reviews *open = arg;
    json_t *one = desk_task(fact), *first;

    if (one != NULL && settlement_form(json_object_get(one, "form"))) {
        first = json_array_get(json_object_get(one, "decided"), 0);
        adjustments_take(open->adjustments, first, "proposed", json_get_text(one, "step"));
        json_object_del(one, "data"); /* it may be as long as the settlement itself */
        json_object_del(one, "candidates");
        json_array_append(open->reviews, one);
    }
    json_decref(one);
    return true;
}

/* What the review calls the way out that was chosen; NULL: it has no title. */
static json_t *decided_title(const json_t *output, const json_t *node)
{
    const char *port = json_get_text(output, "port"), *own;
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(node, "config"), "ports"), i, one)
    {
        own = json_get_text(one, "port");
        if (port != NULL && own != NULL && strcmp(own, port) == 0)
            return json_object_get(one, "title");
    }
    return NULL;
}

void settlement_agreed(const json_t *output, const char *path, json_t *adjustments)
{
    adjustments_take(adjustments, output, "agreed", path);
}

/* output: taken */
static void decided_take(json_t *output, const char *path, const json_t *node,
                         struct settlement_more *more)
{
    json_t *told = json_copy(output), *title = decided_title(output, node);

    json_object_del(told, "data");
    json_object_set_new_nocheck(told, "step", json_string(path));
    if (title != NULL)
        json_object_set_nocheck(told, "port_title", title);
    check(told != NULL);
    json_array_append_new(more->decisions, told);
    settlement_agreed(output, path, more->adjustments);
    json_decref(output);
}

void settlement_said(json_t *output, const char *path, const json_t *node, json_t *statements)
{
    json_t *own = json_object_get(output, "settlement"), *told;

    if (json_is_object(own)) {
        told = json_copy(own);
        check(told != NULL);
        json_object_set_new_nocheck(told, "step", json_string(path));
        if (json_object_get(node, "title") != NULL)
            json_object_set_nocheck(told, "title", json_object_get(node, "title"));
        settlement_statement(told);
        json_array_append_new(statements, told);
    }
    json_decref(output);
}

/* A node of the settlement's level that may say more of it. */
struct teller {
    const json_t *node;
    bool decides;
    char path[LIMIT_PATH];
};

static size_t tellers_find(const json_t *level, const char *step, struct teller *tellers)
{
    size_t count = 0, i;
    json_t *node;

    json_array_foreach(level, i, node)
    {
        const char *type = json_get_text(node, "type"), *own = json_get_text(node, "id");
        struct teller *teller = &tellers[count];

        if (type == NULL || own == NULL)
            continue;
        teller->node = node;
        teller->decides = strcmp(type, "branch.review") == 0 &&
                          settlement_form(json_object_get(json_object_get(node, "config"), "form"));
        path_beside(step, own, teller->path);
        count += teller->decides || strcmp(type, "transform.script") == 0 ||
                 strcmp(type, "transform.map") == 0;
    }
    return count;
}

static void teller_take(const struct teller *teller, const struct trail_wanted *wanted,
                        struct settlement_more *more)
{
    json_t *output = NULL;
    struct err e;

    if (wanted->text != NULL)
        output = mask_value(json_read(wanted->text, wanted->size, &settlement_limits, &e));
    if (output == NULL)
        return;
    if (teller->decides)
        decided_take(output, teller->path, teller->node, more);
    else
        settlement_said(output, teller->path, teller->node, more->statements);
}

static void tellers_take(struct beside_ask *look, const struct trail *trail, const json_t *level,
                         const char *step, struct settlement_more *more)
{
    size_t most = json_array_size(level) + 1, count;
    struct teller *tellers = mem_must(most * sizeof *tellers);
    struct trail_wanted *wanted = mem_must(most * sizeof *wanted);

    count = tellers_find(level, step, tellers);
    for (size_t i = 0; i < count; i++)
        wanted[i] =
            (struct trail_wanted){ .path = tellers[i].path,
                                   .most = tellers[i].decides ? LIMIT_OUTPUT : FIND_MEMBER };
    look->e.code = trail_outputs(trail, look->store, wanted, count, &look->e);
    for (size_t i = 0; i < count; i++) {
        if (look->e.code == ERR_OK)
            teller_take(&tellers[i], &wanted[i], more);
        mem_free(wanted[i].text);
    }
    mem_free(wanted);
    mem_free(tellers);
}

void settlement_more(struct beside_ask *look, uint64_t run, const char *run_text,
                     const json_t *flow, const char *step, const char *id,
                     struct settlement_more *more)
{
    struct open_reviews open = { json_array(), json_array() };
    struct store_facts_filter tasks = { .kind = FACT_TASK, .run = run };
    const struct trail *trail = NULL;
    char prefix[64];

    *more = (struct settlement_more){ open.reviews, json_array(), open.adjustments, json_array() };
    snprintf(prefix, sizeof prefix, "%s/", run_text);
    tasks.prefix = prefix;
    look->e.code = store_facts(look->store, &tasks, review_take, &open, &look->e);
    if (look->e.code == ERR_OK) /* once: that of a long run takes its time to read */
        trail = trails_get(look->trails, look->store, run, &look->e);
    if (trail != NULL)
        tellers_take(look, trail, settlement_level(flow, id), step, more);
}

void settlement_more_fini(struct settlement_more *more)
{
    json_decref(more->reviews);
    json_decref(more->decisions);
    json_decref(more->adjustments);
    json_decref(more->statements);
}
