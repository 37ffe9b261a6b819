/* flow_parse.c - from a definition to a flow: settings and names. Levels:
 * flow_level.c, nodes: flow_parse_node.c, edges: flow_edge.c. */
#include "flow/flow_priv.h"

#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/mem.h"

#define FLOW_FORMAT 1 /* the value of "weft" that this program reads */

/* A format of the future cannot be judged by the rows of today: false, with the one fault that
 * counts. */
static bool parse_format(struct flow_build *build)
{
    const json_t *weft = json_object_get(build->definition, "weft");

    if (!json_is_object(build->definition)) {
        flow_build_fault(build, "",
                         "a flow is an object {\"weft\": 1, \"name\": ..., \"nodes\": "
                         "[...], \"edges\": [...]}, but here stands: %s",
                         json_kind(build->definition));
        return false;
    }
    if (json_is_integer(weft) && json_integer_value(weft) > FLOW_FORMAT) {
        flow_build_fault(build, "/weft",
                         "made by a newer Weft: this is format %lld, this program reads format %d",
                         (long long)json_integer_value(weft), FLOW_FORMAT);
        return false;
    }
    if (json_is_integer(weft) && json_integer_value(weft) < FLOW_FORMAT)
        flow_build_fault(build, "/weft", "there is no format %lld; write \"weft\": %d",
                         (long long)json_integer_value(weft), FLOW_FORMAT);
    return true;
}

static bool slug_is_valid(const char *slug)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    size_t size = strlen(slug);

    return size > 0 && size <= LIMIT_ID && strspn(slug, allowed) == size && slug[0] != '-' &&
           slug[0] != '.';
}

/* What a key must be able to give: a text or a number, never an object or null. */
static void check_key(struct flow_build *build, const char *name, const char *pointer)
{
    const json_t *settings = json_object_get(build->definition, "settings");
    const json_t *key = json_object_get(settings, name);

    if (key != NULL && !json_is_text(key) && !json_is_integer(key) && !json_is_exact(key))
        flow_build_fault(build, pointer,
                         "\"%s\" must be one expression that gives a text or a number, but here "
                         "stands: %s",
                         name, json_kind(key));
}

static void check_on_failure(struct flow_build *build)
{
    const struct flow *flow = build->flow;

    if (flow->on_failure == NULL)
        return;
    if (!slug_is_valid(flow->on_failure))
        flow_build_fault(build, "/settings/on_failure",
                         "\"%.80s\" cannot be a flow's name: letters, digits, \"_\", \"-\" and "
                         "\".\", at most %u",
                         flow->on_failure, LIMIT_ID);
    else if (strcmp(flow->on_failure, flow->slug) == 0)
        flow_build_fault(build, "/settings/on_failure",
                         "a flow cannot be its own on_failure: its failures would start it again "
                         "and again");
}

/* The flow takes what the rows hold. */
static void parse_totals(struct flow *flow, const struct field_list *totals)
{
    struct flow_total_rows *rows = totals->items;

    flow->totals = totals->count > 0 ? mem_must(totals->count * sizeof *flow->totals) : NULL;
    for (; flow->total_count < totals->count; flow->total_count++) {
        struct flow_total_rows *total = &rows[flow->total_count];

        flow->totals[flow->total_count] = (struct flow_total){ .name = mem_must_copy(total->name),
                                                               .left = total->left,
                                                               .right = total->right };
        total->left = total->right = NULL;
    }
}

static void check_totals(struct flow_build *build)
{
    const struct flow *flow = build->flow;

    for (size_t i = 0; i < flow->total_count; i++) {
        const struct flow_total *total = &flow->totals[i];
        char *pointer = flow__pointer_at("/settings/totals", i);
        char *name = flow__pointer(pointer, "name");

        if (total->name != NULL)
            flow__check_title(build, name, total->name);
        if (total->left != NULL && total->right != NULL && value_is_literal(total->left) &&
            value_is_literal(total->right))
            flow_build_fault(build, pointer,
                             "both sides are constants: write expressions like "
                             "\"=decimal.sum(trigger.body.lines, 'amount')\"");
        mem_free(name);
        mem_free(pointer);
    }
}

