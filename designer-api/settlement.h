/* settlement.h - what a transform.reconcile step has left behind, as people settle a day by it: its
 * lines in five classes, sums that close to zero, a table for other programs.
 *
 * A line is in one class, and every line is in one (the step has proven it):
 *
 *   matched      belongs together, within the tolerance
 *   proposed     is alike; nobody has confirmed it
 *   differing    has equal keys, and does not agree
 *   only_left    stands in the left list only
 *   only_right   stands in the right list only
 *
 * All but the first are open. A difference is left - right, and an adjustment is what the right
 * side needs on top to agree: so open differences - adjustments are what is left over. Sums are
 * kept for each currency, exactly. */
#ifndef DESIGNER_API_SETTLEMENT_H
#define DESIGNER_API_SETTLEMENT_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

enum settlement_class {
    SETTLEMENT_MATCHED,
    SETTLEMENT_PROPOSED,
    SETTLEMENT_DIFFERING,
    SETTLEMENT_ONLY_LEFT,
    SETTLEMENT_ONLY_RIGHT,
    SETTLEMENT_CLASSES
};
#define SETTLEMENT_OPEN (((1u << SETTLEMENT_CLASSES) - 1) & ~(1u << SETTLEMENT_MATCHED))

struct settlement { /* borrowed */
    const json_t *output; /* of the step; for its sums, summaries have the lengths of the lists */
    const json_t *config; /* of its node; NULL: not known */
};

/* "matched", "open" (all but matched), "all"; several with commas. ERR_USAGE. */
enum err_code settlement_classes(const char *text, unsigned *classes, struct err *e) MUST_USE;

/* left, right and count are lines: what one of them stands for, where the step has such lines.
 * {"balanced", "open": entries, "adjusted": whether what is agreed leaves nothing of them over,
 * "counts": {CLASS: {"entries"?, "left", "right"}}, "totals": [{"currency"?, "left": {"count",
 * "sum"}, "right", "difference", "classes": {CLASS: {"left", "right", "difference"}}, "explained":
 * of all classes, "rest": difference - explained, "closes": rest is zero, "open", "adjusted",
 * "proposed_adjustments", "left_over": open - adjusted}]}.
 * adjustments: [{"amount", "currency"?, "state": "agreed" or "proposed"}], may be NULL; one whose
 * currency is none of these gets "counted": false. New reference; NULL with *e. */
json_t *settlement_sums(const struct settlement *settlement, json_t *adjustments,
                        struct err *e) MUST_USE;

/* Of {"net", "parts": [{"name", "amount"}]}, what was paid out and what it was made of, adds
 * "rest", the net less its parts, and "closes": whether that is zero. Nothing where one is no
 * number. */
void settlement_statement(json_t *statement);

struct settlement_find {
    unsigned classes;
    const char *text; /* stands in the entry, ASCII letters of either case; NULL: any */
    const char *pass; /* NULL: any */
};
/* Entries in the order of their classes, from the from-th that fits on: as the step's output has
 * them, with "class"; one of a single side has "left_sum" or "right_sum" and "difference", too.
 * One in two currencies has no difference, but the sum of each side, and "left_currency" and
 * "right_currency". *total: how many fit. New reference. */
json_t *settlement_lines(const struct settlement *settlement, const struct settlement_find *find,
                         size_t from, size_t limit, size_t *total) MUST_USE;

/* The same as CSV (RFC 4180), a row for each line or pair of lines; amounts have all their digits.
 * Texts that a spreadsheet would take for a formula begin with an apostrophe. */
void settlement_csv(const struct settlement *settlement, const struct settlement_find *find,
                    struct buf *out);

/* The two lists as the step was given them, new references. ERR_CONFLICT: the output does not hold
 * the lines that are matched. */
enum err_code settlement_lists(const json_t *output, json_t *lists[2], struct err *e) MUST_USE;


#endif
