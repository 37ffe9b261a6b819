/* flow_try.h - small node types and a way to compile a text with them, for the tests of flow/. */
#ifndef UNIT_FLOW_TRY_H
#define UNIT_FLOW_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "flow/connector.h"
#include "flow/flow.h"

/* ---- Node types */

struct try_verify {
    int type;
    const char *header, *algorithm, *encoding, *secret;
};
struct try_hook {
    const char *path, *method;
    int respond;
    struct try_verify *verify;
};
static const char *const try_verifies[] = { "none", "hmac", "basic", "bearer", NULL };
static const char *const try_responds[] = { "accepted", "result", NULL };
static const struct field try_verify_rows[] = {
    { .kind = FIELD_CHOICE,
      .name = "type",
      .offset = offsetof(struct try_verify, type),
      .required = true,
      .choices = try_verifies },
    { .kind = FIELD_TEXT,
      .name = "header",
      .offset = offsetof(struct try_verify, header),
      .help = "" },
    { .kind = FIELD_TEXT,
      .name = "algorithm",
      .offset = offsetof(struct try_verify, algorithm),
      .help = "" },
    { .kind = FIELD_TEXT,
      .name = "encoding",
      .offset = offsetof(struct try_verify, encoding),
      .help = "" },
    { .kind = FIELD_SECRET,
      .name = "secret",
      .offset = offsetof(struct try_verify, secret),
      .help = "" },
    FIELD_LAST,
};
static const struct field try_hook_rows[] = {
    { .kind = FIELD_TEXT,
      .name = "path",
      .offset = offsetof(struct try_hook, path),
      .required = true },
    { .kind = FIELD_TEXT,
      .name = "method",
      .offset = offsetof(struct try_hook, method),
      .fallback = "POST" },
    { .kind = FIELD_CHOICE,
      .name = "respond",
      .offset = offsetof(struct try_hook, respond),
      .fallback = "accepted",
      .choices = try_responds },
    { .kind = FIELD_OBJECT,
      .name = "verify",
      .offset = offsetof(struct try_hook, verify),
      .rows = try_verify_rows,
      .size = sizeof(struct try_verify) },
    FIELD_LAST,
};
static inline void try_hook_arm(const void *config, struct node_arm *arm)
{
    const struct try_hook *hook = config;

    arm->method = hook->method;
    arm->path = hook->path;
    arm->respond_result = hook->respond == 1;
}
static const struct node_type try_hook_type = {
    .name = "trigger.webhook",
    .kind = NODE_TRIGGER,
    .title = "Webhook",
    .help = "Takes an event.",
    .fields = try_hook_rows,
    .config_size = sizeof(struct try_hook),
    .arm = try_hook_arm,
};
static const struct node_type try_manual_type = { .name = "trigger.manual", .kind = NODE_TRIGGER };

struct try_map_field {
    const char *to;
    struct value *from;
};
struct try_map {
    struct field_list fields;
};
static const struct field try_map_field_rows[] = {
    { .kind = FIELD_PATH,
      .name = "to",
      .offset = offsetof(struct try_map_field, to),
      .required = true,
      .help = "where" },
    { .kind = FIELD_VALUE,
      .name = "from",
      .offset = offsetof(struct try_map_field, from),
      .required = true,
      .main = true },
    FIELD_LAST,
};
static const struct field try_map_rows[] = {
    { .kind = FIELD_LIST,
      .name = "fields",
      .offset = offsetof(struct try_map, fields),
      .required = true,
      .min = 1,
      .rows = try_map_field_rows,
      .size = sizeof(struct try_map_field) },
    FIELD_LAST,
};
static const struct node_type try_map_type = { .name = "transform.map",
                                               .kind = NODE_TRANSFORM,
                                               .fields = try_map_rows,
                                               .config_size = sizeof(struct try_map) };

