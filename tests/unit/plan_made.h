/* plan_made.h - mappings and inputs drawn at random. */
#ifndef UNIT_PLAN_MADE_H
#define UNIT_PLAN_MADE_H

#include "base/plan.h"
#include "rule_eval.h"

#define RULES     400u
#define LEVELS    4u

/* What an expression reads, in a form that both sides know. */
struct text {
    enum { TEXT_MEMBER, TEXT_IS, TEXT_HAS, TEXT_INDEX, TEXT_SELF } kind;
    int level; /* of the loop whose item; -1: the trigger */
    char key;  /* of its member */
    int64_t value;
    char lua[80];
};
struct made {
    uint64_t seed;
    struct text texts[RULES];
    unsigned count;
    struct plan *plan;
    unsigned level;
    bool grouped[LEVELS]; /* the loop's item is a group */
};

static inline unsigned draw(struct made *made, unsigned below)
{
    made->seed ^= made->seed << 13;
    made->seed ^= made->seed >> 7;
    made->seed ^= made->seed << 17;
    return (unsigned)((made->seed >> 11) % below);
}

/* ---- Inputs: members a (numbers), b (texts), c and d (lists of the same), any may be missing */

static inline json_t *value_new(struct made *made, unsigned depth);

static inline json_t *object_new(struct made *made, unsigned depth)
{
    static const char *const numbers[] = { "1", "2", "2.0", "2.50", "-3", "10", "0.10", "7.125" };
    static const char *const texts[] = { "x", "y", "xy", "", "ä" };
    json_t *object = json_object();

    if (draw(made, 8) > 0) {
        const char *digits = numbers[draw(made, 8)];

        json_object_set_new(object, "a", json_exact_new(digits, strlen(digits)));
    } else if (draw(made, 2) > 0) {
        json_object_set_new(object, "a", json_null());
    }
    if (draw(made, 6) > 0)
        json_object_set_new(object, "b", json_string(texts[draw(made, 5)]));
    for (const char *key = "c"; depth > 0 && key != NULL; key = key[0] == 'c' ? "d" : NULL)
        if (draw(made, 5) > 0)
            json_object_set_new(object, key, value_new(made, depth - 1));
    return object;
}

static inline json_t *value_new(struct made *made, unsigned depth)
{
    json_t *list = json_array();

    for (unsigned i = draw(made, 5); i > 0; i--)
        json_array_append_new(list, object_new(made, depth));
    return list;
}

/* ---- Plans */

static inline const char *item_name(const struct made *made, int level, char room[16])
{
    if (level < 0)
        return "trigger";
    if (level == (int)made->level - 1)
        return "item";
    snprintf(room, 16, "l%d", level);
    return room;
}

static inline unsigned text_new(struct made *made, int kind, int level, char key)
{
    struct text *text = &made->texts[made->count];
    char room[16];
    const char *name = item_name(made, level, room);

    assert_true(made->count < RULES);
    text->kind = kind;
    text->level = level;
    text->key = key;
    text->value = draw(made, 3) + 1;
    if (kind == TEXT_SELF)
        snprintf(text->lua, sizeof text->lua, "%s", name);
    else if (kind == TEXT_INDEX && level == (int)made->level - 1)
        snprintf(text->lua, sizeof text->lua, "index");
    else if (kind == TEXT_INDEX)
        snprintf(text->lua, sizeof text->lua, "%s_index", name);
    else if (kind == TEXT_MEMBER)
        snprintf(text->lua, sizeof text->lua, "%s.%c", name, key);
    else if (kind == TEXT_HAS)
        snprintf(text->lua, sizeof text->lua, "not isnull(%s.%c)", name, key);
    else
        snprintf(text->lua, sizeof text->lua, "%s.a == %d", name, (int)text->value);
    return made->count++;
}

static inline int level_drawn(struct made *made)
{
    return (int)draw(made, made->level + 1) - 1;
}

static inline void rule_put(struct plan_node *node, unsigned rule)
{
    node->kind = PLAN_RULE;
    node->rule = rule;
}

