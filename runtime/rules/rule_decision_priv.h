/* rule_decision_priv.h - decision tables: conditions by outcomes, checked for gaps and overlaps
 * when they are made. Knows nothing of Lua. For rules/ only. The format is in docs/FLOWS.md. */
#ifndef RULES_RULE_DECISION_PRIV_H
#define RULES_RULE_DECISION_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/decimal.h"
#include "base/err.h"
#include "rules/table_fault_priv.h"

#define DECISION_INPUTS  16u
#define DECISION_OUTPUTS 32u
#define DECISION_ROWS    1000u
#define DECISION_TESTS   200u  /* in one cell */
#define DECISION_ALL_TESTS 5000u /* in a table */

enum decision_type { DECISION_TEXT, DECISION_NUMBER, DECISION_BOOLEAN, DECISION_DATE };
enum decision_hit { DECISION_FIRST, DECISION_UNIQUE, DECISION_ALL };

/* A value of an input. Numbers, booleans (0, 1) and days since 1970-01-01 are numbers. */
struct decision_value {
    bool null;
    const char *text; /* DECISION_TEXT; borrowed */
    struct decimal number;
};
/* One alternative of a cell: null, a text, or numbers from here to there. */
struct decision_test {
    bool null;
    const char *text;
    struct decimal from, to;
    bool open_from, open_to;       /* without a bound */
    bool beyond_from, beyond_to;   /* the bound itself is not among them */
};
struct decision_cell {
    bool any, negated;
    struct decision_test *tests;
    size_t count;
};
struct decision_input {
    const char *name;
    enum decision_type type;
    bool optional;                 /* null is a value of it */
    char *code;                    /* Lua that computes it from `input`; NULL: the member itself */
    const char *zone;              /* DECISION_DATE: of moments; NULL: UTC */
    const json_t *values;          /* DECISION_TEXT: all there are; NULL: any text */
    struct decimal min, max;
    bool has_min, has_max;
};
struct decision_outcome {
    json_t *literal;               /* borrowed */
    char *code;                    /* Lua that computes it from `input`; NULL: the literal */
};
struct decision {
    json_t *json;                  /* holds what is borrowed */
    char *name;
    enum decision_hit hit;
    struct decision_input inputs[DECISION_INPUTS];
    size_t input_count;
    const char *outputs[DECISION_OUTPUTS];
    size_t output_count;
    struct decision_cell *cells;      /* row by row */
    struct decision_outcome *outcomes; /* row by row; behind the last those of the default */
    size_t row_count;
    bool has_default;
};

/* json has "inputs". NULL when there was a fault. */
struct decision *decision_new(const char *name, json_t *json, table_fault_fn *fault,
                              void *arg);
void decision_free(struct decision *table); /* NULL is fine */

/* Whether row `row` takes these values, one for each input. */
bool decision_row_takes(const struct decision *table, size_t row,
                        const struct decision_value *values);
/* Whether a value is one that the input may have; *e says why not (ERR_RULE). */
bool decision_value_fits(const struct decision_input *input, const struct decision_value *value,
                      struct err *e);
/* `method = "ACH"` for messages. */
void decision_value_show(const struct decision_input *input, const struct decision_value *value,
                      struct buf *out);

/* For rule_decision*.c. */
struct decision_build {
    struct decision *table;
    struct table_faults faults;
};
/* Reads a cell; a fault names row and input. */
void decision__cell_read(struct decision_build *build, size_t row,
                         const struct decision_input *input, json_t *json,
                         struct decision_cell *cell);
bool decision__cell_takes(const struct decision_cell *cell, const struct decision_value *value);
bool decision__day_read(const char *text, size_t size, int64_t *day);
/* Gaps, overlaps, rows that are never reached. */
void decision__prove(struct decision_build *build);

#endif
