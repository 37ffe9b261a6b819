/* diagnosis_priv.h - the causes of diagnosis.c. Only designer-api/diagnosis*.c include this.
 *
 * The first row whose kind is it, and whose words are in the text, holds. A star is whatever stands
 * between two words. */
#ifndef DESIGNER_API_DIAGNOSIS_PRIV_H
#define DESIGNER_API_DIAGNOSIS_PRIV_H

struct cause {
    const char *kind;    /* of the failure; NULL: any */
    const char *part[5]; /* one of them is in its text, whatever the case; NULL: any */
    const char *code, *text, *remedy;
    const char *link; /* where the remedy is: connection, flow, run, lookups, store */
};

/* Of a failure's kind and text, either of which may be NULL; never NULL. */
const struct cause *cause_of(const char *kind, const char *text);
/* The one that a manifest names; NULL: it names none. */
const struct cause *cause_named(const char *code);

#endif
