/* schema_setting.c - a setting that is a JSON Schema. */
#include "nodes/schema_setting.h"

#include <stdio.h>

#include "base/check.h"
#include "base/json.h"
#include "flow/connector.h"
#include "nodes/definition.h"
#include "nodes/shape.h"

struct setting {
    struct flow_build *build;
    const char *pointer;
    const char *name; /* of a file or an action; NULL: the schema stands here */
};

static void setting_fault(void *arg, const struct schema_fault *fault)
{
    const struct setting *setting = arg;
    char place[PLACE_BYTES];

    snprintf(place, sizeof place, "%s%s", setting->pointer,
             setting->name == NULL ? fault->pointer : "");
    if (setting->name != NULL)
        flow_build_fault(setting->build, place, "schemas/%s.json: %s: %s", setting->name,
                         fault->pointer, fault->text);
    else
        flow_build_fault(setting->build, place, "%s", fault->text);
}

/* What an action takes; NULL: no action is called so. */
static json_t *action_input(const struct setting *setting)
{
    const struct node_type *type = flow_build_type(setting->build, setting->name);
    const struct connector_data *data;

    if (type == NULL || type->kind != NODE_CONNECTOR || type->connector == NULL ||
        type->data == NULL)
        return NULL;
    data = type->data;
    return json_is_object(data->input) ? data->input : NULL;
}

/* Faults of the file itself are told with the file; here those that only this use of it makes. */
static struct schema *named_schema(struct setting *setting, unsigned flags)
{
    json_t *schemas = json_object_get(flow_build_bundle(setting->build), "schemas");
    json_t *json = json_object_get(schemas, setting->name), *input;
    struct schema *schema;

    if (json == NULL && (input = action_input(setting)) != NULL)
        return schema_new(input, SHAPE_FLAGS, setting_fault, setting);
    if (json == NULL) {
        flow_build_fault(setting->build, setting->pointer,
                         "there is no schema \"%.80s\": it would be the flow's file "
                         "schemas/%.80s.json, or an action such as connector.paytrace.sale",
                         setting->name, setting->name);
        return NULL;
    }
    schema = schema_new(json, 0, NULL, NULL);
    if (schema == NULL) {
        flow_build_fault(setting->build, setting->pointer,
                         "schemas/%.80s.json is no schema that can be checked", setting->name);
        return NULL;
    }
    schema_free(schema);
    return schema_new(json, flags, setting_fault, setting);
}

struct schema *schema_setting_new(struct flow_build *build, json_t *json, const char *pointer,
                                  unsigned flags)
{
    struct setting setting = { build, pointer, json_text(json) };

    check(json != NULL);
    check(pointer != NULL);
    if (setting.name != NULL)
        return named_schema(&setting, flags);
    return schema_new(json, flags, setting_fault, &setting);
}