static bool is_currency(const char *text)
{
    return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static void parse_money(struct flow_build *build, struct flow_money_rows *money)
{
    struct flow *flow = build->flow;
    const json_t *currency;

    if (money == NULL)
        return;
    flow->amount = money->amount;
    flow->currency = money->currency;
    flow->posted = money->posted;
    money->amount = money->currency = money->posted = NULL; /* the flow's now */
    if (flow->amount == NULL && flow->posted == NULL)
        flow_build_fault(
            build, "/settings/money",
            "it says how much of nothing: write amount, of the event, like "
            "\"=trigger.body.amount\", or posted, of the steps, where it is known only "
            "when the run ends");
    if (flow->amount != NULL && value_is_literal(flow->amount))
        flow_build_fault(build, "/settings/money/amount",
                         "a constant says nothing of a run: write an expression like "
                         "\"=trigger.body.amount\"");
    if (flow->posted != NULL && value_is_literal(flow->posted))
        flow_build_fault(build, "/settings/money/posted",
                         "a constant says nothing of what was posted: write an expression like "
                         "\"=steps.post and steps.post.amount\", or leave it out");
    currency = flow->currency != NULL ? value_literal(flow->currency) : NULL;
    if (currency != NULL && (!json_is_text(currency) || !is_currency(json_text(currency))))
        flow_build_fault(build, "/settings/money/currency",
                         "a currency is three capital letters like \"USD\", or an expression that "
                         "gives them");
}

static void parse_settings(struct flow_build *build, struct flow_settings *settings)
{
    struct flow *flow = build->flow;

    if (settings == NULL)
        return;
    flow->dedupe = settings->dedupe;
    flow->order_by = settings->order_by;
    settings->dedupe = settings->order_by = NULL; /* the flow's now */
    flow->concurrency = (unsigned)settings->concurrency;
    flow->timeout_ms = settings->timeout_ms;
    flow->retention_ms = settings->retention_ms;
    flow->on_failure = mem_must_copy(settings->on_failure);
    flow->collect_failures = settings->failure == 1;
    parse_totals(flow, &settings->totals);
    parse_money(build, settings->money);
    if (settings->budget != NULL) {
        flow->budget.instructions = settings->budget->instructions;
        flow->budget.ms = settings->budget->ms;
        flow->budget.memory_mib = settings->budget->memory_mib;
    }
    check_key(build, "order_by", "/settings/order_by");
    check_key(build, "dedupe", "/settings/dedupe");
    if (flow->dedupe != NULL && value_is_literal(flow->dedupe))
        flow_build_fault(build, "/settings/dedupe",
                         "a constant would make every event a duplicate of the first: write an "
                         "expression like \"=trigger.body.id\"");
    check_on_failure(build);
    check_totals(build);
}

static void parse_vars(struct flow_build *build, json_t *vars)
{
    const char *key;
    json_t *value;

    if (vars != NULL && !json_is_object(vars)) {
        flow_build_fault(build, "/vars", "\"vars\" must be an object, but here stands: %s",
                         json_kind(vars));
        return;
    }
    build->flow->vars = json_incref(vars);
    json_object_foreach(vars, key, value)
    {
        char *at;

        if (!json_is_text(value) || json_text(value)[0] != '=')
            continue;
        at = flow__pointer("/vars", key);
        flow_build_warn(build, at, "vars are constants: this text is not evaluated");
        mem_free(at);
    }
}

static void parse_name(struct flow_build *build, const char *name)
{
    build->flow->name = mem_must_copy(name != NULL ? name : "");
    if (name != NULL)
        flow__check_title(build, "/name", name);
}

void flow__check_title(struct flow_build *build, const char *pointer, const char *title)
{
    if (*title == '\0')
        flow_build_fault(build, pointer, "a name is missing");
    if (utf8_count(title) > LIMIT_NAME)
        flow_build_fault(build, pointer, "the name has %zu characters, at most %u are allowed",
                         utf8_count(title), LIMIT_NAME);
    for (const char *at = title; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            flow_build_fault(build, pointer, "the name holds a control character");
            break;
        }
}

void flow__check_ui(struct flow_build *build, const char *parent, const json_t *ui)
{
    char *pointer;

    if (ui == NULL || json_is_object(ui))
        return;
    pointer = flow__pointer(parent, "ui");
    flow_build_fault(build, pointer, "\"ui\" must be an object, but here stands: %s",
                     json_kind(ui));
    mem_free(pointer);
}

void flow__parse(struct flow_build *build)
{
    struct flow_rows rows = { 0 };

    check(build->flow != NULL);
    check(build->node == NULL);
    if (!parse_format(build))
        return;
    fields_parse(build, flow__rows, build->definition, "", &rows);
    parse_name(build, rows.name);
    parse_settings(build, rows.settings);
    parse_vars(build, rows.vars);
    flow__check_parameters(build, rows.vars, &rows.parameters);
    flow__check_ui(build, "", rows.level.ui);
    flow__read_levels(build, &rows.level);
    flow__parse_nodes(build);
    /* Without the nodes every edge would be a fault of its own. */
    if (flow__level_has_nodes(&build->levels[0]))
        flow__parse_edges(build);
    flow__drop_levels(build);
    fields_release(flow__rows, &rows);
}
