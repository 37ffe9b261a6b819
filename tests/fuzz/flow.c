/* flow.c - foreign bytes as a definition, or as a bundle: it compiles or has faults, and either way
 * nothing is left over.
 *
 * The node types are the fuzzer's own, small, with one setting of each kind. What compiles is
 * walked through, so that every index in it is used. With -DFUZZ_MAIN instead of a fuzzing engine:
 * reads the files named as arguments. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/flow.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct item {
    const char *port;
    struct value *when;
};
struct config {
    const char *text, *path, *secret;
    int64_t number, ms;
    bool flag;
    int choice;
    struct value *value;
    const struct flow_expression *script, *function;
    json_t *json;
    struct item *object;
    struct field_list list;
    char *made;
};
static const char *const choices[] = { "red", "green", NULL };
static const char *const ports[] = { "out", "other", NULL };
#define ROW(kind_, name_) .kind = kind_, .name = #name_, .offset = offsetof(struct config, name_)
static const struct field item_rows[] = {
    { .kind = FIELD_PORT, .name = "port", .offset = offsetof(struct item, port) },
    { .kind = FIELD_VALUE,
      .name = "when",
      .offset = offsetof(struct item, when),
      .required = true },
    FIELD_LAST,
};
static const struct field loop_rows[] = {
    { .kind = FIELD_PORT, .name = "port", .offset = offsetof(struct item, port) },
    { .kind = FIELD_VALUE,
      .name = "when",
      .offset = offsetof(struct item, when),
      .required = true,
      .inside = true },
    { .kind = FIELD_BODY, .name = "body", .required = true },
    FIELD_LAST,
};
static const struct field rows[] = {
    { ROW(FIELD_TEXT, text), .fallback = "POST" },
    { ROW(FIELD_PATH, path) },
    { ROW(FIELD_SECRET, secret) },
    { ROW(FIELD_INT, number), .fallback = "5", .min = 1, .max = 9 },
    { ROW(FIELD_MS, ms) },
    { ROW(FIELD_BOOL, flag) },
    { ROW(FIELD_CHOICE, choice), .choices = choices },
    { ROW(FIELD_VALUE, value), .fallback = "=input" },
    { ROW(FIELD_SCRIPT, script) },
    { ROW(FIELD_JSON, json) },
    { ROW(FIELD_OBJECT, object), .rows = item_rows, .size = sizeof(struct item) },
    { ROW(FIELD_LIST, list), .rows = item_rows, .size = sizeof(struct item) },
    FIELD_LAST,
};

static void compile(struct flow_build *build, void *config, const char *pointer,
                    const struct node_type *type)
{
    struct config *c = config;

    (void)type;
    c->made = mem_must_copy("made");
    if (c->text != NULL && strchr(c->text, ':') != NULL)
        c->function = flow_build_expression(build, false, true, c->text, strlen(c->text), pointer);
}

static void release(void *config)
{
    struct config *c = config;

    check(c->made != NULL);
    mem_free(c->made);
}

static void arm(const void *config, struct node_arm *arm)
{
    const struct config *c = config;

    arm->method = c->text != NULL ? c->text : "POST";
    arm->path = c->path;
    arm->respond_result = c->flag;
}

static const struct node_type hook = {
    .name = "trigger.webhook",
    .kind = NODE_TRIGGER,
    .fields = rows,
    .config_size = sizeof(struct config),
    .compile = compile,
    .release = release,
    .arm = arm,
};
static const struct node_type map = {
    .name = "transform.map",
    .kind = NODE_TRANSFORM,
    .fields = rows,
    .config_size = sizeof(struct config),
    .compile = compile,
    .release = release,
    .ports = ports,
};
static const struct node_type loop = {
    .name = "branch.foreach",
    .kind = NODE_BRANCH,
    .fields = loop_rows,
    .config_size = sizeof(struct item),
    .has_body = true,
};
static const struct node_type respond = { .name = "connector.respond", .kind = NODE_CONNECTOR };
static const struct node_type post = {
    .name = "connector.x.post", .kind = NODE_CONNECTOR, .needs_connection = true, .connector = "x"
};
static struct registry *registry;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    mem_install();
    registry = registry_new();
    registry_add(registry, &hook);
    registry_add(registry, &map);
    registry_add(registry, &loop);
    registry_add(registry, &respond);
    registry_add(registry, &post);
    return 0;
}

/* Levels cover the nodes without a gap, and each stands behind the one it is in. */
static void check_levels(const struct flow *flow)
{
    unsigned next = 0;

    for (size_t i = 0; i < flow->graph_count; i++) {
        const struct flow_graph *graph = &flow->graphs[i];

        check(graph->first == next);
        check(graph->count > 0);
        check(i == 0 ? graph->owner == -1 : flow->nodes[graph->owner].body == i);
        check(i == 0 || flow->nodes[graph->owner].graph < i);
        for (unsigned j = 0; j < graph->count; j++)
            check(flow->nodes[next++].graph == i);
    }
    check(next == flow->node_count);
    for (size_t i = 0; i < flow->edge_count; i++)
        check(flow->nodes[flow->edges[i].from].graph == flow->nodes[flow->edges[i].to].graph);
}

static void check_flow(const struct flow *flow)
{
    check_levels(flow);
    for (size_t i = 0; i < flow->node_count; i++) {
        const struct flow_node *node = &flow->nodes[i];

        check(flow_node_find(flow, node->id) == (int)i);
        for (size_t j = 0; j < node->in_count; j++)
            check(flow->edges[node->in[j]].to == i);
        for (size_t j = 0; j < node->out_count; j++)
            check(flow->edges[node->out[j]].from == i);
        check(node->retry.attempts >= 1 && node->retry.attempts <= LIMIT_RETRY_ATTEMPTS);
    }
    for (size_t i = 0; i < flow->edge_count; i++)
        check(flow->edges[i].port < flow->nodes[flow->edges[i].from].port_count);
    for (size_t i = 0; i < flow->expression_count; i++)
        check(flow->expressions[i]->index == i);
    check(strlen(flow->version) == DIGEST_TEXT - 1);
}

static void check_faults(struct faults *faults)
{
    struct buf lines;
    json_t *list;

    faults_sort(faults);
    buf_init(&lines, 64 * MIB);
    faults_write(faults, &lines);
    check(utf8_valid(buf_text(&lines), lines.len));
    buf_fini(&lines);
    list = faults_json(faults);
    check(json_array_size(list) == faults->count);
    json_decref(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *text = size > 0 ? (const char *)bytes : "";
    const size_t used = mem_used();
    struct faults faults;
    struct flow *flow;
    struct err e;
    json_t *bundle, *definition = json_read(text, size, &json_limits_flow, &e);

    if (definition == NULL)
        return 0;
    if (json_object_get(definition, "flow") != NULL) {
        bundle = definition; /* with rules, lookups and connections of its own */
        text = NULL;
    } else {
        bundle = json_object();
        json_object_set_new(bundle, "flow", definition);
    }
    faults_init(&faults);
    flow = flow_compile(bundle, "fuzz", "fuzz/flow.json", text, size, registry, NULL, &faults);
    check((flow == NULL) == (faults.errors > 0));
    check_faults(&faults);
    if (flow != NULL)
        check_flow(flow);
    flow_unref(flow);
    faults_fini(&faults);
    json_decref(bundle);
    check(mem_used() == used);
    return 0;
}

#include "fuzz_main.h"
