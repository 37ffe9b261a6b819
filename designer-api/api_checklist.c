/* api_checklist.c - what is left to do until a flow is live: in four phases, from facts only. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "designer-api/patch.h"
#include "designer-api/proving.h"
#include "designer-api/templates.h"
#include "engine/flows.h"
#include "engine/prove.h"
#include "engine/secret.h"
#include "store/look.h"

struct checklist {
    struct ask *ask;
    const char *flow;
    json_t *phases;
    char version[DIGEST_TEXT]; /* that it would become; "": it has faults */
    bool drafted;              /* else it is what is live */
    char template[LIMIT_NAME]; /* that its draft is from, ""; its tests have events, too */
    json_t *called;            /* the flows that were told of: several steps may call one */
    bool done;
};

#define CALLED 240

static void phase_add(struct checklist *list, const char *phase, json_t *items)
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

static json_t *item_add(json_t *items, const char *item, bool done, const char *text)
{
    json_t *json = json_pack("{s:s, s:b, s:s}", "item", item, "done", done, "text", text);

    check(json != NULL);
    json_array_append_new(items, json);
    return json;
}

/* What it is about: of NULL nothing is said. */
static void item_of(json_t *item, const char *member, const char *name)
{
    if (name != NULL)
        json_object_set_new(item, member, json_string(name));
}

/* ---- Discovery: the systems, and what they are signed in to with */

static bool secret_is_there(const json_t *secrets, const char *name)
{
    json_t *one;
    size_t i;

    json_array_foreach(secrets, i, one)
    {
        if (strcmp(json_get_text(one, "name"), name) == 0)
            return true;
    }
    return false;
}

/* As people call it, with its name in the flow: "PayTrace (gateway)". */
static void connection_called(struct ask *ask, const char *name, const json_t *shape,
                              char called[CALLED])
{
    const char *connector = json_get_text(shape, "connector"),
               *title =
                   connector != NULL ? engine_connector_title(ask_engine(ask), connector) : NULL;

    if (title != NULL)
        snprintf(called, CALLED, "%.100s (%.100s)", title, name);
    else
        snprintf(called, CALLED, "%.100s", name);
}

/* Whether the vault has all that the connection takes from it. */
static bool secrets_are_there(const json_t *secrets, const json_t *shape)
{
    const char *secret, *vault;
    json_t *source;

    json_object_foreach(json_object_get(shape, "secrets"), secret, source)
    {
        vault = json_get_text(source, "vault");
        if (vault != NULL && !secret_is_there(secrets, vault))
            return false;
    }
    return true;
}

static bool discovery_secrets(json_t *items, const json_t *secrets, const char *name,
                              const char *called, const json_t *shape)
{
    const char *secret;
    json_t *source, *item;
    char text[500];
    bool whole = true;

    json_object_foreach(json_object_get(shape, "secrets"), secret, source)
    {
        const char *vault = json_get_text(source, "vault");

        if (vault == NULL || secret_is_there(secrets, vault))
            continue;
        snprintf(text, sizeof text, "%s: the vault has no secret \"%.150s\"", called, vault);
        item = item_add(items, "secret", false, text);
        item_of(item, "connection", name);
        item_of(item, "secret", vault);
        whole = false;
    }
    return whole;
}

/* A template's connection comes without the address of anybody's system, and its secrets are those
 * of the connection that is chosen for it: one point says it. `own` is one that nobody has made
 * his: where its address has a default only the secrets are missing. */
static bool discovery_settings(struct ask *ask, json_t *items, const char *name, const char *called,
                               const char *use, const json_t *shape, bool own)
{
    json_t *lacks = engine_connection_lacks(ask_engine(ask), shape);
    size_t count = json_array_size(lacks);
    char text[500], more[40] = "";

    if (count > 1)
        snprintf(more, sizeof more, " and %zu more", count - 1);
    if (count > 0 && use != NULL)
        snprintf(text, sizeof text, "%s: the connection \"%.100s\" lacks its \"%.80s\"%s", called,
                 use, json_string_value(json_array_get(lacks, 0)), more);
    else
        snprintf(text, sizeof text,
                 "%s is not connected yet: choose a connection of the workspace, or make one",
                 called);
    if (count > 0 || own)
        item_of(item_add(items, "connection", false, text), "connection", name);
    json_decref(lacks);
    return count == 0 && !own;
}

static void discovery_connection(struct checklist *list, json_t *items, const json_t *secrets,
                                 const char *name, json_t *connection)
{
    struct ask *ask = list->ask;
    struct err e;
    json_t *shape =
        engine_connection_shape(ask_engine(ask), ask->who->workspace, "production", connection, &e);
    const char *use = json_get_text(connection, "use");
    char text[500], called[CALLED];
    bool own = use == NULL && list->template[0] != '\0' && !secrets_are_there(secrets, shape);

    connection_called(ask, name, shape != NULL ? shape : connection, called);
    if (shape == NULL) {
        snprintf(text, sizeof text, "%s: %.180s", called, e.text);
        item_of(item_add(items, "connection", false, text), "connection", name);
        return;
    }
    if (discovery_settings(ask, items, name, called, use, shape, own) &&
        discovery_secrets(items, secrets, name, called, shape)) {
        snprintf(text, sizeof text, "%s has its address and its secrets", called);
        item_of(item_add(items, "connection", true, text), "connection", name);
    }
    json_decref(shape);
}

