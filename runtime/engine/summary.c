/* summary.c - see summary.h. */
#include "engine/summary.h"

#include <stdio.h>

#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/run.h"

void summary_keep(struct run_node *n, const json_t *output)
{
    struct run *run = n->frame->run;
    const struct flow_node *node = &run->version->flow->nodes[n->node];
    struct store_fact fact = { .op = FACT_PUT, .kind = FACT_SUMMARY, .run = run->id };
    char id[IDENT_TEXT], key[IDENT_TEXT + LIMIT_ID + 1];
    json_t *summary;
    char *text;

    if (node->type->summary == NULL || n->frame->outer != NULL || run->poll != 0)
        return;
    summary = node->type->summary(output);
    if (summary == NULL)
        return;
    ident_text(run->id, id);
    snprintf(key, sizeof key, "%s/%s", id, node->id);
    text = json_text_new(summary, SUMMARY_BYTES, NULL);
    fact.key = key;
    fact.value = text != NULL ? text : "{}";
    run_fact(run, &fact);
    mem_free(text);
    json_decref(summary);
}
