/* lineage_back.c - what a place of a run came from, by the kind of its step.
 *
 *     input     the output that came over the edge; of a body's beginning the item; of the run
 *               itself: who called it
 *     output    what the step makes it of
 *     settings  the expressions that stand there; of a group of settings that is asked for, each
 *               that is written in it
 *     result    of an iteration: what is collected, else what its last step gave */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "designer-api/lineage_priv.h"
#include "engine/operate.h"
#include "engine/trail.h"

#define BACK_ITERATIONS 5u /* of a list that they made as a whole */

struct back {
    struct lineage *all;
    json_t *hop;
    const json_t *node;
    const char *run, *step, *side, *at;
    char frame[LIMIT_PATH];
};

static void back_add(const struct back *back, const char *relation, const char *step,
                     const char *side, const char *at)
{
    const struct lineage_place place = { back->run, step, side, at };

    (void)lineage_add(back->all, back->hop, relation, &place, NULL);
}

static void back_settings(const struct back *back, const char *relation, const char *at,
                          const char *rest)
{
    struct lineage_read read = { back->hop, back->node, back->frame, NULL, relation, rest };

    lineage_settings(back->all, &read, at);
}

static bool type_is(const struct back *back, const char *type)
{
    return strcmp(json_get_text(back->node, "type"), type) == 0;
}

static bool type_begins(const struct back *back, const char *type)
{
    return strncmp(json_get_text(back->node, "type"), type, strlen(type)) == 0;
}

/* ---- The run's own input */

/* Whether the run can be told of. One that is not kept any more is an end of its own. */
static bool back_crosses(const struct back *back, const char *run)
{
    if (lineage_run(back->all, run) != NULL)
        return true;
    if (back->all->look->e.code == ERR_NOT_FOUND) {
        back->all->look->e.code = ERR_OK;
        lineage_end(back->all, back->hop, "same", "gone", run, NULL);
    }
    return false;
}

/* The run of whoever called: what its step was told to give. */
static void back_called(const struct back *back)
{
    const json_t *row = lineage_run(back->all, back->run), *by = json_object_get(row, "called_by"),
                 *node;
    const char *run = json_get_text(by, "run"), *step = json_get_text(by, "step");
    struct lineage_place place = { run, step, "input", back->at };
    char at[LIMIT_PATH];
    bool body = strncmp(back->at, "/body", 5) == 0 && strchr("/", back->at[5]) != NULL;

    if (run == NULL || step == NULL || (!body && back->at[0] != '\0')) {
        lineage_end(back->all, back->hop, "value", "trigger", NULL, NULL);
        return;
    }
    if (!back_crosses(back, run))
        return;
    node = lineage_node(back->all, run, step);
    if (node == NULL)
        return; /* its version is wanted */
    place.at = body ? back->at + 5 : "";
    if (json_object_get(json_object_get(node, "config"), "input") != NULL) {
        snprintf(at, sizeof at, "/input%.*s", (int)(sizeof at - 8), place.at);
        place.side = "settings";
        place.at = at;
    }
    (void)lineage_add(back->all, back->hop, "same", &place, NULL);
}

/* ---- What came to a step */

static void back_item(const struct back *back)
{
    char loop[LIMIT_PATH], at[LIMIT_PATH];
    size_t size = strlen(back->frame), begin = size > 0 ? size - 1 : 0;
    const char *open;

    while (begin > 0 && back->frame[begin - 1] != '/')
        begin--;
    open = size > 0 ? strchr(back->frame + begin, '[') : NULL;
    if (open == NULL) {
        lineage_end(back->all, back->hop, "same", "nothing", NULL, NULL);
        return;
    }
    snprintf(loop, sizeof loop, "%.*s", (int)(open - back->frame), back->frame);
    if (strcmp(json_get_text(lineage_node(back->all, back->run, loop), "type"), "branch.foreach") !=
        0) {
        lineage_end(back->all, back->hop, "same", "nothing", NULL, NULL);
        return;
    }
    snprintf(at, sizeof at, "/items/%d%.*s", (int)strtol(open + 1, NULL, 10) - 1,
             (int)(sizeof at - 24), back->at);
    back_add(back, "same", loop, "settings", at);
}

