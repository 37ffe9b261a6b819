/* audit_file.h - records of the audit chain in a file, as GET /audit/export gives them. */
#ifndef COMMAND_AUDIT_FILE_H
#define COMMAND_AUDIT_FILE_H

#include "store/audit.h"

struct audit_file_report {
    int64_t records;     /* that are as they were written */
    int64_t first, last; /* their numbers; 0: none */
    int64_t missing;     /* numbers between them that are not there: a filter, or taken away */
    char end[65];        /* the last one's code */
};
/* Files of JSON lines or comma-separated values; parts that were put together are fine. ERR_INVALID
 * names the line and its record that is not as it was written; ERR_IO. */
enum err_code audit_file_verify(const char *file, const unsigned char key[STORE_AUDIT_KEY],
                                struct audit_file_report *report, struct err *e) MUST_USE;

#endif
