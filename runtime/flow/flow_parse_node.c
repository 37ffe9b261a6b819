/* flow_parse_node.c - the nodes of a definition, of all its levels. First all ids, because settings
 * refer to other nodes; then each node's settings. */
#include "flow/flow_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/decimal.h"
#include "base/mem.h"
#include "base/table.h"
#include "flow/connector.h"

#define RETRY_INITIAL_MS 100 /* what a pause of 0 becomes: a hot loop helps nobody */

/* member: below the node in work, like "retry/max". */
static void node_fault(struct flow_build *build, const char *member, const char *fmt, ...)
    PRINTF(3, 4);
static void node_warn(struct flow_build *build, const char *member, const char *fmt, ...)
    PRINTF(3, 4);

static void node_report(struct flow_build *build, bool warning, const char *member, const char *fmt,
                        va_list args)
{
    struct buf pointer;

    buf_init(&pointer, FLOW_POINTER_MAX);
    buf_addf(&pointer, "%s/%s", build->node->pointer, member);
    flow__report(&build->source, warning, PLACE_VALUE, buf_text(&pointer), fmt, args);
    buf_fini(&pointer);
}

static void node_fault(struct flow_build *build, const char *member, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    node_report(build, false, member, fmt, args);
    va_end(args);
}

static void node_warn(struct flow_build *build, const char *member, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    node_report(build, true, member, fmt, args);
    va_end(args);
}

static bool is_lua_word(const char *id)
{
    static const char *const words[] = {
        "and",      "break",  "do",   "else", "elseif", "end",   "false", "for",
        "function", "goto",   "if",   "in",   "local",  "nil",   "not",   "or",
        "repeat",   "return", "then", "true", "until",  "while",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], id) == 0)
            return true;
    return false;
}

static void parse_id(struct flow_build *build, struct flow_node *node, const char *id,
                     struct dict *ids)
{
    const struct flow_node *other;

    node->id = mem_must_copy(id != NULL ? id : "");
    if (id == NULL)
        return; /* told already */
    if (!flow__name_valid(id, "")) {
        node_fault(build, "id",
                   "\"%.80s\" cannot be an id, because expressions say steps.ID: a letter or "
                   "\"_\", then letters, digits and \"_\", at most %u",
                   id, LIMIT_ID);
        return;
    }
    if (is_lua_word(id))
        node_warn(build, "id", "\"%s\" is a word of Lua: expressions must say steps['%s']", id, id);
    other = dict_find(ids, id);
    if (other != NULL)
        node_fault(build, "id", "the id \"%s\" belongs to %s already; choose another", id,
                   other->pointer);
    else
        dict_put(ids, id, node);
}

static void parse_type(struct flow_build *build, struct flow_node *node, const char *type)
{
    const char *nearest;

    if (type == NULL)
        return; /* told already */
    node->type = registry_find(build->registry, type);
    if (node->type != NULL)
        return;
    nearest = registry_nearest(build->registry, type);
    if (nearest != NULL)
        node_fault(build, "type", "there is no node type \"%.100s\"; did you mean \"%s\"?", type,
                   nearest);
    else
        node_fault(build, "type", "there is no node type \"%.100s\"; \"weft types\" lists them",
                   type);
}

static void parse_ports(struct flow_node *node)
{
    static const char *const out[] = { "out", NULL };
    const char *const *ports = node->type->ports != NULL ? node->type->ports : out;

    while (ports[node->port_count] != NULL)
        node->port_count++;
    node->ports = mem_must((node->port_count + 1) * sizeof *node->ports);
    for (size_t i = 0; i < node->port_count; i++)
        node->ports[i] = mem_must_copy(ports[i]);
}

/* The type's own check sees only a config whose rows are in order. */
static enum flow_config parse_config(struct flow_build *build, struct flow_node *node,
                                     json_t *config)
{
    const struct node_type *type = node->type;
    char *pointer = flow__pointer(node->pointer, "config");
    const size_t *errors = &build->source.faults->errors;
    const size_t before = *errors;
    enum flow_config state = CONFIG_FAULTY;

    check(type->fields == NULL || type->config_size > 0);
    node->config = type->config_size > 0 ? mem_must(type->config_size) : NULL;
    fields_parse(build, type->fields, config, pointer, node->config);
    if (*errors == before) {
        if (type->compile != NULL)
            type->compile(build, node->config, pointer, type);
        state = *errors == before ? CONFIG_SOUND : CONFIG_COMPILED;
    }
    mem_free(pointer);
    return state;
}

/* ---- Retry */

/* A number of any spelling; a fault if it is none. */
static bool parse_number(struct flow_build *build, const json_t *json, const char *member,
                         struct decimal *number)
{
    const char *digits = json_exact_text(json);
    struct err e;

