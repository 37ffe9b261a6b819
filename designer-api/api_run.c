/* api_run.c - runs: lists of them, one, its steps in windows, and one step. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/api_run_priv.h"
#include "designer-api/diagnosis.h"
#include "designer-api/draft.h"
#include "designer-api/kept.h"
#include "designer-api/mask.h"
#include "designer-api/payload.h"
#include "engine/operate.h"
#include "engine/trace.h"

/* ---- Lists */

struct run_list {
    struct beside_ask *look;
    struct run_find find;
};

static enum store_look_word run_list_take(void *arg, const struct store_run *run)
{
    struct run_list *list = arg;

    if (!run_find_fits(&list->find, run))
        return LOOK_PASS;
    json_array_append_new(list->look->value, run_row(run, list->look->ask.who));
    return LOOK_TAKE;
}

static void run_list_work(struct beside_ask *look)
{
    struct run_list list = { .look = look };
    unsigned limit = (unsigned)ask_number(&look->ask, "limit", 50);

    if (run_find_page(&list.find, look, limit, run_list_take, &list))
        look->total = (int64_t)json_array_size(look->value);
}

static void run_list(struct ask *ask)
{
    struct err e;

    if (ask_text(ask, "find") == NULL || who_may(ask->who, MAY_PAYLOADS_READ)) {
        beside_ask(ask, run_list_work, NULL, NULL);
        return;
    }
    err_set(&e, ERR_FORBIDDEN, "looking into inputs needs the permission payloads.read");
    ask_refuse(ask, &e);
}

/* ---- One */

static bool run_settled(void *arg, const struct store_fact *fact)
{
    struct err e;
    json_t *settled = json_read(fact->value, strlen(fact->value), &json_limits_reply, &e);

    if (settled != NULL)
        json_object_set_new_nocheck(arg, "settled", settled);
    return false;
}

static bool run_trace(void *arg, const struct store_run *run)
{
    struct trace trace;

    if (trace_of_text(run->input, run->input_size, &trace))
        json_object_set_new_nocheck(arg, "trace", json_string(trace.id));
    return false;
}

static void run_read_work(struct beside_ask *look)
{
    struct store_facts_filter filter = { .kind = FACT_SETTLED };
    uint64_t id;
    json_t *run = beside_run(look, look->ask.path[0], &id), *head;
    const struct trail *trail;

    look->value = run;
    if (run == NULL)
        return;
    filter.key = json_get_text(run, "run");
    look->e.code = store_facts(look->store, &filter, run_settled, run, &look->e);
    if (look->e.code == ERR_OK)
        look->e.code = store_run_find(look->store, id, run_trace, run, &look->e);
    trail = look->e.code == ERR_OK ? trails_get(look->trails, look->store, id, &look->e) : NULL;
    if (trail == NULL)
        return;
    head = trail_head(trail);
    json_object_set_new_nocheck(run, "progress", head);
    head = diagnosis_of_run(look->store, id, &look->e);
    if (head != NULL)
        json_object_set_new_nocheck(run, "diagnosis", head);
    run_row_shown(run, look->ask.who);
}

static void run_read_told(struct beside_ask *look)
{
    if (look->e.code == ERR_OK)
        draft_diagnosed(&look->ask, look->value);
    beside_give(look);
}

static void run_read(struct ask *ask)
{
    beside_ask(ask, run_read_work, run_read_told, NULL);
}

/* What happened, told for people: as `weft show` has it. */
static void run_story_work(struct beside_ask *look)
{
    uint64_t id;
    json_t *row = beside_run(look, look->ask.path[0], &id);

    if (row != NULL)
        look->value = engine_show_step(look->store, id, ask_text(&look->ask, "step"), &look->e);
    if (look->ask.who->kind != WHO_LOCAL) /* who may read the store's file sees it all */
        look->value = mask_value(look->value);
    json_decref(row);
}

static void run_story(struct ask *ask)
{
    beside_ask(ask, run_story_work, NULL, NULL);
}

/* ---- Steps */

/* "failed,in_doubt" */
static enum err_code steps_statuses(const char *text, unsigned *statuses, struct err *e)
{
    char name[32];

    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, ",");
        enum trail_status status;

        snprintf(name, sizeof name, "%.*s", (int)(size < 31 ? size : 31), text);
        if (!trail_status_find(name, &status))
            return err_set(e, ERR_USAGE, "\"%s\" is no status of a step", name);
        *statuses |= TRAIL_BIT(status);
        text += size + (text[size] == ',');
    }
    return ERR_OK;
}

static void run_steps_work(struct beside_ask *look)
{
    struct trail_page page = { .path = ask_text(&look->ask, "path"),
                               .limit = (unsigned)ask_number(&look->ask, "limit", 50) };
    uint64_t id;
    json_t *row = beside_run(look, look->ask.path[0], &id);
    const struct trail *trail = NULL;
    size_t next, total;

    json_decref(row);
    look->page = true;
    if (row != NULL && beside_from(look, &page.from) == ERR_OK &&
        steps_statuses(ask_text(&look->ask, "status"), &page.statuses, &look->e) == ERR_OK)
        trail = trails_get(look->trails, look->store, id, &look->e);
    if (trail == NULL)
        return;
    look->value = trail_steps(trail, &page, &next, &total);
    look->total = (int64_t)total;
    if (next > 0)
        snprintf(look->next, sizeof look->next, "%zu", next);
}

