/* show.c - what happened, as JSON for people and the API: a run's row, its journal told step by
 * step (story.c), what it waits for, how it was settled. Reads the store only. */
#include "engine/operate.h"

#include <string.h>

#include "engine/run.h"
#include "engine/story.h"

static void show_text(json_t *to, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new_nocheck(to, key, json_string(text));
}

json_t *engine_row(const struct store_run *run)
{
    json_t *out = json_object();
    char id[IDENT_TEXT];
    struct err e;
    json_t *error;

    ident_text(run->run, id);
    show_text(out, "run", id);
    show_text(out, "status", run_status_name(run->status));
    show_text(out, "flow", run->flow);
    show_text(out, "workspace", run->workspace);
    show_text(out, "environment", run->environment);
    show_text(out, "version", run->version);
    show_text(out, "trigger", run->trigger);
    show_text(out, "dedupe", run_key_shown(run->dedupe));
    show_text(out, "order_key", run->order_key);
    json_object_set_new_nocheck(out, "received_at", story_time(run->received_ms));
    json_object_set_new_nocheck(out, "ended_at", story_time(run->ended_ms));
    if (run->due_ms != 0)
        json_object_set_new_nocheck(out, "due_at", story_time(run->due_ms));
    if (run->ended_ms != 0)
        json_object_set_new_nocheck(out, "took_ms", json_integer(run->ended_ms - run->received_ms));
    error =
        run->error != NULL ? json_read(run->error, strlen(run->error), &record_limits, &e) : NULL;
    if (error != NULL)
        json_object_set_new_nocheck(out, "error", error);
    return out;
}

/* ---- One run */

struct show {
    json_t *run;
    int64_t received_ms;
    bool ended;
    struct story *story;
    struct err e;
};

static bool show_journal(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct show *show = arg;
    json_t *row = json_read(entries, size, &record_limits, &show->e);

    (void)seq;
    if (row != NULL)
        story_row(show->story, row);
    json_decref(row);
    return row != NULL;
}

static bool show_run(void *arg, const struct store_run *run)
{
    struct show *show = arg;
    json_t *input = json_read(run->input, run->input_size, &record_limits, &show->e), *replay;

    show->run = engine_row(run);
    show->received_ms = run->received_ms;
    show->ended = run->ended_ms != 0;
    replay = json_object_get(input, "replay_of");
    if (replay != NULL)
        json_object_set_nocheck(show->run, "replay_of", replay);
    if (input != NULL)
        json_object_set_new_nocheck(show->run, "input", input);
    return false;
}

static bool show_settled(void *arg, const struct store_fact *fact)
{
    struct err e;
    json_t *settled = json_read(fact->value, strlen(fact->value), &record_limits, &e);

    if (settled != NULL)
        json_object_set_new_nocheck(arg, "settled", settled);
    return false;
}

static void show_put(json_t *run, const char *key, json_t *value)
{
    if (value != NULL)
        json_object_set_new_nocheck(run, key, value);
}

/* What the story tells, into the run. */
static void show_story(struct show *show, const char *only, struct err *e)
{
    json_t *steps = story_steps(show->story, show->ended), *waits = story_waits(show->story);

    if (only != NULL && json_array_size(steps) == 0 && e->code == ERR_OK)
        err_set(e, ERR_NOT_FOUND, "run %s has no step \"%.200s\" that has begun",
                json_get_text(show->run, "run"), only);
    if (json_array_size(waits) > 0)
        json_object_set_nocheck(show->run, "waits", waits);
    show_put(show->run, "cancelled", story_cancel(show->story));
    show_put(show->run, "output", story_output(show->story));
    show_put(show->run, "masked", story_masked(show->story));
    json_object_set_new_nocheck(show->run, "steps", steps);
    json_decref(waits);
}

static json_t *show_new(struct store *store, uint64_t run, const char *only, bool whole,
                        struct err *e)
{
    struct show show = { .run = NULL };
    struct store_facts_filter settled = { .kind = FACT_SETTLED };
    json_t *bundle = NULL;
    char *text = NULL;
    struct err why;
    size_t size;

    e->code = store_run_find(store, run, show_run, &show, e);
    if (e->code != ERR_OK)
        return NULL;
    if (store_version(store, json_get_text(show.run, "version"), &text, &size, &why) == ERR_OK)
        bundle = json_read(text, size, &record_limits, &why);
    mem_free(text);
    settled.key = json_get_text(show.run, "run");
    e->code = store_facts(store, &settled, show_settled, show.run, e);
    show.story = story_new(show.run, bundle, show.received_ms, only, whole);
    if (e->code == ERR_OK)
        e->code = store_journal(store, run, show_journal, &show, e);
    show_story(&show, only, e);
    story_free(show.story);
    json_decref(bundle);
    if (e->code == ERR_OK)
        return show.run;
    json_decref(show.run);
    return NULL;
}

json_t *engine_show_step(struct store *store, uint64_t run, const char *only, struct err *e)
{
    return show_new(store, run, only, false, e);
}

json_t *engine_show(struct store *store, uint64_t run, struct err *e)
{
    return show_new(store, run, NULL, false, e);
}

json_t *engine_show_whole(struct store *store, uint64_t run, struct err *e)
{
    return show_new(store, run, NULL, true, e);
}

/* ---- Many */

static bool show_list(void *arg, const struct store_run *run)
{
    json_array_append_new(arg, engine_row(run));
    return true;
}

json_t *engine_list(struct store *store, const struct store_runs_filter *filter, struct err *e)
{
    json_t *list = json_array();

    e->code = store_runs(store, filter, show_list, list, e);
    if (e->code == ERR_OK)
        return list;
    json_decref(list);
    return NULL;
}

/* ---- What people have to decide */

static bool show_task(void *arg, const struct store_fact *fact)
{
    struct err e;
    json_t *task = json_read(fact->value, strlen(fact->value), &record_limits, &e);
    char id[IDENT_TEXT];

    if (task == NULL)
        return true;
    ident_text(fact->run, id);
    json_object_set_new_nocheck(task, "review", json_string(fact->key));
    json_object_set_new_nocheck(task, "run", json_string(id));
    if (fact->at_ms != 0)
        json_object_set_new_nocheck(task, "due_at", story_time(fact->at_ms));
    json_object_del(task, "due_ms");
    json_array_append_new(arg, task);
    return true;
}

json_t *engine_tasks(struct store *store, const char *key, const char *after, unsigned limit,
                     struct err *e)
{
    struct store_facts_filter filter = {
        .kind = FACT_TASK, .key = key, .after = after, .limit = limit
    };
    json_t *list = json_array();

    e->code = store_facts(store, &filter, show_task, list, e);
    if (e->code == ERR_OK && key != NULL && json_array_size(list) == 0)
        err_set(e, ERR_NOT_FOUND, "there is nothing to decide at %.200s (any more)", key);
    if (e->code == ERR_OK)
        return list;
    json_decref(list);
    return NULL;
}
