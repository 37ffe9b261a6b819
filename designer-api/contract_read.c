/* contract_read.c - what a request brings, held against its operation: path, query, body. */
#include "designer-api/contract_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/percent.h"

#define READ_FAULTS 50u  /* of a body that are told */
#define READ_NAME   256u /* bytes of a parameter's name */

/* ---- Schemas */

static json_t *body_schema(const struct contract_part *part, const json_t *body)
{
    json_t *defs = json_object(), *name, *whole;
    size_t i;

    json_array_foreach(json_object_get(body, "needs"), i, name)
    {
        const char *text = json_string_value(name);

        json_object_set_nocheck(defs, text, json_object_get(part->defs, text));
    }
    whole = json_pack("{s:[O], s:o}", "allOf", json_object_get(body, "schema"), "$defs", defs);
    check(whole != NULL);
    return whole;
}

void contract__compile(const struct contract_part *part)
{
    struct contract_schemas *schemas = part->schemas;
    const json_t *params = json_object_get(part->row, "params"),
                 *body = json_object_get(part->row, "body");
    json_t *param, *whole;
    size_t i;

    if (schemas->there)
        return;
    schemas->there = true;
    schemas->params = mem_must((json_array_size(params) + 1) * sizeof *schemas->params);
    json_array_foreach(params, i, param)
    {
        schemas->params[i] =
            schema_new(json_object_get(param, "schema"), SCHEMA_FORMATS, NULL, NULL);
        check(schemas->params[i] != NULL);
    }
    if (json_object_get(body, "schema") == NULL)
        return;
    whole = body_schema(part, body);
    schemas->body = schema_new(whole, SCHEMA_FORMATS, NULL, NULL);
    check(schemas->body != NULL);
    json_decref(whole);
}

void contract__drop(struct contract_schemas *schemas)
{
    schema_free(schemas->body);
    for (size_t i = 0; schemas->params != NULL && schemas->params[i] != NULL; i++)
        schema_free(schemas->params[i]);
    mem_free(schemas->params);
    mem_free(schemas);
}

/* ---- Faults */

static void fault_add(struct ask *ask, const char *kind, const char *place, const char *message)
{
    json_t *fault;

    if (ask->faults == NULL)
        ask->faults = json_array();
    if (json_array_size(ask->faults) >= READ_FAULTS)
        return;
    fault = json_object();
    json_object_set_new_nocheck(fault, kind, json_string_nocheck(place));
    json_object_set_new_nocheck(fault, "message", json_string_nocheck(message));
    json_array_append_new(ask->faults, fault);
}

static enum err_code param_fault(struct ask *ask, const char *name, const struct err *e)
{
    fault_add(ask, "parameter", name, e->text);
    return e->code;
}

/* ---- Parameters */

static const char *param_type(const json_t *schema)
{
    const json_t *type = json_object_get(schema, "type");
    const char *text = json_text(type);

    return text != NULL ? text : "string";
}

static enum err_code param_value(const json_t *schema, const char *name, const char *text,
                                 json_t **value, struct err *e)
{
    const char *type = param_type(schema);
    char *end;

    if (strcmp(type, "integer") == 0) {
        long long number = strtoll(text, &end, 10);

        *value = *end == '\0' && strlen(text) < 19 ? json_integer(number) : NULL;
        if (*value == NULL || end == text || *text == ' ' || *text == '+')
            return err_set(e, ERR_USAGE, "%.60s is a whole number, not \"%.60s\"", name, text);
    } else if (strcmp(type, "boolean") == 0) {
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return err_set(e, ERR_USAGE, "%.60s is true or false, not \"%.60s\"", name, text);
        *value = json_boolean(*text == 't');
    } else if (strcmp(type, "number") == 0) {
        *value = json_exact_new(text, strlen(text));
        if (*value == NULL)
            return err_set(e, ERR_USAGE, "%.60s is a number, not \"%.60s\"", name, text);
    } else {
        *value = json_string(text);
    }
    return *value != NULL ? ERR_OK : err_set(e, ERR_MEMORY, "out of memory");
}

