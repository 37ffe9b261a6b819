/* zone.h - the local time of a place, for who has to act at it.
 *
 * A zone is a name of the IANA database ("America/New_York"), an offset ("+02:00") or NULL: UTC.
 * Rules for clock changes, which differ from what rules see in date_priv.h, because here something
 * happens at the moment that comes out: a local time that a change leaves out is the first moment
 * after the change; one that comes twice is its first coming. A zone is for one thread. */
#ifndef RULES_ZONE_H
#define RULES_ZONE_H

#include <stdint.h>

#include "base/cron.h"
#include "base/err.h"

struct zone;
/* NULL with ERR_INVALID: there is no such zone */
struct zone *zone_open(const char *name, struct err *e) MUST_USE;
void zone_close(struct zone *zone); /* NULL is fine */
/* Of a moment in the years 1 to 9999, in milliseconds since 1970-01-01 UTC; the minute it is in. */
void zone_local(struct zone *zone, int64_t moment, struct cron_time *local);
int64_t zone_moment(struct zone *zone, struct cron_time local);

#define ZONE_TEXT 32
/* "2026-11-21T06:00:00-05:00" */
void zone_text(struct zone *zone, int64_t moment, char text[ZONE_TEXT]);

#endif
