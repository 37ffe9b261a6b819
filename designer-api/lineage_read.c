/* lineage_read.c - the hops from an expression: what it reads, each in the place where the step
 * sees it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "designer-api/lineage_priv.h"

#define BY_TEXT  2000u /* of an expression that is shown */
#define BY_NAMES 40u

static size_t pointer_below(const char *at, const char *around)
{
    size_t size = strlen(around);

    return strncmp(at, around, size) == 0 && (at[size] == '\0' || at[size] == '/') ? size
                                                                                   : SIZE_MAX;
}

/* ---- The place in the version */

static json_t *by_names(const json_t *x)
{
    json_t *names = json_array(), *name;
    size_t i;

    json_array_foreach(json_object_get(x, "names"), i, name)
    {
        if (i < BY_NAMES)
            json_array_append(names, name);
    }
    return names;
}

const json_t *lineage_written(const json_t *node, const char *at)
{
    const json_t *value = json_object_get(node, "config");
    char key[LIMIT_JSON_KEY];

    while (*at == '/' && value != NULL) {
        size_t size = 0;

        for (at++; *at != '\0' && *at != '/'; at++) {
            char c = *at;

            if (c == '~' && (at[1] == '0' || at[1] == '1'))
                c = *++at == '0' ? '~' : '/';
            if (size + 1 < sizeof key)
                key[size++] = c;
        }
        key[size] = '\0';
        value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
    }
    return value;
}

/* Only whoever may read the flow is told. */
static void by_constant(const struct lineage *all, const json_t *node, const char *at, json_t *by)
{
    const json_t *value = all->asked->texts ? lineage_written(node, at) : NULL;
    char *text = NULL;

    if (value != NULL && !json_is_object(value) && !json_is_array(value))
        text = json_text_new(value, BY_TEXT, NULL);
    if (text != NULL)
        json_object_set_new(by, "text", json_string(text));
    mem_free(text);
}

json_t *lineage_by(const struct lineage *all, const json_t *node, const char *at, const json_t *x)
{
    const char *text = json_get_text(x, "text");
    json_t *modules = json_object_get(x, "modules"),
           *by = json_pack("{s:s, s:o}", "node", json_get_text(node, "id"), "pointer",
                           json_sprintf("%s/config%s", json_get_text(node, "pointer"), at));

    if (x == NULL) {
        by_constant(all, node, at, by);
        return by;
    }
    if (json_object_get(x, "script") != NULL || json_array_size(modules) > 0) {
        json_object_set_new(by, "kind", json_string("rule"));
        json_object_set_new(by, "names", by_names(x));
    }
    if (json_array_size(modules) > 0)
        json_object_set(by, "modules", modules);
    if (all->asked->texts && text != NULL && strlen(text) <= BY_TEXT)
        json_object_set_new(by, "text", json_string(text));
    return by;
}

/* ---- What a name leads to */

/* "/a/0/b" of ["steps", "x", "a", 0, "b"] from its third on. */
static void chain_pointer(const json_t *chain, size_t from, const char *rest, char at[LIMIT_PATH])
{
    struct buf pointer;

    buf_init(&pointer, LIMIT_PATH - 1);
    for (size_t i = from; i < json_array_size(chain); i++) {
        const json_t *one = json_array_get(chain, i);

        if (json_is_integer(one))
            buf_addf(&pointer, "/%d", (int)json_integer_value(one));
        else
            json_pointer_add(&pointer, json_string_value(one));
    }
    buf_add_text(&pointer, rest);
    /* of what is too long the beginning: the value around it */
    snprintf(at, LIMIT_PATH, "%s", buf_ok(&pointer) ? buf_text(&pointer) : "");
    buf_fini(&pointer);
}

static void chain_place(struct lineage *all, const struct lineage_read *read, const char *relation,
                        const char *step, const char *side, const char *at, json_t *by)
{
    const struct lineage_place place = { json_get_text(read->hop, "run"), step, side, at };

    (void)lineage_add(all, read->hop, relation, &place, by);
}

