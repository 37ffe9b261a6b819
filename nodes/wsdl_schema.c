/* wsdl_schema.c - an element of XML Schema as JSON Schema (see wsdl.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "nodes/wsdl_priv.h"

#define XSD_DEPTH 24u /* elements within elements */

/* Whose local elements these are. */
struct scope {
    const char *space;
    bool qualified;
};

static void problem(struct xsd *xsd, const char *what, const char *name)
{
    char text[300];

    if (!xsd->failed && xsd->problem != NULL) {
        snprintf(text, sizeof text, "\"%.100s\": %.160s", name != NULL ? name : "", what);
        xsd->problem(xsd->arg, text);
    }
    xsd->failed = true;
}

static struct scope scope_of(const json_t *entry)
{
    return (struct scope){ json_get_text(entry, "space"),
                           json_is_true(json_object_get(entry, "qualified")) };
}

/* ---- Simple types */

struct simple {
    const char *name, *json;
    const char *min, *max; /* NULL: none */
};
static const struct simple simples[] = {
    { "int", "integer", "-2147483648", "2147483647" },
    { "short", "integer", "-32768", "32767" },
    { "long", "integer", NULL, NULL },
    { "integer", "integer", NULL, NULL },
    { "byte", "integer", "-128", "127" },
    { "unsignedByte", "integer", "0", "255" },
    { "unsignedShort", "integer", "0", "65535" },
    { "unsignedInt", "integer", "0", "4294967295" },
    { "unsignedLong", "integer", "0", NULL },
    { "nonNegativeInteger", "integer", "0", NULL },
    { "positiveInteger", "integer", "1", NULL },
    { "negativeInteger", "integer", NULL, "-1" },
    { "nonPositiveInteger", "integer", NULL, "0" },
    { "decimal", "number", NULL, NULL },
    { "double", "number", NULL, NULL },
    { "float", "number", NULL, NULL },
    { "boolean", "boolean", NULL, NULL },
    { "anyType", NULL, NULL, NULL },
    { "anySimpleType", NULL, NULL, NULL },
};

static json_t *builtin(struct xsd *xsd, const char *type, const char *what)
{
    json_t *schema = json_object();
    const struct simple *simple = NULL;

    for (size_t i = 0; i < sizeof simples / sizeof *simples; i++)
        if (strcmp(simples[i].name, type) == 0)
            simple = &simples[i];
    if (simple != NULL && simple->json == NULL) {
        problem(xsd, "a value of any type is not supported", what);
        return schema;
    }
    json_put(schema, "type", json_string(simple != NULL ? simple->json : "string"), &xsd->memory);
    json_put(schema, "x-xsd", json_string(type), &xsd->memory);
    if (simple != NULL && simple->min != NULL)
        json_put(schema, "minimum", json_integer(atoll(simple->min)), &xsd->memory);
    if (simple != NULL && simple->max != NULL)
        json_put(schema, "maximum", json_integer(atoll(simple->max)), &xsd->memory);
    return schema;
}

static json_t *type_schema(struct xsd *xsd, const char *name, const char *what);

/* Facets that JSON Schema has too. */
static void facets(struct xsd *xsd, const json_t *restriction, json_t *schema)
{
    const char *type = json_get_text(schema, "type");
    json_t *list = json_array(), *facet;
    size_t i;

    json_array_foreach(wsdl__children(restriction), i, facet)
    {
        const char *value = wsdl__attribute(facet, "value");

        if (value == NULL)
            continue;
        if (wsdl__is(facet, XSD, "enumeration") && type != NULL && strcmp(type, "string") == 0)
            xsd->memory = json_array_append_new(list, json_string(value)) != 0 || xsd->memory;
        else if (wsdl__is(facet, XSD, "maxLength") && strlen(value) < 10)
            json_put(schema, "maxLength", json_integer(atoll(value)), &xsd->memory);
    }
    if (json_array_size(list) > 0)
        json_put(schema, "enum", json_incref(list), &xsd->memory);
    json_decref(list);
}

/* A union and a list are texts. */
static json_t *simple_type(struct xsd *xsd, const json_t *node, const char *what)
{
    const json_t *restriction = wsdl__child(node, XSD, "restriction", NULL);
    const char *base = restriction != NULL ? wsdl__attribute(restriction, "base") : NULL;
    json_t *schema;

    if (base == NULL)
        return builtin(xsd, "string", what);
    schema = type_schema(xsd, base, what);
    facets(xsd, restriction, schema);
    return schema;
}

