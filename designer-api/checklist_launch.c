/* checklist_launch.c - the last phase: what of a flow and its parts is published, and works. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/checklist.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "engine/flows.h"
#include "store/look.h"

/* Where one stands on its way: whether it is a version as it is now, and works as that. */
struct standing {
    bool published, before, works, other;
    const char *version; /* the one that it is now: by which it can be put to work; NULL: none */
    char live[DIGEST_TEXT];
};

static void standing_read(struct checklist *list, const struct checklist_part *part,
                          struct standing *standing)
{
    struct ask *ask = list->ask;
    struct err e;
    json_t *versions = draft_versions(ask, part->flow, &e);
    bool now;

    *standing = (struct standing){ .live = "" };
    standing->works = engine_flow_live(ask_engine(ask), ask->who->workspace, "production",
                                       part->flow, standing->live) != NULL;
    now = standing->works && strcmp(standing->live, part->version) == 0;
    standing->published = !part->drafted || now || draft_numbered(versions, part->version) != NULL;
    standing->before = standing->works || json_array_size(versions) > 0;
    standing->other = part->drafted && standing->published && !now && standing->works;
    if (part->drafted && standing->published)
        standing->version = part->version;
    json_decref(versions);
}

static const char *standing_name(const struct standing *standing)
{
    if (!standing->published)
        return standing->before ? "changed" : "unpublished";
    if (!standing->works)
        return "idle";
    return standing->other ? "other" : "live";
}

/* The draft may be a version as it stands; what works in production may be another one. */
static void launch_self(const struct checklist *list, json_t *items,
                        const struct standing *standing)
{
    checklist_add(list, items, "publish", standing->published,
                  standing->published ? "It is published as it stands"
                  : standing->before  ? "It was changed since it was published: publish it again"
                                      : "It is not published yet",
                  standing->published ? "published"
                  : standing->before  ? "changed"
                                      : "unpublished",
                  NULL);
    checklist_add(list, items, "deploy", standing->works && !standing->other,
                  !standing->works  ? "It does not work in production yet"
                  : standing->other ? "Another version of it works in production"
                                    : "It works in production",
                  !standing->works  ? "idle"
                  : standing->other ? "other"
                                    : "works",
                  NULL);
}

static void launch_part(const struct checklist *list, json_t *items,
                        const struct standing *standing)
{
    const char *state = standing_name(standing), *flow = list->at->flow;
    const bool live = strcmp(state, "live") == 0;
    char text[400];

    snprintf(text, sizeof text, "Its part \"%.200s\" %s", flow,
             live                            ? "works in production"
             : strcmp(state, "changed") == 0 ? "was changed since it was published"
             : standing->other               ? "works in production as another version"
                                             : "does not work in production yet");
    checklist_about(checklist_add(list, items, "part", live, text, "part",
                                  json_pack("{s:s, s:s}", "flow", flow, "state", state)),
                    "flow", flow);
}

static void launch_one(struct checklist *list, json_t *items, const struct checklist_part *part)
{
    const char *name = json_get_text(json_object_get(part->bundle, "flow"), "name");
    struct standing standing;
    json_t *row;

    if (part->bundle == NULL)
        return; /* that it is missing is told before */
    list->at = part;
    standing_read(list, part, &standing);
    if (part->step == NULL)
        launch_self(list, items, &standing);
    else
        launch_part(list, items, &standing);
    row = json_pack("{s:s, s:s, s:s, s:s*}", "flow", part->flow, "name",
                    name != NULL ? name : part->flow, "state", standing_name(&standing), "version",
                    standing.version);
    check(row != NULL);
    json_array_append_new(list->launch, row);
}

static enum store_look_word run_found(void *arg, const struct store_run *run)
{
    bool *found = arg;

    (void)run;
    *found = true;
    return LOOK_TAKE;
}

/* Whether it has done what it is there for. */
static void launch_run(const struct checklist *list, json_t *items)
{
    struct store_look look = { .workspace = list->ask->who->workspace,
                               .flow = list->whole->flow,
                               .environment = "production",
                               .statuses = STORE_LOOK_STATUS(RUN_SUCCEEDED),
                               .limit = 1,
                               .most = 1000 };
    struct store_look_end end;
    bool found = false;
    struct err e;

    if (store_look(ask_store(list->ask), &look, run_found, &found, &end, &e) != ERR_OK)
        found = false;
    checklist_add(list, items, "run", found,
                  found ? "A run has succeeded there" : "No run has succeeded there yet",
                  found ? "ran" : "noRun", NULL);
}

void checklist_launch(struct checklist *list)
{
    json_t *items = json_array();

    for (size_t i = 0; i < list->count; i++)
        launch_one(list, items, &list->parts[i]);
    if (list->whole->bundle != NULL)
        launch_run(list, items);
    checklist_phase(list, "Launch", items);
}
