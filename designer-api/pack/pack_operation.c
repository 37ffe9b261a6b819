/* pack_operation.c - the operations of the document, checked, as the program reads them. */
#include "designer-api/pack/pack.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "designer-api/contract.h"
#include "designer-api/who.h"

struct operation {
    struct pack *pack;
    const json_t *path_item, *json;
    const char *path, *method, *place;
};

static const char *const permission_names[] = {
#define X(code, name) name,
    PERMISSION_TABLE(X)
#undef X
};

/* ---- References */

/* The next piece of a JSON pointer, decoded; where it ends, or NULL. */
static const char *pointer_piece(const char *at, struct buf *piece)
{
    for (; *at != '\0' && *at != '/'; at++) {
        if (at[0] == '~' && (at[1] == '0' || at[1] == '1')) {
            buf_add_char(piece, at[1] == '0' ? '~' : '/');
            at++;
        } else {
            buf_add_char(piece, *at);
        }
    }
    return at;
}

const json_t *pack_follow(const struct pack *pack, const json_t *value)
{
    const char *ref;
    unsigned steps = 0;

    while ((ref = json_get_text(value, "$ref")) != NULL) {
        if (strncmp(ref, "#/", 2) != 0 || ++steps > 20)
            return NULL;
        value = pack->document;
        for (const char *at = ref + 1; *at == '/' && value != NULL;) {
            struct buf piece;

            buf_init(&piece, 4 * KIB);
            at = pointer_piece(at + 1, &piece);
            value = json_object_get(value, buf_text(&piece));
            buf_fini(&piece);
        }
    }
    return value;
}

/* ---- Parameters */

static bool path_has(const char *path, const char *name)
{
    char braced[LIMIT_NAME];

    snprintf(braced, sizeof braced, "{%s}", name);
    return strstr(path, braced) != NULL;
}

static void param_check(struct operation *op, const json_t *param, const json_t *schema)
{
    const char *in = json_get_text(param, "in"), *name = json_get_text(param, "name");
    json_t *whole;

    if (in == NULL || name == NULL || schema == NULL) {
        pack_fault(op->pack, op->place, "a parameter needs \"name\", \"in\" and \"schema\"");
        return;
    }
    if (strcmp(in, "query") != 0 && strcmp(in, "path") != 0 && strcmp(in, "header") != 0)
        pack_fault(op->pack, op->place,
                   "the parameter %s is in \"%s\": query, path or header are"
                   " served",
                   name, in);
    if (strcmp(in, "path") == 0 && !path_has(op->path, name))
        pack_fault(op->pack, op->place, "the parameter %s is not in the path", name);
    whole = json_pack("{s:{s:O*, s:O*, s:O*}}", "x", "schema", json_object_get(param, "schema"),
                      "example", json_object_get(param, "example"), "examples",
                      json_object_get(param, "examples"));
    pack_check_media(op->pack, op->place, json_object_get(whole, "x"));
    json_decref(whole);
}

/* {"name", "in", "required"?, "explode"?, "rest"?, "schema"}; schemas of parameters stand by
 * themselves, without references. */
static json_t *param_pack(struct operation *op, const json_t *param)
{
    const json_t *schema = pack_follow(op->pack, json_object_get(param, "schema"));
    const char *in = json_get_text(param, "in"), *name = json_get_text(param, "name");
    json_t *packed;

    param_check(op, param, schema);
    if (in == NULL || name == NULL || schema == NULL)
        return json_null();
    packed = json_pack("{s:s, s:s, s:o}", "name", name, "in", in, "schema", pack_schema(schema));
    if (json_is_true(json_object_get(param, "required")))
        json_object_set_new(packed, "required", json_true());
    if (json_is_false(json_object_get(param, "explode")))
        json_object_set_new(packed, "explode", json_false());
    if (json_is_true(json_object_get(param, "x-rest")))
        json_object_set_new(packed, "rest", json_true());
    return packed;
}

static void params_add(struct operation *op, const json_t *params, json_t *packed)
{
    json_t *param;
    size_t i;

    json_array_foreach(params, i, param)
    {
        json_array_append_new(packed, param_pack(op, pack_follow(op->pack, param)));
    }
}

static void params_check_path(struct operation *op, const json_t *packed)
{
    for (const char *at = strchr(op->path, '{'); at != NULL; at = strchr(at + 1, '{')) {
        size_t size = strcspn(at + 1, "}"), i;
        bool found = false;
        json_t *param;

        json_array_foreach(packed, i, param)
        {
            const char *name = json_get_text(param, "name");

            found = found ||
                    (name != NULL && strlen(name) == size && strncmp(name, at + 1, size) == 0 &&
                     strcmp(json_get_text(param, "in"), "path") == 0);
        }
        if (!found)
            pack_fault(op->pack, op->place, "{%.*s} of the path is no parameter", (int)size,
                       at + 1);
    }
}

/* ---- Body */

/* What the caller may not send must be said: an unknown member is refused by its name. */
static bool body_is_closed(struct pack *pack, const json_t *schema)
{
    const json_t *own = pack_follow(pack, schema);

    if (own == NULL || !json_is_object(own) || json_object_get(own, "properties") == NULL)
        return true;
    return json_object_get(own, "additionalProperties") != NULL ||
           json_object_get(own, "unevaluatedProperties") != NULL;
}

