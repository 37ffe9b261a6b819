/* api_template.c - flows to begin with, and a draft from one of them. */
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/calls.h"
#include "designer-api/draft.h"
#include "designer-api/draft_begin.h"
#include "designer-api/template_begin.h"
#include "designer-api/templates.h"

/* ---- Templates */

static json_t *template_about(const struct gallery_flow *flow)
{
    char *plain = gallery_text_plain(&flow->about);
    json_t *json = json_string(plain);

    mem_free(plain);
    return json;
}

static json_t *template_connections(const json_t *bundle, json_t *systems)
{
    json_t *list = json_array(), *one;
    const char *name;

    json_object_foreach(json_object_get(json_object_get(bundle, "connections"), "connections"),
                        name, one)
    {
        const char *connector = json_get_text(one, "connector");

        json_array_append_new(list, json_pack("{s:s, s:s*}", "name", name, "connector", connector));
        if (connector != NULL)
            json_array_append_new(systems, json_string(connector));
    }
    return list;
}

/* What the flow says of the constant, or NULL; borrowed. */
static json_t *parameter_of(const json_t *definition, const char *name)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(definition, "parameters"), i, one)
    {
        const char *own = json_get_text(one, "name");

        if (own != NULL && strcmp(own, name) == 0)
            return one;
    }
    return NULL;
}

/* First what is asked, in its order, then the other constants. */
static json_t *template_parameters(const json_t *bundle)
{
    const json_t *definition = json_object_get(bundle, "flow"),
                 *vars = json_object_get(definition, "vars");
    json_t *list = json_array(), *value, *one;
    const char *name;
    size_t i;

    json_array_foreach(json_object_get(definition, "parameters"), i, one)
    {
        json_t *asked = json_copy(one);

        value = json_object_get(vars, json_get_text(one, "name"));
        json_object_set(asked, "value", value);
        json_array_append_new(list, asked);
    }
    json_object_foreach((json_t *)vars, name, value)
    {
        if (parameter_of(definition, name) == NULL)
            json_array_append_new(list, json_pack("{s:s, s:O}", "name", name, "value", value));
    }
    return list;
}

static json_t *template_json(const struct gallery_flow *flow, json_t *bundle, bool brief)
{
    const json_t *definition = json_object_get(bundle, "flow");
    json_t *systems = json_array(), *json;

    json = json_pack("{s:s, s:O, s:O*, s:i, s:o, s:o, s:o}", "template", flow->name, "name",
                     json_object_get(definition, "name"), "description",
                     json_object_get(definition, "description"), "steps",
                     (int)json_array_size(json_object_get(definition, "nodes")), "connections",
                     template_connections(bundle, systems), "parameters",
                     template_parameters(bundle), "systems", systems);
    check(json != NULL);
    if (!brief) {
        json_object_set(json, "bundle", bundle);
        json_object_set_new(json, "about", template_about(flow));
        json_object_set_new(json, "samples", templates_json(&flow->samples));
    }
    return json;
}

static bool template_fits(const json_t *json, const char *search)
{
    static const char *const members[] = { "template", "name", "description" };
    json_t *one;
    size_t i;

    for (i = 0; i < sizeof members / sizeof *members; i++) {
        const char *text = json_get_text(json, members[i]);

        if (text != NULL && strcasestr(text, search) != NULL)
            return true;
    }
    json_array_foreach(json_object_get(json, "systems"), i, one)
    {
        if (strcasestr(json_text(one), search) != NULL)
            return true;
    }
    return false;
}

static void template_list(struct ask *ask)
{
    const struct templates *templates = ask_templates(ask);
    const char *search = ask_text(ask, "search");
    const struct gallery_flow *flow;
    json_t *items = json_array(), *bundle, *json;

    for (size_t i = 0; (flow = templates_at(templates, i)) != NULL; i++) {
        bundle = templates_json(&flow->bundle);
        json = template_json(flow, bundle, true);
        if (search == NULL || template_fits(json, search))
            json_array_append(items, json);
        json_decref(json);
        json_decref(bundle);
    }
    ask_page(ask, items, NULL, (int64_t)json_array_size(items));
}

static const struct gallery_flow *template_find(const struct ask *ask, struct err *e)
{
    const struct gallery_flow *flow = templates_find(ask_templates(ask), ask->path[0]);

    if (flow == NULL)
        err_set(e, ERR_NOT_FOUND, "there is no template \"%.80s\"", ask->path[0]);
    return flow;
}

