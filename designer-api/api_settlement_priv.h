/* api_settlement_priv.h - what the files about settlements share. */
#ifndef DESIGNER_API_API_SETTLEMENT_PRIV_H
#define DESIGNER_API_API_SETTLEMENT_PRIV_H

#include "designer-api/settlement_find.h"

/* The settlement of the run in the path. */
struct api_settlement {
    uint64_t run;
    json_t *row, *flow, *steps, *output;
    const char *path, *node; /* of the step; borrowed from steps */
    struct settlement settlement;
};
/* path: of the step, NULL: the first that there is. plain: nothing is masked; then it is not shown
 * as it is. False with look->e. End with api_settlement_fini() in any case. */
bool api_settlement_read(struct beside_ask *look, const char *path, bool plain,
                         struct api_settlement *one);
void api_settlement_fini(struct api_settlement *one);

void settlement_preview(struct ask *ask); /* api_settlement_preview.c */

#endif
