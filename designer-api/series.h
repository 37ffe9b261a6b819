/* series.h - what was counted over time: rows of a minute, an hour and a day in the store.
 *
 * A row is FACT_SERIES "TIER/PLACE/SECONDS/BOOT": TIER is f (a flow's) or c (a connection's) with 1
 * (minute), 2 (hour), 3 (day, UTC); PLACE "WORKSPACE/ENVIRONMENT/FLOW" or a connection's key;
 * SECONDS the beginning since 1970; BOOT when the process began that wrote it.
 *
 * (1) A minute is written once it is over, by its key: written again it is the same row, so that
 *     nothing is counted twice. A kill loses the open minute at most.      [series_minute, BOOT]
 * (2) An hour is made of its minutes, a day of its hours, together with the mark of how far that
 *     has come, in one batch: made anew they are the same.                           [series_roll]
 * (3) A row goes when its time is over, never before it stands in the next tier.  [series_sweep]
 * (4) The engine pays for a run what tally.h says, and nothing more; a minute costs a look at each
 *     place.
 *
 * Histograms are added bucket by bucket: a percentile of an hour is that of all its runs. */
#ifndef DESIGNER_API_SERIES_H
#define DESIGNER_API_SERIES_H

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "designer-api/pulse.h"
#include "engine/engine.h"
#include "engine/tally.h"
#include "store/store.h"

#define SERIES_MINUTE 60
#define SERIES_HOUR   3600
#define SERIES_DAY    86400

/* What was counted, of any time. */
struct series_cell {
    uint64_t started, duplicates, refused, totals;
    uint64_t ended[TALLY_STATUSES];
    uint64_t count; /* of times */
    int64_t sum_ms;
    uint64_t running, queued; /* the most at a minute's end */
    /* of a connection: minutes in which it was looked at, and those in which it was not open */
    uint64_t minutes, down, waiting, parked;
    uint32_t spread[TALLY_SPREAD];
    struct tally_money money[TALLY_CURRENCIES];
    uint64_t money_unknown;
};
void series_cell_add(struct series_cell *cell, const struct series_cell *more);
bool series_cell_read(struct series_cell *cell, const json_t *row); /* false: it is no row */
json_t *series_cell_row(const struct series_cell *cell) MUST_USE;
/* In ms, part from 0 to 1; < 0: nothing was measured */
double series_cell_percentile(const struct series_cell *cell, double part);

/* Rows of one tier and time, in the order of their places, then of their times. */
struct series_span {
    char family, tier;      /* 'f' or 'c'; '1', '2', '3' */
    const char *workspace;  /* NULL: of all */
    const char *environment, *flow; /* NULL: any; of a connection, too */
    const char *place;      /* a whole place; NULL: any */
    int64_t from_s, to_s;
    const json_t *open; /* series_open(): what stands there is not taken from the store, too */
};
/* False: enough. */
typedef bool series_row_fn(void *arg, const char *place, int64_t at_s,
                           const struct series_cell *cell);
enum err_code series_walk(struct store *store, const struct series_span *span, series_row_fn *visit,
                          void *arg, struct err *e) MUST_USE;
/* The same of all tiers: each part of the time once, from the coarsest that fits: `step_s` long
 * pieces are not cut. What has not reached the disk is that of span.open; NULL: without. */
struct series_ask {
    struct series_span span; /* its tier is not looked at */
    int64_t step_s;          /* SERIES_MINUTE, or more: hours may be taken */
    int64_t rolled_s;        /* series_rolled() */
};
enum err_code series_read(struct store *store, const struct series_ask *ask, series_row_fn *visit,
                          void *arg, struct err *e) MUST_USE;
/* Names of a place: "WORKSPACE/ENVIRONMENT/FLOW[/NAME]". */
struct series_place {
    char workspace[LIMIT_ID], environment[LIMIT_ID + 1], flow[LIMIT_NAME + 1];
};
bool series_place(const char *text, struct series_place *place);

struct series;
struct series_kept { /* for how long, in seconds; 0: as usual (48 h, 90 days, 3 years) */
    int64_t minutes_s, hours_s, days_s;
};
/* ERR_STORE. */
struct series *series_new(struct engine *engine, struct store *store, struct clock *clock,
                          struct log *log, const struct series_kept *kept,
                          struct err *e) MUST_USE;
/* Writes the open minute; before the store is closed. NULL is fine. */
void series_free(struct series *series);
/* In each turn of the loop; steady time of the next one that has something to do. */
int64_t series_turn(struct series *series);
int64_t series_rolled(const struct series *series); /* hours up to here stand in the store */
/* Hours from here on are still kept, as days begin (UTC); before there are days only. */
int64_t series_hours_from(const struct series *series);
/* What the open minute has, and those on their way to the disk: {"minutes": [[SECONDS, BOOT], ...],
 * "rows": [["f", PLACE, row, SECONDS], ...]}; new reference. */
json_t *series_open(struct series *series);

/* How each flow did in the last day, the open minute with it; from memory. A place may come more
 * than once. */
typedef void series_pulse_fn(void *arg, const char *place, const struct pulse *pulse);
void series_pulses(struct series *series, series_pulse_fn *visit, void *arg);

#endif
