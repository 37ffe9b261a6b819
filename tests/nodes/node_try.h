/* node_try.h - flows compiled with the program's own node types, for the tests of nodes/. */
#ifndef NODES_NODE_TRY_H
#define NODES_NODE_TRY_H

#include "node_text.h"

#include "flow/flow.h"
#include "world/types.h"

struct node_try {
    struct registry *registry;
    struct flow *flow;
    struct faults faults;
    struct buf said; /* the faults as lines */
    size_t used;
};

static inline int node_try_begin(void **state)
{
    struct node_try *try;
    size_t used;

    world_types_read();
    used = mem_used();
    try = mem_must(sizeof *try);
    try->used = used;
    try->registry = world_types();
    faults_init(&try->faults);
    buf_init(&try->said, MIB);
    *state = try;
    return 0;
}

static inline int node_try_end(void **state)
{
    struct node_try *try = *state;
    size_t used = try->used;

    flow_unref(try->flow);
    faults_fini(&try->faults);
    buf_fini(&try->said);
    registry_free(try->registry);
    mem_free(try);
    assert_int_equal(mem_used(), used);
    return 0;
}

/* Compiles a flow of a trigger and one node "it", or of the trigger alone when type begins with
 * "trigger.". The config is JSON as it is. NULL with faults. */
static inline const struct flow_node *node_try_compile(struct node_try *try, const char *type,
                                                       const char *config, const char *connection)
{
    bool trigger = strncmp(type, "trigger.", 8) == 0;
    json_t *bundle, *definition;
    struct buf text;
    struct err e;

    flow_unref(try->flow);
    faults_fini(&try->faults);
    buf_init(&text, 4 * MIB);
    buf_add_text(&text, "{\"weft\":1,\"name\":\"Try\",\"nodes\":[");
    if (!trigger)
        buf_add_text(&text, "{\"id\":\"start\",\"type\":\"trigger.manual\"},");
    buf_addf(&text, "{\"id\":\"it\",\"type\":\"%s\",\"config\":%s", type, config);
    if (connection != NULL)
        buf_addf(&text, ",\"connection\":\"%s\"", connection);
    buf_addf(&text, "}],\"edges\":[%s]}", trigger ? "" : "{\"from\":\"start\",\"to\":\"it\"}");
    definition = json_read(buf_text(&text), text.len, &json_limits_flow, &e);
    if (definition == NULL)
        fail_msg("%s: %s", buf_text(&text), e.text);
    bundle = node_try_json(
        "{'rules': {'gl': 'return {}'}, 'lookups': {'gl_accounts': {'rows': {}}}, "
        "'connections': {'weft': 1, 'connections': {"
        "'erp': {'connector': 'dynamics365', 'settings': {'resource': 'https://erp.example.com', "
        "'tenant': 'contoso', 'client_id': 'app'}, 'secrets': {'client_secret': {'env': 'S'}}},"
        "'db': {'connector': 'sql', 'settings': {'host': 'db.example.com', 'user': 'weft'}, "
        "'secrets': {'password': {'env': 'S'}}},"
        "'paytrace': {'connector': 'paytrace', 'settings': {'user': 'u', 'integrator_id': 'w'}, "
        "'secrets': {'password': {'env': 'S'}}},"
        "'dynamics_sl': {'connector': 'dynamics_sl', 'settings': {'server': "
        "'https://sl.contoso.example', 'user': 'u', 'company': '0060'}, 'secrets': {'password': "
        "{'env': 'X'}}}, "
        "'paytrace_v3': {'connector': 'paytrace_v3', 'settings': {'user': 'u', 'integrator_id': "
        "'w', 'merchant_id': '1'}, 'secrets': {'password': {'env': 'S'}}},"
        "'cybersource': {'connector': 'cybersource', 'settings': {'merchant_id': 'm', 'key_id': "
        "'k'}, 'secrets': {'shared_secret': {'env': 'S'}}},"
        "'shopify': {'connector': 'shopify', 'settings': {'shop': 'https://c.myshopify.com', "
        "'client_id': 'app'}, 'secrets': {'client_secret': {'env': 'S'}}},"
        "'openai': {'connector': 'openai', 'settings': {'model': 'm'}, 'secrets': {'key': {'env': "
        "'S'}}}, 'azure_openai': {'connector': 'azure_openai', 'settings': {'endpoint': "
        "'https://o.example.com', 'deployment': 'd', 'api_version': 'v'}, 'secrets': {'key': "
        "{'env': 'S'}}}, "
        "'azure_ml': {'connector': 'azure_ml', 'settings': {'endpoint': 'https://e.example.com'}, "
        "'secrets': {'key': {'env': 'S'}}},"
        "'azure_ml_entra': {'connector': 'azure_ml_entra', 'settings': {'endpoint': "
        "'https://e.example.com', 'tenant': 't', 'client_id': 'app'}, 'secrets': "
        "{'client_secret': {'env': 'S'}}},"
        "'sage500': {'connector': 'sage500', 'settings': {'host': 'sage.example.com', 'user': "
        "'weft', 'company': 'SOA'}, 'secrets': {'password': {'env': 'S'}}},"
        "'sftp': {'connector': 'sftp', 'base_url': 'sftp://files.example.com/in', 'settings': "
        "{'user': 'weft', 'host_key': 'SHA256:x'}, 'secrets': {'secret': {'env': 'S'}}},"
        "'email': {'connector': 'email', 'base_url': 'smtps://mail.example.com', 'settings': "
        "{'user': 'weft'}, 'secrets': {'password': {'env': 'S'}}},"
        "'web': {'connector': 'http', 'base_url': 'https://api.example.com'}}}}");
    json_object_set_new(bundle, "flow", definition);
    try->flow = flow_compile(bundle, "try", "try/flow.json", NULL, 0, try->registry, NULL,
                             &try->faults);
    json_decref(bundle);
    buf_fini(&text);
    buf_clear(&try->said);
    faults_write(&try->faults, &try->said);
    if (try->flow == NULL)
        return NULL;
    return &try->flow->nodes[flow_node_find(try->flow, "it")];
}

