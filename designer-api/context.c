/* context.c - see context.h. */
#include "designer-api/context.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft.h"
#include "designer-api/mask.h"
#include "engine/flows.h"
#include "store/look.h"

#define CONTEXT_JOURNAL (4u * MIB)   /* of a run that is looked into; a larger one is passed over */
#define CONTEXT_RUNS    5u           /* that are tried */
#define CONTEXT_VALUE   (256u * KIB) /* of one value; of what is larger the beginning is given */
#define CONTEXT_ITEMS   20u
#define CONTEXT_TEXT    1000u

/* ---- What stands before a step */

static bool is_trigger(const json_t *node)
{
    const char *type = json_get_text(node, "type");

    return type != NULL && strncmp(type, "trigger.", 8) == 0;
}

static const json_t *level_node(const json_t *level, const char *id)
{
    json_t *node;
    size_t i;

    json_array_foreach(json_object_get(level, "nodes"), i, node)
    {
        const char *own = json_get_text(node, "id");

        if (own != NULL && strcmp(own, id) == 0)
            return node;
    }
    return NULL;
}

/* Adds all on the level from which edges lead to the node. */
static void before_add(const json_t *level, const char *id, json_t *before)
{
    json_t *reached = json_object(), *edge;
    bool more = true;
    const char *key;
    size_t i;

    json_object_set_new(reached, id, json_true());
    while (more) {
        more = false;
        json_array_foreach(json_object_get(level, "edges"), i, edge)
        {
            const char *from = json_get_text(edge, "from"), *to = json_get_text(edge, "to");

            if (from == NULL || to == NULL || json_object_get(reached, to) == NULL ||
                json_object_get(reached, from) != NULL)
                continue;
            json_object_set_new(reached, from, json_true());
            more = true;
        }
    }
    json_object_foreach(reached, key, edge)
    {
        if (strcmp(key, id) != 0 && !is_trigger(level_node(level, key)))
            json_object_set(before, key, edge);
    }
    json_decref(reached);
}

/* owner: the innermost node in whose body it stands. */
static bool before_find(const json_t *level, const char *step, json_t *before, const json_t **owner)
{
    json_t *node;
    size_t i;

    if (level_node(level, step) != NULL) {
        before_add(level, step, before);
        return true;
    }
    json_array_foreach(json_object_get(level, "nodes"), i, node)
    {
        const json_t *body = json_object_get(json_object_get(node, "config"), "body");
        const char *id = json_get_text(node, "id");

        if (id == NULL || !json_is_object(body) || !before_find(body, step, before, owner))
            continue;
        before_add(level, id, before);
        if (*owner == NULL)
            *owner = node;
        return true;
    }
    return false;
}

static const char *owner_loop(const json_t *owner)
{
    const char *type = json_get_text(owner, "type");

    return type == NULL                          ? NULL
           : strcmp(type, "branch.repeat") == 0  ? "repeat"
           : strcmp(type, "branch.foreach") == 0 ? "foreach"
                                                 : NULL;
}

json_t *context_before(const json_t *bundle, const char *step, const char **loop)
{
    json_t *before = json_object();
    const json_t *owner = NULL;

    if (before_find(json_object_get(bundle, "flow"), step, before, &owner)) {
        *loop = owner_loop(owner);
        return before;
    }
    json_decref(before);
    return NULL;
}

static json_t *context_names(const json_t *before, const char *loop)
{
    static const char *const always[] = { "trigger", "input", "vars", "env", "run" };
    json_t *names = json_array(), *one;
    const char *id;

    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        json_array_append_new(names, json_string(always[i]));
    json_object_foreach((json_t *)before, id, one)
    {
        json_array_append_new(names, json_sprintf("steps.%s", id));
    }
    if (loop != NULL) {
        json_array_append_new(names, json_string("item"));
        json_array_append_new(names, json_string("index"));
    }
    if (loop != NULL && strcmp(loop, "repeat") == 0)
        json_array_append_new(names, json_string("previous"));
    return names;
}

/* ---- Values */

static bool journal_size(void *arg, uint32_t seq, const char *entries, size_t size)
{
    size_t *left = arg;

    (void)seq;
    (void)entries;
    *left = size < *left ? *left - size : 0;
    return *left > 0;
}