/* ---- Complex types */

static json_t *element_schema(struct xsd *xsd, const json_t *node, struct scope scope, bool global);

static bool can_repeat(const json_t *node)
{
    const char *max = wsdl__attribute(node, "maxOccurs");

    return max != NULL && strcmp(max, "0") != 0 && strcmp(max, "1") != 0;
}

static void member_add(struct xsd *xsd, json_t *object, const char *name, json_t *schema,
                       bool required)
{
    json_t *members = json_object_get(object, "properties");

    if (json_object_get(members, name) != NULL) {
        problem(xsd, "an element that comes at two places of a sequence is not supported", name);
        json_decref(schema);
        return;
    }
    json_put(members, name, schema, &xsd->memory);
    if (required)
        xsd->memory =
            json_array_append_new(json_object_get(object, "required"), json_string(name)) != 0 ||
            xsd->memory;
}

static void particle(struct xsd *xsd, const json_t *node, struct scope scope, json_t *object)
{
    const char *ref = wsdl__attribute(node, "ref");
    const char *name = ref != NULL ? wsdl__local(ref) : wsdl__attribute(node, "name");
    const char *min = wsdl__attribute(node, "minOccurs");
    bool optional = min != NULL && strcmp(min, "0") == 0;
    json_t *schema =
        ref != NULL ? wsdl__element(xsd, ref) : element_schema(xsd, node, scope, false);
    json_t *list;

    if (schema == NULL || name == NULL) {
        problem(xsd, "an element of an imported schema is not supported", name);
        json_decref(schema);
        return;
    }
    if (can_repeat(node)) {
        list = json_object();
        json_put(list, "type", json_string("array"), &xsd->memory);
        json_put(list, "items", schema, &xsd->memory);
        schema = list;
        optional = optional || min == NULL || strcmp(min, "1") == 0;
    }
    member_add(xsd, object, name, schema, !optional);
}

static void particles(struct xsd *xsd, const json_t *group, struct scope scope, json_t *object,
                      const char *what)
{
    json_t *node;
    size_t i;

    if (can_repeat(group))
        problem(xsd, "a sequence that repeats as a whole is not supported", what);
    json_array_foreach(wsdl__children(group), i, node)
    {
        if (wsdl__is(node, XSD, "element"))
            particle(xsd, node, scope, object);
        else if (wsdl__is(node, XSD, "sequence"))
            particles(xsd, node, scope, object, what);
        else if (!wsdl__is(node, XSD, "annotation"))
            problem(xsd,
                    wsdl__is(node, XSD, "any") ? "\"any\" is not supported"
                                               : "choices and groups are not supported",
                    what);
    }
}

static void attribute_add(struct xsd *xsd, const json_t *node, json_t *object)
{
    const char *name = wsdl__attribute(node, "name"), *type = wsdl__attribute(node, "type");
    const char *use = wsdl__attribute(node, "use");
    const json_t *inner = wsdl__child(node, XSD, "simpleType", NULL);
    char key[200];

    if (name == NULL) {
        problem(xsd, "a reference to an attribute is not supported", "");
        return;
    }
    snprintf(key, sizeof key, "@%.190s", name);
    member_add(xsd, object, key,
               inner != NULL ? simple_type(xsd, inner, name)
                             : type_schema(xsd, type != NULL ? type : XSD "string", name),
               use != NULL && strcmp(use, "required") == 0);
}

static void complex_into(struct xsd *xsd, const json_t *type, struct scope scope, json_t *object,
                         const char *what);

/* The base's members come first. */
static void extension_into(struct xsd *xsd, const json_t *content, struct scope scope,
                           json_t *object, const char *what)
{
    const json_t *extension = wsdl__child(content, XSD, "extension", NULL);
    const char *base = extension != NULL ? wsdl__attribute(extension, "base") : NULL;
    const json_t *entry = base != NULL ? json_object_get(xsd->wsdl->types, base) : NULL;
    const json_t *node = json_object_get(entry, "node");

    if (extension == NULL) {
        problem(xsd, "types made by restriction of a complex one are not supported", what);
        return;
    }
    if (wsdl__is(content, XSD, "simpleContent") &&
        (entry == NULL || wsdl__is(node, XSD, "simpleType")))
        member_add(xsd, object, "#text", type_schema(xsd, base != NULL ? base : XSD "string", what),
                   false);
    else if (entry != NULL)
        complex_into(xsd, node, scope_of(entry), object, what);
    else
        problem(xsd, "it extends a type that is not in the WSDL", what);
    complex_into(xsd, extension, scope, object, what);
}