/* Whether the step left by that exit, so that its output went over the edge. */
static bool back_left(const struct back *back, const char *path, const char *port)
{
    json_t *step = lineage_step(back->all, back->run, path);
    const char *left = json_get_text(step, "port"), *status = json_get_text(step, "status");
    bool is = status != NULL && (strcmp(status, "succeeded") == 0 || left != NULL) &&
              strcmp(left != NULL ? left : "out", port) == 0;

    json_decref(step);
    return is;
}

static void back_input(const struct back *back)
{
    json_t *edges = json_object_get(back->node, "in"), *edge;
    bool any = json_is_true(json_object_get(back->node, "any")), found = false;
    const json_t *plan = lineage_plan(back->all, back->run);
    char path[LIMIT_PATH];
    size_t i;

    json_array_foreach(edges, i, edge)
    {
        const char *from = json_get_text(edge, "from");
        const json_t *before = json_object_get(plan, from);

        snprintf(path, sizeof path, "%.1900s%.64s", back->frame, from);
        if (json_is_true(json_object_get(before, "trigger"))) {
            if (strcmp(json_get_text(lineage_run(back->all, back->run), "trigger"), from) != 0)
                continue;
            back_add(back, any ? "made" : "same", "", "input", back->at);
        } else if (back_left(back, path, json_get_text(edge, "port"))) {
            back_add(back, any ? "made" : "same", path, "output", back->at);
        } else {
            continue;
        }
        found = true;
        if (!any)
            return;
    }
    if (!found)
        back_item(back);
}

/* ---- What a step gave */

/* All that its settings read, and what came to it. */
static void back_made(const struct back *back, const char *relation)
{
    struct lineage_read read = { back->hop, back->node, back->frame, NULL, relation, "" };
    json_t *x;
    size_t i;

    json_array_foreach(json_object_get(back->node, "x"), i, x)
    {
        lineage_expression(back->all, &read, x);
    }
}

void lineage_last(struct lineage *all, json_t *hop, const char *frame, const char *owner,
                  const char *at)
{
    const char *run = json_get_text(hop, "run"), *id;
    const json_t *plan = lineage_plan(all, run);
    json_t *ran = json_object(), *node, *edge;
    char path[LIMIT_PATH];
    size_t ends = 0, i;

    json_object_foreach((json_t *)plan, id, node)
    {
        const char *own = json_get_text(node, "owner");
        json_t *step;

        if ((own == NULL) != (owner == NULL) || (own != NULL && strcmp(own, owner) != 0))
            continue;
        snprintf(path, sizeof path, "%.1900s%.64s", frame, id);
        step = lineage_step(all, run, path);
        if (step != NULL)
            json_object_set_new(ran, id, step);
    }
    /* those from which nothing that ran was reached */
    json_object_foreach((json_t *)plan, id, node)
    {
        json_array_foreach(json_object_get(node, "in"), i, edge)
        {
            json_t *before = json_object_get(ran, json_get_text(edge, "from"));
            const char *left = json_get_text(before, "port");

            if (json_object_get(ran, id) != NULL && before != NULL &&
                strcmp(left != NULL ? left : "out", json_get_text(edge, "port")) == 0)
                json_object_set_new(before, "reached", json_true());
        }
    }
    json_object_foreach(ran, id, node)
    {
        ends += json_object_get(node, "reached") == NULL;
    }
    json_object_foreach(ran, id, node)
    {
        const struct lineage_place place = { run, path, "output", at };

        snprintf(path, sizeof path, "%.1900s%.64s", frame, id);
        if (json_object_get(node, "reached") == NULL)
            (void)lineage_add(all, hop, ends == 1 ? "same" : "made", &place, NULL);
    }
    if (ends == 0)
        lineage_end(all, hop, "same", "nothing", NULL, NULL);
    json_decref(ran);
}

