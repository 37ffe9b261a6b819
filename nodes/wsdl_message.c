/* wsdl_message.c - messages of a web service: JSON to XML in the order of its schema, and what came
 * as XML with the types of its schema. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "format/xml.h"
#include "nodes/wsdl.h"

#define XSI "http://www.w3.org/2001/XMLSchema-instance"

/* ---- Out: an object in XML's order, with prefixes, for xml_write() */

struct writer {
    json_t *spaces; /* {"n0": URI} */
    bool failed;
};

static bool schema_is(const json_t *schema, const char *type)
{
    const json_t *its = json_object_get(schema, "type");

    if (json_is_array(its))
        its = json_array_get(its, 0);
    return json_is_string(its) && strcmp(json_string_value(its), type) == 0;
}

/* "n0:name"; what is in no namespace has no prefix. */
static void name_make(struct writer *writer, const char *space, const char *name, char *text,
                      size_t room)
{
    const char *prefix;
    json_t *uri;
    char made[16];

    if (space == NULL || *space == '\0') {
        snprintf(text, room, "%s", name);
        return;
    }
    json_object_foreach(writer->spaces, prefix, uri)
    {
        if (strcmp(json_string_value(uri), space) == 0) {
            snprintf(text, room, "%s:%s", prefix, name);
            return;
        }
    }
    snprintf(made, sizeof made, "n%zu", json_object_size(writer->spaces));
    json_put(writer->spaces, made, json_string(space), &writer->failed);
    snprintf(text, room, "%s:%s", made, name);
}

static json_t *element_make(struct writer *writer, const json_t *schema, json_t *value);

static const char *space_of(const json_t *schema)
{
    const char *space = json_get_text(schema, "x-ns");

    return space == NULL ? json_get_text(json_object_get(schema, "items"), "x-ns") : space;
}

static json_t *list_make(struct writer *writer, const json_t *schema, json_t *value)
{
    json_t *list = json_array(), *item;
    size_t i;

    json_array_foreach(value, i, item)
    {
        json_t *made = element_make(writer, json_object_get(schema, "items"), item);

        writer->failed = json_array_append_new(list, made) != 0 || writer->failed;
    }
    return list;
}

static json_t *object_make(struct writer *writer, const json_t *schema, json_t *value)
{
    json_t *object = json_object(), *member_schema;
    char name[LIMIT_JSON_KEY + 20];
    const char *key;

    json_object_foreach(json_object_get(schema, "properties"), key, member_schema)
    {
        json_t *member = json_object_get(value, key), *made;
        bool nil = json_is_null(member) && !json_is_true(json_object_get(member_schema, "x-nil"));

        if (member == NULL || nil)
            continue;
        if (*key == '@' || *key == '#')
            snprintf(name, sizeof name, "%s", key);
        else
            name_make(writer, space_of(member_schema), key, name, sizeof name);
        made = json_is_array(member) ? list_make(writer, member_schema, member)
                                     : element_make(writer, member_schema, member);
        json_put(object, name, made, &writer->failed);
    }
    return object;
}

static json_t *element_make(struct writer *writer, const json_t *schema, json_t *value)
{
    json_t *nil;

    if (json_is_null(value)) {
        nil = json_object();
        if (json_object_get(writer->spaces, "xsi") == NULL)
            json_put(writer->spaces, "xsi", json_string(XSI), &writer->failed);
        json_put(nil, "@xsi:nil", json_true(), &writer->failed);
        return nil;
    }
    if (schema_is(schema, "object"))
        return object_make(writer, schema, value);
    return json_incref(value);
}

enum err_code wsdl_write(const struct wsdl_operation *operation, json_t *value, struct buf *out,
                         struct err *e)
{
    struct writer writer = { .spaces = json_object() };
    struct xml_form form = { .style = XML_DATA };
    const struct xml_writing how = { .form = &form };
    json_t *root = json_object(), *body;
    char name[LIMIT_JSON_KEY + 20];
    enum err_code rc;

    check(operation->input != NULL);
    writer.failed = writer.spaces == NULL || root == NULL;
    name_make(&writer, operation->space, operation->name, name, sizeof name);
    body = element_make(&writer, operation->input, value);
    json_put(root, name, body, &writer.failed);
    form.spaces = writer.spaces;
    rc = writer.failed ? err_set(e, ERR_MEMORY, "no memory for the message")
                       : xml_write(&how, root, out, e);
    json_decref(root);
    json_decref(writer.spaces);
    return rc;
}

/* ---- In */

static json_t *text_typed(const json_t *schema, json_t *value)
{
    const char *text = json_text(value);
    size_t size;
    json_t *number;

    if (text == NULL)
        return json_incref(value);
    text += strspn(text, " \t\r\n");
    size = strcspn(text, " \t\r\n");
    if (schema_is(schema, "boolean") && size > 0)
        return json_boolean((size == 1 && *text == '1') || (size == 4 && *text == 't'));
    if (!schema_is(schema, "integer") && !schema_is(schema, "number"))
        return json_incref(value);
    number = json_exact_new(text, size);
    return number != NULL ? number : json_incref(value); /* INF and the like stay texts */
}

static bool is_nil(const json_t *value)
{
    const char *nil = json_get_text(value, "@nil");

    return nil != NULL && (strcmp(nil, "true") == 0 || strcmp(nil, "1") == 0);
}

static json_t *object_typed(const json_t *schema, json_t *value)
{
    const json_t *members = json_object_get(schema, "properties");
    json_t *object = json_object(), *member;
    bool failed = object == NULL;
    const char *key;

    if (!json_is_object(value)) /* an element without anything in it */
        return object;
    json_object_foreach(value, key, member)
    {
        json_t *its = json_object_get(members, key);

        if (its == NULL && *key == '@') /* xsi:type and the like */
            continue;
        json_put(object, key, its != NULL ? wsdl_typed(its, member) : json_incref(member), &failed);
    }
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *list_typed(const json_t *schema, json_t *value)
{
    const json_t *items = json_object_get(schema, "items");
    json_t *list = json_array(), *item;
    bool failed = list == NULL;
    size_t i;

    if (!json_is_array(value))
        failed = json_array_append_new(list, wsdl_typed(items, value)) != 0 || failed;
    json_array_foreach(value, i, item)
    {
        failed = json_array_append_new(list, wsdl_typed(items, item)) != 0 || failed;
    }
    if (!failed)
        return list;
    json_decref(list);
    return NULL;
}

/* Recursion is bounded by the depth of the schema. */
json_t *wsdl_typed(const json_t *schema, json_t *value)
{
    check(value != NULL);
    if (schema_is(schema, "array"))
        return list_typed(schema, value);
    if (is_nil(value))
        return json_null();
    if (schema_is(schema, "object"))
        return object_typed(schema, value);
    if (schema_is(schema, "string") && json_is_null(value))
        return json_string("");
    return json_is_object(value) || json_is_array(value) ? json_incref(value)
                                                         : text_typed(schema, value);
}
