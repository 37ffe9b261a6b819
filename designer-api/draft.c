/* draft.c - see draft.h: drafts and versions are found. */
#include "designer-api/draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/flows.h"

#define DRAFT_PREFIX 8u /* letters of a digest that name a version */

json_t *draft_moment(int64_t ms)
{
    char text[CLOCK_TEXT];

    clock_text(ms, text);
    return json_string(text);
}

json_t *draft_version(const json_t *bundle)
{
    static const char *const members[] = { "flow",    "rules", "lookups",     "tests",
                                           "schemas", "wsdl",  "connections", NULL };
    json_t *part = json_object(), *value;

    check(part != NULL);
    for (size_t i = 0; members[i] != NULL; i++) {
        value = json_object_get(bundle, members[i]);
        if (value != NULL && (i == 0 || json_object_size(value) > 0))
            json_object_set_nocheck(part, members[i], value);
    }
    return part;
}

/* ---- Versions */

static bool version_row(void *arg, const struct object *object)
{
    json_array_append(arg, object->body);
    return true;
}

json_t *draft_versions(struct ask *ask, const char *flow, struct err *e)
{
    char prefix[VERSION_ID_MAX];
    json_t *list = json_array();

    snprintf(prefix, sizeof prefix, "%.199s:", flow);
    if (object_list(ask_objects(ask), VERSION_KIND, ask->who->workspace, prefix, NULL, 0,
                    version_row, list, e) == ERR_OK)
        return list;
    json_decref(list);
    return NULL;
}

const json_t *draft_numbered(const json_t *versions, const char *digest)
{
    for (size_t i = json_array_size(versions); i > 0; i--) {
        const json_t *row = json_array_get(versions, i - 1);
        const char *own = json_get_text(row, "version");

        if (own != NULL && strcmp(own, digest) == 0)
            return row;
    }
    return NULL;
}

void draft_diagnosed(struct ask *ask, json_t *shown)
{
    json_t *diagnosis = json_object_get(shown, "diagnosis"), *versions = NULL;
    const char *cause = json_get_text(diagnosis, "cause"), *flow = json_get_text(shown, "flow");
    const char *digest = json_get_text(shown, "version");
    const json_t *row = NULL;
    char text[400];
    struct err e;

    if (cause == NULL || strcmp(cause, "version") != 0 || flow == NULL || digest == NULL)
        return;
    versions = draft_versions(ask, flow, &e);
    row = draft_numbered(versions, digest);
    if (row != NULL) {
        snprintf(text, sizeof text, "version %lld was published by %.200s at %.40s",
                 (long long)json_get_int(row, "number", 0), json_get_text(row, "by"),
                 json_get_text(row, "at"));
        json_array_append_new(json_object_get(diagnosis, "evidence"),
                              json_pack("{s:s, s:s, s:{s:I, s:s, s:s}}", "code", "published",
                                        "text", text, "params", "number",
                                        json_get_int(row, "number", 0), "by",
                                        json_get_text(row, "by"), "at", json_get_text(row, "at")));
    }
    json_decref(versions);
}

/* The digest of the version that the text names, among what was published and what is deployed. */
static bool version_digest(const json_t *versions, const json_t *places, const char *text,
                           char digest[DIGEST_TEXT])
{
    size_t size = strlen(text), i;
    bool number = size < DRAFT_PREFIX && strspn(text, "0123456789") == size;
    const char *own = NULL;
    json_t *row;

    json_array_foreach(versions, i, row)
    {
        if (number
                ? json_get_int(row, "number", -1) == strtol(text, NULL, 10)
                : size >= DRAFT_PREFIX && strncmp(json_get_text(row, "version"), text, size) == 0)
            own = json_get_text(row, "version");
    }
    for (i = 0; own == NULL && !number && i < json_array_size(places); i++) {
        const char *there = json_get_text(json_array_get(places, i), "version");

        if (size >= DRAFT_PREFIX && strncmp(there, text, size) == 0)
            own = there;
    }
    if (own == NULL)
        return false;
    snprintf(digest, DIGEST_TEXT, "%s", own);
    return true;
}

json_t *draft_of_version(struct ask *ask, const char *digest, struct err *e)
{
    char *text;
    size_t size;
    json_t *bundle;

    if (store_version(ask_store(ask), digest, &text, &size, e) != ERR_OK)
        return NULL;
    bundle = json_read(text, size, &json_limits_reply, e);
    mem_free(text);
    return bundle;
}

