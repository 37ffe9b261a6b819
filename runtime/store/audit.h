/* audit.h - who did what: records in a chain that nobody without the key can change unseen.
 *
 * Each record has a message authentication code (HMAC-SHA-256) over the one before it, its number,
 * its time and its text; what the chain ends with is noted beside it, with a code of its own. So a
 * record that was changed, taken away, put in or moved is found, also at the end, and also when
 * more was written since. What the chain alone cannot show is a chain put back as it was earlier,
 * with the note of then, or taken away as a whole, with its note: note the end elsewhere
 * (`weft audit verify` prints it).
 *
 * Records are written by batches (store_batch.audit), in the transaction of what they tell. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/store.h"

#define STORE_AUDIT_KEY 32

bool store_audits(const struct store *store); /* a chain was begun: there is a key */
/* Before the first batch with an audit text: without a key those are refused. Copied. */
enum err_code store_audit_key(struct store *store, const unsigned char key[STORE_AUDIT_KEY],
                              struct err *e) MUST_USE;

struct store_audit_record {
    int64_t seq, at_ms;
    const char *text;
    const char *before, *code; /* of the record before it and its own, in hex; "": zero */
};
/* Ascending from behind `after`; limit 0: all. What is shown is not verified. */
typedef bool store_audit_fn(void *arg, const struct store_audit_record *record);
enum err_code store_audit(struct store *store, int64_t after, unsigned limit, store_audit_fn *visit,
                          void *arg, struct err *e) MUST_USE;
/* Descending from in front of `before` (0: from the newest); `before` of the records is "". */
enum err_code store_audit_back(struct store *store, int64_t before, unsigned limit,
                               store_audit_fn *visit, void *arg, struct err *e) MUST_USE;

struct store_audit_report {
    int64_t records; /* that are right, from the first on */
    int64_t bad;     /* the first that is not, or is not there; 0: none */
    char end[65];    /* the last one's code, in hex, when all are right */
};
/* ERR_OK: every record is there and as it was written. ERR_INVALID: *e tells the first that is not.
 * Else the store could not be read. */
enum err_code store_audit_verify(struct store *store, const unsigned char key[STORE_AUDIT_KEY],
                                 struct store_audit_report *report, struct err *e) MUST_USE;
/* Whether that record, taken from elsewhere, is one of the chain with the key, behind the one with
 * the code `before`. */
bool store_audit_right(const unsigned char key[STORE_AUDIT_KEY],
                       const struct store_audit_record *record);

#endif
