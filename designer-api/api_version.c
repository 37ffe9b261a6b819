/* api_version.c - versions: published, listed, shown, compared. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "designer-api/draft.h"
#include "designer-api/flow_differ.h"
#include "designer-api/group.h"
#include "designer-api/proving.h"
#include "engine/flows.h"

/* ---- Showing */

static json_t *version_environments(const json_t *places, const char *digest)
{
    json_t *list = json_array(), *place;
    size_t i;

    json_array_foreach(places, i, place)
    {
        if (strcmp(json_get_text(place, "version"), digest) == 0)
            json_array_append(list, json_object_get(place, "environment"));
    }
    return list;
}

/* What is live and was never published stands first: it came from a folder. */
static void versions_of_folders(json_t *list, const json_t *versions, const json_t *places)
{
    json_t *place;
    size_t i;

    json_array_foreach(places, i, place)
    {
        const char *digest = json_get_text(place, "version");

        if (draft_numbered(versions, digest) == NULL && draft_numbered(list, digest) == NULL)
            json_array_append_new(list, json_pack("{s:s, s:o}", "version", digest, "environments",
                                                  version_environments(places, digest)));
    }
}

static void version_list(struct ask *ask)
{
    const char *flow = ask->path[0];
    json_t *versions = NULL, *places, *list, *row;
    struct err e;

    if (draft_known(ask, flow, &e) == ERR_OK)
        versions = draft_versions(ask, flow, &e);
    if (versions == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    places = engine_flow_places(ask_engine(ask), ask->who->workspace, flow);
    list = json_array();
    versions_of_folders(list, versions, places);
    for (size_t i = json_array_size(versions); i > 0; i--) {
        row = json_array_get(versions, i - 1);
        json_object_set_new(row, "environments",
                            version_environments(places, json_get_text(row, "version")));
        json_array_append(list, row);
    }
    json_decref(versions);
    json_decref(places);
    draft_page(ask, list, "version");
}

static void version_get(struct ask *ask)
{
    const char *flow = ask->path[0];
    char digest[DIGEST_TEXT];
    struct err e;
    json_t *bundle = draft_find(ask, flow, ask->path[1], digest, &e), *json = NULL, *versions,
           *places;

    if (bundle != NULL && digest[0] == '\0') {
        json_decref(bundle);
        bundle = NULL;
        err_set(&e, ERR_NOT_FOUND, "a draft is no version: ask for /flows/%.100s/draft", flow);
    }
    versions = bundle != NULL ? draft_versions(ask, flow, &e) : NULL;
    if (versions != NULL) {
        places = engine_flow_places(ask_engine(ask), ask->who->workspace, flow);
        json = json_pack("{s:s, s:o, s:O}", "version", digest, "environments",
                         version_environments(places, digest), "bundle", bundle);
        check(json != NULL);
        json_object_update_missing(json, (json_t *)draft_numbered(versions, digest));
        json_decref(places);
    }
    ask_give_or_refuse(ask, json, &e);
    json_decref(versions);
    json_decref(bundle);
}

static void version_differ(struct ask *ask)
{
    const char *flow = ask->path[0], *from = ask_text(ask, "from"), *to = ask_text(ask, "to");
    char before[DIGEST_TEXT], after[DIGEST_TEXT];
    json_t *a, *b = NULL, *json = NULL, *changes;
    struct err e;

    a = draft_find(ask, flow, from, before, &e);
    if (a != NULL)
        b = draft_find(ask, flow, to, after, &e);
    if (b != NULL) {
        changes = flow_differ(a, b, ask_flag(ask, "layout"));
        json = json_pack("{s:s, s:s, s:b, s:o}", "from", before[0] != '\0' ? before : from, "to",
                         after[0] != '\0' ? after : to, "same", json_array_size(changes) == 0,
                         "changes", changes);
    }
    ask_give_or_refuse(ask, json, &e);
    json_decref(a);
    json_decref(b);
}

/* ---- Publishing */

/* The row of the new version: the number behind the newest one. */
static void version_keep(struct ask *ask, const char *flow, const json_t *versions,
                         const char *digest)
{
    struct clock *clock = ask_clock(ask);
    int64_t number =
        json_get_int(json_array_get(versions, json_array_size(versions) - 1), "number", 0);
    json_t *row;
    struct object_change change = { .kind = VERSION_KIND,
                                    .workspace = ask->who->workspace,
                                    .from = 0,
                                    .by = ask->who->name,
                                    .what = "flow.publish" };
    struct ask_later *later = ask_later(ask);
    char id[VERSION_ID_MAX];
    struct err e;

    number = json_array_size(versions) == 0 ? 1 : number + 1;
    row = json_pack("{s:s, s:I, s:s*, s:s, s:o}", "version", digest, "number", (json_int_t)number,
                    "message", json_get_text(ask->body, "message"), "by", ask->who->name, "at",
                    draft_moment(clock->wall_ms(clock)));
    check(row != NULL);
    snprintf(id, sizeof id, "%.190s:%06lld", flow, (long long)number);
    change.id = id;
    change.body = row;
    change.detail = row;
    later_will(later, 201, json_incref(row), 0);
    if (object_change(ask_objects(ask), &change, NULL, later_told, later, &e) != ERR_OK)
        later_refuse(later, &e);
    json_decref(row);
}

static bool version_is_new(const json_t *versions, const char *digest, struct err *e)
{
    const json_t *newest = json_array_get(versions, json_array_size(versions) - 1);
    const char *own = json_get_text(newest, "version");

    if (own == NULL || strcmp(own, digest) != 0)
        return true;
    err_set(e, ERR_CONFLICT, "nothing has changed since version %lld",
            (long long)json_get_int(newest, "number", 0));
    return false;
}

/* The draft at the revision that the caller has seen; NULL: refused. */
static json_t *version_draft(struct ask *ask, const char *flow, struct err *e)
{
    struct object draft;
    uint64_t revision;
    json_t *bundle = NULL;

    if (ask_if_match(ask, &revision, e) != ERR_OK ||
        object_read(ask_objects(ask), DRAFT_KIND, ask->who->workspace, flow, &draft, e) != ERR_OK)
        return NULL;
    if (draft.revision == revision)
        bundle = json_incref(json_object_get(draft.body, "bundle"));
    else
        err_set(e, ERR_STALE, "the draft is at revision %llu: look at what has changed first",
                (unsigned long long)draft.revision);
    object_fini(&draft);
    return bundle;
}

static bool version_lacks_groups(struct ask *ask, const json_t *bundle, struct faults *faults,
                                 struct err *e)
{
    group_faults(ask, bundle, faults);
    if (faults->errors > 0)
        err_set(e, ERR_INVALID, "a review names a role or group that there is not");
    return faults->errors > 0;
}

static void version_publish(struct ask *ask)
{
    const char *flow = ask->path[0];
    char digest[DIGEST_TEXT], was[DIGEST_TEXT];
    json_t *bundle, *part = NULL, *live = NULL, *versions = NULL;
    struct faults faults;
    struct err e, none;

    faults_init(&faults);
    bundle = version_draft(ask, flow, &e);
    if (bundle != NULL) {
        part = draft_version(bundle);
        live = draft_find(ask, flow, "live", was, &none);
        versions = draft_versions(ask, flow, &e);
    }
    if (versions != NULL && proving_waits(ask, version_publish, flow, part))
        goto out;
    if (versions == NULL || draft_publish_may(ask, flow, NULL, part, &e) != ERR_OK ||
        draft_connections(part, live, &e) != ERR_OK) {
        ask_refuse(ask, &e);
    } else if (version_lacks_groups(ask, part, &faults, &e) ||
               engine_flow_publish(ask_engine(ask), ask->who->workspace, flow, part, digest,
                                   &faults, &e) != ERR_OK) {
        faults_sort(&faults);
        ask_refuse_faults(ask, &e, draft_faults(&faults, part));
    } else if (!version_is_new(versions, digest, &e)) {
        ask_refuse(ask, &e);
    } else {
        version_keep(ask, flow, versions, digest);
    }
out:
    faults_fini(&faults);
    json_decref(versions);
    json_decref(live);
    json_decref(part);
    json_decref(bundle);
}

const struct ask_bind version_binds[] = {
    { "listVersions", version_list },
    { "getVersion", version_get },
    { "diffVersions", version_differ },
    { "publishFlow", version_publish },
    { NULL, NULL },
};