static void template_get(struct ask *ask)
{
    struct err e;
    const struct gallery_flow *flow = template_find(ask, &e);
    json_t *bundle = flow != NULL ? templates_json(&flow->bundle) : NULL;

    ask_give_or_refuse(ask, bundle != NULL ? template_json(flow, bundle, false) : NULL, &e);
    json_decref(bundle);
}

/* ---- A draft from one */

static bool is_choice(const json_t *parameter, const json_t *value)
{
    const json_t *choices = json_object_get(parameter, "choices");
    bool found = json_array_size(choices) == 0;

    for (size_t i = 0; i < json_array_size(choices); i++)
        found = found || json_same(json_object_get(json_array_get(choices, i), "value"), value);
    return found;
}

static enum err_code parameter_check(const json_t *definition, const char *name,
                                     const json_t *value, struct err *e)
{
    const json_t *own = json_object_get(json_object_get(definition, "vars"), name);

    if (own == NULL)
        return err_set(e, ERR_INVALID, "the template has no parameter \"%.80s\"", name);
    if (strcmp(json_kind(own), json_kind(value)) != 0)
        return err_set(e, ERR_INVALID, "the parameter \"%.80s\" is a %s, but here stands: %s", name,
                       json_kind(own), json_kind(value));
    if (!is_choice(parameter_of(definition, name), value))
        return err_set(e, ERR_INVALID,
                       "the parameter \"%.80s\" has choices, and this is none of them", name);
    return ERR_OK;
}

/* Parameters that the template has not, or that cannot be of its kind, are refused by name. */
static enum err_code parameters_check(const struct ask *ask, const json_t *bundle, struct err *e)
{
    enum err_code code = ERR_OK;
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(ask->body, "parameters"), name, value)
    {
        if (code == ERR_OK)
            code = parameter_check(json_object_get(bundle, "flow"), name, value, e);
    }
    return code;
}

/* ---- With its parts */

/* A part is asked what the flow is asked where the words and the default are the same. */
static bool is_same_question(const json_t *a, const json_t *b, const char *name)
{
    const char *asked = json_get_text(parameter_of(a, name), "title"),
               *own = json_get_text(parameter_of(b, name), "title");

    return asked != NULL && own != NULL && strcmp(asked, own) == 0 &&
           json_same(json_object_get(json_object_get(a, "vars"), name),
                     json_object_get(json_object_get(b, "vars"), name));
}

/* definition: of the flow, as its template has it. */
static void answers_take(json_t *part, const json_t *definition, const json_t *parameters)
{
    json_t *own = json_object_get(part, "flow"), *value;
    const char *name;

    json_object_foreach((json_t *)parameters, name, value)
    {
        if (is_same_question(definition, own, name))
            json_object_set(json_object_get(own, "vars"), name, value);
    }
}

/* What the caller says of the new flow, and of those of its parts that are as new. */
static void template_answer(const struct ask *ask, json_t *parts)
{
    const json_t *parameters = json_object_get(ask->body, "parameters");
    json_t *name = json_object_get(ask->body, "name"), *part,
           *self = json_array_get(parts, json_array_size(parts) - 1),
           *definition = json_object_get(json_object_get(self, "bundle"), "flow");
    size_t i;

    json_array_foreach(parts, i, part)
    {
        if (part != self)
            answers_take(json_object_get(part, "bundle"), definition, parameters);
    }
    json_object_update_existing(json_object_get(definition, "vars"), (json_t *)parameters);
    if (name != NULL)
        json_object_set(definition, "name", name);
}

static void template_instantiate(struct ask *ask)
{
    const char *flow = json_get_text(ask->body, "flow");
    struct err e = { .code = ERR_OK };
    const struct gallery_flow *from = template_find(ask, &e);
    json_t *bundle = from != NULL ? templates_json(&from->bundle) : NULL, *parts;

    if (bundle == NULL || draft_is_new(ask, flow, &e) != ERR_OK ||
        parameters_check(ask, bundle, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        json_decref(bundle);
        return;
    }
    parts = calls_list(ask, flow, bundle, template_part);
    template_answer(ask, parts);
    json_object_set_new(json_array_get(parts, json_array_size(parts) - 1), "template",
                        json_string(from->name));
    template_begin(ask, parts, NULL);
    json_decref(parts);
    json_decref(bundle);
}

const struct ask_bind template_binds[] = {
    { "listTemplates", template_list },
    { "getTemplate", template_get },
    { "instantiateTemplate", template_instantiate },
    { NULL, NULL },
};
