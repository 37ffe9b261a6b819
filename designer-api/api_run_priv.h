/* api_run_priv.h - what the files about runs share. */
#ifndef DESIGNER_API_API_RUN_PRIV_H
#define DESIGNER_API_API_RUN_PRIV_H

#include "base/buf.h"
#include "designer-api/beside.h"
#include "store/look.h"

/* ---- api_run_find.c: which runs are looked for */
struct run_find {
    struct store_look look;
    struct buf key_marked, error_text, needle; /* texts that the look borrows */
    const char *field, *value; /* what stands in the input at "body.customer.id"; NULL: anywhere */
};
/* filter: the members of a listing's query. ERR_USAGE names the one that is wrong. End with
 * run_find_fini() in any case. */
enum err_code run_find_read(struct run_find *find, const json_t *filter, const char *workspace,
                            struct err *e) MUST_USE;
void run_find_fini(struct run_find *find);
/* Whether the input fits, where one is looked for. */
bool run_find_fits(const struct run_find *find, const struct store_run *run);
/* For works: a page of the runs that the query looks for, the latest first, into look->value by
 * take(), which asks run_find_fits(). find is read from the query. True: it holds all there are. */
bool run_find_page(struct run_find *find, struct beside_ask *look, unsigned limit,
                   store_look_fn *take, void *arg);

/* ---- Rows of lists: engine_row() without details, and with what `who` may do with it */
json_t *run_row(const struct store_run *run, const struct who *who);
/* {"kind", "text", "step"?} of an error: without details, in which payloads may stand. */
void run_row_shown(json_t *row, const struct who *who);

/* ---- api_run_act.c: one act at one run; told() as later_told() */
enum run_act { RUN_ACT_CANCEL, RUN_ACT_SETTLE, RUN_ACT_REPLAY };
bool run_act_find(const char *name, enum run_act *act);
/* *made: id of the new run, in which a replay goes on; 0: none. options: body of the ask. */
enum err_code run_act_do(const struct ask *ask, enum run_act act, uint64_t run,
                         const json_t *options, engine_done_fn *told, void *arg, uint64_t *made,
                         struct err *e) MUST_USE;

#endif
