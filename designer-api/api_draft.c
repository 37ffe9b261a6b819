/* api_draft.c - drafts: begun, read, changed by whole or by patch, given up; import and export.
 *
 * Two people at one draft: a change names the revision it was made from; who was late is told what
 * the other one did, as patches, and can put his own change behind it. */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft.h"
#include "designer-api/draft_begin.h"
#include "designer-api/draft_keep.h"
#include "designer-api/draft_tell.h"
#include "designer-api/group.h"
#include "designer-api/origin.h"
#include "designer-api/patch.h"
#include "designer-api/proving.h"
#include "engine/flows.h"

/* ---- What is shown */

static json_t *draft_json(const char *flow, const json_t *bundle, uint64_t revision)
{
    json_t *json = json_pack("{s:s, s:I, s:O}", "flow", flow, "revision", (json_int_t)revision,
                             "bundle", (json_t *)bundle);

    check(json != NULL);
    return json;
}

static void draft_get(struct ask *ask)
{
    const char *flow = ask->path[0];
    struct object draft;
    json_t *json = NULL, *bundle;
    struct err e;

    if (object_read(ask_objects(ask), DRAFT_KIND, ask->who->workspace, flow, &draft, &e) ==
        ERR_OK) {
        json = draft_json(flow, json_object_get(draft.body, "bundle"), draft.revision);
        json_object_set_new(json, "changed_at", draft_moment(draft.changed_ms));
        json_object_set_new(json, "by", json_string(draft.by));
        draft_from_add(json, draft.body);
        ask_give_revision(ask, 200, json, draft.revision);
        object_fini(&draft);
        return;
    }
    bundle = e.code == ERR_NOT_FOUND ? draft_current(ask, flow, &e) : NULL;
    if (bundle != NULL)
        json = draft_json(flow, bundle, 0);
    ask_give_or_refuse(ask, json, &e);
    json_decref(bundle);
}

/* ---- Beginning */

static enum err_code bundle_shape(const json_t *bundle, struct err *e)
{
    static const char *const members[] = { "flow", "rules",       "lookups", "tests", "schemas",
                                           "wsdl", "connections", "layout",  "trials" };
    const char *key;
    json_t *value;

    if (!json_is_object(json_object_get(bundle, "flow")))
        return err_set(e, ERR_INVALID, "a bundle has \"flow\", the definition, an object");
    json_object_foreach((json_t *)bundle, key, value)
    {
        size_t i = 0;

        while (i < sizeof members / sizeof *members && strcmp(members[i], key) != 0)
            i++;
        if (i == sizeof members / sizeof *members)
            return err_set(e, ERR_INVALID, "\"%.80s\" is no member of a bundle", key);
        if (!json_is_object(value))
            return err_set(e, ERR_INVALID, "\"%s\" of a bundle is an object", key);
    }
    return ERR_OK;
}

/* The body of the draft's object; its bundle is taken. */
static json_t *draft_body(struct ask *ask, struct draft_new *own, struct err *e)
{
    bool clean =
        bundle_shape(own->bundle, e) == ERR_OK && draft_guard(ask, &own->bundle, e) == ERR_OK;
    json_t *body = json_pack("{s:o, s:s*, s:s*, s:[]}", "bundle", own->bundle, "base",
                             own->from.base, "template", own->from.template, "recent");

    check(body != NULL);
    if (clean)
        return body;
    json_decref(body);
    return NULL;
}

/* answer: taken; NULL: the draft of the first. */
static void draft_begin_keep(struct ask *ask, const char *flow, const json_t *body,
                             const struct object_change *changes, size_t count, json_t *answer)
{
    struct ask_later *later = ask_later(ask);
    struct clock *clock = ask_clock(ask);
    uint64_t revision = 0;
    struct err e;
    json_t *json;

    if (draft_change(ask, changes, count, &revision, later, &e) != ERR_OK) {
        if (e.code == ERR_STALE || e.code == ERR_CONFLICT)
            err_set(&e, ERR_CONFLICT, "there is a draft of flow %.100s already", flow);
        later_refuse(later, &e);
        json_decref(answer);
        return;
    }
    if (answer != NULL) {
        later_will(later, 201, answer, 0);
        return;
    }
    json = draft_json(flow, json_object_get(body, "bundle"), revision);
    json_object_set_new(json, "changed_at", draft_moment(clock->wall_ms(clock)));
    json_object_set_new(json, "by", json_string(ask->who->name));
    draft_from_add(json, body);
    later_will(later, 201, json, revision);
}

