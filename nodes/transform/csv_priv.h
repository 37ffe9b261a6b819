/* csv_priv.h - what the files of transform.csv share. For nodes/transform/csv*.c only. */
#ifndef NODES_TRANSFORM_CSV_PRIV_H
#define NODES_TRANSFORM_CSV_PRIV_H

#include "format/csv.h"
#include "nodes/foreign.h"

struct csv_column {
    char *name, *title; /* in the row, in the header */
    bool required;
    struct cell_form form;
};
struct csv_plan {
    struct foreign_plan base; /* first */
    struct csv_dialect dialect;
    struct csv_writing writing;
    struct csv_column *columns;
    size_t column_count;
    char *encoding;     /* NULL: not said */
    bool header, drop_others, ragged, empty_null, mark;
};
enum err_code csv_plan_read(const struct foreign_plan *plan, json_t *input,
                            const atomic_bool *given_up, json_t **output, struct err *e);
enum err_code csv_plan_write(const struct foreign_plan *plan, json_t *input,
                             const atomic_bool *given_up, json_t **output, struct err *e);

#endif
