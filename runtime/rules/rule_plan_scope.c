/* rule_plan_scope.c - which expression of a plan is given which names.
 *
 * An expression within a list becomes a chunk of the form
 *     local item, index, line = ... return EXPRESSION
 * with the names that it mentions, so that an item is read like any local and what is not asked for
 * is not given. */
#include "rules/rule_plan_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/mem.h"
#include "rules/rule_text_priv.h"

struct scope {
    struct rule_unit *unit;
    const char *names[PLAN_DEPTH]; /* of the loops around; NULL: no further name */
    unsigned level;
    bool pure;
    char *text; /* why not; "": it can */
};

static void scope_node(struct scope *scope, const struct plan_node *node);

/* `item`, `index`, or those of the loop's own name. */
static void scope_name(struct scope *scope, struct unit_text *text, struct buf *names,
                       const char *name, unsigned level, bool index)
{
    if (!rule_text_has_word(text->source.text, text->source.size, name))
        return;
    if (text->local_count == UNIT_LOCALS) {
        snprintf(scope->text, 96, "an expression names more than %u items of lists", UNIT_LOCALS);
        return;
    }
    buf_addf(names, "%s%s", text->local_count > 0 ? ", " : "local ", name);
    text->locals[text->local_count++] = (struct unit_local){ (unsigned char)level, index };
}

/* Of two loops of the same name the inner one is meant: Lua takes the last of equal locals. */
static void scope_rule(struct scope *scope, const struct plan_node *node)
{
    struct unit_text *text = &scope->unit->texts[node->rule];
    struct buf names;

    check(node->rule < scope->unit->text_count && text->plan == NULL && text->prefix == NULL);
    scope->pure = scope->pure && text->pure;
    if (scope->level == 0 || text->source.kind != RULE_EXPRESSION)
        return;
    buf_init(&names, 64 * LIMIT_ID);
    for (unsigned i = 0; i < scope->level; i++) {
        char index[LIMIT_ID + 8];

        if (scope->names[i] == NULL)
            continue;
        scope_name(scope, text, &names, scope->names[i], i, false);
        snprintf(index, sizeof(index), "%s_index", scope->names[i]);
        scope_name(scope, text, &names, index, i, true);
    }
    scope_name(scope, text, &names, "item", scope->level - 1, false);
    scope_name(scope, text, &names, "index", scope->level - 1, true);
    buf_add_text(&names, " = ... return ");
    if (text->local_count > 0)
        text->prefix = buf_take(&names, NULL);
    buf_fini(&names);
}

static void scope_each(struct scope *scope, const struct plan_each *each)
{
    scope_node(scope, &each->list);
    if (scope->level == PLAN_DEPTH) {
        snprintf(scope->text, 96, "lists within lists are at most %u deep", PLAN_DEPTH);
        return;
    }
    scope->names[scope->level++] = each->name;
    if (each->where != NULL)
        scope_node(scope, each->where);
    for (size_t i = 0; i < each->sort_count; i++)
        scope_node(scope, &each->sorts[i].by);
    if (each->group != NULL)
        scope_node(scope, each->group);
    scope_node(scope, &each->element);
    scope->level--;
}

static void scope_node(struct scope *scope, const struct plan_node *node)
{
    for (; node != NULL; node = node->next) {
        if (node->when != NULL)
            scope_node(scope, node->when);
        if (node->fallback != NULL)
            scope_node(scope, node->fallback);
        if (node->kind == PLAN_RULE)
            scope_rule(scope, node);
        else if (node->kind == PLAN_EACH)
            scope_each(scope, node->each);
        for (size_t i = 0; i < node->count; i++)
            scope_node(scope, &node->parts[i]);
    }
}

bool plan__prepare(struct rule_unit *unit, const struct plan *plan, bool *pure, char text[96])
{
    struct scope scope = { .unit = unit, .pure = true, .text = text };

    text[0] = '\0';
    if (plan->base != NULL)
        scope_node(&scope, plan->base);
    scope_node(&scope, &plan->root);
    *pure = scope.pure;
    return text[0] == '\0';
}