    if (json_is_integer(json))
        decimal_from_int(number, json_integer_value(json));
    else if (digits == NULL)
        node_fault(build, member, "a number must stand here, not: %s", json_kind(json));
    else if (decimal_parse(number, digits, strlen(digits), &e) != ERR_OK)
        node_fault(build, member, "%s", e.text);
    else
        return true;
    return json_is_integer(json);
}

static bool is_within(const struct decimal *number, int64_t low, int64_t high)
{
    struct decimal a, b;

    decimal_from_int(&a, low);
    decimal_from_int(&b, high);
    return decimal_compare(number, &a) >= 0 && decimal_compare(number, &b) <= 0;
}

static void parse_attempts(struct flow_build *build, struct flow_node *node, const json_t *json)
{
    struct decimal number;
    int64_t attempts = 0;

    node->retry.attempts = 1;
    if (!parse_number(build, json, "retry/attempts", &number))
        return;
    if (is_within(&number, INT64_MIN, LIMIT_RETRY_ATTEMPTS)) {
        if (!decimal_to_int(&number, &attempts) || attempts < 1)
            node_fault(build, "retry/attempts",
                       "a whole number from 1 (no retry) to %u must stand here",
                       LIMIT_RETRY_ATTEMPTS);
        else
            node->retry.attempts = (unsigned)attempts;
        return;
    }
    node_warn(build, "retry/attempts", "more than %u attempts: taken as %u", LIMIT_RETRY_ATTEMPTS,
              LIMIT_RETRY_ATTEMPTS);
    node->retry.attempts = LIMIT_RETRY_ATTEMPTS;
}

static void parse_retry(struct flow_build *build, struct flow_node *node,
                        const struct flow_retry_rows *rows, const json_t *json)
{
    const char *initial = json_get_text(json, "initial");
    struct flow_retry *retry = &node->retry;
    struct decimal jitter;

    *retry = (struct flow_retry){ .attempts = 1, .exponential = true };
    if (rows == NULL)
        return;
    parse_attempts(build, node, rows->attempts);
    retry->exponential = rows->backoff == BACKOFF_EXPONENTIAL;
    retry->initial_ms = rows->initial_ms;
    retry->max_ms = rows->max_ms;
    if (retry->initial_ms == 0 && initial != NULL && flow_duration(initial) == 0) {
        node_warn(build, "retry/initial", "a first pause of 0 is taken as %dms", RETRY_INITIAL_MS);
        retry->initial_ms = RETRY_INITIAL_MS;
    }
    if (retry->max_ms < retry->initial_ms) {
        if (json_object_get(json, "max") != NULL)
            node_warn(build, "retry/max",
                      "the longest pause is shorter than the first: taken as %lldms",
                      (long long)retry->initial_ms);
        retry->max_ms = retry->initial_ms;
    }
    if (!parse_number(build, rows->jitter, "retry/jitter", &jitter))
        return;
    if (is_within(&jitter, 0, 1))
        retry->jitter = decimal_to_double(&jitter);
    else
        node_fault(build, "retry/jitter", "a number from 0 to 1 must stand here");
}

/* ---- Connection */

static void check_connection(struct flow_build *build, const struct flow_node *node)
{
    const struct node_type *type = node->type;
    json_t *connections = flow__part(build->flow->bundle, "connections");
    json_t *connection = json_object_get(connections, node->connection);
    const char *connector = json_get_text(connection, "connector");
    const char **names;
    char *pointer;
    size_t count;

    if (node->connection == NULL && type != NULL && type->needs_connection)
        flow_build_missing(build, node->pointer, "connection",
                           "%s works through a connection; name one of connections.json",
                           type->name);
    if (node->connection == NULL || connections == NULL)
        return;
    if (connection == NULL) {
        pointer = flow__pointer(node->pointer, "connection");
        names = flow__names_new(connections, &count);
        flow__fault_unknown(&build->source, PLACE_VALUE, pointer, "connection", node->connection,
                            names, count);
        mem_free(names);
        mem_free(pointer);
    } else if (type != NULL && !connector_serves(build->registry, type, connector)) {
        node_fault(build, "connection", "%s needs a connection of %s, but \"%s\" is one of %.80s",
                   type->name, type->connector, node->connection, connector);
    }
}

/* ---- One node */