static void complex_into(struct xsd *xsd, const json_t *type, struct scope scope, json_t *object,
                         const char *what)
{
    json_t *node;
    size_t i;

    json_array_foreach(wsdl__children(type), i, node)
    {
        if (wsdl__is(node, XSD, "sequence") || wsdl__is(node, XSD, "all"))
            particles(xsd, node, scope, object, what);
        else if (wsdl__is(node, XSD, "attribute"))
            attribute_add(xsd, node, object);
        else if (wsdl__is(node, XSD, "complexContent") || wsdl__is(node, XSD, "simpleContent"))
            extension_into(xsd, node, scope, object, what);
        else if (!wsdl__is(node, XSD, "annotation") && !wsdl__is(node, XSD, "anyAttribute"))
            problem(xsd, "choices and groups are not supported", what);
    }
}

static json_t *complex_type(struct xsd *xsd, const json_t *type, struct scope scope,
                            const char *what)
{
    json_t *object = json_pack("{s:s, s:{}, s:[]}", "type", "object", "properties", "required");

    if (object == NULL)
        xsd->memory = true;
    else
        complex_into(xsd, type, scope, object, what);
    return object;
}

static json_t *type_schema(struct xsd *xsd, const char *name, const char *what)
{
    const json_t *entry = json_object_get(xsd->wsdl->types, name);
    const json_t *node = json_object_get(entry, "node");

    if (strncmp(name, XSD, strlen(XSD)) == 0)
        return builtin(xsd, wsdl__local(name), what);
    if (entry == NULL) {
        problem(xsd, "its type is not in the WSDL, and imported schemas are not supported", what);
        return json_object();
    }
    return wsdl__is(node, XSD, "simpleType") ? simple_type(xsd, node, what)
                                             : complex_type(xsd, node, scope_of(entry), what);
}

/* ---- Elements */

static json_t *element_type(struct xsd *xsd, const json_t *node, struct scope scope,
                            const char *name)
{
    const char *type = wsdl__attribute(node, "type");
    const json_t *inner = wsdl__child(node, XSD, "complexType", NULL);

    if (type != NULL)
        return type_schema(xsd, type, name);
    if (inner != NULL)
        return complex_type(xsd, inner, scope, name);
    inner = wsdl__child(node, XSD, "simpleType", NULL);
    return inner != NULL ? simple_type(xsd, inner, name) : builtin(xsd, "anyType", name);
}

static void allow_null(struct xsd *xsd, json_t *schema)
{
    const char *type = json_get_text(schema, "type");

    if (type != NULL && json_object_get(schema, "enum") == NULL)
        json_put(schema, "type", json_pack("[s, s]", type, "null"), &xsd->memory);
}

static json_t *element_schema(struct xsd *xsd, const json_t *node, struct scope scope, bool global)
{
    const char *name = wsdl__attribute(node, "name");
    const char *form = wsdl__attribute(node, "form");
    const char *nillable = wsdl__attribute(node, "nillable"), *min;
    bool is_qualified = form != NULL ? strcmp(form, "qualified") == 0 : scope.qualified;
    bool is_nillable = nillable != NULL && strcmp(nillable, "true") == 0;
    json_t *schema;

    if (xsd->depth == XSD_DEPTH || xsd->budget == 0) {
        problem(xsd, "the type holds itself, or is too large", name);
        return json_object();
    }
    xsd->depth++;
    xsd->budget--;
    schema = element_type(xsd, node, scope, name);
    xsd->depth--;
    if (schema == NULL)
        return NULL;
    min = wsdl__attribute(node, "minOccurs");
    if (is_nillable || (min != NULL && strcmp(min, "0") == 0 && !can_repeat(node)))
        allow_null(xsd, schema);
    if (is_nillable)
        json_put(schema, "x-nil", json_true(), &xsd->memory);
    if (global || is_qualified)
        json_put(schema, "x-ns", json_string(scope.space != NULL ? scope.space : ""), &xsd->memory);
    return schema;
}

json_t *wsdl__element(struct xsd *xsd, const char *name)
{
    const json_t *entry = json_object_get(xsd->wsdl->elements, name);
    json_t *schema;

    if (entry == NULL)
        return NULL;
    schema = element_schema(xsd, json_object_get(entry, "node"), scope_of(entry), true);
    if (!xsd->memory)
        return schema;
    problem(xsd, "no memory for its schema", name);
    json_decref(schema);
    return NULL;
}
