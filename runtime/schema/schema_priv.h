/* schema_priv.h - what a schema is once it is compiled. For schema/ only. */
#ifndef SCHEMA_SCHEMA_PRIV_H
#define SCHEMA_SCHEMA_PRIV_H

#include "base/buf.h"
#include "base/table.h"
#include "schema/number.h"
#include "schema/schema.h"

struct pattern;
struct format;
struct check;
struct seen;

/* A document, or a part of it with an "$id" of its own. */
struct schema_resource {
    char *uri;             /* absolute where the document says so; without a fragment */
    struct dict *dynamics; /* names of "$dynamicAnchor" to nodes; NULL: none */
    struct schema_node *root;
    struct schema_resource *next;
};

struct schema_pair {
    struct pattern *pattern; /* "patternProperties" */
    const char *name;        /* "dependentSchemas", borrowed from the JSON */
    struct schema_node *node;
};

/* A keyword of a node that says something about values. */
struct schema_word {
    const struct word_row *row;
    const json_t *value;        /* what stands there; NULL: implied */
    struct schema_node *node;   /* one schema: "not", "items", "$ref" after references are found */
    struct schema_node **nodes; /* a list of them, `count` */
    struct schema_pair *pairs;  /* `count` */
    size_t count;
    struct dict *members;       /* "properties": names to nodes */
    uint64_t limit;             /* "maxLength", ... */
    unsigned types;
    struct number number;
    struct pattern *pattern;
    const struct format *format;
    bool dynamic;               /* "$dynamicRef" to a "$dynamicAnchor": looked up again each time */
};

struct schema_node {
    char *place;                /* JSON pointer in the document */
    const json_t *json;
    struct schema_resource *resource;
    struct schema_word *words;  /* in the order of evaluation */
    size_t count;
    bool never;                 /* the schema false */
    bool unevaluated;           /* has "unevaluatedItems" or "unevaluatedProperties" */
    uint8_t mark;               /* for the search of loops */
    struct schema_node *next;
};

struct schema {
    unsigned refs;
    json_t *json;
    unsigned flags;
    struct schema_node *root;
    struct schema_node *nodes;         /* all of them */
    struct schema_resource *resources; /* all of them */
    struct dict *places;               /* pointers to nodes */
    struct dict *anchors;              /* "URI#name" and "URI" to nodes */
};

/* ---- The table of keywords (words.c) */

enum word_kind {
    WORD_SCHEMA, WORD_SCHEMAS, WORD_MEMBERS, WORD_PATTERNS, WORD_PAIRS, WORD_COUNT, WORD_NUMBER,
    WORD_DIVISOR, WORD_TYPES, WORD_LIST, WORD_ANY, WORD_BOOL, WORD_NAMES, WORD_NAME_LISTS,
    WORD_TEXT, WORD_PATTERN, WORD_FORMAT, WORD_URI, WORD_REF, WORD_ANCHOR, WORD_DIALECT,
    WORD_VOCABULARY,
};
typedef bool word_check_fn(struct check *c, const struct schema_node *node,
                           const struct schema_word *word, const json_t *value, struct seen *seen);
struct word_row {
    const char *name;
    enum word_kind kind;
    unsigned types;       /* values that it says something about; 0: none, it is no assertion */
    word_check_fn *fits;
};
extern const struct word_row schema__words[];
extern const size_t schema__word_count;
const struct word_row *schema__word_row(const char *name); /* NULL: there is none */
const struct schema_word *schema__word(const struct schema_node *node, const char *name);
/* Does it put its schemas to the value itself, not to a part of it? */
bool schema__in_place(const struct word_row *row);
/* The known name nearest to a misspelt one, or what an older draft's keyword is now; NULL. */
const char *schema__word_hint(const char *name, char *text, size_t room);

/* ---- Compiling (build.c, refs.c) */

struct build {
    struct schema *schema;
    struct buf place;
    schema_fault_fn *fault;
    void *arg;
    size_t faults;
    unsigned depth;
    bool in_place; /* the next node is put to the same value as the one around it */
};
/* At the place under work; keyword: "" when it is none's. */
void schema__fault(struct build *b, const char *keyword, const char *fmt, ...) PRINTF(3, 4);
size_t schema__down(struct build *b, const char *name);
void schema__up(struct build *b, size_t size);
struct schema_node *schema__node(struct build *b, json_t *json, struct schema_resource *resource);
/* The value of one keyword of `node`, whose place is under work. */
void schema__word_build(struct build *b, struct schema_node *node, struct schema_word *word,
                        json_t *value);
/* "$id", "$anchor", "$dynamicAnchor" of a node; gives the resource it belongs to. */
void schema__name(struct build *b, struct schema_node *node);
void schema__link(struct build *b);        /* finds what references refer to */
void schema__loops(struct build *b);       /* refuses loops that never step into the value */

unsigned schema__type_find(const char *name); /* SCHEMA_..., 0: there is none */

#endif
