/* manifest_import_action.c - an operation of an OpenAPI document as an action of a manifest. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "nodes/manifest_import_priv.h"

#define HELP_BYTES  400u
#define TITLE_BYTES 80u
#define FORM_PARTS  "multipart/form-data"
#define BYTES       "application/octet-stream"

/* What is put together. */
struct drafted {
    json_t *action, *input, *properties, *required, *defs;
    struct buf path;
};

/* ---- Parameters */

/* The name of an input's member: letters, digits and '_'. */
static void member_name(const char *name, char *member, size_t room)
{
    size_t at = 0;

    for (; *name != '\0' && at + 1 < room; name++)
        member[at++] = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
                               (*name >= '0' && *name <= '9')
                           ? *name
                           : '_';
    member[at] = '\0';
}

static void part_put(json_t *action, const char *part, const char *name, const char *member)
{
    json_t *object = json_object_get(action, part);
    char text[200];

    if (object == NULL) {
        object = json_object();
        json_object_set_new(action, part, object);
    }
    snprintf(text, sizeof text, "{input.%s}", member);
    json_object_set_new(object, name, json_string(text));
}

/* A list repeats its name in the query ("ids=1&ids=2"), which is how OpenAPI means it unless it
 * says otherwise; an object has no such form. */
static void query_say(const struct import *import, json_t *parameter, json_t *schema,
                      const char *name)
{
    const char *style = json_get_text(parameter, "style");
    const char *type = json_get_text(import__resolve(import, schema), "type");
    bool list = type != NULL && strcmp(type, "array") == 0;

    if (type != NULL && strcmp(type, "object") == 0)
        import__say(import,
                    "the parameter \"%s\" is an object: write its members out as parameters", name);
    else if (list && ((style != NULL && strcmp(style, "form") != 0) ||
                      json_is_false(json_object_get(parameter, "explode"))))
        import__say(import,
                    "the parameter \"%s\" is a list in one value: make it a text, parted as the "
                    "system wants it",
                    name);
}

/* An address takes texts and whole numbers only. */
static json_t *path_schema(const struct import *import, json_t *schema, const char *name)
{
    const char *type = json_get_text(schema, "type");

    if (type != NULL && (strcmp(type, "string") == 0 || strcmp(type, "integer") == 0))
        return schema;
    import__say(import, "the parameter \"%s\" stands in the address and is taken as a text", name);
    json_decref(schema);
    return json_pack("{s:s}", "type", "string");
}

/* "/a/{id}" -> "/a/{input.id}" */
static void path_put(struct buf *path, const char *name, const char *member)
{
    const char *at = buf_text(path);
    size_t size = strlen(name);
    struct buf made;

    buf_init(&made, 4000);
    while (*at != '\0')
        if (*at == '{' && strncmp(at + 1, name, size) == 0 && at[size + 1] == '}') {
            buf_addf(&made, "{input.%s}", member);
            at += size + 2;
        } else {
            buf_add_char(&made, *at++);
        }
    buf_fini(path);
    *path = made;
}

static void require(struct drafted *drafted, const char *member)
{
    json_array_append_new(drafted->required, json_string(member));
}

/* False: the operation cannot do without it. */
static bool import_parameter(struct import *import, struct drafted *drafted, json_t *parameter)
{
    const char *name = json_get_text(parameter, "name"), *in = json_get_text(parameter, "in");
    const char *about = json_get_text(parameter, "description");
    bool required = json_is_true(json_object_get(parameter, "required"));
    char member[100];
    json_t *schema;

    if (name == NULL || in == NULL)
        return true;
    if (strcmp(in, "header") == 0 &&
        (strcasecmp(name, "Accept") == 0 || strcasecmp(name, "Content-Type") == 0 ||
         strcasecmp(name, "Authorization") == 0))
        return true; /* OpenAPI: such definitions are ignored */
    if (strcmp(in, "header") == 0 && strcasecmp(name, "Idempotency-Key") == 0) {
        json_object_set_new(drafted->action, "effect", json_string("keyed"));
        json_object_set_new(drafted->action, "key_header", json_string(name));
        import__say(import, "%s carries Weft's key: check how long the system knows it (key_valid)",
                    name);
        return true;
    }
    if (strcmp(in, "cookie") == 0 || json_object_get(parameter, "content") != NULL) {
        import__say(import, "the parameter \"%s\" (%s) is not supported%s", name,
                    strcmp(in, "cookie") == 0 ? "cookie" : "with content",
                    required ? ", and required" : "");
        return !required;
    }
    member_name(name, member, sizeof member);
    schema = json_object_get(parameter, "schema");
    if (strcmp(in, "path") == 0 && import__resolve(import, schema) != NULL)
        schema = import__resolve(import, schema); /* its type must be plain to see */
    schema = import__schema(import, schema, drafted->defs, true, 0);
    if (strcmp(in, "path") == 0) {
        schema = path_schema(import, schema, name);
        path_put(&drafted->path, name, member);
        required = true;
    } else {
        if (strcmp(in, "query") == 0)
            query_say(import, parameter, schema, name);
        part_put(drafted->action, strcmp(in, "header") == 0 ? "headers" : "query", name, member);
    }
    if (about != NULL && json_object_get(schema, "description") == NULL &&
        json_object_get(schema, "$ref") == NULL)
        json_object_set_new(schema, "description", import__line(about, HELP_BYTES));
    if (json_object_get(drafted->properties, member) == NULL && required)
        require(drafted, member);
    json_object_set_new(drafted->properties, member, schema);
    return true;
}