/* One item of a list, or several with commas between them. */
static enum err_code param_items(const json_t *param, const char *name, char *text, json_t *list,
                                 struct err *e)
{
    const json_t *items = json_object_get(json_object_get(param, "schema"), "items");
    bool commas = json_is_false(json_object_get(param, "explode"));

    while (text != NULL) {
        char *next = commas ? strchr(text, ',') : NULL;
        json_t *value = NULL;

        if (next != NULL)
            *next++ = '\0';
        if (param_value(items, name, text, &value, e) != ERR_OK) {
            json_decref(value);
            return e->code;
        }
        json_array_append_new(list, value);
        text = next;
    }
    return ERR_OK;
}

/* Text may be changed. */
static enum err_code param_put(struct ask *ask, const json_t *param, char *text, struct err *e)
{
    const char *name = json_get_text(param, "name");
    const json_t *schema = json_object_get(param, "schema");
    json_t *value = json_object_get(ask->query, name);

    if (strcmp(param_type(schema), "array") == 0) {
        if (value == NULL) {
            value = json_array();
            json_object_set_new_nocheck(ask->query, name, value);
        }
        return param_items(param, name, text, value, e);
    }
    if (value != NULL)
        return err_set(e, ERR_USAGE, "the parameter %.60s stands twice in the query", name);
    if (param_value(schema, name, text, &value, e) != ERR_OK) {
        json_decref(value);
        return e->code;
    }
    json_object_set_new_nocheck(ask->query, name, value);
    return ERR_OK;
}

static const json_t *param_find(const struct contract_part *part, const char *in, const char *name)
{
    json_t *param;
    size_t i;

    json_array_foreach(json_object_get(part->row, "params"), i, param)
    {
        if (strcmp(json_get_text(param, "in"), in) == 0 &&
            strcmp(json_get_text(param, "name"), name) == 0)
            return param;
    }
    return NULL;
}

static enum err_code param_unknown(const struct contract_part *part, struct ask *ask,
                                   const char *name, struct err *e)
{
    struct buf known;
    json_t *param;
    size_t i;

    buf_init(&known, 300);
    json_array_foreach(json_object_get(part->row, "params"), i, param)
    {
        if (strcmp(json_get_text(param, "in"), "query") == 0)
            buf_addf(&known, "%s%s", known.len > 0 ? ", " : "", json_get_text(param, "name"));
    }
    err_set(e, ERR_UNKNOWN, "there is no parameter \"%.60s\" here; %s%s", name,
            known.len > 0 ? "there are " : "there is none at all", buf_text(&known));
    buf_fini(&known);
    return param_fault(ask, name, e);
}

static bool query_text(struct buf *out, const char *raw, size_t size)
{
    return percent_read(out, raw, size, true) && buf_ok(out) && strlen(buf_text(out)) == out->len &&
           utf8_valid(buf_text(out), out->len);
}

/* One "name=value" of the query. */
static enum err_code query_pair(const struct contract_part *part, struct ask *ask, const char *raw,
                                size_t size, struct err *e)
{
    const char *equals = memchr(raw, '=', size);
    size_t name_size = equals != NULL ? (size_t)(equals - raw) : size;
    const json_t *param;
    struct buf name, value;

    buf_init(&name, READ_NAME);
    buf_init(&value, LIMIT_HEADER_BYTES);
    e->code = ERR_OK;
    if (!query_text(&name, raw, name_size) ||
        (equals != NULL && !query_text(&value, equals + 1, size - name_size - 1)))
        err_set(e, ERR_SYNTAX, "the query \"%.*s\" is not well encoded: %%XX of UTF-8 text",
                (int)(size < 60 ? size : 60), raw);
    else if ((param = param_find(part, "query", buf_text(&name))) == NULL)
        param_unknown(part, ask, buf_text(&name), e);
    else if (value.len == 0)
        (void)param_put(ask, param, (char[1]){ "" }, e);
    else
        (void)param_put(ask, param, value.at, e);
    if (e->code != ERR_OK && ask->faults == NULL)
        param_fault(ask, buf_text(&name), e);
    buf_fini(&name);
    buf_fini(&value);
    return e->code;
}

