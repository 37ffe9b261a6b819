/* api_checklist.c - what is left to do until a flow is live: in four phases, from facts only. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"
#include "designer-api/calls.h"
#include "designer-api/checklist.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "designer-api/patch.h"
#include "designer-api/proving.h"
#include "designer-api/templates.h"
#include "engine/flows.h"
#include "engine/prove.h"
#include "flow/flow.h"

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

json_t *checklist_add(const struct checklist *list, json_t *items, const char *item, bool done,
                      const char *text, const char *key, json_t *values)
{
    json_t *json = json_pack("{s:s, s:b, s:s}", "item", item, "done", done, "text", text);

    check(json != NULL);
    if (key != NULL)
        json_object_set_new(
            json, "says",
            json_pack("{s:s, s:o}", "key", key, "values", values != NULL ? values : json_object()));
    if (list->at->step != NULL)
        json_object_set_new(json, "part", json_string(list->at->flow));
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
static void fault_add(const struct checklist *list, json_t *items, const struct fault *fault,
                      const json_t *flow)
{
    const char *secret =
        fault->code == FAULT_NO_SECRET ? json_string_value(patch_find(flow, fault->pointer)) : NULL;
    char text[300];
    json_t *item;

    if (secret != NULL) {
        snprintf(text, sizeof text, "The vault has no secret \"%.150s\"", secret);
        item = checklist_add(list, items, "secret", false, text, "noSecret",
                             json_pack("{s:s}", "secret", secret));
    } else {
        item = checklist_add(list, items, "fault", false, fault->text, NULL, NULL);
    }
    checklist_about(item, "pointer", fault->pointer);
    checklist_about(item, "secret", secret);
}

static void configure_part(struct checklist *list, json_t *items, struct checklist_part *part)
{
    const struct flow_check check = { .workspace = list->ask->who->workspace,
                                      .slug = part->flow,
                                      .environment = "production" };
    struct engine *engine = ask_engine(list->ask);
    struct faults faults;

    list->at = part;
    faults_init(&faults);
    part->compiled = engine_compiled(engine, part->bundle);
    if (part->compiled == NULL)
        part->compiled = engine_compile(engine, part->bundle, part->flow, &faults);
    if (part->compiled != NULL && engine_compiled_check(engine, &check, part->compiled, &faults))
        snprintf(part->version, sizeof part->version, "%s", compiled_flow(part->compiled)->version);
    faults_sort(&faults);
    for (size_t i = 0; i < faults.count; i++)
        if (!faults.list[i].warning)
            fault_add(list, items, &faults.list[i], json_object_get(part->bundle, "flow"));
    faults_fini(&faults);
}

static void configure(struct checklist *list)
{
    json_t *items = json_array();

    for (size_t i = list->count; i > 0; i--)
        if (list->parts[i - 1].bundle != NULL)
            configure_part(list, items, &list->parts[i - 1]);
    list->at = list->whole;
    if (json_array_size(items) == 0)
        checklist_add(list, items, "fault", true, "The flow has no faults", "noFaults", NULL);
    checklist_groups(list, items);
    checklist_questions(list);
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

static void validate_told(const struct checklist *list, json_t *items, const struct tests *tests)
{
    char text[300];

    snprintf(text, sizeof text, "Tests of rules: %u pass, %u fail", tests->passed, tests->failed);
    checklist_add(list, items, "tests", tests->failed == 0, text, "tests",
                  json_pack("{s:I, s:I}", "passed", (json_int_t)tests->passed, "failed",
                            (json_int_t)tests->failed));
}

/* A part has a point of its own where its tests do not pass; else they count with the flow's. */
static void validate_tests(struct checklist *list, json_t *items, const struct checklist_part *part,
                           struct tests *all)
{
    struct tests tests = { 0 };
    struct err e;

    list->at = part;
    if (part->compiled == NULL) {
        checklist_add(list, items, "tests", false, "The flow has faults: its tests cannot be run",
                      "testsWait", NULL);
        return;
    }
    if (engine_proof(ask_engine(list->ask), list->ask->who->workspace, part->compiled, test_told,
                     &tests, &e) != ERR_OK)
        checklist_add(list, items, "tests", false, e.text, NULL, NULL);
    else if (tests.failed > 0)
        validate_told(list, items, &tests);
    else
        all->passed += tests.passed;
}

static bool sample_count(void *arg, const struct object *object)
{
    unsigned *count = arg;

    (void)object;
    ++*count;
    return true;
}

