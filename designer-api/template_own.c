/* template_own.c - see template_own.h. */
#include "designer-api/template_own.h"

#include <string.h>

#include "base/json.h"

/* A member whose text reads the machine goes: what it was must be said. */
static void machine_take_out(json_t *value)
{
    const char *key;
    json_t *member;
    void *next;

    json_object_foreach_safe(value, next, key, member)
    {
        if (json_is_text(member) && strstr(json_text(member), "${") != NULL)
            json_object_del(value, key);
        else
            machine_take_out(member);
    }
}

/* {"vault": "FLOW.CONNECTION.SECRET"} for every secret of the connection. */
static void secrets_rename(json_t *connection, const char *flow, const char *name)
{
    json_t *secrets = json_object_get(connection, "secrets"), *source;
    const char *secret;

    json_object_foreach(secrets, secret, source)
    {
        json_object_set_new(
            secrets, secret,
            json_pack("{s:o}", "vault", json_sprintf("%s.%s.%s", flow, name, secret)));
    }
}

void template_own(json_t *bundle, const char *flow)
{
    json_t *part = json_object_get(bundle, "connections"), *one;
    const char *name;

    json_object_del(part, "secrets");
    json_object_foreach(json_object_get(part, "connections"), name, one)
    {
        machine_take_out(one);
        secrets_rename(one, flow, name);
    }
}