static json_t *version_find(struct ask *ask, const char *flow, const char *text,
                            char digest[DIGEST_TEXT], struct err *e)
{
    json_t *versions = draft_versions(ask, flow, e), *bundle = NULL;
    json_t *places = engine_flow_places(ask_engine(ask), ask->who->workspace, flow);

    if (versions == NULL)
        ;
    else if (version_digest(versions, places, text, digest))
        bundle = draft_of_version(ask, digest, e);
    else
        err_set(e, ERR_NOT_FOUND, "flow %.100s has no version \"%.80s\"", flow, text);
    json_decref(versions);
    json_decref(places);
    return bundle;
}

/* ---- Drafts */

static json_t *draft_bundle(struct ask *ask, const char *flow, struct err *e)
{
    struct object draft;
    json_t *bundle;

    if (object_read(ask_objects(ask), DRAFT_KIND, ask->who->workspace, flow, &draft, e) != ERR_OK)
        return NULL;
    bundle = json_incref(json_object_get(draft.body, "bundle"));
    object_fini(&draft);
    if (bundle == NULL)
        err_set(e, ERR_INTERNAL, "the draft of %.100s is damaged", flow);
    return bundle;
}

/* What production has; else what the first environment has. */
static json_t *draft_live(struct ask *ask, const char *flow, char digest[DIGEST_TEXT])
{
    struct engine *engine = ask_engine(ask);
    const char *workspace = ask->who->workspace;
    json_t *places;
    const char *where;
    const json_t *bundle = engine_flow_live(engine, workspace, "production", flow, digest);

    if (bundle == NULL) {
        places = engine_flow_places(engine, workspace, flow);
        where = json_get_text(json_array_get(places, 0), "environment");
        if (where != NULL)
            bundle = engine_flow_live(engine, workspace, where, flow, digest);
        json_decref(places);
    }
    return json_incref((json_t *)bundle);
}

json_t *draft_find(struct ask *ask, const char *flow, const char *version, char digest[DIGEST_TEXT],
                   struct err *e)
{
    const json_t *live;
    json_t *bundle;

    digest[0] = '\0';
    if (strlen(flow) >= LIMIT_NAME || strlen(version) >= LIMIT_NAME) {
        err_set(e, ERR_NOT_FOUND, "there is no such flow or version");
        return NULL;
    }
    if (strcmp(version, "draft") == 0)
        return draft_bundle(ask, flow, e);
    if (strcmp(version, "live") == 0) {
        bundle = draft_live(ask, flow, digest);
        if (bundle == NULL)
            err_set(e, ERR_NOT_FOUND, "flow %.100s is deployed nowhere", flow);
        return bundle;
    }
    live = engine_flow_live(ask_engine(ask), ask->who->workspace, version, flow, digest);
    return live != NULL ? json_incref((json_t *)live) : version_find(ask, flow, version, digest, e);
}

json_t *draft_current(struct ask *ask, const char *flow, struct err *e)
{
    char digest[DIGEST_TEXT];
    json_t *bundle = draft_find(ask, flow, "draft", digest, e);

    if (bundle != NULL || e->code != ERR_NOT_FOUND)
        return bundle;
    bundle = draft_live(ask, flow, digest);
    if (bundle == NULL)
        err_set(e, ERR_NOT_FOUND, "there is no flow \"%.100s\"", flow);
    return bundle;
}

json_t *draft_asked(struct ask *ask, const char *flow, struct err *e)
{
    json_t *bundle = json_object_get(ask->body, "bundle");

    return bundle != NULL ? json_incref(bundle) : draft_current(ask, flow, e);
}

enum err_code draft_known(struct ask *ask, const char *flow, struct err *e)
{
    json_t *bundle = draft_current(ask, flow, e);

    if (bundle == NULL)
        return e->code;
    json_decref(bundle);
    return ERR_OK;
}

/* ---- Pages */

void draft_page(struct ask *ask, json_t *items, const char *key)
{
    json_t *page = json_array();
    char after[LIMIT_PATH];
    const char *next = NULL;
    bool given;
    size_t total = json_array_size(items), limit, first = 0;
    struct err e;

    limit = (size_t)ask_number(ask, "limit", 50);
    if (ask_cursor(ask, after, &given, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        json_decref(items);
        json_decref(page);
        return;
    }
    for (; given && first < total; first++) {
        const char *own = json_get_text(json_array_get(items, first), key);

        if (own != NULL && strcmp(own, after) == 0) {
            first++;
            break;
        }
    }
    for (size_t i = first; i < total && i < first + limit; i++)
        json_array_append(page, json_array_get(items, i));
    if (first + limit < total)
        next = json_get_text(json_array_get(items, first + limit - 1), key);
    ask_page(ask, page, next, (int64_t)total);
    json_decref(items);
}
