/* flow_priv.h - the flow under construction, and what the files of flow/ share. For flow/ only.
 *
 * The shape of a definition is given by rows of field.h (flow_rows.c), its JSON Schema too. */
#ifndef FLOW_FLOW_PRIV_H
#define FLOW_FLOW_PRIV_H

#include <stdarg.h>

#include "base/json.h"
#include "base/limits.h"
#include "flow/flow.h"
#include "flow/flow_rows_priv.h"

#define FLOW_SCHEMA_ID    "urn:weft:schema:flow:1"
#define FLOW_LIST_MAX     10000u                 /* of a list whose row says no limit */
#define FLOW_PORTS_MAX    200u                   /* of one node: more is a lookup table */
#define FLOW_POINTER_MAX  (LIMIT_JSON_DEPTH * (2 * LIMIT_JSON_KEY + 2))
#define FLOW_DURATION_MAX INT64_C(3155760000000) /* a hundred years in milliseconds */

/* A file that faults are found in. */
struct flow_source {
    struct faults *faults;
    const char *file;
    const struct json_places *places; /* NULL: every fault is at 1:1 */
};
enum flow_place { PLACE_VALUE, PLACE_KEY };
void flow__report(const struct flow_source *source, bool warning, enum flow_place place,
                  const char *pointer, const char *fmt, va_list args);
void flow__fault(const struct flow_source *source, const char *pointer, const char *fmt, ...)
    PRINTF(3, 4);
/* The same at the member's key: for a member that should not be there at all. */
void flow__fault_key(const struct flow_source *source, const char *pointer, const char *fmt, ...)
    PRINTF(3, 4);
void flow__warn(const struct flow_source *source, const char *pointer, const char *fmt, ...)
    PRINTF(3, 4);
/* A fault for a name that is none of those known: says the nearest, or else lists them. */
void flow__fault_unknown(const struct flow_source *source, enum flow_place place,
                         const char *pointer, const char *what, const char *name,
                         const char *const *known, size_t count);
/* "PARENT/KEY" with the key escaped; mem_free() it. */
char *flow__pointer(const char *parent, const char *key) MUST_USE;
char *flow__pointer_at(const char *parent, size_t index) MUST_USE;
/* [A-Za-z_][A-Za-z0-9_MORE]*, at most LIMIT_ID */
bool flow__name_valid(const char *name, const char *more);

enum flow_config {
    CONFIG_FAULTY,   /* its rows have faults, or there is no type to read it */
    CONFIG_COMPILED, /* its rows are in order, type->compile() has run and found faults */
    CONFIG_SOUND,
};
/* Where an expression stands, and so what it sees. */
struct flow_scope {
    int node;    /* whose setting it is; -1: the flow's own */
    bool inside; /* seen from inside the node's body; of the flow: from the end of the run */
};
/* One level as it was read; the graph of the same index is what becomes of it. */
struct flow_level {
    struct flow_level_rows rows;
    json_t *json;   /* the definition or the body; borrowed */
    char *pointer;  /* "", "/nodes/3/config/body" */
    unsigned depth; /* 0: the flow itself */
};
struct flow_build {
    struct flow *flow;
    json_t *definition;               /* borrowed, as all but the arrays below */
    const struct registry *registry;
    struct flow_source source;
    struct flow_node *node;           /* in work; NULL: the flow itself */
    bool inside;                      /* the setting in work is seen from inside the body */
    struct flow_level *levels;        /* flow->graph_count of them */
    struct flow_scope *scopes;        /* of each expression */
    size_t expression_room;
    enum flow_config *configs;        /* of each node */
    unsigned *edge_places;            /* of each edge: its index in the level's "edges" */
};

/* ---- The passes over a definition, in this order; each adds its faults to the build */
void flow__parse(struct flow_build *build);                       /* flow_parse.c */
void flow__check_title(struct flow_build *build, const char *pointer, const char *title);
void flow__check_ui(struct flow_build *build, const char *parent, const json_t *ui);
/* Takes what stands at the flow's own level out of *own, then reads all bodies. */
void flow__read_levels(struct flow_build *build, struct flow_level_rows *own); /* flow_level.c */
void flow__drop_levels(struct flow_build *build);
/* Whether its nodes were read; if not, that was told. */
bool flow__level_has_nodes(const struct flow_level *level);
void flow__parse_nodes(struct flow_build *build);                 /* flow_parse_node.c */
void flow__parse_edges(struct flow_build *build);                 /* flow_edge.c */
char *flow__edge_pointer(const struct flow_build *build, unsigned edge) MUST_USE;
void flow__check_graph(struct flow_build *build);                 /* flow_check.c */
void flow__check_expressions(struct flow_build *build);           /* flow_scan.c */

/* ---- What sees what (flow_scope.c); mark has a place for each node */

/* Marks what the marked nodes lead to, or with `back` what leads to them. */
void flow__spread(const struct flow *flow, bool back, bool *mark);
/* Marks the nodes whose output may be there where the scope is: what runs before it on its own
 * level and on those around it; from inside a body all of the body. */
void flow__visible(const struct flow *flow, struct flow_scope scope, bool *mark);
/* Whether `item` and `index` are there. */
bool flow__in_loop(const struct flow *flow, struct flow_scope scope);
/* The node whose body, seen from the scope, hides `node`; -1: it stands on a level in sight. */
int flow__hidden_by(const struct flow *flow, struct flow_scope scope, unsigned node);

/* ---- The other parts of a bundle (flow_parts.c); each adds its faults to the source */
void flow__check_rule(const struct flow_source *source, const char *name, const char *text,
                      size_t size);
void flow__check_lookup(const struct flow_source *source, const char *name, const json_t *lookup);
void flow__check_schema(const struct flow_source *source, const char *name, const json_t *schema);
/* Tests of a rule or a table: a list of objects, each with a name (engine/proof.h). */
void flow__check_tests(const struct flow_source *source, const char *name, const json_t *tests);
void flow__check_connections(const struct flow_source *source, const json_t *connections);
bool flow__part_name_valid(const char *name); /* [a-z0-9_]+, at most LIMIT_ID */

/* The members of "rules", "lookups", "schemas", or of the connections within "connections";
 * borrowed, NULL if there are none. */
json_t *flow__part(const json_t *bundle, const char *part);
/* Their names, borrowed; the array is the caller's (mem_free). */
const char **flow__names_new(const json_t *object, size_t *count) MUST_USE;

#endif
