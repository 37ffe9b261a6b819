/* flow_parameters.c - what people are asked of a flow: each parameter is about a constant of vars.
 *
 * A constant that can be chosen is one of its choices from the beginning, so that what is asked
 * always shows an answer. */
#include <string.h>

#include "base/mem.h"
#include "flow/flow_priv.h"

static bool is_scalar(const json_t *value)
{
    return json_is_text(value) || json_is_number(value) || json_is_exact(value) ||
           json_is_boolean(value);
}

static void check_title(struct flow_build *build, const char *parent, const char *title)
{
    char *at = flow__pointer(parent, "title");

    if (title != NULL)
        flow__check_title(build, at, title);
    mem_free(at);
}

static void check_description(struct flow_build *build, const char *parent, const char *text)
{
    char *at;

    if (text == NULL || strlen(text) <= FLOW_HELP_MAX)
        return;
    at = flow__pointer(parent, "description");
    flow_build_fault(build, at, "the description has %zu bytes, at most %u are allowed",
                     strlen(text), FLOW_HELP_MAX);
    mem_free(at);
}

/* One of the choices before `end` has the value. */
static bool is_among(const struct flow_choice_rows *choices, size_t end, const json_t *value)
{
    for (size_t i = 0; i < end; i++)
        if (choices[i].value != NULL && json_same(choices[i].value, value))
            return true;
    return false;
}

static void check_choice(struct flow_build *build, const char *parent, size_t index,
                         const struct flow_parameter_rows *of, const json_t *constant)
{
    const struct flow_choice_rows *choices = of->choices.items, *one = &choices[index];
    char *own = flow__pointer_at(parent, index), *at = flow__pointer(own, "value");

    check_title(build, own, one->title);
    if (one->value != NULL && !is_scalar(one->value))
        flow_build_fault(build, at,
                         "a choice is a text, a number, or true or false, but here stands: %s",
                         json_kind(one->value));
    else if (one->value != NULL && strcmp(json_kind(one->value), json_kind(constant)) != 0)
        flow_build_fault(build, at, "\"%.80s\" of \"vars\" is a %s, this choice is a %s", of->name,
                         json_kind(constant), json_kind(one->value));
    else if (one->value != NULL && is_among(choices, index, one->value))
        flow_build_fault(build, at, "this choice stands twice");
    mem_free(at);
    mem_free(own);
}

static void check_choices(struct flow_build *build, const char *parent,
                          const struct flow_parameter_rows *parameter, const json_t *constant)
{
    const struct field_list *choices = &parameter->choices;
    char *own;

    if (choices->count == 0)
        return;
    own = flow__pointer(parent, "choices");
    for (size_t i = 0; i < choices->count; i++)
        check_choice(build, own, i, parameter, constant);
    if (is_scalar(constant) && !is_among(choices->items, choices->count, constant)) {
        char *at = flow__pointer("/vars", parameter->name);

        flow_build_fault(build, at, "this is none of the choices of %s", own);
        mem_free(at);
    }
    mem_free(own);
}

static void check_parameter(struct flow_build *build, const json_t *vars,
                            const struct field_list *parameters, size_t index)
{
    const struct flow_parameter_rows *all = parameters->items, *own = &all[index];
    const json_t *constant = own->name != NULL ? json_object_get(vars, own->name) : NULL;
    char *pointer = flow__pointer_at("/parameters", index), *at = flow__pointer(pointer, "name");

    check_title(build, pointer, own->title);
    check_description(build, pointer, own->description);
    if (own->name != NULL && constant == NULL)
        flow_build_fault(build, at,
                         "there is no \"%.80s\" in \"vars\"; write there the value that it has "
                         "until somebody answers",
                         own->name);
    for (size_t i = 0; own->name != NULL && i < index; i++)
        if (all[i].name != NULL && strcmp(all[i].name, own->name) == 0)
            flow_build_fault(build, at, "\"%.80s\" is asked twice", own->name);
    if (constant != NULL)
        check_choices(build, pointer, own, constant);
    mem_free(at);
    mem_free(pointer);
}

void flow__check_parameters(struct flow_build *build, const json_t *vars,
                            const struct field_list *parameters)
{
    for (size_t i = 0; i < parameters->count; i++)
        check_parameter(build, vars, parameters, i);
}
