/* plan.c - makes and releases the trees of mappings. */
#include "base/plan.h"

#include "base/check.h"
#include "base/mem.h"

static void node_fini(struct plan_node *node);

static void node_free(struct plan_node *node)
{
    if (node == NULL)
        return;
    node_fini(node);
    mem_free(node);
}

static void each_free(struct plan_each *each)
{
    if (each == NULL)
        return;
    node_fini(&each->list);
    node_free(each->where);
    for (size_t i = 0; i < each->sort_count; i++)
        node_fini(&each->sorts[i].by);
    mem_free(each->sorts);
    node_free(each->group);
    node_fini(&each->element);
    mem_free(each->name);
    mem_free(each);
}

/* Its depth is bounded by that of the definition; the alternatives are as many as a list's. */
static void node_fini(struct plan_node *node)
{
    struct plan_node *next = node->next;

    for (size_t i = 0; i < node->count; i++)
        node_fini(&node->parts[i]);
    mem_free(node->parts);
    mem_free(node->key);
    json_decref(node->literal);
    each_free(node->each);
    node_free(node->when);
    node_free(node->fallback);
    while (next != NULL) {
        struct plan_node *gone = next;

        next = gone->next;
        gone->next = NULL;
        node_free(gone);
    }
}

struct plan *plan_new(void)
{
    struct plan *plan = mem_must(sizeof *plan);

    plan->refs = 1;
    plan->root.kind = PLAN_OBJECT;
    plan->root.keeps = true;
    return plan;
}

struct plan *plan_ref(struct plan *plan)
{
    check(plan->refs > 0);
    plan->refs++;
    return plan;
}

void plan_unref(struct plan *plan)
{
    if (plan == NULL)
        return;
    check(plan->refs > 0);
    if (--plan->refs > 0)
        return;
    node_free(plan->base);
    node_fini(&plan->root);
    mem_free(plan);
}

/* Room grows by powers of two, so it is full when the count is one. */
struct plan_node *plan_part_add(struct plan_node *node, const char *key)
{
    struct plan_node *part;

    check(node->kind == PLAN_OBJECT || node->kind == PLAN_ARRAY);
    if ((node->count & (node->count - 1)) == 0)
        node->parts = mem_must_resize(node->parts, (node->count == 0 ? 1 : 2 * node->count) *
                                                       sizeof *node->parts);
    part = &node->parts[node->count++];
    *part = (struct plan_node){ .key = mem_must_copy(key) };
    return part;
}

struct plan_node *plan_node_new(void)
{
    return mem_must(sizeof(struct plan_node));
}

void plan_node_clear(struct plan_node *node)
{
    node_fini(node);
    *node = (struct plan_node){ .kind = PLAN_LITERAL };
}

struct plan_each *plan_each_new(void)
{
    return mem_must(sizeof(struct plan_each));
}

const char *plan_convert_name(enum plan_convert convert)
{
    static const char *const names[] = {
#define X(code, name) name,
        PLAN_CONVERT_TABLE(X)
#undef X
    };

    check((size_t)convert < sizeof names / sizeof *names);
    return names[convert];
}
