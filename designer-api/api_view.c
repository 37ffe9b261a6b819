/* api_view.c - views of lists that people keep: a name for filters, order and columns, as they
 * stand in the address of a list.
 *
 * A view is the object "view" ID: {"list", "name", "query": {parameter: text}, "shared", "owner",
 * "user"}. What the parameters mean is the list's alone: one of a newer program is kept as it is.
 * Which view somebody begins a list with is the object "view_default" USER: {list: ID}.
 *
 * (1) One that is not shared is its owner's: for others there is none.            [view_visible]
 * (2) A shared one is changed by its owner, or by who manages the workspace.   [view_changeable]
 * (3) What others find in their menu is put there by who may change something here; one's own
 *     is kept by any person, but not with a token that only reads.         [may_share, may_keep] */
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft.h"

#define VIEW_KIND         "view"
#define VIEW_DEFAULT_KIND "view_default"
#define VIEW_OWN_MOST     100u  /* of one person */
#define VIEW_SHARED_MOST  200u  /* of a workspace: a menu */
#define VIEW_MOST         5000u /* of a workspace, everybody's */
#define VIEW_QUERY_BYTES  (4 * KIB)
#define VIEW_TRIES        64 /* for an id: that many in a millisecond */

static const struct view_list {
    const char *name;
    enum permission needs;
} view_lists[] = {
    { "runs", MAY_RUNS_READ },
    { "flows", MAY_FLOWS_READ },
    { "exceptions", MAY_EXCEPTIONS_READ },
};

static bool may_read(const struct who *who, const char *list)
{
    for (size_t i = 0; i < sizeof view_lists / sizeof *view_lists; i++)
        if (strcmp(view_lists[i].name, list) == 0)
            return who_may(who, view_lists[i].needs);
    return false;
}

/* (3) */
static bool may_share(const struct who *who)
{
    static const uint64_t reads =
        PERMISSION_BIT(MAY_RUNS_READ) | PERMISSION_BIT(MAY_PAYLOADS_READ) |
        PERMISSION_BIT(MAY_PAYLOADS_REVEAL) | PERMISSION_BIT(MAY_EXCEPTIONS_READ) |
        PERMISSION_BIT(MAY_FLOWS_READ) | PERMISSION_BIT(MAY_CONNECTIONS_READ) |
        PERMISSION_BIT(MAY_ALERTS_READ) | PERMISSION_BIT(MAY_AUDIT_READ);

    return (who->permissions & ~reads) != 0;
}

static bool may_keep(const struct who *who)
{
    return who->kind != WHO_TOKEN || may_share(who);
}

static bool view_is(const json_t *view, const char *member, const char *wanted)
{
    const char *own = json_get_text(view, member);

    return own != NULL && strcmp(own, wanted) == 0;
}

/* Of a token the person whose it is: "anna/nightly" is anna. */
static void owner_name(const struct who *who, char name[WHO_NAME])
{
    size_t size = who->kind == WHO_TOKEN ? strcspn(who->name, "/") : strlen(who->name);

    snprintf(name, WHO_NAME, "%.*s", (int)size, who->name);
}

/* Who stands at the local socket has no id, and is known by the name. */
static bool view_mine(const struct who *who, const json_t *view)
{
    return view_is(view, "user", who->user) &&
           (who->user[0] != '\0' || view_is(view, "owner", who->name));
}

/* (1) */
static bool view_visible(const struct who *who, const json_t *view)
{
    return may_read(who, json_get_text(view, "list")) &&
           (json_is_true(json_object_get(view, "shared")) || view_mine(who, view));
}

/* (2) */
static bool view_changeable(const struct who *who, const json_t *view)
{
    return may_keep(who) && (view_mine(who, view) || who_may(who, MAY_SETTINGS_WRITE));
}

static json_t *view_json(const struct who *who, const struct object *object)
{
    json_t *json = json_copy(object->body), *can = json_array();

    check(json != NULL && can != NULL);
    json_object_del(json, "user");
    json_object_set_new(json, "view", json_string(object->id));
    json_object_set_new(json, "mine", json_boolean(view_mine(who, object->body)));
    json_object_set_new(json, "revision", json_integer((json_int_t)object->revision));
    json_object_set_new(json, "by", json_string(object->by));
    json_object_set_new(json, "at", draft_moment(object->changed_ms));
    if (view_changeable(who, object->body)) {
        json_array_append_new(can, json_string("change"));
        json_array_append_new(can, json_string("delete"));
    }
    json_object_set_new(json, "can", can);
    return json;
}

