/* lineage_plan.c - see lineage_plan.h. */
#include "designer-api/lineage_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "engine/flows.h"
#include "flow/flow.h"
#include "rules/rule_reads.h"

#define CONFIG "/config/"

struct lineage_plan {
    struct rules *rules;
    const json_t *bundle;
    json_t *nodes;    /* by id */
    json_t *pointers; /* of the nodes: to their ids */
    json_t *modules;  /* what each reads */
};

/* ---- What a text reads */

static void list_join(json_t *into, const char *name, json_t *from)
{
    json_t *list = json_object_get(into, name), *value;
    size_t i, k;

    if (json_array_size(from) == 0)
        return;
    if (list == NULL) {
        list = json_array();
        json_object_set_new_nocheck(into, name, list);
    }
    json_array_foreach(from, i, value)
    {
        for (k = 0; k < json_array_size(list) && !json_equal(json_array_get(list, k), value);)
            k++;
        if (k == json_array_size(list))
            json_array_append(list, value);
    }
}

static void reads_join(json_t *into, const json_t *from)
{
    static const char *const lists[] = { "reads", "calls", "tables", "names" };

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_join(into, lists[i], json_object_get(from, lists[i]));
}

/* A decision table's cells may name values, too; `input` is what the table was given. It sees the
 * names in a text, not their sense. */
static void table_reads(const json_t *value, json_t *reads)
{
    static const char *const roots[] = { "trigger.", "steps.", "vars.", "env.",
                                         "run.",     "item.",  "item[", "previous." };
    const char *text = json_text(value), *key;
    json_t *member, *root;
    size_t i;

    for (i = 0; text != NULL && i < sizeof roots / sizeof *roots; i++) {
        root = json_pack("[[s%]]", roots[i], strcspn(roots[i], ".["));
        if (strstr(text, roots[i]) != NULL)
            list_join(reads, "reads", root);
        json_decref(root);
    }
    json_array_foreach(value, i, member)
    {
        table_reads(member, reads);
    }
    json_object_foreach((json_t *)value, key, member)
    {
        if (strcmp(key, "help") != 0)
            table_reads(member, reads);
    }
}

static void tables_join(const struct lineage_plan *plan, json_t *reads)
{
    const json_t *tables = json_object_get(plan->bundle, "lookups");
    json_t *name, *table;
    size_t i;

    json_array_foreach(json_object_get(reads, "tables"), i, name)
    {
        table = json_object_get(tables, json_string_value(name));
        if (json_object_get(table, "inputs") != NULL)
            table_reads(table, reads);
    }
}

/* The named modules' reads, and those of theirs; "*": of all there are. */
static void modules_join(struct lineage_plan *plan, json_t *reads, const json_t *names,
                         json_t *seen)
{
    json_t *texts = json_object_get(plan->bundle, "rules"), *name, *text, *own;
    const char *key;
    size_t i;

    json_array_foreach(names, i, name)
    {
        json_object_foreach(texts, key, text)
        {
            const char *wanted = json_string_value(name);

            if ((strcmp(wanted, "*") != 0 && strcmp(wanted, key) != 0) ||
                json_object_get(seen, key) != NULL)
                continue;
            json_object_set_new(seen, key, json_true());
            own = json_object_get(plan->modules, key);
            if (own == NULL) {
                own = rules_reads(plan->rules, RULE_SCRIPT, json_string_value(text),
                                  json_string_length(text));
                json_object_set_new(plan->modules, key, own != NULL ? own : json_object());
                own = json_object_get(plan->modules, key);
            }
            reads_join(reads, own);
            modules_join(plan, reads, json_object_get(own, "modules"), seen);
        }
    }
}

static json_t *function_reads(const struct flow_expression *x)
{
    size_t size = strcspn(x->text, ":");

    return json_pack("{s:[[s]], s:[s%]}", "reads", "input", "modules", x->text, size);
}

static json_t *expression_reads(struct lineage_plan *plan, const struct flow_expression *x)
{
    json_t *reads, *seen = json_object();

    reads = x->function ? function_reads(x)
                        : rules_reads(plan->rules, x->script ? RULE_SCRIPT : RULE_EXPRESSION,
                                      x->text, x->size);
    if (reads == NULL) /* it ran, so it compiles; what cannot be read may read anything */
        reads = json_pack("{s:[[s], [s], [s], [s], [s]]}", "reads", "trigger", "steps", "input",
                          "item", "previous");
    modules_join(plan, reads, json_object_get(reads, "modules"), seen);
    tables_join(plan, reads);
    json_decref(seen);
    return reads;
}

