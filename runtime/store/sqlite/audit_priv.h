/* audit_priv.h - the audit chain, written in the transaction of what it tells. */
#ifndef STORE_SQLITE_AUDIT_PRIV_H
#define STORE_SQLITE_AUDIT_PRIV_H

#include "base/hash.h"
#include "store/audit.h"
#include "store/sqlite/reader_priv.h"

/* Of the writer's thread. Zeroed is fine. */
struct audit {
    struct hash *mac; /* NULL: no key was given */
    bool known;       /* seq and end are what is in the store */
    int64_t seq;
    unsigned char end[HASH_SIZE];
};
void audit_key(struct audit *audit, const unsigned char key[STORE_AUDIT_KEY]);
void audit_fini(struct audit *audit);
void audit_forget(struct audit *audit); /* a transaction was rolled back */
/* text: a JSON object. An SQLite code; *why is set when SQLite does not know why. */
int audit_add(struct audit *audit, struct db *db, int64_t at_ms, const char *text, struct err *why);

enum err_code audit_read(struct reader *reader, int64_t from, bool back, unsigned limit,
                         store_audit_fn *visit, void *arg, struct err *e);
enum err_code audit_verify(struct reader *reader, const unsigned char key[STORE_AUDIT_KEY],
                           struct store_audit_report *report, struct err *e);

#endif
