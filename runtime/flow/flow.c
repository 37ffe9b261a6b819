/* flow.c - the life of a compiled flow, and finding things in it. */
#include "flow/flow.h"

#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "flow/flow_priv.h"

struct flow *flow_ref(struct flow *flow)
{
    check(flow != NULL);
    check(flow->refs > 0);
    flow->refs++;
    return flow;
}

static void node_fini(struct flow_node *node)
{
    if (node->config != NULL) {
        if (node->type->release != NULL)
            node->type->release(node->config);
        fields_release(node->type->fields, node->config);
    }
    mem_free(node->config);
    for (size_t i = 0; i < node->port_count; i++)
        mem_free(node->ports[i]);
    mem_free(node->ports);
    mem_free(node->in);
    mem_free(node->out);
    mem_free(node->id);
    mem_free(node->title);
    mem_free(node->connection);
    mem_free(node->pointer);
}

static void expression_free(struct flow_expression *expression)
{
    mem_free(expression->text);
    mem_free(expression->name);
    mem_free(expression->pointer);
    plan_unref(expression->plan);
    mem_free(expression);
}

void flow_unref(struct flow *flow)
{
    if (flow == NULL)
        return;
    check(flow->refs > 0);
    if (--flow->refs > 0)
        return;
    for (size_t i = 0; i < flow->node_count; i++)
        node_fini(&flow->nodes[i]);
    for (size_t i = 0; i < flow->expression_count; i++)
        expression_free(flow->expressions[i]);
    mem_free(flow->nodes);
    mem_free(flow->edges);
    mem_free(flow->graphs);
    mem_free(flow->expressions);
    for (size_t i = 0; i < flow->total_count; i++) {
        mem_free(flow->totals[i].name);
        value_free(flow->totals[i].left);
        value_free(flow->totals[i].right);
    }
    mem_free(flow->totals);
    value_free(flow->dedupe);
    value_free(flow->order_by);
    value_free(flow->amount);
    value_free(flow->currency);
    value_free(flow->posted);
    json_decref(flow->vars);
    json_decref(flow->bundle);
    mem_free(flow->name);
    mem_free(flow->slug);
    mem_free(flow->on_failure);
    mem_free(flow);
}

int flow_node_find(const struct flow *flow, const char *id)
{
    check(id != NULL);
    for (size_t i = 0; i < flow->node_count; i++)
        if (strcmp(flow->nodes[i].id, id) == 0)
            return (int)i;
    return -1;
}

int flow_port_find(const struct flow_node *node, const char *port)
{
    check(port != NULL);
    for (size_t i = 0; i < node->port_count; i++)
        if (strcmp(node->ports[i], port) == 0)
            return (int)i;
    return -1;
}

/* Milliseconds of one unit; 0 if there is no such unit. */
static int64_t unit_ms(const char *unit)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {
        { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
    };

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, unit) == 0)
            return units[i].ms;
    return 0;
}

/* Exact: "1.5s" is 1500, "0.0005s" is no whole number of milliseconds and so no duration. */
int64_t flow_duration(const char *text)
{
    int64_t whole = 0, part = 0, scale = 1, unit;
    const char *at = text;

    check(text != NULL);
    for (; *at >= '0' && *at <= '9' && whole <= FLOW_DURATION_MAX; at++)
        whole = whole * 10 + (*at - '0');
    if (at == text || whole > FLOW_DURATION_MAX)
        return -1;
    if (*at == '.') {
        const char *first = ++at;

        for (; *at >= '0' && *at <= '9' && scale < INT64_C(1000000000); at++) {
            part = part * 10 + (*at - '0');
            scale *= 10;
        }
        if (at == first)
            return -1;
    }
    unit = unit_ms(at);
    if (unit == 0 || whole > FLOW_DURATION_MAX / unit || part * unit % scale != 0)
        return -1;
    return whole * unit + part * unit / scale;
}