struct try_script {
    const struct flow_expression *source;
};
static const struct field try_script_rows[] = {
    { .kind = FIELD_SCRIPT,
      .name = "source",
      .offset = offsetof(struct try_script, source),
      .required = true },
    FIELD_LAST,
};
static const struct node_type try_script_type = { .name = "transform.script",
                                                  .kind = NODE_TRANSFORM,
                                                  .fields = try_script_rows,
                                                  .config_size = sizeof(struct try_script) };

struct try_case {
    const char *port;
    struct value *when;
};
struct try_switch {
    struct field_list cases;
    const char *otherwise;
};
static const struct field try_case_rows[] = {
    { .kind = FIELD_PORT,
      .name = "port",
      .offset = offsetof(struct try_case, port),
      .required = true },
    { .kind = FIELD_VALUE,
      .name = "when",
      .offset = offsetof(struct try_case, when),
      .required = true },
    FIELD_LAST,
};
static const struct field try_switch_rows[] = {
    { .kind = FIELD_LIST,
      .name = "cases",
      .offset = offsetof(struct try_switch, cases),
      .required = true,
      .rows = try_case_rows,
      .size = sizeof(struct try_case) },
    { .kind = FIELD_PORT,
      .name = "else",
      .offset = offsetof(struct try_switch, otherwise),
      .help = "" },
    FIELD_LAST,
};
static const char *const try_no_ports[] = { NULL };
static const struct node_type try_switch_type = {
    .name = "branch.switch",
    .kind = NODE_BRANCH,
    .fields = try_switch_rows,
    .config_size = sizeof(struct try_switch),
    .ports = try_no_ports,
};

struct try_respond {
    int64_t status;
    struct value *body;
};
static const struct field try_respond_rows[] = {
    { .kind = FIELD_INT,
      .name = "status",
      .offset = offsetof(struct try_respond, status),
      .fallback = "200",
      .min = 100,
      .max = 599 },
    { .kind = FIELD_VALUE,
      .name = "body",
      .offset = offsetof(struct try_respond, body),
      .help = "" },
    FIELD_LAST,
};
static const struct node_type try_respond_type = { .name = "connector.respond",
                                                   .kind = NODE_CONNECTOR,
                                                   .fields = try_respond_rows,
                                                   .config_size = sizeof(struct try_respond) };

struct try_post {
    struct value *input;
};
static const struct field try_post_rows[] = {
    { .kind = FIELD_VALUE,
      .name = "input",
      .offset = offsetof(struct try_post, input),
      .fallback = "=input" },
    FIELD_LAST,
};
static const struct connector_info try_system = { .name = "dynamics365" };
static const struct connector_data try_post_data = { .info = &try_system };
static const struct node_type try_post_type = {
    .name = "connector.dynamics365.create_payment_journal",
    .kind = NODE_CONNECTOR,
    .fields = try_post_rows,
    .config_size = sizeof(struct try_post),
    .needs_connection = true,
    .connector = "dynamics365",
    .data = &try_post_data,
    .effect = EFFECT_KEYED,
};

/* A type with a compile() that allocates, so that a release forgotten or done twice is seen. */
struct try_probe {
    const char *call;
    const struct flow_expression *function;
    char *made;
};
static const struct field try_probe_rows[] = {
    { .kind = FIELD_TEXT, .name = "call", .offset = offsetof(struct try_probe, call), .help = "" },
    FIELD_LAST,
};
static unsigned try_probe_compiled, try_probe_released;
static inline void try_probe_compile(struct flow_build *build, void *config, const char *pointer,
                                     const struct node_type *type)
{
    struct try_probe *probe = config;

    assert_string_equal(type->name, "test.probe");
    probe->made = mem_must_copy("made by compile()");
    try_probe_compiled++;
    if (probe->call == NULL)
        return;
    if (strcmp(probe->call, "fault") == 0)
        flow_build_fault(build, pointer, "the probe does not like it");
    else
        probe->function =
            flow_build_expression(build, false, true, probe->call, strlen(probe->call), pointer);
}
static inline void try_probe_release(void *config)
{
    struct try_probe *probe = config;

    assert_non_null(probe->made);
    mem_free(probe->made);
    try_probe_released++;
}
static const struct node_type try_probe_type = {
    .name = "test.probe",
    .kind = NODE_TRANSFORM,
    .fields = try_probe_rows,
    .config_size = sizeof(struct try_probe),
    .compile = try_probe_compile,
    .release = try_probe_release,
};

