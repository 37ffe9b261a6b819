/* csv_priv.h - what the files of transform.csv share. For nodes/transform/csv*.c only. */
#ifndef NODES_TRANSFORM_CSV_PRIV_H
#define NODES_TRANSFORM_CSV_PRIV_H

#include "flow/node_file.h"
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

/* ---- Reading (csv_read.c) */

/* A position of the rows: what it is called, and which column it is. */
struct csv_position {
    char *name;                      /* NULL: left out */
    const struct csv_column *column; /* NULL: a text that no setting names */
};
struct csv_reading {
    const struct csv_plan *plan;
    struct csv *csv;
    struct csv_position *positions;
    size_t count;
    bool ready; /* the positions are known */
    json_t *rows, *titles; /* titles: of the header, where `keeps` */
    bool keeps;
    size_t values;
};
/* dialect: the plan's, or that of a page. Close it also when it fails. */
enum err_code csv__open(struct csv_reading *reading, const struct csv_plan *plan,
                        const struct csv_dialect *dialect, struct err *e) MUST_USE;
/* The header was read before: its titles. */
enum err_code csv__resume(struct csv_reading *reading, const json_t *titles,
                          struct err *e) MUST_USE;
/* {"columns", "count", "rows"}: a new reference. NULL: no memory. */
json_t *csv__output(struct csv_reading *reading);
void csv__close(struct csv_reading *reading);

/* A page of a file (csv_page.c). */
struct csv_page {
    struct csv_plan *plan; /* counted */
    json_t *cursor;        /* NULL: the first page */
    uint64_t rows;
    json_t *output;
};
struct csv_page *csv_page_new(struct csv_plan *plan, json_t *cursor, uint64_t rows);
void csv_page_free(void *page);
/* Of what a file ask has read. */
enum err_code csv_page_read(void *page, struct file_ask *ask, const atomic_bool *given_up,
                            struct err *e);

enum err_code csv_plan_read(const struct foreign_plan *plan, json_t *input,
                            const atomic_bool *given_up, json_t **output, struct err *e);
enum err_code csv_plan_write(const struct foreign_plan *plan, json_t *input,
                             const atomic_bool *given_up, json_t **output, struct err *e);

#endif
