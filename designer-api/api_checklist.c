/* api_checklist.c - what is left to do until a flow is live: in four phases, from facts only. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/checklist.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "designer-api/patch.h"
#include "designer-api/proving.h"
#include "designer-api/templates.h"
#include "engine/flows.h"
#include "engine/prove.h"
#include "engine/secret.h"
#include "store/look.h"

void checklist_phase(struct checklist *list, const char *phase, json_t *items)
{
    bool done = true;
    json_t *item;
    size_t i;

    json_array_foreach(items, i, item)
    {
        done = done && json_is_true(json_object_get(item, "done"));
    }
    json_array_append_new(
        list->phases, json_pack("{s:s, s:b, s:o}", "phase", phase, "done", done, "items", items));
    list->done = list->done && done;
}

json_t *checklist_add(json_t *items, const char *item, bool done, const char *text, const char *key,
                      json_t *values)
{
    json_t *json = json_pack("{s:s, s:b, s:s}", "item", item, "done", done, "text", text);

    check(json != NULL);
    if (key != NULL)
        json_object_set_new(
            json, "says",
            json_pack("{s:s, s:o}", "key", key, "values", values != NULL ? values : json_object()));
    json_array_append_new(items, json);
    return json;
}

void checklist_about(json_t *item, const char *member, const char *name)
{
    if (name != NULL)
        json_object_set_new(item, member, json_string(name));
}

/* ---- Configure & map: what publishing says */

/* A secret that a step names is set where it is asked for: the point names it, and the step is told
 * by the pointer. */
static void fault_add(json_t *items, const struct fault *fault, const json_t *flow)
{
    const char *secret =
        fault->code == FAULT_NO_SECRET ? json_string_value(patch_find(flow, fault->pointer)) : NULL;
    char text[300];
    json_t *item;

    if (secret != NULL) {
        snprintf(text, sizeof text, "The vault has no secret \"%.150s\"", secret);
        item = checklist_add(items, "secret", false, text, "noSecret",
                             json_pack("{s:s}", "secret", secret));
    } else {
        item = checklist_add(items, "fault", false, fault->text, NULL, NULL);
    }
    checklist_about(item, "pointer", fault->pointer);
    checklist_about(item, "secret", secret);
}

static void configure(struct checklist *list, json_t *part)
{
    const struct flow_check check = { .workspace = list->ask->who->workspace,
                                      .slug = list->flow,
                                      .environment = "production" };
    json_t *items = json_array();
    struct faults faults;

    faults_init(&faults);
    if (!engine_flow_check(ask_engine(list->ask), &check, part, list->version, &faults))
        list->version[0] = '\0';
    faults_sort(&faults);
    for (size_t i = 0; i < faults.count; i++)
        if (!faults.list[i].warning)
            fault_add(items, &faults.list[i], json_object_get(part, "flow"));
    if (json_array_size(items) == 0)
        checklist_add(items, "fault", true, "The flow has no faults", "noFaults", NULL);
    faults_fini(&faults);
    checklist_groups(list, items, part);
    checklist_phase(list, "Configure & map", items);
}

/* ---- Validate: tests of rules, samples, a trial run */

struct tests {
    unsigned passed, failed;
};

static void test_told(void *arg, const struct proof *proof)
{
    struct tests *tests = arg;

    if (proof->passed)
        tests->passed++;
    else
        tests->failed++;
}

static void validate_tests(struct checklist *list, json_t *part, json_t *items)
{
    struct tests tests = { 0 };
    struct version *compiled;
    struct faults faults;
    char text[300];
    struct err e;

    faults_init(&faults);
    compiled = engine_compile(ask_engine(list->ask), part, list->flow, &faults);
    faults_fini(&faults);
    if (compiled == NULL) {
        checklist_add(items, "tests", false, "The flow has faults: its tests cannot be run",
                      "testsWait", NULL);
        return;
    }
    if (engine_proof(ask_engine(list->ask), list->ask->who->workspace, compiled, test_told, &tests,
                     &e) == ERR_OK) {
        snprintf(text, sizeof text, "Tests of rules: %u pass, %u fail", tests.passed, tests.failed);
        checklist_add(items, "tests", tests.failed == 0, text, "tests",
                      json_pack("{s:I, s:I}", "passed", (json_int_t)tests.passed, "failed",
                                (json_int_t)tests.failed));
    } else {
        checklist_add(items, "tests", false, e.text, NULL, NULL);
    }
    compiled_free(ask_engine(list->ask), compiled);
}