/* ---- One try */

struct
try {
    struct registry *registry;
    struct faults faults;
    struct flow *flow;
    struct buf said; /* what faults_write() made of the faults */
    size_t used;
};

static inline int try_setup(void **state)
{
    static const struct node_type *const types[] = {
        &try_hook_type,   &try_manual_type,  &try_map_type,  &try_script_type,
        &try_switch_type, &try_respond_type, &try_post_type, &try_probe_type,
    };
    size_t used = mem_used();
    struct try *try = mem_must(sizeof *try);

    try->used = used;
    try->registry = registry_new();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        registry_add(try->registry, types[i]);
    faults_init(&try->faults);
    buf_init(&try->said, 1024 * 1024);
    try_probe_compiled = try_probe_released = 0;
    *state = try;
    return 0;
}

static inline int try_teardown(void **state)
{
    struct try *try = *state;
    size_t used = try->used;

    flow_unref(try->flow);
    faults_fini(&try->faults);
    buf_fini(&try->said);
    registry_free(try->registry);
    mem_free(try);
    assert_int_equal(mem_used(), used);
    return 0;
}

static inline int try_install(void **state)
{
    (void)state;
    mem_install();
    return 0;
}

static inline void try_say(struct try *try)
{
    faults_sort(&try->faults);
    buf_clear(&try->said);
    faults_write(&try->faults, &try->said);
}

/* Compiles a definition, with the other parts of a bundle as JSON, or NULL. */
static inline struct flow *try_compile(struct try *try, const char *text, const char *parts)
{
    json_t *bundle, *definition;
    struct err e;

    flow_unref(try->flow);
    faults_fini(&try->faults);
    definition = json_read(text, strlen(text), &json_limits_flow, &e);
    if (definition == NULL)
        fail_msg("the test's definition: %s", e.text);
    bundle = parts != NULL ? json_read(parts, strlen(parts), &json_limits_flow, &e) : json_object();
    if (bundle == NULL)
        fail_msg("the test's parts: %s", e.text);
    json_object_set_new(bundle, "flow", definition);
    try->flow = flow_compile(bundle, "pay", "pay/flow.json", text, strlen(text), try->registry,
                             NULL, &try->faults);
    json_decref(bundle);
    try_say(try);
    return try->flow;
}

/* Nodes and edges within a definition that is otherwise right. */
static inline struct flow *try_graph(struct try *try, const char *nodes, const char *edges)
{
    struct buf text;
    struct flow *flow;

    buf_init(&text, 2 * LIMIT_FLOW_BYTES);
    buf_addf(&text, "{\"weft\":1,\"name\":\"Try\",\"nodes\":[%s],\"edges\":[%s]}", nodes, edges);
    assert_true(buf_ok(&text));
    flow = try_compile(try, buf_text(&text), NULL);
    buf_fini(&text);
    return flow;
}

static inline void try_says_at(const struct try *try, const char *wanted, const char *file,
                               int line)
{
    if (strstr(buf_text(&try->said), wanted) == NULL) {
        print_error("wanted: %s\nsaid:\n%s", wanted, buf_text(&try->said));
        _fail(file, line);
    }
}
/* Asserts that a fault has this part. */
#define try_says(try, wanted) try_says_at(try, wanted, __FILE__, __LINE__)

static inline void try_is_fine_at(const struct try *try, const char *file, int line)
{
    if (try->flow == NULL || try->faults.count > 0) {
        print_error("should have no fault, but:\n%s", buf_text(&try->said));
        _fail(file, line);
    }
}
#define try_is_fine(try) try_is_fine_at(try, __FILE__, __LINE__)

#define TRY(name) cmocka_unit_test_setup_teardown(name, try_setup, try_teardown)

#endif
