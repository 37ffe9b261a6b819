/* secret_people.c - what people do with secrets, and what refers to them. */
#include <string.h>

#include "engine/audit.h"
#include "engine/connection.h"
#include "engine/engine_priv.h"
#include "engine/secret.h"

/* ---- What refers to a secret */

typedef void secret_ref_fn(void *arg, const struct flow_node *node, const char *pointer,
                           const char *name);

struct secret_walk {
    secret_ref_fn *visit;
    void *arg;
    const struct flow_node *node;
};

static void secret_rows(const struct secret_walk *walk, const struct field *rows, const void *from,
                        const char *pointer)
{
    char place[512];

    for (; rows != NULL && rows->kind != FIELD_END; rows++) {
        const char *at = (const char *)from + rows->offset;

        snprintf(place, sizeof place, "%.400s/%s", pointer, rows->name);
        if (rows->kind == FIELD_SECRET) {
            const char *name = *(const char *const *)(const void *)at;

            if (name != NULL)
                walk->visit(walk->arg, walk->node, place, name);
        } else if (rows->kind == FIELD_OBJECT) {
            const void *inner = *(const void *const *)(const void *)at;

            if (inner != NULL)
                secret_rows(walk, rows->rows, inner, place);
        } else if (rows->kind == FIELD_LIST) {
            const struct field_list *list = (const void *)at;

            for (size_t i = 0; i < list->count; i++) {
                snprintf(place, sizeof place, "%.400s/%s/%zu", pointer, rows->name, i);
                secret_rows(walk, rows->rows, (const char *)list->items + i * rows->size, place);
            }
        }
    }
}

static void secret_nodes(const struct flow *flow, secret_ref_fn *visit, void *arg)
{
    for (unsigned i = 0; i < flow->node_count; i++) {
        const struct flow_node *node = &flow->nodes[i];
        const struct secret_walk walk = { visit, arg, node };
        char pointer[300];

        if (node->disabled || node->config == NULL)
            continue;
        snprintf(pointer, sizeof pointer, "%.200s/config", node->pointer);
        secret_rows(&walk, node->type->fields, node->config, pointer);
    }
}

struct secret_check {
    const struct engine *engine;
    const struct deployment *deployment;
    const char *file;
    struct faults *faults;
    bool whole;
};

static void secret_check_one(void *arg, const struct flow_node *node, const char *pointer,
                             const char *name)
{
    struct secret_check *check = arg;

    if (secret_has(check->engine, check->deployment->workspace, name))
        return;
    check->whole = false;
    faults_add_outer(check->faults, FAULT_NO_SECRET, check->file, pointer,
                     "node %s: the vault has no secret \"%s\": weft vault set %s, or name it in "
                     "connections.json",
                     node->id, name, name);
}

bool secret_faults(const struct engine *engine, const struct deployment *deployment,
                   const struct flow *flow, const char *file, struct faults *faults)
{
    struct secret_check check = { engine, deployment, file, faults, true };

    secret_nodes(flow, secret_check_one, &check);
    return check.whole;
}

struct secret_uses {
    const char *name;
    const struct deployment *deployment;
    json_t *list;
};

static void secret_use(void *arg, const struct flow_node *node, const char *pointer,
                       const char *name)
{
    struct secret_uses *uses = arg;
    const struct deployment *d = uses->deployment;
    char text[4 * LIMIT_ID + 64];

    (void)pointer;
    if (strcmp(name, uses->name) != 0)
        return;
    snprintf(text, sizeof text, "%s/%s: node %s", d->environment, d->slug, node->id);
    json_array_append_new(uses->list, json_string(text));
}

static json_t *secret_used(struct engine *engine, const char *workspace, const char *name)
{
    struct secret_uses uses = { name, NULL, json_array() };
    struct deployment *d;
    size_t cursor = 0;

    while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL) {
        struct connection *c;
        size_t at = 0;

        if (d->version == NULL || strcmp(d->workspace, workspace) != 0)
            continue;
        uses.deployment = d;
        secret_nodes(d->version->flow, secret_use, &uses);
        while (d->connections != NULL && (c = dict_next(d->connections, &at, NULL)) != NULL) {
            char text[4 * LIMIT_ID + 64];

            if (c->secret == NULL || strcmp(c->secret, name) != 0)
                continue;
            snprintf(text, sizeof text, "%s/%s: connection %s", d->environment, d->slug, c->name);
            json_array_append_new(uses.list, json_string(text));
        }
    }
    return uses.list;
}

/* ---- Listing */

static json_t *secret_origin_list(const char *origins)
{
    json_t *list = json_array();

    for (const char *at = origins; *at != '\0' && strcmp(origins, SECRET_NOWHERE) != 0;
         at += *at == ' ') {
        size_t size = strcspn(at, " ");

        json_array_append_new(list, json_stringn(at, size));
        at += size;
    }
    return list;
}

