/* api_flow_priv.h - flows as they are shown and changed, one and many. */
#ifndef DESIGNER_API_API_FLOW_PRIV_H
#define DESIGNER_API_API_FLOW_PRIV_H

#include "designer-api/ask.h"

/* ---- flow_row.c: rows of flows: what their objects say (sheet.h), where they work, and how they
 * did in the last day (series_pulses). Good for one turn. */
struct flow_rows;
/* flow, environment: NULL: any; figures are those of the environment. */
struct flow_rows *flow_rows_new(struct ask *ask, const char *flow, const char *environment);
void flow_rows_free(struct flow_rows *rows);
/* All flows that are drawn or deployed, as members of an object; new reference, NULL with *e. */
json_t *flow_rows_names(struct flow_rows *rows, struct err *e) MUST_USE;
/* A flow as the contract shows it, but for its last run; new reference, NULL with *e. */
json_t *flow_rows_json(struct flow_rows *rows, const char *flow, struct err *e) MUST_USE;
void flow_row_last(struct ask *ask, json_t *row); /* adds the last run; reads the store */

void flow__bulk(struct ask *ask); /* api_flow_bulk.c */

/* ---- api_flow_list.c */
void flow__list(struct ask *ask);
/* Rows that fit the filter, an object of listFlows' parameters, in order of their names; all:
 * the rows of all flows are put there, too. New reference, NULL with *e. */
json_t *flow__find(struct ask *ask, const json_t *filter, json_t *all, struct err *e) MUST_USE;

/* ---- api_flow.c: as the operations do; done() is called once, after the commit. */
enum err_code flow__note(struct ask *ask, const char *flow, const json_t *change, uint64_t from,
                         uint64_t *revision, engine_done_fn *done, void *arg,
                         struct err *e) MUST_USE;
/* ERR_CONFLICT: it is deployed. dry: only that is looked at. */
enum err_code flow__remove(struct ask *ask, const char *flow, bool dry, engine_done_fn *done,
                           void *arg, struct err *e) MUST_USE;

#endif