/* ---- Reading */

struct view_listing {
    const struct who *who;
    const char *list; /* NULL: of any */
    json_t *items;
};

static bool view_visit(void *arg, const struct object *object)
{
    struct view_listing *listing = arg;

    if (view_visible(listing->who, object->body) &&
        (listing->list == NULL || view_is(object->body, "list", listing->list)))
        json_array_append_new(listing->items, view_json(listing->who, object));
    return true;
}

/* Those of the defaults that are among the views; new reference. */
static json_t *defaults_shown(const struct ask *ask, const json_t *items)
{
    json_t *shown = json_object(), *item;
    struct object kept = { .body = NULL };
    struct err e;
    size_t i;

    check(shown != NULL);
    if (ask->who->user[0] == '\0' ||
        object_read(ask_objects(ask), VIEW_DEFAULT_KIND, ask->who->workspace, ask->who->user, &kept,
                    &e) != ERR_OK)
        return shown;
    json_array_foreach(items, i, item)
    {
        const char *list = json_get_text(item, "list");

        if (view_is(kept.body, list, json_get_text(item, "view")))
            json_object_set(shown, list, json_object_get(item, "view"));
    }
    object_fini(&kept);
    return shown;
}

static void view_list(struct ask *ask)
{
    struct view_listing listing = { ask->who, ask_text(ask, "list"), json_array() };
    json_t *can = json_array(), *page;
    struct err e;

    check(can != NULL);
    if (object_list(ask_objects(ask), VIEW_KIND, ask->who->workspace, NULL, NULL, 0, view_visit,
                    &listing, &e) != ERR_OK) {
        json_decref(listing.items);
        json_decref(can);
        ask_refuse(ask, &e);
        return;
    }
    if (may_keep(ask->who))
        json_array_append_new(can, json_string("keep"));
    if (may_share(ask->who))
        json_array_append_new(can, json_string("share"));
    page = json_pack("{s:I, s:o, s:o, s:o}", "total", (json_int_t)json_array_size(listing.items),
                     "defaults", defaults_shown(ask, listing.items), "can", can, "items",
                     listing.items);
    check(page != NULL);
    ask_give(ask, 200, page);
}

/* The view, if the caller may see it: object_fini(). What is another one's alone is not there. */
static enum err_code view_read(const struct ask *ask, const char *id, struct object *view,
                               struct err *e)
{
    enum err_code rc = object_read(ask_objects(ask), VIEW_KIND, ask->who->workspace, id, view, e);

    if (rc == ERR_OK && view_visible(ask->who, view->body))
        return ERR_OK;
    if (rc == ERR_OK)
        object_fini(view);
    if (rc == ERR_OK || rc == ERR_NOT_FOUND)
        err_set(e, ERR_NOT_FOUND, "there is no view \"%.40s\" here that is yours or shared", id);
    return e->code;
}