/* "/3/sku" of a loop's list is "/sku" of its fourth iteration. */
static void back_foreach(const struct back *back)
{
    json_t *step = lineage_step(back->all, back->run, back->step);
    int64_t begun = json_get_int(json_object_get(step, "iterations"), "begun", 0);
    char path[LIMIT_PATH];

    json_decref(step);
    if (back->at[0] == '/') {
        snprintf(path, sizeof path, "%.1900s[%d]", back->step,
                 (int)strtol(back->at + 1, NULL, 10) + 1);
        back_add(back, "same", path, "result", back->at + 1 + strcspn(back->at + 1, "/"));
        return;
    }
    back_settings(back, "made", "/items", "");
    for (int64_t i = 1; i <= begun && i <= BACK_ITERATIONS; i++) {
        snprintf(path, sizeof path, "%.1900s[%d]", back->step, (int)i);
        back_add(back, "made", path, "result", "");
    }
    back->all->more = back->all->more || begun > BACK_ITERATIONS;
}

static void back_repeat(const struct back *back)
{
    json_t *step = lineage_step(back->all, back->run, back->step);
    int begun = (int)json_get_int(json_object_get(step, "iterations"), "begun", 0);
    char path[LIMIT_PATH];

    json_decref(step);
    snprintf(path, sizeof path, "%.1900s[%d]", back->step, begun);
    if (begun > 0)
        back_add(back, "same", path, "result", back->at);
    else
        lineage_end(back->all, back->hop, "same", "nothing", NULL, NULL);
}

/* What an iteration gave: its settings are read from its own end. */
static void back_result(struct back *back)
{
    const char *loop = json_get_text(back->node, "id");

    snprintf(back->frame, sizeof back->frame, "%.2000s/", back->step);
    if (type_is(back, "branch.repeat"))
        back_settings(back, "because", "/until", "");
    if (json_object_get(json_object_get(back->node, "config"), "collect") != NULL)
        back_settings(back, NULL, "/collect", back->at);
    else
        lineage_last(back->all, back->hop, back->frame, loop, back->at);
}

/* The run that a step called gave it. */
static void back_call(const struct back *back)
{
    json_t *shown = NULL, *step;
    const char *called = NULL;
    uint64_t id;

    if (ident_parse(back->run, &id))
        shown = engine_show_step(back->all->look->store, id, back->step, &back->all->look->e);
    step = json_array_get(json_object_get(shown, "steps"), 0);
    called = json_get_text(step, "called");
    if (called == NULL) { /* answered in a trial */
        back->all->look->e.code = ERR_OK;
        lineage_end(back->all, back->hop, "value", "called",
                    json_get_text(json_object_get(back->node, "config"), "flow"), NULL);
        back_made(back, "asked");
    } else if (!back_crosses(back, called)) {
        back_made(back, "asked");
    } else if (lineage_plan(back->all, called) != NULL) {
        const struct lineage_place place = { called, "", "result", back->at };

        (void)lineage_add(back->all, back->hop, "same", &place, NULL);
    }
    json_decref(shown);
}

/* A step that was failed by its settings, or whose input is its output. */
static bool back_passes(const struct back *back)
{
    static const char *const pass[] = { "branch.filter", "branch.switch", NULL };
    struct trail_wanted wanted = { .path = back->step, .most = 0 };
    const struct trail *trail = lineage_trail(back->all, back->run);
    struct err e;

    if (json_is_true(json_object_get(back->node, "disabled")))
        return true;
    for (size_t i = 0; pass[i] != NULL; i++)
        if (type_is(back, pass[i]))
            return true;
    return trail != NULL && !type_begins(back, "branch.foreach") &&
           !type_begins(back, "branch.repeat") &&
           trail_outputs(trail, back->all->look->store, &wanted, 1, &e) == ERR_OK && wanted.seen &&
           wanted.size == 0;
}

