/* faults.h - what is wrong with a definition: all of it at once, each with its place and its
 * remedy. */
#ifndef FLOW_FAULTS_H
#define FLOW_FAULTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"

/* What a program tells apart; people read the text. */
enum fault_code {
    FAULT_DEFINITION,      /* something in the file itself */
    FAULT_NO_SECRET,       /* the vault lacks a secret that the file names */
};

struct fault {
    enum fault_code code;
    char *file;
    unsigned line, column; /* from 1 */
    char *pointer;         /* JSON pointer within the file; "" is the whole */
    char *text;            /* what is wrong and what would be right, one line */
    char *missing;         /* the member that the pointer's object lacks; NULL: it lacks none */
    bool warning;          /* does not keep a flow from running */
};
struct faults {
    struct fault *list;
    size_t count;          /* at most LIMIT_FAULTS are kept */
    size_t dropped;        /* how many more there were */
    size_t errors;         /* those that are no warnings, dropped ones too */
};

void faults_init(struct faults *faults);
void faults_fini(struct faults *faults);
void faults_add(struct faults *faults, bool warning, const char *file, unsigned line,
                unsigned column, const char *pointer, const char *fmt, ...) PRINTF(7, 8);
/* An error: what the pointer names lacks a member. The text says so, and why it is needed. */
void faults_add_missing(struct faults *faults, const char *file, unsigned line, unsigned column,
                        const char *pointer, const char *member, const char *why);
/* The same for an error that lies outside of the file, and so has no line of its own. */
void faults_add_outer(struct faults *faults, enum fault_code code, const char *file,
                      const char *pointer, const char *fmt, ...) PRINTF(5, 6);
void faults_sort(struct faults *faults);                            /* by file, line, column */
/* FILE:LINE:COL: POINTER: MESSAGE lines */
void faults_write(const struct faults *faults, struct buf *out);
/* The same lines on stderr; where the log is JSON each is a line of the log, at its level. */
void faults_tell(const struct faults *faults, struct log *log);
/* array of objects; new reference */
json_t *faults_json(const struct faults *faults) MUST_USE;

#endif
