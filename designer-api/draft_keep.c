/* draft_keep.c - see draft_keep.h. */
#include "designer-api/draft_keep.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/draft_tell.h"
#include "designer-api/origin.h"
#include "designer-api/patch.h"

#define DRAFT_RECENT       50u         /* changes that are remembered, */
#define DRAFT_RECENT_BYTES (128 * KIB) /* and how large they are */
#define DRAFT_PLACES       20u         /* that are changed, in the audit, */
#define DRAFT_VALUES_BYTES (4 * KIB)   /* and how much of what stands there */

void draft_from_add(json_t *json, const json_t *body)
{
    static const char *const members[] = { "base", "template" };

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (json_object_get(body, members[i]) != NULL)
            json_object_set(json, members[i], json_object_get(body, members[i]));
}

/* What somebody who was late gets: what happened since, or at least what differs. */
static void draft_refuse_stale(struct ask *ask, const struct object *draft, uint64_t from,
                               const json_t *mine)
{
    json_t *recent = json_object_get(draft->body, "recent"), *changes = json_array(), *row,
           *members;
    uint64_t wanted = from + 1;
    size_t i;
    struct err e;

    json_array_foreach(recent, i, row)
    {
        if ((uint64_t)json_get_int(row, "revision", 0) != wanted)
            continue;
        json_array_append(changes, row);
        wanted++;
    }
    members = json_pack("{s:I, s:{s:I, s:s, s:o}}", "revision", (json_int_t)draft->revision,
                        "newest", "revision", (json_int_t)draft->revision, "by", draft->by,
                        "changed_at", draft_moment(draft->changed_ms));
    check(members != NULL);
    if (wanted == draft->revision + 1)
        json_object_set(members, "changes", changes);
    else if (mine != NULL)
        json_object_set_new(members, "difference",
                            patch_make(mine, json_object_get(draft->body, "bundle")));
    err_set(&e, ERR_STALE,
            "%.60s has changed the draft meanwhile: it is at revision %llu, yours "
            "was made from %llu",
            draft->by, (unsigned long long)draft->revision, (unsigned long long)from);
    ask_refuse_with(ask, &e, members);
    json_decref(changes);
}

/* The changes before this one, and this one, as far as there is room. */
static json_t *recent_add(const json_t *before, uint64_t revision, const char *by, int64_t now,
                          const json_t *patch)
{
    json_t *recent = json_array(), *own, *row;
    size_t i, count = json_array_size(before), bytes = 0;
    char *text;

    own = json_pack("{s:I, s:s, s:o, s:O}", "revision", (json_int_t)revision, "by", by, "at",
                    draft_moment(now), "patch", (json_t *)patch);
    check(own != NULL);
    json_array_foreach(before, i, row)
    {
        if (i + DRAFT_RECENT > count)
            json_array_append(recent, row);
    }
    json_array_append_new(recent, own);
    text = json_text_new(recent, DRAFT_RECENT_BYTES, &bytes);
    while (text == NULL && json_array_size(recent) > 0) {
        json_array_remove(recent, 0);
        text = json_text_new(recent, DRAFT_RECENT_BYTES, &bytes);
    }
    mem_free(text);
    return recent;
}

/* For the audit: {PLACE: what stood or stands there} of the places that a patch changes, as far as
 * there is room. */
static json_t *draft_values(const json_t *bundle, const json_t *patch)
{
    json_t *values = json_object(), *row, *value;
    size_t i, left = DRAFT_VALUES_BYTES;

    json_array_foreach(patch, i, row)
    {
        const char *place = json_get_text(row, "path");
        size_t size = 0;
        char *text;

        value = i < DRAFT_PLACES && place != NULL ? patch_find(bundle, place) : NULL;
        text = value != NULL ? json_text_new(value, left, &size) : NULL;
        if (text != NULL) {
            json_object_set(values, place, value);
            left -= size;
        }
        mem_free(text);
    }
    return values;
}

/* For the audit: which places of the draft are changed. */
static json_t *draft_detail(uint64_t revision, const json_t *patch)
{
    json_t *places = json_array(), *row, *detail;
    size_t i;

    json_array_foreach(patch, i, row)
    {
        if (i < DRAFT_PLACES)
            json_array_append(places, json_object_get(row, "path"));
    }
    detail = json_pack("{s:I, s:o, s:I}", "revision", (json_int_t)revision, "places", places,
                       "changes", (json_int_t)json_array_size(patch));
    check(detail != NULL);
    return detail;
}

void draft_keep(struct ask *ask, const struct object *draft, const struct draft_next *next)
{
    struct clock *clock = ask_clock(ask);
    int64_t now = clock->wall_ms(clock);
    json_t *recent = recent_add(json_object_get(draft->body, "recent"), draft->revision + 1,
                                ask->who->name, now, next->patch),
           *body = json_pack("{s:O, s:o}", "bundle", next->bundle, "recent", recent),
           *detail = draft_detail(draft->revision + 1, next->patch),
           *before = draft_values(json_object_get(draft->body, "bundle"), next->patch),
           *after = draft_values(next->bundle, next->patch), *shown;
    struct object_change changes[1 + ORIGIN_CHANGES] = {
        { .kind = DRAFT_KIND,
          .workspace = ask->who->workspace,
          .id = ask->path[0],
          .from = draft->revision,
          .body = body,
          .by = ask->who->name,
          .what = next->what != NULL ? next->what : "draft.change",
          .detail = detail,
          .before = before,
          .after = after }
    };
    struct ask_later *later = ask_later(ask);
    uint64_t revision = 0;
    struct err e;

    check(body != NULL);
    draft_from_add(body, draft->body);
    if (next->origin != NULL)
        origin_changes(ask, ask->path[0], next->origin, changes + 1);
    if (draft_change(ask, changes, next->origin != NULL ? 1 + ORIGIN_CHANGES : 1, &revision, later,
                     &e) == ERR_OK) {
        shown =
            json_pack("{s:s, s:I, s:o, s:s}", "flow", ask->path[0], "revision",
                      (json_int_t)revision, "changed_at", draft_moment(now), "by", ask->who->name);
        check(shown != NULL);
        json_object_update(shown, (json_t *)next->shown);
        later_will(later, 200, shown, revision);
    } else {
        later_refuse(later, &e);
    }
    json_decref(before);
    json_decref(after);
    json_decref(detail);
    json_decref(body);
}

bool draft_take(struct ask *ask, struct object *draft, const json_t *mine)
{
    uint64_t from;
    struct err e;

    if (ask_if_match(ask, &from, &e) != ERR_OK ||
        object_read(ask_objects(ask), DRAFT_KIND, ask->who->workspace, ask->path[0], draft, &e) !=
            ERR_OK) {
        ask_refuse(ask, &e);
        return false;
    }
    if (draft->revision == from)
        return true;
    draft_refuse_stale(ask, draft, from, mine);
    object_fini(draft);
    return false;
}