static void back_output(const struct back *back)
{
    const char *connection = NULL;

    if (back_passes(back)) {
        back_add(back, "same", back->step, "input", back->at);
        if (type_begins(back, "branch.") && !json_is_true(json_object_get(back->node, "disabled")))
            back_made(back, "because");
    } else if (type_is(back, "transform.map")) {
        lineage_map(back->all, back->hop, back->node, back->frame, back->at);
    } else if (type_is(back, "transform.script")) {
        back_made(back, NULL);
    } else if (type_is(back, "branch.foreach")) {
        back_foreach(back);
    } else if (type_is(back, "branch.repeat")) {
        back_repeat(back);
    } else if (type_is(back, "branch.call")) {
        back_call(back);
    } else if (type_begins(back, "connector.")) {
        connection = json_get_text(back->node, "type") + strlen("connector.");
        lineage_end(back->all, back->hop, "value", "answer", connection, NULL);
        back_made(back, "asked");
    } else if (type_begins(back, "branch.")) { /* review, wait, signal */
        lineage_end(back->all, back->hop, "made", "event", json_get_text(back->node, "type"), NULL);
        back_made(back, "asked");
        back_add(back, "made", back->step, "input", "");
    } else {
        back_made(back, "made");
        back_add(back, "made", back->step, "input", "");
    }
}

static void at_cut(struct buf *at, size_t before)
{
    if (!buf_ok(at) || at->at == NULL)
        return; /* what is too deep to be told is not */
    at->len = before;
    at->at[before] = '\0';
}

/* Each setting that is written is a place of its own, so that it is seen what went into a request.
 */
static void back_written(const struct back *back, const json_t *written, struct buf *at)
{
    const size_t before = at->len;
    const char *key;
    json_t *member;
    size_t i;

    if (!json_is_object(written) && !json_is_array(written)) {
        if (buf_ok(at))
            back_add(back, "made", back->step, "settings", buf_text(at));
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)written, key, member)
    {
        json_pointer_add(at, key);
        back_written(back, member, at);
        at_cut(at, before);
    }
    json_array_foreach(written, i, member)
    {
        buf_addf(at, "/%zu", i);
        back_written(back, member, at);
        at_cut(at, before);
    }
}

static void back_asked_settings(const struct back *back)
{
    const json_t *written = lineage_written(back->node, back->at);
    struct buf at;

    if (json_get_int(back->hop, "id", 0) > 0 ||
        (!json_is_object(written) && !json_is_array(written))) {
        back_settings(back, NULL, "", back->at);
        return;
    }
    buf_init(&at, LIMIT_PATH - 1);
    buf_add_text(&at, back->at);
    back_written(back, written, &at);
    buf_fini(&at);
}

void lineage_back(struct lineage *all, json_t *hop)
{
    struct back back = { .all = all,
                         .hop = hop,
                         .run = json_get_text(hop, "run"),
                         .step = json_get_text(hop, "step"),
                         .side = json_get_text(hop, "side"),
                         .at = json_get_text(hop, "at") };

    if (back.step[0] == '\0' && strcmp(back.side, "result") == 0) {
        lineage_last(all, hop, "", NULL, back.at);
        return;
    }
    if (back.step[0] == '\0') {
        back_called(&back);
        return;
    }
    back.node = lineage_node(all, back.run, back.step);
    lineage_frame(back.step, back.frame);
    if (back.node == NULL)
        return; /* its version is wanted, or look->e */
    if (strcmp(back.side, "input") == 0)
        back_input(&back);
    else if (strcmp(back.side, "settings") == 0)
        back_asked_settings(&back);
    else if (strcmp(back.side, "result") == 0)
        back_result(&back);
    else
        back_output(&back);
}
