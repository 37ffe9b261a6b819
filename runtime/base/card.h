/* card.h - finds card numbers, security codes and track data, and takes them out.
 *
 * A *card number* is a run of digits that has the prefix and the exact length of an issuer range
 * (card.c has the table with its date) and a right check digit (Luhn). It may be written in groups.
 * How much more is asked for depends on the name that stands beside it (docs/SECURITY.md, "What
 * counts as a card number"). It is masked: its first six and last four digits stay. A *security
 * code* (cvv, csc, ...) and *track data* are removed whole.
 *
 * It is made for slips, not against somebody who hides a number on purpose: what is encrypted,
 * compressed or written in base64 is not seen. */
#ifndef BASE_CARD_H
#define BASE_CARD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define CARD_REMOVED "[removed]" /* stands in a text for a security code or track data */
#define CARD_PLACES  16u         /* places that are named; the others are counted */

/* What was found; a place is a JSON pointer, never a value. */
struct card_report {
    unsigned numbers, codes, tracks;
    unsigned places;              /* that had one or more; of those not named, each time */
    json_t *named;                /* array of the first CARD_PLACES, or NULL */
    bool failed;                  /* memory ran out: what was looked at must not be used */
};
void card_report_fini(struct card_report *report);
bool card_report_found(const struct card_report *report);
/* "2 card numbers and 1 security code: /body/card/number, /body/note, ..." */
#define CARD_REPORT_TEXT 400
void card_report_text(const struct card_report *report, char text[CARD_REPORT_TEXT]);
/* {"what": the text, "numbers", "codes", "tracks", "places": [...], "more"?}: new reference, NULL
 * without memory */
json_t *card_report_json(const struct card_report *report);

/* With true no name speaks against a card: order_id, tracking and time count like any other. Set
 * once, at the start of the program; false before. */
void card_distrust_names(bool distrust);

/* The first look, at gigabytes a second: false when nothing in the text can be one. JSON, its
 * escapes included, forms and URLs are looked at as they are. */
bool card_suspect(const char *text, size_t size);

/* Appends the text to *out without what it must not hold and returns true; false when there is
 * nothing to take out, *out is as it was then. name: of the member it is the value of, or NULL. */
bool card_mask_text(const char *text, size_t size, const char *name, struct buf *out,
                    struct card_report *report);
/* The same for any text of ours that has a fixed place, like an error: in place. room: of the
 * array. What has no room is cut. */
bool card_mask_chars(char *text, size_t room, struct card_report *report);

/* The value without what it must not hold: a new reference, the value itself when there is nothing;
 * shared parts are copied, never changed. place: JSON pointer of the value, "" for the whole. NULL
 * without memory, *report says so. */
json_t *card_mask_json(json_t *value, const char *place, struct card_report *report);

#endif
