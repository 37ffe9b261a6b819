/* table_fault.c - see table_fault_priv.h. */
#include "rules/table_fault_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "rules/rule_text_priv.h"

#define FAULT_BYTES 600

void table_fault(struct table_faults *faults, const char *fmt, ...)
{
    char raw[FAULT_BYTES], text[FAULT_BYTES];
    va_list args;
    int length;

    va_start(args, fmt);
    length = vsnprintf(raw, sizeof(raw), fmt, args);
    va_end(args);
    check(length >= 0);
    if (faults->count++ >= LIMIT_FAULTS)
        return;
    rule_text_tidy(text, sizeof(text), raw, strlen(raw));
    faults->tell(faults->arg, faults->table, text);
}