static bool sample_count(void *arg, const struct object *object)
{
    unsigned *count = arg;

    (void)object;
    ++*count;
    return true;
}

static void validate(struct checklist *list, json_t *part)
{
    json_t *items = json_array();
    char prefix[LIMIT_NAME + 2], text[100];
    unsigned kept = 0;
    size_t count;
    struct err e;

    validate_tests(list, part, items);
    snprintf(prefix, sizeof prefix, "%.199s:", list->flow);
    if (object_list(ask_objects(list->ask), SAMPLE_KIND, list->ask->who->workspace, prefix, NULL, 0,
                    sample_count, &kept, &e) != ERR_OK)
        kept = 0;
    count = kept + templates_events(ask_templates(list->ask), list->template);
    if (count > 0)
        snprintf(text, sizeof text, "Events to try it with: %zu", count);
    else
        snprintf(text, sizeof text, "No event is kept yet to try it with");
    checklist_add(items, "samples", count > 0, text, "samples",
                  json_pack("{s:I}", "count", (json_int_t)count));
    checklist_phase(list, "Validate", items);
}

/* ---- Launch */

static enum store_look_word run_found(void *arg, const struct store_run *run)
{
    bool *found = arg;

    (void)run;
    *found = true;
    return LOOK_TAKE;
}

/* Whether the draft is a version as it stands; what works in production may be another one. */
static void launch_versions(struct checklist *list, json_t *items)
{
    const char *workspace = list->ask->who->workspace;
    char live[DIGEST_TEXT] = "";
    bool works =
        engine_flow_live(ask_engine(list->ask), workspace, "production", list->flow, live) != NULL;
    struct err e;
    json_t *versions = draft_versions(list->ask, list->flow, &e);
    bool drafted = list->drafted, now = works && strcmp(live, list->version) == 0,
         published = !drafted || now || draft_numbered(versions, list->version) != NULL,
         before = works || json_array_size(versions) > 0, other = drafted && published && !now;

    checklist_add(items, "publish", published,
                  published ? "It is published as it stands"
                  : before  ? "It was changed since it was published: publish it again"
                            : "It is not published yet",
                  published ? "published"
                  : before  ? "changed"
                            : "unpublished",
                  NULL);
    checklist_add(items, "deploy", works && !other,
                  !works  ? "It does not work in production yet"
                  : other ? "Another version of it works in production"
                          : "It works in production",
                  !works  ? "idle"
                  : other ? "other"
                          : "works",
                  NULL);
    json_decref(versions);
}

static void launch(struct checklist *list)
{
    struct store_look look = { .workspace = list->ask->who->workspace,
                               .flow = list->flow,
                               .environment = "production",
                               .statuses = STORE_LOOK_STATUS(RUN_SUCCEEDED),
                               .limit = 1,
                               .most = 1000 };
    struct store_look_end end;
    json_t *items = json_array();
    bool found = false;
    struct err e;

    launch_versions(list, items);
    if (store_look(ask_store(list->ask), &look, run_found, &found, &end, &e) != ERR_OK)
        found = false;
    checklist_add(items, "run", found,
                  found ? "A run has succeeded there" : "No run has succeeded there yet",
                  found ? "ran" : "noRun", NULL);
    checklist_phase(list, "Launch", items);
}

static void checklist_draft(struct checklist *list)
{
    struct object draft;
    const char *template;
    struct err e;

    if (object_read(ask_objects(list->ask), DRAFT_KIND, list->ask->who->workspace, list->flow,
                    &draft, &e) != ERR_OK)
        return;
    template = json_get_text(draft.body, "template");
    list->drafted = true;
    if (template != NULL)
        snprintf(list->template, sizeof list->template, "%s", template);
    object_fini(&draft);
}

static void checklist_get(struct ask *ask)
{
    struct checklist list = { .ask = ask, .flow = ask->path[0], .done = true };
    struct err e;
    json_t *bundle = draft_current(ask, list.flow, &e), *part;

    if (bundle == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    part = draft_version(bundle);
    if (proving_waits(ask, checklist_get, list.flow, part))
        goto out;
    list.phases = json_array();
    checklist_draft(&list);
    checklist_systems(&list, part);
    configure(&list, part);
    validate(&list, part);
    launch(&list);
    ask_give(
        ask, 200,
        json_pack("{s:s, s:b, s:o}", "flow", list.flow, "done", list.done, "phases", list.phases));
out:
    json_decref(part);
    json_decref(bundle);
}

const struct ask_bind checklist_binds[] = {
    { "getChecklist", checklist_get },
    { NULL, NULL },
};
