/* bulk.h - one act at many things: in slices, so that the loop goes on between them; answered when
 * each was told. */
#ifndef DESIGNER_API_BULK_H
#define DESIGNER_API_BULK_H

#include "designer-api/beside.h"

#define BULK_MOST 1000u

/* Acts at one item, an object; told() as engine_done_fn once it is durable,
 * or at once when nothing is to be kept. With `dry` nothing is
 * done: ERR_OK says that it would be. May add members to the item. */
typedef enum err_code bulk_act_fn(struct ask *ask, json_t *item, bool dry, engine_done_fn *told,
                                  void *arg, struct err *e);
/* Of an answer: look->value has a member `list`, an array; those with a member "refused" are
 * passed over. Answers with it, "done" and "refused" counted, and each item told: "done": true,
 * "would": true, or "refused" and "code". */
void bulk_begin(struct beside_ask *look, const char *list, bool dry, bulk_act_fn *act);
void bulk_refused(json_t *item, const struct err *e);

#endif
