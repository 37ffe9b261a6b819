/* series_priv.h - what series*.c share. */
#ifndef DESIGNER_API_SERIES_PRIV_H
#define DESIGNER_API_SERIES_PRIV_H

#include "designer-api/series.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/table.h"

#define SERIES_MAGIC 0x53455249u
#define SERIES_ROWS  400u /* of one batch */
#define SERIES_MARK  "rolled"

struct series_write;
struct series_rolling {
    struct series *series;  /* NULL: it has gone */
    int64_t hour_s, day_s;  /* how far it will have come */
};
struct series {
    unsigned magic;
    struct engine *engine;
    struct store *store;
    struct clock *clock;
    struct log *log;
    struct series_kept kept;
    struct table places;    /* a place's address to its struct series_last */
    int64_t boot_ms;
    int64_t minute_s;       /* the open one */
    int64_t hour_s, day_s;  /* all before stand in the store as hours, as days */
    struct series_rolling *rolling; /* a roll is on the way to the disk; NULL: none */
    struct series_write *writes; /* on the way to the disk, or to be tried again */
    int64_t due_ms;         /* steady */
    int64_t swept_s;
    struct dict *pulses;    /* a flow's place to its struct pulse, without the open minute */
};

/* A unit of batches. */
struct series_batch {
    struct store_batch *batches[64];
    size_t count;
    unsigned rows;          /* in the last one */
};
void series__row(struct series_batch *unit, char family, char tier, const char *place,
                 int64_t at_s, int64_t boot_ms, int64_t until_ms,
                 const struct series_cell *cell);
void series__fact(struct series_batch *unit, const struct store_fact *fact);
/* Whether there is, or may be, something to be rolled up soon. */
bool series__roll(struct series *series);
void series__sweep(struct series *series);
/* What a flow's place has counted since the last minute was taken. */
typedef void series__open_fn(void *arg, const char *place, const struct series_cell *cell);
void series__open(struct series *series, series__open_fn *visit, void *arg);
/* series_pulse.c */
enum err_code series__pulses_open(struct series *series, struct err *e) MUST_USE;
void series__pulses_close(struct series *series);
void series__pulse(struct series *series, const char *place, int64_t at_s,
                   const struct series_cell *cell);
enum err_code series__recover(struct series *series, struct err *e) MUST_USE;

#endif