/* Those of the path, then those of the operation, which stand over them. */
static bool import_parameters(struct import *import, struct drafted *drafted, json_t *item,
                              json_t *operation)
{
    json_t *lists[] = { json_object_get(item, "parameters"),
                        json_object_get(operation, "parameters") };
    json_t *parameter;
    size_t i;

    for (size_t list = 0; list < 2; list++)
        json_array_foreach(lists[list], i, parameter)
        {
            json_t *resolved = import__resolve(import, parameter);

            if (resolved == NULL) {
                import__say(import, "a parameter is not in this document");
                return false;
            }
            if (!import_parameter(import, drafted, resolved))
                return false;
        }
    if (strchr(buf_text(&drafted->path), '{') == NULL)
        return true;
    for (const char *at = buf_text(&drafted->path); (at = strchr(at, '{')) != NULL; at++)
        if (strncmp(at, "{input.", 7) != 0) {
            import__say(import, "a place of its address has no parameter");
            return false;
        }
    return true;
}

/* ---- Bodies */

/* The content of a type that can be sent or read; *type: its name. */
static json_t *content_of(json_t *content, const char **type)
{
    json_t *member;
    const char *name;

    json_object_foreach(content, name, member)
    {
        if (strncmp(name, "application/json", 16) == 0 || strstr(name, "+json") != NULL) {
            *type = NULL; /* JSON is usual */
            return member;
        }
    }
    *type = "application/x-www-form-urlencoded";
    member = json_object_get(content, *type);
    if (member != NULL)
        return member;
    *type = FORM_PARTS;
    return json_object_get(content, *type);
}

/* A part of a form that is a file: what nodes/form_data.h takes for one. */
static json_t *file_schema(const json_t *part)
{
    const char *about = json_get_text(part, "description");
    json_t *text = json_pack("{s:s}", "type", "string");

    return json_pack("{s:s, s:s*, s:{s:O, s:O, s:O, s:o}}", "type", "object", "description", about,
                     "properties", "text", text, "base64", text, "filename", text, "type", text);
}

/* Of a form of parts: texts that are binary are files. */
static json_t *import_form(struct import *import, struct drafted *drafted, json_t *schema)
{
    json_t *form = import__resolve(import, schema), *made, *properties, *part;
    const char *name;

    made = import__schema(import, form, drafted->defs, true, 0);
    properties = json_object_get(made, "properties");
    json_object_foreach(json_object_get(form, "properties"), name, part)
    {
        const char *format = json_get_text(import__resolve(import, part), "format");

        if (properties != NULL && format != NULL && strcmp(format, "binary") == 0)
            json_object_set_new(properties, name, file_schema(part));
    }
    return made;
}

/* A body of bytes is a file of this machine, which each node names. */
static void import_file(struct drafted *drafted, json_t *body)
{
    const char *about = json_get_text(body, "description");
    json_t *help = import__line(about != NULL ? about : "What is sent.", HELP_BYTES);

    json_object_set_new(drafted->action, "files",
                        json_pack("{s:{s:o, s:s}}", "body", "help", help, "type", BYTES));
}

