/* series_grid.h - the time that is asked for, cut into steps: what the operations over measurements
 * share. Parameters: from, to, step, zone; environment and flow narrow the places. */
#ifndef DESIGNER_API_SERIES_GRID_H
#define DESIGNER_API_SERIES_GRID_H

#include "designer-api/beside.h"
#include "designer-api/series.h"

#define SERIES_STEPS 2000u
struct series_grid {
    int64_t from_s, to_s, step_s; /* step_s of days: about so long */
    unsigned days;                /* 0: steps of UTC */
    char step[16];
    int64_t *starts; /* count, and the end behind them */
    size_t count;
};

/* Asks for the work beside the loop, with what the open minute has in look->given; refuses where
 * nothing is measured. */
void series_grid_ask(struct ask *ask, beside_work_fn *work);
/* series_grid_fini() it in any case. ERR_USAGE, ERR_LIMIT. */
enum err_code series_grid_read(const struct beside_ask *look, struct series_grid *grid,
                               struct err *e) MUST_USE;
void series_grid_fini(struct series_grid *grid);
bool series_grid_has(const struct series_grid *grid, int64_t at_s);
size_t series_grid_find(const struct series_grid *grid, int64_t at_s); /* the step it lies in */
/* Every row of the time: of span its family and place; days where hours are not kept any more. */
enum err_code series_grid_walk(const struct beside_ask *look, const struct series_grid *grid,
                               const struct series_span *span, series_row_fn *visit, void *arg,
                               struct err *e) MUST_USE;
/* {"from_at", "to_at", "step", "zone", "times"}; new reference */
json_t *series_grid_json(const struct beside_ask *look, const struct series_grid *grid) MUST_USE;

#endif
