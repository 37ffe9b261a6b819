/* flow.h - a flow version: parsed, validated, compiled to an immutable graph.
 *
 * A *bundle* is everything a version needs: the definition, its rule modules and lookups, as one
 * JSON object
 *   {"flow": {...}, "rules": {"NAME": "lua text"}, "lookups": {"NAME": {...}},
 *    "connections": {...}}
 * and its version is the SHA-256 of the bundle's compact text. flow_read_dir() makes one from a
 * folder; flow_compile() makes the graph from one. The graph is const from then on and shared by
 * all its runs, by reference count (one thread). */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ident.h"
#include "base/plan.h"
#include "flow/faults.h"
#include "flow/node.h"
#include "flow/registry.h"

struct flow_expression {
    bool script;            /* a chunk; else one expression */
    bool function;          /* "MODULE:FUNCTION" */
    bool listed;            /* within a list of a plan: sees the list's item and index */
    struct plan *plan;      /* a mapping of other expressions, without text; NULL: it is a rule */
    char *text;             /* without the '=' */
    size_t size;
    char *name;             /* for messages: "node map, /fields/3/from" */
    char *pointer;          /* in flow.json */
    unsigned index;         /* in flow->expressions */
};

enum flow_on_error { ON_ERROR_FAIL, ON_ERROR_CONTINUE, ON_ERROR_ROUTE };

struct flow_retry {
    unsigned attempts;      /* in all, 1: no retry */
    bool exponential;       /* else the same pause each time */
    int64_t initial_ms, max_ms;
    double jitter;          /* 0..1: the pause is multiplied by 1 - jitter .. 1 + jitter */
};

struct flow_edge {
    unsigned from, to;      /* indexes of nodes */
    unsigned port;          /* index into nodes[from].ports */
};

/* One level of a flow: the flow itself, or the body of a node. Its nodes stand together, and a
 * level stands behind the one it is in (breadth first). Edges stay within a level; ids are unique
 * in the whole flow. A body begins with its nodes that no edge leads to. */
struct flow_graph {
    unsigned first, count;  /* nodes[first] .. nodes[first + count - 1] */
    int owner;              /* the node whose body it is; -1: the flow itself */
};

struct flow_node {
    char *id;
    char *title;            /* for people, NULL if none */
    const struct node_type *type;
    void *config;           /* of type->config_size bytes */
    char *connection;       /* NULL if none */
    char *pointer;          /* "/nodes/3", "/nodes/3/config/body/nodes/0" */
    char **ports;           /* every exit by name; "error" is among them with ON_ERROR_ROUTE */
    size_t port_count;
    unsigned *in, *out;     /* indexes of edges, in the order of the definition */
    size_t in_count, out_count;
    struct flow_retry retry;
    int64_t timeout_ms;     /* of one attempt; 0: the default */
    enum flow_on_error on_error;
    bool disabled;          /* passes its input on */
    bool join_any;          /* runs at the first edge taken, not when all are decided */
    unsigned graph;         /* the level it stands on: index of flow->graphs */
    unsigned body;          /* its own body; 0: none */
};

/* What must hold at the end of a run that succeeds: left equals right, exactly. */
struct flow_total {
    char *name;             /* for people */
    struct value *left, *right;
};

struct flow_budget {        /* of each evaluation of a rule; 0: the workspace's */
    int64_t instructions, ms, memory_mib;
};

