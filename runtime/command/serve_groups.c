/* serve_groups.c - see serve_groups.h. */
#include "command/serve_groups.h"

#include <stdio.h>

#include "base/json.h"
#include "designer-api/group.h"
#include "engine/flows.h"

struct groups_look {
    struct serve_groups *own;
    struct objects *objects;
    struct log *log;
    const char *flow;
};

static void groups_one(void *arg, const char *pointer, const char *name)
{
    struct groups_look *look = arg;
    char key[LIMIT_NAME * 2];

    snprintf(key, sizeof key, "%.100s: %.100s", look->flow, name);
    if (group_is(look->objects, "main", name) || json_object_get(look->own->told, key) != NULL)
        return;
    json_object_set_new_nocheck(look->own->told, key, json_true());
    log_warn(look->log,
             "flow %s, %s: there is no role or group \"%.100s\" in the workspace main: until "
             "somebody makes the group (PUT /groups/%.100s), only administrators decide this",
             look->flow, pointer, name, name);
}

void serve_groups_look(struct serve_groups *own, struct engine *engine, struct objects *objects,
                       struct log *log)
{
    struct groups_look look = { own, objects, log, NULL };
    json_t *places, *place;
    char version[DIGEST_TEXT];
    size_t i;

    if (own->looked)
        return;
    own->looked = true;
    if (own->told == NULL)
        own->told = json_object();
    places = engine_flow_places(engine, "main", NULL);
    json_array_foreach(places, i, place)
    {
        look.flow = json_get_text(place, "flow");
        group_each(
            json_object_get(engine_flow_live(engine, "main", json_get_text(place, "environment"),
                                             look.flow, version),
                            "flow"),
            groups_one, &look);
    }
    json_decref(places);
}