void draft_begin_all(struct ask *ask, struct draft_new *list, size_t count, const char *what,
                     json_t *answer)
{
    struct object_change *changes = mem_must(count * (1 + ORIGIN_CHANGES) * sizeof *changes);
    json_t *bodies = json_array(), *body = NULL;
    struct err e;

    for (size_t i = 0; i < count; i++) {
        struct object_change *change = &changes[i * (1 + ORIGIN_CHANGES)];

        if (json_array_size(bodies) == i)
            body = draft_body(ask, &list[i], &e);
        else
            json_decref(list[i].bundle); /* one before it is refused */
        *change = (struct object_change){ .kind = DRAFT_KIND,
                                          .workspace = ask->who->workspace,
                                          .id = list[i].flow,
                                          .from = 0,
                                          .body = body,
                                          .by = ask->who->name,
                                          .what = what };
        origin_changes(ask, list[i].flow, list[i].from.origin, change + 1);
        if (body != NULL)
            json_array_append_new(bodies, body);
    }
    if (json_array_size(bodies) == count)
        draft_begin_keep(ask, list[0].flow, json_array_get(bodies, 0), changes,
                         count * (1 + ORIGIN_CHANGES), json_incref(answer));
    else
        ask_refuse(ask, &e);
    json_decref(answer);
    json_decref(bodies);
    mem_free(changes);
}

void draft_begin(struct ask *ask, const char *flow, json_t *bundle, const struct draft_from *from,
                 const char *what)
{
    struct draft_new own = { .flow = flow, .bundle = bundle };

    if (from != NULL)
        own.from = *from;
    draft_begin_all(ask, &own, 1, what, NULL);
}

static json_t *bundle_empty(const char *name)
{
    json_t *bundle =
        json_pack("{s:{s:i, s:s, s:[], s:[]}}", "flow", "weft", 1, "name", name, "nodes", "edges");

    check(bundle != NULL);
    return bundle;
}

/* A flow of that name is there; else ERR_OK. */
enum err_code draft_is_new(struct ask *ask, const char *flow, struct err *e)
{
    if (draft_known(ask, flow, e) == ERR_OK)
        return err_set(e, ERR_CONFLICT, "there is a flow \"%.100s\" already", flow);
    return e->code == ERR_NOT_FOUND ? ERR_OK : e->code;
}

