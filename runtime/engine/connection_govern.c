/* connection_govern.c - which governor a connection stands under, with which places and pace. */
#include "engine/connection.h"

#include <stdio.h>
#include <string.h>

#include "engine/governor.h"
#include "engine/secret.h"

/* "limits": {"requests", "per", "burst", "concurrency"}; what it leaves out is the manifest's. */
static void connection_limits(const struct connection *c, struct connector_limits *limits)
{
    const json_t *own = json_object_get(c->shape, "limits");
    const char *per = json_get_text(own, "per");

    if (c->info != NULL)
        *limits = c->info->limits;
    if (json_object_get(own, "requests") != NULL) {
        limits->requests = (unsigned)json_get_int(own, "requests", 0);
        limits->per_ms = per != NULL ? flow_duration(per) : 1000;
        limits->burst = 0;
    }
    limits->burst = (unsigned)json_get_int(own, "burst", limits->burst);
    limits->concurrency = (unsigned)json_get_int(own, "concurrency", limits->concurrency);
}

/* "main/production/FLOW/erp"; of the workspace's own with a star in the flow's place: all flows
 * that use it share its places, its pace and what is known of its system. */
static void connection_key(const struct connection *c, char *key, size_t room)
{
    int environment = (int)strcspn(c->place, "/");
    int size = c->use == NULL ? snprintf(key, room, "%s/%s", c->workspace, c->place)
                              : snprintf(key, room, "%s/%.*s/*/%s", c->workspace, environment,
                                         c->place, c->use);

    check(size > 0 && size < (int)room);
}

void connection_govern(struct connection *c)
{
    char mark[SECRET_MARK] = "";
    size_t count;
    const struct sign_in_member *members = sign_in_members(&count);
    struct connector_limits limits = { .requests = 0 };
    char key[800], digest[DIGEST_TEXT];
    struct buf all;

    connection_key(c, key, sizeof key);
    buf_init(&all, MIB);
    json_write(&all, c->shape);
    for (size_t i = 0; i < count; i++) {
        const char *secret = json_get_text(c->auth, members[i].name);

        if (members[i].kind != SIGN_IN_SECRET || secret == NULL)
            continue;
        secret_mark(c->engine, c->workspace, secret, mark);
        buf_add_text(&all, mark);
    }
    digest_text(buf_text(&all), all.len, digest);
    buf_fini(&all);
    connection_limits(c, &limits);
    c->governor = governor_get(c->engine, key);
    governor_mended(c->governor, &limits, digest);
    c->stale = true;
}