static void view_get(struct ask *ask)
{
    struct object view;
    struct err e;

    if (view_read(ask, ask->path[0], &view, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    ask_give_revision(ask, 200, view_json(ask->who, &view), view.revision);
    object_fini(&view);
}

/* ---- What may be kept */

struct view_count {
    const struct who *who;
    const char *id; /* of the one that is changed; NULL: it is new */
    const json_t *view;
    unsigned all, own, shared;
    bool named;
};

/* The name is taken by one that stands beside it: in the same list, shared, or one's own. */
static bool view_beside(const struct view_count *count, const json_t *other)
{
    bool shared = json_is_true(json_object_get(count->view, "shared"));

    return view_is(other, "list", json_get_text(count->view, "list")) &&
           view_is(other, "name", json_get_text(count->view, "name")) &&
           json_is_true(json_object_get(other, "shared")) == shared &&
           (shared || view_mine(count->who, other));
}

static bool view_counted(void *arg, const struct object *object)
{
    struct view_count *count = arg;

    if (count->id != NULL && strcmp(object->id, count->id) == 0)
        return true;
    count->all++;
    count->own += view_mine(count->who, object->body);
    count->shared += json_is_true(json_object_get(object->body, "shared"));
    count->named = count->named || view_beside(count, object->body);
    return true;
}

/* id NULL: it is new. */
static enum err_code view_fits(const struct ask *ask, const char *id, const json_t *view,
                               struct err *e)
{
    struct view_count count = { .who = ask->who, .id = id, .view = view };
    char *query = json_text_new(json_object_get(view, "query"), VIEW_QUERY_BYTES, NULL);

    mem_free(query);
    if (query == NULL)
        return err_set(e, ERR_LIMIT, "the filters of a view have at most %u KiB",
                       (unsigned)(VIEW_QUERY_BYTES / KIB));
    if (object_list(ask_objects(ask), VIEW_KIND, ask->who->workspace, NULL, NULL, 0, view_counted,
                    &count, e) != ERR_OK)
        return e->code;
    if (count.named)
        return err_set(e, ERR_CONFLICT, "there is a view of that name in this list already");
    if (id == NULL && count.own >= VIEW_OWN_MOST)
        return err_set(e, ERR_LIMIT, "you have %u views, which is the most: remove one first",
                       count.own);
    if (json_is_true(json_object_get(view, "shared")) && count.shared >= VIEW_SHARED_MOST)
        return err_set(e, ERR_LIMIT,
                       "the workspace shares %u views, which is the most: remove one first",
                       count.shared);
    if (id == NULL && count.all >= VIEW_MOST)
        return err_set(e, ERR_LIMIT, "the workspace has %u views, which is the most", count.all);
    return ERR_OK;
}

static enum err_code view_allowed(const struct ask *ask, const json_t *view, struct err *e)
{
    const char *list = json_get_text(view, "list");

    if (!may_read(ask->who, list))
        return err_set(e, ERR_FORBIDDEN, "you do not see the list \"%.20s\" here", list);
    if (!may_keep(ask->who))
        return err_set(e, ERR_FORBIDDEN, "this token only reads");
    if (json_is_true(json_object_get(view, "shared")) && !may_share(ask->who))
        return err_set(e, ERR_FORBIDDEN,
                       "views are shared by who may change something here; keep it for yourself");
    return ERR_OK;
}

/* ---- Changing */

static void view_send(struct ask *ask, struct object_change *change, int status)
{
    struct clock *clock = ask_clock(ask);
    struct object shown = { .body = change->body, .changed_ms = clock->wall_ms(clock) };
    struct ask_later *later = ask_later(ask);
    uint64_t id = ident_at(shown.changed_ms);
    struct err e;

    change->kind = VIEW_KIND;
    change->workspace = ask->who->workspace;
    change->by = ask->who->name;
    change->told = true;
    snprintf(shown.by, sizeof shown.by, "%s", ask->who->name);
    snprintf(shown.id, sizeof shown.id, "%s", ask->path[0]);
    change->id = shown.id;
    for (int i = 0;; i++) {
        if (status == 201)
            ident_text(id + (uint64_t)i, shown.id);
        if (object_change(ask_objects(ask), change, &shown.revision, later_told, later, &e) ==
            ERR_OK)
            break;
        if (status == 201 && e.code == ERR_CONFLICT && i < VIEW_TRIES)
            continue; /* another one began in the same millisecond */
        later_refuse(later, &e);
        return;
    }
    later_will(later, status, change->body != NULL ? view_json(ask->who, &shown) : NULL,
               change->body != NULL ? shown.revision : 0);
}

static void view_post(struct ask *ask)
{
    struct object_change change = { .what = "view.make" };
    json_t *view = json_copy(ask->body);
    char owner[WHO_NAME];
    struct err e;

    check(view != NULL);
    owner_name(ask->who, owner);
    json_object_set_new(view, "owner", json_string(owner));
    json_object_set_new(view, "user", json_string(ask->who->user));
    if (json_object_get(view, "shared") == NULL)
        json_object_set_new(view, "shared", json_false());
    change.body = view;
    if (view_allowed(ask, view, &e) != ERR_OK || view_fits(ask, NULL, view, &e) != ERR_OK)
        ask_refuse(ask, &e);
    else
        view_send(ask, &change, 201);
    json_decref(view);
}

/* The view that is changed from *from, if the caller may; false: refused. */
static bool view_take(struct ask *ask, struct object *view, uint64_t *from)
{
    struct err e;

    if (view_read(ask, ask->path[0], view, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return false;
    }
    if (!view_changeable(ask->who, view->body))
        err_set(&e, ERR_FORBIDDEN,
                "%.60s has shared it: it is changed by who shared it, or who has the permission "
                "settings.write; keep it under another name",
                json_get_text(view->body, "owner"));
    else if (ask_if_match(ask, from, &e) == ERR_OK)
        return true;
    object_fini(view);
    ask_refuse(ask, &e);
    return false;
}

static void view_put(struct ask *ask)
{
    struct object_change change = { .what = "view.change" };
    struct object kept;
    json_t *view;
    struct err e;

    if (!view_take(ask, &kept, &change.from))
        return;
    view = json_copy(kept.body);
    check(view != NULL && json_object_update(view, ask->body) == 0);
    change.body = view;
    if (view_allowed(ask, view, &e) != ERR_OK || view_fits(ask, kept.id, view, &e) != ERR_OK)
        ask_refuse(ask, &e);
    else
        view_send(ask, &change, 200);
    json_decref(view);
    object_fini(&kept);
}

static void view_delete(struct ask *ask)
{
    struct object_change change = { .what = "view.delete" };
    struct object kept;

    if (!view_take(ask, &kept, &change.from))
        return;
    object_fini(&kept);
    view_send(ask, &change, 204);
}

/* ---- What a list begins with */

/* The view is one of this list that the caller sees; NULL takes the default away. */
static enum err_code default_fits(const struct ask *ask, const char *list, const char *id,
                                  struct err *e)
{
    struct object view;

    if (ask->who->user[0] == '\0')
        return err_set(e, ERR_FORBIDDEN,
                       "a default is a person's: who stands at the local socket has none");
    if (!may_keep(ask->who))
        return err_set(e, ERR_FORBIDDEN, "this token only reads");
    if (id == NULL)
        return ERR_OK;
    if (view_read(ask, id, &view, e) != ERR_OK)
        return err_set(e, ERR_INVALID, "/view: %s", e->text);
    if (!view_is(view.body, "list", list))
        err_set(e, ERR_INVALID, "/view: it is a view of another list: %.20s",
                json_get_text(view.body, "list"));
    object_fini(&view);
    return e->code;
}

static void default_put(struct ask *ask)
{
    const char *list = ask->path[0], *id = json_get_text(ask->body, "view");
    struct object_change change = { .kind = VIEW_DEFAULT_KIND,
                                    .workspace = ask->who->workspace,
                                    .id = ask->who->user,
                                    .by = ask->who->name,
                                    .what = "view.default",
                                    .told = true };
    struct object kept = { .body = NULL };
    struct ask_later *later;
    struct err e;

    if (default_fits(ask, list, id, &e) != ERR_OK) {
        ask_refuse(ask, &e);
        return;
    }
    if (object_read(ask_objects(ask), VIEW_DEFAULT_KIND, ask->who->workspace, ask->who->user, &kept,
                    &e) == ERR_OK)
        change.from = kept.revision;
    change.body = kept.body != NULL ? json_copy(kept.body) : json_object();
    check(change.body != NULL);
    if (id != NULL)
        json_object_set_new(change.body, list, json_string(id));
    else
        json_object_del(change.body, list);
    later = ask_later(ask);
    if (object_change(ask_objects(ask), &change, NULL, later_told, later, &e) == ERR_OK)
        later_will(later, 200, json_pack("{s:s, s:s?}", "list", list, "view", id), 0);
    else
        later_refuse(later, &e);
    json_decref(change.body);
    object_fini(&kept);
}

const struct ask_bind view_binds[] = {
    { "listViews", view_list },
    { "makeView", view_post },
    { "getView", view_get },
    { "changeView", view_put },
    { "deleteView", view_delete },
    { "putViewDefault", default_put },
    { NULL, NULL },
};
