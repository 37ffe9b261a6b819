/* api_checklist.c - what is left to do until a flow is live: in four phases, from facts only. */
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "designer-api/context.h"
#include "designer-api/draft.h"
#include "designer-api/proving.h"
#include "engine/flows.h"
#include "engine/prove.h"
#include "engine/secret.h"
#include "store/look.h"

struct checklist {
    struct ask *ask;
    const char *flow;
    json_t *phases;
    bool done;
};

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

static void item_add(json_t *items, const char *item, bool done, const char *text,
                     const char *pointer, const char *connection)
{
    json_array_append_new(items,
                          json_pack("{s:s, s:b, s:s, s:s*, s:s*}", "item", item, "done", done,
                                    "text", text, "pointer", pointer, "connection", connection));
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

static bool discovery_secrets(json_t *items, const json_t *secrets, const char *name,
                              const json_t *shape, bool bound)
{
    const char *secret;
    json_t *source;
    char text[300];
    bool whole = true;

    json_object_foreach(json_object_get(shape, "secrets"), secret, source)
    {
        const char *vault = json_get_text(source, "vault");

        if (vault == NULL || secret_is_there(secrets, vault))
            continue;
        snprintf(text, sizeof text, "%.60s: the vault has no secret \"%.150s\"%s", name, vault,
                 bound ? "" : ": bind it to a connection of the workspace");
        item_add(items, "secret", false, text, NULL, name);
        whole = false;
    }
    return whole;
}

/* A template's connection comes without the address of anybody's system, and its secrets are those
 * of the connection that it is bound to: one point says it. */
static bool discovery_settings(struct ask *ask, json_t *items, const char *name,
                               const json_t *shape)
{
    json_t *lacks = engine_connection_lacks(ask_engine(ask), shape);
    size_t count = json_array_size(lacks);
    char text[300], more[40] = "";

    if (count > 1)
        snprintf(more, sizeof more, " and %zu more", count - 1);
    if (count > 0) {
        snprintf(text, sizeof text,
                 "%.100s lacks its \"%.80s\"%s: bind it to a connection of the workspace", name,
                 json_string_value(json_array_get(lacks, 0)), more);
        item_add(items, "connection", false, text, NULL, name);
    }
    json_decref(lacks);
    return count == 0;
}

static void discovery_connection(struct ask *ask, json_t *items, const json_t *secrets,
                                 const char *name, json_t *connection)
{
    struct err e;
    json_t *shape =
        engine_connection_shape(ask_engine(ask), ask->who->workspace, "production", connection, &e);
    char text[300];

    if (shape == NULL) {
        snprintf(text, sizeof text, "%.100s: %.180s", name, e.text);
        item_add(items, "connection", false, text, NULL, name);
        return;
    }
    if (discovery_settings(ask, items, name, shape) &&
        discovery_secrets(items, secrets, name, shape,
                          json_object_get(connection, "use") != NULL)) {
        snprintf(text, sizeof text, "%.100s has its address and its secrets", name);
        item_add(items, "connection", true, text, NULL, name);
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
    item_add(items, "connection", false, text, NULL, name);
}

/* Another flow that a step calls: a template's common part is a flow of its own. */
static void discovery_called(struct ask *ask, json_t *items, const char *id, const char *flow)
{
    char text[300], version[DIGEST_TEXT];
    bool live =
        engine_flow_live(ask_engine(ask), ask->who->workspace, "production", flow, version) != NULL;

    snprintf(
        text, sizeof text,
        live ? "The flow \"%.100s\", which the step %.64s calls, is live"
             : "The flow \"%.100s\", which the step %.64s calls, is not live: make it, from its "
               "template if it has one, and publish it",
        flow, id);
    item_add(items, "flow", live, text, NULL, NULL);
}

/* What the steps need beside what connections.json has, inside of bodies too. */
static void discovery_steps(struct ask *ask, json_t *items, const json_t *connections,
                            const json_t *nodes)
{
    const json_t *node;
    size_t i;

    json_array_foreach(nodes, i, node)
    {
        const json_t *config = json_object_get(node, "config");
        const char *id = json_get_text(node, "id"), *type = json_get_text(node, "type");
        const char *name = json_get_text(node, "connection"), *flow = json_get_text(config, "flow");

        if (name != NULL)
            discovery_unnamed(items, connections, id != NULL ? id : "", name);
        if (type != NULL && strcmp(type, "branch.call") == 0 && flow != NULL)
            discovery_called(ask, items, id != NULL ? id : "", flow);
        discovery_steps(ask, items, connections,
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
        discovery_connection(list->ask, items, secrets, name, one);
    }
    discovery_steps(list->ask, items, connections,
                    json_object_get(json_object_get(bundle, "flow"), "nodes"));
    if (json_array_size(items) == 0)
        item_add(items, "connection", true, "The flow needs no connection", NULL, NULL);
    json_decref(secrets);
    phase_add(list, "Discovery", items);
}

/* ---- Configure & map: what publishing says */

/* A secret is set where secrets are, not in the step that names it. */
static const char *fault_item(const struct fault *fault)
{
    return fault->code == FAULT_NO_SECRET ? "secret" : "fault";
}

static void configure(struct checklist *list, json_t *part)
{
    const struct flow_check check = { .workspace = list->ask->who->workspace,
                                      .slug = list->flow,
                                      .environment = "production" };
    json_t *items = json_array();
    char version[DIGEST_TEXT];
    struct faults faults;

    faults_init(&faults);
    engine_flow_check(ask_engine(list->ask), &check, part, version, &faults);
    faults_sort(&faults);
    for (size_t i = 0; i < faults.count; i++)
        if (!faults.list[i].warning)
            item_add(items, fault_item(&faults.list[i]), false, faults.list[i].text,
                     faults.list[i].pointer, NULL);
    if (json_array_size(items) == 0)
        item_add(items, "fault", true, "The flow has no faults", NULL, NULL);
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
        item_add(items, "tests", false, "The flow has faults: its tests cannot be run", NULL, NULL);
        return;
    }
    if (engine_proof(ask_engine(list->ask), list->ask->who->workspace, compiled, test_told, &tests,
                     &e) == ERR_OK)
        snprintf(text, sizeof text, "Tests of rules: %u pass, %u fail", tests.passed, tests.failed);
    else
        snprintf(text, sizeof text, "%.250s", e.text);
    item_add(items, "tests", e.code == ERR_OK && tests.failed == 0, text, NULL, NULL);
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
    unsigned count = 0;
    struct err e;

    validate_tests(list, part, items);
    snprintf(prefix, sizeof prefix, "%.199s:", list->flow);
    if (object_list(ask_objects(list->ask), SAMPLE_KIND, list->ask->who->workspace, prefix, NULL, 0,
                    sample_count, &count, &e) != ERR_OK)
        count = 0;
    snprintf(text, sizeof text, "Samples to try it with: %u", count);
    item_add(items, "samples", count > 0, text, NULL, NULL);
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

static void launch(struct checklist *list)
{
    const char *workspace = list->ask->who->workspace;
    struct store_look look = { .workspace = workspace,
                               .flow = list->flow,
                               .environment = "production",
                               .statuses = STORE_LOOK_STATUS(RUN_SUCCEEDED),
                               .limit = 1,
                               .most = 1000 };
    struct store_look_end end;
    json_t *items = json_array(), *versions;
    bool live, found = false;
    struct err e;

    versions = draft_versions(list->ask, list->flow, &e);
    live =
        engine_flow_live(ask_engine(list->ask), workspace, "production", list->flow, NULL) != NULL;
    item_add(items, "publish", json_array_size(versions) > 0 || live, "A version is published",
             NULL, NULL);
    item_add(items, "deploy", live, "It works in production", NULL, NULL);
    if (store_look(ask_store(list->ask), &look, run_found, &found, &end, &e) != ERR_OK)
        found = false;
    item_add(items, "run", found, "A run has succeeded there", NULL, NULL);
    json_decref(versions);
    phase_add(list, "Launch", items);
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