/* ---- Its nodes */

static json_t *node_in(const struct flow *flow, const struct flow_node *node)
{
    json_t *in = json_array();

    for (size_t i = 0; i < node->in_count; i++) {
        const struct flow_edge *edge = &flow->edges[node->in[i]];

        json_array_append_new(in, json_pack("{s:s, s:s}", "from", flow->nodes[edge->from].id,
                                            "port", flow->nodes[edge->from].ports[edge->port]));
    }
    return in;
}

/* The value at a pointer of our own making, whose keys need no escapes. */
static const json_t *at_pointer(const json_t *value, const char *pointer)
{
    char key[64];

    while (*pointer == '/' && value != NULL) {
        size_t size = strcspn(++pointer, "/");

        snprintf(key, sizeof key, "%.*s", (int)size, pointer);
        value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
        pointer += size;
    }
    return value;
}

static void plan_node_put(struct lineage_plan *plan, const struct flow *flow,
                          const struct flow_node *node)
{
    int owner = flow->graphs[node->graph].owner;
    const json_t *written = at_pointer(json_object_get(plan->bundle, "flow"), node->pointer);
    json_t *config = json_object_get(written, "config"), *own;

    config = json_is_object(config) ? json_copy(config) : json_object();
    if (node->body > 0)
        json_object_del(config, "body"); /* of a loop: nodes of their own. Of a request: its body */
    own = json_pack("{s:s, s:s, s:s*, s:s, s:s*, s:b, s:b, s:b, s:o, s:o, s:[]}", "id", node->id,
                    "type", node->type->name, "title", node->title, "pointer", node->pointer,
                    "owner", owner >= 0 ? flow->nodes[owner].id : NULL, "disabled", node->disabled,
                    "any", node->join_any, "trigger", node->type->kind == NODE_TRIGGER, "in",
                    node_in(flow, node), "config", config, "x");
    check(own != NULL);
    json_object_set_new_nocheck(plan->nodes, node->id, own);
    json_object_set_new_nocheck(plan->pointers, node->pointer, json_string(node->id));
}

/* The node in whose settings it stands: the innermost. */
static json_t *expression_node(const struct lineage_plan *plan, const char *pointer,
                               const char **at)
{
    json_t *found = NULL;
    char prefix[LIMIT_PATH];

    for (const char *next = pointer; (next = strstr(next, CONFIG)) != NULL; next++) {
        const char *id;

        snprintf(prefix, sizeof prefix, "%.*s", (int)(next - pointer), pointer);
        id = json_get_text(plan->pointers, prefix);
        if (id == NULL)
            continue;
        found = json_object_get(plan->nodes, id);
        *at = next + sizeof CONFIG - 2;
    }
    return found;
}

static void plan_expression_put(struct lineage_plan *plan, const struct flow_expression *x)
{
    const char *at = NULL;
    json_t *node = expression_node(plan, x->pointer, &at), *own;

    if (node == NULL || x->plan != NULL)
        return;
    own = expression_reads(plan, x);
    json_object_set_new_nocheck(own, "at", json_string(at));
    json_object_set_new_nocheck(own, "text", json_stringn_nocheck(x->text, x->size));
    if (x->function || x->script)
        json_object_set_new_nocheck(own, "script", json_true());
    json_array_append_new(json_object_get(node, "x"), own);
}

json_t *lineage_plan_new(struct engine *engine, json_t *bundle, const char *slug, struct err *e)
{
    struct lineage_plan plan = { .rules = engine_world(engine)->rules, .bundle = bundle };
    struct version *compiled;
    const struct flow *flow;
    struct faults faults;

    faults_init(&faults);
    compiled = engine_compile(engine, bundle, slug, &faults);
    faults_fini(&faults);
    if (compiled == NULL) {
        err_set(e, ERR_CONFLICT,
                "the version that ran does not compile any more, so what it read is not known");
        return NULL;
    }
    flow = compiled_flow(compiled);
    plan.nodes = json_object();
    plan.pointers = json_object();
    plan.modules = json_object();
    for (size_t i = 0; i < flow->node_count; i++)
        plan_node_put(&plan, flow, &flow->nodes[i]);
    for (size_t i = 0; i < flow->expression_count; i++)
        plan_expression_put(&plan, flow->expressions[i]);
    json_decref(plan.pointers);
    json_decref(plan.modules);
    compiled_free(engine, compiled);
    return plan.nodes;
}
