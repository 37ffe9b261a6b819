/* piece.c - see piece.h. */
#include "designer-api/piece.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/budget.h"
#include "engine/flows.h"

#define PIECE_ID   "_piece" /* of the node that has it */
#define PIECE_SLUG "piece"

struct piece {
    struct engine *engine;
    struct version *compiled;
    struct rule_allowance set;
    enum piece_kind kind;
    const struct flow_node *node;
    unsigned which;     /* the expression */
    unsigned under_way; /* evaluations */
    bool left;          /* piece_free() was called */
};
struct piece_eval {
    struct piece *piece;
    json_t *context;
    piece_done_fn *done;
    void *arg;
};

/* ---- The flow around it */

static json_t *piece_node(const struct piece_ask *ask)
{
    json_t *config;

    switch (ask->kind) {
    case PIECE_SCRIPT:
        config = json_pack("{s:O}", "source", ask->source);
        break;
    case PIECE_MAPPING:
        config = json_incref(ask->source);
        break;
    case PIECE_VALUE:
    default:
        config = json_pack("{s:[{s:s, s:O}]}", "fields", "to", "value", "from", ask->source);
    }
    return json_pack("{s:s, s:s, s:o}", "id", PIECE_ID, "type",
                     ask->kind == PIECE_SCRIPT ? "transform.script" : "transform.map", "config",
                     config);
}

/* The loop that it stands in, when its context has what only loops have. */
static json_t *piece_loop(json_t *node, const json_t *context)
{
    json_t *body = json_pack("{s:[o], s:[]}", "nodes", node, "edges");

    if (json_object_get(context, "previous") != NULL)
        return json_pack("{s:s, s:s, s:{s:s, s:i, s:o}}", "id", "_loop", "type", "branch.repeat",
                         "config", "until", "=true", "limit", 1, "body", body);
    return json_pack("{s:s, s:s, s:{s:[], s:o}}", "id", "_loop", "type", "branch.foreach", "config",
                     "items", "body", body);
}

static bool is_id(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && size <= LIMIT_ID && strspn(text, "0123456789") == 0 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == size;
}

/* Appends the node behind the last one. */
static void chain_add(json_t *nodes, json_t *edges, json_t *node)
{
    const json_t *last = json_array_get(nodes, json_array_size(nodes) - 1);
    const char *id = json_get_text(node, "id");

    check(id != NULL);
    if (last != NULL)
        json_array_append_new(edges,
                              json_pack("{s:s, s:s}", "from", json_get_text(last, "id"), "to", id));
    json_array_append_new(nodes, node);
}

static json_t *piece_flow(const struct piece_ask *ask)
{
    json_t *nodes = json_array(), *edges = json_array(), *node = piece_node(ask), *value, *flow;
    const char *id;

    chain_add(nodes, edges, json_pack("{s:s, s:s}", "id", "_begin", "type", "trigger.manual"));
    json_object_foreach(json_object_get(ask->context, "steps"), id, value)
    {
        if (is_id(id) && json_array_size(nodes) < LIMIT_NODES - 3)
            chain_add(nodes, edges,
                      json_pack("{s:s, s:s, s:{s:s}}", "id", id, "type", "transform.script",
                                "config", "source", "return nil"));
    }
    if (json_object_get(ask->context, "item") != NULL ||
        json_object_get(ask->context, "previous") != NULL)
        node = piece_loop(node, ask->context);
    chain_add(nodes, edges, node);
    flow = json_pack("{s:i, s:s, s:o, s:o}", "weft", 1, "name", PIECE_SLUG, "nodes", nodes, "edges",
                     edges);
    check(flow != NULL);
    value = json_object_get(ask->context, "vars");
    if (json_is_object(value))
        json_object_set(flow, "vars", value);
    value = json_object_get(json_object_get(json_object_get(ask->bundle, "flow"), "settings"),
                            "budget");
    if (value != NULL)
        json_object_set_new(flow, "settings", json_pack("{s:O}", "budget", value));
    return flow;
}

static json_t *piece_bundle(const struct piece_ask *ask)
{
    static const char *const parts[] = { "rules", "lookups", "schemas" };
    json_t *bundle = json_pack("{s:o}", "flow", piece_flow(ask));

    check(bundle != NULL);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        json_t *part = json_object_get(ask->bundle, parts[i]);

        if (json_object_size(part) > 0)
            json_object_set(bundle, parts[i], part);
    }
    return bundle;
}

/* ---- Compiled */

/* Pointers into the node become pointers into the source. */
static void faults_move(struct faults *faults, enum piece_kind kind)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->list[i];
        char *config = strstr(fault->pointer, "/config");
        char *loop = config != NULL ? strstr(config + 1, "/config") : NULL;

        if (loop != NULL)
            config = loop;
        if (strcmp(fault->file, "flow.json") != 0)
            continue;
        fault->line = fault->column = 0;
        config = config != NULL && kind == PIECE_MAPPING ? config + 7 : (char *)"";
        memmove(fault->pointer, config, strlen(config) + 1);
    }
}

