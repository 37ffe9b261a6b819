/* status.h - what a run has come to, as it is kept and shown. */
#ifndef STORE_STATUS_H
#define STORE_STATUS_H

#include <stdbool.h>

/* The numbers are in stores: append only. */
#define RUN_STATUS_TABLE(X)                                                          \
    X(ACTIVE,    0, "active",    false) /* has work: recovery takes it up again   */ \
    X(SUCCEEDED, 1, "succeeded", true)                                               \
    X(FAILED,    2, "failed",    true)                                               \
    X(CANCELLED, 3, "cancelled", true)                                               \
    X(IN_DOUBT,  4, "in_doubt",  false) /* an effect waits for a person's word    */ \
    X(WAITING,   5, "waiting",   false) /* for a moment, an event or a person: a row only */
enum run_status {
#define X(code, number, name, ended) RUN_##code = number,
    RUN_STATUS_TABLE(X)
#undef X
};
const char *run_status_name(enum run_status status);
bool run_status_ended(int status); /* nothing more will come; of any other number: false */
bool run_status_find(const char *name, enum run_status *status);

#endif
