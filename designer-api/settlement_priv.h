/* settlement_priv.h - what the files about settlements share. */
#ifndef DESIGNER_API_SETTLEMENT_PRIV_H
#define DESIGNER_API_SETTLEMENT_PRIV_H

#include "base/decimal.h"
#include "designer-api/settlement.h"

/* classes as they are named here, and the lists of the output that hold them */
extern const char *const settlement__names[SETTLEMENT_CLASSES];
extern const char *const settlement__lists[SETTLEMENT_CLASSES];
extern const char *const settlement__sides[2];

/* A number, or a text that is one. */
bool settlement__read(const json_t *json, struct decimal *number);
json_t *settlement__number(const struct decimal *number);
/* What stands in a line at the config's "amount", "currency"; side 0: left. NULL: nothing. */
const json_t *settlement__of_line(const struct settlement *settlement, const json_t *line,
                                  const char *what, int side);

/* settlement_lines.c: calls for each entry that fits, until it gives false. */
typedef bool settlement_entry_fn(void *arg, enum settlement_class kind, json_t *entry);
void settlement__each(const struct settlement *settlement, const struct settlement_find *find,
                      settlement_entry_fn *entry, void *arg);
/* An entry as it is shown: a new reference. */
json_t *settlement__shown(const struct settlement *settlement, enum settlement_class kind,
                          json_t *entry);

#endif
