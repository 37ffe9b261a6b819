/* agreed.c - see agreed.h. */
#include "designer-api/agreed.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"

void agreed_key(const char *name, const json_t *connection, char key[AGREED_KEY])
{
    const char *connector = json_get_text(connection, "connector"),
               *words = json_get_text(connection, "description");

    snprintf(key, AGREED_KEY, "%.100s\n%.450s", connector != NULL ? connector : "",
             words != NULL ? words : name);
}

static json_t *connections_of(const json_t *bundle)
{
    return json_object_get(json_object_get(bundle, "connections"), "connections");
}

static bool agreed_draft(void *arg, const struct object *draft)
{
    json_t *agreed = arg, *one, *known;
    const char *name;

    json_object_foreach(connections_of(json_object_get(draft->body, "bundle")), name, one)
    {
        json_t *use = json_object_get(one, "use");
        char key[AGREED_KEY];

        if (!json_is_text(use))
            continue;
        agreed_key(name, one, key);
        known = json_object_get(agreed, key);
        if (known == NULL)
            json_object_set_nocheck(agreed, key, use); /* it may be cut within a letter */
        else if (!json_same(known, use))
            json_object_set_new_nocheck(agreed, key, json_null());
    }
    return true;
}

json_t *agreed_read(struct ask *ask)
{
    json_t *agreed = json_object();
    struct err e;

    check(agreed != NULL);
    if (object_list(ask_objects(ask), DRAFT_KIND, ask->who->workspace, NULL, NULL, 0, agreed_draft,
                    agreed, &e) != ERR_OK)
        json_object_clear(agreed); /* then each is chosen */
    return agreed;
}

void agreed_take(const json_t *agreed, json_t *bundle)
{
    json_t *connections = connections_of(bundle), *one, *use, *own;
    const char *name;
    void *next;

    json_object_foreach_safe(connections, next, name, one)
    {
        char key[AGREED_KEY];

        agreed_key(name, one, key);
        use = json_object_get(agreed, key);
        if (!json_is_text(use) || json_object_get(one, "use") != NULL)
            continue;
        own = json_pack("{s:O*, s:O*, s:O}", "connector", json_object_get(one, "connector"),
                        "description", json_object_get(one, "description"), "use", use);
        check(own != NULL);
        json_object_set_new(connections, name, own);
    }
}