static enum err_code query_read(const struct contract_part *part, struct ask *ask, struct err *e)
{
    const char *at = ask->request->query;

    while (*at != '\0') {
        size_t size = strcspn(at, "&");

        if (size > 0 && query_pair(part, ask, at, size, e) != ERR_OK)
            return e->code;
        at += size + (at[size] == '&' ? 1 : 0);
    }
    return ERR_OK;
}

/* What the path has for a parameter: they are in its order. */
static const char *path_value(const struct contract_part *part, const struct ask *ask,
                              const char *name)
{
    size_t found = 0;

    for (size_t i = 0; i < part->piece_count; i++) {
        const char *piece = part->pieces[i];

        if (piece[0] != '{')
            continue;
        if (strncmp(piece + 1, name, strlen(name)) == 0 && piece[1 + strlen(name)] == '}')
            return ask->path[found];
        found++;
    }
    return NULL;
}

static enum err_code path_check(const struct contract_part *part, const struct ask *ask,
                                const char *name, const struct schema *schema, struct err *e)
{
    const struct schema_ask how = { .name = name };
    const char *text = path_value(part, ask, name);
    json_t *value;
    enum err_code code;

    check(text != NULL);
    value = json_string(text);
    code = schema_verify(schema, value, &how, NULL);
    json_decref(value);
    if (code == ERR_OK)
        return ERR_OK;
    return err_set(e, ERR_NOT_FOUND, "\"%.60s\" cannot be the %.60s of anything", text, name);
}

static enum err_code params_check(const struct contract_part *part, struct ask *ask, struct err *e)
{
    json_t *param, *value, *usual;
    size_t i;

    json_array_foreach(json_object_get(part->row, "params"), i, param)
    {
        const char *name = json_get_text(param, "name"), *in = json_get_text(param, "in");
        const struct schema_ask how = { .name = name };

        if (*in == 'p' && path_check(part, ask, name, part->schemas->params[i], e) != ERR_OK)
            return e->code;
        if (*in == 'h' && json_is_true(json_object_get(param, "required")) &&
            http_request_header(ask->request, name) == NULL) {
            err_set(e, ERR_USAGE, "the header %.60s is missing", name);
            return param_fault(ask, name, e);
        }
        if (*in != 'q')
            continue;
        value = json_object_get(ask->query, name);
        usual = json_object_get(json_object_get(param, "schema"), "default");
        if (value == NULL && usual != NULL) {
            json_object_set_nocheck(ask->query, name, usual);
        } else if (value == NULL && json_is_true(json_object_get(param, "required"))) {
            err_set(e, ERR_USAGE, "the parameter %.60s is missing", name);
            return param_fault(ask, name, e);
        } else if (value != NULL &&
                   schema_verify(part->schemas->params[i], value, &how, e) != ERR_OK) {
            e->code = e->code == ERR_INVALID ? ERR_USAGE : e->code;
            if (json_is_array(value))
                err_prefix(e, "%.60s", name);
            return param_fault(ask, name, e);
        }
    }
    return ERR_OK;
}

/* ---- The body */

static bool media_is(const char *given, const char *type)
{
    size_t size = strcspn(given, "; \t");

    return strcmp(type, "*/*") == 0 ||
           (strlen(type) == size && strncasecmp(given, type, size) == 0);
}

/* *json: whether it is read as JSON */
static enum err_code body_media(const json_t *types, const char *given, bool *json, struct err *e)
{
    struct buf known;
    json_t *type;
    size_t i;