static json_t *body_pack(struct operation *op)
{
    const json_t *body = pack_follow(op->pack, json_object_get(op->json, "requestBody"));
    json_t *content = json_object_get(body, "content"), *media, *types = json_array(),
           *schema = NULL, *packed;
    const char *type;

    json_object_foreach(content, type, media)
    {
        json_array_append_new(types, json_string(type));
        pack_check_media(op->pack, op->place, media);
        if (!body_is_closed(op->pack, json_object_get(media, "schema")))
            pack_fault(op->pack, op->place,
                       "the body's schema needs \"additionalProperties\": false (or a schema)");
        if (json_object_get(media, "example") == NULL && json_object_get(media, "examples") == NULL)
            pack_fault(op->pack, op->place, "the body needs an example");
        if (schema == NULL && strstr(type, "json") != NULL)
            schema = pack_schema(json_object_get(media, "schema"));
    }
    if (json_array_size(types) == 0) {
        pack_fault(op->pack, op->place, "the body has no content");
        json_decref(types);
        return NULL;
    }
    packed =
        json_pack("{s:b, s:o, s:o*}", "required", json_is_true(json_object_get(body, "required")),
                  "types", types, "schema", schema);
    if (schema != NULL)
        json_object_set_new(packed, "needs", pack_needs(op->pack, schema));
    return packed;
}

/* ---- Answers */

static void answer_check(struct pack *pack, const char *place, const json_t *response)
{
    const char *type;
    json_t *media;

    json_object_foreach(json_object_get(response, "content"), type, media)
    {
        pack_check_media(pack, place, media);
        if (strstr(type, "json") != NULL && json_object_get(media, "schema") == NULL)
            pack_fault(pack, place, "an answer has no schema");
        if (json_object_get(media, "example") == NULL && json_object_get(media, "examples") == NULL)
            pack_fault(pack, place, "an answer of type %s has no example", type);
    }
}

static void answers_check(struct operation *op)
{
    json_t *responses = json_object_get(op->json, "responses"), *response;
    bool good = false, bad = false;
    const char *status;

    json_object_foreach(responses, status, response)
    {
        good = good || *status == '2' || *status == '3';
        bad = bad || *status == '4' || strcmp(status, "default") == 0;
        answer_check(op->pack, op->place, response); /* a reference is looked at for itself */
    }
    if (!good || !bad)
        pack_fault(op->pack, op->place, "it needs an answer for success and one for refusals");
}

/* ---- One operation */

static int operation_permission(struct operation *op)
{
    const char *name = json_get_text(op->json, "x-permission");

    if (name != NULL && strcmp(name, "open") == 0)
        return CONTRACT_OPEN;
    if (name != NULL && strcmp(name, "self") == 0)
        return CONTRACT_SELF;
    for (int i = 0; name != NULL && i < PERMISSION_COUNT; i++)
        if (strcmp(permission_names[i], name) == 0)
            return i;
    pack_fault(op->pack, op->place, "x-permission must be open, self or a permission, not %s",
               name != NULL ? name : "missing");
    return CONTRACT_SELF;
}

static void operation_check(struct operation *op, const json_t *all)
{
    const char *id = json_get_text(op->json, "operationId");
    json_t *other;
    size_t i;

    if (id == NULL)
        pack_fault(op->pack, op->place, "it has no operationId");
    json_array_foreach(all, i, other)
    {
        if (id != NULL && strcmp(json_get_text(other, "id"), id) == 0)
            pack_fault(op->pack, op->place, "the operationId %s is there already", id);
    }
    if (json_get_text(op->json, "summary") == NULL)
        pack_fault(op->pack, op->place, "it has no summary");
    if (json_array_size(json_object_get(op->json, "tags")) == 0)
        pack_fault(op->pack, op->place, "it has no tag");
    answers_check(op);
}

static json_t *operation_pack(struct operation *op, const json_t *all)
{
    const char *id = json_get_text(op->json, "operationId");
    json_t *params = json_array(), *packed, *most = json_object_get(op->json, "x-body-max");

    operation_check(op, all);
    params_add(op, json_object_get(op->path_item, "parameters"), params);
    params_add(op, json_object_get(op->json, "parameters"), params);
    params_check_path(op, params);
    packed =
        json_pack("{s:s, s:s, s:s, s:i, s:o}", "id", id != NULL ? id : "", "method", op->method,
                  "path", op->path, "permission", operation_permission(op), "params", params);
    check(packed != NULL);
    if (json_is_true(json_object_get(op->json, "x-local")))
        json_object_set_new(packed, "local", json_true());
    if (json_is_true(json_object_get(op->json, "x-once")))
        json_object_set_new(packed, "once", json_true());
    if (json_is_true(json_object_get(op->json, "x-guard")))
        json_object_set_new(packed, "guard", json_true());
    if (json_is_integer(most))
        json_object_set_new(packed, "body_max", json_incref(most));
    if (json_object_get(op->json, "requestBody") != NULL)
        json_object_set_new(packed, "body", body_pack(op));
    return packed;
}

static void path_pack(struct pack *pack, const char *path, const json_t *item, json_t *all)
{
    static const char *const methods[][2] = {
        { "get", "GET" },     { "post", "POST" },     { "put", "PUT" },
        { "patch", "PATCH" }, { "delete", "DELETE" },
    };

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        char place[2 * LIMIT_NAME];
        struct operation op = { .pack = pack,
                                .path_item = item,
                                .json = json_object_get(item, methods[i][0]),
                                .path = path,
                                .method = methods[i][1],
                                .place = place };

        snprintf(place, sizeof place, "%s %s", op.method, path);
        if (op.json != NULL)
            json_array_append_new(all, operation_pack(&op, all));
    }
}

json_t *pack_operations(struct pack *pack)
{
    json_t *all = json_array(), *item;
    const char *path, *name;

    json_object_foreach(json_object_get(pack->document, "paths"), path, item)
    {
        path_pack(pack, path, item, all);
    }
    json_object_foreach(json_object_get(json_object_get(pack->document, "components"), "responses"),
                        name, item)
    {
        answer_check(pack, name, item);
    }
    return all;
}
