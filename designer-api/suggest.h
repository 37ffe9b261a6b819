/* suggest.h - which field of one schema is likely which of another, and why.
 *
 * Names are taken apart into words (camelCase, separators, digits), abbreviations are written out,
 * words of payments and accounting that mean the same count as alike; rare words say more than
 * frequent ones, the words of the path above a field say less than its own. To that come types,
 * lengths, sample values and their shapes, and what people accepted before. Nothing leaves the
 * program, and nothing is learned but what people accepted.
 *
 * Pure: texts are borrowed for the call, the result is owned by the caller. */
#ifndef DESIGNER_API_SUGGEST_H
#define DESIGNER_API_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define SUGGEST_FIELDS 10000u /* of one side */
#define SUGGEST_VALUES 200u   /* of one field; more are not looked at */
#define SUGGEST_BEST   3u     /* candidates of a target */
#define SUGGEST_REASON 240u

enum suggest_type { /* of a schema's type and format */
    SUGGEST_ANY,
    SUGGEST_TEXT,
    SUGGEST_NUMBER,
    SUGGEST_INTEGER,
    SUGGEST_BOOLEAN,
    SUGGEST_DATE, /* and a moment */
    SUGGEST_OBJECT,
    SUGGEST_LIST,
};
struct suggest_field {
    const char *path;          /* "ARDoc.CuryOrigDocAmt", "lines[].sku" */
    enum suggest_type type;
    unsigned length;           /* at most so many characters; 0: not said */
    const char *title;         /* what people call it; NULL: nothing */
    const char *const *values; /* samples, as texts */
    size_t value_count;
};
/* Accepted before: the two paths and how often; rejected: times < 0. */
struct suggest_known {
    const char *source, *target;
    int times;
};

enum suggest_how {
    SUGGEST_COPY,   /* the value as it is, or converted by its type */
    SUGGEST_DATE_BY, /* a text is a date by a pattern: `detail` */
    SUGGEST_LOOKUP, /* both have few values, others: a table has to say which is which */
    SUGGEST_FIRST,  /* the first word of a name */
    SUGGEST_LAST,   /* the words behind it */
    SUGGEST_JOIN,   /* several sources, written one behind the other: `detail` names them */
};
struct suggestion {
    size_t target, source;   /* indexes */
    double score;            /* 0 to 1 */
    bool chosen;             /* the one that is proposed; the others of a target are its rivals */
    enum suggest_how how;
    char detail[128];
    char reason[SUGGEST_REASON];
};
struct suggestions {
    struct suggestion *list; /* by target, the best first; at most SUGGEST_BEST of each */
    size_t count;
};

/* Below this nothing is proposed that has a rival. */
#define SUGGEST_LEAST 0.55
enum err_code suggest_fields(const struct suggest_field *sources, size_t source_count,
                             const struct suggest_field *targets, size_t target_count,
                             const struct suggest_known *known, size_t known_count,
                             struct suggestions *out, struct err *e) MUST_USE;
void suggestions_fini(struct suggestions *suggestions);
const char *suggest_how_name(enum suggest_how how); /* "copy", "date", "lookup", ... */

#endif
