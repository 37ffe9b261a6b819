/* settlement_rows.c - what lists show of settlements: by the summaries that their steps have left,
 * else read from the journal. */
#include "designer-api/settlement_find.h"

#include <string.h>

#include "base/check.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "designer-api/mask.h"

static bool since_take(void *arg, const struct store_fact *fact)
{
    char id[IDENT_TEXT];

    snprintf(id, sizeof id, "%.*s", (int)strcspn(fact->key, "/"), fact->key);
    (void)ident_parse(id, arg);
    return false;
}

uint64_t settlement_since(struct beside_ask *look)
{
    struct store_facts_filter first = { .kind = FACT_SUMMARY, .limit = 1 };
    uint64_t since = UINT64_MAX;
    struct err e;

    if (store_facts(look->store, &first, since_take, &since, &e) != ERR_OK)
        return UINT64_MAX;
    return since;
}

static bool summary_take(void *arg, const struct store_fact *fact)
{
    const char *step = strchr(fact->key, '/');
    struct err e;

    if (step != NULL)
        json_object_set_new_nocheck(
            arg, step + 1, json_read(fact->value, strlen(fact->value), &settlement_limits, &e));
    return true;
}

/* {step: summary} of a run */
static json_t *summaries_of(struct beside_ask *look, uint64_t run)
{
    struct store_facts_filter filter = { .kind = FACT_SUMMARY, .run = run };
    json_t *summaries = json_object();

    look->e.code = store_facts(look->store, &filter, summary_take, summaries, &look->e);
    return summaries;
}

/* The summary, or what it would be of; new reference. */
static json_t *row_output(struct beside_ask *look, uint64_t run, const char *id, json_t *summary)
{
    return json_object_size(summary) > 0 ? json_incref(summary)
                                         : settlement_output(look, run, id, LIMIT_OUTPUT);
}

/* What the other steps of its level say: what was paid out, and what people adjusted. */
static void rows_said(struct beside_ask *look, uint64_t run, const json_t *flow, json_t *summaries,
                      struct settlement_more *more)
{
    json_t *node, *output;
    size_t i;

    json_array_foreach(json_object_get(flow, "nodes"), i, node)
    {
        const char *id = json_get_text(node, "id");
        json_t *summary = id != NULL ? json_object_get(summaries, id) : NULL;

        if (summary == NULL || settlement_is(node))
            continue;
        output = mask_value(row_output(look, run, id, summary));
        settlement_agreed(output, id, more->adjustments);
        if (output != NULL)
            settlement_said(output, id, node, more->statements);
    }
}

static void row_add(json_t *rows, json_t *step, json_t *output, const struct settlement_more *more)
{
    json_t *row = json_copy(step), *told = json_array(), *one, *own;
    size_t i;

    json_array_foreach(more->statements, i, one)
    {
        if (json_object_get(one, "closes") == NULL)
            continue;
        own = json_copy(one);
        json_object_del(own, "parts");
        json_array_append_new(told, own);
    }
    check(row != NULL);
    if (output != NULL)
        json_object_set_new_nocheck(row, "output", output);
    json_object_set_new_nocheck(row, "statements", told);
    json_object_set_nocheck(row, "adjustments", more->adjustments);
    json_array_append_new(rows, row);
}

static json_t *rows_summed(struct beside_ask *look, uint64_t run, const json_t *flow,
                           json_t *summaries)
{
    struct settlement_more more = { .adjustments = json_array(), .statements = json_array() };
    json_t *rows = json_array(), *node, *step;
    size_t i;

    rows_said(look, run, flow, summaries, &more);
    json_array_foreach(json_object_get(flow, "nodes"), i, node)
    {
        const char *id = json_get_text(node, "id");
        json_t *summary = id != NULL ? json_object_get(summaries, id) : NULL;

        if (summary == NULL || !settlement_is(node))
            continue;
        step = json_pack("{s:s, s:s, s:O*}", "step", id, "node", id, "title",
                         json_object_get(node, "title"));
        row_add(rows, step, row_output(look, run, id, summary), &more);
        json_decref(step);
    }
    settlement_more_fini(&more);
    return rows;
}

/* From the journal. */
static json_t *rows_read(struct beside_ask *look, uint64_t run, const json_t *flow)
{
    json_t *steps = settlement_steps(look, run, flow), *rows, *step;
    char id[IDENT_TEXT];
    size_t i;

    if (steps == NULL)
        return NULL;
    ident_text(run, id);
    rows = json_array();
    json_array_foreach(steps, i, step)
    {
        const char *path = json_get_text(step, "step");
        json_t *output = settlement_output(look, run, path, LIMIT_OUTPUT);
        struct settlement_more more;

        settlement_more(look, run, id, flow, path, json_get_text(step, "node"), &more);
        row_add(rows, step, output, &more);
        settlement_more_fini(&more);
    }
    json_decref(steps);
    return rows;
}

json_t *settlement_rows(struct beside_ask *look, uint64_t run, const json_t *flow, uint64_t since)
{
    json_t *summaries, *rows = NULL;

    if (!settlement_in_parts(flow)) /* those of loops have no summary */
        return rows_read(look, run, flow);
    summaries = summaries_of(look, run);
    if (look->e.code == ERR_OK)
        rows = json_object_size(summaries) > 0 || run >= since
                   ? rows_summed(look, run, flow, summaries)
                   : rows_read(look, run, flow);
    json_decref(summaries);
    return rows;
}
