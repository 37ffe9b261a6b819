/* plan.h - what a mapping does: a tree that a node type makes and the rules execute.
 *
 * A plan is made once, when its flow is compiled, and is const from then on; references are counted
 * (one thread). Its expressions are named by their index in the flow. Making one cannot fail. */
#ifndef BASE_PLAN_H
#define BASE_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define PLAN_DEPTH 32u /* lists within lists */
#define PLAN_SORTS 8u  /* keys that a list is sorted by */

enum plan_kind {
    PLAN_LITERAL, /* json, shared by every result */
    PLAN_RULE,    /* the result of an expression; nil: nothing */
    PLAN_OBJECT,  /* of parts with keys; a part that gives nothing is left out */
    PLAN_ARRAY,   /* of parts; null stands for one that gives nothing */
    PLAN_EACH,    /* a list: an element for each item of another list */
};

/* What becomes of a value, which must not lose anything. */
#define PLAN_CONVERT_TABLE(X)                                                                      \
    X(NONE,    "none")    /* it stays what it is                                      */           \
    X(TEXT,    "text")    /* a number by its digits, true and false by these words    */           \
    X(NUMBER,  "number")  /* a text that is a number, digit for digit                 */           \
    X(INTEGER, "integer") /* a number without a fraction, or a text that is one       */           \
    X(BOOLEAN, "boolean") /* the words true and false                                 */
enum plan_convert {
#define X(code, name) PLAN_CONVERT_##code,
    PLAN_CONVERT_TABLE(X)
#undef X
};

struct plan_each;
struct plan_node {
    enum plan_kind kind;
    char *key;                  /* of a part of an object */
    json_t *literal;            /* PLAN_LITERAL */
    unsigned rule;              /* PLAN_RULE: index of the expression */
    struct plan_node *parts;    /* PLAN_OBJECT, PLAN_ARRAY */
    size_t count;
    struct plan_each *each;     /* PLAN_EACH */
    bool keeps;                 /* PLAN_OBJECT: stays though every part was left out */
    bool open;                  /* while it is made: paths of further targets may lead into it */
    enum plan_convert convert;
    struct plan_node *when;     /* not true: nothing; NULL: always */
    struct plan_node *fallback; /* in the place of nil and null; NULL: none */
    struct plan_node *next;     /* when `when` is not true, this one; NULL: none */
};
struct plan_sort {
    struct plan_node by;
    bool descending;
};
/* Of the list's items those for which `where` is true, sorted, grouped; nil is an empty list. */
struct plan_each {
    struct plan_node list;      /* nil: nothing, but for the fallback */
    char *name;                 /* a further name of `item`, with NAME_index; NULL: none */
    struct plan_node *where;    /* NULL: all */
    struct plan_sort *sorts;    /* the first decides; nil and null come last */
    size_t sort_count;
    struct plan_node *group;    /* NULL: none; else item is {"key", "items"} */
    struct plan_node element;
};
struct plan {
    unsigned refs;
    struct plan_node *base;     /* an object that the root's parts are put into; NULL: none */
    struct plan_node root;      /* PLAN_OBJECT */
};

struct plan *plan_new(void);    /* one reference; an empty object */
struct plan *plan_ref(struct plan *plan);
void plan_unref(struct plan *plan); /* NULL is fine */

/* A new part at the end of the parts; pointers to earlier parts are not valid any more. */
struct plan_node *plan_part_add(struct plan_node *node, const char *key);
struct plan_node *plan_node_new(void);
void plan_node_clear(struct plan_node *node); /* all that is in it */
struct plan_each *plan_each_new(void);
const char *plan_convert_name(enum plan_convert convert);

#endif