static void run_steps(struct ask *ask)
{
    beside_ask(ask, run_steps_work, NULL, NULL);
}

static void run_iterations_work(struct beside_ask *look)
{
    const char *path = ask_text(&look->ask, "path");
    uint64_t id;
    json_t *row = beside_run(look, look->ask.path[0], &id);
    const struct trail *trail = NULL;

    if (row != NULL)
        trail = trails_get(look->trails, look->store, id, &look->e);
    if (trail != NULL)
        look->value = trail_loop(trail, path, (unsigned)ask_number(&look->ask, "cells", 100));
    if (trail != NULL && look->value == NULL)
        err_set(&look->e, ERR_NOT_FOUND, "run %s has no step \"%.200s\" that has begun",
                look->ask.path[0], path);
    json_decref(row);
}

static void run_iterations(struct ask *ask)
{
    beside_ask(ask, run_iterations_work, NULL, NULL);
}

/* ---- One step */

#define STEP_INLINE                                                               \
    (64u * KIB) /* of a value that stands in the answer; larger ones are payloads \
                 */

/* The value, or what can be asked for instead. */
static void step_value(json_t *step, const char *name, const char *run, const char *path)
{
    json_t *value = json_object_get(step, name);
    char id[LIMIT_PATH];
    size_t size = 0;
    char *text = value != NULL ? json_text_new(value, STEP_INLINE, &size) : NULL;

    if (value == NULL)
        return;
    payload_id(run, name, path, id, sizeof id);
    json_object_set_new_nocheck(
        step, strcmp(name, "output") == 0 ? "output_payload" : "input_payload", json_string(id));
    if (text == NULL)
        json_object_del(step, name);
    mem_free(text);
}

/* Without what went through it. */
static void step_bare(json_t *step)
{
    static const char *const hidden[] = { "input", "output", "task", "woken", "delivered" };
    json_t *attempt;
    size_t i;

    for (i = 0; i < sizeof hidden / sizeof *hidden; i++)
        json_object_del(step, hidden[i]);
    json_object_del(json_object_get(step, "error"), "details");
    json_array_foreach(json_object_get(step, "attempts"), i, attempt)
    {
        json_object_del(json_object_get(attempt, "error"), "details");
    }
}

static void run_step_work(struct beside_ask *look)
{
    const char *path = ask_text(&look->ask, "path");
    uint64_t id;
    json_t *row = beside_run(look, look->ask.path[0], &id), *shown = NULL, *step;
    bool payloads = who_may(look->ask.who, MAY_PAYLOADS_READ);

    if (row != NULL)
        shown = engine_show_step(look->store, id, path, &look->e);
    step = json_incref(json_array_get(json_object_get(shown, "steps"), 0));
    json_decref(shown);
    if (step != NULL && strcmp(json_get_text(step, "step"), path) != 0) {
        err_set(&look->e, ERR_NOT_FOUND, "run %s has no step \"%.200s\" that has begun",
                look->ask.path[0], path);
    } else if (step != NULL && !payloads) {
        step_bare(step);
    } else if (step != NULL) {
        step_value(step, "input", json_get_text(row, "run"), path);
        step_value(step, "output", json_get_text(row, "run"), path);
    }
    look->value = mask_value(step);
    json_decref(row);
}

static void run_step(struct ask *ask)
{
    beside_ask(ask, run_step_work, NULL, NULL);
}

/* ---- What happened, line by line */

static void run_log_work(struct beside_ask *look)
{
    struct trail_page page = { .path = ask_text(&look->ask, "path"),
                               .limit = (unsigned)ask_number(&look->ask, "limit", 100) };
    const char *level = ask_text(&look->ask, "level");
    uint64_t id;
    json_t *row = beside_run(look, look->ask.path[0], &id);
    const struct trail *trail = NULL;
    size_t next = 0;

    json_decref(row);
    look->page = true;
    if (row != NULL && beside_from(look, &page.from) == ERR_OK)
        trail = trails_get(look->trails, look->store, id, &look->e);
    if (trail != NULL)
        look->value =
            mask_value(trail_log(trail, look->store, &page,
                                 level != NULL && strcmp(level, "info") != 0, &next, &look->e));
    if (next > 0)
        snprintf(look->next, sizeof look->next, "%zu", next);
}

static void run_log(struct ask *ask)
{
    beside_ask(ask, run_log_work, NULL, NULL);
}

const struct ask_bind run_binds[] = {
    { "listRuns", run_list },
    { "getRun", run_read },
    { "getRunStory", run_story },
    { "listRunSteps", run_steps },
    { "getRunIterations", run_iterations },
    { "getRunStep", run_step },
    { "listRunLog", run_log },
    { NULL, NULL },
};