/* An item of a list that the mapping goes through. False: the name is none. */
static bool chain_item(struct lineage *all, const struct lineage_read *read, const json_t *chain,
                       const char *rest)
{
    const char *name = json_string_value(json_array_get(chain, 0));
    char at[LIMIT_PATH] = "", own[LIMIT_PATH];

    for (const struct lineage_item *item = read->item; item != NULL; item = item->outer) {
        size_t as = item->as != NULL ? strlen(item->as) : 0;
        bool inner = item == read->item, named = as > 0 && strncmp(name, item->as, as) == 0;
        bool index =
            (inner && strcmp(name, "index") == 0) || (named && strcmp(name + as, "_index") == 0);
        bool known = item->index >= 0 && !item->all && !index;
        struct lineage_read list = *read;

        if (!index && !(inner && strcmp(name, "item") == 0) && !(named && name[as] == '\0'))
            continue;
        chain_pointer(chain, 1, rest, own);
        if (known)
            snprintf(at, sizeof at, "/%d%.*s", (int)item->index, (int)(sizeof at - 16), own);
        list.item = item->outer;
        list.rest = at;
        if (index || !known)
            list.relation = read->relation != NULL ? read->relation : index ? "because" : "made";
        lineage_settings(all, &list, item->prefix);
        return true;
    }
    return false;
}

/* The loop around a frame, "a/" of "a/b[3]/", and which iteration it is; 0: there is none. */
static int frame_loop(const char *frame, char step[LIMIT_PATH])
{
    size_t size = strlen(frame), begin;
    const char *open;

    if (size == 0)
        return 0;
    begin = size - 1;
    while (begin > 0 && frame[begin - 1] != '/')
        begin--;
    open = strchr(frame + begin, '[');
    if (open == NULL)
        return 0;
    snprintf(step, LIMIT_PATH, "%.*s", (int)(open - frame), frame);
    return (int)strtol(open + 1, NULL, 10);
}

/* item, index, previous: of the loop around the step. */
static void chain_loop(struct lineage *all, const struct lineage_read *read, const json_t *chain,
                       const char *relation, const char *rest, json_t *by)
{
    const char *name = json_string_value(json_array_get(chain, 0));
    char loop[LIMIT_PATH], own[LIMIT_PATH], at[LIMIT_PATH];
    int index = frame_loop(read->frame, loop);

    chain_pointer(chain, 1, rest, own);
    if (index > 0 && strcmp(name, "item") == 0) {
        snprintf(at, sizeof at, "/items/%d%.*s", index - 1, (int)(sizeof at - 24), own);
        chain_place(all, read, relation, loop, "settings", at, by);
    } else if (index > 1 && strcmp(name, "previous") == 0) {
        snprintf(at, sizeof at, "%.*s[%d]", (int)(sizeof at - 16), loop, index - 1);
        chain_place(all, read, relation, at, "result", own, by);
    } else {
        lineage_end(all, read->hop, relation, "position", name, by);
    }
}

/* `steps` itself was read, by a rule that it was handed to: each step that had begun before may be
 * among what it took. */
static void chain_steps(struct lineage *all, const struct lineage_read *read, const char *relation,
                        json_t *by)
{
    const char *run = json_get_text(read->hop, "run"), *own = json_get_text(read->hop, "step"), *id;
    json_t *here = lineage_step(all, run, own), *node, *step;
    int64_t before = json_get_int(here, "position", INT64_MAX);
    char path[LIMIT_PATH];

    json_object_foreach((json_t *)lineage_plan(all, run), id, node)
    {
        if (json_is_true(json_object_get(node, "trigger")) ||
            !lineage_seen(all, run, read->frame, id, path))
            continue;
        step = lineage_step(all, run, path);
        if (step != NULL && json_get_int(step, "position", 0) < before)
            chain_place(all, read, relation, path, "output", "", json_incref(by));
        json_decref(step);
    }
    json_decref(here);
    json_decref(by);
}

