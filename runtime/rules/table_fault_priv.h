/* table_fault_priv.h - what is wrong with a table of rules: a decision table, a lookup table. */
#ifndef RULES_TABLE_FAULT_PRIV_H
#define RULES_TABLE_FAULT_PRIV_H

#include "base/err.h"

/* text: one tidy line. */
typedef void table_fault_fn(void *arg, const char *table, const char *text);
/* Whom to tell about the table that is being built, and how often that was. */
struct table_faults {
    const char *table;
    table_fault_fn *tell;
    void *arg;
    unsigned count;
};
/* From LIMIT_FAULTS on they are counted only. */
void table_fault(struct table_faults *faults, const char *fmt, ...) PRINTF(2, 3);

#endif
