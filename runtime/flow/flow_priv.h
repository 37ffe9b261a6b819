/* flow_priv.h - the flow under construction, and what the files of flow/ share. For flow/ only.
 *
 * The shape of a definition is itself given by rows of field.h (flow_rows.c): parsing, faults and
 * the published JSON Schema come from one place. */
#ifndef FLOW_FLOW_PRIV_H
#define FLOW_FLOW_PRIV_H

#include <stdarg.h>

#include "base/json.h"
#include "base/limits.h"
#include "flow/flow.h"

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
struct flow_build {
    struct flow *flow;
    json_t *definition;               /* borrowed, as all but the arrays below */
    const struct registry *registry;
    struct flow_source source;
    struct flow_node *node;           /* in work; NULL: the flow itself */
    int *owners;                      /* of each expression: index of its node, -1: the flow */
    size_t expression_room;
    enum flow_config *configs;        /* of each node */
    unsigned *edge_places;            /* of each edge: its index in the definition */
};

/* ---- The shape of a definition (flow_rows.c) */
struct flow_settings {
    struct value *dedupe, *order_by;
    int64_t concurrency, timeout_ms, retention_ms;
    const char *on_failure;
};
enum flow_backoff { BACKOFF_EXPONENTIAL, BACKOFF_FIXED };
struct flow_retry_rows {
    json_t *attempts; /* as it is: too large a number is clamped, not refused */
    int backoff;
    int64_t initial_ms, max_ms;
    json_t *jitter;
};
struct flow_node_rows {
    const char *id, *type, *title, *connection;
    json_t *config, *notes, *ui;
    struct flow_retry_rows *retry;
    int64_t timeout_ms;
    int on_error;
    bool disabled;
};
struct flow_edge_rows {
    const char *from, *to, *port;
};
struct flow_rows {
    int64_t weft;
    const char *name, *description;
    struct flow_settings *settings;
    json_t *vars, *notes, *ui;
    struct field_list nodes, edges;
};
extern const struct field flow__rows[];
extern const struct field flow__node_rows[];

/* ---- The passes over a definition, in this order; each adds its faults to the build */
void flow__parse(struct flow_build *build);                       /* flow_parse.c */
void flow__parse_nodes(struct flow_build *build, const struct flow_node_rows *rows, size_t count);
void flow__check_title(struct flow_build *build, const char *pointer, const char *title);
void flow__check_graph(struct flow_build *build);                 /* flow_check.c */
void flow__check_expressions(struct flow_build *build);           /* flow_scan.c */
/* Marks the nodes that run before `node` in any path; mark has a place for each node. */
void flow__upstream(const struct flow *flow, unsigned node, bool *mark);

/* ---- The other parts of a bundle (flow_parts.c); each adds its faults to the source */
void flow__check_rule(const struct flow_source *source, const char *name, const char *text,
                      size_t size);
void flow__check_lookup(const struct flow_source *source, const char *name, const json_t *lookup);
void flow__check_connections(const struct flow_source *source, const json_t *connections);
bool flow__part_name_valid(const char *name); /* [a-z0-9_]+, at most LIMIT_ID */

/* The members of "rules", "lookups", or of the connections within "connections"; borrowed,
 * NULL if there are none. */
json_t *flow__part(const json_t *bundle, const char *part);
/* Their names, borrowed; the array is the caller's (mem_free). */
const char **flow__names_new(const json_t *object, size_t *count) MUST_USE;

#endif