static inline struct plan_node *condition_new(struct made *made)
{
    struct plan_node *node = plan_node_new();

    rule_put(node, text_new(made, draw(made, 2) > 0 ? TEXT_IS : TEXT_HAS, level_drawn(made),
                            draw(made, 2) > 0 ? 'a' : 'b'));
    return node;
}

static inline void leaf_make(struct made *made, struct plan_node *node)
{
    if (draw(made, 6) == 0) {
        node->kind = PLAN_LITERAL;
        node->literal = draw(made, 2) > 0 ? json_integer(draw(made, 100)) : json_string("lit");
    } else if (draw(made, 5) == 0 && made->level > 0) {
        rule_put(node, text_new(made, TEXT_INDEX, (int)draw(made, made->level), 0));
    } else if (draw(made, 12) == 0) {
        rule_put(node, text_new(made, TEXT_SELF, level_drawn(made), 0));
    } else {
        rule_put(node, text_new(made, TEXT_MEMBER, level_drawn(made), "abc"[draw(made, 3)]));
    }
}

static inline void object_make(struct made *made, struct plan_node *object, unsigned depth);

static inline void each_make(struct made *made, struct plan_node *node, unsigned depth)
{
    struct plan_each *each = node->each = plan_each_new();
    char name[16];

    node->kind = PLAN_EACH;
    rule_put(&each->list,
             text_new(made, TEXT_MEMBER, level_drawn(made), draw(made, 2) ? 'c' : 'd'));
    snprintf(name, sizeof name, "l%u", made->level);
    each->name = mem_must_copy(name);
    made->level++;
    if (draw(made, 3) == 0)
        each->where = condition_new(made);
    if (draw(made, 2) == 0) {
        each->sort_count = 1 + draw(made, 2);
        each->sorts = mem_must(each->sort_count * sizeof *each->sorts);
        for (size_t i = 0; i < each->sort_count; i++) {
            rule_put(&each->sorts[i].by,
                     text_new(made, TEXT_MEMBER, (int)made->level - 1, draw(made, 2) ? 'a' : 'b'));
            each->sorts[i].descending = draw(made, 2) > 0;
        }
    }
    if (draw(made, 4) == 0) {
        each->group = plan_node_new();
        rule_put(each->group,
                 text_new(made, TEXT_MEMBER, (int)made->level - 1, draw(made, 2) ? 'a' : 'b'));
    }
    if (draw(made, 3) == 0) {
        leaf_make(made, &each->element);
    } else {
        each->element.kind = PLAN_OBJECT;
        each->element.keeps = true;
        object_make(made, &each->element, depth);
    }
    made->level--;
}

static inline void field_make(struct made *made, struct plan_node *node, unsigned depth)
{
    if (depth > 0 && made->level < LEVELS && draw(made, 3) == 0)
        each_make(made, node, depth - 1);
    else
        leaf_make(made, node);
    if (draw(made, 4) == 0)
        node->when = condition_new(made);
    if (draw(made, 4) == 0) {
        node->fallback = plan_node_new();
        leaf_make(made, node->fallback);
    }
    if (node->kind != PLAN_EACH && draw(made, 5) == 0)
        node->convert = PLAN_CONVERT_TEXT;
    if (node->when != NULL && draw(made, 2) == 0) {
        node->next = plan_node_new();
        leaf_make(made, node->next);
    }
}

static inline void object_make(struct made *made, struct plan_node *object, unsigned depth)
{
    for (unsigned i = 1 + draw(made, 4); i > 0; i--) {
        char key[16];
        struct plan_node *part;

        snprintf(key, sizeof key, "k%u", i);
        part = plan_part_add(object, key);
        if (depth > 0 && draw(made, 6) == 0) {
            part->kind = PLAN_OBJECT; /* of paths: it goes with its members */
            object_make(made, part, depth - 1);
        } else {
            field_make(made, part, depth);
        }
    }
}

#endif
