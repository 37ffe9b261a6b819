/* show.c - what happened, as JSON for people and the API: the run's row and its journal told step
 * by step. */
#include "engine/engine_priv.h"

#include <string.h>

static json_t *show_time(int64_t ms)
{
    char text[CLOCK_TEXT];

    if (ms == 0)
        return json_null();
    clock_text(ms, text);
    return json_string(text);
}

static void show_text(json_t *to, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new_nocheck(to, key, json_string(text));
}

static json_t *show_row(const struct store_run *run)
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
    show_text(out, "dedupe", run->dedupe);
    show_text(out, "order_key", run->order_key);
    json_object_set_new_nocheck(out, "received_at", show_time(run->received_ms));
    json_object_set_new_nocheck(out, "ended_at", show_time(run->ended_ms));
    if (run->ended_ms != 0)
        json_object_set_new_nocheck(out, "took_ms", json_integer(run->ended_ms - run->received_ms));
    error =
        run->error != NULL ? json_read(run->error, strlen(run->error), &record_limits, &e) : NULL;
    if (error != NULL)
        json_object_set_new_nocheck(out, "error", error);
    return out;
}

/* ---- Steps */

struct show {
    json_t *run;
    json_t *steps;  /* array, in the order of their first entries */
    json_t *by_id;  /* the same objects by id */
    json_t *bundle; /* the version's, or NULL */
    int64_t received_ms;
    struct err e;
};

static const json_t *show_node(const struct show *show, const char *id)
{
    json_t *nodes = json_object_get(json_object_get(show->bundle, "flow"), "nodes"), *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const char *name = json_get_text(node, "id");

        if (name != NULL && strcmp(name, id) == 0)
            return node;
    }
    return NULL;
}

static json_t *show_step(struct show *show, const char *id)
{
    json_t *step = json_object_get(show->by_id, id);
    const json_t *node;

    if (step != NULL)
        return step;
    step = json_object();
    node = show_node(show, id);
    show_text(step, "step", id);
    show_text(step, "type", json_get_text(node, "type"));
    show_text(step, "title", json_get_text(node, "title"));
    show_text(step, "connection", json_get_text(node, "connection"));
    show_text(step, "status", "active");
    json_object_set_nocheck(show->by_id, id, step);
    json_array_append_new(show->steps, step);
    return step;
}

/* The output of the step at the other end of the first incoming edge that was taken. */
static json_t *show_input(const struct show *show, const char *id)
{
    json_t *edges = json_object_get(json_object_get(show->bundle, "flow"), "edges"), *edge;
    size_t i;

    json_array_foreach(edges, i, edge)
    {
        const char *from = json_get_text(edge, "from"), *to = json_get_text(edge, "to");
        const char *port = json_get_text(edge, "port"), *left;
        json_t *before;

        if (from == NULL || to == NULL || strcmp(to, id) != 0)
            continue;
        before = json_object_get(show->by_id, from);
        left = json_get_text(before, "port");
        if (left != NULL && strcmp(left, port != NULL ? port : "out") == 0)
            return json_object_get(before, "output");
        if (strcmp(from, json_get_text(show->run, "trigger")) == 0)
            return json_object_get(show->run, "input");
    }
    return NULL;
}

static void show_attempt(json_t *step, const json_t *entry, json_t *error)
{
    json_t *attempts = json_object_get(step, "attempts"), *attempt = json_object();

    if (attempts == NULL) {
        attempts = json_array();
        json_object_set_new_nocheck(step, "attempts", attempts);
    }
    json_object_set_new_nocheck(attempt, "attempt", json_integer(json_get_int(entry, "a", 1)));
    json_object_set_nocheck(attempt, "error", error);
    if (json_object_get(entry, "next") != NULL)
        json_object_set_new_nocheck(attempt, "next_at", show_time(json_get_int(entry, "next", 0)));
    json_array_append_new(attempts, attempt);
}

static void show_entry(struct show *show, json_t *entry)
{
    const char *id = json_get_text(entry, "n"), *port = json_get_text(entry, "p");
    json_t *step, *error = json_object_get(entry, "e"), *doubt = json_object_get(entry, "doubt"),
                  *output;
    const char *status = "succeeded";

    if (id == NULL)
        return;
    step = show_step(show, id);
    json_object_set_new_nocheck(step, "at",
                                show_time(show->received_ms + json_get_int(entry, "t", 0)));
    if (json_object_get(entry, "d") != NULL)
        json_object_set_nocheck(step, "took_ms", json_object_get(entry, "d"));
    json_object_set_new_nocheck(step, "attempt", json_integer(json_get_int(entry, "a", 1)));
    if (json_object_get(entry, "i") != NULL) {
        json_object_set_nocheck(step, "intent", json_object_get(entry, "i"));
        show_text(step, "status", "sent");
        return;
    }
    if (error != NULL) {
        show_attempt(step, entry, error);
        json_object_set_nocheck(step, "error", error);
        show_text(step, "status", json_object_get(entry, "next") != NULL ? "retrying" : "failed");
        show_text(step, "port", port);
        return;
    }
    if (doubt != NULL) {
        json_object_set_nocheck(step, "error", doubt);
        show_text(step, "status", "in_doubt");
        return;
    }
    output =
        json_object_get(entry, "same") != NULL ? show_input(show, id) : json_object_get(entry, "o");
    json_object_del(step, "error");
    show_text(step, "status", status);
    show_text(step, "port", port != NULL ? port : "out");
    if (json_object_get(entry, "same") != NULL)
        json_object_set_new_nocheck(step, "passed_on", json_true());
    json_object_set_nocheck(step, "output", output != NULL ? output : json_null());
}

static bool show_journal(void *arg, uint32_t seq, const char *entries, size_t size)
{
    struct show *show = arg;
    json_t *row = json_read(entries, size, &record_limits, &show->e), *entry;
    size_t i;

    (void)seq;
    json_array_foreach(row, i, entry) show_entry(show, entry);
    json_decref(row);
    return row != NULL;
}

static bool show_run(void *arg, const struct store_run *run)
{
    struct show *show = arg;
    json_t *input = json_read(run->input, run->input_size, &record_limits, &show->e);

    show->run = show_row(run);
    show->received_ms = run->received_ms;
    if (input != NULL)
        json_object_set_new_nocheck(show->run, "input", input);
    return false;
}

json_t *engine_show(struct store *store, uint64_t run, struct err *e)
{
    struct show show = { .run = NULL };
    char *bundle = NULL;
    size_t size;

    e->code = store_run_find(store, run, show_run, &show, e);
    if (e->code != ERR_OK)
        return NULL;
    if (store_version(store, json_get_text(show.run, "version"), &bundle, &size, e) == ERR_OK)
        show.bundle = json_read(bundle, size, &record_limits, e);
    mem_free(bundle);
    show.steps = json_array();
    show.by_id = json_object();
    e->code = store_journal(store, run, show_journal, &show, e);
    json_object_set_new_nocheck(show.run, "steps", show.steps);
    json_decref(show.by_id);
    json_decref(show.bundle);
    if (e->code == ERR_OK)
        return show.run;
    json_decref(show.run);
    return NULL;
}

static bool show_list(void *arg, const struct store_run *run)
{
    json_array_append_new(arg, show_row(run));
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