/* Asserts that compiling fails with a fault that has both parts: its pointer and its text. */
static inline void node_try_fault_at(struct node_try *try, const char *type, const char *config,
                                     const char *connection, const char *pointer,
                                     const char *wanted, const char *file, int line)
{
    char *text = node_try_text(config);
    const struct flow_node *node = node_try_compile(try, type, text, connection);

    mem_free(text);
    if (node != NULL) {
        print_error("%s should not compile\n", config);
        _fail(file, line);
    }
    for (size_t i = 0; i < try->faults.count; i++)
        if (strstr(try->faults.list[i].text, wanted) != NULL &&
            strstr(try->faults.list[i].pointer, pointer) != NULL)
            return;
    print_error("wanted at %s: %s\nsaid:\n%s", pointer, wanted, buf_text(&try->said));
    _fail(file, line);
}
#define node_try_fault(try, type, config, connection, pointer, wanted) \
    node_try_fault_at(try, type, config, connection, pointer, wanted, __FILE__, __LINE__)

/* Compiles what must be right. */
static inline const struct flow_node *node_try_fine_at(struct node_try *try, const char *type,
                                                       const char *config, const char *connection,
                                                       const char *file, int line)
{
    char *text = node_try_text(config);
    const struct flow_node *node = node_try_compile(try, type, text, connection);

    mem_free(text);
    if (node == NULL) {
        print_error("%s: should compile, but:\n%s", config, buf_text(&try->said));
        _fail(file, line);
    }
    return node;
}
#define node_try_fine(try, type, config, connection) \
    node_try_fine_at(try, type, config, connection, __FILE__, __LINE__)

#define NODE_TRY(name) cmocka_unit_test_setup_teardown(name, node_try_begin, node_try_end)

#endif