json_t *context_shown(const struct ask *ask, json_t *story)
{
    if (story == NULL || ask->who->kind == WHO_LOCAL)
        return story; /* who may read the store's file sees it all */
    if (who_may(ask->who, MAY_PAYLOADS_READ))
        return mask_value(story);
    json_object_del(story, "input");
    json_object_del(story, "steps");
    json_object_del(story, "output");
    return story;
}

/* The run's story, if it is not too long to be read at once. */
static json_t *run_story(struct ask *ask, uint64_t run)
{
    size_t left = CONTEXT_JOURNAL;
    struct err e;

    if (store_journal(ask_store(ask), run, journal_size, &left, &e) != ERR_OK || left == 0)
        return NULL;
    return context_shown(ask, engine_show(ask_store(ask), run, &e));
}

struct context_runs {
    uint64_t runs[CONTEXT_RUNS];
    unsigned count;
};

static enum store_look_word run_take(void *arg, const struct store_run *run)
{
    struct context_runs *runs = arg;

    runs->runs[runs->count++] = run->run;
    return LOOK_TAKE;
}

static json_t *run_newest(struct ask *ask, const char *flow)
{
    struct store_look look = {
        .workspace = ask->who->workspace, .flow = flow, .limit = CONTEXT_RUNS, .most = 1000
    };
    struct context_runs runs = { .count = 0 };
    struct store_look_end end;
    json_t *story = NULL;
    struct err e;

    if (store_look(ask_store(ask), &look, run_take, &runs, &end, &e) != ERR_OK)
        return NULL;
    for (unsigned i = 0; i < runs.count && story == NULL; i++)
        story = run_story(ask, runs.runs[i]);
    return story;
}

/* A run of another workspace or flow is none. */
static json_t *run_asked(struct ask *ask, const char *flow, const char *id, struct err *e)
{
    uint64_t run;
    json_t *story = ident_parse(id, &run) ? run_story(ask, run) : NULL;

    if (story != NULL && strcmp(json_get_text(story, "flow"), flow) == 0 &&
        strcmp(json_get_text(story, "workspace"), ask->who->workspace) == 0)
        return story;
    json_decref(story);
    err_set(e, ERR_NOT_FOUND, "flow %.100s has no run %.40s that can be read at once", flow, id);
    return NULL;
}

/* The outputs of the steps before, by their ids: inside of loops the first iteration's. */
static json_t *story_steps_of(const json_t *story, const json_t *before)
{
    json_t *steps = json_object(), *step;
    size_t i;

    json_array_foreach(json_object_get(story, "steps"), i, step)
    {
        const char *path = json_get_text(step, "step");
        const char *slash = path != NULL ? strrchr(path, '/') : NULL;
        const char *id = slash != NULL ? slash + 1 : path;
        json_t *output = json_object_get(step, "output");

        if (id != NULL && output != NULL && json_object_get(before, id) != NULL &&
            json_object_get(steps, id) == NULL)
            json_object_set(steps, id, output);
    }
    return steps;
}

enum err_code context_sample(struct ask *ask, const char *flow, const char *sample,
                             struct object *object, struct err *e)
{
    char id[LIMIT_NAME + LIMIT_ID + 2];

    snprintf(id, sizeof id, "%.199s:%.64s", flow, sample);
    if (object_read(ask_objects(ask), SAMPLE_KIND, ask->who->workspace, id, object, e) != ERR_OK)
        return err_set(e, e->code, "flow %.100s has no sample \"%.64s\"", flow, sample);
    return ERR_OK;
}

static bool pin_take(void *arg, const struct object *object)
{
    const char *colon = strrchr(object->id, ':');

    if (colon != NULL)
        json_object_set(arg, colon + 1, json_object_get(object->body, "output"));
    return true;
}

json_t *context_pins(struct ask *ask, const char *flow)
{
    char prefix[LIMIT_NAME + 2];
    json_t *pins = json_object();
    struct err e;

    snprintf(prefix, sizeof prefix, "%.199s:", flow);
    if (object_list(ask_objects(ask), PIN_KIND, ask->who->workspace, prefix, NULL, 0, pin_take,
                    pins, &e) != ERR_OK)
        json_object_clear(pins);
    return pins;
}

