/* draft_tell.c - the event of a changed draft, after the change is durable: who reads the draft
 * then finds what was told - and what is looked at before it. */
#include "designer-api/draft_tell.h"

#include "base/check.h"
#include "base/mem.h"
#include "designer-api/api_priv.h"
#include "designer-api/live.h"
#include "engine/guard.h"

struct draft_told {
    struct ask_later *later;
    struct live *live;
    char *workspace;
    json_t *data;
    uint64_t revision;
};

static void draft_told_free(struct draft_told *told)
{
    mem_free(told->workspace);
    json_decref(told->data);
    mem_free(told);
}

static void draft_told(void *arg, const struct err *e)
{
    struct draft_told *told = arg;

    if (e->code == ERR_OK && told->live != NULL) {
        json_object_set_new(told->data, "revision", json_integer((json_int_t)told->revision));
        live_tell(told->live, LIVE_DRAFT, told->workspace, json_incref(told->data));
    }
    later_told(told->later, e);
    draft_told_free(told);
}

enum err_code draft_change(struct ask *ask, const struct object_change *changes, size_t count,
                           uint64_t *revision, struct ask_later *later, struct err *e)
{
    const struct object_change *change = &changes[0];
    struct draft_told *told = mem_must(sizeof *told);

    *told = (struct draft_told){ .later = later,
                                 .live = ask->api->rooms.live,
                                 .workspace = mem_must_copy(change->workspace),
                                 .data = json_pack("{s:s, s:s}", "flow", change->id, "by",
                                                   change->by) };
    check(told->data != NULL && change->from != OBJECT_ANY);
    told->revision = change->body != NULL ? change->from + 1 : 0;
    if (object_change_all(ask_objects(ask), changes, count, draft_told, told, e) != ERR_OK) {
        draft_told_free(told);
        return e->code;
    }
    if (revision != NULL)
        *revision = change->from + 1;
    return ERR_OK;
}

enum err_code draft_guard(struct ask *ask, json_t **bundle, struct err *e)
{
    json_t *events = json_pack("{s:O*, s:O*}", "tests", json_object_get(*bundle, "tests"), "trials",
                               json_object_get(*bundle, "trials"));
    json_t *given = json_incref(events);

    check(events != NULL);
    if (guard_kept(ask_engine(ask), ask->who->workspace, &events, "tests of a draft", e) ==
            ERR_OK &&
        events != given) {
        json_t *clean = json_copy(*bundle);

        check(clean != NULL && json_object_update(clean, events) == 0);
        json_decref(*bundle);
        *bundle = clean;
    }
    json_decref(given);
    json_decref(events);
    return e->code;
}
