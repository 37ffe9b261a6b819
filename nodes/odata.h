/* odata.h - texts of OData made from values, so that no value can leave its literal.
 *
 * A flow says what it wants as JSON; names are checked, literals are written here. What is missing
 * is refused and never left out: a condition without its value would find other rows.
 *
 * A filter is one condition, or a list of which all hold:
 *   {"field": "name", "is": "eq", "value": "O'Neil"}    eq ne gt ge lt le contains startswith
 *                                                       endswith; in, with a list
 *   {"field": "createdon", "is": "ge", "value": "2026-11-01", "as": "date"}   date, moment, guid:
 *                                                       literals without quotes
 *   {"field": "name", "is": "null"}                     or not_null
 *   {"all": [...]}, {"any": [...]}, {"not": {...}}
 *
 * A key is a guid, or an object of columns: {"accountnumber": "C1001"}.
 *
 * Changes are a list, done all or not at all, of
 *   {"do": "create", "table": "tasks", "row": {...}}
 *   {"do": "update", "table": "accounts", "key": KEY, "row": {...}, "etag": "W/\"1\""}
 *   {"do": "upsert", ...} and {"do": "delete", "table": "accounts", "key": KEY}. */
#ifndef NODES_ODATA_H
#define NODES_ODATA_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/* All append; ERR_INVALID says where in the value and what would be right. */
enum err_code odata_filter(const json_t *filter, struct buf *out, struct err *e) MUST_USE;
enum err_code odata_key(const json_t *key, struct buf *out, struct err *e) MUST_USE;
/* As it stands in an address: accountnumber=%27C%2F1%27 */
enum err_code odata_key_url(const json_t *key, struct buf *out, struct err *e) MUST_USE;
/* Names with commas between them. */
enum err_code odata_names(const json_t *names, struct buf *out, struct err *e) MUST_USE;
void odata_text(const char *text, size_t size, struct buf *out); /* 'O''Neil' */

#define ODATA_BATCH   "weft_batch"   /* the boundary of a batch */
#define ODATA_ROOT    "/api/data/v9.2/" /* of Dataverse, whose batches are written */
#define ODATA_CHANGES 1000u
/* odata_batch.c: the body of a $batch with one change set. root: the service's path, with a slash
 * at its end. */
enum err_code odata_batch(const json_t *changes, const char *root, struct buf *out,
                          struct err *e) MUST_USE;

#endif
