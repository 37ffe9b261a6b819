/* draft_check.c - what is wrong with a draft. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft.h"
#include "designer-api/patch.h"

/* ---- Faults */

/* The node that a pointer into the definition leads into: of bodies the innermost one. */
static const char *fault_node(const json_t *flow, const char *pointer)
{
    const char *id = NULL;
    struct buf place;

    buf_init(&place, 16 * KIB);
    for (const char *at = pointer; (at = strstr(at, "/nodes/")) != NULL;) {
        size_t size = (size_t)(at - pointer) + 7;
        const char *own;

        size += strcspn(pointer + size, "/");
        buf_clear(&place);
        buf_add(&place, pointer, size);
        own = json_get_text(patch_find(flow, buf_text(&place)), "id");
        id = own != NULL ? own : id;
        at = pointer + size;
    }
    buf_fini(&place);
    return id;
}

json_t *draft_faults(const struct faults *faults, const json_t *bundle)
{
    json_t *list = faults_json(faults), *fault;
    const json_t *flow = json_object_get(bundle, "flow");
    size_t i;

    check(list != NULL);
    json_array_foreach(list, i, fault)
    {
        const char *file = json_get_text(fault, "file"),
                   *severity = json_get_text(fault, "severity");
        const char *node = strcmp(file, "flow.json") == 0
                               ? fault_node(flow, json_get_text(fault, "pointer"))
                               : NULL;

        json_object_set_new(fault, "warning", json_boolean(strcmp(severity, "warning") == 0));
        json_object_del(fault, "severity");
        if (node != NULL)
            json_object_set_new(fault, "node", json_string(node));
    }
    return list;
}

/* ---- Connections */

/* Whether the value names something of the machine: ${NAME} in a text. */
static bool reads_environment(const json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_text(value))
        return strstr(json_text(value), "${") != NULL;
    json_object_foreach((json_t *)value, key, member)
    {
        if (reads_environment(member))
            return true;
    }
    json_array_foreach(value, i, member)
    {
        if (reads_environment(member))
            return true;
    }
    return false;
}

/* {"env"}, {"file"}, {"credential"}: what is no name of the vault. */
static bool reads_machine(const json_t *secrets)
{
    const char *key;
    json_t *source;

    json_object_foreach((json_t *)secrets, key, source)
    {
        if (json_get_text(source, "vault") == NULL)
            return true;
    }
    return false;
}

enum err_code draft_connections(const json_t *bundle, const json_t *before, struct err *e)
{
    const json_t *part = json_object_get(bundle, "connections"),
                 *known = json_object_get(before, "connections");
    json_t *own = json_object_get(part, "secrets"), *connection, *same;
    const char *name;

    json_object_foreach(json_object_get(part, "connections"), name, connection)
    {
        same = json_object_get(json_object_get(known, "connections"), name);
        if ((reads_environment(connection) ||
             reads_machine(json_object_get(connection, "secrets"))) &&
            (same == NULL || !json_same(connection, same)))
            return err_set(e, ERR_POLICY,
                           "the connection %.60s reads the machine (an environment variable, a "
                           "file): only the flow's folder may say so. Name a secret of the vault, "
                           "{\"vault\": NAME}, or a connection of the workspace, {\"use\": NAME}",
                           name);
    }
    same = json_object_get(known, "secrets");
    if (reads_machine(own) && (same == NULL || !json_same(own, same)))
        return err_set(e, ERR_POLICY,
                       "secrets that read the machine are for the flow's folder to say; set them "
                       "in the vault instead");
    return ERR_OK;
}
