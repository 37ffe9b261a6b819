/* fixed_priv.h - what the files fixed*.c share. For format/ only. */
#ifndef FORMAT_FIXED_PRIV_H
#define FORMAT_FIXED_PRIV_H

#include "base/decimal.h"
#include "format/fixed.h"

/* What is known of the lines so far. */
struct fixed_totals {
    const struct fixed_layout *layout;
    uint64_t *counts;        /* of each record type */
    struct decimal **totals; /* of each field of each type; exact */
};
enum err_code fixed__totals_init(struct fixed_totals *totals, const struct fixed_layout *layout,
                                 struct err *e) MUST_USE;
void fixed__totals_fini(struct fixed_totals *totals);
/* Adds a line. */
enum err_code fixed__totals_add(struct fixed_totals *totals, size_t record, json_t *row,
                                struct err *e) MUST_USE;
/* What a field that checks must hold. */
enum err_code fixed__totals_want(const struct fixed_totals *totals, const struct fixed_field *field,
                                 struct decimal *want, struct err *e) MUST_USE;
bool fixed__is_number(const struct fixed_field *field);
/* Characters of valid UTF-8: where the n-th (from 0) begins; the end if there are fewer. */
const char *fixed__skip(const char *at, const char *end, size_t characters);
size_t fixed__length(const char *at, const char *end);

#endif