/* A connection that a step names and the flow has not. */
static void discovery_unnamed(json_t *items, const json_t *connections, const char *id,
                              const char *name)
{
    char text[300];

    if (json_object_get(connections, name) != NULL)
        return;
    snprintf(text, sizeof text,
             "The step %.64s works through a connection \"%.100s\", which the flow has not", id,
             name);
    item_of(item_add(items, "connection", false, text), "connection", name);
}

/* Another flow that a step calls: a template's common part is a flow of its own, and a template,
 * too. */
static void discovery_called(struct checklist *list, json_t *items, const char *step,
                             const char *flow)
{
    struct ask *ask = list->ask;
    char text[500], version[DIGEST_TEXT];
    struct err e;
    bool live = engine_flow_live(ask_engine(ask), ask->who->workspace, "production", flow,
                                 version) != NULL,
         there = live || draft_known(ask, flow, &e) == ERR_OK,
         made = !there && templates_find(ask_templates(ask), flow) != NULL;
    json_t *item;

    if (json_object_get(list->called, flow) != NULL)
        return;
    json_object_set_new(list->called, flow, json_true());
    snprintf(text, sizeof text, "The flow \"%.100s\", which \"%.200s\" calls, is %s", flow, step,
             live    ? "live"
             : there ? "not live yet: set it up, and launch it"
             : made  ? "not there yet: make it from its template"
                     : "not there: make it");
    item = item_add(items, "flow", live, text);
    item_of(item, "flow", there ? flow : NULL);
    item_of(item, "template", made ? flow : NULL);
}

/* What the steps need beside what connections.json has, inside of bodies too. */
static void discovery_steps(struct checklist *list, json_t *items, const json_t *connections,
                            const json_t *nodes)
{
    const json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const json_t *config = json_object_get(node, "config");
        const char *id = json_get_text(node, "id"), *type = json_get_text(node, "type"),
                   *title = json_get_text(node, "title");
        const char *name = json_get_text(node, "connection"), *flow = json_get_text(config, "flow");

        if (name != NULL)
            discovery_unnamed(items, connections, id != NULL ? id : "", name);
        if (type != NULL && strcmp(type, "branch.call") == 0 && flow != NULL)
            discovery_called(list, items,
                             title != NULL && *title != '\0' ? title
                             : id != NULL                    ? id
                                                             : "",
                             flow);
        discovery_steps(list, items, connections,
                        json_object_get(json_object_get(config, "body"), "nodes"));
    }
}

static void discovery(struct checklist *list, const json_t *bundle)
{
    struct err e;
    json_t *items = json_array(), *one,
           *secrets = engine_secrets(ask_engine(list->ask), list->ask->who->workspace, &e),
           *connections = json_object_get(json_object_get(bundle, "connections"), "connections");
    const char *name;

    json_object_foreach(connections, name, one)
    {
        discovery_connection(list, items, secrets, name, one);
    }
    list->called = json_object();
    discovery_steps(list, items, connections,
                    json_object_get(json_object_get(bundle, "flow"), "nodes"));
    json_decref(list->called);
    if (json_array_size(items) == 0)
        item_add(items, "connection", true, "The flow needs no connection");
    json_decref(secrets);
    phase_add(list, "Discovery", items);
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

    if (secret != NULL)
        snprintf(text, sizeof text, "The vault has no secret \"%.150s\"", secret);
    item = secret != NULL ? item_add(items, "secret", false, text)
                          : item_add(items, "fault", false, fault->text);
    item_of(item, "pointer", fault->pointer);
    item_of(item, "secret", secret);
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
        item_add(items, "fault", true, "The flow has no faults");
    faults_fini(&faults);
    phase_add(list, "Configure & map", items);
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
        item_add(items, "tests", false, "The flow has faults: its tests cannot be run");
        return;
    }
    if (engine_proof(ask_engine(list->ask), list->ask->who->workspace, compiled, test_told, &tests,
                     &e) == ERR_OK)
        snprintf(text, sizeof text, "Tests of rules: %u pass, %u fail", tests.passed, tests.failed);
    else
        snprintf(text, sizeof text, "%.250s", e.text);
    item_add(items, "tests", e.code == ERR_OK && tests.failed == 0, text);
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
    item_add(items, "samples", count > 0, text);
    phase_add(list, "Validate", items);
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
         before = works || json_array_size(versions) > 0;

    item_add(items, "publish", published,
             published ? "It is published as it stands"
             : before  ? "It was changed since it was published: publish it again"
                       : "It is not published yet");
    item_add(items, "deploy", works && (!drafted || now || !published),
             !works                         ? "It does not work in production yet"
             : drafted && published && !now ? "Another version of it works in production"
                                            : "It works in production");
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
    item_add(items, "run", found,
             found ? "A run has succeeded there" : "No run has succeeded there yet");
    phase_add(list, "Launch", items);
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
    discovery(&list, part);
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