/* The value that "=trigger.body.lines" names; NULL: it is no chain of names. */
static const json_t *chain_value(const json_t *values, const char *text)
{
    const json_t *value = values;

    if (text == NULL || *text++ != '=')
        return NULL;
    while (*text != '\0' && value != NULL) {
        size_t size = strcspn(text, ".");
        char name[LIMIT_ID + 1];

        if (size == 0 || size > LIMIT_ID)
            return NULL;
        snprintf(name, sizeof name, "%.*s", (int)size, text);
        value = json_object_get(value, name);
        text += size + (text[size] == '.');
    }
    return value;
}

/* ---- Not too much of it */

static json_t *value_cut(const json_t *value, struct buf *pointer, json_t *cut);

static json_t *members_cut(const json_t *value, struct buf *pointer, json_t *cut)
{
    json_t *out = json_is_array(value) ? json_array() : json_object(), *member;
    size_t before = pointer->len, i;
    const char *key;

    json_object_foreach((json_t *)value, key, member)
    {
        json_pointer_add(pointer, key);
        json_object_set_new(out, key, value_cut(member, pointer, cut));
        pointer->len = before;
    }
    json_array_foreach(value, i, member)
    {
        if (i == CONTEXT_ITEMS)
            break;
        buf_addf(pointer, "/%zu", i);
        json_array_append_new(out, value_cut(member, pointer, cut));
        pointer->len = before;
    }
    if (json_array_size(value) > CONTEXT_ITEMS)
        json_array_append_new(cut, json_stringn(buf_text(pointer), pointer->len));
    return out;
}

/* A copy of what is small; of the rest the beginning. */
static json_t *value_cut(const json_t *value, struct buf *pointer, json_t *cut)
{
    char *text = json_text_new(value, CONTEXT_VALUE, NULL);
    bool small = text != NULL;

    mem_free(text);
    if (small || !buf_ok(pointer))
        return json_incref((json_t *)value);
    if (!json_is_text(value))
        return members_cut(value, pointer, cut);
    json_array_append_new(cut, json_stringn(buf_text(pointer), pointer->len));
    for (size_t size = CONTEXT_TEXT; size > CONTEXT_TEXT - 4; size--)
        if (utf8_valid(json_text(value), size))
            return json_stringn(json_text(value), size);
    return json_string("");
}

/* ---- The whole */

static json_t *context_trigger(struct ask *ask, const json_t *sample, const json_t *story)
{
    struct clock *clock = ask_clock(ask);

    if (sample != NULL)
        return json_pack("{s:O*, s:o}", "body", json_object_get(sample, "input"), "received_at",
                         draft_moment(clock->wall_ms(clock)));
    return json_incref(json_object_get(story, "input"));
}

/* The output of the node at the other end of the first edge into the step. */
static void context_input(json_t *values, const json_t *level, const char *step)
{
    json_t *edge, *node;
    size_t i;

    json_array_foreach(json_object_get(level, "edges"), i, edge)
    {
        const char *from = json_get_text(edge, "from"), *to = json_get_text(edge, "to");
        json_t *value;

        if (from == NULL || to == NULL || strcmp(to, step) != 0)
            continue;
        value = json_object_get(json_object_get(values, "steps"), from);
        if (value == NULL && is_trigger(level_node(level, from)))
            value = json_object_get(values, "trigger");
        if (value != NULL)
            json_object_set(values, "input", value);
        return;
    }
    json_array_foreach(json_object_get(level, "nodes"), i, node)
    {
        const json_t *body = json_object_get(json_object_get(node, "config"), "body");

        if (json_is_object(body))
            context_input(values, body, step);
    }
}

static void context_item(json_t *values, const json_t *owner, const char *loop)
{
    const json_t *items;

    if (loop == NULL)
        return;
    json_object_set_new(values, "index", json_integer(1));
    if (strcmp(loop, "repeat") == 0) {
        json_object_set_new(values, "previous", json_null());
        return;
    }
    items = chain_value(values, json_get_text(json_object_get(owner, "config"), "items"));
    if (json_array_size(items) > 0)
        json_object_set(values, "item", json_array_get(items, 0));
    else
        json_object_set_new(values, "item", json_null());
}