static void validate_samples(const struct checklist *list, json_t *items)
{
    char prefix[LIMIT_NAME + 2], text[100];
    unsigned kept = 0;
    size_t count;
    struct err e;

    snprintf(prefix, sizeof prefix, "%.199s:", list->at->flow);
    if (object_list(ask_objects(list->ask), SAMPLE_KIND, list->ask->who->workspace, prefix, NULL, 0,
                    sample_count, &kept, &e) != ERR_OK)
        kept = 0;
    count = kept + templates_events(ask_templates(list->ask), list->at->template);
    if (count > 0)
        snprintf(text, sizeof text, "Events to try it with: %zu", count);
    else
        snprintf(text, sizeof text, "No event is kept yet to try it with");
    checklist_add(list, items, "samples", count > 0, text, "samples",
                  json_pack("{s:I}", "count", (json_int_t)count));
}

static void validate(struct checklist *list)
{
    json_t *items = json_array();
    struct tests all = { 0 };

    for (size_t i = list->count; i > 0; i--)
        if (list->parts[i - 1].bundle != NULL)
            validate_tests(list, items, &list->parts[i - 1], &all);
    list->at = list->whole;
    if (json_array_size(items) == 0)
        validate_told(list, items, &all);
    if (list->whole->bundle != NULL)
        validate_samples(list, items);
    checklist_phase(list, "Validate", items);
}

/* ---- The whole */

static void part_read(struct ask *ask, struct checklist_part *part, const json_t *call)
{
    json_t *bundle = json_object_get(call, "bundle");
    const char *template;
    struct object draft;
    struct err e;

    part->flow = json_get_text(call, "flow");
    part->step = json_get_text(call, "step");
    part->bundle = bundle != NULL ? draft_version(bundle) : NULL;
    if (object_read(ask_objects(ask), DRAFT_KIND, ask->who->workspace, part->flow, &draft, &e) !=
        ERR_OK)
        return;
    template = json_get_text(draft.body, "template");
    part->drafted = true;
    if (template != NULL)
        snprintf(part->template, sizeof part->template, "%s", template);
    object_fini(&draft);
}

static bool checklist_waits(struct ask *ask, ask_handler_fn *handler, const struct checklist *list)
{
    json_t *parts = json_object();
    bool waits;

    for (size_t i = 0; i < list->count; i++)
        if (list->parts[i].bundle != NULL)
            json_object_set(parts, list->parts[i].flow, list->parts[i].bundle);
    waits = proving_waits_all(ask, handler, parts);
    json_decref(parts);
    return waits;
}

static void checklist_give(struct checklist *list)
{
    list->phases = json_array();
    list->connections = json_array();
    list->questions = json_array();
    list->launch = json_array();
    checklist_systems(list);
    configure(list);
    validate(list);
    checklist_launch(list);
    ask_give(list->ask, 200,
             json_pack("{s:s, s:b, s:o, s:o, s:o, s:o}", "flow", list->whole->flow, "done",
                       list->done, "phases", list->phases, "connections", list->connections,
                       "questions", list->questions, "launch", list->launch));
}

json_t *checklist_find(struct ask *ask, const char *flow)
{
    struct err e;

    return draft_current(ask, flow, &e);
}

void checklist_answer(struct ask *ask, const json_t *calls, const char *name,
                      ask_handler_fn *handler)
{
    const struct checklist_part pairing = { .flow = name };
    struct checklist list = { .ask = ask, .done = true, .count = json_array_size(calls) };

    list.parts = mem_must((list.count + 1) * sizeof *list.parts);
    memset(list.parts, 0, (list.count + 1) * sizeof *list.parts);
    for (size_t i = 0; i < list.count; i++)
        part_read(ask, &list.parts[i], json_array_get(calls, i));
    list.whole = name != NULL ? &pairing : &list.parts[list.count - 1];
    if (!checklist_waits(ask, handler, &list))
        checklist_give(&list);
    for (size_t i = 0; i < list.count; i++) {
        compiled_free(ask_engine(ask), list.parts[i].compiled);
        json_decref(list.parts[i].bundle);
    }
    mem_free(list.parts);
}

static void checklist_get(struct ask *ask)
{
    struct err e;
    json_t *bundle = draft_current(ask, ask->path[0], &e), *calls;

    if (bundle == NULL) {
        ask_refuse(ask, &e);
        return;
    }
    calls = calls_list(ask, ask->path[0], bundle, checklist_find);
    checklist_answer(ask, calls, NULL, checklist_get);
    json_decref(calls);
    json_decref(bundle);
}

const struct ask_bind checklist_binds[] = {
    { "getChecklist", checklist_get },
    { NULL, NULL },
};