static void parse_first(struct flow_build *build, struct flow_node *node,
                        const struct flow_node_rows *rows, struct dict *ids)
{
    build->node = node;
    parse_id(build, node, rows->id, ids);
    parse_type(build, node, rows->type);
    node->title = mem_must_copy(rows->title);
    if (node->title != NULL) {
        char *pointer = flow__pointer(node->pointer, "title");

        flow__check_title(build, pointer, node->title);
        mem_free(pointer);
    }
    node->connection = mem_must_copy(rows->connection);
    node->timeout_ms = rows->timeout_ms;
    node->on_error = (enum flow_on_error)rows->on_error;
    node->join_any = rows->join == 1;
    node->disabled = rows->disabled;
    flow__check_ui(build, node->pointer, rows->ui);
}

/* What begins a run is not itself tried again. */
static void check_trigger(struct flow_build *build, struct flow_node *node, const json_t *json)
{
    static const char *const without[] = { "retry", "timeout", "on_error" };

    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (json_object_get(json, without[i]) != NULL)
            node_warn(build, without[i], "a trigger has no \"%s\": it has no effect here",
                      without[i]);
    if (json_object_get(json, "join") != NULL)
        node_fault(build, "join", "a trigger has no \"join\": no edge leads to it");
    if (node->graph != 0)
        node_fault(build, "type",
                   "\"%s\" is a trigger: events begin at the flow's own level; a body begins with "
                   "its nodes that no edge leads to",
                   node->id);
    node->on_error = ON_ERROR_FAIL;
}

/* What goes on after the node goes on by its first exit. */
static void check_exits(struct flow_build *build, const struct flow_node *node)
{
    if (node->disabled)
        node_fault(build, "disabled", "%s has no exit to pass its input on by: remove the node",
                   node->type->name);
    if (node->on_error == ON_ERROR_CONTINUE)
        node_fault(build, "on_error", "%s has no exit to continue by: write \"fail\" or \"route\"",
                   node->type->name);
}

static void parse_second(struct flow_build *build, struct flow_node *node,
                         const struct flow_node_rows *rows, const json_t *json)
{
    build->node = node;
    parse_retry(build, node, rows->retry, json_object_get(json, "retry"));
    check_connection(build, node);
    if (node->type == NULL)
        return;
    parse_ports(node);
    build->configs[node - build->flow->nodes] = parse_config(build, node, rows->config);
    if (node->type->kind == NODE_TRIGGER)
        check_trigger(build, node, json);
    else if (node->port_count == 0 && build->configs[node - build->flow->nodes] == CONFIG_SOUND)
        check_exits(build, node);
    if (node->on_error == ON_ERROR_ROUTE && flow_port_find(node, "error") < 0) {
        node->ports = mem_must_resize(node->ports, (node->port_count + 1) * sizeof *node->ports);
        node->ports[node->port_count++] = mem_must_copy("error");
    }
}

/* Each knows its level, and where it stands. */
static void place_nodes(struct flow_build *build)
{
    struct flow *flow = build->flow;

    for (size_t i = 0; i < flow->graph_count; i++) {
        const struct flow_graph *graph = &flow->graphs[i];
        char *list = flow__pointer(build->levels[i].pointer, "nodes");

        for (unsigned j = 0; j < graph->count; j++) {
            struct flow_node *node = &flow->nodes[graph->first + j];

            node->graph = (unsigned)i;
            node->pointer = flow__pointer_at(list, j);
        }
        if (graph->owner >= 0)
            flow->nodes[graph->owner].body = (unsigned)i;
        mem_free(list);
    }
}

static void parse_level(struct flow_build *build, size_t level, struct dict *ids)
{
    const struct flow_graph *graph = &build->flow->graphs[level];
    const struct flow_node_rows *rows = build->levels[level].rows.nodes.items;
    const json_t *list = json_object_get(build->levels[level].json, "nodes");

    for (unsigned i = 0; i < graph->count; i++) {
        struct flow_node *node = &build->flow->nodes[graph->first + i];

        if (ids != NULL)
            parse_first(build, node, &rows[i], ids);
        else
            parse_second(build, node, &rows[i], json_array_get(list, i));
    }
}

void flow__parse_nodes(struct flow_build *build)
{
    struct flow *flow = build->flow;
    const struct flow_graph *last = &flow->graphs[flow->graph_count - 1];
    struct dict *ids = dict_new();

    flow->node_count = last->first + last->count;
    check(flow->node_count <= LIMIT_NODES);
    flow->nodes = mem_must((flow->node_count + 1) * sizeof *flow->nodes);
    build->configs = mem_must((flow->node_count + 1) * sizeof *build->configs);
    place_nodes(build);
    for (size_t i = 0; i < flow->graph_count; i++)
        parse_level(build, i, ids);
    dict_free(ids);
    for (size_t i = 0; i < flow->graph_count; i++)
        parse_level(build, i, NULL);
    build->node = NULL;
}
