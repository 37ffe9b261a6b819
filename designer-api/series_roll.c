/* series_roll.c - minutes become hours, hours become days, and what is old goes. */
#include "designer-api/series_priv.h"

#include "engine/append.h"

#include <string.h>

#define SWEEP_MOST 2000u

static const struct json_limits mark_limits = { 4 * KIB, 4, 20 };

static int64_t whole(int64_t at_s, int64_t size_s)
{
    return at_s / size_s * size_s;
}

/* ---- Where it stands */

static bool mark_read(void *arg, const struct store_fact *fact)
{
    struct series *series = arg;
    struct err e;
    json_t *mark = json_read(fact->value, strlen(fact->value), &mark_limits, &e);

    series->hour_s = json_get_int(mark, "hour", 0);
    series->day_s = json_get_int(mark, "day", 0);
    json_decref(mark);
    return true;
}

enum err_code series__recover(struct series *series, struct err *e)
{
    const struct store_facts_filter filter = { .kind = FACT_SERIES, .key = SERIES_MARK };

    if (store_facts(series->store, &filter, mark_read, series, e) != ERR_OK)
        return e->code;
    if (series->hour_s == 0) { /* the first start */
        series->hour_s = whole(series->minute_s, SERIES_HOUR);
        series->day_s = whole(series->minute_s, SERIES_DAY);
    }
    return ERR_OK;
}

/* ---- Rolling up */

struct roll {
    struct series *series;
    struct series_batch unit;
    char family, tier;
    int64_t at_s, kept_s;
    char place[STORE_FACT_KEY + 1]; /* "": none yet */
    struct series_cell sum;
};

static void roll_put(struct roll *roll)
{
    if (roll->place[0] != '\0') /* boot 0: made anew, it is the same row. (2) */
        series__row(&roll->unit, roll->family, roll->tier, roll->place, roll->at_s, 0,
                    (roll->at_s + roll->kept_s) * 1000, &roll->sum);
    roll->place[0] = '\0';
}

static bool roll_add(void *arg, const char *place, int64_t at_s, const struct series_cell *cell)
{
    struct roll *roll = arg;

    (void)at_s;
    if (strcmp(roll->place, place) != 0) {
        roll_put(roll);
        snprintf(roll->place, sizeof roll->place, "%s", place);
        roll->sum = (struct series_cell){ .started = 0 };
    }
    series_cell_add(&roll->sum, cell);
    return true;
}

static enum err_code roll_collect(struct roll *roll, int64_t size_s, struct err *e)
{
    struct series_span span = { .tier = (char)(roll->tier - 1),
                                .from_s = roll->at_s,
                                .to_s = roll->at_s + size_s };

    for (const char *family = "fc"; *family != '\0'; family++) {
        roll->family = span.family = *family;
        if (series_walk(roll->series->store, &span, roll_add, roll, e) != ERR_OK)
            return e->code;
        roll_put(roll);
    }
    return ERR_OK;
}

static void roll_told(void *arg, const struct err *e)
{
    struct series_rolling *rolling = arg;
    struct series *series = rolling->series;

    if (series != NULL) {
        series->rolling = NULL;
        if (e->code == ERR_OK) {
            series->hour_s = rolling->hour_s;
            series->day_s = rolling->day_s;
        } else {
            log_warn(series->log, "measurements are rolled up later: %s", e->text);
        }
    }
    mem_free(rolling);
}

/* The rows and how far that has come, as one. (2) */
static void roll_send(struct roll *roll, int64_t hour_s, int64_t day_s)
{
    struct series *series = roll->series;
    struct series_rolling *rolling = mem_must(sizeof *rolling);
    char mark[80];
    const struct store_fact fact = {
        .op = FACT_PUT, .kind = FACT_SERIES, .key = SERIES_MARK, .value = mark
    };

    *rolling = (struct series_rolling){ series, hour_s, day_s };
    snprintf(mark, sizeof mark, "{\"hour\":%lld,\"day\":%lld}", (long long)hour_s,
             (long long)day_s);
    series__fact(&roll->unit, &fact);
    series->rolling = rolling;
    engine_append(series->engine, roll->unit.batches, roll->unit.count, roll_told, rolling);
}

bool series__roll(struct series *series)
{
    bool day = series->day_s + SERIES_DAY <= series->hour_s;
    int64_t size_s = day ? SERIES_DAY : SERIES_HOUR;
    struct roll roll = { .series = series, .tier = day ? '3' : '2' };
    struct err e;

    roll.at_s = day ? series->day_s : series->hour_s;
    roll.kept_s = day ? series->kept.days_s : series->kept.hours_s;
    if (roll.at_s + size_s > series->minute_s)
        return false;
    if (series->writes != NULL || series->rolling != NULL)
        return true;
    if (roll_collect(&roll, size_s, &e) != ERR_OK) {
        log_warn(series->log, "measurements are rolled up later: %s", e.text);
        for (size_t i = 0; i < roll.unit.count; i++)
            store_batch_free(roll.unit.batches[i]);
        return false;
    }
    roll_send(&roll, day ? series->hour_s : roll.at_s + size_s,
              day ? roll.at_s + size_s : series->day_s);
    return true;
}

/* ---- What is old */

struct sweep {
    struct series_batch unit;
    unsigned count;
};

static bool sweep_row(void *arg, const struct store_fact *fact)
{
    struct sweep *sweep = arg;
    const struct store_fact gone = { .op = FACT_REMOVE, .kind = fact->kind, .key = fact->key };

    series__fact(&sweep->unit, &gone);
    return ++sweep->count < SWEEP_MOST;
}

static void sweep_told(void *arg, const struct err *e)
{
    (void)arg; /* what could not be removed is found again */
    (void)e;
}

/* Once a minute, and only when all that is over was rolled up. (3) */
void series__sweep(struct series *series)
{
    struct store_facts_filter filter = { .kind = FACT_SERIES, .due_ms = series->minute_s * 1000 };
    /* What was taken back of them (engine/money.h) goes with the last of them. */
    struct store_facts_filter redone = { .kind = FACT_REDONE,
                                         .due_ms =
                                             (series->minute_s - series->kept.days_s) * 1000 };
    struct sweep sweep = { .count = 0 };
    struct err e;

    if (series->swept_s == series->minute_s || series->rolling != NULL ||
        series->hour_s + SERIES_HOUR <= series->minute_s)
        return;
    series->swept_s = series->minute_s;
    if (store_facts(series->store, &filter, sweep_row, &sweep, &e) == ERR_OK &&
        store_facts(series->store, &redone, sweep_row, &sweep, &e) == ERR_OK && sweep.count > 0) {
        engine_append(series->engine, sweep.unit.batches, sweep.unit.count, sweep_told, NULL);
        return;
    }
    for (size_t i = 0; i < sweep.unit.count; i++)
        store_batch_free(sweep.unit.batches[i]);
}