struct flow {
    char version[DIGEST_TEXT];
    char *name;             /* for people */
    char *slug;             /* the folder's name: how commands, the store and the API know it */
    struct flow_graph *graphs; /* [0]: the flow itself */
    size_t graph_count;
    struct flow_node *nodes;
    size_t node_count;
    struct flow_edge *edges;
    size_t edge_count;
    struct flow_expression **expressions; /* by index */
    size_t expression_count;
    struct value *dedupe;   /* settings; NULL: none */
    struct value *order_by;
    struct value *amount, *currency; /* settings.money: how much a run moves; NULL: not told */
    struct value *posted;   /* how much of it is, asked at the end; NULL: all, if it ends well */
    unsigned concurrency;   /* runs at once; 0: no limit */
    int64_t timeout_ms;     /* of a run; 0: none */
    int64_t retention_ms;   /* 0: for ever */
    char *on_failure;       /* slug of another flow, or NULL */
    bool collect_failures;  /* a failed branch lets the others end before the run fails */
    struct flow_total *totals;
    size_t total_count;
    struct flow_budget budget;
    json_t *vars;           /* constants for expressions; NULL if none */
    json_t *bundle;         /* owned */
    unsigned refs;
};

/* Reads DIR/flow.json, DIR/rules/(name).lua, DIR/lookups/(name).json, DIR/connections.json. New
 * reference, or NULL with faults. Symbolic links out of DIR are refused. */
json_t *flow_read_dir(const char *dir, struct faults *faults) MUST_USE;
/* A single file with a definition alone. */
json_t *flow_read_file(const char *path, struct faults *faults) MUST_USE;

/* What flow/ cannot do itself: the syntax of rules and the content of lookups are the rules
 * layer's matter. May be NULL. The flow may have faults: only expressions and bundle are to be
 * looked at. A fault given with line 0 is placed by its pointer into the definition. */
struct flow_services {
    void *arg;
    void (*check_rules)(void *arg, const struct flow *flow, const char *file,
                        struct faults *faults);
};
/* file: the name faults carry for the definition. All faults are found; NULL when there is an
 * error among them. Faults in the definition carry line and column of `text` when it is given
 * (the file's own text), else 1:1. */
struct flow *flow_compile(json_t *bundle, const char *slug, const char *file, const char *text,
                          size_t text_size, const struct registry *registry,
                          const struct flow_services *services, struct faults *faults) MUST_USE;
/* Reads and compiles a folder at once, so that the faults of all its files come together, sorted
 * (flow_read_dir() gives no bundle when a file has a fault). NULL with an error. */
struct flow *flow_check_dir(const char *dir, const char *slug, const struct registry *registry,
                            const struct flow_services *services, struct faults *faults) MUST_USE;
struct flow *flow_ref(struct flow *flow);
void flow_unref(struct flow *flow);         /* NULL is fine */
/* -1 if there is none */
int flow_node_find(const struct flow *flow, const char *id);
/* -1 if there is none */
int flow_port_find(const struct flow_node *node, const char *port);
/* The JSON Schema of a flow definition, node types included; new reference. */
json_t *flow_schema(const struct registry *registry) MUST_USE;
/* "1.5s", "10m" and the like to milliseconds; -1 if it is none. */
int64_t flow_duration(const char *text);

/* For value.c, field.c and the compile() of node types: the flow under construction. */
struct flow_build;
void flow_build_fault(struct flow_build *build, const char *pointer, const char *fmt, ...)
    PRINTF(3, 4);
/* What the pointer names has no `member`; the text says what that is for. */
void flow_build_missing(struct flow_build *build, const char *pointer, const char *member,
                        const char *fmt, ...) PRINTF(4, 5);
void flow_build_warn(struct flow_build *build, const char *pointer, const char *fmt, ...)
    PRINTF(3, 4);
/* of the node in work */
void flow_build_port(struct flow_build *build, const char *port, const char *pointer);
struct flow_expression *flow_build_expression(struct flow_build *build, bool script, bool function,
                                              const char *text, size_t size, const char *pointer);
/* Takes the plan; its expressions are the build's (value_plan()). */
struct flow_expression *flow_build_plan(struct flow_build *build, struct plan *plan,
                                        const char *pointer);
json_t *flow_build_bundle(const struct flow_build *build); /* borrowed */
/* A node type by its name, borrowed; NULL: there is none. */
const struct node_type *flow_build_type(const struct flow_build *build, const char *name);
/* What there is of it: its expressions are those of the nodes so far. */
const struct flow *flow_build_flow(const struct flow_build *build);

#endif
