/* fixed_priv.h - what the files of transform.fixed share. For nodes/transform/fixed*.c only. */
#ifndef NODES_TRANSFORM_FIXED_PRIV_H
#define NODES_TRANSFORM_FIXED_PRIV_H

#include "format/fixed.h"
#include "nodes/foreign.h"

struct fixed_plan {
    struct foreign_plan base;   /* first */
    struct fixed_layout layout; /* its records are the plan's own */
    size_t first, last, only;   /* records by their places; SIZE_MAX: none; only: of one type */
    char *encoding;             /* NULL: not said */
};
enum err_code fixed_plan_read(const struct foreign_plan *plan, json_t *input,
                              const atomic_bool *given_up, json_t **output, struct err *e);
enum err_code fixed_plan_write(const struct foreign_plan *plan, json_t *input,
                               const atomic_bool *given_up, json_t **output, struct err *e);

#endif
