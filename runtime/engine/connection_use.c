/* connection_use.c - connections of the workspace, which flows name by {"use": NAME}.
 *
 * They are objects of the API (designer-api/object.h): FACT_OBJECT "connection/WORKSPACE/NAME" ->
 * {"v": {"connector", "environments": {ENVIRONMENT: {...}}}}, each environment with the members of
 * a connection in connections.json. What production has is never taken for another environment. */
#include "engine/connection.h"

#include <string.h>

#include "engine/flows.h"

struct use {
    json_t *row; /* NULL: there is none */
    struct err e;
};

static bool use_fact(void *arg, const struct store_fact *fact)
{
    struct use *use = arg;

    use->row = json_read(fact->value, strlen(fact->value), &json_limits_reply, &use->e);
    return false;
}

static json_t *use_shape(const json_t *body, const char *environment, const char *name,
                         struct err *e)
{
    json_t *own = json_object_get(json_object_get(body, "environments"), environment), *shape;

    if (!json_is_object(own)) {
        err_set(e, ERR_NOT_FOUND, "the connection \"%.60s\" of the workspace has nothing for %.60s",
                name, environment);
        return NULL;
    }
    shape = json_copied_deep(own);
    check(shape != NULL);
    json_object_set(shape, "connector", json_object_get(body, "connector"));
    return shape;
}

json_t *connection_use(struct engine *engine, const char *workspace, const char *environment,
                       const char *name, struct err *e)
{
    char key[STORE_FACT_KEY + 1];
    struct store_facts_filter filter = { .kind = FACT_OBJECT, .key = key };
    struct use use = { .row = NULL };
    json_t *shape = NULL;

    snprintf(key, sizeof key, "connection/%.200s/%.200s", workspace, name);
    if (store_facts(engine->world.store, &filter, use_fact, &use, e) != ERR_OK)
        return NULL;
    if (use.row == NULL)
        err_set(e, ERR_NOT_FOUND, "the workspace has no connection \"%.60s\"", name);
    else
        shape = use_shape(json_object_get(use.row, "v"), environment, name, e);
    json_decref(use.row);
    return shape;
}

/* ---- Who uses it */

/* Its name in the flow; NULL: the flow does not use it. */
static const char *use_name(const struct deployment *d, const char *name)
{
    const json_t *part = json_object_get(d->version->flow->bundle, "connections");
    const char *own;
    json_t *one;

    json_object_foreach(json_object_get(part, "connections"), own, one)
    {
        const char *use = json_get_text(one, "use");

        if (use != NULL && strcmp(use, name) == 0)
            return own;
    }
    return NULL;
}

static struct deployment *use_next(struct engine *engine, const char *workspace, const char *name,
                                   size_t *cursor)
{
    struct deployment *d;

    while ((d = dict_next(engine->deployments, cursor, NULL)) != NULL)
        if (d->version != NULL && strcmp(d->workspace, workspace) == 0 && use_name(d, name) != NULL)
            break;
    return d;
}

json_t *engine_connection_uses(struct engine *engine, const char *workspace, const char *name)
{
    json_t *list = json_array();
    struct deployment *d;
    size_t cursor = 0;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    while ((d = use_next(engine, workspace, name, &cursor)) != NULL)
        json_array_append_new(
            list, json_sprintf("%s/%s: %s", d->environment, d->slug, use_name(d, name)));
    return list;
}

void engine_connection_changed(struct engine *engine, const char *workspace, const char *name,
                               json_t *refused)
{
    struct deployment *d;
    size_t cursor = 0;

    CHECK_OBJ(engine, ENGINE_MAGIC);
    while ((d = use_next(engine, workspace, name, &cursor)) != NULL) {
        struct dict *connections;
        struct faults faults;
        struct err e;

        faults_init(&faults);
        connections =
            connections_read(engine, d, d->version->flow->bundle, "connections.json", &faults, &e);
        if (connections != NULL) {
            connections_free(d->connections);
            d->connections = connections;
        } else {
            json_array_append_new(refused,
                                  json_sprintf("%s/%s: %s", d->environment, d->slug,
                                               faults.count > 0 ? faults.list[0].text : e.text));
        }
        faults_fini(&faults);
    }
}