/* What it is made from; false: *e. */
static bool context_from(struct ask *ask, const char *flow, const struct context_ask *asked,
                         struct object *sample, json_t **story, struct err *e)
{
    *story = NULL;
    if (asked->sample != NULL)
        return context_sample(ask, flow, asked->sample, sample, e) == ERR_OK;
    *story = asked->run != NULL ? run_asked(ask, flow, asked->run, e) : run_newest(ask, flow);
    return asked->run == NULL || *story != NULL;
}

static json_t *context_values(struct ask *ask, const char *flow, const json_t *bundle,
                              const json_t *sample, const json_t *story, const json_t *before)
{
    const json_t *definition = json_object_get(bundle, "flow");
    json_t *values = json_object(), *steps = story_steps_of(story, before),
           *pins = context_pins(ask, flow), *trigger = context_trigger(ask, sample, story), *vars,
           *pin;
    const char *id;

    json_object_foreach(pins, id, pin)
    {
        if (json_object_get(before, id) != NULL)
            json_object_set(steps, id, pin);
    }
    json_object_foreach((json_t *)before, id, pin)
    {
        if (json_object_get(steps, id) == NULL)
            json_object_set_new(steps, id, json_null());
    }
    if (trigger != NULL)
        json_object_set_new(values, "trigger", trigger);
    json_object_set_new(values, "steps", steps);
    vars = json_object_get(definition, "vars");
    if (vars != NULL)
        json_object_set(values, "vars", vars);
    json_object_set_new(
        values, "env",
        json_pack("{s:s, s:s}", "name", "production", "workspace", ask->who->workspace));
    if (story != NULL)
        json_object_set_new(values, "run",
                            json_pack("{s:O*, s:s, s:O*, s:O*}", "id",
                                      json_object_get(story, "run"), "flow", flow, "version",
                                      json_object_get(story, "version"), "received_at",
                                      json_object_get(story, "received_at")));
    json_decref(pins);
    return values;
}

json_t *context_new(struct ask *ask, const char *flow, const json_t *bundle,
                    const struct context_ask *asked, struct err *e)
{
    json_t *before = json_object(), *story, *values, *cut = json_array(), *json;
    const json_t *definition = json_object_get(bundle, "flow"), *owner = NULL;
    struct object sample = { .body = NULL };
    struct buf pointer;

    e->code = ERR_OK;
    if (!before_find(definition, asked->step, before, &owner))
        err_set(e, ERR_NOT_FOUND, "flow %.100s has no step \"%.64s\"", flow, asked->step);
    if (e->code != ERR_OK || !context_from(ask, flow, asked, &sample, &story, e)) {
        json_decref(before);
        json_decref(cut);
        return NULL;
    }
    values = context_values(ask, flow, bundle, sample.body, story, before);
    context_input(values, definition, asked->step);
    context_item(values, owner, owner_loop(owner));
    buf_init(&pointer, 64 * KIB);
    buf_add_text(&pointer, "");
    json = json_pack("{s:s, s:o, s:o, s:{s:O*, s:s*}, s:o}", "step", asked->step, "names",
                     context_names(before, owner_loop(owner)), "values",
                     value_cut(values, &pointer, cut), "from", "run", json_object_get(story, "run"),
                     "sample", asked->sample, "cut", cut);
    check(json != NULL);
    buf_fini(&pointer);
    object_fini(&sample);
    json_decref(values);
    json_decref(story);
    json_decref(before);
    return json;
}

void context_fill(json_t *context, const json_t *bundle, const json_t *story)
{
    json_t *values = json_object_get(context, "values"), *steps = json_object_get(values, "steps");
    json_t *own = story_steps_of(story, steps), *value;
    const char *id;

    json_object_foreach(own, id, value)
    {
        if (json_is_null(json_object_get(steps, id)))
            json_object_set(steps, id, value);
    }
    context_input(values, json_object_get(bundle, "flow"), json_get_text(context, "step"));
    json_decref(own);
}
