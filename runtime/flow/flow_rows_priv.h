/* flow_rows_priv.h - the shape of a definition, as structs that the rows of flow_rows.c fill. For
 * flow/ only. */
#ifndef FLOW_FLOW_ROWS_PRIV_H
#define FLOW_FLOW_ROWS_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "flow/field.h"
#include "flow/value.h"

#define FLOW_TOTALS_MAX     20u /* of one flow: each is evaluated at the end of every run */
#define FLOW_PARAMETERS_MAX 100u
#define FLOW_CHOICES_MAX    50u   /* of one parameter */
#define FLOW_HELP_MAX       1000u /* bytes of a parameter's description */

struct flow_total_rows {
    const char *name;
    struct value *left, *right;
};
struct flow_money_rows {
    struct value *amount, *currency, *posted;
};
struct flow_budget_rows {
    int64_t instructions, ms, memory_mib;
};
struct flow_settings {
    struct value *dedupe, *order_by;
    int64_t concurrency, timeout_ms, retention_ms;
    const char *on_failure;
    int failure; /* 1: collect */
    struct flow_money_rows *money;
    struct flow_budget_rows *budget;
    struct field_list totals;
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
    int join; /* 1: any */
    bool disabled;
};
struct flow_edge_rows {
    const char *from, *to, *port;
};
/* What a body has, and the flow itself too. */
struct flow_level_rows {
    struct field_list nodes, edges;
    json_t *notes, *ui;
};
struct flow_choice_rows {
    json_t *value;
    const char *title;
};
struct flow_parameter_rows {
    const char *name, *title, *description;
    struct field_list choices;
};
struct flow_build;
/* Adds its faults; vars: NULL, or what stands there (flow_parameters.c). */
void flow__check_parameters(struct flow_build *build, const json_t *vars,
                            const struct field_list *parameters);
struct flow_rows {
    int64_t weft;
    const char *name, *description;
    struct flow_settings *settings;
    json_t *vars;
    struct field_list parameters;
    struct flow_level_rows level;
};
extern const struct field flow__rows[];
extern const struct field flow__level_rows[];
extern const struct field flow__node_rows[];

#endif
