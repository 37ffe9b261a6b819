/* schema_priv.h - what a store looks like on disk, and how an older one becomes today's.
 *
 * Migrations are numbered and only ever appended to; the number of the last one applied is in the
 * file (user_version), beside the mark that says that it is a Weft store (application_id). All that
 * are missing are applied in one transaction: a store is of the one number or of the other, never
 * between. */
#ifndef STORE_SQLITE_SCHEMA_PRIV_H
#define STORE_SQLITE_SCHEMA_PRIV_H

#include "base/err.h"
#include "store/sqlite/db_priv.h"

#define SCHEMA_MARK   0x57656674 /* "Weft" */
#define SCHEMA_NUMBER 6

/* Reads only. ERR_CONFLICT for a file that is no Weft store or is of a newer program. *number: 0
 * for an empty file. */
enum err_code schema_check(struct db *db, int64_t *number, struct err *e) MUST_USE;
enum err_code schema_migrate(struct db *db, int64_t number, struct err *e) MUST_USE;

#endif