static bool import_body(struct import *import, struct drafted *drafted, json_t *operation)
{
    json_t *said = json_object_get(operation, "requestBody"), *content;
    json_t *body = import__resolve(import, said), *headers, *schema;
    const char *type = NULL;

    if (said == NULL)
        return true;
    if (body == NULL) {
        import__say(import, "the reference %.120s of its body %s", json_get_text(said, "$ref"),
                    import__astray(import, said));
        return false;
    }
    content = content_of(json_object_get(body, "content"), &type);
    if (content == NULL && json_object_get(json_object_get(body, "content"), BYTES) != NULL) {
        import_file(drafted, body);
        return true;
    }
    if (content == NULL) {
        void *first = json_object_iter(json_object_get(body, "content"));

        import__say(import, "a body of %s is not supported",
                    first != NULL ? json_object_iter_key(first) : "no type");
        return false;
    }
    schema = json_object_get(content, "schema");
    schema = type != NULL && strcmp(type, FORM_PARTS) == 0
                 ? import_form(import, drafted, schema)
                 : import__schema(import, schema, drafted->defs, true, 0);
    if (json_get_text(body, "description") != NULL && json_object_get(schema, "$ref") == NULL &&
        json_object_get(schema, "description") == NULL)
        json_object_set_new(schema, "description",
                            import__line(json_get_text(body, "description"), HELP_BYTES));
    json_object_set_new(drafted->properties, "body", schema);
    if (json_is_true(json_object_get(body, "required")))
        require(drafted, "body");
    json_object_set_new(drafted->action, "body", json_string("{input.body}"));
    if (type == NULL)
        return true;
    headers = json_object_get(drafted->action, "headers");
    if (headers == NULL) {
        headers = json_object();
        json_object_set_new(drafted->action, "headers", headers);
    }
    json_object_set_new(headers, "Content-Type", json_string(type));
    return true;
}

/* ---- Answers */

static void import_answers(struct import *import, struct drafted *drafted, json_t *operation)
{
    json_t *responses = json_object_get(operation, "responses"), *response, *expect = json_array();
    json_t *output = NULL, *defs = json_object();
    const char *status, *type;

    json_object_foreach(responses, status, response)
    {
        json_t *content;

        if (status[0] != '2' || strlen(status) != 3)
            continue;
        if (strcasecmp(status, "2xx") == 0)
            json_array_append_new(expect, json_string("2xx"));
        else
            json_array_append_new(expect,
                                  json_integer((status[1] - '0') * 10 + 200 + (status[2] - '0')));
        content = content_of(json_object_get(import__resolve(import, response), "content"), &type);
        if (output == NULL && content != NULL && type == NULL)
            output = import__schema(import, json_object_get(content, "schema"), defs, false, 0);
    }
    if (json_array_size(expect) > 0)
        json_object_set(drafted->action, "expect", expect);
    json_object_set_new(
        drafted->action, "example",
        json_pack("{s:o, s:o}", "input",
                  import__example(import, drafted->input, drafted->defs, false, 0), "output",
                  output != NULL ? import__example(import, output, defs, true, 0) : json_null()));
    if (output != NULL && json_object_size(defs) > 0)
        json_object_set(output, "$defs", defs);
    if (output == NULL)
        output = json_pack("{s:s}", "description", "The document does not say what comes back.");
    json_object_set_new(drafted->action, "output_schema", output);
    json_decref(expect);
    json_decref(defs);
}

/* ---- The whole */

static void import_texts(struct drafted *drafted, json_t *operation, const char *method,
                         const char *path)
{
    const char *summary = json_get_text(operation, "summary");
    const char *about = json_get_text(operation, "description");
    const char *id = json_get_text(operation, "operationId");
    char call[300];

    snprintf(call, sizeof call, "%s %s", method, path);
    if (summary == NULL || *summary == '\0')
        summary = id != NULL ? id : call;
    if (about == NULL || *about == '\0')
        about = summary;
    json_object_set_new(drafted->action, "title", import__line(summary, TITLE_BYTES));
    json_object_set_new(drafted->action, "help", import__line(about, HELP_BYTES));
}

json_t *import__action(struct import *import, const char *method, const char *path, json_t *item,
                       json_t *operation)
{
    struct drafted drafted = { .action = json_object(),
                               .input = json_object(),
                               .properties = json_object(),
                               .required = json_array(),
                               .defs = json_object() };
    bool carried;

    check(drafted.action != NULL && drafted.defs != NULL);
    buf_init(&drafted.path, 4000);
    buf_add_text(&drafted.path, path);
    import_texts(&drafted, operation, method, path);
    json_object_set_new(drafted.action, "method", json_string(method));
    json_object_set_new(drafted.action, "path", json_null()); /* its place among the members */
    carried = import_parameters(import, &drafted, item, operation) &&
              import_body(import, &drafted, operation);
    json_object_set_new(drafted.action, "path", json_string(buf_text(&drafted.path)));
    json_object_set_new(drafted.input, "type", json_string("object"));
    json_object_set(drafted.input, "properties", drafted.properties);
    if (json_array_size(drafted.required) > 0)
        json_object_set(drafted.input, "required", drafted.required);
    if (carried)
        import_answers(import, &drafted, operation);
    if (json_object_size(drafted.defs) > 0)
        json_object_set(drafted.input, "$defs", drafted.defs);
    json_object_set(drafted.action, "input", drafted.input);
    buf_fini(&drafted.path);
    json_decref(drafted.input);
    json_decref(drafted.properties);
    json_decref(drafted.required);
    json_decref(drafted.defs);
    if (carried)
        return drafted.action;
    json_decref(drafted.action);
    return NULL;
}
