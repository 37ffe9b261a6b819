/* contract.c - the routes of the contract, and their handlers. */
#include "designer-api/contract_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"

#define CONTRACT_SEGMENTS 64 /* of a path that is asked for */

struct contract {
    json_t *packed;
    struct contract_operation *operations; /* in the order in which paths are tried */
    size_t count;
};

static const struct json_limits contract_limits = { 64 * MIB, LIMIT_JSON_DEPTH, UINT32_MAX };

/* ---- Reading what the build has made */

static void operation_split(struct contract_part *part, const char *path)
{
    const char *at = path;

    check(*path == '/');
    while (*at == '/') {
        size_t size = strcspn(++at, "/");

        check(part->piece_count < CONTRACT_PIECES && size > 0 && size < LIMIT_ID);
        memcpy(part->pieces[part->piece_count++], at, size);
        at += size;
    }
}

static void operation_rest(struct contract_part *part)
{
    json_t *param;
    size_t i;

    part->rest = -1;
    json_array_foreach(json_object_get(part->row, "params"), i, param)
    {
        char braced[LIMIT_ID + 2];

        if (!json_is_true(json_object_get(param, "rest")))
            continue;
        snprintf(braced, sizeof braced, "{%s}", json_get_text(param, "name"));
        for (size_t at = 0; at < part->piece_count; at++)
            if (strcmp(part->pieces[at], braced) == 0)
                part->rest = (int)at;
    }
}

static void operation_read(struct contract_operation *operation, const json_t *row,
                           const json_t *defs)
{
    struct contract_part *part = mem_must(sizeof *part);

    *operation = (struct contract_operation){
        .id = json_get_text(row, "id"),
        .method = json_get_text(row, "method"),
        .path = json_get_text(row, "path"),
        .permission = (int)json_get_int(row, "permission", CONTRACT_SELF),
        .local = json_is_true(json_object_get(row, "local")),
        .once = json_is_true(json_object_get(row, "once")),
        .guard = json_is_true(json_object_get(row, "guard")),
        .body_max = (size_t)json_get_int(row, "body_max", LIMIT_BODY),
        .part = part,
    };
    part->row = row;
    part->defs = defs;
    part->schemas = mem_must(sizeof *part->schemas);
    operation_split(part, operation->path);
    operation_rest(part);
}

/* Literal pieces come before parameters, so that the first path that fits is the right one. */
static int operation_order(const void *a, const void *b)
{
    const struct contract_operation *one = a, *other = b;
    const struct contract_part *left = one->part, *right = other->part;

    for (size_t i = 0; i < left->piece_count && i < right->piece_count; i++) {
        bool left_free = left->pieces[i][0] == '{', right_free = right->pieces[i][0] == '{';
        bool left_rest = left->rest == (int)i, right_rest = right->rest == (int)i;
        int order;

        if (left_free != right_free)
            return left_free ? 1 : -1;
        if (left_rest != right_rest)
            return left_rest ? 1 : -1;
        order = left_free ? 0 : strcmp(left->pieces[i], right->pieces[i]);
        if (order != 0)
            return order;
    }
    if (left->piece_count != right->piece_count)
        return left->piece_count > right->piece_count ? -1 : 1; /* a rest comes behind */
    return strcmp(one->method, other->method);
}

/* ---- Handlers */

static enum err_code contract_bind_list(struct dict *operations, const struct ask_bind *bind,
                                        struct err *e)
{
    for (; bind->operation != NULL; bind++) {
        struct contract_operation *operation = dict_find(operations, bind->operation);

        if (operation == NULL)
            return err_set(e, ERR_INTERNAL, "the contract has no operation %s", bind->operation);
        if (operation->handler != NULL)
            return err_set(e, ERR_INTERNAL, "the operation %s has two handlers", bind->operation);
        operation->handler = bind->handler;
    }
    return ERR_OK;
}

static enum err_code contract_bind(struct contract *contract, const struct ask_bind *const *binds,
                                   struct err *e)
{
    struct dict *operations = dict_new();
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < contract->count; i++)
        dict_put(operations, contract->operations[i].id, &contract->operations[i]);
    for (; *binds != NULL && code == ERR_OK; binds++)
        code = contract_bind_list(operations, *binds, e);
    for (size_t i = 0; i < contract->count && code == ERR_OK; i++)
        if (contract->operations[i].handler == NULL)
            code = err_set(e, ERR_INTERNAL, "the operation %s of the contract has no handler",
                           contract->operations[i].id);
    dict_free(operations);
    return code;
}

struct contract *contract_new(const struct ask_bind *const *binds, struct err *e)
{
    return contract__new((const char *)contract__packed, contract__packed_size, binds, e);
}