    buf_init(&known, 300);
    json_array_foreach(types, i, type)
    {
        const char *text = json_string_value(type);

        if (given != NULL && media_is(given, text)) {
            *json = strstr(text, "json") != NULL;
            buf_fini(&known);
            return ERR_OK;
        }
        buf_addf(&known, "%s%s", i > 0 ? ", " : "", text);
    }
    if (given == NULL)
        err_set(e, ERR_MEDIA, "the header Content-Type is missing: %s", buf_text(&known));
    else
        err_set(e, ERR_MEDIA, "the body's Content-Type must be %s, not \"%.80s\"", buf_text(&known),
                given);
    buf_fini(&known);
    return e->code;
}

/* At the local socket a body may say who stands there. */
static enum err_code body_by(struct ask *ask, struct err *e)
{
    json_t *by = ask->who->kind == WHO_LOCAL ? json_object_get(ask->body, "by") : NULL;

    if (by == NULL)
        return ERR_OK;
    if (!json_is_text(by) || json_string_length(by) == 0 || json_string_length(by) >= WHO_NAME) {
        err_set(e, ERR_USAGE, "\"by\" is a name of 1 to %d bytes", WHO_NAME - 1);
        fault_add(ask, "pointer", "/by", e->text);
        return e->code;
    }
    snprintf(ask->by, sizeof ask->by, "%s", json_string_value(by));
    json_object_del(ask->body, "by");
    return ERR_OK;
}

struct body_tell {
    struct ask *ask;
    bool unknown;
};

static void body_fault(void *arg, const struct schema_fault *fault)
{
    struct body_tell *tell = arg;
    bool unknown = strcmp(fault->keyword, "additionalProperties") == 0 ||
                   strcmp(fault->keyword, "unevaluatedProperties") == 0;

    tell->unknown = tell->unknown || (unknown && tell->ask->faults == NULL);
    fault_add(tell->ask, "pointer", fault->pointer, fault->text);
}

static enum err_code body_verify(const struct contract_part *part, struct ask *ask, struct err *e)
{
    struct body_tell tell = { .ask = ask };
    const struct schema_ask how = { .name = "body", .fault = body_fault, .arg = &tell };

    if (schema_verify(part->schemas->body, ask->body, &how, e) == ERR_OK)
        return ERR_OK;
    if (e->code == ERR_INVALID && tell.unknown)
        e->code = ERR_UNKNOWN;
    return e->code;
}

static enum err_code body_read(const struct contract_operation *operation, struct ask *ask,
                               struct err *e)
{
    const struct json_limits limits = { operation->body_max, LIMIT_JSON_DEPTH, LIMIT_JSON_VALUES };
    const json_t *body = json_object_get(operation->part->row, "body");
    const struct http_request *request = ask->request;
    bool json = false;

    if (body == NULL)
        return request->body_size == 0
                   ? ERR_OK
                   : err_set(e, ERR_USAGE, "this operation takes no body: send none");
    if (request->body_size == 0)
        return json_is_true(json_object_get(body, "required"))
                   ? err_set(e, ERR_USAGE, "the body is missing")
                   : ERR_OK;
    if (body_media(json_object_get(body, "types"), http_request_header(request, "Content-Type"),
                   &json, e) != ERR_OK)
        return e->code;
    if (!json) {
        ask->text = request->body;
        ask->text_size = request->body_size;
        return ERR_OK;
    }
    ask->body = json_read(request->body, request->body_size, &limits, e);
    if (ask->body == NULL)
        return err_prefix(e, "the body");
    if (body_by(ask, e) != ERR_OK || operation->part->schemas->body == NULL)
        return e->code;
    return body_verify(operation->part, ask, e);
}

enum err_code contract_read(const struct contract_operation *operation, struct ask *ask,
                            struct err *e)
{
    check(operation != NULL && ask->query == NULL && ask->body == NULL);
    contract__compile(operation->part);
    ask->query = json_object();
    e->code = ERR_OK;
    if (query_read(operation->part, ask, e) != ERR_OK ||
        params_check(operation->part, ask, e) != ERR_OK)
        return e->code;
    return body_read(operation, ask, e);
}