static void flow_create(struct ask *ask)
{
    const char *flow = json_get_text(ask->body, "flow"), *name = json_get_text(ask->body, "name"),
               *copy = json_get_text(ask->body, "copy");
    json_t *given = json_object_get(ask->body, "bundle"), *bundle = NULL, *origin = NULL;
    struct err e;

    if (draft_is_new(ask, flow, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    if (copy != NULL) {
        json_t *from = draft_current(ask, copy, &e);

        bundle = json_deep_copy(from);
        origin = origin_read(ask, copy);
        json_decref(from);
    } else {
        bundle = given != NULL ? json_deep_copy(given) : bundle_empty(name != NULL ? name : flow);
    }
    if (bundle == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    if (name != NULL && json_is_object(json_object_get(bundle, "flow")))
        json_object_set_new(json_object_get(bundle, "flow"), "name", json_string(name));
    draft_begin(ask, flow, bundle,
                &(struct draft_from){ .template = origin_template(origin), .origin = origin },
                "flow.create");
    json_decref(origin);
}

static void draft_open(struct ask *ask)
{
    const char *flow = ask->path[0], *version = json_get_text(ask->body, "version");
    char digest[DIGEST_TEXT];
    struct err e;
    json_t *bundle = draft_find(ask, flow, version != NULL ? version : "live", digest, &e), *origin;

    if (bundle == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    origin = origin_read(ask, flow);
    draft_begin(ask, flow, json_deep_copy(bundle),
                &(struct draft_from){ .base = digest[0] != '\0' ? digest : NULL,
                                      .template = origin_template(origin),
                                      .origin = origin },
                "draft.open");
    json_decref(origin);
    json_decref(bundle);
}

/* ---- Changing */

/* Whether the caller may make the draft what it becomes. */
static enum err_code draft_may(struct ask *ask, const json_t *before, const json_t *after,
                               struct err *e)
{
    if (bundle_shape(after, e) != ERR_OK)
        return e->code;
    if (who_may(ask->who, MAY_FLOWS_WRITE) || draft_rules_only(before, after))
        return ERR_OK;
    return err_set(e, ERR_FORBIDDEN,
                   "without the permission flows.write only rules, lookups, "
                   "tests, schemas and the configs of mappings can be changed");
}

static void draft_put(struct ask *ask)
{
    json_t *after = json_object_get(ask->body, "bundle"), *before, *patch;
    struct object draft;
    struct err e;

    if (!draft_take(ask, &draft, after))
        return;
    before = json_object_get(draft.body, "bundle");
    json_incref(after);
    if (draft_may(ask, before, after, &e) == ERR_OK && draft_guard(ask, &after, &e) == ERR_OK) {
        patch = patch_make(before, after);
        draft_keep(ask, &draft, &(struct draft_next){ .bundle = after, .patch = patch });
        json_decref(patch);
    } else {
        ask_refuse(ask, &e);
    }
    json_decref(after);
    object_fini(&draft);
}

static void draft_patch(struct ask *ask)
{
    json_t *patch = json_incref(json_object_get(ask->body, "patch"));
    json_t *before, *after, *clean;
    struct object draft;
    struct err e;

    if (!draft_take(ask, &draft, NULL)) {
        json_decref(patch);
        return;
    }
    before = json_object_get(draft.body, "bundle");
    after = patch_apply(before, patch, &e);
    clean = json_incref(after);
    if (after != NULL && draft_may(ask, before, after, &e) == ERR_OK &&
        draft_guard(ask, &clean, &e) == ERR_OK) {
        if (clean != after) { /* the patch says what is not to be kept */
            json_decref(patch);
            patch = patch_make(before, clean);
        }
        draft_keep(ask, &draft, &(struct draft_next){ .bundle = clean, .patch = patch });
    } else {
        ask_refuse(ask, &e);
    }
    json_decref(patch);
    json_decref(clean);
    json_decref(after);
    object_fini(&draft);
}

static void draft_delete(struct ask *ask)
{
    struct object_change change = { .kind = DRAFT_KIND,
                                    .workspace = ask->who->workspace,
                                    .id = ask->path[0],
                                    .by = ask->who->name,
                                    .what = "draft.delete" };
    struct ask_later *later;
    struct object draft;
    struct err e;

    if (!draft_take(ask, &draft, NULL))
        return;
    change.from = draft.revision;
    object_fini(&draft);
    later = ask_later(ask);
    later_will(later, 204, NULL, 0);
    if (draft_change(ask, &change, 1, NULL, later, &e) != ERR_OK)
        later_refuse(later, &e);
}

/* ---- Looked at */

static void draft_validate(struct ask *ask)
{
    const char *flow = ask->path[0];
    struct flow_check asked = { .workspace = ask->who->workspace,
                                .slug = flow,
                                .environment = json_get_text(ask->body, "environment"),
                                .tests = json_is_true(json_object_get(ask->body, "tests")) };
    char version[DIGEST_TEXT];
    struct faults faults;
    struct err e;
    json_t *bundle = draft_asked(ask, flow, &e), *part, *json;
    bool valid;

    if (bundle == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    part = draft_version(bundle);
    if (asked.tests && proving_waits(ask, draft_validate, flow, part)) {
        json_decref(part);
        json_decref(bundle);
        return;
    }
    faults_init(&faults);
    valid = engine_flow_check(ask_engine(ask), &asked, part, version, &faults);
    group_faults(ask, part, &faults);
    faults_sort(&faults);
    json = json_pack("{s:b, s:s*, s:o, s:i}", "valid", valid && faults.errors == 0, "version",
                     valid ? version : NULL, "faults", draft_faults(&faults, part), "more",
                     (int)faults.dropped);
    check(json != NULL);
    ask_give(ask, 200, json);
    faults_fini(&faults);
    json_decref(part);
    json_decref(bundle);
}

/* ---- Between programs */

static void flow_export(struct ask *ask)
{
    const char *flow = ask->path[0], *version = ask_text(ask, "version");
    char digest[DIGEST_TEXT] = "";
    struct err e;
    json_t *json = NULL, *bundle = version != NULL ? draft_find(ask, flow, version, digest, &e)
                                                   : draft_current(ask, flow, &e);

    if (bundle != NULL)
        json = json_pack("{s:s, s:s, s:s*, s:O}", "weft", "flow/1", "flow", flow, "version",
                         digest[0] != '\0' ? digest : NULL, "bundle", bundle);
    ask_give_or_refuse(ask, json, &e);
    json_decref(bundle);
}

static void flow_import(struct ask *ask)
{
    const char *flow = json_get_text(ask->body, "flow");
    struct err e;

    if (draft_is_new(ask, flow, &e) != ERR_OK)
        ask_refuse(ask, &e);
    else
        draft_begin(ask, flow, json_deep_copy(json_object_get(ask->body, "bundle")), NULL,
                    "flow.import");
}

const struct ask_bind draft_binds[] = {
    { "createFlow", flow_create },       { "importFlow", flow_import },
    { "exportFlow", flow_export },       { "getDraft", draft_get },
    { "openDraft", draft_open },         { "putDraft", draft_put },
    { "patchDraft", draft_patch },       { "deleteDraft", draft_delete },
    { "validateDraft", draft_validate }, { NULL, NULL },
};