struct contract *contract__new(const char *text, size_t text_size,
                               const struct ask_bind *const *binds, struct err *e)
{
    json_t *packed = json_read(text, text_size, &contract_limits, e), *row;
    struct contract *contract;
    size_t i;

    if (packed == NULL)
        return NULL;
    contract = mem_must(sizeof *contract);
    contract->packed = packed;
    contract->count = json_array_size(json_object_get(packed, "operations"));
    contract->operations = mem_must((contract->count + 1) * sizeof *contract->operations);
    json_array_foreach(json_object_get(packed, "operations"), i, row)
    {
        operation_read(&contract->operations[i], row, json_object_get(packed, "defs"));
    }
    qsort(contract->operations, contract->count, sizeof *contract->operations, operation_order);
    if (contract_bind(contract, binds, e) == ERR_OK)
        return contract;
    contract_free(contract);
    return NULL;
}

void contract_free(struct contract *contract)
{
    if (contract == NULL)
        return;
    for (size_t i = 0; i < contract->count; i++) {
        contract__drop(contract->operations[i].part->schemas);
        mem_free((void *)(uintptr_t)contract->operations[i].part);
    }
    mem_free(contract->operations);
    json_decref(contract->packed);
    mem_free(contract);
}

const char *contract_text(const struct contract *contract, size_t *size)
{
    check(contract != NULL);
    *size = contract__document_size;
    return (const char *)contract__document;
}

const struct contract_operation *contract_next(const struct contract *contract, size_t *cursor)
{
    return *cursor < contract->count ? &contract->operations[(*cursor)++] : NULL;
}

/* ---- Finding */

struct segments {
    const char *at[CONTRACT_SEGMENTS];
    size_t size[CONTRACT_SEGMENTS];
    size_t count;
};

static bool segments_read(const char *path, struct segments *segments)
{
    segments->count = 0;
    while (*path == '/') {
        size_t size = strcspn(++path, "/");

        if (segments->count == CONTRACT_SEGMENTS)
            return false;
        segments->at[segments->count] = path;
        segments->size[segments->count++] = size;
        path += size;
    }
    return *path == '\0' && segments->count > 0;
}

static bool path_piece(const struct segments *segments, size_t from, size_t to,
                       char piece[LIMIT_PATH])
{
    const char *end = segments->at[to] + segments->size[to];
    size_t size = (size_t)(end - segments->at[from]);

    if (size == 0 || size >= LIMIT_PATH)
        return false;
    memcpy(piece, segments->at[from], size);
    piece[size] = '\0';
    return true;
}

static bool path_fits(const struct contract_part *part, const struct segments *segments,
                      char pieces[ASK_PATH_MAX][LIMIT_PATH])
{
    size_t more, found = 0, to;

    if (segments->count < part->piece_count ||
        (segments->count > part->piece_count && part->rest < 0))
        return false;
    more = segments->count - part->piece_count;
    for (size_t i = 0, at = 0; i < part->piece_count; i++, at = to + 1) {
        const char *piece = part->pieces[i];

        to = at + ((int)i == part->rest ? more : 0);
        if (piece[0] == '{') {
            if (found == ASK_PATH_MAX || !path_piece(segments, at, to, pieces[found++]))
                return false;
        } else if (strlen(piece) != segments->size[at] ||
                   strncmp(piece, segments->at[at], segments->size[at]) != 0) {
            return false;
        }
    }
    return true;
}

static bool method_is(const struct contract_operation *operation, const char *method)
{
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    return strcmp(operation->method, method) == 0;
}

static void allow_add(char allow[64], const char *method)
{
    size_t size = strlen(allow);

    snprintf(allow + size, 64 - size, "%s%s%s", size > 0 ? ", " : "", method,
             strcmp(method, "GET") == 0 ? ", HEAD" : "");
}

/* The operations of one path stand one behind the other. */
static enum err_code path_method(const struct contract *contract, size_t at, const char *method,
                                 const struct contract_operation **operation, char allow[64],
                                 struct err *e)
{
    const char *path = contract->operations[at].path;

    for (; at < contract->count && strcmp(contract->operations[at].path, path) == 0; at++) {
        if (method_is(&contract->operations[at], method))
            *operation = &contract->operations[at];
        allow_add(allow, contract->operations[at].method);
    }
    allow_add(allow, "OPTIONS");
    if (*operation != NULL)
        return ERR_OK;
    return err_set(e, ERR_METHOD, "this path takes %s", allow);
}

enum err_code contract_find(const struct contract *contract, const char *method, const char *path,
                            const struct contract_operation **operation,
                            char pieces[ASK_PATH_MAX][LIMIT_PATH], char allow[64], struct err *e)
{
    struct segments segments;

    *operation = NULL;
    allow[0] = '\0';
    if (segments_read(path, &segments))
        for (size_t i = 0; i < contract->count; i++)
            if (path_fits(contract->operations[i].part, &segments, pieces))
                return path_method(contract, i, method, operation, allow, e);
    return err_set(e, ERR_NOT_FOUND, "there is nothing at this path");
}