static json_t *secret_told(struct engine *engine, const char *workspace, const char *full,
                           const char *sealed)
{
    const char *name = full + strlen(workspace) + 1;
    json_t *told = json_pack("{s:s}", "name", name);
    struct vault_secret secret;
    char at[CLOCK_TEXT];
    struct err e;

    check(told != NULL);
    if (vault_open_secret(engine->world.vault, full, sealed, &secret, &e) != ERR_OK) {
        json_object_set_new(told, "fault", json_string(e.text));
    } else {
        clock_text(secret.set_ms, at);
        json_object_set_new(told, "set_at", secret.set_ms != 0 ? json_string(at) : json_null());
        json_object_set_new(told, "origins",
                            *secret.origins != '\0' ? secret_origin_list(secret.origins)
                                                    : json_null());
        vault_secret_fini(&secret);
    }
    json_object_set_new(told, "used_by", secret_used(engine, workspace, name));
    return told;
}

static int secret_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *engine_secrets(struct engine *engine, const char *workspace, struct err *e)
{
    json_t *list = json_array();
    const char *full, **names = NULL;
    size_t cursor = 0, count = 0, room = 0, size = strlen(workspace);

    CHECK_OBJ(engine, ENGINE_MAGIC);
    e->code = ERR_OK;
    while (dict_next(engine->secrets, &cursor, &full) != NULL) {
        if (strncmp(full, workspace, size) != 0 || full[size] != '/')
            continue;
        if (count == room) {
            room = 2 * room + 16;
            names = mem_must_resize(names, room * sizeof *names);
        }
        names[count++] = full;
    }
    if (count > 0)
        qsort(names, count, sizeof *names, secret_order);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list, secret_told(engine, workspace, names[i], dict_find(engine->secrets, names[i])));
    mem_free(names);
    return list;
}

/* ---- Setting and removing */

bool engine_secret_name(const char *name)
{
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    return size > 0 && size <= LIMIT_ID && name[size] == '\0';
}

static enum err_code secret_origin_text(const json_t *origins, struct buf *text, struct err *e)
{
    char origin[SECRET_ORIGIN];
    json_t *one;
    size_t i;

    json_array_foreach((json_t *)origins, i, one)
    {
        if (!json_is_text(one) || !secret_origin(json_text(one), origin))
            return err_set(e, ERR_INVALID,
                           "an origin is like https://api.example.com, not \"%.100s\"",
                           json_is_text(one) ? json_text(one) : json_kind(one));
        buf_addf(text, "%s%s", i > 0 ? " " : "", origin);
    }
    if (text->len == 0 && !text->failed)
        buf_add_text(text, SECRET_NOWHERE);
    return buf_check(text, "the list of origins", e);
}

/* What waits for another credential goes on. */
static void secret_mended(struct engine *engine, const char *workspace, const char *name)
{
    struct deployment *d;
    size_t cursor = 0;

    while ((d = dict_next(engine->deployments, &cursor, NULL)) != NULL) {
        struct connection *c;
        size_t at = 0;

        while (d->connections != NULL && strcmp(d->workspace, workspace) == 0 &&
               (c = dict_next(d->connections, &at, NULL)) != NULL)
            if (connection_signs_with(c, name))
                connection_govern(c);
    }
}

enum err_code engine_secret_set(struct engine *engine, const char *workspace, const char *name,
                                const char *value, size_t size, const json_t *origins,
                                const char *by, struct err *e)
{
    struct buf text;
    json_t *detail;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (!engine_secret_name(name))
        return err_set(
            e, ERR_INVALID,
            "the name of a secret is letters, digits, \"_\", \".\" and \"-\", at most %u",
            LIMIT_ID);
    if (size == 0)
        return err_set(e, ERR_INVALID, "an empty secret protects nothing");
    buf_init(&text, SECRET_ORIGINS);
    if (secret_origin_text(origins, &text, e) == ERR_OK &&
        secret_put(engine, workspace, name, value, size, buf_text(&text), e) == ERR_OK) {
        detail = json_pack("{s:s, s:s}", "workspace", workspace, "origins", buf_text(&text));
        check(detail != NULL);
        engine_audit(engine, workspace, by, "vault.set", name, detail);
        json_decref(detail);
        secret_mended(engine, workspace, name);
    }
    buf_fini(&text);
    return e->code;
}

enum err_code engine_secret_remove(struct engine *engine, const char *workspace, const char *name,
                                   const char *by, struct err *e)
{
    json_t *uses, *use;
    struct buf list;
    size_t i;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    if (!engine_secret_name(name) || !secret_has(engine, workspace, name))
        return err_set(e, ERR_NOT_FOUND, "workspace %.64s has no secret \"%.100s\"", workspace,
                       name);
    uses = secret_used(engine, workspace, name);
    buf_init(&list, 4 * KIB);
    json_array_foreach(uses, i, use)
    {
        buf_addf(&list, "%s%s", i > 0 ? ", " : "", json_string_value(use));
    }
    e->code = ERR_OK;
    if (json_array_size(uses) > 0)
        err_set(e, ERR_CONFLICT, "secret \"%.100s\" is used by %.240s", name, buf_text(&list));
    buf_fini(&list);
    json_decref(uses);
    if (e->code == ERR_OK)
        e->code = secret_remove(engine, workspace, name, e);
    if (e->code == ERR_OK)
        engine_audit(engine, workspace, by, "vault.remove", name, NULL);
    return e->code;
}