static void chain_follow(struct lineage *all, const struct lineage_read *read, const json_t *chain,
                         const char *relation, const char *rest, json_t *by)
{
    const char *name = json_string_value(json_array_get(chain, 0)),
               *second = json_string_value(json_array_get(chain, 1)),
               *run = json_get_text(read->hop, "run"), *step = json_get_text(read->hop, "step");
    char at[LIMIT_PATH], path[LIMIT_PATH];

    chain_pointer(chain, strcmp(name, "steps") == 0 ? 2 : 1, rest, at);
    if (strcmp(name, "trigger") == 0)
        chain_place(all, read, relation, "", "input", at, by);
    else if (strcmp(name, "input") == 0)
        chain_place(all, read, relation, step, "input", at, by);
    else if (strcmp(name, "steps") == 0 && second != NULL &&
             lineage_seen(all, run, read->frame, second, path))
        chain_place(all, read, relation, path, "output", at, by);
    else if (strcmp(name, "steps") == 0 && second == NULL)
        chain_steps(all, read, relation, by);
    else if (strcmp(name, "steps") == 0)
        lineage_end(all, read->hop, relation, "nothing", second, by);
    else if (strcmp(name, "vars") == 0)
        lineage_end(all, read->hop, relation, "variable", at + (at[0] == '/'), by);
    else if (strcmp(name, "env") == 0)
        lineage_end(all, read->hop, relation, "environment", at + (at[0] == '/'), by);
    else if (strcmp(name, "run") == 0)
        lineage_end(all, read->hop, relation, "run", at + (at[0] == '/'), by);
    else if (strcmp(name, "item") == 0 || strcmp(name, "index") == 0 ||
             strcmp(name, "previous") == 0)
        chain_loop(all, read, chain, relation, rest, by);
    else
        lineage_end(all, read->hop, relation, "unknown", name, by);
}

/* ---- Expressions */

/* What the library brings that is no field: tables, the moment, chance. */
static bool expression_ends(struct lineage *all, const struct lineage_read *read, const json_t *x,
                            const char *relation)
{
    static const struct {
        const char *call, *end;
    } ends[] = { { "now", "moment" },    { "today", "moment" }, { "effect_at", "moment" },
                 { "random", "chance" }, { "uuid", "chance" },  { NULL, NULL } };
    const char *at = json_get_text(x, "at");
    bool any = false;
    json_t *name;
    size_t i;

    json_array_foreach(json_object_get(x, "tables"), i, name)
    {
        lineage_end(all, read->hop, relation, "lookup", json_string_value(name),
                    lineage_by(all, read->node, at, x));
        any = true;
    }
    json_array_foreach(json_object_get(x, "calls"), i, name)
    {
        for (size_t k = 0; ends[k].call != NULL; k++) {
            if (strcmp(json_string_value(name), ends[k].call) != 0)
                continue;
            lineage_end(all, read->hop, relation, ends[k].end, NULL,
                        lineage_by(all, read->node, at, x));
            any = true;
        }
    }
    return any;
}

void lineage_expression(struct lineage *all, const struct lineage_read *read, const json_t *x)
{
    json_t *reads = json_object_get(x, "reads"), *chain;
    bool exact = json_object_get(x, "exact") != NULL && json_array_size(reads) == 1, any;
    const char *relation = read->relation != NULL ? read->relation : exact ? "value" : "made";
    const char *at = json_get_text(x, "at"), *rest = exact ? read->rest : "";
    size_t i;

    any = expression_ends(all, read, x, relation);
    json_array_foreach(reads, i, chain)
    {
        any = true;
        if (!chain_item(all, read, chain, rest))
            chain_follow(all, read, chain, relation, rest, lineage_by(all, read->node, at, x));
    }
    if (!any)
        lineage_end(all, read->hop, relation, "constant", NULL, lineage_by(all, read->node, at, x));
}

void lineage_settings(struct lineage *all, const struct lineage_read *read, const char *at)
{
    char full[LIMIT_PATH];
    struct lineage_read one = *read;
    bool any = false;
    json_t *x;
    size_t i;

    snprintf(full, sizeof full, "%s%s", at, read->rest);
    json_array_foreach(json_object_get(read->node, "x"), i, x)
    {
        const char *own = json_get_text(x, "at");
        size_t size = pointer_below(full, own);

        if (size == SIZE_MAX && pointer_below(own, full) == SIZE_MAX)
            continue;
        one.rest = size != SIZE_MAX ? full + size : "";
        if (size == SIZE_MAX && read->relation == NULL)
            one.relation = "made"; /* it is a part of it */
        lineage_expression(all, &one, x);
        one.relation = read->relation;
        any = true;
    }
    if (!any)
        lineage_end(all, read->hop, read->relation != NULL ? read->relation : "value", "constant",
                    NULL, lineage_by(all, read->node, full, NULL));
}