const char *piece_message(const char *text, bool place)
{
    static const char own[] = "node " PIECE_ID ", ";
    const char *comma;

    if (strncmp(text, own, sizeof own - 1) != 0)
        return text;
    text += sizeof own - 1;
    comma = place ? NULL : strstr(text, ", ");
    return comma != NULL ? comma + 2 : text;
}

/* The expression that the piece is: of a mapping its plan. */
static bool piece_find(struct piece *piece)
{
    const struct flow *flow = compiled_flow(piece->compiled);
    int at = flow_node_find(flow, PIECE_ID);
    size_t size;

    check(at >= 0);
    piece->node = &flow->nodes[at];
    size = strlen(piece->node->pointer);
    for (size_t i = 0; i < flow->expression_count; i++) {
        const struct flow_expression *x = flow->expressions[i];

        if (strncmp(x->pointer, piece->node->pointer, size) != 0 || x->pointer[size] != '/' ||
            (piece->kind == PIECE_SCRIPT ? !x->script : x->plan == NULL))
            continue;
        piece->which = x->index;
        return true;
    }
    return false;
}

struct piece *piece_new(struct engine *engine, const struct piece_ask *ask, struct faults *faults)
{
    struct piece *piece = mem_must(sizeof *piece);
    json_t *bundle = piece_bundle(ask);

    piece->engine = engine;
    piece->kind = ask->kind;
    piece->set = ask->set;
    piece->compiled = engine_compile(engine, bundle, PIECE_SLUG, faults);
    json_decref(bundle);
    if (piece->compiled != NULL && ask->names)
        compiled_names_fit(engine, piece->compiled, faults);
    faults_sort(faults);
    faults_move(faults, ask->kind);
    if (piece->compiled != NULL && piece_find(piece))
        return piece;
    if (piece->compiled != NULL)
        faults_add(faults, false, "flow.json", 0, 0, "", "there is nothing to evaluate");
    compiled_free(engine, piece->compiled);
    mem_free(piece);
    return NULL;
}

static void piece_end(struct piece *piece)
{
    if (!piece->left || piece->under_way > 0)
        return;
    compiled_free(piece->engine, piece->compiled);
    mem_free(piece);
}

void piece_free(struct piece *piece)
{
    if (piece == NULL)
        return;
    piece->left = true;
    piece_end(piece);
}

/* Places in the node become places in the source. */
static void describe_move(json_t *value, const char *prefix)
{
    const char *text, *key;
    size_t size = strlen(prefix), i;
    json_t *member;

    json_array_foreach(value, i, member)
    {
        text = json_text(member);
        if (text != NULL && strncmp(text, prefix, size) == 0)
            json_array_set_new(value, i, json_string(text + size));
        else
            describe_move(member, prefix);
    }
    json_object_foreach(value, key, member)
    {
        text = json_text(member);
        if (text != NULL && strncmp(text, prefix, size) == 0)
            json_object_set_new(value, key, json_string(text + size));
        else
            describe_move(member, prefix);
    }
}

json_t *piece_describe(const struct piece *piece)
{
    json_t *targets;
    char prefix[LIMIT_PATH];

    check(piece->node->type->describe != NULL);
    targets = piece->node->type->describe(compiled_flow(piece->compiled), piece->node);
    check(targets != NULL);
    snprintf(prefix, sizeof prefix, "%s/config", piece->node->pointer);
    describe_move(targets, prefix);
    return targets;
}

/* ---- Evaluated */

static void piece_told(void *owner, uint64_t tag, const struct rule_result *result)
{
    struct piece_eval *eval = owner;
    struct piece *piece = eval->piece;
    json_t *value = result->error == NULL ? result->values[0] : NULL;

    (void)tag;
    if (value != NULL && piece->kind == PIECE_VALUE)
        value = json_object_get(value, "value");
    eval->done(eval->arg, value, result->error);
    json_decref(eval->context);
    mem_free(eval);
    piece->under_way--;
    piece_end(piece);
}

void piece_eval(struct piece *piece, const json_t *context, piece_done_fn *done, void *arg)
{
    const struct world *world = engine_world(piece->engine);
    struct piece_eval *eval = mem_must(sizeof *eval);
    json_t *vars = json_object_get(context, "vars");
    const struct rule_allowance allowance =
        budget_allowance(&piece->set, compiled_flow(piece->compiled));
    struct rule_scope scope = {
        .trigger = json_object_get(context, "trigger"),
        .steps = json_object_get(context, "steps"),
        .input = json_object_get(context, "input"),
        .vars = vars != NULL ? vars : compiled_flow(piece->compiled)->vars,
        .env = json_object_get(context, "env"),
        .run = json_object_get(context, "run"),
        .item = json_object_get(context, "item"),
        .previous = json_object_get(context, "previous"),
        .index = json_get_int(context, "index", json_object_get(context, "item") != NULL),
        .now_ms = world->clock->wall_ms(world->clock),
        .allowance = &allowance,
        .seed = 1,
    };

    *eval = (struct piece_eval){ .piece = piece, .done = done, .arg = arg };
    eval->context = json_incref((json_t *)context); /* is kept as long as it is read */
    piece->under_way++;
    rules_eval(world->rules, compiled_unit(piece->compiled), &piece->which, 1, RULE_ALL, &scope,
               piece_told, eval, 0);
}
