/* shape.c - the JSON Schema of what an action, a called flow or a form takes. */
#include "nodes/shape.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "schema/schema.h"

struct tell {
    shape_problem_fn *problem;
    void *arg;
    const char *place; /* of the default that is looked at; NULL: faults have places of their own */
    size_t count;
};

static void tell_fault(void *arg, const struct schema_fault *fault)
{
    struct tell *tell = arg;

    tell->count++;
    tell->problem(tell->arg, fault->pointer, fault->text);
}

static void problem_ignore(void *arg, const char *pointer, const char *text)
{
    (void)arg, (void)pointer, (void)text;
}

/* ---- Whether a schema is one */

static void tell_default(void *arg, const struct schema_fault *fault)
{
    struct tell *tell = arg;
    char text[500];

    tell->count++;
    snprintf(text, sizeof text, "the default does not fit: %s", fault->text);
    tell->problem(tell->arg, tell->place, text);
}

/* Defaults stand in for what is left out, so they must fit: those of members whose schema stands
 * there as a whole, without references. */
static void default_check(const json_t *schema, struct tell *tell)
{
    json_t *usual = json_object_get(schema, "default");
    struct schema_ask ask = { .name = "default", .fault = tell_default, .arg = tell };
    struct schema *own;
    struct err e;

    if (usual == NULL)
        return;
    own = schema_new((json_t *)schema, SHAPE_FLAGS, NULL, NULL);
    if (own != NULL && schema_verify(own, usual, &ask, &e) == ERR_LIMIT)
        tell->problem(tell->arg, tell->place, e.text);
    schema_free(own);
}

/* What a person would not see: names that are required and can never be there. */
static void members_check(const json_t *schema, const char *pointer, struct tell *tell)
{
    const json_t *properties = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    struct buf place;
    const char *name;
    json_t *member;

    buf_init(&place, 64 * KIB);
    buf_addf(&place, "%s/required", pointer);
    for (size_t i = 0; i < json_array_size(required) && properties != NULL; i++)
        if (json_object_get(properties, json_text(json_array_get(required, i))) == NULL &&
            json_object_get(schema, "additionalProperties") == NULL) {
            tell->count++;
            tell->problem(tell->arg, buf_text(&place),
                          "\"required\" must be a list of names of properties");
        }
    json_object_foreach((json_t *)properties, name, member)
    {
        buf_clear(&place);
        buf_addf(&place, "%s/properties", pointer);
        json_pointer_add(&place, name);
        tell->place = buf_text(&place);
        default_check(member, tell);
        if (json_object_get(member, "properties") != NULL)
            members_check(member, tell->place, tell);
    }
    buf_fini(&place);
}

struct schema *shape_new(json_t *json, shape_problem_fn *problem, void *arg)
{
    struct tell tell = { .problem = problem, .arg = arg };
    struct schema *shape;

    check(json != NULL);
    check(problem != NULL);
    if (!json_is_object(json)) {
        char text[100];

        snprintf(text, sizeof text, "a schema is an object, but here stands: %s", json_kind(json));
        problem(arg, "", text);
        return NULL;
    }
    shape = schema_new(json, SHAPE_FLAGS, tell_fault, &tell);
    if (shape != NULL) {
        tell.place = "";
        default_check(json, &tell);
        members_check(json, "", &tell);
    }
    if (tell.count == 0)
        return shape;
    schema_free(shape);
    return NULL;
}

enum err_code shape_match(const struct schema *shape, const json_t *value, bool definition,
                          shape_problem_fn *problem, void *arg, struct err *e)
{
    struct tell tell = { .problem = problem, .arg = arg };
    struct schema_ask ask = {
        .name = "input", .expressions = definition, .fault = tell_fault, .arg = &tell
    };

    check(problem != NULL);
    return schema_verify(shape, value, &ask, e);
}

void shape_type_text(const json_t *schema, char *text, size_t room)
{
    struct schema_place place;
    struct schema *shape = schema_new((json_t *)schema, 0, NULL, NULL);

    if (shape != NULL)
        schema_at(shape, "", &place);
    schema_types_text(shape != NULL ? place.types : (unsigned)SCHEMA_ANY, text, room);
    schema_free(shape);
}

json_t *shape_complete(const json_t *schema, json_t *value)
{
    json_t *properties = json_object_get(schema, "properties");
    json_t *complete = json_copied(value);
    bool failed = complete == NULL;
    const char *name;
    json_t *member;

    check(json_is_object(value));
    json_object_foreach(properties, name, member)
    {
        json_t *usual = json_object_get(member, "default");

        if (usual != NULL && json_object_get(value, name) == NULL)
            json_put(complete, name, json_incref(usual), &failed);
    }
    if (!failed)
        return complete;
    json_decref(complete);
    return NULL;
}

/* Whether the schema of one member refuses an empty text; one that cannot stand alone does not. */
static bool refuses_empty(json_t *member)
{
    struct tell ignored = { .problem = problem_ignore };
    struct schema_ask ask = { .name = "input", .fault = tell_fault, .arg = &ignored };
    struct schema *own = schema_new(member, SHAPE_FLAGS, NULL, NULL);
    json_t *empty = json_string("");
    struct err e;
    bool refuses = own != NULL && schema_verify(own, empty, &ask, &e) == ERR_INVALID;

    json_decref(empty);
    schema_free(own);
    return refuses;
}

json_t *shape_without_empty(const json_t *schema, json_t *value)
{
    json_t *properties = json_object_get(schema, "properties"), *member, *given, *kept;
    const char *name;

    if (!json_is_object(value))
        return json_incref(value);
    kept = json_copied(value);
    json_object_foreach(properties, name, member)
    {
        bool usual = json_object_get(member, "default") != NULL;

        given = json_object_get(value, name);
        if (!json_is_string(given) || json_string_length(given) > 0 ||
            (!usual && shape_has(schema, name)) || (usual && !refuses_empty(member)))
            continue;
        json_object_del(kept, name);
    }
    return kept;
}

json_t *shape_find(const json_t *schema, const char *path)
{
    json_t *at = (json_t *)schema;

    check(path != NULL);
    while (at != NULL && path != NULL) {
        const char *dot = strchr(path, '.');
        size_t size = dot != NULL ? (size_t)(dot - path) : strlen(path);
        char name[256];

        if (size >= sizeof name)
            return NULL;
        memcpy(name, path, size);
        name[size] = '\0';
        at = json_object_get(json_object_get(at, "properties"), name);
        path = dot != NULL ? dot + 1 : NULL;
    }
    return at;
}

bool shape_has(const json_t *schema, const char *name)
{
    json_t *property = json_object_get(json_object_get(schema, "properties"), name);
    json_t *item;
    size_t i;

    if (json_object_get(property, "default") != NULL)
        return true;
    json_array_foreach(json_object_get(schema, "required"), i, item)
    {
        if (json_text(item) != NULL && strcmp(json_text(item), name) == 0)
            return true;
    }
    return false;
}
